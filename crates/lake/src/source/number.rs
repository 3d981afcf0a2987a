//! Decimal numbers read exactly: digits and a place for the point, never a binary fraction.
//!
//! `2.55` is 255 at scale 2 whether it came as text or as the double nearest to it. A number leaves
//! here as ten-thousandths ([`Number::to_decimal4`]), as a [`Decimal`] for calculations or as its
//! one canonical text. Grouped digits (`1,234.5`), currency signs, NaN and infinities are refused.

use std::fmt::Write as _;

use perennial_types::money;
use rust_decimal::Decimal;

/// `mantissa / 10^scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) mantissa: i128,
    pub(super) scale: u32,
}

/// Largest number of digits kept; more would not fit a `decimal(18,4)` anyway.
const MAX_DIGITS: u32 = 38;
/// Most places a canonical text or a calculation keeps after the point.
const MAX_SCALE: u32 = 28;

impl Number {
    /// Reads decimal text such as `-12.50`, `+3`, `.5` or `1e-3`. `None` when it is anything else.
    pub(super) fn parse(text: &str) -> Option<Number> {
        let (negative, digits) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let mut mantissa: i64 = 0;
        let mut scale = 0;
        let mut n_digits = 0;
        let mut after_point = false;
        for &byte in digits {
            match byte {
                b'0'..=b'9' => {
                    n_digits += 1;
                    scale += u32::from(after_point);
                    mantissa = mantissa.wrapping_mul(10).wrapping_add(i64::from(byte - b'0'));
                }
                b'.' if !after_point => after_point = true,
                b'e' | b'E' => return Number::parse_long(digits, negative),
                _ => return None,
            }
        }
        match n_digits {
            0 => None,
            1..=18 => {
                let mantissa = if negative { -mantissa } else { mantissa };
                Some(Number { mantissa: i128::from(mantissa), scale })
            }
            _ => Number::parse_long(digits, negative),
        }
    }

    /// Reads text with a decimal comma and points between thousands: `-1.234,50`, `12,5`, `1.234`.
    /// `None` when it is anything else, `12.5` for one.
    pub(super) fn parse_comma(text: &str) -> Option<Number> {
        let unsigned = text.trim_start_matches(['-', '+']);
        let (whole, fraction) = unsigned.split_once(',').unwrap_or((unsigned, ""));
        let mut groups = whole.split('.');
        let first = groups.next().unwrap_or_default();
        let is_grouped = whole.contains('.');
        let is_first_fine = !is_grouped || (1..=3).contains(&first.len());
        if !is_first_fine || groups.any(|group| group.len() != 3) || fraction.contains(['.', ',']) {
            return None;
        }
        // What is not a digit now is found by the reader of plain decimals.
        Number::parse(&text.replace('.', "").replacen(',', ".", 1))
    }

    /// The slow path: many digits or an exponent.
    fn parse_long(digits: &[u8], negative: bool) -> Option<Number> {
        let split = digits.iter().position(|byte| matches!(byte, b'e' | b'E'));
        let (plain, exponent) = match split {
            Some(at) => {
                let exponent: i32 =
                    std::str::from_utf8(digits.get(at + 1..)?).ok()?.parse().ok()?;
                (digits.get(..at)?, exponent)
            }
            None => (digits, 0),
        };
        let point = plain.iter().position(|&byte| byte == b'.').unwrap_or(plain.len());
        let whole = plain.get(..point)?;
        let fraction = plain.get(point + 1..).unwrap_or_default();
        // Zeros at the end of the fraction carry nothing and would only fill the mantissa.
        let n_kept = fraction.iter().rposition(|&byte| byte != b'0').map_or(0, |last| last + 1);
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let mut mantissa: i128 = 0;
        let mut n_significant = 0;
        for &byte in whole.iter().chain(fraction.get(..n_kept)?) {
            if !byte.is_ascii_digit() {
                return None;
            }
            n_significant += u32::from(n_significant > 0 || byte != b'0');
            if n_significant > MAX_DIGITS {
                return None;
            }
            mantissa = mantissa * 10 + i128::from(byte - b'0');
        }
        let scale = i32::try_from(n_kept).ok()?.checked_sub(exponent)?;
        if mantissa == 0 {
            return Some(Number { mantissa: 0, scale: 0 });
        }
        if scale < 0 {
            mantissa = mantissa.checked_mul(10_i128.checked_pow(scale.unsigned_abs())?)?;
        }
        let scale = u32::try_from(scale.max(0)).ok()?;
        let mantissa = if negative { -mantissa } else { mantissa };
        (scale <= 400).then_some(Number { mantissa, scale })
    }

    /// The decimal a double was written as: the shortest that reads back as the same double.
    /// `None` for NaN and infinities.
    pub(super) fn from_f64(value: f64) -> Option<Number> {
        // A decimal of at most 15 digits is the shortest text of the double it reads as, so
        // finding one that divides back to the same double is enough.
        let scaled = (value * 10_000.0).round();
        if scaled.abs() < 1e15 && scaled / 10_000.0 == value {
            #[expect(clippy::cast_possible_truncation, reason = "whole and below 1e15")]
            return Some(Number { mantissa: scaled as i128, scale: 4 });
        }
        if !value.is_finite() {
            return None;
        }
        let mut text = String::with_capacity(32);
        let _ = write!(text, "{value:e}");
        Number::parse(&text)
    }

    /// Ten-thousandths, rounded half away from zero, and whether rounding was needed. `None` when
    /// it does not fit `decimal(18,4)`.
    pub(super) fn to_decimal4(self) -> Option<(i64, bool)> {
        let Number { mantissa, scale } = self;
        let (ten_thousandths, rounded) = if scale <= 4 {
            let factor = [10_000, 1_000, 100, 10, 1].get(scale as usize).copied().unwrap_or(1);
            (mantissa.checked_mul(factor)?, false)
        } else if scale - 4 > MAX_DIGITS {
            (0, mantissa != 0)
        } else {
            let divisor = 10_i128.pow(scale - 4);
            let (quotient, remainder) = (mantissa / divisor, mantissa % divisor);
            // Not doubled: a remainder near 10^38 would overflow.
            let away = i128::from(remainder.abs() >= divisor - remainder.abs());
            (quotient + away * mantissa.signum(), remainder != 0)
        };
        let ten_thousandths = i64::try_from(ten_thousandths).ok()?;
        (ten_thousandths.abs() <= money::MAX).then_some((ten_thousandths, rounded))
    }

    /// For calculations. `None` when it has more digits than a [`Decimal`] holds.
    pub(super) fn to_decimal(self) -> Option<Decimal> {
        let short = self.trimmed();
        Decimal::try_from_i128_with_scale(short.mantissa, short.scale).ok()
    }

    /// The result of a calculation.
    pub(super) fn from_decimal(value: Decimal) -> Number {
        Number { mantissa: value.mantissa(), scale: value.scale() }
    }

    /// The same number without zeros at the end of its fraction.
    fn trimmed(self) -> Number {
        let Number { mut mantissa, mut scale } = self;
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        Number { mantissa, scale }
    }

    /// Appends the canonical text: no exponent, no zeros at the end, no `-0`.
    pub(super) fn write(self, out: &mut String) {
        let Number { mantissa, scale } = self.trimmed();
        if scale == 0 {
            let _ = write!(out, "{mantissa}");
            return;
        }
        let sign = if mantissa < 0 { "-" } else { "" };
        let width = scale as usize + 1;
        let digits = format!("{:0width$}", mantissa.unsigned_abs());
        let (whole, fraction) = digits.split_at(digits.len() - scale as usize);
        let _ = write!(out, "{sign}{whole}.{fraction}");
    }
}

/// The canonical JSON number of a text, when the text is one: no leading zeros, whole numbers of
/// at most 15 digits, fractions of at most 17 significant ones. Longer digits are identifiers, and
/// a program reading them as doubles would damage them.
pub(super) fn json_number(text: &str) -> Option<&str> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) || (whole.len() > 1 && whole.starts_with('0')) {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    if whole.len() > 15 || whole.len() + fraction.len() > MAX_SCALE as usize {
        return None;
    }
    let significant = whole.trim_start_matches('0').len() + fraction.len();
    if significant > 17 && !fraction.is_empty() {
        return None;
    }
    let sign_len = text.len() - unsigned.len();
    let end = sign_len + whole.len() + if fraction.is_empty() { 0 } else { fraction.len() + 1 };
    let number = text.get(..end)?;
    Some(if number == "-0" { "0" } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn four(text: &str) -> Option<(i64, bool)> {
        Number::parse(text).and_then(Number::to_decimal4)
    }

    #[test]
    fn text_is_read_exactly() {
        for (text, value) in [
            ("0", 0),
            ("-0", 0),
            ("2.55", 25_500),
            ("-12.5", -125_000),
            (".5", 5_000),
            ("7.", 70_000),
            ("+3", 30_000),
            ("1e3", 10_000_000),
            ("1.5E-2", 150),
            ("0.00000000000000000000000000000000000000000000", 0),
            ("12.50000000000000000000000000000000000000000000", 125_000),
            ("99999999999999.9999", 999_999_999_999_999_999),
        ] {
            assert_eq!(four(text), Some((value, false)), "{text}");
        }
    }

    #[test]
    fn a_decimal_comma_is_read_and_nothing_else_is_taken_for_one() {
        for (text, value) in [
            ("1.234,50", Some(12_345_000)),
            ("-12,25", Some(-122_500)),
            ("1.234", Some(12_340_000)),
            ("1.234.567,8", Some(12_345_678_000)),
            ("7", Some(70_000)),
            (",5", Some(5_000)),
            ("12.5", None),
            ("1234.567", None),
            ("1.23,4", None),
            ("1,234.50", None),
            ("1,2,3", None),
            (".123", None),
            ("--1", None),
            ("12,x", None),
        ] {
            let read = Number::parse_comma(text).and_then(Number::to_decimal4);
            assert_eq!(read, value.map(|value| (value, false)), "{text}");
        }
    }

    #[test]
    fn more_than_four_places_round_half_away_from_zero_and_say_so() {
        assert_eq!(four("0.00005"), Some((1, true)));
        assert_eq!(four("-0.00005"), Some((-1, true)));
        assert_eq!(four("0.000049"), Some((0, true)));
        assert_eq!(four("1.000000"), Some((10_000, false)));
        assert_eq!(four("1e-300"), Some((0, true)));
    }

    #[test]
    fn what_is_no_number_or_too_large_is_refused() {
        for text in [
            "",
            "-",
            ".",
            "1,234.5",
            "1.234,5",
            "NaN",
            "inf",
            "1e999",
            "£5",
            "0x10",
            "1 2",
            "١",
            "1e",
            "e5",
            "--1",
            "100000000000000",
        ] {
            assert_eq!(four(text), None, "{text}");
        }
    }

    #[test]
    fn a_double_is_the_decimal_it_was_written_as() {
        for (value, text) in [
            (2.55, "2.55"),
            (0.1, "0.1"),
            (-1.005, "-1.005"),
            (1e-7, "0.0000001"),
            (1.0 / 3.0, "0.3333333333333333"),
            (-0.0, "0"),
            (17_850.0, "17850"),
            (123_456_789_012_345_680.0, "123456789012345680"),
        ] {
            let mut out = String::new();
            Number::from_f64(value).expect("finite").write(&mut out);
            assert_eq!(out, text);
        }
        assert_eq!(Number::from_f64(f64::NAN), None);
        assert_eq!(Number::from_f64(f64::INFINITY), None);
    }

    #[test]
    fn identifiers_do_not_become_json_numbers() {
        for (text, number) in [
            ("5", Some("5")),
            ("2.50", Some("2.5")),
            ("3.0", Some("3")),
            ("-0.0", Some("0")),
            ("-4.25", Some("-4.25")),
            ("0.1234567890123456", Some("0.1234567890123456")),
            ("007", None),
            ("1e5", None),
            ("+5", None),
            ("1.", None),
            ("12345678901234567890", None),
            ("", None),
            ("85123A", None),
        ] {
            assert_eq!(json_number(text), number, "{text}");
        }
    }
}
