//! Rows in memory as a source: rows not yet in files, and the worlds of tests.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, RecordBatch};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::physical_plan::ExecutionPlan;
use perennial_types::event::{COLUMNS, Column};

use crate::batch::Batch;
use crate::error::EngineError;
use crate::schema::event_schema;
use crate::source::{RunScan, RunSource, ScanRequest, SourceFacts};

/// Sorted partitions of the event table, held in memory.
#[derive(Clone, Debug)]
pub struct MemorySource {
    /// Partitions, each sorted by customer, instant and sequence.
    partitions: Vec<Vec<RecordBatch>>,
    buckets: Vec<Range<usize>>,
}

impl MemorySource {
    /// A source of buckets, each a list of sorted partitions with every column of the table.
    pub fn new(buckets: Vec<Vec<Vec<RecordBatch>>>) -> MemorySource {
        let mut partitions = Vec::new();
        let mut ranges = Vec::new();
        for bucket in buckets {
            let first = partitions.len();
            partitions.extend(bucket);
            ranges.push(first..partitions.len());
        }
        MemorySource { partitions, buckets: ranges }
    }

    fn batches(&self) -> impl Iterator<Item = &RecordBatch> {
        self.partitions.iter().flatten()
    }
}

/// The positions of columns in the event table.
pub fn positions(columns: &[Column]) -> Vec<usize> {
    columns.iter().map(|column| *column as usize).collect()
}

/// The request's columns, and `sequence` where rows of one customer have to be merged.
pub fn columns_of(request: &ScanRequest, buckets: &[Range<usize>]) -> Vec<Column> {
    let mut columns = request.columns.clone();
    if buckets.iter().any(|partitions| partitions.len() > 1) {
        columns.push(Column::Sequence);
        columns.sort_unstable();
        columns.dedup();
    }
    columns
}

impl RunSource for MemorySource {
    fn facts(&self) -> SourceFacts {
        let mut facts = SourceFacts::default();
        for batch in self.batches() {
            facts.n_rows += batch.num_rows() as u64;
            for ts in Batch::new(batch).ts().unwrap_or_default() {
                let (first, last) = facts.ts.unwrap_or((*ts, *ts));
                facts.ts = Some((first.min(*ts), last.max(*ts)));
            }
        }
        let is_null = |position: usize| {
            self.batches().all(|batch| batch.column(position).null_count() == batch.num_rows())
        };
        facts.always_null = COLUMNS
            .iter()
            .map(|spec| spec.column)
            .filter(|column| is_null(*column as usize))
            .collect();
        facts
    }

    fn scan(&self, request: &ScanRequest) -> Result<RunScan, EngineError> {
        let columns = columns_of(request, &self.buckets);
        let source = MemorySourceConfig::try_new_exec(
            &self.partitions,
            event_schema(),
            Some(positions(&columns)),
        )?;
        let plan: Arc<dyn ExecutionPlan> = source;
        Ok(RunScan { plan, buckets: self.buckets.clone() })
    }
}
