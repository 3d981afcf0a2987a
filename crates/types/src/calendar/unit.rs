//! The units periods come in, and the days a week can begin on.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::shown;
use super::{CalendarError, DAY, HOUR, Micros};

/// How long a period is, as people say it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// From one full hour of the wall clock to the next.
    Hour,
    /// A civil date.
    Day,
    /// Seven civil dates, from the calendar's first day of the week.
    Week,
    /// A month of the Gregorian calendar.
    Month,
    /// Three months, counted from the first month of the fiscal year.
    Quarter,
    /// Twelve months, counted from the first month of the fiscal year.
    Year,
}

impl Unit {
    /// Every unit, shortest first.
    pub const ALL: [Unit; 6] =
        [Unit::Hour, Unit::Day, Unit::Week, Unit::Month, Unit::Quarter, Unit::Year];

    /// The unit's name in questions.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Hour => "hour",
            Unit::Day => "day",
            Unit::Week => "week",
            Unit::Month => "month",
            Unit::Quarter => "quarter",
            Unit::Year => "year",
        }
    }

    /// The unit's name in Chinese.
    pub fn name_zh(self) -> &'static str {
        match self {
            Unit::Hour => "小时",
            Unit::Day => "日",
            Unit::Week => "周",
            Unit::Month => "月",
            Unit::Quarter => "季度",
            Unit::Year => "年",
        }
    }

    /// Length of a rolling window of this unit in elapsed microseconds: a day is 24 hours, a week
    /// 7 days, a month 30, a quarter 90 and a year 365, whatever the clocks of the zone do.
    pub fn rolling_micros(self) -> Micros {
        match self {
            Unit::Hour => HOUR,
            Unit::Day => DAY,
            Unit::Week => 7 * DAY,
            Unit::Month => 30 * DAY,
            Unit::Quarter => 90 * DAY,
            Unit::Year => 365 * DAY,
        }
    }

    /// Which rolling window after `anchor` holds `ts`: window `k` is
    /// `[anchor + k·length, anchor + (k+1)·length)`, and before the anchor `k` is negative.
    pub fn rolling_index(self, anchor: Micros, ts: Micros) -> i64 {
        ts.saturating_sub(anchor).div_euclid(self.rolling_micros())
    }
}

impl FromStr for Unit {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Unit, CalendarError> {
        let unit = Unit::ALL.into_iter().find(|unit| unit.name() == text);
        unit.ok_or_else(|| CalendarError::UnknownUnit(shown(text)))
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// Monday: with it weeks are those of ISO 8601.
    #[default]
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl Weekday {
    /// Every day, Monday first.
    pub const ALL: [Weekday; 7] = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];

    /// The day's name in questions.
    pub fn name(self) -> &'static str {
        match self {
            Weekday::Monday => "monday",
            Weekday::Tuesday => "tuesday",
            Weekday::Wednesday => "wednesday",
            Weekday::Thursday => "thursday",
            Weekday::Friday => "friday",
            Weekday::Saturday => "saturday",
            Weekday::Sunday => "sunday",
        }
    }

    /// Days since Monday, 0 to 6.
    pub(super) fn days_since_monday(self) -> i64 {
        self as i64
    }
}

impl FromStr for Weekday {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Weekday, CalendarError> {
        let weekday = Weekday::ALL.into_iter().find(|weekday| weekday.name() == text);
        weekday.ok_or_else(|| CalendarError::UnknownWeekday(shown(text)))
    }
}
