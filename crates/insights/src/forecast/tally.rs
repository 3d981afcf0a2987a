//! Counting the active: per cohort and age, how many, and how many of the period before are kept.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, UInt32Array};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, UInt32Type};
use perennial_engine::error::EngineError;
use perennial_types::calendar::{Boundaries, Micros};

use super::plan::Plan;
use super::question::SetName;
use crate::belonging::Belonging;
use crate::listing::Listing;
use crate::occurring::Sink;

/// Customers of one cohort at one age.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// Active.
    pub active: u64,
    /// Of those, active in the period before too.
    pub kept: u64,
}

/// Cells by cohort and age, of periods that are over.
pub type Cells = Vec<Vec<Cell>>;

fn empty(n_periods: usize) -> Cells {
    (0..n_periods).map(|cohort| vec![Cell::default(); n_periods - cohort]).collect()
}

/// Calls with every period that is over and holds an instant, in order, each once.
fn active_periods(
    periods: &Boundaries,
    n_over: usize,
    instants: &[Micros],
    mut take: impl FnMut(usize),
) {
    let mut last = None;
    for ts in instants {
        let Some(period) = periods.index_of(*ts).filter(|period| *period < n_over) else {
            continue;
        };
        if last != Some(period) {
            take(period);
            last = Some(period);
        }
    }
}

/// Counts the active.
pub struct Tally {
    plan: Arc<Plan>,
    cells: Cells,
}

impl Tally {
    /// Nobody counted.
    pub fn new(plan: Arc<Plan>) -> Tally {
        Tally { cells: empty(plan.n_over), plan }
    }
}

impl Sink for Tally {
    fn customer(
        &mut self,
        _customer: i64,
        _group: u32,
        instants: &[Micros],
    ) -> Result<(), EngineError> {
        let mut cohort = None;
        let mut before = None;
        active_periods(&self.plan.periods, self.plan.n_over, instants, |period| {
            let cohort = *cohort.get_or_insert(period);
            let cell = &mut self.cells[cohort][period - cohort];
            cell.active += 1;
            cell.kept += u64::from(period > 0 && before == Some(period - 1));
            before = Some(period);
        });
        Ok(())
    }

    fn finish(self, _belonging: &Belonging) -> Result<RecordBatch, EngineError> {
        let rows = || {
            let cohorts = self.cells.iter().zip(0_u32..);
            let cells = cohorts.flat_map(|(row, cohort)| {
                row.iter().zip(0_u32..).map(move |(cell, age)| (cohort, age, cell))
            });
            cells.filter(|(.., cell)| cell.active > 0)
        };
        let fields = vec![
            Field::new("cohort", DataType::UInt32, false),
            Field::new("age", DataType::UInt32, false),
            Field::new("active", DataType::Int64, false),
            Field::new("kept", DataType::Int64, false),
        ];
        let columns: Vec<ArrayRef> = vec![
            Arc::new(UInt32Array::from_iter_values(rows().map(|(cohort, ..)| cohort))),
            Arc::new(UInt32Array::from_iter_values(rows().map(|(_, age, _)| age))),
            Arc::new(Int64Array::from_iter_values(rows().map(|(.., cell)| cell.active as i64))),
            Arc::new(Int64Array::from_iter_values(rows().map(|(.., cell)| cell.kept as i64))),
        ];
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
    }
}

/// The cells of all buckets.
pub fn merged(plan: &Plan, partials: &[RecordBatch]) -> Cells {
    let mut cells = empty(plan.n_over);
    for partial in partials {
        let cohorts = partial.column(0).as_primitive::<UInt32Type>().values();
        let ages = partial.column(1).as_primitive::<UInt32Type>().values();
        let active = partial.column(2).as_primitive::<Int64Type>().values();
        let kept = partial.column(3).as_primitive::<Int64Type>().values();
        for ((cohort, age), (active, kept)) in
            cohorts.iter().zip(ages.iter()).zip(active.iter().zip(kept.iter()))
        {
            let cell = cells.get_mut(*cohort as usize).and_then(|row| row.get_mut(*age as usize));
            if let Some(cell) = cell {
                cell.active += active.unsigned_abs();
                cell.kept += kept.unsigned_abs();
            }
        }
    }
    cells
}

/// The number whose customers are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The period.
    pub period: usize,
    /// Which of its customers.
    pub set: SetName,
}

/// Collects the customers of one number.
pub struct Members {
    plan: Arc<Plan>,
    wanted: Wanted,
    found: Listing,
}

impl Members {
    /// Nobody yet.
    pub fn new(plan: Arc<Plan>, wanted: Wanted) -> Members {
        Members { plan, wanted, found: Listing::default() }
    }
}

impl Sink for Members {
    fn customer(
        &mut self,
        customer: i64,
        group: u32,
        instants: &[Micros],
    ) -> Result<(), EngineError> {
        let wanted = self.wanted;
        let (mut first, mut is_in, mut was_in) = (None, false, false);
        active_periods(&self.plan.periods, self.plan.n_over, instants, |period| {
            first.get_or_insert(period);
            is_in |= period == wanted.period;
            was_in |= period + 1 == wanted.period;
        });
        let belongs = is_in
            && match wanted.set {
                SetName::Active => true,
                SetName::New => first == Some(wanted.period),
                SetName::Kept => was_in,
            };
        if belongs {
            self.found.push(customer, group);
        }
        Ok(())
    }

    fn finish(self, belonging: &Belonging) -> Result<RecordBatch, EngineError> {
        self.found.finish(belonging)
    }
}
