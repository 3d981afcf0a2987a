//! The fold of outcomes: for every customer and cut, whether they were at risk, and whether they left.
//!
//! Nothing is looked at before its time. Who is at risk is told by the rows before the cut's end, the
//! label by those before the horizon's: an order whose lines come on both sides of an instant is what
//! its earlier lines make it.

use std::fmt;
use std::sync::Arc;

use arrow::array::{AsArray, Int64Array, RecordBatch, UInt8Array, UInt32Array};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, UInt8Type, UInt32Type};
use perennial_engine::batch::{Batch, Run};
use perennial_engine::error::EngineError;
use perennial_engine::fold::{Fold, Needs, Visitor};
use perennial_types::calendar::Micros;
use perennial_types::event::Column;
use serde_json::json;

use super::occurrences::{Reader, Series};
use super::plan::{Marks, Window};
use crate::orders;

/// What became of a customer at risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    /// Still here.
    Stayed,
    /// Gone.
    Left,
    /// The horizon is not over, or they went before the label begins.
    NotKnown,
}

impl Outcome {
    /// Whether they left, where that is known.
    pub(super) fn left(self) -> Option<bool> {
        match self {
            Outcome::Stayed => Some(false),
            Outcome::Left => Some(true),
            Outcome::NotKnown => None,
        }
    }
}

/// The outcomes of a sample, folded.
pub struct OutcomeFold {
    marks: Arc<Marks>,
    windows: Arc<Vec<Window>>,
}

impl OutcomeFold {
    /// A fold over these windows, the earliest cut first.
    pub(super) fn new(marks: Arc<Marks>, windows: Arc<Vec<Window>>) -> OutcomeFold {
        OutcomeFold { marks, windows }
    }
}

impl fmt::Debug for OutcomeFold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("OutcomeFold").field("n_cuts", &self.windows.len()).finish_non_exhaustive()
    }
}

impl Fold for OutcomeFold {
    fn description(&self) -> (&'static str, serde_json::Value) {
        let windows = self
            .windows
            .iter()
            .map(|window| json!([window.active_since, window.cut_end, window.from, window.until]));
        let filters = format!("{:?}", self.marks);
        ("outcomes", json!({"filters": filters, "windows": windows.collect::<Vec<_>>()}))
    }

    fn needs(&self) -> Needs {
        let mut columns: Vec<Column> = self.marks.stays.columns().to_vec();
        columns.extend(self.marks.leaves.iter().flat_map(|filter| filter.columns()));
        if self.marks.by_order {
            columns.extend(orders::COLUMNS);
        }
        columns.sort_unstable();
        columns.dedup();
        let end = self.windows.last().map_or(Micros::MIN, |last| last.until.max(last.cut_end));
        Needs { columns, events: self.marks.events.clone(), ts: Micros::MIN..end }
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        Box::new(Outcomes {
            stays: Series::default(),
            leaves: Series::default(),
            marks: self.marks.clone(),
            windows: self.windows.clone(),
            boundaries: boundaries(&self.windows),
            customer: None,
            states: vec![State::default(); self.windows.len()],
            customers: Vec::new(),
            cuts: Vec::new(),
            outcomes: Vec::new(),
            last_signs: Vec::new(),
        })
    }
}

/// An instant at which the customer is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Boundary {
    at: Micros,
    window: usize,
    is_cut: bool,
}

/// Every instant to look at, in order.
fn boundaries(windows: &[Window]) -> Vec<Boundary> {
    let of = |(window, one): (usize, &Window)| {
        [
            Boundary { at: one.cut_end, window, is_cut: true },
            Boundary { at: one.until, window, is_cut: false },
        ]
    };
    let mut all: Vec<Boundary> = windows.iter().enumerate().flat_map(of).collect();
    all.sort_unstable();
    all
}

/// What is known of the customer at one cut.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    is_at_risk: bool,
    has_stayed: bool,
    has_left: bool,
    has_left_early: bool,
    /// The event by which they left; by silence, the last one that shows they were here.
    last_sign: Option<Micros>,
}

struct Outcomes {
    marks: Arc<Marks>,
    windows: Arc<Vec<Window>>,
    boundaries: Vec<Boundary>,
    customer: Option<i64>,
    stays: Series,
    leaves: Series,
    states: Vec<State>,
    customers: Vec<i64>,
    cuts: Vec<u32>,
    outcomes: Vec<u8>,
    last_signs: Vec<Option<Micros>>,
}

impl Visitor for Outcomes {
    fn visit(&mut self, batch: &Batch, runs: &[Run]) -> Result<(), EngineError> {
        let marks = self.marks.clone();
        let stays = Reader::new(&marks.stays, marks.by_order, batch)?;
        let leaves = marks.leaves.as_ref();
        let leaves = leaves.map(|filter| Reader::new(filter, marks.by_order, batch)).transpose()?;
        for run in runs {
            if !run.continues {
                self.close();
                self.customer = Some(run.customer);
            }
            self.stays.push(&stays, run);
            if let Some(leaves) = &leaves {
                self.leaves.push(leaves, run);
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<RecordBatch, EngineError> {
        self.close();
        let schema = Schema::new(vec![
            Field::new("customer", DataType::Int64, false),
            Field::new("cut", DataType::UInt32, false),
            Field::new("outcome", DataType::UInt8, false),
            Field::new("last_sign", DataType::Int64, true),
        ]);
        Ok(RecordBatch::try_new(
            Arc::new(schema),
            vec![
                Arc::new(Int64Array::from(self.customers)),
                Arc::new(UInt32Array::from(self.cuts)),
                Arc::new(UInt8Array::from(self.outcomes)),
                Arc::new(Int64Array::from(self.last_signs)),
            ],
        )?)
    }
}

impl Outcomes {
    /// Tells the outcomes of the customer visited, and forgets them.
    fn close(&mut self) {
        let Some(customer) = self.customer.take() else { return };
        let marks = self.marks.clone();
        self.states.fill(State::default());
        for boundary in &self.boundaries {
            let Some(window) = self.windows.get(boundary.window) else { continue };
            let Some(state) = self.states.get_mut(boundary.window) else { continue };
            let stays = self.stays.known_at(&marks.stays, boundary.at);
            let leaves = match &marks.leaves {
                Some(filter) => self.leaves.known_at(filter, boundary.at),
                None => &[],
            };
            if boundary.is_cut {
                let last_stay = stays.last().filter(|ts| **ts >= window.active_since);
                state.is_at_risk =
                    last_stay.is_some_and(|ts| leaves.last().is_none_or(|one| ts > one));
            } else {
                let n_before = leaves.partition_point(|ts| *ts < window.cut_end);
                let first_leave = leaves.get(n_before);
                state.has_left_early = first_leave.is_some_and(|ts| *ts < window.from);
                state.has_left = first_leave.is_some_and(|ts| *ts >= window.from);
                state.has_stayed = stays.last().is_some_and(|ts| *ts >= window.from);
                let last_sign = if marks.leaves.is_some() { first_leave } else { stays.last() };
                state.last_sign = last_sign.copied();
            }
        }
        let by_silence = marks.leaves.is_none();
        for ((cut, window), state) in (0..).zip(self.windows.iter()).zip(&self.states) {
            if state.is_at_risk {
                self.customers.push(customer);
                self.cuts.push(cut);
                let outcome = state.outcome(window.complete, by_silence);
                self.outcomes.push(outcome as u8);
                self.last_signs.push(state.last_sign.filter(|_| outcome == Outcome::Left));
            }
        }
        self.stays.clear();
        self.leaves.clear();
    }
}

impl State {
    fn outcome(self, is_complete: bool, by_silence: bool) -> Outcome {
        let has_left = if by_silence { !self.has_stayed } else { self.has_left };
        match (is_complete && !self.has_left_early, has_left) {
            (false, _) => Outcome::NotKnown,
            (true, true) => Outcome::Left,
            (true, false) => Outcome::Stayed,
        }
    }
}

/// What became of a customer at a cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Told {
    /// Whose.
    pub(super) customer: i64,
    /// Position of the cut.
    pub(super) cut: u32,
    /// What.
    pub(super) outcome: Outcome,
    /// Of who left: the event by which they did; by silence, the last that shows they were here.
    pub(super) last_sign: Option<Micros>,
}

/// The outcomes of all buckets, in order of customer and cut.
pub(super) fn merged(partials: &[RecordBatch]) -> Vec<Told> {
    let mut all = Vec::with_capacity(partials.iter().map(RecordBatch::num_rows).sum());
    for batch in partials {
        let [customers, cuts, outcomes, last_signs] = batch.columns() else { continue };
        let (Some(customers), Some(cuts), Some(outcomes), Some(last_signs)) = (
            customers.as_primitive_opt::<Int64Type>(),
            cuts.as_primitive_opt::<UInt32Type>(),
            outcomes.as_primitive_opt::<UInt8Type>(),
            last_signs.as_primitive_opt::<Int64Type>(),
        ) else {
            continue;
        };
        let outcome = |code: u8| match code {
            0 => Outcome::Stayed,
            1 => Outcome::Left,
            _ => Outcome::NotKnown,
        };
        let rows = customers.values().iter().zip(cuts.values()).zip(outcomes.values());
        all.extend(rows.zip(last_signs).map(|(((customer, cut), code), last_sign)| Told {
            customer: *customer,
            cut: *cut,
            outcome: outcome(*code),
            last_sign,
        }));
    }
    all.sort_unstable();
    all
}
