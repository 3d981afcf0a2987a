//! The general way through a customer's rows: they are gathered, joined into occurrences, and
//! every option of the question is applied to those when the customer is complete.

use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::batch::{Batch, Run, decimal_at};
use perennial_engine::error::EngineError;
use perennial_engine::filter::row_bits;
use perennial_engine::fold::Visitor;
use perennial_types::event::Column;
use perennial_types::filter::Field;
use perennial_types::question::Population;

use super::entries::Entries;
use super::occurrence::{Groups, Line, occurrences};
use super::plan::{Plan, Value};
use super::question::Attribution;
use super::sink::Sink;
use crate::grouping::{FieldReader, Group, Interner};
use crate::orders::{OrderBook, OrderReader};

/// Gathers a customer's rows.
pub struct Gathering<S> {
    plan: Arc<Plan>,
    sink: S,
    customer: Option<i64>,
    lines: Vec<Line>,
    orders: OrderBook,
    /// Latest known values of the breakdowns attributed to the present.
    current: Group,
    groups: Groups,
    currencies: Interner<String>,
    entries: Entries,
}

impl<S: Sink> Gathering<S> {
    /// A visitor for one bucket. `kept` are the groups told apart by return values; the returns of
    /// all others are one group.
    pub fn new(plan: Arc<Plan>, kept: Option<Arc<Vec<Group>>>, sink: S) -> Gathering<S> {
        Gathering {
            current: vec![None; plan.breakdown.len()],
            entries: Entries::new(kept),
            plan,
            sink,
            customer: None,
            lines: Vec::new(),
            orders: OrderBook::default(),
            groups: Groups::default(),
            currencies: Interner::default(),
        }
    }

    fn close(&mut self) {
        let Some(customer) = self.customer.take() else { return };
        let occurrences = occurrences(&self.plan, &self.lines);
        self.entries.make(&self.plan, &occurrences, &self.orders, &self.current, &mut self.groups);
        let (entries, hits) = self.entries.parts();
        if !entries.is_empty() {
            self.sink.customer(&self.plan, customer, entries, hits);
        }
        self.lines.clear();
        self.orders.clear();
        self.current.fill(None);
    }
}

impl<S: Sink> Visitor for Gathering<S> {
    fn visit(&mut self, batch: &Batch, runs: &[Run]) -> Result<(), EngineError> {
        let plan = self.plan.clone();
        let reader = Reader::new(&plan, batch)?;
        for run in runs {
            if !run.continues {
                self.close();
                self.customer = Some(run.customer);
            }
            for row in run.rows.clone() {
                if reader.ts[row] >= plan.as_of {
                    break;
                }
                self.note_current(&reader, row);
                if let Some(orders) = &reader.orders {
                    self.orders.push(orders, row, reader.ts[row]);
                }
                if let Some(line) = reader.line(row, &mut self.groups, &mut self.currencies) {
                    self.lines.push(line);
                }
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<RecordBatch, EngineError> {
        self.close();
        let plan = self.plan.clone();
        let numbers = self.entries.currencies().iter().filter_map(|number| number.checked_sub(1));
        let currencies: Vec<String> =
            numbers.filter_map(|number| self.currencies.value(number).cloned()).collect();
        self.sink.finish(&plan, self.groups.values(), &currencies)
    }
}

impl<S> Gathering<S> {
    fn note_current(&mut self, reader: &Reader<'_>, row: usize) {
        for ((position, (_, at)), field) in
            self.plan.breakdown.iter().enumerate().zip(&reader.breakdown)
        {
            if *at == Attribution::Current
                && let Some(value) = field.text(row)
            {
                self.current[position] = Some(value);
            }
        }
    }
}

fn order_reader<'a>(plan: &Plan, batch: &'a Batch) -> Result<OrderReader<'a>, EngineError> {
    match plan.question.population {
        Population::NetBuyers => OrderReader::with_currencies(batch, plan.by_order),
        Population::Everyone | Population::Buyers => OrderReader::new(batch, plan.by_order),
    }
}

/// The columns of a batch that the question looks at.
struct Reader<'a> {
    ts: &'a [i64],
    start: Vec<perennial_engine::filter::Mask>,
    returns: Vec<perennial_engine::filter::Mask>,
    order: Option<OrderReader<'a>>,
    orders: Option<OrderReader<'a>>,
    amount: Option<&'a arrow::array::Decimal128Array>,
    quantity: Option<&'a arrow::array::Decimal128Array>,
    number: Option<FieldReader<'a>>,
    currency: Option<FieldReader<'a>>,
    breakdown: Vec<FieldReader<'a>>,
}

impl<'a> Reader<'a> {
    fn new(plan: &'a Plan, batch: &'a Batch) -> Result<Reader<'a>, EngineError> {
        let decimals =
            |column: Column| batch.has(column).then(|| batch.decimals(column)).transpose();
        let number = match &plan.value {
            Value::Number(field @ Field::Property(_)) => Some(FieldReader::new(field, batch)?),
            _ => None,
        };
        let breakdown = plan.breakdown.iter().map(|(field, _)| FieldReader::new(field, batch));
        Ok(Reader {
            ts: batch.ts()?,
            start: plan.start.masks(batch)?,
            returns: plan.return_.masks(batch)?,
            order: plan.by_order.then(|| OrderReader::new(batch, true)).transpose()?,
            orders: plan.needs_orders().then(|| order_reader(plan, batch)).transpose()?,
            amount: decimals(Column::Amount)?,
            quantity: decimals(Column::Quantity)?,
            number,
            currency: plan
                .adds_money()
                .then(|| FieldReader::new(&Field::Currency, batch))
                .transpose()?,
            breakdown: breakdown.collect::<Result<_, _>>()?,
        })
    }

    /// The row as a line, unless no part of the question can look at it.
    fn line(
        &self,
        row: usize,
        groups: &mut Groups,
        currencies: &mut Interner<String>,
    ) -> Option<Line> {
        let start = row_bits(&self.start, row);
        let return_ = row_bits(&self.returns, row);
        // The first mask is that of the names, which all lines of an order share.
        if (start | return_) & 1 == 0 {
            return None;
        }
        let order = self.order.as_ref().and_then(|orders| orders.order(row));
        let at = |column: Option<&arrow::array::Decimal128Array>| {
            column.and_then(|column| decimal_at(column, row))
        };
        let amount = at(self.amount);
        let currency = match (&self.currency, amount) {
            (Some(column), Some(_)) => {
                column.text(row).map_or(0, |code| currencies.number(code.as_str()) + 1)
            }
            _ => 0,
        };
        let group = if self.breakdown.is_empty() {
            0
        } else {
            let values: Group = self.breakdown.iter().map(|field| field.text(row)).collect();
            groups.number(&values)
        };
        Some(Line {
            ts: self.ts[row],
            order,
            start,
            return_,
            amount,
            quantity: at(self.quantity),
            number: self.number.as_ref().and_then(|number| number.number(row)),
            currency,
            group,
        })
    }
}
