//! Every scheme together, and every vector.

use std::collections::BTreeSet;
use std::fs;

use tuf_verifier_core::Profile;

use crate::unusable;
use crate::vector::{accepts, folder, problem, rejects_below};
use crate::{ecdsa, ed25519, legacy, ml_dsa, rsa};

/// The vectors of each scheme.
const TESTED: [&[&str]; 16] = [
    ed25519::ed25519::NAMES,
    ecdsa::p256::NAMES,
    ecdsa::p384::NAMES,
    ecdsa::p521::NAMES,
    rsa::pss_sha256::NAMES,
    rsa::pss_sha384::NAMES,
    rsa::pss_sha512::NAMES,
    rsa::pkcs1v15_sha256::NAMES,
    rsa::pkcs1v15_sha384::NAMES,
    rsa::pkcs1v15_sha512::NAMES,
    ml_dsa::ml_dsa_44::NAMES,
    ml_dsa::ml_dsa_65::NAMES,
    ml_dsa::ml_dsa_87::NAMES,
    legacy::p256::NAMES,
    legacy::p384::NAMES,
    legacy::p521::NAMES,
];

/// The vectors of thresholds, each of which a test reads by its whole name.
const THRESHOLDS: [&str; 11] = [
    "threshold_8_of_every_scheme",
    "threshold_9_of_every_scheme",
    "threshold_one_ml_dsa_44_key_with_two_keyids",
    "threshold_one_ml_dsa_65_key_with_two_keyids",
    "threshold_one_ml_dsa_87_key_with_two_keyids",
    "threshold_one_point_compressed_and_not_p256",
    "threshold_one_point_compressed_and_not_p384",
    "threshold_one_point_compressed_and_not_p521",
    "threshold_one_rsa_key_with_two_digests",
    "threshold_one_rsa_key_with_two_paddings",
    "threshold_one_rsa_modulus_with_two_exponents",
];

#[test]
fn accepts_eight_keys_of_every_scheme() {
    accepts("threshold_8_of_every_scheme");
}

/// 13 right signatures of 8 keys.
#[test]
fn rejects_nine_keys_of_which_there_are_eight() {
    rejects_below("threshold_9_of_every_scheme", 9, 8);
}

/// No other vector fails for want of a usable key, and none of these as an attack.
#[test]
fn every_unusable_key_is_named() {
    for name in TESTED.concat().into_iter().chain(THRESHOLDS) {
        assert_eq!(problem(name, Profile::Compatible), unusable::why(name), "{name}");
    }
}

#[test]
fn every_vector_has_its_test() {
    let tested: BTreeSet<&str> = TESTED.concat().into_iter().chain(THRESHOLDS).collect();
    let names =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names: BTreeSet<String> =
        names.filter_map(|name| Some(name.strip_suffix(".json")?.to_owned())).collect();
    assert_eq!(names.iter().map(String::as_str).collect::<BTreeSet<_>>(), tested);
}
