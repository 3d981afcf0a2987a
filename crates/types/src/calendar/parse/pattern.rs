//! Times written by an explicit `strptime` pattern.
//!
//! Patterns of numbers alone, `%d/%m/%Y %H:%M` and its kin, are read by a list of steps; whatever
//! the steps do not take, and every other pattern, is read by [`jiff::fmt::strtime`], so that the
//! steps can only be quicker, never different.

use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::TimeZone;

use super::super::days::number_of;
use super::super::error::shown;
use super::super::{CalendarError, DAY, HOUR, Micros};
use super::iso::{midnight_of, time_of_day};
use super::{Fault, Moment};

/// Years below this come of a `%Y` that met a year of two digits.
const FIRST_YEAR: i16 = 1_000;

/// A pattern that is known to give at least a date.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    text: String,
    /// Empty when the pattern has more than numbers.
    steps: Vec<Step>,
    has_time: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Year,
    ShortYear,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    /// Any blanks, or none, as in `strptime`.
    Blanks,
    Byte(u8),
}

impl Pattern {
    /// Checks the pattern by writing a time with it and reading that back.
    ///
    /// # Errors
    /// When it has no directives or unknown ones, or when a date, or the hour, is lost on the way.
    pub(super) fn new(pattern: &str) -> Result<Pattern, CalendarError> {
        let refuse = |reason: &str| CalendarError::BadFormat {
            format: shown(pattern),
            reason: reason.to_owned(),
        };
        if !pattern.contains('%') {
            return Err(refuse("it has no directive such as `%Y`"));
        }
        let sample: DateTime = Date::constant(2011, 12, 30).at(13, 14, 15, 0);
        let instant = sample.to_zoned(TimeZone::UTC).map_err(|_| refuse("it cannot be checked"))?;
        let written =
            strtime::format(pattern, &instant).map_err(|error| refuse(&error.to_string()))?;
        let read = strtime::parse(pattern, &written).map_err(|error| refuse(&error.to_string()))?;
        if read.iana_time_zone().is_some() {
            return Err(refuse("zones are given apart, not by `%Q`"));
        }
        if read.timestamp().is_none() {
            let date = read.to_date().map_err(|_| refuse("it gives no whole date"))?;
            let hour = read.to_time().map_err(|_| refuse("it gives no whole time of day"))?.hour();
            if date != sample.date() {
                return Err(refuse("it does not give the date back that was written with it"));
            }
            if read.hour().is_some() && hour != sample.hour() {
                return Err(refuse("its hours of 12 need a `%p`"));
            }
            if read.offset().is_some() && read.hour().is_none() {
                return Err(refuse("an offset needs a time of day"));
            }
        }
        let steps = steps_of(pattern).unwrap_or_default();
        Ok(Pattern { text: pattern.to_owned(), has_time: steps.contains(&Step::Hour), steps })
    }

    /// Reads a text that is not empty.
    pub(super) fn read(&self, text: &str) -> Result<Moment, Fault> {
        match self.read_by_steps(text.as_bytes()) {
            Some(moment) => Ok(moment),
            None => self.read_by_directives(text),
        }
    }

    pub(super) fn read_by_steps(&self, text: &[u8]) -> Option<Moment> {
        if self.steps.is_empty() {
            return None;
        }
        let mut rest = text;
        let (mut year, mut month, mut day) = (0, 0, 0);
        let (mut hour, mut minute, mut second) = (0, 0, 0);
        for step in &self.steps {
            rest = match step {
                Step::Year => number(rest, 4, 4, &mut year)?,
                Step::ShortYear => {
                    let after = number(rest, 2, 2, &mut year)?;
                    year += if year <= 68 { 2_000 } else { 1_900 };
                    after
                }
                Step::Month => number(rest, 1, 2, &mut month)?,
                Step::Day => number(rest, 1, 2, &mut day)?,
                Step::Hour => number(rest, 1, 2, &mut hour)?,
                Step::Minute => number(rest, 1, 2, &mut minute)?,
                Step::Second => number(rest, 1, 2, &mut second)?,
                Step::Blanks => rest.trim_ascii_start(),
                Step::Byte(byte) => rest.strip_prefix(std::slice::from_ref(byte))?,
            };
        }
        if !rest.is_empty() || year < i64::from(FIRST_YEAR) {
            return None;
        }
        let midnight = midnight_of(year, month, day).ok()?;
        if !self.has_time {
            return Some(Moment::Date(midnight));
        }
        Some(Moment::Local(midnight + time_of_day(hour, minute, second).ok()?))
    }

    /// The same by jiff, which also says what is wrong.
    pub(super) fn read_by_directives(&self, text: &str) -> Result<Moment, Fault> {
        let read = strtime::parse(&self.text, text).map_err(|_| Fault::NotATime)?;
        if let Some(instant) = read.timestamp() {
            return Ok(Moment::Instant(floor_micros(instant.as_nanosecond())));
        }
        let (date, local) = local_of(&read)?;
        if date.year() < FIRST_YEAR {
            return Err(Fault::NotATime);
        }
        Ok(match (read.offset(), read.hour()) {
            (Some(offset), _) => {
                Moment::Instant(local - Micros::from(offset.seconds()) * HOUR / 3_600)
            }
            (None, Some(_)) => Moment::Local(local),
            (None, None) => Moment::Date(local),
        })
    }
}

fn local_of(read: &BrokenDownTime) -> Result<(Date, Micros), Fault> {
    let date = read.to_date().map_err(|_| Fault::NoSuchTime)?;
    let time = read.to_time().map_err(|_| Fault::NoSuchTime)?;
    let (hour, minute) = (i64::from(time.hour()), i64::from(time.minute()));
    let whole = time_of_day(hour, minute, i64::from(time.second()))?;
    let fraction = Micros::from(time.subsec_nanosecond()) / 1_000;
    Ok((date, number_of(date) * DAY + whole + fraction))
}

/// Nanoseconds as microseconds, cut towards the past.
fn floor_micros(nanoseconds: i128) -> Micros {
    Micros::try_from(nanoseconds.div_euclid(1_000)).unwrap_or(Micros::MAX)
}

/// Reads `least` to `most` digits into `value` and gives what is left.
#[inline]
fn number<'text>(
    text: &'text [u8],
    least: usize,
    most: usize,
    value: &mut i64,
) -> Option<&'text [u8]> {
    let n_digits = text.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    if n_digits < least {
        return None;
    }
    let (digits, rest) = text.split_at_checked(n_digits)?;
    *value = digits.iter().fold(0, |tens, digit| tens * 10 + i64::from(digit - b'0'));
    Some(rest)
}

/// The steps of a pattern of numbers; none when it has anything else or lacks a part.
fn steps_of(pattern: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut bytes = pattern.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => steps.extend_from_slice(match bytes.next()? {
                b'Y' => &[Step::Year],
                b'y' => &[Step::ShortYear],
                b'm' => &[Step::Month],
                b'd' => &[Step::Day],
                b'H' => &[Step::Hour],
                b'M' => &[Step::Minute],
                b'S' => &[Step::Second],
                b'F' => &[Step::Year, Step::Byte(b'-'), Step::Month, Step::Byte(b'-'), Step::Day],
                b'T' => {
                    &[Step::Hour, Step::Byte(b':'), Step::Minute, Step::Byte(b':'), Step::Second]
                }
                b'R' => &[Step::Hour, Step::Byte(b':'), Step::Minute],
                _ => return None,
            }),
            blank if blank.is_ascii_whitespace() => steps.push(Step::Blanks),
            other => steps.push(Step::Byte(other)),
        }
    }
    let n_of = |wanted: Step| steps.iter().filter(|&&step| step == wanted).count();
    let has_one_date = n_of(Step::Year) + n_of(Step::ShortYear) == 1
        && n_of(Step::Month) == 1
        && n_of(Step::Day) == 1;
    let (n_hours, n_minutes, n_seconds) =
        (n_of(Step::Hour), n_of(Step::Minute), n_of(Step::Second));
    let has_one_time = n_hours <= 1 && n_minutes <= n_hours && n_seconds <= n_minutes;
    (has_one_date && has_one_time).then_some(steps)
}
