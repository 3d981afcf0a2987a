//! Which period an instant or a date belongs to, and when it begins and ends.
//!
//! Every period of a day or longer has an *ordinal*: days, weeks, months, quarters or years counted
//! from a fixed origin. Ordinals are the index arithmetic of all insights: the period `k` after
//! ordinal `i` is `i + k`, and its first instant is the start of its first civil date.

use std::ops::RangeInclusive;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize};

use super::days::{date_of_number, first_of_month, number_of};
use super::zone::nearest;
use super::{
    CalendarError, CivilParser, DAY, DateFormat, HOUR, LINE, Micros, SECOND, Time, Unit, Weekday,
    Zone,
};

/// How a company cuts time: its zone, its week and its fiscal year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Zone of every civil date.
    pub zone: Zone,
    /// First day of the week.
    pub week_start: Weekday,
    /// First month of the fiscal year, 1 to 12; quarters and years follow it.
    #[serde(deserialize_with = "fiscal_month")]
    pub fiscal_year_start: u8,
}

impl Default for Calendar {
    /// UTC, weeks from Monday, years from January.
    fn default() -> Calendar {
        Calendar { zone: Zone::utc(), week_start: Weekday::Monday, fiscal_year_start: 1 }
    }
}

/// One period, `[start, end)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// First instant.
    pub start: Micros,
    /// First instant after it; equal to `start` only for a date the zone skipped.
    pub end: Micros,
    /// First civil date.
    pub date: Date,
    /// What the wall clock shows at the start, for hours only.
    pub hour: Option<Time>,
}

impl Calendar {
    /// A calendar of that zone, week and fiscal year.
    ///
    /// # Errors
    /// When `fiscal_year_start` is no month.
    pub fn new(
        zone: Zone,
        week_start: Weekday,
        fiscal_year_start: u8,
    ) -> Result<Calendar, CalendarError> {
        if !(1..=12).contains(&fiscal_year_start) {
            return Err(CalendarError::FiscalYearStart(fiscal_year_start));
        }
        Ok(Calendar { zone, week_start, fiscal_year_start })
    }

    /// The first instant whose civil date is `date`.
    ///
    /// Where clocks jump over midnight (Cairo) it is the first instant after the jump; for a date
    /// that was skipped whole (Samoa, 2011-12-30) it is the instant of the jump, which is the
    /// start of the next date too. Starts never decrease from one date to the next.
    pub fn start_of_day(&self, date: Date) -> Micros {
        on_line(date, self.zone.first_reaching(number_of(date) * DAY))
    }

    /// The civil date of an instant.
    ///
    /// Dates never run backwards: when clocks are set back over midnight (St. John's until 2011,
    /// one minute past), the repeated minutes belong to the day that had already begun.
    pub fn date_of(&self, ts: Micros) -> Date {
        let at = nearest(ts);
        let mut day = self.zone.stretch_containing(at).shown_at(at).div_euclid(DAY);
        while self.zone.first_reaching((day + 1) * DAY) <= at {
            day += 1;
        }
        date_of_number(day).unwrap_or(if at < 0 { Date::MIN } else { Date::MAX })
    }

    /// The period of that unit an instant lies in.
    pub fn period_containing(&self, unit: Unit, ts: Micros) -> Period {
        if unit == Unit::Hour {
            return self.hour_containing(ts);
        }
        self.period_at(unit, self.ordinal(unit, self.date_of(ts)))
    }

    /// The period of that unit a civil date lies in; for hours, the day.
    pub fn period_of_date(&self, unit: Unit, date: Date) -> Period {
        self.period_at(unit, self.ordinal(unit, date))
    }

    /// First and last civil date of the whole periods that `from` to `to` (inclusive) touch.
    pub fn widen(&self, unit: Unit, from: Date, to: Date) -> (Date, Date) {
        let first = self.first_date(unit, self.ordinal(unit, from));
        let next = self.first_date_exact(unit, self.ordinal(unit, to) + 1);
        let last = next.and_then(|next| next.yesterday().ok()).unwrap_or(Date::MAX);
        (first, last)
    }

    /// The civil date of a period's first instant. A date the zone skipped shares its instant with
    /// the next one and cannot be told by it: ask [`Boundaries::date`](super::Boundaries::date).
    pub fn period_date(&self, start: Micros) -> Date {
        self.date_of(start)
    }

    /// How many periods of that unit lie between two dates: 0 within one period, negative when
    /// `to` is earlier. Hours count as days.
    pub fn periods_between(&self, unit: Unit, from: Date, to: Date) -> i64 {
        self.ordinal(unit, to) - self.ordinal(unit, from)
    }

    /// Reads one written time; for many, keep a [`CivilParser`].
    ///
    /// # Errors
    /// As [`CivilParser::parse`].
    pub fn parse_civil(&self, text: &str, format: &DateFormat) -> Result<Micros, CalendarError> {
        CivilParser::new(&self.zone, format)?.parse(text)
    }

    /// Ordinal of the period a date lies in. Hours count as days.
    pub(super) fn ordinal(&self, unit: Unit, date: Date) -> i64 {
        let months = i64::from(date.year()) * 12 + i64::from(date.month()) - 1;
        match unit {
            Unit::Hour | Unit::Day => number_of(date),
            // Day 0 was a Thursday, three days after a Monday.
            Unit::Week => (number_of(date) + 3 - self.week_start.days_since_monday()).div_euclid(7),
            Unit::Month => months,
            Unit::Quarter => (months - self.fiscal_shift()).div_euclid(3),
            Unit::Year => (months - self.fiscal_shift()).div_euclid(12),
        }
    }

    /// First civil date of the period of that ordinal; none when it lies outside the calendar.
    fn first_date_exact(&self, unit: Unit, ordinal: i64) -> Option<Date> {
        match unit {
            Unit::Hour | Unit::Day => date_of_number(ordinal),
            Unit::Week => date_of_number(ordinal * 7 - 3 + self.week_start.days_since_monday()),
            Unit::Month => first_of_month(ordinal),
            Unit::Quarter => first_of_month(ordinal * 3 + self.fiscal_shift()),
            Unit::Year => first_of_month(ordinal * 12 + self.fiscal_shift()),
        }
    }

    /// As [`Calendar::first_date_exact`], the nearest date inside the calendar otherwise.
    pub(super) fn first_date(&self, unit: Unit, ordinal: i64) -> Date {
        let nearest = if ordinal < 0 { Date::MIN } else { Date::MAX };
        self.first_date_exact(unit, ordinal).unwrap_or(nearest)
    }

    /// First instant of the period of that ordinal; the end of the line outside the calendar.
    pub(super) fn start_at(&self, unit: Unit, ordinal: i64) -> Micros {
        let nearest = if ordinal < 0 { Micros::MIN } else { Micros::MAX };
        let first_date = self.first_date_exact(unit, ordinal);
        first_date.map_or(nearest, |date| self.start_of_day(date))
    }

    /// First instants of the periods of consecutive ordinals.
    pub(super) fn starts_at(&self, unit: Unit, ordinals: RangeInclusive<i64>) -> Vec<Micros> {
        let first = self.start_at(unit, *ordinals.start());
        let mut near = self.zone.stretch_containing(nearest(first));
        let start_of = |ordinal| match self.first_date_exact(unit, ordinal) {
            Some(date) => {
                let midnight = number_of(date) * DAY;
                on_line(date, self.zone.first_reaching_near(&mut near, midnight))
            }
            None => self.start_at(unit, ordinal),
        };
        ordinals.map(start_of).collect()
    }

    /// Months from January to the start of the fiscal year, 0 to 11.
    pub(super) fn fiscal_shift(&self) -> i64 {
        (i64::from(self.fiscal_year_start) - 1).rem_euclid(12)
    }

    fn period_at(&self, unit: Unit, ordinal: i64) -> Period {
        Period {
            start: self.start_at(unit, ordinal),
            end: self.start_at(unit, ordinal + 1),
            date: self.first_date(unit, ordinal),
            hour: None,
        }
    }

    fn hour_containing(&self, ts: Micros) -> Period {
        let at = nearest(ts);
        let stretch = self.zone.stretch_containing(at);
        let full_hour = at - stretch.shown_at(at).rem_euclid(HOUR);
        let start = full_hour.max(stretch.from);
        Period {
            start,
            end: (full_hour + HOUR).min(stretch.to),
            date: self.date_of(start),
            hour: Some(time_of(stretch.shown_at(start))),
        }
    }
}

/// The start of a date; at the ends of the calendar, where midnight is no instant, an end of the
/// line.
fn on_line(date: Date, start: Micros) -> Micros {
    match (LINE.contains(&start), date.year() < 0) {
        (true, _) => start,
        (false, true) => Micros::MIN,
        (false, false) => Micros::MAX,
    }
}

/// The time of day of a wall-clock time, to the second.
pub(super) fn time_of(shown: Micros) -> Time {
    let seconds = shown.rem_euclid(DAY) / SECOND;
    let part = |value: i64| i8::try_from(value).unwrap_or_default();
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    Time::new(part(hour), part(minute), part(second), 0).unwrap_or_default()
}

fn fiscal_month<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let month = u8::deserialize(deserializer)?;
    let calendar = Calendar::new(Zone::utc(), Weekday::Monday, month);
    let checked = calendar.map(|calendar| calendar.fiscal_year_start);
    checked.map_err(|error| serde::de::Error::custom(format!("{error}; {}", error.hint())))
}
