//! Lengths of time and windows, and the instants they mean as of one instant.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::ConditionError;
use crate::calendar::{Calendar, Micros, Unit};

/// Longest length, in units.
const MAX_UNITS: u32 = 100_000;

/// A length of time: `30 days`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// How many, from 1.
    pub n: u32,
    /// Of what.
    pub unit: Unit,
}

/// Where something happened, seen from `as_of`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// At any time.
    #[default]
    Ever,
    /// `within 30 days`: the 30 civil dates up to the one in progress, or so many elapsed hours.
    Within(Span),
    /// `more than 30 days ago`: before `within 30 days` begins.
    MoreThan(Span),
    /// `between 60 days and 30 days ago`: within the first, and more than the second.
    Ago(Ago),
    /// `from 2011-01-01 to 2011-06-30`.
    Dates(Dates),
}

/// From so long ago to so long ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ago {
    /// Where it begins, the longer one.
    pub from: Span,
    /// Where it ends.
    pub to: Span,
}

/// Civil dates, both inclusive; without one, that side is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dates {
    /// First date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Last date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
}

impl Span {
    /// A length of at least one unit.
    ///
    /// # Errors
    /// When it is of no unit, or of more than 100,000.
    pub fn new(n: u32, unit: Unit) -> Result<Span, ConditionError> {
        let span = Span { n, unit };
        if (1..=MAX_UNITS).contains(&n) {
            Ok(span)
        } else {
            Err(ConditionError::Span(span.to_string()))
        }
    }

    /// Where the last so many units before `as_of` begin. Hours are elapsed; the others are civil
    /// dates of the calendar's zone, counted back from the day after the one in progress, which is
    /// the date of the last instant before `as_of`. A month back from the 31st is the last date of
    /// a shorter month.
    pub fn start(self, calendar: &Calendar, as_of: Micros) -> Micros {
        // Not even the whole calendar is longer than 19,998 years.
        let n = match self.unit {
            Unit::Year => i64::from(self.n).min(19_998),
            Unit::Quarter => i64::from(self.n).min(4 * 19_998),
            _ => i64::from(self.n),
        };
        if self.unit == Unit::Hour {
            return as_of.saturating_sub(n.saturating_mul(Unit::Hour.rolling_micros()));
        }
        let tomorrow = calendar.date_of(as_of.saturating_sub(1)).saturating_add(1.day());
        let back = match self.unit {
            Unit::Hour | Unit::Day => n.days(),
            Unit::Week => n.weeks(),
            Unit::Month => n.months(),
            Unit::Quarter => (3 * n).months(),
            Unit::Year => n.years(),
        };
        calendar.start_of_day(tomorrow.saturating_sub(back)).min(as_of)
    }

    /// Its length between two events, in elapsed microseconds: a day is 24 hours, a month 30 days.
    pub fn elapsed(self) -> Micros {
        self.unit.rolling_micros().saturating_mul(Micros::from(self.n))
    }
}

/// The name of a unit for that many.
pub(super) fn unit_words(n: u32, unit: Unit) -> String {
    format!("{}{}", unit.name(), if n == 1 { "" } else { "s" })
}

/// The unit of that name, in singular or plural.
pub(super) fn unit_named(word: &str) -> Option<Unit> {
    let word = word.to_lowercase();
    Unit::ALL.into_iter().find(|unit| word.strip_suffix('s').unwrap_or(&word) == unit.name())
}

impl fmt::Display for Span {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.n, unit_words(self.n, self.unit))
    }
}

impl FromStr for Span {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Span, ConditionError> {
        let wrong = || ConditionError::Span(text.to_owned());
        let (n, unit) = text.trim().split_once(' ').ok_or_else(wrong)?;
        let n = n.parse().map_err(|_| wrong())?;
        Span::new(n, unit_named(unit.trim()).ok_or_else(wrong)?)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error: ConditionError| {
            serde::de::Error::custom(format!("{error}; {}", error.hint()))
        })
    }
}

impl Window {
    /// Whether it leaves nothing out.
    pub fn is_ever(&self) -> bool {
        *self == Window::Ever
    }

    /// The instants it means, half open, none at or after `as_of`; empty where it ends before it
    /// begins.
    pub fn range(&self, calendar: &Calendar, as_of: Micros) -> Range<Micros> {
        match self {
            Window::Ever => Micros::MIN..as_of,
            Window::Within(span) => span.start(calendar, as_of)..as_of,
            Window::MoreThan(span) => Micros::MIN..span.start(calendar, as_of),
            Window::Ago(Ago { from, to }) => from.start(calendar, as_of)..to.start(calendar, as_of),
            Window::Dates(Dates { from, to }) => {
                let start = from.map_or(Micros::MIN, |date| calendar.start_of_day(date));
                let end = to.map_or(as_of, |date| end_of_day(calendar, date));
                start..end.min(as_of)
            }
        }
    }
}

/// The first instant after a civil date.
pub(super) fn end_of_day(calendar: &Calendar, date: Date) -> Micros {
    date.tomorrow().map_or(Micros::MAX, |next| calendar.start_of_day(next))
}

impl super::Trait {
    /// Where the rows end whose latest value counts.
    pub fn end(&self, calendar: &Calendar, as_of: Micros) -> Micros {
        self.as_of.map_or(as_of, |date| end_of_day(calendar, date).min(as_of))
    }
}

impl super::Regularly {
    /// The boundaries of its periods, one more than there are, in order; the last is `as_of`.
    pub fn boundaries(&self, calendar: &Calendar, as_of: Micros) -> Vec<Micros> {
        let back = (1..=self.of).rev().map(|n| Span { n, unit: self.unit }.start(calendar, as_of));
        back.chain([as_of]).collect()
    }
}
