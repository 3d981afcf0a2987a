//! Lifetime value: who is still a customer, what each will buy, what that is worth, and where effort
//! pays most.
//!
//! "Anna bought on six days until last week: 96 % still here, 4.1 more in the coming year, worth 310.
//! Bert bought as often but has been silent for half a year: 23 %, 0.9, 66 – of which 51 is at risk."
//!
//! | word | meaning |
//! |---|---|
//! | purchase | a civil day with an order worth more than 0 |
//! | x, t_x, T | purchases after the first, the time to the last of them, the time since the first |
//! | P(alive) | the probability that the customer will ever buy again |
//! | value | discounted purchases × (amount × margin − cost per order) − cost of keeping contact |
//! | at risk | value × (1 − P(alive)) |
//!
//! ```text
//!   rows of a run ── fold ──▶ x, t_x, T and money at every date, and where the held-out days begin
//!   all buckets ──▶ Book ──▶ every model fitted, tried on the days held out ──▶ the one that is believed
//!   believed model × amounts ──▶ value per customer ──▶ totals, tiers, moves, budget, page
//! ```
//!
//! Every model stands beside the plain rate (everybody carries on as before) on days it has not seen,
//! and where the plain rate foretells better, it is believed. The mathematics and the papers are in
//! [`perennial_models::lifetime`].
//!
//! Limits. Rates neither drift nor know seasons. Lines of an order that come later count at its
//! earliest instant, so an order on the border of a date may grow after it. What an action saves is
//! the question's assumption: only a control group tells.

mod amounts;
mod answer;
mod book;
mod budget;
mod check;
mod document;
mod fitting;
mod fold;
mod found;
mod moving;
mod plan;
mod present;
mod progress;
mod question;
mod reference;
mod refusals;
mod rows;
mod spread;
mod tell;
mod tiers;
mod trainer;
mod words;
mod worth;

pub use answer::{
    AllottedAnswer, AmountsAnswer, BarAnswer, BudgetAnswer, ChosenAnswer, DateAnswer,
    DistributionAnswer, Figures, FindingAnswer, GroupAnswer, HoldoutAnswer, LifetimeValueAnswer,
    ModelAnswer, MoneyAnswer, MoverAnswer, MovesAnswer, ParameterAnswer, QuantileAnswer,
    RangeAnswer, RepeatsAnswer, RowAnswer, ScoreAnswer, TierAnswer, TotalsAnswer, TrackingAnswer,
};
pub use question::{
    Allotted, AmountsLearner, Budget, BudgetOf, CellRef, Learner, LifetimeValueQuestion,
    MigrationCell, Mover, Order, TimeUnit, Yardstick,
};

use perennial_engine::source::SourceFacts;
use serde_json::{Value, json};

use crate::insight::{AskError, Asking, Insight, Trainer, typed};
use crate::present::Presentation;
use crate::schema::Shapes;

/// The insight.
#[derive(Debug)]
pub struct LifetimeValue;

impl Insight for LifetimeValue {
    fn kind(&self) -> &'static str {
        "lifetime_value"
    }

    fn summary(&self) -> &'static str {
        "Who is still a customer, what each will buy, what that is worth, and where effort pays most"
    }

    fn summary_zh(&self) -> &'static str {
        "谁仍是客户、各自将购买多少、价值几何，以及投入何处最值得"
    }

    fn sample(&self) -> Value {
        json!({"horizon_days": 365, "learner": "best", "tiers": [0.2, 0.5]})
    }

    fn shapes(&self) -> Shapes {
        Shapes::of::<LifetimeValueQuestion, LifetimeValueAnswer>()
    }

    fn in_full(&self, question: &mut Value) {
        if let Some(fields) = question.as_object_mut() {
            fields.entry("limit").or_insert(Value::Null);
        }
    }

    fn begin(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        let question: LifetimeValueQuestion =
            typed(question, "`perennial ask lifetime_value --sample` shows a question")?;
        Ok(Box::new(progress::Progress::new(plan::Plan::new(question, facts)?)))
    }

    fn trainer(&self) -> Option<&dyn Trainer> {
        Some(self)
    }

    fn present(&self, answer: &Value) -> Result<Presentation, AskError> {
        let answer: LifetimeValueAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a lifetime_value answer"))?;
        Ok(present::present(&answer))
    }
}

#[cfg(test)]
mod tests;
