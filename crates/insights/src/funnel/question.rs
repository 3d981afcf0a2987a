//! The funnel question as it is written in JSON. Every field but the steps has a default.

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_types::calendar::{Unit, Weekday, Zone};
use perennial_types::filter::{Condition, EventFilter, EventNames};
use perennial_types::question::Population;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::grouping::Group;
use crate::significance::Correction;

/// How many go through the steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FunnelQuestion {
    /// The steps, 2 to 16.
    pub steps: Vec<StepQuestion>,
    /// How the steps follow each other.
    pub order: Order,
    /// Which entry of a customer counts.
    pub entry: Entry,
    /// In strict order, whether the first step coming again amid an entry is passed over.
    pub reentry: bool,
    /// Whether one event may stand for one step only.
    pub once: bool,
    /// Whether every step must come later than the one before, not at the same instant.
    pub strict_increase: bool,
    /// Whether a step coming again ends the search.
    pub strict_deduplication: bool,
    /// Longest time from the first step to the last, its end included.
    pub within: Length,
    /// Events that end an entry.
    pub exclude: Vec<Exclusion>,
    /// A field that must be the same at every step.
    pub hold: Option<String>,
    /// First civil date of the entries.
    pub from: Option<Date>,
    /// Last civil date of the entries.
    pub to: Option<Date>,
    /// End of the known world.
    pub as_of: Option<Timestamp>,
    /// Zone of every civil date.
    pub zone: Zone,
    /// First day of a week.
    pub week_start: Weekday,
    /// First month of a fiscal year, 1 to 12.
    pub fiscal_year_start: u8,
    /// Length of a row of the trend; no trend where absent.
    pub period: Option<Unit>,
    /// Whose customers count.
    pub population: Population,
    /// Columns the customers are told apart by.
    pub breakdown: Vec<FunnelBreakdown>,
    /// Groups shown; the rest is one more, `Other`.
    pub top: usize,
    /// Two groups to compare; every shown group with the largest one unless said.
    #[schema(value_type = Option<Vec<Vec<Option<String>>>>)]
    pub compare: Option<(Group, Group)>,
    /// How the p-values of the comparisons are corrected.
    pub correction: Correction,
    /// The number whose customers are wanted.
    pub cell: Option<CellRef>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FunnelStep)]
#[serde(deny_unknown_fields)]
pub struct StepQuestion {
    /// Names of the events.
    pub event: EventNames,
    /// What must hold of the row besides its name.
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    /// What the step is called; its event unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether an entry may go on without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// Events that end an entry between two steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FunnelExclusion)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// Names of the events.
    pub event: EventNames,
    /// What must hold of the row besides its name.
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    /// Number of the step after which it ends an entry; the first unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<usize>,
    /// Number of the step before which it does; the last unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<usize>,
}

/// How the steps follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FunnelOrder)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// One after the other, with anything between.
    Ordered,
    /// One after the other, with nothing between.
    Strict,
    /// Whichever comes first.
    Any,
}

/// Which entry of a customer counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FunnelEntry)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// The one that gets furthest.
    Best,
    /// The first one.
    First,
}

/// A length of time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Length {
    /// Of 60 seconds each.
    Minutes(f64),
    /// Of 60 minutes each.
    Hours(f64),
    /// Of 24 hours each.
    Days(f64),
}

/// A column the customers are told apart by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FunnelBreakdown {
    /// A field of the event, `currency` or `properties.country` for two.
    pub field: String,
    /// Whose value counts.
    #[serde(default = "first")]
    pub at: Touch,
}

fn first() -> Touch {
    Touch::First
}

/// Which step's value tells customers apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FunnelTouch)]
#[serde(rename_all = "snake_case")]
pub enum Touch {
    /// The first step's.
    First,
    /// The last step's that was reached.
    Last,
    /// Every step stands in the group of its own event: a customer may stand in several.
    Each,
}

/// One number of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FunnelCellRef)]
#[serde(deny_unknown_fields)]
pub struct CellRef {
    /// Number of the step, from 1.
    pub step: usize,
    /// Which of its customers.
    pub set: SetName,
    /// `start` of a period of the trend; the whole range where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// Values of the breakdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether the group is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
}

/// The customers of a step, by the names of their numbers in the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FunnelSetName)]
#[serde(rename_all = "snake_case")]
pub enum SetName {
    /// Who did it.
    Reached,
    /// Who did the next required one too.
    WentOn,
    /// Who did not, and cannot any more.
    Dropped,
    /// Who has not yet, and still can.
    Open,
}

impl Default for FunnelQuestion {
    fn default() -> FunnelQuestion {
        FunnelQuestion {
            steps: Vec::new(),
            order: Order::Ordered,
            entry: Entry::Best,
            reentry: false,
            once: true,
            strict_increase: false,
            strict_deduplication: false,
            within: Length::Days(14.0),
            exclude: Vec::new(),
            hold: None,
            from: None,
            to: None,
            as_of: None,
            zone: Zone::utc(),
            week_start: Weekday::Monday,
            fiscal_year_start: 1,
            period: None,
            population: Population::Everyone,
            breakdown: Vec::new(),
            top: 10,
            compare: None,
            correction: Correction::Holm,
            cell: None,
        }
    }
}

impl StepQuestion {
    /// What counts as the step.
    pub fn filter(&self) -> EventFilter {
        EventFilter { event: self.event.clone(), condition: self.condition.clone() }
    }
}

impl Exclusion {
    /// What ends an entry.
    pub fn filter(&self) -> EventFilter {
        EventFilter { event: self.event.clone(), condition: self.condition.clone() }
    }
}

impl Length {
    /// In microseconds; `None` unless above 0 and at most 100,000 days.
    pub fn micros(self) -> Option<i64> {
        let (number, unit) = match self {
            Length::Minutes(number) => (number, 60.0e6),
            Length::Hours(number) => (number, 3_600.0e6),
            Length::Days(number) => (number, 86_400.0e6),
        };
        let micros = number * unit;
        (1.0..=100_000.0 * 86_400.0e6).contains(&micros).then(|| micros.round() as i64)
    }

    /// In words: number and unit in English and in Chinese.
    pub fn words(self) -> (String, String) {
        let (number, english, chinese) = match self {
            Length::Minutes(number) => (number, "minute", "分钟"),
            Length::Hours(number) => (number, "hour", "小时"),
            Length::Days(number) => (number, "day", "天"),
        };
        let plural = if number == 1.0 { "" } else { "s" };
        (format!("{number} {english}{plural}"), format!("{number} {chinese}"))
    }
}
