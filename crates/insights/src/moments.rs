//! A customer's rows as moments: what happened once, and which of a question's filters it passes.
//!
//! Rows of one event name that share an order id are one moment at their earliest instant; it
//! passes a filter when one of its lines does, money and quantity being those of the whole order.
//! Every moment carries two numbers of its first line, such as the values of a breakdown.

pub mod reading;

use std::collections::HashMap;
use std::ops::Range;

use perennial_engine::batch::{Batch, decimal_at};
use perennial_engine::error::EngineError;
use perennial_engine::filter::{BatchFilter, Mask};
use perennial_types::calendar::Micros;
use perennial_types::event::Column;
use perennial_types::filter::EventFilter;
use perennial_types::question::Refusal;

use crate::orders::{self, OrderReader};

/// Most filters of one question.
pub const MAX_FILTERS: usize = 32;

/// What happened once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub ts: Micros,
    /// One bit per filter it passes.
    pub passes: u32,
    /// Two numbers of its first line.
    pub tags: [u32; 2],
}

/// Filters looked at together.
#[derive(Clone, Debug)]
pub struct Filters {
    filters: Vec<BatchFilter>,
    by_order: bool,
    is_row_wise: bool,
    /// Whether moments that pass nothing are kept.
    keeps_all: bool,
}

impl Filters {
    /// Prepares filters. `by_order` says whether rows may share an order.
    pub fn new(
        filters: &[EventFilter],
        by_order: bool,
        keeps_all: bool,
    ) -> Result<Filters, Refusal> {
        let filters: Vec<BatchFilter> = filters
            .iter()
            .map(|filter| BatchFilter::new(filter, by_order))
            .collect::<Result<_, _>>()?;
        let n_masks: usize = filters.iter().map(BatchFilter::n_masks).sum();
        let is_row_wise = filters.iter().all(BatchFilter::is_row_wise);
        if filters.len() > MAX_FILTERS || (!is_row_wise && n_masks > 64) {
            return Err(Refusal::new(
                "too_many_conditions",
                format!("the question has {} filters with {n_masks} conditions", filters.len()),
                format!(
                    "ask with at most {MAX_FILTERS} filters, 64 conditions where money is tested"
                ),
            )
            .in_chinese(
                format!("提问有 {} 个筛选，共 {n_masks} 个条件", filters.len()),
                format!("请使用至多 {MAX_FILTERS} 个筛选；涉及金额时至多 64 个条件"),
            ));
        }
        Ok(Filters { filters, by_order, is_row_wise, keeps_all })
    }

    /// The columns they look at, besides customer and instant.
    pub fn columns(&self) -> Vec<Column> {
        let mut columns: Vec<Column> =
            self.filters.iter().flat_map(|filter| filter.columns().iter().copied()).collect();
        if self.by_order {
            columns.extend(orders::COLUMNS);
        }
        columns
    }
}

/// The filters over one batch.
pub struct FilterReader<'a> {
    ts: &'a [Micros],
    orders: Option<OrderReader<'a>>,
    /// One bit per filter, row by row; of masks where sums decide.
    bits: Vec<u64>,
    /// The rows that may begin or join a moment.
    matters: Mask,
    amount: Option<&'a arrow::array::Decimal128Array>,
    quantity: Option<&'a arrow::array::Decimal128Array>,
}

impl<'a> FilterReader<'a> {
    /// Looks at a batch. `bits` is taken for its memory; give back what
    /// [`into_bits`](Self::into_bits) gives.
    pub fn new(
        filters: &Filters,
        batch: &'a Batch,
        mut bits: Vec<u64>,
    ) -> Result<FilterReader<'a>, EngineError> {
        bits.clear();
        bits.resize(batch.n_rows(), 0);
        let mut position = 0;
        let mut matters = Vec::new();
        for filter in &filters.filters {
            let masks = if filters.is_row_wise {
                vec![filter.mask(batch)?]
            } else {
                filter.masks(batch)?
            };
            for mask in &masks {
                mark(&mut bits, mask, position);
                position += 1;
            }
            matters.extend(masks);
        }
        let keeps_every_row = filters.keeps_all || filters.by_order;
        let matters = if keeps_every_row { Mask::Every } else { Mask::any(matters) };
        let decimals = |column: Column| {
            (!filters.is_row_wise && batch.has(column)).then(|| batch.decimals(column)).transpose()
        };
        Ok(FilterReader {
            ts: batch.ts()?,
            orders: filters.by_order.then(|| OrderReader::new(batch, true)).transpose()?,
            bits,
            matters,
            amount: decimals(Column::Amount)?,
            quantity: decimals(Column::Quantity)?,
        })
    }

    /// The rows of a range that may begin or join a moment.
    pub fn rows(&self, range: Range<usize>) -> impl Iterator<Item = usize> + '_ {
        self.matters.rows(range)
    }

    /// The memory it was made with.
    pub fn into_bits(self) -> Vec<u64> {
        self.bits
    }
}

/// Sets one bit of every row that passes.
fn mark(bits: &mut [u64], mask: &Mask, position: usize) {
    let bit = 1_u64 << position;
    match mask {
        Mask::Every => bits.iter_mut().for_each(|row| *row |= bit),
        Mask::Rows(rows) => rows.set_indices().for_each(|row| bits[row] |= bit),
    }
}

/// The lines of an order whose sums decide.
#[derive(Debug)]
struct Line {
    moment: usize,
    masks: u64,
}

/// A customer's moments so far.
#[derive(Debug, Default)]
pub struct Moments {
    moments: Vec<Moment>,
    positions: HashMap<u64, usize>,
    lines: Vec<Line>,
    sums: Vec<[Option<i128>; 2]>,
}

impl Moments {
    /// Forgets everything, for the next customer.
    pub fn clear(&mut self) {
        self.moments.clear();
        self.lines.clear();
        self.sums.clear();
        if !self.positions.is_empty() {
            self.positions.clear();
        }
    }

    /// Takes a row, in time order. `tags` is asked only where the row begins a moment.
    pub fn push(
        &mut self,
        filters: &Filters,
        reader: &FilterReader<'_>,
        row: usize,
        tags: impl FnOnce() -> [u32; 2],
    ) {
        let bits = reader.bits[row];
        let order = reader.orders.as_ref().and_then(|orders| orders.order(row));
        let Some(order) = order else {
            if bits != 0 || filters.keeps_all {
                self.begin(filters, reader, row, tags());
            }
            return;
        };
        match self.positions.get(&order) {
            Some(position) => {
                let position = *position;
                self.add_line(filters, reader, row, position);
            }
            None => {
                self.positions.insert(order, self.moments.len());
                self.begin(filters, reader, row, tags());
            }
        }
    }

    fn begin(&mut self, filters: &Filters, reader: &FilterReader<'_>, row: usize, tags: [u32; 2]) {
        let passes = if filters.is_row_wise { reader.bits[row] as u32 } else { 0 };
        self.moments.push(Moment { ts: reader.ts[row], passes, tags });
        if !filters.is_row_wise {
            self.sums.push([None, None]);
            self.add_line(filters, reader, row, self.moments.len() - 1);
        }
    }

    fn add_line(
        &mut self,
        filters: &Filters,
        reader: &FilterReader<'_>,
        row: usize,
        moment: usize,
    ) {
        if filters.is_row_wise {
            self.moments[moment].passes |= reader.bits[row] as u32;
            return;
        }
        self.lines.push(Line { moment, masks: reader.bits[row] });
        for (sum, column) in self.sums[moment].iter_mut().zip([reader.amount, reader.quantity]) {
            if let Some(value) = column.and_then(|column| decimal_at(column, row)) {
                *sum = Some(sum.unwrap_or(0) + value);
            }
        }
    }

    /// The moments, in time order, once every row has been pushed.
    pub fn settle(&mut self, filters: &Filters) -> &[Moment] {
        for line in self.lines.drain(..) {
            let [amount, quantity] = self.sums[line.moment];
            let mut masks = line.masks;
            for (position, filter) in filters.filters.iter().enumerate() {
                let own = masks & low_bits(filter.n_masks());
                masks >>= filter.n_masks();
                if filter.holds(own as u32, amount, quantity) {
                    self.moments[line.moment].passes |= 1 << position;
                }
            }
        }
        if !filters.keeps_all && (filters.by_order || !filters.is_row_wise) {
            self.moments.retain(|moment| moment.passes != 0);
        }
        &self.moments
    }
}

fn low_bits(n: usize) -> u64 {
    if n >= 64 { u64::MAX } else { (1 << n) - 1 }
}
