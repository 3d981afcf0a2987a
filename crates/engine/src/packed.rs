//! The customer column of sorted rows as runs: one key and one end per customer.
//!
//! Rows are sorted by customer, so the column says the same key a hundred times over. Kept as
//! runs it is a hundredth of the size, and where a customer begins needs no search any more.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int32Array, Int64Array, RecordBatch, RunArray};
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema, SchemaRef};
use perennial_types::event::Column;

use crate::batch::run_ends;
use crate::error::EngineError;

/// The schema of packed batches.
pub fn packed_schema(schema: &SchemaRef) -> SchemaRef {
    let ends = Field::new("run_ends", DataType::Int32, false);
    let values = Field::new("values", DataType::Int64, true);
    with_customers(schema, &DataType::RunEndEncoded(Arc::new(ends), Arc::new(values)))
}

/// The same rows with their customers as runs; every other column is shrunk to what it holds.
pub fn packed(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, EngineError> {
    let columns = batch.schema_ref().fields().iter().zip(batch.columns()).map(|(field, array)| {
        match array.as_primitive_opt::<Int64Type>() {
            Some(keys) if field.name() == Column::Customer.name() => as_runs(keys),
            _ => {
                let mut array = array.clone();
                array.shrink_to_fit();
                Ok(array)
            }
        }
    });
    Ok(RecordBatch::try_new(schema.clone(), columns.collect::<Result<_, EngineError>>()?)?)
}

/// The same rows with a key per row.
pub fn unpacked(batch: RecordBatch) -> Result<RecordBatch, EngineError> {
    let Some(index) = batch.schema_ref().index_of(Column::Customer.name()).ok() else {
        return Ok(batch);
    };
    let Some(runs) = batch.column(index).as_run_opt::<Int32Type>() else { return Ok(batch) };
    let keys = runs.values_slice();
    let keys = keys.as_primitive::<Int64Type>().values();
    let mut rows = Vec::with_capacity(runs.len());
    for (key, end) in keys.iter().zip(runs.run_ends().sliced_values()) {
        rows.resize(end as usize, *key);
    }
    let schema = with_customers(batch.schema_ref(), &DataType::Int64);
    let mut columns = batch.columns().to_vec();
    columns[index] = Arc::new(Int64Array::from(rows));
    Ok(RecordBatch::try_new(schema, columns)?)
}

fn as_runs(keys: &Int64Array) -> Result<ArrayRef, EngineError> {
    let keys = keys.values();
    let ends: Vec<usize> = run_ends(keys).collect();
    let firsts = std::iter::once(0).chain(ends.iter().copied());
    let values = Int64Array::from_iter_values(firsts.zip(&ends).map(|(first, _)| keys[first]));
    // A batch has some ten thousand rows; one of two thousand million could not be held.
    let ends = Int32Array::from_iter_values(ends.iter().map(|end| *end as i32));
    Ok(Arc::new(RunArray::<Int32Type>::try_new(&ends, &values)?))
}

fn with_customers(schema: &SchemaRef, data_type: &DataType) -> SchemaRef {
    let fields =
        schema.fields().iter().map(|field| match field.name() == Column::Customer.name() {
            true => Arc::new(Field::clone(field).with_data_type(data_type.clone())),
            false => field.clone(),
        });
    Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone()))
}
