//! What a file's footer says about its columns, in the words of the catalog.

use parquet::file::metadata::ParquetMetaData;
use parquet::file::statistics::Statistics;
use perennial_store::{Bounds, ColumnStats, StatValue};
use perennial_types::event::{COLUMNS, Column, ColumnSpec, ColumnType};

/// The statistics of every column, in column order.
pub(crate) fn column_stats(
    metadata: &ParquetMetaData,
    n_nulls: &[i64; COLUMNS.len()],
) -> Vec<ColumnStats> {
    COLUMNS
        .iter()
        .zip(n_nulls)
        .map(|(spec, &n_nulls)| {
            let position = spec.column as usize;
            let groups =
                metadata.row_groups().iter().filter_map(|group| group.columns().get(position));
            let mut stats =
                ColumnStats { column_id: spec.id, n_bytes: 0, n_nulls, min: None, max: None };
            for chunk in groups {
                stats.n_bytes += chunk.compressed_size();
                let (min, max) = chunk.statistics().map_or((None, None), |found| ends(spec, found));
                stats.min = stats.min.take().into_iter().chain(min).min();
                stats.max = stats.max.take().into_iter().chain(max).max();
            }
            stats
        })
        .collect()
}

/// Smallest and largest value of a column chunk.
fn ends(spec: &ColumnSpec, statistics: &Statistics) -> (Option<StatValue>, Option<StatValue>) {
    match statistics {
        Statistics::Int32(ends) => {
            let value = |end: Option<&i32>| end.map(|end| StatValue::Int(i64::from(*end)));
            (value(ends.min_opt()), value(ends.max_opt()))
        }
        Statistics::Int64(ends) => {
            let value = |end: Option<&i64>| {
                end.map(|&end| match spec.column_type {
                    ColumnType::Timestamp => StatValue::Timestamp(end),
                    ColumnType::Decimal => StatValue::Decimal(end),
                    _ => StatValue::Int(end),
                })
            };
            (value(ends.min_opt()), value(ends.max_opt()))
        }
        Statistics::ByteArray(ends) => {
            let value = |bytes: Option<&[u8]>| {
                let text = std::str::from_utf8(bytes?).ok()?;
                Some(StatValue::Text(text.to_owned()))
            };
            let bytes =
                |end: Option<&parquet::data_type::ByteArray>| value(end.map(|end| end.data()));
            (bytes(ends.min_opt()), bytes(ends.max_opt()))
        }
        _ => (None, None),
    }
}

/// Smallest and largest key, instant and sequence.
pub(crate) fn bounds(stats: &[ColumnStats]) -> Bounds {
    let ends = |column: Column| {
        let stats = &stats[column as usize];
        let value = |end: &Option<StatValue>| match end {
            Some(StatValue::Int(value) | StatValue::Timestamp(value)) => *value,
            _ => 0,
        };
        (value(&stats.min), value(&stats.max))
    };
    let (min_customer, max_customer) = ends(Column::Customer);
    let (min_ts, max_ts) = ends(Column::Ts);
    let (min_sequence, max_sequence) = ends(Column::Sequence);
    Bounds { min_customer, max_customer, min_ts, max_ts, min_sequence, max_sequence }
}
