//! The periods of a range as one sorted array of instants, so that folds do no calendar arithmetic.

use jiff::civil::Date;

use super::days::{date_of_number, number_of};
use super::steps::Steps;
use super::zone::nearest;
use super::{Calendar, CalendarError, DAY, HOUR, Micros, Unit};

/// Most periods a range is cut into.
pub const MAX_PERIODS: i64 = 1_000_000;

/// Consecutive periods of one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundaries {
    /// Where each period starts, sorted, and last where the last one ends: one more than there are
    /// periods. Only a date the zone skipped repeats an instant.
    starts: Vec<Micros>,
    /// First civil date of each period.
    dates: Vec<Date>,
    unit: Unit,
    steps: Steps,
}

impl Boundaries {
    fn new(starts: Vec<Micros>, dates: Vec<Date>, unit: Unit) -> Boundaries {
        let steps = Steps::new(&starts);
        Boundaries { starts, dates, unit, steps }
    }

    /// How many periods there are.
    pub fn len(&self) -> usize {
        self.dates.len()
    }

    /// Whether there is no period at all.
    pub fn is_empty(&self) -> bool {
        self.dates.is_empty()
    }

    /// Where each period starts, and last where the last one ends. Sorted.
    pub fn starts(&self) -> &[Micros] {
        &self.starts
    }

    /// The unit of the periods.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// First instant of period `i`.
    pub fn start(&self, i: usize) -> Option<Micros> {
        if i < self.len() { self.starts.get(i).copied() } else { None }
    }

    /// First instant after period `i`.
    pub fn end(&self, i: usize) -> Option<Micros> {
        self.starts.get(i.checked_add(1)?).copied()
    }

    /// First civil date of period `i`, a skipped one included.
    pub fn date(&self, i: usize) -> Option<Date> {
        self.dates.get(i).copied()
    }

    /// The period that holds an instant. Never a skipped date: it holds none.
    #[inline]
    pub fn index_of(&self, ts: Micros) -> Option<usize> {
        let n_begun = self.steps.n_begun(&self.starts, ts);
        n_begun.checked_sub(1).filter(|&index| index < self.len())
    }
}

impl Calendar {
    /// All periods that touch `[from, to)`; none when it is empty.
    ///
    /// # Errors
    /// When there are more than [`MAX_PERIODS`].
    pub fn periods(
        &self,
        unit: Unit,
        from: Micros,
        to: Micros,
    ) -> Result<Boundaries, CalendarError> {
        if from >= to {
            return Ok(Boundaries::new(vec![from], Vec::new(), unit));
        }
        if unit == Unit::Hour {
            return self.hours(from, to);
        }
        self.periods_of_dates(unit, self.date_of(from), self.date_of(to.saturating_sub(1)))
    }

    /// All periods that touch the civil dates `from` to `to`, inclusive, skipped dates among them;
    /// none when `to` is earlier.
    ///
    /// # Errors
    /// When there are more than [`MAX_PERIODS`].
    pub fn periods_of_dates(
        &self,
        unit: Unit,
        from: Date,
        to: Date,
    ) -> Result<Boundaries, CalendarError> {
        if unit == Unit::Hour {
            let end = to.tomorrow().map_or(Micros::MAX, |next| self.start_of_day(next));
            return self.periods(unit, self.start_of_day(from), end);
        }
        let (first, last) = (self.ordinal(unit, from), self.ordinal(unit, to));
        let n_periods = (last - first + 1).max(0);
        refuse_too_many(unit, n_periods)?;
        let ordinals = first..first + n_periods;
        Ok(Boundaries::new(
            self.starts_at(unit, first..=first + n_periods),
            ordinals.map(|i| self.first_date(unit, i)).collect(),
            unit,
        ))
    }

    /// The hours that touch `[from, to)`, which is not empty.
    fn hours(&self, from: Micros, to: Micros) -> Result<Boundaries, CalendarError> {
        let unit = Unit::Hour;
        let (from, to) = (nearest(from), nearest(to));
        // No hour is longer than an hour, so there are at least that many.
        refuse_too_many(unit, (to - from) / HOUR)?;
        let first = self.period_containing(unit, from);
        let mut stretch = self.zone.stretch_containing(first.start);
        let mut starts = vec![first.start];
        let mut dates = vec![first.date];
        let (mut day, mut next) = (number_of(first.date), first.end);
        while next < to {
            if next >= stretch.to {
                stretch = self.zone.stretch_containing(next);
            }
            let shown = stretch.shown_at(next);
            day = day.max(shown.div_euclid(DAY));
            starts.push(next);
            dates.push(date_of_number(day).unwrap_or(Date::MAX));
            next = (next - shown.rem_euclid(HOUR) + HOUR).min(stretch.to);
        }
        starts.push(next);
        refuse_too_many(unit, i64::try_from(dates.len()).unwrap_or(i64::MAX))?;
        Ok(Boundaries::new(starts, dates, unit))
    }
}

fn refuse_too_many(unit: Unit, n_periods: i64) -> Result<(), CalendarError> {
    if n_periods > MAX_PERIODS {
        return Err(CalendarError::TooManyPeriods { unit, n_periods });
    }
    Ok(())
}
