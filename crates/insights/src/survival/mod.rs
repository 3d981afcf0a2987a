//! Survival: how long customers stay, when those still here count as not yet gone.
//!
//! "Of the customers on the yearly plan half are still here after 412 days, of those on the monthly
//! plan after 171, and that is more than chance. Whoever has stayed 90 days stays 230 more."
//!
//! Counting everybody who has not left as if they had left today makes customers look worse than
//! they are; leaving them out makes them look worse still. Here they are censored: known to have
//! stayed at least so long, in the denominator until then and not after.
//!
//! | number | definition |
//! |---|---|
//! | stay | civil days from the start to leaving, the first one counted ([`crate::stays`]) |
//! | `survival` at age t | Kaplan–Meier: the share of customers whose stay is longer than t days, log-log interval |
//! | `hazard` at age t | Nelson–Aalen: the hazard gathered by t, interval on its logarithm |
//! | `median_days` | the first age at which no more than half are still here |
//! | `mean` | the area under the curve up to `until_days` |
//! | `remaining` at age a | the same of those here at a, from a on |
//! | `comparison` | log-rank or a weighted kin between the groups, pairs corrected after Holm |
//! | `cox`, `weibull_aft` | what goes with leaving sooner, other things equal |
//!
//! Limits. What goes with leaving need not cause it. A group told by what is known later (`at`
//! `current`) flatters those who stayed long enough to be told; groups at the start do not. Where the
//! relationship began before the data (`began`), those who left before were never seen: ages are told
//! of those watched at them, and the Weibull model, which needs stays watched from their start, is
//! refused.

mod answer;
mod cells;
mod compare;
mod curve;
mod effects;
mod plan;
mod present;
mod progress;
mod question;
mod words;

pub use answer::{
    AftEffect, AgeAnswer, Comparison, CoxAnswer, Effect, GroupAnswer, LeftOut, Mean, PairAnswer,
    Remaining, SurvivalAnswer, TestAnswer, WeibullAft, WeibullAnswer,
};
pub use question::{CellRef, Covariate, CovariateKind, SetName, SurvivalQuestion, TestWeight};

use perennial_engine::source::SourceFacts;
use serde_json::{Value, json};

use crate::insight::{AskError, Asking, Insight, typed};
use crate::present::Presentation;
use crate::schema::Shapes;

/// The insight.
#[derive(Debug)]
pub struct Survival;

impl Insight for Survival {
    fn kind(&self) -> &'static str {
        "survival"
    }

    fn summary(&self) -> &'static str {
        "How long customers stay, the still-here counted as not yet gone"
    }

    fn summary_zh(&self) -> &'static str {
        "客户能留多久：仍在的客户按尚未离开计"
    }

    fn sample(&self) -> Value {
        json!({"leave": {"silence_days": 30}})
    }

    fn shapes(&self) -> Shapes {
        Shapes::of::<SurvivalQuestion, SurvivalAnswer>()
    }

    fn begin(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        let question: SurvivalQuestion =
            typed(question, "`perennial ask survival --sample` shows a question")?;
        Ok(Box::new(progress::Progress::new(plan::Plan::new(question, facts)?)))
    }

    fn present(&self, answer: &Value) -> Result<Presentation, AskError> {
        let answer: SurvivalAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a survival answer"))?;
        Ok(present::present(&answer))
    }
}

#[cfg(test)]
mod tests;
