//! Date-times of metadata (4.2.3).

use core::fmt;

/// Seconds since 1970-01-01T00:00:00Z, without leap seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixTime(pub i64);

const SECONDS_OF_DAY: i64 = 86_400;

impl UnixTime {
    /// A date-time becomes a time. The one form is `YYYY-MM-DDTHH:MM:SSZ`, of a day that the calendar has.
    ///
    /// # Specification
    /// 4.2.3, Date-time.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match Self::local(text)? {
            (time, "Z") => Some(time),
            _ => None,
        }
    }

    /// A date-time with an optional fraction of a second and an offset from UTC becomes a time, rounded down to the
    /// second, as RFC 3339 writes it: `YYYY-MM-DDTHH:MM:SS[.F…](Z|±HH:MM)`.
    pub(crate) fn parse_lenient(text: &str) -> Option<Self> {
        let (Self(local), rest) = Self::local(text)?;
        let offset = match rest.strip_prefix('.') {
            Some(fraction) => {
                let offset = fraction.trim_start_matches(|digit: char| digit.is_ascii_digit());
                (offset.len() < fraction.len()).then_some(offset)?
            }
            None => rest,
        };
        let east = match offset.as_bytes() {
            b"Z" => 0,
            &[sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
                let (hours, minutes) = (decimal(&[h1, h2])?, decimal(&[m1, m2])?);
                let seconds = hours.saturating_mul(3600).saturating_add(minutes.saturating_mul(60));
                let east = if sign == b'-' { seconds.saturating_neg() } else { seconds };
                (hours < 24 && minutes < 60).then_some(east)?
            }
            _ => return None,
        };
        Some(Self(local.saturating_sub(east)))
    }

    /// Whether a text that [`parse`](Self::parse) does not read is a date all the same, in another form: it begins with a
    /// day of the calendar, and the time of day behind it, if there is one, is not out of range. A leap second is such
    /// a form.
    pub(crate) fn is_other_form(text: &str) -> bool {
        let Some((&[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2], rest)) = text.as_bytes().split_first_chunk()
        else {
            return false;
        };
        let day = || {
            let day = decimal(&[d1, d2])?;
            Some((1..=days_of_month(decimal(&[y1, y2, y3, y4])?, decimal(&[m1, m2])?)?).contains(&day))
        };
        let in_range = match rest {
            &[_, h1, h2, b':', n1, n2, b':', s1, s2, ..] => {
                let [hour, minute, second] = [[h1, h2], [n1, n2], [s1, s2]].map(|digits| decimal(&digits));
                hour.is_some_and(|hour| hour < 24)
                    && minute.is_some_and(|minute| minute < 60)
                    && second.is_some_and(|second| second <= 60)
            }
            _ => true,
        };
        day() == Some(true) && in_range
    }

    /// Reads `YYYY-MM-DDTHH:MM:SS` as if it was UTC. Returns what follows as well.
    fn local(text: &str) -> Option<(Self, &str)> {
        let (date_time, rest) = text.split_at_checked(19)?;
        let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2] =
            date_time.as_bytes()
        else {
            return None;
        };
        let year = decimal(&[y1, y2, y3, y4])?;
        let month = decimal(&[m1, m2])?;
        let day = decimal(&[d1, d2])?;
        let (hour, minute, second) = (decimal(&[h1, h2])?, decimal(&[n1, n2])?, decimal(&[s1, s2])?);
        if day < 1 || day > days_of_month(year, month)? || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let seconds =
            hour.saturating_mul(3600).saturating_add(minute.saturating_mul(60)).saturating_add(second);
        let days = days_since_1970(year, month, day);
        Some((Self(days.saturating_mul(SECONDS_OF_DAY).saturating_add(seconds)), rest))
    }
}

impl fmt::Display for UnixTime {
    /// Writes `YYYY-MM-DDTHH:MM:SSZ`, or the seconds where the year has not four digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date(self.0.div_euclid(SECONDS_OF_DAY));
        if !(0..=9999).contains(&year) {
            return write!(f, "{} s since 1970", self.0);
        }
        let second = self.0.rem_euclid(SECONDS_OF_DAY);
        let (hour, minute) = (second.div_euclid(3600), second.div_euclid(60).rem_euclid(60));
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}Z", second.rem_euclid(60))
    }
}

fn decimal(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0_i64, |number, digit| {
        let digit = char::from(*digit).to_digit(10)?;
        Some(number.saturating_mul(10).saturating_add(i64::from(digit)))
    })
}

fn days_of_month(year: i64, month: i64) -> Option<i64> {
    let leap = year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 if leap => Some(29),
        2 => Some(28),
        _ => None,
    }
}

/// Days of 400 years, of which every cycle of the Gregorian calendar consists.
const DAYS_OF_CYCLE: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const DAYS_BEFORE_1970: i64 = 719_468;

/// Days from 1970-01-01 to a day. The year is counted from March, so that the leap day is its last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month.saturating_sub(3))
    } else {
        (year.saturating_sub(1), month.saturating_add(9))
    };
    let of_cycle = year.rem_euclid(400);
    let of_year =
        month.saturating_mul(153).saturating_add(2).div_euclid(5).saturating_add(day).saturating_sub(1);
    let leap_days = of_cycle.div_euclid(4).saturating_sub(of_cycle.div_euclid(100));
    year.div_euclid(400)
        .saturating_mul(DAYS_OF_CYCLE)
        .saturating_add(of_cycle.saturating_mul(365))
        .saturating_add(leap_days)
        .saturating_add(of_year)
        .saturating_sub(DAYS_BEFORE_1970)
}

/// The year, month and day that begin after so many days from 1970-01-01: the inverse of [`days_since_1970`].
fn date(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(DAYS_BEFORE_1970);
    let of_cycle = days.rem_euclid(DAYS_OF_CYCLE);
    let leap_days = of_cycle
        .div_euclid(1460)
        .saturating_sub(of_cycle.div_euclid(36_524))
        .saturating_add(of_cycle.div_euclid(146_096));
    let year_of_cycle = of_cycle.saturating_sub(leap_days).div_euclid(365);
    let before_year = year_of_cycle
        .saturating_mul(365)
        .saturating_add(year_of_cycle.div_euclid(4))
        .saturating_sub(year_of_cycle.div_euclid(100));
    let of_year = of_cycle.saturating_sub(before_year);
    let month = of_year.saturating_mul(5).saturating_add(2).div_euclid(153);
    let before_month = month.saturating_mul(153).saturating_add(2).div_euclid(5);
    let day = of_year.saturating_sub(before_month).saturating_add(1);
    let year = days.div_euclid(DAYS_OF_CYCLE).saturating_mul(400).saturating_add(year_of_cycle);
    match month {
        0..=9 => (year, month.saturating_add(3), day),
        _ => (year.saturating_add(1), month.saturating_sub(9), day),
    }
}
