//! The fold of a condition: the keys of its customers, bucket by bucket.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use arrow::array::{AsArray, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use perennial_engine::error::EngineError;
use perennial_engine::fold::{Fold, Needs, Visitor};
use perennial_engine::restrict::CustomerSet;
use perennial_types::calendar::Micros;
use perennial_types::question::Refusal;
use serde_json::json;

use super::Asked;
use super::gather::Gathering;
use super::plan::Plan;

/// Where a partial result says which currencies were compared.
const CURRENCIES: &str = "currencies";

/// A condition, folded.
pub struct SegmentFold {
    asked: Asked,
    plan: Arc<Plan>,
}

impl SegmentFold {
    pub(super) fn new(asked: Asked, plan: Plan) -> SegmentFold {
        SegmentFold { asked, plan: Arc::new(plan) }
    }
}

impl fmt::Debug for SegmentFold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SegmentFold({} as of {})", self.asked.condition, self.asked.as_of)
    }
}

impl Fold for SegmentFold {
    fn description(&self) -> (&'static str, serde_json::Value) {
        let Asked { condition, as_of, zone } = &self.asked;
        ("segment", json!({ "condition": condition, "as_of": as_of, "zone": zone }))
    }

    fn needs(&self) -> Needs {
        // An order that began before a window lies outside of it, so history is read.
        Needs {
            columns: self.plan.columns(),
            events: self.plan.events(),
            ts: Micros::MIN..self.plan.as_of,
        }
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        Box::new(Gathering::new(self.plan.clone()))
    }
}

/// The partial result of a bucket: its keys, and the currencies of every comparison of money.
pub(super) fn partial(
    keys: Vec<i64>,
    currencies: &[Vec<String>],
) -> Result<RecordBatch, EngineError> {
    let fields = vec![Field::new("customer", DataType::Int64, false)];
    let metadata = HashMap::from([(CURRENCIES.to_owned(), json!(currencies).to_string())]);
    let schema = Schema::new_with_metadata(fields, metadata);
    Ok(RecordBatch::try_new(Arc::new(schema), vec![Arc::new(Int64Array::from(keys))])?)
}

/// The customers of all buckets.
///
/// # Errors
/// The refusal `mixed_currencies` where one comparison saw money of more than one currency.
pub(super) fn merged(partials: &[RecordBatch]) -> Result<CustomerSet, EngineError> {
    let mut keys = Vec::new();
    let mut seen: Vec<BTreeSet<String>> = Vec::new();
    for partial in partials {
        keys.extend_from_slice(partial.column(0).as_primitive::<Int64Type>().values());
        let text = partial.schema_ref().metadata().get(CURRENCIES).cloned().unwrap_or_default();
        let currencies: Vec<Vec<String>> = serde_json::from_str(&text).unwrap_or_default();
        seen.resize_with(seen.len().max(currencies.len()), BTreeSet::new);
        seen.iter_mut().zip(currencies).for_each(|(seen, more)| seen.extend(more));
    }
    if let Some(mixed) = seen.iter().find(|seen| seen.len() > 1) {
        let names: Vec<&str> = mixed.iter().map(String::as_str).collect();
        let reason = format!("the condition compares money in {}", names.join(", "));
        let hint = "name one currency: `sum(amount) of order where currency = \"EUR\"`";
        let refusal = Refusal::new("mixed_currencies", reason, hint).in_chinese(
            format!("条件比较的金额有多种货币：{}", names.join("、")),
            "指定一种货币：`sum(amount) of order where currency = \"EUR\"`",
        );
        return Err(EngineError::Refused(refusal));
    }
    Ok(CustomerSet::new(keys))
}
