//! SQL over a snapshot: one read-only query, bounded, over tables that are given and no others.
//!
//! [`check`] judges a query before anything of it is planned; [`run`] executes one over the table
//! `events`, the view `orders` and whatever further tables it is handed, and gives the first rows
//! of the result. The engine's own bounds are cooperative: whoever runs a stranger's query does so
//! in a process with hard limits of its own.

mod guard;
mod run;

use thiserror::Error;

pub use guard::{MAX_BYTES, MAX_DEPTH, MAX_TERMS, check};
pub use run::{Limits, QueryResult, Table, run};

/// Why a query is not answered.
#[derive(Debug, Error)]
pub enum SqlError {
    /// It would be a plan too deep or too long.
    #[error("query too complex: {what}, at most {limit}")]
    TooComplex {
        /// What there is too much of, and how much.
        what: String,
        /// The limit.
        limit: usize,
    },
    /// Something that is no query.
    #[error("only a query can be run")]
    NotAQuery,
    /// Nothing.
    #[error("the query is empty")]
    Empty,
    /// More than one.
    #[error("more than one statement")]
    Several,
    /// It cannot be parsed, planned or executed.
    #[error("{0}")]
    Failed(String),
}

impl SqlError {
    /// What mends it.
    pub fn hint(&self) -> String {
        match self {
            SqlError::TooComplex { .. } => "split it with views of `with`",
            SqlError::NotAQuery => "write `select …`, `with … select …` or `explain select …`",
            SqlError::Empty => "write `select …`",
            SqlError::Several => "run them one by one",
            SqlError::Failed(_) => "`perennial sql --help` shows the views",
        }
        .to_owned()
    }
}

impl From<datafusion::error::DataFusionError> for SqlError {
    fn from(error: datafusion::error::DataFusionError) -> SqlError {
        SqlError::Failed(error.strip_backtrace())
    }
}
