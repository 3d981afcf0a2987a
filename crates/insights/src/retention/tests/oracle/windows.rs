//! Rows and windows for the oracle.

use jiff::ToSpan;
use jiff::civil::Date;
use perennial_testkit::World;
use perennial_types::calendar::Unit;

use super::civil::Civil;
use crate::retention::{Own, Period, RetentionQuestion, Window};

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// A row.
pub struct Row {
    pub name: String,
    pub start: i64,
    pub end: i64,
    /// First and last date, unless it is an hour.
    dates: Option<(Date, Date)>,
}

/// How the time after a start is cut.
pub struct Windows<'a> {
    civil: &'a Civil,
    unit: Option<Unit>,
    is_civil: bool,
    /// Units before each window; a window more than there are columns.
    brackets: Option<Vec<i64>>,
    hours: Vec<i64>,
    pub n_columns: u32,
}

/// Length of the rows.
pub fn row_unit(question: &RetentionQuestion) -> Unit {
    question.rows.unwrap_or(match &question.period {
        Period::Unit(unit) | Period::Brackets { unit, .. } => *unit,
        Period::Own(Own::PurchaseCycle) => Unit::Month,
    })
}

/// The rows of a question.
pub fn rows(civil: &Civil, question: &RetentionQuestion, world: &World, as_of: i64) -> Vec<Row> {
    let instants = || world.events.iter().map(|event| event.ts);
    let last = instants().max().unwrap_or(as_of - 1).min(as_of - 1);
    let first = instants().min().unwrap_or(as_of - 1).min(last);
    let from = question.from.unwrap_or_else(|| civil.date_of(first));
    let to = question.to.unwrap_or_else(|| civil.date_of(last)).max(from);
    let unit = row_unit(question);
    if unit == Unit::Hour {
        let (start, end) = (civil.start_of(from), civil.start_of(to + 1.day()));
        let hours = civil.hours(start, end);
        let pairs = hours.windows(2).filter(|pair| pair[0] < end);
        return pairs
            .map(|pair| Row {
                name: civil.hour_name(pair[0]),
                start: pair[0],
                end: pair[1],
                dates: None,
            })
            .collect();
    }
    let mut rows = Vec::new();
    let mut date = civil.first_of(unit, from);
    while date <= to {
        let next = civil.after(unit, date, 1);
        rows.push(Row {
            name: date.to_string(),
            start: civil.start_of(date),
            end: civil.start_of(next),
            dates: Some((date, next - 1.day())),
        });
        date = next;
    }
    rows
}

impl<'a> Windows<'a> {
    pub fn new(
        civil: &'a Civil,
        question: &RetentionQuestion,
        rows: &[Row],
        as_of: i64,
    ) -> Windows<'a> {
        let (unit, brackets) = match &question.period {
            Period::Unit(unit) => (Some(*unit), None),
            Period::Own(Own::PurchaseCycle) => (None, None),
            Period::Brackets { brackets, unit } => {
                let mut before = vec![0, 1];
                for size in brackets {
                    before.push(before[before.len() - 1] + i64::from(*size));
                }
                (Some(*unit), Some(before))
            }
        };
        let n_columns = match &brackets {
            Some(before) => before.len() as u32 - 1,
            None => question.periods.unwrap_or(12),
        };
        let is_civil = question.window == Window::Calendar && unit.is_some();
        let hours = match unit {
            Some(Unit::Hour) if is_civil && !rows.is_empty() => civil
                .hours(rows[0].start - 2 * HOUR, as_of.max(rows[rows.len() - 1].end) + 2 * HOUR),
            _ => Vec::new(),
        };
        Windows { civil, unit, is_civil, brackets, hours, n_columns }
    }

    fn length(&self, cycle: i64) -> i64 {
        match self.unit {
            None => cycle,
            Some(Unit::Hour) => HOUR,
            Some(Unit::Day) => DAY,
            Some(Unit::Week) => 7 * DAY,
            Some(Unit::Month) => 30 * DAY,
            Some(Unit::Quarter) => 90 * DAY,
            Some(Unit::Year) => 365 * DAY,
        }
    }

    fn civil_unit(&self) -> Option<Unit> {
        self.unit.filter(|_| self.is_civil)
    }

    /// The window of a return.
    pub fn of(&self, anchor: i64, ts: i64, cycle: i64) -> i64 {
        let units = match self.civil_unit() {
            Some(Unit::Hour) => {
                let begun = |ts| self.hours.partition_point(|hour| *hour <= ts) as i64;
                begun(ts) - begun(anchor)
            }
            Some(unit) => {
                self.civil.between(unit, self.civil.date_of(anchor), self.civil.date_of(ts))
            }
            None => (ts - anchor) / self.length(cycle),
        };
        match &self.brackets {
            None => units,
            Some(before) => {
                let open = before.len() as i64 - 1;
                (0..open).find(|k| units < before[*k as usize + 1]).unwrap_or(open)
            }
        }
    }

    fn units_before(&self, k: u32) -> i64 {
        self.brackets.as_ref().map_or(i64::from(k), |before| before[k as usize])
    }

    /// First instant of window `k` of a start; the window `k + 1` begins where it ends.
    pub fn begin(&self, anchor: i64, k: u32, cycle: i64) -> i64 {
        let n = self.units_before(k);
        match self.civil_unit() {
            Some(Unit::Hour) => {
                let begun = self.hours.partition_point(|hour| *hour <= anchor) as i64;
                self.hours.get((begun - 1 + n) as usize).copied().unwrap_or(i64::MAX)
            }
            Some(unit) => self.begin_from_date(unit, self.civil.date_of(anchor), n),
            None => anchor + n * self.length(cycle),
        }
    }

    fn begin_from_date(&self, unit: Unit, date: Date, n: i64) -> i64 {
        self.civil.start_of(self.civil.after(unit, self.civil.first_of(unit, date), n))
    }

    /// First instant of window `k` for whoever stands first in a row.
    pub fn begin_of_row(&self, row: &Row, k: u32, usual_cycle: i64) -> i64 {
        match (self.civil_unit().filter(|unit| *unit != Unit::Hour), row.dates) {
            (Some(unit), Some((first, _))) => {
                self.begin_from_date(unit, first, self.units_before(k))
            }
            _ => self.begin(row.start, k, usual_cycle),
        }
    }

    /// First instant after window `k` for whoever stands last in a row.
    pub fn end_of_row(&self, row: &Row, k: u32, usual_cycle: i64) -> i64 {
        match (self.civil_unit().filter(|unit| *unit != Unit::Hour), row.dates) {
            (Some(unit), Some((_, last))) => {
                self.begin_from_date(unit, last, self.units_before(k + 1))
            }
            _ => self.begin(row.end - 1, k + 1, usual_cycle),
        }
    }
}
