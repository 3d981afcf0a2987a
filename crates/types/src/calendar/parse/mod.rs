//! Written times as instants, tens of millions of them: the times of imported rows.
//!
//! A text that carries an offset or a `Z` is that instant. A naive one is read in the zone: an hour
//! the clocks repeated is taken the first time, a time they skipped is an error. A date alone means
//! the first instant of that date.
//!
//! Limits: seconds are kept to the microsecond, what is finer is cut off; a leap second `:60` is
//! read as `:59`.

mod format;
mod iso;
mod offsets;
mod pattern;
mod sniff;

pub use format::DateFormat;
pub use sniff::{Sniffed, sniff_format};

use super::days::date_of_number;
use super::error::shown;
use super::{Calendar, CalendarError, DAY, LINE, Micros, Zone};
use offsets::Offsets;
use pattern::Pattern;

/// What a text says before the zone is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// An instant.
    Instant(Micros),
    /// A wall-clock time, in microseconds since 1970-01-01T00:00 on that clock.
    Local(Micros),
    /// A date alone, as the wall-clock time of its midnight.
    Date(Micros),
}

/// Why a text says nothing; [`CivilParser::parse`] adds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Empty,
    NotATime,
    AmbiguousDate,
    NoSuchTime,
    OutOfRange,
}

/// How texts are read, made ready for many of them.
#[derive(Clone, Debug)]
enum Reader {
    Iso,
    Pattern(Pattern),
    /// A count of units that have this many microseconds.
    Unix(Micros),
}

impl Reader {
    fn new(format: &DateFormat) -> Result<Reader, CalendarError> {
        Ok(match format {
            DateFormat::Auto => Reader::Iso,
            DateFormat::Explicit(pattern) => Reader::Pattern(Pattern::new(pattern)?),
            DateFormat::UnixSeconds => Reader::Unix(1_000_000),
            DateFormat::UnixMillis => Reader::Unix(1_000),
            DateFormat::UnixMicros => Reader::Unix(1),
        })
    }

    fn read(&self, text: &str) -> Result<Moment, Fault> {
        let text = text.trim_ascii();
        if text.is_empty() {
            return Err(Fault::Empty);
        }
        match self {
            Reader::Iso => iso::read(text.as_bytes()),
            Reader::Pattern(pattern) => pattern.read(text),
            Reader::Unix(unit) => iso::read_count(text.as_bytes(), *unit).map(Moment::Instant),
        }
    }
}

/// Reads the times of one column.
///
/// It remembers the offsets of the zone it has met, so that a row costs no look-up in the zone's
/// rules. Not shared between threads: clone one for each.
#[derive(Clone, Debug)]
pub struct CivilParser {
    calendar: Calendar,
    format: DateFormat,
    reader: Reader,
    offsets: Offsets,
}

impl CivilParser {
    /// A parser for times written so, naive ones in that zone.
    ///
    /// # Errors
    /// When an explicit pattern is not usable.
    pub fn new(zone: &Zone, format: &DateFormat) -> Result<CivilParser, CalendarError> {
        Ok(CivilParser {
            calendar: Calendar { zone: zone.clone(), ..Calendar::default() },
            format: format.clone(),
            reader: Reader::new(format)?,
            offsets: Offsets::default(),
        })
    }

    /// The instant a text means. Blanks around it are ignored.
    ///
    /// # Errors
    /// When the text does not follow the format, or names a time that does not exist, in the
    /// calendar or in the zone.
    pub fn parse(&mut self, text: &str) -> Result<Micros, CalendarError> {
        let moment = self.reader.read(text).map_err(|fault| self.explain(fault, text))?;
        let found = match moment {
            Moment::Instant(ts) => Some(ts),
            Moment::Local(local) => self.offsets.resolve(&self.calendar.zone, local),
            Moment::Date(midnight) => self.start_of_date(midnight),
        };
        let ts = found.ok_or_else(|| self.skipped(text))?;
        if !LINE.contains(&ts) {
            return Err(self.explain(Fault::OutOfRange, text));
        }
        Ok(ts)
    }

    /// The first instant of a date, which is not its midnight where clocks jump over that; none
    /// when they skipped the whole date.
    fn start_of_date(&mut self, midnight: Micros) -> Option<Micros> {
        let found = self.offsets.resolve(&self.calendar.zone, midnight);
        found.or_else(|| {
            let date = date_of_number(midnight.div_euclid(DAY))?;
            let start = self.calendar.start_of_day(date);
            (self.calendar.date_of(start) == date).then_some(start)
        })
    }

    #[cold]
    fn explain(&self, fault: Fault, text: &str) -> CalendarError {
        let text = shown(text.trim_ascii());
        match fault {
            Fault::Empty => CalendarError::EmptyTime,
            Fault::NotATime => CalendarError::NotATime { text, format: self.format.described() },
            Fault::AmbiguousDate => CalendarError::AmbiguousDate(text),
            Fault::NoSuchTime => CalendarError::NoSuchTime(text),
            Fault::OutOfRange => CalendarError::OutOfRange(text),
        }
    }

    #[cold]
    fn skipped(&self, text: &str) -> CalendarError {
        CalendarError::SkippedTime {
            text: shown(text.trim_ascii()),
            zone: self.calendar.zone.name().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
