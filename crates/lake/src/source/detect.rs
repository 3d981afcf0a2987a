//! What a file is, told from its bytes, never from its name.
//!
//! Formats that are no tables are refused with the way to make one. Text is CSV unless it begins
//! with `{`, which is JSONL.

use super::SourceError;

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Cells divided by a delimiter.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// Apache Parquet.
    Parquet,
    /// A workbook of Excel 2007 or later.
    Xlsx,
}

impl Format {
    /// `csv`, `jsonl`, `parquet` or `xlsx`.
    pub fn name(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Jsonl => "jsonl",
            Format::Parquet => "parquet",
            Format::Xlsx => "xlsx",
        }
    }
}

/// First bytes, what they mean, and the mend.
pub(super) const REFUSED: &[(&[u8], &str, &str)] = &[
    (b"PARE", "an encrypted Parquet file", "write it without encryption"),
    (b"\x89PNG", "a PNG picture", "give the table itself"),
    (b"\xFF\xD8\xFF", "a JPEG picture", "give the table itself"),
    (b"GIF8", "a GIF picture", "give the table itself"),
    (b"%PDF", "a PDF document", "export the table as CSV"),
    (b"SQLite format 3", "an SQLite database", "export the table as CSV or Parquet"),
    (b"ORC", "an ORC file", "write it as Parquet"),
    (b"Obj\x01", "an Avro file", "write it as Parquet or JSONL"),
    (b"ARROW1", "an Arrow file", "write it as Parquet"),
    (b"BZh", "packed with bzip2", "unpack it, or pack it with gzip or zstd"),
    (b"\xFD7zXZ\x00", "packed with xz", "unpack it, or pack it with gzip or zstd"),
    (b"7z\xBC\xAF", "a 7z archive", "unpack it"),
    (b"Rar!", "a RAR archive", "unpack it"),
    (b"\x1F\x8B", "packed twice", "unpack it once"),
    (b"\x28\xB5\x2F\xFD", "packed twice", "unpack it once"),
    (b"\x7FELF", "a program", "give the table itself"),
];

/// The old Office container, also around every password-protected workbook.
pub(super) const OLE: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// Tells the format from the first bytes, unpacked.
///
/// # Errors
/// When they belong to something that is not a table, or there are none.
pub(super) fn format(file: &str, head: &[u8]) -> Result<Format, SourceError> {
    if head.starts_with(b"PAR1") {
        return Ok(Format::Parquet);
    }
    if head.starts_with(b"PK\x03\x04") {
        return Ok(Format::Xlsx);
    }
    let refuse = |found, mend| SourceError::Unsupported { file: file.to_owned(), found, mend };
    if head.starts_with(OLE) {
        // The name of the stream an encrypted workbook keeps its content in, in UTF-16.
        let name: Vec<u8> = "EncryptedPackage".bytes().flat_map(|byte| [byte, 0]).collect();
        let is_encrypted = head.windows(name.len()).any(|window| window == name);
        return Err(if is_encrypted {
            refuse("a workbook protected by a password", "save it without the password")
        } else {
            refuse("an old Excel workbook (.xls)", "save it as .xlsx or CSV")
        });
    }
    if let Some(&(_, found, mend)) = REFUSED.iter().find(|(magic, ..)| head.starts_with(magic)) {
        return Err(refuse(found, mend));
    }
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    if text.is_empty() {
        return Err(SourceError::Empty { file: file.to_owned() });
    }
    let lower: Vec<u8> = text.iter().take(16).map(u8::to_ascii_lowercase).collect();
    if lower.starts_with(b"<!doctype") || lower.starts_with(b"<html") {
        return Err(refuse("an HTML page", "export the table as CSV"));
    }
    if lower.starts_with(b"<?xml") {
        return Err(refuse("an XML document", "export the table as CSV"));
    }
    match text {
        [b'{', ..] => Ok(Format::Jsonl),
        [b'[', rest @ ..] if rest.trim_ascii_start().starts_with(b"{") => {
            Err(refuse("one JSON list", "write one object a line: jq -c '.[]'"))
        }
        _ => Ok(Format::Csv),
    }
}

/// The delimiter of a table, told from the first lines of its text: the one that cuts most of them
/// into as many cells as the header.
pub(super) fn delimiter(sample: &str, is_whole: bool) -> u8 {
    const CANDIDATES: [u8; 4] = *b",;\t|";
    let lines = first_lines(sample, is_whole);
    let score = |delimiter: u8| {
        let counts: Vec<usize> = lines.iter().map(|line| count_outside(line, delimiter)).collect();
        let header = counts.first().copied().unwrap_or_default();
        if header == 0 {
            return (0, 0);
        }
        let n_alike = counts.iter().filter(|&&count| count == header).count();
        (n_alike * 100 / counts.len().max(1), header)
    };
    let mut best = (b',', score(b','));
    for candidate in CANDIDATES {
        let found = score(candidate);
        if found > best.1 {
            best = (candidate, found);
        }
    }
    best.0
}

/// Up to fifty rows, quoted line breaks inside; the last one only when it is whole.
fn first_lines(sample: &str, is_whole: bool) -> Vec<&str> {
    let mut lines = Vec::new();
    let (mut start, mut is_quoted) = (0, false);
    for (at, byte) in sample.bytes().enumerate() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' | b'\r' if !is_quoted => {
                let line = sample.get(start..at).unwrap_or_default();
                if !line.trim().is_empty() {
                    lines.push(line);
                }
                start = at + 1;
            }
            _ => {}
        }
        if lines.len() == 50 {
            return lines;
        }
    }
    let last = sample.get(start..).unwrap_or_default();
    if (is_whole || lines.is_empty()) && !last.trim().is_empty() {
        lines.push(last);
    }
    lines
}

fn count_outside(line: &str, delimiter: u8) -> usize {
    let mut is_quoted = false;
    let mut n = 0;
    for byte in line.bytes() {
        is_quoted ^= byte == b'"';
        n += usize::from(byte == delimiter && !is_quoted);
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_the_one_that_cuts_rows_alike() {
        for (text, wanted) in [
            ("a,b,c\n1,2,3\n", b','),
            ("a;b;c\n1,5;2,5;3,5\n", b';'),
            ("a\tb\nx, y\tz\n", b'\t'),
            ("a|b\n1|2\n", b'|'),
            ("name;note\n\"a;b\";\"1,2,3\"\n", b';'),
            ("only\n1\n2\n", b','),
            ("a,\"b\nc\",d\n1,2,3\n", b','),
        ] {
            assert_eq!(delimiter(text, true), wanted, "{text}");
        }
    }
}
