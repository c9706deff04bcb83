//! Dates, and what has expired.

use tuf_verifier_core::{Basis, Defect, Profile, Waived, Waiver};

use super::row::Answer::{Mixed, Refuses, Takes};
use super::row::{Row, Section};
use super::signed::{APP, saying, signed};
use super::world::World;
use crate::date::{NOW, date_time};
use crate::device::Device;
use crate::expected::freeze;
use crate::repository::Repository;

const EXPIRES: Defect = Defect::Field { field: "expires", expected: "a date-time YYYY-MM-DDTHH:MM:SSZ" };

pub(super) fn section() -> Section {
    Section {
        title: "Expiry",
        about: "A date has the one form of 4.2.3, and metadata is current while its expiry is after the fixed update \
                start time.",
        rows: vec![
            refused_date(
                "expiry-with-fraction",
                "`2099-01-01T00:00:00.000Z`",
                "\"2099-01-01T00:00:00.000Z\"",
            )
            .peers([Refuses, Takes, Mixed, Takes, Takes]),
            refused_date(
                "expiry-with-offset",
                "`2099-01-01T00:00:00+00:00`",
                "\"2099-01-01T00:00:00+00:00\"",
            )
            .peers([Refuses, Takes, Mixed, Takes, Takes]),
            legacy_date(
                "expiry-with-fraction-in-the-legacy-profile",
                "the same in the legacy profile",
                "\"2099-01-01T00:00:00.000Z\"",
            ),
            legacy_date(
                "expiry-with-offset-in-the-legacy-profile",
                "the same in the legacy profile",
                "\"2099-01-01T00:00:00+00:00\"",
            ),
            refused_date("expiry-without-zone", "`2099-01-01T00:00:00`", "\"2099-01-01T00:00:00\"")
                .measured(Refuses, Takes),
            refused_date("expiry-as-a-day", "`2099-01-01`", "\"2099-01-01\"").measured(Refuses, Takes),
            refused_date(
                "expiry-on-a-day-that-there-is-not",
                "`2099-02-30T00:00:00Z`",
                "\"2099-02-30T00:00:00Z\"",
            )
            .measured(Refuses, Takes),
            refused_date("expiry-with-a-leap-second", "`2099-12-31T23:59:60Z`", "\"2099-12-31T23:59:60Z\"")
                .measured(Refuses, Refuses),
            refused_date("expiry-as-a-number", "seconds since 1970", "4070908800").measured(Refuses, Refuses),
            refused_date("expiry-in-words", "`never`", "\"never\"").measured(Refuses, Refuses),
            Row::of("expiry-at-the-start-time", "an expiry that is the fixed update start time")
                .measured(Refuses, Refuses)
                .because("5.4.4: the expiry must be higher than the start time")
                .worlds(|| {
                    let mut repository = Repository::new();
                    repository.timestamp.expires = NOW;
                    vec![World::of(repository.publish()).refused(freeze("timestamp", 1, NOW))]
                }),
            Row::of("expiry-a-second-after-the-start-time", "an expiry one second after the start time")
                .measured(Takes, Takes)
                .because("5.4.4")
                .worlds(|| {
                    let repository = signed("timestamp", |signed| {
                        signed.set("expires", date_time(NOW + 1));
                    });
                    vec![World::of(&repository).finding(APP, "targets")]
                }),
            Row::of("intermediate-root-expired", "an expired root before the last one of the chain")
                .measured(Takes, Takes)
                .because("5.3.9: only the last root must be current")
                .worlds(|| {
                    let mut repository = Repository::new();
                    repository.root.expires = NOW - 1;
                    repository.next_root();
                    repository.root.expires = NOW + 1_000;
                    vec![World::of(repository.next_root()).finding(APP, "targets")]
                }),
        ],
    }
}

fn refused_date(name: &'static str, input: &'static str, text: &'static str) -> Row {
    Row::of(name, input).because("4.2.3: `YYYY-MM-DDTHH:MM:SSZ`").worlds(move || vec![in_timestamp(text)])
}

/// Taken in the legacy profile, and reported.
fn legacy_date(name: &'static str, input: &'static str, text: &'static str) -> Row {
    Row::of(name, input).because("opt-in, for repositories as they were published").story(
        "takes, and reports the waiver `date-form` of the timestamp",
        move || {
            let repository = saying("timestamp", "expires", text);
            let mut device = Device::new(&repository);
            device.settings.profile = Profile::Legacy;
            let report = device.refresh(&repository.mirror).expect("the profile takes it");
            let waiver = Waiver { check: Waived::DateForm { role: "timestamp".into() }, why: Basis::Legacy };
            assert_eq!(report.waived, [waiver]);
        },
    )
}

fn in_timestamp(text: &'static str) -> World {
    World::of(&saying("timestamp", "expires", text)).malformed("timestamp.json", EXPIRES)
}
