//! The bytes of a target: from the first of the agreeing repositories that has them.

use std::fs;

use tuf_tests::Json;
use tuf_verifier_host::{Downloaded, Error};

use crate::vehicle::{EVIL, GENUINE, Mode, Vehicle, blame, blamed, found};

/// Whether the server was asked for a target file.
fn was_asked_for_targets(vehicle: &mut Vehicle, name: &str) -> bool {
    vehicle.served(name).requests().iter().any(|path| path.starts_with("/targets/"))
}

#[test]
fn come_from_the_first_repository_alone() {
    let mut vehicle = Vehicle::new();
    let mut repositories = vehicle.open();
    let target = found(&mut repositories);
    assert_eq!(repositories.read(&target).unwrap(), GENUINE);
    assert!(was_asked_for_targets(&mut vehicle, "image"));
    assert!(!was_asked_for_targets(&mut vehicle, "director"));
}

#[test]
fn come_from_the_next_repository_where_the_first_has_them_not() {
    for mode in [Mode::Down, Mode::TargetsDown, Mode::WithoutTargets, Mode::WrongTargets] {
        let mut vehicle = Vehicle::new();
        let mut repositories = vehicle.open();
        let target = found(&mut repositories);
        vehicle.served("image").becomes(mode);
        assert_eq!(repositories.read(&target).unwrap(), GENUINE, "{mode:?}");
        let file = vehicle.trusted().with_file_name("brakes.bin");
        assert_eq!(repositories.download(&target, &file).unwrap(), Downloaded::Fetched);
        assert_eq!(fs::read(file).unwrap(), GENUINE);
    }
}

#[test]
fn are_refused_where_no_repository_has_them() {
    for (image, director, blamed_for) in [
        (Mode::WrongTargets, Mode::WrongTargets, blame("image", "wrong-software")),
        (Mode::TargetsDown, Mode::WrongTargets, blame("director", "wrong-software")),
        (Mode::WrongTargets, Mode::TargetsDown, blame("image", "wrong-software")),
        (Mode::WithoutTargets, Mode::TargetsDown, blame("image", "missing-target")),
        (Mode::TargetsDown, Mode::WithoutTargets, blame("image", "source-status")),
    ] {
        let mut vehicle = Vehicle::new();
        let mut repositories = vehicle.open();
        let target = found(&mut repositories);
        vehicle.served("image").becomes(image);
        vehicle.served("director").becomes(director);
        assert_eq!(blamed(repositories.read(&target)), blamed_for);
        let file = vehicle.trusted().with_file_name("brakes.bin");
        assert_eq!(blamed(repositories.download(&target, &file)), blamed_for);
        assert!(!file.exists(), "{EVIL:?} is never installed");
    }
}

#[test]
fn are_not_fetched_where_they_are_there_already() {
    let mut vehicle = Vehicle::new();
    let mut repositories = vehicle.open();
    let target = found(&mut repositories);
    let file = vehicle.trusted().with_file_name("brakes.bin");
    fs::write(&file, GENUINE).unwrap();
    assert_eq!(repositories.download(&target, &file).unwrap(), Downloaded::Unchanged);
    assert!(!was_asked_for_targets(&mut vehicle, "image"));
}

#[test]
fn that_cannot_be_written_are_fetched_from_nobody_else() {
    let mut vehicle = Vehicle::new();
    let mut repositories = vehicle.open();
    let target = found(&mut repositories);
    let nowhere = vehicle.trusted().join("no such folder").join("brakes.bin");
    assert_eq!(blamed(repositories.download(&target, &nowhere)), blame("image", "output-unwritable"));
    assert!(!was_asked_for_targets(&mut vehicle, "director"));
}

#[test]
fn of_another_vehicles_target_are_not_fetched() {
    let vehicle = Vehicle::new();
    let mut other = Vehicle::new();
    for name in ["image", "director"] {
        other.served(name).release(|repository| _ = repository.add_target("targets", "ecu/brakes.bin", b"2"));
    }
    let target = found(&mut other.open());
    // One that has asked its repositories already, and one that has not.
    let mut asked = vehicle.open();
    let _ = found(&mut asked);
    for mut repositories in [asked, vehicle.open()] {
        let error = repositories.read(&target).unwrap_err();
        assert!(matches!(error.error, Error::ForeignTarget { .. }), "{error}");
    }
}

/// That a target is the caller's mistake is not hidden behind an earlier repository that has no bytes.
#[test]
fn of_a_later_session_are_not_fetched() {
    let mut vehicle = Vehicle::new();
    let mut early = vehicle.open();
    let _ = found(&mut early);
    vehicle.served("director").release(|repository| {
        let custom = Json::object([("since", "then")]);
        repository.role("targets").targets.iter_mut().for_each(|target| target.custom = Some(custom.clone()));
    });
    let target = found(&mut vehicle.open());
    vehicle.served("image").becomes(Mode::WithoutTargets);
    assert_eq!(blamed(early.read(&target)), blame("director", "foreign-target"));
}
