//! A question made ready: cohorts as rows of starts, ages as windows after them, filters prepared,
//! defaults filled in.

use perennial_engine::source::SourceFacts;
use perennial_types::calendar::{Boundaries, Calendar, Micros, Unit};
use perennial_types::event::{Column, ORDER, REFUND};
use perennial_types::filter::EventNames;
use perennial_types::money::SCALE;
use perennial_types::question::Population;

use super::question::{By, CellRef, CohortQuestion, SetName};
use crate::belonging::{self, Fields};
use crate::insight::AskError;
use crate::moments::Filters;
use crate::orders;
use crate::range;
use crate::retention::{Incomplete, RowSpan, Window, Windows};

/// Most ages of a cohort.
const MAX_COLUMNS: u32 = 1_000;
/// Most cells of all cohorts that are shown.
pub const MAX_CELLS: usize = 1_000_000;

/// A question that can be folded.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The question, every default filled in.
    pub question: CohortQuestion,
    /// The calendar of its civil dates.
    pub calendar: Calendar,
    /// The periods the starts lie in, those that have not begun by `as_of` included.
    pub periods: Boundaries,
    /// The windows after a start.
    windows: Windows,
    /// Number of ages.
    pub n_columns: usize,
    /// End of the known world.
    pub as_of: Micros,
    /// What starts a customer's clock; `None` for the first purchase.
    pub start: Option<Filters>,
    /// Whose customers count.
    pub population: Population,
    /// Whether rows may share an order.
    pub by_order: bool,
    /// Columns the customers are told apart by.
    pub fields: Fields,
    /// Whether every number of a cell is one of the members whose own window is over.
    pub is_eligible: bool,
    /// Whether money is added up; without it customers and orders are counted alone, in whatever
    /// currencies they paid.
    pub adds_money: bool,
}

impl Plan {
    /// Resolves a question against what is known of the data.
    pub fn new(mut question: CohortQuestion, facts: &SourceFacts) -> Result<Plan, AskError> {
        check(&question)?;
        let as_of = range::as_of(question.as_of)?;
        let calendar =
            range::calendar(&question.zone, question.week_start, question.fiscal_year_start)?;
        let by = by(&question)?;
        question.by = Some(by);
        // Groups of any start need no periods: their dates stay as they are asked.
        let unit = if by == By::Group { Unit::Day } else { question.period };
        let unit = *question.rows.get_or_insert(unit);
        let (mut from, mut to) = (question.from, question.to);
        let periods = range::periods(&calendar, unit, &mut from, &mut to, facts, as_of)?;
        (question.from, question.to) = (from, to);
        let windows = windows(&question, &calendar, &periods, as_of)?;
        let usual =
            if question.start.is_none() { Population::Buyers } else { Population::Everyone };
        let alone = if by == By::Group { Incomplete::Eligible } else { Incomplete::Show };
        let population = *question.population.get_or_insert(usual);
        let incomplete = *question.incomplete.get_or_insert(alone);
        let by_order = !facts.always_null.contains(&Column::OrderId);
        let filter = question.start.as_ref().map(std::slice::from_ref);
        Ok(Plan {
            start: filter.map(|filter| Filters::new(filter, by_order, false)).transpose()?,
            fields: belonging::fields(&question.breakdown)?,
            n_columns: question.periods as usize,
            is_eligible: incomplete == Incomplete::Eligible,
            adds_money: true,
            question,
            calendar,
            periods,
            windows,
            as_of,
            population,
            by_order,
        })
    }

    /// Whether all starts of the range are one cohort.
    fn is_one_row(&self) -> bool {
        self.question.by == Some(By::Group)
    }

    /// The windows after a start.
    pub fn windows(&self) -> &Windows {
        &self.windows
    }

    /// Number of cohorts by start, those that have not begun by `as_of` included.
    pub fn n_rows(&self) -> usize {
        if self.is_one_row() { usize::from(!self.periods.is_empty()) } else { self.periods.len() }
    }

    /// Number of them that have begun.
    pub fn n_begun(&self) -> usize {
        let has_begun = |row: &usize| self.span(*row).is_some_and(|row| row.start < self.as_of);
        (0..self.n_rows()).take_while(has_begun).count()
    }

    /// The cohort of a start, if it lies in one.
    pub fn row_of(&self, start: Micros) -> Option<usize> {
        let period = self.periods.index_of(start)?;
        Some(if self.is_one_row() { 0 } else { period })
    }

    fn span(&self, row: usize) -> Option<RowSpan> {
        let last_row = self.periods.len().checked_sub(1)?;
        let (first, last) = if self.is_one_row() { (0, last_row) } else { (row, row) };
        let end_date = match self.periods.date(last + 1) {
            Some(next) => next.yesterday().ok(),
            None => self.question.to,
        };
        let dates = self.periods.date(first).zip(end_date);
        Some(RowSpan {
            start: self.periods.start(first)?,
            end: self.periods.end(last)?,
            dates: dates.filter(|_| self.periods.unit() != Unit::Hour),
        })
    }

    /// Whether the own period of a cohort is over, so that nobody can still join.
    pub fn is_closed(&self, row: usize) -> bool {
        self.span(row).is_some_and(|row| row.end <= self.as_of)
    }

    /// The age of an instant at or after the start.
    pub fn age(&self, start: Micros, ts: Micros) -> u32 {
        self.windows.index(start, ts, 0)
    }

    /// How many ages of a start are over.
    pub fn n_over(&self, start: Micros) -> usize {
        let is_over = |k: &u32| self.is_age_over(start, *k);
        (0..self.question.periods).take_while(is_over).count()
    }

    fn is_age_over(&self, start: Micros, k: u32) -> bool {
        self.windows.end(start, k, 0).is_some_and(|end| end <= self.as_of)
    }

    /// Whether a cell exists: its window has begun for whoever may stand first in the cohort.
    pub fn has_begun(&self, row: usize, k: usize) -> bool {
        self.span(row).is_some_and(|row| self.windows.has_begun(&row, k as u32, 0, self.as_of))
    }

    /// Whether a cell is final. `last` is the latest start of a member.
    pub fn is_complete(&self, row: usize, k: usize, last: Option<Micros>) -> bool {
        if self.is_open_ended() || !self.is_closed(row) {
            return false;
        }
        match last {
            Some(last) => self.is_age_over(last, k as u32),
            None => self.is_over(row, k),
        }
    }

    /// Whether a cell is over for whoever may stand in the cohort, whatever later events may change.
    pub fn is_over(&self, row: usize, k: usize) -> bool {
        self.span(row).is_some_and(|row| self.windows.is_over(&row, k as u32, 0, self.as_of))
    }

    /// Whether a later event may change a closed cell.
    pub fn is_open_ended(&self) -> bool {
        self.population == Population::NetBuyers || belonging::any_current(&self.fields)
    }

    /// The columns it looks at, besides customer and instant.
    pub fn columns(&self) -> Vec<Column> {
        let mut columns: Vec<Column> =
            self.fields.iter().map(|(field, _)| field.column()).collect();
        columns.extend(self.start.iter().flat_map(Filters::columns));
        let wanted = |one: &&Column| self.by_order || **one != Column::OrderId;
        columns.extend(orders::COLUMNS.iter().filter(wanted));
        columns.push(Column::Currency);
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// Names of the only events that matter, where that is known.
    pub fn events(&self) -> Option<Vec<String>> {
        // With order ids, events of any name may be purchases.
        if self.by_order || belonging::any_current(&self.fields) {
            return None;
        }
        let mut names = match self.question.start.as_ref().map(|start| &start.event) {
            None => Vec::new(),
            Some(EventNames::OneOf(names)) => names.clone(),
            Some(EventNames::Any) => return None,
        };
        names.extend([ORDER.to_owned(), REFUND.to_owned()]);
        names.sort_unstable();
        names.dedup();
        Some(names)
    }

    /// The names the question gave, to be looked for in the lake.
    pub fn asked_names(&self) -> Vec<&str> {
        match self.question.start.as_ref().map(|start| &start.event) {
            Some(EventNames::OneOf(names)) => names.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// What a cohort is called in questions: its first civil date, or its hour.
    pub fn row_name(&self, row: usize) -> String {
        match row {
            0 if self.periods.is_empty() => String::new(),
            row => range::date_name(&self.calendar, &self.periods, row),
        }
    }

    /// What the boundary after a cohort is called.
    pub fn row_end_name(&self, row: usize) -> String {
        let end = if self.is_one_row() { self.periods.len() } else { row + 1 };
        range::date_name(&self.calendar, &self.periods, end)
    }

    /// What a cohort is called in tables.
    pub fn row_label(&self, row: usize) -> String {
        match (self.is_one_row(), self.question.from, self.question.to) {
            (true, Some(from), Some(to)) => format!("{from} – {to}"),
            _ => range::label(&self.calendar, &self.periods, row),
        }
    }
}

/// The ages after a start.
fn windows(
    question: &CohortQuestion,
    calendar: &Calendar,
    periods: &Boundaries,
    as_of: Micros,
) -> Result<Windows, AskError> {
    let n_ages = question.periods as usize;
    if question.by != Some(By::Group) && periods.len().saturating_mul(n_ages) > MAX_CELLS {
        let what = format!("{} cohorts of {n_ages} ages", periods.len());
        let what_zh = format!("{} 个群组、每组 {n_ages} 期", periods.len());
        return Err(range::too_many(&what, &what_zh).into());
    }
    Ok(match question.window {
        Window::Calendar => Windows::Calendar {
            bounds: range::periods_until(calendar, question.period, periods, as_of)
                .map_err(|error| range::too_many(&error.to_string(), &error.in_chinese()))?,
        },
        Window::Rolling => Windows::Rolling { len: question.period.rolling_micros() },
    })
}

fn by(question: &CohortQuestion) -> Result<By, AskError> {
    match (question.by, question.breakdown.is_empty()) {
        (None, true) => Ok(By::Period),
        (None, false) => Ok(By::Group),
        (Some(By::Period), false) => Err(AskError::bad(
            "`by` is `period`, but there is a `breakdown`",
            "`both`, or leave `breakdown` away",
        )),
        (Some(By::Group | By::Both), true) => Err(AskError::bad(
            "`by` asks for groups, but `breakdown` names no field",
            "give `breakdown`, `[{\"field\":\"item\"}]` for one",
        )),
        (Some(by), _) => Ok(by),
    }
}

fn check(question: &CohortQuestion) -> Result<(), AskError> {
    if !(1..=MAX_COLUMNS).contains(&question.periods) {
        return Err(AskError::bad(
            format!("`periods` is `{}`", question.periods),
            format!("ask for 1 to {MAX_COLUMNS} ages"),
        ));
    }
    let costs = question.costs.iter().map(|one| one.cost).chain(question.cost);
    if let Some(cost) = costs.clone().find(|cost| cost.0 < 0) {
        return Err(AskError::bad(
            format!("a cost is `{cost}`"),
            "give what it costs to win a customer, at least 0",
        ));
    }
    if let Some(margin) = question.margin {
        if !(1..=SCALE).contains(&margin.0) {
            return Err(AskError::bad(
                format!("`margin` is `{margin}`"),
                "give the share of the revenue that pays back the cost, above 0 and at most 1",
            ));
        }
        if costs.count() == 0 {
            return Err(AskError::bad(
                "`margin` is given without a cost it could pay back",
                "give `cost` or `costs`, or leave it away",
            ));
        }
    }
    let n_fields = question.breakdown.len();
    let groups = question.costs.iter().filter_map(|one| one.group.as_ref());
    if let Some(group) = groups.clone().find(|group| group.len() != n_fields) {
        return Err(AskError::bad(
            format!("a `group` of `costs` has {} values of the breakdown", group.len()),
            format!("give {n_fields}"),
        ));
    }
    question.cell.as_ref().map_or(Ok(()), |cell| check_cell(question, cell))
}

fn check_cell(question: &CohortQuestion, cell: &CellRef) -> Result<(), AskError> {
    let n_fields = question.breakdown.len();
    if let Some(group) = cell.group.as_ref().filter(|group| group.len() != n_fields) {
        return Err(AskError::bad(
            format!("`cell.group` has {} values of the breakdown", group.len()),
            format!("give {n_fields}"),
        ));
    }
    if let Some(index) = cell.index.filter(|index| *index >= question.periods) {
        return Err(AskError::bad(
            format!("`cell.index` is `{index}`"),
            format!("the ages are 0 to {}", question.periods - 1),
        ));
    }
    match (cell.index, cell.set.map(SetName::is_of_an_age)) {
        (Some(_), Some(false)) => Err(AskError::bad(
            "`cell.set` is a number of the whole cohort, but `cell.index` names an age",
            "leave `index` away, or ask for `customers` or `of`",
        )),
        (None, Some(true)) => Err(AskError::bad(
            "`cell.set` is a number of one age, but `cell.index` names none",
            "give `index`, or ask for `size`, `buyers` or `repeat`",
        )),
        _ => Ok(()),
    }
}
