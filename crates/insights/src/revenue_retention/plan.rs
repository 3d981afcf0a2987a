//! A question made ready: the periods and their bases as one row of boundaries, defaults filled in.

use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;
use perennial_engine::source::SourceFacts;
use perennial_types::calendar::{Boundaries, Calendar, Micros, Unit};
use perennial_types::question::Population;

use super::question::{Compare, RevenueRetentionQuestion};
use crate::belonging;
use crate::insight::AskError;
use crate::ledger::Rule;
use crate::range;
use crate::rfm::Refunds;

/// A question that can be folded.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The question, every default filled in.
    pub question: RevenueRetentionQuestion,
    /// The calendar of its civil dates.
    pub calendar: Calendar,
    /// The periods from the base of the first to the last.
    pub all: Boundaries,
    /// Where those that have begun start, and where the last of them ends, `as_of` at the latest.
    bounds: Vec<Micros>,
    /// How many periods lie between one and its base.
    pub lag: usize,
    /// End of the known world.
    pub as_of: Micros,
    /// What is read.
    pub rule: Arc<Rule>,
    /// Instant of the earliest event; `None` for an empty lake.
    first_event: Option<Micros>,
}

impl Plan {
    /// Resolves a question against what is known of the data.
    pub fn new(
        mut question: RevenueRetentionQuestion,
        facts: &SourceFacts,
    ) -> Result<Plan, AskError> {
        if question.period == Unit::Hour {
            return Err(AskError::bad("`period` is `hour`", "give `day` or a longer one"));
        }
        let as_of = range::as_of(question.as_of)?;
        let calendar =
            range::calendar(&question.zone, question.week_start, question.fiscal_year_start)?;
        let (mut from, mut to) = (question.from, question.to);
        let asked = range::periods(&calendar, question.period, &mut from, &mut to, facts, as_of)?;
        (question.from, question.to) = (from, to);
        let all = match (from, to) {
            (Some(from), Some(to)) => {
                let first = base_date(&question, &calendar, from)?;
                let all = calendar.periods_of_dates(question.period, first, to);
                all.map_err(|error| range::too_many(&error.to_string(), &error.in_chinese()))?
            }
            _ => asked.clone(),
        };
        let lag = all.len() - asked.len();
        let n_begun = all.starts().partition_point(|start| *start < as_of).min(all.len());
        let has_begun = n_begun > lag;
        let bounds = all.starts().iter().take(if has_begun { n_begun + 1 } else { 0 });
        Ok(Plan {
            bounds: bounds.map(|bound| (*bound).min(as_of)).collect(),
            rule: Arc::new(rule(&mut question, facts, as_of)?),
            question,
            calendar,
            all,
            lag,
            as_of,
            first_event: facts.ts.map(|(first, _)| first),
        })
    }

    /// Number of periods that have begun, bases before the first left out.
    pub fn n_periods(&self) -> usize {
        self.n_all().saturating_sub(self.lag)
    }

    /// The same with the bases before the first.
    pub fn n_all(&self) -> usize {
        self.bounds.len().saturating_sub(1)
    }

    /// Which of all periods an instant lies in.
    pub fn index_of(&self, ts: Micros) -> Option<usize> {
        let after = self.bounds.partition_point(|bound| *bound <= ts);
        after.checked_sub(1).filter(|index| *index < self.n_all())
    }

    /// First instant of one of all periods.
    pub fn start(&self, index: usize) -> Option<Micros> {
        self.bounds.get(index).copied()
    }

    /// First instant after one of all periods.
    pub fn end(&self, index: usize) -> Micros {
        self.bounds.get(index + 1).copied().unwrap_or(Micros::MAX)
    }

    /// Whether refunds lessen the money.
    pub fn nets(&self) -> bool {
        self.question.refunds == Refunds::Net
    }

    /// Whether a period has ended.
    pub fn is_over(&self, period: usize) -> bool {
        self.all.end(period + self.lag).is_some_and(|end| end <= self.as_of)
    }

    /// Whether a period is final.
    pub fn is_complete(&self, period: usize) -> bool {
        !self.rule.is_open_ended() && self.is_over(period)
    }

    /// Whether the base of a period begins before anything is known.
    pub fn is_history_too_short(&self, period: usize) -> bool {
        match (self.bounds.get(period), self.first_event) {
            (Some(start), Some(first)) => *start < first,
            _ => false,
        }
    }
}

/// First civil date of the base of the first period.
fn base_date(
    question: &RevenueRetentionQuestion,
    calendar: &Calendar,
    from: Date,
) -> Result<Date, AskError> {
    let date = match (question.compare, question.period) {
        (Compare::Previous, _) => from.yesterday(),
        (Compare::YearAgo, Unit::Hour | Unit::Day | Unit::Week) => from.checked_sub(364.days()),
        (Compare::YearAgo, Unit::Month | Unit::Quarter | Unit::Year) => from.checked_sub(1.year()),
    };
    let date = date.map_err(|_| {
        AskError::bad(format!("`from` {from} has no period before it"), "give a later date")
    })?;
    Ok(calendar.widen(question.period, date, date).0)
}

/// What is read; the population of the question is filled in.
fn rule(
    question: &mut RevenueRetentionQuestion,
    facts: &SourceFacts,
    as_of: Micros,
) -> Result<Rule, AskError> {
    let usual = match question.recurring {
        None => Population::Buyers,
        Some(_) => Population::Everyone,
    };
    let population = *question.population.get_or_insert(usual);
    let fields = belonging::fields(&question.breakdown)?;
    let recurring = question.recurring.as_ref();
    let marks: Vec<_> =
        recurring.into_iter().flat_map(|one| [&one.event].into_iter().chain(&one.end)).collect();
    let rule = Rule::new(&marks, population, fields, facts, as_of)?;
    let value = recurring.map(|one| one.value.as_str());
    Ok(rule.with_number(value).with_currency(question.currency.clone()))
}
