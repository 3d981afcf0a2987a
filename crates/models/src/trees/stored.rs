//! An ensemble read back: what is damaged is refused before a row walks it.
//!
//! A walk asks nothing of a tree but that every step leads on to a node of it, that columns and sets
//! are there, and that leaves lead to themselves. That is checked here once, so that a file cut short
//! or altered is an error with the tree it is in, and never an endless walk.

use serde::Deserialize;

use super::axis::Axis;
use super::ensemble::{Encoder, Ensemble};
use super::tree::{BY_SET, Node, Tree};
use crate::learn::LearnError;

/// An ensemble as it was stored.
#[derive(Deserialize)]
pub(super) struct Stored {
    encoder: Encoder,
    trees: Vec<Tree>,
    #[serde(with = "crate::exact::number")]
    base: f64,
    #[serde(with = "crate::exact::number")]
    scale: f64,
}

impl TryFrom<Stored> for Ensemble {
    type Error = LearnError;

    fn try_from(stored: Stored) -> Result<Ensemble, LearnError> {
        let Stored { encoder, trees, base, scale } = stored;
        let damaged = |what: String| LearnError::Damaged { what };
        if encoder.schema().n_columns() != encoder.n_columns() {
            return Err(damaged("the list of columns".to_owned()));
        }
        if trees.is_empty() || !base.is_finite() || !scale.is_finite() {
            return Err(damaged("the list of trees".to_owned()));
        }
        match trees.iter().position(|tree| !is_sound(tree, encoder.axes())) {
            Some(place) => Err(damaged(format!("tree {place}"))),
            None => Ok(Ensemble { encoder, trees, base, scale, n_threads: 0 }),
        }
    }
}

fn is_sound(tree: &Tree, axes: &[Axis]) -> bool {
    let n_nodes = tree.nodes.len();
    let complete = n_nodes > 0 && tree.values.len() == n_nodes && tree.covers.len() == n_nodes;
    complete && (0..).zip(&tree.nodes).all(|(place, node)| node_is_sound(place, *node, tree, axes))
}

fn node_is_sound(place: u32, node: Node, tree: &Tree, axes: &[Axis]) -> bool {
    if node.is_leaf(place) {
        return node == Node::leaf(place);
    }
    // Sides stand after their split, so every walk ends.
    let leads_on = node.left > place && (node.left as usize) < tree.nodes.len() - 1;
    let by_set = node.view & BY_SET != 0;
    let splits = match axes.get(node.column()) {
        Some(Axis::Ordered(cuts)) => !by_set && node.cut as usize <= cuts.len(),
        Some(Axis::Categories(_)) => by_set && (node.cut as usize) < tree.sets.len(),
        None => false,
    };
    leads_on && splits
}
