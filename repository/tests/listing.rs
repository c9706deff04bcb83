//! What is published in a folder, listed whoever has written there.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use crate::world::World;
use tuf_repository::{Keep, UnixTime};

/// Somebody who can write to the folder may have made any number of folders within folders.
#[test]
fn prunes_past_folders_that_are_too_deep_or_cannot_be_read() {
    let world = World::with_keys(&[]);
    let repository = world.open();
    let old = format!("{}.old", "0".repeat(64));
    let targets = world.path().join("targets");
    let deep = (0..100).fold(targets.join("deep"), |folder, _| folder.join("d"));
    let closed = targets.join("closed");
    for folder in [&targets, &deep, &closed] {
        fs::create_dir_all(folder).expect("a folder");
        fs::write(folder.join(&old), "bytes").expect("a file");
    }
    fs::set_permissions(&closed, Permissions::from_mode(0o000)).expect("a mode");
    let is_closed = fs::read_dir(&closed).is_err();
    let later = UnixTime(i64::from(u32::MAX));
    let pruned = repository.prune(&Keep::everything_but_orphans(1), later).expect("a whole repository");
    fs::set_permissions(&closed, Permissions::from_mode(0o755)).expect("a mode");
    let mut passed_over: Vec<_> = pruned.passed_over.iter().map(|folder| folder.folder.clone()).collect();
    passed_over.sort();
    let too_deep = (0..64).fold(targets.join("deep"), |folder, _| folder.join("d"));
    // Root reads every folder.
    let expected = if is_closed { vec![closed.clone(), too_deep] } else { vec![too_deep] };
    assert_eq!(passed_over, expected);
    assert_eq!(closed.join(&old).exists(), is_closed);
    assert!(deep.join(&old).exists() && !targets.join(&old).exists());
}
