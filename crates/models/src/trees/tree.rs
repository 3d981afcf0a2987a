//! A grown tree: nodes of twelve bytes in one array, walked by many rows at once.
//!
//! The two sides of a split stand next to each other, and a leaf leads to itself, so a step needs no
//! branch: `next = node.left + (code > node.cut)`. Eight rows walk side by side, because one row
//! alone would wait for memory at each step.

use serde::{Deserialize, Serialize};

use super::split::{Split, Sums};

/// Marks the view of a split by a set of categories.
pub(crate) const BY_SET: u32 = 1 << 31;
/// Rows that walk a tree side by side.
const N_LANES: usize = 8;

/// A split, or a leaf. Stored as its three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "[u32; 3]", into = "[u32; 3]")]
pub(crate) struct Node {
    /// The left side; the right side is the next node. A leaf leads to itself.
    pub(crate) left: u32,
    /// Codes up to this go left; for a split by a set, which of the tree's sets goes left.
    pub(crate) cut: u32,
    /// Twice the column, plus 1 when the missing go right; [`BY_SET`] marks a split by a set.
    pub(crate) view: u32,
}

impl From<[u32; 3]> for Node {
    fn from([left, cut, view]: [u32; 3]) -> Node {
        Node { left, cut, view }
    }
}

impl From<Node> for [u32; 3] {
    fn from(node: Node) -> [u32; 3] {
        [node.left, node.cut, node.view]
    }
}

impl Node {
    pub(crate) fn leaf(place: u32) -> Node {
        Node { left: place, cut: u32::MAX, view: 0 }
    }

    pub(crate) fn is_leaf(self, place: u32) -> bool {
        self.left == place
    }

    /// The column it splits by.
    pub(crate) fn column(self) -> usize {
        ((self.view & !BY_SET) >> 1) as usize
    }
}

/// 256 categories, one bit each.
pub(crate) type CategorySet = [u64; 4];

/// Whether `set` holds `category`.
#[inline]
pub(crate) fn holds(set: &CategorySet, category: u32) -> bool {
    set[(category >> 6) as usize & 3] >> (category & 63) & 1 == 1
}

/// A tree; the root is node 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
    /// What each node says, were it a leaf.
    pub(crate) values: Vec<f32>,
    /// The hessians (weights, for a forest) of the rows that passed a node.
    pub(crate) covers: Vec<f32>,
    /// The sets of categories that go left.
    pub(crate) sets: Vec<CategorySet>,
}

impl Tree {
    pub(super) fn push_leaf(&mut self) {
        self.nodes.push(Node::leaf(self.nodes.len() as u32));
        self.values.push(0.0);
        self.covers.push(0.0);
    }

    /// Notes what a node says as a leaf, and what passed it.
    pub(super) fn say(&mut self, place: u32, sums: Sums, value: f64) {
        self.values[place as usize] = value as f32;
        self.covers[place as usize] = sums.hessian as f32;
    }

    /// Turns a leaf into a split with two new leaves; the place of the left one.
    pub(super) fn branch(&mut self, place: u32, split: &Split) -> u32 {
        let left = self.nodes.len() as u32;
        self.push_leaf();
        self.push_leaf();
        let cut = match split.set {
            Some(set) => {
                self.sets.push(set);
                self.sets.len() as u32 - 1
            }
            None => split.cut,
        };
        self.nodes[place as usize] = Node { left, cut, view: split.view };
        left
    }

    pub(super) fn shrink(&mut self) {
        self.nodes.shrink_to_fit();
        self.values.shrink_to_fit();
        self.covers.shrink_to_fit();
        self.sets.shrink_to_fit();
    }
}

/// Rows as codes, as a walk asks for them.
pub(crate) trait Cells {
    /// Where the codes of `row` begin.
    fn start(&self, row: u32) -> usize;
    /// The code of a number, of the row that begins at `start`, on the side of `view` where missing
    /// ones belong.
    fn ordered(&self, start: usize, view: u32) -> u32;
    /// The code of a category; `view` without its mark.
    fn category(&self, start: usize, view: u32) -> u32;
}

impl Tree {
    /// The node the row at `start` comes to from the node at `place`; `place` itself when that is a
    /// leaf. Without `BY_SETS` the tree has no split by a set.
    fn next<const BY_SETS: bool>(&self, place: u32, cells: &impl Cells, start: usize) -> u32 {
        let node = self.nodes[place as usize];
        if BY_SETS && node.view & BY_SET != 0 {
            let category = cells.category(start, node.view & !BY_SET);
            return node.left + u32::from(!holds(&self.sets[node.cut as usize], category));
        }
        node.left + u32::from(cells.ordered(start, node.view) > node.cut)
    }

    /// The node `row` comes to from the node at `place`; `place` itself when that is a leaf.
    pub(crate) fn step(&self, place: u32, cells: &impl Cells, row: u32) -> u32 {
        self.next::<true>(place, cells, cells.start(row))
    }

    /// Walks [`N_LANES`] rows to their leaves.
    fn walk<const BY_SETS: bool>(
        &self,
        cells: &impl Cells,
        starts: [usize; N_LANES],
    ) -> [u32; N_LANES] {
        let mut places = [0; N_LANES];
        // Few leaves lie above the depth of a balanced tree of this size, and a leaf leads to
        // itself: down to there no step asks whether any row still moves.
        for _ in 0..self.nodes.len().ilog2() {
            for (place, &start) in places.iter_mut().zip(&starts) {
                *place = self.next::<BY_SETS>(*place, cells, start);
            }
        }
        loop {
            let mut moved = 0;
            for (place, &start) in places.iter_mut().zip(&starts) {
                let next = self.next::<BY_SETS>(*place, cells, start);
                moved |= next ^ *place;
                *place = next;
            }
            if moved == 0 {
                return places;
            }
        }
    }
}

/// Calls `found(i, leaf)` for each of `rows`, `i` counting them.
pub(crate) fn leaves_of(
    tree: &Tree,
    cells: &impl Cells,
    rows: impl Iterator<Item = u32>,
    found: impl FnMut(usize, u32),
) {
    if tree.sets.is_empty() {
        walk_all::<false>(tree, cells, rows, found);
    } else {
        walk_all::<true>(tree, cells, rows, found);
    }
}

fn walk_all<const BY_SETS: bool>(
    tree: &Tree,
    cells: &impl Cells,
    rows: impl Iterator<Item = u32>,
    mut found: impl FnMut(usize, u32),
) {
    let mut lanes = [0; N_LANES];
    let (mut n_waiting, mut n_done) = (0, 0);
    for row in rows {
        lanes[n_waiting] = cells.start(row);
        n_waiting += 1;
        if n_waiting == N_LANES {
            for leaf in tree.walk::<BY_SETS>(cells, lanes) {
                found(n_done, leaf);
                n_done += 1;
            }
            n_waiting = 0;
        }
    }
    if n_waiting > 0 {
        // The last few walk with old rows beside them, whose leaves are not asked for.
        for &leaf in tree.walk::<BY_SETS>(cells, lanes).iter().take(n_waiting) {
            found(n_done, leaf);
            n_done += 1;
        }
    }
}
