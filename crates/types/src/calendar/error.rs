//! What can be wrong with a zone, a calendar or a written time, and how to mend it.

use thiserror::Error;

use super::Unit;

/// Why the calendar refuses. Values longer than 64 characters are shown cut.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CalendarError {
    /// The name is not in the IANA time zone database.
    #[error("`{name}` is not a time zone")]
    UnknownZone {
        /// What was asked for.
        name: String,
        /// Zones that end in that name, or begin like it.
        nearest: Vec<String>,
    },
    /// A fiscal year begins in month 1 to 12.
    #[error("`{0}` is not a month a fiscal year can begin in")]
    FiscalYearStart(u8),
    /// Not the name of a unit.
    #[error("`{0}` is not a unit of the calendar")]
    UnknownUnit(String),
    /// Not the name of a day of the week.
    #[error("`{0}` is not a day of the week")]
    UnknownWeekday(String),
    /// More periods than an answer can hold.
    #[error("the range has `{n_periods}` periods of one {}", unit.name())]
    TooManyPeriods {
        /// The unit asked for.
        unit: Unit,
        /// How many there are, at least.
        n_periods: i64,
    },
    /// Nothing is written where a time should be.
    #[error("the time is empty")]
    EmptyTime,
    /// The text does not follow the format.
    #[error("`{text}` is not a time written as {format}")]
    NotATime {
        /// What was read.
        text: String,
        /// The format it was read by.
        format: String,
    },
    /// `01/02/2025` is a day in January or in February.
    #[error("`{0}` does not say which number is the day and which the month")]
    AmbiguousDate(String),
    /// The 30th of February, an hour 24, an offset of 40 hours.
    #[error("`{0}` is a date or time that does not exist")]
    NoSuchTime(String),
    /// Clocks of the zone jumped over it.
    #[error("`{text}` was skipped by the clocks of {zone}")]
    SkippedTime {
        /// What was read.
        text: String,
        /// IANA name of the zone.
        zone: String,
    },
    /// Before the year -9999 or after 9999.
    #[error("`{0}` is outside the years the calendar knows")]
    OutOfRange(String),
    /// The format is neither a known word nor a usable pattern.
    #[error("`{format}` is not a date format: {reason}")]
    BadFormat {
        /// What was given.
        format: String,
        /// What it lacks.
        reason: String,
    },
}

/// Longest stretch of an offending text that a message repeats, in characters.
pub(super) const SHOWN: usize = 64;

impl CalendarError {
    /// A stable name for counting and for other programs, `skipped_time` for one.
    pub fn code(&self) -> &'static str {
        match self {
            CalendarError::UnknownZone { .. } => "unknown_zone",
            CalendarError::FiscalYearStart(_) => "bad_fiscal_year_start",
            CalendarError::UnknownUnit(_) => "unknown_unit",
            CalendarError::UnknownWeekday(_) => "unknown_weekday",
            CalendarError::TooManyPeriods { .. } => "too_many_periods",
            CalendarError::EmptyTime => "empty_time",
            CalendarError::NotATime { .. } => "not_a_time",
            CalendarError::AmbiguousDate(_) => "ambiguous_date",
            CalendarError::NoSuchTime(_) => "no_such_time",
            CalendarError::SkippedTime { .. } => "skipped_time",
            CalendarError::OutOfRange(_) => "time_out_of_range",
            CalendarError::BadFormat { .. } => "bad_date_format",
        }
    }

    /// The same in Chinese.
    pub fn in_chinese(&self) -> String {
        match self {
            CalendarError::UnknownZone { name, .. } => format!("“{name}”不是时区"),
            CalendarError::FiscalYearStart(month) => format!("财年不能从“{month}”月开始"),
            CalendarError::UnknownUnit(name) => format!("“{name}”不是日历单位"),
            CalendarError::UnknownWeekday(name) => format!("“{name}”不是星期几"),
            CalendarError::TooManyPeriods { unit, n_periods } => {
                format!("该范围按{}划分共有 {n_periods} 个周期", unit.name_zh())
            }
            CalendarError::EmptyTime => "时间为空".to_owned(),
            CalendarError::NotATime { text, format } => {
                format!("“{text}”不是按 {format} 书写的时间")
            }
            CalendarError::AmbiguousDate(text) => format!("“{text}”分不清哪个是日、哪个是月"),
            CalendarError::NoSuchTime(text) => format!("“{text}”是不存在的日期或时间"),
            CalendarError::SkippedTime { text, zone } => format!("“{text}”被 {zone} 的时钟跳过"),
            CalendarError::OutOfRange(text) => format!("“{text}”超出日历所知的年份"),
            CalendarError::BadFormat { format, .. } => format!("“{format}”不是日期格式"),
        }
    }

    /// How to mend it, in Chinese.
    pub fn hint_in_chinese(&self) -> String {
        match self {
            CalendarError::UnknownZone { nearest, .. } if !nearest.is_empty() => {
                format!("是不是 {}？", nearest.join("、"))
            }
            CalendarError::UnknownZone { .. } => {
                "请填写 IANA 名称，如 Europe/London、Asia/Shanghai 或 UTC".to_owned()
            }
            CalendarError::FiscalYearStart(_) => "请填写 1 到 12 月".to_owned(),
            CalendarError::UnknownUnit(_) => {
                "请填写 hour、day、week、month、quarter、year 之一".to_owned()
            }
            CalendarError::UnknownWeekday(_) => "请填写 monday、tuesday……sunday".to_owned(),
            CalendarError::TooManyPeriods { .. } => {
                format!("请用更长的单位或更短的范围：最多 {} 个周期", super::MAX_PERIODS)
            }
            CalendarError::EmptyTime => "每一行都需要时间".to_owned(),
            CalendarError::NotATime { .. } => {
                "请指定日期格式（--date-format），如 `%d/%m/%Y %H:%M`".to_owned()
            }
            CalendarError::AmbiguousDate(_) => {
                "请指定日期格式（--date-format）：`%d/%m/%Y` 或 `%m/%d/%Y`".to_owned()
            }
            CalendarError::NoSuchTime(_) => "请检查日和月的先后（--date-format）".to_owned(),
            CalendarError::SkippedTime { .. } => {
                "请指定书写这些时间的时区（--zone），或给出带偏移量的时间".to_owned()
            }
            CalendarError::OutOfRange(_) => "请检查该列的单位是秒、毫秒还是微秒".to_owned(),
            CalendarError::BadFormat { .. } => "请填写 auto、unix_seconds、unix_millis、\
                 unix_micros 或如 `%d/%m/%Y %H:%M` 的格式"
                .to_owned(),
        }
    }

    /// How to mend it.
    pub fn hint(&self) -> String {
        match self {
            CalendarError::UnknownZone { nearest, .. } if !nearest.is_empty() => {
                format!("did you mean {}?", nearest.join(", "))
            }
            CalendarError::UnknownZone { .. } => {
                "give an IANA name such as Europe/London, Asia/Shanghai or UTC".to_owned()
            }
            CalendarError::FiscalYearStart(_) => "give a month from 1 to 12".to_owned(),
            CalendarError::UnknownUnit(_) => {
                "give one of hour, day, week, month, quarter, year".to_owned()
            }
            CalendarError::UnknownWeekday(_) => "give monday, tuesday … sunday".to_owned(),
            CalendarError::TooManyPeriods { .. } => {
                format!("take a longer unit or a shorter range: at most {} fit", super::MAX_PERIODS)
            }
            CalendarError::EmptyTime => "every row needs a time".to_owned(),
            CalendarError::NotATime { .. } => {
                "give the pattern with --date-format, `%d/%m/%Y %H:%M` for one".to_owned()
            }
            CalendarError::AmbiguousDate(_) => {
                "say which with --date-format, `%d/%m/%Y` or `%m/%d/%Y`".to_owned()
            }
            CalendarError::NoSuchTime(_) => {
                "check the order of day and month (--date-format)".to_owned()
            }
            CalendarError::SkippedTime { .. } => {
                "give the zone the times were written in (--zone), or times with an offset"
                    .to_owned()
            }
            CalendarError::OutOfRange(_) => {
                "check whether the column counts seconds, milliseconds or microseconds".to_owned()
            }
            CalendarError::BadFormat { .. } => "give auto, unix_seconds, unix_millis, \
                 unix_micros or a pattern such as `%d/%m/%Y %H:%M`"
                .to_owned(),
        }
    }
}

/// The text as a message shows it: cut to [`SHOWN`] characters.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
