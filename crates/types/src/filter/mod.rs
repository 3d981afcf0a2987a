//! Filter expressions: one small typed language for conditions on events.
//!
//! A filter asks one thing of one event row: is it one of these events, and does its condition
//! hold? `{"event":"order","where":{"field":"amount","op":">","value":0}}` is every order line
//! whose order is worth something. Logic has two values: a missing value fails every test except
//! `is_not_set`, `!=` and `not_in`, so `not` always means the rest of the rows.
//!
//! On rows that share an order id, `amount` and `quantity` are those of the whole order, and an
//! order satisfies a filter when one of its lines does.
//!
//! The types here say what is meant; [`Test::matcher`] prepares a test for many rows and the
//! engine runs it over columns.

mod json;
mod matcher;
mod schema;
mod words;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use json::FilterError;
pub use matcher::{Matcher, property_text};
pub use words::Language;

/// Which events, and under what condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventFilter {
    /// Names of the events; `"*"` is any.
    pub event: EventNames,
    /// What must hold of the row besides its name.
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
}

/// A set of event names.
#[derive(Clone, Debug, PartialEq)]
pub enum EventNames {
    /// Whatever the name: `"*"`.
    Any,
    /// One of these.
    OneOf(Vec<String>),
}

/// A condition on one event row.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// Every one holds; an empty list holds.
    All(Vec<Condition>),
    /// At least one holds; an empty list does not.
    Any(Vec<Condition>),
    /// The condition does not hold.
    Not(Box<Condition>),
    /// One field against a value.
    Test(Test),
}

/// One field against a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// What is looked at.
    pub field: Field,
    /// How it is compared.
    pub op: Op,
    /// What it is compared with; [`Value::None`] for `is_set` and `is_not_set`.
    pub value: Value,
}

/// What a test looks at.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// Name of the event.
    Event,
    /// Instant of the event.
    Ts,
    /// Money of the whole order, or of the row when it belongs to none.
    Amount,
    /// ISO 4217 code.
    Currency,
    /// Order id.
    OrderId,
    /// Item of the line.
    Item,
    /// Quantity of the whole order, or of the row when it belongs to none.
    Quantity,
    /// Session id.
    Session,
    /// Where the row came from.
    Source,
    /// A property by name: `properties.country`.
    Property(String),
}

/// How a field is compared with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `in`
    In,
    /// `not_in`
    NotIn,
    /// `contains`, case-sensitive
    Contains,
    /// `starts_with`, case-sensitive
    StartsWith,
    /// `ends_with`, case-sensitive
    EndsWith,
    /// `is_set`
    IsSet,
    /// `is_not_set`
    IsNotSet,
}

/// What a field is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    None,
    /// Text.
    Text(String),
    /// An exact number.
    Number(rust_decimal::Decimal),
    /// True or false.
    Bool(bool),
    /// Several of the above.
    List(Vec<Value>),
}

impl EventFilter {
    /// Any event, without a condition.
    pub fn any() -> EventFilter {
        EventFilter { event: EventNames::Any, condition: None }
    }

    /// Every event of that name.
    pub fn named(event: impl Into<String>) -> EventFilter {
        EventFilter { event: EventNames::OneOf(vec![event.into()]), condition: None }
    }

    /// Every field the filter looks at, each once.
    pub fn fields(&self) -> Vec<&Field> {
        let mut fields = Vec::new();
        if self.event != EventNames::Any {
            fields.push(&Field::Event);
        }
        if let Some(condition) = &self.condition {
            condition.collect_fields(&mut fields);
        }
        fields.sort_unstable();
        fields.dedup();
        fields
    }
}

impl EventNames {
    /// Whether `name` is one of them.
    pub fn contains(&self, name: &str) -> bool {
        match self {
            EventNames::Any => true,
            EventNames::OneOf(names) => names.iter().any(|known| known == name),
        }
    }
}

impl Condition {
    fn collect_fields<'a>(&'a self, fields: &mut Vec<&'a Field>) {
        match self {
            Condition::All(parts) | Condition::Any(parts) => {
                for part in parts {
                    part.collect_fields(fields);
                }
            }
            Condition::Not(inner) => inner.collect_fields(fields),
            Condition::Test(test) => fields.push(&test.field),
        }
    }
}

impl Field {
    /// The field's name as questions write it.
    pub fn name(&self) -> String {
        match self {
            Field::Event => "event".to_owned(),
            Field::Ts => "ts".to_owned(),
            Field::Amount => "amount".to_owned(),
            Field::Currency => "currency".to_owned(),
            Field::OrderId => "order_id".to_owned(),
            Field::Item => "item".to_owned(),
            Field::Quantity => "quantity".to_owned(),
            Field::Session => "session".to_owned(),
            Field::Source => "source".to_owned(),
            Field::Property(name) => format!("properties.{name}"),
        }
    }

    /// The field of that name; `country` and `properties.country` are the same property.
    pub fn named(name: &str) -> Field {
        match name {
            "event" => Field::Event,
            "ts" => Field::Ts,
            "amount" => Field::Amount,
            "currency" => Field::Currency,
            "order_id" => Field::OrderId,
            "item" => Field::Item,
            "quantity" => Field::Quantity,
            "session" => Field::Session,
            "source" => Field::Source,
            other => Field::Property(other.strip_prefix("properties.").unwrap_or(other).to_owned()),
        }
    }

    /// The column of the event table that holds the field.
    pub fn column(&self) -> crate::event::Column {
        use crate::event::Column;
        match self {
            Field::Event => Column::Event,
            Field::Ts => Column::Ts,
            Field::Amount => Column::Amount,
            Field::Currency => Column::Currency,
            Field::OrderId => Column::OrderId,
            Field::Item => Column::Item,
            Field::Quantity => Column::Quantity,
            Field::Session => Column::Session,
            Field::Source => Column::Source,
            Field::Property(_) => Column::Properties,
        }
    }
}

impl Op {
    /// Every operator with its name in questions.
    pub const ALL: [(Op, &'static str); 13] = [
        (Op::Equal, "="),
        (Op::NotEqual, "!="),
        (Op::Greater, ">"),
        (Op::GreaterOrEqual, ">="),
        (Op::Less, "<"),
        (Op::LessOrEqual, "<="),
        (Op::In, "in"),
        (Op::NotIn, "not_in"),
        (Op::Contains, "contains"),
        (Op::StartsWith, "starts_with"),
        (Op::EndsWith, "ends_with"),
        (Op::IsSet, "is_set"),
        (Op::IsNotSet, "is_not_set"),
    ];

    /// The operator's name in questions.
    pub fn name(self) -> &'static str {
        Op::ALL.iter().find(|(op, _)| *op == self).map_or("", |(_, name)| name)
    }
}

#[cfg(test)]
mod tests;
