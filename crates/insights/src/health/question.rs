//! The health question as it is written in JSON. Every field has a default.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_models::health::Band;
use perennial_types::calendar::Zone;
use perennial_types::filter::EventFilter;
use perennial_types::question::Population;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::training::SampleQuestion;
use crate::visits::SessionRule;

/// Rows of a page unless the question says otherwise.
pub const PAGE: u64 = 100;

/// How well every customer stands, date by date, and who is about to leave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HealthQuestion {
    /// Civil dates at whose end customers are scored; none for `n_dates` of them, the last one being
    /// the last date known.
    pub dates: Vec<Date>,
    /// How many dates, where none is named.
    pub n_dates: u32,
    /// Days from one of them to the next.
    pub every_days: u32,
    /// End of the known world.
    pub as_of: Option<Timestamp>,
    /// Zone of every civil date.
    pub zone: Zone,
    /// Whose customers are scored, as known at the date.
    pub population: Population,
    /// The only currency that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Names of the dimensions that count; none for all of them.
    pub dimensions: Vec<String>,
    /// Where the weights come from.
    pub weights: WeightsFrom,
    /// Weights of dimensions that are not to weigh what they weigh by default; only ratios matter.
    pub points: BTreeMap<String, f64>,
    /// Field by whose latest value customers are told apart: each is ranked among their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// Fewer customers of a segment than this are ranked among everybody.
    pub smallest_segment: u32,
    /// Customers of which date the ranks come from.
    pub ranked: RankedAt,
    /// Weight of what is known, as a share, below which there is no score.
    pub min_coverage: f64,
    /// Where the bands begin.
    pub bands: BandRule,
    /// Events that show a customer is still here; none for orders, or for any event where the lake has
    /// no money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stays: Option<EventFilter>,
    /// Events by which a customer leaves; none where leaving is silence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaves: Option<EventFilter>,
    /// Who has no `stays` event for so many days is gone; none for as many as the horizon has.
    pub active_within_days: Option<u32>,
    /// Civil days of which the early warning speaks.
    pub horizon_days: u32,
    /// What the early warning is made of.
    pub warning: Learner,
    /// Risk from which a customer is warned of; none for the share that left in the past, which tells
    /// leavers and stayers apart equally well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// How many customers there is time to look after.
    pub budget: u32,
    /// What ends a session.
    pub session: SessionRule,
    /// Events that are calls for help.
    pub support: EventFilter,
    /// Events that are votes.
    pub feedback: EventFilter,
    /// Field that holds the score of a vote.
    pub score: String,
    /// Field that names the category of an item.
    pub category: String,
    /// A trained model; its dimensions, weights, ranks and warning take the place of the question's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub model: Option<Value>,
    /// How the rows stand.
    pub order: RowOrder,
    /// Rows of the answer; `null` for all.
    pub limit: Option<u64>,
    /// Rows passed over before the first.
    pub offset: u64,
    /// The number whose customers are wanted; the rows are then theirs.
    pub cell: Option<CellRef>,
}

/// Where weights come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = HealthWeights)]
#[serde(rename_all = "snake_case")]
pub enum WeightsFrom {
    /// The list of dimensions, and `points`.
    #[default]
    Expert,
    /// Who left in the past: a logistic regression that turns no dimension round.
    Learned,
}

/// Customers of which date ranks come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = HealthRanked)]
#[serde(rename_all = "snake_case")]
pub enum RankedAt {
    /// The first date with enough of them, so that scores of later dates can be compared with it.
    #[default]
    FirstDate,
    /// Each date by itself: who stands better than whom, whatever has become of all of them.
    EachDate,
}

/// Where bands begin, and how slowly customers move between them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = HealthBands)]
#[serde(deny_unknown_fields, default)]
pub struct BandRule {
    /// Below this score a customer is at risk.
    pub at_risk_below: f64,
    /// From this score on a customer is healthy.
    pub healthy_from: f64,
    /// How many points past a bound a score must be to move a customer.
    pub margin: f64,
    /// At how many dates in a row.
    pub dates: u32,
}

impl Default for BandRule {
    fn default() -> BandRule {
        BandRule { at_risk_below: 40.0, healthy_from: 60.0, margin: 2.0, dates: 2 }
    }
}

/// What the early warning is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = HealthLearner)]
#[serde(rename_all = "snake_case")]
pub enum Learner {
    /// A random forest on the values of the dimensions.
    #[default]
    Forest,
    /// Gradient boosting on them.
    Boosting,
    /// A logistic regression on them.
    Logistic,
    /// A logistic regression on their ranks that turns none of them round.
    Ranks,
    /// No warning.
    None,
}

impl Learner {
    /// Its name in questions.
    pub fn name(self) -> &'static str {
        match self {
            Learner::Forest => "forest",
            Learner::Boosting => "boosting",
            Learner::Logistic => "logistic",
            Learner::Ranks => "ranks",
            Learner::None => "none",
        }
    }
}

/// How rows stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = HealthOrder)]
#[serde(rename_all = "snake_case")]
pub enum RowOrder {
    /// The lowest score first.
    #[default]
    Score,
    /// Who fell furthest since the date before first, who rose furthest last.
    Change,
    /// The highest risk first.
    Risk,
    /// The most value times risk first.
    ValueAtRisk,
    /// In order of the customers' keys.
    Customer,
}

/// Where a customer stands at a date.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[schema(as = HealthState)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Well.
    Healthy,
    /// Worth an eye.
    Watch,
    /// Needs somebody now.
    AtRisk,
    /// Here, but too little is known for a score.
    Unscored,
    /// Here at an earlier date, not any more: the score is the last one.
    Left,
    /// Not here yet.
    NotYet,
}

impl State {
    /// Every state, the best first.
    pub const ALL: [State; 6] =
        [State::Healthy, State::Watch, State::AtRisk, State::Unscored, State::Left, State::NotYet];

    /// Its name in questions and answers.
    pub fn name(self) -> &'static str {
        match self {
            State::Healthy => "healthy",
            State::Watch => "watch",
            State::AtRisk => "at_risk",
            State::Unscored => "unscored",
            State::Left => "left",
            State::NotYet => "not_yet",
        }
    }

    /// Whether the customer is here.
    pub fn is_here(self) -> bool {
        !matches!(self, State::Left | State::NotYet)
    }
}

impl From<Band> for State {
    fn from(band: Band) -> State {
        match band {
            Band::Healthy => State::Healthy,
            Band::Watch => State::Watch,
            Band::AtRisk => State::AtRisk,
        }
    }
}

/// Which way a score went since the date before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = HealthMove)]
#[serde(rename_all = "snake_case")]
pub enum Moved {
    /// Up by half a point or more.
    Up,
    /// Down by half a point or more.
    Down,
    /// By less than half a point.
    Same,
}

/// The number whose customers are wanted; what is given must all hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = HealthCellRef)]
#[serde(deny_unknown_fields, default)]
pub struct CellRef {
    /// The date; none for the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// Where they stand at it; none for everybody who is here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// Where they stood at the date before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<State>,
    /// Which way they went since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<Moved>,
    /// Their segment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// Whether they are warned of, at the last date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warned: Option<bool>,
    /// Whether they are among those there is time for, at the last date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alerted: Option<bool>,
}

impl Default for HealthQuestion {
    fn default() -> HealthQuestion {
        let sample = SampleQuestion::default();
        HealthQuestion {
            dates: Vec::new(),
            n_dates: 9,
            every_days: 7,
            as_of: None,
            zone: sample.zone,
            population: sample.population,
            currency: None,
            dimensions: Vec::new(),
            weights: WeightsFrom::Expert,
            points: BTreeMap::new(),
            segment: None,
            smallest_segment: 30,
            ranked: RankedAt::FirstDate,
            min_coverage: 0.5,
            bands: BandRule::default(),
            stays: None,
            leaves: None,
            active_within_days: None,
            horizon_days: sample.horizon_days,
            warning: Learner::Forest,
            threshold: None,
            budget: 100,
            session: sample.session,
            support: sample.support,
            feedback: sample.feedback,
            score: sample.score,
            category: sample.category,
            model: None,
            order: RowOrder::Score,
            limit: Some(PAGE),
            offset: 0,
            cell: None,
        }
    }
}
