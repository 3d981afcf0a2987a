//! From a customer's rows to their life: what counts as being active, when they were acquired, and
//! which group they belong to.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::batch::{Batch, Run};
use perennial_engine::error::EngineError;
use perennial_engine::filter::Mask;
use perennial_engine::fold::Visitor;
use perennial_types::calendar::Micros;
use perennial_types::question::Population;

use super::life::Life;
use super::plan::{Plan, Rule};
use crate::grouping::{FieldReader, Group, Interner};
use crate::orders::{OrderBook, OrderReader};
use crate::retention::Attribution;

/// Something made of every customer's life.
pub trait Sink: Send {
    /// Takes one customer who was acquired; `group` is the number of their group.
    fn customer(
        &mut self,
        plan: &Plan,
        customer: i64,
        group: u32,
        life: &Life,
    ) -> Result<(), EngineError>;
    /// The partial result of the bucket; `groups` are the groups by their number.
    fn finish(self, plan: &Plan, groups: &[Group]) -> Result<RecordBatch, EngineError>;
}

/// Reads lives, bucket by bucket.
pub struct Reading<S> {
    plan: Arc<Plan>,
    sink: S,
    customer: Option<i64>,
    record: Record,
}

/// What is known of one customer so far.
#[derive(Default)]
struct Record {
    life: Life,
    /// Before this instant no occurrence can reach a boundary not reached already.
    next: Micros,
    orders: OrderBook,
    /// Group at the first line of each purchase and refund of the book.
    order_groups: Vec<u32>,
    /// Orders whose first line has been seen.
    seen: HashSet<u64>,
    /// First occurrence, or first start of a subscription, and the group there.
    first: Option<(Micros, u32)>,
    /// When the subscription that runs was started.
    since: Option<Micros>,
    /// Subscriptions that ended.
    ended: Vec<(Micros, Micros)>,
    /// Latest known values of the breakdowns attributed to the present.
    current: Group,
    groups: Interner<Group>,
}

impl<S: Sink> Reading<S> {
    /// A visitor for one bucket.
    pub fn new(plan: Arc<Plan>, sink: S) -> Reading<S> {
        let current = vec![None; plan.breakdown.len()];
        let mut record = Record { next: Micros::MIN, current, ..Record::default() };
        if plan.breakdown.is_empty() {
            record.groups.number(&Group::new());
        }
        Reading { plan, sink, customer: None, record }
    }

    fn close(&mut self) -> Result<(), EngineError> {
        let Some(customer) = self.customer.take() else { return Ok(()) };
        if let Some(group) = self.record.complete(&self.plan) {
            self.sink.customer(&self.plan, customer, group, &self.record.life)?;
        }
        self.record.clear();
        Ok(())
    }
}

impl<S: Sink> Visitor for Reading<S> {
    fn visit(&mut self, batch: &Batch, runs: &[Run]) -> Result<(), EngineError> {
        let plan = self.plan.clone();
        let reader = Reader::new(&plan, batch)?;
        for run in runs {
            if !run.continues {
                self.close()?;
                self.customer = Some(run.customer);
            }
            for row in run.rows.clone().take_while(|row| reader.ts[*row] < plan.as_of) {
                self.record.push(&plan, &reader, row);
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<RecordBatch, EngineError> {
        self.close()?;
        self.sink.finish(&self.plan, self.record.groups.values())
    }
}

impl Record {
    fn clear(&mut self) {
        self.life.clear();
        self.next = Micros::MIN;
        self.orders.clear();
        self.order_groups.clear();
        self.seen.clear();
        self.first = None;
        self.since = None;
        self.ended.clear();
        self.current.fill(None);
    }

    /// Takes a row, in time order.
    fn push(&mut self, plan: &Plan, reader: &Reader<'_>, row: usize) {
        let ts = reader.ts[row];
        for (value, (field, at)) in self.current.iter_mut().zip(&reader.breakdown) {
            if *at == Attribution::Current
                && let Some(text) = field.text(row)
            {
                *value = Some(text);
            }
        }
        if plan.needs_orders()
            && let Some(orders) = &reader.orders
        {
            self.orders.push(orders, row, ts);
            if self.orders.len() > self.order_groups.len() {
                let group = self.group_at(reader, row);
                self.order_groups.push(group);
            }
        }
        match (&reader.subscription, plan.window()) {
            (Some((start, end)), _) => {
                let (starts, ends) = (start.passes(row), end.passes(row));
                if (starts || ends) && self.is_first_line(plan, reader, row) {
                    self.subscribe(reader, row, starts);
                }
            }
            (None, Some(window))
                if !plan.needs_orders() && self.is_first_line(plan, reader, row) =>
            {
                if self.first.is_none() {
                    self.first = Some((ts, self.group_at(reader, row)));
                }
                self.touch(plan, ts, window);
            }
            _ => {}
        }
    }

    fn is_first_line(&mut self, plan: &Plan, reader: &Reader<'_>, row: usize) -> bool {
        let orders = reader.orders.as_ref().filter(|_| plan.by_order);
        orders.and_then(|orders| orders.order(row)).is_none_or(|order| self.seen.insert(order))
    }

    fn subscribe(&mut self, reader: &Reader<'_>, row: usize, starts: bool) {
        let ts = reader.ts[row];
        if starts {
            if self.first.is_none() {
                self.first = Some((ts, self.group_at(reader, row)));
            }
            self.since = self.since.or(Some(ts));
        } else if let Some(since) = self.since.take() {
            self.ended.push((since, ts));
        }
    }

    /// Notes an occurrence that makes a customer active for the length of the window.
    fn touch(&mut self, plan: &Plan, ts: Micros, window: Micros) {
        if ts < self.next {
            return;
        }
        let boundaries = plan.boundaries();
        let n_reached = self.life.add(boundaries, ts, ts.saturating_add(window));
        let unreached = boundaries.get(n_reached);
        self.next = unreached.map_or(Micros::MAX, |boundary| boundary.saturating_sub(window));
    }

    fn group_at(&mut self, reader: &Reader<'_>, row: usize) -> u32 {
        if reader.breakdown.is_empty() {
            return 0;
        }
        let values = reader.breakdown.iter().map(|(field, at)| match at {
            Attribution::Current => None,
            _ => field.text(row),
        });
        let values: Group = values.collect();
        self.groups.number(&values)
    }

    /// Ends the life; gives the group of a customer of the population who was acquired.
    fn complete(&mut self, plan: &Plan) -> Option<u32> {
        if plan.question.population == Population::NetBuyers && !self.orders.is_net_buyer() {
            return None;
        }
        if let Rule::Trailing(window) = plan.rule {
            if plan.needs_orders() {
                self.touch_purchases(plan, window.micros()?);
            }
            let (first, group) = self.first?;
            self.life.birth = plan.birth(first);
            return Some(self.group(group));
        }
        self.ended.extend(self.since.map(|since| (since, Micros::MAX)));
        let (first, group) = self.first?;
        // A buyer counts from the first purchase on.
        let buyer_since = if plan.needs_orders() { self.orders.first()? } else { first };
        for (since, until) in &self.ended {
            self.life.add(plan.boundaries(), buyer_since.max(*since), *until);
        }
        self.life.birth = plan.birth(first.max(buyer_since));
        Some(self.group(group))
    }

    fn touch_purchases(&mut self, plan: &Plan, window: Micros) {
        // Taken out for the time of the loop, and put back for its memory.
        let orders = std::mem::take(&mut self.orders);
        for (position, purchase) in orders.all().enumerate().filter(|(_, one)| one.is_bought()) {
            if self.first.is_none() {
                self.first = self.order_groups.get(position).map(|group| (purchase.ts, *group));
            }
            self.touch(plan, purchase.ts, window);
        }
        self.orders = orders;
    }

    /// The group with its values at the present filled in.
    fn group(&mut self, at_first: u32) -> u32 {
        if self.current.iter().all(Option::is_none) {
            return at_first;
        }
        let Some(first) = self.groups.value(at_first) else { return at_first };
        let pairs = first.iter().zip(&self.current);
        let values: Group =
            pairs.map(|(first, current)| current.clone().or_else(|| first.clone())).collect();
        self.groups.number(&values)
    }
}

/// The columns of a batch that the question looks at.
struct Reader<'a> {
    ts: &'a [Micros],
    orders: Option<OrderReader<'a>>,
    subscription: Option<(Mask, Mask)>,
    breakdown: Vec<(FieldReader<'a>, Attribution)>,
}

impl<'a> Reader<'a> {
    fn new(plan: &'a Plan, batch: &'a Batch) -> Result<Reader<'a>, EngineError> {
        let orders = match plan.question.population {
            Population::NetBuyers => Some(OrderReader::with_currencies(batch, plan.by_order)?),
            Population::Buyers => Some(OrderReader::new(batch, plan.by_order)?),
            Population::Everyone if plan.by_order => Some(OrderReader::new(batch, true)?),
            Population::Everyone => None,
        };
        let fields = plan.breakdown.iter();
        let subscription = match &plan.rule {
            Rule::Trailing(_) => None,
            Rule::Subscription { start, end } => Some((start.mask(batch)?, end.mask(batch)?)),
        };
        Ok(Reader {
            ts: batch.ts()?,
            orders,
            subscription,
            breakdown: fields
                .map(|(field, at)| Ok((FieldReader::new(field, batch)?, *at)))
                .collect::<Result<_, EngineError>>()?,
        })
    }
}
