//! Civil time for the oracle: jiff's wall clock, walked minute by minute where clocks were moved.
//!
//! A day begins at the first minute whose date has reached it; an hour begins where the minute hand
//! shows zero or the clocks were moved.

use std::cell::RefCell;
use std::collections::HashMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};
use perennial_types::calendar::{Unit, Weekday};

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;

thread_local! {
    static STARTS: RefCell<HashMap<(String, Date), i64>> = RefCell::default();
}

/// A calendar.
pub struct Civil {
    zone: String,
    rules: TimeZone,
    week_start: i32,
    fiscal_month: i8,
}

impl Civil {
    pub fn new(zone: &str, week_start: Weekday, fiscal_year_start: u8) -> Civil {
        let rules = TimeZone::get(zone).expect("a known zone");
        let fiscal_month = fiscal_year_start as i8;
        Civil { zone: zone.to_owned(), rules, week_start: week_start as i32, fiscal_month }
    }

    fn shown(&self, ts: i64) -> jiff::civil::DateTime {
        self.rules.to_datetime(Timestamp::from_microsecond(ts).expect("an instant"))
    }

    fn offset(&self, ts: i64) -> i64 {
        let at = Timestamp::from_microsecond(ts).expect("an instant");
        i64::from(self.rules.to_offset(at).seconds()) * 1_000_000
    }

    /// The first instant of a date.
    pub fn start_of(&self, date: Date) -> i64 {
        let key = (self.zone.clone(), date);
        if let Some(known) = STARTS.with_borrow(|starts| starts.get(&key).copied()) {
            return known;
        }
        let midnight = date.to_zoned(TimeZone::UTC).expect("a date").timestamp().as_microsecond();
        let offsets: Vec<i64> =
            (-17..15).map(|hours| self.offset(midnight + hours * HOUR)).collect();
        let mut ts = midnight - offsets[0];
        if offsets.iter().any(|offset| *offset != offsets[0]) {
            ts = midnight - 16 * HOUR;
            while self.shown(ts).date() < date {
                ts += MINUTE;
            }
        }
        STARTS.with_borrow_mut(|starts| starts.insert(key, ts));
        ts
    }

    /// The date of an instant.
    pub fn date_of(&self, ts: i64) -> Date {
        let mut date = self.shown(ts).date() + 1.day();
        while self.start_of(date) > ts {
            date -= 1.day();
        }
        date
    }

    /// The first date of the period of a date.
    pub fn first_of(&self, unit: Unit, date: Date) -> Date {
        let months_back = |size: i8| (date.month() - self.fiscal_month).rem_euclid(size);
        match unit {
            Unit::Hour | Unit::Day => date,
            Unit::Week => {
                let weekday = i32::from(date.weekday().to_monday_zero_offset());
                date - (weekday - self.week_start).rem_euclid(7).days()
            }
            Unit::Month => date.first_of_month(),
            Unit::Quarter => date.first_of_month() - i32::from(months_back(3)).months(),
            Unit::Year => date.first_of_month() - i32::from(months_back(12)).months(),
        }
    }

    /// The first date of the period `n` after the one that begins on `first`.
    pub fn after(&self, unit: Unit, first: Date, n: i64) -> Date {
        first + span(unit) * n
    }

    /// Periods from that of one date to that of another, not earlier, one.
    pub fn between(&self, unit: Unit, from: Date, to: Date) -> i64 {
        let (first, last) = (self.first_of(unit, from), self.first_of(unit, to));
        (0..).find(|n| self.after(unit, first, *n) >= last).expect("a later date")
    }

    fn is_full_hour(&self, ts: i64) -> bool {
        self.shown(ts).minute() == 0 || self.offset(ts) != self.offset(ts - MINUTE)
    }

    /// Where hours begin, from the hour that holds `from` to the first one at or after `to`.
    pub fn hours(&self, from: i64, to: i64) -> Vec<i64> {
        let mut ts = from.div_euclid(MINUTE) * MINUTE;
        while !self.is_full_hour(ts) {
            ts -= MINUTE;
        }
        let mut hours = vec![ts];
        while ts < to {
            let next = ts + (60 - i64::from(self.shown(ts).minute())) * MINUTE;
            ts += MINUTE;
            if self.offset(next) == self.offset(ts - MINUTE) {
                ts = next;
            }
            if self.is_full_hour(ts) {
                hours.push(ts);
            }
        }
        hours
    }

    /// What a row of one hour is called.
    pub fn hour_name(&self, ts: i64) -> String {
        let zoned =
            Timestamp::from_microsecond(ts).expect("an instant").to_zoned(self.rules.clone());
        zoned.strftime("%Y-%m-%dT%H:%M%:z").to_string()
    }
}

fn span(unit: Unit) -> Span {
    match unit {
        Unit::Hour | Unit::Day => 1.day(),
        Unit::Week => 7.days(),
        Unit::Month => 1.month(),
        Unit::Quarter => 3.months(),
        Unit::Year => 12.months(),
    }
}
