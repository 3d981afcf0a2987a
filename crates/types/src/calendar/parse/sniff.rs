//! Which format a column's times are written in, told from some of them.
//!
//! Answers "is `03/04/2025` in April or in March?" for a whole column: one sample with a part above
//! 12 decides it. What no sample decides is left to whoever brings the file, never guessed.

use super::{DateFormat, Reader};

/// What the samples tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sniffed {
    /// Only this format reads all of them.
    Unambiguous(DateFormat),
    /// These formats read all of them, in different ways; or, for counts since the epoch, this one
    /// does, but a column of numbers may also be something else. One must be chosen.
    Ambiguous(Vec<DateFormat>),
    /// No known format reads all of them, or there are none.
    Unknown,
}

/// Dates with the year last or short, or with the month as a word.
const DATES: [&str; 22] = [
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d.%m.%Y",
    "%m.%d.%Y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%y/%m/%d",
    "%d-%m-%y",
    "%m-%d-%y",
    "%y-%m-%d",
    "%d.%m.%y",
    "%m.%d.%y",
    "%y.%m.%d",
    "%d %b %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%b %d, %Y",
    "%a, %d %b %Y",
    "%Y年%m月%d日",
    "%Y%m%d",
];

/// Times of day after a date, plainest first.
const TIMES: [&str; 14] = [
    "",
    " %H:%M",
    " %H:%M:%S",
    " %H:%M:%S%.f",
    " %I:%M %p",
    " %I:%M:%S %p",
    ", %H:%M",
    ", %H:%M:%S",
    ", %I:%M %p",
    ", %I:%M:%S %p",
    "T%H:%M:%S",
    "%H%M%S",
    " %H:%M %z",
    " %H:%M:%S %z",
];

/// Tells the format of a column from samples of it. Blank samples tell nothing.
pub fn sniff_format(samples: &[&str]) -> Sniffed {
    let texts: Vec<&str> =
        samples.iter().map(|text| text.trim_ascii()).filter(|text| !text.is_empty()).collect();
    if texts.is_empty() {
        return Sniffed::Unknown;
    }
    if reads_all(&DateFormat::Auto, &texts) {
        return Sniffed::Unambiguous(DateFormat::Auto);
    }
    if let Some(format) = unix_format(&texts) {
        return Sniffed::Ambiguous(vec![format]);
    }
    let mut fitting: Vec<DateFormat> = DATES
        .into_iter()
        .filter_map(|date| {
            let patterns = TIMES.into_iter().map(|time| format!("{date}{time}"));
            patterns.map(DateFormat::Explicit).find(|format| reads_all(format, &texts))
        })
        .collect();
    match (fitting.len(), fitting.pop()) {
        (1, Some(only)) => Sniffed::Unambiguous(only),
        (_, Some(last)) => {
            fitting.push(last);
            Sniffed::Ambiguous(fitting)
        }
        (_, None) => Sniffed::Unknown,
    }
}

fn reads_all(format: &DateFormat, texts: &[&str]) -> bool {
    let Ok(reader) = Reader::new(format) else {
        return false;
    };
    texts.iter().all(|text| reader.read(text).is_ok())
}

/// The unit of a count since the epoch, told by its digits: those of the years 1973 to 5138.
fn unix_format(texts: &[&str]) -> Option<DateFormat> {
    let format_of = |text: &&str| {
        let whole = text.split_once('.').map_or(*text, |(whole, _)| whole);
        if !whole.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        match whole.len() {
            9..=11 => Some(DateFormat::UnixSeconds),
            12 | 13 => Some(DateFormat::UnixMillis),
            15..=16 => Some(DateFormat::UnixMicros),
            _ => None,
        }
    };
    let format = texts.first().and_then(format_of)?;
    let agree = texts.iter().all(|text| format_of(text).as_ref() == Some(&format));
    (agree && reads_all(&format, texts)).then_some(format)
}
