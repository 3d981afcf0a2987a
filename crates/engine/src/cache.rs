//! Decoded columns kept in memory between questions.
//!
//! A running server is asked about the same columns again and again, and decoding them is most of
//! the work. A [`CachedSource`] keeps what a scan decoded, column by column and file by file,
//! within a bound; the least recently used column of a file goes first. Files never change, so
//! nothing kept can be out of date.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::memory::MemoryStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, SendableRecordBatchStream,
};
use futures::StreamExt;
use perennial_types::calendar::Micros;
use perennial_types::event::Column;

use crate::error::EngineError;
use crate::source::{RunScan, RunSource, ScanRequest, SourceFacts};

/// What a kept column is found by: the partition's key and the column's name.
type Key = (u64, String);

/// Columns kept, within a bound.
#[derive(Debug)]
pub struct ColumnCache {
    capacity_bytes: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// One array per batch.
    columns: HashMap<Key, (Arc<[ArrayRef]>, usize)>,
    /// Least recently used first.
    order: VecDeque<Key>,
    n_bytes: usize,
}

impl ColumnCache {
    /// Nothing kept, at most this many bytes ever.
    pub fn new(capacity_bytes: usize) -> ColumnCache {
        ColumnCache { capacity_bytes, kept: Mutex::default() }
    }

    /// Bytes kept now.
    pub fn n_bytes(&self) -> usize {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).n_bytes
    }

    /// A partition's batches, if every column of the schema is kept.
    fn get(&self, partition: u64, schema: &SchemaRef) -> Option<Vec<RecordBatch>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let keys: Vec<Key> =
            schema.fields().iter().map(|field| (partition, field.name().clone())).collect();
        let columns: Vec<Arc<[ArrayRef]>> = keys
            .iter()
            .map(|key| kept.columns.get(key).map(|(arrays, _)| arrays.clone()))
            .collect::<Option<_>>()?;
        kept.order.retain(|known| !keys.contains(known));
        kept.order.extend(keys);
        let n_batches = columns.first()?.len();
        (0..n_batches)
            .map(|batch| {
                let arrays = columns.iter().map(|arrays| arrays.get(batch).cloned());
                RecordBatch::try_new(schema.clone(), arrays.collect::<Option<_>>()?).ok()
            })
            .collect()
    }

    fn put(&self, partition: u64, schema: &SchemaRef, batches: &[RecordBatch]) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        for (index, field) in schema.fields().iter().enumerate() {
            let key = (partition, field.name().clone());
            let arrays: Arc<[ArrayRef]> =
                batches.iter().map(|batch| batch.column(index).clone()).collect();
            let n_bytes = arrays.iter().map(|array| array.get_array_memory_size()).sum();
            // Batches are cut alike only within one scan: what is kept of a partition stays whole.
            let is_cut_alike = kept.columns.iter().all(|((other, _), (known, _))| {
                *other != partition || lengths(known) == lengths(&arrays)
            });
            if n_bytes > self.capacity_bytes || !is_cut_alike || kept.columns.contains_key(&key) {
                continue;
            }
            kept.n_bytes += n_bytes;
            kept.order.push_back(key.clone());
            kept.columns.insert(key, (arrays, n_bytes));
        }
        while kept.n_bytes > self.capacity_bytes {
            let Some(oldest) = kept.order.pop_front() else { break };
            if let Some((_, n_bytes)) = kept.columns.remove(&oldest) {
                kept.n_bytes -= n_bytes;
            }
        }
    }
}

fn lengths(arrays: &[ArrayRef]) -> Vec<usize> {
    arrays.iter().map(|array| array.len()).collect()
}

/// A source whose decoded columns are kept.
#[derive(Debug)]
pub struct CachedSource {
    inner: Arc<dyn RunSource>,
    cache: Arc<ColumnCache>,
}

impl CachedSource {
    /// Keeps what is decoded of a source.
    pub fn new(inner: Arc<dyn RunSource>, cache: Arc<ColumnCache>) -> CachedSource {
        CachedSource { inner, cache }
    }
}

impl RunSource for CachedSource {
    fn facts(&self) -> SourceFacts {
        self.inner.facts()
    }

    fn partition_keys(&self) -> Option<Vec<Option<u64>>> {
        self.inner.partition_keys()
    }

    fn scan(&self, request: &ScanRequest) -> std::result::Result<RunScan, EngineError> {
        let Some(keys) = self.inner.partition_keys() else { return self.inner.scan(request) };
        // Only whole partitions can be kept. About eight bytes a value: what could never fit is
        // better read with everything left out that the request can do without.
        let n_rows = usize::try_from(self.inner.facts().n_rows).unwrap_or(usize::MAX);
        let has_wide = request.columns.iter().any(|column| {
            matches!(column, Column::MessageId | Column::Properties)
        });
        let width = if has_wide { 64 } else { 8 * request.columns.len() };
        if n_rows.saturating_mul(width) > self.cache.capacity_bytes {
            return self.inner.scan(request);
        }
        let whole =
            ScanRequest { columns: request.columns.clone(), events: None, ts: Micros::MIN..Micros::MAX };
        let RunScan { plan, buckets } = self.inner.scan(&whole)?;
        let plan = Arc::new(CachingExec { input: plan, keys: keys.into(), cache: self.cache.clone() });
        Ok(RunScan { plan, buckets })
    }
}

/// Reads partitions from memory where they are kept, and keeps the others as they pass.
#[derive(Clone, Debug)]
struct CachingExec {
    input: Arc<dyn ExecutionPlan>,
    keys: Arc<[Option<u64>]>,
    cache: Arc<ColumnCache>,
}

impl DisplayAs for CachingExec {
    fn fmt_as(&self, _format: DisplayFormatType, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "CachingExec: partitions={}", self.keys.len())
    }
}

impl ExecutionPlan for CachingExec {
    fn name(&self) -> &'static str {
        "CachingExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match (children.pop(), children.is_empty()) {
            (Some(input), true) => Ok(Arc::new(CachingExec { input, ..CachingExec::clone(&self) })),
            _ => Err(DataFusionError::Internal("a cache has exactly one input".to_owned())),
        }
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(
            children,
            ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute),
        )
    }

    fn apply_expressions(
        &self,
        _visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let Some(key) = self.keys.get(partition).copied().flatten() else {
            return self.input.execute(partition, context);
        };
        let schema = self.schema();
        if let Some(batches) = self.cache.get(key, &schema) {
            return Ok(Box::pin(MemoryStream::try_new(batches, schema, None)?));
        }
        let passing = Passing {
            stream: Some(self.input.execute(partition, context)?),
            passed: Vec::new(),
            key,
            schema: schema.clone(),
            cache: self.cache.clone(),
        };
        let stream = futures::stream::unfold(passing, Passing::next);
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream)))
    }
}

/// A partition on its way past the cache.
struct Passing {
    stream: Option<SendableRecordBatchStream>,
    passed: Vec<RecordBatch>,
    key: u64,
    schema: SchemaRef,
    cache: Arc<ColumnCache>,
}

impl Passing {
    /// The next batch; what has passed is kept once the end is reached without an error.
    async fn next(mut self) -> Option<(Result<RecordBatch>, Passing)> {
        match self.stream.as_mut()?.next().await {
            Some(Ok(batch)) => {
                self.passed.push(batch.clone());
                Some((Ok(batch), self))
            }
            Some(Err(error)) => {
                self.stream = None;
                Some((Err(error), self))
            }
            None => {
                self.cache.put(self.key, &self.schema, &self.passed);
                None
            }
        }
    }
}
