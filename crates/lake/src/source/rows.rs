//! Typed event rows in columns, and the rows that could not become one.

use arrow::array::StringArray;
use perennial_types::calendar::Micros;

/// Why a row is rejected: stable codes, counted in the report of an import.
pub mod reject {
    /// No customer: blank, or a placeholder such as `null`, `undefined`, `NaN`.
    pub const NO_CUSTOMER: &str = "no_customer";
    /// No time, or one that is not written in the format of its column.
    pub const BAD_TS: &str = "bad_ts";
    /// A time that the clocks of the zone skipped.
    pub const SKIPPED_HOUR: &str = "skipped_hour";
    /// A time before 1970 or more than a day ahead of now.
    pub const TS_OUT_OF_RANGE: &str = "ts_out_of_range";
    /// A number that is none, or does not fit `decimal(18,4)`.
    pub const BAD_NUMBER: &str = "bad_number";
    /// NUL, a lone surrogate, or bytes that are no text in the file's encoding.
    pub const BAD_CHAR: &str = "bad_char";
    /// More or fewer cells than the header.
    pub const RAGGED_ROW: &str = "ragged_row";
    /// A cell above 64 KiB.
    pub const CELL_TOO_LONG: &str = "cell_too_long";
    /// A row above 1 MiB.
    pub const ROW_TOO_LONG: &str = "row_too_long";
    /// No name of an event.
    pub const NO_EVENT: &str = "no_event";
    /// A line that is not one JSON object.
    pub const BAD_JSON: &str = "bad_json";
    /// The condition does not hold.
    pub const FILTERED: &str = "filtered";
}

/// A row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// 1-based line of text, or row of a table without lines.
    pub row: u64,
    /// The column at fault, where one is.
    pub column: Option<String>,
    /// Its value, cut to 200 characters.
    pub value: String,
    /// One of the codes of [`reject`].
    pub reason: &'static str,
    /// The row as it was written, at most its first 64 KiB; of a table without lines, its values
    /// as a JSON object.
    pub raw: Vec<u8>,
}

/// Up to 16,384 rows: those taken, by column, and those not.
///
/// All columns are equally long. `n_read = row.len() + rejects.len()`.
#[derive(Clone, Debug)]
pub struct Rows {
    /// 1-based line or row of the first row read.
    pub first_row: u64,
    /// 1-based line or row of every row taken.
    pub row: Vec<u64>,
    /// Outside id of the customer, never blank.
    pub customer: StringArray,
    /// When it happened.
    pub ts: Vec<Micros>,
    /// Name of the event, never blank.
    pub event: StringArray,
    /// Idempotency key, null where the file has none.
    pub message_id: StringArray,
    /// Order the line belongs to, or null.
    pub order_id: StringArray,
    /// Money, in ten-thousandths.
    pub amount: Vec<Option<i64>>,
    /// Its currency, or null.
    pub currency: StringArray,
    /// What was bought or looked at, or null.
    pub item: StringArray,
    /// How many, in ten-thousandths.
    pub quantity: Vec<Option<i64>>,
    /// Session, or null.
    pub session: StringArray,
    /// Everything else: one JSON object with sorted keys, or null.
    pub properties: StringArray,
    /// Hash of everything above but `row` and `message_id`: equal rows have equal hashes, whatever
    /// format they came in.
    pub body_hash: Vec<u128>,
    /// The rows not taken, in the order of the file.
    pub rejects: Vec<Reject>,
    /// Rows read.
    pub n_read: u64,
    /// Numbers that had more than four decimals and were rounded, half away from zero.
    pub n_rounded: u64,
    /// Ids that stood there as `17850.0` and were taken as `17850`.
    pub n_ids_trimmed: u64,
}
