//! Parquet: one typed column per column of the table.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use perennial_insights::present::{CellValue, ColumnKind, Table};

use super::{ExportError, failed};

pub(super) fn write(table: &Table) -> Result<Vec<u8>, ExportError> {
    let fields: Vec<Field> =
        table.columns.iter().map(|head| Field::new(&head.name, data_type(head.kind), true)).collect();
    let columns = (0..table.columns.len()).map(|index| column(table, index)).collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns);
    let batch = batch.map_err(failed("parquet"))?;
    let mut writer =
        ArrowWriter::try_new(Vec::new(), batch.schema(), None).map_err(failed("parquet"))?;
    writer.write(&batch).map_err(failed("parquet"))?;
    writer.into_inner().map_err(failed("parquet"))
}

fn data_type(kind: ColumnKind) -> DataType {
    match kind {
        ColumnKind::Text | ColumnKind::Decimal => DataType::Utf8,
        ColumnKind::Count => DataType::Int64,
        ColumnKind::Share => DataType::Float64,
        ColumnKind::Flag => DataType::Boolean,
    }
}

fn column(table: &Table, index: usize) -> ArrayRef {
    let values = table.rows.iter().map(|row| row.get(index).unwrap_or(&CellValue::Absent));
    match table.columns[index].kind {
        ColumnKind::Text | ColumnKind::Decimal => {
            Arc::new(values.map(text).collect::<StringArray>())
        }
        ColumnKind::Count => Arc::new(values.map(count).collect::<Int64Array>()),
        ColumnKind::Share => Arc::new(values.map(share).collect::<Float64Array>()),
        ColumnKind::Flag => Arc::new(values.map(flag).collect::<BooleanArray>()),
    }
}

fn text(value: &CellValue) -> Option<String> {
    match value {
        CellValue::Absent => None,
        CellValue::Text(text) => Some(text.clone()),
        CellValue::Count(count) => Some(count.to_string()),
        CellValue::Share { share, .. } => Some(share.to_string()),
        CellValue::Flag(flag) => Some(flag.to_string()),
        CellValue::Open(value) => text(value),
    }
}

fn count(value: &CellValue) -> Option<i64> {
    match value {
        CellValue::Count(count) => i64::try_from(*count).ok(),
        CellValue::Open(value) => count(value),
        _ => None,
    }
}

fn share(value: &CellValue) -> Option<f64> {
    match value {
        CellValue::Share { share, .. } => Some(*share),
        _ => None,
    }
}

fn flag(value: &CellValue) -> Option<bool> {
    match value {
        CellValue::Flag(flag) => Some(*flag),
        _ => None,
    }
}
