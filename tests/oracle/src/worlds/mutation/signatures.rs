//! Signatures that are missing, foreign, broken or odd.

use tuf_tests::{Json, Key, STRANGER};

use super::{Mutation, On, mutation};
use crate::worlds::scene::{Scene, member, remove, set};

pub(super) const ALL: &[Mutation] = &[
    mutation("all-signatures-dropped", On::Any, |scene| signatures(scene, |all| all.clear())),
    mutation("one-signature-dropped", On::Any, |scene| {
        signatures(scene, |all| drop((!all.is_empty()).then(|| all.remove(0))));
    }),
    mutation("signature-doubled", On::Any, |scene| signatures(scene, |all| all.extend(all.first().cloned()))),
    mutation("signatures-reordered", On::Any, |scene| signatures(scene, |all| all.reverse())),
    mutation("signature-broken", On::Any, |scene| of_first(scene, flip_a_digit)),
    mutation("signature-of-uppercase-digits", On::Any, |scene| of_first(scene, |sig| sig.to_uppercase())),
    mutation("signature-without-a-digit", On::Any, |scene| of_first(scene, |sig| sig[1..].to_owned())),
    mutation("signature-not-hexadecimal", On::Any, |scene| of_first(scene, |_| "not digits".to_owned())),
    mutation("signature-empty", On::Any, |scene| of_first(scene, |_| String::new())),
    mutation("signature-of-a-stranger", On::Any, |scene| {
        let role = scene.role.clone();
        scene.repository.sign_with(&role, &[Key::new(STRANGER)]);
    }),
    mutation("signature-of-a-stranger-added", On::Any, |scene| {
        push(scene, r#"{"keyid": "stranger", "sig": "00"}"#);
    }),
    mutation("signature-with-more-members", On::Any, |scene| {
        scene.envelope(|json| set(json, &["signatures", "0", "method"], "ed25519"));
    }),
    mutation("signature-without-sig", On::Any, |scene| push(scene, r#"{"keyid": "stranger"}"#)),
    mutation("signature-without-keyid", On::Any, |scene| push(scene, r#"{"sig": "00"}"#)),
    mutation("signature-keyid-a-number", On::Any, |scene| push(scene, r#"{"keyid": 7, "sig": "00"}"#)),
    mutation("signature-null", On::Any, |scene| push(scene, "null")),
    mutation("signatures-an-object", On::Any, |scene| {
        scene.envelope(|json| set(json, &["signatures"], Json::raw("{}")));
    }),
    mutation("signatures-missing", On::Any, |scene| {
        scene.envelope(|json| remove(json, &["signatures"]));
    }),
    mutation("signed-missing", On::Any, |scene| scene.envelope(|json| remove(json, &["signed"]))),
    mutation("unknown-field-beside-signed", On::Any, |scene| {
        scene.envelope(|json| set(json, &["note"], "unsigned"));
    }),
];

fn signatures(scene: &mut Scene<'_>, change: fn(&mut Vec<Json>)) {
    scene.envelope(move |json| {
        if let Some(Json::Array(all)) = member(json, &["signatures"]) {
            change(all);
        }
    });
}

fn push(scene: &mut Scene<'_>, signature: &'static str) {
    scene.envelope(move |json| {
        if let Some(Json::Array(all)) = member(json, &["signatures"]) {
            all.push(Json::raw(signature));
        }
    });
}

fn of_first(scene: &mut Scene<'_>, change: fn(&str) -> String) {
    scene.envelope(move |json| {
        if let Some(Json::Text(sig)) = member(json, &["signatures", "0", "sig"]) {
            *sig = change(sig);
        }
    });
}

fn flip_a_digit(sig: &str) -> String {
    let at = sig.len() / 2;
    let digit = if sig.get(at..=at) == Some("0") { "1" } else { "0" };
    format!("{}{digit}{}", &sig[..at], &sig[at + 1..])
}
