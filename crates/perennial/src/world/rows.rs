//! Rows as text: events as CSV and JSON lines, orders and identities as CSV.

use std::fmt::Write as _;
use std::io::Write;

use anyhow::Context;
use jiff::Timestamp;
use perennial_types::calendar::Micros;
use perennial_types::event::{ORDER, REFUND};
use perennial_types::money::{SCALE, write_decimal};
use perennial_world::{History, IdentityUse, Property, PropertyColumn, Value, WorldEvent};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::EventRows;

/// Columns before the properties, in every format.
pub(super) const COLUMNS: [&str; 11] = [
    "customer_id",
    "ts",
    "event",
    "message_id",
    "order_id",
    "item",
    "quantity",
    "price",
    "amount",
    "currency",
    "session",
];

const ORDER_COLUMNS: [&str; 11] = [
    "order_id",
    "customer_id",
    "ts",
    "item",
    "quantity",
    "price",
    "amount",
    "currency",
    "category",
    "channel",
    "city",
];

/// Writes CSV fields, each through one buffer.
struct Fields<W: Write> {
    csv: csv::Writer<W>,
    buffer: String,
}

impl<W: Write> Fields<W> {
    fn new<'a>(out: W, header: impl IntoIterator<Item = &'a str>) -> anyhow::Result<Fields<W>> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(header.into_iter().map(str::as_bytes))?;
        Ok(Fields { csv, buffer: String::new() })
    }

    fn text(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(self.csv.write_field(text)?)
    }

    fn instant(&mut self, ts: Micros) -> anyhow::Result<()> {
        let timestamp = timestamp(ts)?;
        self.shown(|buffer| write!(buffer, "{timestamp}"))
    }

    fn decimal(&mut self, value: Option<i64>) -> anyhow::Result<()> {
        let Some(value) = value else { return self.text("") };
        self.shown(|buffer| write_decimal(buffer, i128::from(value)))
    }

    fn quantity(&mut self, value: Option<i64>) -> anyhow::Result<()> {
        match value.filter(|value| value % SCALE == 0) {
            Some(value) => self.shown(|buffer| write!(buffer, "{}", value / SCALE)),
            None => self.decimal(value),
        }
    }

    fn property(&mut self, value: Option<Value>) -> anyhow::Result<()> {
        match value {
            None => self.text(""),
            Some(Value::Text(text)) => self.text(text),
            Some(Value::Id(id)) => self.text(id.as_str()),
            Some(Value::Integer(number)) => self.shown(|buffer| write!(buffer, "{number}")),
            Some(Value::Flag(flag)) => self.text(if flag { "true" } else { "false" }),
        }
    }

    fn shown(&mut self, write: impl FnOnce(&mut String) -> std::fmt::Result) -> anyhow::Result<()> {
        self.buffer.clear();
        write(&mut self.buffer)?;
        Ok(self.csv.write_field(&self.buffer)?)
    }

    fn end_row(&mut self) -> anyhow::Result<()> {
        Ok(self.csv.write_record(None::<&[u8]>)?)
    }

    fn finish(mut self) -> anyhow::Result<()> {
        Ok(self.csv.flush()?)
    }
}

fn timestamp(ts: Micros) -> anyhow::Result<Timestamp> {
    Timestamp::from_microsecond(ts).with_context(|| format!("`{ts}` µs is no instant"))
}

pub(super) fn value(properties: &[Property], name: &str) -> Option<Value> {
    properties.iter().find(|property| property.name == name).map(|property| property.value)
}

/// Events as CSV, one column a property.
pub(super) struct CsvRows<W: Write> {
    fields: Fields<W>,
    properties: Vec<PropertyColumn>,
}

impl<W: Write> CsvRows<W> {
    pub(super) fn new(out: W, properties: &[PropertyColumn]) -> anyhow::Result<CsvRows<W>> {
        let names = properties.iter().map(|column| column.name);
        let fields = Fields::new(out, COLUMNS.into_iter().chain(names))?;
        Ok(CsvRows { fields, properties: properties.to_vec() })
    }
}

impl<W: Write> EventRows for CsvRows<W> {
    fn write(&mut self, id: &str, row: &WorldEvent<'_>) -> anyhow::Result<()> {
        let fields = &mut self.fields;
        fields.text(id)?;
        fields.instant(row.ts)?;
        fields.text(row.event)?;
        fields.text(row.message_id.as_str())?;
        fields.text(row.order_id.as_deref().unwrap_or_default())?;
        fields.text(row.item.unwrap_or_default())?;
        fields.quantity(row.quantity)?;
        fields.decimal(row.price)?;
        fields.decimal(row.amount)?;
        fields.text(row.currency.unwrap_or_default())?;
        fields.text(row.session.as_deref().unwrap_or_default())?;
        for column in &self.properties {
            fields.property(value(row.properties, column.name))?;
        }
        fields.end_row()
    }

    fn finish(self: Box<Self>) -> anyhow::Result<()> {
        self.fields.finish()
    }
}

/// Events as JSON lines: money as decimal strings, absent fields left out.
pub(super) struct JsonRows<W: Write> {
    out: W,
}

impl<W: Write> JsonRows<W> {
    pub(super) fn new(out: W) -> JsonRows<W> {
        JsonRows { out }
    }
}

impl<W: Write> EventRows for JsonRows<W> {
    fn write(&mut self, id: &str, row: &WorldEvent<'_>) -> anyhow::Result<()> {
        serde_json::to_writer(&mut self.out, &JsonRow { id, ts: timestamp(row.ts)?, row })?;
        Ok(self.out.write_all(b"\n")?)
    }

    fn finish(mut self: Box<Self>) -> anyhow::Result<()> {
        Ok(self.out.flush()?)
    }
}

struct JsonRow<'a> {
    id: &'a str,
    ts: Timestamp,
    row: &'a WorldEvent<'a>,
}

impl Serialize for JsonRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = self.row;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("customer_id", self.id)?;
        map.serialize_entry("ts", &self.ts)?;
        map.serialize_entry("event", row.event)?;
        map.serialize_entry("message_id", row.message_id.as_str())?;
        for (name, id) in [("order_id", &row.order_id), ("session", &row.session)] {
            if let Some(id) = id {
                map.serialize_entry(name, id.as_str())?;
            }
        }
        for (name, text) in [("item", row.item), ("currency", row.currency)] {
            if let Some(text) = text {
                map.serialize_entry(name, text)?;
            }
        }
        for (name, decimal) in
            [("quantity", row.quantity), ("price", row.price), ("amount", row.amount)]
        {
            if let Some(decimal) = decimal {
                map.serialize_entry(name, &perennial_types::money::Decimal4(decimal))?;
            }
        }
        for property in row.properties {
            match property.value {
                Value::Text(text) => map.serialize_entry(property.name, text)?,
                Value::Id(id) => map.serialize_entry(property.name, id.as_str())?,
                Value::Integer(number) => map.serialize_entry(property.name, &number)?,
                Value::Flag(flag) => map.serialize_entry(property.name, &flag)?,
            }
        }
        map.end()
    }
}

/// Order lines and refunds, as a shop system exports them: no duplicates, refunds negative.
pub(super) struct OrderRows<W: Write> {
    fields: Fields<W>,
}

impl<W: Write> OrderRows<W> {
    pub(super) fn new(out: W) -> anyhow::Result<OrderRows<W>> {
        Ok(OrderRows { fields: Fields::new(out, ORDER_COLUMNS)? })
    }

    /// Writes the row if it is of an order.
    pub(super) fn write(&mut self, row: &WorldEvent<'_>) -> anyhow::Result<()> {
        if row.is_duplicate || ![ORDER, REFUND].contains(&row.event) {
            return Ok(());
        }
        let fields = &mut self.fields;
        fields.text(row.order_id.as_deref().unwrap_or_default())?;
        fields.text(row.customer)?;
        fields.instant(row.ts)?;
        fields.text(row.item.unwrap_or_default())?;
        fields.quantity(row.quantity)?;
        fields.decimal(row.price)?;
        fields.decimal(row.amount)?;
        fields.text(row.currency.unwrap_or_default())?;
        for name in ["category", "channel", "city"] {
            fields.property(value(row.properties, name))?;
        }
        fields.end_row()
    }

    pub(super) fn finish(self) -> anyhow::Result<()> {
        self.fields.finish()
    }
}

/// Which outside id belongs to which customer.
pub(super) struct IdentityRows<W: Write> {
    fields: Fields<W>,
}

impl<W: Write> IdentityRows<W> {
    pub(super) fn new(out: W) -> anyhow::Result<IdentityRows<W>> {
        let header = ["customer_id", "namespace", "id", "first_seen"];
        Ok(IdentityRows { fields: Fields::new(out, header)? })
    }

    pub(super) fn write(&mut self, history: &History, known: &IdentityUse) -> anyhow::Result<()> {
        self.fields.text(history.customer())?;
        self.fields.text(known.namespace)?;
        self.fields.text(known.id.as_str())?;
        self.fields.instant(known.first_seen)?;
        self.fields.end_row()
    }

    pub(super) fn finish(self) -> anyhow::Result<()> {
        self.fields.finish()
    }
}
