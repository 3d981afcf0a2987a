//! The customers behind a number: collected with their groups, bucket by bucket, and put together.

use std::sync::Arc;

use arrow::array::{AsArray, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use perennial_engine::error::EngineError;
use perennial_types::key::CustomerKey;

use crate::belonging::{self, Belonging, Merged};
use crate::grouping::Group;
use crate::insight::AskError;

/// Whose customers belong to a number.
#[derive(Clone, Debug)]
pub struct Whose {
    groups: Vec<Group>,
    /// Whether those are the groups left out, not the ones meant.
    is_rest: bool,
}

impl Whose {
    /// The group that `cell` names, of a question whose breakdown has `n_values` and whose answer
    /// shows these groups, `None` for the computed rest.
    ///
    /// # Errors
    /// When the group has another number of values.
    pub fn named<'a>(
        group: Option<&Group>,
        is_other: bool,
        n_values: usize,
        shown: impl Iterator<Item = Option<&'a Group>>,
    ) -> Result<Whose, AskError> {
        let (groups, is_rest) = match group {
            Some(group) if !is_other && group.len() != n_values => {
                return Err(AskError::bad(
                    format!("`cell.group` has {} values of the breakdown", group.len()),
                    format!("give {n_values}"),
                ));
            }
            _ if n_values == 0 => (Vec::new(), true),
            _ if is_other => (shown.flatten().cloned().collect(), true),
            Some(group) => (vec![group.clone()], false),
            None => (Vec::new(), true),
        };
        Ok(Whose { groups, is_rest })
    }

    /// Whether a group belongs to it.
    pub fn holds(&self, group: &Group) -> bool {
        self.groups.contains(group) != self.is_rest
    }
}

/// Customers of one bucket with the numbers of their groups.
#[derive(Debug, Default)]
pub struct Listing(Vec<(i64, u32)>);

impl Listing {
    /// Adds one.
    pub fn push(&mut self, key: i64, group: u32) {
        self.0.push((key, group));
    }

    /// The partial result of the bucket.
    ///
    /// # Errors
    /// When it cannot be laid out.
    pub fn finish(&self, belonging: &Belonging) -> Result<RecordBatch, EngineError> {
        let fields = vec![
            Field::new("customer", DataType::Int64, false),
            Field::new("group", belonging::column_type(), false),
        ];
        let keys = self.0.iter().map(|(key, _)| *key);
        Ok(RecordBatch::try_new(
            Arc::new(Schema::new(fields)),
            vec![
                Arc::new(Int64Array::from_iter_values(keys)),
                belonging.column(self.0.iter().map(|(_, group)| *group)),
            ],
        )?)
    }
}

/// The customers of all buckets whose group belongs to the number, by key.
pub fn merged(whose: &Whose, partials: &[RecordBatch]) -> Vec<CustomerKey> {
    let mut keys = Vec::new();
    let mut names = Merged::default();
    for partial in partials {
        let groups = names.numbers(partial, 1);
        let own = partial.column(0).as_primitive::<Int64Type>().values();
        let belongs = |group: u32| whose.holds(&names.value(group));
        let wanted = own.iter().zip(groups).filter(|(_, group)| belongs(*group));
        keys.extend(wanted.map(|(key, _)| CustomerKey(*key)));
    }
    keys.sort_unstable();
    keys
}

/// The customers of all buckets, by key, where a partial result holds only those that are wanted.
pub fn keys(partials: &[RecordBatch]) -> Vec<CustomerKey> {
    let own =
        |partial: &RecordBatch| partial.column(0).as_primitive::<Int64Type>().values().to_vec();
    let mut keys: Vec<CustomerKey> = partials.iter().flat_map(own).map(CustomerKey).collect();
    keys.sort_unstable();
    keys
}
