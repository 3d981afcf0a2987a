//! What makes a whole input file unreadable, in words that name the file and the mend.
//!
//! A single bad row is never an error of this kind: it becomes a [`Reject`](super::Reject) and the
//! file goes on. Every error has a stable [`code`](SourceError::code) and a
//! [`hint`](SourceError::hint); [`said`](SourceError::said) and [`mend`](SourceError::mend) are both
//! in English and Chinese.

use std::io;

use perennial_types::calendar::CalendarError;
use thiserror::Error;

use super::said::Said;

/// Why a file cannot be imported.
#[derive(Debug, Error)]
pub enum SourceError {
    /// The operating system would not give the bytes, or a compressed stream is broken.
    #[error("`{file}` cannot be read: {error}")]
    Io {
        /// The file, as it was named.
        file: String,
        /// What the system said.
        error: io::Error,
    },
    /// No bytes, only a byte order mark, or only a header.
    #[error("`{file}` has no rows")]
    Empty {
        /// The file, as it was named.
        file: String,
    },
    /// The first bytes belong to something that is not a table.
    #[error("`{file}` is {found}, not CSV, JSONL, Parquet or XLSX")]
    Unsupported {
        /// The file, as it was named.
        file: String,
        /// What its first bytes say it is.
        found: &'static str,
        /// How to turn it into something readable.
        mend: &'static str,
    },
    /// The bytes claim a format and break its rules.
    #[error("`{file}` is not valid {format}: {reason}")]
    Invalid {
        /// The file, as it was named.
        file: String,
        /// `parquet`, `xlsx`, `csv`, `jsonl`, `gzip` or `zstd`.
        format: &'static str,
        /// What is wrong, and where.
        reason: String,
    },
    /// Reading on would take more memory or time than an honest file needs.
    #[error("`{file}` is refused: {what}, the limit is {limit}")]
    TooLarge {
        /// The file, as it was named.
        file: String,
        /// What is too large, with its size.
        what: Said,
        /// The limit.
        limit: Said,
    },
    /// Two columns have one name.
    #[error("`{file}` has two columns called `{column}`, number {first} and number {second}")]
    DuplicateColumn {
        /// The file, as it was named.
        file: String,
        /// The name.
        column: String,
        /// 1-based place of the first.
        first: usize,
        /// 1-based place of the second.
        second: usize,
    },
    /// A quoted cell never ends.
    #[error("`{file}`: the quote opened in line {line} is never closed")]
    UnclosedQuote {
        /// The file, as it was named.
        file: String,
        /// 1-based line of the opening quote.
        line: u64,
    },
    /// The encoding that was asked for does not exist.
    #[error("`{0}` is not an encoding")]
    UnknownEncoding(String),
    /// The mapping does not fit the file.
    #[error("{reason}")]
    Mapping {
        /// What does not fit.
        reason: Said,
        /// How to mend it.
        hint: Said,
    },
    /// A calculation or condition cannot be understood.
    #[error("`{text}`: {reason} at character {at}")]
    Expression {
        /// The whole expression.
        text: String,
        /// 1-based character.
        at: usize,
        /// What is wrong there.
        reason: Said,
    },
    /// `01/02/2025` may be a day in January or in February.
    #[error("column `{column}` of `{file}` does not say which number is the day: `{value}`")]
    AmbiguousDates {
        /// The file, as it was named.
        file: String,
        /// The column of times.
        column: String,
        /// One of its values.
        value: String,
        /// The formats it may be.
        formats: Vec<String>,
    },
    /// `1.234` may be one or a thousand.
    #[error("column `{column}` of `{file}` may have decimal commas: `{value}`")]
    AmbiguousNumbers {
        /// The file, as it was named.
        file: String,
        /// The column of numbers.
        column: String,
        /// One of its values.
        value: String,
    },
    /// No known way of writing a time fits.
    #[error("column `{column}` of `{file}` holds no time that can be recognised: `{value}`")]
    UnknownDates {
        /// The file, as it was named.
        file: String,
        /// The column of times.
        column: String,
        /// One of its values.
        value: String,
    },
    /// The date format or zone does not fit.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
}

impl SourceError {
    /// A stable name for other programs, `empty_file` for one.
    pub fn code(&self) -> &'static str {
        match self {
            SourceError::Io { .. } => "unreadable_file",
            SourceError::Empty { .. } => "empty_file",
            SourceError::Unsupported { .. } => "unsupported_format",
            SourceError::Invalid { format: "parquet", .. } => "parquet_invalid",
            SourceError::Invalid { format: "xlsx", .. } => "xlsx_invalid",
            SourceError::Invalid { .. } => "file_invalid",
            SourceError::TooLarge { .. } => "file_too_large",
            SourceError::DuplicateColumn { .. } => "duplicate_column",
            SourceError::UnclosedQuote { .. } => "unclosed_quote",
            SourceError::UnknownEncoding(_) => "unknown_encoding",
            SourceError::Mapping { .. } => "bad_mapping",
            SourceError::Expression { .. } => "bad_expression",
            SourceError::AmbiguousDates { .. } => "ambiguous_dates",
            SourceError::AmbiguousNumbers { .. } => "ambiguous_numbers",
            SourceError::UnknownDates { .. } => "unknown_dates",
            SourceError::Calendar(error) => error.code(),
        }
    }

    /// How to mend it.
    pub fn hint(&self) -> String {
        match self {
            SourceError::Io { .. } => {
                "check the path, the permissions and that the file is whole".to_owned()
            }
            SourceError::Empty { .. } => {
                "give a file with a header and at least one row".to_owned()
            }
            SourceError::Unsupported { mend, .. } => (*mend).to_owned(),
            SourceError::Invalid { .. } => "write the file anew, or export it as CSV".to_owned(),
            SourceError::TooLarge { .. } => {
                "unpack or split the file, or export it as plain CSV".to_owned()
            }
            SourceError::DuplicateColumn { .. } => "rename one of them".to_owned(),
            SourceError::UnclosedQuote { .. } => {
                "close the quote, or write a quote inside a cell twice".to_owned()
            }
            SourceError::UnknownEncoding(_) => {
                "give utf-8, utf-16le, utf-16be, gb18030, latin1 or another WHATWG name".to_owned()
            }
            SourceError::Mapping { hint, .. } => hint.en.clone(),
            SourceError::Expression { .. } => {
                "columns may be quoted (\"Unit Price\"), texts stand in single quotes".to_owned()
            }
            SourceError::AmbiguousDates { formats, .. } => {
                format!("say which with --date-format: {}", formats.join(" or "))
            }
            SourceError::AmbiguousNumbers { .. } => {
                "say --decimal-comma where `1.234,5` is meant, \
                 or write numbers without marks between thousands"
                    .to_owned()
            }
            SourceError::UnknownDates { .. } => "give --date-format: a pattern such as \
                 `%d/%m/%Y %H:%M`, or unix_seconds, unix_millis, unix_micros"
                .to_owned(),
            SourceError::Calendar(error) => error.hint(),
        }
    }

    pub(super) fn invalid(file: &str, format: &'static str, reason: impl ToString) -> SourceError {
        SourceError::Invalid { file: file.to_owned(), format, reason: reason.to_string() }
    }
}
