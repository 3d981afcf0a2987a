//! Insights: the questions one can ask of a customer base, each one folder.
//!
//! An insight reads a question, says which folds it needs, and turns their partial results into
//! an answer. It never reads a file, a clock or the network: rows come from the engine, the
//! end of the known world is part of the question.
//!
//! To add one, add a folder with `question.rs`, `fold.rs`, `answer.rs`, `tests.rs` and an entry in
//! [`all`]. Command line, HTTP route, OpenAPI, a page and exports derive from that entry. Its
//! headings in Chinese stand in [`glossary`].

#![cfg_attr(
    test,
    expect(
        clippy::print_stdout,
        clippy::redundant_clone,
        reason = "tests say what they skip, and a copy too many costs them nothing"
    )
)]

pub mod ask;
pub mod belonging;
pub mod benchmark;
pub mod benchmarks;
pub mod catalog;
pub mod churn;
pub mod churn_risk;
pub mod coding;
pub mod cohort;
pub mod crr;
pub mod curve_fit;
pub mod customer_table;
pub mod dashboard;
pub mod drivers;
pub mod durations;
pub mod feedback;
pub mod field_codes;
pub mod forecast;
pub mod funnel;
pub mod glossary;
pub mod grouping;
pub mod health;
pub mod holidays;
pub mod insight;
pub mod interval;
pub mod ledger;
pub mod lifecycle;
pub mod lifetime_value;
pub mod listing;
pub mod moments;
pub mod money;
pub mod nodes;
pub mod occurring;
#[cfg(test)]
mod online_retail;
pub mod orders;
pub mod path;
#[cfg(test)]
mod plain;
pub mod present;
pub mod range;
pub mod refused;
pub mod reply;
pub mod retention;
pub mod revenue_retention;
pub mod rfm;
pub mod schema;
pub mod seasonality;
pub mod segment;
pub mod series;
pub mod sessions;
pub mod significance;
mod some;
pub mod split;
pub mod sql;
pub mod stays;
pub mod stickiness;
pub mod survival;
pub mod training;
pub mod unfound;
pub mod visits;

pub use insight::{AskError, Asking, Insight, Step, Trainer};
pub use reply::{Answer, Reply};

/// Every insight there is.
pub fn all() -> &'static [&'static dyn Insight] {
    &[
        &retention::Retention,
        &crr::Crr,
        &lifecycle::Lifecycle,
        &stickiness::Stickiness,
        &rfm::Rfm,
        &funnel::Funnel,
        &path::Path,
        &sessions::Sessions,
        &seasonality::Seasonality,
        &cohort::Cohort,
        &benchmark::Benchmark,
        &churn::Churn,
        &revenue_retention::RevenueRetention,
        &customer_table::CustomerTable,
        &feedback::Feedback,
        &drivers::Drivers,
        &lifetime_value::LifetimeValue,
        &health::Health,
        &survival::Survival,
        &curve_fit::CurveFit,
        &forecast::Forecast,
        &churn_risk::ChurnRisk,
    ]
}

/// The insight of that kind, whose answers may be about some customers only.
pub fn named(kind: &str) -> Option<&'static dyn Insight> {
    some::of_some()
        .iter()
        .find(|insight| insight.kind() == kind)
        .map(|insight| insight as &dyn Insight)
}
