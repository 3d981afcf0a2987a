//! The fold of stays: one row per customer of the population, in one pass.

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, Int64Array, RecordBatch, UInt8Array};
use arrow::datatypes::{DataType, Field, Schema};
use jiff::civil::{Date, date};
use perennial_engine::error::EngineError;
use perennial_engine::fold::{Fold, Needs, Visitor};
use perennial_types::calendar::Micros;
use perennial_types::event::Column;
use serde::Serialize;

use super::plan::{Plan, Source};
use crate::belonging::{self, Belonging};
use crate::catalog::Names;
use crate::ledger::{Customer, Ledger, Sink, Told};

/// Still here when all was known.
pub(super) const HERE: u8 = 0;
/// Left.
pub(super) const LEFT: u8 = 1;
/// Started after all that can be known.
pub(super) const TOO_RECENT: u8 = 2;

/// Day 0 of the day numbers.
const EPOCH: Date = date(1970, 1, 1);

/// The number of a civil date.
pub(crate) fn day_number(date: Date) -> i32 {
    (date.duration_since(EPOCH).as_hours() / 24) as i32
}

/// Terms, folded; `asked` is the question they are of, which describes the fold.
pub struct StaysFold {
    plan: Arc<Plan>,
    kind: &'static str,
    asked: serde_json::Value,
}

/// The folds of a question of that kind: the stays first, then the names of events, where some were
/// asked for that there might not be.
pub fn folds(
    plan: &Arc<Plan>,
    kind: &'static str,
    question: &impl Serialize,
) -> Vec<Arc<dyn Fold>> {
    let asked = serde_json::to_value(question).unwrap_or_default();
    let mut folds: Vec<Arc<dyn Fold>> =
        vec![Arc::new(StaysFold { plan: plan.clone(), kind, asked })];
    if !plan.rule.asked_names().is_empty() {
        folds.push(Arc::new(Names { column: Column::Event }));
    }
    folds
}

impl fmt::Debug for StaysFold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("StaysFold").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Fold for StaysFold {
    fn description(&self) -> (&'static str, serde_json::Value) {
        (self.kind, self.asked.clone())
    }

    fn needs(&self) -> Needs {
        // A start is the first ever, so history is read.
        let rule = &self.plan.rule;
        Needs { columns: rule.columns(), events: rule.events(), ts: Micros::MIN..self.plan.as_of }
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        Box::new(Ledger::new(self.plan.rule.clone(), Followed::new(self.plan.clone())))
    }
}

/// Customers followed from their start, one row each.
struct Followed {
    plan: Arc<Plan>,
    rows: Vec<Row>,
}

struct Row {
    customer: i64,
    group: u32,
    first_day: i32,
    end_day: i32,
    state: u8,
}

impl Followed {
    fn new(plan: Arc<Plan>) -> Followed {
        Followed { plan, rows: Vec::new() }
    }

    /// When a stay ends that began at `start`, and whether the customer has left.
    fn end(&self, customer: &Customer<'_>, start: Micros) -> (Micros, u8) {
        let plan = &*self.plan;
        if start > plan.known_until {
            return (start, TOO_RECENT);
        }
        let others = occurrences(plan.other, customer).map(|(ts, _)| ts).filter(|ts| *ts >= start);
        let Some(silence) = plan.silence else {
            let mut leaves = others;
            // What is known ends just before `as_of`, so that midnight begins no day of its own.
            return leaves.next().map_or((plan.known_until - 1, HERE), |left| (left, LEFT));
        };
        let mut last = start;
        for ts in others {
            if ts - last >= silence {
                return (last, LEFT);
            }
            last = ts;
        }
        if last <= plan.known_until { (last, LEFT) } else { (plan.known_until, HERE) }
    }
}

/// The instants and groups of what is meant, from when the customer belongs to the population.
fn occurrences<'a>(
    source: Source,
    customer: &'a Customer<'_>,
) -> Box<dyn Iterator<Item = (Micros, u32)> + 'a> {
    let since = customer.since;
    match source {
        Source::Purchases => Box::new(customer.bought().map(|(one, group)| (one.ts, group))),
        Source::Marks(bit) => {
            let own = customer.marks.iter();
            let own = own.filter(move |mark| mark.passes & bit != 0 && mark.ts >= since);
            Box::new(own.map(|mark| (mark.ts, mark.group)))
        }
    }
}

impl Sink for Followed {
    fn customer(
        &mut self,
        customer: &Customer<'_>,
        belonging: &mut Belonging,
    ) -> Result<(), EngineError> {
        let Some((start, at_first)) = occurrences(self.plan.start, customer).next() else {
            return Ok(());
        };
        if !self.plan.starts.contains(&start) {
            return Ok(());
        }
        let (end, state) = self.end(customer, start);
        let day = |ts: Micros| day_number(self.plan.calendar.date_of(ts));
        let first_day = day(start);
        self.rows.push(Row {
            customer: customer.key,
            group: belonging.group(at_first),
            first_day,
            end_day: day(end).max(first_day),
            state,
        });
        Ok(())
    }

    fn finish(self, told: &Told<'_>) -> Result<RecordBatch, EngineError> {
        let fields = vec![
            Field::new("customer", DataType::Int64, false),
            Field::new("group", belonging::column_type(), false),
            Field::new("first_day", DataType::Int32, false),
            Field::new("end_day", DataType::Int32, false),
            Field::new("state", DataType::UInt8, false),
        ];
        let rows = || self.rows.iter();
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from_iter_values(rows().map(|row| row.customer))),
            told.belonging.column(rows().map(|row| row.group)),
            Arc::new(Int32Array::from_iter_values(rows().map(|row| row.first_day))),
            Arc::new(Int32Array::from_iter_values(rows().map(|row| row.end_day))),
            Arc::new(UInt8Array::from_iter_values(rows().map(|row| row.state))),
        ];
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
    }
}
