//! Date-times, read and written.

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};
use tuf_verifier_core::UnixTime;

const FORM: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");

/// As text, a date-time is accepted where the crate `time` accepts it in the one form, as the same time, and is
/// written again as it was. The first eight bytes as a time: it is written as a date-time that is read as the same
/// time, or, where the year has not four digits, as what is no date-time.
///
/// # Panics
/// Where that does not hold for this input.
pub fn check(input: &[u8]) {
    if let Ok(text) = std::str::from_utf8(input) {
        let read = UnixTime::parse(text);
        assert_eq!(read, reference(text), "{text:?}");
        if let Some(time) = read {
            assert_eq!(time.to_string(), text, "written otherwise than it was read");
        }
    }
    if let Some(bytes) = input.first_chunk() {
        written(i64::from_le_bytes(*bytes));
    }
}

fn reference(text: &str) -> Option<UnixTime> {
    let form = "0000-00-00T00:00:00Z";
    let same = |(a, b): (u8, u8)| if b == b'0' { a.is_ascii_digit() } else { a == b };
    if text.len() != form.len() || !text.bytes().zip(form.bytes()).all(same) {
        return None;
    }
    let read = PrimitiveDateTime::parse(text, FORM).ok()?;
    Some(UnixTime(read.assume_utc().unix_timestamp()))
}

fn written(seconds: i64) {
    let text = UnixTime(seconds).to_string();
    let year = OffsetDateTime::from_unix_timestamp(seconds).ok().map(OffsetDateTime::year);
    match year {
        Some(0..=9999) => assert_eq!(UnixTime::parse(&text), Some(UnixTime(seconds)), "{text}"),
        _ => assert_eq!(UnixTime::parse(&text), None, "{text}"),
    }
}
