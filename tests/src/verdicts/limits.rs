//! Lengths of metadata files.

use tuf_verifier_core::{Failure, Settings};

use super::row::Answer::{Refuses, Takes};
use super::row::{Row, Section};
use super::signed::APP;
use super::world::World;
use crate::device::Device;
use crate::expected::{
    ended_at_root_limit, endless_data, length, listed_too_long, mix_and_match, over_the_limit,
};
use crate::json::Json;
use crate::repository::{Listing, Repository};

pub(super) fn section() -> Section {
    Section {
        title: "Lengths",
        about: "A listed length governs, up to a limit; where none is listed, a default does. A file is refused when its \
                first byte too many has come.",
        rows: [defaults(), listed()].into_iter().flatten().collect(),
    }
}

fn defaults() -> Vec<Row> {
    let row = |name, input, why, file: &'static str, limit: u64| {
        Row::of(name, input).because(why).our_worlds(move || {
            let failure = over_the_limit(file, limit);
            vec![padded(file, limit), padded(file, limit + 1).refused(failure)]
        })
    };
    vec![
        row(
            "root-of-512000-bytes",
            "a root of 512,000 bytes, and of one more",
            "5.3.3 leaves W to the application",
            "2.root.json",
            512_000,
        ),
        row(
            "timestamp-of-16384-bytes",
            "a timestamp of 16,384 bytes, and of one more",
            "5.4.1 leaves X to the application",
            "timestamp.json",
            16_384,
        ),
        row(
            "snapshot-of-2000000-bytes",
            "a snapshot of 2,000,000 bytes, and of one more",
            "5.5.1 leaves Y to the application",
            "1.snapshot.json",
            2_000_000,
        ),
        row(
            "targets-of-5000000-bytes",
            "a targets file of 5,000,000 bytes, and of one more",
            "5.6.1 leaves Z to the application",
            "1.targets.json",
            5_000_000,
        ),
        Row::of("default-limits", "no setting")
            .because("5.3.3, 5.4.1, 5.5.1, 5.6.1 and 5.6.7.1 leave the numbers to the application")
            .story("512,000, 16,384, 2,000,000 and 5,000,000 bytes; 256 roots; 32 delegations", || {
                let Settings {
                    root_max_length,
                    timestamp_max_length,
                    snapshot_max_length,
                    targets_max_length,
                    max_root_updates,
                    max_delegations,
                    ..
                } = Settings::default();
                let lengths =
                    [root_max_length, timestamp_max_length, snapshot_max_length, targets_max_length];
                assert_eq!(lengths, [512_000, 16_384, 2_000_000, 5_000_000]);
                assert_eq!((max_root_updates, max_delegations), (256, 32));
            }),
        Row::of("limits-are-settings", "each limit set to one byte, role or root").because("the same").story(
            "obeys each",
            || {
                let mut repository = Repository::new();
                repository.next_root().next_root();
                let defaults = Settings::default();
                let refusal = |settings| -> Result<(), Failure> {
                    let mut device = Device::new(&repository);
                    device.settings = settings;
                    device.refresh(&repository.mirror).map(|_| ())
                };
                for (settings, file) in [
                    (Settings { root_max_length: 1, ..defaults }, "2.root.json"),
                    (Settings { timestamp_max_length: 1, ..defaults }, "timestamp.json"),
                    (Settings { snapshot_max_length: 1, ..defaults }, "1.snapshot.json"),
                    (Settings { targets_max_length: 1, ..defaults }, "1.targets.json"),
                ] {
                    assert_eq!(refusal(settings), Err(over_the_limit(file, 1)));
                }
                let mut device = Device::new(&repository);
                device.settings.max_root_updates = 1;
                let report = device.refresh(&repository.mirror).expect("an honest repository");
                assert!(ended_at_root_limit(&report) && report.root.version == 2);
            },
        ),
    ]
}

/// An honest repository in which this file is filled up with blanks to a length.
fn padded(file: &str, bytes: u64) -> World {
    let mut repository = Repository::new();
    repository.next_root();
    let mut padded = repository.mirror.file(file).to_vec();
    padded.resize(usize::try_from(bytes).expect("a length that fits into memory"), b' ');
    World::seen_through(&repository.mirror.clone().replacing(file, padded))
}

fn listed() -> Vec<Row> {
    vec![
        Row::of(
            "listed-length-above-the-default",
            "a snapshot of 2,100,000 bytes, with its length in the timestamp",
        )
        .measured(Takes, Takes)
        .because("5.5.1: the length specified in the timestamp, or a default")
        .worlds(|| {
            let mut repository = Repository::new();
            repository.listing = Listing::Everything;
            repository.edit("snapshot", |signed| {
                signed.set("x-padding", Json::Text("x".repeat(2_100_000)));
            });
            vec![World::of(repository.publish()).finding(APP, "targets")]
        }),
        Row::of("listed-length-above-the-limit", "a snapshot that the timestamp lists with 6 GiB")
            .because("whoever signs would decide how much is fetched: refused before a byte is, `listed-max-length` names the limit")
            .our_worlds(|| {
                let mut repository = Repository::new();
                repository.edit("timestamp", |signed| {
                    signed.at(&["meta", "snapshot.json"]).set("length", 6_u64 << 30);
                });
                let failure = listed_too_long("1.snapshot.json", 6 << 30, "listed-max-length", 64 << 20);
                vec![World::of(repository.publish()).refused(failure)]
            }),
        Row::of("longer-than-the-listed-length", "a snapshot with one blank more than the timestamp lists")
            .measured(Refuses, Refuses)
            .because("5.5.1")
            .worlds(|| {
                let (mirror, listed) = snapshot_of_listed_length();
                let longer = [mirror.file("1.snapshot.json"), b" "].concat();
                let spoiled = mirror.replacing("1.snapshot.json", longer);
                vec![World::seen_through(&spoiled).refused(endless_data("1.snapshot.json", listed))]
            }),
        Row::of("shorter-than-the-listed-length", "a snapshot that was cut off")
            .measured(Refuses, Refuses)
            .because("5.5.2: it is not the file that is listed")
            .worlds(|| {
                let (mirror, listed) = snapshot_of_listed_length();
                let mut cut = mirror.file("1.snapshot.json").to_vec();
                cut.pop();
                let failure = mix_and_match("snapshot", length(listed, listed - 1));
                vec![World::seen_through(&mirror.replacing("1.snapshot.json", cut)).refused(failure)]
            }),
        Row::of("endless-metadata", "a timestamp that never ends")
            .measured(Refuses, Refuses)
            .because("5.4.1: lengths are enforced while reading")
            .worlds(|| {
                let spoiled = Repository::new().mirror.endlessly("timestamp.json");
                vec![World::seen_through(&spoiled).refused(over_the_limit("timestamp.json", 16_384))]
            }),
        Row::of("target-longer-than-listed", "target bytes that never end, through the component")
            .because("5.7.3: lengths are enforced while reading")
            .real_parts("refuses: `endless-data`, one byte past the listed length"),
    ]
}

fn snapshot_of_listed_length() -> (crate::mirror::Mirror, u64) {
    let mut repository = Repository::new();
    repository.listing = Listing::Everything;
    let mirror = repository.publish().mirror.clone();
    let listed = mirror.file("1.snapshot.json").len() as u64;
    (mirror, listed)
}
