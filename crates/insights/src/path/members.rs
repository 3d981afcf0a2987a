//! The customers behind one number.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::error::EngineError;

use super::fold::Sink;
use super::question::End;
use super::walk::Path;
use crate::funnel::keys_batch;
use crate::nodes::NodeCoder;

/// Which node is meant.
#[derive(Clone, Debug)]
pub enum Node {
    /// The one of that name.
    Named(String),
    /// Every one but these.
    Rest(Arc<Vec<String>>),
}

impl Node {
    fn is(&self, name: &str) -> bool {
        match self {
            Node::Named(own) => own == name,
            Node::Rest(kept) => !kept.iter().any(|one| one == name),
        }
    }
}

/// The number whose customers are wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Step of the node, from 0.
    pub step: usize,
    /// The node.
    pub node: Node,
    /// The node after it; any where absent.
    pub next: Option<Node>,
    /// How the path ends there; any way where absent.
    pub end: Option<End>,
}

/// Collects customers.
pub struct Members {
    wanted: Wanted,
    /// Whether a node is the one wanted, and the one wanted after it, as far as looked up.
    known: HashMap<u32, (bool, bool)>,
    found: Vec<i64>,
}

impl Members {
    /// Nobody yet.
    pub fn new(wanted: Wanted) -> Members {
        Members { wanted, known: HashMap::new(), found: Vec::new() }
    }

    fn look_up(&mut self, node: u32, nodes: &NodeCoder) -> (bool, bool) {
        let wanted = &self.wanted;
        *self.known.entry(node).or_insert_with(|| {
            let name = nodes.name(node).unwrap_or_default();
            (wanted.node.is(name), wanted.next.as_ref().is_some_and(|next| next.is(name)))
        })
    }
}

impl Sink for Members {
    fn path(&mut self, customer: i64, path: &Path<'_>, nodes: &NodeCoder) {
        let step = self.wanted.step;
        let Some(node) = path.nodes.get(step) else { return };
        if self.found.last() == Some(&customer) || !self.look_up(*node, nodes).0 {
            return;
        }
        let next = path.nodes.get(step + 1).copied();
        let goes_on = match (&self.wanted.next, next) {
            (None, _) => true,
            (Some(_), Some(next)) => self.look_up(next, nodes).1,
            (Some(_), None) => false,
        };
        let ends = self.wanted.end.is_none_or(|end| next.is_none() && path.end == end);
        if goes_on && ends {
            self.found.push(customer);
        }
    }

    fn close(&mut self) -> Result<(), EngineError> {
        Ok(())
    }

    fn finish(self, _nodes: &NodeCoder) -> Result<RecordBatch, EngineError> {
        keys_batch(self.found)
    }
}
