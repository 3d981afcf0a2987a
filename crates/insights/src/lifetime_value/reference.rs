//! What the customers of a model were like, and how far those of another day have moved from it.
//!
//! Answers "is this still the shop the model has learnt?" for days with a purchase, days since the
//! last of them, age and mean order, by the population stability index of
//! [`perennial_models::drift`].

use perennial_models::drift::{Drift, Reference};
use perennial_models::learn::Column;
use serde_json::{Value, json};

use super::book::Known;
use super::plan::Plan;

/// The features of the customers known at a date.
pub fn features(plan: &Plan, known: &Known<'_>) -> Vec<Column> {
    let histories = known.histories(plan);
    let days = |units: f64| (units * plan.question.unit.days()).round();
    let mean_order = |row: &u32| {
        let one = known.standing(*row);
        one.money as f64 / 10_000.0 / f64::from(one.n_days.max(1))
    };
    vec![
        Column::numbers(
            "purchase_days",
            histories.iter().map(|one| f64::from(one.n_repeats) + 1.0).collect(),
        ),
        Column::numbers(
            "days_since_last",
            histories.iter().map(|one| days(one.age - one.last_repeat)).collect(),
        ),
        Column::numbers("age_days", histories.iter().map(|one| days(one.age)).collect()),
        Column::numbers("mean_order", known.rows.iter().map(mean_order).collect()),
    ]
}

/// How far every feature has moved, by the reference of a document.
pub fn drift(reference: &[Reference], features: &[Column]) -> Value {
    let moved = |one: &Reference| -> Option<Drift> {
        one.drift(features.iter().find(|feature| feature.name == one.name)?)
    };
    json!({"features": reference.iter().filter_map(moved).collect::<Vec<Drift>>()})
}
