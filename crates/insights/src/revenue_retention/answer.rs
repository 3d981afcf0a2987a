//! The answer: the lines between base and period, and the rates made of them.

use perennial_types::money::decimal_text;
use perennial_types::question::{Definition, Warning};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::flow::Line;
use super::plan::Plan;
use super::question::{RevenueRetentionQuestion, SetName};
use super::tally::{Counts, Sums};
use crate::grouping::Group;
use crate::range;
use crate::retention::Members;

/// A revenue_retention answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RevenueRetentionAnswer {
    /// `revenue_retention`.
    pub kind: String,
    /// Currency of all money; null where no row has one.
    #[schema(required)]
    pub currency: Option<String>,
    /// The periods that have begun, of everybody.
    pub periods: Vec<PeriodAnswer>,
    /// The periods that are over, added up; null where none is.
    #[schema(required)]
    pub overall: Option<Overall>,
    /// The periods of every group, when customers are told apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<PeriodAnswer>,
    /// What exactly was computed.
    pub definition: Definition,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// The customers of the number that was asked for.
    #[schema(required)]
    pub customers: Option<Members>,
    /// The question, every default filled in.
    pub question: RevenueRetentionQuestion,
}

/// The lines and rates of one period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = RevenueRetentionPeriod)]
pub struct PeriodAnswer {
    /// First civil date.
    pub start: String,
    /// First civil date after it.
    pub end: String,
    /// What it is called.
    pub label: String,
    /// First civil date of its base.
    pub base_start: String,
    /// What its base is called.
    pub base_label: String,
    /// Values of the breakdown.
    #[schema(required, value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether the group is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// Customers with money in the base, and that money.
    pub base: Side,
    /// Those without any in the period, and what they paid in the base.
    pub churned: Side,
    /// Those with less, and how much less.
    pub contraction: Side,
    /// Those with as much, and that money.
    pub unchanged: Side,
    /// Those with more, and how much more.
    pub expansion: Side,
    /// Those back after a base without money, and their money in the period.
    pub reactivation: Side,
    /// Those with money for the first time, and it.
    pub new: Side,
    /// Customers with money in the period, and that money.
    pub current: Side,
    /// Money of customers whose refunds exceed what they paid; in no line.
    pub below_zero: BelowZero,
    /// Gross revenue retention: (base − churned − contraction) ÷ base; null without a base.
    #[schema(required)]
    pub grr: Option<f64>,
    /// Net revenue retention: (base − churned − contraction + expansion) ÷ base.
    #[schema(required)]
    pub nrr: Option<f64>,
    /// (Churned + contraction) ÷ base.
    #[schema(required)]
    pub gross_churn: Option<f64>,
    /// (Churned + contraction − expansion) ÷ base; below 0 where more grew than left.
    #[schema(required)]
    pub net_churn: Option<f64>,
    /// Customers of the base with money in the period ÷ customers of the base.
    #[schema(required)]
    pub customers_kept: Option<f64>,
    /// Why there is no rate: `no_money_in_base`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether it is final.
    pub complete: bool,
    /// `history_too_short` where the base begins before anything is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
}

/// Customers and an amount of money.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RevenueRetentionSide)]
pub struct Side {
    /// How many.
    pub customers: u64,
    /// The money, a decimal.
    pub money: String,
}

/// Money of customers whose refunds exceed what they paid.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RevenueRetentionBelowZero)]
pub struct BelowZero {
    /// In the base.
    pub base: String,
    /// In the period.
    pub current: String,
}

/// Periods added up: a customer counts once in each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = RevenueRetentionOverall)]
pub struct Overall {
    /// How many periods.
    pub periods: usize,
    /// Σ money of the bases.
    pub base: String,
    /// Σ (base − churned − contraction) ÷ Σ base; null without a base.
    #[schema(required)]
    pub grr: Option<f64>,
    /// Σ (base − churned − contraction + expansion) ÷ Σ base.
    #[schema(required)]
    pub nrr: Option<f64>,
}

/// Whose numbers they are.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// Values of the breakdown; `None` for everybody, or for the computed rest.
    pub group: Option<Group>,
    /// Whether it is the computed rest.
    pub other: bool,
}

/// The amounts that rates are made of.
struct Amounts {
    base: i128,
    lost: i128,
    expansion: i128,
}

impl Amounts {
    fn of(counts: &Counts) -> Amounts {
        let amount = |set: SetName| amount(set, &counts.of(set.lines()));
        Amounts {
            base: amount(SetName::Base),
            lost: amount(SetName::Churned) + amount(SetName::Contraction),
            expansion: amount(SetName::Expansion),
        }
    }

    fn rate(&self, part: i128) -> Option<f64> {
        (self.base > 0).then(|| part as f64 / self.base as f64)
    }

    fn grr(&self) -> Option<f64> {
        self.rate(self.base - self.lost)
    }

    fn nrr(&self) -> Option<f64> {
        self.rate(self.base - self.lost + self.expansion)
    }
}

/// The money a set stands for.
fn amount(set: SetName, sums: &Sums) -> i128 {
    let [base, current] = sums.money;
    match set {
        SetName::Base | SetName::Churned | SetName::Unchanged => base,
        SetName::Contraction => base - current,
        SetName::Expansion => current - base,
        SetName::Reactivation | SetName::New | SetName::Current => current,
    }
}

impl Plan {
    /// The lines and rates of a period.
    pub fn period(&self, period: usize, counts: &Counts, shown: &Shown) -> PeriodAnswer {
        let side = |set: SetName| {
            let sums = counts.of(set.lines());
            Side { customers: sums.customers, money: decimal_text(amount(set, &sums)) }
        };
        let amounts = Amounts::of(counts);
        let [below_base, below_current] = counts.below_zero();
        let name = |index: usize| range::date_name(&self.calendar, &self.all, index);
        let label = |index: usize| range::label(&self.calendar, &self.all, index);
        let too_short = self.is_history_too_short(period);
        let customers = counts.of(SetName::Base.lines()).customers;
        let kept = customers - counts.of(&[Line::Churned]).customers;
        PeriodAnswer {
            start: name(period + self.lag),
            end: name(period + self.lag + 1),
            label: label(period + self.lag),
            base_start: name(period),
            base_label: label(period),
            group: shown.group.clone(),
            other: shown.other,
            base: side(SetName::Base),
            churned: side(SetName::Churned),
            contraction: side(SetName::Contraction),
            unchanged: side(SetName::Unchanged),
            expansion: side(SetName::Expansion),
            reactivation: side(SetName::Reactivation),
            new: side(SetName::New),
            current: side(SetName::Current),
            below_zero: BelowZero {
                base: decimal_text(below_base),
                current: decimal_text(below_current),
            },
            grr: amounts.grr(),
            nrr: amounts.nrr(),
            gross_churn: amounts.rate(amounts.lost),
            net_churn: amounts.rate(amounts.lost - amounts.expansion),
            customers_kept: (customers > 0).then(|| kept as f64 / customers as f64),
            reason: (amounts.base <= 0).then(|| "no_money_in_base".to_owned()),
            complete: self.is_complete(period),
            flags: too_short.then(|| "history_too_short".to_owned()).into_iter().collect(),
        }
    }

    /// The periods of everybody that are over, added up.
    pub fn overall(&self, periods: &[Counts]) -> Option<Overall> {
        let mut total = Counts::default();
        let over = periods.iter().enumerate().filter(|(period, _)| self.is_over(*period));
        let n = over.map(|(_, counts)| total.absorb(counts)).count();
        let amounts = Amounts::of(&total);
        (n > 0).then(|| Overall {
            periods: n,
            base: decimal_text(amounts.base),
            grr: amounts.grr(),
            nrr: amounts.nrr(),
        })
    }
}
