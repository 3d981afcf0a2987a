//! The question as it is written in JSON. Every field has a default.

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_types::calendar::{Unit, Zone};
use perennial_types::filter::EventFilter;
use perennial_types::money::Decimal4;
use perennial_types::question::Population;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::grouping::Group;
use crate::retention::Breakdown;

/// How customers score by recency, frequency and money.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RfmQuestion {
    /// First civil date whose purchases count; `None` for the whole history.
    pub from: Option<Date>,
    /// The reference date, the last whose purchases count; `None` for that of the latest event.
    pub to: Option<Date>,
    /// Purchases of so many civil dates up to the reference date count, instead of `from`.
    pub trailing_days: Option<u32>,
    /// End of the known world.
    pub as_of: Option<Timestamp>,
    /// Zone of every civil date.
    pub zone: Zone,
    /// Whose customers count: `buyers` or `net_buyers`.
    pub population: Population,
    /// Events that are purchases; `None` for orders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<EventFilter>,
    /// The only currency that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What is counted for F.
    pub frequency: Frequency,
    /// What is added up for M.
    pub money: Measure,
    /// Whether refunds lessen the money.
    pub refunds: Refunds,
    /// Where the bounds of the scores come from.
    pub scoring: Scoring,
    /// Scores of each measure, for quantiles: 2 to 9.
    pub bins: u8,
    /// What equal values score, for quantiles.
    pub ties: Ties,
    /// The bounds, for fixed scoring.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cutoffs: Option<Cutoffs>,
    /// Names of the cells; `None` for `rfm11` with five scores, `rfm8` with two, else `cells`.
    pub classes: Option<Classes>,
    /// An earlier date to compare with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub migration: Option<Migration>,
    /// How value tiers are drawn.
    pub tiers: Tiers,
    /// Columns the customers are told apart by.
    pub breakdown: Vec<Breakdown>,
    /// Groups shown by themselves; the rest is one more, `Other`.
    pub top: usize,
    /// The number whose customers are wanted.
    pub cell: Option<CellRef>,
}

/// What is counted for F.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// Purchases.
    Orders,
    /// Civil days with a purchase.
    Days,
}

/// What is added up for M.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// All money.
    Sum,
    /// Money per purchase, rounded half away from zero to a ten-thousandth.
    Mean,
}

/// Whether refunds lessen the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Refunds {
    /// They do, at their own instant.
    Net,
    /// They are passed over.
    Ignore,
}

/// Where the bounds of the scores come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scoring {
    /// Quantiles: as equal parts of the customers as ties allow.
    Quantile,
    /// The question.
    Fixed,
    /// The mean: 2 at or better than it, else 1.
    Mean,
    /// The median, likewise.
    Median,
}

/// What equal values score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ties {
    /// The same.
    Share,
    /// As if the customer whose outside id comes later were the better one.
    First,
}

/// Bounds of the scores from 2 on; a null bound is one nobody reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cutoffs {
    /// At most so many days since the last purchase, descending.
    pub recency_days: Vec<Option<i64>>,
    /// At least so many purchases, ascending.
    pub frequency: Vec<Option<i64>>,
    /// At least so much money, ascending.
    pub money: Vec<Option<Decimal4>>,
}

/// Names of the cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Classes {
    /// Eleven names of the 125 cells.
    Rfm11,
    /// Ten names of the 25 cells of R and F.
    Rf10,
    /// 重要价值 … 流失: eight names of a split in two.
    Rfm8,
    /// Every cell by its digits.
    Cells,
}

/// An earlier date to compare with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Migration {
    /// The earlier reference date.
    pub from: Date,
    /// Whether the later date is scored by bounds of its own.
    #[serde(default = "own")]
    pub cutoffs: MigrationCutoffs,
}

/// By which bounds the later date is scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MigrationCutoffs {
    /// Its own: a customer moves relative to the others.
    Own,
    /// Those of the earlier date: a customer moves by what they did.
    Kept,
}

/// How value tiers are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tiers {
    /// Share of the money that the high tier makes.
    pub high: f64,
    /// Share of the money that the high and the middle tier make together.
    pub middle: f64,
    /// By how much of the money a customer must pass a border to change tier.
    pub margin: f64,
    /// Periods of history before the reference date.
    pub periods: u8,
    /// Their length.
    pub period: Unit,
}

/// The number whose customers are wanted: exactly one of the first five.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RfmCellRef)]
#[serde(deny_unknown_fields, default)]
pub struct CellRef {
    /// A class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// A cell by its digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scores: Option<String>,
    /// A tier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<TierName>,
    /// Frequent buyers gone quiet.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub quiet: bool,
    /// Who moved from one class to another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub migration: Option<MigrationCell>,
    /// Values of the breakdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether the group is the computed rest.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
}

/// Who moved from one class to another; `none` is not to be in any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MigrationCell {
    /// Class at the earlier date.
    pub from: String,
    /// Class at the reference date.
    pub to: String,
}

/// A tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TierName {
    /// The customers that bring most of the money.
    High,
    /// The next.
    Middle,
    /// The rest, and whoever brings none.
    Low,
}

fn own() -> MigrationCutoffs {
    MigrationCutoffs::Own
}

impl Default for Tiers {
    fn default() -> Tiers {
        Tiers { high: 0.8, middle: 0.95, margin: 0.05, periods: 0, period: Unit::Month }
    }
}

impl Default for RfmQuestion {
    fn default() -> RfmQuestion {
        RfmQuestion {
            from: None,
            to: None,
            trailing_days: None,
            as_of: None,
            zone: Zone::utc(),
            population: Population::Buyers,
            event: None,
            currency: None,
            frequency: Frequency::Orders,
            money: Measure::Sum,
            refunds: Refunds::Net,
            scoring: Scoring::Quantile,
            bins: 5,
            ties: Ties::Share,
            cutoffs: None,
            classes: None,
            migration: None,
            tiers: Tiers::default(),
            breakdown: Vec::new(),
            top: 10,
            cell: None,
        }
    }
}
