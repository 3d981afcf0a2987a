//! Calculations and conditions over the columns of a file: `Quantity * UnitPrice`,
//! `Quantity > 0 and Country != 'France'`.
//!
//! Numbers are exact decimals. Column names stand bare, or in double quotes or backticks when they
//! hold more than letters, digits, `_` and `.`; texts stand in single quotes. Logic is that of SQL:
//! what compares with an absent value is unknown, and an unknown condition does not hold.
//!
//! ```text
//! condition  = all ("or" all)*            all  = one ("and" one)*
//! one        = "not" one | sum [("=" | "!=" | "<" | "<=" | ">" | ">=") sum
//!                              | "is" ["not"] "null" | ["not"] "in" "(" sum ("," sum)* ")"]
//! sum        = product (("+" | "-") product)*     product = unary (("*" | "/") unary)*
//! unary      = "-" unary | number | text | column | "(" condition ")"
//! ```

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::SourceError;
use super::cells::Cells;
use super::lexer::{Token, tokens};
use super::number::Number;
use super::said::Said;

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 64;
/// Most words that are read; a chain of terms is a tree as deep as it is long.
const MAX_TOKENS: usize = 2_000;

/// A calculation or condition, its columns as places in the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Number(Decimal),
    Text(String),
    Column(usize),
    Negate(Box<Expr>),
    Arithmetic(Box<Expr>, Operator, Box<Expr>),
    Compare(Box<Expr>, Comparison, Box<Expr>),
    In(Box<Expr>, Vec<Expr>),
    IsNull(Box<Expr>),
    Not(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Comparison::Equal => order.is_eq(),
            Comparison::NotEqual => order.is_ne(),
            Comparison::Less => order.is_lt(),
            Comparison::LessOrEqual => order.is_le(),
            Comparison::Greater => order.is_gt(),
            Comparison::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// Why a row cannot be calculated: a column (by place) that holds no number, or a result that is
/// none (`None`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotANumber(pub(super) Option<usize>);

/// Reads a calculation; `place` finds columns.
pub(super) fn parse_calculation(
    text: &str,
    place: &dyn Fn(&str) -> Option<usize>,
) -> Result<Expr, SourceError> {
    let expr = parse(text, place)?;
    if expr.is_condition() || matches!(expr, Expr::Text(_)) {
        return Err(error(
            text,
            0,
            (
                "a number is wanted here, not a condition or a text",
                "此处应为数字，而不是条件或文本",
            ),
        ));
    }
    Ok(expr)
}

/// Reads a condition; `place` finds columns.
pub(super) fn parse_condition(
    text: &str,
    place: &dyn Fn(&str) -> Option<usize>,
) -> Result<Expr, SourceError> {
    let expr = parse(text, place)?;
    if !expr.is_condition() {
        return Err(error(
            text,
            0,
            (
                "a condition is wanted here, `Quantity > 0` for one",
                "此处应为条件，例如 `Quantity > 0`",
            ),
        ));
    }
    Ok(expr)
}

fn error(text: &str, byte: usize, reason: impl Into<Said>) -> SourceError {
    let before = text.get(..byte).unwrap_or(text);
    SourceError::Expression {
        text: text.to_owned(),
        at: before.chars().count() + 1,
        reason: reason.into(),
    }
}

fn parse(text: &str, place: &dyn Fn(&str) -> Option<usize>) -> Result<Expr, SourceError> {
    let tokens = tokens(text).map_err(|(at, reason)| error(text, at, reason))?;
    if let Some((at, _)) = tokens.get(MAX_TOKENS) {
        return Err(error(
            text,
            *at,
            (format!("over {MAX_TOKENS} words"), format!("超过 {MAX_TOKENS} 个词")),
        ));
    }
    let mut parser = Parser { text, tokens, next: 0, depth: 0, place };
    let expr = parser.any()?;
    match parser.peek() {
        Some(_) => Err(parser.error(("nothing more is expected", "此后不应再有内容"))),
        None => Ok(expr),
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(usize, Token)>,
    next: usize,
    depth: usize,
    place: &'a dyn Fn(&str) -> Option<usize>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn error(&self, reason: impl Into<Said>) -> SourceError {
        let at = self.tokens.get(self.next).map_or(self.text.len(), |(at, _)| *at);
        error(self.text, at, reason)
    }

    fn takes_symbol(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Symbol(found)) if *found == symbol);
        self.next += usize::from(found);
        found
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let found =
            matches!(self.peek(), Some(Token::Word(found)) if found.eq_ignore_ascii_case(word));
        self.next += usize::from(found);
        found
    }

    fn condition(&self, expr: &Expr) -> Result<(), SourceError> {
        if expr.is_condition() {
            Ok(())
        } else {
            Err(self.error(("a condition is wanted before this", "在此之前应为条件")))
        }
    }

    fn value(&self, expr: &Expr) -> Result<(), SourceError> {
        if expr.is_condition() {
            Err(self.error((
                "a value is wanted before this, not a condition",
                "在此之前应为值，而不是条件",
            )))
        } else {
            Ok(())
        }
    }

    fn any(&mut self) -> Result<Expr, SourceError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error(("this is nested too deep", "嵌套过深")));
        }
        let mut left = self.all()?;
        while self.takes_word("or") {
            self.condition(&left)?;
            let right = self.all()?;
            self.condition(&right)?;
            left = Expr::Or(Box::new(left), Box::new(right));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn all(&mut self) -> Result<Expr, SourceError> {
        let mut left = self.one()?;
        while self.takes_word("and") {
            self.condition(&left)?;
            let right = self.one()?;
            self.condition(&right)?;
            left = Expr::And(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Expr, SourceError> {
        let mut is_negated = false;
        while self.takes_word("not") {
            is_negated = !is_negated;
        }
        let expr = self.comparison()?;
        if !is_negated {
            return Ok(expr);
        }
        self.condition(&expr)?;
        Ok(Expr::Not(Box::new(expr)))
    }

    fn comparison(&mut self) -> Result<Expr, SourceError> {
        const COMPARISONS: [(&str, Comparison); 8] = [
            ("=", Comparison::Equal),
            ("==", Comparison::Equal),
            ("!=", Comparison::NotEqual),
            ("<>", Comparison::NotEqual),
            ("<", Comparison::Less),
            ("<=", Comparison::LessOrEqual),
            (">", Comparison::Greater),
            (">=", Comparison::GreaterOrEqual),
        ];
        let left = self.sum()?;
        for (symbol, comparison) in COMPARISONS {
            if self.takes_symbol(symbol) {
                self.value(&left)?;
                let right = self.sum()?;
                self.value(&right)?;
                return Ok(Expr::Compare(Box::new(left), comparison, Box::new(right)));
            }
        }
        if self.takes_word("is") {
            self.value(&left)?;
            let is_negated = self.takes_word("not");
            if !self.takes_word("null") {
                return Err(self.error(("`null` is expected", "此处应为 `null`")));
            }
            return Ok(negated(is_negated, Expr::IsNull(Box::new(left))));
        }
        let is_negated = self.takes_word("not");
        if self.takes_word("in") {
            self.value(&left)?;
            return Ok(negated(is_negated, Expr::In(Box::new(left), self.list()?)));
        }
        if is_negated {
            return Err(self.error(("`in` is expected", "此处应为 `in`")));
        }
        Ok(left)
    }

    fn list(&mut self) -> Result<Vec<Expr>, SourceError> {
        if !self.takes_symbol("(") {
            return Err(self.error(("`(` is expected", "此处应为 `(`")));
        }
        let mut members = Vec::new();
        loop {
            let member = self.sum()?;
            self.value(&member)?;
            members.push(member);
            if self.takes_symbol(")") {
                return Ok(members);
            }
            if !self.takes_symbol(",") {
                return Err(self.error(("`,` or `)` is expected", "此处应为 `,` 或 `)`")));
            }
        }
    }

    fn sum(&mut self) -> Result<Expr, SourceError> {
        let mut left = self.product()?;
        loop {
            let operator = if self.takes_symbol("+") {
                Operator::Add
            } else if self.takes_symbol("-") {
                Operator::Subtract
            } else {
                return Ok(left);
            };
            let right = self.product()?;
            left = self.arithmetic(left, operator, right)?;
        }
    }

    fn product(&mut self) -> Result<Expr, SourceError> {
        let mut left = self.unary()?;
        loop {
            let operator = if self.takes_symbol("*") {
                Operator::Multiply
            } else if self.takes_symbol("/") {
                Operator::Divide
            } else {
                return Ok(left);
            };
            let right = self.unary()?;
            left = self.arithmetic(left, operator, right)?;
        }
    }

    fn arithmetic(&self, left: Expr, operator: Operator, right: Expr) -> Result<Expr, SourceError> {
        for side in [&left, &right] {
            self.value(side)?;
            if matches!(side, Expr::Text(_)) {
                return Err(self.error(("a text cannot be calculated with", "文本不能参与计算")));
            }
        }
        Ok(Expr::Arithmetic(Box::new(left), operator, Box::new(right)))
    }

    fn unary(&mut self) -> Result<Expr, SourceError> {
        if self.takes_symbol("-") {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return Err(self.error(("this is nested too deep", "嵌套过深")));
            }
            let expr = self.unary()?;
            self.depth -= 1;
            self.value(&expr)?;
            return Ok(Expr::Negate(Box::new(expr)));
        }
        if self.takes_symbol("(") {
            let expr = self.any()?;
            if !self.takes_symbol(")") {
                return Err(self.error(("`)` is expected", "此处应为 `)`")));
            }
            return Ok(expr);
        }
        let expr = match self.peek() {
            Some(Token::Number(text)) => Number::parse(text)
                .and_then(Number::to_decimal)
                .map(Expr::Number)
                .ok_or_else(|| {
                    self.error((
                        "this is not a number that can be kept exactly",
                        "这不是能精确保存的数字",
                    ))
                })?,
            Some(Token::Text(text)) => Expr::Text(text.clone()),
            Some(Token::Word(name) | Token::Quoted(name)) => {
                Expr::Column((self.place)(name).ok_or_else(|| {
                    self.error((
                        format!("no column is called `{name}`"),
                        format!("没有名为“{name}”的列"),
                    ))
                })?)
            }
            Some(Token::Symbol(symbol)) => {
                return Err(self.error((
                    format!("a value is expected, not `{symbol}`"),
                    format!("此处应为值，而不是 `{symbol}`"),
                )));
            }
            None => return Err(self.error(("a value is expected", "此处应为值"))),
        };
        self.next += 1;
        Ok(expr)
    }
}

fn negated(is_negated: bool, expr: Expr) -> Expr {
    if is_negated { Expr::Not(Box::new(expr)) } else { expr }
}

impl Expr {
    fn is_condition(&self) -> bool {
        matches!(
            self,
            Expr::Compare(..)
                | Expr::In(..)
                | Expr::IsNull(_)
                | Expr::Not(_)
                | Expr::And(..)
                | Expr::Or(..)
        )
    }

    /// Calls `visit` with the place of every column.
    pub(super) fn columns(&self, visit: &mut dyn FnMut(usize)) {
        match self {
            Expr::Number(_) | Expr::Text(_) => {}
            Expr::Column(place) => visit(*place),
            Expr::Negate(inner) | Expr::IsNull(inner) | Expr::Not(inner) => inner.columns(visit),
            Expr::Arithmetic(left, _, right)
            | Expr::Compare(left, _, right)
            | Expr::And(left, right)
            | Expr::Or(left, right) => {
                left.columns(visit);
                right.columns(visit);
            }
            Expr::In(left, members) => {
                left.columns(visit);
                members.iter().for_each(|member| member.columns(visit));
            }
        }
    }

    /// The number a row gives; `Ok(None)` when a column it needs is absent.
    pub(super) fn number(
        &self,
        columns: &[Cells],
        row: usize,
    ) -> Result<Option<Decimal>, NotANumber> {
        match self {
            Expr::Number(number) => Ok(Some(*number)),
            Expr::Column(place) => {
                let fault = NotANumber(Some(*place));
                let Some(cells) = columns.get(*place) else { return Ok(None) };
                match cells.number(row).map_err(|()| fault)? {
                    Some(number) => number.to_decimal().map(Some).ok_or(fault),
                    None => Ok(None),
                }
            }
            Expr::Negate(inner) => Ok(inner.number(columns, row)?.map(|number| -number)),
            Expr::Arithmetic(left, operator, right) => {
                let (left, right) = (left.number(columns, row)?, right.number(columns, row)?);
                let (Some(left), Some(right)) = (left, right) else { return Ok(None) };
                let result = match operator {
                    Operator::Add => left.checked_add(right),
                    Operator::Subtract => left.checked_sub(right),
                    Operator::Multiply => left.checked_mul(right),
                    Operator::Divide => left.checked_div(right),
                };
                result.map(Some).ok_or(NotANumber(None))
            }
            _ => Err(NotANumber(None)),
        }
    }

    /// Whether a row fulfils the condition; `Ok(None)` when that is unknown.
    pub(super) fn holds(&self, columns: &[Cells], row: usize) -> Result<Option<bool>, NotANumber> {
        match self {
            Expr::And(left, right) => {
                let left = left.holds(columns, row)?;
                if left == Some(false) {
                    return Ok(left);
                }
                let right = right.holds(columns, row)?;
                Ok(if right == Some(false) { right } else { left.and(right) })
            }
            Expr::Or(left, right) => {
                let left = left.holds(columns, row)?;
                if left == Some(true) {
                    return Ok(left);
                }
                let right = right.holds(columns, row)?;
                Ok(if right == Some(true) { right } else { left.and(right) })
            }
            Expr::Not(inner) => Ok(inner.holds(columns, row)?.map(|truth| !truth)),
            Expr::IsNull(inner) => match inner.as_ref() {
                Expr::Column(place) => {
                    let text = columns
                        .get(*place)
                        .map(|cells| cells.text(row, &mut String::new()).is_none());
                    Ok(Some(text.unwrap_or(true)))
                }
                Expr::Text(_) => Ok(Some(false)),
                inner => Ok(Some(inner.number(columns, row)?.is_none())),
            },
            Expr::Compare(left, comparison, right) => {
                let order = compare(left, right, columns, row)?;
                Ok(order.map(|order| comparison.holds(order)))
            }
            Expr::In(left, members) => {
                let mut is_known = true;
                for member in members {
                    match compare(left, member, columns, row)? {
                        Some(Ordering::Equal) => return Ok(Some(true)),
                        Some(_) => {}
                        None => is_known = false,
                    }
                }
                Ok(is_known.then_some(false))
            }
            _ => Err(NotANumber(None)),
        }
    }
}

/// Compares as texts when one side is a text, or both are columns and not both numbers; else as
/// numbers.
fn compare(
    left: &Expr,
    right: &Expr,
    columns: &[Cells],
    row: usize,
) -> Result<Option<Ordering>, NotANumber> {
    let as_text = |left: &Expr, right: &Expr| {
        let (mut first, mut second) = (String::new(), String::new());
        let left = text_of(left, columns, row, &mut first);
        let right = text_of(right, columns, row, &mut second);
        left.zip(right).map(|(left, right)| left.cmp(right))
    };
    let is_text = |side: &Expr| matches!(side, Expr::Text(_));
    if is_text(left) || is_text(right) {
        return Ok(as_text(left, right));
    }
    let numbers = (left.number(columns, row), right.number(columns, row));
    let are_columns = matches!((left, right), (Expr::Column(_), Expr::Column(_)));
    match numbers {
        (Ok(left), Ok(right)) => Ok(left.zip(right).map(|(left, right)| left.cmp(&right))),
        _ if are_columns => Ok(as_text(left, right)),
        (Err(fault), _) | (_, Err(fault)) => Err(fault),
    }
}

fn text_of<'a>(
    side: &'a Expr,
    columns: &'a [Cells],
    row: usize,
    scratch: &'a mut String,
) -> Option<&'a str> {
    match side {
        Expr::Text(text) => Some(text),
        Expr::Column(place) => columns.get(*place)?.text(row, scratch),
        other => {
            Number::from_decimal(other.number(columns, row).ok().flatten()?).write(scratch);
            Some(scratch)
        }
    }
}

#[cfg(test)]
#[path = "expr_tests.rs"]
mod tests;
