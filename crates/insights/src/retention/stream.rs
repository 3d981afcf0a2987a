//! The straight way through a customer's rows: no order ids, no values, no groups.
//!
//! Nothing is kept of a row. Where windows hold many rows, all that happens to a row is one comparison
//! with the instant at which something can change next. Where they hold few, that comparison would be
//! guessed wrong every other time, and a wrong guess costs more than the window of every row does: so
//! every row's period is written down, over the one before where that is the same.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::batch::{Batch, Run};
use perennial_engine::error::EngineError;
use perennial_engine::filter::Mask;
use perennial_engine::fold::Visitor;
use perennial_types::calendar::{Boundaries, Micros};
use perennial_types::question::Population;

use super::plan::{Plan, Value};
use super::question::Enter;
use super::sink::{Entry, Hit, Sink};
use super::windows::Windows;

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
    hits: Noted,
}

/// The windows of one customer's returns. What lies behind them is of customers before.
#[derive(Default)]
struct Noted {
    hits: Vec<Hit>,
    len: usize,
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
        Streaming { plan, sink, customer: 0, state: State::Outside, hits: Noted::default() }
    }

    fn close(&mut self) {
        if let State::Entered { row, anchor, .. } = self.state {
            let hits = self.hits.noted();
            let own = (0, hits.len() as u32);
            let entry = Entry { row, anchor, cycle: 0, group: 0, is_member: true, hits: own };
            self.sink.customer(&self.plan, self.customer, &[entry], hits);
        }
        self.hits.len = 0;
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
                if let Some((bounds, first)) = sparse_periods(&self.plan, place, ahead) {
                    self.hits.note_each(bounds, first, between(ahead, next, self.plan.as_of));
                    return;
                }
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
        self.hits.note(k);
        end.unwrap_or(self.plan.as_of)
    }
}

impl Noted {
    fn noted(&self) -> &[Hit] {
        &self.hits[..self.len]
    }

    fn last(&self) -> Option<u32> {
        self.noted().last().map(|hit| hit.k)
    }

    /// Notes a window, the last one once.
    fn note(&mut self, k: u32) {
        if self.last() != Some(k) {
            self.hits.truncate(self.len);
            self.hits.push(Hit { k, value: 0 });
            self.len += 1;
        }
    }

    /// Notes the periods of instants in their order, counted from the period `first`.
    fn note_each(&mut self, bounds: &Boundaries, first: usize, instants: &[Micros]) {
        let most = self.len + instants.len();
        if self.hits.len() < most {
            self.hits.resize(most, Hit { k: 0, value: 0 });
        }
        // No window is `u32::MAX` periods after the first.
        let mut last = self.last().unwrap_or(u32::MAX);
        for &instant in instants {
            let then = bounds.index_of(instant);
            let k = then.map_or(u32::MAX, |then| then.saturating_sub(first) as u32);
            self.hits[self.len] = Hit { k, value: 0 };
            self.len += usize::from(k != last);
            last = k;
        }
    }
}

/// The instants from one on and before another. They are in order, and nearly always all of them.
fn between(instants: &[Micros], from: Micros, to: Micros) -> &[Micros] {
    let (Some(first), Some(last)) = (instants.first(), instants.last()) else { return instants };
    if *first >= from && *last < to {
        return instants;
    }
    let n_before = |end| instants.partition_point(|&instant| instant < end);
    instants.get(n_before(from)..n_before(to)).unwrap_or_default()
}

/// Rows of a period from which on it is quicker to skip to its end than to look every row up.
const DENSE: usize = 8;

/// The periods and the start's own, where windows are periods and these instants are few in each.
fn sparse_periods<'a>(
    plan: &'a Plan,
    place: Option<usize>,
    instants: &[Micros],
) -> Option<(&'a Boundaries, usize)> {
    let Windows::Calendar { bounds } = &plan.windows else { return None };
    let first = bounds.index_of(*instants.first()?)?;
    let last = bounds.index_of((*instants.last()?).min(plan.as_of - 1))?;
    let n_periods = last.checked_sub(first)? + 1;
    (instants.len() < DENSE * n_periods).then_some(bounds).zip(place)
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

#[cfg(test)]
mod tests {
    use perennial_types::calendar::{Calendar, Unit, Weekday, Zone};
    use proptest::prelude::*;

    use super::*;

    const HOUR: Micros = 3_600_000_000;

    proptest! {
        #[test]
        fn what_is_noted_row_by_row_is_each_period_once(
            hours in prop::collection::vec(0..24 * 40_i64, 0..200),
            cuts in prop::collection::vec(0..200_usize, 0..4),
            first in 0..10_usize,
        ) {
            let zone = Zone::named("Africa/Cairo").unwrap();
            let calendar = Calendar::new(zone, Weekday::Monday, 1).unwrap();
            let bounds = calendar.periods(Unit::Day, 0, 24 * 40 * HOUR).unwrap();
            let mut instants: Vec<Micros> = hours.iter().map(|hour| hour * HOUR).collect();
            instants.sort_unstable();
            instants.retain(|instant| bounds.index_of(*instant).is_some_and(|then| then >= first));
            let mut wanted: Vec<u32> =
                instants.iter().map(|at| (bounds.index_of(*at).unwrap() - first) as u32).collect();
            wanted.dedup();
            // In parts, as batches come, after a customer of whom more was noted.
            let mut noted = Noted::default();
            (0..50).for_each(|k| noted.note(k));
            noted.len = 0;
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| (*cut).min(instants.len())).collect();
            cuts.sort_unstable();
            let mut begin = 0;
            for cut in cuts.into_iter().chain([instants.len()]) {
                noted.note_each(&bounds, first, &instants[begin..cut]);
                begin = cut;
            }
            let ks: Vec<u32> = noted.noted().iter().map(|hit| hit.k).collect();
            prop_assert_eq!(ks, wanted);
        }
    }
}
