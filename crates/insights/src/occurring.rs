//! When what a question asks about happened: the instants of every customer's occurrences.
//!
//! Rows of one name that share an order id are one occurrence at their earliest instant, and a
//! condition on money or quantity is one on the sums of the order. `buyers` count by their purchases,
//! or, where the question names an event, by its occurrences from the first purchase on;
//! `net_buyers` likewise, unless with hindsight everything was refunded.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Decimal128Array, RecordBatch};
use perennial_engine::batch::{Batch, Run, decimal_at};
use perennial_engine::error::EngineError;
use perennial_engine::filter::{BatchFilter, Mask, row_bits};
use perennial_engine::fold::Visitor;
use perennial_engine::source::SourceFacts;
use perennial_types::calendar::Micros;
use perennial_types::event::{Column, ORDER, REFUND};
use perennial_types::filter::{EventFilter, EventNames};
use perennial_types::question::{Population, Refusal};

use crate::belonging::{self, Belonging, BelongingReader, Fields};
use crate::orders::{self, OrderBook, OrderReader};

/// What counts as an occurrence, and whose.
#[derive(Clone, Debug)]
pub struct Rule {
    filter: BatchFilter,
    names: EventNames,
    /// Whether purchases are the occurrences.
    by_purchase: bool,
    population: Population,
    by_order: bool,
    as_of: Micros,
    fields: Fields,
}

impl Rule {
    /// The rule of a question; without an event everything counts, or every purchase of a buyer.
    ///
    /// # Errors
    /// When the filter is too large.
    pub fn new(
        event: Option<&EventFilter>,
        population: Population,
        fields: Fields,
        facts: &SourceFacts,
        as_of: Micros,
    ) -> Result<Rule, Refusal> {
        let by_order = !facts.always_null.contains(&Column::OrderId);
        let any = EventFilter::any();
        let filter = event.unwrap_or(&any);
        Ok(Rule {
            filter: BatchFilter::new(filter, by_order)?,
            names: filter.event.clone(),
            by_purchase: event.is_none() && population != Population::Everyone,
            population,
            by_order,
            as_of,
            fields,
        })
    }

    fn needs_orders(&self) -> bool {
        self.population != Population::Everyone
    }

    /// Whether a later event may change what is known of any period.
    pub fn is_open_ended(&self) -> bool {
        self.population == Population::NetBuyers || belonging::any_current(&self.fields)
    }

    /// The columns it looks at, besides customer and instant.
    pub fn columns(&self) -> Vec<Column> {
        let mut columns: Vec<Column> =
            self.fields.iter().map(|(field, _)| field.column()).collect();
        columns.extend(self.filter.columns());
        if self.by_order || self.needs_orders() {
            let wanted = |one: &&Column| self.by_order || **one != Column::OrderId;
            columns.extend(orders::COLUMNS.iter().filter(wanted));
        }
        if self.population == Population::NetBuyers {
            columns.push(Column::Currency);
        }
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// Names of the only events that matter, where that is known.
    pub fn events(&self) -> Option<Vec<String>> {
        // With order ids, events of any name may be purchases.
        if belonging::any_current(&self.fields) || self.needs_orders() && self.by_order {
            return None;
        }
        let mut names = match (&self.names, self.by_purchase) {
            (EventNames::OneOf(names), _) => names.clone(),
            (EventNames::Any, true) => Vec::new(),
            (EventNames::Any, false) => return None,
        };
        if self.needs_orders() {
            names.extend([ORDER.to_owned(), REFUND.to_owned()]);
        }
        names.sort_unstable();
        names.dedup();
        Some(names)
    }

    /// The names the question gave, to be looked for in the lake.
    pub fn asked_names(&self) -> Vec<&str> {
        match &self.names {
            EventNames::Any => Vec::new(),
            EventNames::OneOf(names) => names.iter().map(String::as_str).collect(),
        }
    }

    /// Whether a row says all there is to say by itself.
    fn is_straight(&self) -> bool {
        !self.by_order && !self.needs_orders() && self.fields.is_empty()
    }
}

/// Something made of every customer's occurrences.
pub trait Sink: Send {
    /// Takes one customer with at least one occurrence, the instants in order.
    fn customer(
        &mut self,
        customer: i64,
        group: u32,
        instants: &[Micros],
    ) -> Result<(), EngineError>;
    /// The partial result of the bucket.
    fn finish(self, belonging: &Belonging) -> Result<RecordBatch, EngineError>;
}

/// Reads occurrences, bucket by bucket.
pub struct Occurring<S> {
    rule: Arc<Rule>,
    sink: S,
    customer: Option<i64>,
    instants: Vec<Micros>,
    lines: Vec<Line>,
    /// Group at each occurrence, where customers are told apart.
    groups: Vec<u32>,
    book: OrderBook,
    /// Group at the first line of each purchase and refund of the book.
    order_groups: Vec<u32>,
    belonging: Belonging,
}

/// One row whose name is asked about, where rows may share an order.
struct Line {
    ts: Micros,
    order: Option<u64>,
    bits: u32,
    amount: Option<i128>,
    quantity: Option<i128>,
    group: u32,
}

impl<S: Sink> Occurring<S> {
    /// A visitor for one bucket.
    pub fn new(rule: Arc<Rule>, sink: S) -> Occurring<S> {
        Occurring {
            belonging: Belonging::new(&rule.fields),
            rule,
            sink,
            customer: None,
            instants: Vec::new(),
            lines: Vec::new(),
            groups: Vec::new(),
            book: OrderBook::default(),
            order_groups: Vec::new(),
        }
    }

    fn close(&mut self) -> Result<(), EngineError> {
        let Some(customer) = self.customer.take() else { return Ok(()) };
        self.settle();
        if !self.instants.is_empty() {
            let at_first = self.groups.first().copied().unwrap_or_default();
            let group = self.belonging.group(at_first);
            self.sink.customer(customer, group, &self.instants)?;
        }
        self.instants.clear();
        self.lines.clear();
        self.groups.clear();
        self.book.clear();
        self.order_groups.clear();
        self.belonging.clear();
        Ok(())
    }

    /// Makes occurrences of what was gathered.
    fn settle(&mut self) {
        let rule = self.rule.clone();
        if rule.population == Population::NetBuyers && !self.book.is_net_buyer() {
            self.instants.clear();
            return;
        }
        if rule.by_purchase {
            let bought = self.book.all().enumerate().filter(|(_, one)| one.is_bought());
            for (position, purchase) in bought {
                self.instants.push(purchase.ts);
                self.groups.extend(self.order_groups.get(position));
            }
            return;
        }
        self.join(&rule);
        if rule.needs_orders() {
            let since = self.book.first().unwrap_or(Micros::MAX);
            let n_before = self.instants.partition_point(|ts| *ts < since);
            self.instants.drain(..n_before);
            self.groups.drain(..n_before.min(self.groups.len()));
        }
    }

    /// Joins lines of one order into one occurrence.
    fn join(&mut self, rule: &Rule) {
        let mut by_order: HashMap<u64, usize> = HashMap::new();
        let mut orders: Vec<Vec<&Line>> = Vec::new();
        for line in &self.lines {
            match line.order.map(|order| by_order.entry(order).or_insert(orders.len())) {
                Some(known) if *known < orders.len() => orders[*known].push(line),
                _ => orders.push(vec![line]),
            }
        }
        for lines in &orders {
            let sum = |of: fn(&Line) -> Option<i128>| {
                lines.iter().filter_map(|line| of(line)).reduce(|total, one| total + one)
            };
            let (amount, quantity) = (sum(|line| line.amount), sum(|line| line.quantity));
            if lines.iter().any(|line| rule.filter.holds(line.bits, amount, quantity)) {
                self.instants.push(lines[0].ts);
                self.groups.push(lines[0].group);
            }
        }
    }

    fn push(&mut self, reader: &Reader<'_>, row: usize) {
        self.belonging.note(&reader.belonging, row);
        let ts = reader.ts[row];
        if self.rule.needs_orders()
            && let Some(orders) = &reader.orders
        {
            self.book.push(orders, row, ts);
            if self.rule.by_purchase && self.book.len() > self.order_groups.len() {
                self.order_groups.push(self.belonging.at(&reader.belonging, row));
            }
        }
        let bits = row_bits(&reader.masks, row);
        // The first mask is that of the names, which all lines of an order share.
        if self.rule.by_purchase || bits & 1 == 0 {
            return;
        }
        let at =
            |column: Option<&Decimal128Array>| column.and_then(|column| decimal_at(column, row));
        self.lines.push(Line {
            ts,
            order: reader.orders.as_ref().and_then(|orders| orders.order(row)),
            bits,
            amount: at(reader.amount),
            quantity: at(reader.quantity),
            group: self.belonging.at(&reader.belonging, row),
        });
    }

    fn visit_straight(&mut self, batch: &Batch, runs: &[Run]) -> Result<(), EngineError> {
        let (ts, mask) = (batch.ts()?, self.rule.filter.mask(batch)?);
        for run in runs {
            if !run.continues {
                self.close_straight()?;
                self.customer = Some(run.customer);
            }
            let own = &ts[run.rows.clone()];
            let n_known = own.partition_point(|ts| *ts < self.rule.as_of);
            match &mask {
                Mask::Every => self.instants.extend_from_slice(&own[..n_known]),
                Mask::Rows(bits) => {
                    let rows = run.rows.clone().take(n_known);
                    self.instants.extend(rows.filter(|row| bits.value(*row)).map(|row| ts[row]));
                }
            }
        }
        Ok(())
    }

    fn close_straight(&mut self) -> Result<(), EngineError> {
        if let Some(customer) = self.customer.take()
            && !self.instants.is_empty()
        {
            self.sink.customer(customer, 0, &self.instants)?;
        }
        self.instants.clear();
        Ok(())
    }
}

impl<S: Sink> Visitor for Occurring<S> {
    fn visit(&mut self, batch: &Batch, runs: &[Run]) -> Result<(), EngineError> {
        if self.rule.is_straight() {
            return self.visit_straight(batch, runs);
        }
        let rule = self.rule.clone();
        let reader = Reader::new(&rule, batch)?;
        for run in runs {
            if !run.continues {
                self.close()?;
                self.customer = Some(run.customer);
            }
            for row in run.rows.clone().take_while(|row| reader.ts[*row] < rule.as_of) {
                self.push(&reader, row);
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<RecordBatch, EngineError> {
        if self.rule.is_straight() {
            self.close_straight()?;
        } else {
            self.close()?;
        }
        self.sink.finish(&self.belonging)
    }
}

/// The columns of a batch that the rule looks at.
struct Reader<'a> {
    ts: &'a [Micros],
    masks: Vec<Mask>,
    orders: Option<OrderReader<'a>>,
    amount: Option<&'a Decimal128Array>,
    quantity: Option<&'a Decimal128Array>,
    belonging: BelongingReader<'a>,
}

impl<'a> Reader<'a> {
    fn new(rule: &'a Rule, batch: &'a Batch) -> Result<Reader<'a>, EngineError> {
        let decimals =
            |column: Column| batch.has(column).then(|| batch.decimals(column)).transpose();
        let orders = match rule.population {
            Population::NetBuyers => Some(OrderReader::with_currencies(batch, rule.by_order)?),
            Population::Buyers => Some(OrderReader::new(batch, rule.by_order)?),
            Population::Everyone if rule.by_order => Some(OrderReader::new(batch, true)?),
            Population::Everyone => None,
        };
        Ok(Reader {
            ts: batch.ts()?,
            masks: rule.filter.masks(batch)?,
            orders,
            amount: decimals(Column::Amount)?,
            quantity: decimals(Column::Quantity)?,
            belonging: BelongingReader::new(&rule.fields, batch)?,
        })
    }
}
