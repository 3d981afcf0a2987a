//! The question as it is written in JSON. Every field has a default.

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_types::calendar::{Unit, Weekday, Zone};
use perennial_types::filter::EventFilter;
use perennial_types::question::Population;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::flow::Line;
use crate::grouping::Group;
use crate::retention::Breakdown;
use crate::rfm::Refunds;

/// How much money is kept from one period to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RevenueRetentionQuestion {
    /// Length of a period, `day` or longer.
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
    /// The base a period is compared with.
    pub compare: Compare,
    /// Money that recurs at a level; absent for the money of purchases.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurring: Option<Recurring>,
    /// Whether refunds lessen the money of purchases.
    pub refunds: Refunds,
    /// The only currency that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Whose customers count; `None` for buyers, and for everyone where money recurs.
    pub population: Option<Population>,
    /// Columns the customers are told apart by.
    pub breakdown: Vec<Breakdown>,
    /// Groups shown by themselves; the rest is one more, `Other`.
    pub top: usize,
    /// The number whose customers are wanted.
    pub cell: Option<CellRef>,
}

/// The base a period is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RevenueRetentionCompare)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// The period before it.
    Previous,
    /// The same period a year before; of days and weeks the one 52 weeks before, on the same days of
    /// the week.
    YearAgo,
}

/// Money that recurs: a level that holds until the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Recurring {
    /// Events that set the level.
    pub event: EventFilter,
    /// The field that holds it: `amount`, or a property such as `properties.mrr`.
    #[serde(default = "amount")]
    pub value: String,
    /// Events that end it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<EventFilter>,
}

fn amount() -> String {
    "amount".to_owned()
}

/// The number whose customers are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RevenueRetentionCellRef)]
#[serde(deny_unknown_fields)]
pub struct CellRef {
    /// `start` of the period as the answer writes it.
    pub period: String,
    /// Which of its customers.
    pub set: SetName,
    /// Values of the breakdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether the group is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
}

/// The sets of a period, by the names of their numbers in the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RevenueRetentionSetName)]
#[serde(rename_all = "snake_case")]
pub enum SetName {
    /// With money in the base.
    Base,
    /// With money in the base, none in the period.
    Churned,
    /// With less than in the base.
    Contraction,
    /// With as much.
    Unchanged,
    /// With more.
    Expansion,
    /// Without money in the base, with some earlier, and again in the period.
    Reactivation,
    /// With money for the first time after the base.
    New,
    /// With money in the period.
    Current,
}

impl SetName {
    /// The lines it is made of.
    pub fn lines(self) -> &'static [Line] {
        match self {
            SetName::Base => &[Line::Churned, Line::Contraction, Line::Unchanged, Line::Expansion],
            SetName::Churned => &[Line::Churned],
            SetName::Contraction => &[Line::Contraction],
            SetName::Unchanged => &[Line::Unchanged],
            SetName::Expansion => &[Line::Expansion],
            SetName::Reactivation => &[Line::Reactivation],
            SetName::New => &[Line::New],
            SetName::Current => &[
                Line::Contraction,
                Line::Unchanged,
                Line::Expansion,
                Line::Reactivation,
                Line::New,
            ],
        }
    }
}

impl Default for RevenueRetentionQuestion {
    fn default() -> RevenueRetentionQuestion {
        RevenueRetentionQuestion {
            period: Unit::Month,
            from: None,
            to: None,
            as_of: None,
            zone: Zone::utc(),
            week_start: Weekday::Monday,
            fiscal_year_start: 1,
            compare: Compare::Previous,
            recurring: None,
            refunds: Refunds::Net,
            currency: None,
            population: None,
            breakdown: Vec::new(),
            top: 10,
            cell: None,
        }
    }
}
