//! The folds of a question: the same sessions, with different things made of them.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::batch::Batch;
use perennial_engine::error::EngineError;
use perennial_engine::fold::{Fold, Needs, Visitor};
use perennial_types::calendar::Micros;

use super::members::Members;
use super::plan::Plan;
use super::question::CellRef;
use super::tally::Tally;
use super::visit::{Customer, Cutter};
use crate::moments::Moment;
use crate::moments::reading::{Reading, Taker};
use crate::nodes::NodeCoder;
use crate::visits::StopReader;

/// Something made of every customer's sessions.
pub trait Sink: Send {
    /// Takes one customer with a session in the range.
    fn customer(&mut self, key: i64, customer: &Customer<'_>, nodes: &NodeCoder);
    /// The partial result of the bucket.
    fn finish(self, nodes: &NodeCoder) -> Result<RecordBatch, EngineError>;
}

/// A question, folded: its numbers, or the customers of one of them.
pub struct SessionsFold {
    plan: Arc<Plan>,
    cell: Option<CellRef>,
}

impl SessionsFold {
    /// A fold.
    pub fn new(plan: Arc<Plan>, cell: Option<CellRef>) -> SessionsFold {
        SessionsFold { plan, cell }
    }
}

impl fmt::Debug for SessionsFold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SessionsFold").field("cell", &self.cell).finish_non_exhaustive()
    }
}

impl Fold for SessionsFold {
    fn description(&self) -> (&'static str, serde_json::Value) {
        ("sessions", serde_json::to_value(&self.plan.question).unwrap_or_default())
    }

    fn needs(&self) -> Needs {
        let plan = &self.plan;
        plan.frame().needs(StopReader::columns(&plan.nodes, &plan.splitter), plan.events())
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        match &self.cell {
            None => Cutting::read(&self.plan, Tally::new(self.plan.clone())),
            Some(cell) => Cutting::read(&self.plan, Members::new(cell.clone())),
        }
    }
}

/// Cuts the histories of customers into sessions.
struct Cutting<S> {
    plan: Arc<Plan>,
    sink: S,
    cutter: Cutter,
    stops: StopReader,
}

impl<S: Sink + 'static> Cutting<S> {
    fn read(plan: &Arc<Plan>, sink: S) -> Box<dyn Visitor> {
        let stops = StopReader::new(&plan.nodes, &plan.splitter);
        let cutting = Cutting { plan: plan.clone(), sink, cutter: Cutter::default(), stops };
        Box::new(Reading::new(plan.frame(), cutting))
    }
}

impl<S: Sink> Taker for Cutting<S> {
    fn look_at(&mut self, batch: &Batch) -> Result<(), EngineError> {
        self.stops.look_at(batch)
    }

    fn tags(&self, row: usize) -> [u32; 2] {
        self.stops.tags(row)
    }

    fn customer(&mut self, key: i64, moments: &[Moment], since: Micros) -> Result<(), EngineError> {
        if let Some(customer) = self.cutter.customer(&self.plan, moments, since) {
            self.sink.customer(key, &customer, &self.stops.nodes);
        }
        Ok(())
    }

    fn finish(self) -> Result<RecordBatch, EngineError> {
        self.sink.finish(&self.stops.nodes)
    }
}
