//! Festivals of the lunar calendar, 2000 to 2100: a table, because that is what is official.
//!
//! Lunar months begin with the new moon at 120° east. Where it falls within minutes of midnight
//! (lunar new year 2027, 2028 and 2030, mid-autumn 2089) common software is a day or a month off.
//! Source: Hong Kong Observatory, Gregorian-Lunar Calendar Conversion Table,
//! <https://www.hko.gov.hk/en/gts/time/conversion.htm>, which says of mid-autumn 2089 that it may
//! turn out a day later.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// First year of the tables.
const FIRST_YEAR: i16 = 2000;

/// A festival of the lunar calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = HolidayLunar)]
#[serde(rename_all = "snake_case")]
pub enum Lunar {
    /// 春节, the first day of the first month.
    NewYear,
    /// 端午, the fifth of the fifth.
    DragonBoat,
    /// 七夕, the seventh of the seventh.
    Qixi,
    /// 中秋, the fifteenth of the eighth.
    MidAutumn,
}

/// Days from 20 January.
#[rustfmt::skip]
const NEW_YEAR: [u8; 101] = [
    16, 4, 23, 12, 2, 20, 9, 29, 18, 6, 25, 14, 3, 21, 11, 30, 19, 8, 27, 16, 5, 23, 12, 2, 21, 9,
    28, 17, 6, 24, 14, 3, 22, 11, 30, 19, 8, 26, 15, 4, 23, 12, 2, 21, 10, 28, 17, 6, 25, 13, 3, 22,
    12, 30, 19, 8, 26, 15, 4, 23, 13, 1, 20, 9, 28, 16, 6, 25, 14, 3, 22, 11, 30, 18, 7, 26, 16, 4,
    23, 13, 2, 20, 9, 28, 17, 6, 25, 14, 4, 21, 10, 29, 18, 7, 26, 16, 5, 23, 12, 1, 20,
];

/// Days from 27 May.
#[rustfmt::skip]
const DRAGON_BOAT: [u8; 101] = [
    10, 29, 19, 8, 26, 15, 4, 23, 12, 1, 20, 10, 27, 16, 6, 24, 13, 3, 22, 11, 29, 18, 7, 26, 14, 4,
    23, 13, 1, 20, 9, 28, 16, 5, 24, 14, 3, 22, 11, 0, 18, 7, 26, 15, 4, 23, 12, 2, 19, 8, 27, 17,
    5, 24, 14, 3, 21, 10, 29, 18, 7, 26, 15, 5, 23, 12, 1, 20, 8, 27, 17, 6, 24, 14, 3, 21, 10, 28,
    18, 8, 26, 15, 5, 23, 11, 0, 19, 9, 27, 17, 6, 25, 13, 2, 21, 10, 28, 18, 8, 27, 16,
];

/// Days from 31 July.
#[rustfmt::skip]
const QIXI: [u8; 101] = [
    6, 25, 15, 4, 22, 11, 0, 19, 7, 26, 16, 6, 23, 13, 2, 20, 9, 28, 17, 7, 25, 14, 4, 22, 10, 29,
    19, 8, 26, 16, 5, 24, 12, 1, 20, 10, 28, 17, 7, 26, 14, 3, 22, 11, 0, 19, 8, 27, 16, 5, 23, 12,
    1, 20, 10, 29, 17, 6, 25, 14, 2, 21, 11, 1, 19, 8, 27, 16, 4, 23, 12, 2, 20, 10, 28, 18, 6, 24,
    14, 3, 21, 11, 0, 19, 8, 26, 15, 5, 23, 12, 2, 21, 9, 28, 17, 6, 24, 13, 3, 22, 12,
];

/// Days from 6 September.
#[rustfmt::skip]
const MID_AUTUMN: [u8; 101] = [
    6, 25, 15, 5, 22, 12, 30, 19, 8, 27, 16, 6, 24, 13, 2, 21, 9, 28, 18, 7, 25, 15, 4, 23, 11, 30,
    19, 9, 27, 16, 6, 25, 13, 2, 21, 10, 28, 18, 7, 26, 14, 4, 22, 11, 29, 19, 9, 28, 16, 5, 24, 13,
    1, 20, 10, 29, 18, 7, 26, 15, 3, 22, 11, 30, 19, 9, 27, 17, 5, 23, 13, 2, 20, 10, 29, 18, 6, 25,
    14, 4, 22, 11, 30, 20, 8, 27, 16, 5, 23, 12, 2, 21, 10, 29, 18, 7, 24, 14, 3, 23, 12,
];

impl Lunar {
    /// Its date in a year; `None` outside 2000 to 2100.
    pub fn date(self, year: i16) -> Option<Date> {
        let (table, month, day) = match self {
            Lunar::NewYear => (&NEW_YEAR, 1, 20),
            Lunar::DragonBoat => (&DRAGON_BOAT, 5, 27),
            Lunar::Qixi => (&QIXI, 7, 31),
            Lunar::MidAutumn => (&MID_AUTUMN, 9, 6),
        };
        let place = usize::try_from(year.checked_sub(FIRST_YEAR)?).ok()?;
        let n_days = *table.get(place)?;
        let base = Date::new(year, month, day).ok()?;
        base.checked_add(jiff::Span::new().days(i64::from(n_days))).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Dates as the State Council and the Hong Kong Observatory announced them.
    #[test]
    fn known_years_are_right_those_near_midnight_among_them() {
        for (festival, date) in [
            (Lunar::NewYear, "2000-02-05"),
            (Lunar::NewYear, "2024-02-10"),
            (Lunar::NewYear, "2025-01-29"),
            (Lunar::NewYear, "2027-02-06"),
            (Lunar::NewYear, "2030-02-03"),
            (Lunar::NewYear, "2033-01-31"),
            (Lunar::NewYear, "2100-02-09"),
            (Lunar::DragonBoat, "2013-06-12"),
            (Lunar::DragonBoat, "2024-06-10"),
            (Lunar::Qixi, "2024-08-10"),
            (Lunar::MidAutumn, "2020-10-01"),
            (Lunar::MidAutumn, "2024-09-17"),
            (Lunar::MidAutumn, "2025-10-06"),
            (Lunar::MidAutumn, "2089-09-18"),
        ] {
            let date: Date = date.parse().unwrap();
            assert_eq!(festival.date(date.year()), Some(date));
        }
        assert_eq!((Lunar::Qixi.date(1999), Lunar::Qixi.date(2101)), (None, None));
    }

    /// Twelve or thirteen lunar months lie between two new years, and whole ones between the
    /// festivals of a year, but for the days of the month: of 29.53 days each, no date can be far
    /// from where that puts it.
    #[test]
    fn the_tables_keep_the_months_of_the_moon() {
        let all =
            [(Lunar::NewYear, 1), (Lunar::DragonBoat, 5), (Lunar::Qixi, 7), (Lunar::MidAutumn, 15)];
        for (festival, day) in all {
            for year in 2000..=2100 {
                let date = festival.date(year).unwrap();
                let first = date.checked_sub(jiff::Span::new().days(i64::from(day - 1))).unwrap();
                // The new moon of 2000-01-06 18:14 UTC is 2:14 of 7 January at 120° east.
                let since = jiff::civil::date(2000, 1, 7).until(first).unwrap().get_days();
                let months = f64::from(since) / 29.530_588_86;
                let off = (months - months.round()).abs() * 29.53;
                assert!(off < 1.6, "{festival:?} of {year}: {date} is {off} days off");
            }
        }
    }
}
