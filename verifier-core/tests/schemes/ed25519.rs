//! Scheme `ed25519`, which is always there.

crate::vectors! {
    ed25519, "ed25519",
    accepts: [upper_case_key],
    rejects: [
        flipped_bit,
        high_s,
        other_message,
        other_scheme,
        pem_key,
        short_key,
        small_order,
        trailing_byte,
        truncated,
    ],
}
