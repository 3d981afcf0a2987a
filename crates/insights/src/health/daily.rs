//! The scores of one day, as they are kept: health, band, risk.

use perennial_models::drift::{Drift, SLIGHT, STRONG};
use perennial_types::key::CustomerKey;
use serde_json::{Value, json};

use super::people::People;
use super::plan::Plan;
use super::question::State;
use crate::reply::Reply;
use crate::training::Sample;

/// The scores of the last date: of everybody who is here, and of those who left since the first of
/// the dates, kept from the last one at which they were here.
pub fn reply(people: &People<'_>) -> Reply {
    let last = people.last();
    let everybody = 0..people.scored.customers.len();
    let listed: Vec<usize> =
        everybody.filter(|one| people.look(*one, last).state != State::NotYet).collect();
    let customers: Vec<CustomerKey> = listed.iter().map(|one| people.key(*one)).collect();
    let looks = || listed.iter().map(|one| people.look(*one, last));
    let health: Vec<Value> = looks().map(|look| json!(look.score)).collect();
    let bands: Vec<Value> = looks().map(|look| json!(look.state.name())).collect();
    let risks: Vec<Value> = listed.iter().map(|one| json!(people.risk(*one))).collect();
    let nothing = vec![Value::Null; listed.len()];
    let answer = json!({
        "day": people.plan.last_date(),
        "scores": [
            {"name": "health", "values": health},
            {"name": "health_band", "values": nothing, "texts": bands},
            {"name": "early_warning", "values": risks},
        ],
        "drift": drift(people.plan, people.sample),
    });
    Reply { answer: answer.into(), customers: Some(customers) }
}

/// The scores of nobody.
pub fn nobody(plan: &Plan) -> Reply {
    let names = ["health", "health_band", "early_warning"];
    let scores: Vec<Value> = names.iter().map(|name| json!({"name": name, "values": []})).collect();
    let answer = json!({"day": plan.last_date(), "scores": scores, "drift": {}});
    Reply { answer: answer.into(), customers: Some(Vec::new()) }
}

/// How far the features of those who are here are from those of the model: the population stability
/// index of each that has moved by more than chance, the farthest first.
fn drift(plan: &Plan, sample: &Sample) -> Value {
    let Some(trained) = &plan.trained else { return json!({}) };
    let today = sample.cuts.iter().position(|cut| cut.date == plan.last_date());
    let rows = today.map(|today| sample.rows_of(today)).unwrap_or_default();
    let Ok(table) = sample.table.take(&rows) else { return json!({}) };
    let found = trained.drift.iter().filter_map(|reference| {
        let column = table.columns().iter().find(|column| column.name == reference.name);
        reference.drift(column?)
    });
    // Twice what chance gives is no chance any more.
    let has_moved = |one: &Drift| one.index > SLIGHT && one.index > 2.0 * one.by_chance;
    let mut moved: Vec<Drift> = found.filter(has_moved).collect();
    moved.sort_by(|a, b| b.index.total_cmp(&a.index));
    let verdict = match moved.first() {
        Some(farthest) if farthest.index > STRONG => "strong",
        Some(_) => "slight",
        None => "none",
    };
    let features = moved.iter().map(|one| json!({"name": one.name, "index": one.index}));
    json!({"features": features.collect::<Vec<_>>(), "verdict": verdict})
}
