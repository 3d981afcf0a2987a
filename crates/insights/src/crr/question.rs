//! The question as it is written in JSON. Every field has a default.

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_types::calendar::{Unit, Weekday, Zone};
use perennial_types::question::Population;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::benchmarks::Benchmark;
use crate::grouping::Group;
use crate::retention::Breakdown;

/// How many of the active stay active.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CrrQuestion {
    /// Length of a period.
    pub period: Unit,
    /// First civil date, widened to a whole period.
    pub from: Option<Date>,
    /// Last civil date, widened likewise.
    pub to: Option<Date>,
    /// End of the known world.
    pub as_of: Option<Timestamp>,
    /// Zone of every civil date.
    pub zone: Zone,
    /// First day of a week.
    pub week_start: Weekday,
    /// First month of a fiscal year, 1 to 12.
    pub fiscal_year_start: u8,
    /// When a customer is active.
    pub active: Active,
    /// Whose customers count.
    pub population: Population,
    /// Whether recently acquired customers are told apart.
    pub by: By,
    /// Columns the customers are told apart by.
    pub breakdown: Vec<Breakdown>,
    /// Groups shown; the rest is one more, `Other`.
    pub top: usize,
    /// The published band to compare with.
    pub industry: Option<String>,
    /// Bands to compare with instead of the published ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub benchmarks: Option<Vec<Benchmark>>,
    /// The set whose customers are wanted.
    pub cell: Option<CellRef>,
}

/// When a customer is active: by a trailing window, unless a subscription is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Active {
    /// Length of the trailing window in days of 24 hours; `None` for the 90th percentile of the
    /// gaps between purchases.
    pub trailing_days: Option<f64>,
    /// Events that start and end a subscription.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription: Option<Subscription>,
}

/// Events that start and end a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// Name of the event that starts it.
    pub start: String,
    /// Name of the event that ends it.
    pub end: String,
}

/// Whether recently acquired customers are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// All together.
    All,
    /// Those acquired in the period before, and those acquired earlier. Whoever is acquired in
    /// the period itself is in neither.
    NewOld,
}

/// One set of one period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CrrCellRef)]
#[serde(deny_unknown_fields)]
pub struct CellRef {
    /// `start` of the period as the answer writes it, or `overall`.
    pub period: String,
    /// Which of its customers.
    pub set: SetName,
    /// Values of the breakdown, and `new` or `old` last where those are told apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether the group is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
}

/// The sets of a period, by the names of their numbers in the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SetName {
    /// Active at the start.
    S,
    /// Active at the end.
    E,
    /// Acquired in the period and active at its end.
    N,
    /// Active at both.
    Kept,
    /// Active at the end, not at the start, acquired earlier.
    WonBack,
    /// Active at the start, not at the end.
    Lost,
    /// Acquired in the period.
    Acquired,
}

impl Default for CrrQuestion {
    fn default() -> CrrQuestion {
        CrrQuestion {
            period: Unit::Month,
            from: None,
            to: None,
            as_of: None,
            zone: Zone::utc(),
            week_start: Weekday::Monday,
            fiscal_year_start: 1,
            active: Active::default(),
            population: Population::Buyers,
            by: By::All,
            breakdown: Vec::new(),
            top: 10,
            industry: None,
            benchmarks: None,
            cell: None,
        }
    }
}
