//! Running folds: one shared scan, buckets in parallel.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::RecordBatch;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::StreamExt;
use perennial_types::event::Column;
use tokio::task::JoinSet;

use crate::error::EngineError;
use crate::exec::FoldExec;
use crate::fold::{Fold, Needs};
use crate::partial::unpack;
use crate::source::{RunSource, ScanRequest};

/// Rows per batch: two columns of it stay in the cache of one core.
const BATCH_ROWS: usize = 32 * 1024;

/// Where folds run.
#[derive(Clone)]
pub struct Session {
    context: SessionContext,
    threads: NonZeroUsize,
}

impl Session {
    /// A session that works on this many buckets at a time.
    pub fn new(threads: NonZeroUsize) -> Session {
        let config =
            SessionConfig::new().with_batch_size(BATCH_ROWS).with_target_partitions(threads.get());
        Session { context: SessionContext::new_with_config(config), threads }
    }

    /// Runs the folds over one shared scan. For each fold, in the order given, the partial
    /// results of the buckets, in no particular order.
    pub async fn run(
        &self,
        source: &dyn RunSource,
        folds: &[Arc<dyn Fold>],
    ) -> Result<Vec<Vec<RecordBatch>>, EngineError> {
        let needs = Needs::united(folds.iter().map(|fold| fold.needs()));
        let mut columns = needs.columns;
        columns.extend([Column::Customer, Column::Ts]);
        columns.sort_unstable();
        columns.dedup();
        let scan = source.scan(&ScanRequest { columns, events: needs.events, ts: needs.ts })?;
        let n_buckets = scan.buckets.len();
        let plan: Arc<dyn ExecutionPlan> = Arc::new(FoldExec::new(scan, folds.to_vec()));
        let packed = self.every_partition(&plan, n_buckets).await?;
        let mut by_fold = vec![Vec::new(); folds.len()];
        for batch in &packed {
            unpack(batch, &mut by_fold)?;
        }
        Ok(by_fold)
    }

    /// Executes every partition, as many at a time as there are threads. The work ends with this
    /// future: dropping it aborts the tasks.
    async fn every_partition(
        &self,
        plan: &Arc<dyn ExecutionPlan>,
        n_partitions: usize,
    ) -> Result<Vec<RecordBatch>, EngineError> {
        let next = Arc::new(AtomicUsize::new(0));
        let mut workers = JoinSet::new();
        for _ in 0..self.threads.get().min(n_partitions) {
            let (plan, next, context) = (plan.clone(), next.clone(), self.context.task_ctx());
            workers.spawn(async move { work(&plan, &next, n_partitions, &context).await });
        }
        let mut batches = Vec::new();
        while let Some(finished) = workers.join_next().await {
            let finished = finished.map_err(|error| EngineError::DataFusion(error.to_string()))?;
            batches.extend(finished?);
        }
        Ok(batches)
    }
}

async fn work(
    plan: &Arc<dyn ExecutionPlan>,
    next: &AtomicUsize,
    n_partitions: usize,
    context: &Arc<TaskContext>,
) -> Result<Vec<RecordBatch>, EngineError> {
    let mut batches = Vec::new();
    loop {
        let partition = next.fetch_add(1, Ordering::Relaxed);
        if partition >= n_partitions {
            return Ok(batches);
        }
        let mut stream = plan.execute(partition, context.clone())?;
        while let Some(batch) = stream.next().await {
            batches.push(batch?);
        }
    }
}
