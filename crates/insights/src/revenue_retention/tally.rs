//! Adding up lines: per group and period, how many customers stand on each and with how much money.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, Decimal128Array, Int64Array, RecordBatch, UInt8Array, UInt32Array,
};
use arrow::datatypes::{DataType, Decimal128Type, Field, Int64Type, Schema, UInt8Type, UInt32Type};
use perennial_engine::error::EngineError;

use super::flow::{Line, Purse, Step};
use super::plan::Plan;
use crate::belonging::{self, Belonging, Merged};
use crate::ledger::{Currencies, Customer, Sink, Told};
use crate::range::too_many;

/// Most numbers of periods and groups together.
const MAX_CELLS: usize = 2_000_000;
/// Lines, and the money below 0 last.
const N_KINDS: usize = Line::ALL.len() + 1;

/// Customers and their money in the base and in the period, in ten-thousandths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// How many.
    pub customers: u64,
    /// Money in the base and in the period.
    pub money: [i128; 2],
}

impl Sums {
    fn add(&mut self, customers: u64, money: [i128; 2]) {
        self.customers += customers;
        self.money.iter_mut().zip(money).for_each(|(total, more)| *total += more);
    }
}

/// The numbers of one period of one group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([Sums; N_KINDS]);

impl Counts {
    /// The customers on these lines.
    pub fn of(&self, lines: &[Line]) -> Sums {
        let mut total = Sums::default();
        for line in lines {
            let own = self.0[*line as usize];
            total.add(own.customers, own.money);
        }
        total
    }

    /// Money of customers who stand below 0.
    pub fn below_zero(&self) -> [i128; 2] {
        self.0[N_KINDS - 1].money
    }

    /// Adds one customer.
    fn take(&mut self, step: &Step) {
        if let Some(line) = step.line {
            self.0[line as usize].add(1, step.money.map(|one| one.max(0)));
        }
        self.0[N_KINDS - 1].add(0, step.money.map(|one| one.min(0)));
    }

    /// Adds those of another group.
    pub fn absorb(&mut self, other: &Counts) {
        for (own, more) in self.0.iter_mut().zip(&other.0) {
            own.add(more.customers, more.money);
        }
    }
}

/// Adds up lines.
pub struct Tally {
    plan: Arc<Plan>,
    purse: Purse,
    added: Currencies,
    by_group: Vec<Vec<Counts>>,
}

impl Tally {
    /// Nothing counted.
    pub fn new(plan: Arc<Plan>) -> Tally {
        Tally { plan, purse: Purse::default(), added: Currencies::default(), by_group: Vec::new() }
    }
}

impl Sink for Tally {
    fn customer(
        &mut self,
        customer: &Customer<'_>,
        belonging: &mut Belonging,
    ) -> Result<(), EngineError> {
        let Some(group) = self.purse.read(&self.plan, customer, belonging, &mut self.added) else {
            return Ok(());
        };
        let n_periods = self.plan.n_periods();
        let position = group as usize;
        if self.by_group.len() <= position {
            refuse_too_many(position + 1, n_periods)?;
            self.by_group.resize_with(position + 1, Vec::new);
        }
        let counts = &mut self.by_group[position];
        if counts.is_empty() {
            counts.resize(n_periods, Counts::default());
        }
        self.purse.steps(&self.plan, |step| counts[step.period].take(&step));
        Ok(())
    }

    fn finish(self, told: &Told<'_>) -> Result<RecordBatch, EngineError> {
        let mut rows: Vec<(u32, u32, u8, Sums)> = Vec::new();
        for (counts, group) in self.by_group.iter().zip(0_u32..) {
            for (counts, period) in counts.iter().zip(0_u32..) {
                let kinds = counts.0.iter().zip(0_u8..);
                let some = kinds.filter(|(sums, _)| **sums != Sums::default());
                rows.extend(some.map(|(sums, kind)| (group, period, kind, *sums)));
            }
        }
        let money = |side: usize| -> Result<ArrayRef, EngineError> {
            let all = rows.iter().map(|(.., sums)| sums.money[side]);
            let all = Decimal128Array::from_iter_values(all);
            Ok(Arc::new(all.with_precision_and_scale(38, 4)?))
        };
        let fields = vec![
            Field::new("group", belonging::column_type(), false),
            Field::new("period", DataType::UInt32, false),
            Field::new("kind", DataType::UInt8, false),
            Field::new("customers", DataType::Int64, false),
            Field::new("base", DataType::Decimal128(38, 4), false),
            Field::new("current", DataType::Decimal128(38, 4), false),
        ];
        let customers = rows.iter().map(|(.., sums)| sums.customers as i64);
        let columns: Vec<ArrayRef> = vec![
            told.belonging.column(rows.iter().map(|(group, ..)| *group)),
            Arc::new(UInt32Array::from_iter_values(rows.iter().map(|(_, period, ..)| *period))),
            Arc::new(UInt8Array::from_iter_values(rows.iter().map(|(_, _, kind, _)| *kind))),
            Arc::new(Int64Array::from_iter_values(customers)),
            money(0)?,
            money(1)?,
        ];
        let schema = Schema::new(fields).with_metadata(told.metadata(&self.added));
        Ok(RecordBatch::try_new(Arc::new(schema), columns)?)
    }
}

fn refuse_too_many(n_groups: usize, n_periods: usize) -> Result<(), EngineError> {
    if n_groups > 1 && n_groups.saturating_mul(n_periods) > MAX_CELLS / N_KINDS {
        let what = format!("{n_groups} groups of {n_periods} periods");
        let what_zh = format!("{n_groups} 个分组、每组 {n_periods} 个周期");
        return Err(too_many(&what, &what_zh).into());
    }
    Ok(())
}

/// The numbers of every group, all buckets together.
pub fn merged(
    plan: &Plan,
    names: &mut Merged,
    partials: &[RecordBatch],
) -> Result<BTreeMap<u32, Vec<Counts>>, EngineError> {
    let n_periods = plan.n_periods();
    let mut by_group: BTreeMap<u32, Vec<Counts>> = BTreeMap::new();
    for partial in partials {
        let groups = names.numbers(partial, 0);
        let periods = partial.column(1).as_primitive::<UInt32Type>().values();
        let kinds = partial.column(2).as_primitive::<UInt8Type>().values();
        let customers = partial.column(3).as_primitive::<Int64Type>().values();
        let base = partial.column(4).as_primitive::<Decimal128Type>().values();
        let current = partial.column(5).as_primitive::<Decimal128Type>().values();
        for (row, group) in groups.iter().enumerate() {
            let counts =
                by_group.entry(*group).or_insert_with(|| vec![Counts::default(); n_periods]);
            let own = &mut counts[periods[row] as usize].0[usize::from(kinds[row])];
            own.add(customers[row] as u64, [base[row], current[row]]);
        }
        refuse_too_many(by_group.len(), n_periods)?;
    }
    Ok(by_group)
}
