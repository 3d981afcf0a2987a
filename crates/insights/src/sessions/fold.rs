//! The folds of a question: the same sessions, with different things made of them.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::batch::{Batch, Run};
use perennial_engine::error::EngineError;
use perennial_engine::fold::{Fold, Needs, Visitor};
use perennial_types::calendar::Micros;
use perennial_types::event::Column;
use perennial_types::question::Population;

use super::members::Members;
use super::plan::Plan;
use super::question::CellRef;
use super::tally::Tally;
use super::visit::{Customer, Cutter};
use crate::coding::Coder;
use crate::moments::{FilterReader, Moments};
use crate::nodes::NodeCoder;
use crate::orders::{self, OrderBook, OrderReader};
use crate::visits::Splitter;

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
        // Which session is a customer's first is known by all history.
        let plan = &self.plan;
        Needs { columns: columns(plan), events: plan.events(), ts: Micros::MIN..plan.as_of }
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        match &self.cell {
            None => Box::new(Reading::new(self.plan.clone(), Tally::new(self.plan.clone()))),
            Some(cell) => Box::new(Reading::new(self.plan.clone(), Members::new(cell.clone()))),
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
    cutter: Cutter,
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
            cutter: Cutter::default(),
            session,
            bits: Vec::new(),
        }
    }

    fn close(&mut self) {
        let Some(key) = self.customer.take() else { return };
        let moments = self.moments.settle(&self.plan.filters);
        let since = self.orders.since(self.plan.question.population);
        if let Some(since) = since
            && let Some(customer) = self.cutter.customer(&self.plan, moments, since)
        {
            self.sink.customer(key, &customer, &self.nodes);
        }
        self.moments.clear();
        self.orders.clear();
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
        for run in runs {
            if !run.continues {
                self.close();
                self.customer = Some(run.customer);
            }
            for row in run.rows.clone().take_while(|row| ts[*row] < plan.as_of) {
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
        self.close();
        self.sink.finish(&self.nodes)
    }
}
