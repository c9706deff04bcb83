//! The stages without the driver: each is made by the one before it, and a refused step hands its stage back.

use tuf_tests::expected::{arbitrary_software, freeze};
use tuf_tests::{Authority, Delegation, Listing, Mirror, NOW, Repository, Rotation};
use tuf_verifier_core::stage::{
    Progress, RootUpdate, RotationUpdate, Search, SnapshotUpdate, TargetsUpdate, Timeliness, TimestampUpdate,
    Trusted,
};
use tuf_verifier_core::{Failure, Settings, Target, UnixTime};

const PATH: &str = "team/app";
const TIME: UnixTime = UnixTime(NOW);

/// Root 2 and version 1 of everything else, with a delegated role.
fn repository() -> Repository {
    let mut repository = Repository::new();
    repository.delegate("targets", Delegation::paths("team", &["team/*"])).add_target("team", PATH, b"1");
    repository.next_root().publish();
    repository
}

fn root(mirror: &Mirror) -> RootUpdate {
    let root = RootUpdate::start(mirror.file("1.root.json"), Settings::default()).unwrap();
    root.accept(mirror.file("2.root.json").to_vec()).unwrap()
}

fn timestamp(mirror: &Mirror) -> TimestampUpdate {
    root(mirror).finish(TIME).unwrap()
}

fn snapshot(mirror: &Mirror) -> SnapshotUpdate {
    timestamp(mirror).accept(mirror.file("timestamp.json")).unwrap().0
}

fn rotation(mirror: &Mirror) -> RotationUpdate {
    snapshot(mirror).accept(mirror.file("1.snapshot.json")).unwrap()
}

fn targets(mirror: &Mirror) -> TargetsUpdate {
    rotation(mirror).finish().unwrap()
}

fn trusted(mirror: &Mirror) -> Trusted {
    targets(mirror).accept(mirror.file("1.targets.json")).unwrap()
}

/// Searches to the end, with what the mirror has.
fn search(mut trusted: Trusted, mirror: &Mirror) -> Result<Target, Failure> {
    let mut search = Search::new(PATH)?;
    loop {
        match trusted.advance(&mut search)? {
            Progress::Found(target) => return Ok(target),
            Progress::Needs(step) => {
                let file = trusted.file(&step)?;
                trusted.accept(&step, mirror.file(&file.name))?;
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn stages_lead_to_a_target() {
    let mirror = repository().mirror;
    assert_eq!(*search(trusted(&mirror), &mirror).unwrap().role, *"team");
}

#[test]
fn stages_name_the_file_that_they_need() {
    let mirror = repository().mirror;
    assert_eq!(root(&mirror).next_file().name, "3.root.json");
    assert_eq!(timestamp(&mirror).file().name, "timestamp.json");
    assert_eq!(snapshot(&mirror).file().name, "1.snapshot.json");
    assert_eq!(targets(&mirror).file().unwrap().name, "1.targets.json");
}

#[test]
fn steps_name_the_role_and_the_rotate_file_that_they_need() {
    let mut repository = repository();
    repository.add_rotation("team", Rotation::to(Authority::one("team-1"), &["team"])).publish();
    let mirror = repository.mirror;
    let mut trusted = trusted(&mirror);
    let mut wanted = Search::new(PATH).unwrap();
    for (rotation, name) in [(Some(1), "rotate/team.rotate.1"), (None, "team.json")] {
        let Ok(Progress::Needs(step)) = trusted.advance(&mut wanted) else { panic!("metadata is needed") };
        assert_eq!((step.role(), step.rotation(), &*step.stored_name()), ("team", rotation, name));
        trusted.accept(&step, mirror.file(&trusted.file(&step).unwrap().name)).unwrap();
    }
    assert!(matches!(trusted.advance(&mut wanted), Ok(Progress::Found(_))));
}

#[test]
fn a_stored_rotate_file_is_followed_where_it_is_still_the_listed_one() {
    let mut repository = repository();
    repository.add_rotation("targets", Rotation::to(Authority::one("targets-2"), &["targets-1"]));
    for (listing, followed) in [(Listing::Everything, true), (Listing::Versions, false)] {
        repository.listing = listing;
        let mirror = &repository.publish().mirror;
        let mut stage = rotation(mirror);
        let file = mirror.file("rotate/targets.rotate.1");
        assert_eq!(stage.recall(file.to_vec()), Ok(followed));
        assert_eq!(stage.next_file().is_none(), followed);
        let stage = if followed { stage } else { stage.accept(file).unwrap() };
        assert!(stage.finish().unwrap().accept(mirror.file("1.targets.json")).is_ok());
    }
}

#[test]
fn a_refused_step_hands_the_root_stage_back() {
    let mut honest = repository();
    let mut forged = honest.with_stolen_keys_of(&[]);
    let forged = forged.next_root().mirror.file("3.root.json").to_vec();
    let refused = root(&honest.mirror).accept(forged).unwrap_err();
    assert_eq!(refused.failure, arbitrary_software("root", ("root", 2), 1, 0));
    let next = honest.next_root().mirror.file("3.root.json").to_vec();
    assert_eq!(refused.stage.accept(next).unwrap().version(), 3);
    let expires = UnixTime(honest.root.expires);
    let refused = root(&honest.mirror).finish(expires).unwrap_err();
    assert!(matches!(refused.failure, Failure::Refused(_)));
    assert!(refused.stage.finish(TIME).is_ok());
}

#[test]
fn a_refused_step_hands_the_later_stages_back() {
    let honest = repository();
    let mut expired = honest.clone();
    expired.timestamp.expires = NOW;
    expired.snapshot.expires = NOW;
    expired.role("targets").header.expires = NOW;
    let (good, bad) = (&honest.mirror, &expired.publish().mirror);

    let refused = timestamp(good).accept(bad.file("timestamp.json")).unwrap_err();
    assert_eq!(refused.failure, freeze("timestamp", 1, NOW));
    let (_, timeliness) = refused.stage.accept(good.file("timestamp.json")).unwrap();
    assert_eq!(timeliness, Timeliness::New);

    let refused = snapshot(good).accept(bad.file("1.snapshot.json")).unwrap_err();
    assert_eq!(refused.failure, freeze("snapshot", 1, NOW));
    assert!(refused.stage.accept(good.file("1.snapshot.json")).is_ok());

    let refused = targets(good).accept(bad.file("1.targets.json")).unwrap_err();
    assert_eq!(refused.failure, freeze("targets", 1, NOW));
    assert!(refused.stage.accept(good.file("1.targets.json")).is_ok());
}

#[test]
fn a_refused_role_leaves_the_trusted_roles_as_they_were() {
    let honest = repository();
    let mut forged = honest.clone();
    forged.sign_with("team", &[]).publish();
    let mut trusted = trusted(&honest.mirror);
    let mut wanted = Search::new(PATH).unwrap();
    let Ok(Progress::Needs(step)) = trusted.advance(&mut wanted) else { panic!("metadata is needed") };
    let failure = trusted.accept(&step, forged.mirror.file("1.team.json")).unwrap_err();
    assert_eq!(failure, arbitrary_software("team", ("targets", 1), 1, 0));
    assert!(search(trusted, &honest.mirror).is_ok());
}

#[test]
fn a_stored_file_of_no_use_leaves_the_timestamp_stage_as_it_was() {
    let honest = repository();
    let mut forged = honest.with_stolen_keys_of(&[]);
    forged.timestamp.version = 9;
    let mut stage = timestamp(&honest.mirror);
    assert!(stage.recall_timestamp(forged.publish().mirror.file("timestamp.json")).is_err());
    assert!(stage.recall_snapshot(b"{".to_vec()).is_err());
    assert!(stage.accept(honest.mirror.file("timestamp.json")).is_ok());
}

#[test]
fn a_stored_snapshot_is_taken_where_it_is_still_the_listed_one() {
    let honest = repository();
    let stored = |bytes: &[u8]| {
        let mut stage = timestamp(&honest.mirror);
        stage.recall_snapshot(bytes.to_vec()).unwrap();
        stage.accept(honest.mirror.file("timestamp.json")).unwrap().0
    };
    assert!(stored(honest.mirror.file("1.snapshot.json")).recalled().is_ok());
    assert!(snapshot(&honest.mirror).recalled().is_err(), "nothing is stored");
}
