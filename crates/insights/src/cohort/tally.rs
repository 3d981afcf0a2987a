//! Adding up lives: per cohort, its members, what they bought in all and at every age.
//!
//! What eligible members have brought up to an age is kept as differences: a deed counts from its
//! own age on and stops counting where the ages of its customer that are over end, so a customer
//! costs as much as there are deeds, however many ages are asked for.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, Int64Array, RecordBatch, UInt8Array, UInt32Array,
};
use arrow::datatypes::{DataType, Decimal128Type, Field, Int64Type, Schema, UInt8Type, UInt32Type};
use perennial_engine::error::EngineError;
use perennial_types::calendar::Micros;

use super::plan::Plan;
use super::reading::{Life, Sink};
use crate::belonging::{self, Belonging, Merged};
use crate::money;
use crate::range::too_many;

/// Most cells of the cohorts of one bucket, and of all of them.
const MAX_CELLS: usize = 2_000_000;

/// What was bought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Customers who bought.
    pub customers: u64,
    /// Orders worth more than 0.
    pub orders: u64,
    /// Their money, in ten-thousandths.
    pub gross: i128,
    /// Money taken back.
    pub refunded: i128,
}

impl Sums {
    /// Money of the orders less refunds.
    pub fn revenue(&self) -> i128 {
        self.gross - self.refunded
    }

    /// Adds other sums.
    pub fn absorb(&mut self, other: &Sums) {
        self.customers += other.customers;
        self.orders += other.orders;
        self.gross += other.gross;
        self.refunded += other.refunded;
    }

    fn add(&mut self, amount: i128, is_refund: bool) {
        if is_refund {
            self.refunded += amount;
        } else {
            self.orders += 1;
            self.gross += amount;
        }
    }
}

/// The same of members whose own window of an age is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Eligible {
    /// Members of whom exactly the ages before this one are over; those of whom all are over stand
    /// behind the last age.
    pub n_over: u64,
    /// What they bought at the age.
    pub sums: Sums,
    /// By how much what they have brought up to the age differs from that of the age before.
    pub step: i128,
}

/// One cohort of one group, or of several added up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tallied {
    /// Members.
    pub size: u64,
    /// Members who have bought more than once since their start.
    pub repeat: u64,
    /// The latest start of a member.
    pub last: Option<Micros>,
    /// What they have bought since their start, whatever the age.
    pub whole: Sums,
    /// What they bought at every age.
    pub ages: Vec<Sums>,
    /// The same of those whose windows are over, with one place more; empty where nobody asks.
    pub eligible: Vec<Eligible>,
}

impl Tallied {
    /// Nobody, with room for the ages.
    pub fn new(plan: &Plan) -> Tallied {
        let n_eligible = if plan.is_eligible { plan.n_columns + 1 } else { 0 };
        Tallied {
            ages: vec![Sums::default(); plan.n_columns],
            eligible: vec![Eligible::default(); n_eligible],
            ..Tallied::default()
        }
    }

    fn add(&mut self, life: &Life<'_>) {
        self.size += 1;
        self.last = self.last.max(Some(life.start));
        if let Some(place) = self.eligible.get_mut(life.n_over) {
            place.n_over += 1;
        }
        let orders_before = self.whole.orders;
        // The age of the last purchase: who buys twice at an age is one customer of it.
        let mut bought_at = None;
        for deed in life.deeds {
            let is_first = !deed.is_refund && bought_at != Some(deed.age);
            if is_first {
                bought_at = Some(deed.age);
            }
            self.whole.add(deed.amount, deed.is_refund);
            if let Some(age) = self.ages.get_mut(deed.age) {
                age.add(deed.amount, deed.is_refund);
                age.customers += u64::from(is_first);
            }
            if deed.age >= life.n_over {
                continue;
            }
            let gain = if deed.is_refund { -deed.amount } else { deed.amount };
            if let Some(age) = self.eligible.get_mut(deed.age) {
                age.sums.add(deed.amount, deed.is_refund);
                age.sums.customers += u64::from(is_first);
                age.step += gain;
            }
            if let Some(end) = self.eligible.get_mut(life.n_over) {
                end.step -= gain;
            }
        }
        let n_orders = self.whole.orders - orders_before;
        self.whole.customers += u64::from(n_orders > 0);
        self.repeat += u64::from(n_orders > 1);
    }

    /// Adds another group or bucket.
    pub fn absorb(&mut self, other: &Tallied) {
        self.size += other.size;
        self.repeat += other.repeat;
        self.last = self.last.max(other.last);
        self.whole.absorb(&other.whole);
        self.ages.iter_mut().zip(&other.ages).for_each(|(own, more)| own.absorb(more));
        for (own, more) in self.eligible.iter_mut().zip(&other.eligible) {
            own.n_over += more.n_over;
            own.sums.absorb(&more.sums);
            own.step += more.step;
        }
    }
}

/// Adds up lives.
pub struct Tally {
    plan: Arc<Plan>,
    by_group_and_row: HashMap<(u32, u32), Tallied>,
}

impl Tally {
    /// Nothing added up.
    pub fn new(plan: Arc<Plan>) -> Tally {
        Tally { plan, by_group_and_row: HashMap::new() }
    }
}

impl Sink for Tally {
    fn customer(&mut self, life: &Life<'_>) -> Result<(), EngineError> {
        let key = (life.group, life.row as u32);
        if let Some(known) = self.by_group_and_row.get_mut(&key) {
            known.add(life);
            return Ok(());
        }
        refuse_too_many(self.by_group_and_row.len() + 1, self.plan.n_columns)?;
        let mut fresh = Tallied::new(&self.plan);
        fresh.add(life);
        self.by_group_and_row.insert(key, fresh);
        Ok(())
    }

    fn finish(
        self,
        belonging: &Belonging,
        currencies: &[&String],
    ) -> Result<RecordBatch, EngineError> {
        let found: Vec<(u32, u32, Line)> = self
            .by_group_and_row
            .iter()
            .flat_map(|((group, row), one)| one.lines().map(move |line| (*group, *row, line)))
            .collect();
        encode(&found, belonging, currencies)
    }
}

fn refuse_too_many(n_cohorts: usize, n_columns: usize) -> Result<(), EngineError> {
    if n_cohorts > 1 && n_cohorts.saturating_mul(n_columns) > MAX_CELLS {
        let what = format!("{n_cohorts} cohorts of {n_columns} ages");
        let what_zh = format!("{n_cohorts} 个群组、每组 {n_columns} 期");
        return Err(too_many(&what, &what_zh).into());
    }
    Ok(())
}

/// What a line of a partial result is of.
const WHOLE: u8 = 0;
const AGE: u8 = 1;
const ELIGIBLE: u8 = 2;

/// Some numbers of a cohort on their way.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    what: u8,
    age: u32,
    /// Members: all of them, or those of whom so many ages are over.
    n: u64,
    repeat: u64,
    last: Option<Micros>,
    sums: Sums,
    step: i128,
}

impl Tallied {
    fn lines(&self) -> impl Iterator<Item = Line> + '_ {
        let (n, repeat, last, sums) = (self.size, self.repeat, self.last, self.whole);
        let whole = Line { what: WHOLE, n, repeat, last, sums, ..Line::default() };
        let ages = self.ages.iter().zip(0_u32..).filter(|(sums, _)| **sums != Sums::default());
        let ages = ages.map(|(sums, age)| Line { what: AGE, age, sums: *sums, ..Line::default() });
        let eligible = self.eligible.iter().zip(0_u32..);
        let eligible = eligible.filter(|(one, _)| **one != Eligible::default());
        let eligible = eligible.map(|(one, age)| {
            let (n, sums, step) = (one.n_over, one.sums, one.step);
            Line { what: ELIGIBLE, age, n, sums, step, ..Line::default() }
        });
        std::iter::once(whole).chain(ages).chain(eligible)
    }

    fn take(&mut self, line: &Line) {
        match line.what {
            WHOLE => {
                self.size += line.n;
                self.repeat += line.repeat;
                self.last = self.last.max(line.last);
                self.whole.absorb(&line.sums);
            }
            AGE => {
                if let Some(own) = self.ages.get_mut(line.age as usize) {
                    own.absorb(&line.sums);
                }
            }
            _ => {
                if let Some(own) = self.eligible.get_mut(line.age as usize) {
                    own.n_over += line.n;
                    own.sums.absorb(&line.sums);
                    own.step += line.step;
                }
            }
        }
    }
}

fn encode(
    found: &[(u32, u32, Line)],
    belonging: &Belonging,
    currencies: &[&String],
) -> Result<RecordBatch, EngineError> {
    let mut fields = vec![
        Field::new("group", belonging::column_type(), false),
        Field::new("row", DataType::UInt32, false),
        Field::new("what", DataType::UInt8, false),
        Field::new("age", DataType::UInt32, false),
        Field::new("last", DataType::Int64, true),
    ];
    let lines = || found.iter().map(|(.., line)| line);
    let mut columns: Vec<ArrayRef> = vec![
        belonging.column(found.iter().map(|(group, ..)| *group)),
        Arc::new(UInt32Array::from_iter_values(found.iter().map(|(_, row, _)| *row))),
        Arc::new(UInt8Array::from_iter_values(lines().map(|line| line.what))),
        Arc::new(UInt32Array::from_iter_values(lines().map(|line| line.age))),
        Arc::new(lines().map(|line| line.last).collect::<Int64Array>()),
    ];
    let mut count = |name: &str, of: fn(&Line) -> u64| {
        fields.push(Field::new(name, DataType::Int64, false));
        columns.push(Arc::new(Int64Array::from_iter_values(lines().map(|line| of(line) as i64))));
    };
    count("n", |line| line.n);
    count("repeat", |line| line.repeat);
    count("customers", |line| line.sums.customers);
    count("orders", |line| line.sums.orders);
    let mut sum = |name: &str, of: fn(&Line) -> i128| {
        let values = Decimal128Array::from_iter_values(lines().map(of));
        fields.push(Field::new(name, money::SUM, false));
        columns.push(Arc::new(values.with_data_type(money::SUM)));
    };
    sum("gross", |line| line.sums.gross);
    sum("refunded", |line| line.sums.refunded);
    sum("step", |line| line.step);
    let schema = Schema::new(fields).with_metadata(money::metadata(currencies.iter().copied()));
    Ok(RecordBatch::try_new(Arc::new(schema), columns)?)
}

/// The lines of a partial result, in its order.
fn decoded(partial: &RecordBatch) -> impl Iterator<Item = (u32, Line)> + '_ {
    let rows = partial.column(1).as_primitive::<UInt32Type>().values();
    let what = partial.column(2).as_primitive::<UInt8Type>().values();
    let ages = partial.column(3).as_primitive::<UInt32Type>().values();
    let last = partial.column(4).as_primitive::<Int64Type>();
    let counts = [5, 6, 7, 8].map(|at| partial.column(at).as_primitive::<Int64Type>().values());
    let sums = [9, 10, 11].map(|at| partial.column(at).as_primitive::<Decimal128Type>().values());
    (0..partial.num_rows()).map(move |at| {
        let [n, repeat, customers, orders] = counts.map(|column| column[at] as u64);
        let [gross, refunded, step] = sums.map(|column| column[at]);
        let last = last.is_valid(at).then(|| last.value(at));
        let sums = Sums { customers, orders, gross, refunded };
        (rows[at], Line { what: what[at], age: ages[at], n, repeat, last, sums, step })
    })
}

/// Every cohort of every group, all buckets together: by number of the group and cohort by start.
pub fn merged(
    plan: &Plan,
    names: &mut Merged,
    partials: &[RecordBatch],
) -> Result<BTreeMap<(u32, usize), Tallied>, EngineError> {
    let mut found: BTreeMap<(u32, usize), Tallied> = BTreeMap::new();
    for partial in partials {
        let groups = names.numbers(partial, 0);
        for (group, (row, line)) in groups.into_iter().zip(decoded(partial)) {
            let own = found.entry((group, row as usize)).or_insert_with(|| Tallied::new(plan));
            own.take(&line);
        }
        refuse_too_many(found.len(), plan.n_columns)?;
    }
    Ok(found)
}
