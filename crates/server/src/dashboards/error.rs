//! What can go wrong with a dashboard, and what mends it.

use perennial_insights::dashboard::DashboardError;
use perennial_store::StoreError;
use thiserror::Error;

use crate::segments::SegmentError;

/// Why something about a dashboard did not happen.
#[derive(Debug, Error)]
pub enum BoardError {
    /// It is none.
    #[error(transparent)]
    Dashboard(#[from] DashboardError),
    /// The segments cannot be read.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The text is neither YAML nor JSON.
    #[error("line {line}, column {column}: {reason}")]
    Text {
        /// Line, from 1.
        line: u64,
        /// Character within the line, from 1.
        column: u64,
        /// What is wrong there.
        reason: String,
    },
    /// It cannot be written as text.
    #[error("the dashboard cannot be written as YAML: {0}")]
    Unwritable(String),
    /// Nobody made it.
    #[error("no dashboard is called `{name}`")]
    Unknown {
        /// The name.
        name: String,
        /// Known names nearest to it.
        nearest: Vec<String>,
    },
    /// It exists already.
    #[error("a dashboard `{0}` exists already")]
    Taken(String),
    /// It comes with the program and was never saved.
    #[error("`{0}` is built in")]
    BuiltIn(String),
    /// It has no name.
    #[error("`name` is missing")]
    Nameless,
    /// What was kept cannot be read.
    #[error("dashboard `{name}` cannot be read: {reason}")]
    Unreadable {
        /// The name.
        name: String,
        /// What is wrong.
        reason: String,
    },
}

impl BoardError {
    /// What mends it.
    pub fn hint(&self) -> String {
        match self {
            BoardError::Dashboard(error) => error.hint().to_owned(),
            BoardError::Segment(error) => error.hint(),
            BoardError::Store(error) => error.hint().unwrap_or_default().to_owned(),
            BoardError::Text { .. } => "`perennial dashboard export overview` shows one".to_owned(),
            BoardError::Unwritable(_) => "export it as JSON".to_owned(),
            BoardError::Unknown { nearest, .. } => match nearest.first() {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`perennial dashboard list` names them".to_owned(),
            },
            BoardError::Taken(_) => "change it with `--replace`, or choose another name".to_owned(),
            BoardError::BuiltIn(_) => {
                "save one of that name, and yours is shown instead".to_owned()
            }
            BoardError::Nameless => "write `name: …` into it".to_owned(),
            BoardError::Unreadable { .. } => "write it anew, or delete it".to_owned(),
        }
    }
}
