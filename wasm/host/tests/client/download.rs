//! Target files on disk.

use std::fs;
use std::path::Path;

use tuf_verifier_host::Downloaded;

use crate::world::{CONTENT, PATH, World, found, verdict};

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn writes_a_verified_file() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("app");
    let session = World::new().session();
    let target = found(&session, PATH);
    assert_eq!(session.download(&target, &to).unwrap(), Downloaded::Fetched);
    assert_eq!(fs::read(&to).unwrap(), CONTENT);
    assert_eq!(names(folder.path()), ["app"]);
}

#[test]
fn keeps_a_file_that_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("app");
    fs::write(&to, CONTENT).unwrap();
    let world = World::new();
    let session = world.session();
    let target = found(&session, PATH);
    world.requests();
    assert_eq!(session.download(&target, &to).unwrap(), Downloaded::Unchanged);
    assert_eq!(world.requests(), Vec::<String>::new());
}

#[test]
fn replaces_a_file_that_does_not_verify() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("app");
    let session = World::new().session();
    let target = found(&session, PATH);
    for wrong in [b"short".to_vec(), vec![b'x'; CONTENT.len()], vec![b'x'; 100_000]] {
        fs::write(&to, wrong).unwrap();
        assert_eq!(session.download(&target, &to).unwrap(), Downloaded::Fetched);
        assert_eq!(fs::read(&to).unwrap(), CONTENT);
    }
}

#[test]
fn leaves_what_was_there_where_the_bytes_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("app");
    fs::write(&to, b"the old version").unwrap();
    let mut world = World::new();
    world.spoil_targets(b"an attacker's");
    let session = world.session();
    let target = found(&session, PATH);
    assert_eq!(verdict(session.download(&target, &to)), "wrong-software");
    assert_eq!(fs::read(&to).unwrap(), b"the old version");
    assert_eq!(names(folder.path()), ["app"]);
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("missing/app");
    let session = World::new().session();
    let target = found(&session, PATH);
    let error = session.download(&target, &to).unwrap_err();
    assert_eq!(error.code(), "output-unwritable");
    assert!(error.to_string().contains(&to.display().to_string()), "{error}");
}

#[cfg(unix)]
#[test]
fn replaces_a_symbolic_link_and_leaves_what_it_points_to() {
    let folder = tempfile::tempdir().unwrap();
    let (to, elsewhere) = (folder.path().join("app"), folder.path().join("elsewhere"));
    fs::write(&elsewhere, b"another file").unwrap();
    std::os::unix::fs::symlink(&elsewhere, &to).unwrap();
    let session = World::new().session();
    let target = found(&session, PATH);
    assert_eq!(session.download(&target, &to).unwrap(), Downloaded::Fetched);
    assert_eq!(fs::read(&elsewhere).unwrap(), b"another file");
    assert!(fs::symlink_metadata(&to).unwrap().is_file());
}

#[cfg(unix)]
#[test]
fn a_downloaded_file_has_ordinary_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (to, ordinary) = (folder.path().join("app"), folder.path().join("ordinary"));
    fs::write(&ordinary, b"").unwrap();
    let session = World::new().session();
    let target = found(&session, PATH);
    session.download(&target, &to).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&to), mode(&ordinary));
}
