//! The JSON form of a filter, read by hand so that an error names what was written.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeMap};
use serde_json::Value as Json;
use thiserror::Error;

use super::{Condition, EventNames, Field, Op, Test, Value};

/// How deep conditions may nest.
const MAX_DEPTH: usize = 32;

/// Why a JSON value is not a filter.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FilterError {
    /// Not one of the four forms.
    #[error(
        "`{0}` is not a condition; write {{\"all\":[…]}}, {{\"any\":[…]}}, {{\"not\":…}} or {{\"field\":…,\"op\":…,\"value\":…}}"
    )]
    NotACondition(String),
    /// An operator that does not exist.
    #[error(
        "`{0}` is not an operator; one of = != > >= < <= in not_in contains starts_with ends_with is_set is_not_set"
    )]
    UnknownOp(String),
    /// A value the operator or the field cannot be compared with.
    #[error("`{field} {op}` cannot be compared with `{value}`; {mend}")]
    WrongValue {
        /// Field as written.
        field: String,
        /// Operator as written.
        op: String,
        /// Value as written.
        value: String,
        /// What would do.
        mend: &'static str,
    },
    /// Event names that are neither text nor a list of texts.
    #[error("`{0}` is not an event name; write a name, a list of names, or \"*\" for any event")]
    NotEventNames(String),
    /// Nested too deeply.
    #[error(
        "conditions are nested deeper than {MAX_DEPTH} levels; flatten them with `all` and `any`"
    )]
    TooDeep,
}

impl Condition {
    fn from_json(json: &Json, depth: usize) -> Result<Condition, FilterError> {
        if depth > MAX_DEPTH {
            return Err(FilterError::TooDeep);
        }
        let not_a_condition = || FilterError::NotACondition(shortened(json));
        let object = json.as_object().ok_or_else(not_a_condition)?;
        let list = |parts: &Json| -> Result<Vec<Condition>, FilterError> {
            let parts = parts.as_array().ok_or_else(not_a_condition)?;
            parts.iter().map(|part| Condition::from_json(part, depth + 1)).collect()
        };
        if object.len() == 1 {
            if let Some(parts) = object.get("all") {
                return list(parts).map(Condition::All);
            }
            if let Some(parts) = object.get("any") {
                return list(parts).map(Condition::Any);
            }
            if let Some(inner) = object.get("not") {
                return Ok(Condition::Not(Box::new(Condition::from_json(inner, depth + 1)?)));
            }
        }
        let is_test = object.keys().all(|key| matches!(key.as_str(), "field" | "op" | "value"));
        match (object.get("field"), object.get("op")) {
            (Some(Json::String(field)), Some(Json::String(op))) if is_test => {
                Test::from_parts(field, op, object.get("value")).map(Condition::Test)
            }
            _ => Err(not_a_condition()),
        }
    }
}

impl Test {
    /// A test out of the parts its JSON form has.
    ///
    /// # Errors
    /// When the operator is unknown, or the value is none it can be compared with.
    pub fn from_parts(field: &str, op: &str, value: Option<&Json>) -> Result<Test, FilterError> {
        let known = Op::ALL.iter().find(|(_, name)| *name == op);
        let (op, _) = *known.ok_or_else(|| FilterError::UnknownOp(op.to_owned()))?;
        let read = value.map_or(Some(Value::None), scalar_or_list);
        let read = read.ok_or_else(|| FilterError::WrongValue {
            field: field.to_owned(),
            op: op.name().to_owned(),
            value: value.map_or_else(String::new, shortened),
            mend: "give a text, a number, true, false or a list of them",
        })?;
        Test::new(Field::named(field), op, read)
    }

    /// A test whose value fits its field and its operator.
    ///
    /// # Errors
    /// When it does not.
    pub fn new(field: Field, op: Op, value: Value) -> Result<Test, FilterError> {
        let misfit = misfit(&field, op, &value);
        match misfit {
            None => Ok(Test { field, op, value }),
            Some(mend) => Err(FilterError::WrongValue {
                field: field.name(),
                op: op.name().to_owned(),
                value: serde_json::to_value(&value)
                    .as_ref()
                    .map_or_else(|_| String::new(), shortened),
                mend,
            }),
        }
    }
}

/// What would mend a value that does not fit.
fn misfit(field: &Field, op: Op, value: &Value) -> Option<&'static str> {
    let fits = match op {
        Op::IsSet | Op::IsNotSet => {
            if *value != Value::None {
                return Some("leave `value` away");
            }
            true
        }
        Op::In | Op::NotIn => match value {
            Value::List(members) => members.iter().all(|member| fits(field, member)),
            _ => return Some("give a list"),
        },
        Op::Contains | Op::StartsWith | Op::EndsWith => {
            if !matches!(value, Value::Text(_)) || is_decimal(field) || *field == Field::Ts {
                return Some("give a text, for a field that holds text");
            }
            true
        }
        Op::Greater | Op::GreaterOrEqual | Op::Less | Op::LessOrEqual
            if matches!(value, Value::Bool(_)) =>
        {
            return Some("give a number or a text");
        }
        _ => !matches!(value, Value::None | Value::List(_)) && fits(field, value),
    };
    match field {
        _ if fits => None,
        Field::Amount | Field::Quantity => Some("give a number"),
        Field::Ts => Some("give an instant such as \"2011-12-10T00:00:00Z\""),
        _ => Some("give a text or a number"),
    }
}

fn is_decimal(field: &Field) -> bool {
    matches!(field, Field::Amount | Field::Quantity)
}

fn fits(field: &Field, value: &Value) -> bool {
    match field {
        Field::Amount | Field::Quantity => matches!(value, Value::Number(_)),
        Field::Ts => {
            matches!(value, Value::Text(text) if text.parse::<jiff::Timestamp>().is_ok())
        }
        Field::Property(_) => !matches!(value, Value::None | Value::List(_)),
        _ => matches!(value, Value::Text(_)),
    }
}

fn scalar_or_list(json: &Json) -> Option<Value> {
    match json {
        Json::Array(members) => {
            members.iter().map(scalar).collect::<Option<Vec<_>>>().map(Value::List)
        }
        other => scalar(other),
    }
}

fn scalar(json: &Json) -> Option<Value> {
    match json {
        Json::String(text) => Some(Value::Text(text.clone())),
        Json::Bool(truth) => Some(Value::Bool(*truth)),
        Json::Number(number) => {
            let text = number.to_string();
            let exact = text.parse::<Decimal>().or_else(|_| Decimal::from_scientific(&text));
            exact.ok().map(Value::Number)
        }
        _ => None,
    }
}

fn shortened(json: &Json) -> String {
    let text = json.to_string();
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Condition, D::Error> {
        let json = Json::deserialize(deserializer)?;
        Condition::from_json(&json, 0).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Condition::All(parts) => map.serialize_entry("all", parts)?,
            Condition::Any(parts) => map.serialize_entry("any", parts)?,
            Condition::Not(inner) => map.serialize_entry("not", inner)?,
            Condition::Test(test) => {
                map.serialize_entry("field", &test.field.name())?;
                map.serialize_entry("op", test.op.name())?;
                if test.value != Value::None {
                    map.serialize_entry("value", &test.value)?;
                }
            }
        }
        map.end()
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::None => serializer.serialize_none(),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Bool(truth) => serializer.serialize_bool(*truth),
            Value::Number(number) => {
                let number = number.normalize();
                match i64::try_from(number) {
                    Ok(whole) if number.is_integer() => serializer.serialize_i64(whole),
                    _ => match number.to_string().parse::<f64>() {
                        Ok(float) => serializer.serialize_f64(float),
                        Err(_) => serializer.collect_str(&number),
                    },
                }
            }
            Value::List(members) => serializer.collect_seq(members),
        }
    }
}

impl<'de> Deserialize<'de> for EventNames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<EventNames, D::Error> {
        let json = Json::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom(FilterError::NotEventNames(shortened(&json)));
        match &json {
            Json::String(name) if name == "*" => Ok(EventNames::Any),
            Json::String(name) => Ok(EventNames::OneOf(vec![name.clone()])),
            Json::Array(names) => {
                let names: Option<Vec<String>> =
                    names.iter().map(|name| name.as_str().map(str::to_owned)).collect();
                let names = names.filter(|names| !names.is_empty()).ok_or_else(wrong)?;
                let any = names.iter().any(|name| name == "*");
                Ok(if any { EventNames::Any } else { EventNames::OneOf(names) })
            }
            _ => Err(wrong()),
        }
    }
}

impl Serialize for EventNames {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            EventNames::Any => serializer.serialize_str("*"),
            EventNames::OneOf(names) => match names.as_slice() {
                [name] => serializer.serialize_str(name),
                names => serializer.collect_seq(names),
            },
        }
    }
}
