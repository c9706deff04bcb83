//! The time of the simulated world.

/// The fixed update start time of every device that is told no other: 2027-01-15T08:00:00Z.
pub const NOW: i64 = 1_800_000_000;

/// Seconds of a day.
pub const DAY: i64 = 86_400;

/// Seconds since 1970 become the date-time form of metadata, `YYYY-MM-DDTHH:MM:SSZ`.
///
/// The days are counted from 0000-03-01, so that a leap day ends its year.
#[must_use]
pub fn date_time(seconds: i64) -> String {
    let (days, time) = (seconds.div_euclid(DAY) + 719_468, seconds.rem_euclid(DAY));
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", time / 3600, time / 60 % 60, time % 60)
}
