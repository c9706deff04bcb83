//! Every signature scheme against vectors that another implementation made (`tests/vectors`).
//!
//! A vector is root metadata that keys under test sign. A test is a vector: `rejects::<defect>` of a scheme reads
//! `<scheme>_<defect>.json`.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test ends where it cannot go on")]

#[cfg(all(
    feature = "ecdsa-p256",
    feature = "ecdsa-p384",
    feature = "ecdsa-p521",
    feature = "rsa-pss",
    feature = "rsa-pkcs1v15",
    feature = "ml-dsa"
))]
mod complete;
#[cfg(feature = "ecdsa")]
mod ecdsa;
mod ed25519;
mod left_out;
#[cfg(feature = "ecdsa")]
mod legacy;
#[cfg(feature = "ml-dsa")]
mod ml_dsa;
#[cfg(feature = "rsa")]
mod rsa;
mod unusable;
mod vector;
