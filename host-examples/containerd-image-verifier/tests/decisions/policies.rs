//! Policies that cannot be followed block every pull, and say why without a secret.

use std::fs;

use crate::world::{Offer, World, blocked};

/// Changes the policy and returns what is said of it, without the path.
#[track_caller]
fn said(change: impl Fn(&str) -> String) -> String {
    let world = World::new();
    let path = world.path("policy.toml");
    let text = fs::read_to_string(&path).expect("a policy");
    let changed = change(&text);
    assert_ne!(text, changed);
    fs::write(&path, changed).expect("written");
    let told = world.pull("h.example/team/app:v1", &Offer::of(b"one"));
    let words = format!("policy-unusable: {}: ", path.display());
    let reason = told.reason.strip_prefix(&words).unwrap_or_else(|| panic!("{told:?}")).to_owned();
    blocked(&told, &format!("{words}{reason}"));
    let (lines, status) = world.command(&["policy", "check", path.to_str().expect("UTF-8")]);
    assert_eq!((lines, status), (vec![told.reason], 1));
    reason
}

#[test]
fn rejects_unknown_keys() {
    assert!(said(|text| text.replace("default =", "defualt =")).contains("unknown field `defualt`"));
    assert!(said(|text| text.replace("root =", "trust = 1\nroot =")).contains("unknown field `trust`"));
    assert!(said(|text| format!("{text}\nrewrites = \"a\"")).contains("unknown field `rewrites`"));
    assert!(said(|text| text.replace("\"verify\"", "\"trust\"")).contains("unknown variant `trust`"));
}

#[test]
fn rejects_values_that_mean_nothing() {
    let rule = |rule: &'static str| move |text: &str| format!("{text}\n[[rule]]\n{rule}");
    let cases = [
        (said(|text| text.replace("version = 1", "version = 2")), "version: only version 1 is known"),
        (
            said(|text| text.replace("h.example/team", "h.example/team/")),
            "rule 1, prefix \"h.example/team/\": a part of the repository's name is empty",
        ),
        (
            said(|text| text.replace("h.example/team", "index.docker.io/team")),
            "rule 1, prefix \"index.docker.io/team\": this registry is written docker.io",
        ),
        (
            said(rule("prefix = \"h.example/team\"\naction = \"allow\"")),
            "rule 2: another rule has the prefix \"h.example/team\"",
        ),
        (
            said(rule("prefix = \"h.example/x\"\naction = \"verify\"")),
            "rule 2 (h.example/x): repository is missing",
        ),
        (
            said(rule("prefix = \"h.example/x\"\naction = \"verify\"\nrepository = \"b\"")),
            "rule 2 (h.example/x): there is no repository \"b\"",
        ),
        (
            said(rule("prefix = \"h.example/x\"\naction = \"digests\"\ndigests = []")),
            "rule 2 (h.example/x): digests are missing",
        ),
        (
            said(rule("prefix = \"h.example/x\"\naction = \"allow\"\nrepository = \"acme\"")),
            "rule 2 (h.example/x): repository and rewrite are for the action \"verify\"",
        ),
        (
            said(rule("prefix = \"h.example/x\"\naction = \"reject\"\ndigests = []")),
            "rule 2 (h.example/x): digests are for the action \"digests\"",
        ),
        (
            said(|text| text.replace("log = \"\"", "deadline = \"0s\"")),
            "deadline: a time such as \"8s\" or \"500ms\", at most two minutes",
        ),
        (
            said(|text| text.replace("log = \"\"", "log = \"dev/log\"")),
            "log: the path must be absolute: nobody knows the runtime's current folder",
        ),
        (
            said(|text| text.replace("http://", "ftp://")),
            "repositories.acme.metadata: one or more base URLs: https://, http://, oci://, oci+http://",
        ),
        (
            said(|text| text.replace("\"0s\"", "\"1 minute\"")),
            "repositories.acme.refresh_interval: a time such as \"60s\", \"5m\" or \"1h\"",
        ),
    ];
    for (said, words) in cases {
        assert_eq!(said, words);
    }
}

#[test]
fn never_prints_a_password() {
    let secret = |text: &str| text.replace("http://", "http://user:hunter2@");
    let cases = [
        said(move |text| secret(text).replace("[\"http", "\"http").replace("data\"]", "data\"")),
        said(move |text| secret(text).replace("metadata =", "metadatum =")),
        said(move |text| secret(text).replace("data\"]", "data]")),
        said(move |text| secret(text).replace("http://", "gopher://")),
    ];
    for said in cases {
        assert!(!said.contains("hunter2"), "{said}");
    }
    let world = World::new();
    world.policy_with("http://user:hunter2@127.0.0.1:1/metadata", "", "", "");
    let told = world.pull("h.example/team/app:v1", &Offer::of(b"one"));
    assert!(told.reason.starts_with("unreachable: ") && !told.reason.contains("hunter2"), "{told:?}");
}

#[test]
fn rejects_where_there_is_no_policy_or_root() {
    let world = World::new();
    fs::remove_file(world.path("root.json")).expect("deleted");
    let told = world.pull("h.example/team/app:v1", &Offer::of(b"one"));
    let root = world.path("root.json");
    let words = format!("policy-unusable: cannot read the root {}: ", root.display());
    assert!(!told.allowed && told.reason.starts_with(&words), "{told:?}");
    let policy = world.path("policy.toml");
    fs::remove_file(&policy).expect("deleted");
    let told = world.pull("h.example/team/app:v1", &Offer::of(b"one"));
    let words = format!("policy-unusable: cannot read {}: ", policy.display());
    assert!(!told.allowed && told.reason.starts_with(&words), "{told:?}");
}
