//! One JSON object, read exactly: numbers keep their digits, duplicate keys are refused.
//!
//! Values are handed out as texts; objects and lists inside as canonical JSON, keys sorted.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::properties::write_json_text;

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 32;

/// A value of the outer object.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Null,
    /// A text, unescaped; or a number or truth, as it stands there.
    Text(Cow<'a, str>),
    /// An object or list, canonical.
    Nested(String),
}

/// Why a text is not the JSON that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Not JSON, at this byte.
    Syntax(usize),
    /// Half of a surrogate pair: no text of Unicode has it.
    LoneSurrogate,
    /// Nested deeper than 32.
    TooDeep,
    /// A key stands in one object twice.
    DuplicateKey,
}

/// Reads one object and calls `visit` with every key and value; `visit` says whether the key is
/// new.
pub(super) fn read_object<'a>(
    text: &'a str,
    mut visit: impl FnMut(&str, Value<'a>) -> bool,
) -> Result<(), Fault> {
    let mut reader = Reader { text, at: 0 };
    reader.skip_blanks();
    reader.expect(b'{')?;
    reader.skip_blanks();
    if !reader.takes(b'}') {
        loop {
            reader.skip_blanks();
            let key = reader.string()?;
            reader.skip_blanks();
            reader.expect(b':')?;
            reader.skip_blanks();
            let value = reader.value()?;
            if !visit(&key, value) {
                return Err(Fault::DuplicateKey);
            }
            reader.skip_blanks();
            if reader.takes(b'}') {
                break;
            }
            reader.expect(b',')?;
        }
    }
    reader.skip_blanks();
    if reader.at == text.len() { Ok(()) } else { Err(Fault::Syntax(reader.at)) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn takes(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), Fault> {
        if self.takes(byte) { Ok(()) } else { Err(Fault::Syntax(self.at)) }
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Result<Value<'a>, Fault> {
        match self.peek() {
            Some(b'"') => Ok(Value::Text(self.string()?)),
            Some(b'{' | b'[') => {
                let mut out = String::new();
                self.nested(0, &mut out)?;
                Ok(Value::Nested(out))
            }
            _ => match self.scalar()? {
                "null" => Ok(Value::Null),
                scalar => Ok(Value::Text(Cow::Borrowed(scalar))),
            },
        }
    }

    /// A number, `true`, `false` or `null`, as it stands there.
    fn scalar(&mut self) -> Result<&'a str, Fault> {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.'))
        {
            self.at += 1;
        }
        let scalar = self.text.get(start..self.at).unwrap_or_default();
        if matches!(scalar, "true" | "false" | "null") || is_number(scalar) {
            return Ok(scalar);
        }
        Err(Fault::Syntax(start))
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        self.expect(b'"')?;
        let start = self.at;
        let mut owned: Option<String> = None;
        let mut plain_from = start;
        loop {
            match self.peek() {
                None | Some(0..=0x1F) => return Err(Fault::Syntax(self.at)),
                Some(b'"') => {
                    let tail = self.text.get(plain_from..self.at).unwrap_or_default();
                    self.at += 1;
                    return Ok(match owned {
                        None => Cow::Borrowed(tail),
                        Some(mut owned) => {
                            owned.push_str(tail);
                            Cow::Owned(owned)
                        }
                    });
                }
                Some(b'\\') => {
                    let owned = owned.get_or_insert_default();
                    owned.push_str(self.text.get(plain_from..self.at).unwrap_or_default());
                    self.at += 1;
                    owned.push(self.escape()?);
                    plain_from = self.at;
                }
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let byte = self.peek().ok_or(Fault::Syntax(self.at))?;
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.unit()?;
                if !(0xD800..0xE000).contains(&first) {
                    return char::from_u32(first).ok_or(Fault::LoneSurrogate);
                }
                if first >= 0xDC00 || !(self.takes(b'\\') && self.takes(b'u')) {
                    return Err(Fault::LoneSurrogate);
                }
                let second = self.unit()?;
                if !(0xDC00..0xE000).contains(&second) {
                    return Err(Fault::LoneSurrogate);
                }
                let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                return char::from_u32(code).ok_or(Fault::LoneSurrogate);
            }
            _ => return Err(Fault::Syntax(self.at - 1)),
        })
    }

    fn unit(&mut self) -> Result<u32, Fault> {
        let digits =
            self.text.as_bytes().get(self.at..self.at + 4).ok_or(Fault::Syntax(self.at))?;
        let mut unit = 0;
        for &digit in digits {
            unit = unit * 16 + char::from(digit).to_digit(16).ok_or(Fault::Syntax(self.at))?;
        }
        self.at += 4;
        Ok(unit)
    }

    /// Writes an object, a list or anything inside one in canonical form.
    fn nested(&mut self, depth: usize, out: &mut String) -> Result<(), Fault> {
        if depth > MAX_DEPTH {
            return Err(Fault::TooDeep);
        }
        match self.peek() {
            Some(b'"') => write_json_text(&self.string()?, out),
            Some(b'[') => {
                self.at += 1;
                out.push('[');
                self.skip_blanks();
                if !self.takes(b']') {
                    loop {
                        self.skip_blanks();
                        self.nested(depth + 1, out)?;
                        self.skip_blanks();
                        if self.takes(b']') {
                            break;
                        }
                        self.expect(b',')?;
                        out.push(',');
                    }
                }
                out.push(']');
            }
            Some(b'{') => self.nested_object(depth, out)?,
            _ => out.push_str(self.scalar()?),
        }
        Ok(())
    }

    fn nested_object(&mut self, depth: usize, out: &mut String) -> Result<(), Fault> {
        self.at += 1;
        let mut members = BTreeMap::new();
        self.skip_blanks();
        if !self.takes(b'}') {
            loop {
                self.skip_blanks();
                let key = self.string()?.into_owned();
                self.skip_blanks();
                self.expect(b':')?;
                self.skip_blanks();
                let mut value = String::new();
                self.nested(depth + 1, &mut value)?;
                if members.insert(key, value).is_some() {
                    return Err(Fault::DuplicateKey);
                }
                self.skip_blanks();
                if self.takes(b'}') {
                    break;
                }
                self.expect(b',')?;
            }
        }
        out.push('{');
        for (place, (key, value)) in members.iter().enumerate() {
            if place > 0 {
                out.push(',');
            }
            write_json_text(key, out);
            out.push(':');
            out.push_str(value);
        }
        out.push('}');
        Ok(())
    }
}

/// The grammar of RFC 8259.
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
        }
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    is_digits(whole)
        && (whole.len() == 1 || !whole.starts_with('0'))
        && fraction.is_none_or(is_digits)
        && exponent.is_none_or(is_digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, Fault> {
        let mut found: Vec<(String, String)> = Vec::new();
        read_object(text, |key, value| {
            let is_new = found.iter().all(|(known, _)| known != key);
            let value = match value {
                Value::Null => "-".to_owned(),
                Value::Text(text) => text.into_owned(),
                Value::Nested(json) => format!("json {json}"),
            };
            found.push((key.to_owned(), value));
            is_new
        })?;
        Ok(found)
    }

    fn value(json: &str) -> Result<String, Fault> {
        read(&format!("{{\"k\":{json}}}")).map(|found| found[0].1.clone())
    }

    #[test]
    fn values_keep_every_digit_and_letter() {
        for (json, text) in [
            ("12345678901234567890", "12345678901234567890"),
            ("-0.10", "-0.10"),
            ("1e400", "1e400"),
            ("true", "true"),
            ("null", "-"),
            (r#""a\"\\\/\b\f\n\r\té好\ud83d\ude00""#, "a\"\\/\u{8}\u{c}\n\r\té好😀"),
            (
                r#"{"b":[1, 2.50,{"z":null,"y":"x"}],"a":{}}"#,
                r#"json {"a":{},"b":[1,2.50,{"y":"x","z":null}]}"#,
            ),
            ("[ ]", "json []"),
        ] {
            assert_eq!(value(json).as_deref(), Ok(text), "{json}");
        }
        assert_eq!(read(" { } "), Ok(vec![]));
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for json in [
            "01",
            "1.",
            ".5",
            "+1",
            "nul",
            "NaN",
            "'x'",
            "\"a\u{1}\"",
            "[1,]",
            "{\"a\":1,}",
            "1 2",
            r#""\x""#,
            "",
        ] {
            assert!(matches!(value(json), Err(Fault::Syntax(_))), "{json}");
        }
        assert_eq!(value(r#""\ud800""#), Err(Fault::LoneSurrogate));
        assert_eq!(value(r#""\ud800A""#), Err(Fault::LoneSurrogate));
        assert_eq!(value(r#""\udc00\ud800""#), Err(Fault::LoneSurrogate));
        assert_eq!(
            value(&format!("{}{}", "[".repeat(10_000), "]".repeat(10_000))),
            Err(Fault::TooDeep)
        );
        assert_eq!(read(r#"{"a":1,"a":1}"#), Err(Fault::DuplicateKey));
        assert_eq!(value(r#"{"a":1,"a":1}"#), Err(Fault::DuplicateKey));
        assert!(matches!(read("[1]"), Err(Fault::Syntax(0))));
    }
}
