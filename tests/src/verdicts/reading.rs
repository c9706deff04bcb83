//! Reading JSON: text, names, numbers, layout.

use tuf_verifier_core::Defect;

use super::row::Answer::{Absent, Mixed, Refuses, Takes};
use super::row::{Row, Section};
use super::signed::{APP, signed, spoiled_in_each, with_version_written};
use super::world::World;
use crate::expected::arbitrary_software;
use crate::json::Json;
use crate::mirror::Mirror;
use crate::repository::Repository;

const TWICE: Defect = Defect::Json("the same name twice in one object");

pub(super) fn section() -> Section {
    Section {
        title: "Reading JSON",
        about: "The signature is checked over the canonical form of the tree as it was received, and one text has one \
                tree. The received bytes are what is stored.",
        rows: [names(), text(), numbers(), layout()].into_iter().flatten().collect(),
    }
}

fn names() -> Vec<Row> {
    vec![
        Row::of("duplicate-key-in-signed-metadata", "a second `version` before the signed one")
            .peers([Takes, Takes, Takes, Refuses, Takes])
            .because("RFC 8259, 4: what a reader makes of it is unpredictable, so two readers can be told two things")
            .worlds(|| {
                spoiled_in_each(
                    |mirror, file, version| {
                        let twice = format!("\"version\": 7, \"version\": {version}");
                        with_version_written(mirror, file, version, &twice)
                    },
                    &TWICE,
                )
            }),
        Row::of("duplicate-key-in-the-envelope", "a second `signed` before the signed one")
            .measured(Takes, Takes)
            .because("the same: the envelope says what is signed")
            .worlds(|| {
                let spoil = |mirror: Mirror, file: &'static str, _| {
                    mirror.tampering(file, "\"signed\": {", "\"signed\": {}, \"signed\": {")
                };
                spoiled_in_each(spoil, &TWICE)
            }),
        Row::of("duplicate-target-name", "a target listed twice, the signed entry last")
            .peers([Takes, Takes, Takes, Takes, Takes])
            .because("the same: one client would install what another one refuses")
            .worlds(|| {
                let forged = format!("\"{APP}\": {{\"length\": 1, \"hashes\": {{\"sha256\": \"00\"}}}}, \"{APP}\": {{");
                let mirror = Repository::new().mirror;
                let spoiled = mirror.tampering("1.targets.json", &format!("\"{APP}\": {{"), &forged);
                vec![World::seen_through(&spoiled).malformed("1.targets.json", TWICE)]
            }),
        Row::of("unknown-fields", "fields that no specification names, in every role")
            .measured(Takes, Takes)
            .because("4.1: they are preserved for the signature and otherwise passed over")
            .worlds(|| {
                let unknown = |role: &&str| {
                    let repository = signed(role, |signed| {
                        signed.set("x-unknown", Json::raw("{\"a\":[null,true,\"ü\",-5]}"));
                    });
                    World::of(&repository).finding(APP, "targets")
                };
                ["root", "timestamp", "snapshot", "targets"].iter().map(unknown).collect()
            }),
        Row::of("unknown-field-changed-after-signing", "an unknown field of signed metadata changed on its way")
            .measured(Refuses, Refuses)
            .because("5.4.2: the signature covers the tree as received, not the fields that a reader knows")
            .worlds(|| {
                let repository = signed("timestamp", |signed| {
                    signed.set("x-unknown", "as signed");
                });
                let spoiled = repository.mirror.tampering("timestamp.json", "as signed", "as changed");
                let refused = arbitrary_software("timestamp", ("root", 1), 1, 0);
                vec![World::seen_through(&spoiled).refused(refused)]
            }),
    ]
}

fn text() -> Vec<Row> {
    vec![
        Row::of("nfc-to-nfd-after-signing", "a target name normalised to NFD after it was signed in NFC")
            .peers([Refuses, Refuses, Refuses, Takes, Refuses])
            .because("4.2.1: the signed bytes are others; nothing is normalised")
            .worlds(|| {
                let mut repository = Repository::new();
                let mirror = repository.add_target("targets", "\u{e9}", b"1").publish().mirror.clone();
                let spoiled = mirror.tampering("1.targets.json", "\u{e9}", "e\u{301}");
                let refused = arbitrary_software("targets", ("root", 1), 1, 0);
                vec![World::seen_through(&spoiled).refused(refused)]
            }),
        Row::of("honest-nfd-target-name", "a target name signed in NFD")
            .peers([Takes, Takes, Takes, Refuses, Takes])
            .because("4.5: a target path is what it says; nothing is normalised")
            .worlds(|| {
                let mut repository = Repository::new();
                repository.add_target("targets", "e\u{301}", b"decomposed").publish();
                vec![World::of(&repository).finding("e\u{301}", "targets")]
            }),
        Row::of("nfc-name-of-an-nfd-target", "the NFC form of a target name that is listed in NFD")
            .measured(Absent, Absent)
            .because("4.5: they are two names")
            .worlds(|| {
                let mut repository = Repository::new();
                repository.add_target("targets", "e\u{301}", b"decomposed").publish();
                vec![World::of(&repository).missing("\u{e9}")]
            }),
        Row::of("invalid-utf-8", "a byte 0xFF, and a surrogate as three bytes, in a field beside `signed`")
            .peers([Refuses, Takes, Takes, Refuses, Refuses])
            .because("RFC 8259, 8.1: JSON between systems is UTF-8")
            .worlds(|| {
                [&b"\xff"[..], b"\xed\xa0\x80"].map(|bytes| beside_signed(bytes, "invalid UTF-8")).into()
            }),
        Row::of("lone-surrogate", "`\\ud800` and `\\udfff` alone, in a field beside `signed`")
            .peers([Takes, Takes, Takes, Refuses, Refuses])
            .because("RFC 8259, 8.2: such text is no Unicode text, and readers differ on it")
            .worlds(|| {
                [&br"\ud800"[..], br"\udfff"]
                    .map(|bytes| beside_signed(bytes, "a lone surrogate in a string"))
                    .into()
            }),
        Row::of(
            "keys-sorted-by-code-point",
            "target names whose order differs between code points and UTF-16 units",
        )
        .peers([Takes, Refuses, Takes, Takes, Takes])
        .because("4.1: canonical JSON sorts by code point")
        .worlds(|| {
            let mut repository = Repository::new();
            repository.add_target("targets", "\u{10000}", b"1").add_target("targets", "\u{e000}", b"2");
            vec![World::of(repository.publish()).finding("\u{10000}", "targets")]
        }),
        Row::of("control-character-in-a-string", "an unescaped line feed in a string beside `signed`")
            .measured(Refuses, Refuses)
            .because("RFC 8259, 7: control characters are escaped")
            .worlds(|| vec![beside_signed(b"\n", "a control character inside of a string")]),
    ]
}

fn numbers() -> Vec<Row> {
    vec![
        Row::of("integer-past-2-53-in-custom", "`9007199254740993` in `custom`")
            .peers([Takes, Refuses, Mixed, Mixed, Mixed])
            .because("4.1: an integer has no limit, so it is compared as text")
            .worlds(|| vec![with_custom("{\"n\":9007199254740993}")]),
        Row::of("integer-past-2-64-in-custom", "an integer of 30 digits, and a negative one, in `custom`")
            .peers([Takes, Refuses, Mixed, Mixed, Mixed])
            .because("the same")
            .worlds(|| {
                ["{\"n\":123456789012345678901234567890}", "{\"n\":-18446744073709551617}"]
                    .map(with_custom)
                    .into()
            }),
        Row::of("integer-past-2-64-in-an-unknown-field", "an integer of 30 digits in an unknown field")
            .peers([Takes, Refuses, Mixed, Mixed, Mixed])
            .because("the same")
            .worlds(|| {
                let huge = signed("timestamp", |signed| {
                    signed.set("x-unknown", Json::raw("123456789012345678901234567890"));
                });
                vec![World::of(&huge).finding(APP, "targets")]
            }),
        Row::of(
            "huge-integer-changed-after-signing",
            "`…993` past 2⁵³ changed to `…992`, which is the same double",
        )
        .measured(Refuses, Refuses)
        .because("4.1: they are two integers")
        .worlds(|| {
            let honest = signed("timestamp", |signed| {
                signed.set("x-unknown", Json::raw("9007199254740993"));
            });
            let spoiled = honest.mirror.tampering("timestamp.json", "0993", "0992");
            let refused = arbitrary_software("timestamp", ("root", 1), 1, 0);
            vec![World::seen_through(&spoiled).refused(refused)]
        }),
        Row::of("fraction-in-an-unknown-field", "`1.5` in an unknown field of signed metadata")
            .measured(Refuses, Refuses)
            .because("4.1: canonical JSON has no fractions, so there is no form that could be signed")
            .worlds(|| {
                let fraction = signed("timestamp", |signed| {
                    signed.set("x-unknown", Json::raw("1.5"));
                });
                let defect = Defect::Json("a number with a fraction or an exponent");
                vec![World::of(&fraction).malformed("timestamp.json", defect)]
            }),
    ]
}

fn layout() -> Vec<Row> {
    vec![
        Row::of(
            "another-layout-of-the-same-tree",
            "other spaces, another order of members, letters as escapes",
        )
        .measured(Takes, Takes)
        .because("4.1: the canonical form is signed, not the text")
        .worlds(|| {
            let mut repository = Repository::new();
            repository.edit_envelope("targets", |envelope| {
                envelope.members().reverse();
                envelope.at(&["signed"]).members().reverse();
                envelope.push("x", Json::raw("\t[ 1 ]\r\n"));
            });
            let mirror = repository.publish().mirror.clone();
            let escaped = mirror.tampering("1.targets.json", "app-1.0", "\\u0061pp\\u002d1\\u002E0");
            vec![World::seen_through(&escaped).finding(APP, "targets")]
        }),
        Row::of("bytes-after-the-value", "a second JSON value after the first one")
            .measured(Refuses, Refuses)
            .because("RFC 8259, 2: a text is one value")
            .worlds(|| {
                let spoil = |mirror: Mirror, file: &'static str, _| {
                    let twice = [mirror.file(file), b"{}"].concat();
                    mirror.replacing(file, twice)
                };
                spoiled_in_each(spoil, &Defect::Json("text after the end of the JSON value"))
            }),
        Row::of("byte-order-mark", "U+FEFF before the value")
            .measured(Refuses, Refuses)
            .because("RFC 8259, 8.1: none is added, and the stored bytes would differ between readers")
            .worlds(|| {
                let spoil = |mirror: Mirror, file: &'static str, _| {
                    let marked = [b"\xef\xbb\xbf", mirror.file(file)].concat();
                    mirror.replacing(file, marked)
                };
                spoiled_in_each(spoil, &Defect::Json("no JSON value"))
            }),
        Row::of("nested-1000-levels-deep", "1,000 arrays within one another, beside `signed`")
            .measured(Refuses, Takes)
            .because("RFC 8259, 9: a limit of 128 levels, so that no input exhausts a stack")
            .worlds(|| {
                let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
                let honest = Repository::new().mirror;
                let spoiled = honest.tampering(
                    "timestamp.json",
                    "{\"signatures\"",
                    &format!("{{\"x\": {deep}, \"signatures\""),
                );
                let defect = Defect::Json("nested more than 128 levels deep");
                vec![World::seen_through(&spoiled).malformed("timestamp.json", defect)]
            }),
        Row::of(
            "well-formed-json-that-is-not-metadata",
            "`{}`, `[]`, `null`, `1`, a string, `{\"signed\":{},\"signatures\":[]}`",
        )
        .measured(Refuses, Refuses)
        .because("4.2.1: an answer with a name, never a crash")
        .worlds(|| {
            let field = |field, expected| Defect::Field { field, expected };
            let cases = [
                ("{}", Defect::MissingField("signed")),
                ("[]", field("metadata", "an object")),
                ("null", field("metadata", "an object")),
                ("1", field("metadata", "an object")),
                ("\"text\"", field("metadata", "an object")),
                ("{\"signed\":{},\"signatures\":[]}", Defect::MissingField("_type")),
            ];
            let world = |(text, defect): (&str, Defect)| {
                let mirror = Repository::new().mirror.replacing("timestamp.json", text);
                World::seen_through(&mirror).malformed("timestamp.json", defect)
            };
            cases.map(world).into()
        }),
    ]
}

/// A timestamp with a string of these bytes beside `signed`.
fn beside_signed(bytes: &[u8], words: &'static str) -> World {
    let mirror = Repository::new().mirror;
    let honest = mirror.file("timestamp.json").to_vec();
    let spoiled = [br#"{"x": ""#, bytes, b"\", ", honest.get(1..).unwrap_or_default()].concat();
    World::seen_through(&mirror.replacing("timestamp.json", spoiled))
        .malformed("timestamp.json", Defect::Json(words))
}

/// A target with this `custom`, in canonical form.
fn with_custom(custom: &'static str) -> World {
    let repository = signed("targets", move |signed| {
        signed.at(&["targets", APP]).set("custom", Json::raw(custom));
    });
    World::of(&repository).finding(APP, "targets")
}
