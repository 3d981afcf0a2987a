//! A batch of rows, and the customers' runs in it.
//!
//! Folds see columns as typed slices and a run as a range of rows; nobody makes an object per row.

use std::ops::Range;

use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, DictionaryArray, Int64Array, RecordBatch, RunArray,
    StringArray,
};
use arrow::datatypes::{DataType, Int32Type, Int64Type, TimestampMicrosecondType};
use perennial_types::calendar::Micros;
use perennial_types::event::{COLUMNS, Column};

use crate::error::EngineError;

/// Rows of the event table, sorted by customer, instant and sequence, some columns of it.
#[derive(Clone, Debug)]
pub struct Batch {
    n_rows: usize,
    columns: [Option<ArrayRef>; COLUMNS.len()],
}

/// Consecutive rows of one customer within a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Whose rows they are.
    pub customer: i64,
    /// Which rows of the batch.
    pub rows: Range<usize>,
    /// Whether the customer's earlier rows stood in the batch before.
    pub continues: bool,
}

/// A column of text, decided once per distinct value where it is a dictionary.
pub enum TextColumn<'a> {
    /// One text per row.
    Plain(&'a StringArray),
    /// One code per row into a list of texts.
    Dictionary(&'a DictionaryArray<Int32Type>, &'a StringArray),
}

impl Batch {
    /// Wraps a record batch whose columns are columns of the event table.
    pub fn new(batch: &RecordBatch) -> Batch {
        let mut columns = [const { None }; COLUMNS.len()];
        for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            if let Some(column) = Column::named(field.name()) {
                columns[column as usize] = Some(array.clone());
            }
        }
        Batch { n_rows: batch.num_rows(), columns }
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    fn column<'a, T>(
        &'a self,
        column: Column,
        expected: &'static str,
        cast: impl FnOnce(&'a dyn Array) -> Option<T>,
    ) -> Result<T, EngineError> {
        let array = self.columns[column as usize].as_deref();
        array.and_then(cast).ok_or_else(|| EngineError::WrongColumn {
            column: column.name(),
            found: array.map_or("absent".to_owned(), |array| array.data_type().to_string()),
            expected,
        })
    }

    /// Whether the batch has that column.
    pub fn has(&self, column: Column) -> bool {
        self.columns[column as usize].is_some()
    }

    /// An integer column.
    pub fn integers(&self, column: Column) -> Result<&[i64], EngineError> {
        self.column(column, "a 64-bit integer", |array| {
            array.as_any().downcast_ref::<Int64Array>().map(|array| array.values().as_ref())
        })
    }

    /// Instants of the events.
    pub fn ts(&self) -> Result<&[Micros], EngineError> {
        self.column(Column::Ts, "a timestamp in microseconds", |array| {
            array
                .as_primitive_opt::<TimestampMicrosecondType>()
                .map(|array| array.values().as_ref())
        })
    }

    /// A column of decimals.
    pub fn decimals(&self, column: Column) -> Result<&Decimal128Array, EngineError> {
        self.column(column, "decimal(18,4)", |array| array.as_any().downcast_ref())
    }

    /// A column of text.
    pub fn text(&self, column: Column) -> Result<TextColumn<'_>, EngineError> {
        self.column(column, "text", |array| {
            if let Some(plain) = array.as_string_opt::<i32>() {
                return Some(TextColumn::Plain(plain));
            }
            let dictionary = array.as_dictionary_opt::<Int32Type>()?;
            let values = dictionary.values().as_string_opt::<i32>()?;
            Some(TextColumn::Dictionary(dictionary, values))
        })
    }

    /// Cuts the batch into runs. `open` is the customer of the last row before this batch.
    pub fn runs(&self, open: Option<i64>, runs: &mut Vec<Run>) -> Result<(), EngineError> {
        runs.clear();
        let mut start = 0;
        let mut push = |customer: i64, end: usize| {
            let continues = start == 0 && open == Some(customer);
            runs.push(Run { customer, rows: start..end, continues });
            start = end;
        };
        if let Ok(packed) = self.packed_customers() {
            let keys = packed.values_slice();
            let keys = keys.as_primitive::<Int64Type>().values();
            let ends = packed.run_ends().sliced_values();
            keys.iter().zip(ends).for_each(|(customer, end)| push(*customer, end as usize));
            return Ok(());
        }
        let customers = self.integers(Column::Customer)?;
        run_ends(customers).for_each(|end| push(customers[end - 1], end));
        Ok(())
    }

    fn packed_customers(&self) -> Result<&RunArray<Int32Type>, EngineError> {
        self.column(Column::Customer, "runs of 64-bit integers", |array| {
            array.as_run_opt().filter(|runs| runs.values().data_type() == &DataType::Int64)
        })
    }
}

/// Rows looked over at once.
const STRIDE: usize = 16;

/// The end of every run of equal keys. Rows are sorted, so where the last row of a stride is the
/// same customer's, all of it is.
pub fn run_ends(keys: &[i64]) -> impl Iterator<Item = usize> {
    let mut end = 0;
    std::iter::from_fn(move || {
        let key = *keys.get(end)?;
        while keys.get(end + STRIDE).is_some_and(|&far| far == key) {
            end += STRIDE;
        }
        end += keys[end..].iter().take_while(|&&other| other == key).count();
        Some(end)
    })
}

impl<'a> TextColumn<'a> {
    /// The text of a row; `None` where it is null.
    pub fn get(&self, row: usize) -> Option<&'a str> {
        match self {
            TextColumn::Plain(array) => array.is_valid(row).then(|| array.value(row)),
            TextColumn::Dictionary(array, values) => {
                array.key(row).and_then(|code| values.is_valid(code).then(|| values.value(code)))
            }
        }
    }
}

/// The ten-thousandths of a row; `None` where it is null.
pub fn decimal_at(array: &Decimal128Array, row: usize) -> Option<i128> {
    array.is_valid(row).then(|| array.value(row))
}
