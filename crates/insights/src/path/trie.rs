//! Paths as a tree of shared beginnings, each counted where it ends.
//!
//! Whatever is asked of paths follows from how many end at which place of the tree and how: a node
//! has as many arrivals as paths end at it or below it. So a path costs one look-up per node and
//! one addition.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::question::End;
use super::walk::{Class, Path};

/// Nodes with smaller numbers are found by position, below the places that most paths pass: the
/// first ones, which come to 16 MiB at most.
const DENSE: usize = 64;
const DENSE_PLACES: usize = 1 << 16;
/// Nothing there.
const NONE: u32 = 0;
/// Ways a path can end, by what became of its customer.
pub const N_ENDS: usize = 12;

/// Where a path's end is counted.
pub fn end_slot(end: End, class: Class) -> usize {
    let end = match end {
        End::Dropped => 0,
        End::Open => 1,
        End::Cut => 2,
        End::Arrived => 3,
    };
    let class = match class {
        Class::Unknown => 0,
        Class::Stayed => 4,
        Class::Left => 8,
    };
    end + class
}

/// The tree; place 0 is its root, which stands before the first node.
#[derive(Debug)]
pub struct Trie {
    /// Places below, for nodes with small numbers.
    dense: Vec<[u32; DENSE]>,
    /// Places below, for the other ones.
    others: HashMap<u64, u32, BuildHasherDefault<Mixer>>,
    /// Place above and node.
    parents: Vec<(u32, u32)>,
    /// Paths that end at a place.
    ends: Vec<[u64; N_ENDS]>,
}

impl Default for Trie {
    fn default() -> Trie {
        Trie {
            dense: vec![[NONE; DENSE]],
            others: HashMap::default(),
            parents: vec![(0, 0)],
            ends: vec![[0; N_ENDS]],
        }
    }
}

impl Trie {
    /// The place of a node below another place.
    pub fn below(&mut self, place: u32, node: u32) -> u32 {
        if let Some(found) = self.dense.get(place as usize).and_then(|row| row.get(node as usize)) {
            return if *found == NONE { self.add(place, node) } else { *found };
        }
        match self.others.get(&key(place, node)) {
            Some(found) => *found,
            None => self.add(place, node),
        }
    }

    #[cold]
    fn add(&mut self, place: u32, node: u32) -> u32 {
        let new = self.parents.len() as u32;
        self.parents.push((place, node));
        if self.dense.len() < DENSE_PLACES {
            self.dense.push([NONE; DENSE]);
        }
        self.ends.push([0; N_ENDS]);
        match self.dense.get_mut(place as usize).and_then(|row| row.get_mut(node as usize)) {
            Some(slot) => *slot = new,
            None => {
                self.others.insert(key(place, node), new);
            }
        }
        new
    }

    /// Counts a path; gives the place it ends at.
    pub fn count(&mut self, path: &Path<'_>) -> u32 {
        let place = path.nodes.iter().fold(0, |place, node| self.below(place, *node));
        self.ends[place as usize][end_slot(path.end, path.class)] += 1;
        place
    }

    /// Adds ends to a place.
    pub fn add_ends(&mut self, place: u32, ends: &[u64; N_ENDS]) {
        if let Some(own) = self.ends.get_mut(place as usize) {
            own.iter_mut().zip(ends).for_each(|(own, more)| *own += more);
        }
    }

    /// How many places there are, the root included.
    pub fn len(&self) -> usize {
        self.parents.len()
    }

    /// Every place but the root, with the place above it, its node and the paths that end there;
    /// a place stands after the one above it.
    pub fn places(&self) -> impl Iterator<Item = (u32, u32, u32, &[u64; N_ENDS])> {
        let rows = self.parents.iter().zip(&self.ends).enumerate().skip(1);
        rows.map(|(place, ((above, node), ends))| (place as u32, *above, *node, ends))
    }
}

fn key(place: u32, node: u32) -> u64 {
    u64::from(place) << 32 | u64::from(node)
}

/// Hashes the keys of places: they are small numbers, so one multiplication spreads them.
#[derive(Debug, Default)]
pub struct Mixer {
    state: u64,
}

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        let mixed = (self.state ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.state = mixed ^ (mixed >> 32);
    }

    fn finish(&self) -> u64 {
        self.state
    }
}
