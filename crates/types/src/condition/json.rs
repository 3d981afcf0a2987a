//! The JSON form: one object per condition, told by the name of its first field.

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value as Json};

use super::span::Dates;
use super::{
    Answer, ConditionError, CustomerCondition, Did, MAX_DEPTH, MAX_STEPS, Times, Trait, Window,
};
use crate::filter::{Field, Op, Test, Value};

/// What a condition may begin with.
const FORMS: &str = "one of `all`, `any`, `not`, `segment`, `did`, `first`, `last`, `regularly`, `stopped`, `restarted`, `sequence`, `aggregate`, `trait`, `answer` is needed";

impl CustomerCondition {
    /// Reads the JSON form.
    ///
    /// # Errors
    /// [`ConditionError::Json`] with what was found, and [`ConditionError::TooDeep`].
    pub fn from_json(json: &Json) -> Result<CustomerCondition, ConditionError> {
        read(json, 0)
    }

    /// Whether it means something, apart from its parts.
    pub(super) fn check(&self) -> Result<(), String> {
        let window = |window: &Window| window.check();
        match self {
            CustomerCondition::Did(one) => {
                if one.times == Times::AtLeast(0) {
                    return Err("`at least 0 times` is always so; give 1 or more".to_owned());
                }
                window(&one.window)
            }
            CustomerCondition::First(one) => window(&one.window),
            CustomerCondition::Last(one) => window(&one.window),
            CustomerCondition::Regularly(one) => {
                if one.times == 0
                    || one.at_least == 0
                    || one.at_least > one.of
                    || one.of > MAX_STEPS
                {
                    return Err(format!(
                        "`{}` times in at least `{}` of `{}` periods; give 1 or more times, and at least 1 of at most {MAX_STEPS} periods",
                        one.times, one.at_least, one.of
                    ));
                }
                Ok(())
            }
            CustomerCondition::Sequence(one) => {
                if one.sequence.len() < 2 || one.sequence.len() > MAX_STEPS as usize {
                    return Err(format!(
                        "a sequence of `{}` steps; give 2 or more",
                        one.sequence.len()
                    ));
                }
                let first = one.sequence.first();
                if first.is_some_and(|step| step.after.is_some() || step.within.is_some()) {
                    return Err("the first step has no step before it; leave `after` and `within` to the later ones".to_owned());
                }
                window(&one.window)
            }
            CustomerCondition::Aggregate(one) => {
                if !matches!(
                    one.op,
                    Op::Equal
                        | Op::NotEqual
                        | Op::Greater
                        | Op::GreaterOrEqual
                        | Op::Less
                        | Op::LessOrEqual
                ) {
                    return Err(format!(
                        "`{}` does not compare with a number; use = != > >= < <=",
                        one.op.name()
                    ));
                }
                if !matches!(one.field, Field::Amount | Field::Quantity | Field::Property(_)) {
                    return Err(format!(
                        "`{}` holds no numbers; use amount, quantity or a property",
                        one.field.name()
                    ));
                }
                window(&one.window)
            }
            CustomerCondition::Trait(one) => match one.test.field {
                Field::Ts | Field::Amount | Field::Quantity => Err(format!(
                    "`{}` is not a trait; use `last`, or `sum({0})`",
                    one.test.field.name()
                )),
                _ => Ok(()),
            },
            CustomerCondition::Answer(one) => one.check(),
            CustomerCondition::Segment(name) if name.trim().is_empty() => {
                Err("the name of the segment is empty".to_owned())
            }
            _ => Ok(()),
        }
    }
}

impl Answer {
    fn check(&self) -> Result<(), String> {
        let Some(question) = self.question.as_object() else {
            return Err(format!("the question `{}` is not a JSON object", self.question));
        };
        if question.get("cell").is_none_or(Json::is_null) {
            return Err(format!("the question of `{}` names no number; give `cell`", self.answer));
        }
        // A condition is read at one instant, in one zone, and says by itself whom it is about.
        match ["as_of", "zone", "who", "explain"]
            .into_iter()
            .find(|name| question.contains_key(*name))
        {
            Some(name) => Err(format!(
                "the question of `{}` has `{name}`; leave it away: the condition is read at the instant and in the zone of whoever asks it, of all customers",
                self.answer
            )),
            None => Ok(()),
        }
    }
}

impl Window {
    fn check(&self) -> Result<(), String> {
        match self {
            Window::Dates(Dates { from: None, to: None }) => {
                Err("`dates` without `from` and `to`; leave the window away".to_owned())
            }
            Window::Dates(Dates { from: Some(from), to: Some(to) }) if from > to => {
                Err(format!("`from {from} to {to}` ends before it begins; swap them"))
            }
            Window::Ago(ago) if ago.from.elapsed() <= ago.to.elapsed() => Err(format!(
                "`between {} and {} ago` ends before it begins; swap them",
                ago.from, ago.to
            )),
            _ => Ok(()),
        }
    }
}

fn read(json: &Json, depth: usize) -> Result<CustomerCondition, ConditionError> {
    if depth > MAX_DEPTH {
        return Err(ConditionError::TooDeep);
    }
    let wrong = |reason: String| ConditionError::Json { found: shortened(json), reason };
    let object = json.as_object().ok_or_else(|| wrong("it is not an object".to_owned()))?;
    let has = |name: &str| object.contains_key(name);
    let alone = |name: &str| match object.len() {
        1 => Ok(object.get(name).unwrap_or(&Json::Null)),
        _ => Err(wrong(format!("nothing else may stand beside `{name}`"))),
    };
    let list = |name: &str| -> Result<Vec<CustomerCondition>, ConditionError> {
        let parts =
            alone(name)?.as_array().ok_or_else(|| wrong(format!("`{name}` takes a list")))?;
        parts.iter().map(|part| read(part, depth + 1)).collect()
    };
    let condition = if has("all") {
        CustomerCondition::All(list("all")?)
    } else if has("any") {
        CustomerCondition::Any(list("any")?)
    } else if has("not") {
        CustomerCondition::Not(Box::new(read(alone("not")?, depth + 1)?))
    } else if has("segment") {
        let name = alone("segment")?.as_str();
        let name = name.ok_or_else(|| wrong("the name of a segment is a text".to_owned()))?;
        CustomerCondition::Segment(name.to_owned())
    } else {
        leaf(object).map_err(wrong)?
    };
    condition.check().map_err(wrong)?;
    Ok(condition)
}

fn leaf(object: &Map<String, Json>) -> Result<CustomerCondition, String> {
    fn typed<T: serde::de::DeserializeOwned>(object: &Map<String, Json>) -> Result<T, String> {
        serde_json::from_value(Json::Object(object.clone())).map_err(|error| error.to_string())
    }
    let has = |name: &str| object.contains_key(name);
    Ok(match () {
        () if has("did") => CustomerCondition::Did(typed::<Did>(object)?),
        () if has("first") => CustomerCondition::First(typed(object)?),
        () if has("last") => CustomerCondition::Last(typed(object)?),
        () if has("regularly") => CustomerCondition::Regularly(typed(object)?),
        () if has("stopped") => CustomerCondition::Stopped(typed(object)?),
        () if has("restarted") => CustomerCondition::Restarted(typed(object)?),
        () if has("sequence") => CustomerCondition::Sequence(typed(object)?),
        () if has("aggregate") => CustomerCondition::Aggregate(typed(object)?),
        () if has("answer") => CustomerCondition::Answer(typed(object)?),
        () if has("trait") => CustomerCondition::Trait(typed(object)?),
        () => return Err(FORMS.to_owned()),
    })
}

fn shortened(json: &Json) -> String {
    let text = json.to_string();
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

impl<'de> Deserialize<'de> for CustomerCondition {
    /// The JSON form, or the text form as one JSON text.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<CustomerCondition, D::Error> {
        let json = Json::deserialize(deserializer)?;
        let read = match &json {
            Json::String(text) => text.parse(),
            other => CustomerCondition::from_json(other),
        };
        read.map_err(serde::de::Error::custom)
    }
}

impl Serialize for CustomerCondition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            CustomerCondition::All(parts) => entry(serializer, "all", parts),
            CustomerCondition::Any(parts) => entry(serializer, "any", parts),
            CustomerCondition::Not(inner) => entry(serializer, "not", inner),
            CustomerCondition::Segment(name) => entry(serializer, "segment", name),
            CustomerCondition::Did(one) => one.serialize(serializer),
            CustomerCondition::First(one) => one.serialize(serializer),
            CustomerCondition::Last(one) => one.serialize(serializer),
            CustomerCondition::Regularly(one) => one.serialize(serializer),
            CustomerCondition::Stopped(one) => one.serialize(serializer),
            CustomerCondition::Restarted(one) => one.serialize(serializer),
            CustomerCondition::Sequence(one) => one.serialize(serializer),
            CustomerCondition::Aggregate(one) => one.serialize(serializer),
            CustomerCondition::Trait(one) => one.serialize(serializer),
            CustomerCondition::Answer(one) => one.serialize(serializer),
        }
    }
}

fn entry<S: Serializer>(
    serializer: S,
    name: &'static str,
    value: &impl Serialize,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(name, value)?;
    map.end()
}

/// A trait as JSON has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TraitJson {
    r#trait: String,
    op: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<Json>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    as_of: Option<jiff::civil::Date>,
}

impl<'de> Deserialize<'de> for Trait {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Trait, D::Error> {
        let json = TraitJson::deserialize(deserializer)?;
        let test = Test::from_parts(&json.r#trait, &json.op, json.value.as_ref());
        Ok(Trait { test: test.map_err(serde::de::Error::custom)?, as_of: json.as_of })
    }
}

impl Serialize for Trait {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Test { field, op, value } = &self.test;
        let value = (*value != Value::None).then(|| serde_json::to_value(value));
        let value = value.transpose().map_err(serde::ser::Error::custom)?;
        let (r#trait, op, as_of) = (field.name(), op.name().to_owned(), self.as_of);
        TraitJson { r#trait, op, value, as_of }.serialize(serializer)
    }
}

/// A field by its name.
pub(super) mod field {
    use super::{Deserialize, Deserializer, Field, Serializer};

    pub fn serialize<S: Serializer>(field: &Field, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&field.name())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Field, D::Error> {
        String::deserialize(deserializer).map(|name| Field::named(&name))
    }
}

/// An operator by its name.
pub(super) mod op {
    use super::{Deserialize, Deserializer, Op, Serializer};

    pub fn serialize<S: Serializer>(op: &Op, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(op.name())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Op, D::Error> {
        let name = String::deserialize(deserializer)?;
        let known = Op::ALL.iter().find(|(_, known)| *known == name).map(|(op, _)| *op);
        known.ok_or_else(|| {
            serde::de::Error::custom(format!("`{name}` is not an operator; one of = != > >= < <="))
        })
    }
}

/// An exact number, as a JSON number or a decimal text.
pub(super) mod number {
    use rust_decimal::Decimal;

    use super::{Deserialize, Deserializer, Json, Serialize, Serializer, Value};

    pub fn serialize<S: Serializer>(number: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
        Value::Number(*number).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        let json = Json::deserialize(deserializer)?;
        let text = match &json {
            Json::String(text) => text.clone(),
            other => other.to_string(),
        };
        let exact = text.parse::<Decimal>().or_else(|_| Decimal::from_scientific(&text));
        exact.map_err(|_| {
            serde::de::Error::custom(format!("`{json}` is not a number; give 100 or \"99.50\""))
        })
    }
}
