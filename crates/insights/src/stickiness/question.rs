//! The question as it is written in JSON. Every field has a default.

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_types::calendar::{Unit, Weekday, Zone};
use perennial_types::filter::EventFilter;
use perennial_types::question::Population;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::grouping::Group;
use crate::retention::Breakdown;

/// On how many periods customers are there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StickinessQuestion {
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
    /// What makes a customer active; `None` for any event, and for purchases of buyers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<EventFilter>,
    /// Whose customers count.
    pub population: Population,
    /// Occurrences a period needs.
    pub min_occurrences: u32,
    /// Columns the customers are told apart by.
    pub breakdown: Vec<Breakdown>,
    /// Groups shown; the rest is one more, `Other`.
    pub top: usize,
    /// The number whose customers are wanted.
    pub cell: Option<CellRef>,
}

/// The number whose customers are wanted: exactly one of the first four.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = StickinessCellRef)]
#[serde(deny_unknown_fields, default)]
pub struct CellRef {
    /// Active in exactly so many periods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exactly: Option<u32>,
    /// Active in at least so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u32>,
    /// With gaps of this kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regularity: Option<Regularity>,
    /// Active on a day, or in the days that end with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<Date>,
    /// Which of them; the day itself unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set: Option<DaySet>,
    /// Values of the breakdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether the group is the computed rest.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
}

/// The days whose customers are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DaySet {
    /// The day.
    Dau,
    /// The 7 days that end with it.
    Wau,
    /// The 30 days that end with it.
    Mau,
}

impl DaySet {
    /// Every set, the shortest first.
    pub const ALL: [DaySet; 3] = [DaySet::Dau, DaySet::Wau, DaySet::Mau];

    /// How many civil days.
    pub fn n_days(self) -> usize {
        match self {
            DaySet::Dau => 1,
            DaySet::Wau => 7,
            DaySet::Mau => 30,
        }
    }
}

/// How regular a customer's gaps are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Regularity {
    /// Standard deviation less than half the mean.
    Regular,
    /// Less than the mean.
    Loose,
    /// At least the mean.
    Irregular,
    /// Fewer than two gaps.
    TooFew,
}

impl Regularity {
    /// Every kind, in the order of the answer.
    pub const ALL: [Regularity; 4] =
        [Regularity::Regular, Regularity::Loose, Regularity::Irregular, Regularity::TooFew];

    /// That of the gaps of a customer: how many, their sum and the sum of their squares.
    pub fn of(n: u64, sum: u64, squares: u64) -> Regularity {
        let (n, sum, squares) = (i128::from(n), i128::from(sum), i128::from(squares));
        // n² times the variance, against the square of n times the mean.
        let (variance, mean) = (n * squares - sum * sum, sum * sum);
        match n {
            0 | 1 => Regularity::TooFew,
            _ if variance * 4 < mean => Regularity::Regular,
            _ if variance < mean => Regularity::Loose,
            _ => Regularity::Irregular,
        }
    }

    /// Its name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Regularity::Regular => "regular",
            Regularity::Loose => "loose",
            Regularity::Irregular => "irregular",
            Regularity::TooFew => "too_few",
        }
    }
}

impl Default for StickinessQuestion {
    fn default() -> StickinessQuestion {
        StickinessQuestion {
            period: Unit::Day,
            from: None,
            to: None,
            as_of: None,
            zone: Zone::utc(),
            week_start: Weekday::Monday,
            fiscal_year_start: 1,
            event: None,
            population: Population::Everyone,
            min_occurrences: 1,
            breakdown: Vec::new(),
            top: 10,
            cell: None,
        }
    }
}
