//! Signed JSON with something in it that readers may take differently.

use tuf_tests::Json;

use super::{Mutation, On, mutation};
use crate::worlds::scene::{Scene, member, push_front, remove, set};

pub(super) const ALL: &[Mutation] = &[
    mutation("unknown-field", On::Any, |scene| field(scene, r#"{"a": [1, null, true, "b"]}"#)),
    mutation("unknown-field-of-great-integers", On::Any, |scene| {
        field(scene, "[9007199254740993, 18446744073709551617, -9223372036854775809]");
    }),
    mutation("unknown-field-with-a-fraction", On::Any, |scene| field(scene, "1.5")),
    mutation("unknown-field-with-a-whole-fraction", On::Any, |scene| field(scene, "2.0")),
    mutation("unknown-field-with-an-exponent", On::Any, |scene| field(scene, "1e2")),
    mutation("unknown-field-of-negative-zero", On::Any, |scene| field(scene, "-0")),
    mutation("unknown-field-not-a-number", On::Any, |scene| field(scene, "NaN")),
    mutation("unknown-field-negative", On::Any, |scene| field(scene, "-17")),
    mutation("unknown-field-100-levels-deep", On::Any, |scene| deep(scene, 100)),
    mutation("unknown-field-300-levels-deep", On::Any, |scene| deep(scene, 300)),
    mutation("unknown-field-of-controls", On::Any, |scene| {
        scene.signed(|json| set(json, &["x-text"], "a\u{1}b\u{7f}c\nd\te"));
    }),
    mutation("unknown-field-of-quotes", On::Any, |scene| {
        scene.signed(|json| set(json, &["x-text"], "say \"\\\" /slash/ \\u0041"));
    }),
    mutation("unknown-field-decomposed", On::Any, |scene| {
        scene.signed(|json| set(json, &["x-e\u{301}"], "o\u{308}"));
    }),
    // By code point U+FF5E comes before U+1F600, by UTF-16 unit after it.
    mutation("unknown-fields-beyond-16-bits", On::Any, |scene| {
        scene.signed(|json| {
            set(json, &["\u{1f600}"], "face");
            set(json, &["\u{ff5e}"], "tilde");
        });
    }),
    mutation("unknown-field-named-proto", On::Any, |scene| {
        scene.signed(|json| set(json, &["__proto__"], Json::raw(r#"{"polluted": true}"#)));
    }),
    mutation("unknown-field-named-constructor", On::Any, |scene| {
        scene.signed(|json| set(json, &["constructor"], "text"));
    }),
    mutation("unknown-field-with-an-empty-name", On::Any, |scene| {
        scene.signed(|json| set(json, &[""], "text"));
    }),
    mutation("name-twice-the-last-signed", On::Any, |scene| {
        scene.envelope(|json| push_front(json, &["signed", "version"], Json::raw("7")));
    }),
    mutation("name-twice-alike", On::Any, |scene| {
        scene.envelope(|json| {
            let again = member(json, &["signed", "expires"]).cloned();
            if let (Some(again), Some(Json::Object(members))) = (again, member(json, &["signed"])) {
                members.push(("expires".to_owned(), again));
            }
        });
    }),
    mutation("name-twice-escaped", On::Any, |scene| {
        scene.text(|text| text.replacen("\"version\":", "\"v\\u0065rsion\": 7, \"version\":", 1));
    }),
    mutation("field-missing", On::Any, |scene| {
        let name = required(scene);
        scene.signed(move |json| remove(json, &[name]));
    }),
    mutation("field-null", On::Any, |scene| required_set(scene, "null")),
    mutation("field-an-array", On::Any, |scene| required_set(scene, "[]")),
    mutation("field-a-string", On::Any, |scene| required_set(scene, "\"text\"")),
    mutation("field-a-number", On::Any, |scene| required_set(scene, "7")),
    mutation("field-an-object", On::Any, |scene| required_set(scene, "{}")),
    mutation("signed-an-array", On::Any, |scene| scene.signed(|json| *json = Json::raw("[]"))),
    mutation("signed-null", On::Any, |scene| scene.signed(|json| *json = Json::raw("null"))),
];

fn field(scene: &mut Scene<'_>, value: &'static str) {
    scene.signed(move |json| set(json, &["x-unknown"], Json::raw(value)));
}

fn deep(scene: &mut Scene<'_>, levels: usize) {
    let value = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    scene.signed(move |json| set(json, &["x-unknown"], Json::raw(&value)));
}

/// A field that the role's format demands.
fn required(scene: &mut Scene<'_>) -> &'static str {
    let names: &[&'static str] = match scene.role.as_str() {
        "root" => &["keys", "roles", "version", "expires"],
        "timestamp" | "snapshot" => &["meta", "version", "expires"],
        _ => &["targets", "version", "expires"],
    };
    scene.random.pick(names)
}

fn required_set(scene: &mut Scene<'_>, value: &'static str) {
    let name = required(scene);
    scene.signed(move |json| set(json, &[name], Json::raw(value)));
}
