//! A question made ready: reference dates turned into instants, names of the cells, defaults filled
//! in.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_engine::filter::BatchFilter;
use perennial_engine::order::OutsideOrder;
use perennial_engine::source::SourceFacts;
use perennial_types::calendar::{Boundaries, Calendar, Micros, Unit, Weekday};
use perennial_types::event::{Column, ORDER, REFUND};
use perennial_types::filter::EventNames;
use perennial_types::question::{Population, Refusal};

use super::naming::Naming;
use super::question::{
    CellRef, Classes, Cutoffs, MigrationCutoffs, Refunds, RfmQuestion, Scoring, Ties,
};
use crate::belonging::{self, Fields};
use crate::insight::AskError;

/// Most periods of history a tier looks back on.
const MAX_PERIODS: u8 = 60;

/// Most classes of a migration.
const MAX_MOVING: usize = 125;

/// A question that can be folded.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The question, every default filled in.
    pub question: RfmQuestion,
    /// End of the known world.
    pub as_of: Micros,
    /// The reference date, then the earlier date of a migration, then those of history, the
    /// earliest first.
    pub references: Vec<Reference>,
    /// Civil days, the reference date last.
    pub days: Boundaries,
    /// Whether rows may share an order.
    pub by_order: bool,
    /// Which rows are purchases, where the question says so.
    pub filter: Option<BatchFilter>,
    /// Columns the customers are told apart by.
    pub breakdown: Fields,
    /// Names of the cells.
    pub naming: Naming,
    /// Whether the reference date is over.
    pub is_over: bool,
    /// The customers as ties are broken, where the source knows their ids.
    pub order: Option<Arc<OutsideOrder>>,
}

/// A date at which customers are scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The civil date.
    pub date: Date,
    /// Its position among the days.
    pub day: i32,
    /// First instant that counts.
    pub start: Micros,
    /// First instant that does not count any more.
    pub end: Micros,
}

impl Plan {
    /// Resolves a question against what is known of the data.
    pub fn new(mut question: RfmQuestion, facts: &SourceFacts) -> Result<Plan, AskError> {
        check(&question)?;
        let as_of = question.as_of.map(Timestamp::as_microsecond).ok_or_else(|| {
            AskError::bad("`as_of` is missing", "give the instant at which the known world ends")
        })?;
        let calendar = Calendar {
            zone: question.zone.clone(),
            week_start: Weekday::Monday,
            fiscal_year_start: 1,
        };
        let known = calendar.date_of(as_of.saturating_sub(1));
        let last = facts.ts.map_or(known, |(_, last)| calendar.date_of(last).min(known));
        let asked = *question.to.get_or_insert(last);
        let n_bins = bins(&question);
        let kind = *question.classes.get_or_insert(match n_bins {
            5 => Classes::Rfm11,
            2 => Classes::Rfm8,
            _ => Classes::Cells,
        });
        let naming = Naming::new(kind, n_bins).ok_or_else(|| {
            AskError::bad(
                format!("`classes` name other cells than those of {n_bins} scores"),
                "`rfm11` and `rf10` need 5 scores, `rfm8` needs 2; `cells` goes with any",
            )
        })?;
        if question.migration.is_some() && naming.classes().len() > MAX_MOVING {
            return Err(too_many_moves(naming.classes().len()).into());
        }
        let dates = reference_dates(&question, &calendar, asked, known)?;
        let days = days(&question, &calendar, facts, &dates)?;
        let end_of =
            |date: Date| date.tomorrow().map_or(Micros::MAX, |next| calendar.start_of_day(next));
        let references = dates.iter().map(|date| {
            let start = start_of_window(&question, *date);
            Reference {
                date: *date,
                day: days
                    .date(0)
                    .map_or(0, |first| calendar.periods_between(Unit::Day, first, *date))
                    as i32,
                start: start.map_or(Micros::MIN, |start| calendar.start_of_day(start)),
                end: end_of(*date).min(as_of),
            }
        });
        Ok(Plan {
            references: references.collect(),
            days,
            by_order: !facts.always_null.contains(&Column::OrderId),
            filter: question
                .event
                .as_ref()
                .map(|event| BatchFilter::new(event, false))
                .transpose()?,
            breakdown: belonging::fields(&question.breakdown)?,
            naming,
            is_over: end_of(asked) <= as_of,
            order: facts.order.clone(),
            question,
            as_of,
        })
    }

    /// Where the reference date stands among the references.
    pub const NOW: usize = 0;

    /// Where the earlier date of a migration stands.
    pub fn before(&self) -> Option<usize> {
        self.question.migration.as_ref().map(|_| 1)
    }

    /// Where the dates of history stand, the reference date last.
    pub fn history(&self) -> impl Iterator<Item = usize> + use<> {
        let first = 1 + usize::from(self.question.migration.is_some());
        (first..self.references.len()).chain([Plan::NOW])
    }

    /// Number of scores of each measure.
    pub fn n_bins(&self) -> u8 {
        bins(&self.question)
    }

    /// Whether a later event may change the answer.
    pub fn is_open_ended(&self) -> bool {
        self.question.population == Population::NetBuyers || belonging::any_current(&self.breakdown)
    }

    /// Names of the only events that matter, where that is known.
    pub fn events(&self) -> Option<Vec<String>> {
        if belonging::any_current(&self.breakdown) {
            return None;
        }
        let mut names = match &self.question.event {
            // With order ids, events of any name may be purchases.
            None if self.by_order => return None,
            None => vec![ORDER.to_owned()],
            Some(filter) => match &filter.event {
                EventNames::Any => return None,
                EventNames::OneOf(names) => names.clone(),
            },
        };
        names.push(REFUND.to_owned());
        names.sort_unstable();
        names.dedup();
        Some(names)
    }

    /// The instants that matter. An order may have begun before a window and grow after it.
    pub fn range(&self) -> std::ops::Range<Micros> {
        let needs_all = self.by_order || self.is_open_ended();
        let starts = self.references.iter().map(|reference| reference.start).min();
        let ends = self.references.iter().map(|reference| reference.end).max();
        match (needs_all, starts, ends) {
            (false, Some(start), Some(end)) if start < end => start..end,
            _ => Micros::MIN..self.as_of,
        }
    }
}

fn too_many_moves(n_classes: usize) -> Refusal {
    Refusal::new(
        "too_many_cells",
        format!("the moves between {n_classes} classes would be too many"),
        format!(
            "choose `classes` of names, or `bins` of at most 5; at most {MAX_MOVING} classes move"
        ),
    )
    .in_chinese(
        format!("{n_classes} 个类别之间的迁移过多"),
        format!("请选择有名称的 `classes`，或不超过 5 的 `bins`；最多 {MAX_MOVING} 个类别之间迁移"),
    )
}

fn bins(question: &RfmQuestion) -> u8 {
    match (question.scoring, &question.cutoffs) {
        (Scoring::Mean | Scoring::Median, _) => 2,
        (Scoring::Fixed, Some(cutoffs)) => cutoffs.frequency.len() as u8 + 1,
        _ => question.bins,
    }
}

fn check(question: &RfmQuestion) -> Result<(), AskError> {
    let bad = |message: &str, hint: &str| Err(AskError::bad(message, hint));
    if let (Some(from), Some(to)) = (question.from, question.to)
        && from > to
    {
        return Err(AskError::bad(format!("`from` {from} is after `to` {to}"), "swap them"));
    }
    if question.from.is_some() && question.trailing_days.is_some() {
        return bad("both `from` and `trailing_days` are given", "leave one of them away");
    }
    if question.trailing_days == Some(0) {
        return bad("`trailing_days` is `0`", "give at least 1");
    }
    if question.population == Population::Everyone {
        return bad(
            "`population` is `everyone`, but who bought nothing has no score",
            "`buyers` or `net_buyers`",
        );
    }
    if !(2..=9).contains(&question.bins) {
        return Err(AskError::bad(
            format!("`bins` is `{}`", question.bins),
            "give a number of scores from 2 to 9",
        ));
    }
    match (question.scoring, &question.cutoffs) {
        (Scoring::Fixed, None) => {
            return bad("`scoring` is `fixed` without `cutoffs`", "give the bounds of the scores");
        }
        (Scoring::Fixed, Some(cutoffs)) => check_cutoffs(cutoffs)?,
        (_, Some(_)) => {
            return bad(
                "`cutoffs` are given but `scoring` is not `fixed`",
                "set `scoring` to `fixed`",
            );
        }
        (_, None) => {}
    }
    if question.ties == Ties::First
        && question.migration.as_ref().is_some_and(|one| one.cutoffs == MigrationCutoffs::Kept)
    {
        return bad(
            "`ties` is `first`, so bounds alone tell no score and cannot be kept",
            "set `migration.cutoffs` to `own` or `ties` to `share`",
        );
    }
    check_tiers(question)?;
    question.cell.as_ref().map_or(Ok(()), |cell| check_cell(question, cell))
}

fn check_cutoffs(cutoffs: &Cutoffs) -> Result<(), AskError> {
    let recency: Vec<i128> =
        cutoffs.recency_days.iter().flatten().map(|days| -i128::from(*days)).collect();
    let frequency: Vec<i128> = cutoffs.frequency.iter().flatten().map(|n| i128::from(*n)).collect();
    let money: Vec<i128> = cutoffs.money.iter().flatten().map(|one| i128::from(one.0)).collect();
    let n_bounds = [cutoffs.recency_days.len(), cutoffs.frequency.len(), cutoffs.money.len()];
    if n_bounds.iter().any(|n| *n != n_bounds[0] || !(1..=8).contains(n)) {
        return Err(AskError::bad(
            format!("`cutoffs` have {n_bounds:?} bounds"),
            "give as many of each, 1 to 8: the bounds of the scores from 2 on",
        ));
    }
    for (name, bounds) in [("recency_days", recency), ("frequency", frequency), ("money", money)] {
        if bounds.windows(2).any(|pair| pair[0] > pair[1]) {
            return Err(AskError::bad(
                format!("`cutoffs.{name}` are not in order"),
                "a higher score needs fewer days, more purchases and more money",
            ));
        }
    }
    Ok(())
}

fn check_tiers(question: &RfmQuestion) -> Result<(), AskError> {
    let tiers = &question.tiers;
    let (high, middle, margin) = (tiers.high, tiers.middle, tiers.margin);
    let is_in_order = 0.0 < high && high < middle && middle <= 1.0;
    if !(is_in_order && margin >= 0.0 && high + margin <= middle - margin && margin < high) {
        return Err(AskError::bad(
            format!("`tiers` has high `{high}`, middle `{middle}` and margin `{margin}`"),
            "give 0 < high < middle ≤ 1, and a margin that keeps the two borders apart",
        ));
    }
    if tiers.periods > MAX_PERIODS {
        return Err(AskError::bad(
            format!("`tiers.periods` is `{}`", tiers.periods),
            format!("give at most {MAX_PERIODS}"),
        ));
    }
    if tiers.period == Unit::Hour {
        return Err(AskError::bad("`tiers.period` is `hour`", "give `day` or a longer one"));
    }
    Ok(())
}

fn check_cell(question: &RfmQuestion, cell: &CellRef) -> Result<(), AskError> {
    let n_given = [
        cell.class.is_some(),
        cell.scores.is_some(),
        cell.tier.is_some(),
        cell.quiet,
        cell.migration.is_some(),
    ];
    if n_given.iter().filter(|is_given| **is_given).count() != 1 {
        return Err(AskError::bad(
            "`cell` names none or several numbers",
            "give one of `class`, `scores`, `tier`, `quiet` and `migration`",
        ));
    }
    if cell.migration.is_some() && question.migration.is_none() {
        return Err(AskError::bad(
            "`cell` names a move, but the question has no `migration`",
            "give the earlier date in `migration.from`",
        ));
    }
    let is_grouped = cell.group.is_some() || cell.other;
    if is_grouped && (cell.class.is_none() || question.breakdown.is_empty()) {
        return Err(AskError::bad(
            "`cell` names a group, but that number has none",
            "groups have classes: give `class`, and a `breakdown`",
        ));
    }
    Ok(())
}

/// The reference date, the earlier date of a migration, the ends of the periods of history.
fn reference_dates(
    question: &RfmQuestion,
    calendar: &Calendar,
    asked: Date,
    known: Date,
) -> Result<Vec<Date>, AskError> {
    // A day that has not begun is told by the last that has.
    let now = asked.min(known);
    let mut dates = vec![now];
    if let Some(migration) = &question.migration {
        if migration.from >= now {
            return Err(AskError::bad(
                format!(
                    "`migration.from` {} is not before the reference date {now}",
                    migration.from
                ),
                "give an earlier date",
            ));
        }
        dates.push(migration.from);
    }
    let mut history = Vec::new();
    let mut date = now;
    for _ in 0..question.tiers.periods {
        let first = calendar.widen(question.tiers.period, date, date).0;
        let Ok(before) = first.yesterday() else { break };
        history.push(before);
        date = before;
    }
    dates.extend(history.into_iter().rev());
    Ok(dates)
}

fn start_of_window(question: &RfmQuestion, date: Date) -> Option<Date> {
    match question.trailing_days {
        Some(n) => {
            Some(date.saturating_sub(jiff::Span::new().days(i64::from(n.min(3_000_000)) - 1)))
        }
        None => question.from,
    }
}

/// Every civil day from the first that can matter to the reference date.
fn days(
    question: &RfmQuestion,
    calendar: &Calendar,
    facts: &SourceFacts,
    dates: &[Date],
) -> Result<Boundaries, AskError> {
    let last = dates.iter().copied().max().unwrap_or_default();
    let earliest = dates.iter().copied().min().unwrap_or(last);
    let known = facts.ts.map(|(first, _)| calendar.date_of(first));
    let windows = dates.iter().filter_map(|date| start_of_window(question, *date)).min();
    let first = known.max(windows).unwrap_or(earliest).min(earliest);
    let days = calendar.periods_of_dates(Unit::Day, first, last);
    Ok(days.map_err(|error| {
        Refusal::new("too_many_cells", error.to_string(), error.hint())
            .in_chinese(error.in_chinese(), "请选择更短的范围")
    })?)
}

/// Whether refunds lessen the money.
pub fn nets(question: &RfmQuestion) -> bool {
    question.refunds == Refunds::Net
}
