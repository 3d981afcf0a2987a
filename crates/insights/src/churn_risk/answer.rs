//! The answer: what is at stake, whom it is about and why, and how far the model can be trusted.

use perennial_types::question::{Definition, Warning};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::question::ChurnRiskQuestion;
use crate::retention::Members;
use crate::training::{DriftAnswer, Reason, ReportAnswer, TrainedOn};

/// A churn risk answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChurnRiskAnswer {
    /// `churn_risk`.
    pub kind: String,
    /// The civil date at whose end customers are looked at.
    pub day: String,
    /// The last civil date of the horizon.
    pub horizon_end: String,
    /// Customers at risk.
    pub at_risk: u64,
    /// The sum of their probabilities: how many are expected to leave.
    pub expected_leavers: f64,
    /// That over those at risk; null of nobody.
    #[schema(required)]
    pub expected_rate: Option<f64>,
    /// Currency of all money; null where there is none.
    #[schema(required)]
    pub currency: Option<String>,
    /// Money of the 365 days up to the day, times the probability, summed; null without money.
    #[schema(required)]
    pub value_at_risk: Option<String>,
    /// Tenths of the customers, those most at risk first.
    pub deciles: Vec<DecileAnswer>,
    /// How good the learners were on past cuts.
    pub backtest: ReportAnswer,
    /// What the model has seen.
    pub trained: TrainedOn,
    /// How far today's customers are from those of the training.
    pub drift: DriftAnswer,
    /// How many customers there are, of the cell where one is asked for.
    pub total_rows: u64,
    /// How many of them come before the first that is here.
    pub offset: u64,
    /// The customers of this page, those most at risk first.
    pub rows: Vec<RowAnswer>,
    /// What exactly was computed.
    pub definition: Definition,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// The customers of the cell, or of this page.
    #[schema(required)]
    pub customers: Option<Members>,
    /// The question, every default filled in.
    pub question: ChurnRiskQuestion,
}

/// A tenth of the customers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ChurnRiskDecile)]
pub struct DecileAnswer {
    /// 1 for those most at risk. Equal risks may stand in two tenths: customers are then in order of
    /// their key.
    pub decile: u32,
    /// How many customers.
    pub customers: u64,
    /// The highest probability of them.
    pub highest: f64,
    /// The lowest.
    pub lowest: f64,
    /// The sum of their probabilities.
    pub expected_leavers: f64,
    /// Their money of the 365 days up to the day; null without money.
    #[schema(required)]
    pub revenue: Option<String>,
    /// The part of it at risk: each customer's money times their probability.
    #[schema(required)]
    pub value_at_risk: Option<String>,
}

/// One customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ChurnRiskRow)]
pub struct RowAnswer {
    /// Position in `customers`.
    pub customer: usize,
    /// The probability that they leave.
    pub probability: f64,
    /// Their tenth.
    pub decile: u32,
    /// Their money of the 365 days up to the day; null without money.
    #[schema(required)]
    pub revenue: Option<String>,
    /// That times the probability.
    #[schema(required)]
    pub value_at_risk: Option<String>,
    /// Why, the strongest reason first.
    pub reasons: Vec<Reason>,
}
