//! An examination of everything: files against the catalog, rows against the promises.
//!
//! Each file is hashed and read from end to end: size, SHA-256, footer, statistics, order, bucket.
//! Then the files of each bucket are read together, to see that no customer has a message id
//! twice. It needs no lock and may run beside a writer; memory does not grow with the lake.

use std::collections::HashSet;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int32Type, Int64Type, TimestampMicrosecondType};
use perennial_engine::merge::RunMerge;
use perennial_store::{Bounds, DataFile};
use perennial_types::event::{COLUMNS, Column};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use xxhash_rust::xxh3::xxh3_128;

use crate::compact::stream_of;
use crate::durable::digest_of;
use crate::error::{LakeError, Result};
use crate::lake::Lake;
use crate::layout::bucket_of;
use crate::read::{Footers, LakeFile};
use crate::rows_of::RowsOf;
use crate::scores;
use crate::stats::column_stats;

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable code: `missing`, `size`, `sha256`, `unreadable`, `rows`, `statistics`, `unsorted`,
    /// `bucket`, `message_id_twice`, `pending`, or a code of the operational database.
    pub code: &'static str,
    /// Where: a path relative to the folder of the events, `customer_day/…`, or `database`.
    pub place: String,
    /// What is wrong.
    pub message: String,
    /// What mends it.
    pub mend: &'static str,
}

/// What an examination found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkup {
    /// Files examined.
    pub n_files: u64,
    /// Rows in them.
    pub n_rows: u64,
    /// Bytes of them.
    pub n_bytes: u64,
    /// Accepted rows that are in no file yet.
    pub n_pending: u64,
    /// Everything that is wrong; empty when all is well.
    pub findings: Vec<Finding>,
}

impl Checkup {
    /// Whether all is well.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    pub(crate) fn find(&mut self, code: &'static str, place: &str, message: impl Into<String>) {
        let mend = match code {
            "pending" => "restore the database from a backup",
            _ if place.starts_with(perennial_store::DAY_TABLE) => "restore the file from a backup",
            "unsorted" | "bucket" | "message_id_twice" => {
                "undo the import the rows came by and import it again"
            }
            "statistics" => "compact the bucket, which writes the statistics anew",
            _ => "restore the file from a backup, or undo its import and import it again",
        };
        let (place, message) = (place.to_owned(), message.into());
        self.findings.push(Finding { code, place, message, mend });
    }
}

impl Lake {
    /// Examines the lake; `watch` is called with the bytes examined and the bytes there are.
    pub async fn doctor(
        &self,
        watch: impl Fn(u64, u64) + Send + Sync + 'static,
    ) -> Result<Checkup> {
        let inner = &self.inner;
        let mut checkup = Checkup::default();
        for finding in inner.store.integrity_check().await? {
            checkup.findings.push(Finding {
                code: finding.code,
                place: "database".to_owned(),
                message: finding.message,
                mend: "restore the database from a backup",
            });
        }
        // The pin keeps the files while they are examined.
        let _pin = inner.pins.pin(0);
        let snapshot = inner.store.snapshot().await?;
        let scorings = inner.store.scores().await?.scorings;
        let sizes = snapshot.files.iter().map(|file| file.file.n_bytes);
        let sizes = sizes.chain(scorings.iter().map(|one| one.scoring.file.n_bytes));
        let total: u64 = sizes.map(i64::unsigned_abs).sum();
        let folder = inner.folder.clone();
        let (n_buckets, runtime) = (inner.workspace.n_buckets, Handle::current());
        spawn_blocking(move || {
            // Footers that were read before must not hide what the file says now.
            let footers = Footers::default();
            let mut sound: Vec<(DataFile, LakeFile)> = Vec::new();
            for file in &snapshot.files {
                checkup.n_files += 1;
                checkup.n_rows += file.file.n_rows.unsigned_abs();
                checkup.n_bytes += file.file.n_bytes.unsigned_abs();
                let n_before = checkup.findings.len();
                match LakeFile::new(&folder, file, &footers) {
                    Ok(place) => {
                        examine(file, &place, n_buckets, &mut checkup);
                        if checkup.findings.len() == n_before {
                            sound.push((file.clone(), place));
                        }
                    }
                    Err(error) => checkup.find("unreadable", &file.file.path, error.to_string()),
                }
                watch(checkup.n_bytes, total);
            }
            for scoring in &scorings {
                scores::examine(&folder.scores(), scoring, &mut checkup);
                watch(checkup.n_bytes, total);
            }
            for bucket in 0..n_buckets {
                let files = sound.iter().filter(|(file, _)| file.file.bucket == bucket);
                find_twins(&runtime, files.map(|(_, place)| place), &mut checkup)?;
            }
            checkup.n_pending =
                snapshot.pending.iter().map(|batch| batch.n_rows.unsigned_abs()).sum();
            for batch in &snapshot.pending {
                if let Err(error) = crate::pending::decode(batch, n_buckets) {
                    checkup.find("pending", "database", error.to_string());
                }
            }
            Ok(checkup)
        })
        .await?
    }
}

/// Examines one file.
fn examine(file: &DataFile, place: &LakeFile, n_buckets: i32, checkup: &mut Checkup) {
    let path = place.path();
    if !examine_bytes(place, &file.file.sha256, checkup) {
        return;
    }
    if let Err(error) = examine_rows(file, place, n_buckets, checkup) {
        checkup.find("unreadable", path, error.to_string());
    }
}

/// Compares a file's bytes with what the catalog says; whether its rows are worth reading.
pub(crate) fn examine_bytes(place: &LakeFile, sha256: &str, checkup: &mut Checkup) -> bool {
    let path = place.path();
    let finding = match digest_of(place.place()) {
        Err(error) if is_missing(&error) => ("missing", "the file is not there".to_owned()),
        Err(error) => ("unreadable", error.to_string()),
        Ok((n_bytes, _)) if n_bytes != place.n_bytes() => {
            let expected = place.n_bytes();
            ("size", format!("the file has {n_bytes} bytes, the catalog says {expected}"))
        }
        Ok((_, found)) if found != sha256 => {
            checkup.find("sha256", path, "the bytes are not those that were written");
            return true;
        }
        Ok(_) => return true,
    };
    checkup.find(finding.0, path, finding.1);
    false
}

fn is_missing(error: &LakeError) -> bool {
    matches!(error, LakeError::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound)
}

/// Reads every row of a file and compares them with what the catalog says.
fn examine_rows(
    file: &DataFile,
    place: &LakeFile,
    n_buckets: i32,
    checkup: &mut Checkup,
) -> Result<()> {
    let path = place.path();
    let mut seen = Seen::default();
    for rows in RowsOf::open(place)? {
        seen.add(&rows?, file.file.bucket, n_buckets);
    }
    if let Some(row) = seen.unsorted {
        checkup.find("unsorted", path, format!("row {row} comes before the row it follows"));
    }
    if let Some(customer) = seen.misplaced {
        checkup.find(
            "bucket",
            path,
            format!("customer {customer} does not belong to bucket {}", file.file.bucket),
        );
    }
    if seen.n_rows != file.file.n_rows {
        let message =
            format!("the file has {} rows, the catalog says {}", seen.n_rows, file.file.n_rows);
        checkup.find("rows", path, message);
    }
    let stats = column_stats(&*place.open()?.footer()?, &seen.n_nulls);
    let found =
        stats.iter().zip(&file.file.column_stats).find(|(footer, catalog)| footer != catalog);
    if let Some((footer, _)) = found {
        let name =
            COLUMNS.iter().find(|spec| spec.id == footer.column_id).map_or("?", |spec| spec.name);
        checkup.find("statistics", path, format!("column `{name}` is not as the catalog says"));
    }
    if seen.bounds.is_some_and(|bounds| bounds != file.file.bounds) {
        checkup.find(
            "statistics",
            path,
            "customers, instants or sequences are not as the catalog says",
        );
    }
    Ok(())
}

/// What the rows of a file say.
#[derive(Default)]
struct Seen {
    n_rows: i64,
    n_nulls: [i64; COLUMNS.len()],
    bounds: Option<Bounds>,
    last: Option<(i64, i64, i64)>,
    unsorted: Option<i64>,
    misplaced: Option<i64>,
}

impl Seen {
    fn add(&mut self, rows: &RecordBatch, bucket: i32, n_buckets: i32) {
        for (n_nulls, column) in self.n_nulls.iter_mut().zip(rows.columns()) {
            *n_nulls += column.null_count() as i64;
        }
        let buckets = rows.column(Column::Bucket as usize).as_primitive::<Int32Type>().values();
        let customers = rows.column(Column::Customer as usize).as_primitive::<Int64Type>().values();
        let sequences = rows.column(Column::Sequence as usize).as_primitive::<Int64Type>().values();
        let ts =
            rows.column(Column::Ts as usize).as_primitive::<TimestampMicrosecondType>().values();
        for row in 0..rows.num_rows() {
            let (customer, ts, sequence) = (customers[row], ts[row], sequences[row]);
            let key = (customer, ts, sequence);
            self.n_rows += 1;
            if self.last.is_some_and(|last| last >= key) {
                self.unsorted.get_or_insert(self.n_rows);
            }
            if self.last.is_none_or(|last| last.0 != customer)
                && (bucket_of(customer, n_buckets) != bucket || buckets[row] != bucket)
            {
                self.misplaced.get_or_insert(customer);
            }
            self.last = Some(key);
            let bounds = self.bounds.get_or_insert(Bounds {
                min_customer: customer,
                max_customer: customer,
                min_ts: ts,
                max_ts: ts,
                min_sequence: sequence,
                max_sequence: sequence,
            });
            bounds.min_customer = bounds.min_customer.min(customer);
            bounds.max_customer = bounds.max_customer.max(customer);
            bounds.min_ts = bounds.min_ts.min(ts);
            bounds.max_ts = bounds.max_ts.max(ts);
            bounds.min_sequence = bounds.min_sequence.min(sequence);
            bounds.max_sequence = bounds.max_sequence.max(sequence);
        }
    }
}

/// Looks for message ids a customer has twice in the files of a bucket.
fn find_twins<'a>(
    runtime: &Handle,
    files: impl Iterator<Item = &'a LakeFile>,
    checkup: &mut Checkup,
) -> Result<()> {
    let files: Vec<&LakeFile> = files.collect();
    let columns = [Column::Customer, Column::Ts, Column::Sequence, Column::MessageId];
    let streams =
        files.iter().map(|file| stream_of(file, Some(&columns))).collect::<Result<Vec<_>>>()?;
    let mut merge = RunMerge::new(streams);
    let (mut customer, mut ids) = (None, HashSet::new());
    while let Some(rows) = runtime.block_on(merge.next())? {
        let column = |column: Column| rows.column_by_name(column.name());
        let customers =
            column(Column::Customer).and_then(|array| array.as_primitive_opt::<Int64Type>());
        let texts = column(Column::MessageId).and_then(|array| array.as_string_opt::<i32>());
        let (Some(customers), Some(texts)) = (customers, texts) else { continue };
        for (row, of) in customers.values().iter().enumerate() {
            if customer != Some(*of) {
                customer = Some(*of);
                ids.clear();
            }
            if !ids.insert(xxh3_128(texts.value(row).as_bytes())) {
                let place = files.first().map_or("", |file| file.path());
                let message = format!("customer {of} has message id `{}` twice", texts.value(row));
                checkup.find("message_id_twice", place, message);
            }
        }
    }
    Ok(())
}
