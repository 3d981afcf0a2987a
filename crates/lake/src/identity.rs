//! Outside ids to customers: one entry per known id, new ones allotted as they are met.
//!
//! A new identity becomes true with the first commit that has rows of it. Until then it lives
//! here only, and every commit that used it brings it along, so it does not matter which of two
//! imports that met the same new customer is published first, or at all.

use std::collections::HashSet;

use arrow::array::{Array, StringArray};
use perennial_store::{Identity, NewIdentity, ReservedKeys, Store};

use crate::error::Result;
use crate::layout::bucket_of;
use crate::names::Names;

/// Keys reserved at a time: the first reservation, doubled each time up to the last.
const RESERVE: std::ops::RangeInclusive<i64> = 256..=65_536;

/// The id every customer is shown by, in order of the customers: the first of its identities.
pub(crate) async fn shown(store: &Store) -> Result<Vec<(i64, String)>> {
    let mut known: Vec<Identity> = Vec::new();
    for namespace in store.namespaces().await? {
        known.extend(store.identities(&namespace).await?);
    }
    known.sort_unstable_by_key(|identity| (identity.customer, identity.id));
    known.dedup_by_key(|identity| identity.customer);
    Ok(known.into_iter().map(|identity| (identity.customer, identity.outside_id)).collect())
}

/// Position of an identity in its [`Resolver`].
pub(crate) type Entry = u32;

/// An outside id's place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resolved {
    pub(crate) identity: i64,
    pub(crate) customer: i64,
    pub(crate) bucket: i32,
}

/// Where keys that nobody else gets come from.
pub(crate) trait Keys {
    /// Reserves `n` identities and as many customers.
    fn reserve(&mut self, n: i64) -> Result<ReservedKeys>;
}

/// Every identity of one namespace.
#[derive(Debug)]
pub(crate) struct Resolver {
    namespace: String,
    n_buckets: i32,
    /// Outside ids, by entry.
    ids: Names,
    entries: Vec<Resolved>,
    /// The entries no commit has made true yet.
    uncommitted: HashSet<Entry>,
    reserved: std::ops::Range<i64>,
    /// What to add to a reserved number to get the customer's key.
    customer_offset: i64,
    next_reserve: i64,
}

impl Resolver {
    /// The known identities of a namespace.
    pub(crate) fn new(namespace: &str, n_buckets: i32, known: Vec<Identity>) -> Resolver {
        let mut ids = Names::default();
        let mut entries = Vec::with_capacity(known.len());
        for identity in known {
            ids.code(&identity.outside_id);
            let bucket = bucket_of(identity.customer, n_buckets);
            entries.push(Resolved { identity: identity.id, customer: identity.customer, bucket });
        }
        Resolver {
            namespace: namespace.to_owned(),
            n_buckets,
            ids,
            entries,
            uncommitted: HashSet::new(),
            reserved: 0..0,
            customer_offset: 0,
            next_reserve: *RESERVE.start(),
        }
    }

    /// Appends the entry of every id. Ids must not be null.
    pub(crate) fn resolve(
        &mut self,
        ids: &StringArray,
        keys: &mut dyn Keys,
        entries: &mut Vec<Entry>,
    ) -> Result<()> {
        entries.reserve(ids.len());
        for row in 0..ids.len() {
            let id = ids.value(row);
            let entry = match self.ids.find(id) {
                Some(entry) => entry,
                None => self.allot(id, keys)?,
            };
            entries.push(entry);
        }
        Ok(())
    }

    fn allot(&mut self, id: &str, keys: &mut dyn Keys) -> Result<Entry> {
        if self.reserved.is_empty() {
            let n = self.next_reserve;
            let first = keys.reserve(n)?;
            self.reserved = first.first_identity..first.first_identity + n;
            self.customer_offset = first.first_customer - first.first_identity;
            self.next_reserve = (n * 2).min(*RESERVE.end());
        }
        let identity = self.reserved.start;
        self.reserved.start += 1;
        let customer = identity + self.customer_offset;
        let entry = self.ids.code(id);
        self.uncommitted.insert(entry);
        self.entries.push(Resolved {
            identity,
            customer,
            bucket: bucket_of(customer, self.n_buckets),
        });
        Ok(entry)
    }

    /// Where every entry points to.
    pub(crate) fn entries(&self) -> &[Resolved] {
        &self.entries
    }

    /// The identities a commit has to bring along, of those its rows use.
    pub(crate) fn uncommitted(
        &self,
        used: impl IntoIterator<Item = Entry>,
        import_id: Option<&str>,
    ) -> Vec<(Entry, NewIdentity)> {
        let mut new: Vec<(Entry, NewIdentity)> = used
            .into_iter()
            .filter_map(|entry| {
                self.uncommitted.get(&entry)?;
                let outside_id = self.ids.get(entry)?.to_owned();
                let place = self.entries.get(entry as usize)?;
                let identity = NewIdentity {
                    id: place.identity,
                    namespace: self.namespace.clone(),
                    outside_id,
                    customer: place.customer,
                    first_import: import_id.map(str::to_owned),
                };
                Some((entry, identity))
            })
            .collect();
        new.sort_by_key(|(entry, _)| *entry);
        new.dedup_by_key(|(entry, _)| *entry);
        new
    }

    /// A commit has made these true.
    pub(crate) fn committed(&mut self, entries: impl IntoIterator<Item = Entry>) {
        for entry in entries {
            self.uncommitted.remove(&entry);
        }
    }
}
