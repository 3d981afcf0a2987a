//! Counting lives: per group and period, how many stayed, left, came back and were acquired.
//!
//! S and E are never counted by themselves: they are sums of these numbers, so the identities of a
//! period hold by construction.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, UInt32Array};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, UInt32Type};
use perennial_engine::error::EngineError;

use super::life::{Life, Span};
use super::plan::{Plan, too_many};
use super::reading::Sink;
use crate::grouping::Group;

/// Most numbers of periods and groups together.
const MAX_CELLS: usize = 2_000_000;

/// What became of the customers acquired before a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// Active at both ends.
    pub kept: u64,
    /// Active at the start only.
    pub lost: u64,
    /// Active at the end only.
    pub won_back: u64,
}

/// The numbers of one period of one group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Customers acquired before the period before.
    pub older: Flow,
    /// Customers acquired in the period before.
    pub newer: Flow,
    /// Customers acquired in the period and active at its end.
    pub n: u64,
    /// Customers acquired in the period.
    pub acquired: u64,
}

const NUMBERS: [&str; 8] = [
    "older_kept",
    "older_lost",
    "older_won_back",
    "newer_kept",
    "newer_lost",
    "newer_won_back",
    "n",
    "acquired",
];

impl Flow {
    /// Both together.
    pub fn and(self, other: Flow) -> Flow {
        Flow {
            kept: self.kept + other.kept,
            lost: self.lost + other.lost,
            won_back: self.won_back + other.won_back,
        }
    }
}

impl Counts {
    fn numbers(&self) -> [u64; 8] {
        let Counts { older, newer, n, acquired } = *self;
        let Flow { kept, lost, won_back } = older;
        [kept, lost, won_back, newer.kept, newer.lost, newer.won_back, n, acquired]
    }

    fn from_numbers(numbers: [u64; 8]) -> Counts {
        let [kept, lost, won_back, newer_kept, newer_lost, newer_won_back, n, acquired] = numbers;
        let newer = Flow { kept: newer_kept, lost: newer_lost, won_back: newer_won_back };
        Counts { older: Flow { kept, lost, won_back }, newer, n, acquired }
    }

    /// Adds those of another group.
    pub fn absorb(&mut self, other: &Counts) {
        self.older = self.older.and(other.older);
        self.newer = self.newer.and(other.newer);
        self.n += other.n;
        self.acquired += other.acquired;
    }

    fn flow(&mut self, is_newer: bool) -> &mut Flow {
        if is_newer { &mut self.newer } else { &mut self.older }
    }
}

/// Counts lives.
#[derive(Default)]
pub struct Tally {
    /// By the number of the group; a number may be nobody's.
    by_group: Vec<GroupTally>,
    n_groups: usize,
}

/// The numbers of one group. How many are kept is noted where it changes: somebody active for a
/// hundred periods costs as much as somebody active for one.
#[derive(Default)]
struct GroupTally {
    /// One per span.
    counts: Vec<Counts>,
    /// By how much the kept of a period are more than those of the period before.
    kept_changes: Vec<i64>,
}

impl GroupTally {
    fn add(&mut self, n_periods: usize, life: &Life) {
        let birth = life.birth;
        for run in life.runs() {
            // Kept in every period between two boundaries of the run.
            self.kept_changes[run.start] += 1;
            self.kept_changes[run.end - 1] -= 1;
            if let Some(p) = run.start.checked_sub(1) {
                if birth == p + 2 {
                    self.counts[p].n += 1;
                } else {
                    self.counts[p].flow(birth == p + 1).won_back += 1;
                }
            }
            if run.end <= n_periods {
                let p = run.end - 1;
                self.counts[p].flow(birth == p + 1).lost += 1;
            }
        }
        if let Some(p) = birth.checked_sub(1).filter(|p| *p < n_periods) {
            let standing = life.standing(Span { from: p, to: p + 1 });
            self.counts[p].newer.kept += u64::from(standing.at_start && standing.at_end);
        }
        if let Some(p) = birth.checked_sub(2).filter(|p| *p < n_periods) {
            self.counts[p].acquired += 1;
        }
        self.add_overall(n_periods, life);
    }

    fn add_overall(&mut self, n_periods: usize, life: &Life) {
        let standing = life.standing(Span { from: 0, to: n_periods });
        let Some(overall) = self.counts.last_mut() else { return };
        overall.acquired += u64::from(standing.is_new);
        match (standing.at_start, standing.at_end) {
            (true, true) => overall.flow(standing.is_newer).kept += 1,
            (true, false) => overall.flow(standing.is_newer).lost += 1,
            (false, true) if standing.is_new => overall.n += 1,
            (false, true) => overall.flow(standing.is_newer).won_back += 1,
            (false, false) => {}
        }
    }

    /// Adds up the changes of the kept.
    fn settle(&mut self, n_periods: usize) {
        let mut kept = 0_i64;
        for (counts, change) in self.counts.iter_mut().zip(&self.kept_changes).take(n_periods) {
            kept += change;
            counts.older.kept = kept.unsigned_abs() - counts.newer.kept;
        }
    }
}

impl Sink for Tally {
    fn customer(
        &mut self,
        plan: &Plan,
        _customer: i64,
        group: u32,
        life: &Life,
    ) -> Result<(), EngineError> {
        let n_periods = plan.n_periods();
        let position = group as usize;
        if self.by_group.len() <= position {
            self.by_group.resize_with(position + 1, GroupTally::default);
        }
        let tally = &mut self.by_group[position];
        if tally.counts.is_empty() {
            self.n_groups += 1;
            refuse_too_many(self.n_groups, n_periods + 1)?;
            tally.counts.resize(n_periods + 1, Counts::default());
            tally.kept_changes.resize(n_periods + 1, 0);
        }
        tally.add(n_periods, life);
        Ok(())
    }

    fn finish(mut self, plan: &Plan, groups: &[Group]) -> Result<RecordBatch, EngineError> {
        let mut found: Vec<(String, u32, [u64; 8])> = Vec::new();
        for (tally, group) in self.by_group.iter_mut().zip(groups) {
            tally.settle(plan.n_periods());
            let name = serde_json::to_string(group).unwrap_or_default();
            let not_empty =
                tally.counts.iter().zip(0_u32..).filter(|(one, _)| **one != Counts::default());
            found.extend(not_empty.map(|(counts, span)| (name.clone(), span, counts.numbers())));
        }
        encode(&found)
    }
}

fn refuse_too_many(n_groups: usize, n_spans: usize) -> Result<(), EngineError> {
    if n_groups > 1 && n_groups.saturating_mul(n_spans) > MAX_CELLS {
        let n_periods = n_spans - 1;
        let what = format!("{n_groups} groups of {n_periods} periods");
        let what_zh = format!("{n_groups} 组、每组 {n_periods} 个周期");
        return Err(too_many(&what, &what_zh).into());
    }
    Ok(())
}

fn encode(found: &[(String, u32, [u64; 8])]) -> Result<RecordBatch, EngineError> {
    let mut fields = vec![
        Field::new("group", DataType::Utf8, false),
        Field::new("span", DataType::UInt32, false),
    ];
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(found.iter().map(|(name, ..)| name))),
        Arc::new(UInt32Array::from_iter_values(found.iter().map(|(_, span, _)| *span))),
    ];
    for (position, name) in NUMBERS.iter().enumerate() {
        fields.push(Field::new(*name, DataType::Int64, false));
        let numbers = found.iter().map(|(.., numbers)| numbers[position] as i64);
        columns.push(Arc::new(Int64Array::from_iter_values(numbers)));
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

/// The numbers of every group, all buckets together: per span, the periods and then the whole.
pub fn merged(
    plan: &Plan,
    partials: &[RecordBatch],
) -> Result<BTreeMap<Group, Vec<Counts>>, EngineError> {
    let n_spans = plan.n_periods() + 1;
    let mut by_group: BTreeMap<Group, Vec<Counts>> = BTreeMap::new();
    for partial in partials {
        let names = partial.column(0).as_string::<i32>();
        let spans = partial.column(1).as_primitive::<UInt32Type>().values();
        let number = |position: usize, row: usize| {
            partial.column(position + 2).as_primitive::<Int64Type>().value(row) as u64
        };
        for (row, (name, span)) in names.iter().flatten().zip(spans).enumerate() {
            let group: Group = serde_json::from_str(name).unwrap_or_default();
            let counts = by_group.entry(group).or_insert_with(|| vec![Counts::default(); n_spans]);
            let numbers = std::array::from_fn(|position| number(position, row));
            counts[*span as usize].absorb(&Counts::from_numbers(numbers));
        }
        refuse_too_many(by_group.len(), n_spans)?;
    }
    Ok(by_group)
}
