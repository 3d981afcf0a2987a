//! Folds that are shown some customers only.
//!
//! A question about the customers of a segment is the same question asked of fewer runs: a
//! [`Restricted`] fold passes on the runs of a [`CustomerSet`] and leaves out the others, so no fold
//! knows of segments, several questions about different customers share one scan, and the way
//! the rows are laid out cannot matter.

use std::sync::Arc;

use arrow::array::RecordBatch;
use serde_json::json;

use crate::batch::{Batch, Run};
use crate::error::EngineError;
use crate::fold::{Fold, Needs, Visitor};

/// A set of customers: one bit each where the keys lie close, a sorted list where they do not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerSet {
    members: Members,
    n: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Members {
    Bits { first: i64, words: Vec<u64> },
    Sorted(Vec<i64>),
}

impl CustomerSet {
    /// The set of these keys, in any order and any number of times.
    pub fn new(mut keys: Vec<i64>) -> CustomerSet {
        keys.sort_unstable();
        keys.dedup();
        let n = keys.len();
        let (Some(&first), Some(&last)) = (keys.first(), keys.last()) else {
            return CustomerSet { members: Members::Sorted(keys), n };
        };
        let n_words = last.abs_diff(first) / 64 + 1;
        // A word of bits for every key of a list: beyond that the list is smaller.
        if n_words > keys.len() as u64 + 1024 {
            return CustomerSet { members: Members::Sorted(keys), n };
        }
        let mut words = vec![0_u64; n_words as usize];
        for key in keys {
            let bit = key.abs_diff(first);
            words[(bit / 64) as usize] |= 1 << (bit % 64);
        }
        CustomerSet { members: Members::Bits { first, words }, n }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.n
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// Whether a customer is one of them.
    pub fn contains(&self, customer: i64) -> bool {
        match &self.members {
            Members::Sorted(keys) => keys.binary_search(&customer).is_ok(),
            Members::Bits { first, words } => {
                if customer < *first {
                    return false;
                }
                let bit = customer.abs_diff(*first);
                let word = usize::try_from(bit / 64).ok().and_then(|word| words.get(word));
                word.is_some_and(|word| word >> (bit % 64) & 1 == 1)
            }
        }
    }

    /// The keys, in order.
    pub fn keys(&self) -> Vec<i64> {
        match &self.members {
            Members::Sorted(keys) => keys.clone(),
            Members::Bits { first, words } => {
                let bits = words.iter().enumerate().flat_map(|(word, bits)| {
                    (0..64)
                        .filter(move |bit| bits >> bit & 1 == 1)
                        .map(move |bit| word as i64 * 64 + bit)
                });
                bits.map(|bit| first + bit).collect()
            }
        }
    }
}

/// A fold over the runs of some customers.
#[derive(Clone, Debug)]
pub struct Restricted {
    inner: Arc<dyn Fold>,
    customers: Arc<CustomerSet>,
}

impl Restricted {
    /// The fold restricted to these customers; as it is where it is not about customers.
    pub fn to(inner: Arc<dyn Fold>, customers: &Arc<CustomerSet>) -> Arc<dyn Fold> {
        if inner.is_about_customers() {
            Arc::new(Restricted { inner, customers: customers.clone() })
        } else {
            inner
        }
    }
}

impl Fold for Restricted {
    fn description(&self) -> (&'static str, serde_json::Value) {
        let (name, question) = self.inner.description();
        (name, json!({ "question": question, "customers": self.customers.keys() }))
    }

    fn needs(&self) -> Needs {
        let needs = self.inner.needs();
        if self.customers.is_empty() {
            // Nobody's rows are needed, and whatever another fold reads is not shown.
            return Needs { events: Some(Vec::new()), ts: 0..0, ..needs };
        }
        needs
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        let customers = self.customers.clone();
        Box::new(Leaving { inner: self.inner.visitor(), customers, kept: Vec::new() })
    }
}

/// Leaves out the runs of other customers.
struct Leaving {
    inner: Box<dyn Visitor>,
    customers: Arc<CustomerSet>,
    kept: Vec<Run>,
}

impl Visitor for Leaving {
    fn visit(&mut self, batch: &Batch, runs: &[Run]) -> Result<(), EngineError> {
        self.kept.clear();
        self.kept.extend(runs.iter().filter(|run| self.customers.contains(run.customer)).cloned());
        if self.kept.is_empty() {
            return Ok(());
        }
        self.inner.visit(batch, &self.kept)
    }

    fn finish(self: Box<Self>) -> Result<RecordBatch, EngineError> {
        self.inner.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_exactly_its_keys_near_or_far_apart() {
        for keys in [
            vec![],
            vec![7],
            vec![3, 1, 2, 3, 64, 65, 128],
            (1..5_000).filter(|key| key % 3 == 0).collect(),
            vec![1, i64::MAX, i64::MIN, 0],
            vec![i64::MAX - 1, i64::MAX],
        ] {
            let set = CustomerSet::new(keys.clone());
            let mut sorted = keys.clone();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(set.keys(), sorted);
            assert_eq!(set.len(), sorted.len());
            for key in (-3..300).chain([
                i64::MAX - 2,
                i64::MAX - 1,
                i64::MAX,
                i64::MIN,
                4_998,
                4_999,
                5_001,
            ]) {
                assert_eq!(set.contains(key), keys.contains(&key), "{key} of {} keys", keys.len());
            }
        }
    }
}
