//! The same metadata as other text, and text that is no JSON.

use tuf_tests::Json;

use super::{Mutation, On, mutation};
use crate::worlds::scene::{Scene, set};

pub(super) const ALL: &[Mutation] = &[
    mutation("text-indented", On::Any, |scene| {
        scene.text(|text| text.replace(", ", ",\r\n\t ").replace('{', "{\n "));
    }),
    mutation("text-with-blanks-around", On::Any, |scene| {
        scene.text(|text| format!(" \n\t{text}\r\n "));
    }),
    mutation("text-in-reverse-order", On::Any, |scene| {
        scene.envelope(|json| *json = Json::raw(&reversed(json).text()));
    }),
    mutation("text-escaped", On::Any, |scene| scene.envelope(|json| *json = Json::raw(&escaped(json)))),
    mutation("version-written-with-a-fraction", On::Any, |scene| version(scene, ".0")),
    mutation("version-written-with-an-exponent", On::Any, |scene| version(scene, "e0")),
    mutation("version-written-with-a-zero", On::Any, |scene| {
        scene.text(|text| text.replacen("\"version\": ", "\"version\": 0", 1));
    }),
    mutation("text-with-a-comma-too-many", On::Any, |scene| {
        scene.text(|text| format!("{},}}", without_last(&text, 1)));
    }),
    mutation("text-with-a-comment", On::Any, |scene| scene.text(|text| format!("{text} // signed"))),
    mutation("text-cut", On::Any, |scene| scene.text(|text| without_last(&text, 5).to_owned())),
    mutation("text-followed-by-more", On::Any, |scene| scene.text(|text| format!("{text}{{}}"))),
    mutation("text-empty", On::Any, |scene| scene.text(|_| String::new())),
    mutation("text-an-array", On::Any, |scene| scene.text(|text| format!("[{text}]"))),
    mutation("text-null", On::Any, |scene| scene.text(|_| "null".to_owned())),
    mutation("text-a-page", On::Any, |scene| scene.text(|_| "<!doctype html>".to_owned())),
    mutation("text-with-a-byte-order-mark", On::Any, |scene| scene.text(|text| format!("\u{feff}{text}"))),
    mutation("text-with-a-raw-control", On::Any, |scene| {
        scene.text(|text| text.replacen("\"spec_version\"", "\"spec\u{1}_version\"", 1));
    }),
    mutation("text-with-a-lone-surrogate", On::Any, |scene| {
        scene.signed(|json| set(json, &["x-text"], "\u{fffd}"));
        scene.text(|text| text.replacen('\u{fffd}', "\\ud800", 1));
    }),
    mutation("text-not-utf-8", On::Any, |scene| {
        scene.signed(|json| set(json, &["x-text"], "\u{fffd}"));
        scene.bytes(|bytes| replaced(&bytes, "\u{fffd}".as_bytes(), b"\xff"));
    }),
    mutation("text-decomposed-after-signing", On::Any, |scene| {
        scene.signed(|json| set(json, &["x-text"], "\u{e9}"));
        scene.text(|text| text.replacen('\u{e9}', "e\u{301}", 1));
    }),
    mutation("text-changed-after-signing", On::Any, |scene| {
        scene.text(|text| text.replacen("\"expires\": \"20", "\"expires\": \"21", 1));
    }),
];

/// The text without this many characters at its end, which another mutation may have made of several bytes.
fn without_last(text: &str, count: usize) -> &str {
    let end = text.char_indices().rev().take(count).last().map_or(text.len(), |(at, _)| at);
    &text[..end]
}

fn version(scene: &mut Scene<'_>, after: &'static str) {
    let version = scene.header().version;
    scene.text(move |text| {
        let written = format!("\"version\": {version},");
        let at = text.find("\"signed\"").unwrap_or_default();
        let (before, signed) = text.split_at(at);
        format!("{before}{}", signed.replacen(&written, &format!("\"version\": {version}{after},"), 1))
    });
}

fn reversed(json: &Json) -> Json {
    match json {
        Json::Object(members) => {
            Json::Object(members.iter().rev().map(|(key, value)| (key.clone(), reversed(value))).collect())
        }
        Json::Array(elements) => Json::Array(elements.iter().map(reversed).collect()),
        other => other.clone(),
    }
}

/// Every character of every string as `\u` escapes.
fn escaped(json: &Json) -> String {
    let text = |text: &str| {
        let units = text.encode_utf16().map(|unit| format!("\\u{unit:04X}"));
        format!("\"{}\"", units.collect::<String>())
    };
    match json {
        Json::Raw(raw) => raw.clone(),
        Json::Text(plain) => text(plain),
        Json::Array(elements) => {
            format!("[{}]", elements.iter().map(escaped).collect::<Vec<_>>().join(","))
        }
        Json::Object(members) => {
            let member = |(key, value): &(String, Json)| format!("{}:{}", text(key), escaped(value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
        }
    }
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    match bytes.windows(from.len()).position(|window| window == from) {
        Some(at) => [&bytes[..at], to, &bytes[at + from.len()..]].concat(),
        None => bytes.to_vec(),
    }
}
