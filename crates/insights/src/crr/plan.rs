//! A question made ready: dates turned into the boundaries of periods, the rule of being active,
//! defaults filled in.

use jiff::Timestamp;
use perennial_engine::filter::BatchFilter;
use perennial_engine::source::SourceFacts;
use perennial_types::calendar::{Boundaries, Calendar, Micros};
use perennial_types::event::{Column, ORDER, REFUND};
use perennial_types::filter::{EventFilter, Field};
use perennial_types::question::{Population, Refusal};

use super::life::Span;
use super::question::{By, CrrQuestion};
use crate::benchmarks;
use crate::insight::AskError;
use crate::retention::Attribution;

/// Microseconds in a day of 24 hours.
pub const DAY: f64 = 86_400_000_000.0;
/// Longest trailing window, in days.
const MAX_DAYS: f64 = 100_000.0;

/// A question that can be folded.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The question, every default filled in.
    pub question: CrrQuestion,
    /// The calendar of its civil dates.
    pub calendar: Calendar,
    /// The periods, those that have not begun by `as_of` included.
    pub periods: Boundaries,
    /// Start of the period before the first, then the boundaries of the periods that have begun.
    edges: Vec<Micros>,
    /// End of the known world.
    pub as_of: Micros,
    /// When a customer is active.
    pub rule: Rule,
    /// Whether rows may share an order.
    pub by_order: bool,
    /// Columns the customers are told apart by.
    pub breakdown: Vec<(Field, Attribution)>,
    /// Instant of the earliest event; `None` for an empty lake.
    pub first_event: Option<Micros>,
}

/// When a customer is active.
#[derive(Clone, Debug)]
pub enum Rule {
    /// With an occurrence in the window before.
    Trailing(Window),
    /// When the latest of two events is the first of them.
    Subscription {
        /// What starts it.
        start: BatchFilter,
        /// What ends it.
        end: BatchFilter,
    },
}

/// Length of the trailing window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// To be measured.
    Unknown,
    /// As the question has it.
    Given(Micros),
    /// 90th percentile of so many gaps.
    Measured(Micros, usize),
}

impl Window {
    /// Its length, once it is known.
    pub fn micros(self) -> Option<Micros> {
        match self {
            Window::Unknown => None,
            Window::Given(micros) | Window::Measured(micros, _) => Some(micros),
        }
    }
}

impl Plan {
    /// Resolves a question against what is known of the data.
    pub fn new(mut question: CrrQuestion, facts: &SourceFacts) -> Result<Plan, AskError> {
        check(&question)?;
        let as_of = question.as_of.map(Timestamp::as_microsecond).ok_or_else(|| {
            AskError::bad("`as_of` is missing", "give the instant at which the known world ends")
        })?;
        let calendar = Calendar {
            zone: question.zone.clone(),
            week_start: question.week_start,
            fiscal_year_start: question.fiscal_year_start,
        };
        let periods = periods(&mut question, &calendar, facts, as_of)?;
        let n_begun = periods.starts().partition_point(|start| *start < as_of).min(periods.len());
        let mut edges = Vec::new();
        if let Some(first) = periods.start(0).filter(|_| n_begun > 0) {
            edges.push(calendar.period_containing(question.period, first - 1).start);
            edges.extend(periods.starts().iter().take(n_begun + 1));
        }
        let by_order = !facts.always_null.contains(&Column::OrderId);
        let fields = question.breakdown.iter();
        Ok(Plan {
            rule: rule(&question)?,
            breakdown: fields.map(|one| (Field::named(&one.field), one.at)).collect(),
            question,
            calendar,
            periods,
            edges,
            as_of,
            by_order,
            first_event: facts.ts.map(|(first, _)| first),
        })
    }

    /// Number of periods that have begun.
    pub fn n_periods(&self) -> usize {
        self.edges.len().saturating_sub(2)
    }

    /// Where the periods that have begun start, and where the last of them ends.
    pub fn boundaries(&self) -> &[Micros] {
        self.edges.get(1..).unwrap_or_default()
    }

    /// The periods that have begun, then the whole range.
    pub fn spans(&self) -> impl ExactSizeIterator<Item = Span> + use<> {
        let n = self.n_periods();
        (0..n + 1)
            .map(move |p| if p < n { Span { from: p, to: p + 1 } } else { Span { from: 0, to: n } })
    }

    /// When somebody acquired at that instant was acquired, as a [`Life`](super::life::Life) has it.
    pub fn birth(&self, acquired: Micros) -> usize {
        self.edges.partition_point(|edge| *edge <= acquired)
    }

    /// Length of the trailing window, where there is one and it is known.
    pub fn window(&self) -> Option<Micros> {
        match self.rule {
            Rule::Trailing(window) => window.micros(),
            Rule::Subscription { .. } => None,
        }
    }

    /// Whether the trailing window has to be measured first. An empty lake has nothing to measure,
    /// and nobody active whatever the window is.
    pub fn needs_window(&self) -> bool {
        matches!(self.rule, Rule::Trailing(Window::Unknown)) && self.first_event.is_some()
    }

    /// Whether purchases and refunds have to be known.
    pub fn needs_orders(&self) -> bool {
        self.question.population != Population::Everyone
    }

    /// Whether any later event may change any period.
    pub fn is_open_ended(&self) -> bool {
        self.question.population == Population::NetBuyers
            || self.breakdown.iter().any(|(_, at)| *at == Attribution::Current)
    }

    /// Whether customers acquired in the period before are told apart.
    pub fn splits_new(&self) -> bool {
        self.question.by == By::NewOld
    }

    /// Names of the only events that matter, where that is known.
    pub fn events(&self) -> Option<Vec<String>> {
        let any_current = self.breakdown.iter().any(|(_, at)| *at == Attribution::Current);
        // With order ids, events of any name may be purchases.
        if any_current || self.needs_orders() && self.by_order {
            return None;
        }
        let mut names: Vec<String> = match &self.question.active.subscription {
            Some(subscription) => vec![subscription.start.clone(), subscription.end.clone()],
            None if self.needs_orders() => Vec::new(),
            None => return None,
        };
        if self.needs_orders() {
            names.extend([ORDER.to_owned(), REFUND.to_owned()]);
        }
        Some(names)
    }
}

fn check(question: &CrrQuestion) -> Result<(), AskError> {
    let bad = |message: String, hint: &str| Err(AskError::bad(message, hint));
    if !(1..=12).contains(&question.fiscal_year_start) {
        let message = format!("`fiscal_year_start` is `{}`", question.fiscal_year_start);
        return bad(message, "give the number of a month, 1 to 12");
    }
    if let (Some(from), Some(to)) = (question.from, question.to)
        && from > to
    {
        return bad(format!("`from` {from} is after `to` {to}"), "swap them");
    }
    if question.breakdown.iter().any(|one| one.at == Attribution::Return) {
        return bad(
            "`breakdown.at` is `return`".to_owned(),
            "a rate has no return: `start` or `current`",
        );
    }
    if question.breakdown.iter().any(|one| Field::named(&one.field) == Field::Ts) {
        let message = "`breakdown` names `ts`, which differs from event to event";
        return bad(message.to_owned(), "periods tell customers apart by time; name another field");
    }
    match (question.active.trailing_days, &question.active.subscription) {
        (Some(_), Some(_)) => {
            let message = "`active` has both `trailing_days` and `subscription`";
            return bad(message.to_owned(), "leave one of them away");
        }
        (days @ Some(_), None) => {
            window_of(days)?;
        }
        (None, Some(subscription)) if subscription.start == subscription.end => {
            let message = format!("`{}` both starts and ends the subscription", subscription.start);
            return bad(message, "give two different events");
        }
        _ => {}
    }
    benchmarks::check(question.benchmarks.as_deref().unwrap_or_default())
}

fn rule(question: &CrrQuestion) -> Result<Rule, AskError> {
    let Some(subscription) = &question.active.subscription else {
        return Ok(Rule::Trailing(window_of(question.active.trailing_days)?));
    };
    // Only names are compared, so no filter waits for the sums of an order.
    let named = |name: &str| BatchFilter::new(&EventFilter::named(name), false);
    Ok(Rule::Subscription { start: named(&subscription.start)?, end: named(&subscription.end)? })
}

/// The periods of the question's dates, of the whole history where it names none.
fn periods(
    question: &mut CrrQuestion,
    calendar: &Calendar,
    facts: &SourceFacts,
    as_of: Micros,
) -> Result<Boundaries, AskError> {
    let known = facts.ts.map(|(first, last)| {
        let last = last.min(as_of.saturating_sub(1));
        (calendar.date_of(first.min(last)), calendar.date_of(last))
    });
    let from = question.from.or(known.map(|(first, _)| first)).or(question.to);
    let to = question.to.or(known.map(|(_, last)| last)).or(question.from);
    let periods = match (from, to) {
        (Some(from), Some(to)) => {
            // Only a date that was not asked for gives way.
            let from = if question.from.is_none() { from.min(to) } else { from };
            let (from, to) = calendar.widen(question.period, from, to.max(from));
            question.from = Some(from);
            question.to = Some(to);
            calendar.periods_of_dates(question.period, from, to)
        }
        _ => calendar.periods(question.period, 0, 0),
    };
    Ok(periods.map_err(|error| too_many(&error.to_string(), &error.in_chinese()))?)
}

/// The refusal of an answer that would be too large.
pub fn too_many(what: &str, what_zh: &str) -> Refusal {
    Refusal::new(
        "too_many_cells",
        format!("the answer would be too large: {what}"),
        "ask for longer periods, a shorter range, or a breakdown of fewer values",
    )
    .in_chinese(format!("结果会过大：{what_zh}"), "请选择更长的周期、更短的范围，或取值更少的分组")
}

/// The trailing window of these sorted gaps: their 90th percentile.
///
/// # Errors
/// `no_gaps` where they are too few or too short to tell.
pub fn measured(gaps: &[Micros]) -> Result<Window, Refusal> {
    let window = p90(gaps).filter(|window| gaps.len() > 1 && *window > 0).ok_or_else(|| {
        Refusal::new(
            "no_gaps",
            format!(
                "the gaps between purchases that are known number {}, too few or too short to tell when a customer is active",
                gaps.len()
            ),
            "give `active.trailing_days`, or the events of a subscription in `active.subscription`",
        )
        .in_chinese(
            format!("已知的购买间隔只有 {} 个，太少或太短，无法判断客户何时算活跃", gaps.len()),
            "请给出 `active.trailing_days`，或在 `active.subscription` 中给出订阅事件",
        )
    })?;
    Ok(Window::Measured(window, gaps.len()))
}

/// The window of so many days of 24 hours, to be measured where none are given.
///
/// # Errors
/// When they are no length of a window.
pub fn window_of(days: Option<f64>) -> Result<Window, AskError> {
    match days {
        Some(days) if !(days * DAY >= 1.0 && days <= MAX_DAYS) => {
            let hint = format!("give a number of days above 0 and at most {MAX_DAYS}");
            Err(AskError::bad(format!("`active.trailing_days` is `{days}`"), hint))
        }
        Some(days) => Ok(Window::Given((days * DAY).round() as Micros)),
        None => Ok(Window::Unknown),
    }
}

/// The 90th percentile of sorted gaps, linear between closest ranks (type 7 of R. J. Hyndman and
/// Y. Fan (1996), "Sample quantiles in statistical packages", The American Statistician 50,
/// 361–365), rounded down to a microsecond; `None` without gaps.
pub fn p90(gaps: &[Micros]) -> Option<Micros> {
    let tenths = gaps.len().checked_sub(1)? * 9;
    let below = *gaps.get(tenths / 10)?;
    let above = gaps.get(tenths / 10 + 1).copied().unwrap_or(below);
    Some(below + ((i128::from(above - below) * (tenths % 10) as i128) / 10) as Micros)
}
