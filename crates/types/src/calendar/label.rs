//! The names of periods as they stand on axes and in tables.

use jiff::civil::Date;

use super::days::date_of_number;
use super::period::time_of;
use super::zone::nearest;
use super::{Calendar, DAY, Micros, SECOND, Unit, Weekday};

impl Calendar {
    /// The name of the period that starts at `start`.
    ///
    /// | unit | name |
    /// |---|---|
    /// | hour | `2010-12-01T05:00+00:00`, the wall clock and its offset |
    /// | day | `2010-12-01` |
    /// | week | `2010-W49` (ISO 8601) when weeks start on Monday, else its first date |
    /// | month | `2010-12` |
    /// | quarter | `2010-Q4`; `FY2011-Q1` when the fiscal year does not start in January |
    /// | year | `2010`; `FY2011`, by the year in which it ends |
    pub fn label(&self, unit: Unit, start: Micros) -> String {
        match unit {
            Unit::Hour => self.hour_label(start),
            _ => self.label_of_date(unit, self.date_of(start)),
        }
    }

    /// The name of the period a civil date lies in; for hours, of the day. It is the way to name a
    /// date the zone skipped, which shares its instant with the next.
    pub fn label_of_date(&self, unit: Unit, date: Date) -> String {
        let ordinal = self.ordinal(unit, date);
        let has_fiscal_year = self.fiscal_shift() != 0;
        match unit {
            Unit::Hour | Unit::Day => date.to_string(),
            Unit::Week if self.week_start == Weekday::Monday => {
                let week = date.iso_week_date();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            Unit::Week => self.first_date(unit, ordinal).to_string(),
            Unit::Month => format!("{:04}-{:02}", date.year(), date.month()),
            Unit::Quarter => {
                let (year, quarter) = (ordinal.div_euclid(4), ordinal.rem_euclid(4) + 1);
                if has_fiscal_year {
                    format!("FY{:04}-Q{quarter}", year + 1)
                } else {
                    format!("{year:04}-Q{quarter}")
                }
            }
            Unit::Year if has_fiscal_year => format!("FY{:04}", ordinal + 1),
            Unit::Year => format!("{ordinal:04}"),
        }
    }

    fn hour_label(&self, start: Micros) -> String {
        let at = nearest(start);
        let stretch = self.zone.stretch_containing(at);
        let shown = stretch.shown_at(at);
        let date = date_of_number(shown.div_euclid(DAY)).unwrap_or_default();
        let time = time_of(shown);
        let seconds = match time.second() {
            0 => String::new(),
            second => format!(":{second:02}"),
        };
        let offset = offset_label(stretch.offset);
        format!("{date}T{:02}:{:02}{seconds}{offset}", time.hour(), time.minute())
    }
}

/// An offset as `+05:30`; with seconds where local mean time has them.
fn offset_label(offset: Micros) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let seconds = (offset / SECOND).abs();
    let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if rest == 0 {
        format!("{sign}{hours:02}:{minutes:02}")
    } else {
        format!("{sign}{hours:02}:{minutes:02}:{rest:02}")
    }
}
