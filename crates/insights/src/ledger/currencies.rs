//! The currencies of money that was added: amounts of several are never one sum.

use std::collections::{BTreeSet, HashMap};

use crate::money::metadata;

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
        metadata(self.0.iter().filter_map(|number| names.get(number)))
    }
}
