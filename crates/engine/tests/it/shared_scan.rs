//! Folds that share a scan: each sees what it asked for, whatever the others ask.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{AsArray, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use perennial_engine::batch::{Batch, Run};
use perennial_engine::error::EngineError;
use perennial_engine::fold::{Fold, Needs, Visitor};
use perennial_testkit::{Layout, World, block_on, scenes, session, worlds};
use perennial_types::event::Column;
use proptest::prelude::*;

/// For every customer its runs, its rows of one name, and whether they stood in time order.
#[derive(Clone, Debug)]
pub(crate) struct Census {
    pub(crate) event: &'static str,
}

struct Counting {
    pub(crate) event: &'static str,
    rows: Vec<(i64, i64, i64)>,
    last_ts: i64,
}

impl Fold for Census {
    fn description(&self) -> (&'static str, serde_json::Value) {
        ("census", serde_json::json!(self.event))
    }

    fn needs(&self) -> Needs {
        Needs {
            columns: vec![Column::Event],
            events: Some(vec![self.event.to_owned()]),
            ts: i64::MIN..i64::MAX,
        }
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        Box::new(Counting { event: self.event, rows: Vec::new(), last_ts: i64::MIN })
    }
}

impl Visitor for Counting {
    fn visit(&mut self, batch: &Batch, runs: &[Run]) -> Result<(), EngineError> {
        let (ts, names) = (batch.ts()?, batch.text(Column::Event)?);
        for run in runs {
            if !run.continues {
                self.rows.push((run.customer, 0, 1));
                self.last_ts = i64::MIN;
            }
            let last = self.rows.last_mut().expect("a customer");
            assert_eq!(last.0, run.customer, "a run continues that of its customer");
            for row in run.rows.clone() {
                last.1 += i64::from(names.get(row) == Some(self.event));
                last.2 &= i64::from(self.last_ts <= ts[row]);
                self.last_ts = ts[row];
            }
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<RecordBatch, EngineError> {
        let fields =
            ["customer", "n_rows", "in_order"].map(|name| Field::new(name, DataType::Int64, false));
        let column = |of: fn(&(i64, i64, i64)) -> i64| -> arrow::array::ArrayRef {
            Arc::new(self.rows.iter().map(of).collect::<Int64Array>())
        };
        let columns = vec![column(|row| row.0), column(|row| row.1), column(|row| row.2)];
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields.to_vec())), columns)?)
    }
}

/// Rows of a name by customer; a customer visited twice would stand there twice.
pub(crate) fn found(partials: &[RecordBatch]) -> Vec<(i64, i64)> {
    let mut all = Vec::new();
    for partial in partials {
        let column = |index: usize| partial.column(index).as_primitive::<Int64Type>();
        for row in 0..partial.num_rows() {
            assert_eq!(column(2).value(row), 1, "rows stand in time order");
            all.push((column(0).value(row), column(1).value(row)));
        }
    }
    all.retain(|(_, n_rows)| *n_rows > 0);
    all.sort_unstable();
    all
}

fn counted(world: &World, event: &str) -> Vec<(i64, i64)> {
    let mut counts: BTreeMap<i64, i64> = BTreeMap::new();
    for row in world.events.iter().filter(|row| row.event == event) {
        *counts.entry(row.customer).or_default() += 1;
    }
    counts.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_customer_is_visited_once_by_every_fold(world in scenes().prop_flat_map(worlds)) {
        let events = ["order", "view", "nothing"];
        let folds: Vec<Arc<dyn Fold>> =
            events.iter().map(|event| -> Arc<dyn Fold> { Arc::new(Census { event }) }).collect();
        for layout in Layout::ALL {
            let source = world.source(layout);
            let partials = block_on(async { session().run(&source, &folds).await }).expect("partials");
            for (event, partials) in events.iter().zip(&partials) {
                prop_assert_eq!(found(partials), counted(&world, event), "{} in {:?}", event, layout);
            }
        }
    }
}
