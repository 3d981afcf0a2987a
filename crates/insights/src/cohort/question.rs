//! The question as it is written in JSON. Every field has a default.

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_types::calendar::{Unit, Weekday, Zone};
use perennial_types::filter::EventFilter;
use perennial_types::money::Decimal4;
use perennial_types::question::Population;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::grouping::Group;
use crate::retention::{Breakdown, Incomplete, Window};

/// What customers who started together have bought since.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CohortQuestion {
    /// What starts a customer's clock, the first of all history; `None` for the first purchase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<EventFilter>,
    /// What makes a cohort; `None` for the period of the start, or, with a breakdown, its groups.
    pub by: Option<By>,
    /// Length of a cohort's own period; the period of the ages unless said.
    pub rows: Option<Unit>,
    /// First civil date of the starts, widened to a whole cohort.
    pub from: Option<Date>,
    /// Last civil date of the starts, widened likewise.
    pub to: Option<Date>,
    /// End of the known world.
    pub as_of: Option<Timestamp>,
    /// Zone of every civil date.
    pub zone: Zone,
    /// First day of a week.
    pub week_start: Weekday,
    /// First month of a fiscal year, 1 to 12.
    pub fiscal_year_start: u8,
    /// How time after the start is cut into ages.
    pub window: Window,
    /// Length of one age.
    pub period: Unit,
    /// Number of ages, the start's own included.
    pub periods: u32,
    /// Whose customers count; `None` for buyers where a purchase is the start, else everyone.
    pub population: Option<Population>,
    /// The only currency whose money counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What happens to cells that are not over yet; `None` for `show`, and for `eligible` where
    /// groups alone are the cohorts, whose members start at any time.
    pub incomplete: Option<Incomplete>,
    /// Columns the customers are told apart by.
    pub breakdown: Vec<Breakdown>,
    /// Groups shown by themselves; the rest is one more, `Other`.
    pub top: usize,
    /// What it costs to win a customer, whatever the cohort.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Decimal4>,
    /// The same of some cohorts; the first that fits counts, before `cost`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub costs: Vec<CostOf>,
    /// The share of the revenue that pays back the cost, above 0 and at most 1; all of it unless
    /// said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<Decimal4>,
    /// The number whose customers are wanted.
    pub cell: Option<CellRef>,
}

/// What makes a cohort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CohortBy)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The period of the start.
    Period,
    /// The values of the breakdown.
    Group,
    /// Both.
    Both,
}

/// What it costs to win a customer of some cohorts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CostOf {
    /// `start` of the cohort as the answer writes it; any unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<String>,
    /// Values of the breakdown; any unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Money per customer, in the currency of the answer.
    pub cost: Decimal4,
}

/// The number whose customers are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CohortCellRef)]
#[serde(deny_unknown_fields, default)]
pub struct CellRef {
    /// `start` of the cohort as the answer writes it; `None` for all of them together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cohort: Option<String>,
    /// The age of a cell; `None` for a number of the whole cohort.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// Which customers: `size` unless said, `customers` with an age.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set: Option<SetName>,
    /// Values of the breakdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether the group is the computed rest.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
}

/// The customers of a number, by its name in the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CohortSetName)]
#[serde(rename_all = "snake_case")]
pub enum SetName {
    /// The cohort.
    Size,
    /// Who has bought since the start.
    Buyers,
    /// Who has bought more than once.
    Repeat,
    /// Who bought at an age.
    Customers,
    /// Whom the numbers of an age are of.
    Of,
}

impl SetName {
    /// Whether it is a number of one age.
    pub fn is_of_an_age(self) -> bool {
        matches!(self, SetName::Customers | SetName::Of)
    }
}

impl Default for CohortQuestion {
    fn default() -> CohortQuestion {
        CohortQuestion {
            start: None,
            by: None,
            rows: None,
            from: None,
            to: None,
            as_of: None,
            zone: Zone::utc(),
            week_start: Weekday::Monday,
            fiscal_year_start: 1,
            window: Window::Calendar,
            period: Unit::Month,
            periods: 12,
            population: None,
            currency: None,
            incomplete: None,
            breakdown: Vec::new(),
            top: 10,
            cost: None,
            costs: Vec::new(),
            margin: None,
            cell: None,
        }
    }
}
