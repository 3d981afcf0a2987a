//! The customers behind one number.

use arrow::array::RecordBatch;
use perennial_engine::error::EngineError;

use super::fold::Sink;
use super::question::CellRef;
use super::visit::Customer;
use crate::funnel::keys_batch;
use crate::nodes::NodeCoder;
use crate::visits::Stop;

/// Collects customers.
pub struct Members {
    cell: CellRef,
    found: Vec<i64>,
}

impl Members {
    /// Nobody yet.
    pub fn new(cell: CellRef) -> Members {
        Members { cell, found: Vec::new() }
    }

    fn is_in(&self, customer: &Customer<'_>, nodes: &NodeCoder) -> bool {
        let is = |stop: Option<&Stop>, name: &str| {
            stop.is_some_and(|stop| nodes.name(stop.node) == Some(name))
        };
        let did =
            |name: &str| customer.first_session().stops.iter().any(|stop| is(Some(stop), name));
        let returned = customer.first.and_then(|first| first.returned);
        match &self.cell {
            CellRef::Entry(name) => customer.sessions().any(|one| is(one.stops.first(), name)),
            CellRef::Exit(name) => {
                customer.sessions().any(|one| !one.is_open && is(one.stops.last(), name))
            }
            CellRef::Did(name) => returned.is_some() && did(name),
            CellRef::DidAndReturned(name) => returned == Some(true) && did(name),
            CellRef::Sessions(n) => customer.sessions().len() == *n as usize,
            CellRef::Bounced(bounced) => {
                customer.sessions().any(|one| !one.is_open && one.stops.len() == 1) == *bounced
            }
        }
    }
}

impl Sink for Members {
    fn customer(&mut self, key: i64, customer: &Customer<'_>, nodes: &NodeCoder) {
        if self.is_in(customer, nodes) {
            self.found.push(key);
        }
    }

    fn finish(self, _nodes: &NodeCoder) -> Result<RecordBatch, EngineError> {
        keys_batch(self.found)
    }
}
