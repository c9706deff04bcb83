//! A component that is stopped comes to no verdict.

use std::time::Duration;

use tuf_tests::{Json, Key};
use tuf_verifier_host::{Client, Error, MemoryStore, SandboxError, SandboxLimits};

use crate::world::{CONTENT, PATH, World, found, verdict};

fn stopped<T: std::fmt::Debug>(result: Result<T, Error>) -> SandboxError {
    match result {
        Err(Error::Sandbox(error)) => error,
        other => panic!("not stopped: {other:?}"),
    }
}

#[test]
fn bytes_beyond_the_memory_limit_are_no_verdict() {
    let limits = SandboxLimits { memory: 4 << 20, ..SandboxLimits::default() };
    let trusted_root = vec![b' '; 8 << 20];
    let client = Client::new(trusted_root, World::new(), MemoryStore::new()).sandbox_limits(limits);
    assert_eq!(stopped(client.refresh()), SandboxError::OutOfMemory { limit: 4 << 20 });
}

#[test]
fn too_little_memory_to_start_is_no_verdict() {
    let limits = SandboxLimits { memory: 1 << 16, ..SandboxLimits::default() };
    let client = World::new().client().sandbox_limits(limits);
    assert_eq!(stopped(client.refresh()), SandboxError::OutOfMemory { limit: 1 << 16 });
}

#[test]
fn bytes_beyond_the_modules_own_cap_are_no_verdict() {
    let limits = SandboxLimits { memory: u64::MAX, ..SandboxLimits::default() };
    let trusted_root = vec![0; (1 << 30) + 1];
    let client = Client::new(trusted_root, World::new(), MemoryStore::new()).sandbox_limits(limits);
    assert_eq!(stopped(client.refresh()), SandboxError::OutOfMemory { limit: 1 << 30 });
}

#[test]
fn a_stopped_session_goes_on_in_another_instance() {
    let limits = SandboxLimits { memory: 8 << 20, ..SandboxLimits::default() };
    let session = World::new().client().sandbox_limits(limits).refresh().unwrap();
    let target = found(&session, PATH);
    let expected = SandboxError::OutOfMemory { limit: 8 << 20 };
    for _ in 0..2 {
        assert_eq!(stopped(session.find(&"x".repeat(16 << 20))), expected);
        assert_eq!(session.read(&target).unwrap(), CONTENT);
    }
}

#[test]
fn no_time_at_all_is_no_verdict() {
    let limits = SandboxLimits { computation: Duration::ZERO, ..SandboxLimits::default() };
    let client = World::new().client().sandbox_limits(limits);
    assert_eq!(stopped(client.refresh()), SandboxError::OutOfTime { limit: Duration::ZERO });
}

/// Some seconds of work: each signature is of another key, over many bytes.
#[test]
fn a_computation_past_its_time_is_stopped() {
    let limit = Duration::from_millis(1);
    let limits = SandboxLimits { computation: limit, ..SandboxLimits::default() };
    let trusted_root = signed_by(256, &"x".repeat(32 << 20));
    let client = Client::new(trusted_root, World::new(), MemoryStore::new()).sandbox_limits(limits);
    assert_eq!(stopped(client.refresh()), SandboxError::OutOfTime { limit });
}

#[test]
fn a_stop_does_not_touch_other_instances() {
    let world = World::new();
    let session = world.session();
    let limits = SandboxLimits { computation: Duration::ZERO, ..SandboxLimits::default() };
    stopped(world.client().sandbox_limits(limits).refresh());
    found(&session, PATH);
    found(&world.session(), PATH);
}

/// Root metadata, valid but for its signatures.
fn signed_by(keys: usize, padding: &str) -> Vec<u8> {
    let keys: Vec<Key> = (0..keys).map(|number| Key::new(&number.to_string())).collect();
    let keyids = Json::Array(keys.iter().map(|key| Json::from(key.keyid.clone())).collect());
    let role = || Json::object([("keyids", keyids.clone()), ("threshold", Json::from(1_u64))]);
    let roles = ["root", "timestamp", "snapshot", "targets"].map(|name| (name, role()));
    let signed = Json::object([
        ("_type", Json::from("root")),
        ("spec_version", Json::from("1.0.34")),
        ("version", Json::from(1_u64)),
        ("expires", Json::from("2099-01-01T00:00:00Z")),
        ("consistent_snapshot", Json::from(true)),
        ("keys", Json::object(keys.iter().map(|key| (key.keyid.clone(), key.public())))),
        ("roles", Json::object(roles)),
        ("x-padding", Json::from(padding)),
    ]);
    let of_other_bytes = Key::new("0").sign(b"other bytes");
    let signature = |key: &Key| {
        Json::object([("keyid", Json::from(key.keyid.clone())), ("sig", Json::from(of_other_bytes.clone()))])
    };
    let signatures = Json::Array(keys.iter().map(signature).collect());
    Json::object([("signatures", signatures), ("signed", signed)]).text().into_bytes()
}

/// The padding aside, the same bytes are a verdict: what is stopped above is the computation alone.
#[test]
fn the_same_computation_in_time_is_a_verdict() {
    let client = Client::new(signed_by(3, "x"), World::new(), MemoryStore::new());
    assert_eq!(verdict(client.refresh()), "arbitrary-software");
}
