//! Properties as one canonical JSON object: keys sorted, absent values left out, numbers shortest.
//!
//! What looks like a number or a truth is one, whatever the format of the file, so that the same
//! table gives the same bytes from CSV, where everything is text, and from Parquet.

use super::cells::Cells;
use super::number::json_number;

/// The columns that become properties, their keys written once.
#[derive(Default)]
pub(super) struct Properties {
    /// Place of the column and `"name":`, by name.
    keys: Vec<(usize, String)>,
}

impl Properties {
    pub(super) fn new(columns: &[String], places: &[usize]) -> Properties {
        let mut named: Vec<(&str, usize)> = places
            .iter()
            .filter_map(|&place| columns.get(place).map(|name| (name.as_str(), place)))
            .collect();
        named.sort_unstable();
        let key = |(name, place): (&str, usize)| {
            let mut key = String::new();
            write_json_text(name, &mut key);
            key.push(':');
            (place, key)
        };
        Properties { keys: named.into_iter().map(key).collect() }
    }

    /// Writes the object of a row, nothing at all when it has no properties.
    pub(super) fn write(
        &self,
        columns: &[Cells],
        row: usize,
        scratch: &mut String,
        out: &mut String,
    ) {
        out.clear();
        for (place, key) in &self.keys {
            let Some(cells) = columns.get(*place) else { continue };
            let Some(text) = cells.text(row, scratch) else { continue };
            out.push(if out.is_empty() { '{' } else { ',' });
            out.push_str(key);
            if cells.is_json(row) {
                out.push_str(text);
            } else {
                write_json_value(text, out);
            }
        }
        if !out.is_empty() {
            out.push('}');
        }
    }
}

/// Appends a text as the number or truth it looks like, else as a JSON text.
pub(super) fn write_json_value(text: &str, out: &mut String) {
    match text {
        "true" | "True" | "TRUE" => out.push_str("true"),
        "false" | "False" | "FALSE" => out.push_str("false"),
        _ => match json_number(text) {
            Some(number) => out.push_str(number),
            None => write_json_text(text, out),
        },
    }
}

/// Appends a JSON text with its quotes.
pub(super) fn write_json_text(text: &str, out: &mut String) {
    out.push('"');
    // Most texts need no escape, and a plain pass over them says so many bytes at a time.
    let is_plain = text
        .bytes()
        .fold(true, |plain, byte| plain & (byte > 0x1F) & (byte != b'"') & (byte != b'\\'));
    if is_plain {
        out.push_str(text);
        out.push('"');
        return;
    }
    let mut start = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0C => "\\f",
            0..=0x1F => "",
            _ => continue,
        };
        out.push_str(text.get(start..at).unwrap_or_default());
        out.push_str(escape);
        if escape.is_empty() {
            out.push_str(&format!("\\u{byte:04x}"));
        }
        start = at + 1;
    }
    out.push_str(text.get(start..).unwrap_or_default());
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{BooleanArray, Float64Array, StringArray};

    #[test]
    fn an_object_is_sorted_and_without_holes() {
        let columns = ["b", "a", "c", "d\"x"].map(str::to_owned);
        let cells = [
            Cells::Text(StringArray::from(vec!["2.50", "x\ty"])),
            Cells::Float(Float64Array::from(vec![f64::NAN, 0.1])),
            Cells::Bool(BooleanArray::from(vec![Some(true), None])),
            Cells::Json(StringArray::from(vec!["{\"k\":1}", ""]), vec![true, false]),
        ];
        let properties = Properties::new(&columns, &[0, 1, 2, 3]);
        let mut out = String::new();
        properties.write(&cells, 0, &mut String::new(), &mut out);
        assert_eq!(out, r#"{"b":2.5,"c":true,"d\"x":{"k":1}}"#);
        properties.write(&cells, 1, &mut String::new(), &mut out);
        assert_eq!(out, r#"{"a":0.1,"b":"x\ty"}"#);
    }

    #[test]
    fn texts_are_escaped_as_serde_json_does() {
        for text in ["plain", "q\"b\\", "\u{1}\u{8}\u{c}\n\r\t", "好\u{202e}\u{7f}", ""] {
            let mut out = String::new();
            write_json_text(text, &mut out);
            assert_eq!(out, serde_json::to_string(text).expect("a string"));
        }
    }
}
