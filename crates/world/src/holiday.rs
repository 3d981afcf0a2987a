//! Holidays as spans of days that multiply what customers do: 11.11, Christmas, lunar new year.
//!
//! The lunar new year is a table, not a formula: it follows the new moon at 120° east, and the
//! two new moons within minutes of midnight (2027, 2030) are got wrong by common software.
//! Limit: the table covers 2000 to 2050, and so does every world.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// First year of the table.
pub(crate) const FIRST_YEAR: i16 = 2000;

/// (month, day) of the lunar new year from 2000 on. Source: Hong Kong Observatory,
/// Gregorian-Lunar Calendar Conversion Table, <https://www.hko.gov.hk/en/gts/time/conversion.htm>.
#[rustfmt::skip]
const LUNAR_NEW_YEAR: [(i8, i8); 51] = [
    (2, 5), (1, 24), (2, 12), (2, 1), (1, 22), (2, 9), (1, 29), (2, 18), (2, 7), (1, 26),
    (2, 14), (2, 3), (1, 23), (2, 10), (1, 31), (2, 19), (2, 8), (1, 28), (2, 16), (2, 5),
    (1, 25), (2, 12), (2, 1), (1, 22), (2, 10), (1, 29), (2, 17), (2, 6), (1, 26), (2, 13),
    (2, 3), (1, 23), (2, 11), (1, 31), (2, 19), (2, 8), (1, 28), (2, 15), (2, 4), (1, 24),
    (2, 12), (2, 1), (1, 22), (2, 10), (1, 30), (2, 17), (2, 6), (1, 26), (2, 14), (2, 2),
    (1, 23),
];

/// Last year of the table.
pub(crate) const LAST_YEAR: i16 = FIRST_YEAR + LUNAR_NEW_YEAR.len() as i16 - 1;

/// The first day of the lunar year that begins in `year`; `None` outside 2000–2050.
pub fn lunar_new_year(year: i16) -> Option<Date> {
    let place = usize::try_from(year.checked_sub(FIRST_YEAR)?).ok()?;
    let &(month, day) = LUNAR_NEW_YEAR.get(place)?;
    Date::new(year, month, day).ok()
}

/// What a holiday is tied to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Anchor {
    /// The same month and day every year.
    Fixed(i8, i8),
    /// The first day of the lunar year.
    LunarNewYear,
}

/// A holiday of every year: days `first..=last` from its anchor, with their factor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    pub(crate) anchor: Anchor,
    pub(crate) first: i32,
    pub(crate) last: i32,
    pub(crate) factor: f64,
}

/// A holiday of one year, as planted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Holiday {
    /// Its name.
    pub name: String,
    /// First day it changes anything.
    pub first: Date,
    /// Last day, inclusive.
    pub last: Date,
    /// What it multiplies activity by.
    pub factor: f64,
}

/// The holidays that touch `first..=last`, in order of their first day.
pub(crate) fn holidays(rules: &[Rule], first: Date, last: Date) -> Vec<Holiday> {
    // A span may begin in the year before or end in the year after.
    let mut found: Vec<Holiday> = (first.year() - 1..=last.year() + 1)
        .flat_map(|year| rules.iter().filter_map(move |rule| holiday(rule, year)))
        .filter(|holiday| holiday.first <= last && holiday.last >= first)
        .collect();
    found.sort_by(|left, right| (left.first, &left.name).cmp(&(right.first, &right.name)));
    found
}

fn holiday(rule: &Rule, year: i16) -> Option<Holiday> {
    let anchor = match rule.anchor {
        Anchor::Fixed(month, day) => Date::new(year, month, day).ok()?,
        Anchor::LunarNewYear => lunar_new_year(year)?,
    };
    Some(Holiday {
        name: rule.name.to_owned(),
        first: anchor.checked_add(rule.first.days()).ok()?,
        last: anchor.checked_add(rule.last.days()).ok()?,
        factor: rule.factor,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn lunar_new_years_lie_between_21_january_and_21_february() {
        for year in FIRST_YEAR..=LAST_YEAR {
            let day = lunar_new_year(year).unwrap();
            assert!(day >= date(year, 1, 21) && day <= date(year, 2, 21), "{day}");
        }
        assert_eq!(lunar_new_year(1999), None);
        assert_eq!(lunar_new_year(2051), None);
        assert_eq!(lunar_new_year(i16::MIN), None);
    }

    /// A lunar year has 12 or 13 months of 29.53 days: 353 to 355 or 383 to 385 days.
    #[test]
    fn lunar_years_have_whole_months() {
        for year in FIRST_YEAR..LAST_YEAR {
            let length = lunar_new_year(year + 1).unwrap() - lunar_new_year(year).unwrap();
            let days = length.get_days();
            assert!((353..=355).contains(&days) || (383..=385).contains(&days), "{year}: {days}");
        }
    }

    #[test]
    fn a_span_over_new_year_is_found_from_both_sides() {
        let rule =
            Rule { name: "x", anchor: Anchor::Fixed(12, 31), first: 0, last: 2, factor: 2.0 };
        for day in [date(2023, 12, 31), date(2024, 1, 2)] {
            assert_eq!(holidays(&[rule], day, day).len(), 1);
        }
        assert!(holidays(&[rule], date(2024, 1, 3), date(2024, 1, 3)).is_empty());
    }
}
