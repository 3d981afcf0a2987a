//! Explanations: how much each column moved one customer's score away from the average.
//!
//! Answers "why is this customer at risk?". The share of a column is its Shapley value in the game
//! whose worth `v(S)` is the mean output of the trees when only the columns `S` are known: at a
//! split by an unknown column both sides count by the rows that took them in training. It is
//! computed exactly in `O(leaves × depth²)` a tree by Algorithm 2 of S. Lundberg et al. (2020), From
//! local explanations to global understanding with explainable AI for trees, Nature Machine
//! Intelligence 2, 56–67 (path-dependent TreeSHAP).
//!
//! Base and shares of a row add up to its output. Columns that say the same share what they say, so
//! read correlated columns together. Association is not cause: the share says what the model used,
//! not what would happen if the value were changed.

use crate::learn::{Contributions, LearnError, Scale, Table};
use crate::trees::{Cells, Code, Ensemble, Tree};

/// A column on the way from the root to a leaf (the columns `m` of Algorithm 2).
#[derive(Clone, Copy, Debug)]
struct Step {
    /// The column; `NONE` for the root.
    column: usize,
    /// The share of rows that would pass here if the column were not known.
    unknown: f64,
    /// 1 when the row passes here knowing the column, else 0.
    known: f64,
    /// The weight of subsets by how many columns are known.
    weight: f64,
}

const NONE: usize = usize::MAX;

/// The contributions of the columns to the outputs of `ensemble`, per row of `table`.
pub(crate) fn contributions(
    ensemble: &Ensemble,
    table: &Table,
    scale: Scale,
) -> Result<Contributions, LearnError> {
    let values = if ensemble.encoder.fits_bytes() {
        explain::<u8>(ensemble, table)?
    } else {
        explain::<u32>(ensemble, table)?
    };
    let means: f64 = ensemble.trees.iter().map(mean_output).sum();
    let base = ensemble.base + ensemble.scale * means;
    Ok(Contributions { scale, base, n_columns: ensemble.encoder.n_columns(), values })
}

fn explain<C: Code>(ensemble: &Ensemble, table: &Table) -> Result<Vec<f64>, LearnError> {
    let n_columns = ensemble.encoder.n_columns();
    ensemble.in_blocks::<C, f64>(table, |cells, n_rows| {
        let mut values = vec![0.0; n_rows * n_columns];
        for (row, shares) in values.chunks_exact_mut(n_columns).enumerate() {
            for tree in &ensemble.trees {
                Walk { tree, cells, row: row as u32, shares, path: Vec::new() }.run();
            }
            shares.iter_mut().for_each(|share| *share *= ensemble.scale);
        }
        values
    })
}

/// The share of the rows passing a split that went left in training.
fn left_share(tree: &Tree, left: u32) -> f64 {
    let [to_left, to_right] = [left, left + 1].map(|side| f64::from(tree.covers[side as usize]));
    let total = to_left + to_right;
    if total > 0.0 { to_left / total } else { 0.5 }
}

/// The mean leaf, each by the rows that came to it.
fn mean_output(tree: &Tree) -> f64 {
    let mut shares = vec![0.0; tree.nodes.len()];
    shares[0] = 1.0;
    let mut mean = 0.0;
    // Sides stand after their split, so a node's share is known when its turn comes.
    for (place, node) in tree.nodes.iter().enumerate() {
        let share: f64 = shares[place];
        if node.is_leaf(place as u32) {
            mean += share * f64::from(tree.values[place]);
        } else {
            let to_left = left_share(tree, node.left);
            shares[node.left as usize] = share * to_left;
            shares[node.left as usize + 1] = share * (1.0 - to_left);
        }
    }
    mean
}

/// One row's way through one tree, down both sides of every split.
struct Walk<'a, X> {
    tree: &'a Tree,
    cells: &'a X,
    row: u32,
    shares: &'a mut [f64],
    /// The paths of all nodes above, one after the other; a node's own is the last.
    path: Vec<Step>,
}

impl<X: Cells> Walk<'_, X> {
    fn run(&mut self) {
        self.path.clear();
        self.path.push(Step { column: NONE, unknown: 1.0, known: 1.0, weight: 1.0 });
        self.visit(0, 0);
    }

    /// Visits a node whose path is `self.path[from..]`, and leaves the path as it was.
    fn visit(&mut self, place: u32, from: usize) {
        let node = self.tree.nodes[place as usize];
        if node.is_leaf(place) {
            self.settle(from, f64::from(self.tree.values[place as usize]));
            return;
        }
        let column = node.column();
        let taken = self.tree.step(place, self.cells, self.row);
        let to_left = left_share(self.tree, node.left);
        for (side, share) in [(node.left, to_left), (node.left + 1, 1.0 - to_left)] {
            let own = self.path.len();
            self.path.extend_from_within(from..own);
            let (mut unknown, mut known) = (1.0, 1.0);
            // A column met before is taken out of the path and comes back with both its splits.
            if let Some(before) = self.path[own..].iter().position(|step| step.column == column) {
                let step = self.path[own + before];
                (unknown, known) = (step.unknown, step.known);
                unwind(&mut self.path, own, before);
            }
            let known = if side == taken { known } else { 0.0 };
            extend(
                &mut self.path,
                own,
                Step { column, unknown: unknown * share, known, weight: 0.0 },
            );
            self.visit(side, own);
            self.path.truncate(own);
        }
    }

    /// Shares out what a leaf says to the columns on its path.
    fn settle(&mut self, from: usize, value: f64) {
        let path = &self.path[from..];
        for (place, step) in path.iter().enumerate().skip(1) {
            let weight = weight_without(path, place);
            self.shares[step.column] += weight * (step.known - step.unknown) * value;
        }
    }
}

/// EXTEND of Algorithm 2: the subsets of the path, with and without one column more.
fn extend(path: &mut Vec<Step>, from: usize, step: Step) {
    path.push(step);
    let path = &mut path[from..];
    let last = path.len() - 1;
    let size = (last + 1) as f64;
    for i in (0..last).rev() {
        path[i + 1].weight += step.known * path[i].weight * (i + 1) as f64 / size;
        path[i].weight *= step.unknown * (last - i) as f64 / size;
    }
}

/// UNWIND of Algorithm 2: the path as if the column at `place` had not been met.
fn unwind(path: &mut Vec<Step>, from: usize, place: usize) {
    let own = &mut path[from..];
    let last = own.len() - 1;
    let size = (last + 1) as f64;
    let Step { unknown, known, .. } = own[place];
    let mut next = own[last].weight;
    for i in (0..last).rev() {
        if known == 0.0 {
            own[i].weight *= size / (unknown * (last - i) as f64);
        } else {
            let before = own[i].weight;
            own[i].weight = next * size / ((i + 1) as f64 * known);
            next = before - own[i].weight * unknown * (last - i) as f64 / size;
        }
    }
    for i in place..last {
        own[i] = Step { weight: own[i].weight, ..own[i + 1] };
    }
    path.pop();
}

/// The sum of the weights of the path without the column at `place`.
fn weight_without(path: &[Step], place: usize) -> f64 {
    let last = path.len() - 1;
    let size = (last + 1) as f64;
    let Step { unknown, known, .. } = path[place];
    let mut next = path[last].weight;
    let mut sum = 0.0;
    for (i, step) in path[..last].iter().enumerate().rev() {
        if known == 0.0 {
            sum += step.weight * size / (unknown * (last - i) as f64);
        } else {
            let own = next * size / ((i + 1) as f64 * known);
            sum += own;
            next = step.weight - own * unknown * (last - i) as f64 / size;
        }
    }
    sum
}

#[cfg(test)]
mod tests;
