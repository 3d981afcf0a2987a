//! Distinct texts and their codes: one run of bytes and a table of codes, no text of its own
//! anywhere, so that looking one up touches little memory.

use std::hash::{BuildHasher, Hasher, RandomState};

use arrow::array::StringArray;
use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Distinct texts, coded in the order they were met.
#[derive(Debug)]
pub(crate) struct Names {
    seed: u64,
    codes: HashTable<u32>,
    bytes: Vec<u8>,
    /// Where the bytes of each text end.
    ends: Vec<usize>,
}

impl Default for Names {
    fn default() -> Names {
        Names {
            // Random, so that nobody can choose texts that collide.
            seed: RandomState::new().build_hasher().finish(),
            codes: HashTable::new(),
            bytes: Vec::new(),
            ends: Vec::new(),
        }
    }
}

impl Names {
    /// The text of a code.
    pub(crate) fn get(&self, code: u32) -> Option<&str> {
        // Only whole texts are ever appended.
        std::str::from_utf8(bytes_of(&self.bytes, &self.ends, code)?).ok()
    }

    /// The code of a text, if it was met before.
    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        let name = name.as_bytes();
        let is_it = |code: &u32| bytes_of(&self.bytes, &self.ends, *code) == Some(name);
        self.codes.find(xxh3_64_with_seed(name, self.seed), is_it).copied()
    }

    /// The code of a text, new or not.
    pub(crate) fn code(&mut self, name: &str) -> u32 {
        if let Some(code) = self.find(name) {
            return code;
        }
        let code = self.ends.len() as u32;
        self.bytes.extend_from_slice(name.as_bytes());
        self.ends.push(self.bytes.len());
        let (bytes, ends, seed) = (&self.bytes, &self.ends, self.seed);
        let hash_of = |bytes: &[u8]| xxh3_64_with_seed(bytes, seed);
        let rehash = |code: &u32| hash_of(bytes_of(bytes, ends, *code).unwrap_or_default());
        self.codes.insert_unique(hash_of(name.as_bytes()), code, rehash);
        code
    }

    /// The texts by code.
    pub(crate) fn array(&self) -> StringArray {
        (0..self.ends.len() as u32).map(|code| self.get(code)).collect()
    }
}

fn bytes_of<'a>(bytes: &'a [u8], ends: &[usize], code: u32) -> Option<&'a [u8]> {
    let code = code as usize;
    let start = code.checked_sub(1).and_then(|before| ends.get(before)).copied();
    bytes.get(start.unwrap_or(0)..*ends.get(code)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_code() {
        let mut names = Names::default();
        let texts: Vec<String> = (0..2_000).map(|n| format!("{}", n % 700)).collect();
        let codes: Vec<u32> = texts.iter().map(|text| names.code(text)).collect();
        let expected: Vec<u32> = (0..2_000).map(|n| n % 700).collect();
        assert_eq!(codes, expected);
        assert_eq!(names.get(699), Some("699"));
        assert_eq!((names.find(""), names.find("700")), (None, None));
        assert_eq!((names.code(""), names.find("")), (700, Some(700)));
        assert_eq!(names.array().iter().flatten().count(), 701);
    }
}
