//! Where sorted rows come from: the interface the lake implements.

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

use datafusion::physical_plan::ExecutionPlan;
use perennial_types::calendar::Micros;
use perennial_types::event::Column;

use crate::error::EngineError;
use crate::order::{OrderFound, OutsideOrder};

/// What a scan has to deliver. A source may deliver more rows than asked for, never fewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanRequest {
    /// Columns, sorted and each once.
    pub columns: Vec<Column>,
    /// Names of the only events that matter; `None` is all.
    pub events: Option<Vec<String>>,
    /// Only instants in this half-open range matter.
    pub ts: Range<Micros>,
}

/// A scan that is ready to run.
#[derive(Debug)]
pub struct RunScan {
    /// The plan. Each of its partitions is sorted by customer, instant and sequence.
    pub plan: Arc<dyn ExecutionPlan>,
    /// For each bucket, which partitions of the plan are its own. Rows of one customer stand in
    /// one bucket only, but may stand in several of its partitions.
    pub buckets: Vec<Range<usize>>,
}

/// What is known of the rows before any is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceFacts {
    /// Number of rows.
    pub n_rows: u64,
    /// Instants of the earliest and the latest row.
    pub ts: Option<(Micros, Micros)>,
    /// Columns that are null in every row.
    pub always_null: Vec<Column>,
    /// The customers in order of their outside ids. It costs a reading of all ids, so it is there
    /// for the questions alone that say they need it, and where the source knows any.
    pub order: Option<Arc<OutsideOrder>>,
}

/// A fixed snapshot of events, clustered by customer.
pub trait RunSource: Debug + Send + Sync {
    /// What is known without reading.
    fn facts(&self) -> SourceFacts;
    /// For every partition of a scan that leaves nothing out, a number that stands for exactly its
    /// rows for ever, where there is one. `None` where nothing of the kind is known.
    fn partition_keys(&self) -> Option<Vec<Option<u64>>> {
        None
    }
    /// The customers in order of their outside ids; `None` where none are known.
    fn outside_order(&self) -> OrderFound<'_> {
        Box::pin(async { Ok(None) })
    }
    /// Plans a scan. Each call gives a new plan: a plan runs once.
    fn scan(&self, request: &ScanRequest) -> Result<RunScan, EngineError>;
}
