//! A test made ready for many rows: constants parsed once, one method per kind of column.

use std::borrow::Cow;
use std::cmp::Ordering;

use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::{Field, Op, Test, Value};
use crate::calendar::Micros;

/// A prepared [`Test`].
#[derive(Clone, Debug)]
pub struct Matcher {
    op: Op,
    constants: Vec<Constant>,
}

#[derive(Clone, Debug)]
enum Constant {
    Text(String),
    Number(Decimal),
    /// A bound for decimals with four places: `ten_thousandths × factor` against `bound`.
    Decimal {
        bound: i128,
        factor: i128,
    },
    Instant(Micros),
}

impl Test {
    /// Prepares the test.
    pub fn matcher(&self) -> Matcher {
        let values = match &self.value {
            Value::List(members) => members.as_slice(),
            single => std::slice::from_ref(single),
        };
        let constants = values.iter().filter_map(|value| constant(&self.field, value)).collect();
        Matcher { op: self.op, constants }
    }
}

fn constant(field: &Field, value: &Value) -> Option<Constant> {
    match (field, value) {
        (Field::Amount | Field::Quantity, Value::Number(number)) => {
            // Compare without rounding: value × 10⁴ = mantissa × 10⁴ / 10^scale.
            let (mantissa, scale) = (number.mantissa(), number.scale());
            let factor = 10_i128.pow(scale.saturating_sub(4));
            let bound = mantissa.checked_mul(10_i128.pow(4_u32.saturating_sub(scale)));
            let saturated = if mantissa < 0 { i128::MIN } else { i128::MAX };
            Some(Constant::Decimal { bound: bound.unwrap_or(saturated), factor })
        }
        (Field::Ts, Value::Text(text)) => {
            text.parse::<jiff::Timestamp>().ok().map(|ts| Constant::Instant(ts.as_microsecond()))
        }
        (_, Value::Text(text)) => Some(Constant::Text(text.clone())),
        (_, Value::Number(number)) => Some(Constant::Number(*number)),
        (_, Value::Bool(truth)) => Some(Constant::Text(truth.to_string())),
        (_, Value::None | Value::List(_)) => None,
    }
}

impl Matcher {
    /// Whether a text, or a text's absence, passes.
    pub fn matches_text(&self, value: Option<&str>) -> bool {
        self.decide(value, |text, constant| match constant {
            Constant::Text(wanted) => Some(text.cmp(wanted.as_str())),
            Constant::Number(wanted) => number_of(text).map(|number| number.cmp(wanted)),
            Constant::Decimal { .. } | Constant::Instant(_) => None,
        })
    }

    /// Whether a count of ten-thousandths, or its absence, passes.
    pub fn matches_decimal(&self, value: Option<i128>) -> bool {
        self.decide(value, |ten_thousandths, constant| match constant {
            Constant::Decimal { bound, factor } => {
                Some(ten_thousandths.saturating_mul(*factor).cmp(bound))
            }
            _ => None,
        })
    }

    /// Whether an instant passes.
    pub fn matches_ts(&self, value: Micros) -> bool {
        self.decide(Some(value), |ts, constant| match constant {
            Constant::Instant(wanted) => Some(ts.cmp(wanted)),
            _ => None,
        })
    }

    fn decide<T: Copy + Parts>(
        &self,
        value: Option<T>,
        compare: impl Fn(T, &Constant) -> Option<Ordering>,
    ) -> bool {
        let Some(value) = value else {
            return matches!(self.op, Op::IsNotSet | Op::NotEqual | Op::NotIn);
        };
        let is = |wanted: fn(Ordering) -> bool| {
            self.constants.iter().any(|constant| compare(value, constant).is_some_and(wanted))
        };
        let text_is = |wanted: fn(&str, &str) -> bool| {
            self.constants.iter().any(|constant| match constant {
                Constant::Text(part) => value.text().is_some_and(|text| wanted(text, part)),
                _ => false,
            })
        };
        match self.op {
            Op::IsSet => true,
            Op::IsNotSet => false,
            Op::Equal | Op::In => is(Ordering::is_eq),
            Op::NotEqual | Op::NotIn => !is(Ordering::is_eq),
            Op::Greater => is(Ordering::is_gt),
            Op::GreaterOrEqual => is(Ordering::is_ge),
            Op::Less => is(Ordering::is_lt),
            Op::LessOrEqual => is(Ordering::is_le),
            Op::Contains => text_is(|text, part| text.contains(part)),
            Op::StartsWith => text_is(|text, part| text.starts_with(part)),
            Op::EndsWith => text_is(|text, part| text.ends_with(part)),
        }
    }
}

/// What of a value can be looked at as text.
trait Parts {
    fn text(&self) -> Option<&str>;
}

impl Parts for &str {
    fn text(&self) -> Option<&str> {
        Some(self)
    }
}

impl Parts for i128 {
    fn text(&self) -> Option<&str> {
        None
    }
}

impl Parts for Micros {
    fn text(&self) -> Option<&str> {
        None
    }
}

fn number_of(text: &str) -> Option<Decimal> {
    text.parse::<Decimal>().or_else(|_| Decimal::from_scientific(text)).ok()
}

/// The text of one property of a properties object: a JSON string as it is, anything else as its
/// JSON; `None` where the property is absent or null.
pub fn property_text<'a>(properties: &'a str, name: &str) -> Option<Cow<'a, str>> {
    // A cheap look before the parse: most rows either lack the name or are asked for it.
    if !properties.contains(name) && !name.contains(['"', '\\']) && name.is_ascii() {
        return None;
    }
    let object: serde_json::Map<String, Json> = serde_json::from_str(properties).ok()?;
    match object.get(name)? {
        Json::Null => None,
        Json::String(text) => Some(Cow::Owned(text.clone())),
        other => Some(Cow::Owned(other.to_string())),
    }
}
