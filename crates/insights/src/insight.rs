//! What an insight is: a question in progress that asks for scans until it can answer.

use std::sync::Arc;

use arrow::array::RecordBatch;
use jiff::civil::Date;
use perennial_engine::error::EngineError;
use perennial_engine::fold::Fold;
use perennial_engine::source::SourceFacts;
use perennial_types::question::{Refusal, Text};
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;

use crate::glossary;
use crate::present::Presentation;
use crate::reply::Reply;
use crate::schema::Shapes;
use crate::series::Series;
use crate::sql::{Statement, unsaid};

/// A kind of question.
pub trait Insight: Send + Sync {
    /// Its name on the command line, in URLs and in answers.
    fn kind(&self) -> &'static str;
    /// One sentence: what it answers.
    fn summary(&self) -> &'static str;
    /// The same in Chinese; a test of the list of kinds wants it.
    fn summary_zh(&self) -> &'static str {
        ""
    }
    /// What it is called, in both languages: the words of the glossary for its kind.
    fn title(&self) -> Text {
        glossary::text(self.kind())
    }
    /// A question that works on any data, for the docs.
    fn sample(&self) -> Value;
    /// The shapes of its questions and answers: `Shapes::of::<MyQuestion, MyAnswer>()`. A kind
    /// that leaves them open is described as any object, and a test of the list of kinds fails.
    fn shapes(&self) -> Shapes {
        Shapes::open()
    }
    /// Lets a question that is answered page by page be answered whole, as a file should hold it. A
    /// page that the question names itself stays.
    fn in_full(&self, _question: &mut Value) {}
    /// Whether a question needs the customers in order of their outside ids: [`SourceFacts::order`].
    fn needs_order(&self, _question: &Value) -> bool {
        false
    }
    /// Reads a question. `as_of` must be set: the caller owns the clock.
    fn begin(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError>;
    /// The numbers of an answer that come one per period, the most telling one first; `None` where
    /// its answers have no periods.
    fn series(&self, _answer: &Value) -> Result<Option<Vec<Series>>, AskError> {
        Ok(None)
    }
    /// The statements of DuckDB that give the answer's numbers again, the main one first, over
    /// `events`, the rows that are asked about.
    ///
    /// # Errors
    /// `not_in_sql` where it cannot be said.
    fn explain(&self, _question: &Value, _facts: &SourceFacts) -> Result<Vec<Statement>, AskError> {
        let kind = self.title();
        Err(unsaid(
            &format!("the kind `{}`", kind.en),
            "its definition says in words what is computed",
            &kind.zh,
            "其定义用文字说明了计算方法",
        )
        .into())
    }
    /// How a model of its kind is trained and applied; `None` where there is nothing to train.
    fn trainer(&self) -> Option<&dyn Trainer> {
        None
    }
    /// An answer as tables, pictures and sentences.
    fn present(&self, answer: &Value) -> Result<Presentation, AskError>;
}

/// How a kind's models are trained once and applied day after day.
pub trait Trainer: Send + Sync {
    /// Trains: the answer of the reply is the model's document.
    ///
    /// ```text
    /// {"format": 1, "kind": "churn_risk", "question": {…}, "trained": {"as_of": …, "cuts": […],
    ///  "first_label": …, "last_label": …, "n_rows": …, "n_customers": …, "base_rate": …},
    ///  "report": {…}, "stale_after_days": 90, "model": {…}, "reference": {…}}
    /// ```
    ///
    /// # Errors
    /// When the question is none, or too little is known to learn from.
    fn train(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError>;
    /// Applies a document on the date of the question's `as_of`; the question may say `zone` too.
    /// The customers of the reply are those with a score, its answer
    ///
    /// ```text
    /// {"day": "2024-06-30", "scores": [{"name": "churn_risk", "values": [0.12, null], "texts": […]}],
    ///  "drift": {…}}
    /// ```
    ///
    /// with one value per customer, in their order.
    ///
    /// # Errors
    /// `stale_model` past the document's time, and a document that is none of this kind.
    fn score(
        &self,
        document: &Value,
        question: &Value,
        facts: &SourceFacts,
    ) -> Result<Box<dyn Asking>, AskError>;
}

/// A question in progress.
pub trait Asking: Send {
    /// Takes the partial results of the scan asked for last, none at first: one list per fold.
    fn step(&mut self, partials: Vec<Vec<RecordBatch>>) -> Result<Step, AskError>;
    /// The first date whose customers it learns from, knowing what became of them; `None` where it
    /// learns nothing. `who` may not be judged later: members as of now are those who stayed.
    fn learns_from(&self) -> Option<Date> {
        None
    }
}

/// What a question needs next.
pub enum Step {
    /// One scan with these folds.
    Scan(Vec<Arc<dyn Fold>>),
    /// Nothing: this is the answer.
    Done(Box<Reply>),
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum AskError {
    /// It cannot be computed; an answer of its own kind.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The question is not one.
    #[error("{message}")]
    BadQuestion {
        /// What is wrong, naming the field and the value.
        message: String,
        /// How to mend it.
        hint: String,
    },
    /// Reading failed.
    #[error("{0}")]
    Engine(EngineError),
}

impl From<EngineError> for AskError {
    fn from(error: EngineError) -> AskError {
        match error {
            EngineError::Refused(refusal) => AskError::Refused(refusal),
            other => AskError::Engine(other),
        }
    }
}

impl From<arrow::error::ArrowError> for AskError {
    fn from(error: arrow::error::ArrowError) -> AskError {
        AskError::Engine(error.into())
    }
}

/// A question out of its JSON.
///
/// # Errors
/// When it is none; the message names the field at fault, where one alone is.
pub fn typed<T: DeserializeOwned>(question: &Value, hint: &str) -> Result<T, AskError> {
    serde_json::from_value(question.clone()).map_err(|error| {
        let message = error.to_string();
        let fields = question.as_object().into_iter().flatten();
        let is_at_fault = |name: &str| {
            let mut rest = question.clone();
            let removed = rest.as_object_mut().and_then(|fields| fields.remove(name));
            removed.is_some() && serde_json::from_value::<T>(rest).is_ok()
        };
        let mut at_fault = fields.filter(|(name, _)| is_at_fault(name));
        match at_fault.next() {
            Some((name, value)) if !message.starts_with("unknown field") => {
                AskError::bad(format!("`{name}` is `{value}`: {message}"), hint)
            }
            _ => AskError::bad(message, hint),
        }
    })
}

impl AskError {
    /// A question that is none.
    pub fn bad(message: impl Into<String>, hint: impl Into<String>) -> AskError {
        AskError::BadQuestion { message: message.into(), hint: hint.into() }
    }
}
