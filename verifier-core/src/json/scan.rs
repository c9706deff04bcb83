//! Looks for bytes eight at a time: most of a large file is the inside of strings.

/// How far the inside of a string goes without anything that needs a look.
pub(super) struct Run {
    /// Bytes before the first `"`, `\` or control character, or all of them.
    pub(super) length: usize,
    /// Whether all of these bytes are ASCII.
    pub(super) is_ascii: bool,
}

/// The bytes before the first `"`, `\` or control character.
pub(super) fn plain_run(bytes: &[u8]) -> Run {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut high = 0;
    let mut length = 0_usize;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let found = equal(word, b'"') | equal(word, b'\\') | control(word);
        if found != 0 {
            let before = first(found);
            high |= word & below(before);
            return Run { length: length.saturating_add(before), is_ascii: high & HIGH == 0 };
        }
        high |= word;
        length = length.saturating_add(8);
    }
    let tail = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)).unwrap_or(rest.len());
    let is_ascii = high & HIGH == 0 && rest.get(..tail).is_some_and(<[u8]>::is_ascii);
    Run { length: length.saturating_add(tail), is_ascii }
}

/// The place of the first `"` or `\`.
pub(super) fn quote_or_escape(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut length = 0_usize;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let found = equal(word, b'"') | equal(word, b'\\');
        if found != 0 {
            return Some(length.saturating_add(first(found)));
        }
        length = length.saturating_add(8);
    }
    let tail = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
    Some(length.saturating_add(tail))
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// The high bit of the first byte that is this one, which is ASCII. Bits of later bytes mean nothing, those of earlier ones are
/// not set.
fn equal(word: u64, byte: u8) -> u64 {
    let other = word ^ ONES.wrapping_mul(u64::from(byte));
    other.wrapping_sub(ONES) & !other & HIGH
}

/// The high bit of the first byte below 0x20, as [`equal`] does.
fn control(word: u64) -> u64 {
    word.wrapping_sub(ONES.wrapping_mul(0x20)) & !word & HIGH
}

/// The place of the first byte whose high bit is set.
fn first(found: u64) -> usize {
    usize::try_from(found.trailing_zeros() >> 3).unwrap_or_default()
}

/// All bits of the bytes before a place, which is below 8.
fn below(place: usize) -> u64 {
    let bits = u32::try_from(place.saturating_mul(8)).unwrap_or_default();
    u64::MAX.checked_shr(64_u32.saturating_sub(bits)).unwrap_or(0)
}
