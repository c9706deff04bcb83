//! Signature schemes, one row each.

use tuf_verifier_core::{Basis, KeyProblem, Profile, Waived, Waiver};

use super::keys::{below, timestamp_of};
use super::row::Answer::{Refuses, Takes};
use super::row::{Row, Section};
use super::signed::APP;
use super::world::World;
use crate::device::Device;
use crate::expected::only_key;
use crate::key::Key;
use crate::repository::Repository;
use crate::role::Authority;
use crate::scheme::Scheme;

pub(super) fn section() -> Section {
    Section {
        title: "Schemes",
        about: "In each row, a role with one key of the scheme, which signs.",
        rows: vec![
            scheme("scheme-ed25519", "`ed25519`", Scheme::Ed25519),
            scheme("scheme-ecdsa-p-256", "`ecdsa-sha2-nistp256`, key type `ecdsa`", Scheme::EcdsaP256),
            scheme("scheme-ecdsa-p-384", "`ecdsa-sha2-nistp384`, key type `ecdsa`", Scheme::EcdsaP384),
            scheme("scheme-rsa-pss-sha256", "`rsassa-pss-sha256`", Scheme::RsaPssSha256),
            scheme("scheme-ecdsa-p-521", "`ecdsa-sha2-nistp521`, key type `ecdsa`", Scheme::EcdsaP521)
                .measured(Takes, Refuses),
            scheme("scheme-rsa-pss-sha384", "`rsassa-pss-sha384`", Scheme::RsaPssSha384),
            scheme("scheme-rsa-pss-sha512", "`rsassa-pss-sha512`", Scheme::RsaPssSha512),
            scheme(
                "scheme-rsa-pkcs1v15-sha256",
                "`rsa-pkcs1v15-sha256`, as python-tuf names it",
                Scheme::RsaPkcs1v15Sha256,
            )
            .measured(Takes, Refuses),
            scheme("scheme-ml-dsa-44", "`ml-dsa-44/1` (TAP 21, a draft)", Scheme::MlDsa44)
                .measured(Takes, Refuses),
            scheme("scheme-ml-dsa-65", "`ml-dsa-65/1` (TAP 21, a draft)", Scheme::MlDsa65)
                .measured(Takes, Refuses),
            scheme("scheme-ml-dsa-87", "`ml-dsa-87/1` (TAP 21, a draft)", Scheme::MlDsa87)
                .measured(Takes, Refuses),
            old_form_taken(),
            old_form_in_strict(),
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
                [
                    Scheme::Ed25519,
                    Scheme::EcdsaP256,
                    Scheme::EcdsaP384,
                    Scheme::EcdsaP521,
                    Scheme::MlDsa44,
                    Scheme::MlDsa65,
                    Scheme::MlDsa87,
                ]
                .map(passed_off)
                .into()
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

fn old_form_taken() -> Row {
    Row::of(
        "ecdsa-key-in-an-old-form",
        "key type `ecdsa-sha2-nistp256`, the point in hexadecimal, as Sigstore's first roots have it",
    )
    .measured(Refuses, Takes)
    .because("the same key as in PEM (ADR 0053). Reported as the waiver `key-form`")
    .worlds(|| vec![World::of(&with_old_form()).finding(APP, "targets")])
}

fn old_form_in_strict() -> Row {
    Row::of("ecdsa-key-in-an-old-form-in-the-strict-profile", "the same in the strict profile")
        .because("4.2.2: key type `ecdsa` and PEM, which the profile asks for")
        .story("refuses: `unsupported-keys`", || {
            let repository = with_old_form();
            let report =
                Device::new(&repository).refresh(&repository.mirror).expect("it is taken by default");
            let check = Waived::KeyForm { role: "timestamp".into(), keyid: "old".into() };
            assert_eq!(report.waived, [Waiver { check, why: Basis::Compatible }]);
            let mut strict = Device::new(&repository);
            strict.settings.profile = Profile::Strict;
            let name = "ecdsa-sha2-nistp256";
            let unsupported = only_key(name, name, KeyProblem::OtherForm);
            assert_eq!(strict.refresh(&repository.mirror), Err(unsupported));
        })
}

/// A repository whose timestamp role has one key, described as it was before the specification had its present form.
fn with_old_form() -> Repository {
    let key = Key::of(Scheme::EcdsaP256, "old").with_keyid("old");
    let point = key.point();
    let mut repository = Repository::new();
    repository.rotate("timestamp", Authority::any_of(&[key]));
    repository.edit("root", move |signed| {
        let key = signed.at(&["keys", "old"]);
        key.set("keytype", "ecdsa-sha2-nistp256");
        key.at(&["keyval"]).set("public", point.as_str());
    });
    repository.write_root().publish();
    repository
}
