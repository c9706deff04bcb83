//! Date-times of metadata: `YYYY-MM-DDTHH:MM:SSZ` (specification 4.2, "Date-time").

use serde::{Deserialize, Deserializer, Serializer, de::Error as _};
use tuf_verifier_core::UnixTime;

const DAY: i64 = 86_400;
/// The last second that four digits of a year can write: 9999-12-31T23:59:59Z.
const LAST: i64 = 253_402_300_799;

/// A time becomes `YYYY-MM-DDTHH:MM:SSZ`. Times outside of the years 0 to 9999 are written as the nearest one inside.
#[must_use]
pub fn format(time: UnixTime) -> String {
    let seconds = time.0.clamp(-62_167_219_200, LAST);
    let (year, month, day) = civil(seconds.div_euclid(DAY));
    let second = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

pub(super) fn serialize<S: Serializer>(time: &UnixTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format(*time))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<UnixTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is no date-time")))
}

/// Reads what [`format`] writes; a text that it would not write is no date-time.
#[must_use]
pub fn parse(text: &str) -> Option<UnixTime> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let days = days_from_civil(number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let time = UnixTime(days * DAY + number(11, 13)? * 3600 + number(14, 16)? * 60 + number(17, 19)?);
    (format(time) == text).then_some(time)
}

/// Days since 1970-01-01 become year, month and day of the proleptic Gregorian calendar.
///
/// Counts in eras of 400 years that begin on a 1st of March, so that the leap day is the last of its year.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = (month + 9) % 12;
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}
