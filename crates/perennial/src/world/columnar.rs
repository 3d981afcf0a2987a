//! Events as Parquet: decimals, UTC microseconds, one typed column a property.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Decimal128Builder, Int64Builder, RecordBatch, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use perennial_world::{PropertyColumn, PropertyType, Value, WorldEvent};

use super::EventRows;
use super::rows::{COLUMNS, value};

/// Rows held in memory before they are handed to the Parquet writer.
const BATCH_ROWS: usize = 16_384;
/// Rows of a row group; bounds the memory of the writer.
const ROW_GROUP_ROWS: usize = 262_144;
const PRECISION: u8 = 18;
const DECIMALS: i8 = 4;

/// Events as Parquet.
pub(super) struct ParquetRows<W: Write + Send> {
    writer: ArrowWriter<W>,
    schema: SchemaRef,
    columns: Vec<Column>,
    properties: Vec<PropertyColumn>,
    n_rows: usize,
}

/// A column being filled.
enum Column {
    Text(StringBuilder),
    Instant(TimestampMicrosecondBuilder),
    Decimal(Decimal128Builder),
    Integer(Int64Builder),
    Flag(BooleanBuilder),
}

impl Column {
    fn new(data_type: &DataType) -> Column {
        match data_type {
            DataType::Timestamp(..) => Column::Instant(
                TimestampMicrosecondBuilder::new().with_data_type(data_type.clone()),
            ),
            DataType::Decimal128(..) => {
                Column::Decimal(Decimal128Builder::new().with_data_type(data_type.clone()))
            }
            DataType::Int64 => Column::Integer(Int64Builder::new()),
            DataType::Boolean => Column::Flag(BooleanBuilder::new()),
            _ => Column::Text(StringBuilder::new()),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Column::Text(builder) => Arc::new(builder.finish()),
            Column::Instant(builder) => Arc::new(builder.finish()),
            Column::Decimal(builder) => Arc::new(builder.finish()),
            Column::Integer(builder) => Arc::new(builder.finish()),
            Column::Flag(builder) => Arc::new(builder.finish()),
        }
    }

    fn append(&mut self, cell: Cell<'_>) {
        match (self, cell) {
            (Column::Text(builder), Cell::Text(text)) => builder.append_option(text),
            (Column::Instant(builder), Cell::Number(number)) => builder.append_option(number),
            (Column::Decimal(builder), Cell::Number(number)) => {
                builder.append_option(number.map(i128::from));
            }
            (Column::Integer(builder), Cell::Number(number)) => builder.append_option(number),
            (Column::Flag(builder), Cell::Flag(flag)) => builder.append_option(Some(flag)),
            // What has no value, or (never, by the world's own declaration) another type.
            (Column::Text(builder), _) => builder.append_null(),
            (Column::Instant(builder), _) => builder.append_null(),
            (Column::Decimal(builder), _) => builder.append_null(),
            (Column::Integer(builder), _) => builder.append_null(),
            (Column::Flag(builder), _) => builder.append_null(),
        }
    }
}

/// What goes into a column.
enum Cell<'a> {
    Text(Option<&'a str>),
    Number(Option<i64>),
    Flag(bool),
    Absent,
}

impl<W: Write + Send> ParquetRows<W> {
    pub(super) fn new(out: W, properties: &[PropertyColumn]) -> anyhow::Result<ParquetRows<W>> {
        let schema = Arc::new(schema(properties));
        let settings = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .set_created_by("perennial world".to_owned())
            .build();
        let writer = ArrowWriter::try_new(out, Arc::clone(&schema), Some(settings))?;
        let columns = schema.fields().iter().map(|field| Column::new(field.data_type())).collect();
        Ok(ParquetRows { writer, schema, columns, properties: properties.to_vec(), n_rows: 0 })
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        let arrays = self.columns.iter_mut().map(Column::finish).collect();
        self.writer.write(&RecordBatch::try_new(Arc::clone(&self.schema), arrays)?)?;
        self.n_rows = 0;
        Ok(())
    }
}

impl<W: Write + Send> EventRows for ParquetRows<W> {
    fn write(&mut self, id: &str, row: &WorldEvent<'_>) -> anyhow::Result<()> {
        let cells = [
            Cell::Text(Some(id)),
            Cell::Number(Some(row.ts)),
            Cell::Text(Some(row.event)),
            Cell::Text(Some(row.message_id.as_str())),
            Cell::Text(row.order_id.as_deref()),
            Cell::Text(row.item),
            Cell::Number(row.quantity),
            Cell::Number(row.price),
            Cell::Number(row.amount),
            Cell::Text(row.currency),
            Cell::Text(row.session.as_deref()),
        ];
        let values: Vec<Option<Value>> =
            self.properties.iter().map(|column| value(row.properties, column.name)).collect();
        let properties = values.iter().map(|value| match value {
            None => Cell::Absent,
            Some(Value::Text(text)) => Cell::Text(Some(text)),
            Some(Value::Id(id)) => Cell::Text(Some(id.as_str())),
            Some(Value::Integer(number)) => Cell::Number(Some(*number)),
            Some(Value::Flag(flag)) => Cell::Flag(*flag),
        });
        for (column, cell) in self.columns.iter_mut().zip(cells.into_iter().chain(properties)) {
            column.append(cell);
        }
        self.n_rows += 1;
        if self.n_rows >= BATCH_ROWS { self.flush() } else { Ok(()) }
    }

    fn finish(mut self: Box<Self>) -> anyhow::Result<()> {
        self.flush()?;
        // Writes the footer; the writer below it is flushed as well.
        let mut out = self.writer.into_inner()?;
        Ok(out.flush()?)
    }
}

fn schema(properties: &[PropertyColumn]) -> Schema {
    let field = |name: &str| {
        let data_type = match name {
            "ts" => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            "quantity" | "price" | "amount" => DataType::Decimal128(PRECISION, DECIMALS),
            _ => DataType::Utf8,
        };
        let is_required = ["customer_id", "ts", "event", "message_id"].contains(&name);
        Field::new(name, data_type, !is_required)
    };
    let property = |column: &PropertyColumn| {
        let data_type = match column.property_type {
            PropertyType::Text => DataType::Utf8,
            PropertyType::Integer => DataType::Int64,
            PropertyType::Flag => DataType::Boolean,
        };
        Field::new(column.name, data_type, true)
    };
    let fields = COLUMNS.iter().map(|name| field(name)).chain(properties.iter().map(property));
    Schema::new(fields.collect::<Vec<Field>>())
}
