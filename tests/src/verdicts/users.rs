//! What users ask of TUF clients, where it is a verdict.

use super::delegations::with_team;
use super::row::{Row, Section};
use super::signed::APP;
use crate::date::DAY;
use crate::device::Device;
use crate::digest::{sha256, sha512};
use crate::drive::Answer;
use crate::repository::Repository;
use crate::role::Authority;
use tuf_verifier_core::Hash;

pub(super) fn section() -> Section {
    Section {
        title: "What users ask for",
        about: "The issues are those of the peers' trackers.",
        rows: vec![
            Row::of(
                "expired-store-heals-by-itself",
                "a store whose every file has expired, and a repository that is current",
            )
            .because("cosign 1293: `rm -rf` must not be the cure; 5.3.10 to 5.6.5 judge what is fetched")
            .story("takes", expired_store_heals),
            Row::of("reference-time-governs", "the same files at two reference times")
                .because("5.1: one fixed start time, which the host may give")
                .story("takes before the expiry; at it, refuses: `freeze`", reference_time_governs),
            Row::of("private-root", "an application's own root metadata, of other keys and another version")
                .because("5.2: the root is the application's, and its store is its own")
                .story("takes", private_root),
            Row::of(
                "bytes-fetched-elsewhere",
                "target bytes that the host did not fetch from the repository",
            )
            .because("5.7.3: length and hashes decide, not where bytes come from")
            .story("takes right bytes and right digests alike", bytes_fetched_elsewhere),
            Row::of(
                "48-refreshes-of-one-store-at-once",
                "48 refreshes of one folder, started together, by the component",
            )
            .because("python-tuf 2836; peers fail up to 32 of 48 (measured 2026-11)")
            .real_parts("takes: all 48"),
            Row::of("store-of-another-program", "a store that another program of the same user has filled")
                .because("gitsign 763: the store is locked and its files are verified again")
                .real_parts("takes, and fetches only what is new"),
            Row::of("store-in-memory", "no folder at all")
                .because("cosign 1208: a read-only file system is no obstacle")
                .real_parts("takes"),
        ],
    }
}

fn expired_store_heals() {
    let repository = with_team();
    let mut device = Device::new(&repository);
    device.find(&repository.mirror, "x/app").expect("an honest repository");
    device.now += 1_000 * DAY;
    let mut renewed = repository.clone();
    for header in [&mut renewed.root, &mut renewed.timestamp, &mut renewed.snapshot] {
        header.expires += 1_000 * DAY;
    }
    for role in ["targets", "team"] {
        renewed.role(role).header.expires += 1_000 * DAY;
    }
    renewed.next_root().role("team").header.version += 1;
    let answer = device.find(&renewed.release().mirror, "x/app");
    assert!(matches!(answer, Ok(Answer::Found(_))), "{answer:?}");
}

fn reference_time_governs() {
    let repository = Repository::new();
    let expires = repository.timestamp.expires;
    let mut device = Device::new(&repository);
    device.now = expires - 1;
    assert!(device.refresh(&repository.mirror).is_ok());
    device.now = expires;
    let failure = device.refresh(&repository.mirror).expect_err("it has expired");
    assert_eq!(failure, crate::expected::freeze_at(expires, "timestamp", 1, expires));
}

fn private_root() {
    let mut device = Device::new(&Repository::new());
    let mut private = Repository::new();
    for role in ["root", "timestamp", "snapshot", "targets"] {
        private.rotate(role, Authority::one(&format!("private {role}")));
    }
    private.root.version = 7;
    device.pinned = private.write_root().publish().mirror.file("7.root.json").to_vec();
    let report = device.refresh(&private.mirror).expect("the root is the application's");
    assert_eq!(report.root.version, 7);
    assert!(matches!(device.find(&private.mirror, APP), Ok(Answer::Found(_))));
}

fn bytes_fetched_elsewhere() {
    let mut repository = Repository::new();
    repository.add_target("targets", "a", b"the bytes");
    let listed = repository.role("targets").targets.last_mut().expect("a target");
    listed.hashes.push(("sha512".into(), sha512(b"the bytes")));
    let mut device = Device::new(repository.publish());
    let mut drive = device.start().expect("a good root");
    drive.refresh(&repository.mirror).expect("an honest repository");
    drive.find(&repository.mirror, "a").expect("it is listed");
    let mut check = drive.check().expect("it was found");
    check.write(b"the ").expect("not too many");
    check.write(b"bytes").expect("not too many");
    assert_eq!(check.finish(), Ok(()));
    let hash = |algorithm: &str, digest: String| Hash { algorithm: algorithm.into(), digest: digest.into() };
    let digests = [hash("sha256", sha256(b"the bytes")), hash("sha512", sha512(b"the bytes"))];
    assert_eq!(drive.check().expect("it was found").check_digests(9, &digests), Ok(()));
}
