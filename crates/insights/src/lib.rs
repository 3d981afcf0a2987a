//! Insights: the questions one can ask of a customer base, each one folder.
//!
//! An insight reads a question, says which folds it needs, and turns their partial results into
//! an answer. It never reads a file, a clock or the network: rows come from the engine, the
//! end of the known world is part of the question.
//!
//! To add one, add a folder with `question.rs`, `fold.rs`, `answer.rs`, `tests.rs` and an entry in
//! [`all`]. Command line, HTTP route, OpenAPI and exports derive from that entry.

pub mod ask;
pub mod catalog;
pub mod crr;
pub mod grouping;
pub mod insight;
pub mod interval;
pub mod orders;
pub mod present;
pub mod retention;
pub mod segment;
mod some;

pub use insight::{AskError, Asking, Insight, Reply, Step};

/// Every insight there is.
pub fn all() -> &'static [&'static dyn Insight] {
    &[&retention::Retention, &crr::Crr]
}

/// The insight of that kind, whose answers may be about some customers only.
pub fn named(kind: &str) -> Option<&'static dyn Insight> {
    some::of_some().iter().find(|insight| insight.kind() == kind).map(|insight| insight as &dyn Insight)
}
