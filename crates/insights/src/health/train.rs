//! Training once, scoring day after day.

use perennial_engine::source::SourceFacts;
use serde_json::Value;

use super::plan::Plan;
use super::progress::{Progress, Wanted};
use super::question::{HealthQuestion, RankedAt};
use crate::insight::{AskError, Asking, Trainer, typed};

/// Dates up to the scored day at which customers are looked at, so that bands move slowly.
const N_LOOKS: u32 = 5;

/// How health models are trained and applied.
#[derive(Debug)]
pub struct HealthTrainer;

/// What a day's scores may be asked with.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ScoreQuestion {
    as_of: jiff::Timestamp,
    zone: Option<perennial_types::calendar::Zone>,
}

impl Trainer for HealthTrainer {
    /// The ranks are those of the customers who are here at the last known date.
    fn train(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        let asked: HealthQuestion =
            typed(question, "`perennial ask health --sample` shows a question")?;
        let question = HealthQuestion {
            dates: Vec::new(),
            n_dates: 1,
            ranked: RankedAt::FirstDate,
            model: None,
            cell: None,
            ..asked
        };
        Ok(Box::new(Progress::new(Plan::new(question, facts)?, Wanted::Model)))
    }

    fn score(
        &self,
        document: &Value,
        question: &Value,
        facts: &SourceFacts,
    ) -> Result<Box<dyn Asking>, AskError> {
        let asked: ScoreQuestion = typed(question, "give `as_of`, and `zone` where it is not UTC")?;
        let default = HealthQuestion::default();
        let question = HealthQuestion {
            n_dates: N_LOOKS,
            as_of: Some(asked.as_of),
            zone: asked.zone.unwrap_or(default.zone.clone()),
            model: Some(document.clone()),
            ..default
        };
        Ok(Box::new(Progress::new(Plan::new(question, facts)?, Wanted::Scores)))
    }
}
