//! Insights as the edges see them: an answer may be about some customers only, and tell them apart.
//!
//! The field `who` is no field of any insight's question: it is written into answers by
//! [`crate::ask`], and taken out again here before an insight reads its own answer. So is the
//! `breakdown` of kinds that have none of their own, with the groups beside the answer.

use std::sync::LazyLock;

use perennial_engine::source::SourceFacts;
use serde_json::Value;

use crate::insight::{AskError, Asking, Insight, Trainer};
use crate::present::Presentation;
use crate::schema::Shapes;
use crate::segment::who;
use crate::series::Series;
use crate::split;
use crate::sql::Statement;

static OF_SOME: LazyLock<Vec<OfSome>> =
    LazyLock::new(|| crate::all().iter().map(|insight| OfSome(*insight)).collect());

/// Every insight, in the order of [`crate::all`].
pub fn of_some() -> &'static [OfSome] {
    &OF_SOME
}

/// An insight that may be about some customers only.
pub struct OfSome(&'static dyn Insight);

impl Insight for OfSome {
    fn kind(&self) -> &'static str {
        self.0.kind()
    }

    fn summary(&self) -> &'static str {
        self.0.summary()
    }

    fn summary_zh(&self) -> &'static str {
        self.0.summary_zh()
    }

    fn sample(&self) -> Value {
        self.0.sample()
    }

    fn shapes(&self) -> Shapes {
        self.0.shapes()
    }

    fn in_full(&self, question: &mut Value) {
        self.0.in_full(question);
    }

    fn needs_order(&self, question: &Value) -> bool {
        self.0.needs_order(question)
    }

    fn begin(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        split::begin(self.0, question, facts)
    }

    fn series(&self, answer: &Value) -> Result<Option<Vec<Series>>, AskError> {
        split::series(self.0, &who::without(answer))
    }

    fn explain(&self, question: &Value, facts: &SourceFacts) -> Result<Vec<Statement>, AskError> {
        self.0.explain(&split::explainable(self.0.kind(), question)?, facts)
    }

    fn trainer(&self) -> Option<&dyn Trainer> {
        self.0.trainer()
    }

    fn present(&self, answer: &Value) -> Result<Presentation, AskError> {
        split::present(self.0, &who::without(answer))
    }
}
