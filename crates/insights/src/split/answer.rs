//! The answer: everybody's, and beside it each group's or why it has none.
//!
//! A list of customers without a group stands where the kind puts it, in everybody's answer. That of
//! a group's cell stands there too, the rows of a page with it, so that whoever reads a list need not
//! know of groups.

use perennial_types::question::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::grouping::Group;

/// One group of a breakdown, with the same question's answer for its customers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = AnswerGroup)]
pub struct SplitGroup {
    /// Values of the breakdown; null for the computed rest.
    #[schema(required, value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether it is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// How many customers it has.
    pub n_customers: u64,
    /// What the question about them alone answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub answer: Option<Value>,
    /// Why that has no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
}

/// Fields of a list of customers, and of the rows that name them by their places.
const LISTED: [&str; 2] = ["customers", "rows"];

/// Fields that count those rows.
const COUNTED: [&str; 2] = ["total_rows", "offset"];

/// Whether the rows of an answer are a page of customers.
fn is_page(answer: &Value) -> bool {
    answer.get("total_rows").is_some()
}

/// Takes the lists out of an answer that another part's cell is listed beside.
pub(super) fn without_list(answer: &mut Value) {
    let is_page = is_page(answer);
    let Some(fields) = answer.as_object_mut() else { return };
    if let Some(customers) = fields.get_mut("customers") {
        *customers = Value::Null;
    }
    if let Some(rows) = fields.get_mut("rows").filter(|_| is_page) {
        *rows = json!([]);
    }
}

/// Lets the lists of two answers change places.
pub(super) fn swap_lists(left: &mut Value, right: &mut Value) {
    let n = if is_page(left) { LISTED.len() } else { 1 };
    for name in LISTED.iter().take(n) {
        if let (Some(left), Some(right)) = (left.get_mut(*name), right.get_mut(*name)) {
            std::mem::swap(left, right);
        }
    }
}

/// Lets the list of a group's cell stand in everybody's answer.
pub(super) fn raise_list(everybody: &mut Value, group: &mut Value) {
    swap_lists(everybody, group);
    for name in COUNTED {
        if let Some(counted) = group.get(name) {
            everybody[name] = counted.clone();
        }
    }
}

/// Writes the outside ids of a reply's customers into its answer: everybody's first, then those of
/// each group whose answer lists any.
pub fn fill_ids(answer: &mut Value, mut ids: Vec<String>) {
    let groups = answer.get_mut("groups").and_then(Value::as_array_mut);
    let lists = groups.into_iter().flatten().filter_map(|group| {
        let listed = group.pointer_mut("/answer/customers")?;
        let total = usize::try_from(listed.get("total")?.as_u64()?).ok()?;
        Some((listed, total))
    });
    for (listed, total) in lists.collect::<Vec<_>>().into_iter().rev() {
        let own = ids.split_off(ids.len().saturating_sub(total));
        *listed = json!({ "total": own.len(), "ids": own });
    }
    if ids.is_empty() && answer.get("customers").is_some_and(Value::is_null) {
        return;
    }
    answer["customers"] = json!({ "total": ids.len(), "ids": ids });
}
