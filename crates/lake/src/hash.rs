//! A quick hash for tables of names and outside ids, seeded anew in every process.

use std::hash::{BuildHasher, Hasher, RandomState};

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Makes hashers from one random seed, so that nobody can choose ids that collide.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seeded {
    seed: u64,
}

impl Default for Seeded {
    fn default() -> Seeded {
        Seeded { seed: RandomState::new().build_hasher().finish() }
    }
}

impl BuildHasher for Seeded {
    type Hasher = Quick;

    fn build_hasher(&self) -> Quick {
        Quick { state: self.seed }
    }
}

/// XXH3 over each piece, seeded with what came before.
#[derive(Debug)]
pub(crate) struct Quick {
    state: u64,
}

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        self.state = xxh3_64_with_seed(bytes, self.state);
    }

    fn write_u8(&mut self, _end_of_text: u8) {
        // Every key is one text, so its end says nothing.
    }

    fn finish(&self) -> u64 {
        self.state
    }
}
