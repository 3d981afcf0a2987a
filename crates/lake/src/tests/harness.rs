//! A lake in a temporary folder, inputs typed in the test, rows as text.

use std::io::Cursor;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use arrow::util::display::ArrayFormatter;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use perennial_engine::merge::RunMerge;
use perennial_engine::source::{RunSource, ScanRequest};
use perennial_store::NewWorkspace;
use perennial_types::event::{COLUMNS, Column};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::source::{Field, Input, Preset, SourceOptions};
use crate::{Access, FailPoints, ImportRequest, Imported, Lake, LakeSource, Result};

/// 2024-06-01.
pub(crate) const NOW: i64 = 1_717_200_000_000_000;

pub(crate) fn access(n_buckets: i32) -> Access {
    let created =
        NewWorkspace { n_buckets, zone: "UTC".to_owned(), week_start: "monday".to_owned() };
    Access::Write { role: "test".to_owned(), created }
}

/// A lake in a folder that goes with it.
pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) lake: Lake,
    pub(crate) failures: Arc<FailPoints>,
    n_buckets: i32,
}

impl World {
    pub(crate) async fn new(n_buckets: i32) -> World {
        let folder = tempfile::tempdir().unwrap();
        let failures = Arc::<FailPoints>::default();
        let lake = Lake::open_with(folder.path(), None, access(n_buckets), failures.clone())
            .await
            .unwrap();
        World { folder, lake, failures, n_buckets }
    }

    /// Closes the lake as a killed process would and opens it again.
    pub(crate) async fn restart(self) -> World {
        let World { folder, lake, n_buckets, .. } = self;
        lake.close().await;
        drop(lake);
        let failures = Arc::<FailPoints>::default();
        let lake = Lake::open_with(folder.path(), None, access(n_buckets), failures.clone())
            .await
            .unwrap();
        World { folder, lake, failures, n_buckets }
    }

    pub(crate) async fn import(&self, csv: &str) -> Result<Imported> {
        let request = request(csv, options());
        self.lake.ingest(request, Arc::new(()), CancellationToken::new()).await
    }

    /// Imports with ids of the file's own in the column `id`.
    pub(crate) async fn import_with_ids(&self, csv: &str) -> Result<Imported> {
        let mut options = options();
        options.map.push((Field::MessageId, "id".to_owned()));
        self.lake.ingest(request(csv, options), Arc::new(()), CancellationToken::new()).await
    }

    /// Accepts the rows of a CSV, as the interface would.
    pub(crate) async fn accept(&self, csv: &str) -> Result<()> {
        let mut options = options();
        options.map.push((Field::MessageId, "id".to_owned()));
        let ImportRequest { input, options, .. } = request(csv, options);
        let mut source = crate::source::open(input, &options).unwrap();
        while let Some(rows) = source.next().unwrap() {
            self.lake.accept(rows, crate::CUSTOMERS, "api").await?;
        }
        Ok(())
    }

    /// Fails unless everything is as it should be.
    pub(crate) async fn assert_sound(&self) {
        let checkup = self.lake.doctor(|_, _| {}).await.unwrap();
        assert_eq!(checkup.findings, []);
    }

    /// Every row as text, sorted; without what differs from import to import.
    pub(crate) async fn rows(&self) -> Vec<String> {
        rows_of(&self.lake.snapshot().await.unwrap()).await.unwrap()
    }

    /// Every file of the event table.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let events = self.lake.folder().events();
        let buckets = std::fs::read_dir(events).unwrap().map(|bucket| bucket.unwrap().path());
        let mut files: Vec<PathBuf> = buckets
            .flat_map(|bucket| std::fs::read_dir(bucket).unwrap().map(|file| file.unwrap().path()))
            .collect();
        files.sort();
        files
    }
}

pub(crate) fn options() -> SourceOptions {
    let mut options = SourceOptions::new(Preset::Events, NOW);
    let map = [(Field::Customer, "customer"), (Field::Ts, "ts"), (Field::Event, "event")];
    options.map = map.map(|(field, column)| (field, column.to_owned())).to_vec();
    options
}

pub(crate) fn request(csv: &str, options: SourceOptions) -> ImportRequest {
    let input = Input::stream("typed.csv", Cursor::new(csv.to_owned().into_bytes()));
    let mut request = ImportRequest::new(input, options);
    request.n_threads = NonZeroUsize::new(2).unwrap();
    request
}

pub(crate) fn everything() -> ScanRequest {
    ScanRequest {
        columns: COLUMNS.iter().map(|spec| spec.column).collect(),
        events: None,
        ts: i64::MIN..i64::MAX,
    }
}

/// Runs a request; the batches of every bucket, merged.
pub(crate) async fn scan(
    source: &LakeSource,
    request: &ScanRequest,
) -> Result<Vec<Vec<RecordBatch>>> {
    let scan = source.scan(request)?;
    let context = SessionContext::new().task_ctx();
    let mut buckets = Vec::new();
    for partitions in scan.buckets {
        let mut streams = Vec::new();
        for partition in partitions {
            streams.push(
                scan.plan
                    .execute(partition, context.clone())
                    .map_err(perennial_engine::error::EngineError::from)?,
            );
        }
        let mut batches = Vec::new();
        if let [only] = streams.as_mut_slice() {
            while let Some(batch) = only.next().await {
                batches.push(batch.map_err(perennial_engine::error::EngineError::from)?);
            }
        } else {
            let mut merge = RunMerge::new(streams);
            while let Some(batch) = merge.next().await? {
                batches.push(batch);
            }
        }
        buckets.push(batches);
    }
    Ok(buckets)
}

/// Every row as text, sorted, checked to be in its bucket and in order.
pub(crate) async fn rows_of(source: &LakeSource) -> Result<Vec<String>> {
    let skipped = [
        Column::Bucket,
        Column::Customer,
        Column::Sequence,
        Column::Source,
        Column::IngestedAt,
        Column::Identity,
    ];
    let outside = |column: &Column| skipped.contains(column);
    let mut rows = Vec::new();
    for (bucket, batches) in (0..).zip(scan(source, &everything()).await?) {
        let mut last = (i64::MIN, i64::MIN, i64::MIN);
        for batch in batches {
            let integers =
                |column: Column| batch.column(column as usize).as_primitive::<Int64Type>().clone();
            let (customers, sequences) = (integers(Column::Customer), integers(Column::Sequence));
            let ts = batch.column(Column::Ts as usize).as_primitive::<TimestampMicrosecondType>();
            for row in 0..batch.num_rows() {
                let key = (customers.value(row), ts.value(row), sequences.value(row));
                assert!(last < key, "{last:?} {key:?}");
                last = key;
                assert_eq!(crate::bucket_of(key.0, source.view().n_buckets), bucket);
                let columns =
                    COLUMNS.iter().map(|spec| spec.column).filter(|column| !outside(column));
                let cells: Vec<String> = columns
                    .map(|column| {
                        let array = batch.column(column as usize);
                        let options = Default::default();
                        ArrayFormatter::try_new(array, &options).unwrap().value(row).to_string()
                    })
                    .collect();
                rows.push(cells.join("|"));
            }
        }
    }
    rows.sort();
    Ok(rows)
}
