//! Signature schemes, one row each.

use super::keys::{below, timestamp_of};
use super::row::Answer::{Refuses, Takes};
use super::row::{Row, Section};
use super::signed::APP;
use crate::key::{Key, Scheme};
use crate::role::Authority;

pub(super) fn section() -> Section {
    Section {
        title: "Schemes",
        about: "In each row, a role with one key of the scheme, which signs.",
        rows: vec![
            scheme("scheme-ed25519", "`ed25519`", Scheme::Ed25519),
            scheme("scheme-ecdsa-p-256", "`ecdsa-sha2-nistp256`, key type `ecdsa`", Scheme::EcdsaP256),
            scheme("scheme-ecdsa-p-384", "`ecdsa-sha2-nistp384`, key type `ecdsa`", Scheme::EcdsaP384),
            scheme("scheme-rsa-pss-sha256", "`rsassa-pss-sha256`", Scheme::RsaPssSha256),
            Row::of(
                "another-key-of-the-same-scheme",
                "for each scheme, a signature by another key than the listed one",
            )
            .measured(Refuses, Refuses)
            .because("5.4.2")
            .worlds(|| {
                let passed_off = |scheme| {
                    let right = Key::of(scheme, "right");
                    let wrong = Key::of(scheme, "wrong").with_keyid(&right.keyid);
                    below(timestamp_of(Authority::any_of(&[right]), &[wrong]), 1, 0)
                };
                [Scheme::Ed25519, Scheme::EcdsaP256, Scheme::EcdsaP384].map(passed_off).into()
            }),
        ],
    }
}

fn scheme(name: &'static str, input: &'static str, scheme: Scheme) -> Row {
    Row::of(name, input).measured(Takes, Takes).because("4.2.2").worlds(move || {
        let key = Key::of(scheme, "a");
        let authority = Authority::any_of(std::slice::from_ref(&key));
        vec![timestamp_of(authority, &[key]).finding(APP, "targets")]
    })
}
