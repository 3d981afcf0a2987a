//! Message ids of rows that came without one.
//!
//! Such an id is the hash of the row's mapped source values, mixed with its ordinal among
//! identical rows of the same customer and instant in the same file. So two identical lines of one
//! file are two events, and the same lines in a second, overlapping export are the same events.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_128;

/// Bytes of the text of an id: 128 bits in base64 without padding.
pub(crate) const ID_BYTES: usize = 22;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The text of an id, base64url.
pub(crate) fn id_text(id: u128) -> [u8; ID_BYTES] {
    let mut text = [0; ID_BYTES];
    for (place, byte) in text.iter_mut().enumerate() {
        // The last digit holds the two bits that are left over.
        let digit = match 122_u32.checked_sub(6 * place as u32) {
            Some(shift) => id >> shift,
            None => id << 4,
        };
        *byte = ALPHABET[(digit & 63) as usize];
    }
    text
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
    fn ids_are_text_of_128_bits() {
        assert_eq!(&id_text(0), b"AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(&id_text(u128::MAX), b"_____________________w");
        assert_eq!(&id_text(1), b"AAAAAAAAAAAAAAAAAAAAAQ");
        assert_eq!(&id_text(1 << 122), b"BAAAAAAAAAAAAAAAAAAAAA");
    }

    #[test]
    fn identical_rows_of_one_instant_are_numbered() {
        let rows: [(i64, u128); 5] = [(1, 7), (1, 8), (1, 7), (2, 7), (3, 9)];
        let ids = hashed_ids(&rows, |left, right| left.0 == right.0, |row| row.1);
        assert_eq!(ids, [7, 8, nth_id(7, 1), 7, 9]);
        assert_ne!(ids[2], 7);
    }
}
