//! The question as it is written in JSON. Every field has a default.

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_types::calendar::{Unit, Weekday, Zone};
use perennial_types::filter::EventFilter;
use perennial_types::question::Population;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::state::State;
use crate::grouping::Group;
use crate::retention::Breakdown;

/// Where the active come from and go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LifecycleQuestion {
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
    /// For how long an occurrence makes a customer active.
    pub threshold: Threshold,
    /// Columns the customers are told apart by.
    pub breakdown: Vec<Breakdown>,
    /// Groups shown; the rest is one more, `Other`.
    pub top: usize,
    /// The number whose customers are wanted.
    pub cell: Option<CellRef>,
}

/// For how long an occurrence makes a customer active.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Threshold {
    /// Its own period and the next, so many in all: 1 is its own alone.
    Periods(u32),
    /// So many civil days, its own among them; at least as long as a period.
    Days(u32),
}

/// The number whose customers are wanted: those of a set, or those who went from one state to
/// another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifecycleCellRef)]
#[serde(deny_unknown_fields)]
pub struct CellRef {
    /// `start` of the period as the answer writes it.
    pub period: String,
    /// Which of its customers; with `from`, the state in it.
    pub set: SetName,
    /// The state in the period before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<State>,
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
#[schema(as = LifecycleSetName)]
#[serde(rename_all = "snake_case")]
pub enum SetName {
    /// First occurrence in it.
    New,
    /// Active when it begins, occurrence in it.
    Returning,
    /// Active throughout without an occurrence in it.
    Idle,
    /// Not active when it begins, occurrence in it and long before.
    Resurrecting,
    /// Active when it begins, not when it ends.
    Dormant,
    /// Not active at either end, known before.
    Gone,
    /// Active when it begins.
    ActiveStart,
    /// Active when it ends.
    ActiveEnd,
}

impl SetName {
    /// The states it is made of.
    pub fn states(self) -> &'static [State] {
        match self {
            SetName::New => &[State::New],
            SetName::Returning => &[State::Returning],
            SetName::Idle => &[State::Idle],
            SetName::Resurrecting => &[State::Resurrecting],
            SetName::Dormant => &[State::Dormant],
            SetName::Gone => &[State::Gone],
            SetName::ActiveStart => &[State::Returning, State::Idle, State::Dormant],
            SetName::ActiveEnd => &[State::New, State::Returning, State::Idle, State::Resurrecting],
        }
    }
}

impl Default for LifecycleQuestion {
    fn default() -> LifecycleQuestion {
        LifecycleQuestion {
            period: Unit::Month,
            from: None,
            to: None,
            as_of: None,
            zone: Zone::utc(),
            week_start: Weekday::Monday,
            fiscal_year_start: 1,
            event: None,
            population: Population::Everyone,
            threshold: Threshold::Periods(1),
            breakdown: Vec::new(),
            top: 10,
            cell: None,
        }
    }
}
