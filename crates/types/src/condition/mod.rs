//! Conditions on customers: one small typed language for what somebody did, did not do, and when.
//!
//! A condition asks of one customer, as of one instant: does it hold? It is written as text,
//!
//! ```
//! use perennial_types::condition::CustomerCondition;
//! let text = "did order where amount > 100 at least 3 times within 90 days and not in segment vip";
//! let condition: CustomerCondition = text.parse()?;
//! assert_eq!(condition.to_string(), text);
//! assert_eq!(
//!     serde_json::to_string(&condition)?,
//!     r#"{"all":[{"did":{"event":"order","where":{"field":"amount","op":">","value":100}},"times":{"at_least":3},"window":{"within":"90 days"}},{"not":{"segment":"vip"}}]}"#
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! or as JSON, and told in words by [`CustomerCondition::in_words`]. Rules that hold everywhere:
//!
//! * **Known means before `as_of`.** Only rows strictly before the instant exist, and only customers
//!   with at least one such row.
//! * **Windows are half open** and count back from `as_of`: hours are elapsed, days and longer are
//!   whole civil dates of the zone, the last of them the date in progress.
//! * **Gaps between two events are elapsed time**: a day is 24 hours, a month 30 days.
//! * **An order is one occurrence** at its earliest instant, however many lines it has.
//! * **Logic has two values**: what cannot be told (the mean of nothing) is false, and `not` is the
//!   rest of the customers.
//!
//! Limits: [`MAX_DEPTH`] levels and [`MAX_PARTS`] parts, segments written out.

mod error;
mod inline;
mod json;
mod lexer;
mod parse;
mod print;
mod span;
mod words;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::calendar::Unit;
use crate::filter::{Condition, EventFilter, EventNames, Field, Op, Test};

pub use error::ConditionError;
pub use inline::Segments;
pub use span::{Ago, Dates, Span, Window};

/// How deep a condition may nest, segments written out.
pub const MAX_DEPTH: usize = 32;
/// How many parts a condition may have, segments written out.
pub const MAX_PARTS: usize = 512;
/// Most periods of [`Regularly`], and most steps of a [`Sequence`].
pub const MAX_STEPS: u32 = 1_000;

/// A condition on one customer.
#[derive(Clone, Debug, PartialEq)]
pub enum CustomerCondition {
    /// Every one holds; an empty list holds.
    All(Vec<CustomerCondition>),
    /// At least one holds; an empty list does not.
    Any(Vec<CustomerCondition>),
    /// The condition does not hold.
    Not(Box<CustomerCondition>),
    /// The condition of the segment of that name holds.
    Segment(String),
    /// Something happened so many times.
    Did(Did),
    /// It happened for the first time, within a window.
    First(First),
    /// It happened for the last time, within a window.
    Last(Last),
    /// It happened in k of the last n periods.
    Regularly(Regularly),
    /// It happened before, but not lately.
    Stopped(Stopped),
    /// It happened lately, after a long pause.
    Restarted(Restarted),
    /// One thing happened, then another.
    Sequence(Sequence),
    /// A sum, mean, smallest or largest value compares with a number.
    Aggregate(Aggregate),
    /// The latest known value of a field compares with a value.
    Trait(Trait),
    /// The customer stands behind a number of an answer.
    Answer(Answer),
}

/// `did order at least 3 times within 90 days`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Did {
    /// What.
    pub did: EventFilter,
    /// How often.
    #[serde(default, skip_serializing_if = "Times::is_once")]
    pub times: Times,
    /// When.
    #[serde(default, skip_serializing_if = "Window::is_ever")]
    pub window: Window,
}

/// How often something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Times {
    /// So often or oftener, at least once.
    AtLeast(u32),
    /// Exactly so often; 0 is never.
    Exactly(u32),
    /// So often or less; whoever never did is among them.
    AtMost(u32),
}

/// `first order within 30 days`: the first of all history lies in the window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct First {
    /// What.
    pub first: EventFilter,
    /// Where its first occurrence lies.
    pub window: Window,
}

/// `last order more than 90 days ago`: the latest of all history lies in the window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Last {
    /// What.
    pub last: EventFilter,
    /// Where its latest occurrence lies.
    pub window: Window,
}

/// `regularly order in at least 3 of last 4 months`; the periods lie back to back before `as_of`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regularly {
    /// What.
    pub regularly: EventFilter,
    /// How often in a period for the period to count.
    #[serde(default = "once", skip_serializing_if = "is_one")]
    pub times: u32,
    /// How many periods must count.
    pub at_least: u32,
    /// Out of how many.
    pub of: u32,
    /// How long one is.
    pub unit: Unit,
}

/// `stopped order for 90 days`: not in the last 90 days, but before them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stopped {
    /// What.
    pub stopped: EventFilter,
    /// How long it has not happened.
    pub r#for: Span,
    /// How far back it must have happened; ever unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Span>,
}

/// `restarted order after 90 days within 30 days`: in the last 30 days, at least 90 days after the
/// occurrence before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restarted {
    /// What.
    pub restarted: EventFilter,
    /// How long the pause was at least, elapsed.
    pub after: Span,
    /// How lately it happened again.
    pub within: Span,
}

/// `sequence view then order within 7 days`; anything may happen in between.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    /// The steps, at least two, each strictly later than the one before.
    pub sequence: Vec<Step>,
    /// Where all of them lie.
    #[serde(default, skip_serializing_if = "Window::is_ever")]
    pub window: Window,
}

/// One step of a [`Sequence`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Names of the events.
    pub event: EventNames,
    /// What must hold of the event besides its name.
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    /// How long after the step before at least, elapsed, inclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Span>,
    /// How long after the step before at most, elapsed, inclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Span>,
}

/// `sum(amount) of order within 1 year > 1000`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aggregate {
    /// What is made of the values.
    pub aggregate: How,
    /// Where the values stand: `amount`, `quantity` or a property.
    #[serde(with = "json::field")]
    pub field: Field,
    /// Of which events.
    pub of: EventFilter,
    /// When.
    #[serde(default, skip_serializing_if = "Window::is_ever")]
    pub window: Window,
    /// How it compares: `=`, `!=`, `>`, `>=`, `<`, `<=`.
    #[serde(with = "json::op")]
    pub op: Op,
    /// With what.
    #[serde(with = "json::number")]
    pub value: Decimal,
}

/// What is made of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// All added up; of nothing, 0.
    Sum,
    /// Their mean; of nothing, none.
    Mean,
    /// The smallest; of nothing, none.
    Min,
    /// The largest; of nothing, none.
    Max,
}

/// `trait country = "UK" as of 2011-06-30`: of the latest row that has the field.
#[derive(Clone, Debug, PartialEq)]
pub struct Trait {
    /// The field, the comparison and the value.
    pub test: Test,
    /// The civil date whose end the value is read at; that of the question unless said.
    pub as_of: Option<Date>,
}

/// `in answer rfm {"cell":{"class":"at_risk"}}`: who stands behind the number that the question's
/// `cell` names, when it is asked as of the condition's own instant and in its zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The kind of the question.
    pub answer: String,
    /// The question, as that kind reads it.
    pub question: serde_json::Value,
}

fn once() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form serde takes")]
fn is_one(n: &u32) -> bool {
    *n == 1
}

impl Times {
    /// Whether it is the usual: at least once.
    pub fn is_once(&self) -> bool {
        *self == Times::AtLeast(1)
    }

    /// Whether so many satisfy it.
    pub fn holds(self, n: usize) -> bool {
        let n = u32::try_from(n).unwrap_or(u32::MAX);
        match self {
            Times::AtLeast(least) => n >= least,
            Times::Exactly(exact) => n == exact,
            Times::AtMost(most) => n <= most,
        }
    }
}

impl Default for Times {
    fn default() -> Times {
        Times::AtLeast(1)
    }
}

impl How {
    /// Every one.
    pub const ALL: [How; 4] = [How::Sum, How::Mean, How::Min, How::Max];

    /// Its name in conditions.
    pub fn name(self) -> &'static str {
        match self {
            How::Sum => "sum",
            How::Mean => "mean",
            How::Min => "min",
            How::Max => "max",
        }
    }
}

impl Step {
    /// The step as a filter of events.
    pub fn filter(&self) -> EventFilter {
        EventFilter { event: self.event.clone(), condition: self.condition.clone() }
    }
}

impl CustomerCondition {
    /// Holds of every customer.
    pub fn everyone() -> CustomerCondition {
        CustomerCondition::All(Vec::new())
    }

    /// Calls `visit` with every part of the condition, itself first.
    pub fn each(&self, visit: &mut impl FnMut(&CustomerCondition)) {
        visit(self);
        match self {
            CustomerCondition::All(parts) | CustomerCondition::Any(parts) => {
                parts.iter().for_each(|part| part.each(visit));
            }
            CustomerCondition::Not(inner) => inner.each(visit),
            _ => {}
        }
    }

    /// The filters of events it looks through, in order of appearance.
    pub fn filters(&self) -> Vec<EventFilter> {
        let mut found = Vec::new();
        self.each(&mut |part| match part {
            CustomerCondition::Did(one) => found.push(one.did.clone()),
            CustomerCondition::First(one) => found.push(one.first.clone()),
            CustomerCondition::Last(one) => found.push(one.last.clone()),
            CustomerCondition::Regularly(one) => found.push(one.regularly.clone()),
            CustomerCondition::Stopped(one) => found.push(one.stopped.clone()),
            CustomerCondition::Restarted(one) => found.push(one.restarted.clone()),
            CustomerCondition::Sequence(one) => found.extend(one.sequence.iter().map(Step::filter)),
            CustomerCondition::Aggregate(one) => found.push(one.of.clone()),
            _ => {}
        });
        found
    }

    /// Names of the events it looks for, each once.
    pub fn event_names(&self) -> Vec<String> {
        let names = self.filters().into_iter().flat_map(|filter| match filter.event {
            EventNames::Any => Vec::new(),
            EventNames::OneOf(names) => names,
        });
        let mut names: Vec<String> = names.collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Names of the segments it names itself, each once.
    pub fn segment_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        self.each(&mut |part| {
            if let CustomerCondition::Segment(name) = part {
                names.push(name.clone());
            }
        });
        names.sort_unstable();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests;
