//! When the repository is asked at all, and whom: offline, fresh for a while, mirrors, broken transfers.

use tuf_verifier_core::{Access, Basis, Failure, Missing, Place, Report, UnixTime, Waived, Waiver};

use super::delegations::with_team;
use super::row::{Row, Section};
use crate::date::NOW;
use crate::device::Device;
use crate::expected::freeze_at;
use crate::mirror::Mirror;
use crate::repository::Repository;

/// Seconds of an hour.
const HOUR: i64 = 3_600;

pub(super) fn section() -> Section {
    Section {
        title: "Asking the repository",
        about: "A check that is not made is reported with its reason, never silent. One mirror that is bad cannot keep a \
                client from one that is good.",
        rows: [alone(), mirrors()].into_iter().flatten().collect(),
    }
}

fn alone() -> Vec<Row> {
    vec![
        Row::of("offline-with-a-current-store", "no network, and a store in which nothing has expired")
            .because("python-tuf 2359; 5.4.4 to 5.6.5 are checked as ever, what was not asked is reported")
            .story("takes, and reports the waivers `newer-root` and `newer-timestamp`: offline", || {
                let (_, mut device) = refreshed();
                device.settings.access = Access::Store;
                assert_eq!(asks_nobody(&mut device).map(|report| report.waived), Ok(waivers(Basis::Offline)));
            }),
        Row::of(
            "offline-with-an-expired-store",
            "no network, and a store in which the timestamp has expired",
        )
        .because("5.4.4")
        .story("refuses: `freeze`, naming the role and the date", || {
            let (repository, mut device) = refreshed();
            device.settings.access = Access::Store;
            device.now = repository.timestamp.expires;
            let failure = freeze_at(device.now, "timestamp", 1, device.now);
            assert_eq!(asks_nobody(&mut device).map(drop), Err(failure));
        }),
        Row::of("offline-without-a-store", "no network, and nothing stored")
            .because("nothing was checked, which is never success")
            .story("refuses: `not-in-store`", || {
                let (_, mut device) = refreshed();
                device.settings.access = Access::Store;
                device.store.clear();
                let missing = Missing { name: "timestamp.json".into(), place: Place::Store };
                assert_eq!(asks_nobody(&mut device).map(drop), Err(Failure::Missing(missing)));
            }),
        Row::of(
            "fresh-for-an-hour",
            "a refresh within the hour after the last one, where the application allows it",
        )
        .because("python-tuf 2225; opt-in, as it waives 5.3.3 and 5.4.1")
        .story(
            "takes without asking, and reports both waivers with the time of the last refresh",
            || {
                let (_, mut device) = fresh_for_an_hour();
                device.now = NOW + HOUR - 1;
                let fresh = waivers(Basis::Fresh { refreshed: UnixTime(NOW) });
                assert_eq!(asks_nobody(&mut device).map(|report| report.waived), Ok(fresh));
            },
        ),
        Row::of("fresh-for-an-hour-that-is-over", "a refresh an hour after the last one")
            .because("the same")
            .story("asks, and waives nothing", || {
                let (mut repository, mut device) = fresh_for_an_hour();
                repository.release();
                device.now = NOW + HOUR;
                let report = device.refresh(&repository.mirror).expect("an honest repository");
                assert_eq!((report.timestamp.version, report.waived), (2, Vec::new()));
            }),
        Row::of("fresh-metadata-that-has-expired", "a timestamp that expires within the hour")
            .because("5.4.4: fresh is no longer than current")
            .story("asks", || {
                let mut repository = with_team();
                repository.timestamp.expires = NOW + 60;
                let mut device = Device::new(repository.publish());
                device.settings.fresh_for = HOUR.unsigned_abs();
                device.refresh(&repository.mirror).expect("an honest repository");
                repository.timestamp.expires = NOW + HOUR;
                repository.release();
                device.now = NOW + 60;
                let report = device.refresh(&repository.mirror).expect("an honest repository");
                assert_eq!((report.timestamp.version, report.waived), (2, Vec::new()));
            }),
    ]
}

/// A device that has refreshed, with a repository to which it could go.
fn refreshed() -> (Repository, Device) {
    let repository = with_team();
    let device = Device::refreshed(&repository);
    (repository, device)
}

fn fresh_for_an_hour() -> (Repository, Device) {
    let repository = with_team();
    let mut device = Device::new(&repository);
    device.settings.fresh_for = HOUR.unsigned_abs();
    device.refresh(&repository.mirror).expect("an honest repository");
    (repository, device)
}

/// A refresh that must not ask for anything, nor write.
fn asks_nobody(device: &mut Device) -> Result<Report, Failure> {
    let before = device.store.clone();
    let mut drive = device.start()?;
    let outcome = drive.refresh(&Mirror::default());
    assert_eq!(drive.fetched(), [""; 0]);
    assert_eq!(drive.persisted(), [""; 0]);
    assert!(device.store == before);
    outcome
}

fn waivers(why: Basis) -> Vec<Waiver> {
    [Waived::NewerRoot, Waived::NewerTimestamp].map(|check| Waiver { check, why }).into()
}

fn mirrors() -> Vec<Row> {
    let row = |name, input, why, answer| Row::of(name, input).because(why).real_parts(answer);
    vec![
        row(
            "mirror-that-forges",
            "a mirror with a forged timestamp before an honest one",
            "no peer has mirrors",
            "takes from the honest one",
        ),
        row(
            "mirror-that-is-not-there",
            "a mirror that nobody answers for before an honest one",
            "the same",
            "takes from the honest one",
        ),
        row(
            "mirrors-that-all-forge",
            "two mirrors with a forged timestamp",
            "5.4.2: two wrong answers make no right one",
            "refuses: `arbitrary-software`",
        ),
        row(
            "transfer-that-breaks-off",
            "a target whose connection closes in the middle, and goes on from there",
            "no peer resumes; 5.7.3 hashes across the resume",
            "takes",
        ),
        row(
            "resumed-with-a-wrong-rest",
            "the same, with other bytes after the resume, and again",
            "5.7.3: the whole is hashed",
            "refuses: `wrong-software`",
        ),
        row(
            "server-that-does-not-answer",
            "a server that takes the connection and says nothing",
            "slow retrieval (1.5.2): a bound of time for each step",
            "no verdict: `source-timeout`",
        ),
        row(
            "bundle-in-place-of-the-repository",
            "a file with all metadata and targets, and no network",
            "verified as if it was fetched; what was not asked is reported",
            "takes, and reports the waivers `newer-root` and `newer-timestamp`: bundle",
        ),
        row("bundle-that-has-expired", "a bundle whose timestamp has expired", "5.4.4", "refuses: `freeze`"),
        row(
            "bundle-older-than-the-store",
            "a bundle with an older timestamp than the store has",
            "5.4.3.1",
            "refuses: `rollback`",
        ),
        row(
            "store-that-is-only-read",
            "a store on a file system that is only read",
            "cosign 1208",
            "takes, and writes nothing",
        ),
    ]
}
