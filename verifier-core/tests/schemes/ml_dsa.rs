//! Schemes `ml-dsa-44/1`, `ml-dsa-65/1` and `ml-dsa-87/1`. In the names of files there is no `/1`.

use crate::vector::rejects_below;

crate::vectors! {
    ml_dsa_44, "ml-dsa-44",
    accepts: [],
    rejects: [
        context,
        flipped_bit,
        hex_key,
        hints_out_of_order,
        key_with_parameters,
        no_prefix,
        no_version_in_scheme,
        other_message,
        other_scheme,
        other_version,
        sha256,
        short_key,
        too_many_hints,
        trailing_byte,
        truncated,
        whole_message,
        wrong_label,
    ],
}

crate::vectors! {
    ml_dsa_65, "ml-dsa-65",
    accepts: [],
    rejects: [
        context,
        flipped_bit,
        hex_key,
        hints_out_of_order,
        key_with_parameters,
        no_prefix,
        no_version_in_scheme,
        other_message,
        other_scheme,
        other_version,
        sha256,
        short_key,
        too_many_hints,
        trailing_byte,
        truncated,
        whole_message,
        wrong_label,
    ],
}

crate::vectors! {
    ml_dsa_87, "ml-dsa-87",
    accepts: [],
    rejects: [
        context,
        flipped_bit,
        hex_key,
        hints_out_of_order,
        key_with_parameters,
        no_prefix,
        no_version_in_scheme,
        other_message,
        other_scheme,
        other_version,
        sha256,
        short_key,
        too_many_hints,
        trailing_byte,
        truncated,
        whole_message,
        wrong_label,
    ],
}

#[test]
fn counts_a_key_of_ml_dsa_44_with_two_keyids_once() {
    rejects_below("threshold_one_ml_dsa_44_key_with_two_keyids", 2, 1);
}

#[test]
fn counts_a_key_of_ml_dsa_65_with_two_keyids_once() {
    rejects_below("threshold_one_ml_dsa_65_key_with_two_keyids", 2, 1);
}

#[test]
fn counts_a_key_of_ml_dsa_87_with_two_keyids_once() {
    rejects_below("threshold_one_ml_dsa_87_key_with_two_keyids", 2, 1);
}
