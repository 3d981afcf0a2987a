//! Statistics of the whole table: sums and ranges over its files.
//!
//! Counts are over the live files. Ranges are over every file the catalog still has, because a
//! reader of an older snapshot is given the same ranges; they narrow once files are purged, so
//! nothing that was erased stays in them.

use std::cmp::Ordering;

use crate::catalog::{self, TABLE_ID, column_type, kept_text};
use crate::db::{Tx, values};
use crate::{Result, StatValue, StoreError};

/// Range of a column over files.
struct Range {
    column_id: i64,
    has_nulls: bool,
    /// Whether some file has values but no range, so that the table has none.
    is_unknown: bool,
    min: Option<StatValue>,
    max: Option<StatValue>,
}

/// Range of a column as the catalog's text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) column_id: i64,
    pub(crate) has_nulls: bool,
    pub(crate) min: Option<String>,
    pub(crate) max: Option<String>,
}

/// Column, values, nulls, smallest, largest.
type PackedStats = (i64, i64, i64, Option<String>, Option<String>);

/// Writes the statistics of `events` anew.
pub(crate) async fn refresh(tx: &Tx) -> Result<()> {
    refresh_counts(tx, TABLE_ID).await?;
    tx.execute("DELETE FROM ducklake_table_column_stats WHERE table_id = $1", values![TABLE_ID])
        .await?;
    let columns = ["table_id", "column_id", "contains_null", "min_value", "max_value"];
    let rows = compute(tx).await?.into_iter().map(|totals| {
        values![TABLE_ID, totals.column_id, totals.has_nulls, totals.min, totals.max]
    });
    tx.insert("ducklake_table_column_stats", columns, rows, "").await?;
    Ok(())
}

/// Writes rows and bytes of a table anew.
pub(crate) async fn refresh_counts(tx: &Tx, table_id: i64) -> Result<()> {
    tx.execute(
        "UPDATE ducklake_table_stats SET \
         record_count = (SELECT CAST(COALESCE(SUM(record_count), 0) AS BIGINT) \
             FROM ducklake_data_file WHERE table_id = $1 AND end_snapshot IS NULL), \
         file_size_bytes = (SELECT CAST(COALESCE(SUM(file_size_bytes), 0) AS BIGINT) \
             FROM ducklake_data_file WHERE table_id = $1 AND end_snapshot IS NULL) \
         WHERE table_id = $1",
        values![table_id],
    )
    .await?;
    Ok(())
}

/// What the table's column statistics must be.
pub(crate) async fn compute(tx: &Tx) -> Result<Vec<Totals>> {
    let columns = "column_id, value_count, null_count, min_value, max_value";
    let from = "FROM ducklake_file_column_stats WHERE table_id = $1";
    let mut packed: Vec<PackedStats> = tx.packed(columns, from, values![TABLE_ID]).await?;
    packed.sort_unstable_by_key(|stats| stats.0);
    let mut ranges: Vec<Range> = Vec::new();
    for (column_id, n_values, n_nulls, min, max) in packed {
        if ranges.last().is_none_or(|range| range.column_id != column_id) {
            let (has_nulls, is_unknown) = (false, false);
            ranges.push(Range { column_id, has_nulls, is_unknown, min: None, max: None });
        }
        let Some(range) = ranges.last_mut() else { continue };
        range.has_nulls |= n_nulls > 0;
        range.hold(n_values, min, max)?;
    }
    Ok(ranges.into_iter().map(Range::into_totals).collect())
}

impl Range {
    fn hold(&mut self, n_values: i64, min: Option<String>, max: Option<String>) -> Result<()> {
        let (Some(min), Some(max)) = (min, max) else {
            self.is_unknown |= n_values > 0;
            return Ok(());
        };
        let value = |text: &str| {
            column_type(self.column_id)
                .and_then(|column_type| catalog::value_of(column_type, text))
                .ok_or_else(|| {
                    let what = format!("statistics of column {}", self.column_id);
                    StoreError::corrupt(what, format!("`{text}` is not of its type"))
                })
        };
        let (min, max) = (value(&min)?, value(&max)?);
        catalog::widen(&mut self.min, min, Ordering::Less);
        catalog::widen(&mut self.max, max, Ordering::Greater);
        Ok(())
    }

    fn into_totals(self) -> Totals {
        let text = |value: Option<StatValue>| {
            let column_id = i32::try_from(self.column_id).ok()?;
            value.filter(|_| !self.is_unknown).and_then(|value| kept_text(column_id, &value))
        };
        Totals {
            column_id: self.column_id,
            has_nulls: self.has_nulls,
            min: text(self.min),
            max: text(self.max),
        }
    }
}
