//! A filter in words, for the definition under every answer.

use super::{Condition, EventFilter, EventNames, Value};

/// The language of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// 简体中文.
    Chinese,
}

impl EventFilter {
    /// The filter as a phrase: `order where amount > 0`.
    pub fn in_words(&self, language: Language) -> String {
        let names = match (&self.event, language) {
            (EventNames::Any, Language::English) => "any event".to_owned(),
            (EventNames::Any, Language::Chinese) => "任意事件".to_owned(),
            (EventNames::OneOf(names), Language::English) => {
                names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
            }
            (EventNames::OneOf(names), Language::Chinese) => {
                names.iter().map(|name| format!("“{name}”")).collect::<Vec<_>>().join("或")
            }
        };
        match (&self.condition, language) {
            (None, _) => names,
            (Some(condition), Language::English) => {
                format!("{names} where {}", condition.in_words(language))
            }
            (Some(condition), Language::Chinese) => {
                format!("{names}（{}）", condition.in_words(language))
            }
        }
    }
}

impl Condition {
    /// The condition as a phrase: `amount > 0`.
    pub fn in_words(&self, language: Language) -> String {
        let (and, or, not) = match language {
            Language::English => (" and ", " or ", "not "),
            Language::Chinese => ("且", "或", "非"),
        };
        let joined = |parts: &[Condition], word: &str| {
            let parts: Vec<String> = parts.iter().map(|part| part.in_words(language)).collect();
            if parts.len() == 1 { parts.concat() } else { format!("({})", parts.join(word)) }
        };
        match self {
            Condition::All(parts) => joined(parts, and),
            Condition::Any(parts) => joined(parts, or),
            Condition::Not(inner) => format!("{not}{}", inner.in_words(language)),
            Condition::Test(test) => match &test.value {
                Value::None => format!("{} {}", test.field.name(), test.op.name()),
                value => format!("{} {} {}", test.field.name(), test.op.name(), plain(value)),
            },
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::None => String::new(),
        Value::Text(text) => format!("“{text}”"),
        Value::Number(number) => number.normalize().to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::List(members) => members.iter().map(plain).collect::<Vec<_>>().join(", "),
    }
}
