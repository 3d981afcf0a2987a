//! The feedback question as it is written in JSON. Every field has a default.

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_types::calendar::{Unit, Weekday, Zone};
use perennial_types::filter::EventFilter;
use perennial_types::question::Population;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::funnel::Length;
use crate::grouping::Group;
use crate::retention::Breakdown;

/// What customers say of us, and whether what they say goes with staying.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FeedbackQuestion {
    /// What is asked.
    pub metric: Metric,
    /// Events that are votes; `None` for those called like the metric.
    pub event: Option<EventFilter>,
    /// Field that holds the score of a vote.
    pub score: String,
    /// The scale and its classes; `None` for those of the metric.
    pub scale: Option<Scale>,
    /// Which of a customer's votes of one wave counts.
    pub vote: Vote,
    /// Period of a wave.
    pub period: Unit,
    /// Field that names the wave of a vote, instead of its period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wave: Option<String>,
    /// First civil date of votes, widened to whole periods.
    pub from: Option<Date>,
    /// Last civil date of votes, widened likewise.
    pub to: Option<Date>,
    /// End of the known world.
    pub as_of: Option<Timestamp>,
    /// Zone of every civil date.
    pub zone: Zone,
    /// First day of a week.
    pub week_start: Weekday,
    /// First month of the fiscal year.
    pub fiscal_year_start: u8,
    /// Whose votes count.
    pub population: Population,
    /// Who stayed after the vote.
    pub retained: Retained,
    /// Events by which customers are asked; `None` where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<EventFilter>,
    /// The only currency that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Columns the customers are told apart by.
    pub breakdown: Vec<Breakdown>,
    /// Groups shown by themselves; the rest is one more, `Other`.
    pub top: usize,
    /// The number whose customers are wanted.
    pub cell: Option<CellRef>,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FeedbackMetric)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// How likely they are to recommend us, 0 to 10: promoters less detractors.
    Nps,
    /// How satisfied they are, 1 to 5: the share of the satisfied.
    Csat,
    /// Whether we made it easy for them, 1 to 7: the share of those who agree.
    Ces,
}

/// A scale of whole numbers and its three classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FeedbackScale)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// The lowest score.
    pub least: i64,
    /// The highest.
    pub most: i64,
    /// The highest score of the lowest class.
    pub low_to: i64,
    /// The lowest score of the highest class.
    pub high_from: i64,
}

/// Which of a customer's votes of one wave counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FeedbackVote)]
#[serde(rename_all = "snake_case")]
pub enum Vote {
    /// The last.
    Last,
    /// The first.
    First,
}

/// Who stayed after the vote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FeedbackRetained)]
#[serde(deny_unknown_fields, default)]
pub struct Retained {
    /// What counts as having stayed.
    #[serde(rename = "return")]
    pub return_: EventFilter,
    /// How long after the vote it counts until.
    pub within: Length,
}

/// The number whose customers are wanted; without any field, everybody who voted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FeedbackCellRef)]
#[serde(deny_unknown_fields, default)]
pub struct CellRef {
    /// The wave; `None` for the whole range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wave: Option<String>,
    /// The class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Whether they stayed, of those whose window is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returned: Option<bool>,
    /// Who of the customers asked answered, or did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responded: Option<bool>,
    /// Values of the breakdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether the group is the computed rest.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
}

impl Metric {
    /// Its name in questions, and that of its events.
    pub fn name(self) -> &'static str {
        match self {
            Metric::Nps => "nps",
            Metric::Csat => "csat",
            Metric::Ces => "ces",
        }
    }

    /// Its usual scale.
    pub fn scale(self) -> Scale {
        let scale = |least, most, low_to, high_from| Scale { least, most, low_to, high_from };
        match self {
            Metric::Nps => scale(0, 10, 6, 9),
            Metric::Csat => scale(1, 5, 2, 4),
            Metric::Ces => scale(1, 7, 3, 5),
        }
    }

    /// Its classes, the highest first: id, English, Chinese.
    pub fn classes(self) -> [[&'static str; 3]; 3] {
        match self {
            Metric::Nps => [
                ["promoters", "promoters", "推荐者"],
                ["passives", "passives", "中立者"],
                ["detractors", "detractors", "贬损者"],
            ],
            Metric::Csat => [
                ["satisfied", "satisfied", "满意"],
                ["neutral", "neutral", "一般"],
                ["dissatisfied", "dissatisfied", "不满意"],
            ],
            Metric::Ces => {
                [["easy", "easy", "省力"], ["neutral", "neutral", "一般"], ["hard", "hard", "费力"]]
            }
        }
    }
}

impl Scale {
    /// The class of a score, 0 the highest.
    pub fn class_of(&self, score: i64) -> usize {
        match score {
            high if high >= self.high_from => 0,
            low if low <= self.low_to => 2,
            _ => 1,
        }
    }
}

impl Default for Retained {
    fn default() -> Retained {
        Retained { return_: EventFilter::named("order"), within: Length::Days(90.0) }
    }
}

impl Default for FeedbackQuestion {
    fn default() -> FeedbackQuestion {
        FeedbackQuestion {
            metric: Metric::Nps,
            event: None,
            score: "score".to_owned(),
            scale: None,
            vote: Vote::Last,
            period: Unit::Quarter,
            wave: None,
            from: None,
            to: None,
            as_of: None,
            zone: Zone::utc(),
            week_start: Weekday::Monday,
            fiscal_year_start: 1,
            population: Population::Everyone,
            retained: Retained::default(),
            sent: None,
            currency: None,
            breakdown: Vec::new(),
            top: 10,
            cell: None,
        }
    }
}
