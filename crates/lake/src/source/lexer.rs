//! The words of an [expression](super::expr).

use super::said::Said;

/// One word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Digits, perhaps with a point or an exponent.
    Number(String),
    /// In single quotes.
    Text(String),
    /// A bare word: a column, or `and`, `or`, `not`, `in`, `is`, `null`.
    Word(String),
    /// A column in double quotes or backticks.
    Quoted(String),
    /// Punctuation.
    Symbol(&'static str),
}

/// Longer symbols first.
const SYMBOLS: [&str; 15] =
    ["!=", "<>", "<=", ">=", "==", "=", "<", ">", "+", "-", "*", "/", "(", ")", ","];

/// Cuts a text into words, each with the byte it begins at.
///
/// # Errors
/// The byte and reason where it cannot be cut.
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, (usize, Said)> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.chars().next().unwrap_or(' ');
        let (len, token) = if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            (symbol.len(), Token::Symbol(symbol))
        } else if matches!(first, '\'' | '"' | '`') {
            let (len, inner) = quoted(rest, first)
                .ok_or((at, Said::from(("this quote is never closed", "引号没有闭合"))))?;
            (len, if first == '\'' { Token::Text(inner) } else { Token::Quoted(inner) })
        } else if first.is_ascii_digit() || first == '.' {
            let len = number_len(rest);
            (len, Token::Number(rest.get(..len).unwrap_or_default().to_owned()))
        } else if first.is_alphabetic() || first == '_' {
            let ends =
                |character: char| !(character.is_alphanumeric() || matches!(character, '_' | '.'));
            let len = rest.find(ends).unwrap_or(rest.len());
            (len, Token::Word(rest.get(..len).unwrap_or_default().to_owned()))
        } else {
            let reason =
                (format!("`{first}` has no meaning here"), format!("`{first}` 在此没有意义"));
            return Err((at, reason.into()));
        };
        tokens.push((at, token));
        at += len;
    }
    Ok(tokens)
}

/// Length and content of a quoted text; a doubled quote inside is one.
fn quoted(rest: &str, quote: char) -> Option<(usize, String)> {
    let mut inner = String::new();
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character != quote {
            inner.push(character);
        } else if characters.next_if(|(_, next)| *next == quote).is_some() {
            inner.push(quote);
        } else {
            return Some((at + 1, inner));
        }
    }
    None
}

fn number_len(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut at = 0;
    while is_digit(at) || bytes.get(at) == Some(&b'.') {
        at += 1;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        if is_digit(at + 1 + sign) {
            at += 1 + sign;
            while is_digit(at) {
                at += 1;
            }
        }
    }
    at
}
