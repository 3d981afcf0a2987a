//! Parquet, a batch at a time, only the columns that are wanted.
//!
//! Every primitive type is read: whole numbers, doubles, decimals, text plain or by dictionary,
//! dates, timestamps of every unit, `INT96` (taken for UTC, as Spark writes it), UUIDs. Structs,
//! lists and maps become JSON. The footer is checked before a page is read: the rows and sizes it
//! declares must be plausible for the size of the file.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Type as PhysicalType;
use parquet::file::metadata::ParquetMetaData;

use super::cells::{Cells, Chunk};
use super::columnar;
use super::input::{INFLATED_FREE_BYTES, MAX_INFLATE_RATIO, Meter};
use super::{CHUNK_ROWS, SourceError};

/// Rows from which their number is compared with the size of the file.
const FREE_ROWS: u64 = 10_000_000;
/// Most rows for each byte of the file, past [`FREE_ROWS`].
const MAX_ROWS_PER_BYTE: u64 = 100;

/// Reads a Parquet file.
pub(super) struct ParquetReader {
    file_name: String,
    names: Vec<String>,
    state: State,
    keep: Vec<bool>,
    n_rows: u64,
    n_rows_read: u64,
    n_bytes: u64,
    meter: Arc<Meter>,
}

enum State {
    Opened { file: File, metadata: ArrowReaderMetadata },
    Reading(Box<ParquetRecordBatchReader>),
    Ended,
}

impl ParquetReader {
    /// Reads and checks the footer.
    pub(super) fn open(
        file_name: &str,
        file: File,
        meter: Arc<Meter>,
    ) -> Result<ParquetReader, SourceError> {
        let n_bytes = file
            .metadata()
            .map_err(|error| SourceError::Io { file: file_name.to_owned(), error })?
            .len();
        let metadata = guarded(file_name, || load(&file))?;
        let n_rows = check_footer(file_name, n_bytes, metadata.metadata())?;
        if n_rows == 0 {
            return Err(SourceError::Empty { file: file_name.to_owned() });
        }
        let header = metadata.schema().fields().iter().map(|field| field.name().clone()).collect();
        let names = super::header::column_names(file_name, header)?;
        Ok(ParquetReader {
            file_name: file_name.to_owned(),
            keep: vec![true; names.len()],
            names,
            state: State::Opened { file, metadata },
            n_rows,
            n_rows_read: 0,
            n_bytes,
            meter,
        })
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn keep(&mut self, keep: Vec<bool>) {
        self.keep = keep;
    }

    /// The next rows; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Chunk>, SourceError> {
        self.start()?;
        let State::Reading(reader) = &mut self.state else { return Ok(None) };
        let batch = guarded(&self.file_name, || reader.next().transpose())?;
        let Some(batch) = batch else {
            self.state = State::Ended;
            if self.n_rows_read != self.n_rows {
                return Err(SourceError::invalid(
                    &self.file_name,
                    "parquet",
                    format!(
                        "the footer declares {} rows, there are {}",
                        self.n_rows, self.n_rows_read
                    ),
                ));
            }
            return Ok(None);
        };
        let chunk = guarded(&self.file_name, || chunk(&batch, &self.keep, self.n_rows_read + 1))?;
        self.n_rows_read += batch.num_rows() as u64;
        let share = u128::from(self.n_bytes) * u128::from(self.n_rows_read)
            / u128::from(self.n_rows.max(1));
        self.meter.set(u64::try_from(share).unwrap_or(self.n_bytes).min(self.n_bytes));
        Ok(Some(chunk))
    }

    fn start(&mut self) -> Result<(), SourceError> {
        if !matches!(self.state, State::Opened { .. }) {
            return Ok(());
        }
        if let State::Opened { file, metadata } = std::mem::replace(&mut self.state, State::Ended) {
            let roots =
                self.keep.iter().enumerate().filter(|(_, keep)| **keep).map(|(place, _)| place);
            let mask = ProjectionMask::roots(metadata.parquet_schema(), roots);
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata)
                .with_batch_size(CHUNK_ROWS)
                .with_projection(mask);
            let reader = guarded(&self.file_name, || builder.build())?;
            self.state = State::Reading(Box::new(reader));
        }
        Ok(())
    }
}

/// Decoding hostile bytes may fail, or panic inside a decoder; either is a broken file.
fn guarded<T, E: std::fmt::Display>(
    file: &str,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, SourceError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(SourceError::invalid(file, "parquet", error)),
        Err(_) => Err(SourceError::invalid(file, "parquet", "a page cannot be decoded")),
    }
}

/// The footer, with the types the columns are to be read as.
fn load(file: &File) -> Result<ArrowReaderMetadata, parquet::errors::ParquetError> {
    // Some writers keep their own types beside those of Parquet; where they are nonsense, the types
    // of Parquet are enough.
    let options = ArrowReaderOptions::new();
    let metadata = ArrowReaderMetadata::load(file, options.clone()).or_else(|_| {
        ArrowReaderMetadata::load(file, options.clone().with_skip_arrow_metadata(true))
    })?;
    let wanted = wanted_schema(&metadata);
    ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options.with_schema(wanted))
}

/// Text as views into the pages, which costs nothing for long or repeated values; `INT96` as
/// microseconds, because nanoseconds end in 2262.
fn wanted_schema(metadata: &ArrowReaderMetadata) -> SchemaRef {
    let parquet_fields = metadata.parquet_schema().root_schema().get_fields();
    let field = |(place, field): (usize, &FieldRef)| -> FieldRef {
        let physical = parquet_fields
            .get(place)
            .filter(|parquet_field| parquet_field.is_primitive())
            .map(|parquet_field| parquet_field.get_physical_type());
        let wanted = match (field.data_type(), physical) {
            (data_type, _) if is_text(data_type) => DataType::Utf8View,
            (_, Some(PhysicalType::INT96)) => {
                DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
            }
            _ => return Arc::clone(field),
        };
        Arc::new(Field::new(field.name(), wanted, field.is_nullable()))
    };
    let fields: Vec<FieldRef> = metadata.schema().fields().iter().enumerate().map(field).collect();
    Arc::new(Schema::new(fields))
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

/// The number of rows, when what the footer declares is plausible.
fn check_footer(file: &str, n_bytes: u64, metadata: &ParquetMetaData) -> Result<u64, SourceError> {
    let invalid = |reason: &str| SourceError::invalid(file, "parquet", reason);
    let n_rows = u64::try_from(metadata.file_metadata().num_rows())
        .map_err(|_| invalid("the footer declares a negative number of rows"))?;
    let mut n_grouped: u64 = 0;
    let mut n_unpacked: u64 = 0;
    for group in metadata.row_groups() {
        let rows = u64::try_from(group.num_rows())
            .map_err(|_| invalid("a row group declares a negative number of rows"))?;
        n_grouped = n_grouped.saturating_add(rows);
        for column in group.columns() {
            let size = u64::try_from(column.uncompressed_size())
                .map_err(|_| invalid("a column declares a negative size"))?;
            n_unpacked = n_unpacked.saturating_add(size);
        }
    }
    if n_grouped != n_rows {
        return Err(invalid("the row groups do not add up to the rows of the footer"));
    }
    if n_unpacked > INFLATED_FREE_BYTES.max(n_bytes.saturating_mul(MAX_INFLATE_RATIO)) {
        return Err(SourceError::TooLarge {
            file: file.to_owned(),
            what: (
                format!("{n_bytes} bytes declare {n_unpacked} unpacked"),
                format!("{n_bytes} 字节声称解压后有 {n_unpacked} 字节"),
            )
                .into(),
            limit: (
                format!("{MAX_INFLATE_RATIO} times the size of the file"),
                format!("文件大小的 {MAX_INFLATE_RATIO} 倍"),
            )
                .into(),
        });
    }
    if n_rows > FREE_ROWS.max(n_bytes.saturating_mul(MAX_ROWS_PER_BYTE)) {
        return Err(SourceError::TooLarge {
            file: file.to_owned(),
            what: (
                format!("{n_bytes} bytes declare {n_rows} rows"),
                format!("{n_bytes} 字节声称有 {n_rows} 行"),
            )
                .into(),
            limit: (
                format!("{MAX_ROWS_PER_BYTE} rows for each byte"),
                format!("每字节 {MAX_ROWS_PER_BYTE} 行"),
            )
                .into(),
        });
    }
    Ok(n_rows)
}

fn chunk(batch: &RecordBatch, keep: &[bool], first_row: u64) -> Result<Chunk, ArrowError> {
    let mut bad = Vec::new();
    let mut columns = Vec::with_capacity(keep.len());
    let mut arrays = batch.columns().iter();
    for (place, &keep) in keep.iter().enumerate() {
        let array = if keep { arrays.next() } else { None };
        columns.push(match array {
            Some(array) => columnar::cells(array, &mut |row| bad.push((row, place)))?,
            None => Cells::None,
        });
    }
    let rows = (first_row..).take(batch.num_rows()).collect();
    Ok(Chunk { rows, columns, raw: None, rejects: Vec::new(), bad })
}
