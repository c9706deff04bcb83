//! Commands for people.

use tuf_verifier_host::{component_digest, verifier_digest};

use crate::world::{Offer, World};

#[test]
fn explain_says_which_rule_target_role_and_versions() {
    let world = World::new();
    let (lines, status) = world.command(&["explain", "h.example/team/app:v1"]);
    let (root, policy) = (world.path("root.json"), world.path("policy.toml"));
    let last = lines.last().cloned().unwrap_or_default();
    let expected = [
        format!("policy      {}", policy.display()),
        "reference   h.example/team/app:v1".to_owned(),
        "rule        h.example/team".to_owned(),
        "looked up   h.example/team/app:v1".to_owned(),
        format!("repository  acme (root {})", root.display()),
        "root        version 1, expires 2100-01-01T00:00:00Z".to_owned(),
        "timestamp   version 1, expires 2100-01-01T00:00:00Z".to_owned(),
        "snapshot    version 1, expires 2100-01-01T00:00:00Z".to_owned(),
        "targets     version 1, expires 2100-01-01T00:00:00Z".to_owned(),
        "target      oci/h.example/team/app/_tags/v1".to_owned(),
        "  role      team".to_owned(),
        format!("  digest    {}", Offer::of(b"one").digest),
        "  size      3".to_owned(),
        format!("  type      {}", Offer::of(b"one").media_type),
        last.clone(),
    ];
    assert_eq!((lines.as_slice(), status), (expected.as_slice(), 0));
    assert!(last.starts_with("metadata valid for ") && last.ends_with(" days (timestamp)"), "{last}");
}

#[test]
fn explain_ends_with_the_refusal() {
    let world = World::new();
    let (lines, status) = world.command(&["explain", "h.example/team/app:v2"]);
    let last = lines.last().expect("a line");
    assert!(
        status == 1 && last.starts_with("not-listed: no trusted role lists it; metadata valid for "),
        "{last}"
    );
    let (lines, status) = world.command(&["explain", "h.example/team"]);
    let words = "bad-reference: neither a tag nor a digest is named; no metadata was asked for";
    assert_eq!((lines.last().map(String::as_str), status), (Some(words), 1));
    let (lines, status) = world.command(&["explain", "other.example/app:v1"]);
    assert_eq!(lines[2], "rule        none: the default applies");
    assert_eq!(
        (lines[3].as_str(), status),
        ("rejected: nothing of this name may be pulled; no metadata was asked for", 1)
    );
}

#[test]
fn policy_check_accepts_what_can_be_followed() {
    let world = World::new();
    let path = world.path("policy.toml");
    let (lines, status) = world.command(&["policy", "check", path.to_str().expect("UTF-8")]);
    let words = "1 rules, 1 repositories, mode enforce, deadline 8 seconds";
    assert_eq!((lines, status), (vec![words.to_owned()], 0));
    std::fs::write(world.path("root.json"), "{}").expect("written");
    let (lines, status) = world.command(&["policy", "check", path.to_str().expect("UTF-8")]);
    assert!(status == 1 && lines[0].starts_with("policy-unusable: repositories.acme.root, "), "{lines:?}");
}

#[test]
fn what_is_no_command_is_never_a_yes() {
    let world = World::new();
    let (lines, status) = world.command(&["frobnicate", "now"]);
    assert_eq!((lines, status), (vec!["bad-call: unrecognized subcommand 'frobnicate'".to_owned()], 2));
    for words in [&[][..], &["explain"], &["policy"], &["policy", "check"], &["explain", "-name", "a"]] {
        let (lines, status) = world.command(words);
        assert!(status == 2 && lines.len() == 1 && lines[0].starts_with("bad-call: "), "{lines:?}");
    }
    assert_eq!(world.command(&["--help"]).1, 0);
}

#[test]
fn names_the_verifier_in_it() {
    let (lines, status) = World::new().command(&["--version"]);
    let name = format!("tuf-image-verifier {}", env!("CARGO_PKG_VERSION"));
    let digests = [
        format!("component sha256:{}", component_digest()),
        format!("verifier sha256:{}", verifier_digest()),
    ];
    assert_eq!((lines, status), ([vec![name], digests.to_vec()].concat(), 0));
}
