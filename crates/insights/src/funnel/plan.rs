//! A question made ready: names of steps, filters, instants.

use jiff::Timestamp;
use perennial_engine::source::SourceFacts;
use perennial_types::calendar::{Boundaries, Calendar, Micros, Unit};
use perennial_types::event::{Column, ORDER, REFUND};
use perennial_types::filter::{EventFilter, EventNames, Field, Language};
use perennial_types::question::Population;

use super::question::{FunnelQuestion, Order, Touch};
use crate::insight::AskError;
use crate::moments::Filters;
use crate::moments::reading::Frame;
use crate::range::too_many;

/// Most steps of a funnel.
pub const MAX_STEPS: usize = 16;
/// Most events that may end an entry.
const MAX_EXCLUSIONS: usize = 8;

/// A question that can be folded.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The question, every default filled in.
    pub question: FunnelQuestion,
    /// The steps, then the exclusions.
    pub filters: Filters,
    /// Number of steps.
    pub n_steps: usize,
    /// Bits of the steps that may be left out.
    pub optional: u32,
    /// For every exclusion, the first and the last step whose entries it ends.
    pub exclusions: Vec<(usize, usize)>,
    /// From the first step to the last.
    pub window: Micros,
    /// Entries lie in this half-open range.
    pub entries: (Micros, Micros),
    /// End of the known world.
    pub as_of: Micros,
    /// The calendar of its civil dates.
    pub calendar: Calendar,
    /// The periods of the trend.
    pub periods: Option<Boundaries>,
    /// Columns the customers are told apart by.
    pub breakdown: Vec<Field>,
    /// Which step's value counts.
    pub touch: Touch,
    /// What must be the same at every step.
    pub hold: Option<Field>,
    /// Whether rows may share an order.
    pub by_order: bool,
}

impl Plan {
    /// Resolves a question against what is known of the data.
    pub fn new(mut question: FunnelQuestion, facts: &SourceFacts) -> Result<Plan, AskError> {
        check(&question)?;
        let as_of = question.as_of.map(Timestamp::as_microsecond).ok_or_else(|| {
            AskError::bad("`as_of` is missing", "give the instant at which the known world ends")
        })?;
        let window = question.within.micros().ok_or_else(|| {
            AskError::bad(
                format!("`within` is {}", question.within.words().0),
                "give a length above 0 and at most 100,000 days",
            )
        })?;
        let calendar =
            Calendar::new(question.zone.clone(), question.week_start, question.fiscal_year_start)
                .map_err(|error| AskError::bad(error.to_string(), error.hint()))?;
        let (entries, periods) = range(&mut question, &calendar, facts, as_of)?;
        let by_order = !facts.always_null.contains(&Column::OrderId);
        let mut filters: Vec<EventFilter> =
            question.steps.iter().map(|step| step.filter()).collect();
        filters.extend(question.exclude.iter().map(|exclusion| exclusion.filter()));
        let keeps_all = question.order == Order::Strict;
        let n_steps = question.steps.len();
        let optional = question.steps.iter().enumerate().filter(|(_, step)| step.optional);
        let exclusions = question.exclude.iter().map(|exclusion| {
            (exclusion.after.unwrap_or(1) - 1, exclusion.before.unwrap_or(n_steps) - 2)
        });
        Ok(Plan {
            filters: Filters::new(&filters, by_order, keeps_all)?,
            n_steps,
            optional: optional.fold(0, |bits, (position, _)| bits | 1 << position),
            exclusions: exclusions.collect(),
            window,
            entries,
            as_of,
            calendar,
            periods,
            breakdown: question.breakdown.iter().map(|one| Field::named(&one.field)).collect(),
            touch: question.breakdown.first().map_or(Touch::First, |one| one.at),
            hold: question.hold.as_deref().map(Field::named),
            by_order,
            question,
        })
    }

    /// What is read of every customer.
    pub fn frame(&self) -> Frame {
        Frame {
            filters: self.filters.clone(),
            population: self.question.population,
            by_order: self.by_order,
            range: self.first_ts()..self.as_of,
        }
    }

    /// Whether purchases have to be known.
    fn needs_orders(&self) -> bool {
        self.question.population != Population::Everyone
    }

    /// Whether any later event may change any number.
    pub fn is_open_ended(&self) -> bool {
        self.question.population == Population::NetBuyers
    }

    /// Number of the next step an entry must take.
    pub fn next_required(&self, step: usize) -> Option<usize> {
        (step + 1..self.n_steps).find(|next| self.optional >> next & 1 == 0)
    }

    /// What a step is called.
    pub fn step_name(&self, step: usize) -> String {
        let Some(question) = self.question.steps.get(step) else { return String::new() };
        let own = question.name.clone();
        own.unwrap_or_else(|| question.filter().in_words(Language::English).replace('`', ""))
    }

    /// The period an entry lies in; 0 without a trend.
    pub fn period_of(&self, entry: Micros) -> u32 {
        let periods = self.periods.as_ref();
        periods.and_then(|periods| periods.index_of(entry)).unwrap_or(0) as u32
    }

    /// Names of the only events that matter, where that is known.
    pub fn events(&self) -> Option<Vec<String>> {
        if self.question.order == Order::Strict || self.needs_orders() && self.by_order {
            return None;
        }
        let steps = self.question.steps.iter().map(|step| &step.event);
        let excluded = self.question.exclude.iter().map(|exclusion| &exclusion.event);
        let mut names = Vec::new();
        for event in steps.chain(excluded) {
            match event {
                EventNames::Any => return None,
                EventNames::OneOf(some) => names.extend(some.iter().cloned()),
            }
        }
        if self.needs_orders() {
            names.extend([ORDER.to_owned(), REFUND.to_owned()]);
        }
        names.sort_unstable();
        names.dedup();
        Some(names)
    }

    /// First instant that matters.
    fn first_ts(&self) -> Micros {
        // An order is where its earliest line is, and a buyer whoever ever bought.
        if self.by_order || self.needs_orders() { Micros::MIN } else { self.entries.0 }
    }
}

fn check(question: &FunnelQuestion) -> Result<(), AskError> {
    let bad = |message: String, hint: &str| Err(AskError::bad(message, hint));
    let n = question.steps.len();
    if !(2..=MAX_STEPS).contains(&n) {
        let hint = "give `steps`, 2 to 16 of them: [{\"event\":\"view\"},{\"event\":\"order\"}]";
        return bad(format!("the funnel has {n} steps"), hint);
    }
    let is_optional =
        |position: usize| question.steps.get(position).is_some_and(|step| step.optional);
    if is_optional(0) || is_optional(n - 1) {
        return bad(
            "the first or the last step is optional".to_owned(),
            "without it there is no entry, or no end; make another one optional",
        );
    }
    if question.order != Order::Ordered && question.steps.iter().any(|step| step.optional) {
        return bad(
            "an optional step in a funnel that is not `ordered`".to_owned(),
            "ask with `order: ordered`",
        );
    }
    if question.order == Order::Any && (question.strict_increase || question.strict_deduplication) {
        return bad(
            "`strict_increase` and `strict_deduplication` speak of an order, and `order` is `any`"
                .to_owned(),
            "leave them away, or ask with `order: ordered`",
        );
    }
    if question.reentry && question.order != Order::Strict {
        return bad(
            "`reentry` is for `order: strict`".to_owned(),
            "elsewhere the first step may always come again; leave it away",
        );
    }
    if question.exclude.len() > MAX_EXCLUSIONS {
        return bad(format!("`exclude` has {} entries", question.exclude.len()), "give at most 8");
    }
    for exclusion in &question.exclude {
        let (after, before) = (exclusion.after.unwrap_or(1), exclusion.before.unwrap_or(n));
        if after < 1 || before > n || after >= before {
            return bad(
                format!("`exclude` is after step {after} and before step {before}"),
                "give the numbers of two steps, the earlier one in `after`",
            );
        }
        if question.order == Order::Any && (exclusion.after.is_some() || exclusion.before.is_some())
        {
            return bad(
                "`exclude` names steps, and `order` is `any`".to_owned(),
                "leave `after` and `before` away",
            );
        }
    }
    if let (Some(from), Some(to)) = (question.from, question.to)
        && from > to
    {
        return bad(format!("`from` {from} is after `to` {to}"), "swap them");
    }
    if question.breakdown.iter().any(|one| Field::named(&one.field) == Field::Ts) {
        return bad("`breakdown` names `ts`".to_owned(), "give `period` for a trend");
    }
    if let Some(first) = question.breakdown.first()
        && question.breakdown.iter().any(|one| one.at != first.at)
    {
        return bad("`breakdown` has several `at`".to_owned(), "give every field the same");
    }
    if question.compare.is_some() && question.breakdown.is_empty() {
        return bad(
            "`compare` without a `breakdown`".to_owned(),
            "add the field that tells them apart",
        );
    }
    if question.breakdown.first().is_some_and(|one| one.at == Touch::Each)
        && question.compare.is_some()
    {
        return bad(
            "`compare` of groups in which customers stand at some steps only".to_owned(),
            "ask with `at: first` or `at: last`",
        );
    }
    Ok(())
}

type Range = ((Micros, Micros), Option<Boundaries>);

/// The instants of the entries, and the periods of the trend.
fn range(
    question: &mut FunnelQuestion,
    calendar: &Calendar,
    facts: &SourceFacts,
    as_of: Micros,
) -> Result<Range, AskError> {
    let Some(unit) = question.period else {
        let begin = question.from.map_or(Micros::MIN, |from| calendar.start_of_day(from));
        let end = question.to.map_or(as_of, |to| {
            to.tomorrow().map_or(Micros::MAX, |next| calendar.start_of_day(next))
        });
        return Ok(((begin, end.max(begin)), None));
    };
    let known = facts.ts.map(|(first, last)| {
        let last = last.min(as_of.saturating_sub(1));
        (calendar.date_of(first.min(last)), calendar.date_of(last))
    });
    let from = question.from.or(known.map(|(first, _)| first)).or(question.to);
    let to = question.to.or(known.map(|(_, last)| last)).or(question.from);
    let (Some(from), Some(to)) = (from, to) else {
        return Ok(((0, 0), calendar.periods(unit, 0, 0).ok()));
    };
    let from = if question.from.is_none() { from.min(to) } else { from };
    let (from, to) = calendar.widen(unit, from, to.max(from));
    (question.from, question.to) = (Some(from), Some(to));
    let periods = calendar
        .periods_of_dates(unit, from, to)
        .map_err(|error| too_many(&error.to_string(), &error.in_chinese()))?;
    let begin = periods.starts().first().copied().unwrap_or(0);
    let end = periods.starts().last().copied().unwrap_or(begin);
    Ok(((begin, end), Some(periods)))
}

/// What a period is called, and its first civil date.
pub fn period_names(plan: &Plan, period: usize) -> (String, String) {
    let unit = plan.question.period.unwrap_or(Unit::Day);
    let periods = plan.periods.as_ref();
    let start = periods.and_then(|periods| periods.start(period)).unwrap_or_default();
    let label = plan.calendar.label(unit, start);
    if unit == Unit::Hour {
        return (label.clone(), label);
    }
    let date = periods.and_then(|periods| periods.date(period));
    let date = date.unwrap_or_else(|| plan.calendar.date_of(start));
    (date.to_string(), plan.calendar.label_of_date(unit, date))
}
