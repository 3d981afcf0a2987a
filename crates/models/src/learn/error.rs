//! What a learner refuses, with a code, the offending column and row, and how to mend it.

use thiserror::Error;

/// Why a model cannot be fitted, applied or judged. Rows count from 0.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum LearnError {
    /// There is nothing to learn from.
    #[error("there are no rows")]
    NoRows,
    /// There is nothing to learn with.
    #[error("there are no columns")]
    NoColumns,
    /// Two things that belong together row by row differ in length.
    #[error("{what} has {found} rows where {expected} are expected")]
    Length {
        /// What is too short or too long.
        what: String,
        /// Its rows.
        found: usize,
        /// The rows it should have.
        expected: usize,
    },
    /// Two columns have one name.
    #[error("column `{column}` occurs twice")]
    ColumnTwice {
        /// The name.
        column: String,
    },
    /// A column the model was fitted on is not there.
    #[error("column `{column}` is not in the table")]
    ColumnAbsent {
        /// The name.
        column: String,
    },
    /// A column of numbers where categories were, or the other way round.
    #[error("column `{column}` holds {found} where the model knows {expected}")]
    ColumnKind {
        /// The name.
        column: String,
        /// What it holds.
        found: &'static str,
        /// What it held when the model was fitted.
        expected: &'static str,
    },
    /// An infinite number.
    #[error("column `{column}` is `{value}` in row {row}")]
    NotFinite {
        /// The column.
        column: String,
        /// The row.
        row: usize,
        /// The number.
        value: f64,
    },
    /// A missing value where the model needs every one.
    #[error("column `{column}` has no value in row {row}")]
    MissingValue {
        /// The column.
        column: String,
        /// The row.
        row: usize,
    },
    /// A category code without a label.
    #[error("column `{column}` has the code `{code}` in row {row} but only {n_labels} labels")]
    CodeWithoutLabel {
        /// The column.
        column: String,
        /// The row.
        row: usize,
        /// The code.
        code: u32,
        /// How many labels there are.
        n_labels: usize,
    },
    /// More categories than a split can tell apart.
    #[error("column `{column}` has {n_categories} categories, more than {max}")]
    TooManyCategories {
        /// The column.
        column: String,
        /// Its categories.
        n_categories: usize,
        /// The most there may be.
        max: usize,
    },
    /// More columns than a tree can name.
    #[error("{n_columns} columns are more than {max}")]
    TooManyColumns {
        /// How many there are.
        n_columns: usize,
        /// The most there may be.
        max: usize,
    },
    /// More rows than a tree can number.
    #[error("{n_rows} rows are more than {max}")]
    TooManyRows {
        /// How many there are.
        n_rows: usize,
        /// The most there may be.
        max: usize,
    },
    /// Every label is the same.
    #[error("all {n_rows} rows have the label `{label}`")]
    OneClass {
        /// How many rows there are.
        n_rows: usize,
        /// The only label.
        label: bool,
    },
    /// Too few rows of one label for what is asked.
    #[error("{n_rows} rows have the label `{label}`, {needed} are needed")]
    TooFewRows {
        /// The label.
        label: bool,
        /// How many rows have it.
        n_rows: usize,
        /// How many are needed.
        needed: usize,
    },
    /// A weight that is negative or not a number.
    #[error("the weight of row {row} is `{value}`")]
    Weight {
        /// The row.
        row: usize,
        /// The weight.
        value: f64,
    },
    /// A score that is not a number, or a probability outside 0 to 1.
    #[error("the score of row {row} is `{value}`")]
    Score {
        /// The row.
        row: usize,
        /// The score.
        value: f64,
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
    /// A column that says the same in every row.
    #[error("column `{column}` has the same value in every row")]
    ConstantColumn {
        /// The column.
        column: String,
    },
    /// A column that is a weighted sum of others.
    #[error("column `{column}` is determined by {}", list(with))]
    Collinear {
        /// The column.
        column: String,
        /// Those that determine it.
        with: Vec<String>,
    },
    /// Some weighted sum of columns tells the labels apart without error, so that the likelihood
    /// has no maximum (A. Albert, J. A. Anderson (1984), Biometrika 71, 1–10).
    #[error("the labels are told apart without error by {}", list(columns))]
    Separation {
        /// The columns that weigh most in it.
        columns: Vec<String>,
    },
    /// A matrix that should be positive definite is not.
    #[error("the matrix is not positive definite")]
    NotPositiveDefinite,
    /// A stored model that is not what was stored.
    #[error("the stored model is damaged in {what}")]
    Damaged {
        /// Where.
        what: String,
    },
    /// An iteration that did not settle.
    #[error("no convergence after {n_iterations} iterations")]
    NoConvergence {
        /// How many were made.
        n_iterations: usize,
    },
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

impl LearnError {
    /// A stable word for the kind of refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            LearnError::NoRows => "no_rows",
            LearnError::NoColumns => "no_columns",
            LearnError::Length { .. } => "length",
            LearnError::ColumnTwice { .. } => "column_twice",
            LearnError::ColumnAbsent { .. } => "column_absent",
            LearnError::ColumnKind { .. } => "column_kind",
            LearnError::NotFinite { .. } => "not_finite",
            LearnError::MissingValue { .. } => "missing_value",
            LearnError::CodeWithoutLabel { .. } => "code_without_label",
            LearnError::TooManyCategories { .. } => "too_many_categories",
            LearnError::TooManyColumns { .. } => "too_many_columns",
            LearnError::TooManyRows { .. } => "too_many_rows",
            LearnError::OneClass { .. } => "one_class",
            LearnError::TooFewRows { .. } => "too_few_rows",
            LearnError::Weight { .. } => "weight",
            LearnError::Score { .. } => "score",
            LearnError::Setting { .. } => "setting",
            LearnError::ConstantColumn { .. } => "constant_column",
            LearnError::Collinear { .. } => "collinear",
            LearnError::Separation { .. } => "separation",
            LearnError::NotPositiveDefinite => "not_positive_definite",
            LearnError::Damaged { .. } => "damaged",
            LearnError::NoConvergence { .. } => "no_convergence",
        }
    }

    /// How to mend it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            LearnError::NoRows | LearnError::TooFewRows { .. } => {
                "take a longer window or a wider population"
            }
            LearnError::NoColumns => "name at least one column",
            LearnError::Length { .. } => "give one value per row",
            LearnError::ColumnTwice { .. } => "rename one of the two",
            LearnError::ColumnAbsent { .. } => "add the column, or fit the model anew without it",
            LearnError::ColumnKind { .. } => {
                "read the column as it was read when the model was fitted"
            }
            LearnError::NotFinite { .. } => "correct the value, or leave it out as missing",
            LearnError::MissingValue { .. } => {
                "fill it in, leave the row or the column out, or use a forest, which takes missing values"
            }
            LearnError::CodeWithoutLabel { .. } => "give every code a label",
            LearnError::TooManyCategories { .. } => "merge the rare ones, or leave the column out",
            LearnError::TooManyColumns { .. } => "leave the weakest columns out",
            LearnError::TooManyRows { .. } => "take a sample of the rows",
            LearnError::OneClass { .. } => {
                "choose a window in which some customers left and some stayed"
            }
            LearnError::Weight { .. } => {
                "give weights of 0 or more, with some above 0 in each class"
            }
            LearnError::Score { .. } => "give a finite score; a probability lies between 0 and 1",
            LearnError::Setting { .. } => "choose a value that is allowed",
            LearnError::ConstantColumn { .. } => "leave the column out",
            LearnError::Collinear { .. } => "leave one of them out, or add an L2 penalty",
            LearnError::Separation { .. } => {
                "look whether the column knows the outcome already; if not, add an L2 penalty"
            }
            LearnError::NotPositiveDefinite => "leave out columns that say the same",
            LearnError::Damaged { .. } => "train it again, or restore it from a backup",
            LearnError::NoConvergence { .. } => "add an L2 penalty, or allow more iterations",
        }
    }
}
