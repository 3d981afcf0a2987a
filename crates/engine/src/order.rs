//! The order of customers by the ids they are known by outside, which no import can change.
//!
//! Who comes first among equals? Keys are given out as customers become known, so the same company
//! imported from other files has other keys. Outside ids are the same: whole numbers come first, by
//! their value, then all other ids as texts, byte by byte.
//!
//! ```text
//! 9 < 012 < 12 < 100 < A-7 < anna < #4 without an id
//! ```

use std::cmp::Ordering;
use std::collections::HashMap;
use std::pin::Pin;

use crate::error::EngineError;

/// An order on its way, from whoever knows ids; `None` where none are known.
pub type OrderFound<'a> =
    Pin<Box<dyn Future<Output = Result<Option<OutsideOrder>, EngineError>> + Send + 'a>>;

/// Where every customer stands among all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutsideOrder {
    places: HashMap<i64, u32>,
}

impl OutsideOrder {
    /// The order of these customers, each with the one id it is known by.
    pub fn new(mut ids: Vec<(i64, String)>) -> OutsideOrder {
        ids.sort_unstable_by(|(key, id), (other_key, other)| {
            compared(id, other).then(key.cmp(other_key))
        });
        OutsideOrder {
            places: ids.into_iter().zip(0..).map(|((key, _), place)| (key, place)).collect(),
        }
    }

    /// What customers are sorted by: those without an id come last, in order of their keys.
    pub fn place(&self, customer: i64) -> (u32, i64) {
        (self.places.get(&customer).copied().unwrap_or(u32::MAX), customer)
    }
}

/// The order of two ids.
fn compared(left: &str, right: &str) -> Ordering {
    match (digits(left), digits(right)) {
        // Without leading zeros the longer number is the larger one.
        (Some(one), Some(other)) => {
            one.len().cmp(&other.len()).then(one.cmp(other)).then(left.cmp(right))
        }
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => left.cmp(right),
    }
}

/// The digits of a whole number without its leading zeros; `None` for any other text.
fn digits(id: &str) -> Option<&str> {
    let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| id.trim_start_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_by_value_and_before_texts_whatever_the_keys() {
        let ids = ["anna", "100", "012", "9", "A-7", "12"];
        let order = OutsideOrder::new((1..).zip(ids.map(str::to_owned)).collect());
        let mut keys: Vec<i64> = (0..=7).collect();
        keys.sort_by_key(|key| order.place(*key));
        assert_eq!(
            keys,
            [4, 3, 6, 2, 5, 1, 0, 7],
            "9 012 12 100 A-7 anna, then those without an id"
        );
    }
}
