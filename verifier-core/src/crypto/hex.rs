//! Hexadecimal digits.

use alloc::vec::Vec;

/// Hexadecimal digits of either case become bytes.
pub(crate) fn decode(digits: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|&[high, low]| {
            let high = char::from(high).to_digit(16)?;
            let low = char::from(low).to_digit(16)?;
            u8::try_from((high << 4) | low).ok()
        })
        .collect()
}
