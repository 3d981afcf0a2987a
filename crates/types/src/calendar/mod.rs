//! The civil calendar: which day, week, month or fiscal year an instant belongs to, in any zone.
//!
//! Answers "when does December begin for a shop in Cairo?" and "which row of the triangle is this
//! order in?". An instant is a count of microseconds since the epoch, UTC ([`Micros`]); everything
//! civil goes through a [`Calendar`], which is a [`Zone`], the first day of the week and the first
//! month of the fiscal year.
//!
//! ```
//! use perennial_types::calendar::{Calendar, Unit, Weekday, Zone};
//! let calendar = Calendar::new(Zone::named("Europe/London")?, Weekday::Monday, 1)?;
//! let order = calendar.parse_civil("2011-03-27 12:00", &"auto".parse()?)?;
//! let day = calendar.period_containing(Unit::Day, order);
//! assert_eq!((day.end - day.start) / 3_600_000_000, 23); // the clocks went forward
//! assert_eq!(calendar.label(Unit::Week, day.start), "2011-W12");
//! # Ok::<(), perennial_types::calendar::CalendarError>(())
//! ```
//!
//! Three rules hold everywhere:
//!
//! * **Periods tile the line.** Every period begins where the one before it ends. A day begins at
//!   the first instant whose civil date has reached it, so a clock set back over midnight does not
//!   reopen yesterday, and a date that a zone skipped (Samoa, 2011-12-30) is a day of length zero.
//! * **A period index is a difference of civil dates**, never of seconds. Skipped dates keep their
//!   place, so the day `k` after day `i` is always `i + k`.
//! * **Hours are elapsed hours cut at the zone's wall clock.** A day of 25 hours has 25 of them, a
//!   day of 23 has 23, and where clocks move by half an hour one hour is that much shorter.
//!
//! Limits: the years -9999 to 9999; an instant outside them is taken for the nearest one inside.
//! Time zone data are those compiled into the binary: nothing is read from the machine.

mod boundaries;
mod days;
mod error;
mod label;
mod parse;
mod period;
mod steps;
mod unit;
mod zone;

pub use boundaries::{Boundaries, MAX_PERIODS};
pub use error::CalendarError;
pub use jiff::civil::{Date, Time};
pub use parse::{CivilParser, DateFormat, Sniffed, sniff_format};
pub use period::{Calendar, Period};
pub use unit::{Unit, Weekday};
pub use zone::Zone;

/// Microseconds since 1970-01-01T00:00:00Z.
pub type Micros = i64;

/// Microseconds in a second.
const SECOND: Micros = 1_000_000;
/// Microseconds in an hour.
const HOUR: Micros = 3_600 * SECOND;
/// Microseconds in 24 hours.
const DAY: Micros = 24 * HOUR;

/// First and last instant of the calendar: those of [`jiff::Timestamp`].
const LINE: std::ops::RangeInclusive<Micros> =
    -377_705_023_201 * SECOND..=253_402_207_200 * SECOND + 999_999;

#[cfg(test)]
mod tests;
