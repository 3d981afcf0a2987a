//! Why something about a model did not happen, and what mends it.

use perennial_insights::AskError;
use perennial_lake::LakeError;
use perennial_store::StoreError;
use thiserror::Error;

use crate::segments::SegmentError;

/// Why something about a model did not happen.
#[derive(Debug, Error)]
pub enum ModelError {
    /// The question is none, or refused.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The segments a question names.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// The database.
    #[error(transparent)]
    Store(StoreError),
    /// The lake.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The name cannot be one, or is that of another kind.
    #[error("{0}")]
    Unfit(String),
    /// Nobody trained it.
    #[error("no model is called `{name}`")]
    Unknown {
        /// The name.
        name: String,
        /// Known names nearest to it.
        nearest: Vec<String>,
    },
    /// It has no such version.
    #[error("model `{name}` has no version `{version}`")]
    NoVersion {
        /// The name.
        name: String,
        /// The version asked for.
        version: i64,
        /// The newest there is.
        newest: i64,
    },
    /// It is no longer used.
    #[error("model `{0}` is retired")]
    Retired(String),
    /// It is of another kind than the question.
    #[error("model `{name}` is a `{kind}`, the question is a `{asked}`")]
    OtherKind {
        /// The model.
        name: String,
        /// Its kind.
        kind: String,
        /// The kind of the question.
        asked: String,
    },
    /// The day has not ended.
    #[error("`{day}` has not ended in `{zone}`")]
    NotOver {
        /// The day.
        day: jiff::civil::Date,
        /// Whose days are meant.
        zone: String,
    },
    /// What was kept, or handed in, is no model.
    #[error("{0}")]
    Unreadable(String),
}

impl ModelError {
    /// What mends it.
    pub fn hint(&self) -> String {
        match self {
            ModelError::Ask(AskError::BadQuestion { hint, .. }) => hint.clone(),
            ModelError::Ask(AskError::Refused(refusal)) => refusal.hint.clone(),
            ModelError::Ask(AskError::Engine(_)) => String::new(),
            ModelError::Segment(error) => error.hint(),
            ModelError::Store(error) => error.hint().unwrap_or_default().to_owned(),
            ModelError::Lake(error) => error.hint().unwrap_or_default().to_owned(),
            ModelError::Unfit(_) => "choose another name".to_owned(),
            ModelError::Unknown { nearest, .. } if nearest.is_empty() => {
                "`perennial model list` names them, `perennial train` makes one".to_owned()
            }
            ModelError::Unknown { nearest, .. } => {
                let names: Vec<String> = nearest.iter().map(|name| format!("`{name}`")).collect();
                format!("did you mean {}?", names.join(", "))
            }
            ModelError::NoVersion { newest, .. } => format!("its newest version is {newest}"),
            ModelError::Retired(_) => {
                "name a version in use, or train it anew: `perennial model list`".to_owned()
            }
            ModelError::OtherKind { kind, .. } => format!("ask `{kind}`, or name another model"),
            ModelError::NotOver { .. } => "score a day that is over".to_owned(),
            ModelError::Unreadable(_) => "train it anew".to_owned(),
        }
    }

    /// Its code on the wire.
    pub fn code(&self) -> &'static str {
        match self {
            ModelError::Unknown { .. } | ModelError::NoVersion { .. } => "no_model",
            ModelError::Retired(_) => "retired_model",
            ModelError::OtherKind { .. } => "other_kind",
            ModelError::NotOver { .. } => "day_not_over",
            ModelError::Unfit(_) => "bad_model_name",
            ModelError::Unreadable(_) => "bad_model",
            ModelError::Segment(_) | ModelError::Ask(_) => "bad_question",
            ModelError::Store(_) | ModelError::Lake(_) => "internal",
        }
    }
}

impl From<StoreError> for ModelError {
    fn from(error: StoreError) -> ModelError {
        match error {
            StoreError::Invalid { reason } => ModelError::Unfit(reason),
            other => ModelError::Store(other),
        }
    }
}
