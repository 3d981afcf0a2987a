//! The text form, read by hand: what could have stood at a place is remembered, so that an error
//! names all of it.

mod leaves;
mod parts;

use std::fmt::Display;
use std::str::FromStr;

use super::lexer::{self, Kind, Token};
use super::{ConditionError, CustomerCondition, MAX_DEPTH};
use crate::filter::Condition;
use crate::text::nearest_names;

/// Words that mean something; an event of such a name stands in quotes.
const KEYWORDS: [&str; 50] = [
    "after",
    "ago",
    "all",
    "and",
    "any",
    "as",
    "at",
    "between",
    "contains",
    "did",
    "ends",
    "ever",
    "everyone",
    "exactly",
    "false",
    "first",
    "for",
    "from",
    "in",
    "is",
    "last",
    "least",
    "max",
    "mean",
    "min",
    "more",
    "most",
    "never",
    "not",
    "of",
    "or",
    "regularly",
    "restarted",
    "segment",
    "sequence",
    "set",
    "starts",
    "stopped",
    "sum",
    "than",
    "then",
    "time",
    "times",
    "to",
    "trait",
    "true",
    "until",
    "where",
    "with",
    "within",
];

impl FromStr for CustomerCondition {
    type Err = ConditionError;

    /// Reads the text form.
    fn from_str(text: &str) -> Result<CustomerCondition, ConditionError> {
        let tokens = lexer::tokens(text)?;
        let mut parser = Parser { text, tokens, at: 0, tried: Vec::new(), depth: 0 };
        let condition = parser.either::<CustomerCondition>()?;
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
        keywords.iter().try_for_each(|keyword| {
            self.word(keyword).then_some(()).ok_or_else(|| self.unexpected())
        })
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
            Kind::Json(object) => format!("`{object}`"),
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
    fn meaningless(&self, byte: usize, reason: &dyn Display) -> ConditionError {
        let (line, column, excerpt) = lexer::place(self.text, byte);
        ConditionError::Meaningless { line, column, reason: reason.to_string(), excerpt }
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
}

/// Whether a word means something to the language.
pub(in crate::condition) fn is_keyword(word: &str) -> bool {
    KEYWORDS.iter().any(|keyword| word.eq_ignore_ascii_case(keyword))
}
