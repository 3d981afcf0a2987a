//! The table `customer_day` in the catalog, made by the first commit that writes to it.
//!
//! A lake that was never scored has no such table. Its id is whatever the catalog gives next, so
//! that tables another program has made are left alone.

use std::cmp::Ordering;

use perennial_types::day::{DAY_COLUMNS, DayType};

use super::birth::{column_rows, sort_rows, uuid_at};
use crate::db::{Tx, values};
use crate::{Micros, Result};

/// Its name, also that of its folder in the schema's.
pub const DAY_TABLE: &str = "customer_day";
/// Where its files are, relative to the data path.
pub(crate) const DAY_FOLDER: &str = "main/customer_day/";
/// Ids of the catalog it takes: the table's and that of its order.
pub(crate) const N_DAY_IDS: i64 = 2;

/// Its id, once it exists.
pub(crate) async fn day_table(tx: &Tx) -> Result<Option<i64>> {
    let sql = "SELECT table_id FROM ducklake_table \
               WHERE table_name = $1 AND schema_id = 0 AND end_snapshot IS NULL";
    tx.row(sql, values![DAY_TABLE]).await?.map(|row| row.get(0)).transpose()
}

/// Makes it in a snapshot, taking [`N_DAY_IDS`] ids from `table_id` on.
pub(crate) async fn create_day_table(
    tx: &Tx,
    at: Micros,
    snapshot: i64,
    schema_version: i64,
    table_id: i64,
) -> Result<()> {
    let uuid = tx.dialect().uuid("$1");
    let sql = format!(
        "INSERT INTO ducklake_table \
         (table_id, table_uuid, begin_snapshot, schema_id, table_name, path, path_is_relative) \
         VALUES ($3, {uuid}, $4, 0, $5, $6, $2)"
    );
    let path = format!("{DAY_TABLE}/");
    let id = uuid_at(at).to_string();
    tx.execute(&sql, values![id, true, table_id, snapshot, DAY_TABLE, path]).await?;
    tx.execute(
        "INSERT INTO ducklake_schema_versions (begin_snapshot, schema_version, table_id) \
         VALUES ($1, $2, $3)",
        values![snapshot, schema_version, table_id],
    )
    .await?;
    let columns = DAY_COLUMNS
        .iter()
        .map(|column| (column.id, column.name, type_name(column.column_type), column.nullable));
    column_rows(tx, table_id, snapshot, columns).await?;
    sort_rows(tx, table_id + 1, table_id, snapshot, &["customer", "day", "name"]).await
}

fn type_name(column_type: DayType) -> &'static str {
    match column_type {
        DayType::Int64 => "int64",
        DayType::Date => "date",
        DayType::Text => "varchar",
        DayType::Double => "float64",
    }
}

/// The order of two values of the catalog's text; `None` if one is not of that type.
pub(crate) fn compare(column_type: DayType, left: &str, right: &str) -> Option<Ordering> {
    match column_type {
        DayType::Int64 => Some(left.parse::<i64>().ok()?.cmp(&right.parse().ok()?)),
        DayType::Double => left.parse::<f64>().ok()?.partial_cmp(&right.parse().ok()?),
        DayType::Date => {
            let date = |text: &str| text.parse::<jiff::civil::Date>().ok();
            Some(date(left)?.cmp(&date(right)?))
        }
        DayType::Text => Some(left.cmp(right)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_the_order_of_their_type() {
        for (column_type, smaller, larger) in [
            (DayType::Int64, "9", "10"),
            (DayType::Double, "-0.25", "1e-9"),
            (DayType::Date, "2024-01-31", "2024-02-01"),
            (DayType::Text, "10", "9"),
        ] {
            assert_eq!(compare(column_type, smaller, larger), Some(Ordering::Less), "{smaller}");
        }
        assert_eq!(compare(DayType::Double, "NaN", "1"), None);
        assert_eq!(compare(DayType::Date, "2024-02-30", "2024-01-01"), None);
    }
}
