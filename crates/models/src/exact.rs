//! Numbers in stored models come back bit for bit.
//!
//! A number written as decimal text may be read a hair off by readers that trade exactness for speed,
//! and a hair is enough to send a customer down the other side of a split. So the numbers of a model
//! are written as their bits, sixteen hexadecimal digits each, a list as one text.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

/// Digits of a number.
const N_DIGITS: usize = 16;

fn text_of(values: impl Iterator<Item = f64>) -> String {
    values.map(|value| format!("{:016x}", value.to_bits())).collect()
}

fn values_of<E: Error>(text: &str) -> Result<Vec<f64>, E> {
    if !text.len().is_multiple_of(N_DIGITS) || !text.is_ascii() {
        return Err(E::custom("a list of numbers is cut short"));
    }
    let starts = (0..text.len()).step_by(N_DIGITS);
    let digits = starts.filter_map(|start| text.get(start..start + N_DIGITS));
    let number = |digits: &str| {
        let bits = u64::from_str_radix(digits, 16);
        bits.map(f64::from_bits).map_err(|_| E::custom(format!("`{digits}` is no number")))
    };
    digits.map(number).collect()
}

/// One number.
pub(crate) mod number {
    use super::*;

    /// Writes its bits.
    pub(crate) fn serialize<S: Serializer>(value: &f64, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&text_of(std::iter::once(*value)))
    }

    /// Reads its bits.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<f64, D::Error> {
        match values_of::<D::Error>(&String::deserialize(input)?)?[..] {
            [value] => Ok(value),
            _ => Err(D::Error::custom("one number is expected")),
        }
    }
}

/// A list of numbers.
pub(crate) mod numbers {
    use super::*;

    /// Writes their bits.
    pub(crate) fn serialize<S: Serializer>(values: &[f64], out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&text_of(values.iter().copied()))
    }

    /// Reads their bits.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<f64>, D::Error> {
        values_of(&String::deserialize(input)?)
    }
}

/// A list of pairs of numbers.
pub(crate) mod pairs {
    use super::*;

    /// Writes their bits.
    pub(crate) fn serialize<S: Serializer>(
        values: &[(f64, f64)],
        out: S,
    ) -> Result<S::Ok, S::Error> {
        out.serialize_str(&text_of(values.iter().flat_map(|&(first, second)| [first, second])))
    }

    /// Reads their bits.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<Vec<(f64, f64)>, D::Error> {
        let values: Vec<f64> = values_of(&String::deserialize(input)?)?;
        let pairs = values.chunks_exact(2);
        match pairs.remainder() {
            [] => Ok(pairs.map(|pair| (pair[0], pair[1])).collect()),
            _ => Err(D::Error::custom("a list of pairs is cut short")),
        }
    }
}
