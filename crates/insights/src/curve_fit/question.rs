//! The question as it is written in JSON. Every field has a default.

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_models::lifetime::curves::Shape;
use perennial_types::calendar::{Unit, Weekday, Zone};
use perennial_types::filter::EventFilter;
use perennial_types::question::Population;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::grouping::Group;
use crate::retention::Breakdown;
use crate::stays::Leaving;

/// How a retention curve goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CurveFitQuestion {
    /// Length of a period; a day or longer.
    pub period: Unit,
    /// First civil date of a start, widened to a whole period.
    pub from: Option<Date>,
    /// Last civil date of a start, widened likewise.
    pub to: Option<Date>,
    /// End of the known world.
    pub as_of: Option<Timestamp>,
    /// Zone of every civil date.
    pub zone: Zone,
    /// First day of a week.
    pub week_start: Weekday,
    /// First month of a fiscal year, 1 to 12.
    pub fiscal_year_start: u8,
    /// What starts a stay; absent for the first occurrence that keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<EventFilter>,
    /// With silence: what shows that a customer is still here; absent for purchases, and for any
    /// event of everyone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<EventFilter>,
    /// How a customer leaves.
    pub leave: Leaving,
    /// Whose customers count; `None` for buyers, and for everyone where an event says leaving.
    pub population: Option<Population>,
    /// Columns the customers are told apart by.
    pub breakdown: Vec<Breakdown>,
    /// Groups shown by themselves; the rest is one more, `Other`.
    pub top: usize,
    /// The curves that are tried.
    pub curves: Vec<CurveName>,
    /// The last periods, which the curves do not see when they are compared; `None` for a quarter of
    /// the longest time followed.
    pub holdout_periods: Option<u32>,
    /// Periods the curve is carried on by.
    pub ahead: u32,
    /// What a period a year from now is worth less, as a share: 0.1 for 10 %.
    pub discount_per_year: f64,
    /// Level of the intervals.
    pub level: f64,
    /// Draws of the bootstrap.
    pub draws: u32,
    /// Where its random numbers begin.
    pub seed: u64,
    /// The number whose customers are wanted.
    pub cell: Option<CellRef>,
}

/// A curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CurveName {
    /// Chances of leaving that differ between customers.
    Sbg,
    /// One chance of leaving for all.
    Exponential,
    /// A risk that falls or rises with age.
    Weibull,
    /// A first drop, then a power of the age.
    Power,
}

impl CurveName {
    /// Every curve.
    pub const ALL: [CurveName; 4] =
        [CurveName::Sbg, CurveName::Exponential, CurveName::Weibull, CurveName::Power];

    /// As the model has it.
    pub fn shape(self) -> Shape {
        match self {
            CurveName::Sbg => Shape::Sbg,
            CurveName::Exponential => Shape::Exponential,
            CurveName::Weibull => Shape::Weibull,
            CurveName::Power => Shape::Power,
        }
    }

    /// Its name in answers.
    pub fn name(self) -> &'static str {
        match self {
            CurveName::Sbg => "sbg",
            CurveName::Exponential => "exponential",
            CurveName::Weibull => "weibull",
            CurveName::Power => "power",
        }
    }
}

/// The number whose customers are wanted: those of a cohort, or of all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CurveFitCellRef)]
#[serde(deny_unknown_fields)]
pub struct CellRef {
    /// Which customers.
    pub set: SetName,
    /// `start` of the cohort as the answer writes it; absent for all cohorts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<String>,
    /// The age in periods; 0 is the start.
    #[serde(default)]
    pub age: u32,
    /// Values of the breakdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether the group is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
}

/// The sets, by the names of their numbers in the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CurveFitSetName)]
#[serde(rename_all = "snake_case")]
pub enum SetName {
    /// There after so many periods, all of them known.
    There,
    /// There when the period before the age began, and followed through it.
    AtRisk,
    /// Of those, who was gone at the age.
    Lost,
}

impl CurveFitQuestion {
    /// Whose customers count.
    pub fn population(&self) -> Population {
        self.population.unwrap_or(match self.leave {
            Leaving::SilenceDays(_) => Population::Buyers,
            Leaving::Event(_) => Population::Everyone,
        })
    }
}

impl Default for CurveFitQuestion {
    fn default() -> CurveFitQuestion {
        CurveFitQuestion {
            period: Unit::Month,
            from: None,
            to: None,
            as_of: None,
            zone: Zone::utc(),
            week_start: Weekday::Monday,
            fiscal_year_start: 1,
            start: None,
            event: None,
            leave: Leaving::default(),
            population: None,
            breakdown: Vec::new(),
            top: 5,
            curves: CurveName::ALL.to_vec(),
            holdout_periods: None,
            ahead: 12,
            discount_per_year: 0.1,
            level: 0.95,
            draws: 200,
            seed: 1,
            cell: None,
        }
    }
}
