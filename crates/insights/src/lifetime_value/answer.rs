//! The answer: models and how they did, totals, tiers, moves, the budget, and a page of customers.

use perennial_types::question::{Definition, Refusal, Warning};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::question::{Allotted, LifetimeValueQuestion, Mover};
use crate::grouping::Group;
use crate::retention::Members;

/// A lifetime value answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LifetimeValueAnswer {
    /// `lifetime_value`.
    pub kind: String,
    /// The civil date at whose end customers are valued.
    pub date: String,
    /// The last civil date of the horizon.
    pub until: String,
    /// Whether nothing that happens later changes the answer.
    pub complete: bool,
    /// Currency of all money; null where rows have none.
    #[schema(required)]
    pub currency: Option<String>,
    /// Every model of purchases.
    pub models: Vec<ModelAnswer>,
    /// The one that is believed; null without any customer.
    #[schema(required)]
    pub chosen: Option<ChosenAnswer>,
    /// The days held out; null where there was no room for any.
    #[schema(required)]
    pub holdout: Option<HoldoutAnswer>,
    /// What an order is expected to bring; null without any customer.
    #[schema(required)]
    pub amounts: Option<AmountsAnswer>,
    /// Everybody together.
    pub totals: TotalsAnswer,
    /// How value is spread over the customers.
    pub distribution: DistributionAnswer,
    /// The tiers, the most valuable first.
    pub tiers: Vec<TierAnswer>,
    /// Tenths of the customers, the most valuable first.
    pub deciles: Vec<TierAnswer>,
    /// How value moved; absent with one date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<TrackingAnswer>,
    /// Where the budget goes; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetAnswer>,
    /// The groups, when customers are told apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupAnswer>,
    /// How many rows there are, of the cell where one is asked for.
    pub total_rows: u64,
    /// How many of them come before the first that is here.
    pub offset: u64,
    /// The customers of this page, in the order asked for.
    pub rows: Vec<RowAnswer>,
    /// What exactly was computed.
    pub definition: Definition,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// The customers of the cell, or of this page's rows.
    #[schema(required)]
    pub customers: Option<Members>,
    /// The question, every default filled in.
    pub question: LifetimeValueQuestion,
}

/// A model of purchases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeModel)]
pub struct ModelAnswer {
    /// Its name: `bg_nbd`, `mbg_nbd`, `pareto_nbd`, `nbd`, `rate`.
    pub learner: String,
    /// Its parameters on everything known at the date, times in units; none where it refused.
    pub parameters: Vec<ParameterAnswer>,
    /// Log-likelihood in the unit of time; null for the baseline, and where it refused.
    #[schema(required)]
    pub log_likelihood: Option<f64>,
    /// Akaike's criterion, smaller is better.
    #[schema(required)]
    pub akaike: Option<f64>,
    /// What the data do not show.
    pub findings: Vec<FindingAnswer>,
    /// Why it could not be fitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
    /// What it foretold of the days held out; null where it could not.
    #[schema(required)]
    pub holdout: Option<ScoreAnswer>,
    /// Why it could not foretell them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holdout_refused: Option<Refusal>,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeParameter)]
pub struct ParameterAnswer {
    /// Its name in the paper.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// Its standard error; null at an edge of its range or where the likelihood is flat.
    #[schema(required)]
    pub standard_error: Option<f64>,
}

/// Something the data do not show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeFinding)]
pub struct FindingAnswer {
    /// Stable code: `no_drop_out`, `at_edge`, `flat`.
    pub code: String,
    /// The sentence.
    pub en: String,
    /// 同一句话。
    pub zh: String,
}

/// What a model foretold of the days held out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeScore)]
pub struct ScoreAnswer {
    /// Days with a purchase that there were.
    pub actual: f64,
    /// Those foretold.
    pub predicted: f64,
    /// Foretold ÷ actual − 1; null where there were none.
    #[schema(required)]
    pub total_error: Option<f64>,
    /// Mean absolute error per customer.
    pub mean_absolute_error: f64,
    /// Root of the mean squared error per customer.
    pub root_mean_squared_error: f64,
    /// Correlation over customers; null where one side does not vary.
    #[schema(required)]
    pub correlation: Option<f64>,
    /// By repeats before the days held out.
    pub by_repeats: Vec<RepeatsAnswer>,
}

/// Customers with equally many repeats.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeRepeats)]
pub struct RepeatsAnswer {
    /// Repeats; the last group holds everybody with at least so many.
    pub repeats: u32,
    /// Customers.
    pub customers: u64,
    /// Mean of the days with a purchase that there were.
    pub mean_actual: f64,
    /// Mean of those foretold.
    pub mean_predicted: f64,
}

/// The model that is believed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeChosen)]
pub struct ChosenAnswer {
    /// Its name.
    pub learner: String,
    /// Why: `holdout`, `likelihood`, `asked` or `document`.
    pub because: String,
    /// The reason as a sentence.
    pub en: String,
    /// 同一句话。
    pub zh: String,
}

/// The days held out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeHoldout)]
pub struct HoldoutAnswer {
    /// The last date the models learnt from.
    pub learnt_until: String,
    /// Days held out after it.
    pub days: u32,
    /// Customers known then.
    pub customers: u64,
}

/// What an order is expected to bring.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeAmounts)]
pub struct AmountsAnswer {
    /// `gamma_gamma` or `own_mean`.
    pub learner: String,
    /// Its parameters; none for own means.
    pub parameters: Vec<ParameterAnswer>,
    /// Its log-likelihood.
    #[schema(required)]
    pub log_likelihood: Option<f64>,
    /// Customers it was fitted on: those who repeat.
    #[schema(required)]
    pub customers: Option<u64>,
    /// Expected money of one order of a new customer, before refunds.
    pub mean: String,
    /// Share of all money that was not taken back.
    pub kept: f64,
    /// Correlation of orders and mean amount over those who repeat: Gamma-Gamma supposes 0. Null
    /// where one does not vary.
    #[schema(required)]
    pub independence: Option<f64>,
    /// What the data do not show.
    pub findings: Vec<FindingAnswer>,
    /// Why Gamma-Gamma could not be had, where it was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
}

/// A number with its range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeRange)]
pub struct RangeAnswer {
    /// Expected.
    pub expected: f64,
    /// Lower end; null where the formulas do not reach.
    #[schema(required)]
    pub low: Option<f64>,
    /// Upper end; null where the formulas do not reach.
    #[schema(required)]
    pub high: Option<f64>,
}

/// Money with its range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeMoney)]
pub struct MoneyAnswer {
    /// Expected.
    pub expected: String,
    /// Lower end; null where the variance is infinite or the formulas do not reach.
    #[schema(required)]
    pub low: Option<String>,
    /// Upper end; null where the variance is infinite or the formulas do not reach.
    #[schema(required)]
    pub high: Option<String>,
}

/// Everybody together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeTotals)]
pub struct TotalsAnswer {
    /// Customers.
    pub customers: u64,
    /// Expected number of them who are customers still; null where nobody leaves in the model.
    #[schema(required)]
    pub alive: Option<f64>,
    /// Days with a purchase within the horizon; null without any customer.
    #[schema(required)]
    pub purchases: Option<RangeAnswer>,
    /// Their money, refunds taken off, undiscounted and before margin and costs.
    #[schema(required)]
    pub revenue: Option<MoneyAnswer>,
    /// Value: discounted, after margin and costs.
    pub value: String,
    /// Value per customer; null without any.
    #[schema(required)]
    pub mean_value: Option<String>,
}

/// How value is spread over the customers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeDistribution)]
pub struct DistributionAnswer {
    /// Smallest, 10th, 25th, 50th, 75th, 90th, 99th percentile, largest: of type 1 of Hyndman and
    /// Fan (1996), so each is the value of somebody. None without any customer.
    pub quantiles: Vec<QuantileAnswer>,
    /// Share of all value above 0 that the most valuable fifth makes, rounded up to whole customers;
    /// null where nobody is worth anything.
    #[schema(required)]
    pub top_fifth: Option<f64>,
    /// Customers by value, in steps of equal width up to the 99th percentile and one for the rest.
    pub histogram: Vec<BarAnswer>,
}

/// One quantile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeQuantile)]
pub struct QuantileAnswer {
    /// Share of the customers at or below.
    pub share: f64,
    /// The value.
    pub value: String,
}

/// One bar of the histogram.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeBar)]
pub struct BarAnswer {
    /// At least so much.
    pub from: String,
    /// Less than so much; null for the last.
    #[schema(required)]
    pub to: Option<String>,
    /// Customers.
    pub customers: u64,
}

/// One tier, or one tenth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeTier)]
pub struct TierAnswer {
    /// 1 is the most valuable.
    pub tier: u8,
    /// Who stands in it.
    #[serde(flatten)]
    pub figures: Figures,
}

/// What some customers are expected to do and are worth.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeFigures)]
pub struct Figures {
    /// How many.
    pub customers: u64,
    /// Their share of everybody; null without anybody.
    #[schema(required)]
    pub share: Option<f64>,
    /// Mean of P(alive); null where nobody leaves in the model, or of nobody.
    #[schema(required)]
    pub mean_p_alive: Option<f64>,
    /// Expected days with a purchase.
    pub purchases: f64,
    /// Expected money.
    pub revenue: String,
    /// Value.
    pub value: String,
    /// Its share of everybody's; null where that is not above 0.
    #[schema(required)]
    pub value_share: Option<f64>,
    /// Value per customer; null of nobody.
    #[schema(required)]
    pub mean_value: Option<String>,
    /// Value × (1 − P(alive)); null where nobody leaves in the model.
    #[schema(required)]
    pub at_risk: Option<String>,
}

/// How value moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeTracking)]
pub struct TrackingAnswer {
    /// Every date, each valued with what was known at it.
    pub dates: Vec<DateAnswer>,
    /// Who moved between the first date and the last; null where the first could not be valued.
    #[schema(required)]
    pub moves: Option<MovesAnswer>,
}

/// One date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeDate)]
pub struct DateAnswer {
    /// The civil date.
    pub date: String,
    /// Customers known.
    pub customers: u64,
    /// Their value; null where it could not be told.
    #[schema(required)]
    pub value: Option<String>,
    /// Value per customer.
    #[schema(required)]
    pub mean_value: Option<String>,
    /// Why it could not be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
}

/// Who moved between two dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeMoves)]
pub struct MovesAnswer {
    /// The first date.
    pub from: String,
    /// The last.
    pub to: String,
    /// Customers in a better tier, in a worse one, in the same, and new ones, with the change of
    /// their value.
    pub movers: Vec<MoverAnswer>,
    /// Customers by tier at the first date, `new` last, and tier at the last date.
    pub matrix: Vec<Vec<u64>>,
}

/// Customers who moved one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeMover)]
pub struct MoverAnswer {
    /// Which way.
    pub mover: Mover,
    /// How many.
    pub customers: u64,
    /// Their value at the first date; null for new customers.
    #[schema(required)]
    pub value_from: Option<String>,
    /// Their value at the last.
    pub value_to: String,
}

/// Where the budget goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeBudgetAnswer)]
pub struct BudgetAnswer {
    /// How many customers the budget is enough for.
    pub affordable: u64,
    /// Customers worth it whom it reaches.
    pub funded: AllottedAnswer,
    /// Customers worth it whom it does not reach.
    pub left_undone: AllottedAnswer,
    /// Smallest saving of a customer who is reached; null where nobody is.
    #[schema(required)]
    pub least_saved: Option<String>,
    /// What of the budget remains.
    pub unspent: String,
}

/// Customers the budget reaches, or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeAllotted)]
pub struct AllottedAnswer {
    /// How many.
    pub customers: u64,
    /// What they take, or would take.
    pub cost: String,
    /// Expected value saved, or left unsaved.
    pub saved: String,
}

/// One group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeGroup)]
pub struct GroupAnswer {
    /// Values of the breakdown.
    #[schema(required, value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether it is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// Everybody of the group.
    #[serde(flatten)]
    pub figures: Figures,
    /// The tiers of everybody, as far as customers of the group stand in them; shares are of the
    /// group.
    pub tiers: Vec<TierAnswer>,
}

/// One customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeRow)]
pub struct RowAnswer {
    /// Position of the customer in `customers.ids`.
    pub customer: usize,
    /// Date of the first purchase.
    pub first: String,
    /// Date of the last.
    pub last: String,
    /// Days with a purchase.
    pub days: u32,
    /// Money, refunds taken off.
    pub money: String,
    /// The probability to be a customer still; null where nobody leaves in the model.
    #[schema(required)]
    pub p_alive: Option<f64>,
    /// Days with a purchase within the horizon.
    pub purchases: RangeAnswer,
    /// Their money, refunds taken off, undiscounted and before margin and costs.
    pub revenue: MoneyAnswer,
    /// Value: discounted, after margin and costs.
    pub value: String,
    /// Value × (1 − P(alive)); null where nobody leaves in the model.
    #[schema(required)]
    pub at_risk: Option<String>,
    /// Tier, 1 the most valuable.
    pub tier: u8,
    /// Tenth, 1 the most valuable.
    pub decile: u8,
    /// Value at every date, the last one last; null where the customer was not there yet, or the date
    /// could not be valued.
    #[schema(value_type = Vec<Option<String>>)]
    pub values: Vec<Option<String>>,
    /// What the budget means to the customer; null without one, or where it is not worth it.
    #[schema(required)]
    pub budget: Option<Allotted>,
}
