//! The question as it is written in JSON. Every field has a default.

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_types::calendar::{Unit, Weekday, Zone};
use perennial_types::filter::EventFilter;
use perennial_types::question::Population;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::grouping::Group;
use crate::holidays::Holiday;

/// What a series is made of, and where it changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SeasonalityQuestion {
    /// The series: a measure, or a number of another question.
    pub of: Of,
    /// Which number of that question; its most telling one unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Values of that question's breakdown; `None` for everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether the group is the computed rest.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// Length of a period; a day for measures, that of the other question for its numbers.
    pub period: Option<Unit>,
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
    /// Whose customers count in a measure.
    pub population: Population,
    /// Which events the measures `events` and `customers` count; `None` for any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<EventFilter>,
    /// The only currency that counts in a measure of money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Periods of a season, or of several; a day of hours, a week of days, a year of weeks, months
    /// or quarters unless said.
    pub season: Option<Season>,
    /// How the parts make the whole; factors for counts and money above 0, else summands.
    pub form: Option<Form>,
    /// Whether outliers count for less.
    pub robust: bool,
    /// Periods of the trend's smoother; 57 for days, else what STL chooses.
    pub trend_length: Option<usize>,
    /// Holidays looked at instead of the built-in ones; none where empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holidays: Option<Vec<Holiday>>,
    /// How changes are looked for.
    pub changes: ChangeRule,
    /// The number whose customers are wanted.
    pub cell: Option<CellRef>,
}

/// The series: exactly one of `measure` and `kind`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SeasonalityOf)]
#[serde(deny_unknown_fields, default)]
pub struct Of {
    /// A number counted per period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure: Option<Measure>,
    /// Another kind of question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// That question, without `as_of`, `zone`, `from` and `to`, which stand beside `of`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub question: Option<Value>,
}

/// A number counted per period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SeasonalityMeasure)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Purchases.
    Orders,
    /// Customers with a purchase.
    Buyers,
    /// Money of purchases.
    Revenue,
    /// Money of purchases less refunds, each in its own period.
    NetRevenue,
    /// Occurrences of the event.
    Events,
    /// Customers with an occurrence of it.
    Customers,
}

impl Measure {
    /// Its name in questions.
    pub fn name(self) -> &'static str {
        match self {
            Measure::Orders => "orders",
            Measure::Buyers => "buyers",
            Measure::Revenue => "revenue",
            Measure::NetRevenue => "net_revenue",
            Measure::Events => "events",
            Measure::Customers => "customers",
        }
    }

    /// Whether it adds up money.
    pub fn is_money(self) -> bool {
        matches!(self, Measure::Revenue | Measure::NetRevenue)
    }

    /// Whether it counts customers, not what they did.
    pub fn is_of_customers(self) -> bool {
        matches!(self, Measure::Buyers | Measure::Customers)
    }
}

/// Periods of a season, or of several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SeasonalitySeason)]
#[serde(untagged, expecting = "a season is a number of periods, or a list of them")]
pub enum Season {
    /// One season.
    One(usize),
    /// Several, the shortest first.
    Several(Vec<usize>),
}

/// How the parts make the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SeasonalityForm)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Trend + seasons + remainder.
    Additive,
    /// Trend · seasons · remainder.
    Multiplicative,
}

/// How changes are looked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SeasonalityChangeRule)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeRule {
    /// What the adjusted series looks like between two changes.
    pub shape: Shape,
    /// Fewest periods between two changes; 24 of hours, 14 of days, 6 of weeks, else 4.
    pub min_length: Option<usize>,
    /// Times the usual penalty; more for fewer changes.
    pub strictness: f64,
}

/// What a series looks like between two changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SeasonalityShape)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// A level.
    Level,
    /// A straight line.
    Line,
}

/// The number whose customers are wanted: those behind a period of a measure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SeasonalityCellRef)]
#[serde(deny_unknown_fields)]
pub struct CellRef {
    /// `start` of one of the answer's points.
    pub start: String,
}

impl Default for ChangeRule {
    fn default() -> ChangeRule {
        ChangeRule { shape: Shape::Line, min_length: None, strictness: 1.0 }
    }
}

impl Default for SeasonalityQuestion {
    fn default() -> SeasonalityQuestion {
        SeasonalityQuestion {
            of: Of::default(),
            value: None,
            group: None,
            other: false,
            period: None,
            from: None,
            to: None,
            as_of: None,
            zone: Zone::utc(),
            week_start: Weekday::Monday,
            fiscal_year_start: 1,
            population: Population::Everyone,
            event: None,
            currency: None,
            season: None,
            form: None,
            robust: true,
            trend_length: None,
            holidays: None,
            changes: ChangeRule::default(),
            cell: None,
        }
    }
}
