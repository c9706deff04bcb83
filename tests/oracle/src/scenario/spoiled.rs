//! Files that somebody without a key has changed, cut, exchanged or taken away.
//!
//! Snapshot and timestamp list versions alone here, so that signatures must find what hashes would.

use super::Looked::{Absent, Refused, Verified};
use super::{Expected, Looked, STANDARD, Scenario};
use crate::Plan;

const FILES: [&str; 4] = ["1.root", "timestamp", "1.snapshot", "1.targets"];
const ALPHA: &str = "metadata/1.alpha.json";

pub(super) fn all() -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for file in FILES {
        let role = file.trim_start_matches("1.");
        let path = format!("metadata/{file}.json");
        let signatures = path.clone();
        scenarios.push(
            spoiled(&format!("rejects_broken_signatures_of_{role}"))
                .spoiled(move |published| published.break_signatures(&signatures))
                .ends(Expected::Refused("arbitrary-software")),
        );
        scenarios.push(
            spoiled(&format!("rejects_changed_content_of_{role}"))
                .spoiled(move |published| published.extend_expiry(&path))
                .ends(Expected::Refused("arbitrary-software")),
        );
    }
    for file in FILES.into_iter().skip(1) {
        let role = file.trim_start_matches("1.");
        let (removed, cut) = (format!("metadata/{file}.json"), format!("metadata/{file}.json"));
        scenarios.push(
            spoiled(&format!("rejects_missing_{role}"))
                .spoiled(move |published| published.remove(&removed))
                .ends(Expected::Refused("missing-metadata")),
        );
        scenarios.push(
            spoiled(&format!("rejects_truncated_{role}"))
                .spoiled(move |published| published.rewrite(&cut, |bytes| without_end(bytes, 20)))
                .ends(Expected::Refused("malformed-json")),
        );
    }
    scenarios.extend(of_alpha());
    scenarios.extend(of_targets());
    scenarios.extend(of_timestamp_and_root());
    scenarios
}

fn spoiled(name: &str) -> Scenario {
    Scenario::new(name, Plan::standard().without_hashes())
}

fn of_alpha() -> Vec<Scenario> {
    const ARBITRARY: &[Looked] = &[Verified, Refused("arbitrary-software"), Refused("arbitrary-software")];
    const MISSING: &[Looked] = &[Verified, Refused("missing-metadata"), Refused("missing-metadata")];
    const MALFORMED: &[Looked] = &[Verified, Refused("malformed-json"), Refused("malformed-json")];
    vec![
        spoiled("rejects_broken_signatures_of_alpha")
            .spoiled(|published| published.break_signatures(ALPHA))
            .ends(Expected::Accepted(ARBITRARY)),
        spoiled("rejects_changed_content_of_alpha")
            .spoiled(|published| published.extend_expiry(ALPHA))
            .ends(Expected::Accepted(ARBITRARY)),
        spoiled("rejects_missing_alpha")
            .spoiled(|published| published.remove(ALPHA))
            .ends(Expected::Accepted(MISSING)),
        spoiled("rejects_truncated_alpha")
            .spoiled(|published| published.rewrite(ALPHA, |bytes| without_end(bytes, 20)))
            .ends(Expected::Accepted(MALFORMED)),
    ]
}

fn of_targets() -> Vec<Scenario> {
    let of_readme = |name: &str, change: fn(Vec<u8>) -> Vec<u8>, looked: &'static [Looked]| {
        Scenario::new(name, Plan::standard())
            .spoiled(move |published| published.rewrite(&published.target("readme.txt")?, change))
            .ends(Expected::Accepted(looked))
    };
    vec![
        of_readme(
            "rejects_a_changed_target",
            |bytes| bytes.iter().map(|byte| byte ^ 1).collect(),
            &[Refused("wrong-software"), Verified, Absent],
        ),
        of_readme(
            "rejects_a_truncated_target",
            |bytes| without_end(bytes, 1),
            &[Refused("wrong-software"), Verified, Absent],
        ),
        of_readme(
            "rejects_an_extended_target",
            |bytes| [bytes, vec![b'x'; 100_000]].concat(),
            &[Refused("endless-data"), Verified, Absent],
        ),
        Scenario::new("rejects_a_missing_target", Plan::standard())
            .spoiled(|published| published.remove(&published.target("readme.txt")?))
            .ends(Expected::Accepted(&[Refused("missing-target"), Verified, Absent])),
    ]
}

fn of_timestamp_and_root() -> Vec<Scenario> {
    const TIMESTAMP: &str = "metadata/timestamp.json";
    let one_signer =
        Plan::standard().without_hashes().with(|release| release.role("targets").signers.truncate(1));
    vec![
        spoiled("rejects_an_endless_timestamp")
            .spoiled(|published| published.rewrite(TIMESTAMP, |bytes| [bytes, vec![b' '; 20_000]].concat()))
            .ends(Expected::Refused("endless-data")),
        spoiled("rejects_a_snapshot_as_timestamp")
            .spoiled(|published| published.copy("metadata/1.snapshot.json", TIMESTAMP))
            .ends(Expected::Refused("malformed-metadata")),
        spoiled("rejects_a_page_as_timestamp")
            .spoiled(|published| published.put(TIMESTAMP, b"<!doctype html><title>Not here</title>"))
            .ends(Expected::Refused("malformed-json")),
        spoiled("rejects_an_empty_timestamp")
            .spoiled(|published| published.put(TIMESTAMP, b""))
            .ends(Expected::Refused("malformed-json")),
        spoiled("rejects_an_empty_object_as_next_root")
            .spoiled(|published| published.put("metadata/2.root.json", b"{}"))
            .ends(Expected::Refused("malformed-metadata")),
        Scenario::new("rejects_doubled_signatures", one_signer)
            .spoiled(|published| published.double_signatures("metadata/1.targets.json"))
            .ends(Expected::Refused("malformed-metadata")),
        // Both peers take the last of two equal names, and so do their canonical forms.
        spoiled("rejects_a_name_twice_in_one_object")
            .spoiled(|published| {
                published.retype(TIMESTAMP, |text| text.replace("\"signed\":{", "\"signed\":{\"version\":7,"))
            })
            .ends(Expected::Refused("malformed-json"))
            .but("python", Expected::Accepted(STANDARD))
            .but("node", Expected::Accepted(STANDARD)),
        // To JavaScript 1.0 is 1, and its canonical form is that of 1.
        spoiled("rejects_a_version_with_a_fraction")
            .spoiled(|published| {
                published.retype(TIMESTAMP, |text| text.replace("\"version\":1", "\"version\":1.0"))
            })
            .ends(Expected::Refused("malformed-json"))
            .but("node", Expected::Accepted(STANDARD)),
    ]
}

fn without_end(mut bytes: Vec<u8>, count: usize) -> Vec<u8> {
    bytes.truncate(bytes.len().saturating_sub(count));
    bytes
}
