//! Rows read as moments, customer by customer: what funnels, paths and sessions have in common.
//!
//! A kind says what it reads ([`Frame`]) and what it makes of a customer ([`Taker`]); when a
//! customer's rows are over, it is given the moments and since when the customer belongs to the
//! population.

use std::ops::Range;

use arrow::array::RecordBatch;
use perennial_engine::batch::{Batch, Run};
use perennial_engine::error::EngineError;
use perennial_engine::fold::{Needs, Visitor};
use perennial_types::calendar::Micros;
use perennial_types::event::Column;
use perennial_types::question::Population;

use super::{FilterReader, Filters, Moment, Moments};
use crate::orders::{self, OrderBook, OrderReader};

/// What is read of every customer.
#[derive(Clone, Debug)]
pub struct Frame {
    /// What makes a row a moment.
    pub filters: Filters,
    /// Who is looked at.
    pub population: Population,
    /// Whether rows may share an order.
    pub by_order: bool,
    /// The instants of the rows that matter.
    pub range: Range<Micros>,
}

impl Frame {
    /// What a scan has to give, with these columns of the kind's own.
    pub fn needs(
        &self,
        own: impl IntoIterator<Item = Column>,
        events: Option<Vec<String>>,
    ) -> Needs {
        let mut columns = self.filters.columns();
        columns.extend(own);
        if self.population != Population::Everyone {
            let of_orders = orders::COLUMNS.iter();
            columns.extend(of_orders.filter(|one| self.by_order || **one != Column::OrderId));
        }
        if self.population == Population::NetBuyers {
            columns.push(Column::Currency);
        }
        columns.sort_unstable();
        columns.dedup();
        Needs { columns, events, ts: self.range.clone() }
    }

    /// The rows of a run that matter; a run is in order of time.
    fn rows(&self, ts: &[Micros], run: &Run) -> Range<usize> {
        let Some(own) = ts.get(run.rows.clone()) else { return 0..0 };
        let (Some(first), Some(last)) = (own.first(), own.last()) else { return 0..0 };
        // Nearly every run lies within: nothing is searched there.
        if self.range.contains(first) && self.range.contains(last) {
            return run.rows.clone();
        }
        let n_before = |end: Micros| own.partition_point(|ts| *ts < end);
        let (from, to) = (n_before(self.range.start), n_before(self.range.end));
        run.rows.start + from..run.rows.start + to.max(from)
    }
}

/// What a kind makes of customers.
pub trait Taker: Send {
    /// Looks at a batch before its rows are read.
    fn look_at(&mut self, batch: &Batch) -> Result<(), EngineError>;
    /// Two numbers of a row at which a moment begins.
    fn tags(&self, row: usize) -> [u32; 2];
    /// Takes a customer, who belongs to the population since an instant.
    fn customer(&mut self, key: i64, moments: &[Moment], since: Micros) -> Result<(), EngineError>;
    /// The partial result of the bucket.
    fn finish(self) -> Result<RecordBatch, EngineError>;
}

/// Reads customers, bucket by bucket.
#[derive(Debug)]
pub struct Reading<T> {
    frame: Frame,
    taker: T,
    customer: Option<i64>,
    moments: Moments,
    orders: OrderBook,
    bits: Vec<u64>,
}

impl<T: Taker> Reading<T> {
    /// Nobody yet.
    pub fn new(frame: Frame, taker: T) -> Reading<T> {
        Reading {
            frame,
            taker,
            customer: None,
            moments: Moments::default(),
            orders: OrderBook::default(),
            bits: Vec::new(),
        }
    }

    fn close(&mut self) -> Result<(), EngineError> {
        let Some(key) = self.customer.take() else { return Ok(()) };
        let moments = self.moments.settle(&self.frame.filters);
        if let Some(since) = self.orders.since(self.frame.population) {
            self.taker.customer(key, moments, since)?;
        }
        self.moments.clear();
        self.orders.clear();
        Ok(())
    }
}

impl<T: Taker> Visitor for Reading<T> {
    fn visit(&mut self, batch: &Batch, runs: &[Run]) -> Result<(), EngineError> {
        let bits = std::mem::take(&mut self.bits);
        let reader = FilterReader::new(&self.frame.filters, batch, bits)?;
        let orders = OrderReader::of(self.frame.population, batch, self.frame.by_order)?;
        let ts = batch.ts()?;
        self.taker.look_at(batch)?;
        for run in runs {
            if !run.continues {
                self.close()?;
                self.customer = Some(run.customer);
            }
            let rows = self.frame.rows(ts, run);
            if let Some(orders) = &orders {
                for row in rows.clone() {
                    self.orders.push(orders, row, ts[row]);
                }
            }
            for row in reader.rows(rows) {
                self.moments.push(&self.frame.filters, &reader, row, || self.taker.tags(row));
            }
        }
        self.bits = reader.into_bits();
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<RecordBatch, EngineError> {
        self.close()?;
        self.taker.finish()
    }
}
