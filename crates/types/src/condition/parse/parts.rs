//! What conditions are made of: events, tests, windows, lengths, numbers, names.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{Parsed, Parser, is_keyword};
use crate::calendar::Unit;
use crate::condition::lexer::Kind;
use crate::condition::span::unit_named;
use crate::condition::{Ago, Dates, Span, Window};
use crate::filter::{EventFilter, EventNames, Field, Op, Test, Value};

impl Parser<'_> {
    /// Names of events, and a condition on them.
    pub(super) fn event(&mut self) -> Parsed<EventFilter> {
        let event = if self.sign("*") {
            EventNames::Any
        } else {
            let mut names = vec![self.name("the name of an event")?];
            while self.sign("|") {
                names.push(self.name("the name of an event")?);
            }
            EventNames::OneOf(names)
        };
        let condition = if self.word("where") { Some(self.one()?) } else { None };
        Ok(EventFilter { event, condition })
    }

    /// A bare word that is no keyword, or a text in quotes.
    pub(super) fn name(&mut self, what: &'static str) -> Parsed<String> {
        let name = match self.peek() {
            Kind::Word(word) if !is_keyword(word) => word.clone(),
            Kind::Quoted(text) => text.clone(),
            Kind::Word(word) => {
                let reason = format!(
                    "`{word}` is a word of the language; {what} of that spelling stands in quotes: \"{word}\""
                );
                return Err(self.meaningless(self.place(), &reason));
            }
            _ => {
                self.tried.push(what);
                return Err(self.unexpected());
            }
        };
        self.advance();
        Ok(name)
    }

    /// `field op value`.
    pub(super) fn test(&mut self) -> Parsed<Test> {
        let start = self.place();
        let field = Field::named(&self.name("a field")?);
        let op = self.op()?;
        let value = match op {
            Op::IsSet | Op::IsNotSet => Value::None,
            Op::In | Op::NotIn => self.values()?,
            _ => self.value()?,
        };
        Test::new(field, op, value).map_err(|error| self.meaningless(start, &error))
    }

    pub(super) fn op(&mut self) -> Parsed<Op> {
        for (op, name) in Op::ALL {
            let is_sign = name.starts_with(['=', '!', '<', '>']);
            if is_sign && self.sign(name) {
                return Ok(op);
            }
        }
        if self.word("not") {
            self.words(&["in"])?;
            return Ok(Op::NotIn);
        }
        if self.word("in") {
            return Ok(Op::In);
        }
        if self.word("contains") {
            return Ok(Op::Contains);
        }
        if self.word("starts") {
            return self.words(&["with"]).map(|()| Op::StartsWith);
        }
        if self.word("ends") {
            return self.words(&["with"]).map(|()| Op::EndsWith);
        }
        if self.word("is") {
            let is_denied = self.word("not");
            return self.words(&["set"]).map(|()| if is_denied { Op::IsNotSet } else { Op::IsSet });
        }
        Err(self.unexpected())
    }

    pub(super) fn value(&mut self) -> Parsed<Value> {
        let value = match self.peek() {
            Kind::Quoted(text) => Value::Text(text.clone()),
            Kind::Number(number) => Value::Number(*number),
            Kind::Word(word) if word.eq_ignore_ascii_case("true") => Value::Bool(true),
            Kind::Word(word) if word.eq_ignore_ascii_case("false") => Value::Bool(false),
            _ => {
                self.tried.extend(["a text in quotes", "a number", "true", "false"]);
                return Err(self.unexpected());
            }
        };
        self.advance();
        Ok(value)
    }

    pub(super) fn values(&mut self) -> Parsed<Value> {
        let mut values = Vec::new();
        if !self.sign("(") {
            return Err(self.unexpected());
        }
        while !self.sign(")") {
            values.push(self.value()?);
            if !self.sign(",") {
                self.close()?;
                break;
            }
        }
        Ok(Value::List(values))
    }

    pub(super) fn window_or_ever(&mut self) -> Parsed<Window> {
        Ok(self.optional_window()?.unwrap_or_default())
    }

    pub(super) fn window(&mut self) -> Parsed<Window> {
        self.optional_window()?.ok_or_else(|| self.unexpected())
    }

    pub(super) fn optional_window(&mut self) -> Parsed<Option<Window>> {
        let window = if self.word("ever") {
            Window::Ever
        } else if self.word("within") {
            Window::Within(self.span()?)
        } else if self.word("more") {
            self.words(&["than"])?;
            let span = self.span()?;
            self.words(&["ago"])?;
            Window::MoreThan(span)
        } else if self.word("between") {
            let from = self.span()?;
            self.words(&["and"])?;
            let to = self.span()?;
            self.words(&["ago"])?;
            Window::Ago(Ago { from, to })
        } else if self.word("from") {
            let from = Some(self.date()?);
            let to = if self.word("to") { Some(self.date()?) } else { None };
            Window::Dates(Dates { from, to })
        } else if self.word("until") {
            Window::Dates(Dates { from: None, to: Some(self.date()?) })
        } else {
            return Ok(None);
        };
        Ok(Some(window))
    }

    pub(super) fn optional_span(&mut self, keyword: &'static str) -> Parsed<Option<Span>> {
        if self.word(keyword) { self.span().map(Some) } else { Ok(None) }
    }

    pub(super) fn span(&mut self) -> Parsed<Span> {
        let start = self.place();
        let n = self.whole()?;
        let unit = self.unit()?;
        Span::new(n, unit)
            .map_err(|error| self.meaningless(start, &format!("{error}; {}", error.hint())))
    }

    pub(super) fn unit(&mut self) -> Parsed<Unit> {
        let unit = match self.peek() {
            Kind::Word(word) => unit_named(word),
            _ => None,
        };
        self.tried.extend(["hours", "days", "weeks", "months", "quarters", "years"]);
        let unit = unit.ok_or_else(|| self.unexpected())?;
        self.advance();
        Ok(unit)
    }

    pub(super) fn times(&mut self) -> Parsed<u32> {
        let n = self.whole()?;
        if self.word("times") || self.word("time") { Ok(n) } else { Err(self.unexpected()) }
    }

    pub(super) fn whole(&mut self) -> Parsed<u32> {
        self.tried.push("a whole number");
        let Kind::Number(number) = *self.peek() else { return Err(self.unexpected()) };
        let whole = whole(number).ok_or_else(|| self.unexpected())?;
        self.advance();
        Ok(whole)
    }

    pub(super) fn date(&mut self) -> Parsed<Date> {
        self.tried.push("a date such as 2011-06-30");
        let Kind::Word(word) = self.peek() else { return Err(self.unexpected()) };
        let date = word.parse().map_err(|_| self.unexpected())?;
        self.advance();
        Ok(date)
    }
}

fn whole(number: Decimal) -> Option<u32> {
    number.is_integer().then(|| u32::try_from(number).ok()).flatten()
}
