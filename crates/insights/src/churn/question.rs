//! The question as it is written in JSON. Every field has a default.

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_types::calendar::{Unit, Weekday, Zone};
use perennial_types::filter::EventFilter;
use perennial_types::question::Population;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::life::State;
use crate::grouping::Group;
use crate::retention::Breakdown;
use crate::rfm::{Refunds, TierName};

/// Who leaves, when, how much money goes with them, and who comes back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChurnQuestion {
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
    /// What keeps a customer active; absent for purchases, and for any event of everyone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<EventFilter>,
    /// When a customer is active.
    pub active: Active,
    /// Whose customers count; `None` for buyers, and for everyone with a subscription.
    pub population: Option<Population>,
    /// Whether refunds lessen the money of purchases.
    pub refunds: Refunds,
    /// The only currency that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// For how many periods after the one of the first occurrence a customer is new.
    pub new_for: u32,
    /// How value tiers are drawn; absent for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tiers: Option<Tiers>,
    /// Days within which who left may be won back.
    pub win_back_days: Vec<u32>,
    /// Columns the customers are told apart by.
    pub breakdown: Vec<Breakdown>,
    /// Groups, and stated reasons, shown by themselves; the rest is one more, `Other`.
    pub top: usize,
    /// The number whose customers are wanted.
    pub cell: Option<CellRef>,
}

/// When a customer is active: by a trailing window, unless a subscription is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ChurnActive)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ChurnSubscription)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// What starts it, or changes it while it runs.
    pub start: EventFilter,
    /// What ends it.
    pub end: EventFilter,
    /// The field of the end that holds the stated reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The field of the start that holds the recurring money, `properties.mrr` for one; absent for
    /// the purchases of the period before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money: Option<String>,
}

/// How value tiers are drawn, by the money of customers at risk, the most first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ChurnTiers)]
#[serde(deny_unknown_fields, default)]
pub struct Tiers {
    /// Share of the money that the high tier makes.
    pub high: f64,
    /// Share of the money that the high and the middle tier make together.
    pub middle: f64,
}

/// What part of the customers a number is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ChurnOf)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// All of them.
    #[default]
    Everybody,
    /// Those with these values of the breakdown.
    Group,
    /// Those of a value tier when the period begins.
    Tier,
    /// Those who stated a reason when they left.
    Reason,
    /// Those who are new when the period begins.
    New,
    /// The others.
    Old,
}

/// The number whose customers are wanted: of a `period`, of an `age`, or of those who left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ChurnCellRef)]
#[serde(deny_unknown_fields, default)]
pub struct CellRef {
    /// `start` of the period as the answer writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// An age, as the answer writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age: Option<u32>,
    /// Whether those who left in the range are meant, whatever the period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub win_back: Option<WinBackSet>,
    /// With `win_back` `closed` or `within`: one of the question's `win_back_days`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// Which customers of the period or age.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set: Option<SetName>,
    /// What part of them.
    pub of: Of,
    /// Values of the breakdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether the group, or the reason, is the computed rest.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// The tier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<TierName>,
    /// The stated reason; `None` is none stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The sets of a period, by the names of their numbers in the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ChurnSetName)]
#[serde(rename_all = "snake_case")]
pub enum SetName {
    /// Active when it begins.
    AtRisk,
    /// Active when it begins, not when it ends.
    Churned,
    /// First active in it, and active when it ends.
    New,
    /// Active earlier, not when it begins, and again when it ends.
    WonBack,
    /// Came and left within it.
    Passing,
    /// Active when it ends.
    ActiveEnd,
}

impl SetName {
    /// Whether a customer in that state belongs to it.
    pub fn holds(self, state: State) -> bool {
        match self {
            SetName::AtRisk => matches!(state, State::Kept | State::Churned),
            SetName::Churned => state == State::Churned,
            SetName::New => state == State::New,
            SetName::WonBack => state == State::WonBack,
            SetName::Passing => state == State::Passing,
            SetName::ActiveEnd => matches!(state, State::Kept | State::New | State::WonBack),
        }
    }
}

/// The sets of the customers who left in the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ChurnWinBackSet)]
#[serde(rename_all = "snake_case")]
pub enum WinBackSet {
    /// All of them.
    Left,
    /// Who came back since.
    Back,
    /// Who did not.
    NotBack,
    /// Whose `days` are over.
    Closed,
    /// Of those, who came back within them.
    Within,
}

impl Default for Tiers {
    fn default() -> Tiers {
        Tiers { high: 0.8, middle: 0.95 }
    }
}

impl Default for ChurnQuestion {
    fn default() -> ChurnQuestion {
        ChurnQuestion {
            period: Unit::Month,
            from: None,
            to: None,
            as_of: None,
            zone: Zone::utc(),
            week_start: Weekday::Monday,
            fiscal_year_start: 1,
            event: None,
            active: Active::default(),
            population: None,
            refunds: Refunds::Net,
            currency: None,
            new_for: 3,
            tiers: None,
            win_back_days: vec![30, 60, 90, 180, 365],
            breakdown: Vec::new(),
            top: 10,
            cell: None,
        }
    }
}
