//! Why a customer, or anybody, has no health score, and how to mend it.

use thiserror::Error;

use crate::learn::LearnError;

/// Why there is no health score. Rows count from 0.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum HealthError {
    /// Nobody has the measure, so there is nothing to rank among.
    #[error("there are no values to rank among")]
    NoValues,
    /// A value that is no number.
    #[error("the value of row {row} is `{value}`")]
    NotFinite {
        /// The row.
        row: usize,
        /// The value.
        value: f64,
    },
    /// A weight that is negative or no number.
    #[error("the weight of dimension {dimension} is `{weight}`")]
    Weight {
        /// Position of the dimension.
        dimension: usize,
        /// The weight.
        weight: f64,
    },
    /// Nothing weighs anything.
    #[error("all `{n_dimensions}` weights are 0")]
    NoWeight {
        /// How many there are.
        n_dimensions: usize,
    },
    /// Two things that belong together differ in length.
    #[error("{what}: `{found}` where {expected} are expected")]
    Length {
        /// What is too short or too long.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length it should have.
        expected: usize,
    },
    /// Too little is known of a customer.
    #[error("measures of weight `{coverage:.2}` are known, {needed:.2} are needed")]
    TooLittleKnown {
        /// Weight of what is known, as a share of all weight.
        coverage: f64,
        /// The share that is needed.
        needed: f64,
    },
    /// Bounds of bands that are none.
    #[error(
        "the bounds of the bands are `{at_risk_below}` and `{healthy_from}`, margin `{margin}`"
    )]
    Bounds {
        /// Below it a customer is at risk.
        at_risk_below: f64,
        /// From it on a customer is healthy.
        healthy_from: f64,
        /// How far past a bound a score must be.
        margin: f64,
    },
    /// No measure goes with staying in the direction it was given.
    #[error("none of the `{n_dimensions}` dimensions goes with staying the way round it is taken")]
    NothingLearned {
        /// How many there are.
        n_dimensions: usize,
    },
    /// The regression behind learned weights refuses.
    #[error(transparent)]
    Learn(#[from] LearnError),
}

impl HealthError {
    /// A stable word for the kind of refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            HealthError::NoValues => "no_values",
            HealthError::NotFinite { .. } => "not_finite",
            HealthError::Weight { .. } => "weight",
            HealthError::NoWeight { .. } => "no_weight",
            HealthError::Length { .. } => "length",
            HealthError::TooLittleKnown { .. } => "too_little_known",
            HealthError::Bounds { .. } => "bounds",
            HealthError::NothingLearned { .. } => "nothing_learned",
            HealthError::Learn(error) => error.code(),
        }
    }

    /// How to mend it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            HealthError::NoValues => "leave the dimension out",
            HealthError::NotFinite { .. } => "correct the value, or leave it out as missing",
            HealthError::Weight { .. } => "give a weight of 0 or more",
            HealthError::NoWeight { .. } => "give some dimension a weight above 0",
            HealthError::Length { .. } => "give one per dimension and row",
            HealthError::TooLittleKnown { .. } => {
                "collect more measures of the customer, or lower the minimum coverage"
            }
            HealthError::Bounds { .. } => {
                "give two bounds from 0 to 100, the lower one first, at least twice the margin apart"
            }
            HealthError::NothingLearned { .. } => "take expert weights, or other dimensions",
            HealthError::Learn(error) => error.hint(),
        }
    }
}
