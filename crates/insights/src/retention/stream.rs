//! The straight way through a customer's rows: no order ids, no values, no groups.
//!
//! Nothing is kept of a row. Within a window all that happens to a row is one comparison with the
//! instant at which something can change next.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::batch::{Batch, Run};
use perennial_engine::error::EngineError;
use perennial_engine::filter::Mask;
use perennial_engine::fold::Visitor;
use perennial_types::calendar::Micros;
use perennial_types::question::Population;

use super::plan::{Plan, Value};
use super::question::Enter;
use super::sink::{Entry, Hit, Sink};

/// Whether this way can answer a question.
pub fn suits(plan: &Plan) -> bool {
    let question = &plan.question;
    !plan.by_order
        && plan.value == Value::Nothing
        && plan.breakdown.is_empty()
        && question.min.is_any()
        && question.population == Population::Everyone
        && question.enter != Enter::EveryPeriod
        && !plan.needs_cycle()
}

/// Reads rows as they come.
pub struct Streaming<S> {
    plan: Arc<Plan>,
    sink: S,
    customer: i64,
    state: State,
    hits: Vec<Hit>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// No start yet.
    Seeking,
    /// After a start; nothing can change before `next`.
    Entered { row: u32, anchor: Micros, place: Option<usize>, next: Micros },
    /// The customer enters no row.
    Outside,
}

impl<S: Sink> Streaming<S> {
    /// A visitor for one bucket.
    pub fn new(plan: Arc<Plan>, sink: S) -> Streaming<S> {
        Streaming { plan, sink, customer: 0, state: State::Outside, hits: Vec::new() }
    }

    fn close(&mut self) {
        if let State::Entered { row, anchor, .. } = self.state {
            let hits = (0, self.hits.len() as u32);
            let entry = Entry { row, anchor, cycle: 0, group: 0, is_member: true, hits };
            self.sink.customer(&self.plan, self.customer, &[entry], &self.hits);
        }
        self.hits.clear();
    }

    /// Looks for the start; gives the first row after it.
    fn seek(&mut self, ts: &[Micros], masks: &Masks, rows: Range<usize>) -> usize {
        let plan = &*self.plan;
        for row in rows.clone() {
            let is_named = masks.start_names.passes(row);
            let is_start = is_named && masks.start.passes(row);
            let decides = match plan.question.enter {
                Enter::FirstEver => is_named,
                Enter::FirstInRange => is_start && plan.row_of(ts[row]).is_some(),
                Enter::FirstMatching | Enter::EveryPeriod => is_start,
            };
            if !decides {
                continue;
            }
            let entered = plan.row_of(ts[row]).filter(|_| is_start && ts[row] < plan.as_of);
            self.state = match entered {
                Some(found) => State::Entered {
                    row: found,
                    anchor: ts[row],
                    place: plan.windows.place(ts[row]),
                    next: ts[row] + 1,
                },
                None => State::Outside,
            };
            return row + 1;
        }
        rows.end
    }

    /// Notes the windows of the returns among these rows.
    fn follow(&mut self, ts: &[Micros], returns: &Mask, rows: Range<usize>) {
        let State::Entered { row, anchor, place, mut next } = self.state else { return };
        match returns {
            Mask::Every => {
                let mut ahead = &ts[rows];
                while let Some((instant, rest)) = first_from(ahead, next) {
                    next = self.hit(anchor, place, instant);
                    ahead = rest;
                }
            }
            Mask::Rows(bits) => {
                let (start, len) = (rows.start, rows.len());
                for offset in bits.slice(start, len).set_indices() {
                    let instant = ts[start + offset];
                    if instant >= next {
                        next = self.hit(anchor, place, instant);
                    }
                }
            }
        }
        self.state = State::Entered { row, anchor, place, next };
    }

    /// Notes a return; gives the instant from which on another one can be news.
    fn hit(&mut self, anchor: Micros, place: Option<usize>, instant: Micros) -> Micros {
        if instant >= self.plan.as_of {
            return Micros::MAX;
        }
        let (k, end) = self.plan.windows.index_and_end(anchor, place, instant);
        let is_news = self.hits.last().is_none_or(|last| last.k != k);
        if is_news {
            self.hits.push(Hit { k, value: 0 });
        }
        end.unwrap_or(self.plan.as_of)
    }
}

/// Rows looked over at once.
const STRIDE: usize = 8;

/// The first instant at or after `next`, and what follows it. Instants are in order, so where the
/// last of a stride is too early, all of it is.
#[inline]
fn first_from(instants: &[Micros], next: Micros) -> Option<(Micros, &[Micros])> {
    let mut row = 0;
    while instants.get(row + STRIDE).is_some_and(|&far| far < next) {
        row += STRIDE;
    }
    let ahead = instants.get(row..)?;
    let first = ahead.iter().position(|&instant| instant >= next)?;
    Some((ahead[first], &ahead[first + 1..]))
}

struct Masks {
    start_names: Mask,
    start: Mask,
    returns: Mask,
}

impl<S: Sink> Visitor for Streaming<S> {
    fn visit(&mut self, batch: &Batch, runs: &[Run]) -> Result<(), EngineError> {
        let ts = batch.ts()?;
        let mut start = self.plan.start.masks(batch)?;
        let start_names = start.first().cloned().unwrap_or(Mask::Every);
        let start = Mask::united(start.drain(..));
        let returns = self.plan.return_.mask(batch)?;
        let masks = Masks { start_names, start, returns };
        for run in runs {
            if !run.continues {
                self.close();
                self.customer = run.customer;
                self.state = State::Seeking;
            }
            let mut rows = run.rows.clone();
            if matches!(self.state, State::Seeking) {
                rows.start = self.seek(ts, &masks, rows.clone());
            }
            self.follow(ts, &masks.returns, rows);
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<RecordBatch, EngineError> {
        self.close();
        let plan = self.plan.clone();
        self.sink.finish(&plan, &[Vec::new()], &[])
    }
}
