//! The text form, read by hand: what could have stood at a place is remembered, so that an error
//! names all of it.

use std::str::FromStr;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::lexer::{self, Kind, Token};
use super::span::{Ago, Dates, unit_named};
use super::{
    Aggregate, ConditionError, CustomerCondition, Did, First, How, Last, MAX_DEPTH, Regularly,
    Restarted, Sequence, Span, Step, Stopped, Times, Trait, Window,
};
use crate::filter::{Condition, EventFilter, EventNames, Field, Op, Test, Value};
use crate::text::nearest_names;

/// Words that mean something; an event of such a name stands in quotes.
pub(super) const KEYWORDS: [&str; 50] = [
    "after", "ago", "all", "and", "any", "as", "at", "between", "contains", "did", "ends", "ever",
    "everyone", "exactly", "false", "first", "for", "from", "in", "is", "last", "least", "max",
    "mean", "min", "more", "most", "never", "not", "of", "or", "regularly", "restarted",
    "segment", "sequence", "set", "starts", "stopped", "sum", "than", "then", "time", "times", "to",
    "trait", "true", "until", "where", "with", "within",
];

impl FromStr for CustomerCondition {
    type Err = ConditionError;

    /// Reads the text form.
    fn from_str(text: &str) -> Result<CustomerCondition, ConditionError> {
        let tokens = lexer::tokens(text)?;
        let mut parser = Parser { text, tokens, at: 0, tried: Vec::new(), depth: 0 };
        let condition = parser.customer()?;
        match parser.peek() {
            Kind::End => {
                // What can be said can be kept: the JSON form has the same limits.
                let json = serde_json::to_value(&condition).unwrap_or_default();
                CustomerCondition::from_json(&json)
            }
            _ => {
                parser.tried.push("the end");
                Err(parser.unexpected())
            }
        }
    }
}

type Parsed<T> = Result<T, ConditionError>;

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    /// What has been looked for at this place.
    tried: Vec<&'static str>,
    depth: usize,
}

/// What `all`, `any` and `not` are made of.
trait Logic: Sized {
    fn all(parts: Vec<Self>) -> Self;
    fn any(parts: Vec<Self>) -> Self;
    fn not(inner: Self) -> Self;
    fn leaf(parser: &mut Parser<'_>) -> Parsed<Self>;
}

impl Logic for CustomerCondition {
    fn all(parts: Vec<Self>) -> Self {
        CustomerCondition::All(parts)
    }
    fn any(parts: Vec<Self>) -> Self {
        CustomerCondition::Any(parts)
    }
    fn not(inner: Self) -> Self {
        CustomerCondition::Not(Box::new(inner))
    }
    fn leaf(parser: &mut Parser<'_>) -> Parsed<Self> {
        parser.leaf()
    }
}

impl Logic for Condition {
    fn all(parts: Vec<Self>) -> Self {
        Condition::All(parts)
    }
    fn any(parts: Vec<Self>) -> Self {
        Condition::Any(parts)
    }
    fn not(inner: Self) -> Self {
        Condition::Not(Box::new(inner))
    }
    fn leaf(parser: &mut Parser<'_>) -> Parsed<Self> {
        parser.test().map(Condition::Test)
    }
}

impl Parser<'_> {
    fn peek(&self) -> &Kind {
        self.tokens.get(self.at).map_or(&Kind::End, |token| &token.kind)
    }

    fn place(&self) -> usize {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(0, |token| token.start)
    }

    fn advance(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len().saturating_sub(1));
        self.tried.clear();
    }

    /// Takes a keyword, if it stands here.
    fn word(&mut self, keyword: &'static str) -> bool {
        let stands = matches!(self.peek(), Kind::Word(word) if word.eq_ignore_ascii_case(keyword));
        if stands {
            self.advance();
        } else {
            self.tried.push(keyword);
        }
        stands
    }

    /// Takes a sign, if it stands here.
    fn sign(&mut self, sign: &'static str) -> bool {
        let stands = *self.peek() == Kind::Sign(sign);
        if stands {
            self.advance();
        } else {
            self.tried.push(sign);
        }
        stands
    }

    /// Takes keywords that must follow each other.
    fn words(&mut self, keywords: &[&'static str]) -> Parsed<()> {
        keywords.iter().try_for_each(|keyword| self.word(keyword).then_some(()).ok_or_else(|| self.unexpected()))
    }

    fn close(&mut self) -> Parsed<()> {
        if self.sign(")") { Ok(()) } else { Err(self.unexpected()) }
    }

    /// What stands here is none of what was looked for.
    fn unexpected(&self) -> ConditionError {
        let found = match self.peek() {
            Kind::Word(word) => format!("`{word}`"),
            Kind::Quoted(text) => format!("the text \"{text}\""),
            Kind::Number(number) => format!("the number `{number}`"),
            Kind::Sign(sign) => format!("`{sign}`"),
            Kind::End => "the end".to_owned(),
        };
        let mut names: Vec<String> = Vec::new();
        for one in &self.tried {
            let is_phrase = one.contains(' ');
            let name = if is_phrase { (*one).to_owned() } else { format!("`{one}`") };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let nearest = match self.peek() {
            Kind::Word(word) => {
                let keywords = self.tried.iter().copied().filter(|one| !one.contains(' '));
                let mut nearest = nearest_names(word, keywords, 2);
                nearest.dedup();
                nearest
            }
            _ => Vec::new(),
        };
        lexer::syntax(self.text, self.place(), names.join(" or "), found, nearest)
    }

    /// What was read from that byte on means nothing.
    fn meaningless(&self, byte: usize, reason: impl ToString) -> ConditionError {
        let (line, column, excerpt) = lexer::place(self.text, byte);
        ConditionError::Meaningless { line, column, reason: reason.to_string(), excerpt }
    }

    fn customer(&mut self) -> Parsed<CustomerCondition> {
        self.either()
    }

    /// Parts joined by `or`.
    fn either<T: Logic>(&mut self) -> Parsed<T> {
        let first = self.both::<T>()?;
        let mut parts = vec![first];
        while self.word("or") {
            parts.push(self.both()?);
        }
        Ok(if parts.len() > 1 { T::any(parts) } else { parts.remove(0) })
    }

    /// Parts joined by `and`, which binds stronger than `or`.
    fn both<T: Logic>(&mut self) -> Parsed<T> {
        let first = self.one::<T>()?;
        let mut parts = vec![first];
        while self.word("and") {
            parts.push(self.one()?);
        }
        Ok(if parts.len() > 1 { T::all(parts) } else { parts.remove(0) })
    }

    /// One part: in parentheses, denied, a list of `all(…)` or `any(…)`, or a leaf.
    fn one<T: Logic>(&mut self) -> Parsed<T> {
        self.depth += 1;
        // A level of the text may be a parenthesis only.
        if self.depth > 4 * MAX_DEPTH {
            return Err(ConditionError::TooDeep);
        }
        let part = if self.sign("(") {
            let inner = self.either()?;
            self.close()?;
            inner
        } else if self.word("not") {
            T::not(self.one()?)
        } else if self.is_call("all") {
            T::all(self.list()?)
        } else if self.is_call("any") {
            T::any(self.list()?)
        } else {
            T::leaf(self)?
        };
        self.depth -= 1;
        Ok(part)
    }

    /// Whether `name(` stands here.
    fn is_call(&mut self, name: &'static str) -> bool {
        let next = self.tokens.get(self.at + 1).map(|token| &token.kind);
        next == Some(&Kind::Sign("(")) && self.word(name)
    }

    /// `(a, b)`, which may be empty.
    fn list<T: Logic>(&mut self) -> Parsed<Vec<T>> {
        let mut parts = Vec::new();
        if !self.sign("(") {
            return Err(self.unexpected());
        }
        while !self.sign(")") {
            parts.push(self.either()?);
            if !self.sign(",") {
                self.close()?;
                break;
            }
        }
        Ok(parts)
    }

    fn leaf(&mut self) -> Parsed<CustomerCondition> {
        let start = self.place();
        let condition = self.any_leaf()?;
        condition.check().map_err(|reason| self.meaningless(start, reason))?;
        Ok(condition)
    }

    fn any_leaf(&mut self) -> Parsed<CustomerCondition> {
        if self.word("everyone") {
            return Ok(CustomerCondition::everyone());
        }
        if self.word("did") {
            let is_denied = self.word("not");
            let did = self.did()?;
            return Ok(if is_denied { CustomerCondition::not(did) } else { did });
        }
        if self.word("never") {
            self.words(&["did"])?;
            let did = Did { did: self.event()?, times: Times::default(), window: Window::Ever };
            return Ok(CustomerCondition::not(CustomerCondition::Did(did)));
        }
        if self.word("first") {
            return Ok(CustomerCondition::First(First { first: self.event()?, window: self.window()? }));
        }
        if self.word("last") {
            return Ok(CustomerCondition::Last(Last { last: self.event()?, window: self.window()? }));
        }
        if self.word("regularly") {
            return self.regularly();
        }
        if self.word("stopped") {
            let stopped = self.event()?;
            self.words(&["for"])?;
            let r#for = self.span()?;
            let within = self.optional_span("within")?;
            return Ok(CustomerCondition::Stopped(Stopped { stopped, r#for, within }));
        }
        if self.word("restarted") {
            let restarted = self.event()?;
            self.words(&["after"])?;
            let after = self.span()?;
            self.words(&["within"])?;
            let within = self.span()?;
            return Ok(CustomerCondition::Restarted(Restarted { restarted, after, within }));
        }
        if self.word("sequence") {
            return self.sequence();
        }
        if self.word("in") {
            self.words(&["segment"])?;
            return Ok(CustomerCondition::Segment(self.name("the name of a segment")?));
        }
        if self.word("trait") {
            return self.of_trait();
        }
        let how = How::ALL.into_iter().find(|how| self.word(how.name()));
        match how {
            Some(how) => self.aggregate(how),
            None => Err(self.unexpected()),
        }
    }

    fn did(&mut self) -> Parsed<CustomerCondition> {
        let did = self.event()?;
        let times = if self.word("at") {
            let at_most = self.word("most");
            if !at_most {
                self.words(&["least"])?;
            }
            let n = self.times()?;
            if at_most { Times::AtMost(n) } else { Times::AtLeast(n) }
        } else if self.word("exactly") {
            Times::Exactly(self.times()?)
        } else {
            Times::default()
        };
        Ok(CustomerCondition::Did(Did { did, times, window: self.window_or_ever()? }))
    }

    fn regularly(&mut self) -> Parsed<CustomerCondition> {
        let regularly = self.event()?;
        let times = match self.peek() {
            Kind::Number(_) => self.times()?,
            _ => {
                self.tried.push("a number");
                1
            }
        };
        self.words(&["in", "at", "least"])?;
        let at_least = self.whole()?;
        self.words(&["of", "last"])?;
        let of = self.whole()?;
        let unit = self.unit()?;
        Ok(CustomerCondition::Regularly(Regularly { regularly, times, at_least, of, unit }))
    }

    fn sequence(&mut self) -> Parsed<CustomerCondition> {
        let mut steps = vec![self.step()?];
        while self.word("then") {
            let mut step = self.step()?;
            step.after = self.optional_span("after")?;
            step.within = self.optional_span("within")?;
            steps.push(step);
        }
        if steps.len() < 2 {
            return Err(self.unexpected());
        }
        // Set apart by a word of its own, since `within` belongs to the step.
        let window = if self.word("all") { self.window()? } else { Window::Ever };
        Ok(CustomerCondition::Sequence(Sequence { sequence: steps, window }))
    }

    fn step(&mut self) -> Parsed<Step> {
        let EventFilter { event, condition } = self.event()?;
        Ok(Step { event, condition, after: None, within: None })
    }

    fn aggregate(&mut self, aggregate: How) -> Parsed<CustomerCondition> {
        if !self.sign("(") {
            return Err(self.unexpected());
        }
        let field = Field::named(&self.name("a field")?);
        self.close()?;
        self.words(&["of"])?;
        let of = self.event()?;
        let window = self.window_or_ever()?;
        let op = self.op()?;
        self.tried.push("a number");
        let Kind::Number(value) = *self.peek() else { return Err(self.unexpected()) };
        self.advance();
        Ok(CustomerCondition::Aggregate(Aggregate { aggregate, field, of, window, op, value }))
    }

    fn of_trait(&mut self) -> Parsed<CustomerCondition> {
        let test = self.test()?;
        let mut as_of = None;
        if self.word("as") {
            self.words(&["of"])?;
            as_of = Some(self.date()?);
        }
        Ok(CustomerCondition::Trait(Trait { test, as_of }))
    }

    /// Names of events, and a condition on them.
    fn event(&mut self) -> Parsed<EventFilter> {
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
    fn name(&mut self, what: &'static str) -> Parsed<String> {
        let name = match self.peek() {
            Kind::Word(word) if !is_keyword(word) => word.clone(),
            Kind::Quoted(text) => text.clone(),
            Kind::Word(word) => {
                let reason = format!("`{word}` is a word of the language; {what} of that spelling stands in quotes: \"{word}\"");
                return Err(self.meaningless(self.place(), reason));
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
    fn test(&mut self) -> Parsed<Test> {
        let start = self.place();
        let field = Field::named(&self.name("a field")?);
        let op = self.op()?;
        let value = match op {
            Op::IsSet | Op::IsNotSet => Value::None,
            Op::In | Op::NotIn => self.values()?,
            _ => self.value()?,
        };
        Test::new(field, op, value).map_err(|error| self.meaningless(start, error))
    }

    fn op(&mut self) -> Parsed<Op> {
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

    fn value(&mut self) -> Parsed<Value> {
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

    fn values(&mut self) -> Parsed<Value> {
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

    fn window_or_ever(&mut self) -> Parsed<Window> {
        Ok(self.optional_window()?.unwrap_or_default())
    }

    fn window(&mut self) -> Parsed<Window> {
        self.optional_window()?.ok_or_else(|| self.unexpected())
    }

    fn optional_window(&mut self) -> Parsed<Option<Window>> {
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

    fn optional_span(&mut self, keyword: &'static str) -> Parsed<Option<Span>> {
        if self.word(keyword) { self.span().map(Some) } else { Ok(None) }
    }

    fn span(&mut self) -> Parsed<Span> {
        let start = self.place();
        let n = self.whole()?;
        let unit = self.unit()?;
        Span::new(n, unit).map_err(|error| self.meaningless(start, format!("{error}; {}", error.hint())))
    }

    fn unit(&mut self) -> Parsed<crate::calendar::Unit> {
        let unit = match self.peek() {
            Kind::Word(word) => unit_named(word),
            _ => None,
        };
        self.tried.extend(["hours", "days", "weeks", "months", "quarters", "years"]);
        let unit = unit.ok_or_else(|| self.unexpected())?;
        self.advance();
        Ok(unit)
    }

    fn times(&mut self) -> Parsed<u32> {
        let n = self.whole()?;
        if self.word("times") || self.word("time") { Ok(n) } else { Err(self.unexpected()) }
    }

    fn whole(&mut self) -> Parsed<u32> {
        self.tried.push("a whole number");
        let Kind::Number(number) = *self.peek() else { return Err(self.unexpected()) };
        let whole = whole(number).ok_or_else(|| self.unexpected())?;
        self.advance();
        Ok(whole)
    }

    fn date(&mut self) -> Parsed<Date> {
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

/// Whether a word means something to the language.
pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.iter().any(|keyword| word.eq_ignore_ascii_case(keyword))
}
