//! Schemes `ecdsa-sha2-nistp256`, `-nistp384` and `-nistp521`.

use crate::vector::rejects_below;

#[cfg(feature = "ecdsa-p256")]
crate::vectors! {
    p256, "ecdsa-sha2-nistp256",
    accepts: [compressed_key, high_s, low_s],
    rejects: [
        flipped_bit,
        infinity,
        long_length,
        off_curve,
        order,
        other_digest,
        other_message,
        other_scheme,
        padded_integer,
        raw,
        trailing_byte,
        truncated_der,
        wrong_curve,
        wrong_label,
        zero,
    ],
}

#[cfg(feature = "ecdsa-p384")]
crate::vectors! {
    p384, "ecdsa-sha2-nistp384",
    accepts: [compressed_key, high_s, low_s],
    rejects: [
        flipped_bit,
        infinity,
        long_length,
        off_curve,
        order,
        other_digest,
        other_message,
        other_scheme,
        padded_integer,
        raw,
        trailing_byte,
        truncated_der,
        wrong_curve,
        wrong_label,
        zero,
    ],
}

#[cfg(feature = "ecdsa-p521")]
crate::vectors! {
    p521, "ecdsa-sha2-nistp521",
    accepts: [compressed_key, high_s, low_s],
    rejects: [
        flipped_bit,
        infinity,
        long_length,
        off_curve,
        order,
        other_digest,
        other_message,
        other_scheme,
        padded_integer,
        raw,
        trailing_byte,
        truncated_der,
        wrong_curve,
        wrong_label,
        zero,
    ],
}

#[cfg(feature = "ecdsa-p256")]
#[test]
fn counts_a_point_of_p256_once() {
    rejects_below("threshold_one_point_compressed_and_not_p256", 2, 1);
}

#[cfg(feature = "ecdsa-p384")]
#[test]
fn counts_a_point_of_p384_once() {
    rejects_below("threshold_one_point_compressed_and_not_p384", 2, 1);
}

#[cfg(feature = "ecdsa-p521")]
#[test]
fn counts_a_point_of_p521_once() {
    rejects_below("threshold_one_point_compressed_and_not_p521", 2, 1);
}
