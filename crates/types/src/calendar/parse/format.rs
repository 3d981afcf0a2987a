//! How the times of a column are written, as a flag or a mapping file says it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::CalendarError;
use super::pattern::Pattern;

/// How times are written. As text: `auto`, `unix_seconds`, `unix_millis`, `unix_micros`, or a
/// pattern of `strptime` directives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum DateFormat {
    /// Year first, as in ISO 8601: `2010-12-01`, `2010-12-01 08:26:00`, `20101201T082600.5Z`,
    /// `2010/12/1 8:26`, `2010-12-01 08:26:00+01:00`. A date that ends with its year is refused,
    /// even where only one reading is possible, so that one file is never read in two ways.
    #[default]
    Auto,
    /// A pattern, `%d/%m/%Y %H:%M` for one, with the directives of `jiff::fmt::strtime`. `%Y`
    /// wants four digits; a pattern without hours gives dates alone; with `%z` it gives instants.
    Explicit(String),
    /// Seconds since the epoch, with or without decimals.
    UnixSeconds,
    /// Milliseconds since the epoch.
    UnixMillis,
    /// Microseconds since the epoch.
    UnixMicros,
}

impl DateFormat {
    /// The format as an error message names it.
    pub(super) fn described(&self) -> String {
        match self {
            DateFormat::Auto => "YYYY-MM-DD HH:MM:SS".to_owned(),
            DateFormat::Explicit(pattern) => format!("`{pattern}`"),
            DateFormat::UnixSeconds => "a count of seconds".to_owned(),
            DateFormat::UnixMillis => "a count of milliseconds".to_owned(),
            DateFormat::UnixMicros => "a count of microseconds".to_owned(),
        }
    }
}

impl fmt::Display for DateFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            DateFormat::Auto => "auto",
            DateFormat::Explicit(pattern) => pattern,
            DateFormat::UnixSeconds => "unix_seconds",
            DateFormat::UnixMillis => "unix_millis",
            DateFormat::UnixMicros => "unix_micros",
        })
    }
}

impl FromStr for DateFormat {
    type Err = CalendarError;

    /// # Errors
    /// When the text is no known word and not a pattern that gives a whole date.
    fn from_str(text: &str) -> Result<DateFormat, CalendarError> {
        Ok(match text {
            "auto" => DateFormat::Auto,
            "unix_seconds" => DateFormat::UnixSeconds,
            "unix_millis" => DateFormat::UnixMillis,
            "unix_micros" => DateFormat::UnixMicros,
            pattern => {
                Pattern::new(pattern)?;
                DateFormat::Explicit(pattern.to_owned())
            }
        })
    }
}

impl Serialize for DateFormat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DateFormat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<DateFormat, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error: CalendarError| {
            serde::de::Error::custom(format!("{error}; {}", error.hint()))
        })
    }
}
