//! The currencies of money that was added: amounts of several are never one sum.

use std::collections::{BTreeSet, HashMap};

use arrow::array::RecordBatch;
use perennial_types::question::Refusal;

/// Name of the schema metadata that holds the currencies of a partial result.
pub const CURRENCIES: &str = "currencies";

/// The currencies of money that was added.
#[derive(Debug, Default)]
pub struct Currencies(BTreeSet<u64>);

impl Currencies {
    /// Takes note of one; 0 is none.
    pub fn note(&mut self, currency: u64) {
        if currency != 0 && self.0.last() != Some(&currency) {
            self.0.insert(currency);
        }
    }

    /// Schema metadata naming them, by the names of all numbers.
    pub fn metadata(&self, names: &HashMap<u64, String>) -> HashMap<String, String> {
        let names: Vec<&String> = self.0.iter().filter_map(|number| names.get(number)).collect();
        let names = serde_json::to_string(&names).unwrap_or_default();
        HashMap::from([(CURRENCIES.to_owned(), names)])
    }
}

/// The currency of all the money of these partial results; `None` where it has none.
///
/// # Errors
/// `mixed_currencies` where money of several would be added.
pub fn one_currency(partials: &[RecordBatch]) -> Result<Option<String>, Refusal> {
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
            "choose one with `currency`",
        )
        .in_chinese(
            format!("会把 {} 的金额相加", quoted('“', '”').join("、")),
            "请用 `currency` 选择一种货币",
        ));
    }
    Ok(all.pop_first())
}
