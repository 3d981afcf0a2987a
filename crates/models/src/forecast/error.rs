//! Why a series cannot be carried on, and how to mend it.

use thiserror::Error;

/// Why there is no forecast.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum ForecastError {
    /// Too few values to judge any method by.
    #[error("the series has `{found}` periods, and a forecast needs {needed}")]
    TooShort {
        /// Periods needed.
        needed: usize,
        /// Periods there are.
        found: usize,
    },
    /// Infinite, not a number, or so large that its square is.
    #[error("the value `{value}` at position {at} is no number to compute with")]
    NotFinite {
        /// Position in the series.
        at: usize,
        /// The value.
        value: f64,
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
}

impl ForecastError {
    /// A stable name for counting and for other programs.
    pub fn code(&self) -> &'static str {
        match self {
            ForecastError::TooShort { .. } => "series_too_short",
            ForecastError::NotFinite { .. } => "bad_value",
            ForecastError::BadArgument { .. } => "bad_argument",
        }
    }

    /// How to mend it.
    pub fn hint(&self) -> &'static str {
        match self {
            ForecastError::TooShort { .. } => "take a longer history, or shorter periods",
            ForecastError::NotFinite { .. } => "give finite values",
            ForecastError::BadArgument { .. } => "give a number within the stated range",
        }
    }
}

/// Values whose squares can be added up.
const LARGEST: f64 = 1e120;

/// Refuses what cannot be computed with.
pub(super) fn check_finite(values: &[f64]) -> Result<(), ForecastError> {
    let bad = values.iter().position(|value| !value.is_finite() || value.abs() > LARGEST);
    match bad.and_then(|at| Some((at, *values.get(at)?))) {
        Some((at, value)) => Err(ForecastError::NotFinite { at, value }),
        None => Ok(()),
    }
}
