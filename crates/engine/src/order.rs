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
use std::pin::Pin;
use std::sync::Arc;

use crate::error::EngineError;

/// An order on its way, from whoever knows ids; `None` where none are known.
pub type OrderFound<'a> =
    Pin<Box<dyn Future<Output = Result<Option<Arc<OutsideOrder>>, EngineError>> + Send + 'a>>;

/// Where every customer stands among all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutsideOrder {
    /// Customers by their keys, and the place of each.
    keys: Vec<i64>,
    places: Vec<u32>,
}

impl OutsideOrder {
    /// The order of these customers, each with the one id it is known by.
    pub fn new(ids: Vec<(i64, String)>) -> OutsideOrder {
        let mut ranked: Vec<(Rank, i64, String)> =
            ids.into_iter().map(|(key, id)| (Rank::of(&id), key, id)).collect();
        ranked.sort_unstable_by(|(rank, key, id), (other_rank, other_key, other)| {
            rank.cmp(other_rank).then_with(|| compared(id, other)).then(key.cmp(other_key))
        });
        let places = ranked.into_iter().zip(0_u32..);
        let mut by_key: Vec<(i64, u32)> = places.map(|((_, key, _), place)| (key, place)).collect();
        by_key.sort_unstable();
        let (keys, places) = by_key.into_iter().unzip();
        OutsideOrder { keys, places }
    }

    /// What customers are sorted by: those without an id come last, in order of their keys.
    pub fn place(&self, customer: i64) -> (u32, i64) {
        (self.position(customer).map_or(u32::MAX, |position| self.places[position]), customer)
    }

    /// Keys are given out one after the other: most often a customer stands where its key says.
    fn position(&self, customer: i64) -> Option<usize> {
        let expected = usize::try_from(customer.checked_sub(*self.keys.first()?)?).ok()?;
        if self.keys.get(expected) == Some(&customer) {
            return Some(expected);
        }
        self.keys.binary_search(&customer).ok()
    }
}

/// What decides between nearly all ids without looking at them again: the first of two ids in order
/// never has the greater rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// The value of a whole number.
    Number(u64),
    /// The number of digits of one beyond that.
    Long(usize),
    /// The first bytes of a text.
    Text([u8; 8]),
}

impl Rank {
    fn of(id: &str) -> Rank {
        match digits(id) {
            Some("") => Rank::Number(0),
            Some(digits) => digits.parse().map_or(Rank::Long(digits.len()), Rank::Number),
            None => {
                let mut first = [0; 8];
                first.iter_mut().zip(id.bytes()).for_each(|(own, byte)| *own = byte);
                Rank::Text(first)
            }
        }
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

    #[test]
    fn a_rank_never_says_otherwise_than_the_ids_themselves() {
        let long = "9".repeat(30);
        let ids = ["", "0", "00", "7", "07", "18446744073709551615", "18446744073709551616", &long]
            .into_iter()
            .chain([
                "a",
                "a\u{0}",
                "abcdefgh",
                "abcdefghi",
                "é",
                "客户",
                "-5",
                "1.0",
                "12345678 x",
            ]);
        let ids: Vec<&str> = ids.collect();
        for left in &ids {
            for right in &ids {
                let ranks = Rank::of(left).cmp(&Rank::of(right));
                assert!(
                    ranks == Ordering::Equal || ranks == compared(left, right),
                    "{left} {right}"
                );
            }
        }
    }

    #[test]
    fn keys_with_gaps_are_found_and_others_come_last() {
        let order =
            OutsideOrder::new([(5, "b"), (9, "a"), (6, "c")].map(|(k, id)| (k, id.into())).into());
        assert_eq!(
            [9, 5, 6, 7, 4, i64::MIN].map(|key| order.place(key).0),
            [0, 1, 2, u32::MAX, u32::MAX, u32::MAX]
        );
    }
}
