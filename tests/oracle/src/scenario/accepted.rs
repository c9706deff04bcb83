//! Honest repositories and histories.

use super::{Expected, Looked, Scenario};
use crate::{Plan, Release, Role};

const ALL_FOUND: &[Looked] = &[Looked::Verified; 6];

pub(super) fn all() -> Vec<Scenario> {
    let mut without_consistent_snapshot = Plan::standard();
    without_consistent_snapshot.consistent_snapshot = false;
    vec![
        Scenario::new("accepts_the_standard_repository", Plan::standard()),
        Scenario::new("accepts_without_listed_hashes", Plan::standard().without_hashes()),
        Scenario::new("accepts_without_consistent_snapshot", without_consistent_snapshot),
        Scenario::new("accepts_an_update", Plan::standard().then(update)),
        Scenario::new("accepts_an_unchanged_repository", Plan::standard()).visiting(&[1, 1]),
        Scenario::new("accepts_root_rotation_at_once", rotation()).visiting(&[1, 3]),
        Scenario::new("accepts_root_rotation_as_a_new_client", rotation()).visiting(&[3]),
        Scenario::new("accepts_rotation_of_every_key", Plan::standard().then(rotate_every_key)),
        Scenario::new("accepts_a_raised_threshold", Plan::standard().then(raise_threshold)),
        Scenario::new("recovers_from_fast_forward_of_timestamp_and_snapshot", fast_forward().then(recover)),
        unusual_names(),
        names_that_urls_would_change(),
    ]
}

fn update(release: &mut Release) {
    release.role("alpha").version += 1;
    for (role, path) in [("targets", "readme.txt"), ("alpha", "alpha/one")] {
        release.role(role).files.insert(path.to_owned(), "changed\n".to_owned());
    }
}

/// Two of three keys go at each step, and those that go sign once more.
fn rotation() -> Plan {
    Plan::standard()
        .then(|release| {
            let root = release.role("root");
            root.version = 2;
            root.rekey(&["root-3", "root-4", "root-5"]);
            root.sign_with(&["root-1", "root-2", "root-4", "root-5"]);
        })
        .then(|release| {
            let root = release.role("root");
            root.version = 3;
            root.rekey(&["root-6", "root-7"]);
            root.sign_with(&["root-4", "root-5", "root-6", "root-7"]);
        })
}

fn rotate_every_key(release: &mut Release) {
    let root = release.role("root");
    root.version = 2;
    root.rekey(&["root-4", "root-5"]);
    root.sign_with(&["root-1", "root-2", "root-4", "root-5"]);
    for (role, key) in [("timestamp", "timestamp-2"), ("snapshot", "snapshot-2"), ("alpha", "alpha-2")] {
        release.role(role).rekey(&[key]);
    }
    release.role("targets").rekey(&["targets-3", "targets-4"]);
    release.role("alpha").version = 2;
}

fn raise_threshold(release: &mut Release) {
    let root = release.role("root");
    root.version = 2;
    root.threshold = 3;
    root.sign_with(&["root-1", "root-2", "root-3"]);
    let snapshot = release.role("snapshot");
    snapshot.threshold = 2;
    snapshot.rekey(&["snapshot-1", "snapshot-2"]);
}

fn fast_forward() -> Plan {
    Plan::standard().with(|release| {
        release.role("timestamp").version = 2_147_483_647;
        release.role("snapshot").version = 2_147_483_647;
    })
}

/// Rotates the keys of timestamp and snapshot and begins their versions again.
fn recover(release: &mut Release) {
    release.role("root").version = 2;
    for (role, key) in [("timestamp", "timestamp-2"), ("snapshot", "snapshot-2")] {
        let role = release.role(role);
        role.rekey(&[key]);
        role.version = 2;
    }
}

fn unusual_names() -> Scenario {
    const NAMES: [&str; 6] = [
        "a b.txt",
        "ü/日本.txt",
        "e\u{301}.txt",
        "a+b&c=d,e;f.txt",
        "~tilde'(1)!.txt",
        "deep/er/and/deeper.txt",
    ];
    let plan = Plan::standard().with(|release| {
        let targets = release.role("targets");
        *targets = NAMES.iter().fold(targets.clone(), |role: Role, name| role.file(name, name));
    });
    Scenario::new("accepts_unusual_target_names", plan)
        .looking_for(&NAMES)
        .ends(Expected::Accepted(ALL_FOUND))
}

/// The peers append a target path to the base URL as it is, so that `%20`, `?` and `#` mean what they mean in a URL.
/// Ours encodes them: a target path is a name, and the file of that name is fetched.
fn names_that_urls_would_change() -> Scenario {
    const MISSED: Expected = Expected::Accepted(&[Looked::Refused("missing-target"); 3]);
    const NAMES: [&str; 3] = ["percent%20.txt", "question?.txt", "number#1.txt"];
    let plan = Plan::standard().with(|release| {
        let targets = release.role("targets");
        *targets = NAMES.iter().fold(targets.clone(), |role: Role, name| role.file(name, name));
    });
    Scenario::new("accepts_target_names_that_urls_would_change", plan)
        .looking_for(&NAMES)
        .ends(Expected::Accepted(&[Looked::Verified; 3]))
        .but("python", MISSED)
        .but("node", MISSED)
}
