//! Curve fit: how a retention curve goes on after the periods seen so far, and how sure that is.
//!
//! "After twelve months 38 % of a cohort are still here; the sBG, which missed the last three months
//! by 1.2 %, promises 31 % after two years (29–33 %), and 14.1 discounted months in all."
//!
//! Customers are followed from their start until they leave ([`crate::stays`]), by whole calendar
//! periods: a customer of a cohort is there after t periods when they have not left before the t-th
//! period after the one they started in begins. Only periods that have begun are looked at, so nothing
//! is half seen.
//!
//! | curve | S(t) | parameters |
//! |---|---|---|
//! | `sbg` | B(α, β+t) / B(α, β) | `alpha`, `beta` |
//! | `exponential` | e^(−λt) | `rate` λ |
//! | `weibull` | e^(−(t/τ)^k) | `scale` τ, `shape` k |
//! | `power` | e^(−A) · t^(−B), t ≥ 1 | `drop` A, `decay` B |
//!
//! All are fitted by maximum likelihood to the same counts. The one proposed erred least on the last
//! `holdout_periods`, which it did not see. Limits: periods are alike, there is no season; the interval
//! says how sure the fit is of its curve, the holdout error whether the curve is right.

mod answer;
mod cells;
mod cohorts;
mod fitting;
mod plan;
mod present;
mod progress;
mod question;
mod words;

pub use answer::{
    CohortAnswer, CurveAnswer, CurveFitAnswer, Expected, FitAnswer, Observed, Parameter, Projected,
    Proposal,
};
pub use question::{CellRef, CurveFitQuestion, CurveName, SetName};

use perennial_engine::source::SourceFacts;
use serde_json::{Value, json};

use crate::insight::{AskError, Asking, Insight, typed};
use crate::present::Presentation;
use crate::schema::Shapes;

/// The insight.
#[derive(Debug)]
pub struct CurveFit;

impl Insight for CurveFit {
    fn kind(&self) -> &'static str {
        "curve_fit"
    }

    fn summary(&self) -> &'static str {
        "How a retention curve goes on, by the curve that foretells best"
    }

    fn summary_zh(&self) -> &'static str {
        "留存曲线的走向：以预测误差最小的曲线外推"
    }

    fn sample(&self) -> Value {
        json!({"period": "month", "leave": {"silence_days": 60}})
    }

    fn shapes(&self) -> Shapes {
        Shapes::of::<CurveFitQuestion, CurveFitAnswer>()
    }

    fn begin(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        let question: CurveFitQuestion =
            typed(question, "`perennial ask curve_fit --sample` shows a question")?;
        Ok(Box::new(progress::Progress::new(plan::Plan::new(question, facts)?)))
    }

    fn present(&self, answer: &Value) -> Result<Presentation, AskError> {
        let answer: CurveFitAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a curve_fit answer"))?;
        Ok(present::present(&answer))
    }
}

#[cfg(test)]
mod tests;
