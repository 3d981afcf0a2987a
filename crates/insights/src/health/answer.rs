//! The answer: dates, families and bands, the early warning and how good it is, a page of customers.

use jiff::civil::Date;
use perennial_types::question::{Definition, Refusal, Warning};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::dimensions::Family;
use super::question::{HealthQuestion, State};
use crate::retention::Members;
use crate::training::ReliabilityAnswer;

/// A health answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HealthAnswer {
    /// `health`.
    pub kind: String,
    /// The dates, the earliest first.
    pub dates: Vec<DateAnswer>,
    /// The dimensions, in the order of their list.
    pub dimensions: Vec<DimensionAnswer>,
    /// The segments at the last date, the largest first; none without a field that tells them apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<SegmentAnswer>,
    /// Who moved from where to where since the date before; null with one date.
    #[schema(required)]
    pub migration: Option<MigrationAnswer>,
    /// Who is about to leave.
    pub warning: WarningAnswer,
    /// Whom there is time to look after; null without a warning.
    #[schema(required)]
    pub alerts: Option<AlertsAnswer>,
    /// Currency of the value; null where the lake has no money.
    #[schema(required)]
    pub currency: Option<String>,
    /// How many customers have a row, of the cell where one is asked for.
    pub total_rows: u64,
    /// How many of them come before the first that is here.
    pub offset: u64,
    /// The customers of this page, at the last date or that of the cell.
    pub rows: Vec<RowAnswer>,
    /// What exactly was computed.
    pub definition: Definition,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// The customers of the cell, or of this page's rows.
    #[schema(required)]
    pub customers: Option<Members>,
    /// The question, every default filled in.
    pub question: HealthQuestion,
}

/// One date.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = HealthDate)]
pub struct DateAnswer {
    /// The civil date at whose end customers are scored.
    pub date: Date,
    /// Whether it is over, so that nothing can come in any more.
    pub complete: bool,
    /// Customers who are here: healthy, watch, at risk and unscored together.
    pub here: u64,
    /// Of them, healthy.
    pub healthy: u64,
    /// Of them, to be watched.
    pub watch: u64,
    /// Of them, at risk.
    pub at_risk: u64,
    /// Of them, without a score: too little is known.
    pub unscored: u64,
    /// Customers who were here at an earlier date and have left.
    pub left: u64,
    /// Mean score of those who have one; null without any.
    #[schema(required)]
    pub mean_score: Option<f64>,
    /// Mean of the coverage of those with a score; null without any.
    #[schema(required)]
    pub mean_coverage: Option<f64>,
    /// The same of each family, over the customers of whom something of it is known.
    pub families: Vec<FamilyAnswer>,
}

/// A family at a date.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = HealthFamilyScore)]
pub struct FamilyAnswer {
    /// Which.
    pub family: Family,
    /// Its weight as a share of all; 0 where nothing of it is measured.
    pub weight: f64,
    /// Customers of whom something of it is known.
    pub customers: u64,
    /// Mean of their scores in it, 0 to 100; null without any.
    #[schema(required)]
    pub mean: Option<f64>,
}

/// One dimension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = HealthDimension)]
pub struct DimensionAnswer {
    /// Its name: that of its feature in `customer_table`.
    pub name: String,
    /// What it is called in English.
    pub en: String,
    /// 中文名称。
    pub zh: String,
    /// What it is about.
    pub family: Family,
    /// Whether more of it is better.
    pub more_is_better: bool,
    /// Its weight as a share of all; 0 where nobody had it when ranks were made.
    pub weight: f64,
    /// Days after which half of what an old value says is left; null for one measured every day.
    #[schema(required)]
    pub half_life_days: Option<f64>,
    /// Customers here at the last date of whom it is known.
    pub known: u64,
    /// Mean of what it adds to their scores, in points; null without any.
    #[schema(required)]
    pub mean_points: Option<f64>,
}

/// One segment at the last date.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = HealthSegment)]
pub struct SegmentAnswer {
    /// The value of the field; null for customers without one.
    #[schema(required)]
    pub segment: Option<String>,
    /// Whether it is large enough to be ranked by itself.
    pub ranked_by_itself: bool,
    /// Customers who are here.
    pub here: u64,
    /// Of them, healthy.
    pub healthy: u64,
    /// Of them, to be watched.
    pub watch: u64,
    /// Of them, at risk.
    pub at_risk: u64,
    /// Mean score of those who have one; null without any.
    #[schema(required)]
    pub mean_score: Option<f64>,
}

/// Who moved from where to where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = HealthMigration)]
pub struct MigrationAnswer {
    /// The date before.
    pub from: Date,
    /// The last date.
    pub to: Date,
    /// Rows and columns of the matrix.
    pub states: Vec<State>,
    /// Customers by where they stood and where they stand. Who was in no state but `not_yet` is not
    /// counted.
    pub customers: Vec<Vec<u64>>,
    /// Customers whose score rose by half a point or more.
    pub up: u64,
    /// Whose score fell by half a point or more.
    pub down: u64,
    /// Whose score did neither.
    pub same: u64,
}

/// Who is about to leave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = HealthWarning)]
pub struct WarningAnswer {
    /// Why there is none; null where there is one.
    #[schema(required)]
    pub refusal: Option<Refusal>,
    /// Civil days of which it speaks.
    pub horizon_days: u32,
    /// The past cuts it learned from.
    pub learned_from: Vec<Date>,
    /// Rows it learned from, one per customer and cut.
    pub n_rows: u64,
    /// Share of them that left.
    #[schema(required)]
    pub base_rate: Option<f64>,
    /// Risk from which a customer is warned of.
    #[schema(required)]
    pub threshold: Option<f64>,
    /// Customers here at the last date who are warned of.
    #[schema(required)]
    pub warned: Option<u64>,
    /// Customers who will leave, expected: the sum of the risks.
    #[schema(required)]
    pub expected_leavers: Option<f64>,
    /// How good it is; null where there are not two past cuts.
    #[schema(required)]
    pub backtest: Option<Backtest>,
    /// Why there is no backtest; null where there is one.
    #[schema(required)]
    pub backtest_refusal: Option<Refusal>,
}

/// How good the warning is: the newest past cut, foretold from those before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = HealthBacktest)]
pub struct Backtest {
    /// The cuts it learned from.
    pub learned_from: Vec<Date>,
    /// The cut it was judged at.
    pub judged_at: Date,
    /// Customers judged.
    pub customers: u64,
    /// Of them, who left.
    pub left: u64,
    /// Their share: what "everybody leaves" would be right about.
    pub base_rate: f64,
    /// How often somebody who left has a higher risk than somebody who stayed.
    pub auc: f64,
    /// Mean precision over all thresholds.
    pub average_precision: f64,
    /// Mean squared error of the risk.
    pub brier: f64,
    /// Mean distance of risk and outcome over ten bins.
    pub calibration_error: f64,
    /// Risk from which a customer was warned of: the base rate of the cuts learned from, unless the
    /// question says another.
    pub threshold: f64,
    /// Customers warned of.
    pub warned: u64,
    /// Of those warned of, the share that left; null where nobody was.
    #[schema(required)]
    pub precision: Option<f64>,
    /// Of those who left, the share warned of.
    #[schema(required)]
    pub recall: Option<f64>,
    /// Of those who stayed, the share not warned of.
    #[schema(required)]
    pub specificity: Option<f64>,
    /// Mean of the two shares before; ½ is what warning of nobody scores.
    #[schema(required)]
    pub balanced_accuracy: Option<f64>,
    /// Risk against what happened.
    pub reliability: Vec<ReliabilityAnswer>,
    /// How long before they left those were warned of who were.
    pub lead: LeadTime,
}

/// Days from the cut to leaving, of those who were warned of and left.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = HealthLeadTime)]
pub struct LeadTime {
    /// How many.
    pub customers: u64,
    /// A tenth had fewer days; null without any.
    #[schema(required)]
    pub p10_days: Option<f64>,
    /// Half had fewer.
    #[schema(required)]
    pub median_days: Option<f64>,
    /// Nine tenths had fewer.
    #[schema(required)]
    pub p90_days: Option<f64>,
    /// Shares that were warned of so long before.
    pub at_least: Vec<LeadShare>,
}

/// Who was warned of at least so long before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = HealthLeadShare)]
pub struct LeadShare {
    /// So many days.
    pub days: u32,
    /// Share of all who left, warned of or not; null where nobody left.
    #[schema(required)]
    pub of_all_who_left: Option<f64>,
}

/// Whom there is time to look after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = HealthAlerts)]
pub struct AlertsAnswer {
    /// How many there is time for.
    pub budget: u64,
    /// How many there are.
    pub customers: u64,
    /// Whether they are chosen by value times risk, or by risk where the lake has no money.
    pub by_value: bool,
    /// How many of them will leave, expected.
    pub expected_leavers: f64,
    /// What they brought in the past year times their risk; null where the lake has no money.
    #[schema(required)]
    pub value_at_risk: Option<String>,
    /// Its share of everybody's; null where nothing is at risk.
    #[schema(required)]
    pub share_of_value_at_risk: Option<f64>,
}

/// One customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = HealthRow)]
pub struct RowAnswer {
    /// Position of the customer in `customers.ids`.
    pub customer: usize,
    /// Where they stand.
    pub state: State,
    /// The score, 0 to 100; null where too little is known.
    #[schema(required)]
    pub score: Option<f64>,
    /// The date of the score: for who has left, the last one at which they were here.
    pub scored_on: Date,
    /// Whether it is kept from that date because they have left.
    pub frozen: bool,
    /// Weight of what is known, as a share; null without a score.
    #[schema(required)]
    pub coverage: Option<f64>,
    /// The segment; null without one.
    #[schema(required)]
    pub segment: Option<String>,
    /// Change of the score since the date before; null where one of the two has none.
    #[schema(required)]
    pub change: Option<f64>,
    /// What raised the score most since then, or raises it most where there is nothing to compare.
    pub up: Vec<ReasonAnswer>,
    /// What lowered it most.
    pub down: Vec<ReasonAnswer>,
    /// Probability of leaving within the horizon; null for who has left, or without a warning.
    #[schema(required)]
    pub risk: Option<f64>,
    /// What they brought in the past year; null where the lake has no money.
    #[schema(required)]
    pub value: Option<String>,
}

/// One reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = HealthReason)]
pub struct ReasonAnswer {
    /// The dimension.
    pub dimension: String,
    /// Points it gave, or took.
    pub points: f64,
    /// In words.
    pub en: String,
    /// 文字说明。
    pub zh: String,
}
