//! The question as it is written in JSON. Every field has a default.

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_types::calendar::{Unit, Weekday, Zone};
use perennial_types::question::Population;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::benchmarks::{Benchmark, Measure};
use crate::crr::Active;

/// The company's own rates beside published ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BenchmarkQuestion {
    /// The rates that are wanted.
    pub measures: Vec<Measure>,
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
    /// When a customer is active, for retention and churn.
    pub active: Active,
    /// Whose customers count.
    pub population: Population,
    /// The industry whose bands are wanted; `None` for all.
    pub industry: Option<String>,
    /// Bands to compare with instead of the published ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<Vec<Benchmark>>,
    /// The number whose customers are wanted.
    pub cell: Option<CellRef>,
}

/// The number whose customers are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = BenchmarkCellRef)]
#[serde(deny_unknown_fields)]
pub struct CellRef {
    /// The rate.
    pub measure: Measure,
    /// Which of its customers.
    #[serde(default)]
    pub set: SetName,
}

/// The two numbers of a rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = BenchmarkSetName)]
#[serde(rename_all = "snake_case")]
pub enum SetName {
    /// Who is counted.
    #[default]
    Customers,
    /// Out of whom.
    Of,
}

impl Default for BenchmarkQuestion {
    fn default() -> BenchmarkQuestion {
        BenchmarkQuestion {
            measures: Measure::ALL.to_vec(),
            period: Unit::Month,
            from: None,
            to: None,
            as_of: None,
            zone: Zone::utc(),
            week_start: Weekday::Monday,
            fiscal_year_start: 1,
            active: Active::default(),
            population: Population::Buyers,
            industry: None,
            rows: None,
            cell: None,
        }
    }
}
