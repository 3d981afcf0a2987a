//! The question as it is written in JSON. Every field has a default.

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_models::survival::log_rank::Weight;
use perennial_types::calendar::Zone;
use perennial_types::filter::EventFilter;
use perennial_types::question::Population;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::grouping::Group;
use crate::retention::Breakdown;
use crate::stays::Leaving;

/// How long customers stay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SurvivalQuestion {
    /// First civil date of a start.
    pub from: Option<Date>,
    /// Last civil date of a start.
    pub to: Option<Date>,
    /// End of the known world.
    pub as_of: Option<Timestamp>,
    /// Zone of every civil date.
    pub zone: Zone,
    /// What starts a stay; absent for the first occurrence that keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<EventFilter>,
    /// With silence: what shows that a customer is still here; absent for purchases, and for any
    /// event of everyone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<EventFilter>,
    /// How a customer leaves.
    pub leave: Leaving,
    /// Field of the start with the date at which the relationship really began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub began: Option<String>,
    /// Whose customers count; `None` for buyers, and for everyone where an event says leaving.
    pub population: Option<Population>,
    /// Columns the customers are told apart by.
    pub breakdown: Vec<Breakdown>,
    /// Groups, and values of a covariate, shown by themselves; the rest is one more, `Other`.
    pub top: usize,
    /// Days from one age of the curve to the next; `None` for the least of 1, 7, 30, 91 and 365
    /// that makes at most 60 of them.
    pub step_days: Option<u32>,
    /// Where means are cut off; `None` for the longest stay watched in every group.
    pub until_days: Option<u32>,
    /// Ages at which the remaining stay is told.
    pub remaining_at: Vec<u32>,
    /// Level of the intervals.
    pub level: f64,
    /// How the moments count when groups are compared.
    pub weight: TestWeight,
    /// Fields of the start that may go with leaving.
    pub covariates: Vec<Covariate>,
    /// The number whose customers are wanted.
    pub cell: Option<CellRef>,
}

/// How much each moment counts when groups are compared.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SurvivalTestWeight)]
#[serde(rename_all = "snake_case")]
pub enum TestWeight {
    /// All alike: the log-rank test.
    LogRank,
    /// By customers at risk: early differences.
    Wilcoxon,
    /// By the root of the customers at risk.
    TaroneWare,
    /// By Peto's survival: early differences, whatever the censoring.
    Peto,
    /// By powers of the pooled curve just before: `p` for early, `q` for late differences.
    FlemingHarrington {
        /// The power of S.
        p: f64,
        /// The power of 1 − S.
        q: f64,
    },
}

impl TestWeight {
    /// As the model has it.
    pub fn model(self) -> Weight {
        match self {
            TestWeight::LogRank => Weight::LogRank,
            TestWeight::Wilcoxon => Weight::Wilcoxon,
            TestWeight::TaroneWare => Weight::TaroneWare,
            TestWeight::Peto => Weight::Peto,
            TestWeight::FlemingHarrington { p, q } => Weight::FlemingHarrington { p, q },
        }
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            TestWeight::LogRank => "log-rank",
            TestWeight::Wilcoxon => "Wilcoxon (Gehan)",
            TestWeight::TaroneWare => "Tarone–Ware",
            TestWeight::Peto => "Peto",
            TestWeight::FlemingHarrington { .. } => "Fleming–Harrington",
        }
    }
}

/// A field of the start that may go with leaving.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SurvivalCovariate)]
#[serde(deny_unknown_fields)]
pub struct Covariate {
    /// A field of the event, `amount` or `properties.plan` for two.
    pub field: String,
    /// How its values are read; `None` for a number where every value is one.
    #[serde(default)]
    pub kind: Option<CovariateKind>,
}

/// How the values of a covariate are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SurvivalCovariateKind)]
#[serde(rename_all = "snake_case")]
pub enum CovariateKind {
    /// Each value against the most frequent one.
    Category,
    /// As a number; customers without one take no part in the models.
    Number,
}

/// The number whose customers are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SurvivalCellRef)]
#[serde(deny_unknown_fields)]
pub struct CellRef {
    /// Which customers.
    pub set: SetName,
    /// `from_days` of the age meant; absent for those of any age.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_days: Option<u32>,
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
#[schema(as = SurvivalSetName)]
#[serde(rename_all = "snake_case")]
pub enum SetName {
    /// Everybody followed.
    Customers,
    /// Watched when the age begins.
    AtRisk,
    /// Watched from within the age on only.
    Entered,
    /// Left, within the age where one is given.
    Left,
    /// Last known to be here, within the age where one is given.
    Censored,
    /// Who started too recently to be followed.
    TooRecent,
}

impl SurvivalQuestion {
    /// Whose customers count.
    pub fn population(&self) -> Population {
        self.population.unwrap_or(match self.leave {
            Leaving::SilenceDays(_) => Population::Buyers,
            Leaving::Event(_) => Population::Everyone,
        })
    }
}

impl Default for SurvivalQuestion {
    fn default() -> SurvivalQuestion {
        SurvivalQuestion {
            from: None,
            to: None,
            as_of: None,
            zone: Zone::utc(),
            start: None,
            event: None,
            leave: Leaving::default(),
            began: None,
            population: None,
            breakdown: Vec::new(),
            top: 5,
            step_days: None,
            until_days: None,
            remaining_at: vec![0, 30, 90, 180, 365],
            level: 0.95,
            weight: TestWeight::LogRank,
            covariates: Vec::new(),
            cell: None,
        }
    }
}
