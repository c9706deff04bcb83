//! Which target paths a delegation covers, and in which bin a path is.

use tuf_repository::metadata::{Scope, SuccinctRoles, sha256_hex};

#[test]
fn wildcards_stay_within_a_segment() {
    let cases = [
        ("targets/*.tgz", "targets/foo.tgz", true),
        ("targets/*.tgz", "targets/foo.txt", false),
        ("foo-version-?.tgz", "foo-version-2.tgz", true),
        ("foo-version-?.tgz", "foo-version-alpha.tgz", false),
        ("*.tgz", "foo.tgz", true),
        ("*.tgz", "targets/foo.tgz", false),
        ("foo.tgz", "foo.tgz", true),
        ("foo.tgz", "foo-tgz", false),
        ("*", "", true),
        ("*/*", "a/b", true),
        ("*/*", "a/b/c", false),
        ("a*b*c", "axxbxbxc", true),
        ("a*b*c", "axxbxb", false),
        ("a**", "a", true),
        ("?", "ä", true),
        ("*a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", false),
        ("[ab]/x", "b/x", true),
        ("[!ab]/x", "b/x", false),
        ("[a-c]*", "b.tar", true),
    ];
    for (pattern, path, covered) in cases {
        let scope = Scope::Paths(vec![pattern.to_owned()]);
        assert_eq!(scope.covers(path), covered, "{pattern} {path}");
    }
}

#[test]
fn a_pattern_with_a_set_may_meet_any_text_of_its_segment() {
    let scope = |pattern: &str| Scope::Paths(vec![pattern.to_owned()]);
    assert!(scope("[ab]/x").overlaps(&scope("a/*")));
    assert!(!scope("[ab]/x").overlaps(&scope("a/y")));
}

#[test]
fn prefixes_are_of_the_hash_of_the_path() {
    let digest = sha256_hex(b"a/b");
    assert!(Scope::PathHashPrefixes(vec![digest[..3].to_owned()]).covers("a/b"));
    assert!(!Scope::PathHashPrefixes(vec![digest[1..4].to_owned()]).covers("a/b"));
}

#[test]
fn bins_are_named_by_the_first_bits() {
    let bins = |bit_length| SuccinctRoles {
        keyids: Vec::new(),
        threshold: 1,
        bit_length,
        name_prefix: "alice.hbd".to_owned(),
        unrecognized: serde_json::Map::new(),
    };
    let names: Vec<_> = bins(11).names().collect();
    assert_eq!(names.len(), 2048);
    assert_eq!((names[0].as_str(), names[2047].as_str()), ("alice.hbd-000", "alice.hbd-7ff"));
    let first = u64::from_str_radix(&sha256_hex(b"a/b")[..8], 16).expect("a number");
    for bit_length in [1_u32, 8, 11, 32] {
        let digits = bit_length.div_ceil(4) as usize;
        let expected = format!("alice.hbd-{:0digits$x}", first >> (32 - bit_length));
        assert_eq!(bins(bit_length).bin_of("a/b"), expected);
    }
}
