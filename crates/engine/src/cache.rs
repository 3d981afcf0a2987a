//! Decoded columns kept in memory between questions.
//!
//! A running server is asked about the same columns again and again, and decoding them is most of
//! the work. A [`CachedSource`] keeps what a scan decoded, column by column and file by file,
//! within a bound. Files never change, so nothing kept can be out of date.
//!
//! What no longer fits stays out, rather than push out what the same scan comes to next: a scan goes
//! through all files in the same order, and where the least recently used column had to go for the
//! newest, a scan a little larger than the bound would find nothing of what it left behind. Only
//! columns that neither this scan nor the one before has used make room.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
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
use crate::order::{OrderFound, OutsideOrder};
use crate::packed::{packed, packed_schema};
use crate::source::{RunScan, RunSource, ScanRequest, SourceFacts};

/// What a kept column is found by: the partition's key and the column's name.
type Key = (u64, String);

/// Columns kept, within a bound.
#[derive(Debug)]
pub struct ColumnCache {
    capacity_bytes: usize,
    kept: Mutex<Kept>,
    order: Mutex<KeptOrder>,
}

/// The order of the customers of some partitions, by the partitions' keys.
type KeptOrder = Option<(Vec<u64>, Arc<OutsideOrder>)>;

#[derive(Debug, Default)]
struct Kept {
    columns: HashMap<Key, Entry>,
    n_bytes: usize,
    n_scans: u64,
}

#[derive(Debug)]
struct Entry {
    /// One array per batch.
    arrays: Arc<[ArrayRef]>,
    n_bytes: usize,
    /// The scan that used it last.
    last_scan: u64,
}

impl ColumnCache {
    /// Nothing kept, at most this many bytes ever.
    pub fn new(capacity_bytes: usize) -> ColumnCache {
        ColumnCache { capacity_bytes, kept: Mutex::default(), order: Mutex::default() }
    }

    /// Bytes kept now.
    pub fn n_bytes(&self) -> usize {
        self.kept().n_bytes
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn order(&self) -> MutexGuard<'_, KeptOrder> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a scan that begins.
    fn begin_scan(&self) -> u64 {
        let mut kept = self.kept();
        kept.n_scans += 1;
        kept.n_scans
    }

    /// A partition's batches, if every column of the schema is kept.
    fn get(&self, partition: u64, schema: &SchemaRef, scan: u64) -> Option<Vec<RecordBatch>> {
        let mut kept = self.kept();
        let keys: Vec<Key> =
            schema.fields().iter().map(|field| (partition, field.name().clone())).collect();
        if !keys.iter().all(|key| kept.columns.contains_key(key)) {
            return None;
        }
        let mut columns = Vec::with_capacity(keys.len());
        for key in &keys {
            let entry = kept.columns.get_mut(key)?;
            entry.last_scan = scan;
            columns.push(entry.arrays.clone());
        }
        let n_batches = columns.first()?.len();
        (0..n_batches)
            .map(|batch| {
                let arrays = columns.iter().map(|arrays| arrays.get(batch).cloned());
                RecordBatch::try_new(schema.clone(), arrays.collect::<Option<_>>()?).ok()
            })
            .collect()
    }

    fn put(&self, partition: u64, schema: &SchemaRef, batches: &[RecordBatch], scan: u64) {
        let mut kept = self.kept();
        for (index, field) in schema.fields().iter().enumerate() {
            let key = (partition, field.name().clone());
            let arrays: Arc<[ArrayRef]> =
                batches.iter().map(|batch| batch.column(index).clone()).collect();
            // Batches are cut alike only within one scan: what is kept of a partition stays whole.
            let is_cut_alike = kept.columns.iter().all(|((other, _), known)| {
                *other != partition || lengths(&known.arrays) == lengths(&arrays)
            });
            let n_bytes = arrays.iter().map(|array| array.get_array_memory_size()).sum();
            if is_cut_alike
                && !kept.columns.contains_key(&key)
                && kept.makes_room(n_bytes, self.capacity_bytes, scan)
            {
                kept.n_bytes += n_bytes;
                kept.columns.insert(key, Entry { arrays, n_bytes, last_scan: scan });
            }
        }
    }
}

impl Kept {
    /// Makes room for that many bytes, if columns out of use suffice for it.
    fn makes_room(&mut self, n_bytes: usize, capacity_bytes: usize, scan: u64) -> bool {
        let out_of_use = |entry: &Entry| entry.last_scan + 1 < scan;
        let idle: usize = self
            .columns
            .values()
            .filter(|entry| out_of_use(entry))
            .map(|entry| entry.n_bytes)
            .sum();
        if (self.n_bytes - idle).saturating_add(n_bytes) > capacity_bytes {
            return false;
        }
        while self.n_bytes.saturating_add(n_bytes) > capacity_bytes {
            let idle = self.columns.iter().filter(|(_, entry)| out_of_use(entry));
            let Some((key, _)) = idle.min_by_key(|(_, entry)| entry.last_scan) else {
                return false;
            };
            let key = key.clone();
            self.n_bytes -= self.columns.remove(&key).map_or(0, |entry| entry.n_bytes);
        }
        true
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

    fn outside_order(&self) -> OrderFound<'_> {
        Box::pin(async {
            // The same rows are of the same customers, and those keep the ids they are known by.
            let keys: Option<Vec<u64>> =
                self.inner.partition_keys().and_then(|keys| keys.into_iter().collect());
            let Some(keys) = keys else { return self.inner.outside_order().await };
            if let Some((of, order)) = &*self.cache.order()
                && *of == keys
            {
                return Ok(Some(order.clone()));
            }
            let found = self.inner.outside_order().await?;
            if let Some(order) = &found {
                *self.cache.order() = Some((keys, order.clone()));
            }
            Ok(found)
        })
    }

    fn scan(&self, request: &ScanRequest) -> std::result::Result<RunScan, EngineError> {
        let Some(keys) = self.inner.partition_keys() else { return self.inner.scan(request) };
        // Only whole partitions can be kept. What could never fit is better read with everything
        // left out that the request can do without.
        let n_rows = usize::try_from(self.inner.facts().n_rows).unwrap_or(usize::MAX);
        let width: usize = request.columns.iter().map(|column| width(*column)).sum();
        if n_rows.saturating_mul(width) > self.cache.capacity_bytes {
            return self.inner.scan(request);
        }
        let whole = ScanRequest {
            columns: request.columns.clone(),
            events: None,
            ts: Micros::MIN..Micros::MAX,
        };
        let RunScan { plan, buckets } = self.inner.scan(&whole)?;
        let plan = Arc::new(CachingExec::new(plan, keys.into(), self.cache.clone()));
        Ok(RunScan { plan, buckets })
    }
}

/// About how many bytes a kept value of that column takes.
fn width(column: Column) -> usize {
    match column {
        Column::Customer => 1,
        Column::MessageId | Column::Properties => 64,
        _ => 8,
    }
}

/// Reads partitions from memory where they are kept, and keeps the others as they pass. Either way
/// the customers come as runs.
#[derive(Clone, Debug)]
struct CachingExec {
    input: Arc<dyn ExecutionPlan>,
    keys: Arc<[Option<u64>]>,
    cache: Arc<ColumnCache>,
    scan: u64,
    properties: Arc<PlanProperties>,
}

impl CachingExec {
    fn new(
        input: Arc<dyn ExecutionPlan>,
        keys: Arc<[Option<u64>]>,
        cache: Arc<ColumnCache>,
    ) -> CachingExec {
        let properties = PlanProperties::clone(input.properties())
            .with_eq_properties(EquivalenceProperties::new(packed_schema(&input.schema())));
        let scan = cache.begin_scan();
        CachingExec { input, keys, cache, scan, properties: Arc::new(properties) }
    }
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
        &self.properties
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
        let schema = self.schema();
        let key = self.keys.get(partition).copied().flatten();
        if let Some(batches) = key.and_then(|key| self.cache.get(key, &schema, self.scan)) {
            return Ok(Box::pin(MemoryStream::try_new(batches, schema, None)?));
        }
        let passing = Passing {
            stream: Some(self.input.execute(partition, context)?),
            passed: Vec::new(),
            key,
            schema: schema.clone(),
            cache: self.cache.clone(),
            scan: self.scan,
        };
        let stream = futures::stream::unfold(passing, Passing::next);
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream)))
    }
}

/// A partition on its way past the cache.
struct Passing {
    stream: Option<SendableRecordBatchStream>,
    passed: Vec<RecordBatch>,
    /// None where what passes cannot be kept.
    key: Option<u64>,
    schema: SchemaRef,
    cache: Arc<ColumnCache>,
    scan: u64,
}

impl Passing {
    /// The next batch; what has passed is kept once the end is reached without an error.
    async fn next(mut self) -> Option<(Result<RecordBatch>, Passing)> {
        let Some(next) = self.stream.as_mut()?.next().await else {
            if let Some(key) = self.key {
                self.cache.put(key, &self.schema, &self.passed, self.scan);
            }
            return None;
        };
        match next.and_then(|batch| packed(&batch, &self.schema).map_err(DataFusionError::from)) {
            Ok(batch) => {
                if self.key.is_some() {
                    self.passed.push(batch.clone());
                }
                Some((Ok(batch), self))
            }
            Err(error) => {
                self.stream = None;
                Some((Err(error), self))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::Int64Array;
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;

    fn batch(n_rows: usize) -> (SchemaRef, Vec<RecordBatch>) {
        let schema = Arc::new(Schema::new(vec![Field::new("ts", DataType::Int64, false)]));
        let column: ArrayRef = Arc::new(Int64Array::from(vec![7; n_rows]));
        let batch = RecordBatch::try_new(schema.clone(), vec![column]).unwrap();
        (schema, vec![batch])
    }

    /// One scan of partitions, each kept where there is room; which of them were found kept.
    fn scan(cache: &ColumnCache, partitions: std::ops::Range<u64>) -> Vec<u64> {
        let (schema, batches) = batch(1000);
        let number = cache.begin_scan();
        let visit = |partition: &u64| {
            let found = cache.get(*partition, &schema, number).is_some();
            if !found {
                cache.put(*partition, &schema, &batches, number);
            }
            found
        };
        partitions.filter(visit).collect()
    }

    #[test]
    fn a_scan_larger_than_the_bound_finds_again_what_fitted() {
        let cache = ColumnCache::new(3 * 8_500);
        assert_eq!(scan(&cache, 0..5), Vec::<u64>::new());
        assert_eq!(scan(&cache, 0..5), [0, 1, 2]);
        assert_eq!(scan(&cache, 0..5), [0, 1, 2]);
        assert!(cache.n_bytes() <= 3 * 8_500, "{} bytes", cache.n_bytes());
    }

    #[test]
    fn what_two_scans_did_not_use_makes_room() {
        let cache = ColumnCache::new(3 * 8_500);
        scan(&cache, 0..3);
        assert_eq!(scan(&cache, 10..12), Vec::<u64>::new(), "used by the scan before");
        assert_eq!(scan(&cache, 10..12), Vec::<u64>::new(), "now there is room");
        assert_eq!(scan(&cache, 10..12), [10, 11]);
        assert!(scan(&cache, 0..3).len() <= 1, "as much as had to go is gone");
        assert!(cache.n_bytes() <= 3 * 8_500, "{} bytes", cache.n_bytes());
    }
}
