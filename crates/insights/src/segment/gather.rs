//! From a customer's rows to the occurrences a condition looks at.
//!
//! Rows that share an event name and an order id are one occurrence at the earliest of their
//! instants; a filter holds of it when it holds of one of its lines, `amount` and `quantity` being
//! those of the whole order. Nothing is kept of the rows no filter names.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Decimal128Array, RecordBatch};
use perennial_engine::batch::{Batch, Run, decimal_at};
use perennial_engine::error::EngineError;
use perennial_engine::filter::{Mask, row_bits};
use perennial_engine::fold::Visitor;
use perennial_types::calendar::Micros;
use perennial_types::event::Column;
use perennial_types::filter::Field;

use super::fold::partial;
use super::judge::{Facts, Occurrence};
use super::plan::Plan;
use crate::grouping::{FieldReader, Interner};
use crate::orders::OrderReader;

/// Finds the customers of one bucket.
pub(super) struct Gathering {
    plan: Arc<Plan>,
    customer: Option<i64>,
    record: Record,
    keys: Vec<i64>,
    names: Interner<String>,
    /// Currencies seen, by comparison of money.
    currencies: Vec<Vec<u32>>,
}

/// What is known of one customer so far.
#[derive(Default)]
struct Record {
    /// Occurrences of every series.
    found: Vec<Vec<Occurrence>>,
    /// Whether the latest known values pass.
    traits: Vec<Option<bool>>,
    orders: Vec<Order>,
    positions: HashMap<u64, u32>,
    lines: Vec<Line>,
    /// Of every line, for every series its bits and its value.
    of_series: Vec<(u32, Option<i128>)>,
}

#[derive(Clone, Copy)]
struct Order {
    ts: Micros,
    amount: Option<i128>,
    quantity: Option<i128>,
    currencies: [u32; 2],
}

#[derive(Clone, Copy)]
struct Line {
    order: u32,
}

impl Gathering {
    /// A visitor for one bucket.
    pub(super) fn new(plan: Arc<Plan>) -> Gathering {
        let record = Record {
            found: vec![Vec::new(); plan.series.len()],
            traits: vec![None; plan.traits.len()],
            ..Record::default()
        };
        let currencies = vec![Vec::new(); plan.n_money];
        Gathering {
            plan,
            customer: None,
            record,
            keys: Vec::new(),
            names: Interner::default(),
            currencies,
        }
    }

    fn close(&mut self) {
        let Some(customer) = self.customer.take() else { return };
        self.record.settle_orders(&self.plan);
        let known = self.plan.traits.iter().zip(&self.record.traits);
        let traits =
            known.map(|(known, passes)| passes.unwrap_or_else(|| known.matcher.matches_text(None)));
        let listed = self.plan.lists.iter().map(|list| list.contains(customer));
        let facts = Facts { traits: traits.collect(), listed: listed.collect() };
        if self.plan.tree.holds(&self.record.found, &facts, &mut self.currencies) {
            self.keys.push(customer);
        }
        self.record.clear();
    }
}

impl Visitor for Gathering {
    fn visit(&mut self, batch: &Batch, runs: &[Run]) -> Result<(), EngineError> {
        let plan = self.plan.clone();
        let reader = Reader::new(&plan, batch)?;
        for run in runs {
            if !run.continues {
                self.close();
            }
            let known = reader.ts.get(run.rows.clone()).unwrap_or_default();
            let n_known = known.partition_point(|ts| *ts < plan.as_of);
            if n_known == 0 {
                continue;
            }
            self.customer = Some(run.customer);
            let rows = run.rows.start..run.rows.start + n_known;
            self.record.note_traits(&plan, &reader, rows.clone());
            match &reader.orders {
                None => self.record.push_rows(&plan, &reader, rows, &mut self.names),
                Some(orders) => rows.for_each(|row| {
                    self.record.push(&plan, &reader, orders.order(row), row, &mut self.names);
                }),
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<RecordBatch, EngineError> {
        self.close();
        let name = |number: &u32| self.names.value(number - 1).cloned();
        let currencies: Vec<Vec<String>> =
            self.currencies.iter().map(|seen| seen.iter().filter_map(name).collect()).collect();
        partial(self.keys, &currencies)
    }
}

impl Record {
    fn clear(&mut self) {
        self.found.iter_mut().for_each(Vec::clear);
        self.traits.fill(None);
        self.orders.clear();
        self.positions.clear();
        self.lines.clear();
        self.of_series.clear();
    }

    /// Looks for the latest value of every trait, from the last row back.
    fn note_traits(&mut self, plan: &Plan, reader: &Reader<'_>, rows: Range<usize>) {
        let fields = plan.traits.iter().zip(&reader.traits);
        for ((known, field), passes) in fields.zip(&mut self.traits) {
            let instants = reader.ts.get(rows.clone()).unwrap_or_default();
            let n_known = instants.partition_point(|ts| *ts < known.end);
            let latest = (rows.start..rows.start + n_known).rev().find_map(|row| field.text(row));
            if let Some(text) = latest {
                *passes = Some(known.matcher.matches_text(Some(&text)));
            }
        }
    }

    /// Takes rows of which none shares an order: each mask decides alone.
    fn push_rows(
        &mut self,
        plan: &Plan,
        reader: &Reader<'_>,
        rows: Range<usize>,
        names: &mut Interner<String>,
    ) {
        for (index, (found, masks)) in self.found.iter_mut().zip(&reader.masks).enumerate() {
            let mut push = |row: usize| {
                let (value, currencies) =
                    (reader.value(index, row), reader.currency(plan, index, row, names));
                if let Some(ts) = reader.ts.get(row) {
                    found.push(Occurrence { ts: *ts, value, currencies: [currencies, 0] });
                }
            };
            match Mask::united(masks.iter().cloned()) {
                Mask::Every => rows.clone().for_each(&mut push),
                Mask::Rows(bits) => {
                    let own = bits.slice(rows.start, rows.len());
                    own.set_indices().for_each(|offset| push(rows.start + offset));
                }
            }
        }
    }

    /// Takes one row that may share an order.
    fn push(
        &mut self,
        plan: &Plan,
        reader: &Reader<'_>,
        order: Option<u64>,
        row: usize,
        names: &mut Interner<String>,
    ) {
        // The first mask is that of the names, which all lines of an order share.
        let is_named =
            reader.masks.iter().any(|masks| masks.first().is_some_and(|mask| mask.passes(row)));
        let Some(&ts) = reader.ts.get(row).filter(|_| is_named) else { return };
        let (amount, quantity) = (reader.amount(row), reader.quantity(row));
        let currency = match amount {
            Some(_) if plan.n_money > 0 => reader.currency_number(row, names),
            _ => 0,
        };
        let Some(order) = order else {
            for (index, (found, masks)) in self.found.iter_mut().zip(&reader.masks).enumerate() {
                let bits = row_bits(masks, row);
                if plan.series[index].filter.holds(bits, amount, quantity) {
                    let value = reader.value(index, row);
                    found.push(Occurrence { ts, value, currencies: [currency, 0] });
                }
            }
            return;
        };
        let n_orders = self.orders.len() as u32;
        let position = *self.positions.entry(order).or_insert(n_orders);
        if position == n_orders {
            self.orders.push(Order { ts, amount: None, quantity: None, currencies: [0, 0] });
        }
        let known = &mut self.orders[position as usize];
        known.amount = added(known.amount, amount);
        known.quantity = added(known.quantity, quantity);
        match known.currencies {
            [0, _] => known.currencies[0] = currency,
            [first, 0] if currency != first => known.currencies[1] = currency,
            _ => {}
        }
        self.lines.push(Line { order: position });
        for (index, masks) in reader.masks.iter().enumerate() {
            self.of_series.push((row_bits(masks, row), reader.property(plan, index, row)));
        }
    }

    /// Judges every order as a whole and puts the occurrences in the order of time.
    fn settle_orders(&mut self, plan: &Plan) {
        if self.lines.is_empty() {
            return;
        }
        let n_series = plan.series.len();
        let mut values: Vec<Option<i128>> = vec![None; self.orders.len()];
        let mut passes: Vec<bool> = vec![false; self.orders.len()];
        for (index, series) in plan.series.iter().enumerate() {
            values.fill(None);
            passes.fill(false);
            for (line, of_series) in self.lines.iter().zip(self.of_series.chunks_exact(n_series)) {
                let position = line.order as usize;
                let order = &self.orders[position];
                let (bits, value) = of_series[index];
                values[position] = added(values[position], value);
                passes[position] |= series.filter.holds(bits, order.amount, order.quantity);
            }
            for ((order, value), _) in
                self.orders.iter().zip(&values).zip(&passes).filter(|(_, passes)| **passes)
            {
                let value = match &series.value {
                    None => None,
                    Some(Field::Amount) => order.amount,
                    Some(Field::Quantity) => order.quantity,
                    Some(_) => *value,
                };
                self.found[index].push(Occurrence {
                    ts: order.ts,
                    value,
                    currencies: order.currencies,
                });
            }
            self.found[index].sort_by_key(|one| one.ts);
        }
    }
}

fn added(total: Option<i128>, more: Option<i128>) -> Option<i128> {
    match (total, more) {
        (Some(total), Some(more)) => Some(total + more),
        (known, None) | (None, known) => known,
    }
}

/// The columns of a batch that a condition looks at.
struct Reader<'a> {
    ts: &'a [Micros],
    /// The masks of every series.
    masks: Vec<Vec<Mask>>,
    /// The values of every series that has some.
    values: Vec<Option<FieldReader<'a>>>,
    traits: Vec<FieldReader<'a>>,
    orders: Option<OrderReader<'a>>,
    amount: Option<&'a Decimal128Array>,
    quantity: Option<&'a Decimal128Array>,
    currency: Option<FieldReader<'a>>,
}

impl<'a> Reader<'a> {
    fn new(plan: &'a Plan, batch: &'a Batch) -> Result<Reader<'a>, EngineError> {
        let decimals =
            |column: Column| batch.has(column).then(|| batch.decimals(column)).transpose();
        let value = |field: &'a Option<Field>| {
            field.as_ref().map(|field| FieldReader::new(field, batch)).transpose()
        };
        Ok(Reader {
            ts: batch.ts()?,
            masks: plan
                .series
                .iter()
                .map(|one| one.filter.masks(batch))
                .collect::<Result<_, _>>()?,
            values: plan.series.iter().map(|one| value(&one.value)).collect::<Result<_, _>>()?,
            traits: plan
                .traits
                .iter()
                .map(|one| FieldReader::new(&one.field, batch))
                .collect::<Result<_, _>>()?,
            orders: plan.by_order.then(|| OrderReader::new(batch, true)).transpose()?,
            amount: decimals(Column::Amount)?,
            quantity: decimals(Column::Quantity)?,
            currency: (plan.n_money > 0)
                .then(|| FieldReader::new(&Field::Currency, batch))
                .transpose()?,
        })
    }

    fn amount(&self, row: usize) -> Option<i128> {
        self.amount.and_then(|column| decimal_at(column, row))
    }

    fn quantity(&self, row: usize) -> Option<i128> {
        self.quantity.and_then(|column| decimal_at(column, row))
    }

    fn value(&self, series: usize, row: usize) -> Option<i128> {
        self.values.get(series).and_then(Option::as_ref).and_then(|values| values.number(row))
    }

    /// The value of a series where it is not a sum the order keeps itself.
    fn property(&self, plan: &Plan, series: usize, row: usize) -> Option<i128> {
        match plan.series.get(series).and_then(|one| one.value.as_ref()) {
            Some(Field::Property(_)) => self.value(series, row),
            _ => None,
        }
    }

    fn currency(
        &self,
        plan: &Plan,
        series: usize,
        row: usize,
        names: &mut Interner<String>,
    ) -> u32 {
        match plan.series.get(series).and_then(|one| one.value.as_ref()) {
            Some(Field::Amount) if self.amount(row).is_some() => self.currency_number(row, names),
            _ => 0,
        }
    }

    fn currency_number(&self, row: usize, names: &mut Interner<String>) -> u32 {
        let text = self.currency.as_ref().and_then(|column| column.text(row));
        text.map_or(0, |code| names.number(code.as_str()) + 1)
    }
}
