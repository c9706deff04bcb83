//! One test for each security advisory of another TUF client: what went wrong there does not go wrong here.
//!
//! `docs/advisories.md` lists them. A test is named after its advisory: the identifier where there is one, and the
//! defect. A fix without an advisory of its own is named after the project and the defect.

mod document;
mod go_tuf;
mod python_tuf;
mod sigstore;
mod tough;

use tuf_tests::{Answer, Delegation, Device, Mirror, Repository};
use tuf_verifier_core::Failure;

/// A target of the role `team`, to which `targets` delegates `x/*`.
const PATH: &str = "x/app";

/// `targets` delegates `x/*` to `team`, which lists [`PATH`].
fn with_team() -> Repository {
    let mut repository = Repository::new();
    repository
        .delegate("targets", Delegation::paths("team", &["x/*"]))
        .add_target("team", PATH, b"1")
        .publish();
    repository
}

/// Version 3 of everything, and a device that has it in its store.
fn at_version_3() -> (Repository, Device) {
    let mut repository = with_team();
    repository.role("team").header.version = 3;
    repository.release().release();
    let mut device = Device::new(&repository);
    assert!(matches!(device.find(&repository.mirror, PATH), Ok(Answer::Found(_))));
    (repository, device)
}

/// A new device refreshes and searches.
fn search(repository: &Repository, path: &str) -> Result<Answer, Failure> {
    Device::new(repository).find(&repository.mirror, path)
}

/// The device is refused, has stored nothing of it, and takes what is honest afterwards.
fn refused_and_unchanged(device: &mut Device, spoiled: &Mirror, failure: Failure, honest: &Mirror) {
    let before = device.store.clone();
    assert_eq!(device.refresh(spoiled).map(|_| ()), Err(failure));
    assert_eq!(device.store, before, "nothing was stored");
    assert_eq!(device.refresh(honest).map(|_| ()), Ok(()), "no refusal strands a device");
}

/// The role that lists what was found.
fn role_of(answer: Result<Answer, Failure>) -> String {
    match answer {
        Ok(Answer::Found(target)) => target.role.into(),
        other => panic!("{other:?}"),
    }
}
