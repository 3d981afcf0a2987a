//! The customer key: one `i64` per resolved identity, allotted by the `identity` table.
//!
//! A key is never a hash of an outside id, so two customers can never collide and a merge can
//! move rows from one key to another. Keys start at 1.

use serde::{Deserialize, Serialize};

/// One customer, as every file, fold and answer names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CustomerKey(pub i64);
