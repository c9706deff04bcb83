//! Dates in HTTP headers (RFC 9110, section 5.6.7).

use crate::time::UnixTime;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Reads a date in one of the three forms that a recipient must accept. The name of the day is not compared.
///
/// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
pub(super) fn parse(text: &str) -> Option<UnixTime> {
    let words: Vec<&str> = text.split([' ', '-', ',']).filter(|word| !word.is_empty()).collect();
    let (day, month, year, time) = match *words {
        [_, day, month, year, time, "GMT"] if text.contains(',') => (day, month, year, time),
        [_, month, day, time, year] if !text.contains([',', '-']) => (day, month, year, time),
        _ => return None,
    };
    let month = MONTHS.iter().position(|name| *name == month)?;
    let (day, year) = (number(day, 1..=31)?, full_year(year)?);
    let month = i64::try_from(month).ok()? + 1;
    let mut parts = time.split(':');
    let hour = number(parts.next()?, 0..=23)?;
    let minute = number(parts.next()?, 0..=59)?;
    // A leap second counts as the first of the next minute.
    let second = number(parts.next()?, 0..=60)?;
    let is_whole = parts.next().is_none();
    is_whole.then(|| UnixTime::from_civil(year, month, day, hour * 3600 + minute * 60 + second))
}

/// Two digits are a year from 1970 to 2069.
fn full_year(text: &str) -> Option<i64> {
    match text.len() {
        4 => number(text, 1970..=9999),
        2 => number(text, 0..=99).map(|year| if year < 70 { 2000 + year } else { 1900 + year }),
        _ => None,
    }
}

fn number(text: &str, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| digits && range.contains(number))
}
