//! Purchases and refunds out of a customer's rows: order lines that share an id are one purchase.

use std::hash::{DefaultHasher, Hash, Hasher};

use arrow::array::Decimal128Array;
use perennial_engine::batch::{Batch, TextColumn, decimal_at};
use perennial_engine::error::EngineError;
use perennial_types::calendar::Micros;
use perennial_types::event::{Column, ORDER, REFUND};

/// Columns that tell purchases.
pub const COLUMNS: [Column; 3] = [Column::Event, Column::OrderId, Column::Amount];

/// What a row is to the order book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A line of an order.
    Order,
    /// A line that takes money back.
    Refund,
    /// Neither.
    Other,
}

/// The columns of a batch that tell purchases.
pub struct OrderReader<'a> {
    event: TextColumn<'a>,
    order_id: Option<TextColumn<'a>>,
    amount: &'a Decimal128Array,
}

impl<'a> OrderReader<'a> {
    /// Reads a batch; `by_order` is false where no row has an order id.
    pub fn new(batch: &'a Batch, by_order: bool) -> Result<OrderReader<'a>, EngineError> {
        let order_id = by_order.then(|| batch.text(Column::OrderId)).transpose()?;
        let event = batch.text(Column::Event)?;
        Ok(OrderReader { event, order_id, amount: batch.decimals(Column::Amount)? })
    }

    /// What a row is: an `order`, a `refund`, or an order by carrying an order id and money.
    pub fn kind(&self, row: usize) -> Kind {
        match self.event.get(row) {
            Some(ORDER) => Kind::Order,
            Some(REFUND) => Kind::Refund,
            _ if self.has_order(row) && self.amount(row).is_some() => Kind::Order,
            _ => Kind::Other,
        }
    }

    fn has_order(&self, row: usize) -> bool {
        self.order_id.as_ref().is_some_and(|column| column.get(row).is_some())
    }

    /// Money of the row.
    pub fn amount(&self, row: usize) -> Option<i128> {
        decimal_at(self.amount, row)
    }

    /// A number rows share exactly when they are lines of the same order; `None` without one.
    pub fn order(&self, row: usize) -> Option<u64> {
        self.order_id.as_ref().and_then(|column| column.get(row)).map(|id| {
            let mut hasher = DefaultHasher::new();
            (self.event.get(row), id).hash(&mut hasher);
            hasher.finish()
        })
    }
}

/// One purchase or refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// Instant of its earliest line.
    pub ts: Micros,
    /// Its money, in ten-thousandths; a refund's as it came.
    pub amount: i128,
    /// Whether it is a refund.
    pub is_refund: bool,
}

/// A customer's purchases so far.
#[derive(Debug, Default)]
pub struct OrderBook {
    purchases: Vec<(Option<u64>, Purchase)>,
}

impl OrderBook {
    /// Forgets everything, for the next customer.
    pub fn clear(&mut self) {
        self.purchases.clear();
    }

    /// Takes a row, in time order; rows that are no order are passed over.
    pub fn push(&mut self, reader: &OrderReader<'_>, row: usize, ts: Micros) {
        let kind = reader.kind(row);
        if kind == Kind::Other {
            return;
        }
        let amount = reader.amount(row).unwrap_or(0);
        let purchase = Purchase { ts, amount, is_refund: kind == Kind::Refund };
        self.add(reader.order(row), purchase);
    }

    /// Adds one line of an order, in time order.
    pub fn add(&mut self, order: Option<u64>, line: Purchase) {
        // Lines of an order mostly follow each other, so the last few are looked at first.
        let known = order.and_then(|order| {
            self.purchases.iter_mut().rev().find(|(known, _)| *known == Some(order))
        });
        match known {
            Some((_, purchase)) => purchase.amount += line.amount,
            None => self.purchases.push((order, line)),
        }
    }

    /// Every purchase and refund, in time order.
    pub fn all(&self) -> impl Iterator<Item = Purchase> + '_ {
        self.purchases.iter().map(|(_, purchase)| *purchase)
    }

    /// Orders worth more than 0, in time order.
    pub fn bought(&self) -> impl Iterator<Item = Purchase> + '_ {
        self.all().filter(|purchase| !purchase.is_refund && purchase.amount > 0)
    }

    /// Instant of the first purchase.
    pub fn first(&self) -> Option<Micros> {
        self.bought().next().map(|purchase| purchase.ts)
    }

    /// Whether, with hindsight, something was bought that was not taken back.
    pub fn is_net_buyer(&self) -> bool {
        let bought: i128 = self.bought().map(|purchase| purchase.amount).sum();
        let returned = self.all().filter(|purchase| purchase.is_refund);
        let returned: i128 = returned.map(|refund| refund.amount.abs()).sum();
        bought > returned
    }

    /// Gaps between purchases up to and including an instant, in time order.
    pub fn gaps_until(&self, end: Micros) -> Vec<Micros> {
        let instants: Vec<Micros> =
            self.bought().map(|purchase| purchase.ts).filter(|ts| *ts <= end).collect();
        instants.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }
}

/// The median; the mean of the two in the middle, rounded down, where their number is even.
pub fn median(values: &mut [Micros]) -> Option<Micros> {
    values.sort_unstable();
    let upper = *values.get(values.len() / 2)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = values[values.len() / 2 - 1];
    Some(lower + (upper - lower) / 2)
}
