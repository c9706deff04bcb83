//! Damaged files: none makes the verifier panic, and none is taken for what it is not.

use tuf_tests::{Answer, Delegation, Device, Repository};

const PATH: &str = "team/app";

/// The files that an update needs, and the repository and the device that need them.
fn one_update() -> ([&'static str; 5], Repository, Device) {
    let mut repository = Repository::new();
    repository.delegate("targets", Delegation::paths("team", &["team/*"])).add_target("team", PATH, b"1");
    let device = Device::new(&repository);
    repository.next_root().publish();
    (
        ["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json", "1.team.json"],
        repository,
        device,
    )
}

#[test]
fn rejects_every_file_that_was_cut_off() {
    let (files, repository, device) = one_update();
    for file in files {
        let whole = repository.mirror.file(file);
        for length in (0..whole.len()).step_by(11) {
            let cut = repository.mirror.clone().replacing(file, &whole[..length]);
            let failure = device.clone().find(&cut, PATH).unwrap_err();
            assert!(failure.code().starts_with("malformed"), "{length} bytes of {file}: {failure}");
        }
    }
}

#[test]
fn rejects_every_flipped_bit_that_changes_what_is_signed() {
    let (files, repository, device) = one_update();
    let honest = device.clone().find(&repository.mirror, PATH).unwrap();
    for file in files {
        let whole = repository.mirror.file(file);
        for place in (0..whole.len()).step_by(3) {
            let mut flipped = whole.to_vec();
            flipped[place] ^= 1 << (place % 8);
            let spoiled = repository.mirror.clone().replacing(file, flipped);
            match device.clone().find(&spoiled, PATH) {
                Err(failure) => assert_ne!(failure.code(), "missing-metadata"),
                Ok(answer) => assert_eq!(answer, honest, "byte {place} of {file}"),
            }
        }
    }
}

#[test]
fn heals_every_flipped_bit_in_the_store() {
    let (_, repository, mut device) = one_update();
    let honest = device.find(&repository.mirror, PATH).unwrap();
    assert!(matches!(honest, Answer::Found(_)));
    for (name, whole) in device.store.clone() {
        for place in (0..whole.len()).step_by(17) {
            let mut spoiled = device.clone();
            spoiled.store.get_mut(&name).unwrap()[place] ^= 1 << (place % 8);
            assert_eq!(spoiled.find(&repository.mirror, PATH).unwrap(), honest, "byte {place} of {name}");
        }
    }
}
