//! A question made ready: presets filled in, filters, nodes, instants.

use std::sync::Arc;

use jiff::Timestamp;
use perennial_engine::source::SourceFacts;
use perennial_types::calendar::{Calendar, Micros, Weekday};
use perennial_types::event::Column;
use perennial_types::filter::{Condition, EventFilter, EventNames, Field, Op, Test, Value};
use perennial_types::question::{Population, Refusal};

use super::question::{Collapse, Count, Enter, PathQuestion, Preset};
use crate::funnel::Length;
use crate::insight::AskError;
use crate::moments::Filters;
use crate::moments::reading::Frame;
use crate::nodes::NodeRules;
use crate::visits::{SessionRule, Splitter};

/// Most nodes of a path.
pub const MAX_STEPS: usize = 12;

/// Which way paths are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the start of every session.
    Session,
    /// From an anchor on.
    Forward,
    /// Back from an anchor.
    Backward,
    /// From one anchor to the next other one.
    Between,
}

/// Bits of the filters a moment passes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bits {
    /// Takes part.
    pub events: u32,
    /// Begins a path.
    pub start: u32,
    /// Ends a path.
    pub end: u32,
    /// Begins a session.
    pub session: u32,
    /// Counts as coming back.
    pub return_: u32,
}

/// A question that can be folded.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The question, every default filled in.
    pub question: PathQuestion,
    /// Which way paths are looked at.
    pub direction: Direction,
    /// The filters of `bits`.
    pub filters: Filters,
    /// Where each filter stands.
    pub bits: Bits,
    /// How nodes are named.
    pub nodes: Arc<NodeRules>,
    /// What ends a session.
    pub splitter: Splitter,
    /// How far a path reaches.
    pub window: Option<Micros>,
    /// From when and until when coming back counts, after the anchor.
    pub horizon: Option<(Micros, Micros)>,
    /// Anchors lie in this half-open range.
    pub anchors: (Micros, Micros),
    /// End of the known world.
    pub as_of: Micros,
    /// Whether rows may share an order.
    pub by_order: bool,
}

impl Plan {
    /// Resolves a question against what is known of the data.
    pub fn new(mut question: PathQuestion, facts: &SourceFacts) -> Result<Plan, AskError> {
        fill_in(&mut question);
        check(&question)?;
        let as_of = question.as_of.map(Timestamp::as_microsecond).ok_or_else(|| {
            AskError::bad("`as_of` is missing", "give the instant at which the known world ends")
        })?;
        let by_order = !facts.always_null.contains(&Column::OrderId);
        let (filters, bits) = filters(&question);
        let splitter = match &question.session {
            None => Splitter::Never,
            Some(rule) => rule.splitter().ok_or_else(|| {
                AskError::bad(
                    "`session.gap_minutes` is no length of time",
                    "give a number of minutes above 0",
                )
            })?,
        };
        let horizon = match &question.compare {
            None => None,
            Some(compare) => {
                let after = compare.after.map_or(Ok(0), |after| micros("compare.after", after))?;
                let within = micros("compare.within", compare.within)?;
                if after >= within {
                    return Err(AskError::bad(
                        "`compare.after` is not before `compare.within`",
                        "give a horizon later than its beginning",
                    ));
                }
                Some((after, within))
            }
        };
        let calendar = Calendar {
            zone: question.zone.clone(),
            week_start: Weekday::Monday,
            fiscal_year_start: 1,
        };
        let begin = question.from.map_or(Micros::MIN, |from| calendar.start_of_day(from));
        let end = question.to.map_or(Micros::MAX, |to| {
            to.tomorrow().map_or(Micros::MAX, |next| calendar.start_of_day(next))
        });
        Ok(Plan {
            direction: direction(&question),
            filters: Filters::new(&filters, by_order, false)?,
            bits,
            nodes: Arc::new(NodeRules::new(&question.node)?),
            splitter,
            window: question.within.map(|within| micros("within", within)).transpose()?,
            horizon,
            anchors: (begin, end),
            as_of,
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

    /// Whether the same node several times in a row is one.
    pub fn collapses(&self) -> bool {
        self.question.collapse == Collapse::Repeats
    }

    /// Names of the only events that matter, where that is known.
    pub fn events(&self) -> Option<Vec<String>> {
        if self.needs_orders() {
            return None;
        }
        let taking_part = self.nodes.events_of(&self.question.events.event)?;
        let returning = match self.question.compare.as_ref().map(|compare| &compare.return_.event) {
            None => Vec::new(),
            Some(EventNames::OneOf(names)) => names.clone(),
            Some(EventNames::Any) => return None,
        };
        Some([taking_part, returning].concat())
    }

    /// First instant that matters.
    fn first_ts(&self) -> Micros {
        // What session the first event of the range belongs to is known by those before it.
        let alone = self.splitter == Splitter::Never
            && self.direction == Direction::Forward
            && self.question.enter == Enter::FirstInRange;
        if alone && !self.by_order && !self.needs_orders() { self.anchors.0 } else { Micros::MIN }
    }
}

fn micros(field: &str, length: Length) -> Result<Micros, AskError> {
    length.micros().ok_or_else(|| {
        AskError::bad(
            format!("`{field}` is {}", length.words().0),
            "give a length above 0 and at most 100,000 days",
        )
    })
}

fn direction(question: &PathQuestion) -> Direction {
    match (&question.start, &question.end) {
        (None, None) => Direction::Session,
        (Some(_), None) => Direction::Forward,
        (None, Some(_)) => Direction::Backward,
        (Some(_), Some(_)) => Direction::Between,
    }
}

/// Sets the fields a preset stands for, but for those that were changed.
fn fill_in(question: &mut PathQuestion) {
    if question.preset == Some(Preset::FirstToSecondPurchase) {
        let usual = PathQuestion::default();
        let paid = Test { field: Field::Amount, op: Op::Greater, value: Value::Number(0.into()) };
        let purchase = EventFilter {
            event: EventNames::OneOf(vec!["order".to_owned()]),
            condition: Some(Condition::Test(paid)),
        };
        question.start.get_or_insert_with(|| purchase.clone());
        question.end.get_or_insert(purchase);
        question.within.get_or_insert(Length::Days(365.0));
        if question.session == usual.session {
            question.session = None;
        }
        question.count = Count::Customers;
        question.enter = Enter::FirstEver;
    }
}

fn filters(question: &PathQuestion) -> (Vec<EventFilter>, Bits) {
    let mut all: Vec<EventFilter> = Vec::new();
    let mut add = |filter: Option<&EventFilter>| {
        filter.map_or(0, |filter| {
            all.push(filter.clone());
            1 << (all.len() - 1)
        })
    };
    let session = match &question.session {
        Some(SessionRule::StartedBy(filter)) => Some(filter),
        _ => None,
    };
    let bits = Bits {
        events: add(Some(&question.events)),
        start: add(question.start.as_ref()),
        end: add(question.end.as_ref()),
        session: add(session),
        return_: add(question.compare.as_ref().map(|compare| &compare.return_)),
    };
    (all, bits)
}

fn check(question: &PathQuestion) -> Result<(), AskError> {
    let bad = |message: String, hint: &str| Err(AskError::bad(message, hint));
    if !(2..=MAX_STEPS).contains(&question.steps) {
        return bad(format!("`steps` is `{}`", question.steps), "give 2 to 12");
    }
    let is_endless = !matches!(question.session, Some(SessionRule::GapMinutes(_)));
    if is_endless && question.within.is_none() {
        return bad(
            "`within` is missing, and such sessions have no end".to_owned(),
            "give `within`: {\"days\":30}, or `session`: {\"gap_minutes\":30}",
        );
    }
    if question.compare.is_some() && question.count != Count::Customers {
        return bad(
            "`compare` of paths of which a customer may have several".to_owned(),
            "ask with `count: customers`",
        );
    }
    if question.enter == Enter::FirstEver && question.count != Count::Customers {
        return bad("`enter: first_ever` without `count: customers`".to_owned(), "add it");
    }
    if let (Some(from), Some(to)) = (question.from, question.to)
        && from > to
    {
        return bad(format!("`from` {from} is after `to` {to}"), "swap them");
    }
    match &question.cell {
        Some(cell) if !(1..=question.steps).contains(&cell.step) => bad(
            format!("`cell.step` is `{}`", cell.step),
            "give the number of a step of the answer, from 1",
        ),
        Some(cell) if cell.next.is_some() && cell.end.is_some() => bad(
            "`cell` has both `next` and `end`".to_owned(),
            "a path goes on or ends; leave one away",
        ),
        _ => Ok(()),
    }
}

/// The refusal of an answer that would be too large.
pub fn too_many(what: &str, what_zh: &str) -> Refusal {
    Refusal::new(
        "too_many_cells",
        format!("the answer would be too large: {what}"),
        "ask for fewer `steps`, or name nodes by something of fewer values with `node`",
    )
    .in_chinese(
        format!("结果会过大：{what_zh}"),
        "请减少 `steps`，或用 `node` 以取值更少的字段命名节点",
    )
}
