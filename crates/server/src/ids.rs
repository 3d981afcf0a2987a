//! Customers by the ids they are known by outside.

use std::collections::HashMap;

use perennial_insights::{Answer, split};
use perennial_lake::{Lake, LakeError};
use perennial_types::key::CustomerKey;

/// Writes the outside ids of the customers into `customers.ids` of an answer and of its groups.
pub async fn fill_ids(
    lake: &Lake,
    answer: &mut Answer,
    customers: &[CustomerKey],
) -> Result<(), LakeError> {
    let ids = outside_ids(lake, customers).await?;
    answer.change(|answer| split::fill_ids(answer, ids));
    Ok(())
}

/// The outside ids of customers, in the order of their keys. A customer known by several is shown by
/// the first; one without any, by the key.
pub async fn outside_ids(lake: &Lake, customers: &[CustomerKey]) -> Result<Vec<String>, LakeError> {
    // Whoever stands in a group stands among everybody too.
    let mut keys: Vec<i64> = customers.iter().map(|customer| customer.0).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut by_customer: HashMap<i64, (i64, String)> = HashMap::with_capacity(keys.len());
    for identity in lake.outside_ids(&keys).await? {
        let known = by_customer.get(&identity.customer).is_some_and(|(id, _)| *id < identity.id);
        if !known {
            by_customer.insert(identity.customer, (identity.id, identity.outside_id));
        }
    }
    let name = |customer: &CustomerKey| {
        let known = by_customer.get(&customer.0);
        known.map_or_else(|| format!("#{}", customer.0), |(_, id)| id.clone())
    };
    Ok(customers.iter().map(name).collect())
}
