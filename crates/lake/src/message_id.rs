//! Message ids of rows that came without one.
//!
//! Such an id is the hash of the row's mapped source values, mixed with its ordinal among
//! identical rows of the same customer and instant in the same file. So two identical lines of one
//! file are two events, and the same lines in a second, overlapping export are the same events.
//!
//! Ids are compared within one customer only, so 96 bits of the hash are plenty: among a million
//! rows of one customer two differ in nothing but luck with a chance of 1 in 10¹⁷. The mark in
//! front tells files that hold no other ids from files that do.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_128;

/// Bytes of the text of an id: the mark, and 96 bits in base64.
pub(crate) const ID_BYTES: usize = 17;

/// First byte of every hashed id.
const MARK: u8 = b'~';

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The text of an id: the mark, and its upper 96 bits as base64url.
pub(crate) fn id_text(id: u128) -> [u8; ID_BYTES] {
    let mut text = [MARK; ID_BYTES];
    let halves = [(id >> 80) as u64, (id >> 32) as u64];
    for (half, digits) in halves.into_iter().zip(text[1..].chunks_exact_mut(8)) {
        for (place, digit) in digits.iter_mut().enumerate() {
            *digit = ALPHABET[(half >> (42 - 6 * place) & 63) as usize];
        }
    }
    text
}

/// Whether an id may have been made here. A sender may choose such an id, too: from a copy of ours.
pub(crate) fn is_hashed(id: &[u8]) -> bool {
    id.len() == ID_BYTES && id.first() == Some(&MARK)
}

/// The id of the `ordinal`-th of identical rows, from 0.
fn nth_id(body_hash: u128, ordinal: u64) -> u128 {
    if ordinal == 0 {
        return body_hash;
    }
    let mut bytes = [0; 24];
    bytes[..16].copy_from_slice(&body_hash.to_le_bytes());
    bytes[16..].copy_from_slice(&ordinal.to_le_bytes());
    xxh3_128(&bytes)
}

/// Ids of sorted rows: equal hashes among rows of the same customer and instant are numbered in
/// their order. `is_same` says whether two neighbours have customer and instant in common.
pub(crate) fn hashed_ids<R>(
    rows: &[R],
    is_same: impl FnMut(&R, &R) -> bool,
    hash_of: impl Fn(&R) -> u128,
) -> Vec<u128> {
    let mut ids = Vec::with_capacity(rows.len());
    let mut seen: HashMap<u128, u64> = HashMap::new();
    for group in rows.chunk_by(is_same) {
        if let [only] = group {
            ids.push(hash_of(only));
            continue;
        }
        seen.clear();
        for row in group {
            let hash = hash_of(row);
            let ordinal = seen.entry(hash).or_default();
            ids.push(nth_id(hash, *ordinal));
            *ordinal += 1;
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_a_mark_and_the_upper_96_bits() {
        for (id, text) in [
            (0, b"~AAAAAAAAAAAAAAAA"),
            (u128::MAX, b"~________________"),
            (u128::from(u32::MAX), b"~AAAAAAAAAAAAAAAA"),
            (1 << 32, b"~AAAAAAAAAAAAAAAB"),
            (1 << 80, b"~AAAAAAABAAAAAAAA"),
            (1 << 122, b"~BAAAAAAAAAAAAAAA"),
        ] {
            assert_eq!(&id_text(id), text);
            assert!(is_hashed(text));
        }
        assert!(!is_hashed(b"~short") && !is_hashed(b"AAAAAAAAAAAAAAAAA"));
    }

    #[test]
    fn identical_rows_of_one_instant_are_numbered() {
        let rows: [(i64, u128); 5] = [(1, 7), (1, 8), (1, 7), (2, 7), (3, 9)];
        let ids = hashed_ids(&rows, |left, right| left.0 == right.0, |row| row.1);
        assert_eq!(ids, [7, 8, nth_id(7, 1), 7, 9]);
        assert_ne!(ids[2], 7);
    }
}
