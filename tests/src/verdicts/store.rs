//! The trusted store: what is in it, and what is wrong with it.

use std::collections::BTreeMap;

use tuf_verifier_core::{Failure, Report};

use super::delegations::with_team;
use super::floors;
use super::row::{Row, Section};
use crate::device::Device;
use crate::drive::Answer;
use crate::expected::{other_root_line, rollback};
use crate::json::Json;
use crate::mirror::Mirror;
use crate::repository::Repository;
use crate::role::{Authority, Delegation};

const PATH: &str = "x/app";

pub(super) fn section() -> Section {
    Section {
        title: "The trusted store",
        about: "A file of the store is never an error: it is verified again, and one that is of no use is noted and \
                replaced. Its versions stay floors.",
        rows: [files(), corrupt(), floors::rows()].into_iter().flatten().collect(),
    }
}

fn files() -> Vec<Row> {
    vec![
        Row::of("files-as-python-tuf-names-them", "the store after a refresh and a search")
            .because("stores are interchanged with python-tuf and tuf-js (`store/…` of the oracle)")
            .story(
                "`root.json`, `timestamp.json`, …, `root_history/N.root.json`, each byte as served",
                names_and_bytes,
            ),
        Row::of("received-bytes-are-stored", "metadata in an odd layout, with fields that nobody knows")
            .because("5.3.8 to 5.6.6 persist the file, not what was read of it")
            .story("stores it byte for byte", received_bytes),
        Row::of("delegated-names-are-encoded-in-the-store", "a delegated role `../a b`")
            .because("a name is no path")
            .story("stores `..%2Fa%20b.json`", encoded_names),
        Row::of("nothing-else-ends-in-json", "the store as a folder")
            .because("a role may have any name, and its file must have no other's")
            .real_parts("what is not metadata ends otherwise"),
        Row::of("cached-metadata-is-not-fetched-again", "a second refresh of an unchanged repository")
            .because("5.5.1 and 5.6.1: a file that verifies under what is listed is the file that is listed")
            .story("fetches the next root and the timestamp alone", not_fetched_again),
        Row::of("cached-target-is-not-fetched-again", "a second download to the same place")
            .because("5.7.3: bytes that verify are the target, wherever they are")
            .real_parts("verifies the file, fetches nothing"),
        Row::of("interrupted-refresh", "a refresh that ends after each request in turn")
            .because("what was accepted stays, and nothing else is there")
            .story("the next refresh takes", interrupted),
        Row::of("pinned-root-of-another-line", "a root of another repository, over a store with metadata")
            .because(
                "5.2, 5.3.8: a root that no chain joins with the stored one says nothing about the store",
            )
            .story("refuses: `other-root-line`, and the store is as it was", another_line),
        Row::of(
            "revoked-root-with-a-damaged-history",
            "root 2 withheld from a store with root 3 whose `root_history/2.root.json` is damaged",
        )
        .because("5.3.5: the gap is fetched and verified; without it, newer roots are withheld")
        .story("refuses: `rollback`, and the store is as it was", damaged_history),
    ]
}

/// Version 3 of everything, and a device that has it in its store.
pub(super) fn at_version_3() -> (Repository, Device) {
    let mut repository = with_team();
    repository.role("team").header.version = 3;
    repository.next_root().release().release();
    let mut device = Device::new(&repository);
    update(&mut device, &repository.mirror).expect("an honest repository");
    (repository, device)
}

pub(super) fn update(device: &mut Device, mirror: &Mirror) -> Result<Report, Failure> {
    let mut drive = device.start()?;
    let report = drive.refresh(mirror)?;
    assert!(matches!(drive.find(mirror, PATH)?, Answer::Found(_)));
    Ok(report)
}

/// The metadata of a store: what is neither a floor nor a note of the device's own.
fn metadata(device: &Device) -> BTreeMap<String, Vec<u8>> {
    device.store.clone().into_iter().filter(|(name, _)| name.ends_with(".json")).collect()
}

fn names_and_bytes() {
    let (repository, device) = at_version_3();
    let served = |name: &str| repository.mirror.file(name).to_vec();
    let mut stored = metadata(&device);
    for (name, file) in [
        ("root.json", "2.root.json"),
        ("root_history/2.root.json", "2.root.json"),
        ("timestamp.json", "timestamp.json"),
        ("snapshot.json", "3.snapshot.json"),
        ("targets.json", "3.targets.json"),
        ("team.json", "3.team.json"),
    ] {
        assert_eq!(stored.remove(name), Some(served(file)), "{name}");
    }
    stored.remove("root_history/1.root.json");
    assert!(stored.is_empty(), "{:?}", stored.keys());
}

fn received_bytes() {
    let mut repository = Repository::new();
    for role in ["timestamp", "snapshot", "targets"] {
        repository.edit_envelope(role, |envelope| {
            envelope.members().reverse();
            envelope.at(&["signed"]).members().reverse();
            envelope.push("x", Json::raw("\t[ \"\\u0061\" ]\r\n"));
        });
    }
    let device = Device::refreshed(repository.publish());
    for (stored, served) in [
        ("timestamp.json", "timestamp.json"),
        ("snapshot.json", "1.snapshot.json"),
        ("targets.json", "1.targets.json"),
    ] {
        assert_eq!(device.stored(stored), repository.mirror.file(served), "{stored}");
    }
}

fn encoded_names() {
    let mut repository = Repository::new();
    repository.delegate("targets", Delegation::paths("../a b", &["x/*"])).add_target("../a b", PATH, b"1");
    let mut device = Device::new(repository.publish());
    update(&mut device, &repository.mirror).expect("an honest repository");
    let served = repository.mirror.file("1...%2Fa%20b.json");
    assert_eq!(device.stored("..%2Fa%20b.json"), served);
}

fn not_fetched_again() {
    let (repository, mut device) = at_version_3();
    let mut drive = device.start().expect("a good root");
    drive.refresh(&repository.mirror).expect("an honest repository");
    drive.find(&repository.mirror, PATH).expect("it is listed");
    assert_eq!(drive.fetched(), ["3.root.json", "timestamp.json"]);
}

fn interrupted() {
    let (mut repository, device) = at_version_3();
    repository.role("team").header.version = 4;
    repository.next_root().release();
    let mut ended = false;
    for requests in 1.. {
        if ended {
            break;
        }
        let mut device = device.clone();
        ended = device.start().expect("a good root").interrupted_after(requests, &repository.mirror);
        let report = update(&mut device, &repository.mirror).expect("an honest repository");
        assert_eq!((report.root.version, report.timestamp.version), (3, 4), "after {requests} requests");
    }
}

fn another_line() {
    let (_, mut device) = at_version_3();
    let mut other = Repository::new();
    for role in ["root", "timestamp", "snapshot", "targets"] {
        other.rotate(role, Authority::one(&format!("another {role}")));
    }
    device.pinned = other.write_root().publish().mirror.file("1.root.json").to_vec();
    let before = device.store.clone();
    assert_eq!(device.refresh(&other.mirror), Err(other_root_line(2, 1)));
    assert_eq!(device.store, before);
}

fn damaged_history() {
    let (mut repository, mut device) = at_version_3();
    let revoked = repository.mirror.clone().withholding("2.root.json");
    repository.next_root();
    device.refresh(&repository.mirror).expect("an honest repository");
    device.store.insert("root_history/2.root.json".into(), b"?".to_vec());
    let before = device.store.clone();
    assert_eq!(device.refresh(&revoked), Err(rollback("root", "root", 3, Some(1))));
    assert_eq!(device.store, before);
}

fn corrupt() -> Vec<Row> {
    let row = |name, input, file: &'static str| {
        Row::of(name, input)
            .because("python-tuf and cosign users delete the cache; here it heals")
            .story("takes, notes the file, replaces it", move || heals(file))
    };
    vec![
        row(
            "corrupt-stored-timestamp",
            "`timestamp.json` empty, cut off, zeros, another file, one bit off, doubled",
            "timestamp.json",
        ),
        row("corrupt-stored-snapshot", "`snapshot.json` in the same ways", "snapshot.json"),
        row("corrupt-stored-targets", "`targets.json` in the same ways", "targets.json"),
        row("corrupt-stored-delegated-role", "`team.json` in the same ways", "team.json"),
        row("corrupt-stored-root", "`root.json` in the same ways", "root.json"),
        row(
            "corrupt-root-history",
            "`root_history/2.root.json` in the same ways",
            "root_history/2.root.json",
        ),
        Row::of(
            "forged-stored-files",
            "timestamp, snapshot and targets of version 900 by somebody without keys",
        )
        .because("5.4.2, 5.5.3, 5.6.3: cached bytes are verified again")
        .story("takes what is really signed", forged),
    ]
}

fn heals(file: &str) {
    let (repository, healthy) = at_version_3();
    let good = healthy.stored(file).to_vec();
    let other = if file == "timestamp.json" { "targets.json" } else { "timestamp.json" };
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    let corruptions = [
        Vec::new(),
        good[..good.len() / 2].to_vec(),
        vec![0; good.len()],
        healthy.stored(other).to_vec(),
        flipped,
        [&good[..], &good[..]].concat(),
    ];
    for corrupt in corruptions {
        let mut device = healthy.clone();
        device.store.insert(file.into(), corrupt);
        let report = update(&mut device, &repository.mirror).expect("an honest repository");
        let noted: Vec<&str> = report.notices.iter().map(|notice| &*notice.name).collect();
        // A role that no refresh needs is looked at by the search, after the report.
        let expected: &[&str] = if file == "team.json" { &[] } else { &[file] };
        assert_eq!(noted, expected);
        assert_eq!(device.stored(file), good, "{file} is healed");
    }
}

fn forged() {
    let (repository, mut device) = at_version_3();
    let mut forged = repository.with_stolen_keys_of(&[]);
    forged.timestamp.version = 900;
    forged.snapshot.version = 900;
    forged.role("targets").header.version = 900;
    forged.publish();
    for (stored, served) in [
        ("timestamp.json", "timestamp.json"),
        ("snapshot.json", "900.snapshot.json"),
        ("targets.json", "900.targets.json"),
    ] {
        device.store.insert(stored.into(), forged.mirror.file(served).to_vec());
    }
    let report = update(&mut device, &repository.mirror).expect("an honest repository");
    assert_eq!((report.timestamp.version, report.snapshot.version, report.targets.version), (3, 3, 3));
}
