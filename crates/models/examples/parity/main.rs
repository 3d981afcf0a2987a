//! One model on one file of numbers, timed: what `benches/parity` holds against the peers.
//!
//! `cargo run --release -p perennial-models --example parity -- TASK FILE [threads]` prints one JSON
//! line: the seconds of the best run, reading the file not counted, and the numbers that came out.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

mod churn;
mod factors;
mod lifetime;
mod numbers;
mod survival;

use std::error::Error;
use std::time::Instant;

use numbers::Numbers;

/// What came out, by name.
type Found = Result<Vec<(String, f64)>, Box<dyn Error>>;

/// A task: how often it is run, and how.
type Task = (usize, fn(&Numbers, usize) -> Found);

fn task(name: &str) -> Option<Task> {
    Some(match name {
        "bg_nbd" => (5, lifetime::bg_nbd),
        "mbg_nbd" => (5, lifetime::mbg_nbd),
        "pareto_nbd" => (3, lifetime::pareto_nbd),
        "gamma_gamma" => (5, lifetime::gamma_gamma),
        "bg_bb" => (5, lifetime::bg_bb),
        "holdout" => (3, lifetime::holdout),
        "kaplan_meier" => (5, survival::kaplan_meier),
        "log_rank" => (5, survival::log_rank),
        "cox" => (5, survival::cox),
        "weibull" => (5, survival::weibull),
        "logistic" => (3, churn::logistic),
        "forest" => (1, churn::forest),
        "forest_leaf_1" => (1, churn::forest_leaf_1),
        "boosting" => (1, churn::boosting),
        "score" => (3, churn::score),
        "factors" => (3, factors::factors),
        _ => return None,
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, file, rest @ ..] = arguments.as_slice() else {
        return Err("usage: parity TASK FILE [threads]".into());
    };
    let (runs, work) = task(name).ok_or_else(|| format!("`{name}` is no task"))?;
    let threads = rest.first().map_or(Ok(2), |text| text.parse())?;
    let numbers = Numbers::read(file)?;
    let mut seconds = f64::INFINITY;
    let mut found = Vec::new();
    for _ in 0..runs {
        let begun = Instant::now();
        found = work(&numbers, threads)?;
        // Some tasks time a part of what they do, and say so.
        let timed = found.iter().find(|(name, _)| name == "seconds").map(|(_, value)| *value);
        seconds = seconds.min(timed.unwrap_or_else(|| begun.elapsed().as_secs_f64()));
    }
    found.retain(|(name, _)| name != "seconds");
    let found: serde_json::Map<String, serde_json::Value> =
        found.into_iter().map(|(name, value)| (name, value.into())).collect();
    println!("{}", serde_json::json!({"seconds": seconds, "numbers": found}));
    Ok(())
}
