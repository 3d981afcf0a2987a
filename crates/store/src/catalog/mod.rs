//! The DuckLake catalog: the rows a new lake starts with, and statistics as its text.

mod birth;
mod day;
mod numbers;
mod stats;

pub(crate) use birth::create;
pub use day::DAY_TABLE;
pub(crate) use day::{DAY_FOLDER, N_DAY_IDS, compare, create_day_table, day_table};
pub(crate) use numbers::{N_COLUMNS, PARTITION_ID, TABLE_FOLDER, TABLE_ID};
pub(crate) use stats::{column_type, instant_of, instant_text, kept_text, value_of, widen};
