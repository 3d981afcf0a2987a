//! What can be wrong with a condition, where, and how to mend it.

use thiserror::Error;

use super::{MAX_DEPTH, MAX_PARTS};

/// Why something is not a condition, or cannot be decided.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ConditionError {
    /// The text does not follow the grammar.
    #[error("line {line}, column {column}: expected {expected}, found {found}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Character within the line, from 1.
        column: usize,
        /// What could stand there.
        expected: String,
        /// What stands there.
        found: String,
        /// The line with a caret under the place.
        excerpt: String,
        /// Words of the language nearest to what was found.
        nearest: Vec<String>,
    },
    /// A part of the text reads well but means nothing.
    #[error("line {line}, column {column}: {reason}")]
    Meaningless {
        /// Line, from 1.
        line: usize,
        /// Character within the line, from 1.
        column: usize,
        /// What is wrong, naming the value, and the mend.
        reason: String,
        /// The line with a caret under the place.
        excerpt: String,
    },
    /// A JSON value that is no condition.
    #[error("`{found}` is not a condition: {reason}")]
    Json {
        /// What was found, shortened.
        found: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Not a length of time.
    #[error("`{0}` is not a length of time")]
    Span(String),
    /// Nested too deeply.
    #[error("conditions are nested deeper than `{MAX_DEPTH}` levels")]
    TooDeep,
    /// Too many parts.
    #[error("the condition has more than `{MAX_PARTS}` parts, segments written out")]
    TooLarge,
    /// A segment nobody made.
    #[error("no segment is called `{name}`")]
    UnknownSegment {
        /// The name.
        name: String,
        /// Known names nearest to it.
        nearest: Vec<String>,
    },
    /// Segments that need each other.
    #[error("segments name each other in a circle: {}", .0.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" → "))]
    Cycle(Vec<String>),
}

impl ConditionError {
    /// What mends it.
    pub fn hint(&self) -> String {
        let meant = |nearest: &[String]| match nearest {
            [] => String::new(),
            names => {
                let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                format!("did you mean {}?", names.join(", "))
            }
        };
        match self {
            ConditionError::Syntax { excerpt, nearest, .. } => match meant(nearest) {
                words if words.is_empty() => format!("it goes wrong here:\n{excerpt}"),
                words => format!("{words}\n{excerpt}"),
            },
            ConditionError::Meaningless { excerpt, .. } => format!("it is this:\n{excerpt}"),
            ConditionError::Json { .. } => {
                "write {\"did\":{\"event\":\"order\"}}, or the condition as text: \"did order\"".to_owned()
            }
            ConditionError::Span(_) => "write `30 days`: a number from 1 on and hours, days, weeks, months, quarters or years".to_owned(),
            ConditionError::TooDeep => "flatten it with `all` and `any`, or name parts as segments of fewer levels".to_owned(),
            ConditionError::TooLarge => "leave parts away, or list values with `in`".to_owned(),
            ConditionError::UnknownSegment { nearest, .. } => match meant(nearest) {
                words if words.is_empty() => "`perennial segment list` names them".to_owned(),
                words => words,
            },
            ConditionError::Cycle(_) => "take one of them out of another's condition".to_owned(),
        }
    }
}
