//! Why nothing can be said about staying, and how to mend it.

use thiserror::Error;

use crate::newton::NoMaximum;

/// Why a survival model refuses.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum SurvivalError {
    /// Fewer customers than the method needs.
    #[error("`{n_customers}` customers are too few: it takes {needed}")]
    TooFewCustomers {
        /// How many there are.
        n_customers: usize,
        /// How many it takes.
        needed: usize,
    },
    /// Nobody left within the time observed.
    #[error("`0` of {n_customers} customers left within the time observed")]
    NoEvents {
        /// How many customers there are.
        n_customers: usize,
    },
    /// Columns of different length.
    #[error("the {name} have `{n_rows}` rows, the durations {expected}")]
    Lengths {
        /// Which column.
        name: String,
        /// Its rows.
        n_rows: usize,
        /// Rows of the durations.
        expected: usize,
    },
    /// A row holds a value that cannot be.
    #[error("row {row}: the {column} is `{value}`, which {reason}")]
    BadRow {
        /// Index of the row, from 0.
        row: usize,
        /// Which column.
        column: String,
        /// What it holds.
        value: f64,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An argument is outside its range.
    #[error("the {name} is `{value}`, which {reason}")]
    BadArgument {
        /// Which argument.
        name: &'static str,
        /// What it is.
        value: f64,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Nothing to compare: all customers are in one group.
    #[error("`{n_groups}` groups are too few to compare")]
    OneGroup {
        /// How many have customers.
        n_groups: usize,
    },
    /// The column has one value only.
    #[error("the column `{column}` is constant")]
    Constant {
        /// Its name.
        column: String,
    },
    /// The column says nothing that the ones before it do not say already.
    #[error("the column `{column}` is determined by the columns before it")]
    Collinear {
        /// Its name.
        column: String,
    },
    /// The column tells leavers from stayers without error, so its effect is infinite.
    #[error("the column `{column}` separates those who left: its coefficient has no finite value")]
    Separated {
        /// Its name.
        column: String,
    },
    /// The search for the best coefficients did not settle.
    #[error("the search stopped after `{n_steps}` steps without settling")]
    NotSettled {
        /// Newton steps taken.
        n_steps: usize,
    },
}

impl SurvivalError {
    /// A search without a top, in the names of its columns.
    pub(super) fn no_maximum(reason: NoMaximum, name: impl Fn(usize) -> String) -> SurvivalError {
        match reason {
            NoMaximum::Dependent { column } => SurvivalError::Collinear { column: name(column) },
            NoMaximum::Diverging { column } => SurvivalError::Separated { column: name(column) },
            NoMaximum::NotSettled { n_steps } => SurvivalError::NotSettled { n_steps },
        }
    }

    /// A stable name for counting and for other programs.
    pub fn code(&self) -> &'static str {
        match self {
            SurvivalError::TooFewCustomers { .. } => "too_few_customers",
            SurvivalError::NoEvents { .. } => "no_events",
            SurvivalError::Lengths { .. } => "lengths",
            SurvivalError::BadRow { .. } => "bad_row",
            SurvivalError::BadArgument { .. } => "bad_argument",
            SurvivalError::OneGroup { .. } => "one_group",
            SurvivalError::Constant { .. } => "constant_column",
            SurvivalError::Collinear { .. } => "collinear_column",
            SurvivalError::Separated { .. } => "perfect_separation",
            SurvivalError::NotSettled { .. } => "not_settled",
        }
    }

    /// What would mend it.
    pub fn hint(&self) -> &'static str {
        match self {
            SurvivalError::TooFewCustomers { .. } => "take a longer period or a wider population",
            SurvivalError::NoEvents { .. } => {
                "watch for longer, or take a shorter wait for leaving"
            }
            SurvivalError::Lengths { .. } => "give every column one value per row",
            SurvivalError::BadRow { .. } => "remove the row or fill it in",
            SurvivalError::BadArgument { .. } => "give a finite number within the stated range",
            SurvivalError::OneGroup { .. } => "choose a breakdown with at least two groups",
            SurvivalError::Constant { .. } | SurvivalError::Collinear { .. } => {
                "leave the column out"
            }
            SurvivalError::Separated { .. } => {
                "leave the column out, join its rare values, or report the two groups apart"
            }
            SurvivalError::NotSettled { .. } => {
                "leave out columns with extreme values, or cap them"
            }
        }
    }
}
