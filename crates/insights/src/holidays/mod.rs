//! Holidays: days of the calendar on which customers do something else than usual.
//!
//! "When were Black Friday and 春节 in these years?" A holiday is a rule that gives a date in every
//! year, and the days around that date that belong to it. The built-in list is in
//! [`built_in`]; a question may bring rows of its own.
//!
//! Limits. Days are civil dates of the question's zone. Bridging days moved by decree are not
//! known; the lunar festivals are tabled for 2000 to 2100.

mod built_in;
mod lunar;

use std::ops::RangeInclusive;

use jiff::civil::Date;
use perennial_types::calendar::Weekday;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::insight::AskError;

pub use built_in::built_in;
pub use lunar::Lunar;

/// A holiday of every year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// What it is called.
    pub name: String,
    /// 名称；缺省同 `name`。
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_zh: Option<String>,
    /// Which date it is tied to.
    pub on: On,
    /// Its first day, counted from that date; before it where negative.
    #[serde(default)]
    pub first_day: i32,
    /// Its last day, likewise.
    #[serde(default)]
    pub last_day: i32,
}

/// Which date a holiday is tied to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = HolidayOn)]
#[serde(
    untagged,
    expecting = "a holiday is on {\"month\":11,\"day\":11}, {\"month\":11,\"weekday\":\"thursday\",\"nth\":4}, {\"lunar\":\"new_year\"}, {\"dates\":[\"2024-05-03\"]} or easter"
)]
pub enum On {
    /// The same month and day every year.
    Fixed(Fixed),
    /// So many weekdays into a month.
    NthWeekday(NthWeekday),
    /// A festival of the lunar calendar.
    Lunar {
        /// Which one.
        lunar: Lunar,
    },
    /// These dates alone.
    Dates {
        /// The dates.
        dates: Vec<Date>,
    },
    /// A feast that has a rule of its own.
    Feast(Feast),
}

/// A feast that has a rule of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = HolidayFeast)]
#[serde(rename_all = "snake_case")]
pub enum Feast {
    /// Easter Sunday of the western churches.
    Easter,
}

/// A month and a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = HolidayFixed)]
#[serde(deny_unknown_fields)]
pub struct Fixed {
    /// 1 to 12.
    pub month: i8,
    /// 1 to 31; a 29 February is one only where there is one.
    pub day: i8,
}

/// The n-th weekday of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = HolidayNthWeekday)]
#[serde(deny_unknown_fields)]
pub struct NthWeekday {
    /// 1 to 12.
    pub month: i8,
    /// The day of the week.
    pub weekday: Weekday,
    /// 1 to 5, or −1 for the last.
    pub nth: i8,
}

/// Farthest day of a holiday from its date.
const FARTHEST: i32 = 60;

impl Holiday {
    /// Refuses a row that can never be a holiday.
    ///
    /// # Errors
    /// When its days are in the wrong order or too far off, or its date does not exist.
    pub fn check(&self) -> Result<(), AskError> {
        let name = &self.name;
        let is_near = |day: i32| (-FARTHEST..=FARTHEST).contains(&day);
        if self.first_day > self.last_day || !is_near(self.first_day) || !is_near(self.last_day) {
            let (first, last) = (self.first_day, self.last_day);
            return Err(AskError::bad(
                format!("the holiday `{name}` lasts from day {first} to day {last}"),
                format!("give `first_day` and `last_day` in order, within {FARTHEST} days"),
            ));
        }
        // A leap year, in which every date is that ever is.
        let exists = match &self.on {
            On::Fixed(_) => self.date(2024).is_some(),
            On::NthWeekday(rule) => {
                (1..=12).contains(&rule.month) && (rule.nth == -1 || (1..=5).contains(&rule.nth))
            }
            On::Dates { dates } => !dates.is_empty(),
            On::Lunar { .. } | On::Feast(Feast::Easter) => true,
        };
        if !exists || name.trim().is_empty() {
            return Err(AskError::bad(
                format!("the holiday `{name}` has no name, or a date that never is"),
                "give `on` as {\"month\":11,\"day\":11}, {\"month\":11,\"weekday\":\"thursday\",\"nth\":4}, {\"lunar\":\"new_year\"}, {\"dates\":[…]} or \"easter\"",
            ));
        }
        Ok(())
    }

    /// Its spans that touch the dates, in order.
    pub fn spans(&self, from: Date, to: Date) -> Vec<RangeInclusive<Date>> {
        let dates: Vec<Date> = match &self.on {
            On::Dates { dates } => {
                let mut dates = dates.clone();
                dates.sort_unstable();
                dates.dedup();
                dates
            }
            // A span may begin in the year before or end in the year after.
            _ => (from.year().saturating_sub(1)..=to.year().saturating_add(1))
                .filter_map(|year| self.date(year))
                .collect(),
        };
        let shifted = |date: Date, days: i32| date.checked_add(jiff::Span::new().days(days)).ok();
        let spans = dates.into_iter().filter_map(|date| {
            Some(shifted(date, self.first_day)?..=shifted(date, self.last_day)?)
        });
        spans.filter(|span| *span.start() <= to && *span.end() >= from).collect()
    }

    /// The date it is tied to in a year.
    fn date(&self, year: i16) -> Option<Date> {
        match &self.on {
            On::Fixed(Fixed { month, day }) => Date::new(year, *month, *day).ok(),
            On::NthWeekday(NthWeekday { month, weekday, nth }) => {
                let of_month = Date::new(year, *month, 1).ok()?;
                of_month.nth_weekday_of_month(*nth, civil(*weekday)).ok()
            }
            On::Lunar { lunar } => lunar.date(year),
            On::Feast(Feast::Easter) => easter(year),
            On::Dates { .. } => None,
        }
    }
}

fn civil(weekday: Weekday) -> jiff::civil::Weekday {
    use jiff::civil::Weekday as Civil;
    match weekday {
        Weekday::Monday => Civil::Monday,
        Weekday::Tuesday => Civil::Tuesday,
        Weekday::Wednesday => Civil::Wednesday,
        Weekday::Thursday => Civil::Thursday,
        Weekday::Friday => Civil::Friday,
        Weekday::Saturday => Civil::Saturday,
        Weekday::Sunday => Civil::Sunday,
    }
}

/// Easter Sunday by the Gregorian computus: J. Meeus, "Astronomical Algorithms", 2nd edition,
/// chapter 8 (the anonymous algorithm of 1876).
fn easter(year: i16) -> Option<Date> {
    let year_number = i32::from(year);
    let golden = year_number.rem_euclid(19);
    let (century, of_century) = (year_number.div_euclid(100), year_number.rem_euclid(100));
    let correction = (century - (century + 8).div_euclid(25) + 1).div_euclid(3);
    let epact = (19 * golden + century - century.div_euclid(4) - correction + 15).rem_euclid(30);
    let weekday = (32 + 2 * century.rem_euclid(4) + 2 * of_century.div_euclid(4)
        - epact
        - of_century.rem_euclid(4))
    .rem_euclid(7);
    let late = (golden + 11 * epact + 22 * weekday).div_euclid(451);
    let days = epact + weekday - 7 * late + 114;
    let (month, day) = (days.div_euclid(31), days.rem_euclid(31) + 1);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;

    fn spans(name: &str, from: Date, to: Date) -> Vec<String> {
        let list = built_in();
        let holiday = list.iter().find(|one| one.name == name).unwrap();
        let text = |span: &RangeInclusive<Date>| format!("{} {}", span.start(), span.end());
        holiday.spans(from, to).iter().map(text).collect()
    }

    #[test]
    fn rules_give_the_days_they_are_known_by() {
        let (from, to) = (date(2023, 6, 1), date(2025, 5, 31));
        assert_eq!(
            spans("Black Friday", from, to),
            ["2023-11-24 2023-11-27", "2024-11-29 2024-12-02"]
        );
        assert_eq!(
            spans("Singles' Day", from, to),
            ["2023-11-11 2023-11-11", "2024-11-11 2024-11-11"]
        );
        assert_eq!(spans("618", from, to), ["2023-06-16 2023-06-18", "2024-06-16 2024-06-18"]);
        assert_eq!(
            spans("Lunar New Year", from, to),
            ["2024-02-09 2024-02-16", "2025-01-28 2025-02-04"]
        );
        assert_eq!(
            spans("Mid-Autumn", from, to),
            ["2023-09-29 2023-09-29", "2024-09-17 2024-09-17"]
        );
        assert_eq!(spans("Easter", from, to), ["2024-03-29 2024-04-01", "2025-04-18 2025-04-21"]);
        assert_eq!(
            spans("Christmas", date(2024, 12, 26), date(2024, 12, 31)),
            ["2024-12-24 2024-12-26"]
        );
    }

    /// Years of the earliest and latest Easter, and of both exceptions of the rule (Meeus).
    #[test]
    fn easter_is_right_where_it_is_hard() {
        for (year, month, day) in [
            (1818, 3, 22),
            (1943, 4, 25),
            (1954, 4, 18),
            (1981, 4, 19),
            (2000, 4, 23),
            (2038, 4, 25),
            (2024, 3, 31),
        ] {
            assert_eq!(easter(year), Some(date(year, month, day)));
        }
    }

    #[test]
    fn rows_are_written_as_they_are_read_and_bad_ones_are_refused() {
        let rows = json!([
            {"name": "Sale", "on": {"month": 11, "weekday": "monday", "nth": -1}, "first_day": 0, "last_day": 6},
            {"name": "Outage", "on": {"dates": ["2024-05-03"]}, "first_day": 0, "last_day": 0},
            {"name": "Easter", "on": "easter", "first_day": 0, "last_day": 0},
            {"name": "Moon", "name_zh": "中秋", "on": {"lunar": "mid_autumn"}, "first_day": -1, "last_day": 0},
        ]);
        let read: Vec<Holiday> = serde_json::from_value(rows.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), rows);
        assert!(read.iter().all(|row| row.check().is_ok()));
        let sale = read[0].spans(date(2024, 11, 1), date(2024, 11, 30));
        assert_eq!(sale, [date(2024, 11, 25)..=date(2024, 12, 1)]);
        for bad in [
            json!({"name": "x", "on": {"month": 2, "day": 30}}),
            json!({"name": "", "on": "easter"}),
            json!({"name": "x", "on": {"month": 1, "weekday": "monday", "nth": 6}}),
            json!({"name": "x", "on": {"month": 1, "day": 1}, "first_day": 2, "last_day": 1}),
            json!({"name": "x", "on": {"month": 1, "day": 1}, "last_day": 61}),
            json!({"name": "x", "on": {"dates": []}}),
        ] {
            let row: Holiday = serde_json::from_value(bad.clone()).unwrap();
            assert!(row.check().is_err(), "{bad}");
        }
        let leap = Holiday { on: On::Fixed(Fixed { month: 2, day: 29 }), ..read[2].clone() };
        assert!(leap.check().is_ok());
        assert_eq!(leap.spans(date(2023, 1, 1), date(2024, 12, 31)).len(), 1);
    }

    #[test]
    fn the_built_in_list_holds_in_every_year_of_the_tables() {
        for holiday in built_in() {
            assert!(holiday.check().is_ok() && holiday.name_zh.is_some(), "{}", holiday.name);
            let spans = holiday.spans(date(2000, 1, 1), date(2100, 12, 31));
            assert!(spans.len() >= 101, "{}", holiday.name);
        }
    }
}
