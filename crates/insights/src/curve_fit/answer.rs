//! The answer: cohorts as they were seen, curves fitted to them, and how the proposed one goes on.

use perennial_types::question::{Definition, Refusal, Warning};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::question::{CurveFitQuestion, CurveName};
use crate::grouping::Group;
use crate::retention::Members;

/// A curve fit answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CurveFitAnswer {
    /// `curve_fit`.
    pub kind: String,
    /// All customers.
    pub everybody: FitAnswer,
    /// Every group, when customers are told apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<FitAnswer>,
    /// Share a period is worth less than the one before it.
    pub discount_per_period: f64,
    /// Customers who started after the instant until which all is known.
    pub too_recent: u64,
    /// What exactly was computed.
    pub definition: Definition,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// The customers of the number that was asked for.
    #[schema(required)]
    pub customers: Option<Members>,
    /// The question, every default filled in.
    pub question: CurveFitQuestion,
}

/// The curves of one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CurveFitGroup)]
pub struct FitAnswer {
    /// Values of the breakdown.
    #[schema(required, value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether the group is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// Its cohorts.
    pub cohorts: Vec<CohortAnswer>,
    /// All cohorts together, age by age, 0 left out.
    pub observed: Vec<Observed>,
    /// Last periods the curves did not see when they were compared; null where they were not.
    #[schema(required)]
    pub holdout_periods: Option<u32>,
    /// The curves, in the order asked.
    pub curves: Vec<CurveAnswer>,
    /// How the one proposed goes on; null without one.
    #[schema(required)]
    pub proposal: Option<Proposal>,
    /// Why none is proposed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
}

/// One cohort as it was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CurveFitCohort)]
pub struct CohortAnswer {
    /// First civil date of the period of its start.
    pub start: String,
    /// What that is called.
    pub label: String,
    /// Customers who started.
    pub customers: u64,
    /// Customers still there after 1, 2, … periods, as far as that is known.
    pub there: Vec<u64>,
}

/// All cohorts at one age.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CurveFitObserved)]
pub struct Observed {
    /// Periods since the start.
    pub age: u32,
    /// Customers there one period earlier, of cohorts followed until this age.
    pub at_risk: u64,
    /// Of those, who was gone.
    pub lost: u64,
    /// Share still there, the product of 1 − lost ÷ at risk until here.
    #[schema(required)]
    pub survival: Option<f64>,
}

/// One curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CurveFitCurve)]
pub struct CurveAnswer {
    /// Which.
    pub curve: CurveName,
    /// Its parameters; none where it was not fitted.
    pub parameters: Vec<Parameter>,
    /// The log-likelihood of all customers.
    #[schema(required)]
    pub log_likelihood: Option<f64>,
    /// Akaike's criterion: less is better.
    #[schema(required)]
    pub aic: Option<f64>,
    /// Root of the mean squared difference from what was seen, in shares.
    #[schema(required)]
    pub fit_error: Option<f64>,
    /// Mean absolute error on the held-out periods, as a share of the customers seen in them.
    #[schema(required)]
    pub holdout_error: Option<f64>,
    /// The same with its sign: above 0 where too many were promised.
    #[schema(required)]
    pub holdout_bias: Option<f64>,
    /// S(t) after 1, 2, … periods, to the end of the projection.
    pub survival: Vec<f64>,
    /// What the parameters do not tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Warning>,
    /// Why it was not fitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
    /// Why there is no error on held-out periods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holdout_refused: Option<Refusal>,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CurveFitParameter)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// Its standard error; null where it has none.
    #[schema(required)]
    pub standard_error: Option<f64>,
}

/// How the proposed curve goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CurveFitProposal)]
pub struct Proposal {
    /// The curve that erred least on the held-out periods.
    pub curve: CurveName,
    /// Age by age from 1 on.
    pub projection: Vec<Projected>,
    /// Expected periods a new customer is there, the first one counted, discounted.
    pub discounted_periods: Expected,
    /// The same without a discount, until the end of the projection.
    pub periods_until_end: Expected,
}

/// A number with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CurveFitExpected)]
pub struct Expected {
    /// The number; null where the sum does not settle.
    #[schema(required)]
    pub value: Option<f64>,
    /// Lower end.
    #[schema(required)]
    pub low: Option<f64>,
    /// Upper end.
    #[schema(required)]
    pub high: Option<f64>,
}

/// The curve at one age.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CurveFitProjected)]
pub struct Projected {
    /// Periods since the start.
    pub age: u32,
    /// Share still there.
    pub survival: f64,
    /// Its interval.
    #[schema(required)]
    pub low: Option<f64>,
    /// Its upper end.
    #[schema(required)]
    pub high: Option<f64>,
    /// Share of those there one period earlier.
    pub retention: f64,
    /// Whether the age lies beyond what was seen.
    pub ahead: bool,
}
