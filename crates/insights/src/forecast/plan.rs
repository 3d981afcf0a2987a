//! A question made ready: the periods of all of history and of those ahead.

use std::sync::Arc;

use perennial_engine::source::SourceFacts;
use perennial_types::calendar::{Boundaries, Calendar, Micros};
use perennial_types::event::Column;

use super::question::ForecastQuestion;
use crate::insight::AskError;
use crate::occurring::Rule;
use crate::range;

/// Most periods of history: every cohort is kept at every age.
const MAX_PERIODS: usize = 1_500;
/// Most periods foretold.
const MAX_AHEAD: u32 = 400;
/// Most origins.
const MAX_ORIGINS: u32 = 500;

/// A question that can be folded.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The question, every default filled in.
    pub question: ForecastQuestion,
    /// The calendar of its civil dates.
    pub calendar: Calendar,
    /// The periods from the first event on, those ahead among them.
    pub periods: Boundaries,
    /// How many of them are over.
    pub n_over: usize,
    /// End of the known world.
    pub as_of: Micros,
    /// What counts as an occurrence.
    pub rule: Arc<Rule>,
    /// Whether rows may share an order.
    by_order: bool,
}

impl Plan {
    /// Resolves a question against what is known of the data.
    pub fn new(mut question: ForecastQuestion, facts: &SourceFacts) -> Result<Plan, AskError> {
        check(&question)?;
        question.season = question.season();
        let as_of = range::as_of(question.as_of)?;
        let calendar =
            range::calendar(&question.zone, question.week_start, question.fiscal_year_start)?;
        let rule =
            Rule::new(question.event.as_ref(), question.population, Vec::new(), facts, as_of)?;
        let (periods, n_over) = periods(&question, &calendar, facts, as_of)?;
        Ok(Plan {
            question,
            calendar,
            periods,
            n_over,
            as_of,
            rule: Arc::new(rule),
            by_order: !facts.always_null.contains(&Column::OrderId),
        })
    }

    /// The instants that matter: whoever is new is so by all of history.
    pub fn range(&self) -> std::ops::Range<Micros> {
        let last = self.periods.starts().get(self.n_over).copied().unwrap_or(self.as_of);
        let grows = self.by_order || self.rule.is_open_ended();
        Micros::MIN..if grows { self.as_of } else { last.min(self.as_of) }
    }
}

/// Every period from the first event to the last one ahead, and how many are over.
fn periods(
    question: &ForecastQuestion,
    calendar: &Calendar,
    facts: &SourceFacts,
    as_of: Micros,
) -> Result<(Boundaries, usize), AskError> {
    let unit = question.period;
    let first = facts.ts.map_or(as_of, |(first, _)| first.min(as_of));
    let mut until = as_of;
    let mut found = cut(calendar, unit, first, until)?;
    let n_over = found.starts().iter().skip(1).filter(|end| **end <= as_of).count();
    if n_over > MAX_PERIODS {
        let (en, zh) = (format!("{n_over} periods"), format!("{n_over} 个周期"));
        return Err(range::too_many(&en, &zh).into());
    }
    // Periods may be of unequal length, so their end is looked for.
    let wanted = n_over + question.ahead as usize;
    while found.len() < wanted {
        let missing = (wanted - found.len()) as i64;
        until = until.saturating_add(missing.saturating_mul(unit.rolling_micros()));
        found = cut(calendar, unit, first, until)?;
    }
    Ok((found, n_over))
}

fn cut(
    calendar: &Calendar,
    unit: perennial_types::calendar::Unit,
    first: Micros,
    until: Micros,
) -> Result<Boundaries, AskError> {
    let found = calendar.periods(unit, first, until.max(first).saturating_add(1));
    Ok(found.map_err(|error| range::too_many(&error.to_string(), &error.in_chinese()))?)
}

fn check(question: &ForecastQuestion) -> Result<(), AskError> {
    let bad = |message: String, hint: &str| Err(AskError::bad(message, hint));
    if !(1..=MAX_AHEAD).contains(&question.ahead) {
        return bad(format!("`ahead` is `{}`", question.ahead), "give from 1 to 400 periods");
    }
    if let Some(season) = question.season.filter(|season| *season < 2) {
        return bad(format!("`season` is `{season}`"), "give at least 2 periods");
    }
    if !(4..=MAX_ORIGINS).contains(&question.origins) {
        return bad(format!("`origins` is `{}`", question.origins), "give from 4 to 500");
    }
    if let Some(level) = question.levels.iter().find(|level| !(**level > 0.0 && **level < 1.0)) {
        return bad(format!("`levels` has `{level}`"), "give levels between 0 and 1");
    }
    if let Some(what_if) = question.what_if
        && !(what_if.points.is_finite() && what_if.points.abs() <= 1.0)
    {
        let message = format!("`what_if.points` is `{}`", what_if.points);
        return bad(message, "give a share between -1 and 1, 0.05 for five points");
    }
    Ok(())
}
