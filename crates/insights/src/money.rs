//! Money added up: in one currency or not at all, and divided exactly.
//!
//! Answers "what is that in all, and what is it per customer?" Sums are ten-thousandths in `i128`;
//! a partial result names the currencies it has added in the metadata of its schema.

use std::collections::{BTreeSet, HashMap};

use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
use perennial_types::money::decimal_text;
use perennial_types::question::Refusal;

/// Name of the schema metadata that holds the currencies.
pub const CURRENCIES: &str = "currencies";

/// The type of a column of sums.
pub const SUM: DataType = DataType::Decimal128(38, 4);

/// The metadata of a partial result in which money of these currencies was added.
pub fn metadata<'a>(currencies: impl IntoIterator<Item = &'a String>) -> HashMap<String, String> {
    let names: Vec<&String> = currencies.into_iter().collect();
    HashMap::from([(CURRENCIES.to_owned(), serde_json::to_string(&names).unwrap_or_default())])
}

/// The currency of all the money that was added, by the partial results.
///
/// # Errors
/// `mixed_currencies` where money of several would be added.
pub fn one_currency(partials: &[RecordBatch]) -> Result<Option<String>, Refusal> {
    one_currency_or(partials, "choose one with `currency`", "请用 `currency` 选择一种货币")
}

/// The same with another mend, in English and in Chinese, where a question has none of that name.
///
/// # Errors
/// As [`one_currency`].
pub fn one_currency_or(
    partials: &[RecordBatch],
    hint: &str,
    hint_zh: &str,
) -> Result<Option<String>, Refusal> {
    let mut all: BTreeSet<String> = BTreeSet::new();
    for partial in partials {
        let found = partial.schema_ref().metadata().get(CURRENCIES);
        let found: Vec<String> =
            found.and_then(|list| serde_json::from_str(list).ok()).unwrap_or_default();
        all.extend(found);
    }
    if all.len() > 1 {
        let quoted = |open: char, close: char| -> Vec<String> {
            all.iter().map(|name| format!("{open}{name}{close}")).collect()
        };
        return Err(Refusal::new(
            "mixed_currencies",
            format!("amounts in {} would be added", quoted('`', '`').join(", ")),
            hint,
        )
        .in_chinese(format!("会把 {} 的金额相加", quoted('“', '”').join("、")), hint_zh));
    }
    Ok(all.pop_first())
}

/// A quotient, rounded half away from zero; the dividend where the divisor is nothing.
pub fn rounded(dividend: i128, divisor: i128) -> i128 {
    if divisor <= 0 {
        return dividend;
    }
    let magnitude = (dividend.abs() * 2 + divisor) / (divisor * 2);
    if dividend < 0 { -magnitude } else { magnitude }
}

/// Money per customer or per order as decimal text; `None` of none.
pub fn mean_text(sum: i128, n: u64) -> Option<String> {
    (n > 0).then(|| decimal_text(rounded(sum, i128::from(n))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotients_are_rounded_half_away_from_zero() {
        let found = [(5, 2), (-5, 2), (4, 3), (-4, 3), (7, 1)].map(|(sum, n)| rounded(sum, n));
        assert_eq!(found, [3, -3, 1, -1, 7]);
        assert_eq!(mean_text(100_001, 2).as_deref(), Some("5.0001"));
        assert_eq!(mean_text(5, 0), None, "of nobody there is no mean");
    }
}
