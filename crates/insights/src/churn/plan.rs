//! A question made ready: dates turned into boundaries, the rule of being active, defaults filled
//! in.

use std::sync::Arc;

use perennial_engine::source::SourceFacts;
use perennial_types::calendar::{Boundaries, Calendar, Micros};
use perennial_types::filter::EventFilter;
use perennial_types::question::Population;

use super::question::{ChurnQuestion, Subscription};
use crate::belonging;
use crate::crr::{Window, window_of};
use crate::insight::AskError;
use crate::ledger::Rule;
use crate::range;
use crate::rfm::{Refunds, TierName};

/// Most periods a customer is new for.
const MAX_NEW: u32 = 1_000;
/// Longest time to be won back within, in days.
const MAX_DAYS: u32 = 36_600;

/// A question that can be folded.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The question, every default filled in.
    pub question: ChurnQuestion,
    /// The calendar of its civil dates.
    pub calendar: Calendar,
    /// The periods, those that have not begun by `as_of` included.
    pub periods: Boundaries,
    /// Where those that have begun start, and where the last of them ends, `as_of` at the latest.
    pub bounds: Vec<Micros>,
    /// Where the period before the first begins.
    before: Micros,
    /// The periods of all of history.
    history: Boundaries,
    /// Which of them the first period is.
    offset: usize,
    /// End of the known world.
    pub as_of: Micros,
    /// What is read.
    pub rule: Arc<Rule>,
    /// Length of the trailing window; of no use with a subscription.
    pub window: Window,
    /// From how much money on a customer is of the high and of the middle tier, by period.
    pub tier_bounds: Vec<[i128; 2]>,
    /// Instant of the earliest event; `None` for an empty lake.
    pub first_event: Option<Micros>,
}

impl Plan {
    /// Resolves a question against what is known of the data.
    pub fn new(mut question: ChurnQuestion, facts: &SourceFacts) -> Result<Plan, AskError> {
        check(&question)?;
        let as_of = range::as_of(question.as_of)?;
        let calendar =
            range::calendar(&question.zone, question.week_start, question.fiscal_year_start)?;
        let (mut from, mut to) = (question.from, question.to);
        let periods = range::periods(&calendar, question.period, &mut from, &mut to, facts, as_of)?;
        (question.from, question.to) = (from, to);
        let first_event = facts.ts.map(|(first, _)| first);
        let history = match (from, to) {
            (Some(from), Some(to)) => {
                let known = first_event.map_or(from, |first| calendar.date_of(first).min(from));
                let all = calendar.periods_of_dates(question.period, known, to);
                all.map_err(|error| range::too_many(&error.to_string(), &error.in_chinese()))?
            }
            _ => periods.clone(),
        };
        let n_begun = periods.starts().partition_point(|start| *start < as_of).min(periods.len());
        let n_bounds = if n_begun > 0 { n_begun + 1 } else { 0 };
        let bounds = periods.starts().iter().take(n_bounds).map(|bound| (*bound).min(as_of));
        let before = periods.start(0).unwrap_or_default().saturating_sub(1);
        Ok(Plan {
            bounds: bounds.collect(),
            before: calendar.period_containing(question.period, before).start,
            offset: history.len() - periods.len(),
            history,
            rule: Arc::new(rule(&mut question, facts, as_of)?),
            window: window_of(question.active.trailing_days)?,
            tier_bounds: Vec::new(),
            question,
            calendar,
            periods,
            as_of,
            first_event,
        })
    }

    /// The subscription, where the question is about one.
    pub fn subscription(&self) -> Option<&Subscription> {
        self.question.active.subscription.as_ref()
    }

    /// Whose customers count.
    pub fn population(&self) -> Population {
        self.question.population.unwrap_or(Population::Buyers)
    }

    /// Whether purchases keep a customer active.
    pub fn is_by_purchase(&self) -> bool {
        self.question.event.is_none()
            && self.subscription().is_none()
            && self.population() != Population::Everyone
    }

    /// Whether the trailing window has to be measured first. An empty lake has nothing to measure.
    pub fn needs_window(&self) -> bool {
        self.subscription().is_none()
            && self.window == Window::Unknown
            && self.first_event.is_some()
    }

    /// Number of periods that have begun.
    pub fn n_periods(&self) -> usize {
        self.bounds.len().saturating_sub(1)
    }

    /// The instants from the first period to the last, or to `as_of`.
    pub fn range(&self) -> std::ops::Range<Micros> {
        let start = self.bounds.first().copied().unwrap_or_default();
        start..self.bounds.last().copied().unwrap_or(start)
    }

    /// Whether a period has ended.
    pub fn is_over(&self, period: usize) -> bool {
        self.periods.end(period).is_some_and(|end| end <= self.as_of)
    }

    /// Whether a period is final.
    pub fn is_complete(&self, period: usize) -> bool {
        !self.rule.is_open_ended() && self.is_over(period)
    }

    /// Whole periods from the one of an instant to this one.
    pub fn age(&self, first: Micros, period: usize) -> u32 {
        let born = self.history.index_of(first).unwrap_or_default();
        (self.offset + period).saturating_sub(born) as u32
    }

    /// Where the periods of all of history start, and where the last ends.
    pub fn history(&self) -> &[Micros] {
        self.history.starts()
    }

    /// Which of them the first period is.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Whether a customer of that age is new.
    pub fn is_new(&self, age: u32) -> bool {
        age <= self.question.new_for
    }

    /// From when on purchases are a customer's money at the start of a period.
    pub fn money_since(&self, period: usize) -> Micros {
        let start = self.bounds.get(period).copied().unwrap_or_default();
        match (self.subscription(), self.window.micros()) {
            (None, Some(window)) => start.saturating_sub(window),
            _ => {
                let before = period.checked_sub(1).and_then(|before| self.bounds.get(before));
                before.copied().unwrap_or(self.before)
            }
        }
    }

    /// Whether who is active when a period begins cannot be known whole.
    pub fn is_history_too_short(&self, period: usize) -> bool {
        let since = match (self.subscription(), self.bounds.get(period)) {
            (Some(_), start) => start.copied(),
            (None, _) => Some(self.money_since(period)),
        };
        since.zip(self.first_event).is_some_and(|(since, first)| since < first)
    }

    /// The tier of a customer with that money when a period begins.
    pub fn tier(&self, period: usize, money: i128) -> TierName {
        match self.tier_bounds.get(period) {
            Some([high, _]) if money >= *high => TierName::High,
            Some([_, middle]) if money >= *middle => TierName::Middle,
            _ => TierName::Low,
        }
    }

    /// Whether refunds lessen the money.
    pub fn nets(&self) -> bool {
        self.question.refunds == Refunds::Net
    }
}

fn check(question: &ChurnQuestion) -> Result<(), AskError> {
    let bad = |message: String, hint: &str| Err(AskError::bad(message, hint));
    let active = &question.active;
    if let Some(subscription) = &active.subscription {
        if active.trailing_days.is_some() {
            let message = "`active` has both `trailing_days` and `subscription`";
            return bad(message.to_owned(), "leave one of them away");
        }
        if question.event.is_some() {
            let message = "`event` is given beside `active.subscription`";
            return bad(message.to_owned(), "leave one of them away");
        }
        if subscription.start == subscription.end {
            let message = "`active.subscription` starts and ends by the same event";
            return bad(message.to_owned(), "give two different events");
        }
    }
    if !(1..=MAX_NEW).contains(&question.new_for) {
        let message = format!("`new_for` is `{}`", question.new_for);
        return bad(message, "give a number of periods from 1 to 1000");
    }
    if let Some(tiers) = question.tiers
        && !(0.0 < tiers.high && tiers.high < tiers.middle && tiers.middle <= 1.0)
    {
        let message = format!("`tiers` has high `{}` and middle `{}`", tiers.high, tiers.middle);
        return bad(message, "give 0 < high < middle ≤ 1");
    }
    let is_length = |days: &&u32| (1..=MAX_DAYS).contains(*days);
    if let Some(days) = question.win_back_days.iter().find(|days| !is_length(days)) {
        let message = format!("`win_back_days` has `{days}`");
        return bad(message, "give numbers of days from 1 to 36600");
    }
    Ok(())
}

/// What is read; the population of the question is filled in.
fn rule(
    question: &mut ChurnQuestion,
    facts: &SourceFacts,
    as_of: Micros,
) -> Result<Rule, AskError> {
    let usual = match question.active.subscription {
        None => Population::Buyers,
        Some(_) => Population::Everyone,
    };
    let population = *question.population.get_or_insert(usual);
    let fields = belonging::fields(&question.breakdown)?;
    let any = EventFilter::any();
    let subscription = question.active.subscription.as_ref();
    let marks: Vec<&EventFilter> = match (subscription, &question.event) {
        (Some(one), _) => vec![&one.start, &one.end],
        (None, Some(event)) => vec![event],
        (None, None) if population == Population::Everyone => vec![&any],
        (None, None) => Vec::new(),
    };
    let rule = Rule::new(&marks, population, fields, facts, as_of)?;
    let money = subscription.and_then(|one| one.money.as_deref());
    let reason = subscription.and_then(|one| one.reason.as_deref());
    Ok(rule.with_number(money).with_word(reason).with_currency(question.currency.clone()))
}
