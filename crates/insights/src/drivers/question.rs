//! The drivers question as it is written in JSON. Every field has a default.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::significance::Correction;
use crate::training::SampleQuestion;

/// What goes with leaving and what with staying.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DriversQuestion {
    /// Whose past is looked at, and what shows that they left.
    #[serde(flatten)]
    pub sample: SampleQuestion,
    /// End of the known world.
    pub as_of: Option<Timestamp>,
    /// Only rows accepted up to this sequence number count: what was known then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_at: Option<i64>,
    /// Fields of events whose first known value is looked at beside the features: what the customer
    /// was at the beginning.
    pub properties: Vec<String>,
    /// How effects are estimated.
    pub method: Method,
    /// Factors that take the place of the features that are numbers; none for the features as they
    /// are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factors: Option<Factors>,
    /// The mean association, 0 to 1, from which columns are one driver.
    pub group_from: f64,
    /// The confidence of intervals, between 0 and 1; what is left of 1 is the level of tests.
    pub confidence: f64,
    /// How p-values are corrected for the number of drivers.
    pub correction: Correction,
    /// The seed of all that is drawn.
    pub seed: u64,
    /// The number whose customers are wanted.
    pub cell: Option<CellRef>,
}

/// How effects are estimated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DriversMethod)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Logistic regression: odds of leaving within the horizon.
    #[default]
    Logistic,
    /// Cox: the hazard of leaving, whatever the age of the relationship.
    Cox,
}

/// How many factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Factors {
    /// So many.
    Number(usize),
    /// By a rule.
    By(FactorRule),
}

/// A rule for the number of factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FactorRule {
    /// As many as explain more than chance would: parallel analysis.
    Parallel,
    /// As many as explain more than a column does: eigenvalues above 1.
    Kaiser,
}

/// The number whose customers are wanted: those of one cut, with one outcome.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = DriversCellRef)]
#[serde(deny_unknown_fields, default)]
pub struct CellRef {
    /// The cut; none for the last one whose horizon is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<Date>,
    /// What became of them.
    pub outcome: Outcome,
}

/// What became of the customers at risk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DriversOutcome)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everyone at risk.
    #[default]
    AtRisk,
    /// They left within the horizon.
    Left,
    /// They are still here.
    Stayed,
    /// The horizon is not over, or they went before it counts.
    NotKnown,
}

impl Default for DriversQuestion {
    fn default() -> DriversQuestion {
        DriversQuestion {
            sample: SampleQuestion::default(),
            as_of: None,
            known_at: None,
            properties: Vec::new(),
            method: Method::default(),
            factors: None,
            group_from: 0.7,
            confidence: 0.95,
            correction: Correction::BenjaminiHochberg,
            seed: 0,
            cell: None,
        }
    }
}
