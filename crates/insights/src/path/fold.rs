//! The folds of a question: the same paths, with different things made of them.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::batch::{Batch, Run};
use perennial_engine::error::EngineError;
use perennial_engine::fold::{Fold, Needs, Visitor};
use perennial_types::event::Column;
use perennial_types::question::Population;

use super::members::{Members, Wanted};
use super::plan::Plan;
use super::tally::Tally;
use super::walk::{Path, Walk};
use crate::coding::Coder;
use crate::moments::{FilterReader, Moments};
use crate::nodes::NodeCoder;
use crate::orders::{self, OrderBook, OrderReader};
use crate::visits::Splitter;

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
        Needs { columns: columns(plan), events: plan.events(), ts: plan.first_ts()..plan.as_of }
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        match &self.purpose {
            Purpose::Tally => {
                let tally = Tally::new(self.plan.question.times);
                Box::new(Reading::new(self.plan.clone(), tally))
            }
            Purpose::Members(wanted) => {
                Box::new(Reading::new(self.plan.clone(), Members::new(wanted.clone())))
            }
        }
    }
}

/// The columns a question looks at, besides customer and instant.
fn columns(plan: &Plan) -> Vec<Column> {
    let mut columns = plan.filters.columns();
    columns.push(plan.nodes.field().column());
    if let Splitter::Field(field) = &plan.splitter {
        columns.push(field.column());
    }
    if plan.needs_orders() {
        columns
            .extend(orders::COLUMNS.iter().filter(|one| plan.by_order || **one != Column::OrderId));
    }
    if plan.question.population == Population::NetBuyers {
        columns.push(Column::Currency);
    }
    columns.sort_unstable();
    columns.dedup();
    columns
}

/// Reads customers, bucket by bucket.
struct Reading<S> {
    plan: Arc<Plan>,
    sink: S,
    customer: Option<i64>,
    moments: Moments,
    orders: OrderBook,
    walk: Walk,
    nodes: NodeCoder,
    session: Option<Coder>,
    bits: Vec<u64>,
}

impl<S: Sink> Reading<S> {
    fn new(plan: Arc<Plan>, sink: S) -> Reading<S> {
        let session = match &plan.splitter {
            Splitter::Field(field) => Some(Coder::new(field.clone())),
            _ => None,
        };
        Reading {
            nodes: NodeCoder::new(plan.nodes.clone()),
            plan,
            sink,
            customer: None,
            moments: Moments::default(),
            orders: OrderBook::default(),
            walk: Walk::default(),
            session,
            bits: Vec::new(),
        }
    }

    fn close(&mut self) -> Result<(), EngineError> {
        let Some(customer) = self.customer.take() else { return Ok(()) };
        let moments = self.moments.settle(&self.plan.filters);
        let since = self.orders.since(self.plan.question.population);
        if let Some(since) = since {
            let (sink, nodes) = (&mut self.sink, &self.nodes);
            self.walk.paths(&self.plan, moments, since, |path| sink.path(customer, path, nodes));
        }
        self.moments.clear();
        self.orders.clear();
        self.sink.close()
    }
}

impl<S: Sink> Visitor for Reading<S> {
    fn visit(&mut self, batch: &Batch, runs: &[Run]) -> Result<(), EngineError> {
        let plan = self.plan.clone();
        let reader = FilterReader::new(&plan.filters, batch, std::mem::take(&mut self.bits))?;
        let ts = batch.ts()?;
        self.nodes.read(batch)?;
        if let Some(session) = &mut self.session {
            session.read(batch)?;
        }
        let orders = OrderReader::of(plan.question.population, batch, plan.by_order)?;
        let range = plan.first_ts()..plan.as_of;
        for run in runs {
            if !run.continues {
                self.close()?;
                self.customer = Some(run.customer);
            }
            for row in run.rows.clone().filter(|row| range.contains(&ts[*row])) {
                let session = self.session.as_ref().map_or(0, |session| session.rows()[row]);
                let tags = || [self.nodes.node(row), session];
                self.moments.push(&plan.filters, &reader, row, tags);
                if let Some(orders) = &orders {
                    self.orders.push(orders, row, ts[row]);
                }
            }
        }
        self.bits = reader.into_bits();
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<RecordBatch, EngineError> {
        self.close()?;
        self.sink.finish(&self.nodes)
    }
}
