//! Ids of the one lake table there is.

use perennial_types::event::COLUMNS;

/// `table_id` of `events`.
pub(crate) const TABLE_ID: i64 = 1;
/// `partition_id` of its partitioning by bucket.
pub(crate) const PARTITION_ID: i64 = 2;
/// `sort_id` of its order.
pub(crate) const SORT_ID: i64 = 3;
/// First id no object of the catalog has.
pub(crate) const NEXT_CATALOG_ID: i64 = 4;
/// Where its files are, relative to the data path.
pub(crate) const TABLE_FOLDER: &str = "main/events/";
/// Columns of `events`.
pub(crate) const N_COLUMNS: usize = COLUMNS.len();
