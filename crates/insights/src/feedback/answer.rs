//! The answer: the score of every wave and of the whole range, who stayed, and who answered at all.

use perennial_types::question::{Definition, Warning};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::question::FeedbackQuestion;
use crate::grouping::Group;
use crate::retention::Members;

/// A feedback answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FeedbackAnswer {
    /// `feedback`.
    pub kind: String,
    /// The whole range, one vote per customer.
    pub overall: Figures,
    /// The waves in order, one vote per customer and wave; periods without a vote among them.
    pub waves: Vec<WaveAnswer>,
    /// The same of every group, when customers are told apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupAnswer>,
    /// Who answered, and what they are like against who did not.
    pub responses: Responses,
    /// Rows of the votes' events that are no votes.
    pub dropped: Dropped,
    /// What exactly was computed.
    pub definition: Definition,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// The customers of the number that was asked for.
    #[schema(required)]
    pub customers: Option<Members>,
    /// The question, every default filled in.
    pub question: FeedbackQuestion,
}

/// What some votes say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FeedbackFigures)]
pub struct Figures {
    /// Votes that count; the classes add up to them.
    pub votes: u64,
    /// The score in points: promoters less detractors, or the highest class, in percent of the
    /// votes. Null without a vote.
    #[schema(required)]
    pub score: Option<f64>,
    /// The same rounded to a whole number, half away from zero.
    #[schema(required)]
    pub rounded: Option<i64>,
    /// Wald's interval at 95 %.
    #[schema(required)]
    pub wald: Option<IntervalAnswer>,
    /// The adjusted Wald interval at 95 %, the better one of few votes.
    #[schema(required)]
    pub adjusted: Option<IntervalAnswer>,
    /// Mean of the scores.
    #[schema(required)]
    pub mean: Option<f64>,
    /// Whether there are votes, but fewer than 30.
    pub few: bool,
    /// Whether no later event changes the votes.
    pub complete: bool,
    /// The classes, the highest first.
    pub classes: Vec<ClassAnswer>,
}

/// An interval in points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FeedbackInterval)]
pub struct IntervalAnswer {
    /// Its middle, before it is cut at the ends of the scale.
    pub score: f64,
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// One class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FeedbackClass)]
pub struct ClassAnswer {
    /// Its id.
    pub class: String,
    /// Its name in English.
    pub en: String,
    /// 中文名称。
    pub zh: String,
    /// Votes of the class.
    pub votes: u64,
    /// Their share of all votes; null without a vote.
    #[schema(required)]
    pub share: Option<f64>,
    /// Who of them stayed.
    pub stayed: Stayed,
}

/// Who stayed after the vote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FeedbackStayed)]
pub struct Stayed {
    /// Votes whose window is over.
    pub decided: u64,
    /// Those of them after which the customer returned within the window.
    pub stayed: u64,
    /// Votes whose window is not over; they are in no share.
    pub undecided: u64,
    /// Stayed ÷ decided; null where none is decided.
    #[schema(required)]
    pub share: Option<f64>,
    /// Wilson's interval of the share at 95 %.
    #[schema(required)]
    pub interval: Option<(f64, f64)>,
    /// Whether every window is over.
    pub complete: bool,
}

/// One wave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FeedbackWave)]
pub struct WaveAnswer {
    /// Its name.
    pub wave: String,
    /// What its votes say.
    #[serde(flatten)]
    pub figures: Figures,
    /// Customers asked in it; null where that is not known.
    #[schema(required)]
    pub asked: Option<u64>,
    /// Those of them with a vote in it.
    #[schema(required)]
    pub responded: Option<u64>,
    /// Responded ÷ asked; null where nobody was asked.
    #[schema(required)]
    pub response_rate: Option<f64>,
}

/// One group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FeedbackGroup)]
pub struct GroupAnswer {
    /// Values of the breakdown.
    #[schema(required, value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether it is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// The whole range.
    pub overall: Figures,
    /// The waves, in the order of the answer's.
    pub waves: Vec<Figures>,
}

/// Who answered, and what they are like against who did not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FeedbackResponses)]
pub struct Responses {
    /// Whether those asked are known by an event; else they are all who were active in the range.
    pub known: bool,
    /// Customers asked in the range.
    pub asked: u64,
    /// Those of them with a vote.
    pub responded: u64,
    /// Responded ÷ asked; null where nobody was asked.
    #[schema(required)]
    pub response_rate: Option<f64>,
    /// Customers with a vote whom nobody asked, as far as it is known.
    pub unasked: u64,
    /// Recency, purchases and money at the end of the range.
    pub bias: Vec<Compared>,
}

/// Who answered against who did not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FeedbackCompared)]
pub struct Compared {
    /// `recency_days` (of buyers), `purchases`, or `money` in units, less refunds.
    pub measure: String,
    /// Who answered.
    pub responded: Side,
    /// Who did not.
    pub silent: Side,
    /// Mean of who answered less mean of who did not; null where one side is nobody.
    #[schema(required)]
    pub difference: Option<f64>,
    /// Its interval at 95 %; null where a side is fewer than two.
    #[schema(required)]
    pub interval: Option<(f64, f64)>,
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FeedbackSide)]
pub struct Side {
    /// Customers.
    pub n: u64,
    /// Their mean.
    #[schema(required)]
    pub mean: Option<f64>,
    /// Their standard deviation, by one less than their number.
    #[schema(required)]
    pub deviation: Option<f64>,
}

/// Rows of the votes' events that are no votes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FeedbackDropped)]
pub struct Dropped {
    /// Without a score.
    pub without_score: u64,
    /// With a score that is no number.
    pub no_number: u64,
    /// With a number that is none of the scale.
    pub off_scale: u64,
    /// Without a wave.
    pub without_wave: u64,
}
