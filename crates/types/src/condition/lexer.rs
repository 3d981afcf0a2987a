//! The text form cut into words, quoted texts, numbers and signs, each with its place.

use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::ConditionError;

/// What a piece of the text is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A bare word: letters, digits, `_`, and inside it `.`, `-`, `:` and `/`.
    Word(String),
    /// A text in quotes, without them.
    Quoted(String),
    /// A number.
    Number(Decimal),
    /// A sign: `( ) , | * = != > >= < <=`.
    Sign(&'static str),
    /// A JSON object.
    Json(Json),
    /// After the last.
    End,
}

/// A piece of the text.
#[derive(Clone, Debug)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: Kind,
    /// Its first byte.
    pub(super) start: usize,
}

const SIGNS: [&str; 11] = ["!=", ">=", "<=", "(", ")", ",", "|", "*", "=", ">", "<"];

/// Whether a text can stand as a bare word, keywords apart.
pub(super) fn is_bare(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(begins_word) && characters.all(continues_word)
}

fn begins_word(character: char) -> bool {
    character.is_alphabetic() || character == '_' || character == '$'
}

fn continues_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$' | '.' | '-' | ':' | '/')
}

/// Cuts a text; the last piece is [`Kind::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, ConditionError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        let rest = &text[at..];
        if character.is_whitespace() {
            at += character.len_utf8();
            continue;
        }
        let (kind, n_bytes) = if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign))
        {
            (Kind::Sign(sign), sign.len())
        } else if character == '"' {
            quoted(text, at)?
        } else if character == '{' {
            object(text, at)?
        } else if begins_word(character) || character.is_ascii_digit() || character == '-' {
            let end = rest.char_indices().skip(1).find(|(_, one)| !continues_word(*one));
            let word = &rest[..end.map_or(rest.len(), |(end, _)| end)];
            let is_number = !begins_word(character);
            let number = word.parse::<Decimal>().ok().filter(|_| is_number);
            (number.map_or_else(|| Kind::Word(word.to_owned()), Kind::Number), word.len())
        } else {
            return Err(syntax(
                text,
                at,
                "a word, a number or a text in `\"`".to_owned(),
                format!("`{character}`"),
                Vec::new(),
            ));
        };
        tokens.push(Token { kind, start: at });
        at += n_bytes;
    }
    tokens.push(Token { kind: Kind::End, start: text.trim_end().len() });
    Ok(tokens)
}

/// A JSON object, up to its closing brace.
fn object(text: &str, start: usize) -> Result<(Kind, usize), ConditionError> {
    let mut values = serde_json::Deserializer::from_str(&text[start..]).into_iter::<Json>();
    match values.next() {
        Some(Ok(object)) => Ok((Kind::Json(object), values.byte_offset())),
        Some(Err(error)) => {
            Err(syntax(text, start, "a JSON object".to_owned(), error.to_string(), Vec::new()))
        }
        None => Err(syntax(text, start, "a JSON object".to_owned(), "none".to_owned(), Vec::new())),
    }
}

/// A text in quotes; `\"` and `\\` stand for a quote and a backslash.
fn quoted(text: &str, start: usize) -> Result<(Kind, usize), ConditionError> {
    let mut value = String::new();
    let mut characters = text[start + 1..].char_indices();
    while let Some((offset, character)) = characters.next() {
        match character {
            '"' => return Ok((Kind::Quoted(value), offset + 2)),
            '\\' => match characters.next() {
                Some((_, escaped @ ('"' | '\\'))) => value.push(escaped),
                Some((_, 'n')) => value.push('\n'),
                other => {
                    let found =
                        other.map_or_else(|| "the end".to_owned(), |(_, one)| format!("`\\{one}`"));
                    let expected = "`\\\"`, `\\\\` or `\\n` after a backslash".to_owned();
                    return Err(syntax(text, start + 1 + offset, expected, found, Vec::new()));
                }
            },
            other => value.push(other),
        }
    }
    Err(syntax(text, start, "a closing `\"`".to_owned(), "none".to_owned(), Vec::new()))
}

/// Where a byte stands: line and column from 1, and the line with a caret under it.
pub(super) fn place(text: &str, byte: usize) -> (usize, usize, String) {
    let before = &text[..byte];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = text[byte..].find('\n').map_or(text.len(), |newline| byte + newline);
    let line = before.matches('\n').count() + 1;
    let column = text[line_start..byte].chars().count() + 1;
    // Wide characters take two places in a terminal.
    let width: usize =
        text[line_start..byte].chars().map(|one| if one < '\u{1100}' { 1 } else { 2 }).sum();
    let excerpt = format!("  {}\n  {}^", &text[line_start..line_end], " ".repeat(width));
    (line, column, excerpt)
}

/// A syntax error at a byte.
pub(super) fn syntax(
    text: &str,
    byte: usize,
    expected: String,
    found: String,
    nearest: Vec<String>,
) -> ConditionError {
    let (line, column, excerpt) = place(text, byte);
    ConditionError::Syntax { line, column, expected, found, excerpt, nearest }
}
