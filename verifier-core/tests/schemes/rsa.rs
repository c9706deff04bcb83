//! Schemes `rsassa-pss-sha…` and `rsa-pkcs1v15-sha…`.

use crate::vector::rejects_below;

#[cfg(feature = "rsa-pss")]
crate::vectors! {
    pss_sha256, "rsassa-pss-sha256",
    accepts: [
        exponent_3,
        key_for_pss,
        longest_salt,
        modulus_of_3072_bits,
        modulus_of_8192_bits,
        no_salt,
        pkcs1_key,
        salt_of_20_bytes,
    ],
    rejects: [
        beyond_modulus,
        empty,
        even_exponent,
        even_modulus,
        exponent_0,
        flipped_bit,
        hex_key,
        leading_zero,
        long_text,
        modulus_of_1024_bits,
        modulus_of_2047_bits,
        modulus_of_8256_bits,
        negative_modulus,
        other_digest,
        other_mask,
        other_message,
        other_scheme,
        pkcs1v15,
        sha224,
        truncated,
        truncated_key,
        wrong_label,
        zero_modulus,
    ],
}

#[cfg(feature = "rsa-pss")]
crate::vectors! {
    pss_sha384, "rsassa-pss-sha384",
    accepts: [longest_salt, no_salt, salt_of_20_bytes],
    rejects: [
        beyond_modulus,
        empty,
        flipped_bit,
        leading_zero,
        other_digest,
        other_mask,
        other_message,
        other_scheme,
        pkcs1v15,
        truncated,
    ],
}

#[cfg(feature = "rsa-pss")]
crate::vectors! {
    pss_sha512, "rsassa-pss-sha512",
    accepts: [longest_salt, no_salt, salt_of_20_bytes],
    rejects: [
        beyond_modulus,
        empty,
        flipped_bit,
        leading_zero,
        other_digest,
        other_mask,
        other_message,
        other_scheme,
        pkcs1v15,
        truncated,
    ],
}

#[cfg(feature = "rsa-pkcs1v15")]
crate::vectors! {
    pkcs1v15_sha256, "rsa-pkcs1v15-sha256",
    accepts: [exponent_3, pkcs1_key],
    rejects: [
        beyond_modulus,
        cube_root,
        empty,
        even_exponent,
        even_modulus,
        exponent_0,
        exponent_1,
        flipped_bit,
        hex_key,
        huge_exponent,
        key_for_pss,
        leading_zero,
        modulus_of_1024_bits,
        negative_modulus,
        no_identifier,
        no_parameters,
        other_digest,
        other_message,
        other_scheme,
        pss,
        sha224,
        short_padding,
        truncated,
        truncated_key,
        wrong_label,
        zero_modulus,
    ],
}

#[cfg(feature = "rsa-pkcs1v15")]
crate::vectors! {
    pkcs1v15_sha384, "rsa-pkcs1v15-sha384",
    accepts: [],
    rejects: [
        beyond_modulus,
        empty,
        flipped_bit,
        leading_zero,
        no_identifier,
        no_parameters,
        other_digest,
        other_message,
        other_scheme,
        pss,
        short_padding,
        truncated,
    ],
}

#[cfg(feature = "rsa-pkcs1v15")]
crate::vectors! {
    pkcs1v15_sha512, "rsa-pkcs1v15-sha512",
    accepts: [],
    rejects: [
        beyond_modulus,
        empty,
        flipped_bit,
        leading_zero,
        no_identifier,
        no_parameters,
        other_digest,
        other_message,
        other_scheme,
        pss,
        short_padding,
        truncated,
    ],
}

#[cfg(feature = "rsa-pss")]
#[test]
fn counts_a_key_with_two_digests_once() {
    rejects_below("threshold_one_rsa_key_with_two_digests", 2, 1);
}

#[cfg(feature = "rsa-pss")]
#[test]
fn counts_a_modulus_with_two_exponents_once() {
    rejects_below("threshold_one_rsa_modulus_with_two_exponents", 2, 1);
}

/// Where one of the paddings is left out, the other one's signature is the one that counts.
#[test]
fn counts_a_key_with_two_paddings_once() {
    rejects_below("threshold_one_rsa_key_with_two_paddings", 2, 1);
}
