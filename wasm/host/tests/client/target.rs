//! Target bytes: fetched and hashed by the host, judged by the component.

use tuf_tests::{sha256, sha512};
use tuf_verifier_host::records::NotFoundReason;
use tuf_verifier_host::{Error, Lookup, NotFound};

use crate::world::{CONTENT, PATH, World, found, repository, verdict};

#[test]
fn reads_a_target() {
    let world = World::new();
    let session = world.session();
    let target = found(&session, PATH);
    world.requests();
    assert_eq!(session.read(&target).unwrap(), CONTENT);
    assert_eq!(world.requests(), [format!("bin/{}.app", sha256(CONTENT))]);
}

#[test]
fn reads_targets_in_any_order_of_their_searches() {
    let mut repository = repository();
    repository.add_target("targets", "other", b"another target").publish();
    let session = World::of(&repository).session();
    let (first, second) = (found(&session, PATH), found(&session, "other"));
    assert_eq!(session.read(&first).unwrap(), CONTENT);
    assert_eq!(session.read(&second).unwrap(), b"another target");
    let absent = session.find("third").unwrap();
    assert!(matches!(absent, Lookup::NotFound(NotFound { reason: NotFoundReason::Absent, .. })));
    assert_eq!(session.read(&first).unwrap(), CONTENT);
}

#[test]
fn reads_a_target_of_many_chunks() {
    let content: Vec<u8> = (0..300_001_u32).map(|number| number as u8).collect();
    let mut repository = repository();
    repository.add_target("targets", "large", &content);
    let listed = repository.role("targets").targets.last_mut().unwrap();
    listed.hashes.push(("sha512".into(), sha512(&content)));
    repository.publish();
    let session = World::of(&repository).session();
    let target = found(&session, "large");
    assert_eq!(session.read(&target).unwrap(), content);
}

#[test]
fn an_empty_target_is_a_target() {
    let mut repository = repository();
    repository.add_target("targets", "empty", b"").publish();
    let session = World::of(&repository).session();
    let target = found(&session, "empty");
    assert_eq!(session.read(&target).unwrap(), b"");
}

#[test]
fn rejects_wrong_bytes_of_the_right_length() {
    let mut world = World::new();
    world.spoil_targets(&vec![b'x'; CONTENT.len()]);
    let session = world.session();
    let target = found(&session, PATH);
    assert_eq!(verdict(session.read(&target)), "wrong-software");
}

#[test]
fn rejects_a_target_cut_short() {
    let mut world = World::new();
    world.spoil_targets(&CONTENT[..10]);
    let session = world.session();
    let target = found(&session, PATH);
    assert_eq!(verdict(session.read(&target)), "wrong-software");
}

#[test]
fn rejects_a_longer_target_after_one_byte_more() {
    let mut world = World::new();
    let longer = [CONTENT, b"and what an attacker added"].concat();
    world.spoil_targets(&longer);
    // The transfer would break off behind that byte: it is not asked for more.
    world.broken = world.mirror.targets.keys().map(|path| (path.clone(), CONTENT.len() + 1)).collect();
    let session = world.session();
    let target = found(&session, PATH);
    assert_eq!(verdict(session.read(&target)), "endless-data");
}

#[test]
fn a_transfer_that_breaks_off_is_no_verdict() {
    let mut world = World::new();
    world.broken = world.mirror.targets.keys().map(|path| (path.clone(), 10)).collect();
    let session = world.session();
    let target = found(&session, PATH);
    let error = session.read(&target).unwrap_err();
    assert!(matches!(error, Error::Source(_)), "{error:?}");
}

#[test]
fn a_listed_target_without_a_file_is_missing() {
    let mut world = World::new();
    world.mirror.targets.clear();
    let session = world.session();
    let target = found(&session, PATH);
    assert_eq!(session.read(&target).unwrap_err().code(), "missing-target");
}

#[test]
fn a_target_of_another_session_is_not_taken_on_trust() {
    let mut repository = repository();
    let older = World::of(&repository);
    repository.add_target("targets", PATH, b"the next version").release();
    let newer = World::of(&repository);
    let target = found(&older.session(), PATH);
    let session = newer.session();
    assert_eq!(session.read(&target).unwrap_err().code(), "foreign-target");
    assert_eq!(session.check_bytes(&target, CONTENT).unwrap_err().code(), "foreign-target");
    let same = found(&newer.session(), PATH);
    assert_eq!(session.read(&same).unwrap(), b"the next version");
}

#[test]
fn checks_bytes_that_were_fetched_elsewhere() {
    let world = World::new();
    let session = world.session();
    let target = found(&session, PATH);
    world.requests();
    session.check_bytes(&target, CONTENT).unwrap();
    assert_eq!(verdict(session.check_bytes(&target, b"other bytes")), "wrong-software");
    session.check_bytes(&target, CONTENT).unwrap();
    assert_eq!(world.requests(), Vec::<String>::new());
}

#[test]
fn rejects_a_target_path_that_leaves_the_base_url() {
    let session = World::new().session();
    for path in ["../app", "/etc/passwd", "bin//app", "bin\\app", ""] {
        assert_eq!(verdict(session.find(path)), "unsafe-path", "{path}");
    }
}
