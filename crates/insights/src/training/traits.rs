//! Traits: the first known value of some fields of a customer, as known at a cut.
//!
//! "Anna signed up on the team plan." What a customer was at the beginning stays true, so one value
//! and the instant it was first said is enough for every cut: a cut before that instant does not
//! know it.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use arrow::array::{
    Array, AsArray, DictionaryArray, Int32Array, Int64Array, RecordBatch, StringArray, UInt32Array,
};
use arrow::datatypes::{DataType, Field as ArrowField, Int32Type, Int64Type, Schema, UInt32Type};
use perennial_engine::batch::{Batch, Run};
use perennial_engine::error::EngineError;
use perennial_engine::fold::{Fold, Needs, Visitor};
use perennial_models::learn::{Column as Learnt, MAX_CATEGORIES};
use perennial_types::calendar::Micros;
use perennial_types::filter::Field;
use serde_json::json;

use super::{OTHER, Window};
use crate::belonging::column_type;
use crate::coding::NO_VALUE;
use crate::field_codes::FieldCodes;
use crate::grouping::Interner;

/// The fields whose first values are wanted, before the end of the last cut.
pub struct TraitsFold {
    names: Vec<String>,
    until: Micros,
}

impl TraitsFold {
    /// The first values of the fields `names`, known at any of the `windows`' cuts.
    pub fn new(names: Vec<String>, windows: &[Window]) -> TraitsFold {
        let until = windows.iter().map(|window| window.cut_end).max().unwrap_or(Micros::MIN);
        TraitsFold { names, until }
    }
}

impl fmt::Debug for TraitsFold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("TraitsFold").field("names", &self.names).finish_non_exhaustive()
    }
}

impl Fold for TraitsFold {
    fn description(&self) -> (&'static str, serde_json::Value) {
        ("traits", json!({"names": self.names, "until": self.until}))
    }

    fn needs(&self) -> Needs {
        let mut columns: Vec<_> =
            self.names.iter().map(|name| Field::named(name).column()).collect();
        columns.sort_unstable();
        columns.dedup();
        Needs { columns, events: None, ts: Micros::MIN..self.until }
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        Box::new(Reading {
            codes: FieldCodes::new(self.names.iter().map(|name| Field::named(name))),
            known: vec![false; self.names.len()],
            until: self.until,
            customers: Vec::new(),
            fields: Vec::new(),
            instants: Vec::new(),
            values: Vec::new(),
            texts: Interner::default(),
        })
    }
}

struct Reading {
    codes: FieldCodes,
    /// Which fields of the customer being visited are known.
    known: Vec<bool>,
    until: Micros,
    customers: Vec<i64>,
    fields: Vec<u32>,
    instants: Vec<Micros>,
    values: Vec<i32>,
    texts: Interner<String>,
}

impl Visitor for Reading {
    fn visit(&mut self, batch: &Batch, runs: &[Run]) -> Result<(), EngineError> {
        self.codes.read(batch)?;
        let instants = batch.ts()?;
        for run in runs {
            if !run.continues {
                self.known.fill(false);
            }
            for field in 0..self.known.len() {
                if self.known[field] {
                    continue;
                }
                let rows = self.codes.rows(field);
                let is_told = |row: &usize| rows[*row] != NO_VALUE && instants[*row] < self.until;
                let Some(row) = run.rows.clone().find(is_told) else { continue };
                let Some(text) = self.codes.value(field, rows[row]) else { continue };
                self.known[field] = true;
                self.customers.push(run.customer);
                self.fields.push(field as u32);
                self.instants.push(instants[row]);
                self.values.push(self.texts.number(text) as i32);
            }
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<RecordBatch, EngineError> {
        let schema = Schema::new(vec![
            ArrowField::new("customer", DataType::Int64, false),
            ArrowField::new("field", DataType::UInt32, false),
            ArrowField::new("ts", DataType::Int64, false),
            ArrowField::new("value", column_type(), false),
        ]);
        let mut texts = self.texts.values().to_vec();
        if texts.is_empty() {
            // A dictionary without rows still needs a value to stand by.
            texts.push(String::new());
        }
        let values = Int32Array::from(self.values);
        Ok(RecordBatch::try_new(
            Arc::new(schema),
            vec![
                Arc::new(Int64Array::from(self.customers)),
                Arc::new(UInt32Array::from(self.fields)),
                Arc::new(Int64Array::from(self.instants)),
                Arc::new(DictionaryArray::new(values, Arc::new(StringArray::from(texts)))),
            ],
        )?)
    }
}

/// First values of all customers.
#[derive(Debug, Default)]
pub struct Traits {
    /// By customer and field: the instant and the value's number.
    first: HashMap<(i64, u32), (Micros, u32)>,
    texts: Interner<String>,
}

impl Traits {
    /// Out of what the fold found in every bucket.
    pub fn new(partials: &[RecordBatch]) -> Traits {
        let mut traits = Traits::default();
        for batch in partials {
            let [customers, fields, instants, values] = batch.columns() else { continue };
            let (Some(customers), Some(fields), Some(instants), Some(values)) = (
                customers.as_primitive_opt::<Int64Type>(),
                fields.as_primitive_opt::<UInt32Type>(),
                instants.as_primitive_opt::<Int64Type>(),
                values.as_dictionary_opt::<Int32Type>(),
            ) else {
                continue;
            };
            let texts = values.values().as_string::<i32>();
            for row in 0..batch.num_rows() {
                let Some(text) = values.key(row).filter(|key| *key < texts.len()) else { continue };
                let number = traits.texts.number(texts.value(text));
                let key = (customers.value(row), fields.value(row));
                traits.first.insert(key, (instants.value(row), number));
            }
        }
        traits
    }

    /// The value of a field, where it was known before an instant.
    pub fn known(&self, customer: i64, field: u32, before: Micros) -> Option<&str> {
        let (instant, number) = self.first.get(&(customer, field))?;
        let text = self.texts.value(*number).filter(|_| *instant < before)?;
        Some(text.as_str())
    }
}

/// Texts as a column to learn from: numbers where every one is a number or says true or false (1
/// and 0), categories otherwise; of more categories than a model tells apart, the rarest are one.
pub fn learnable(name: &str, values: &[Option<&str>]) -> Learnt {
    let numbers: Option<Vec<f64>> = values.iter().map(|value| number(*value)).collect();
    if let Some(numbers) = numbers.filter(|numbers| numbers.iter().any(|one| !one.is_nan())) {
        return Learnt::numbers(name, numbers);
    }
    let mut n_rows: BTreeMap<&str, usize> = BTreeMap::new();
    for text in values.iter().copied().flatten() {
        *n_rows.entry(text).or_default() += 1;
    }
    if n_rows.len() <= MAX_CATEGORIES {
        return Learnt::categories(name, values.iter().copied());
    }
    let mut by_size: Vec<(&str, usize)> = n_rows.into_iter().collect();
    by_size.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let kept: Vec<&str> = by_size.iter().take(MAX_CATEGORIES - 1).map(|(text, _)| *text).collect();
    let keep = |text: &str| kept.iter().find(|one| **one == text).copied().unwrap_or(OTHER);
    Learnt::categories(name, values.iter().map(|value| value.map(keep)))
}

/// The number of a text; NaN where there is no text, nothing where it is none.
fn number(text: Option<&str>) -> Option<f64> {
    match text {
        None => Some(f64::NAN),
        Some("true") => Some(1.0),
        Some("false") => Some(0.0),
        Some(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
    }
}

#[cfg(test)]
mod tests {
    use perennial_models::learn::Values;

    use super::*;

    #[test]
    fn texts_that_are_numbers_are_numbers() {
        let column = learnable("seats", &[Some("3"), None, Some("1.5")]);
        let Values::Numbers(values) = column.values else { panic!("{column:?}") };
        assert!(values[0] == 3.0 && values[1].is_nan() && values[2] == 1.5);
        let flags = learnable("onboarded", &[Some("true"), Some("false")]);
        assert_eq!(flags.values, Values::Numbers(vec![1.0, 0.0]));
        for texts in [[Some("3"), Some("three")], [Some("inf"), Some("1")], [None, None]] {
            assert!(
                matches!(learnable("x", &texts).values, Values::Categories { .. }),
                "{texts:?}"
            );
        }
    }

    #[test]
    fn the_rarest_of_too_many_categories_are_one() {
        let names: Vec<String> = (0..300).map(|at| format!("n{at}")).collect();
        let texts: Vec<Option<&str>> = (0..3_000)
            .map(|row| Some(names[row * row % 300].as_str()))
            .chain(names.iter().map(|name| Some(name.as_str())))
            .collect();
        let Values::Categories { codes, labels } = learnable("many", &texts).values else {
            panic!("names are categories")
        };
        assert!(labels.len() <= MAX_CATEGORIES && labels.iter().any(|label| label == OTHER));
        assert!(codes.iter().all(|code| (*code as usize) < labels.len()));
    }
}
