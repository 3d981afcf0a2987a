//! The result of a query for people and programs.
#![expect(clippy::print_stderr, reason = "what was cut is said beside the result")]

use std::io::Cursor;

use anyhow::Context;
use arrow::array::{Array, RecordBatch};
use arrow::datatypes::{DataType, Schema};
use arrow::ipc::reader::StreamReader;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use perennial_insights::present::{CellValue, ColumnHead, ColumnKind, Table};
use serde_json::{Map, Value};

use super::Format;
use crate::out::{say, say_line};
use crate::table;

/// Prints an Arrow stream.
pub fn print(format: Format, stream: &[u8]) -> anyhow::Result<()> {
    let reader = StreamReader::try_new(Cursor::new(stream), None)?;
    let schema = reader.schema();
    let batches = reader.collect::<Result<Vec<_>, _>>()?;
    match format {
        Format::Table => say_line!("{}", table::text(&grid(&schema, &batches)?)),
        Format::Json => say_line!("{:#}", objects(&schema, &batches)?),
        Format::Csv => {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(schema.fields().iter().map(|field| field.name()))?;
            for row in texts(&batches)? {
                writer.write_record(row.iter().map(|text| text.as_deref().unwrap_or_default()))?;
            }
            let bytes = writer.into_inner().context("cannot write CSV")?;
            say!("{}", String::from_utf8(bytes)?);
        }
    }
    if schema.metadata().get("truncated").is_some_and(|cut| cut == "true") {
        eprintln!("note: the result is truncated; `--rows` shows more");
    }
    Ok(())
}

/// Every cell as text, `None` for null.
fn texts(batches: &[RecordBatch]) -> anyhow::Result<Vec<Vec<Option<String>>>> {
    let options = FormatOptions::default();
    let mut rows = Vec::new();
    for batch in batches {
        let columns =
            batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            let cells = columns.iter().zip(batch.columns());
            rows.push(
                cells
                    .map(|(text, array)| array.is_valid(row).then(|| text.value(row).to_string()))
                    .collect(),
            );
        }
    }
    Ok(rows)
}

fn grid(schema: &Schema, batches: &[RecordBatch]) -> anyhow::Result<Table> {
    let mut grid = Table::new("result", true, &[]);
    grid.columns = schema
        .fields()
        .iter()
        .map(|field| ColumnHead {
            name: field.name().clone(),
            kind: if field.data_type().is_numeric() {
                ColumnKind::Decimal
            } else {
                ColumnKind::Text
            },
        })
        .collect();
    grid.rows = texts(batches)?
        .into_iter()
        .map(|row| row.into_iter().map(CellValue::text).collect())
        .collect();
    Ok(grid)
}

/// A list of objects. Numbers a double cannot hold exactly stay text.
fn objects(schema: &Schema, batches: &[RecordBatch]) -> anyhow::Result<Value> {
    let fields = schema.fields();
    let rows = texts(batches)?.into_iter().map(|row| {
        let members = fields.iter().zip(row).map(|(field, text)| {
            (field.name().clone(), text.map_or(Value::Null, |text| json(field.data_type(), text)))
        });
        Value::Object(members.collect::<Map<_, _>>())
    });
    Ok(rows.collect())
}

fn json(data_type: &DataType, text: String) -> Value {
    if data_type.is_integer() || data_type.is_floating() || *data_type == DataType::Boolean {
        return serde_json::from_str(&text).unwrap_or(Value::String(text));
    }
    Value::String(text)
}
