//! What every list of saved things shares: how it is written, and when things happened.

use anyhow::Context;
use clap::ValueEnum;
use perennial_insights::Answer;
use perennial_insights::present::{Presentation, Table};
use perennial_server::export;
use perennial_types::calendar::Micros;

/// How lists are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// To be read in a terminal
    #[default]
    Table,
    /// Everything
    Json,
    /// One fact per row
    Csv,
}

/// The clock, in microseconds.
pub fn now() -> Micros {
    jiff::Timestamp::now().as_microsecond()
}

/// An instant as text.
pub fn shown(at: Micros) -> String {
    jiff::Timestamp::from_microsecond(at).map_or_else(|_| at.to_string(), |ts| ts.to_string())
}

/// A table as CSV, as answers are exported.
pub fn csv(table: Table) -> anyhow::Result<String> {
    let presentation = Presentation { tables: vec![table], ..Default::default() };
    let bytes = export::write(export::Format::Csv, &Answer::of(()), &presentation)?;
    String::from_utf8(bytes).context("the table is not UTF-8")
}
