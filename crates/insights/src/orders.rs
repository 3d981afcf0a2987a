//! Purchases and refunds out of a customer's rows: order lines that share an id are one purchase.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use arrow::array::{Array, Decimal128Array};
use arrow::buffer::BooleanBuffer;
use perennial_engine::batch::{Batch, TextColumn, decimal_at};
use perennial_engine::error::EngineError;
use perennial_engine::filter::Mask;
use perennial_types::calendar::Micros;
use perennial_types::event::{Column, ORDER, REFUND};
use perennial_types::question::Population;

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
    /// What the events of a dictionary are, by their code: decided once per name, not per row.
    kinds: Vec<Option<Kind>>,
    order_id: Option<TextColumn<'a>>,
    amount: &'a Decimal128Array,
    currency: Option<TextColumn<'a>>,
}

impl<'a> OrderReader<'a> {
    /// Reads a batch; `by_order` is false where no row has an order id.
    pub fn new(batch: &'a Batch, by_order: bool) -> Result<OrderReader<'a>, EngineError> {
        let order_id = by_order.then(|| batch.text(Column::OrderId)).transpose()?;
        let event = batch.text(Column::Event)?;
        let kinds = match &event {
            TextColumn::Plain(_) => Vec::new(),
            TextColumn::Dictionary(_, names) => names.iter().map(by_name).collect(),
        };
        let amount = batch.decimals(Column::Amount)?;
        Ok(OrderReader { event, kinds, order_id, amount, currency: None })
    }

    /// As [`new`](Self::new), telling money of one currency from that of another: what
    /// [`OrderBook::is_net_buyer`] needs.
    pub fn with_currencies(
        batch: &'a Batch,
        by_order: bool,
    ) -> Result<OrderReader<'a>, EngineError> {
        let currency = Some(batch.text(Column::Currency)?);
        Ok(OrderReader { currency, ..OrderReader::new(batch, by_order)? })
    }

    /// What a population needs to know of a batch; `None` where it needs nothing.
    pub fn of(
        population: Population,
        batch: &'a Batch,
        by_order: bool,
    ) -> Result<Option<OrderReader<'a>>, EngineError> {
        Ok(match population {
            Population::Everyone => None,
            Population::Buyers => Some(OrderReader::new(batch, by_order)?),
            Population::NetBuyers => Some(OrderReader::with_currencies(batch, by_order)?),
        })
    }

    /// What a row is: an `order`, a `refund`, or an order by carrying an order id. Some lines of an
    /// order may lack money; an order without any is worth 0, so nobody bought anything.
    pub fn kind(&self, row: usize) -> Kind {
        let named = match &self.event {
            TextColumn::Plain(_) => by_name(self.event.get(row)),
            TextColumn::Dictionary(codes, _) => {
                codes.key(row).and_then(|code| self.kinds.get(code).copied().flatten())
            }
        };
        match named {
            Some(kind) => kind,
            None if self.has_order(row) => Kind::Order,
            None => Kind::Other,
        }
    }

    /// The rows that are orders or refunds.
    pub fn marked(&self, n_rows: usize) -> Mask {
        let is_marked = |row: usize| self.kind(row) != Kind::Other;
        Mask::Rows(match (&self.event, &self.order_id) {
            (TextColumn::Dictionary(codes, _), None) if codes.null_count() == 0 => {
                let is_order: Vec<bool> = self.kinds.iter().map(Option::is_some).collect();
                let keys = codes.keys().values();
                BooleanBuffer::collect_bool(n_rows, |row| is_order[keys[row] as usize])
            }
            _ => BooleanBuffer::collect_bool(n_rows, is_marked),
        })
    }

    fn has_order(&self, row: usize) -> bool {
        self.order_id.as_ref().is_some_and(|column| column.get(row).is_some())
    }

    /// Money of the row.
    pub fn amount(&self, row: usize) -> Option<i128> {
        decimal_at(self.amount, row)
    }

    /// A number rows share exactly when their money is of the same currency; 0 where that is not
    /// known.
    pub fn currency(&self, row: usize) -> u64 {
        self.currency_name(row).map_or(0, hash_of)
    }

    /// The currency of the row, where currencies are told apart.
    pub fn currency_name(&self, row: usize) -> Option<&'a str> {
        self.currency.as_ref().and_then(|column| column.get(row))
    }

    /// Notes the names behind [`Purchase::currency`].
    pub fn note_currencies(&self, known: &mut HashMap<u64, String>) {
        let mut note = |name: &str| {
            known.entry(hash_of(name)).or_insert_with(|| name.to_owned());
        };
        match &self.currency {
            None => {}
            Some(TextColumn::Plain(names)) => names.iter().flatten().for_each(&mut note),
            Some(TextColumn::Dictionary(_, names)) => names.iter().flatten().for_each(&mut note),
        }
    }

    /// A number rows share exactly when they are lines of the same order; `None` without one.
    pub fn order(&self, row: usize) -> Option<u64> {
        let id = self.order_id.as_ref().and_then(|column| column.get(row));
        id.map(|id| hash_of((self.event.get(row), id)))
    }
}

/// What a name says by itself; `None` where only an order id can tell.
fn by_name(name: Option<&str>) -> Option<Kind> {
    match name {
        Some(ORDER) => Some(Kind::Order),
        Some(REFUND) => Some(Kind::Refund),
        _ => None,
    }
}

/// The number of a currency by its name, as [`Purchase::currency`] has it.
pub fn currency_number(name: &str) -> u64 {
    hash_of(name)
}

fn hash_of(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
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
    /// A number that purchases share exactly when their first lines with money are of one currency;
    /// 0 where it is not known.
    pub currency: u64,
}

impl Purchase {
    /// Whether it is an order worth more than 0.
    pub fn is_bought(&self) -> bool {
        !self.is_refund && self.amount > 0
    }
}

/// So many purchases are looked through faster than hashed.
const FEW: usize = 64;

#[derive(Debug)]
struct Booked {
    order: Option<u64>,
    purchase: Purchase,
}

/// A customer's purchases so far.
#[derive(Debug, Default)]
pub struct OrderBook {
    purchases: Vec<Booked>,
    /// Positions of the orders, once there are more than a few purchases.
    positions: HashMap<u64, usize>,
}

impl OrderBook {
    /// Forgets everything, for the next customer.
    pub fn clear(&mut self) {
        self.purchases.clear();
        self.positions.clear();
    }

    /// How many purchases and refunds there are.
    pub fn len(&self) -> usize {
        self.purchases.len()
    }

    /// Whether nothing was bought or taken back.
    pub fn is_empty(&self) -> bool {
        self.purchases.is_empty()
    }

    /// Takes a row, in time order; rows that are no order are passed over.
    pub fn push(&mut self, reader: &OrderReader<'_>, row: usize, ts: Micros) {
        self.push_as(reader, row, ts, reader.kind(row));
    }

    /// As [`push`](Self::push), for a row whose kind is decided elsewhere.
    pub fn push_as(&mut self, reader: &OrderReader<'_>, row: usize, ts: Micros, kind: Kind) {
        if kind == Kind::Other {
            return;
        }
        let amount = reader.amount(row);
        let currency = amount.map_or(0, |_| reader.currency(row));
        let is_refund = kind == Kind::Refund;
        let purchase = Purchase { ts, amount: amount.unwrap_or(0), is_refund, currency };
        self.add(Booked { order: reader.order(row), purchase });
    }

    /// The instant from which on the customer belongs to a population; `None` if never.
    pub fn since(&self, population: Population) -> Option<Micros> {
        match population {
            Population::Everyone => Some(Micros::MIN),
            Population::NetBuyers if !self.is_net_buyer() => None,
            Population::Buyers | Population::NetBuyers => self.first(),
        }
    }

    /// Adds one line, in time order.
    fn add(&mut self, line: Booked) {
        if let Some(position) = line.order.and_then(|order| self.position_of(order)) {
            let known = &mut self.purchases[position];
            known.purchase.amount += line.purchase.amount;
            if known.purchase.currency == 0 {
                known.purchase.currency = line.purchase.currency;
            }
            return;
        }
        self.purchases.push(line);
        let n_listed = self.purchases.len() - 1;
        // Listed all at once when they become many, and one by one from then on.
        let unlisted = match n_listed {
            FEW => 0,
            _ if n_listed > FEW => n_listed,
            _ => return,
        };
        let orders = self.purchases.iter().enumerate().skip(unlisted);
        self.positions
            .extend(orders.filter_map(|(position, booked)| Some((booked.order?, position))));
    }

    fn position_of(&self, order: u64) -> Option<usize> {
        if self.purchases.len() > FEW {
            return self.positions.get(&order).copied();
        }
        // Lines of an order mostly follow each other, so the last few are looked at first.
        self.purchases.iter().rposition(|known| known.order == Some(order))
    }

    /// Every purchase and refund, in time order.
    pub fn all(&self) -> impl Iterator<Item = Purchase> + '_ {
        self.purchases.iter().map(|booked| booked.purchase)
    }

    /// Orders worth more than 0, in time order.
    pub fn bought(&self) -> impl Iterator<Item = Purchase> + '_ {
        self.all().filter(Purchase::is_bought)
    }

    /// Instant of the first purchase.
    pub fn first(&self) -> Option<Micros> {
        self.bought().next().map(|purchase| purchase.ts)
    }

    /// Whether, with hindsight, something was bought that was not taken back: in some currency the
    /// orders are worth more than the refunds. A refund without a currency takes back any.
    pub fn is_net_buyer(&self) -> bool {
        let mut balances: Vec<(u64, i128)> = Vec::new();
        for bought in self.bought() {
            match balances.iter_mut().find(|(currency, _)| *currency == bought.currency) {
                Some((_, balance)) => *balance += bought.amount,
                None => balances.push((bought.currency, bought.amount)),
            }
        }
        for refund in self.all().filter(|purchase| purchase.is_refund) {
            let of = |currency: u64| refund.currency == 0 || refund.currency == currency;
            for (_, balance) in balances.iter_mut().filter(|(currency, _)| of(*currency)) {
                *balance -= refund.amount.abs();
            }
        }
        balances.iter().any(|(_, balance)| *balance > 0)
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
