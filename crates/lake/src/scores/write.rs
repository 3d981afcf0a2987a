//! The values of one name on one day as a file of `customer_day`.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use jiff::civil::Date;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::{ParquetMetaData, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use perennial_store::{DayStats, NewScoreFile, NewScoring};
use perennial_types::day::{DAY_COLUMNS, DayType};
use uuid::Uuid;

use super::DayValues;
use crate::durable::{Drafts, Placed};
use crate::error::{LakeError, Result};
use crate::layout::ROW_GROUP_ROWS;

/// Rows handed to the writer at a time.
const BATCH_ROWS: usize = 32 * 1024;

/// The schema of the table, its field ids those of the catalog.
pub(crate) fn score_schema() -> SchemaRef {
    let field = |column: &perennial_types::day::DayColumn| {
        let data_type = match column.column_type {
            DayType::Int64 => DataType::Int64,
            DayType::Date => DataType::Date32,
            DayType::Text => DataType::Utf8,
            DayType::Double => DataType::Float64,
        };
        let id = HashMap::from([("PARQUET:field_id".to_owned(), column.id.to_string())]);
        Field::new(column.name, data_type, column.nullable).with_metadata(id)
    };
    Arc::new(Schema::new(DAY_COLUMNS.iter().map(field).collect::<Vec<_>>()))
}

/// Writes a file and makes it durable. Blocks.
pub(super) fn file(
    drafts: &Drafts,
    folder: &Path,
    day: Date,
    model: &str,
    sequence: i64,
    days: DayValues,
) -> Result<(NewScoring, Placed)> {
    let rows = rows(day, model, sequence, &days)?;
    let path = format!("{}.parquet", Uuid::now_v7());
    let (draft, tee) = drafts.begin(folder, &path)?;
    let parquet = || LakeError::parquet(&path);
    let mut writer =
        ArrowWriter::try_new(tee, score_schema(), Some(properties())).map_err(parquet())?;
    for start in (0..rows.num_rows()).step_by(BATCH_ROWS) {
        draft.hit("file_write")?;
        let part = rows.slice(start, BATCH_ROWS.min(rows.num_rows() - start));
        writer.write(&part).map_err(parquet())?;
    }
    let metadata = writer.finish().map_err(parquet())?;
    let (sealed, placed) = draft.seal(writer.inner_mut())?;
    let file = NewScoreFile {
        path,
        n_rows: metadata.file_metadata().num_rows(),
        n_bytes: sealed.n_bytes,
        footer_size: sealed.footer_size,
        sha256: sealed.sha256,
        chunk_checksums: sealed.checksums,
        column_stats: stats(&rows, &metadata),
    };
    let (name, day, model) = (days.name, day.to_string(), model.to_owned());
    Ok((NewScoring { name, day, model, detail: days.detail, file }, placed))
}

/// The rows of a file, by customer.
fn rows(day: Date, model: &str, sequence: i64, days: &DayValues) -> Result<RecordBatch> {
    let mut order: Vec<usize> = (0..days.customers.len()).collect();
    order.sort_unstable_by_key(|row| days.customers.get(*row).copied());
    let n_rows = order.len();
    let at = |row: &usize| days.customers.get(*row).copied().unwrap_or_default();
    let value = |row: &usize| days.values.get(*row).copied().flatten();
    let text = |row: &usize| days.texts.as_ref()?.get(*row)?.as_deref();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values(order.iter().map(at))),
        Arc::new(Date32Array::from_value(days_since_1970(day), n_rows)),
        Arc::new(StringArray::from_iter_values(std::iter::repeat_n(&days.name, n_rows))),
        Arc::new(order.iter().map(value).collect::<Float64Array>()),
        Arc::new(order.iter().map(text).collect::<StringArray>()),
        Arc::new(StringArray::from_iter_values(std::iter::repeat_n(model, n_rows))),
        Arc::new(Int64Array::from_value(sequence, n_rows)),
    ];
    Ok(RecordBatch::try_new(score_schema(), columns)?)
}

fn days_since_1970(day: Date) -> i32 {
    let epoch = jiff::civil::date(1970, 1, 1);
    // Four digits of years are fewer days than 32 bits hold.
    epoch.until(day).map_or(0, |span| span.get_days())
}

fn properties() -> WriterProperties {
    let sorting = SortingColumn { column_idx: 0, descending: false, nulls_first: false };
    let mut builder = WriterProperties::builder()
        .set_created_by(concat!("Perennial ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_truncate_length(None)
        .set_column_index_truncate_length(None)
        .set_sorting_columns(Some(vec![sorting]));
    for column in DAY_COLUMNS.iter().filter(|column| !column.in_statistics) {
        let path = ColumnPath::from(column.name);
        builder = builder.set_column_statistics_enabled(path, EnabledStatistics::None);
    }
    builder.build()
}

/// What a file's rows say about its columns, in the words of the catalog.
pub(super) fn stats(rows: &RecordBatch, metadata: &ParquetMetaData) -> Vec<DayStats> {
    let columns = DAY_COLUMNS.iter().zip(rows.columns()).enumerate();
    columns
        .map(|(position, (column, array))| {
            let chunks =
                metadata.row_groups().iter().filter_map(|group| group.columns().get(position));
            let ends = if column.in_statistics { ends(array) } else { None };
            let (min, max) = ends.unzip();
            DayStats {
                n_bytes: chunks.map(|chunk| chunk.compressed_size()).sum(),
                n_nulls: array.null_count() as i64,
                min,
                max,
            }
        })
        .collect()
}

/// Smallest and largest value of an array as the catalog's text; none where it has no value.
fn ends(array: &ArrayRef) -> Option<(String, String)> {
    use arrow::array::AsArray;
    use arrow::compute::{max, max_string, min, min_string};
    use arrow::datatypes::{Date32Type, Float64Type, Int64Type};
    match array.data_type() {
        DataType::Int64 => {
            let array = array.as_primitive::<Int64Type>();
            Some((min(array)?.to_string(), max(array)?.to_string()))
        }
        DataType::Float64 => {
            let array = array.as_primitive::<Float64Type>();
            Some((min(array)?.to_string(), max(array)?.to_string()))
        }
        DataType::Date32 => {
            let array = array.as_primitive::<Date32Type>();
            let day = |days: i32| {
                let date = jiff::civil::date(1970, 1, 1);
                date.checked_add(jiff::Span::new().days(days)).ok().map(|day| day.to_string())
            };
            Some((day(min(array)?)?, day(max(array)?)?))
        }
        _ => {
            let array = array.as_string::<i32>();
            Some((min_string(array)?.to_owned(), max_string(array)?.to_owned()))
        }
    }
}
