//! The answer: what every period lost, by part of the customers and by age, and who came back.

use perennial_types::money::decimal_text;
use perennial_types::question::{Definition, Warning};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::plan::Plan;
use super::question::{ChurnQuestion, Of};
use super::shown::{Shown, Slice};
use super::tally::{Counts, Numbers};
use super::win_back::{self, WinBackAnswer};
use crate::crr::ActiveAnswer;
use crate::grouping::Group;
use crate::interval::wilson;
use crate::range;
use crate::retention::Members;
use crate::rfm::TierName;
use crate::significance::{TestName, two_shares};

/// A churn answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChurnAnswer {
    /// `churn`.
    pub kind: String,
    /// When a customer is active.
    pub active: ActiveAnswer,
    /// Currency of all money; null where no row has one.
    #[schema(required)]
    pub currency: Option<String>,
    /// The periods that have begun, of everybody.
    pub periods: Vec<PeriodAnswer>,
    /// The same part by part: groups, tiers, stated reasons, new and old customers.
    pub parts: Vec<PeriodAnswer>,
    /// Everybody and every part, the periods that are over added up.
    pub totals: Vec<TotalAnswer>,
    /// New against old customers; null where one of them was never at risk.
    #[schema(required)]
    pub new_against_old: Option<Difference>,
    /// Hazard by age of the relationship, over the periods that are over.
    pub ages: Vec<AgeAnswer>,
    /// Where most is lost, over the periods that are over.
    pub most: Most,
    /// Who came back.
    pub win_back: WinBackAnswer,
    /// What exactly was computed.
    pub definition: Definition,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// The customers of the number that was asked for.
    #[schema(required)]
    pub customers: Option<Members>,
    /// The question, every default filled in.
    pub question: ChurnQuestion,
}

/// What part of the customers a number is about; its fields are those of a cell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ChurnPart)]
pub struct Part {
    /// What tells them apart.
    pub of: Of,
    /// Values of the breakdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether the group, or the reason, is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// The tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<TierName>,
    /// The stated reason; absent where none was stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One period of one part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ChurnPeriod)]
pub struct PeriodAnswer {
    /// First civil date; with the hour and offset for hours.
    pub start: String,
    /// First civil date after it.
    pub end: String,
    /// What it is called.
    pub label: String,
    /// What part of the customers.
    pub part: Part,
    /// Who was at risk, and who of them churned.
    pub risk: Risk,
    /// First active in the period, and active when it ends; null of parts that are told at its
    /// start.
    #[schema(required)]
    pub new: Option<u64>,
    /// Active earlier, not when it begins, and again when it ends.
    #[schema(required)]
    pub won_back: Option<u64>,
    /// Came and left within it.
    #[schema(required)]
    pub passing: Option<u64>,
    /// At risk + new + won back − churned.
    #[schema(required)]
    pub active_end: Option<u64>,
    /// Of tiers: from how much money on; null where nobody reaches it, and of the low tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money_from: Option<String>,
    /// Whether it is final.
    pub complete: bool,
    /// `history_too_short` where who is at risk cannot be known whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
}

/// Who was at risk, and who of them churned. Of a stated reason everybody is at risk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ChurnRisk)]
pub struct Risk {
    /// Active when the period begins.
    pub at_risk: u64,
    /// Of those, not active when it ends.
    pub churned: u64,
    /// Churned ÷ at risk; null of nobody.
    #[schema(required)]
    pub rate: Option<f64>,
    /// Its Wilson interval at 95 %.
    #[schema(required)]
    pub interval: Option<(f64, f64)>,
    /// Money of those at risk.
    pub money_at_risk: String,
    /// Money of those who churned.
    pub money_churned: String,
    /// Money churned ÷ money at risk; null where there is none.
    #[schema(required)]
    pub money_rate: Option<f64>,
    /// Why a rate is null: `nobody_at_risk` or `no_money_at_risk`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One part, its periods that are over added up: a customer counts once in each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ChurnTotal)]
pub struct TotalAnswer {
    /// What part of the customers.
    pub part: Part,
    /// How many periods.
    pub periods: usize,
    /// Σ at risk and Σ churned.
    pub risk: Risk,
    /// Churned ÷ everybody who churned; null where nobody did.
    #[schema(required)]
    pub of_churned: Option<f64>,
    /// The same of their money.
    #[schema(required)]
    pub of_money: Option<f64>,
}

/// Whether new customers churn more than old ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ChurnDifference)]
pub struct Difference {
    /// Rate of the new less rate of the old.
    pub difference: f64,
    /// Two-sided p-value.
    pub p: f64,
    /// Which test gave it.
    pub test: TestName,
}

/// The hazard at one age.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ChurnAge)]
pub struct AgeAnswer {
    /// Whole periods from the one of the first occurrence to the one at risk; 1 is the next.
    pub age: u32,
    /// Who was at risk at that age; its rate is the hazard.
    pub risk: Risk,
    /// Churned at that age ÷ churned at any; null where nobody did.
    #[schema(required)]
    pub of_churned: Option<f64>,
    /// Share that would remain after this age, were every hazard from age 1 on the one found; null
    /// from an age on at which nobody was at risk.
    #[schema(required)]
    pub remaining: Option<f64>,
}

/// Where most is lost; null where nothing is. Of equals, the earliest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ChurnMost)]
pub struct Most {
    /// The age at which most customers churned.
    #[schema(required)]
    pub age_by_customers: Option<u32>,
    /// The age whose hazard is surely highest: that with the highest lower end of its interval.
    #[schema(required)]
    pub age_by_hazard: Option<u32>,
    /// The period in which most customers churned.
    #[schema(required)]
    pub period_by_customers: Option<String>,
    /// The period whose rate has the highest lower end of its interval.
    #[schema(required)]
    pub period_by_rate: Option<String>,
    /// The period in which most money churned.
    #[schema(required)]
    pub period_by_money: Option<String>,
}

/// The numbers of customers at risk as the answer writes them.
pub fn risk(counts: &Counts) -> Risk {
    let Counts { at_risk, churned, money_at_risk, money_churned } = *counts;
    let reason = match (at_risk, money_at_risk) {
        (0, _) => Some("nobody_at_risk"),
        (_, 0) => Some("no_money_at_risk"),
        _ => None,
    };
    Risk {
        at_risk,
        churned,
        rate: (at_risk > 0).then(|| churned as f64 / at_risk as f64),
        interval: wilson(churned, at_risk),
        money_at_risk: decimal_text(money_at_risk),
        money_churned: decimal_text(money_churned),
        money_rate: (money_at_risk > 0).then(|| money_churned as f64 / money_at_risk as f64),
        reason: reason.map(str::to_owned),
    }
}

impl Plan {
    /// The periods of a part.
    pub fn rows(&self, slice: &Slice) -> Vec<PeriodAnswer> {
        let rows = slice.counts.iter().enumerate();
        rows.map(|(period, counts)| self.row(slice, period, counts)).collect()
    }

    fn row(&self, slice: &Slice, period: usize, counts: &Counts) -> PeriodAnswer {
        let flow = slice.flows.as_ref().and_then(|flows| flows.get(period));
        let number = |of: fn(&Numbers) -> u64| flow.map(of);
        let bound = match (slice.part.tier, self.tier_bounds.get(period)) {
            (Some(TierName::High), Some([high, _])) => Some(*high),
            (Some(TierName::Middle), Some([_, middle])) => Some(*middle),
            _ => None,
        };
        let too_short = self.is_history_too_short(period);
        PeriodAnswer {
            start: range::date_name(&self.calendar, &self.periods, period),
            end: range::date_name(&self.calendar, &self.periods, period + 1),
            label: range::label(&self.calendar, &self.periods, period),
            part: slice.part.clone(),
            risk: risk(counts),
            new: number(|flow| flow.new),
            won_back: number(|flow| flow.won_back),
            passing: number(|flow| flow.passing),
            active_end: flow.map(|flow| counts.at_risk - counts.churned + flow.new + flow.won_back),
            money_from: bound.filter(|bound| *bound < i128::MAX).map(decimal_text),
            complete: self.is_complete(period),
            flags: too_short.then(|| "history_too_short".to_owned()).into_iter().collect(),
        }
    }

    /// The numbers of the periods that are over, added up.
    fn over(&self, counts: &[Counts]) -> Counts {
        let mut total = Counts::default();
        let over = counts.iter().enumerate().filter(|(period, _)| self.is_over(*period));
        over.for_each(|(_, counts)| total.absorb(counts));
        total
    }

    /// Everybody and every part, added up.
    pub fn totals(&self, shown: &Shown) -> Vec<TotalAnswer> {
        let n_over = (0..self.n_periods()).filter(|period| self.is_over(*period)).count();
        if n_over == 0 {
            return Vec::new();
        }
        let everybody = self.over(&shown.everybody.counts);
        let total = |slice: &Slice| {
            let counts = self.over(&slice.counts);
            let share = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
            TotalAnswer {
                part: slice.part.clone(),
                periods: n_over,
                risk: risk(&counts),
                of_churned: share(counts.churned as f64, everybody.churned as f64),
                of_money: share(counts.money_churned as f64, everybody.money_churned as f64),
            }
        };
        std::iter::once(&shown.everybody).chain(&shown.parts).map(total).collect()
    }

    /// New against old customers.
    pub fn new_against_old(&self, shown: &Shown) -> Option<Difference> {
        let of = |of: Of| {
            let slice = shown.parts.iter().find(|slice| slice.part.of == of)?;
            Some(self.over(&slice.counts))
        };
        let (new, old) = (of(Of::New)?, of(Of::Old)?);
        let (p, test) = two_shares(new.churned, new.at_risk, old.churned, old.at_risk)?;
        let rate = |counts: &Counts| counts.churned as f64 / counts.at_risk as f64;
        Some(Difference { difference: rate(&new) - rate(&old), p, test })
    }

    /// Where most is lost.
    pub fn most(&self, shown: &Shown) -> Most {
        let periods = shown.everybody.counts.iter().enumerate();
        let over: Vec<(usize, &Counts)> =
            periods.filter(|(period, _)| self.is_over(*period)).collect();
        let ages: Vec<(u32, &Counts)> =
            shown.ages.iter().map(|(age, counts)| (*age, counts)).collect();
        let name = |period: usize| range::date_name(&self.calendar, &self.periods, period);
        let surely =
            |counts: &Counts| wilson(counts.churned, counts.at_risk).map_or(0.0, |(low, _)| low);
        Most {
            age_by_customers: largest(&ages, |counts| counts.churned as f64),
            age_by_hazard: largest(&ages, surely),
            period_by_customers: largest(&over, |counts| counts.churned as f64).map(name),
            period_by_rate: largest(&over, surely).map(name),
            period_by_money: largest(&over, |counts| counts.money_churned as f64).map(name),
        }
    }

    /// Who came back.
    pub fn win_back(&self, shown: &Shown) -> WinBackAnswer {
        win_back::answer(&shown.left, &self.question.win_back_days)
    }
}

/// Whose number is largest, the first of equals; of nothing above 0 nobody's.
fn largest<T: Copy>(all: &[(T, &Counts)], number: impl Fn(&Counts) -> f64) -> Option<T> {
    let mut best: Option<(T, f64)> = None;
    for (name, counts) in all {
        let own = number(counts);
        if own > best.map_or(0.0, |(_, known)| known) {
            best = Some((*name, own));
        }
    }
    best.map(|(name, _)| name)
}

/// The hazards by age, and what would remain.
pub fn ages(shown: &Shown) -> Vec<AgeAnswer> {
    let all: u64 = shown.ages.values().map(|counts| counts.churned).sum();
    let mut remaining = Some(1.0);
    let mut before = 0;
    let mut answers = Vec::with_capacity(shown.ages.len());
    for (age, counts) in &shown.ages {
        let risk = risk(counts);
        let is_next = *age == before + 1;
        remaining =
            remaining.zip(risk.rate).filter(|_| is_next).map(|(left, rate)| left * (1.0 - rate));
        before = *age;
        answers.push(AgeAnswer {
            age: *age,
            of_churned: (all > 0).then(|| counts.churned as f64 / all as f64),
            risk,
            remaining,
        });
    }
    answers
}
