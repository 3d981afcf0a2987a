//! Identities: which outside id points to which customer.

use std::collections::HashMap;

use super::Store;
use crate::db::{Row, Tx, values};
use crate::{Conflict, Identity, NewIdentity, Result, StoreError};

/// Identities written at once; their texts are copied for the driver.
const N_AT_ONCE: usize = 500;

impl Store {
    /// Every identity of a namespace, by id.
    pub async fn identities(&self, namespace: &str) -> Result<Vec<Identity>> {
        let namespace = namespace.to_owned();
        let sql = "SELECT id, outside_id, customer FROM identity WHERE namespace = $1 ORDER BY id";
        self.db
            .read("reading identities", move |tx| {
                Box::pin(async move {
                    tx.rows(sql, values![namespace]).await?.iter().map(identity).collect()
                })
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
        let sql = "SELECT id, outside_id, customer FROM identity WHERE customer IN {keys}";
        self.db
            .read("reading identities", move |tx| {
                Box::pin(async move { by_id(&tx.rows_for(sql, &customers).await?) })
            })
            .await
    }

    /// The identities of a namespace with these outside ids, by id; unknown ones are left out.
    pub async fn identities_named(
        &self,
        namespace: &str,
        outside_ids: &[String],
    ) -> Result<Vec<Identity>> {
        let (namespace, outside_ids) = (namespace.to_owned(), outside_ids.to_vec());
        self.db
            .read("reading identities", move |tx| {
                Box::pin(async move { by_id(&named(tx, &namespace, &outside_ids).await?) })
            })
            .await
    }
}

/// Writes identities and moves the workspace's next keys past them.
pub(super) async fn insert_identities(tx: &Tx, identities: &[NewIdentity]) -> Result<()> {
    let (mut last_id, mut last_customer) = (0, 0);
    for new in identities {
        check(new)?;
        last_id = last_id.max(new.id);
        last_customer = last_customer.max(new.customer);
    }
    let columns = ["id", "namespace", "outside_id", "customer", "first_import"];
    for some in identities.chunks(N_AT_ONCE) {
        let rows = some.iter().map(|new| {
            let (namespace, outside_id) = (new.namespace.as_str(), new.outside_id.as_str());
            values![new.id, namespace, outside_id, new.customer, new.first_import.clone()]
        });
        let n_inserted = tx.insert("identity", columns, rows, "ON CONFLICT DO NOTHING").await?;
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

fn check(new: &NewIdentity) -> Result<()> {
    let NewIdentity { id, namespace, outside_id, customer, .. } = new;
    // PostgreSQL text holds no zero byte, and both databases must take the same ids.
    let is_text = |text: &str| !text.is_empty() && !text.contains('\0');
    if *id < 1 || *customer < 1 || !is_text(namespace) || !is_text(outside_id) {
        let reason = format!("identity {id}: `{outside_id}` in `{namespace}` of customer {customer}");
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
    let (namespace, outside_id) = taken
        .map(|new| (new.namespace.clone(), new.outside_id.clone()))
        .unwrap_or_default();
    Ok(Conflict::IdentityTaken { namespace, outside_id })
}

async fn named(tx: &Tx, namespace: &str, outside_ids: &[String]) -> Result<Vec<Row>> {
    // Namespaces come from a handful of fixed names, but are quoted like any other text.
    let namespace = namespace.replace('\'', "''");
    let sql = format!(
        "SELECT id, outside_id, customer FROM identity \
         WHERE namespace = '{namespace}' AND outside_id IN {{keys}}"
    );
    tx.rows_for(&sql, outside_ids).await
}

fn by_id(rows: &[Row]) -> Result<Vec<Identity>> {
    let mut identities = rows.iter().map(identity).collect::<Result<Vec<_>>>()?;
    identities.sort_unstable_by_key(|identity| identity.id);
    identities.dedup_by_key(|identity| identity.id);
    Ok(identities)
}

fn identity(row: &Row) -> Result<Identity> {
    Ok(Identity { id: row.get(0)?, outside_id: row.get(1)?, customer: row.get(2)? })
}
