//! Advisories of go-tuf.

use tuf_tests::expected::{defect_of, rollback};
use tuf_tests::recorded::RepositoryMap;
use tuf_tests::{Answer, Delegation, Device, Json, Repository};
use tuf_verifier_core::{Defect, Failure, NotFound};

use crate::{PATH, at_version_3, refused_and_unchanged, role_of, search, with_team};

/// CVE-2022-29173: no version was compared with what had been trusted before, and a file was trusted before what it
/// lists had been judged.
#[test]
fn cve_2022_29173_no_rollback_checks() {
    let (repository, device) = at_version_3();
    let mut older_timestamp = repository.clone();
    older_timestamp.timestamp.version = 2;
    let mut older_snapshot = repository.clone();
    older_snapshot.timestamp.version = 4;
    older_snapshot.snapshot.version = 2;
    for (spoiled, subject) in [(&mut older_timestamp, "timestamp"), (&mut older_snapshot, "snapshot")] {
        let failure = rollback("timestamp", subject, 3, Some(2));
        refused_and_unchanged(&mut device.clone(), &spoiled.publish().mirror, failure, &repository.mirror);
    }
    for role in ["targets", "team"] {
        let mut older = repository.clone();
        older.role(role).header.version = 2;
        older.snapshot.version = 4;
        older.timestamp.version = 4;
        let mut device = device.clone();
        let failure = rollback("snapshot", role, 3, Some(2));
        assert_eq!(device.refresh(&older.publish().mirror).map(|_| ()), Err(failure));
        // The timestamp was judged and is stored (5.4.5); the snapshot is not.
        assert_eq!(device.stored("snapshot.json"), repository.mirror.file("3.snapshot.json"));
    }
}

/// CVE-2024-47534 (GHSA-4f8r-qqr9-fq8j): delegations were searched in another order than the specification's, so that
/// another role's file was installed.
#[test]
fn cve_2024_47534_order_of_delegations() {
    let mut repository = Repository::new();
    for (delegator, name) in [("targets", "a"), ("targets", "b"), ("a", "c"), ("c", "d"), ("b", "e")] {
        repository.delegate(delegator, Delegation::paths(name, &["x/*"]));
        repository.add_target(name, PATH, name.as_bytes());
    }
    // Pre-order, depth first: whoever comes first is taken away, until nobody is left.
    for expected in ["a", "c", "d", "b", "e"] {
        assert_eq!(role_of(search(repository.publish(), PATH)), expected);
        repository.role(expected).targets.clear();
    }
    assert_eq!(search(repository.publish(), PATH), Ok(Answer::NotFound(NotFound::Absent)));
}

/// CVE-2026-23991: well-formed JSON that is not metadata ended the process before any signature was verified.
#[test]
fn cve_2026_23991_panic_on_json_that_is_not_metadata() {
    let mut repository = with_team();
    let mut device = Device::new(&repository);
    repository.next_root().publish();
    for text in NOT_METADATA {
        for file in ["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json", "1.team.json"] {
            let spoiled = repository.mirror.clone().replacing(file, text);
            match device.clone().find(&spoiled, PATH) {
                Err(Failure::Malformed(malformed)) => assert_eq!(*malformed.name, *file, "{text}"),
                other => panic!("{text} as {file}: {other:?}"),
            }
        }
        let mut shipped = device.clone();
        shipped.pinned = text.into();
        assert!(matches!(shipped.start(), Err(Failure::Malformed(_))), "{text} as the pinned root");
    }
    assert!(device.refresh(&repository.mirror).is_ok());
}

/// Well-formed JSON, more and more like metadata.
const NOT_METADATA: [&str; 17] = [
    "null",
    "true",
    "0",
    "\"\"",
    "[]",
    "{}",
    r#"{"signed":null}"#,
    r#"{"signatures":[]}"#,
    r#"{"signed":[],"signatures":{}}"#,
    r#"{"signed":{},"signatures":[]}"#,
    r#"{"signed":{},"signatures":[null]}"#,
    r#"{"signed":{},"signatures":[{}]}"#,
    r#"{"signed":{},"signatures":[{"keyid":1,"sig":2}]}"#,
    r#"{"signed":{"_type":1},"signatures":[]}"#,
    r#"{"signed":{"_type":"root","spec_version":1,"version":{},"expires":[]},"signatures":[]}"#,
    r#"{"signed":{"_type":"root","spec_version":"1.0","version":1,"expires":"","keys":[],"roles":[]},"signatures":[]}"#,
    r#"{"signed":{"_type":"targets","targets":[],"delegations":{"keys":[],"roles":{}}},"signatures":[]}"#,
];

/// CVE-2026-23992 (GHSA-fphv-w9fq-2525): a threshold of zero or less was met by no signature at all.
#[test]
fn cve_2026_23992_threshold_of_zero_or_less() {
    let expected =
        Defect::Field { field: "threshold", expected: "an integer from 1 to 18446744073709551615" };
    for threshold in ["0", "-1", "-9223372036854775808"] {
        let mut repository = with_team();
        repository.sign_with("team", &[]).edit("targets", move |signed| {
            signed.at(&["delegations", "roles", "0"]).set("threshold", Json::raw(threshold));
        });
        let failure = search(repository.publish(), PATH).expect_err("nobody signed it");
        assert_eq!(defect_of("1.targets.json", failure), expected);
        for role in ["root", "timestamp", "snapshot", "targets"] {
            let mut repository = Repository::new();
            repository.edit("root", move |signed| {
                signed.at(&["roles", role]).set("threshold", Json::raw(threshold));
            });
            let failure = search(repository.next_root(), PATH).expect_err("nobody need sign it");
            assert_eq!(defect_of("2.root.json", failure), expected, "{role}");
        }
    }
}

/// CVE-2026-24686 (GHSA-jqc5-w2xx-5vq4): the name of a repository in a map file (TAP 4) was a path, and its store was
/// written outside of the folder of all stores.
#[test]
fn cve_2026_24686_repository_name_traversal() {
    let map = |name: &str| {
        let urls = Json::array(["https://example.com/"]);
        let mut mapping =
            Json::object([("paths", Json::array(["*"])), ("repositories", Json::array([name]))]);
        mapping.set("threshold", 1_u64).set("terminating", true);
        let mut map = Json::object([("repositories", Json::object([(name, urls)]))]);
        map.set("mapping", Json::array([mapping]));
        RepositoryMap::parse(map.text().as_bytes())
    };
    let expected = Defect::Field {
        field: "repositories",
        expected: "an object whose names are safe as names of folders",
    };
    for name in [
        "../escaped-repo",
        "..",
        ".",
        "",
        "/etc/repo",
        "a/b",
        "a\\b",
        "..\\escaped",
        "C:repo",
        "repo\0",
        "repo.",
        "aux",
        "com1.x",
    ] {
        let defect = map(name).map_err(|malformed| malformed.defect);
        assert_eq!(defect.err().as_ref(), Some(&expected), "{name:?}");
    }
    assert_eq!(
        &*map("a repository-1.0").expect("one folder's name").repositories()[0].name,
        "a repository-1.0"
    );
}
