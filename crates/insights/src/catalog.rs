//! What is in the lake: the names of the events with how many rows each has.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use perennial_engine::batch::{Batch, Run, TextColumn};
use perennial_engine::error::EngineError;
use perennial_engine::fold::{Fold, Needs, Visitor};
use perennial_types::calendar::Micros;
use perennial_types::event::{COLUMNS, Column};
use perennial_types::question::Warning;
use perennial_types::text::nearest_names;

/// Counts rows by the value of a column of text, event names unless said otherwise.
#[derive(Clone, Debug)]
pub struct Names {
    /// The column.
    pub column: Column,
}

/// Counts the customers.
#[derive(Clone, Debug)]
pub struct Customers;

/// The names of the properties, by how many rows have them.
#[derive(Clone, Debug)]
pub struct PropertyNames;

impl Fold for Names {
    fn description(&self) -> (&'static str, serde_json::Value) {
        ("names", serde_json::json!({ "column": self.column.name() }))
    }

    fn needs(&self) -> Needs {
        Needs { columns: vec![self.column], events: None, ts: Micros::MIN..Micros::MAX }
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        Box::new(NamesVisitor { column: self.column, rows: BTreeMap::new() })
    }

    fn is_about_customers(&self) -> bool {
        false
    }
}

struct NamesVisitor {
    column: Column,
    rows: BTreeMap<String, i64>,
}

impl Visitor for NamesVisitor {
    fn visit(&mut self, batch: &Batch, _runs: &[Run]) -> Result<(), EngineError> {
        let mut add = |name: &str, n_rows: i64| match self.rows.get_mut(name) {
            Some(known) => *known += n_rows,
            None => {
                self.rows.insert(name.to_owned(), n_rows);
            }
        };
        match batch.text(self.column)? {
            TextColumn::Plain(column) => column.iter().flatten().for_each(|name| add(name, 1)),
            TextColumn::Dictionary(codes, names) => {
                let mut by_code = vec![0_i64; names.len()];
                codes.keys().iter().flatten().for_each(|code| by_code[code as usize] += 1);
                for (code, n_rows) in by_code.into_iter().enumerate() {
                    if n_rows > 0 && names.is_valid(code) {
                        add(names.value(code), n_rows);
                    }
                }
            }
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<RecordBatch, EngineError> {
        counts(self.rows)
    }
}

impl Fold for Customers {
    fn description(&self) -> (&'static str, serde_json::Value) {
        ("customers", serde_json::Value::Null)
    }

    fn needs(&self) -> Needs {
        Needs { columns: Vec::new(), events: None, ts: Micros::MIN..Micros::MAX }
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        Box::new(CustomersVisitor { n: 0 })
    }
}

struct CustomersVisitor {
    n: i64,
}

impl Visitor for CustomersVisitor {
    fn visit(&mut self, _batch: &Batch, runs: &[Run]) -> Result<(), EngineError> {
        self.n += runs.iter().filter(|run| !run.continues).count() as i64;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<RecordBatch, EngineError> {
        counts(BTreeMap::from([("customers".to_owned(), self.n)]))
    }
}

impl Fold for PropertyNames {
    fn description(&self) -> (&'static str, serde_json::Value) {
        ("property_names", serde_json::Value::Null)
    }

    fn needs(&self) -> Needs {
        let columns = vec![COLUMNS[Column::Properties as usize].column];
        Needs { columns, events: None, ts: Micros::MIN..Micros::MAX }
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        Box::new(PropertyNamesVisitor { rows: BTreeMap::new() })
    }

    fn is_about_customers(&self) -> bool {
        false
    }
}

struct PropertyNamesVisitor {
    rows: BTreeMap<String, i64>,
}

impl Visitor for PropertyNamesVisitor {
    fn visit(&mut self, batch: &Batch, _runs: &[Run]) -> Result<(), EngineError> {
        let column = batch.text(Column::Properties)?;
        for object in (0..batch.n_rows()).filter_map(|row| column.get(row)) {
            let parsed = serde_json::from_str::<BTreeMap<&str, serde::de::IgnoredAny>>(object);
            for name in parsed.unwrap_or_default().into_keys() {
                match self.rows.get_mut(name) {
                    Some(known) => *known += 1,
                    None => {
                        self.rows.insert(name.to_owned(), 1);
                    }
                }
            }
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<RecordBatch, EngineError> {
        counts(self.rows)
    }
}

fn counts(rows: BTreeMap<String, i64>) -> Result<RecordBatch, EngineError> {
    let schema = Schema::new(vec![
        Field::new("name", DataType::Utf8, false),
        Field::new("n_rows", DataType::Int64, false),
    ]);
    let names = StringArray::from_iter_values(rows.keys());
    let n_rows = Int64Array::from_iter_values(rows.values().copied());
    Ok(RecordBatch::try_new(Arc::new(schema), vec![Arc::new(names), Arc::new(n_rows)])?)
}

/// Adds up the counts of all buckets.
pub fn merged_counts(partials: &[RecordBatch]) -> BTreeMap<String, u64> {
    let mut total = BTreeMap::new();
    for partial in partials {
        let names = partial.column(0).as_string::<i32>();
        let counts = partial.column(1).as_primitive::<Int64Type>();
        for (name, n_rows) in names.iter().flatten().zip(counts.values()) {
            *total.entry(name.to_owned()).or_insert(0) += *n_rows as u64;
        }
    }
    total
}

/// A warning for every one of these event names that no row has, by the partial results of
/// [`Names`].
pub fn unknown_events(names: &[&str], partials: &[RecordBatch]) -> Vec<Warning> {
    unknown("unknown_event", ("event", "事件"), names, partials)
}

/// A warning for every one of these properties that no row has, by the partial results of
/// [`PropertyNames`].
pub fn unknown_properties(names: &[&str], partials: &[RecordBatch]) -> Vec<Warning> {
    unknown("unknown_property", ("property", "属性"), names, partials)
}

fn unknown(
    code: &str,
    (thing, thing_zh): (&str, &str),
    names: &[&str],
    partials: &[RecordBatch],
) -> Vec<Warning> {
    let known = merged_counts(partials);
    let unknown = names.iter().filter(|name| !known.contains_key(**name));
    unknown
        .map(|name| Warning {
            code: code.to_owned(),
            message: format!("no {thing} is called `{name}`"),
            message_zh: format!("没有名为“{name}”的{thing_zh}"),
            nearest: nearest_names(name, known.keys().map(String::as_str), 3),
        })
        .collect()
}
