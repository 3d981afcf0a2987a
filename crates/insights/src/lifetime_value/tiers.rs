//! Where a customer stands among the others: tiers and tenths by value, and who moved.
//!
//! A customer's place is the share of the customers who are worth more, so equal value is an equal
//! place. Tier 1 are the places before the first border, tier 2 those before the second, and so on.

use super::question::Mover;
use super::worth::Valued;

/// Borders of tenths.
pub const TENTHS: [f64; 9] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/// The tier of every customer, from 1 on.
pub fn tiers(value: &[i128], borders: &[f64]) -> Vec<u8> {
    let mut sorted = value.to_vec();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let n = sorted.len() as f64;
    let tier = |own: &i128| {
        let n_more = sorted.partition_point(|one| one > own) as f64;
        // A border of 0.2 of 5 customers ends after the first, whatever 0.2 · 5 is in binary.
        1 + borders.iter().filter(|border| n_more >= *border * n - 1e-9).count() as u8
    };
    value.iter().map(tier).collect()
}

/// How customers stood at the first date and stand at the last.
pub struct Moves {
    /// Per customer of the last date, the tier at the first; `None` for who was not there yet.
    pub before: Vec<Option<u8>>,
    /// Per customer of the last date, the value at the first.
    pub value_before: Vec<Option<i128>>,
}

impl Moves {
    /// The moves of the customers of the last date.
    pub fn new(first: &Valued, last: &Valued, borders: &[f64]) -> Moves {
        let then = tiers(&first.value, borders);
        let places = || last.rows.iter().map(|row| first.place(*row));
        Moves {
            before: places().map(|place| then.get(place?).copied()).collect(),
            value_before: places().map(|place| first.value.get(place?).copied()).collect(),
        }
    }

    /// Which way a customer moved, by place at the last date and tier there.
    pub fn mover(&self, place: usize, now: u8) -> Mover {
        match self.before.get(place).copied().flatten() {
            None => Mover::New,
            Some(then) if now < then => Mover::Up,
            Some(then) if now > then => Mover::Down,
            Some(_) => Mover::Same,
        }
    }

    /// By how much a customer's value changed; `None` for who was not there yet.
    pub fn change(&self, place: usize, now: i128) -> Option<i128> {
        self.value_before.get(place).copied().flatten().map(|then| now - then)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_value_is_an_equal_tier_and_borders_are_of_the_customers() {
        assert_eq!(tiers(&[50, 40, 30, 20, 10], &[0.2, 0.6]), [1, 2, 2, 3, 3]);
        assert_eq!(
            tiers(&[5, 5, 5, 1], &[0.5]),
            [1, 1, 1, 2],
            "nobody is worth more than the first"
        );
        assert_eq!(tiers(&[7], &TENTHS), [1]);
        assert_eq!(tiers(&[], &TENTHS), [0_u8; 0]);
        let value: Vec<i128> = (0..100).rev().collect();
        let tenths = tiers(&value, &TENTHS);
        for decile in 1..=10 {
            assert_eq!(tenths.iter().filter(|one| **one == decile).count(), 10, "{decile}");
        }
    }
}
