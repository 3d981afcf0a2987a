//! The event table: its columns, their ids and their types, said once.
//!
//! Readers, writers, the catalog and the engine all derive their own schema from [`COLUMNS`].
//! Column ids are also the field ids inside the Parquet files and never change their meaning.

use serde::{Deserialize, Serialize};

/// Name of the event of an order line.
pub const ORDER: &str = "order";
/// Name of the event that takes an order, or a part of it, back.
pub const REFUND: &str = "refund";

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// 32-bit signed integer.
    Int32,
    /// 64-bit signed integer.
    Int64,
    /// Instant, microseconds since 1970-01-01T00:00:00Z.
    Timestamp,
    /// UTF-8 text.
    Text,
    /// Decimal with 18 digits, 4 of them after the point.
    Decimal,
}

/// One column of the event table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// Fixed share of the customers the row's customer falls into.
    Bucket,
    /// Key of the customer.
    Customer,
    /// When it happened.
    Ts,
    /// Order of acceptance, unique in the lake.
    Sequence,
    /// Name of the event.
    Event,
    /// Idempotency key; unique within the customer.
    MessageId,
    /// Import or interface the row came by.
    Source,
    /// When the row was accepted.
    IngestedAt,
    /// Row of the `identity` table the event came in with.
    Identity,
    /// Order the line belongs to.
    OrderId,
    /// Money in major units of `currency`.
    Amount,
    /// ISO 4217 code.
    Currency,
    /// What was bought or looked at.
    Item,
    /// How many of it.
    Quantity,
    /// Session the event belongs to.
    Session,
    /// Everything else, one JSON object with sorted keys.
    Properties,
}

/// A column with its place in the table.
#[derive(Clone, Copy, Debug)]
pub struct ColumnSpec {
    /// Which column.
    pub column: Column,
    /// DuckLake column id and Parquet field id.
    pub id: i32,
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub column_type: ColumnType,
    /// Whether a row may lack it.
    pub nullable: bool,
    /// Whether its smallest and largest value may stand in the catalog. Columns that can hold
    /// contact data may not: erasure has to find every copy.
    pub in_statistics: bool,
}

const fn spec(
    column: Column,
    id: i32,
    name: &'static str,
    column_type: ColumnType,
    nullable: bool,
    in_statistics: bool,
) -> ColumnSpec {
    ColumnSpec { column, id, name, column_type, nullable, in_statistics }
}

/// Every column of the event table, in table order.
pub const COLUMNS: [ColumnSpec; 16] = [
    spec(Column::Bucket, 1, "bucket", ColumnType::Int32, false, true),
    spec(Column::Customer, 2, "customer", ColumnType::Int64, false, true),
    spec(Column::Ts, 3, "ts", ColumnType::Timestamp, false, true),
    spec(Column::Sequence, 4, "sequence", ColumnType::Int64, false, true),
    spec(Column::Event, 5, "event", ColumnType::Text, false, true),
    spec(Column::MessageId, 6, "message_id", ColumnType::Text, false, false),
    spec(Column::Source, 7, "source", ColumnType::Text, false, true),
    spec(Column::IngestedAt, 8, "ingested_at", ColumnType::Timestamp, false, true),
    spec(Column::Identity, 9, "identity", ColumnType::Int64, false, true),
    spec(Column::OrderId, 10, "order_id", ColumnType::Text, true, false),
    spec(Column::Amount, 11, "amount", ColumnType::Decimal, true, true),
    spec(Column::Currency, 12, "currency", ColumnType::Text, true, true),
    spec(Column::Item, 13, "item", ColumnType::Text, true, false),
    spec(Column::Quantity, 14, "quantity", ColumnType::Decimal, true, true),
    spec(Column::Session, 15, "session", ColumnType::Text, true, false),
    spec(Column::Properties, 16, "properties", ColumnType::Text, true, false),
];

impl Column {
    /// The column's place, name and type.
    pub const fn spec(self) -> &'static ColumnSpec {
        // The discriminants are the positions in `COLUMNS`; a test holds them together.
        &COLUMNS[self as usize]
    }

    /// The column's name.
    pub const fn name(self) -> &'static str {
        self.spec().name
    }

    /// The column of that name.
    pub fn named(name: &str) -> Option<Column> {
        COLUMNS.iter().find(|spec| spec.name == name).map(|spec| spec.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_at_their_own_place() {
        for (position, spec) in COLUMNS.iter().enumerate() {
            assert_eq!(spec.column as usize, position);
            assert_eq!(spec.id as usize, position + 1);
            assert_eq!(Column::named(spec.name), Some(spec.column));
        }
    }
}
