//! Several repositories with keys of their own: a map says which are asked, and how many must agree (TAP 4).

use tuf_tests::expected::{arbitrary_software, missing};
use tuf_tests::recorded::RepositoryMap;
use tuf_tests::{Answer, Authority, Delegation, Device, Json, Repository, sha512};
use tuf_verifier_core::{Failure, Listing, MapNotFound, MapRequest, Target};

const FIRMWARE: &str = "ecu/brakes.bin";
const GENUINE: &[u8] = b"firmware of the brakes";
const EVIL: &[u8] = b"firmware that does not";

/// Two repositories that must agree, as Uptane has them.
const PAIR: &str =
    r#"{"paths": ["*"], "repositories": ["image", "director"], "threshold": 2, "terminating": true}"#;

/// A vehicle: a map, and a device for each repository of it. Each repository is what a server offers at present.
struct Vehicle {
    map: RepositoryMap,
    repositories: Vec<(&'static str, Repository, Device)>,
    /// Repositories asked by the last search.
    asked: Vec<String>,
}

/// What a search on several repositories came to.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// The agreeing repositories, and the first one's target.
    Found(Vec<Box<str>>, Target),
    NotFound(MapNotFound),
}

impl Vehicle {
    /// A vehicle with these mappings, and these repositories: each with a root of trust of its own, and the firmware.
    fn new(mappings: &str, names: &[&'static str]) -> Self {
        let urls: Vec<String> =
            names.iter().map(|name| format!(r#""{name}": ["https://{name}.example.com/"]"#)).collect();
        let map = format!(r#"{{"repositories": {{{}}}, "mapping": [{mappings}]}}"#, urls.join(","));
        let repositories = names.iter().map(|name| {
            let repository = repository(name);
            let device = Device::new(&repository);
            (*name, repository, device)
        });
        Self {
            map: RepositoryMap::parse(map.as_bytes()).unwrap(),
            repositories: repositories.collect(),
            asked: Vec::new(),
        }
    }

    fn repository(&mut self, name: &str) -> &mut Repository {
        let found = self.repositories.iter_mut().find(|(known, ..)| *known == name);
        &mut found.expect("a repository of the vehicle").1
    }

    /// Whoever has all keys of this repository publishes another target under the path.
    fn compromise(&mut self, name: &str) {
        self.repository(name).add_target("targets", FIRMWARE, EVIL).release();
    }

    /// This repository no longer lists the target.
    fn withdraw(&mut self, name: &str) {
        let repository = self.repository(name);
        repository.role("targets").targets.retain(|target| target.path != FIRMWARE);
        repository.release();
    }

    /// Searches the firmware, and gives up where a repository gives no answer.
    fn find(&mut self) -> Result<Outcome, Failure> {
        self.asked.clear();
        let mut search = self.map.search(FIRMWARE)?;
        let mut targets: Vec<(Box<str>, Target)> = Vec::new();
        loop {
            match search.next() {
                MapRequest::Ask { repository: name } => {
                    self.asked.push(name.to_string());
                    let asked = self.repositories.iter_mut().find(|(known, ..)| **known == *name);
                    let (_, repository, device) = asked.expect("a repository of the map");
                    match device.find(&repository.mirror, FIRMWARE)? {
                        Answer::Found(target) => {
                            search.answer(Some(Listing::from(&target)))?;
                            targets.push((name, target));
                        }
                        Answer::NotFound(_) => search.answer(None)?,
                    }
                }
                MapRequest::Found { repositories } => {
                    let winner = targets.into_iter().find(|(name, _)| *name == repositories[0]);
                    return Ok(Outcome::Found(repositories, winner.expect("it has answered").1));
                }
                MapRequest::NotFound(reason) => return Ok(Outcome::NotFound(reason)),
            }
        }
    }

    fn agreeing(&mut self) -> Vec<String> {
        match self.find().unwrap() {
            Outcome::Found(repositories, _) => repositories.iter().map(ToString::to_string).collect(),
            other => panic!("{other:?}"),
        }
    }
}

/// A repository whose keys nobody else has, with the firmware.
fn repository(name: &str) -> Repository {
    let mut repository = Repository::new();
    for role in ["root", "timestamp", "snapshot", "targets"] {
        repository.rotate(role, Authority::one(&format!("{name}-{role}")));
    }
    repository.add_target("targets", FIRMWARE, GENUINE);
    repository.write_root().publish().clone()
}

fn mapping(repositories: &str, threshold: u64, terminating: bool) -> String {
    format!(
        r#"{{"paths": ["*"], "repositories": [{repositories}], "threshold": {threshold}, "terminating": {terminating}}}"#
    )
}

fn disagreement(mapping: u32, repositories: &[&str]) -> Outcome {
    let repositories = repositories.iter().map(|name| (*name).into()).collect();
    Outcome::NotFound(MapNotFound::Disagreement { mapping, repositories })
}

#[test]
fn accepts_what_image_and_director_agree_on() {
    let mut vehicle = Vehicle::new(PAIR, &["image", "director"]);
    let Outcome::Found(repositories, target) = vehicle.find().unwrap() else { panic!("they agree") };
    assert_eq!(repositories, ["image".into(), "director".into()]);
    assert_eq!(target.length, GENUINE.len() as u64);
    assert_eq!(vehicle.asked, ["image", "director"]);
}

#[test]
fn rejects_what_one_compromised_repository_of_two_says() {
    for evil in ["image", "director"] {
        let mut vehicle = Vehicle::new(PAIR, &["image", "director"]);
        vehicle.compromise(evil);
        assert_eq!(vehicle.find().unwrap(), disagreement(0, &["image", "director"]), "{evil}");
    }
}

#[test]
fn rejects_what_one_repository_of_two_says_alone() {
    for (withdrawn, left) in [("image", "director"), ("director", "image")] {
        let mut vehicle = Vehicle::new(PAIR, &["image", "director"]);
        vehicle.withdraw(withdrawn);
        assert_eq!(vehicle.find().unwrap(), disagreement(0, &[left]));
    }
}

#[test]
fn accepts_what_both_repositories_changed() {
    let mut vehicle = Vehicle::new(PAIR, &["image", "director"]);
    vehicle.find().unwrap();
    for name in ["image", "director"] {
        vehicle.repository(name).add_target("targets", FIRMWARE, b"version 2").release();
    }
    assert_eq!(vehicle.agreeing(), ["image", "director"]);
}

#[test]
fn rejects_a_difference_in_the_length_alone() {
    let mut vehicle = Vehicle::new(PAIR, &["image", "director"]);
    let director = vehicle.repository("director");
    director.role("targets").targets.iter_mut().for_each(|target| target.length += 1);
    director.release();
    assert_eq!(vehicle.find().unwrap(), disagreement(0, &["image", "director"]));
}

#[test]
fn rejects_a_difference_in_one_hash_alone() {
    let mut vehicle = Vehicle::new(PAIR, &["image", "director"]);
    for (name, content) in [("image", GENUINE), ("director", EVIL)] {
        let repository = vehicle.repository(name);
        let second = ("sha512".to_owned(), sha512(content));
        repository.role("targets").targets.iter_mut().for_each(|target| target.hashes.push(second.clone()));
        repository.release();
    }
    assert_eq!(vehicle.find().unwrap(), disagreement(0, &["image", "director"]));
}

#[test]
fn rejects_hashes_of_different_algorithms() {
    let mut vehicle = Vehicle::new(PAIR, &["image", "director"]);
    let image = vehicle.repository("image");
    let second = ("sha512".to_owned(), sha512(GENUINE));
    image.role("targets").targets.iter_mut().for_each(|target| target.hashes.push(second.clone()));
    image.release();
    assert_eq!(vehicle.find().unwrap(), disagreement(0, &["image", "director"]));
}

#[test]
fn accepts_a_difference_in_custom_metadata_and_takes_the_first_ones() {
    for (repositories, custom) in
        [(r#""image", "director""#, r#"{"of":"image"}"#), (r#""director", "image""#, r#"{"of":"director"}"#)]
    {
        let mut vehicle = Vehicle::new(&mapping(repositories, 2, true), &["image", "director"]);
        for name in ["image", "director"] {
            let repository = vehicle.repository(name);
            let custom = Json::object([("of", name)]);
            repository
                .role("targets")
                .targets
                .iter_mut()
                .for_each(|target| target.custom = Some(custom.clone()));
            repository.release();
        }
        let Outcome::Found(_, target) = vehicle.find().unwrap() else { panic!("they agree") };
        assert_eq!(target.custom.as_deref(), Some(custom));
    }
}

/// Which role lists the target, and what its file is called, is each repository's own business.
#[test]
fn accepts_what_repositories_of_different_make_agree_on() {
    let mut vehicle = Vehicle::new(PAIR, &["image", "director"]);
    vehicle.withdraw("director");
    let director = vehicle.repository("director");
    director.consistent_snapshot = Some(false);
    director.delegate("targets", Delegation::paths("vehicle", &["ecu/*"]));
    director.add_target("vehicle", FIRMWARE, GENUINE).next_root().release();
    assert_eq!(vehicle.agreeing(), ["image", "director"]);
}

#[test]
fn takes_the_first_repository_that_lists_the_target() {
    let mut vehicle = Vehicle::new(&mapping(r#""private", "public""#, 1, true), &["private", "public"]);
    vehicle.compromise("public");
    assert_eq!(vehicle.agreeing(), ["private"]);
    assert_eq!(vehicle.asked, ["private"], "the second one is not asked");
    vehicle.withdraw("private");
    assert_eq!(vehicle.agreeing(), ["public"]);
}

#[test]
fn a_terminating_mapping_hides_the_later_ones() {
    for (terminating, expected) in [(true, None), (false, Some("public"))] {
        let (private, public) = (mapping(r#""private""#, 1, terminating), mapping(r#""public""#, 1, true));
        let mut vehicle = Vehicle::new(&format!("{private}, {public}"), &["private", "public"]);
        vehicle.withdraw("private");
        match expected {
            Some(name) => assert_eq!(vehicle.agreeing(), [name]),
            None => {
                let absent = MapNotFound::Absent { repositories: vec!["private".into()] };
                assert_eq!(vehicle.find().unwrap(), Outcome::NotFound(absent));
            }
        }
    }
}

#[test]
fn asks_no_repository_for_a_target_that_is_not_mapped() {
    let other = PAIR.replace('*', "other/*");
    let mut vehicle = Vehicle::new(&other, &["image", "director"]);
    assert_eq!(vehicle.find().unwrap(), Outcome::NotFound(MapNotFound::Unmapped));
    assert!(vehicle.asked.is_empty());
}

/// Otherwise whoever blocks the private repository chooses the public one, where anybody may publish.
#[test]
fn a_blocked_repository_does_not_hand_its_targets_to_the_next_one() {
    let private = mapping(r#""private""#, 1, false);
    for mappings in [
        mapping(r#""private", "public""#, 1, true),
        format!("{private}, {}", mapping(r#""public""#, 1, true)),
    ] {
        let mut vehicle = Vehicle::new(&mappings, &["private", "public"]);
        vehicle.compromise("public");
        let private = vehicle.repository("private");
        private.mirror = private.mirror.clone().withholding("timestamp.json");
        assert_eq!(vehicle.find().unwrap_err(), missing("timestamp.json"));
        assert_eq!(vehicle.asked, ["private"]);
    }
}

#[test]
fn refused_metadata_is_no_answer() {
    let mut vehicle = Vehicle::new(PAIR, &["image", "director"]);
    let director = vehicle.repository("director");
    *director = director.with_stolen_keys_of(&["timestamp", "snapshot"]);
    director.add_target("targets", FIRMWARE, EVIL).release();
    assert_eq!(vehicle.find().unwrap_err(), arbitrary_software("targets", ("root", 1), 1, 0));
}

#[test]
fn a_repository_beyond_the_threshold_is_not_asked_and_may_be_blocked() {
    let all = mapping(r#""a", "b", "c""#, 2, true);
    let mut vehicle = Vehicle::new(&all, &["a", "b", "c"]);
    vehicle.repository("c").mirror.metadata.clear();
    assert_eq!(vehicle.agreeing(), ["a", "b"]);
    assert_eq!(vehicle.asked, ["a", "b"]);
}

/// One root of trust says nothing about another's metadata.
#[test]
fn rejects_the_metadata_of_another_repository_of_the_map() {
    let mut vehicle = Vehicle::new(PAIR, &["image", "director"]);
    vehicle.repository("director").mirror = vehicle.repository("image").mirror.clone();
    assert_eq!(vehicle.find().unwrap_err(), arbitrary_software("timestamp", ("root", 1), 1, 0));
}
