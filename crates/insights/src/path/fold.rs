//! The folds of a question: the same paths, with different things made of them.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::batch::Batch;
use perennial_engine::error::EngineError;
use perennial_engine::fold::{Fold, Needs, Visitor};
use perennial_types::calendar::Micros;

use super::members::{Members, Wanted};
use super::plan::Plan;
use super::tally::Tally;
use super::walk::{Path, Walk};
use crate::moments::Moment;
use crate::moments::reading::{Reading, Taker};
use crate::nodes::NodeCoder;
use crate::visits::StopReader;

/// What is made of the paths.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// The tree of all paths.
    Tally,
    /// The customers of one number.
    Members(Wanted),
}

/// Something made of every path that counts.
pub trait Sink: Send {
    /// Takes one path.
    fn path(&mut self, customer: i64, path: &Path<'_>, nodes: &NodeCoder);
    /// Ends a customer.
    fn close(&mut self) -> Result<(), EngineError>;
    /// The partial result of the bucket.
    fn finish(self, nodes: &NodeCoder) -> Result<RecordBatch, EngineError>;
}

/// A question, folded.
pub struct PathFold {
    plan: Arc<Plan>,
    purpose: Purpose,
}

impl PathFold {
    /// A fold.
    pub fn new(plan: Arc<Plan>, purpose: Purpose) -> PathFold {
        PathFold { plan, purpose }
    }
}

impl fmt::Debug for PathFold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PathFold").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

impl Fold for PathFold {
    fn description(&self) -> (&'static str, serde_json::Value) {
        ("path", serde_json::to_value(&self.plan.question).unwrap_or_default())
    }

    fn needs(&self) -> Needs {
        let plan = &self.plan;
        plan.frame().needs(StopReader::columns(&plan.nodes, &plan.splitter), plan.events())
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        match &self.purpose {
            Purpose::Tally => Paths::read(&self.plan, Tally::new(self.plan.question.times)),
            Purpose::Members(wanted) => Paths::read(&self.plan, Members::new(wanted.clone())),
        }
    }
}

/// Finds the paths of customers.
struct Paths<S> {
    plan: Arc<Plan>,
    sink: S,
    walk: Walk,
    stops: StopReader,
}

impl<S: Sink + 'static> Paths<S> {
    fn read(plan: &Arc<Plan>, sink: S) -> Box<dyn Visitor> {
        let stops = StopReader::new(&plan.nodes, &plan.splitter);
        let paths = Paths { plan: plan.clone(), sink, walk: Walk::default(), stops };
        Box::new(Reading::new(plan.frame(), paths))
    }
}

impl<S: Sink> Taker for Paths<S> {
    fn look_at(&mut self, batch: &Batch) -> Result<(), EngineError> {
        self.stops.look_at(batch)
    }

    fn tags(&self, row: usize) -> [u32; 2] {
        self.stops.tags(row)
    }

    fn customer(&mut self, key: i64, moments: &[Moment], since: Micros) -> Result<(), EngineError> {
        let (sink, nodes) = (&mut self.sink, &self.stops.nodes);
        self.walk.paths(&self.plan, moments, since, |path| sink.path(key, path, nodes));
        self.sink.close()
    }

    fn finish(self) -> Result<RecordBatch, EngineError> {
        self.sink.finish(&self.stops.nodes)
    }
}
