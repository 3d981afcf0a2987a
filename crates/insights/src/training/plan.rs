//! A sample made ready: cuts chosen, windows turned into instants, what to read for them.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::RecordBatch;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use perennial_engine::filter::BatchFilter;
use perennial_engine::fold::Fold;
use perennial_engine::source::SourceFacts;
use perennial_types::calendar::{Calendar, Micros, Weekday};
use perennial_types::event::{Column, ORDER};
use perennial_types::filter::{EventFilter, EventNames};
use perennial_types::question::Refusal;

use super::outcome::OutcomeFold;
use super::question::SampleQuestion;
use super::sample::Sample;
use crate::customer_table::{CustomerTableQuestion, Plan as TablePlan, TableFold, features};
use crate::insight::AskError;

/// Most cuts that are chosen where the question names none.
pub const MAX_CHOSEN_CUTS: usize = 6;

/// Most days of a horizon: ten years.
const MAX_DAYS: u32 = 3660;

/// The feature that says what a customer brought in the year before a cut.
pub(super) const REVENUE: &str = "money_365d";

/// A cut and the time after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The civil date.
    pub date: Date,
    /// The last civil date of its horizon.
    pub horizon_end: Date,
    /// A `stays` event from here on, before the cut's end, puts a customer at risk.
    pub active_since: Micros,
    /// First instant the features do not see any more.
    pub cut_end: Micros,
    /// First instant of the label, behind the embargo.
    pub from: Micros,
    /// First instant behind the horizon.
    pub until: Micros,
    /// Whether the horizon is over, so that the label is known.
    pub complete: bool,
}

/// A sample to be taken.
#[derive(Clone, Debug)]
pub struct Sampling {
    /// The question, every default filled in but `features`.
    pub question: SampleQuestion,
    as_of: Micros,
    calendar: Calendar,
    facts: SourceFacts,
    windows: Vec<Window>,
    table: Arc<TablePlan>,
    marks: Arc<Marks>,
}

/// What outcomes are told by.
#[derive(Debug)]
pub(super) struct Marks {
    pub(super) stays: BatchFilter,
    pub(super) leaves: Option<BatchFilter>,
    /// Whether rows may share an order.
    pub(super) by_order: bool,
    /// Names of the only events that matter, where that is known.
    pub(super) events: Option<Vec<String>>,
}

impl Sampling {
    /// The sample of past cuts, in time order. `as_of` is the end of the known world.
    ///
    /// # Errors
    /// `no_complete_horizon` where no cut's label is known yet, which says the date that would do; a
    /// horizon of no days, an embargo as long as the horizon, a cut after the known world's end, and
    /// whatever `customer_table` says of features and fields.
    pub fn new(
        question: &SampleQuestion,
        as_of: Micros,
        facts: &SourceFacts,
    ) -> Result<Sampling, AskError> {
        let sampling = Sampling::resolved(question, as_of, facts)?;
        let (first, last) = (sampling.first_date(), sampling.last_labelled()?);
        let cuts = match question.cuts.is_empty() {
            true => chosen_cuts(first, last, question.horizon_days),
            false => question.cuts.iter().copied().collect(),
        };
        let sampling = sampling.at(cuts)?;
        match sampling.windows.iter().any(|window| window.complete) {
            true => Ok(sampling),
            false => Err(sampling.no_complete_horizon(last).into()),
        }
    }

    /// The customers at risk on the last known date alone, whose labels nobody knows yet.
    ///
    /// # Errors
    /// As [`new`](Self::new), but for the horizon.
    pub fn now(
        question: &SampleQuestion,
        as_of: Micros,
        facts: &SourceFacts,
    ) -> Result<Sampling, AskError> {
        let sampling = Sampling::resolved(question, as_of, facts)?;
        let today = sampling.last_known();
        sampling.at(BTreeSet::from([today]))
    }

    /// The customers at risk at the cuts the question names, whether anybody knows their labels yet or
    /// not.
    ///
    /// # Errors
    /// As [`new`](Self::new), but for the horizon.
    pub fn named(
        question: &SampleQuestion,
        as_of: Micros,
        facts: &SourceFacts,
    ) -> Result<Sampling, AskError> {
        let cuts = question.cuts.iter().copied().collect();
        Sampling::resolved(question, as_of, facts)?.at(cuts)
    }

    /// The same sample with the customers at risk on the last known date beside it, as its last cut.
    ///
    /// # Errors
    /// As [`now`](Self::now).
    pub fn and_now(self) -> Result<Sampling, AskError> {
        let mut dates: BTreeSet<Date> = self.windows.iter().map(|window| window.date).collect();
        dates.insert(self.last_known());
        self.at(dates)
    }

    /// The cuts and what follows them, the earliest first.
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// The end of the known world.
    pub fn as_of(&self) -> Micros {
        self.as_of
    }

    /// What to scan for.
    pub fn folds(&self) -> Vec<Arc<dyn Fold>> {
        let windows = Arc::new(self.windows.clone());
        vec![
            Arc::new(TableFold::new(self.table.clone())),
            Arc::new(OutcomeFold::new(self.marks.clone(), windows)),
        ]
    }

    /// The sample out of what the folds found.
    ///
    /// # Errors
    /// `nobody_at_risk` where no customer was; `mixed_currencies` where money of several would be
    /// added.
    pub fn read(&self, partials: Vec<Vec<RecordBatch>>) -> Result<Sample, AskError> {
        Sample::new(&self.question, &self.calendar, &self.windows, &self.table, partials)
    }

    /// Names of events the question gives, to be looked for in the lake.
    pub fn asked_names(&self) -> Vec<&str> {
        let filters = [self.question.stays.as_ref(), self.question.leaves.as_ref()];
        let names = filters.into_iter().flatten().filter_map(|filter| match &filter.event {
            EventNames::Any => None,
            EventNames::OneOf(names) => Some(names.iter().map(String::as_str)),
        });
        names.flatten().collect()
    }

    /// The refusal of a sample with fewer labelled cuts than are needed: says since when the lake
    /// would have to know more, or how long a horizon may be.
    pub fn too_few_cuts(&self, n_needed: u32) -> Refusal {
        let n_found = self.windows.iter().filter(|window| window.complete).count();
        let horizon = self.question.horizon_days;
        let first = self.first_date();
        let n_known = (self.last_known() - first).get_days().max(0) as u32;
        let longest = n_known / (n_needed + 1);
        let n_days = i64::from(horizon) * i64::from(n_needed + 1);
        let enough = first.saturating_add(n_days.days());
        Refusal::new(
            "history_too_short",
            format!(
                "{n_found} past cuts have a horizon of {horizon} days that is over, {n_needed} are needed"
            ),
            format!("ask from {enough} on, or with `horizon_days` of at most {longest}, or name `cuts`"),
        )
        .in_chinese(
            format!("只有 {n_found} 个历史截止日期的 {horizon} 天观察期已结束，至少需要 {n_needed} 个"),
            format!("请在 {enough} 之后提问，或将 `horizon_days` 设为不超过 {longest}，或指定 `cuts`"),
        )
    }

    /// The question with its defaults, no cut yet.
    fn resolved(
        question: &SampleQuestion,
        as_of: Micros,
        facts: &SourceFacts,
    ) -> Result<Sampling, AskError> {
        check_days(question)?;
        let mut question = question.clone();
        let has_money = !facts.always_null.contains(&Column::Amount);
        let stays = question.stays.get_or_insert_with(|| match has_money {
            true => EventFilter::named(ORDER),
            false => EventFilter::any(),
        });
        let by_order = !facts.always_null.contains(&Column::OrderId);
        let leaves = question.leaves.as_ref();
        let marks = Marks {
            stays: BatchFilter::new(stays, by_order)?,
            leaves: leaves.map(|filter| BatchFilter::new(filter, by_order)).transpose()?,
            by_order,
            events: names_of([Some(&*stays), leaves]),
        };
        question.active_within_days.get_or_insert(question.horizon_days);
        let calendar = Calendar {
            zone: question.zone.clone(),
            week_start: Weekday::Monday,
            fiscal_year_start: 1,
        };
        let table = TablePlan::new(table_question(&question, as_of, facts), facts)?;
        Ok(Sampling {
            question,
            as_of,
            calendar,
            facts: facts.clone(),
            windows: Vec::new(),
            table: Arc::new(table),
            marks: Arc::new(marks),
        })
    }

    /// The same question at these cuts.
    fn at(mut self, cuts: BTreeSet<Date>) -> Result<Sampling, AskError> {
        self.question.cuts = cuts.iter().copied().collect();
        let table = table_question(&self.question, self.as_of, &self.facts);
        self.table = Arc::new(TablePlan::new(table, &self.facts)?);
        self.windows = cuts.into_iter().map(|date| self.window(date)).collect();
        Ok(self)
    }

    fn window(&self, date: Date) -> Window {
        let question = &self.question;
        let end_of = |n_days: u32| {
            let last = date.saturating_add(i64::from(n_days).days());
            (last, last.tomorrow().map_or(Micros::MAX, |next| self.calendar.start_of_day(next)))
        };
        let n_active = question.active_within_days.unwrap_or(question.horizon_days);
        let first_active = date.saturating_sub((i64::from(n_active) - 1).days());
        let (horizon_end, until) = end_of(question.horizon_days);
        Window {
            date,
            horizon_end,
            active_since: self.calendar.start_of_day(first_active),
            cut_end: end_of(0).1.min(self.as_of),
            from: end_of(question.embargo_days).1.min(self.as_of),
            until: until.min(self.as_of),
            complete: until <= self.as_of,
        }
    }

    /// The last civil date anything is known of.
    fn last_known(&self) -> Date {
        self.calendar.date_of(self.as_of.saturating_sub(1))
    }

    /// The civil date of the first row; the last known one where there is none.
    fn first_date(&self) -> Date {
        let last = self.last_known();
        self.facts.ts.map_or(last, |(first, _)| self.calendar.date_of(first).min(last))
    }

    /// The last cut whose horizon is over.
    fn last_labelled(&self) -> Result<Date, AskError> {
        let today = self.calendar.date_of(self.as_of);
        let n_days = i64::from(self.question.horizon_days) + 1;
        today.checked_sub(n_days.days()).map_err(|_| {
            AskError::bad("`as_of` is before any date a cut could have", "give a later `as_of`")
        })
    }

    fn no_complete_horizon(&self, last: Date) -> Refusal {
        let horizon = self.question.horizon_days;
        let ends = self.windows.first().map_or_else(|| self.last_known(), |one| one.horizon_end);
        let as_of = Timestamp::from_microsecond(self.as_of).map(|ts| ts.to_string());
        let as_of = as_of.unwrap_or_default();
        let first = self.first_date();
        let enough = match self.windows.is_empty() {
            true => first.saturating_add(i64::from(2 * horizon + 1).days()),
            false => ends.saturating_add(1.day()),
        };
        let longest = (self.last_known() - first).get_days().max(0) / 2;
        Refusal::new(
            "no_complete_horizon",
            format!("no cut has a horizon of {horizon} days that is over by {as_of}"),
            format!(
                "name `cuts` up to {last}, ask with `as_of` from {enough} on, or take `horizon_days` of at most {longest}"
            ),
        )
        .in_chinese(
            format!("截至 {as_of}，没有任何截止日期的 {horizon} 天观察期已结束"),
            format!(
                "请将 `cuts` 设为不晚于 {last}，或使用 {enough} 之后的 `as_of`，或将 `horizon_days` 设为不超过 {longest}"
            ),
        )
    }
}

/// The latest dates whose horizons follow each other, with at least a horizon of history before.
fn chosen_cuts(first: Date, last: Date, horizon_days: u32) -> BTreeSet<Date> {
    let horizon = i64::from(horizon_days).days();
    let earliest = first.saturating_add(horizon);
    let back = std::iter::successors(Some(last), |date| date.checked_sub(horizon).ok());
    back.take_while(|date| *date >= earliest).take(MAX_CHOSEN_CUTS).collect()
}

fn check_days(question: &SampleQuestion) -> Result<(), AskError> {
    let SampleQuestion { horizon_days, embargo_days, .. } = question;
    if !(1..=MAX_DAYS).contains(horizon_days) {
        let hint = format!("give 1 to {MAX_DAYS} days");
        return Err(AskError::bad(format!("`horizon_days` is `{horizon_days}`"), hint));
    }
    if embargo_days >= horizon_days {
        return Err(AskError::bad(
            format!("`embargo_days` is `{embargo_days}`, with a horizon of {horizon_days}"),
            "leave some days of the horizon for the label",
        ));
    }
    match question.active_within_days {
        Some(days) if !(1..=MAX_DAYS).contains(&days) => Err(AskError::bad(
            format!("`active_within_days` is `{days}`"),
            format!("give 1 to {MAX_DAYS} days"),
        )),
        _ => Ok(()),
    }
}

/// The names of the only events of some filters; `None` where any may matter.
fn names_of(filters: [Option<&EventFilter>; 2]) -> Option<Vec<String>> {
    let mut all = BTreeSet::new();
    for filter in filters.into_iter().flatten() {
        match &filter.event {
            EventNames::Any => return None,
            EventNames::OneOf(names) => all.extend(names.iter().cloned()),
        }
    }
    Some(all.into_iter().collect())
}

/// The question for the features, the revenue of the past year among them where it can be added.
fn table_question(
    question: &SampleQuestion,
    as_of: Micros,
    facts: &SourceFacts,
) -> CustomerTableQuestion {
    let mut names = question.features.clone();
    let adds_money = names
        .iter()
        .filter_map(|name| features::named(name))
        .any(|feature| feature.need == features::Need::Money);
    let has_money = !facts.always_null.contains(&Column::Amount);
    if has_money && (adds_money || question.currency.is_some() && !names.is_empty()) {
        names.push(REVENUE.to_owned());
    }
    CustomerTableQuestion {
        cuts: question.cuts.clone(),
        features: names,
        as_of: Timestamp::from_microsecond(as_of).ok(),
        zone: question.zone.clone(),
        population: question.population,
        currency: question.currency.clone(),
        session: question.session.clone(),
        support: question.support.clone(),
        feedback: question.feedback.clone(),
        score: question.score.clone(),
        channel: question.channel.clone(),
        country: question.country.clone(),
        category: question.category.clone(),
        ..CustomerTableQuestion::default()
    }
}
