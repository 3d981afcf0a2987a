//! The event table as Arrow sees it.
//!
//! Columns of few distinct values are dictionaries, so their pages reach a fold as codes and a
//! filter is decided once per name instead of once per row.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use perennial_types::event::{COLUMNS, Column, ColumnSpec, ColumnType};

/// Key of a Parquet field id in Arrow field metadata.
const FIELD_ID: &str = "PARQUET:field_id";

/// The Arrow type of a column, in files and in batches alike.
pub fn data_type(column: Column) -> DataType {
    match (column, column.spec().column_type) {
        (Column::Event | Column::Source | Column::Currency, _) => {
            DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
        }
        (_, ColumnType::Int32) => DataType::Int32,
        (_, ColumnType::Int64) => DataType::Int64,
        (_, ColumnType::Timestamp) => {
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
        }
        (_, ColumnType::Text) => DataType::Utf8,
        (_, ColumnType::Decimal) => DataType::Decimal128(18, 4),
    }
}

fn field(spec: &ColumnSpec) -> Field {
    let id = HashMap::from([(FIELD_ID.to_owned(), spec.id.to_string())]);
    Field::new(spec.name, data_type(spec.column), spec.nullable).with_metadata(id)
}

/// The schema of the whole event table.
pub fn event_schema() -> SchemaRef {
    Arc::new(Schema::new(COLUMNS.iter().map(field).collect::<Vec<_>>()))
}

/// The schema of some of its columns, in the order given.
pub fn schema_of(columns: &[Column]) -> SchemaRef {
    Arc::new(Schema::new(columns.iter().map(|column| field(column.spec())).collect::<Vec<_>>()))
}
