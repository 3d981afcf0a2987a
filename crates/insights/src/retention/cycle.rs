//! The usual purchase cycle: the median of all customers' gaps between purchases.

use std::sync::Arc;

use arrow::array::{AsArray, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use perennial_engine::batch::{Batch, Run};
use perennial_engine::error::EngineError;
use perennial_engine::fold::{Fold, Needs, Visitor};
use perennial_types::calendar::Micros;
use perennial_types::event::Column;

use crate::orders::{self, OrderBook, OrderReader};

/// Collects the gaps between purchases known at an instant.
#[derive(Clone, Debug)]
pub struct Gaps {
    /// End of the known world.
    pub as_of: Micros,
    /// Whether rows may share an order.
    pub by_order: bool,
}

impl Fold for Gaps {
    fn description(&self) -> (&'static str, serde_json::Value) {
        ("gaps", serde_json::json!({ "as_of": self.as_of }))
    }

    fn needs(&self) -> Needs {
        let columns = orders::COLUMNS
            .into_iter()
            .filter(|column| self.by_order || *column != Column::OrderId)
            .collect();
        Needs { columns, events: None, ts: Micros::MIN..self.as_of }
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        Box::new(GapsVisitor { fold: self.clone(), orders: OrderBook::default(), gaps: Vec::new() })
    }
}

struct GapsVisitor {
    fold: Gaps,
    orders: OrderBook,
    gaps: Vec<Micros>,
}

impl GapsVisitor {
    fn close(&mut self) {
        self.gaps.extend(self.orders.gaps_until(Micros::MAX));
        self.orders.clear();
    }
}

impl Visitor for GapsVisitor {
    fn visit(&mut self, batch: &Batch, runs: &[Run]) -> Result<(), EngineError> {
        let reader = OrderReader::new(batch, self.fold.by_order)?;
        let ts = batch.ts()?;
        for run in runs {
            if !run.continues {
                self.close();
            }
            for row in run.rows.clone().take_while(|row| ts[*row] < self.fold.as_of) {
                self.orders.push(&reader, row, ts[row]);
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<RecordBatch, EngineError> {
        self.close();
        let schema = Schema::new(vec![Field::new("gap", DataType::Int64, false)]);
        Ok(RecordBatch::try_new(Arc::new(schema), vec![Arc::new(Int64Array::from(self.gaps))])?)
    }
}

/// The gaps of all buckets, sorted.
pub fn merged_gaps(partials: &[RecordBatch]) -> Vec<Micros> {
    let mut gaps: Vec<Micros> = partials
        .iter()
        .flat_map(|partial| partial.column(0).as_primitive::<Int64Type>().values().iter().copied())
        .collect();
    gaps.sort_unstable();
    gaps
}
