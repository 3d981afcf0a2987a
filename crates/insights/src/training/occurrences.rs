//! Occurrences of what a filter asks for, as they were known at instant after instant.
//!
//! An order whose lines come on both sides of an instant is what its earlier lines make it.

use std::collections::HashMap;

use arrow::array::Decimal128Array;
use perennial_engine::batch::{Batch, Run, decimal_at};
use perennial_engine::error::EngineError;
use perennial_engine::filter::{BatchFilter, Mask, row_bits};
use perennial_types::calendar::Micros;
use perennial_types::event::Column;

use crate::orders::OrderReader;

/// The columns of a batch that a filter looks at.
pub(super) struct Reader<'a> {
    ts: &'a [Micros],
    masks: Vec<Mask>,
    /// Where rows may share an order.
    orders: Option<OrderReader<'a>>,
    amount: Option<&'a Decimal128Array>,
    quantity: Option<&'a Decimal128Array>,
}

impl<'a> Reader<'a> {
    /// Reads a batch; `by_order` says whether rows may share an order.
    pub(super) fn new(
        filter: &'a BatchFilter,
        by_order: bool,
        batch: &'a Batch,
    ) -> Result<Reader<'a>, EngineError> {
        let decimals =
            |column: Column| batch.has(column).then(|| batch.decimals(column)).transpose();
        Ok(Reader {
            ts: batch.ts()?,
            masks: if by_order { filter.masks(batch)? } else { vec![filter.mask(batch)?] },
            orders: by_order.then(|| OrderReader::new(batch, true)).transpose()?,
            amount: decimals(Column::Amount)?,
            quantity: decimals(Column::Quantity)?,
        })
    }
}

/// One customer's occurrences of what a filter asks for, as they were known at instant after instant.
#[derive(Debug, Default)]
pub(super) struct Series {
    lines: Vec<Line>,
    /// Lines looked at so far.
    n_taken: usize,
    orders: Vec<Order>,
    positions: HashMap<u64, usize>,
    /// The instants known, in order.
    instants: Vec<Micros>,
    /// Whether every line is an occurrence by itself.
    is_straight: bool,
}

/// A row whose name is asked about.
#[derive(Debug)]
struct Line {
    ts: Micros,
    order: Option<u64>,
    bits: u32,
    amount: Option<i128>,
    quantity: Option<i128>,
}

/// Lines that share an order, as far as they are known; a line alone where it has none.
#[derive(Debug)]
struct Order {
    ts: Micros,
    amount: Option<i128>,
    quantity: Option<i128>,
    /// What its lines say, each once.
    bits: Vec<u32>,
}

impl Series {
    /// Forgets everything, for the next customer.
    pub(super) fn clear(&mut self) {
        self.lines.clear();
        self.orders.clear();
        self.positions.clear();
        self.instants.clear();
        self.n_taken = 0;
    }

    /// Takes the rows of a run that the filter names.
    pub(super) fn push(&mut self, reader: &Reader<'_>, run: &Run) {
        self.is_straight = reader.orders.is_none();
        for row in run.rows.clone() {
            let bits = row_bits(&reader.masks, row);
            // The first mask is that of the names, which all lines of an order share.
            if bits & 1 == 0 {
                continue;
            }
            let at = |column: Option<&Decimal128Array>| column.and_then(|one| decimal_at(one, row));
            self.lines.push(Line {
                ts: reader.ts[row],
                order: reader.orders.as_ref().and_then(|orders| orders.order(row)),
                bits,
                amount: at(reader.amount),
                quantity: at(reader.quantity),
            });
        }
    }

    /// The instants of the occurrences that the rows before an instant make. Instants asked for must
    /// not decrease.
    pub(super) fn known_at(&mut self, filter: &BatchFilter, at: Micros) -> &[Micros] {
        let n_known = self.lines.partition_point(|line| line.ts < at);
        let fresh = self.lines.get(self.n_taken..n_known).unwrap_or_default();
        self.n_taken = n_known.max(self.n_taken);
        if self.is_straight {
            self.instants.extend(fresh.iter().map(|line| line.ts));
            return &self.instants;
        }
        if !fresh.is_empty() {
            for line in fresh {
                take(&mut self.orders, &mut self.positions, line);
            }
            let holds = |order: &&Order| {
                order.bits.iter().any(|bits| filter.holds(*bits, order.amount, order.quantity))
            };
            self.instants.clear();
            self.instants.extend(self.orders.iter().filter(holds).map(|order| order.ts));
        }
        &self.instants
    }
}

/// Adds a line to its order.
fn take(orders: &mut Vec<Order>, positions: &mut HashMap<u64, usize>, line: &Line) {
    let known = line.order.map(|order| *positions.entry(order).or_insert(orders.len()));
    let sum = |sum: Option<i128>, one: Option<i128>| match (sum, one) {
        (Some(sum), Some(one)) => Some(sum + one),
        (sum, one) => sum.or(one),
    };
    match known.and_then(|position| orders.get_mut(position)) {
        Some(order) => {
            order.amount = sum(order.amount, line.amount);
            order.quantity = sum(order.quantity, line.quantity);
            if !order.bits.contains(&line.bits) {
                order.bits.push(line.bits);
            }
        }
        None => orders.push(Order {
            ts: line.ts,
            amount: line.amount,
            quantity: line.quantity,
            bits: vec![line.bits],
        }),
    }
}
