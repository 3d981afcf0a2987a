//! The folds of a question: the same outcomes, with different things made of them.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::batch::{Batch, Run};
use perennial_engine::error::EngineError;
use perennial_engine::fold::{Fold, Needs, Visitor};
use perennial_types::event::Column;
use perennial_types::question::Population;

use super::chain::{Outcome, Search};
use super::members::{Members, Wanted};
use super::plan::Plan;
use super::tally::Tally;
use crate::coding::{Coder, TupleCoder};
use crate::moments::{FilterReader, Moment, Moments};
use crate::orders::{self, OrderBook, OrderReader};

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
        Needs { columns: columns(plan), events: plan.events(), ts: plan.first_ts()..plan.as_of }
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        match &self.purpose {
            Purpose::Tally => Box::new(Reading::new(self.plan.clone(), Tally::default())),
            Purpose::Members(wanted) => {
                Box::new(Reading::new(self.plan.clone(), Members::new(wanted.clone())))
            }
        }
    }
}

/// The columns a question looks at, besides customer and instant.
fn columns(plan: &Plan) -> Vec<Column> {
    let mut columns = plan.filters.columns();
    columns.extend(plan.breakdown.iter().chain(&plan.hold).map(|field| field.column()));
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
    search: Search,
    groups: TupleCoder,
    hold: Option<Coder>,
    bits: Vec<u64>,
}

impl<S: Sink> Reading<S> {
    fn new(plan: Arc<Plan>, sink: S) -> Reading<S> {
        Reading {
            groups: TupleCoder::new(plan.breakdown.iter().cloned()),
            hold: plan.hold.clone().map(Coder::new),
            plan,
            sink,
            customer: None,
            moments: Moments::default(),
            orders: OrderBook::default(),
            search: Search::default(),
            bits: Vec::new(),
        }
    }

    fn close(&mut self) -> Result<(), EngineError> {
        let Some(customer) = self.customer.take() else { return Ok(()) };
        let moments = self.moments.settle(&self.plan.filters);
        let since = self.orders.since(self.plan.question.population);
        if let Some(since) = since.filter(|_| !moments.is_empty())
            && let Some(outcome) = self.search.outcome(&self.plan, moments, since)
        {
            self.sink.customer(&self.plan, customer, &outcome, moments)?;
        }
        self.moments.clear();
        self.orders.clear();
        Ok(())
    }
}

impl<S: Sink> Visitor for Reading<S> {
    fn visit(&mut self, batch: &Batch, runs: &[Run]) -> Result<(), EngineError> {
        let plan = self.plan.clone();
        let reader = FilterReader::new(&plan.filters, batch, std::mem::take(&mut self.bits))?;
        let ts = batch.ts()?;
        self.groups.read(batch)?;
        if let Some(hold) = &mut self.hold {
            hold.read(batch)?;
        }
        let orders = OrderReader::of(plan.question.population, batch, plan.by_order)?;
        let range = plan.first_ts()..plan.as_of;
        for run in runs {
            if !run.continues {
                self.close()?;
                self.customer = Some(run.customer);
            }
            if let Some(orders) = &orders {
                for row in run.rows.clone().filter(|row| range.contains(&ts[*row])) {
                    self.orders.push(orders, row, ts[row]);
                }
            }
            for row in reader.rows(run.rows.clone()).filter(|row| range.contains(&ts[*row])) {
                let hold = self.hold.as_ref().map_or(0, |hold| hold.rows()[row]);
                let tags = || [self.groups.number(row), hold];
                self.moments.push(&plan.filters, &reader, row, tags);
            }
        }
        self.bits = reader.into_bits();
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<RecordBatch, EngineError> {
        self.close()?;
        self.sink.finish(&self.plan, &self.groups)
    }
}
