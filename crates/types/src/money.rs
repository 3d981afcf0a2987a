//! Money and quantities: exact decimals with four places, as the lake's `decimal(18,4)` holds them.
//!
//! A [`Decimal4`] is an `i64` count of ten-thousandths. Sums run in `i128`, so no sum over a lake
//! that fits a disk can overflow. In JSON it is written as a decimal string and read from a string
//! or a number.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// Ten-thousandths in one unit.
pub const SCALE: i64 = 10_000;
/// Largest magnitude of a `decimal(18,4)`, in ten-thousandths.
pub const MAX: i64 = 999_999_999_999_999_999;

/// An exact decimal with four places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Decimal4(pub i64);

/// Why a text is not a [`Decimal4`].
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DecimalError {
    /// Not digits with at most one point.
    #[error("`{0}` is not a decimal number")]
    NotANumber(String),
    /// More than 14 digits before the point.
    #[error("`{0}` does not fit decimal(18,4)")]
    TooLarge(String),
    /// More than four digits after the point, so it could only be kept rounded.
    #[error("`{0}` has more than four decimals")]
    TooFine(String),
}

impl FromStr for Decimal4 {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Decimal4, DecimalError> {
        let not_a_number = || DecimalError::NotANumber(text.to_owned());
        let (negative, digits) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let point = digits.iter().position(|&byte| byte == b'.').unwrap_or(digits.len());
        let (whole, fraction) = (&digits[..point], digits.get(point + 1..).unwrap_or_default());
        if whole.is_empty() && fraction.is_empty() {
            return Err(not_a_number());
        }
        if fraction.iter().skip(4).any(|&byte| byte != b'0') {
            return Err(DecimalError::TooFine(text.to_owned()));
        }
        let places = fraction.iter().copied().chain(std::iter::repeat(b'0')).take(4);
        let mut value: i64 = 0;
        for byte in whole.iter().copied().chain(places) {
            if !byte.is_ascii_digit() {
                return Err(not_a_number());
            }
            value = value
                .checked_mul(10)
                .and_then(|tens| tens.checked_add(i64::from(byte - b'0')))
                .filter(|&sum| sum <= MAX)
                .ok_or_else(|| DecimalError::TooLarge(text.to_owned()))?;
        }
        Ok(Decimal4(if negative { -value } else { value }))
    }
}

impl fmt::Display for Decimal4 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_decimal(formatter, i128::from(self.0))
    }
}

/// Writes a count of ten-thousandths with at least two places: `8911407.90`, `1.2345`.
pub fn write_decimal(out: &mut impl fmt::Write, ten_thousandths: i128) -> fmt::Result {
    let sign = if ten_thousandths < 0 { "-" } else { "" };
    let magnitude = ten_thousandths.unsigned_abs();
    let (whole, fraction) = (magnitude / SCALE as u128, magnitude % SCALE as u128);
    if fraction % 100 == 0 {
        write!(out, "{sign}{whole}.{:02}", fraction / 100)
    } else {
        write!(out, "{sign}{whole}.{fraction:04}")
    }
}

/// A count of ten-thousandths as decimal text.
pub fn decimal_text(ten_thousandths: i128) -> String {
    let mut out = String::new();
    // Writing to a `String` cannot fail.
    let _ = write_decimal(&mut out, ten_thousandths);
    out
}

impl Serialize for Decimal4 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal4 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Decimal4, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let text = match &value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Number(number) => number.to_string(),
            other => return Err(serde::de::Error::custom(format!("`{other}` is not a number"))),
        };
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl PartialSchema for Decimal4 {
    fn schema() -> RefOr<Schema> {
        let of = |kind| ObjectBuilder::new().schema_type(kind);
        let either = OneOfBuilder::new().item(of(Type::String)).item(of(Type::Number));
        either.description(Some("A decimal with at most four places; written as text.")).into()
    }
}

impl ToSchema for Decimal4 {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_value_agree() {
        for (text, value, shown) in [
            ("0", 0, "0.00"),
            ("-0.5", -5_000, "-0.50"),
            ("8911407.9040", 89_114_079_040, "8911407.9040"),
            (".25", 2_500, "0.25"),
            ("7.", 70_000, "7.00"),
            ("+1.00000", 10_000, "1.00"),
        ] {
            let parsed: Decimal4 = text.parse().unwrap();
            assert_eq!(parsed, Decimal4(value), "{text}");
            assert_eq!(parsed.to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_decimal_is_named() {
        for text in ["", "-", ".", "1e3", "NaN", "1,5", "١"] {
            assert!(matches!(text.parse::<Decimal4>(), Err(DecimalError::NotANumber(_))), "{text}");
        }
        assert!(matches!("1.00001".parse::<Decimal4>(), Err(DecimalError::TooFine(_))));
        assert!(matches!("100000000000000".parse::<Decimal4>(), Err(DecimalError::TooLarge(_))));
    }
}
