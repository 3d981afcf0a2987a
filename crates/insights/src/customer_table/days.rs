//! Civil days by number, with their weekday and the quarters they are cut into.
//!
//! Numbers are differences of civil dates, skipped ones included, so a difference of numbers is a
//! number of days. Everything is looked up: no calendar arithmetic per event.

use std::ops::Range;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZoneDatabase;
use perennial_types::calendar::{Boundaries, Calendar, CalendarError, Micros, Unit};

/// Hours at which the quarters of a day after the first begin.
const QUARTERS: [i8; 3] = [6, 12, 18];

/// The days of a range.
#[derive(Clone, Debug)]
pub struct Days {
    boundaries: Boundaries,
    first: Date,
    weekend: Vec<bool>,
    quarters: Vec<[Micros; 3]>,
}

impl Days {
    /// The days from a date to another; quarters are worked out where `with_quarters`.
    ///
    /// # Errors
    /// When there are too many.
    pub fn new(
        calendar: &Calendar,
        first: Date,
        last: Date,
        with_quarters: bool,
    ) -> Result<Days, CalendarError> {
        let boundaries = calendar.periods_of_dates(Unit::Day, first, last)?;
        let dates = (0..boundaries.len()).filter_map(|day| boundaries.date(day));
        let is_weekend = |date: Date| matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        let weekend = dates.clone().map(is_weekend).collect();
        let zone = TimeZoneDatabase::bundled().get(calendar.zone.name()).ok();
        let quarter = |(day, date): (usize, Date)| {
            let begin = boundaries.start(day).unwrap_or_default();
            let end = boundaries.end(day).unwrap_or(Micros::MAX);
            QUARTERS.map(|hour| {
                let zoned = zone
                    .as_ref()
                    .and_then(|zone| date.at(hour, 0, 0, 0).to_zoned(zone.clone()).ok());
                zoned.map_or(end, |zoned| zoned.timestamp().as_microsecond()).clamp(begin, end)
            })
        };
        let quarters = match with_quarters {
            true => dates.enumerate().map(quarter).collect(),
            false => Vec::new(),
        };
        Ok(Days { boundaries, first, weekend, quarters })
    }

    /// Where the days start, and where the last ends.
    pub fn starts(&self) -> &[Micros] {
        self.boundaries.starts()
    }

    /// Where the quarters of all days start, and where the last ends; none unless worked out.
    pub fn quarters(&self) -> Vec<Micros> {
        let days = self.boundaries.starts().iter().zip(&self.quarters);
        let quarters = days.flat_map(|(start, later)| [&[*start], later.as_slice()].concat());
        quarters.chain(self.boundaries.starts().last().copied()).collect()
    }

    /// The date of the first day.
    pub fn first(&self) -> Date {
        self.first
    }

    /// The number of a date.
    pub fn number(&self, calendar: &Calendar, date: Date) -> i32 {
        calendar.periods_between(Unit::Day, self.first, date) as i32
    }

    /// The day of an instant; the nearest one outside of the range.
    pub fn index_of(&self, ts: Micros) -> i32 {
        let last = self.boundaries.len().saturating_sub(1);
        let is_before = self.boundaries.start(0).is_some_and(|start| ts < start);
        let nearest = if is_before { 0 } else { last };
        self.boundaries.index_of(ts).unwrap_or(nearest) as i32
    }

    /// The instants of a day.
    pub fn span(&self, day: i32) -> Range<Micros> {
        let bounds = usize::try_from(day)
            .ok()
            .and_then(|day| Some(self.boundaries.start(day)?..self.boundaries.end(day)?));
        bounds.unwrap_or(0..0)
    }

    /// Whether a day is a Saturday or a Sunday.
    pub fn is_weekend(&self, day: i32) -> bool {
        self.weekend.get(day as usize).copied().unwrap_or_default()
    }

    /// The quarter of its day an instant lies in, 0 to 3.
    pub fn part(&self, day: i32, ts: Micros) -> usize {
        let quarters = self.quarters.get(day as usize);
        quarters.map_or(0, |begins| begins.iter().filter(|begin| **begin <= ts).count())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use perennial_testkit::instant;
    use perennial_types::calendar::{Weekday, Zone};

    use super::*;

    #[test]
    fn quarters_follow_the_wall_clock_of_days_of_23_and_25_hours() {
        let calendar = Calendar {
            zone: Zone::named("Europe/Berlin").unwrap(),
            week_start: Weekday::Monday,
            fiscal_year_start: 1,
        };
        let days = Days::new(&calendar, date(2024, 3, 30), date(2024, 11, 1), true).unwrap();
        for (text, quarter) in [
            ("2024-03-31T05:59+02:00", 0),
            ("2024-03-31T06:00+02:00", 1),
            ("2024-03-31T18:00+02:00", 3),
            ("2024-10-27T05:59+01:00", 0),
            ("2024-10-27T06:00+01:00", 1),
            ("2024-10-27T11:59+01:00", 1),
        ] {
            let ts = instant(&text.replacen("+", ":00+", 1));
            let day = days.index_of(ts);
            assert_eq!(days.part(day, ts), quarter, "{text}");
            assert!(days.is_weekend(day) && days.span(day).contains(&ts));
        }
        assert_eq!(days.number(&calendar, date(2024, 4, 1)), 2);
    }
}
