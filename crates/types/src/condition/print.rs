//! The text form, written: what [`str::parse`] reads back as the same condition.

use std::fmt::{self, Display, Formatter, Write};

use super::lexer::is_bare;
use super::parse::is_keyword;
use super::span::{Ago, Dates, unit_words};
use super::{CustomerCondition, Did, Sequence, Times, Window};
use crate::filter::{Condition, EventFilter, EventNames, Op, Test, Value};

impl Display for CustomerCondition {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            CustomerCondition::All(parts) if parts.is_empty() => out.write_str("everyone"),
            CustomerCondition::All(parts) => joined(out, parts, "all", " and ", is_group),
            CustomerCondition::Any(parts) => joined(out, parts, "any", " or ", is_group),
            CustomerCondition::Not(inner) => denied(out, inner),
            CustomerCondition::Segment(name) => write!(out, "in segment {}", Name(name)),
            CustomerCondition::Did(one) => did(out, one, "did"),
            CustomerCondition::First(one) => {
                write!(out, "first {}{}", Event(&one.first), When(&one.window))
            }
            CustomerCondition::Last(one) => {
                write!(out, "last {}{}", Event(&one.last), When(&one.window))
            }
            CustomerCondition::Regularly(one) => {
                write!(out, "regularly {}", Event(&one.regularly))?;
                if one.times != 1 {
                    write!(out, " {} times", one.times)?;
                }
                write!(
                    out,
                    " in at least {} of last {} {}",
                    one.at_least,
                    one.of,
                    unit_words(one.of, one.unit)
                )
            }
            CustomerCondition::Stopped(one) => {
                write!(out, "stopped {} for {}", Event(&one.stopped), one.r#for)?;
                one.within.map_or(Ok(()), |span| write!(out, " within {span}"))
            }
            CustomerCondition::Restarted(one) => {
                write!(
                    out,
                    "restarted {} after {} within {}",
                    Event(&one.restarted),
                    one.after,
                    one.within
                )
            }
            CustomerCondition::Sequence(one) => sequence(out, one),
            CustomerCondition::Aggregate(one) => {
                let field = one.field.name();
                write!(out, "{}({}) of {}", one.aggregate.name(), Name(&field), Event(&one.of))?;
                if one.window != Window::Ever {
                    write!(out, "{}", When(&one.window))?;
                }
                write!(out, " {} {}", one.op.name(), one.value.normalize())
            }
            CustomerCondition::Answer(one) => {
                write!(out, "in answer {} {}", Name(&one.answer), one.question)
            }
            CustomerCondition::Trait(one) => {
                write!(out, "trait {}", Tested(&one.test))?;
                one.as_of.map_or(Ok(()), |date| write!(out, " as of {date}"))
            }
        }
    }
}

fn is_group(condition: &CustomerCondition) -> bool {
    let n_parts = match condition {
        CustomerCondition::All(parts) | CustomerCondition::Any(parts) => parts.len(),
        _ => 0,
    };
    n_parts > 1
}

/// Parts joined by a word; as a list where there are fewer than two of them.
fn joined<T: Display>(
    out: &mut Formatter<'_>,
    parts: &[T],
    list: &str,
    word: &str,
    is_group: impl Fn(&T) -> bool,
) -> fmt::Result {
    match parts {
        [] => write!(out, "{list}()"),
        [one] => write!(out, "{list}({one})"),
        several => {
            for (position, part) in several.iter().enumerate() {
                out.write_str(if position == 0 { "" } else { word })?;
                if is_group(part) { write!(out, "({part})")? } else { write!(out, "{part}")? }
            }
            Ok(())
        }
    }
}

fn denied(out: &mut Formatter<'_>, inner: &CustomerCondition) -> fmt::Result {
    match inner {
        CustomerCondition::Did(one) if one.window.is_ever() && one.times.is_once() => {
            write!(out, "never did {}", Event(&one.did))
        }
        CustomerCondition::Did(one) => did(out, one, "did not"),
        CustomerCondition::Segment(name) => write!(out, "not in segment {}", Name(name)),
        other => write!(out, "not ({other})"),
    }
}

fn did(out: &mut Formatter<'_>, one: &Did, verb: &str) -> fmt::Result {
    write!(out, "{verb} {}", Event(&one.did))?;
    let times = |n: u32| if n == 1 { "time" } else { "times" };
    match one.times {
        Times::AtLeast(1) => {}
        Times::AtLeast(n) => write!(out, " at least {n} {}", times(n))?,
        Times::Exactly(n) => write!(out, " exactly {n} {}", times(n))?,
        Times::AtMost(n) => write!(out, " at most {n} {}", times(n))?,
    }
    if one.window.is_ever() { Ok(()) } else { write!(out, "{}", When(&one.window)) }
}

fn sequence(out: &mut Formatter<'_>, one: &Sequence) -> fmt::Result {
    for (position, step) in one.sequence.iter().enumerate() {
        out.write_str(if position == 0 { "sequence " } else { " then " })?;
        write!(out, "{}", Event(&step.filter()))?;
        if let Some(span) = step.after {
            write!(out, " after {span}")?;
        }
        if let Some(span) = step.within {
            write!(out, " within {span}")?;
        }
    }
    if one.window.is_ever() { Ok(()) } else { write!(out, " all{}", When(&one.window)) }
}

/// A window, with a space before it.
struct When<'a>(&'a Window);

impl Display for When<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Window::Ever => out.write_str(" ever"),
            Window::Within(span) => write!(out, " within {span}"),
            Window::MoreThan(span) => write!(out, " more than {span} ago"),
            Window::Ago(Ago { from, to }) => write!(out, " between {from} and {to} ago"),
            Window::Dates(Dates { from: Some(from), to: Some(to) }) => {
                write!(out, " from {from} to {to}")
            }
            Window::Dates(Dates { from: Some(from), to: None }) => write!(out, " from {from}"),
            Window::Dates(Dates { from: None, to: Some(to) }) => write!(out, " until {to}"),
            Window::Dates(Dates { from: None, to: None }) => out.write_str(" ever"),
        }
    }
}

/// A name, in quotes where it needs them.
struct Name<'a>(&'a str);

impl Display for Name<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        if is_bare(self.0) && !is_keyword(self.0) {
            out.write_str(self.0)
        } else {
            quoted(out, self.0)
        }
    }
}

fn quoted(out: &mut Formatter<'_>, text: &str) -> fmt::Result {
    out.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' | '\\' => write!(out, "\\{character}")?,
            '\n' => out.write_str("\\n")?,
            other => out.write_char(other)?,
        }
    }
    out.write_char('"')
}

/// A filter of events.
struct Event<'a>(&'a EventFilter);

impl Display for Event<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match &self.0.event {
            EventNames::Any => out.write_char('*')?,
            EventNames::OneOf(names) => {
                for (position, name) in names.iter().enumerate() {
                    write!(out, "{}{}", if position == 0 { "" } else { " | " }, Name(name))?;
                }
            }
        }
        match &self.0.condition {
            None => Ok(()),
            Some(condition) if Where(condition).is_group() => {
                write!(out, " where ({})", Where(condition))
            }
            Some(condition) => write!(out, " where {}", Where(condition)),
        }
    }
}

/// A condition on an event.
struct Where<'a>(&'a Condition);

impl Where<'_> {
    fn is_group(&self) -> bool {
        matches!(self.0, Condition::All(parts) | Condition::Any(parts) if parts.len() > 1)
    }
}

impl Display for Where<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let parts = |parts: &'_ [Condition]| -> Vec<String> {
            let group = |part: &Condition| match Where(part) {
                one if one.is_group() && parts.len() > 1 => format!("({one})"),
                one => one.to_string(),
            };
            parts.iter().map(group).collect()
        };
        match self.0 {
            Condition::All(all) => joined(out, &parts(all), "all", " and ", |_| false),
            Condition::Any(any) => joined(out, &parts(any), "any", " or ", |_| false),
            Condition::Not(inner) => write!(out, "not ({})", Where(inner)),
            Condition::Test(test) => write!(out, "{}", Tested(test)),
        }
    }
}

/// `field op value`.
struct Tested<'a>(&'a Test);

impl Display for Tested<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let Test { field, op, value } = self.0;
        let op = match op {
            Op::NotIn => "not in",
            Op::StartsWith => "starts with",
            Op::EndsWith => "ends with",
            Op::IsSet => "is set",
            Op::IsNotSet => "is not set",
            other => other.name(),
        };
        write!(out, "{} {op}", Name(&field.name()))?;
        if *value == Value::None { Ok(()) } else { write!(out, " {}", Plain(value)) }
    }
}

struct Plain<'a>(&'a Value);

impl Display for Plain<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::None => Ok(()),
            Value::Text(text) => quoted(out, text),
            Value::Number(number) => write!(out, "{}", number.normalize()),
            Value::Bool(truth) => write!(out, "{truth}"),
            Value::List(members) => {
                out.write_char('(')?;
                for (position, member) in members.iter().enumerate() {
                    write!(out, "{}{}", if position == 0 { "" } else { ", " }, Plain(member))?;
                }
                out.write_char(')')
            }
        }
    }
}
