//! Metadata made to cost more than it is long. The real component, its default limits: each ends with an answer.

use std::fmt::Write;

use tuf_tests::{Delegation, Json, Listing};
use tuf_verifier_host::records::{Cause, NotFoundReason, Refusal};
use tuf_verifier_host::{Error, Lookup, NotFound, SandboxLimits, Settings};

use crate::world::{CONTENT, PATH, World, found, repository, verdict};

/// A member that a role's name or a number makes distinct, many times, as JSON without its brackets.
fn list(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(",")
}

/// Metadata that nobody signed, filled up with blanks to the longest that is read.
fn padded(text: String, length: usize) -> Vec<u8> {
    let mut bytes = text.into_bytes();
    assert!(bytes.len() <= length, "{} bytes", bytes.len());
    bytes.resize(length, b' ');
    bytes
}

/// The next root, which only its own keys signed, offered by whoever has no key.
fn next_root(keys: usize, keyids: usize, signatures: usize, length: usize) -> Vec<u8> {
    let key =
        |n| format!(r#""{n}":{{"keytype":"ed25519","keyval":{{"public":"{n:064x}"}},"scheme":"ed25519"}}"#);
    let keyids = list(keyids, |n| format!("\"{n}\""));
    let role = |name| format!(r#""{name}":{{"keyids":[{keyids}],"threshold":1}}"#);
    let roles = ["root", "timestamp", "snapshot", "targets"].map(role).join(",");
    let signatures = list(signatures, |n| format!(r#"{{"keyid":"{n}","sig":"{n:0128x}"}}"#));
    let keys = list(keys, key);
    padded(
        format!(
            r#"{{"signatures":[{signatures}],"signed":{{"_type":"root","spec_version":"1.0.34","version":2,
            "expires":"2099-01-01T00:00:00Z","consistent_snapshot":true,"keys":{{{keys}}},"roles":{{{roles}}}}}}}"#
        ),
        length,
    )
}

fn refresh_with(root: Vec<u8>) -> String {
    let mirror = repository().mirror.replacing("2.root.json", root);
    verdict(World::seen_through(&mirror).client().refresh())
}

#[test]
fn rejects_a_root_with_too_many_keyids() {
    assert_eq!(refresh_with(next_root(3_000, 3_000, 1, 512_000)), "too-many-items");
    assert_eq!(refresh_with(next_root(3_000, 257, 1, 512_000)), "too-many-items");
}

#[test]
fn rejects_a_root_with_too_many_signatures() {
    assert_eq!(refresh_with(next_root(1, 1, 1_025, 512_000)), "too-many-items");
}

/// Each of 40 signatures would be verified over 60 MB.
#[test]
fn rejects_too_many_signatures_of_a_long_file() {
    let mut repository = repository();
    repository.listing = Listing::Everything;
    repository.edit("targets", |signed| {
        signed.set("x-padding", Json::Text("x".repeat(60_000_000)));
    });
    repository.edit_envelope("targets", |envelope| {
        let signature = |n| format!(r#"{{"keyid":"{n}","sig":"{n:0128x}"}}"#);
        envelope.set("signatures", Json::raw(&format!("[{}]", list(40, signature))));
    });
    let world = World::of(repository.publish());
    assert_eq!(verdict(world.client().refresh()), "too-many-items");
}

/// As much as the limits leave: the longest root, every key of it in every role, and every signature.
#[test]
fn rejects_the_costliest_root_by_its_signatures() {
    assert_eq!(refresh_with(next_root(2_000, 256, 1_024, 512_000)), "arbitrary-software");
}

/// JSON text as it is signed.
fn canonical(text: &str) -> Json {
    Json::raw(&tuf_verifier_core::canonicalize(text.as_bytes()).expect("JSON"))
}

/// A repository with one good target, whose targets role delegates as the text says.
fn delegating(delegations: String) -> World {
    let mut repository = repository();
    repository.edit("targets", move |signed| {
        signed.set("delegations", canonical(&delegations));
    });
    World::of(repository.publish())
}

/// Ends the search for a delegated path, and then finds the repository's own target.
fn search(delegations: String) -> Result<Lookup, Error> {
    let world = delegating(delegations);
    let session = world.session();
    let outcome = session.find("team/app");
    let target = found(&session, PATH);
    assert_eq!(session.read(&target).expect("the target of another path"), CONTENT);
    outcome
}

fn key(n: usize, public: &str) -> String {
    format!(r#""{n}":{{"keytype":"x","keyval":{{"public":"{public}"}},"scheme":"x"}}"#)
}

/// Each of 20,000 roles lists keys out of 20,000: looked up one by one, that are 400 million comparisons.
#[test]
fn accepts_as_many_delegations_as_keys() {
    let keys = list(20_000, |n| key(n, "x"));
    let roles = list(20_000, |n| {
        format!(r#"{{"name":"d{n}","keyids":["{n}"],"paths":["*/*"],"terminating":false,"threshold":1}}"#)
    });
    let outcome = search(format!(r#"{{"keys":{{{keys}}},"roles":[{roles}]}}"#));
    assert_eq!(verdict(outcome), "mix-and-match");
}

/// Copied for each of 10,000 roles, a key of one megabyte would be ten gigabytes.
#[test]
fn accepts_one_long_key_in_every_delegation() {
    let keys = key(0, &"x".repeat(1_000_000));
    let roles = list(10_000, |n| {
        format!(r#"{{"name":"d{n}","keyids":["0"],"paths":["*/*"],"terminating":false,"threshold":1}}"#)
    });
    let outcome = search(format!(r#"{{"keys":{{{keys}}},"roles":[{roles}]}}"#));
    assert_eq!(verdict(outcome), "mix-and-match");
}

#[test]
fn accepts_as_many_multi_role_delegations_as_keys() {
    let keys = list(10_000, |n| key(n, "x"));
    let delegations = list(10_000, |n| {
        format!(
            r#"{{"name":"d{n}","paths":["*/*"],"terminating":false,"min_roles_in_agreement":1,
            "roleinfo":[{{"rolename":"r{n}","keyids":["{n}"],"threshold":1}}]}}"#
        )
    });
    let mut repository = repository();
    repository.edit("targets", move |signed| {
        signed.set("delegations", canonical(&format!("[{delegations}]")));
        signed.set("keys_for_delegations", canonical(&format!("{{{keys}}}")));
    });
    let session = World::of(repository.publish()).session();
    assert_eq!(verdict(session.find("team/app")), "mix-and-match");
    found(&session, PATH);
}

/// Patterns that match only at the last letter, whichever way their stars are stretched.
#[test]
fn accepts_patterns_full_of_stars() {
    let path = format!("{}/app", "a".repeat(200));
    let pattern = format!("{}b/*", "*a".repeat(100));
    let patterns = list(10_000, |_| format!("\"{pattern}\""));
    let role =
        format!(r#"{{"name":"d","keyids":[],"paths":[{patterns}],"terminating":false,"threshold":1}}"#);
    let session = delegating(format!(r#"{{"keys":{{}},"roles":[{role}]}}"#)).session();
    let lookup = session.find(&path).expect("an answer");
    assert!(matches!(lookup, Lookup::NotFound(NotFound { reason: NotFoundReason::Absent, .. })));
}

/// Each level has its members in the wrong order, so that it is copied into the right one.
#[test]
fn accepts_unsorted_objects_as_deep_as_they_may_be() {
    let mut nested = Json::Text("x".repeat(4_900_000));
    for _ in 0..120 {
        nested = Json::object([("b", nested), ("a", Json::from(0_u64))]);
    }
    let mut repository = repository();
    repository.edit("targets", move |signed| {
        signed.set("x-nested", nested.clone());
    });
    found(&World::of(repository.publish()).session(), PATH);
}

#[test]
fn rejects_too_many_hashes_of_a_target() {
    let mut text = String::new();
    for n in 0..33 {
        let _ = write!(text, "{}\"h{n}\":\"00\"", if n == 0 { "" } else { "," });
    }
    let mut repository = repository();
    repository.edit("targets", move |signed| {
        signed.at(&["targets", PATH]).set("hashes", Json::raw(&format!("{{{text}}}")));
    });
    assert_eq!(verdict(World::of(repository.publish()).client().refresh()), "too-many-items");
}

/// The limit and the setting that a refusal of too long a file names.
fn named_limit<T: std::fmt::Debug>(result: Result<T, Error>) -> (String, u64, Option<u64>, String) {
    match result {
        Err(Error::Failure(failure)) => match failure.cause {
            Cause::Refused(Refusal::EndlessData(facts)) => {
                (facts.name, facts.limit, facts.listed, facts.setting.expect("a setting"))
            }
            cause => panic!("{cause:?}"),
        },
        other => panic!("{other:?}"),
    }
}

/// Six gibibytes, of which not a byte is asked for.
const SIX_GIB: u64 = 6 << 30;

#[test]
fn rejects_a_listed_length_of_metadata_before_a_byte_is_fetched() {
    for (lister, listed, file, name) in [
        ("timestamp", "snapshot.json", "1.snapshot.json", "listed-max-length"),
        ("snapshot", "targets.json", "1.targets.json", "listed-max-length"),
    ] {
        let mut repository = repository();
        repository.edit(lister, move |signed| {
            signed.at(&["meta", listed]).set("length", SIX_GIB);
        });
        let world = World::of(repository.publish());
        let met = named_limit(world.client().refresh());
        assert_eq!(met, (file.to_owned(), 64 << 20, Some(SIX_GIB), name.to_owned()));
        assert!(!world.requests().iter().any(|asked| asked == file), "{file} was asked for");
    }
}

#[test]
fn rejects_a_listed_length_of_a_target_before_a_byte_is_fetched() {
    let mut repository = repository();
    repository.edit("targets", |signed| {
        signed.at(&["targets", PATH]).set("length", SIX_GIB);
    });
    let world = World::of(repository.publish());
    let met = named_limit(world.session().find(PATH));
    let setting = String::from("target-file-max-length");
    assert_eq!(met, (PATH.to_owned(), 1 << 30, Some(SIX_GIB), setting));
    let raised = Settings { target_file_max_length: SIX_GIB, ..Settings::default() };
    let target = found(&world.client().settings(raised).refresh().expect("a session"), PATH);
    assert_eq!(target.length, SIX_GIB);
}

/// Wasmtime copies 128 MiB out of a component unless it is told otherwise.
#[test]
fn accepts_metadata_longer_than_wasmtimes_default() {
    let mut repository = repository();
    repository.listing = Listing::Everything;
    repository.edit("targets", |signed| {
        signed.set("x-padding", Json::Text("x".repeat(130 << 20)));
    });
    let world = World::of(repository.publish());
    let met = named_limit(world.client().refresh());
    assert_eq!((met.1, met.3.as_str()), (64 << 20, "listed-max-length"));
    let raised = Settings { listed_max_length: 200 << 20, ..Settings::default() };
    let limits = SandboxLimits { memory: 1 << 30, ..SandboxLimits::default() };
    let session = world.client().settings(raised).sandbox_limits(limits).refresh().expect("a session");
    found(&session, PATH);
}

/// The attacker has no key of the delegated role's paths: the costliest file stops one search, not the next.
#[test]
fn recovers_from_a_search_that_is_stopped() {
    let limits = SandboxLimits { memory: 8 << 20, ..SandboxLimits::default() };
    let mut repository = repository();
    repository.delegate("targets", Delegation::paths("team", &["team/*"]));
    repository.edit("team", |signed| {
        signed.set("x-padding", Json::Text("x".repeat(4_900_000)));
    });
    repository.add_target("team", "team/app", b"theirs").publish();
    let world = World::of(&repository);
    let session = world.client().sandbox_limits(limits).refresh().expect("a session");
    let before = session.report().clone();
    world.requests();
    for _ in 0..2 {
        let stopped = session.find("team/app").expect_err("too little memory");
        assert_eq!(stopped.code(), "sandbox-out-of-memory");
        let target = found(&session, PATH);
        assert_eq!(session.read(&target).expect("the target of another path"), CONTENT);
    }
    assert_eq!(*session.report(), before);
    let asked = world.requests();
    assert!(!asked.iter().any(|name| name == "timestamp.json"), "what is stored is not fetched: {asked:?}");
}
