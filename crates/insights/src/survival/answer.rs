//! The answer: curves and lengths of stay by group, their comparison, and what goes with leaving.

use perennial_types::question::{Definition, Refusal, Warning};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::question::SurvivalQuestion;
use crate::grouping::Group;
use crate::retention::Members;
use crate::significance::Correction;

/// A survival answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SurvivalAnswer {
    /// `survival`.
    pub kind: String,
    /// All customers.
    pub everybody: GroupAnswer,
    /// Every group, when customers are told apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupAnswer>,
    /// Whether the groups differ; null without groups.
    #[schema(required)]
    pub comparison: Option<Comparison>,
    /// What goes with leaving sooner; null without covariates.
    #[schema(required)]
    pub cox: Option<CoxAnswer>,
    /// The same as a stretch of time; null without covariates.
    #[schema(required)]
    pub weibull_aft: Option<WeibullAft>,
    /// Who took no part, and what could not be read.
    pub left_out: LeftOut,
    /// What exactly was computed.
    pub definition: Definition,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// The customers of the number that was asked for.
    #[schema(required)]
    pub customers: Option<Members>,
    /// The question, every default filled in.
    pub question: SurvivalQuestion,
}

/// Who took no part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SurvivalLeftOut)]
pub struct LeftOut {
    /// Customers who started after the instant until which all is known.
    pub too_recent: u64,
    /// Customers whose `began` named no date on or before their start; theirs counts from the start.
    pub unreadable: u64,
}

/// The stays of one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SurvivalGroup)]
pub struct GroupAnswer {
    /// Values of the breakdown.
    #[schema(required, value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether the group is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// Customers followed.
    pub customers: u64,
    /// Of those, who left.
    pub left: u64,
    /// Of those, who was still here when last known.
    pub here: u64,
    /// Of the customers, who was watched from an age above 0 on only.
    pub delayed: u64,
    /// The first age at which no more than half are here; null where more are.
    #[schema(required)]
    pub median_days: Option<f64>,
    /// Its interval; an end that is not reached is null.
    #[schema(required)]
    pub median_low: Option<f64>,
    /// Its upper end.
    #[schema(required)]
    pub median_high: Option<f64>,
    /// The mean stay up to `until_days`; null beyond what was observed.
    #[schema(required)]
    pub mean: Option<Mean>,
    /// The stay that remains at some ages.
    pub remaining: Vec<Remaining>,
    /// The Weibull distribution nearest to the stays.
    #[schema(required)]
    pub weibull: Option<WeibullAnswer>,
    /// Why there is no curve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
    /// Why there is no Weibull distribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weibull_refused: Option<Refusal>,
    /// The curve, age by age.
    pub ages: Vec<AgeAnswer>,
}

/// A mean stay, cut off.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SurvivalMean)]
pub struct Mean {
    /// Days.
    pub days: f64,
    /// Standard error.
    pub standard_error: f64,
    /// Days after this age did not count.
    pub until_days: f64,
    /// Whether somebody was still here then, so that the whole mean is larger.
    pub is_cut: bool,
}

/// The stay that remains at an age.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SurvivalRemaining)]
pub struct Remaining {
    /// The age in days.
    pub age_days: u32,
    /// Customers watched longer than that.
    pub at_risk: u64,
    /// Mean days more up to `until_days`; null where nobody was seen beyond the age.
    #[schema(required)]
    pub more: Option<Mean>,
    /// Mean days more in all, by the Weibull distribution; null without one.
    #[schema(required)]
    pub weibull_days: Option<f64>,
}

/// A Weibull distribution of stays.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SurvivalWeibull)]
pub struct WeibullAnswer {
    /// ρ: above 1, leaving becomes more frequent with age.
    pub shape: f64,
    /// λ in days: the age by which 1 − 1/e have left.
    pub scale_days: f64,
    /// Median stay in days.
    pub median_days: f64,
    /// Mean stay in days.
    pub mean_days: f64,
    /// The log-likelihood.
    pub log_likelihood: f64,
}

/// One age of the curve: longer than `from_days`, not longer than `to_days`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SurvivalAge)]
pub struct AgeAnswer {
    /// Days.
    pub from_days: u32,
    /// Days.
    pub to_days: u32,
    /// Customers watched when it begins.
    pub at_risk: u64,
    /// Customers watched from within it on only.
    pub entered: u64,
    /// Customers whose stay ended in it.
    pub left: u64,
    /// Customers last known to be here in it.
    pub censored: u64,
    /// Share whose stay is longer than `to_days`; null beyond what was observed.
    #[schema(required)]
    pub survival: Option<f64>,
    /// Its interval; null where there is none.
    #[schema(required)]
    pub low: Option<f64>,
    /// Its upper end.
    #[schema(required)]
    pub high: Option<f64>,
    /// Hazard gathered by `to_days`.
    #[schema(required)]
    pub hazard: Option<f64>,
    /// Its interval.
    #[schema(required)]
    pub hazard_low: Option<f64>,
    /// Its upper end.
    #[schema(required)]
    pub hazard_high: Option<f64>,
    /// Mean hazard per day in it.
    #[schema(required)]
    pub rate_per_day: Option<f64>,
}

/// Whether the groups differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SurvivalComparison)]
pub struct Comparison {
    /// The test: `log-rank` for one.
    pub test: String,
    /// All groups at once; null where that is refused.
    #[schema(required)]
    pub overall: Option<TestAnswer>,
    /// Why it is null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
    /// How the p-values of pairs are corrected.
    pub correction: Correction,
    /// Every pair of groups.
    pub pairs: Vec<PairAnswer>,
}

/// A test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SurvivalTest)]
pub struct TestAnswer {
    /// χ².
    pub statistic: f64,
    /// Its degrees of freedom.
    pub degrees_of_freedom: usize,
    /// P(χ² this large or larger, if the groups stay alike).
    pub p: f64,
}

/// A pair of groups, by their positions in `groups`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SurvivalPair)]
pub struct PairAnswer {
    /// The one.
    pub first: usize,
    /// The other.
    pub second: usize,
    /// Who left of the one, and who would have if both stayed alike.
    pub first_left: u64,
    /// Expected.
    pub first_expected: f64,
    /// Who left of the other.
    pub second_left: u64,
    /// Expected.
    pub second_expected: f64,
    /// χ² with one degree of freedom.
    pub statistic: f64,
    /// Its p-value.
    pub p: f64,
    /// The same corrected for all pairs.
    pub p_corrected: f64,
}

/// Cox's model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SurvivalCox)]
pub struct CoxAnswer {
    /// Why it was not fitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
    /// Customers who took part.
    pub customers: u64,
    /// Of those, who left.
    pub left: u64,
    /// Customers without a number of a covariate.
    pub without_a_number: u64,
    /// One per number, and per value but the most frequent one.
    pub effects: Vec<Effect>,
    /// All effects at once: the likelihood-ratio test.
    #[schema(required)]
    pub overall: Option<TestAnswer>,
    /// How often of two customers the one at higher hazard left first; ½ is chance.
    #[schema(required)]
    pub concordance: Option<f64>,
    /// The partial log-likelihood.
    #[schema(required)]
    pub log_likelihood: Option<f64>,
}

/// What goes with leaving sooner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SurvivalEffect)]
pub struct Effect {
    /// The field, with its value where it is one of several.
    pub name: String,
    /// The value it is compared with; null of a number.
    #[schema(required)]
    pub against: Option<String>,
    /// β: logarithm of the hazard ratio, of one unit more of a number.
    pub coefficient: f64,
    /// Its robust standard error.
    pub standard_error: f64,
    /// exp β; null where it leaves double precision, as its ends.
    #[schema(required)]
    pub hazard_ratio: Option<f64>,
    /// Its interval.
    #[schema(required)]
    pub low: Option<f64>,
    /// Its upper end.
    #[schema(required)]
    pub high: Option<f64>,
    /// P(|Z| this large or larger, if it has no effect).
    pub p: f64,
    /// The same corrected for all effects after Holm.
    pub p_corrected: f64,
    /// p-value of the Schoenfeld check: small where the effect changes with age; null where it
    /// cannot be told.
    #[schema(required)]
    pub drift_p: Option<f64>,
}

/// The Weibull model of accelerated leaving.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SurvivalWeibullAft)]
pub struct WeibullAft {
    /// Why it was not fitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
    /// ρ: above 1, leaving becomes more frequent with age.
    #[schema(required)]
    pub shape: Option<f64>,
    /// One per effect of the Cox model.
    pub effects: Vec<AftEffect>,
    /// The log-likelihood.
    #[schema(required)]
    pub log_likelihood: Option<f64>,
}

/// By what factor stays are longer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SurvivalAftEffect)]
pub struct AftEffect {
    /// As in the Cox model.
    pub name: String,
    /// Logarithm of the factor.
    pub coefficient: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// The factor; null where it leaves double precision, as its ends.
    #[schema(required)]
    pub time_ratio: Option<f64>,
    /// Its interval.
    #[schema(required)]
    pub low: Option<f64>,
    /// Its upper end.
    #[schema(required)]
    pub high: Option<f64>,
    /// P(|Z| this large or larger, if it has no effect).
    pub p: f64,
}
