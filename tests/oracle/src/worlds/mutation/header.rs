//! Version, expiry, type and specification version.

use tuf_tests::{Json, date_time};

use super::{Mutation, On, mutation};
use crate::worlds::scene::{Scene, remove, set};

pub(super) const ALL: &[Mutation] = &[
    mutation("version-back", On::Any, |scene| {
        let header = scene.header();
        header.version = header.version.saturating_sub(2).max(1);
    }),
    mutation("version-forward", On::Any, |scene| scene.header().version += 1_000_000),
    mutation("version-skipped", On::Root, |scene| scene.header().version += 1),
    mutation("version-of-the-document-back", On::Any, |scene| version(scene, |_| "1".to_owned())),
    mutation("version-of-the-document-forward", On::Any, |scene| {
        version(scene, |version| (version + 1).to_string());
    }),
    mutation("version-zero", On::Any, |scene| version(scene, |_| "0".to_owned())),
    mutation("version-negative", On::Any, |scene| version(scene, |version| format!("-{version}"))),
    mutation("version-a-string", On::Any, |scene| version(scene, |version| format!("\"{version}\""))),
    mutation("version-null", On::Any, |scene| version(scene, |_| "null".to_owned())),
    mutation("version-with-a-fraction-signed", On::Any, |scene| {
        version(scene, |version| format!("{version}.5"));
    }),
    mutation("version-beyond-64-bits", On::Any, |scene| {
        version(scene, |_| "18446744073709551616".to_owned());
    }),
    mutation("expired", On::Any, |scene| scene.header().expires = scene.now - 1),
    mutation("expires-at-the-start-time", On::Any, |scene| scene.header().expires = scene.now),
    mutation("expires-a-second-later", On::Any, |scene| scene.header().expires = scene.now + 1),
    mutation("expires-with-a-fraction", On::Any, |scene| later(scene, |date| date.replace('Z', ".5Z"))),
    mutation("expires-with-an-offset", On::Any, |scene| later(scene, |date| date.replace('Z', "+00:00"))),
    mutation("expires-without-a-zone", On::Any, |scene| later(scene, |date| date.replace('Z', ""))),
    mutation("expires-a-date-alone", On::Any, |scene| later(scene, |date| date[..10].to_owned())),
    mutation("expires-in-lower-case", On::Any, |scene| later(scene, |date| date.to_lowercase())),
    mutation("expires-with-a-space", On::Any, |scene| later(scene, |date| date.replace('T', " "))),
    mutation("expires-in-words", On::Any, |scene| expires(scene, "1 January 2099")),
    mutation("expires-never", On::Any, |scene| expires(scene, "never")),
    mutation("expires-on-february-30", On::Any, |scene| expires(scene, "2099-02-30T00:00:00Z")),
    mutation("expires-in-a-leap-second", On::Any, |scene| expires(scene, "2098-12-31T23:59:60Z")),
    mutation("expires-at-24-hours", On::Any, |scene| expires(scene, "2098-12-31T24:00:00Z")),
    mutation("expires-with-one-digit", On::Any, |scene| expires(scene, "2099-1-1T0:0:0Z")),
    mutation("expires-in-the-last-year", On::Any, |scene| expires(scene, "9999-12-31T23:59:59Z")),
    mutation("expires-in-year-10000", On::Any, |scene| expires(scene, "10000-01-01T00:00:00Z")),
    mutation("expires-a-number", On::Any, |scene| {
        scene.signed(|json| set(json, &["expires"], Json::raw("4070908800")));
    }),
    mutation("expires-missing", On::Any, |scene| scene.signed(|json| remove(json, &["expires"]))),
    mutation("spec-version-1.0", On::Any, |scene| spec_version(scene, "\"1.0\"")),
    mutation("spec-version-1.99.7", On::Any, |scene| spec_version(scene, "\"1.99.7\"")),
    mutation("spec-version-1", On::Any, |scene| spec_version(scene, "\"1\"")),
    mutation("spec-version-of-four-parts", On::Any, |scene| spec_version(scene, "\"1.0.0.0\"")),
    mutation("spec-version-2.0.0", On::Any, |scene| spec_version(scene, "\"2.0.0\"")),
    mutation("spec-version-in-words", On::Any, |scene| spec_version(scene, "\"1.latest\"")),
    mutation("spec-version-with-a-space", On::Any, |scene| {
        scene.signed(|json| set(json, &["spec_version"], "1.0. 1"));
    }),
    mutation("spec-version-with-an-empty-part", On::Any, |scene| spec_version(scene, "\"1..1\"")),
    mutation("spec-version-hexadecimal", On::Any, |scene| spec_version(scene, "\"1.0x1\"")),
    mutation("spec-version-empty", On::Any, |scene| spec_version(scene, "\"\"")),
    mutation("spec-version-a-number", On::Any, |scene| spec_version(scene, "1")),
    mutation("spec-version-missing", On::Any, |scene| scene.signed(|json| remove(json, &["spec_version"]))),
    mutation("type-of-another-role", On::Any, |scene| {
        let other = if scene.role == "snapshot" { "timestamp" } else { "snapshot" };
        scene.signed(move |json| set(json, &["_type"], other));
    }),
    mutation("type-in-capitals", On::Any, |scene| {
        let name = if scene.repository.targets.contains_key(&scene.role) { "targets" } else { &scene.role };
        let capitals = name.to_uppercase();
        scene.signed(move |json| set(json, &["_type"], capitals.clone()));
    }),
    mutation("type-missing", On::Any, |scene| scene.signed(|json| remove(json, &["_type"]))),
];

/// The document says another version than its file name and its listing.
fn version(scene: &mut Scene<'_>, make: fn(u64) -> String) {
    let text = make(scene.header().version);
    scene.signed(move |json| set(json, &["version"], Json::raw(&text)));
}

fn expires(scene: &mut Scene<'_>, text: &'static str) {
    scene.signed(move |json| set(json, &["expires"], text));
}

/// A time of two days later, written in another form.
fn later(scene: &mut Scene<'_>, form: fn(&str) -> String) {
    let text = form(&date_time(scene.now + 2 * tuf_tests::DAY));
    scene.signed(move |json| set(json, &["expires"], text.clone()));
}

fn spec_version(scene: &mut Scene<'_>, text: &'static str) {
    scene.signed(move |json| set(json, &["spec_version"], Json::raw(text)));
}
