//! The fold: per customer and reference date, the last day with a purchase, the purchases, and
//! their money.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, Int32Array, Int64Array, RecordBatch, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema};
use perennial_engine::batch::{Batch, Run};
use perennial_engine::error::EngineError;
use perennial_engine::filter::Mask;
use perennial_engine::fold::{Fold, Needs, Visitor};
use perennial_types::calendar::Micros;
use perennial_types::event::Column;
use perennial_types::question::Population;

use super::plan::{Plan, Reference, nets};
use super::question::Frequency;
use crate::belonging::{self, Belonging, BelongingReader};
use crate::ledger::CURRENCIES;
use crate::orders::{self, Kind, OrderBook, OrderReader, Purchase};

/// Columns before those of the reference dates: customer, group.
pub const N_FIXED: usize = 2;

/// Columns of each reference date: last day, purchases, money.
pub const N_EACH: usize = 3;

/// A question, folded.
pub struct RfmFold {
    plan: Arc<Plan>,
}

impl RfmFold {
    /// A fold.
    pub fn new(plan: Arc<Plan>) -> RfmFold {
        RfmFold { plan }
    }
}

impl fmt::Debug for RfmFold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("RfmFold").finish_non_exhaustive()
    }
}

impl Fold for RfmFold {
    fn description(&self) -> (&'static str, serde_json::Value) {
        ("rfm", serde_json::to_value(&self.plan.question).unwrap_or_default())
    }

    fn needs(&self) -> Needs {
        let plan = &self.plan;
        let mut columns: Vec<Column> =
            plan.breakdown.iter().map(|(field, _)| field.column()).collect();
        columns.extend(plan.filter.iter().flat_map(|filter| filter.columns()));
        columns
            .extend(orders::COLUMNS.iter().filter(|one| plan.by_order || **one != Column::OrderId));
        columns.push(Column::Currency);
        columns.sort_unstable();
        columns.dedup();
        Needs { columns, events: plan.events(), ts: plan.range() }
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        let plan = self.plan.clone();
        let n_references = plan.references.len();
        Box::new(Reading {
            belonging: Belonging::new(&plan.breakdown),
            plan,
            customer: None,
            book: OrderBook::default(),
            order_groups: Vec::new(),
            names: HashMap::new(),
            currencies: BTreeSet::new(),
            pending: Vec::new(),
            keys: Vec::new(),
            groups: Vec::new(),
            measured: vec![Measured::default(); n_references],
        })
    }
}

/// The measures of every customer at one reference date; no purchases where there was none.
#[derive(Clone, Default)]
struct Measured {
    last_day: Vec<i32>,
    n: Vec<u32>,
    money: Vec<i128>,
}

struct Reading {
    plan: Arc<Plan>,
    customer: Option<i64>,
    book: OrderBook,
    belonging: Belonging,
    /// Group at the first line of each purchase and refund of the book.
    order_groups: Vec<u32>,
    /// Names of the currencies by their number.
    names: HashMap<u64, String>,
    /// Numbers of the currencies that were added.
    currencies: BTreeSet<u64>,
    /// Those of the customer at one reference date.
    pending: Vec<u64>,
    keys: Vec<i64>,
    groups: Vec<u32>,
    measured: Vec<Measured>,
}

impl Visitor for Reading {
    fn visit(&mut self, batch: &Batch, runs: &[Run]) -> Result<(), EngineError> {
        let plan = self.plan.clone();
        let reader = Reader::new(&plan, batch)?;
        reader.orders.note_currencies(&mut self.names);
        for run in runs {
            if !run.continues {
                self.close();
                self.customer = Some(run.customer);
            }
            for row in run.rows.clone().take_while(|row| reader.ts[*row] < plan.as_of) {
                self.push(&plan, &reader, row);
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<RecordBatch, EngineError> {
        self.close();
        let names = self.currencies.iter().filter_map(|number| self.names.get(number));
        let names = serde_json::to_string(&names.collect::<Vec<_>>()).unwrap_or_default();
        let mut fields = vec![
            Field::new("customer", DataType::Int64, false),
            Field::new("group", belonging::column_type(), false),
        ];
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from(self.keys)),
            self.belonging.column(self.groups.iter().copied()),
        ];
        for (position, measured) in self.measured.into_iter().enumerate() {
            let money = Decimal128Array::from(measured.money).with_precision_and_scale(38, 4)?;
            fields.push(Field::new(format!("last_day_{position}"), DataType::Int32, false));
            fields.push(Field::new(format!("n_{position}"), DataType::UInt32, false));
            fields.push(Field::new(
                format!("money_{position}"),
                DataType::Decimal128(38, 4),
                false,
            ));
            columns.push(Arc::new(Int32Array::from(measured.last_day)));
            columns.push(Arc::new(UInt32Array::from(measured.n)));
            columns.push(Arc::new(money));
        }
        let metadata = HashMap::from([(CURRENCIES.to_owned(), names)]);
        let schema = Schema::new(fields).with_metadata(metadata);
        Ok(RecordBatch::try_new(Arc::new(schema), columns)?)
    }
}

impl Reading {
    fn push(&mut self, plan: &Plan, reader: &Reader<'_>, row: usize) {
        self.belonging.note(&reader.belonging, row);
        let kind = reader.kind(row);
        if kind == Kind::Other || !reader.is_of_currency(plan, row) {
            return;
        }
        self.book.push_as(&reader.orders, row, reader.ts[row], kind);
        if !plan.breakdown.is_empty() && self.book.len() > self.order_groups.len() {
            self.order_groups.push(self.belonging.at(&reader.belonging, row));
        }
    }

    fn close(&mut self) {
        let Some(customer) = self.customer.take() else { return };
        let plan = self.plan.clone();
        let counts = plan.question.population != Population::NetBuyers || self.book.is_net_buyer();
        if counts && !self.book.is_empty() {
            self.measure(&plan, customer);
        }
        self.book.clear();
        self.order_groups.clear();
        self.belonging.clear();
    }

    /// Adds the customer, if anything was bought in the window of any reference date.
    fn measure(&mut self, plan: &Plan, customer: i64) {
        let mut is_there = false;
        for (position, reference) in plan.references.iter().enumerate() {
            let found = self.at(plan, reference);
            if found.n > 0 {
                is_there = true;
                self.currencies.extend(&self.pending);
            }
            let measured = &mut self.measured[position];
            measured.last_day.push(found.last_day);
            measured.n.push(found.n);
            measured.money.push(found.money);
        }
        if !is_there {
            for measured in &mut self.measured {
                measured.last_day.pop();
                measured.n.pop();
                measured.money.pop();
            }
            return;
        }
        let first = self.book.all().position(|one| one.is_bought());
        let at_first = first.and_then(|first| self.order_groups.get(first)).copied();
        let group = self.belonging.group(at_first.unwrap_or_default());
        self.keys.push(customer);
        self.groups.push(group);
    }

    /// The customer's measures at a reference date.
    fn at(&mut self, plan: &Plan, reference: &Reference) -> Found {
        let within = |one: &Purchase| reference.start <= one.ts && one.ts < reference.end;
        let by_day = plan.question.frequency == Frequency::Days;
        let mut found = Found::default();
        let mut last = None;
        let mut day = None;
        self.pending.clear();
        for one in self.book.all().filter(within) {
            if one.is_bought() {
                found.money += one.amount;
                last = Some(one.ts);
                if by_day {
                    let own = plan.days.index_of(one.ts);
                    found.n += u32::from(own != day);
                    day = own;
                } else {
                    found.n += 1;
                }
            } else if one.is_refund && nets(&plan.question) {
                found.money -= one.amount.abs();
            } else {
                continue;
            }
            if one.currency != 0 && self.pending.last() != Some(&one.currency) {
                self.pending.push(one.currency);
            }
        }
        found.last_day = last.and_then(|ts| plan.days.index_of(ts)).map_or(-1, |day| day as i32);
        found
    }
}

/// What was found of one customer at one reference date.
#[derive(Default)]
struct Found {
    last_day: i32,
    n: u32,
    money: i128,
}

/// The columns of a batch that the question looks at.
struct Reader<'a> {
    ts: &'a [Micros],
    orders: OrderReader<'a>,
    purchases: Option<Mask>,
    belonging: BelongingReader<'a>,
}

impl<'a> Reader<'a> {
    fn new(plan: &'a Plan, batch: &'a Batch) -> Result<Reader<'a>, EngineError> {
        Ok(Reader {
            ts: batch.ts()?,
            orders: OrderReader::with_currencies(batch, plan.by_order)?,
            purchases: plan.filter.as_ref().map(|filter| filter.mask(batch)).transpose()?,
            belonging: BelongingReader::new(&plan.breakdown, batch)?,
        })
    }

    fn kind(&self, row: usize) -> Kind {
        match &self.purchases {
            None => self.orders.kind(row),
            Some(mask) if mask.passes(row) => Kind::Order,
            Some(_) => match self.orders.kind(row) {
                Kind::Refund => Kind::Refund,
                _ => Kind::Other,
            },
        }
    }

    fn is_of_currency(&self, plan: &Plan, row: usize) -> bool {
        let wanted = plan.question.currency.as_deref();
        wanted.is_none_or(|wanted| self.orders.currency_name(row) == Some(wanted))
    }
}
