//! Versions of metadata and of the specification.

use tuf_verifier_core::Defect;

use super::row::Answer::{Mixed, Refuses, Takes, Unknown};
use super::row::{Row, Section};
use super::signed::{APP, ROLES, malformed_in_each, saying, signed, spoiled_in_each, with_version_written};
use super::world::World;
use crate::expected::unsupported_spec_version;

const VERSION: Defect =
    Defect::Field { field: "version", expected: "an integer from 1 to 18446744073709551615" };

pub(super) fn section() -> Section {
    Section {
        title: "Versions",
        about: "A version is an integer from 1 to 2⁶⁴ − 1, written as one. `spec_version` is 1.x or 1.x.y.",
        rows: [versions(), spec_versions()].into_iter().flatten().collect(),
    }
}

fn versions() -> Vec<Row> {
    vec![
        Row::of("version-with-fraction", "`1.0` where `1` was signed")
            .peers([Refuses, Takes, Refuses, Refuses, Refuses])
            .because("4.3: an integer; canonical JSON has no fractions")
            .worlds(|| {
                spoiled_in_each(
                    |mirror, file, version| {
                        with_version_written(mirror, file, version, &format!("\"version\": {version}.0"))
                    },
                    &Defect::Json("a number with a fraction or an exponent"),
                )
            }),
        Row::of("version-with-exponent", "`1e0` where `1` was signed")
            .measured(Refuses, Takes)
            .because("the same")
            .worlds(|| {
                spoiled_in_each(
                    |mirror, file, version| {
                        with_version_written(mirror, file, version, &format!("\"version\": {version}e0"))
                    },
                    &Defect::Json("a number with a fraction or an exponent"),
                )
            }),
        Row::of("version-zero", "a timestamp of version 0")
            .peers([Refuses, Takes, Takes, Refuses, Takes])
            .because("4.3: greater than 0")
            .worlds(|| vec![timestamp("0", VERSION)]),
        Row::of("version-negative", "a timestamp of version −1")
            .peers([Refuses, Takes, Takes, Refuses, Refuses])
            .because("4.3: greater than 0")
            .worlds(|| vec![timestamp("-1", VERSION)]),
        Row::of("version-zero-or-negative-in-every-role", "0 and −1 in the other roles")
            .measured(Refuses, Mixed)
            .because("4.3: greater than 0")
            .worlds(|| {
                ["0", "-1"].iter().flat_map(|text| malformed_in_each("version", text, &VERSION)).collect()
            }),
        Row::of("version-as-text", "`\"1\"`")
            .measured(Refuses, Refuses)
            .because("4.3: an integer")
            .worlds(|| malformed_in_each("version", "\"1\"", &VERSION)),
        Row::of("version-past-2-64", "a timestamp of version 2⁶⁴")
            .measured(Takes, Refuses)
            .because("4.3 names no limit; a version that cannot be compared is refused, not cut off")
            .worlds(|| vec![timestamp("18446744073709551616", VERSION)]),
        Row::of("listed-version-zero", "version 0 of the snapshot in the timestamp")
            .measured(Refuses, Refuses)
            .because("4.6: greater than 0")
            .worlds(|| {
                let repository = signed("timestamp", |signed| {
                    signed.at(&["meta", "snapshot.json"]).set("version", 0_u64);
                });
                vec![World::of(&repository).malformed("timestamp.json", VERSION)]
            }),
    ]
}

fn spec_versions() -> Vec<Row> {
    vec![
        Row::of("spec-version-2", "`2.0.0` in every role")
            .peers([Refuses, Refuses, Takes, Takes, Unknown])
            .because("4.3: a client of 1.x does not know what 2.0 means")
            .worlds(|| unsupported_in_each("2.0.0")),
        Row::of("spec-version-nonsense", "text that is no version, in every role")
            .peers([Refuses, Refuses, Takes, Takes, Unknown])
            .because("4.3: a version as Semantic Versioning writes it")
            .worlds(|| ["one", "", "1.x", " 1.0"].into_iter().flat_map(unsupported_in_each).collect()),
        Row::of("spec-version-1-x", "`1.99.0` and `1.0.0` in the timestamp")
            .peers([Takes, Takes, Takes, Takes, Takes])
            .because("4.3: minor versions are compatible")
            .worlds(|| ["\"1.99.0\"", "\"1.0.0\""].map(taken_in_timestamp).into()),
        Row::of("spec-version-without-patch", "`1.0` in the timestamp")
            .measured(Takes, Takes)
            .because("repositories that python-tuf and go-tuf wrote carry it; it says as much as 1.0.0")
            .worlds(|| vec![taken_in_timestamp("\"1.0\"")]),
        Row::of("spec-version-major-alone", "`1` in the timestamp")
            .measured(Refuses, Refuses)
            .because("4.3: a version as Semantic Versioning writes it")
            .worlds(|| {
                let repository = saying("timestamp", "spec_version", "\"1\"");
                vec![World::of(&repository).refused(unsupported_spec_version("timestamp.json", "1"))]
            }),
    ]
}

fn timestamp(version: &'static str, defect: Defect) -> World {
    World::of(&saying("timestamp", "version", version)).malformed("timestamp.json", defect)
}

/// A world for each role whose metadata is of this version of the specification.
fn unsupported_in_each(spec_version: &'static str) -> Vec<World> {
    let in_role = |(role, file)| {
        let repository = signed(role, move |signed| _ = signed.set("spec_version", spec_version));
        World::of(&repository).refused(unsupported_spec_version(file, spec_version))
    };
    ROLES.into_iter().map(in_role).collect()
}

fn taken_in_timestamp(spec_version: &'static str) -> World {
    World::of(&saying("timestamp", "spec_version", spec_version)).finding(APP, "targets")
}
