//! Searches: what the repositories agree on, and what they do not.

use tuf_tests::{Delegation, Json, NOW};
use tuf_verifier_host::map::{MapLookup, MapNotFound, Repositories};
use tuf_verifier_host::records::NotFoundReason;
use tuf_verifier_host::{Client, FolderStore, HttpSource, UnixTime};

use crate::vehicle::{EVIL, FIRMWARE, GENUINE, Mode, Vehicle, blame, blamed, found, not_found};

#[test]
fn installs_what_image_and_director_agree_on() {
    let vehicle = Vehicle::new();
    let mut repositories = vehicle.open();
    let target = found(&mut repositories);
    let agreeing: Vec<&str> = target.agreeing().map(|listed| listed.repository.as_str()).collect();
    assert_eq!(agreeing, ["image", "director"]);
    assert_eq!((target.target().path.as_str(), target.target().length), (FIRMWARE, GENUINE.len() as u64));
    assert_eq!(repositories.read(&target).unwrap(), GENUINE);
}

#[test]
fn rejects_what_one_compromised_repository_says() {
    for evil in ["image", "director"] {
        let mut vehicle = Vehicle::new();
        vehicle.served(evil).compromise();
        let MapNotFound::Disagreement { mapping: 0, listed } = not_found(&mut vehicle.open()) else {
            panic!("they do not agree")
        };
        let names: Vec<&str> = listed.iter().map(|listed| listed.repository.as_str()).collect();
        assert_eq!(names, ["image", "director"]);
        assert_ne!(listed[0].target.hashes, listed[1].target.hashes, "{EVIL:?} is another target");
    }
}

#[test]
fn rejects_what_one_repository_says_alone() {
    let mut vehicle = Vehicle::new();
    vehicle.served("director").withdraw();
    let MapNotFound::Disagreement { mapping: 0, listed } = not_found(&mut vehicle.open()) else {
        panic!("they do not agree")
    };
    assert_eq!((listed.len(), listed[0].repository.as_str()), (1, "image"));
}

#[test]
fn says_of_each_repository_why_it_lists_nothing() {
    let mut vehicle = Vehicle::new();
    vehicle.served("image").withdraw();
    vehicle.served("director").withdraw();
    let MapNotFound::Absent(unlisted) = not_found(&mut vehicle.open()) else { panic!("another answer") };
    let reasons = unlisted.iter().map(|unlisted| (&*unlisted.repository, &*unlisted.reason.code));
    assert_eq!(reasons.collect::<Vec<_>>(), [("image", "absent"), ("director", "absent")]);
}

/// It may list the target, behind the delegation that is not understood.
#[test]
fn rejects_turning_away_from_a_repository_whose_search_stopped() {
    let mut vehicle = Vehicle::new();
    vehicle.served("image").release(|repository| {
        repository.role("targets").targets.clear();
        let mut vague = Delegation::paths("vague", &[]);
        vague.paths = None;
        repository.delegate("targets", vague);
    });
    let MapNotFound::Undecided(undecided) = not_found(&mut vehicle.open()) else { panic!("another answer") };
    assert_eq!(undecided.repository, "image");
    assert_eq!(undecided.reason.reason, NotFoundReason::UnsupportedDelegation("vague".to_owned()));
}

#[test]
fn takes_the_custom_metadata_of_the_first_repository() {
    let mut vehicle = Vehicle::new();
    for name in ["image", "director"] {
        vehicle.served(name).release(|repository| {
            let custom = Json::object([("of", name)]);
            repository
                .role("targets")
                .targets
                .iter_mut()
                .for_each(|target| target.custom = Some(custom.clone()));
        });
    }
    let target = found(&mut vehicle.open());
    assert_eq!(target.target().custom.as_deref(), Some(r#"{"of":"image"}"#));
    let custom = target.agreeing().last().and_then(|listed| listed.target.custom.clone());
    assert_eq!(custom.as_deref(), Some(r#"{"of":"director"}"#));
}

#[test]
fn asks_nobody_for_a_target_that_is_not_mapped() {
    let vehicle = Vehicle::mapped(
        r#"{"paths": ["other/*"], "repositories": ["image"], "threshold": 1, "terminating": true}"#,
    );
    assert_eq!(not_found(&mut vehicle.open()), MapNotFound::Unmapped);
    assert!(vehicle.connected().is_empty());
    assert!(!vehicle.trusted().exists());
}

/// Otherwise whoever blocks a repository chooses the one that the search turns to.
#[test]
fn a_blocked_repository_does_not_hand_its_targets_to_the_next_one() {
    for mappings in [
        r#"{"paths": ["*"], "repositories": ["image", "director"], "threshold": 1, "terminating": true}"#,
        r#"{"paths": ["*"], "repositories": ["image"], "threshold": 1, "terminating": false},
           {"paths": ["*"], "repositories": ["director"], "threshold": 1, "terminating": true}"#,
    ] {
        let mut vehicle = Vehicle::mapped(mappings);
        vehicle.served("director").compromise();
        vehicle.served("image").becomes(Mode::Down);
        let mut repositories = vehicle.open();
        assert_eq!(blamed(repositories.find(FIRMWARE)), blame("image", "source-status"));
        assert!(vehicle.served("director").requests().is_empty());
        vehicle.served("image").becomes(Mode::Honest);
        assert_eq!(found(&mut repositories).target().length, GENUINE.len() as u64);
    }
}

#[test]
fn refused_metadata_is_no_answer() {
    let mut vehicle = Vehicle::new();
    vehicle.served("director").release(|repository| {
        *repository = repository.with_stolen_keys_of(&["timestamp", "snapshot"]);
    });
    assert_eq!(blamed(vehicle.open().find(FIRMWARE)), blame("director", "arbitrary-software"));
}

#[test]
fn a_repository_beyond_the_threshold_is_not_asked() {
    let mut vehicle = Vehicle::mapped(
        r#"{"paths": ["*"], "repositories": ["image", "director"], "threshold": 1, "terminating": true}"#,
    );
    vehicle.served("director").becomes(Mode::Down);
    let target = found(&mut vehicle.open());
    assert_eq!(target.agreeing().count(), 1);
    assert!(vehicle.served("director").requests().is_empty());
}

#[test]
fn an_unsafe_path_is_nobodys_fault_but_the_callers() {
    let vehicle = Vehicle::new();
    let refused = blamed(vehicle.open().find("../ecu"));
    assert_eq!(refused, (None, "unsafe-path".to_owned()));
    assert!(matches!(vehicle.open().find("none"), Ok(MapLookup::NotFound(MapNotFound::Absent(_)))));
}

/// One server by two names, and one root of trust: the threshold of two would be met by whoever holds its keys.
#[test]
fn rejects_one_repository_under_two_names() {
    let mut vehicle = Vehicle::new();
    let url = vehicle.served("image").url();
    let other = url.replace("127.0.0.1", "localhost");
    assert_ne!(url, other);
    let map = format!(
        r#"{{
            "repositories": {{"image": ["{url}/"], "director": ["{other}/"]}},
            "mapping": [{{"paths": ["*"], "repositories": ["image", "director"], "threshold": 2, "terminating": true}}]
        }}"#
    );
    let root = vehicle.served("image").repository.mirror.file("1.root.json").to_vec();
    let mut repositories =
        Repositories::open(map.into_bytes(), vehicle.trusted(), move |repository, store| {
            let builder = HttpSource::builder(
                &format!("{}metadata", repository.urls[0]),
                &format!("{}targets", repository.urls[0]),
            );
            let client = Client::new(root.clone(), builder.direct().build()?, FolderStore::open(store)?);
            Ok(client.reference_time(UnixTime::from_seconds(NOW)))
        })
        .unwrap();
    assert_eq!(blamed(repositories.find(FIRMWARE)), blame("director", "same-root"));
}
