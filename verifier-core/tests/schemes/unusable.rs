//! The vectors whose key is not usable in any form.

use tuf_verifier_core::KeyProblem;

/// Why the key of a vector is not usable. None if it is, so that the signature is wrong.
pub(crate) fn why(name: &str) -> Option<KeyProblem> {
    let is_among = |defects: &[&str]| defects.iter().any(|defect| name.ends_with(defect));
    if is_among(&UNREADABLE) {
        Some(KeyProblem::Unreadable)
    } else if is_among(&UNKNOWN_SCHEMES) {
        Some(KeyProblem::UnknownScheme)
    } else if is_among(&["_type_of_another_curve"]) {
        Some(KeyProblem::UnknownType)
    } else {
        None
    }
}

/// The last parts of their names, where the text of the key is no key of its scheme.
const UNREADABLE: [&str; 30] = [
    "_compact",
    "_even_exponent",
    "_even_modulus",
    "_exponent_0",
    "_exponent_1",
    "_hex_key",
    "_huge_exponent",
    "_hybrid",
    "_infinity",
    "_key_with_parameters",
    "_long_text",
    "_modulus_of_1024_bits",
    "_modulus_of_2047_bits",
    "_modulus_of_8256_bits",
    "_negative_modulus",
    "_no_point",
    "_off_curve",
    "_pem_key",
    "_short_key",
    "_truncated_key",
    "_wrong_curve",
    "_wrong_label",
    "_zero_modulus",
    "ecdsa-sha2-nistp256_other_scheme",
    "ecdsa-sha2-nistp384_other_scheme",
    "ecdsa-sha2-nistp521_other_scheme",
    "ml-dsa-44_other_scheme",
    "ml-dsa-65_other_scheme",
    "ml-dsa-87_other_scheme",
    "rsa-pkcs1v15-sha256_key_for_pss",
];

/// The last parts of their names, where the type is known and the scheme is none of it.
const UNKNOWN_SCHEMES: [&str; 3] = ["ed25519_other_scheme", "_no_version_in_scheme", "_sha224"];
