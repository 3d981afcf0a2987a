//! The question as it is written in JSON. Every field has a default.

use jiff::Timestamp;
use perennial_types::calendar::{Unit, Weekday, Zone};
use perennial_types::filter::EventFilter;
use perennial_types::question::Population;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How many customers will be active and kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ForecastQuestion {
    /// Length of a period.
    pub period: Unit,
    /// End of the known world.
    pub as_of: Option<Timestamp>,
    /// Zone of every civil date.
    pub zone: Zone,
    /// First day of a week.
    pub week_start: Weekday,
    /// First month of a fiscal year, 1 to 12.
    pub fiscal_year_start: u8,
    /// What makes a customer active; absent for any event, and for purchases of buyers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<EventFilter>,
    /// Whose customers count.
    pub population: Population,
    /// Periods foretold.
    pub ahead: u32,
    /// Length of the season in periods; `None` for 24 hours, 7 days, 52 weeks, 12 months, 4 quarters.
    pub season: Option<u32>,
    /// Levels of the intervals.
    pub levels: Vec<f64>,
    /// Most origins in the past from which the methods are judged.
    pub origins: u32,
    /// What if more were back one period after they came; absent for nothing supposed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what_if: Option<WhatIf>,
    /// The number whose customers are wanted.
    pub cell: Option<CellRef>,
}

/// More, or fewer, who are active one period after the one they came in.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ForecastWhatIf)]
#[serde(deny_unknown_fields)]
pub struct WhatIf {
    /// Added to that share: 0.05 for five points more. Later ages keep their ratio to it.
    pub points: f64,
}

/// The number whose customers are wanted: of a period that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ForecastCellRef)]
#[serde(deny_unknown_fields)]
pub struct CellRef {
    /// `start` of the period as the answer writes it.
    pub period: String,
    /// Which of its customers.
    pub set: SetName,
}

/// The sets, by the names of their numbers in the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ForecastSetName)]
#[serde(rename_all = "snake_case")]
pub enum SetName {
    /// With an occurrence in it.
    Active,
    /// With the first ever in it.
    New,
    /// With one in the period before too.
    Kept,
}

impl ForecastQuestion {
    /// Length of the season; `None` of years.
    pub fn season(&self) -> Option<u32> {
        self.season.or(match self.period {
            Unit::Hour => Some(24),
            Unit::Day => Some(7),
            Unit::Week => Some(52),
            Unit::Month => Some(12),
            Unit::Quarter => Some(4),
            Unit::Year => None,
        })
    }
}

impl Default for ForecastQuestion {
    fn default() -> ForecastQuestion {
        ForecastQuestion {
            period: Unit::Month,
            as_of: None,
            zone: Zone::utc(),
            week_start: Weekday::Monday,
            fiscal_year_start: 1,
            event: None,
            population: Population::Buyers,
            ahead: 12,
            season: None,
            levels: vec![0.8, 0.95],
            origins: 36,
            what_if: None,
            cell: None,
        }
    }
}
