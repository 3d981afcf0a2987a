//! One row a company's systems would have written down.

use perennial_types::calendar::Micros;

use crate::text::ShortText;

/// A row as it arrived.
///
/// A duplicate equals its original in everything but when it arrived. Quantities and money are
/// counts of ten-thousandths, money in major units of `currency`; refunds are negative.
#[derive(Clone, Copy, Debug)]
pub struct WorldEvent<'a> {
    /// Position among the customer's rows in the order they arrived.
    pub arrival: u32,
    /// When it arrived; within a customer, never earlier than the row before.
    pub received_at: Micros,
    /// The customer's own outside id, whatever identity the event came in with.
    pub customer: &'a str,
    /// The identity the event came in with.
    pub identity: Identity<'a>,
    /// When it happened.
    pub ts: Micros,
    /// Name of the event.
    pub event: &'static str,
    /// Idempotency key: the same for an event and its duplicate, for no other.
    pub message_id: ShortText,
    /// Order the line belongs to; a refund names the order it takes back.
    pub order_id: Option<ShortText>,
    /// What was bought or looked at.
    pub item: Option<&'static str>,
    /// How many of it.
    pub quantity: Option<i64>,
    /// Price of one.
    pub price: Option<i64>,
    /// Quantity times price.
    pub amount: Option<i64>,
    /// ISO 4217 code of price and amount.
    pub currency: Option<&'static str>,
    /// Visit the event belongs to.
    pub session: Option<ShortText>,
    /// Everything else.
    pub properties: &'a [Property],
    /// Whether this row repeats one that happened before it.
    pub is_duplicate: bool,
}

/// An outside id that points to a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity<'a> {
    /// `crm`, `email` or `device`.
    pub namespace: &'static str,
    /// The id, unique within its namespace.
    pub id: &'a str,
}

/// A named value on an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its name; a name has one type throughout a world.
    pub name: &'static str,
    /// Its value.
    pub value: Value,
}

/// What a property holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// A word.
    Text(&'static str),
    /// An id.
    Id(ShortText),
    /// A whole number.
    Integer(i64),
    /// True or false.
    Flag(bool),
}

/// The type of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PropertyType {
    /// [`Value::Text`] or [`Value::Id`].
    Text,
    /// [`Value::Integer`].
    Integer,
    /// [`Value::Flag`].
    Flag,
}

/// A property that events of a world may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PropertyColumn {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub property_type: PropertyType,
}

impl Value {
    /// The type of the value.
    pub fn property_type(&self) -> PropertyType {
        match self {
            Value::Text(_) | Value::Id(_) => PropertyType::Text,
            Value::Integer(_) => PropertyType::Integer,
            Value::Flag(_) => PropertyType::Flag,
        }
    }
}
