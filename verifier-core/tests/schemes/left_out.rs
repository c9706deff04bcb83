//! A scheme whose feature is off is an unknown one: its keys never count, and the failure says that they are not supported.
//!
//! `cargo test -p tuf-verifier-core --no-default-features --test schemes` runs all of these.

use crate::vector::problem;
use tuf_verifier_core::{KeyProblem, Profile};

/// The only key of a vector is one of a scheme that this build does not have.
#[allow(dead_code, reason = "used where a feature is off")]
fn rejects(name: &str) {
    for profile in [Profile::Strict, Profile::Compatible] {
        let why = problem(name, profile);
        assert!(matches!(why, Some(KeyProblem::UnknownType | KeyProblem::UnknownScheme)), "{name}: {why:?}");
    }
}

#[cfg(not(feature = "ecdsa-p256"))]
#[test]
fn passes_over_ecdsa_p256() {
    rejects("ecdsa-sha2-nistp256");
    rejects("legacy_p256_uncompressed");
}

#[cfg(not(feature = "ecdsa-p384"))]
#[test]
fn passes_over_ecdsa_p384() {
    rejects("ecdsa-sha2-nistp384");
    rejects("legacy_p384_uncompressed");
}

#[cfg(not(feature = "ecdsa-p521"))]
#[test]
fn passes_over_ecdsa_p521() {
    rejects("ecdsa-sha2-nistp521");
    rejects("legacy_p521_uncompressed");
}

#[cfg(not(feature = "rsa-pss"))]
#[test]
fn passes_over_rsa_pss() {
    rejects("rsassa-pss-sha256");
    rejects("rsassa-pss-sha384");
    rejects("rsassa-pss-sha512");
}

#[cfg(not(feature = "rsa-pkcs1v15"))]
#[test]
fn passes_over_rsa_pkcs1v15() {
    rejects("rsa-pkcs1v15-sha256");
    rejects("rsa-pkcs1v15-sha384");
    rejects("rsa-pkcs1v15-sha512");
}

#[cfg(not(feature = "ml-dsa"))]
#[test]
fn passes_over_ml_dsa() {
    rejects("ml-dsa-44");
    rejects("ml-dsa-65");
    rejects("ml-dsa-87");
}
