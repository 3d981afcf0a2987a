//! A retention question made ready: names checked, civil dates turned into instants, filters
//! prepared, defaults filled in.

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_engine::filter::BatchFilter;
use perennial_engine::source::SourceFacts;
use perennial_types::calendar::{Boundaries, Calendar, Micros, Unit};
use perennial_types::event::Column;
use perennial_types::filter::{EventNames, Field};
use perennial_types::question::{Population, Refusal};

use super::question::{
    Aggregate, AggregateKind, Attribution, Breakdown, Count, CountKind, Enter, Own, Period,
    RetentionQuestion, Window,
};
use super::windows::{RowSpan, Windows, edges};
use crate::insight::AskError;
use crate::range;

/// Most columns of a triangle.
const MAX_COLUMNS: u32 = 1_000;
/// Most cells of one group's triangle.
const MAX_CELLS: usize = 5_000_000;

/// A question that can be folded.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The question, every default filled in.
    pub question: RetentionQuestion,
    /// The calendar of its civil dates.
    pub calendar: Calendar,
    /// The rows.
    pub rows: Boundaries,
    /// The windows after a start.
    pub windows: Windows,
    /// Number of columns.
    pub n_columns: u32,
    /// End of the known world.
    pub as_of: Micros,
    /// What starts.
    pub start: BatchFilter,
    /// What returns.
    pub return_: BatchFilter,
    /// Whether rows may share an order.
    pub by_order: bool,
    /// What is added up.
    pub value: Value,
    /// Columns the customers are told apart by.
    pub breakdown: Vec<(Field, Attribution)>,
    /// Civil days, where a minimum of days is asked for.
    pub days: Option<Boundaries>,
    /// Length of the cycle of customers without one of their own; 0 where nothing is known.
    pub usual_cycle: Micros,
    /// Whether there is no row at all.
    pub is_world_empty: bool,
}

/// What is added up besides customers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Nothing,
    /// One per return event.
    Events,
    /// A number of the return event.
    Number(Field),
}

impl Plan {
    /// Resolves a question against what is known of the data.
    pub fn new(mut question: RetentionQuestion, facts: &SourceFacts) -> Result<Plan, AskError> {
        check(&question)?;
        let as_of = question.as_of.map(Timestamp::as_microsecond).ok_or_else(|| {
            AskError::bad("`as_of` is missing", "give the instant at which the known world ends")
        })?;
        let calendar = Calendar {
            zone: question.zone.clone(),
            week_start: question.week_start,
            fiscal_year_start: question.fiscal_year_start,
        };
        let row_unit = question.rows.unwrap_or_else(|| row_unit(&question.period));
        question.rows = Some(row_unit);
        let rows = rows(&mut question, &calendar, row_unit, facts, as_of)?;
        let bounds = |unit: Unit| {
            range::periods_until(&calendar, unit, &rows, as_of)
                .map_err(|error| too_long(&error.to_string(), &error.in_chinese()))
        };
        let windows = match (&question.period, question.window) {
            (Period::Own(Own::PurchaseCycle), _) => Windows::Cycle,
            (Period::Unit(unit), Window::Calendar) => Windows::Calendar { bounds: bounds(*unit)? },
            (Period::Unit(unit), Window::Rolling) => {
                Windows::Rolling { len: unit.rolling_micros() }
            }
            (Period::Brackets { brackets, unit }, Window::Calendar) => {
                Windows::CalendarBrackets { bounds: bounds(*unit)?, edges: edges(brackets) }
            }
            (Period::Brackets { brackets, unit }, Window::Rolling) => {
                Windows::RollingBrackets { len: unit.rolling_micros(), edges: edges(brackets) }
            }
        };
        let n_columns = n_columns(&mut question)?;
        if rows.len().saturating_mul(n_columns as usize) > MAX_CELLS {
            let what = format!("{} rows of {n_columns} columns", rows.len());
            let what_zh = format!("{} 行、每行 {n_columns} 列", rows.len());
            return Err(too_long(&what, &what_zh).into());
        }
        let days = match question.min.days {
            0 | 1 => None,
            _ => Some(bounds(Unit::Day)?),
        };
        let by_order = !facts.always_null.contains(&Column::OrderId);
        Ok(Plan {
            start: BatchFilter::new(&question.start, by_order)?,
            return_: BatchFilter::new(&question.return_, by_order)?,
            value: value(&question)?,
            breakdown: breakdown(&question)?,
            question,
            calendar,
            rows,
            windows,
            n_columns,
            as_of,
            by_order,
            days,
            usual_cycle: 0,
            is_world_empty: facts.n_rows == 0,
        })
    }

    /// Whether every row of the window has its own cycle.
    pub fn needs_cycle(&self) -> bool {
        matches!(self.windows, Windows::Cycle)
    }

    /// Whether purchases and refunds have to be known.
    pub fn needs_orders(&self) -> bool {
        self.needs_cycle() || self.question.population != Population::Everyone
    }

    /// Whether amounts of several events are added up.
    pub fn adds_money(&self) -> bool {
        self.value == Value::Number(Field::Amount) || self.question.min.amount.is_some()
    }

    /// Whether returns in this window can be seen in any cell.
    pub fn looks_at(&self, k: u32) -> bool {
        k < self.n_columns || self.question.count == Count::Named(CountKind::OnOrAfter)
    }

    /// The row of a start, if it stands in one.
    pub fn row_of(&self, start: Micros) -> Option<u32> {
        self.rows.index_of(start).map(|row| row as u32)
    }

    /// Whether a customer may stand in several rows.
    pub fn enters_often(&self) -> bool {
        self.question.enter == Enter::EveryPeriod
    }

    /// Whether later events may change a closed window.
    pub fn is_open_ended(&self) -> bool {
        self.question.count == Count::Named(CountKind::OnOrAfter)
            || self.question.population == Population::NetBuyers
            || self.needs_cycle()
            || self.breakdown.iter().any(|(_, at)| *at == Attribution::Current)
    }

    /// Whether some cells depend on the whole of what is known, so that none is ever complete.
    pub fn never_complete(&self) -> bool {
        self.is_open_ended()
    }

    /// Whether a window of a row is over for whoever may stand in the row, members unseen.
    pub fn is_over(&self, row: usize, k: u32) -> bool {
        let is_over = |row| self.windows.is_over(&row, k, self.usual_cycle, self.as_of);
        self.span(row).is_some_and(is_over)
    }

    /// Whether a window of a row has begun for whoever may stand first in the row.
    pub fn has_begun(&self, row: usize, k: u32) -> bool {
        let has_begun = |row| self.windows.has_begun(&row, k, self.usual_cycle, self.as_of);
        self.span(row).is_some_and(has_begun)
    }

    fn span(&self, row: usize) -> Option<RowSpan> {
        let last = match self.rows.date(row + 1) {
            Some(next) => next.yesterday().ok(),
            None => self.question.to,
        };
        let dates = self.rows.date(row).zip(last);
        Some(RowSpan {
            start: self.rows.start(row)?,
            end: self.rows.end(row)?,
            dates: dates.filter(|_| self.rows.unit() != Unit::Hour),
        })
    }

    /// Names of the only events that matter, where that is known.
    pub fn events(&self) -> Option<Vec<String>> {
        let any_current = self.breakdown.iter().any(|(_, at)| *at == Attribution::Current);
        if self.needs_orders() || any_current {
            return None;
        }
        match (&self.question.start.event, &self.question.return_.event) {
            (EventNames::OneOf(starts), EventNames::OneOf(returns)) => {
                let mut names: Vec<String> = starts.iter().chain(returns).cloned().collect();
                names.sort_unstable();
                names.dedup();
                Some(names)
            }
            _ => None,
        }
    }

    /// The earliest instant that matters. Only entries of the rows themselves can do without
    /// history, an order may have begun before the rows, and a customer's latest known value may
    /// be older than the rows.
    pub fn first_ts(&self) -> Micros {
        let by_itself = matches!(self.question.enter, Enter::EveryPeriod | Enter::FirstInRange);
        let any_current = self.breakdown.iter().any(|(_, at)| *at == Attribution::Current);
        if by_itself && !any_current && !self.by_order && !self.needs_orders() {
            self.rows.start(0).unwrap_or(Micros::MIN)
        } else {
            Micros::MIN
        }
    }

    /// The names a question uses that no event may have.
    pub fn named_events(&self) -> Vec<&str> {
        let mut all: Vec<&str> = Vec::new();
        for filter in [&self.question.start, &self.question.return_] {
            if let EventNames::OneOf(names) = &filter.event {
                all.extend(names.iter().map(String::as_str));
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }
}

fn check(question: &RetentionQuestion) -> Result<(), AskError> {
    let bad = |message: String, hint: &str| Err(AskError::bad(message, hint));
    if let Count::AtLeast { at_least, of } = question.count
        && (at_least == 0 || at_least > of)
    {
        return bad(
            format!("`count` asks for at least {at_least} of {of} windows"),
            "ask for at least 1 and at most all of them",
        );
    }
    if let Period::Brackets { brackets, .. } = &question.period
        && (brackets.is_empty() || brackets.contains(&0))
    {
        return bad(format!("`brackets` is {brackets:?}"), "give sizes of at least 1");
    }
    if !(1..=12).contains(&question.fiscal_year_start) {
        return bad(
            format!("`fiscal_year_start` is `{}`", question.fiscal_year_start),
            "give the number of a month, 1 to 12",
        );
    }
    if let (Some(from), Some(to)) = (question.from, question.to)
        && from > to
    {
        return bad(format!("`from` {from} is after `to` {to}"), "swap them");
    }
    if question.min.occurrences == 0 || question.min.days == 0 {
        return bad("a minimum of 0 returns".to_owned(), "a window returned needs at least 1");
    }
    if let Some(value) = &question.value
        && let Aggregate::Percentile { percentile } = value.aggregate
        && !(0.0..=1.0).contains(&percentile)
    {
        return bad(format!("`percentile` is `{percentile}`"), "give a number between 0 and 1");
    }
    if let Some(cell) = &question.cell
        && cell.group.as_ref().is_some_and(|group| group.len() != question.breakdown.len())
    {
        return bad(
            format!("`cell.group` has {} values", cell.group.as_ref().map_or(0, Vec::len)),
            "give one value per breakdown",
        );
    }
    Ok(())
}

fn row_unit(period: &Period) -> Unit {
    match period {
        Period::Unit(unit) | Period::Brackets { unit, .. } => *unit,
        Period::Own(Own::PurchaseCycle) => Unit::Month,
    }
}

fn n_columns(question: &mut RetentionQuestion) -> Result<u32, AskError> {
    let n_columns = match &question.period {
        Period::Brackets { brackets, .. } => brackets.len() as u32 + 1,
        _ => question.periods.unwrap_or(12),
    };
    if n_columns == 0 || n_columns > MAX_COLUMNS {
        return Err(AskError::bad(
            format!("`periods` is `{n_columns}`"),
            format!("ask for 1 to {MAX_COLUMNS} columns"),
        ));
    }
    question.periods = Some(n_columns);
    Ok(n_columns)
}

/// The rows: the periods of the question's dates, of the whole history where it names none.
fn rows(
    question: &mut RetentionQuestion,
    calendar: &Calendar,
    unit: Unit,
    facts: &SourceFacts,
    as_of: Micros,
) -> Result<Boundaries, AskError> {
    let (first, last) = facts.ts.unwrap_or((as_of - 1, as_of - 1));
    let last_known = last.min(as_of - 1);
    let from: Date = question.from.unwrap_or_else(|| calendar.date_of(first.min(last_known)));
    let to: Date = question.to.unwrap_or_else(|| calendar.date_of(last_known)).max(from);
    let (from, to) = calendar.widen(unit, from, to);
    question.from = Some(from);
    question.to = Some(to);
    let rows = calendar.periods_of_dates(unit, from, to);
    Ok(rows.map_err(|error| too_long(&error.to_string(), &error.in_chinese()))?)
}

fn too_long(what: &str, what_zh: &str) -> Refusal {
    Refusal::new(
        "too_many_cells",
        format!("the triangle would be too large: {what}"),
        "ask for longer periods, fewer of them, or a shorter range",
    )
    .in_chinese(format!("三角会过大：{what_zh}"), "请选择更长的周期、更少的周期或更短的范围")
}

fn value(question: &RetentionQuestion) -> Result<Value, AskError> {
    let Some(value) = &question.value else { return Ok(Value::Nothing) };
    match value.of.as_str() {
        "customers" => Ok(Value::Nothing),
        "events" => Ok(Value::Events),
        name => match Field::named(name) {
            field @ (Field::Amount | Field::Quantity | Field::Property(_)) => {
                Ok(Value::Number(field))
            }
            _ => Err(AskError::bad(
                format!("`value.of` is `{name}`, which holds no number"),
                "one of customers, events, amount, quantity or properties.<name>",
            )),
        },
    }
}

fn breakdown(question: &RetentionQuestion) -> Result<Vec<(Field, Attribution)>, AskError> {
    let field = |breakdown: &Breakdown| match Field::named(&breakdown.field) {
        Field::Ts => Err(AskError::bad(
            "`breakdown` names `ts`, which differs from event to event",
            "rows and windows tell customers apart by time; name another field",
        )),
        field => Ok((field, breakdown.at)),
    };
    question.breakdown.iter().map(field).collect()
}

impl Value {
    /// Whether every customer's own value must be kept, not only their sum.
    pub fn keeps_each(question: &RetentionQuestion) -> bool {
        question.value.as_ref().is_some_and(|value| {
            !matches!(value.aggregate, Aggregate::Named(AggregateKind::Sum | AggregateKind::Mean))
        })
    }
}
