//! Dates, and what has expired.

use tuf_verifier_core::{Basis, Defect, Profile, Waived, Waiver};

use super::row::Answer::{Mixed, Refuses, Takes};
use super::row::{Row, Section};
use super::signed::{APP, saying, signed};
use super::world::World;
use crate::date::{NOW, date_time};
use crate::device::Device;
use crate::expected::{freeze, unsupported_date};
use crate::repository::Repository;

const EXPIRES: Defect = Defect::Field { field: "expires", expected: "a date-time YYYY-MM-DDTHH:MM:SSZ" };

pub(super) fn section() -> Section {
    Section {
        title: "Expiry",
        about: "Beside the one form of 4.2.3, a date may have a fraction of a second or an offset from UTC, as real \
                repositories carry them: it is as exact, and reported. The profile `strict` has the one form alone. \
                Metadata is current while its expiry is after the fixed update start time.",
        rows: vec![
            taken_date("expiry-with-fraction", "`2099-01-01T00:00:00.000Z`"),
            taken_date("expiry-with-offset", "`2099-01-01T00:00:00+00:00`"),
            strict_date("expiry-with-fraction-in-the-strict-profile", "`2099-01-01T00:00:00.000Z`"),
            strict_date("expiry-with-offset-in-the-strict-profile", "`2099-01-01T00:00:00+00:00`"),
            other_date("expiry-without-zone", "`2099-01-01T00:00:00`").measured(Refuses, Takes),
            other_date("expiry-as-a-day", "`2099-01-01`").measured(Refuses, Takes),
            refused_date(
                "expiry-on-a-day-that-there-is-not",
                "`2099-02-30T00:00:00Z`",
                "\"2099-02-30T00:00:00Z\"",
            )
            .measured(Refuses, Takes),
            other_date("expiry-with-a-leap-second", "`2099-12-31T23:59:60Z`").measured(Refuses, Refuses),
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

/// Taken by default, and reported.
fn taken_date(name: &'static str, quoted: &'static str) -> Row {
    Row::of(name, quoted)
        .peers([Refuses, Takes, Mixed, Takes, Takes])
        .because("as exact as 4.2.3; Sigstore's first roots carry it (ADR 0053). Reported as the waiver `date-form`")
        .worlds(move || vec![World::of(&expiring(quoted)).finding(APP, "targets")])
}

/// The same text in the strict profile.
fn strict_date(name: &'static str, quoted: &'static str) -> Row {
    Row::of(name, "the same in the strict profile").because("4.2.3, which the profile asks for").story(
        "refuses: `unsupported-date`",
        move || {
            let repository = expiring(quoted);
            let mut device = Device::new(&repository);
            let report = device.refresh(&repository.mirror).expect("it is taken by default");
            let waiver =
                Waiver { check: Waived::DateForm { role: "timestamp".into() }, why: Basis::Compatible };
            assert_eq!(report.waived, [waiver]);
            let mut strict = Device::new(&repository);
            strict.settings.profile = Profile::Strict;
            let refused = strict.refresh(&repository.mirror);
            assert_eq!(refused, Err(unsupported_date("timestamp.json", text_of(quoted))));
        },
    )
}

/// A date in a form that no profile reads.
fn other_date(name: &'static str, quoted: &'static str) -> Row {
    Row::of(name, quoted)
        .because("4.2.3: `YYYY-MM-DDTHH:MM:SSZ`; a date all the same, so it is no attack")
        .worlds(move || {
            let unsupported = unsupported_date("timestamp.json", text_of(quoted));
            vec![World::of(&expiring(quoted)).refused(unsupported)]
        })
}

fn expiring(quoted: &'static str) -> Repository {
    signed("timestamp", move |signed| _ = signed.set("expires", text_of(quoted)))
}

/// A text without the quotes that the document has it in.
fn text_of(quoted: &'static str) -> &'static str {
    quoted.trim_matches('`')
}

fn in_timestamp(text: &'static str) -> World {
    World::of(&saying("timestamp", "expires", text)).malformed("timestamp.json", EXPIRES)
}
