//! Statistics as DuckDB writes them into the catalog, and back.
//!
//! Instants are `2024-01-01 00:00:00.5+00` without trailing zeros, decimals have all four places.
//! A value that DuckDB would write in another way (a year before 1 or after 9999, text with a zero
//! byte) is left out, which only costs pruning.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use perennial_types::event::{COLUMNS, ColumnType};
use perennial_types::money::SCALE;

use crate::{Micros, StatValue};

/// Longer texts are left out: a statistic is for pruning, not a copy of the data.
const MAX_TEXT_BYTES: usize = 256;

/// The type of a column by its id.
pub(crate) fn column_type(column_id: i64) -> Option<ColumnType> {
    COLUMNS.iter().find(|spec| i64::from(spec.id) == column_id).map(|spec| spec.column_type)
}

/// The text of a smallest or largest value, if the catalog may keep it.
pub(crate) fn kept_text(column_id: i32, value: &StatValue) -> Option<String> {
    let spec = COLUMNS.iter().find(|spec| spec.id == column_id)?;
    if !spec.in_statistics {
        return None;
    }
    match value {
        StatValue::Int(value) => Some(value.to_string()),
        StatValue::Timestamp(at) => instant_text(*at),
        StatValue::Decimal(value) => Some(decimal_text(*value)),
        StatValue::Text(text) if text.len() > MAX_TEXT_BYTES || text.contains('\0') => None,
        StatValue::Text(text) => Some(text.clone()),
    }
}

/// The value a statistic's text stands for; `None` if it is not of that type.
pub(crate) fn value_of(column_type: ColumnType, text: &str) -> Option<StatValue> {
    match column_type {
        ColumnType::Int32 | ColumnType::Int64 => text.parse().ok().map(StatValue::Int),
        ColumnType::Timestamp => instant_of(text).map(StatValue::Timestamp),
        ColumnType::Decimal => decimal_of(text).map(StatValue::Decimal),
        ColumnType::Text => Some(StatValue::Text(text.to_owned())),
    }
}

/// Widens a range to hold another value; `order` is the side to keep.
pub(crate) fn widen(range: &mut Option<StatValue>, value: StatValue, order: Ordering) {
    let is_beyond = range.as_ref().is_none_or(|known| value.cmp(known) == order);
    if is_beyond {
        *range = Some(value);
    }
}

/// `2024-01-01 00:00:00.5+00`, for years 1 to 9999.
pub(crate) fn instant_text(at: Micros) -> Option<String> {
    let civil = Timestamp::from_microsecond(at).ok()?.to_zoned(TimeZone::UTC).datetime();
    if civil.year() < 1 {
        return None;
    }
    let mut text = civil.strftime("%Y-%m-%d %H:%M:%S").to_string();
    let micros = at.rem_euclid(1_000_000);
    if micros != 0 {
        text.push('.');
        text.push_str(format!("{micros:06}").trim_end_matches('0'));
    }
    text.push_str("+00");
    Some(text)
}

/// The instant of a text as [`instant_text`] writes it.
pub(crate) fn instant_of(text: &str) -> Option<Micros> {
    let at: Timestamp = text.parse().ok()?;
    Some(at.as_microsecond())
}

fn decimal_text(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let (magnitude, scale) = (value.unsigned_abs(), SCALE.unsigned_abs());
    format!("{sign}{}.{:04}", magnitude / scale, magnitude % scale)
}

fn decimal_of(text: &str) -> Option<i64> {
    let decimal: perennial_types::money::Decimal4 = text.parse().ok()?;
    Some(decimal.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_read_as_duckdb_writes_them() {
        for (at, text) in [
            (0, "1970-01-01 00:00:00+00"),
            (-1, "1969-12-31 23:59:59.999999+00"),
            (1_704_067_200_500_000, "2024-01-01 00:00:00.5+00"),
            (1_704_067_200_000_010, "2024-01-01 00:00:00.00001+00"),
            (-62_135_596_800_000_000, "0001-01-01 00:00:00+00"),
        ] {
            assert_eq!(instant_text(at).as_deref(), Some(text));
            assert_eq!(instant_of(text), Some(at), "{text}");
        }
        assert_eq!(instant_text(-62_135_596_800_000_001), None);
        assert_eq!(instant_text(i64::MAX), None);
        assert_eq!(instant_of("2024-01-01 00:00:00.500000+00"), Some(1_704_067_200_500_000));
    }

    #[test]
    fn decimals_keep_all_places() {
        for (value, text) in [(15_000, "1.5000"), (-1, "-0.0001"), (0, "0.0000")] {
            assert_eq!(decimal_text(value), text);
            assert_eq!(decimal_of(text), Some(value));
        }
    }

    #[test]
    fn what_may_hold_contact_data_is_never_kept() {
        let text = StatValue::Text("ann@example.com".to_owned());
        for spec in COLUMNS.iter().filter(|spec| spec.column_type == ColumnType::Text) {
            let is_kept = kept_text(spec.id, &text).is_some();
            assert_eq!(is_kept, ["event", "source", "currency"].contains(&spec.name));
        }
        assert_eq!(kept_text(5, &StatValue::Text("a\0b".to_owned())), None);
        assert_eq!(kept_text(5, &StatValue::Text("x".repeat(257))), None);
    }
}
