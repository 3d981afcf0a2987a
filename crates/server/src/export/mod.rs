//! An answer as a file: JSON, CSV, Parquet, XLSX, SVG or PNG.
//!
//! Formats know tables and pictures, never an insight. CSV and Parquet hold one fact per row, XLSX
//! a sheet per table, pictures the first picture of the presentation.

pub mod board;
mod csv;
mod parquet;
mod picture;
mod png;
mod svg;
mod xlsx;

use perennial_insights::Answer;
use perennial_insights::present::{Picture, Presentation, Table};
use thiserror::Error;

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The whole answer.
    Json,
    /// One fact per row; cells that a spreadsheet would run as a formula are quoted.
    Csv,
    /// One fact per row.
    Parquet,
    /// A sheet per table.
    Xlsx,
    /// A picture.
    Svg,
    /// A picture, two pixels per point.
    Png,
}

/// Why a file could not be made.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The answer has nothing of that kind.
    #[error("this answer has no {0} to write")]
    Nothing(&'static str),
    /// The writer failed.
    #[error("cannot write {format}: {reason}")]
    Failed {
        /// Which format.
        format: &'static str,
        /// What its writer says.
        reason: String,
    },
}

impl Format {
    /// Every format with its name and media type.
    pub const ALL: [(Format, &'static str, &'static str); 6] = [
        (Format::Json, "json", "application/json"),
        (Format::Csv, "csv", "text/csv; charset=utf-8"),
        (Format::Parquet, "parquet", "application/vnd.apache.parquet"),
        (Format::Xlsx, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (Format::Svg, "svg", "image/svg+xml"),
        (Format::Png, "png", "image/png"),
    ];

    /// The format of that name.
    pub fn named(name: &str) -> Option<Format> {
        Format::ALL.iter().find(|(_, known, _)| *known == name).map(|(format, ..)| *format)
    }

    /// Its name, also the ending of its files.
    pub fn name(self) -> &'static str {
        Format::ALL.iter().find(|(format, ..)| *format == self).map_or("", |(_, name, _)| name)
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        Format::ALL.iter().find(|(format, ..)| *format == self).map_or("", |(.., media)| media)
    }
}

/// Writes an answer.
pub fn write(
    format: Format,
    answer: &Answer,
    presentation: &Presentation,
) -> Result<Vec<u8>, ExportError> {
    match format {
        Format::Json => serde_json::to_vec(answer).map_err(failed("json")),
        Format::Csv => csv::write(tidy(presentation)?),
        Format::Parquet => parquet::write(tidy(presentation)?),
        Format::Xlsx => xlsx::write(presentation),
        Format::Svg => Ok(picture(presentation)?.into_bytes()),
        Format::Png => png::write(&picture(presentation)?),
    }
}

/// The table to compute on: the customers where they were asked for, else the facts.
fn tidy(presentation: &Presentation) -> Result<&Table, ExportError> {
    let tidy = || presentation.tables.iter().filter(|table| table.tidy);
    let customers = tidy().find(|table| table.name == "customers");
    let facts = tidy().max_by_key(|table| table.columns.len());
    customers.or(facts).ok_or(ExportError::Nothing("table"))
}

fn picture(presentation: &Presentation) -> Result<String, ExportError> {
    let first = presentation.pictures.first().ok_or(ExportError::Nothing("picture"))?;
    Ok(picture::draw(first, &presentation.definition.0))
}

/// A picture as SVG, with these words under it.
pub(crate) fn drawn(picture: &Picture, words: &str) -> String {
    picture::draw(picture, words)
}

fn failed<E: std::fmt::Display>(format: &'static str) -> impl Fn(E) -> ExportError {
    move |error| ExportError::Failed { format, reason: error.to_string() }
}
