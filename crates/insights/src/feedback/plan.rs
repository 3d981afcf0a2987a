//! A question made ready: waves cut into instants, filters and scale filled in.

use jiff::civil::Date;
use perennial_engine::filter::BatchFilter;
use perennial_engine::source::SourceFacts;
use perennial_types::calendar::{Boundaries, Calendar, Micros, Unit};
use perennial_types::event::{Column, ORDER, REFUND};
use perennial_types::filter::{EventFilter, EventNames, Field};
use perennial_types::question::Population;

use super::question::{CellRef, FeedbackQuestion, Scale};
use crate::belonging::{self, Fields};
use crate::insight::AskError;
use crate::moments::Filters;
use crate::{orders, range};

/// Largest score of a scale, and its smallest below 0.
const MAX_SCORE: i64 = 1_000_000;

/// A question that can be folded.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The question, every default filled in.
    pub question: FeedbackQuestion,
    /// End of the known world.
    pub as_of: Micros,
    /// Where civil dates come from.
    pub calendar: Calendar,
    /// The waves; the periods of the range where a field names them.
    pub periods: Boundaries,
    /// The instants of the range, none of them unknown.
    pub range: std::ops::Range<Micros>,
    /// The last date of the range that is known.
    pub last_date: Date,
    /// The scale and its classes.
    pub scale: Scale,
    /// Which rows are votes.
    pub votes: BatchFilter,
    /// Which rows ask for one.
    pub sent: Option<BatchFilter>,
    /// Where the score stands.
    pub score: Field,
    /// Where the wave stands, if a field names it.
    pub wave: Option<Field>,
    /// What counts as having stayed.
    pub returns: Filters,
    /// How long after the vote it counts until.
    pub within: Micros,
    /// Whether rows may share an order.
    pub by_order: bool,
    /// Columns the customers are told apart by.
    pub breakdown: Fields,
}

impl Plan {
    /// Resolves a question against what is known of the data.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(mut question: FeedbackQuestion, facts: &SourceFacts) -> Result<Plan, AskError> {
        let as_of = range::as_of(question.as_of)?;
        let calendar =
            range::calendar(&question.zone, question.week_start, question.fiscal_year_start)?;
        if question.period == Unit::Hour {
            return Err(AskError::bad("`period` is `hour`", "give `day` or a longer one"));
        }
        let scale = *question.scale.get_or_insert(question.metric.scale());
        check_scale(&scale)?;
        let metric = question.metric;
        let votes = question.event.get_or_insert_with(|| EventFilter::named(metric.name())).clone();
        let periods = range::periods(
            &calendar,
            question.period,
            &mut question.from,
            &mut question.to,
            facts,
            as_of,
        )?;
        let start = periods.starts().first().copied().unwrap_or(as_of);
        let end = periods.starts().last().copied().unwrap_or(as_of).min(as_of);
        let within = question.retained.within.micros().ok_or_else(|| {
            AskError::bad(
                "`retained.within` is no length of time",
                "give a length above 0 and at most 100,000 days",
            )
        })?;
        if let Some(cell) = &question.cell {
            check_cell(&question, cell)?;
        }
        let by_order = !facts.always_null.contains(&Column::OrderId);
        Ok(Plan {
            as_of,
            last_date: calendar.date_of(end.max(start.saturating_add(1)).saturating_sub(1)),
            range: start..end.max(start),
            periods,
            scale,
            votes: BatchFilter::new(&votes, false)?,
            sent: question.sent.as_ref().map(|sent| BatchFilter::new(sent, false)).transpose()?,
            score: Field::named(&question.score),
            wave: question.wave.as_deref().map(Field::named),
            returns: Filters::new(
                std::slice::from_ref(&question.retained.return_),
                by_order,
                false,
            )?,
            within,
            by_order,
            breakdown: belonging::fields(&question.breakdown)?,
            calendar,
            question,
        })
    }

    /// Whether a later event may change what is known of any wave.
    pub fn is_open_ended(&self) -> bool {
        self.question.population == Population::NetBuyers || belonging::any_current(&self.breakdown)
    }

    /// Whether a wave is over.
    pub fn is_over(&self, wave: usize) -> bool {
        match self.wave {
            None => self.periods.end(wave).is_some_and(|end| end <= self.as_of),
            Some(_) => self.is_range_over(),
        }
    }

    /// Whether the range is over.
    pub fn is_range_over(&self) -> bool {
        self.periods.starts().last().is_some_and(|end| *end <= self.as_of)
    }

    /// The columns it looks at, besides customer and instant.
    pub fn columns(&self) -> Vec<Column> {
        let mut columns: Vec<Column> = self.breakdown.iter().map(|(one, _)| one.column()).collect();
        columns.extend(self.votes.columns());
        columns.extend(self.sent.iter().flat_map(|sent| sent.columns()));
        columns.extend(self.returns.columns());
        columns.push(self.score.column());
        columns.extend(self.wave.as_ref().map(Field::column));
        let wanted = |one: &&Column| self.by_order || **one != Column::OrderId;
        columns.extend(orders::COLUMNS.iter().filter(wanted));
        columns.push(Column::Currency);
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// Names of the only events that matter, where that is known.
    pub fn events(&self) -> Option<Vec<String>> {
        let question = &self.question;
        // Without a word on who was asked, every event makes somebody who might have answered.
        if question.sent.is_none() || self.by_order || belonging::any_current(&self.breakdown) {
            return None;
        }
        let mut names = vec![ORDER.to_owned(), REFUND.to_owned()];
        let filters = [question.event.as_ref(), question.sent.as_ref()];
        for filter in filters.into_iter().flatten().chain([&question.retained.return_]) {
            match &filter.event {
                EventNames::Any => return None,
                EventNames::OneOf(own) => names.extend(own.iter().cloned()),
            }
        }
        names.sort_unstable();
        names.dedup();
        Some(names)
    }

    /// The names the question gives, to be looked for in the lake.
    pub fn asked_names(&self) -> Vec<&str> {
        let question = &self.question;
        let filters = [question.event.as_ref(), question.sent.as_ref()].into_iter().flatten();
        let filters = filters.chain([&question.retained.return_]);
        let mut names: Vec<&str> = filters
            .filter_map(|filter| match &filter.event {
                EventNames::Any => None,
                EventNames::OneOf(names) => Some(names.iter().map(String::as_str)),
            })
            .flatten()
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

fn check_scale(scale: &Scale) -> Result<(), AskError> {
    let Scale { least, most, low_to, high_from } = *scale;
    let is_in_order = least <= low_to && low_to < high_from && high_from <= most;
    if is_in_order && -MAX_SCORE <= least && most <= MAX_SCORE {
        return Ok(());
    }
    Err(AskError::bad(
        format!("`scale` goes from {least} to {most}, low up to {low_to}, high from {high_from}"),
        "give `least` ≤ `low_to` < `high_from` ≤ `most`, none beyond a million",
    ))
}

fn check_cell(question: &FeedbackQuestion, cell: &CellRef) -> Result<(), AskError> {
    let ids = question.metric.classes().map(|[id, ..]| id);
    if let Some(class) = cell.class.as_deref().filter(|class| !ids.contains(class)) {
        return Err(AskError::bad(
            format!("`cell.class` is `{class}`"),
            format!("one of: {}", ids.join(", ")),
        ));
    }
    if (cell.group.is_some() || cell.other) && question.breakdown.is_empty() {
        return Err(AskError::bad("`cell` names a group, but there is no `breakdown`", "add one"));
    }
    if cell.responded.is_none() {
        return Ok(());
    }
    if cell.class.is_some() || cell.returned.is_some() || cell.group.is_some() || cell.other {
        return Err(AskError::bad(
            "`cell.responded` goes with no class, group or return: who did not answer has none",
            "give `responded` alone, or with `wave`",
        ));
    }
    if cell.wave.is_some() && question.sent.is_none() {
        return Err(AskError::bad(
            "`cell.responded` names a wave, but who was asked in it is not known",
            "name the events that ask in `sent`",
        ));
    }
    Ok(())
}
