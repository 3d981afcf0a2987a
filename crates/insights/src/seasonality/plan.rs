//! A question made ready: a measure with its periods, or another question to be asked first.

use std::ops::Range;
use std::sync::Arc;

use perennial_engine::source::SourceFacts;
use perennial_types::calendar::{Boundaries, Calendar, Micros, Unit};
use perennial_types::event::{Column, ORDER, REFUND};
use perennial_types::question::Population;

use super::question::{Measure, SeasonalityQuestion};
use crate::insight::AskError;
use crate::occurring::Rule;
use crate::range;

/// Most periods of a series: change points take time with their square.
const MAX_PERIODS: usize = perennial_models::series::MAX_POINTS;

/// A measure that can be folded.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The question, every default filled in.
    pub question: SeasonalityQuestion,
    /// The measure.
    pub measure: Measure,
    /// Its calendar.
    pub calendar: Calendar,
    /// The periods of the range.
    pub periods: Boundaries,
    /// How many of them have begun.
    pub n_periods: usize,
    /// End of the known world.
    pub as_of: Micros,
    /// What counts as an occurrence, where occurrences are counted.
    pub rule: Option<Arc<Rule>>,
    /// Whether rows may share an order.
    pub by_order: bool,
    /// Periods the data reach over whole, as far as can be told by where they begin and end.
    whole: Range<usize>,
}

impl Plan {
    /// Resolves a question about a measure against what is known of the data.
    pub fn new(
        mut question: SeasonalityQuestion,
        measure: Measure,
        facts: &SourceFacts,
    ) -> Result<Plan, AskError> {
        let as_of = range::as_of(question.as_of)?;
        let calendar =
            range::calendar(&question.zone, question.week_start, question.fiscal_year_start)?;
        let unit = question.period.unwrap_or(Unit::Day);
        question.period = Some(unit);
        let (mut from, mut to) = (question.from, question.to);
        let is_open = (from.is_none(), to.is_none());
        let periods = range::periods(&calendar, unit, &mut from, &mut to, facts, as_of)?;
        (question.from, question.to) = (from, to);
        let n_begun = periods.starts().partition_point(|start| *start < as_of).min(periods.len());
        if n_begun > MAX_PERIODS {
            return Err(range::too_many(
                &format!("{n_begun} periods, more than {MAX_PERIODS}"),
                &format!("{n_begun} 个周期，超过 {MAX_PERIODS}"),
            )
            .into());
        }
        let rule = rule(&question, measure, facts, as_of)?;
        let whole = whole(&calendar, &periods, facts, as_of, is_open);
        Ok(Plan {
            measure,
            calendar,
            n_periods: n_begun,
            periods,
            as_of,
            rule: rule.map(Arc::new),
            by_order: !facts.always_null.contains(&Column::OrderId),
            whole,
            question,
        })
    }

    /// Whether a later event may change every period.
    pub fn is_open_ended(&self) -> bool {
        self.question.population == Population::NetBuyers
    }

    /// Whether a period is over.
    pub fn is_over(&self, period: usize) -> bool {
        self.periods.end(period).is_some_and(|end| end <= self.as_of)
    }

    /// Whether the data reach over the whole of a period.
    pub fn is_whole(&self, period: usize) -> bool {
        self.whole.contains(&period)
    }

    /// The instants that matter: orders may have begun before the range, and buyers become some.
    pub fn range(&self) -> Range<Micros> {
        if self.by_order || self.question.population != Population::Everyone {
            return Micros::MIN..self.as_of;
        }
        let starts = self.periods.starts();
        match (starts.first(), starts.last()) {
            (Some(start), Some(end)) => *start..(*end).min(self.as_of).max(*start),
            _ => 0..0,
        }
    }

    /// Names of the only events that matter to money, where that is known.
    pub fn money_events(&self) -> Option<Vec<String>> {
        (!self.by_order).then(|| vec![ORDER.to_owned(), REFUND.to_owned()])
    }
}

/// What is counted, where it is not money.
fn rule(
    question: &SeasonalityQuestion,
    measure: Measure,
    facts: &SourceFacts,
    as_of: Micros,
) -> Result<Option<Rule>, AskError> {
    let population = match (measure, question.population) {
        (Measure::Revenue | Measure::NetRevenue, _) => return Ok(None),
        // Whoever buys is a buyer, so that this only says that purchases are counted.
        (Measure::Orders | Measure::Buyers, Population::Everyone) => Population::Buyers,
        (_, population) => population,
    };
    let any = perennial_types::filter::EventFilter::any();
    let event = match measure {
        Measure::Events | Measure::Customers => Some(question.event.as_ref().unwrap_or(&any)),
        _ => None,
    };
    Ok(Some(Rule::new(event, population, Vec::new(), facts, as_of)?))
}

/// The periods that the data reach over whole. Where an end of the range was not asked for, the
/// period in which the data begin or end is left out, unless they do so on its very first or last
/// date: half a month would look like a fall. Nothing before the data is known, whatever was asked.
fn whole(
    calendar: &Calendar,
    periods: &Boundaries,
    facts: &SourceFacts,
    as_of: Micros,
    (is_start_open, is_end_open): (bool, bool),
) -> Range<usize> {
    let Some((first, last)) = facts.ts else { return 0..0 };
    let last = last.min(as_of.saturating_sub(1));
    let n_before = periods.starts().partition_point(|start| *start <= first);
    let mut start = n_before.saturating_sub(1);
    let begins_inside = periods.date(start) < Some(calendar.date_of(first));
    if is_start_open && periods.unit() != Unit::Hour && begins_inside {
        start += 1;
    }
    let mut end = periods.len();
    if is_end_open && periods.unit() > Unit::Day && end > 0 {
        let next = last.max(first);
        let last_date =
            periods.date(end - 1).map(|date| calendar.widen(periods.unit(), date, date).1);
        end -= usize::from(last_date > Some(calendar.date_of(next)));
    }
    start..end.max(start)
}
