//! The fold: every customer with a row, and the group their values put them in.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use perennial_engine::batch::{Batch, Run};
use perennial_engine::error::EngineError;
use perennial_engine::fold::{Fold, Needs, Visitor};
use perennial_engine::restrict::CustomerSet;
use perennial_types::calendar::Micros;
use perennial_types::event::Column;
use serde_json::json;

use crate::belonging::{Belonging, BelongingReader, Fields, Merged};
use crate::grouping::Group;
use crate::listing::Listing;

/// Groups of customers, folded.
#[derive(Clone, Debug)]
pub(super) struct GroupsFold {
    /// What they are told apart by.
    pub fields: Fields,
    /// Only customers with a row before this instant are anybody.
    pub as_of: Micros,
    /// Only values of rows before this instant count.
    pub until: Micros,
}

/// One group.
#[derive(Debug)]
pub(super) struct Found {
    /// Its values; `None` for the computed rest.
    pub group: Option<Group>,
    /// Whose it is.
    pub customers: Arc<CustomerSet>,
}

impl Fold for GroupsFold {
    fn description(&self) -> (&'static str, serde_json::Value) {
        let field = |(field, at): &(perennial_types::filter::Field, _)| json!([field.name(), at]);
        let fields: Vec<serde_json::Value> = self.fields.iter().map(field).collect();
        ("groups", json!({ "fields": fields, "as_of": self.as_of, "until": self.until }))
    }

    fn needs(&self) -> Needs {
        let mut columns: Vec<Column> =
            self.fields.iter().map(|(field, _)| field.column()).collect();
        columns.sort_unstable();
        columns.dedup();
        Needs { columns, events: None, ts: Micros::MIN..self.as_of }
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        Box::new(Gathering {
            belonging: Belonging::new(&self.fields),
            values: vec![None; self.fields.len()],
            fold: self.clone(),
            customer: None,
            listing: Listing::default(),
        })
    }
}

struct Gathering {
    fold: GroupsFold,
    /// The customer being visited, once a row of theirs counts.
    customer: Option<i64>,
    values: Group,
    belonging: Belonging,
    listing: Listing,
}

impl Gathering {
    fn close(&mut self) {
        if let Some(customer) = self.customer.take() {
            let group = self.belonging.number(&self.values);
            self.listing.push(customer, group);
        }
        self.values.fill(None);
    }
}

impl Visitor for Gathering {
    fn visit(&mut self, batch: &Batch, runs: &[Run]) -> Result<(), EngineError> {
        let fields = self.fold.fields.clone();
        let reader = BelongingReader::new(&fields, batch)?;
        let ts = batch.ts()?;
        for run in runs {
            if !run.continues {
                self.close();
            }
            let of_row = |row: usize| ts.get(row).copied().unwrap_or(Micros::MAX);
            for row in run.rows.clone().take_while(|row| of_row(*row) < self.fold.as_of) {
                self.customer = Some(run.customer);
                if of_row(row) >= self.fold.until {
                    break;
                }
                reader.note_known(row, &mut self.values);
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<RecordBatch, EngineError> {
        self.close();
        self.listing.finish(&self.belonging)
    }
}

/// The groups of all buckets: the largest `top`, then the computed rest.
pub(super) fn merged(partials: &[RecordBatch], top: usize) -> Vec<Found> {
    let mut names = Merged::default();
    let mut keys = BTreeMap::<u32, Vec<i64>>::new();
    for partial in partials {
        let groups = names.numbers(partial, 1);
        let own = partial.column(0).as_primitive::<Int64Type>().values();
        for (key, group) in own.iter().zip(groups) {
            keys.entry(group).or_default().push(*key);
        }
    }
    let sizes = keys.iter().map(|(group, own)| (*group, own.len() as u64)).collect();
    let found = |(group, numbers): (Option<Group>, Vec<u32>)| {
        let own = numbers.iter().filter_map(|number| keys.get(number)).flatten().copied();
        Found { group, customers: Arc::new(CustomerSet::new(own.collect())) }
    };
    names.shown(&sizes, top).into_iter().map(found).collect()
}
