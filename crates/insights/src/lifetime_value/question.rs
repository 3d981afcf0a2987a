//! The lifetime value question as it is written in JSON. Every field has a default.

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_models::lifetime::backtest;
use perennial_types::calendar::Zone;
use perennial_types::money::Decimal4;
use perennial_types::question::Population;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::grouping::Group;
use crate::retention::Breakdown;
use crate::rfm::Refunds;

/// Rows of a page unless the question says otherwise.
pub const PAGE: u64 = 100;

/// Who is still a customer, how often each will buy, and what that is worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LifetimeValueQuestion {
    /// Civil dates at whose end customers are valued, to see their value move; none for the date of
    /// the latest event. Everything but the tracking is told of the last one.
    pub dates: Vec<Date>,
    /// End of the known world.
    pub as_of: Option<Timestamp>,
    /// Zone of every civil date.
    pub zone: Zone,
    /// Unit of time the parameters are told in.
    pub unit: TimeUnit,
    /// How far ahead is looked.
    pub horizon_days: u32,
    /// The model of purchases.
    pub learner: Learner,
    /// What an order of a customer is expected to bring.
    pub amounts: AmountsLearner,
    /// Days before the last date that are held out, to see which model foretells them; `None` for a
    /// third of the days known.
    pub holdout_days: Option<u32>,
    /// By what the best model is chosen.
    pub yardstick: Yardstick,
    /// What a year's wait takes off money: 0.1 where 110 in a year is 100 today.
    pub discount_yearly: f64,
    /// Share of an order's amount that remains after the goods.
    pub margin: f64,
    /// Cost of each order on top.
    pub cost_per_order: Decimal4,
    /// Cost of keeping contact with a customer for a year.
    pub cost_per_customer_yearly: Decimal4,
    /// Whose customers are valued: `buyers` or `net_buyers`.
    pub population: Population,
    /// The only currency that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Whether refunds lessen the money.
    pub refunds: Refunds,
    /// Probability of every range.
    pub level: f64,
    /// Where tiers end, as shares of the customers, the most valuable first; whoever is left is one
    /// tier more.
    pub tiers: Vec<f64>,
    /// Hours or money to be spent on keeping customers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// Columns the customers are told apart by.
    pub breakdown: Vec<Breakdown>,
    /// Groups shown by themselves; the rest is one more, `Other`.
    pub top: usize,
    /// Order of the rows.
    pub order: Order,
    /// Rows of the answer; `null` for all.
    pub limit: Option<u64>,
    /// Rows passed over before the first.
    pub offset: u64,
    /// The number whose customers are wanted; the rows are then theirs.
    pub cell: Option<CellRef>,
    /// A model trained before, as a document: customers are valued by it instead of a new fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub model: Option<Value>,
}

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeTimeUnit)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// A civil day.
    Day,
    /// Seven of them.
    Week,
}

/// A model of purchases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeLearner)]
#[serde(rename_all = "snake_case")]
pub enum Learner {
    /// The one that foretold the held-out days best.
    Best,
    /// BG/NBD: who repeats may leave right after a purchase.
    BgNbd,
    /// MBG/NBD: anybody may leave right after a purchase, the first included.
    MbgNbd,
    /// Pareto/NBD: anybody may leave at any time.
    ParetoNbd,
    /// NBD: nobody leaves.
    Nbd,
    /// Everybody carries on at their own past rate: the baseline.
    Rate,
}

/// What an order is expected to bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeAmountsLearner)]
#[serde(rename_all = "snake_case")]
pub enum AmountsLearner {
    /// Gamma-Gamma where it can be fitted, else each customer's own mean.
    Best,
    /// Gamma-Gamma: own mean, drawn towards everybody's the fewer orders there are.
    GammaGamma,
    /// Each customer's own mean.
    OwnMean,
}

/// By what the best model is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeYardstick)]
#[serde(rename_all = "snake_case")]
pub enum Yardstick {
    /// Mean absolute error per customer.
    MeanAbsoluteError,
    /// Root of the mean squared error per customer.
    RootMeanSquaredError,
    /// Distance of the predicted from the actual total.
    Total,
}

/// Order of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeOrder)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The most valuable first.
    Value,
    /// The largest rise of value since the first date first.
    Rise,
    /// The largest fall first.
    Fall,
    /// The largest value at risk first.
    AtRisk,
}

/// Hours or money to be spent on keeping customers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeBudget)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// How much there is.
    pub amount: Decimal4,
    /// How much one customer takes.
    pub cost_per_customer: Decimal4,
    /// Share of the value at risk that the action saves, 0 to 1.
    pub saves: f64,
    /// What is spent.
    #[serde(default = "money")]
    pub of: BudgetOf,
}

/// What is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeBudgetOf)]
#[serde(rename_all = "snake_case")]
pub enum BudgetOf {
    /// Money: whoever saves less than they cost is left out.
    Money,
    /// Hours.
    Hours,
}

/// The number whose customers are wanted: everybody, or one of the first five.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeCellRef)]
#[serde(deny_unknown_fields, default)]
pub struct CellRef {
    /// A tier, 1 the most valuable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<u8>,
    /// A tenth of the customers, 1 the most valuable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decile: Option<u8>,
    /// Who changed tier between the first date and the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mover: Option<Mover>,
    /// Who moved from one tier to another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub migration: Option<MigrationCell>,
    /// What the budget means to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Allotted>,
    /// Values of the breakdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether the group is the computed rest.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
}

/// A change of tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeMoverName)]
#[serde(rename_all = "snake_case")]
pub enum Mover {
    /// To a better tier.
    Up,
    /// To a worse one.
    Down,
    /// None.
    Same,
    /// Not a customer yet at the first date.
    New,
}

/// Who moved from one tier to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeMigrationCell)]
#[serde(deny_unknown_fields)]
pub struct MigrationCell {
    /// Tier at the first date; absent for who was no customer yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u8>,
    /// Tier at the last date.
    pub to: u8,
}

/// What the budget means to a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifetimeAllottedName)]
#[serde(rename_all = "snake_case")]
pub enum Allotted {
    /// There is enough.
    Funded,
    /// It would be worth it, but the budget is spent.
    LeftUndone,
}

fn money() -> BudgetOf {
    BudgetOf::Money
}

impl TimeUnit {
    /// How many days it has.
    pub fn days(self) -> f64 {
        match self {
            TimeUnit::Day => 1.0,
            TimeUnit::Week => 7.0,
        }
    }
}

impl Learner {
    /// The name the model goes by; `None` for [`Learner::Best`].
    pub fn name(self) -> Option<&'static str> {
        match self {
            Learner::Best => None,
            Learner::BgNbd => Some("bg_nbd"),
            Learner::MbgNbd => Some("mbg_nbd"),
            Learner::ParetoNbd => Some("pareto_nbd"),
            Learner::Nbd => Some("nbd"),
            Learner::Rate => Some("rate"),
        }
    }
}

impl Yardstick {
    /// As the backtest has it.
    pub fn of_backtest(self) -> backtest::Yardstick {
        match self {
            Yardstick::MeanAbsoluteError => backtest::Yardstick::MeanAbsoluteError,
            Yardstick::RootMeanSquaredError => backtest::Yardstick::RootMeanSquaredError,
            Yardstick::Total => backtest::Yardstick::Total,
        }
    }
}

impl Default for LifetimeValueQuestion {
    fn default() -> LifetimeValueQuestion {
        LifetimeValueQuestion {
            dates: Vec::new(),
            as_of: None,
            zone: Zone::utc(),
            unit: TimeUnit::Week,
            horizon_days: 365,
            learner: Learner::Best,
            amounts: AmountsLearner::Best,
            holdout_days: None,
            yardstick: Yardstick::MeanAbsoluteError,
            discount_yearly: 0.0,
            margin: 1.0,
            cost_per_order: Decimal4(0),
            cost_per_customer_yearly: Decimal4(0),
            population: Population::Buyers,
            currency: None,
            refunds: Refunds::Net,
            level: 0.9,
            tiers: vec![0.2, 0.5],
            budget: None,
            breakdown: Vec::new(),
            top: 10,
            order: Order::Value,
            limit: Some(PAGE),
            offset: 0,
            cell: None,
            model: None,
        }
    }
}
