//! Counting: customers by active periods and group, gaps by length, customers by day.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, UInt32Array};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, UInt32Type};
use perennial_engine::error::EngineError;
use perennial_types::calendar::Micros;

use super::plan::{Activity, Plan};
use super::question::{DaySet, Regularity};
use crate::belonging::{self, Belonging, Merged};
use crate::occurring::Sink;
use crate::range::too_many;

/// Most numbers of periods and groups together.
const MAX_NUMBERS: usize = 2_000_000;

/// What a row of a partial result counts: active periods, then gaps, regularity, and the three sets
/// of days.
const PERIODS: u32 = 0;
const GAPS: u32 = 1;
const REGULARITY: u32 = 2;
const DAYS: u32 = 3;

/// The numbers of a question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// For each group, customers by number of active periods.
    pub by_group: BTreeMap<u32, BTreeMap<usize, u64>>,
    /// Gaps by length.
    pub gaps: BTreeMap<usize, u64>,
    /// Customers by regularity, in the order of [`Regularity::ALL`].
    pub regularity: [u64; 4],
    /// For each set of days, customers by day, those before the range among them.
    pub by_day: [Vec<u64>; 3],
}

/// Counts one bucket.
pub struct Tally {
    plan: Arc<Plan>,
    activity: Activity,
    /// For each group, customers by number of active periods.
    by_group: Vec<BTreeMap<usize, u64>>,
    n_numbers: usize,
    gaps: BTreeMap<usize, u64>,
    regularity: [u64; 4],
    /// For each set of days, by how many customers a day differs from the one before.
    changes: [Vec<i64>; 3],
}

impl Tally {
    /// Nothing counted.
    pub fn new(plan: Arc<Plan>) -> Tally {
        let changes = || vec![0; plan.n_days + 1];
        Tally {
            changes: [changes(), changes(), changes()],
            plan,
            activity: Activity::default(),
            by_group: Vec::new(),
            n_numbers: 0,
            gaps: BTreeMap::new(),
            regularity: [0; 4],
        }
    }

    fn count_days(&mut self) {
        let n_days = self.plan.n_days;
        for (set, changes) in DaySet::ALL.into_iter().zip(&mut self.changes) {
            for covered in self.activity.covered(set, n_days) {
                changes[covered.start] += 1;
                changes[covered.end] -= 1;
            }
        }
    }
}

impl Sink for Tally {
    fn customer(
        &mut self,
        _customer: i64,
        group: u32,
        instants: &[Micros],
    ) -> Result<(), EngineError> {
        self.activity.read(&self.plan, instants);
        self.count_days();
        let n_active = self.activity.periods.len();
        if n_active == 0 {
            return Ok(());
        }
        let position = group as usize;
        if self.by_group.len() <= position {
            self.by_group.resize_with(position + 1, BTreeMap::new);
        }
        let known = self.by_group[position].entry(n_active).or_default();
        self.n_numbers += usize::from(*known == 0);
        *known += 1;
        refuse_too_many(self.n_numbers)?;
        for gap in self.activity.gaps() {
            *self.gaps.entry(gap).or_default() += 1;
        }
        self.regularity[self.activity.regularity() as usize] += 1;
        Ok(())
    }

    fn finish(self, belonging: &Belonging) -> Result<RecordBatch, EngineError> {
        let mut rows: Vec<(u32, u32, usize, u64)> = Vec::new();
        for (counts, group) in self.by_group.iter().zip(0_u32..) {
            rows.extend(counts.iter().map(|(n, customers)| (PERIODS, group, *n, *customers)));
        }
        rows.extend(self.gaps.iter().map(|(gap, n)| (GAPS, 0, *gap, *n)));
        rows.extend(self.regularity.iter().enumerate().map(|(kind, n)| (REGULARITY, 0, kind, *n)));
        for (changes, set) in self.changes.iter().zip(DAYS..) {
            let mut sum = 0_i64;
            for (day, change) in changes.iter().enumerate().take(self.plan.n_days) {
                sum += change;
                if sum > 0 {
                    rows.push((set, 0, day, sum.unsigned_abs()));
                }
            }
        }
        encode(&rows, belonging)
    }
}

fn refuse_too_many(n_numbers: usize) -> Result<(), EngineError> {
    if n_numbers > MAX_NUMBERS {
        let what = format!("{n_numbers} numbers of groups and periods");
        let what_zh = format!("{n_numbers} 个分组与周期的数值");
        return Err(too_many(&what, &what_zh).into());
    }
    Ok(())
}

fn encode(
    rows: &[(u32, u32, usize, u64)],
    belonging: &Belonging,
) -> Result<RecordBatch, EngineError> {
    let fields = vec![
        Field::new("what", DataType::UInt32, false),
        Field::new("group", belonging::column_type(), true),
        Field::new("at", DataType::Int64, false),
        Field::new("n", DataType::Int64, false),
    ];
    let columns: Vec<ArrayRef> = vec![
        Arc::new(UInt32Array::from_iter_values(rows.iter().map(|row| row.0))),
        belonging.column(rows.iter().map(|row| row.1)),
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.2 as i64))),
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.3 as i64))),
    ];
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

/// The numbers of all buckets together.
pub fn merged(
    plan: &Plan,
    names: &mut Merged,
    partials: &[RecordBatch],
) -> Result<Numbers, EngineError> {
    let mut numbers =
        Numbers { by_day: [0, 1, 2].map(|_| vec![0; plan.n_days]), ..Numbers::default() };
    for partial in partials {
        let what = partial.column(0).as_primitive::<UInt32Type>().values();
        let groups = names.numbers(partial, 1);
        let at = partial.column(2).as_primitive::<Int64Type>().values();
        let n = partial.column(3).as_primitive::<Int64Type>().values();
        for (((what, group), at), n) in what.iter().zip(groups).zip(at).zip(n) {
            let (at, n) = (*at as usize, *n as u64);
            let own = match *what {
                PERIODS => Some(numbers.by_group.entry(group).or_default().entry(at).or_default()),
                GAPS => Some(numbers.gaps.entry(at).or_default()),
                REGULARITY => numbers.regularity.get_mut(at),
                set => {
                    let days = numbers.by_day.get_mut((set - DAYS) as usize);
                    days.and_then(|days| days.get_mut(at))
                }
            };
            if let Some(own) = own {
                *own += n;
            }
        }
        refuse_too_many(numbers.by_group.values().map(BTreeMap::len).sum())?;
    }
    Ok(numbers)
}

/// That [`Regularity`] can be an index.
const _: () = assert!(Regularity::TooFew as usize == Regularity::ALL.len() - 1);
