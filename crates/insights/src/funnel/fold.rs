//! The folds of a question: the same outcomes, with different things made of them.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::batch::Batch;
use perennial_engine::error::EngineError;
use perennial_engine::fold::{Fold, Needs, Visitor};
use perennial_types::calendar::Micros;

use super::chain::{Outcome, Search};
use super::members::{Members, Wanted};
use super::plan::Plan;
use super::tally::Tally;
use crate::coding::{Coder, TupleCoder};
use crate::moments::Moment;
use crate::moments::reading::{Reading, Taker};

/// What is made of the outcomes.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// The numbers of every step.
    Tally,
    /// The customers of one number.
    Members(Wanted),
}

/// Something made of every customer's outcome.
pub trait Sink: Send {
    /// Takes one customer who entered.
    fn customer(
        &mut self,
        plan: &Plan,
        customer: i64,
        outcome: &Outcome,
        moments: &[Moment],
    ) -> Result<(), EngineError>;
    /// The partial result of the bucket; `groups` gives the values of a number.
    fn finish(self, plan: &Plan, groups: &TupleCoder) -> Result<RecordBatch, EngineError>;
}

/// A question, folded.
pub struct FunnelFold {
    plan: Arc<Plan>,
    purpose: Purpose,
}

impl FunnelFold {
    /// A fold.
    pub fn new(plan: Arc<Plan>, purpose: Purpose) -> FunnelFold {
        FunnelFold { plan, purpose }
    }
}

impl fmt::Debug for FunnelFold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("FunnelFold").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

impl Fold for FunnelFold {
    fn description(&self) -> (&'static str, serde_json::Value) {
        ("funnel", serde_json::to_value(&self.plan.question).unwrap_or_default())
    }

    fn needs(&self) -> Needs {
        let plan = &self.plan;
        let own = plan.breakdown.iter().chain(&plan.hold).map(|field| field.column());
        plan.frame().needs(own, plan.events())
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        match &self.purpose {
            Purpose::Tally => Outcomes::read(&self.plan, Tally::default()),
            Purpose::Members(wanted) => Outcomes::read(&self.plan, Members::new(wanted.clone())),
        }
    }
}

/// Finds what becomes of customers in the funnel.
struct Outcomes<S> {
    plan: Arc<Plan>,
    sink: S,
    search: Search,
    groups: TupleCoder,
    hold: Option<Coder>,
}

impl<S: Sink + 'static> Outcomes<S> {
    fn read(plan: &Arc<Plan>, sink: S) -> Box<dyn Visitor> {
        let outcomes = Outcomes {
            groups: TupleCoder::new(plan.breakdown.iter().cloned()),
            hold: plan.hold.clone().map(Coder::new),
            plan: plan.clone(),
            sink,
            search: Search::default(),
        };
        Box::new(Reading::new(plan.frame(), outcomes))
    }
}

impl<S: Sink> Taker for Outcomes<S> {
    fn look_at(&mut self, batch: &Batch) -> Result<(), EngineError> {
        self.groups.read(batch)?;
        self.hold.as_mut().map_or(Ok(()), |hold| hold.read(batch).map(drop))
    }

    fn tags(&self, row: usize) -> [u32; 2] {
        let hold = self.hold.as_ref().map_or(0, |hold| hold.rows()[row]);
        [self.groups.number(row), hold]
    }

    fn customer(&mut self, key: i64, moments: &[Moment], since: Micros) -> Result<(), EngineError> {
        if moments.is_empty() {
            return Ok(());
        }
        match self.search.outcome(&self.plan, moments, since) {
            Some(outcome) => self.sink.customer(&self.plan, key, &outcome, moments),
            None => Ok(()),
        }
    }

    fn finish(self) -> Result<RecordBatch, EngineError> {
        self.sink.finish(&self.plan, &self.groups)
    }
}
