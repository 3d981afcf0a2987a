//! Why nothing can be said about factors, and how to mend it.

use thiserror::Error;

use crate::learn::LearnError;

/// Why a factor analysis refuses. Rows count from 0.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum FactorError {
    /// Fewer rows than correlations of so many columns can be had from.
    #[error("`{n_rows}` rows are too few for {n_columns} columns: it takes {needed}")]
    TooFewRows {
        /// How many there are.
        n_rows: usize,
        /// How many columns.
        n_columns: usize,
        /// How many rows it takes.
        needed: usize,
    },
    /// Fewer columns than have a factor in common.
    #[error("`{n_columns}` columns are too few: it takes {needed}")]
    TooFewColumns {
        /// How many there are.
        n_columns: usize,
        /// How many it takes.
        needed: usize,
    },
    /// A column of categories.
    #[error("column `{column}` holds categories")]
    Categories {
        /// The column.
        column: String,
    },
    /// A value that is not there.
    #[error("column `{column}` has no value in row {row}")]
    MissingValue {
        /// The column.
        column: String,
        /// The row.
        row: usize,
    },
    /// A column that says the same in every row.
    #[error("column `{column}` has the same value in every row")]
    Constant {
        /// The column.
        column: String,
    },
    /// A column that is a weighted sum of others: the correlations have no inverse.
    #[error("column `{column}` is determined by {}", list(with))]
    Collinear {
        /// The column.
        column: String,
        /// Those that determine it.
        with: Vec<String>,
    },
    /// More factors than the correlations of the columns can tell apart, or none.
    #[error(
        "`{n_factors}` factors of {n_columns} columns cannot be told apart: allowed is 1 to {most}"
    )]
    NumberOfFactors {
        /// How many were asked for.
        n_factors: usize,
        /// How many columns there are.
        n_columns: usize,
        /// The most there may be.
        most: usize,
    },
    /// The best fit leaves a column no variance of its own, as no real measurement has it
    /// (H. B. Heywood (1931), Proceedings of the Royal Society A 134, 486–501).
    #[error("the best fit leaves column `{column}` no variance of its own")]
    Heywood {
        /// The column.
        column: String,
    },
    /// No factor explains more than chance would.
    #[error("no factor of the {n_columns} columns explains more than chance would")]
    NoFactor {
        /// How many columns there are.
        n_columns: usize,
    },
    /// A setting outside what it may be.
    #[error("`{name}` is `{value}`, allowed is {allowed}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        allowed: &'static str,
    },
    /// An iteration that did not settle.
    #[error("no convergence after `{n_iterations}` iterations")]
    NoConvergence {
        /// How many were made.
        n_iterations: usize,
    },
    /// The table cannot be read.
    #[error(transparent)]
    Table(#[from] LearnError),
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

impl FactorError {
    /// A stable word for the kind of refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            FactorError::TooFewRows { .. } => "too_few_rows",
            FactorError::TooFewColumns { .. } => "too_few_columns",
            FactorError::Categories { .. } => "column_kind",
            FactorError::MissingValue { .. } => "missing_value",
            FactorError::Constant { .. } => "constant_column",
            FactorError::Collinear { .. } => "collinear",
            FactorError::NumberOfFactors { .. } => "number_of_factors",
            FactorError::Heywood { .. } => "heywood_case",
            FactorError::NoFactor { .. } => "no_factor",
            FactorError::Setting { .. } => "setting",
            FactorError::NoConvergence { .. } => "no_convergence",
            FactorError::Table(error) => error.code(),
        }
    }

    /// How to mend it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            FactorError::TooFewRows { .. } => "take more rows or fewer columns",
            FactorError::TooFewColumns { .. } => "name more columns",
            FactorError::Categories { .. } => "leave the column out, or give it as numbers",
            FactorError::MissingValue { .. } => "fill it in, or leave the row or the column out",
            FactorError::Constant { .. } => "leave the column out",
            FactorError::Collinear { .. } => "leave one of them out",
            FactorError::NumberOfFactors { .. } => "ask for fewer factors, or name more columns",
            FactorError::Heywood { .. } => "ask for fewer factors, or leave the column out",
            FactorError::NoFactor { .. } => "look at the columns one by one",
            FactorError::Setting { .. } => "choose a value that is allowed",
            FactorError::NoConvergence { .. } => "ask for fewer factors",
            FactorError::Table(error) => error.hint(),
        }
    }
}
