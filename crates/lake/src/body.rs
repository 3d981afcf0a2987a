//! What a row says, as one number: to tell a row sent twice from another row under the same id.
//!
//! The body is everything a sender chooses except customer, message id and instant: the instant
//! may be corrected for clock skew between two deliveries of the same row.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Decimal128Type, Int32Type};
use perennial_types::event::Column;
use xxhash_rust::xxh3::xxh3_128;

use crate::error::{LakeError, Result};
use crate::refunds::{REFUND_OF, without_refund_of};

/// The columns that make a body.
pub(crate) const BODY: [Column; 8] = [
    Column::Event,
    Column::OrderId,
    Column::Amount,
    Column::Currency,
    Column::Item,
    Column::Quantity,
    Column::Session,
    Column::Properties,
];

/// The body of every row of a batch that has the columns of [`BODY`].
pub(crate) fn bodies(batch: &RecordBatch) -> Result<Vec<u128>> {
    let columns =
        BODY.map(|column| batch.column_by_name(column.name()).map(|array| Values::of(array)));
    let mut values = Vec::with_capacity(columns.len());
    for (column, found) in BODY.iter().zip(columns) {
        values.push(found.flatten().ok_or_else(|| missing(*column))?);
    }
    let mut scratch = Vec::new();
    let mut bodies = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        scratch.clear();
        values.iter().for_each(|values| values.append(row, &mut scratch));
        bodies.push(xxh3_128(&scratch));
    }
    Ok(bodies)
}

fn missing(column: Column) -> LakeError {
    let reason = format!("column `{}` is missing or of another type", column.name());
    LakeError::Arrow(arrow::error::ArrowError::SchemaError(reason))
}

/// A column of a body.
enum Values<'a> {
    Text(&'a arrow::array::StringArray),
    Names(&'a arrow::array::DictionaryArray<Int32Type>, &'a arrow::array::StringArray),
    Decimal(&'a arrow::array::Decimal128Array),
}

impl Values<'_> {
    fn of(array: &dyn Array) -> Option<Values<'_>> {
        if let Some(text) = array.as_string_opt::<i32>() {
            return Some(Values::Text(text));
        }
        if let Some(decimal) = array.as_primitive_opt::<Decimal128Type>() {
            return Some(Values::Decimal(decimal));
        }
        let names = array.as_dictionary_opt::<Int32Type>()?;
        Some(Values::Names(names, names.values().as_string_opt::<i32>()?))
    }

    /// Appends a row's value so that no two lists of values look alike.
    fn append(&self, row: usize, out: &mut Vec<u8>) {
        let sent;
        let text = match self {
            Values::Text(array) if array.is_null(row) => None,
            Values::Text(array) if array.value(row).contains(REFUND_OF) => {
                let text = array.value(row);
                sent = without_refund_of(text);
                sent.as_deref().map_or(Some(text), |sent| (!sent.is_empty()).then_some(sent))
            }
            Values::Text(array) => Some(array.value(row)),
            Values::Names(array, names) => array.key(row).map(|code| names.value(code)),
            Values::Decimal(array) => {
                if array.is_valid(row) {
                    out.push(1);
                    out.extend_from_slice(&array.value(row).to_le_bytes());
                } else {
                    out.push(0);
                }
                return;
            }
        };
        match text {
            Some(text) => {
                out.push(1);
                out.extend_from_slice(&(text.len() as u64).to_le_bytes());
                out.extend_from_slice(text.as_bytes());
            }
            None => out.push(0),
        }
    }
}
