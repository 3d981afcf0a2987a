//! Identities: which outside id points to which customer.

use std::collections::HashMap;

use super::Store;
use crate::db::{Tx, Value, values};
use crate::{Conflict, Identity, NewIdentity, Result, StoreError};

/// Identities written at once.
const N_AT_ONCE: usize = 5_000;
/// Ids read at once.
const N_IN_RANGE: i64 = 20_000;
const COLUMNS: &str = "id, outside_id, customer";
const WRITTEN: [(&str, &str); 5] = [
    ("id", "BIGINT"),
    ("namespace", "TEXT"),
    ("outside_id", "TEXT"),
    ("customer", "BIGINT"),
    ("first_import", "TEXT"),
];

impl Store {
    /// Every identity of a namespace, by id.
    pub async fn identities(&self, namespace: &str) -> Result<Vec<Identity>> {
        let namespace = namespace.to_owned();
        self.db
            .read("reading identities", move |tx| {
                Box::pin(async move { of_namespace(tx, &namespace).await })
            })
            .await
    }

    /// Every namespace that holds an identity, in alphabetical order.
    pub async fn namespaces(&self) -> Result<Vec<String>> {
        self.db
            .read("reading namespaces", |tx| {
                Box::pin(async move {
                    let rows = tx.rows("SELECT DISTINCT namespace FROM identity", []).await?;
                    let mut names =
                        rows.iter().map(|row| row.get(0)).collect::<Result<Vec<String>>>()?;
                    // Sorted here, because the two databases sort text differently.
                    names.sort_unstable();
                    Ok(names)
                })
            })
            .await
    }

    /// Every identity that points to one of these customers, by id.
    pub async fn identities_of(&self, customers: &[i64]) -> Result<Vec<Identity>> {
        let customers = customers.to_vec();
        self.db
            .read("reading identities", move |tx| {
                Box::pin(async move {
                    let from = "FROM identity WHERE customer IN {keys}";
                    let (from, list) = tx.keys(from, &customers)?;
                    Ok(by_id(tx.packed(COLUMNS, &from, [list]).await?))
                })
            })
            .await
    }

    /// The identities of a namespace with these outside ids, by id; unknown ones are left out.
    pub async fn identities_named(
        &self,
        namespace: &str,
        outside_ids: &[String],
    ) -> Result<Vec<Identity>> {
        let namespace = namespace.to_owned();
        // No identity has a zero byte, and PostgreSQL refuses to be asked for one.
        let has_no_zero = |id: &&String| !id.contains('\0');
        let outside_ids: Vec<String> = outside_ids.iter().filter(has_no_zero).cloned().collect();
        self.db
            .read("reading identities", move |tx| {
                Box::pin(async move {
                    let from = "FROM identity WHERE namespace = $2 AND outside_id IN {keys}";
                    let (from, list) = tx.keys(from, &outside_ids)?;
                    let parameters = [list, Value::from(namespace)];
                    Ok(by_id(tx.packed(COLUMNS, &from, parameters).await?))
                })
            })
            .await
    }
}

/// Reads a range of ids at a time, so that the packed text stays small.
async fn of_namespace(tx: &Tx, namespace: &str) -> Result<Vec<Identity>> {
    // The empty text keeps SQLite from walking the whole namespace for every range of ids.
    let from = "FROM identity WHERE namespace || '' = $1 AND id >= $2 AND id < $3";
    let next = "SELECT MIN(id) FROM identity WHERE id >= $1";
    let (mut identities, mut at) = (Vec::new(), 1_i64);
    while let Some(first) = tx.one(next, values![at]).await?.get::<Option<i64>>(0)? {
        at = first + N_IN_RANGE;
        let packed = tx.packed(COLUMNS, from, values![namespace, first, at]).await?;
        identities.extend(by_id(packed));
    }
    Ok(identities)
}

fn by_id(packed: Vec<(i64, String, i64)>) -> Vec<Identity> {
    let unpack = |(id, outside_id, customer)| Identity { id, outside_id, customer };
    let mut identities: Vec<Identity> = packed.into_iter().map(unpack).collect();
    identities.sort_unstable_by_key(|identity| identity.id);
    identities
}

/// Writes identities and moves the workspace's next keys past them.
pub(super) async fn insert_identities(tx: &Tx, identities: &[NewIdentity]) -> Result<()> {
    let (mut last_id, mut last_customer) = (0, 0);
    for new in identities {
        check(new)?;
        last_id = last_id.max(new.id);
        last_customer = last_customer.max(new.customer);
    }
    for some in identities.chunks(N_AT_ONCE) {
        let rows: Vec<_> = some.iter().map(row_of).collect();
        let n_inserted =
            tx.insert_packed("identity", &WRITTEN, &rows, "ON CONFLICT DO NOTHING").await?;
        if usize::try_from(n_inserted).ok() != Some(some.len()) {
            return Err(StoreError::Conflict(taken(tx, some).await?));
        }
    }
    if last_id == 0 {
        return Ok(());
    }
    tx.execute(
        "UPDATE workspace SET \
         next_identity = CASE WHEN next_identity > $1 THEN next_identity ELSE $1 + 1 END, \
         next_customer = CASE WHEN next_customer > $2 THEN next_customer ELSE $2 + 1 END",
        values![last_id, last_customer],
    )
    .await?;
    Ok(())
}

fn row_of(new: &NewIdentity) -> (i64, &str, &str, i64, Option<&str>) {
    let NewIdentity { id, namespace, outside_id, customer, first_import } = new;
    (*id, namespace, outside_id, *customer, first_import.as_deref())
}

fn check(new: &NewIdentity) -> Result<()> {
    let NewIdentity { id, namespace, outside_id, customer, .. } = new;
    // PostgreSQL text holds no zero byte, and both databases must take the same ids.
    let is_text = |text: &str| !text.is_empty() && !text.contains('\0');
    if *id < 1 || *customer < 1 || !is_text(namespace) || !is_text(outside_id) {
        let reason =
            format!("identity {id}: `{outside_id}` in `{namespace}` of customer {customer}");
        return Err(StoreError::invalid(reason));
    }
    Ok(())
}

/// Which of the identities was in the way. Those that could be written are visible here.
async fn taken(tx: &Tx, identities: &[NewIdentity]) -> Result<Conflict> {
    let ids: Vec<i64> = identities.iter().map(|new| new.id).collect();
    let sql = "SELECT id, namespace, outside_id FROM identity WHERE id IN {keys}";
    let mut written: HashMap<i64, (String, String)> = HashMap::new();
    for row in tx.rows_for(sql, &ids).await? {
        written.insert(row.get(0)?, (row.get(1)?, row.get(2)?));
    }
    let is_written = |new: &NewIdentity| {
        written.get(&new.id).is_some_and(|(namespace, outside_id)| {
            *namespace == new.namespace && *outside_id == new.outside_id
        })
    };
    // Every one standing there as it should means that the very same rows were there before.
    let taken = identities.iter().find(|new| !is_written(new)).or(identities.first());
    let (namespace, outside_id) =
        taken.map(|new| (new.namespace.clone(), new.outside_id.clone())).unwrap_or_default();
    Ok(Conflict::IdentityTaken { namespace, outside_id })
}
