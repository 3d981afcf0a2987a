//! The rows of a new lake: schema `main` and the table `events`, partitioned by bucket, sorted by
//! customer, instant and sequence.
//!
//! Two snapshots, as DuckDB makes them: 0 creates the schema, 1 the table.

use perennial_types::event::{COLUMNS, ColumnType};
use uuid::{NoContext, Timestamp, Uuid};

use super::instant_text;
use super::numbers::{NEXT_CATALOG_ID, PARTITION_ID, SORT_ID, TABLE_ID};
use crate::db::{Tx, Value, values};
use crate::{Micros, NewWorkspace, Result, StoreError};

const WEEK: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const MAX_BUCKETS: i32 = 4096;

/// Writes the workspace row and the catalog of an empty lake.
pub(crate) async fn create(tx: &Tx, now: Micros, new: &NewWorkspace) -> Result<()> {
    check(new)?;
    let columns = "one, id, created_at, n_buckets, zone, week_start, \
                   next_sequence, next_customer, next_identity, next_batch";
    let sql =
        format!("INSERT INTO workspace ({columns}) VALUES (1, $1, $2, $3, $4, $5, 1, 1, 1, 1)");
    let id = uuid_at(now).to_string();
    let (n_buckets, zone) = (i64::from(new.n_buckets), new.zone.as_str());
    tx.execute(&sql, values![id, now, n_buckets, zone, new.week_start.as_str()]).await?;

    metadata(tx).await?;
    snapshots(tx, now).await?;
    schema_and_table(tx, now).await?;
    let columns =
        COLUMNS.iter().map(|spec| (spec.id, spec.name, type_name(spec.column_type), spec.nullable));
    column_rows(tx, TABLE_ID, 1, columns).await?;
    layout(tx).await
}

/// Columns of a new table: id, name, type, whether a row may lack it.
pub(super) async fn column_rows(
    tx: &Tx,
    table_id: i64,
    snapshot: i64,
    specs: impl Iterator<Item = (i32, &'static str, &'static str, bool)>,
) -> Result<()> {
    let columns = [
        "column_id",
        "begin_snapshot",
        "table_id",
        "column_order",
        "column_name",
        "column_type",
        "default_value",
        "nulls_allowed",
        "default_value_type",
        "default_value_dialect",
    ];
    let rows = specs.map(|(id, name, kind, nullable)| {
        let id = i64::from(id);
        values![id, snapshot, table_id, id, name, kind, "NULL", nullable, "literal", "duckdb"]
    });
    tx.insert("ducklake_column", columns, rows, "").await?;
    Ok(())
}

/// The order of the files of a new table.
pub(super) async fn sort_rows(
    tx: &Tx,
    sort_id: i64,
    table_id: i64,
    snapshot: i64,
    keys: &[&str],
) -> Result<()> {
    tx.execute(
        "INSERT INTO ducklake_sort_info (sort_id, table_id, begin_snapshot) VALUES ($1, $2, $3)",
        values![sort_id, table_id, snapshot],
    )
    .await?;
    let columns = [
        "sort_id",
        "table_id",
        "sort_key_index",
        "expression",
        "dialect",
        "sort_direction",
        "null_order",
    ];
    let rows = (0_i64..).zip(keys).map(|(index, key)| -> [Value; 7] {
        values![sort_id, table_id, index, *key, "duckdb", "ASC", "NULLS_LAST"]
    });
    tx.insert("ducklake_sort_expression", columns, rows, "").await?;
    Ok(())
}

fn check(new: &NewWorkspace) -> Result<()> {
    if !(1..=MAX_BUCKETS).contains(&new.n_buckets) {
        let n_buckets = new.n_buckets;
        let reason = format!("`{n_buckets}` buckets are not between 1 and {MAX_BUCKETS}");
        return Err(StoreError::invalid(reason));
    }
    if new.zone.is_empty() || new.zone.contains('\0') {
        return Err(StoreError::invalid(format!("`{}` is not a time zone", new.zone)));
    }
    if !WEEK.contains(&new.week_start.as_str()) {
        let week_start = &new.week_start;
        return Err(StoreError::invalid(format!("`{week_start}` is not a day such as `monday`")));
    }
    Ok(())
}

/// A UUIDv7 of that instant; the clock is the caller's.
pub(super) fn uuid_at(now: Micros) -> Uuid {
    let seconds = u64::try_from(now.div_euclid(1_000_000)).unwrap_or(0);
    let nanos = u32::try_from(now.rem_euclid(1_000_000) * 1000).unwrap_or(0);
    Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, nanos))
}

async fn metadata(tx: &Tx) -> Result<()> {
    let created_by = concat!("Perennial ", env!("CARGO_PKG_VERSION"));
    let rows = [
        ("version", "1.0"),
        ("created_by", created_by),
        // Relative, so that a moved or copied data folder is still a lake.
        ("data_path", "lake/"),
        ("encrypted", "false"),
    ];
    let rows = rows.into_iter().map(|(key, value)| values![key, value]);
    tx.insert("ducklake_metadata", ["\"key\"", "\"value\""], rows, "").await?;
    Ok(())
}

async fn snapshots(tx: &Tx, now: Micros) -> Result<()> {
    let at = instant_text(now)
        .ok_or_else(|| StoreError::invalid(format!("`{now}` µs is not a time of this era")))?;
    let columns = "snapshot_id, snapshot_time, schema_version, next_catalog_id, next_file_id";
    let at_place = tx.dialect().instant("$1");
    let sql =
        format!("INSERT INTO ducklake_snapshot ({columns}) VALUES ($2, {at_place}, $3, $4, 0)");
    let changes = [
        (0_i64, 1_i64, "created_schema:\"main\""),
        (1, NEXT_CATALOG_ID, "created_table:\"main\".\"events\""),
    ];
    for (id, next_catalog_id, _) in changes {
        tx.execute(&sql, values![at.as_str(), id, id, next_catalog_id]).await?;
    }
    let rows = changes.into_iter().map(|(id, _, change)| values![id, change]);
    tx.insert("ducklake_snapshot_changes", ["snapshot_id", "changes_made"], rows, "").await?;
    tx.execute(
        "INSERT INTO ducklake_schema_versions (begin_snapshot, schema_version, table_id) \
         VALUES (1, 1, $1)",
        values![TABLE_ID],
    )
    .await?;
    Ok(())
}

async fn schema_and_table(tx: &Tx, now: Micros) -> Result<()> {
    let uuid = tx.dialect().uuid("$1");
    let sql = format!(
        "INSERT INTO ducklake_schema \
         (schema_id, schema_uuid, begin_snapshot, schema_name, path, path_is_relative) \
         VALUES (0, {uuid}, 0, 'main', 'main/', $2)"
    );
    tx.execute(&sql, values![uuid_at(now).to_string(), true]).await?;
    let sql = format!(
        "INSERT INTO ducklake_table \
         (table_id, table_uuid, begin_snapshot, schema_id, table_name, path, path_is_relative) \
         VALUES ($3, {uuid}, 1, 0, 'events', 'events/', $2)"
    );
    tx.execute(&sql, values![uuid_at(now).to_string(), true, TABLE_ID]).await?;
    Ok(())
}

/// How the files are laid out: by bucket, each sorted.
async fn layout(tx: &Tx) -> Result<()> {
    tx.execute(
        "INSERT INTO ducklake_partition_info (partition_id, table_id, begin_snapshot) \
         VALUES ($1, $2, 1)",
        values![PARTITION_ID, TABLE_ID],
    )
    .await?;
    tx.execute(
        "INSERT INTO ducklake_partition_column \
         (partition_id, table_id, partition_key_index, column_id, \"transform\") \
         VALUES ($1, $2, 0, 1, 'identity')",
        values![PARTITION_ID, TABLE_ID],
    )
    .await?;
    sort_rows(tx, SORT_ID, TABLE_ID, 1, &["customer", "ts", "sequence"]).await
}

fn type_name(column_type: ColumnType) -> &'static str {
    match column_type {
        ColumnType::Int32 => "int32",
        ColumnType::Int64 => "int64",
        ColumnType::Timestamp => "timestamptz",
        ColumnType::Text => "varchar",
        ColumnType::Decimal => "decimal(18,4)",
    }
}
