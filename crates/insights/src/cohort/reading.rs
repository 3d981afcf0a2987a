//! From a customer's rows to their life: when it started, in which group, and what was bought or
//! taken back at which age.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::batch::{Batch, Run};
use perennial_engine::error::EngineError;
use perennial_engine::fold::Visitor;
use perennial_types::calendar::Micros;
use perennial_types::question::Population;

use super::plan::Plan;
use crate::belonging::{Belonging, BelongingReader};
use crate::moments::{FilterReader, Moments};
use crate::orders::{OrderBook, OrderReader, Purchase};

/// A purchase or a refund since the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deed {
    /// Periods since the start.
    pub age: usize,
    /// Its money, never below 0.
    pub amount: i128,
    /// Whether it takes money back.
    pub is_refund: bool,
}

/// A customer who stands in a cohort.
#[derive(Clone, Copy, Debug)]
pub struct Life<'a> {
    /// Who.
    pub customer: i64,
    /// The cohort by start.
    pub row: usize,
    /// Number of the group.
    pub group: u32,
    /// When the clock started.
    pub start: Micros,
    /// How many ages are over; 0 where nobody asks.
    pub n_over: usize,
    /// What was bought and taken back, in time order.
    pub deeds: &'a [Deed],
}

/// Something made of every customer's life.
pub trait Sink: Send {
    /// Takes one customer.
    fn customer(&mut self, life: &Life<'_>) -> Result<(), EngineError>;
    /// The partial result of the bucket; `currencies` are those of all money in it.
    fn finish(
        self,
        belonging: &Belonging,
        currencies: &[&String],
    ) -> Result<RecordBatch, EngineError>;
}

/// Reads lives, bucket by bucket.
pub struct Reading<S> {
    plan: Arc<Plan>,
    sink: S,
    customer: Option<i64>,
    book: OrderBook,
    /// Group at the first line of each purchase and refund of the book, where a purchase starts.
    order_groups: Vec<u32>,
    /// What may start the clock, where the question names it.
    moments: Moments,
    bits: Vec<u64>,
    belonging: Belonging,
    deeds: Vec<Deed>,
    /// Names of the currencies by their number.
    names: HashMap<u64, String>,
    /// Numbers of the currencies that were added.
    currencies: BTreeSet<u64>,
}

impl<S: Sink> Reading<S> {
    /// A visitor for one bucket.
    pub fn new(plan: Arc<Plan>, sink: S) -> Reading<S> {
        Reading {
            belonging: Belonging::new(&plan.fields),
            plan,
            sink,
            customer: None,
            book: OrderBook::default(),
            order_groups: Vec::new(),
            moments: Moments::default(),
            bits: Vec::new(),
            deeds: Vec::new(),
            names: HashMap::new(),
            currencies: BTreeSet::new(),
        }
    }

    fn push(&mut self, plan: &Plan, reader: &Reader<'_>, row: usize) {
        self.belonging.note(&reader.belonging, row);
        self.book.push(&reader.orders, row, reader.ts[row]);
        match (&plan.start, &reader.starts) {
            (Some(filters), Some(starts)) => {
                let belonging = &mut self.belonging;
                let group = || [belonging.at(&reader.belonging, row), 0];
                self.moments.push(filters, starts, row, group);
            }
            _ if !plan.fields.is_empty() && self.book.len() > self.order_groups.len() => {
                self.order_groups.push(self.belonging.at(&reader.belonging, row));
            }
            _ => {}
        }
    }

    fn close(&mut self) -> Result<(), EngineError> {
        let Some(customer) = self.customer.take() else { return Ok(()) };
        let plan = self.plan.clone();
        if let Some((start, at_start)) = self.start(&plan)
            && let Some(row) = plan.row_of(start)
            && self.is_in_population(plan.population, start)
        {
            let group = self.belonging.group(at_start);
            self.note_deeds(&plan, start);
            let n_over = if plan.is_eligible { plan.n_over(start) } else { 0 };
            let deeds = &self.deeds;
            self.sink.customer(&Life { customer, row, group, start, n_over, deeds })?;
        }
        self.book.clear();
        self.order_groups.clear();
        self.moments.clear();
        self.belonging.clear();
        Ok(())
    }

    /// When the clock started, and the group there.
    fn start(&mut self, plan: &Plan) -> Option<(Micros, u32)> {
        let Some(filters) = &plan.start else {
            let first = self.book.all().position(|one| one.is_bought())?;
            let group = self.order_groups.get(first).copied().unwrap_or_default();
            return self.book.first().map(|ts| (ts, group));
        };
        let first = self.moments.settle(filters).first()?;
        let [group, _] = first.tags;
        Some((first.ts, group))
    }

    fn is_in_population(&self, population: Population, start: Micros) -> bool {
        self.book.since(population).is_some_and(|since| since <= start)
    }

    fn note_deeds(&mut self, plan: &Plan, start: Micros) {
        self.deeds.clear();
        let wanted = plan.question.currency.as_ref();
        let counts = |one: &Purchase| {
            one.ts >= start
                && (one.is_bought() || one.is_refund)
                && wanted.is_none_or(|wanted| self.names.get(&one.currency) == Some(wanted))
        };
        for one in self.book.all().filter(counts) {
            let age = plan.age(start, one.ts) as usize;
            let amount = if plan.adds_money { one.amount.abs() } else { 0 };
            self.deeds.push(Deed { age, amount, is_refund: one.is_refund });
            if plan.adds_money && one.currency != 0 {
                self.currencies.insert(one.currency);
            }
        }
    }
}

impl<S: Sink> Visitor for Reading<S> {
    fn visit(&mut self, batch: &Batch, runs: &[Run]) -> Result<(), EngineError> {
        let plan = self.plan.clone();
        let reader = Reader::new(&plan, batch, std::mem::take(&mut self.bits))?;
        reader.orders.note_currencies(&mut self.names);
        for run in runs {
            if !run.continues {
                self.close()?;
                self.customer = Some(run.customer);
            }
            for row in run.rows.clone().take_while(|row| reader.ts[*row] < plan.as_of) {
                self.push(&plan, &reader, row);
            }
        }
        self.bits = reader.starts.map(FilterReader::into_bits).unwrap_or_default();
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<RecordBatch, EngineError> {
        self.close()?;
        let names = self.currencies.iter().filter_map(|number| self.names.get(number));
        let names: Vec<&String> = names.collect();
        self.sink.finish(&self.belonging, &names)
    }
}

/// The columns of a batch that the question looks at.
struct Reader<'a> {
    ts: &'a [Micros],
    orders: OrderReader<'a>,
    starts: Option<FilterReader<'a>>,
    belonging: BelongingReader<'a>,
}

impl<'a> Reader<'a> {
    fn new(plan: &'a Plan, batch: &'a Batch, bits: Vec<u64>) -> Result<Reader<'a>, EngineError> {
        let starts = plan.start.as_ref();
        Ok(Reader {
            ts: batch.ts()?,
            orders: OrderReader::with_currencies(batch, plan.by_order)?,
            starts: starts.map(|filters| FilterReader::new(filters, batch, bits)).transpose()?,
            belonging: BelongingReader::new(&plan.fields, batch)?,
        })
    }
}
