//! The order of rows in a file: by customer, instant, place of arrival.
//!
//! Exports are mostly in the order of time, and keys of customers lie close together. So rows are
//! spread by customer digit by digit, which keeps their order of arrival, and only the runs that
//! are not in time order already are compared row by row.

/// A row's place in the file and in the buffer it was read to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) customer: i64,
    pub(crate) ts: i64,
    /// Place in the buffer: the order of arrival.
    pub(crate) position: u32,
}

/// Bits of a customer's key that are looked at in one pass: its counters fit the nearest cache.
const DIGIT_BITS: u32 = 11;
const N_DIGITS: usize = 1 << DIGIT_BITS;
/// Passes from which comparing rows is as quick.
const MAX_PASSES: u32 = 4;

/// Sorts keys that come in the order of their positions.
pub(crate) fn in_order(keys: Vec<Key>) -> Vec<Key> {
    let mut keys = match passes(&keys) {
        Some((first, n_passes)) => by_customer(keys, first, n_passes),
        None => {
            let mut keys = keys;
            keys.sort_unstable();
            return keys;
        }
    };
    for run in keys.chunk_by_mut(|left, right| left.customer == right.customer) {
        if !run.is_sorted_by_key(|key| key.ts) {
            run.sort_unstable_by_key(|key| (key.ts, key.position));
        }
    }
    keys
}

/// The smallest customer and the passes over digits it takes; `None` where it does not pay.
fn passes(keys: &[Key]) -> Option<(i64, u32)> {
    let customers = || keys.iter().map(|key| key.customer);
    let (first, last) = customers().min().zip(customers().max())?;
    let n_bits = u64::BITS - last.abs_diff(first).leading_zeros();
    let n_passes = n_bits.div_ceil(DIGIT_BITS);
    (keys.len() >= N_DIGITS && n_passes <= MAX_PASSES).then_some((first, n_passes))
}

/// Sorts by customer alone, leaving rows of one customer in their order.
fn by_customer(mut keys: Vec<Key>, first: i64, n_passes: u32) -> Vec<Key> {
    let mut spread = vec![Key::default(); keys.len()];
    for pass in 0..n_passes {
        let digit_of =
            |key: &Key| (key.customer.abs_diff(first) >> (pass * DIGIT_BITS)) as usize % N_DIGITS;
        let mut places = [0_usize; N_DIGITS];
        keys.iter().for_each(|key| places[digit_of(key)] += 1);
        let mut next = 0;
        for place in &mut places {
            next += std::mem::replace(place, next);
        }
        for key in &keys {
            let place = &mut places[digit_of(key)];
            spread[*place] = *key;
            *place += 1;
        }
        std::mem::swap(&mut keys, &mut spread);
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_come_in_order(
            rows in prop::collection::vec((0_i64..50, 0_i64..40), 0..400),
            n_copies in 1_usize..12,
            stride in prop::sample::select(vec![1_i64, -3, 1 << 12, 1 << 40, i64::MAX / 64]),
        ) {
            // Long enough to be spread, and by every number of passes.
            let rows = rows.iter().cycle().take(rows.len() * n_copies);
            let keys: Vec<Key> = (0..)
                .zip(rows)
                .map(|(position, (customer, ts))| Key { customer: customer * stride, ts: *ts, position })
                .collect();
            let mut sorted = keys.clone();
            sorted.sort_unstable();
            prop_assert_eq!(in_order(keys), sorted);
        }
    }
}
