//! Why a series cannot be taken apart, and how to mend it.

use thiserror::Error;

/// Why there is no number.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum SeriesError {
    /// A season needs at least two periods.
    #[error("a season of `{0}` periods is none")]
    NoSeason(usize),
    /// Seasons are given once each, the shortest first.
    #[error("the seasons `{0:?}` are none, or not in order")]
    SeasonsOutOfOrder(Vec<usize>),
    /// Fewer than two whole seasons.
    #[error("a season of {season} periods needs `{needed}` of them, there are `{found}`")]
    TooShort {
        /// Length of the season.
        season: usize,
        /// Periods needed.
        needed: usize,
        /// Periods there are.
        found: usize,
    },
    /// No value is known at a place of the season, so nothing can be said of it.
    #[error("no value is known at place `{place}` of the season of {season} periods")]
    UnknownPlace {
        /// Length of the season.
        season: usize,
        /// The place, from 0.
        place: usize,
    },
    /// Factors need values above 0.
    #[error("the value `{value}` at position {at} is not above 0")]
    NotPositive {
        /// Position in the series.
        at: usize,
        /// The value.
        value: f64,
    },
    /// Infinite, not a number, or so large that its square is.
    #[error("the value `{value}` at position {at} is no number to compute with")]
    NotFinite {
        /// Position in the series.
        at: usize,
        /// The value.
        value: f64,
    },
    /// More points than change points are looked for in.
    #[error("the series has `{found}` points, more than {most}")]
    TooLong {
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// The shortest stretch between two changes is too short for its shape.
    #[error("stretches of `{found}` periods cannot carry a shape that needs {needed}")]
    StretchTooShort {
        /// What was asked for.
        found: usize,
        /// What is needed at least.
        needed: usize,
    },
    /// The decomposition refused.
    #[error("the series cannot be taken apart: {0}")]
    Stl(String),
}

impl SeriesError {
    /// How to mend it.
    pub fn hint(&self) -> String {
        match self {
            SeriesError::NoSeason(_) => "give a season of at least 2 periods".to_owned(),
            SeriesError::SeasonsOutOfOrder(_) => {
                "give every season once, the shortest first".to_owned()
            }
            SeriesError::TooShort { needed, .. } => {
                format!("give at least {needed} periods, or a shorter season")
            }
            SeriesError::UnknownPlace { .. } => {
                "give a longer series, or leave fewer values out".to_owned()
            }
            SeriesError::NotPositive { .. } => "ask for the additive form".to_owned(),
            SeriesError::NotFinite { .. } => "give finite values".to_owned(),
            SeriesError::TooLong { .. } => "give longer periods, or a shorter range".to_owned(),
            SeriesError::StretchTooShort { needed, .. } => format!("give at least {needed}"),
            SeriesError::Stl(_) => "give a shorter season, or a longer series".to_owned(),
        }
    }
}

/// Values whose squares can be added up.
const LARGEST: f64 = 1e120;

/// Refuses what cannot be computed with.
pub(super) fn check_finite(values: &[Option<f64>]) -> Result<(), SeriesError> {
    let is_bad = |value: f64| !value.is_finite() || value.abs() > LARGEST;
    for (at, value) in values.iter().enumerate() {
        if let Some(value) = value.filter(|value| is_bad(*value)) {
            return Err(SeriesError::NotFinite { at, value });
        }
    }
    Ok(())
}
