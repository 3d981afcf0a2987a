//! Answers said in SQL: statements that give their numbers again on DuckDB.
//!
//! "Where does this number come from?" An answer is explained by its definition in words, and by one
//! or more statements over the lake's `events`, to be run by anybody after [`ATTACH`]:
//!
//! ```text
//! attach 'ducklake:sqlite:perennial.db' as lake (data_path 'lake/', read_only);
//! with events as (select * from lake.events), known as (…), … select start, new, returning, … ;
//! ```
//!
//! What a statement gives stands in the answer: [`Statement::rows`] says where, and its columns are
//! the fields there, by their names. Everything civil is written out as exact instants of our own
//! calendar, so neither the zone of the session nor another edition of the zone database matters.
//!
//! Limits. DuckDB sees the rows that are in files. A part of an answer without a statement (groups,
//! intervals, corrected p-values) is a known function of numbers that have one, or is left out;
//! what cannot be said at all is the refusal `not_in_sql`.

mod filters;
mod leaves;
mod ledger;
mod query;
mod rows;
mod spans;
mod standing;
mod text;
mod who;

use perennial_types::question::Refusal;
use serde::Serialize;
use utoipa::ToSchema;

pub use filters::{field, holds, never, number};
pub use ledger::{entries, number_of, numbered, of_currency, text_of, word};
pub use query::{Query, Statement};
pub use rows::{
    OCCURRENCE, first, happened, known, net, occurred, population, purchases, purchases_in,
};
pub use spans::{dates, periods, units};
pub use standing::{REACH, standing, width};
pub use text::{decimal, instant, quoted, values};
pub use who::chosen;

/// What attaches DuckDB to the lake, from inside the data folder.
pub const ATTACH: &str =
    "attach 'ducklake:sqlite:perennial.db' as lake (data_path 'lake/', read_only);";

/// How an answer is computed, in SQL.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Explained {
    /// What attaches DuckDB to the lake, from inside the data folder.
    pub attach: String,
    /// The statements, the main one first; none where nothing can be said.
    pub statements: Vec<Written>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Refusal>,
}

/// A statement as it stands in an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ExplainedStatement)]
pub struct Written {
    /// Which rows of the answer it gives: a path to a list or to one object, `*` for every member, a
    /// number for one.
    pub rows: String,
    /// Its text.
    pub sql: String,
}

impl Explained {
    /// Of these statements, or of the reason why there are none.
    pub fn new(said: Result<Vec<Written>, Refusal>) -> Explained {
        let (statements, reason) = match said {
            Ok(statements) => (statements, None),
            Err(refusal) => (Vec::new(), Some(refusal)),
        };
        Explained { attach: ATTACH.to_owned(), statements, reason }
    }
}

/// The statements as one text: what attaches, then each under a comment that says which rows of the
/// answer it gives.
pub fn script(statements: &[Written]) -> String {
    let mut out = format!("{ATTACH}\n");
    for statement in statements {
        out.push_str(&format!("\n-- {} of the answer\n{};\n", statement.rows, statement.sql));
    }
    out
}

/// The refusal of what cannot be said in SQL.
pub fn unsaid(what: &str, hint: &str, what_zh: &str, hint_zh: &str) -> Refusal {
    Refusal::new("not_in_sql", format!("there is no SQL for {what}"), hint)
        .in_chinese(format!("{what_zh}无法用 SQL 表达"), hint_zh)
}

#[cfg(test)]
mod tests;
