//! One snapshot of the lake as a source of sorted rows.
//!
//! Every file is one partition of the plan, so that each partition is sorted; the pending rows of
//! a bucket are one more. Files, then row groups, are left out by instant and event name; within a
//! row group all rows are delivered. The snapshot stays readable for as long as the source or a
//! plan made from it lives.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{BinaryExpr, Column as PhysicalColumn, lit};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::union::UnionExec;
use perennial_engine::error::EngineError;
use perennial_engine::memory::{columns_of, positions};
use perennial_engine::order::{OrderFound, OutsideOrder};
use perennial_engine::schema::event_schema;
use perennial_engine::source::{RunScan, RunSource, ScanRequest, SourceFacts};
use perennial_store::{DataFile, StatValue, Store};
use perennial_types::calendar::Micros;
use perennial_types::event::{COLUMNS, Column};

use crate::error::Result;
use crate::identity;
use crate::lake::Lake;
use crate::pin::Pin;
use crate::read::{LakeFile, VerifyingReaders};
use crate::undo::Without;

/// More names than this are not worth a condition per row group.
const MAX_NAMES: usize = 20;

/// A fixed snapshot of the lake. Cloning is cheap.
#[derive(Clone)]
pub struct LakeSource {
    view: Arc<View>,
    store: Store,
}

impl fmt::Debug for LakeSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("LakeSource").field("view", &self.view).finish_non_exhaustive()
    }
}

/// What a snapshot shows.
#[derive(Debug)]
pub(crate) struct View {
    /// Id of the catalog's snapshot.
    pub(crate) snapshot_id: i64,
    /// Rows with this sequence or a later one are not in it.
    pub(crate) next_sequence: i64,
    /// Rows with this sequence or a smaller one are all in it, and no other will ever be.
    pub(crate) known_at: i64,
    pub(crate) n_buckets: i32,
    /// The files, by bucket.
    pub(crate) files: Vec<(DataFile, LakeFile)>,
    /// Pending rows that are in no file, by bucket; each sorted.
    pub(crate) pending: Vec<(i32, RecordBatch)>,
    /// Keeps the files from being deleted.
    pub(crate) pin: Arc<Pin>,
}

/// One partition of a plan.
enum Part<'a> {
    File(&'a DataFile, &'a LakeFile),
    Rows(&'a RecordBatch),
}

impl LakeSource {
    pub(crate) fn new(view: View, store: Store) -> LakeSource {
        LakeSource { view: Arc::new(view), store }
    }

    /// Id of the catalog's snapshot.
    pub fn snapshot_id(&self) -> i64 {
        self.view.snapshot_id
    }

    /// The sequence it is known at: every row of this one or a smaller is shown, and none will
    /// ever be added. Rows accepted while a bulk import is being published may be beyond it.
    pub fn known_at(&self) -> i64 {
        self.view.known_at
    }

    /// What the rows it shows are known by: equal states show equal rows.
    pub fn state(&self) -> (i64, i64) {
        (self.view.snapshot_id, self.view.next_sequence)
    }

    pub(crate) fn view(&self) -> &View {
        &self.view
    }

    /// The same snapshot with some files replaced by others that are not committed yet.
    pub(crate) fn with(&self, without: &Without, lake: &Lake) -> Result<LakeSource> {
        let view = &*self.view;
        let mut files: Vec<DataFile> = view.files.iter().map(|(file, _)| file.clone()).collect();
        files.retain(|file| !without.remove.contains(&file.id));
        files.extend(without.made.iter().map(|made| DataFile {
            id: i64::MAX,
            begin_snapshot: i64::MAX,
            end_snapshot: None,
            file: made.file.clone(),
        }));
        let files = lake.places(files)?;
        let (pending, pin) = (view.pending.clone(), view.pin.clone());
        Ok(LakeSource::new(View { files, pending, pin, ..*view }, self.store.clone()))
    }

    /// The partitions that matter to a request, and which of them are each bucket's.
    fn parts(&self, request: &ScanRequest) -> (Vec<Part<'_>>, Vec<Range<usize>>) {
        let view = &*self.view;
        let mut parts = Vec::new();
        let mut buckets = Vec::new();
        let mut files = view.files.iter().peekable();
        let mut pending = view.pending.iter().peekable();
        for bucket in 0..view.n_buckets {
            let first = parts.len();
            while let Some((file, place)) = files.next_if(|(file, _)| file.file.bucket == bucket) {
                if may_matter(file, request) {
                    parts.push(Part::File(file, place));
                }
            }
            while let Some((_, rows)) = pending.next_if(|(of, _)| *of == bucket) {
                parts.push(Part::Rows(rows));
            }
            buckets.push(first..parts.len());
        }
        (parts, buckets)
    }

    /// The plan of neighbouring partitions of the same kind.
    fn plan_of(
        &self,
        parts: &[Part<'_>],
        columns: &[Column],
        request: &ScanRequest,
    ) -> Result<Arc<dyn ExecutionPlan>, EngineError> {
        if let [Part::File(..), ..] = parts {
            return self.plan_of_files(parts, columns, request);
        }
        let partitions: Vec<Vec<RecordBatch>> = parts
            .iter()
            .filter_map(|part| match part {
                Part::Rows(rows) => Some(vec![(*rows).clone()]),
                Part::File(..) => None,
            })
            .collect();
        let exec = MemorySourceConfig::try_new_exec(
            &partitions,
            event_schema(),
            Some(positions(columns)),
        )?;
        Ok(exec)
    }

    fn plan_of_files(
        &self,
        parts: &[Part<'_>],
        columns: &[Column],
        request: &ScanRequest,
    ) -> Result<Arc<dyn ExecutionPlan>, EngineError> {
        let mut source = ParquetSource::new(event_schema())
            .with_parquet_file_reader_factory(Arc::new(VerifyingReaders {
                _pin: self.view.pin.clone(),
            }))
            .with_pushdown_filters(false)
            .with_enable_page_index(false)
            .with_bloom_filter_on_read(false);
        let mut groups = Vec::with_capacity(parts.len());
        let mut is_all_within = true;
        for part in parts {
            let Part::File(file, place) = part else { continue };
            let bounds = &file.file.bounds;
            is_all_within &= request.ts.start <= bounds.min_ts && bounds.max_ts < request.ts.end;
            let path = place.place().to_string_lossy().into_owned();
            let partitioned = PartitionedFile::new(path, file.file.n_bytes.unsigned_abs())
                .with_extension(LakeFile::clone(place));
            groups.push(FileGroup::new(vec![partitioned]));
        }
        if let Some(condition) = row_group_condition(request, is_all_within) {
            source = source.with_predicate(condition);
        }
        let config =
            FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), Arc::new(source))
                .with_file_groups(groups)
                .with_projection_indices(Some(positions(columns)))?
                .with_preserve_order(true)
                .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

impl RunSource for LakeSource {
    fn facts(&self) -> SourceFacts {
        let mut facts = SourceFacts::default();
        let mut is_null = [true; COLUMNS.len()];
        let mut widen = |first: Micros, last: Micros| {
            let (min, max) = facts.ts.unwrap_or((first, last));
            facts.ts = Some((min.min(first), max.max(last)));
        };
        for (file, _) in &self.view.files {
            facts.n_rows += file.file.n_rows.unsigned_abs();
            widen(file.file.bounds.min_ts, file.file.bounds.max_ts);
            for spec in &COLUMNS {
                let stats = file.file.column_stats.iter().find(|stats| stats.column_id == spec.id);
                let all_null = stats.is_some_and(|stats| stats.n_nulls == file.file.n_rows);
                is_null[spec.column as usize] &= all_null;
            }
        }
        for (_, rows) in &self.view.pending {
            facts.n_rows += rows.num_rows() as u64;
            let batch = perennial_engine::batch::Batch::new(rows);
            for ts in batch.ts().unwrap_or_default() {
                widen(*ts, *ts);
            }
            for (is_null, column) in is_null.iter_mut().zip(rows.columns()) {
                *is_null &= column.null_count() == rows.num_rows();
            }
        }
        let columns = COLUMNS.iter().map(|spec| spec.column);
        facts.always_null = columns.filter(|column| is_null[*column as usize]).collect();
        facts
    }

    fn partition_keys(&self) -> Option<Vec<Option<u64>>> {
        let every = ScanRequest { columns: Vec::new(), events: None, ts: Micros::MIN..Micros::MAX };
        let key = |part: &Part<'_>| match part {
            Part::File(file, _) => u64::try_from(file.id).ok(),
            Part::Rows(_) => None,
        };
        Some(self.parts(&every).0.iter().map(key).collect())
    }

    fn outside_order(&self) -> OrderFound<'_> {
        Box::pin(async {
            let known = identity::shown(&self.store).await;
            let known = known.map_err(|error| EngineError::Source(error.to_string()))?;
            Ok(Some(Arc::new(OutsideOrder::new(known))))
        })
    }

    fn scan(&self, request: &ScanRequest) -> Result<RunScan, EngineError> {
        let (parts, buckets) = self.parts(request);
        let columns = columns_of(request, &buckets);
        let is_same_kind = |left: &Part<'_>, right: &Part<'_>| {
            matches!(left, Part::File(..)) == matches!(right, Part::File(..))
        };
        let mut plans = parts
            .chunk_by(is_same_kind)
            .map(|parts| self.plan_of(parts, &columns, request))
            .collect::<Result<Vec<_>, _>>()?;
        let plan = match plans.len() {
            0 => self.plan_of(&[], &columns, request)?,
            1 => plans.swap_remove(0),
            _ => UnionExec::try_new(plans)?,
        };
        Ok(RunScan { plan, buckets })
    }
}

/// Whether a file may hold a row the request asks for.
fn may_matter(file: &DataFile, request: &ScanRequest) -> bool {
    let bounds = &file.file.bounds;
    if request.ts.is_empty() || bounds.max_ts < request.ts.start || request.ts.end <= bounds.min_ts
    {
        return false;
    }
    let Some(names) = &request.events else { return true };
    let event = Column::Event.spec().id;
    let stats = file.file.column_stats.iter().find(|stats| stats.column_id == event);
    match stats.map(|stats| (&stats.min, &stats.max)) {
        Some((Some(StatValue::Text(min)), Some(StatValue::Text(max)))) => {
            names.iter().any(|name| min <= name && name <= max)
        }
        _ => !names.is_empty(),
    }
}

/// What a row group's statistics must allow for it to be read; `None` reads them all.
fn row_group_condition(
    request: &ScanRequest,
    is_all_within: bool,
) -> Option<Arc<dyn PhysicalExpr>> {
    let column = |column: Column| -> Arc<dyn PhysicalExpr> {
        Arc::new(PhysicalColumn::new(column.name(), column as usize))
    };
    let compare = |left, operator, right| -> Arc<dyn PhysicalExpr> {
        Arc::new(BinaryExpr::new(left, operator, right))
    };
    let instant = |ts: Micros| lit(ScalarValue::TimestampMicrosecond(Some(ts), Some("UTC".into())));
    let name = |name: &String| {
        let text = Box::new(ScalarValue::Utf8(Some(name.clone())));
        compare(
            column(Column::Event),
            Operator::Eq,
            lit(ScalarValue::Dictionary(Box::new(DataType::Int32), text)),
        )
    };
    let mut conditions = Vec::new();
    if !is_all_within {
        conditions.push(compare(column(Column::Ts), Operator::GtEq, instant(request.ts.start)));
        conditions.push(compare(column(Column::Ts), Operator::Lt, instant(request.ts.end)));
    }
    let names = request.events.iter().filter(|names| names.len() <= MAX_NAMES).flatten();
    conditions.extend(names.map(name).reduce(|left, right| compare(left, Operator::Or, right)));
    conditions.into_iter().reduce(|left, right| compare(left, Operator::And, right))
}
