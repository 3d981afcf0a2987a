//! The numbers of every step, group and period.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, BinaryArray, Int64Array, RecordBatch, StringArray, UInt32Array,
};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, UInt32Type};
use perennial_engine::error::EngineError;

use super::chain::Outcome;
use super::fold::Sink;
use super::plan::Plan;
use super::question::{SetName, Touch};
use crate::coding::TupleCoder;
use crate::grouping::Group;
use crate::moments::Moment;
use crate::range::too_many;

/// Most numbers of steps, periods and groups together.
const MAX_CELLS: usize = 2_000_000;

/// The numbers of one step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepCounts {
    /// Who did it.
    pub reached: u64,
    /// Who did the next required one too.
    pub went_on: u64,
    /// Who has not yet, and still can.
    pub open: u64,
    /// Who did it, of those whose window is over.
    pub closed: u64,
    /// Microseconds since the step before it that was done.
    pub times: Vec<i64>,
    /// Microseconds since the entry; kept for the last step.
    pub since_entry: Vec<i64>,
}

impl StepCounts {
    /// Who did not go on, and cannot any more; 0 at the last step, from which nobody can.
    pub fn dropped(&self, is_last: bool) -> u64 {
        if is_last { 0 } else { self.reached - self.went_on - self.open }
    }

    /// Adds those of another group.
    pub fn absorb(&mut self, other: &StepCounts) {
        self.reached += other.reached;
        self.went_on += other.went_on;
        self.open += other.open;
        self.closed += other.closed;
        self.times.extend_from_slice(&other.times);
        self.since_entry.extend_from_slice(&other.since_entry);
    }
}

/// The numbers of a group by period.
pub type Periods = BTreeMap<u32, Vec<StepCounts>>;

/// What a customer is to a step they did.
pub fn standing(plan: &Plan, outcome: &Outcome, step: usize) -> Option<SetName> {
    if !outcome.chain.did(step) {
        return None;
    }
    match plan.next_required(step) {
        None => Some(SetName::Reached),
        Some(next) if outcome.chain.level >= next => Some(SetName::WentOn),
        Some(_) if outcome.is_open => Some(SetName::Open),
        Some(_) => Some(SetName::Dropped),
    }
}

/// Number of the group a customer's step stands in.
pub fn group_of(plan: &Plan, outcome: &Outcome, moments: &[Moment], step: usize) -> u32 {
    let chosen = match plan.touch {
        Touch::First => 0,
        Touch::Last => outcome.chain.level,
        Touch::Each => step,
    };
    outcome.chain.moment(moments, chosen).map_or(0, |moment| moment.tags[0])
}

/// Counts outcomes.
#[derive(Default)]
pub struct Tally {
    cells: HashMap<(u32, u32), Vec<StepCounts>>,
}

impl Sink for Tally {
    fn customer(
        &mut self,
        plan: &Plan,
        _customer: i64,
        outcome: &Outcome,
        moments: &[Moment],
    ) -> Result<(), EngineError> {
        let period = plan.period_of(outcome.chain.start);
        let mut before = outcome.chain.start;
        for step in 0..=outcome.chain.level {
            let Some(standing) = standing(plan, outcome, step) else { continue };
            let group = group_of(plan, outcome, moments, step);
            let n_cells = self.cells.len();
            let counts = self.cells.entry((group, period)).or_default();
            if counts.is_empty() {
                counts.resize(plan.n_steps, StepCounts::default());
                refuse_too_many(n_cells + 1, plan.n_steps)?;
            }
            let Some(counts) = counts.get_mut(step) else { continue };
            counts.reached += 1;
            counts.went_on += u64::from(standing == SetName::WentOn);
            counts.open += u64::from(standing == SetName::Open);
            counts.closed += u64::from(outcome.is_closed);
            let ts = outcome.chain.moment(moments, step).map_or(before, |moment| moment.ts);
            if step > 0 {
                counts.times.push(ts - before);
            }
            if step + 1 == plan.n_steps {
                counts.since_entry.push(ts - outcome.chain.start);
            }
            before = ts;
        }
        Ok(())
    }

    fn finish(self, _plan: &Plan, groups: &TupleCoder) -> Result<RecordBatch, EngineError> {
        let mut names: HashMap<u32, String> = HashMap::new();
        let mut found: Vec<(String, u32, u32, &StepCounts)> = Vec::new();
        for ((group, period), counts) in &self.cells {
            let name = names.entry(*group).or_insert_with(|| {
                serde_json::to_string(&groups.values(*group)).unwrap_or_default()
            });
            let steps = (0_u32..).zip(counts).filter(|(_, counts)| counts.reached > 0);
            found.extend(steps.map(|(step, counts)| (name.clone(), *period, step, counts)));
        }
        encode(&found)
    }
}

fn refuse_too_many(n_cells: usize, n_steps: usize) -> Result<(), EngineError> {
    if n_cells.saturating_mul(n_steps) > MAX_CELLS {
        let what = format!("{n_cells} groups and periods of {n_steps} steps");
        let what_zh = format!("{n_cells} 个分组与周期，各 {n_steps} 步");
        return Err(too_many(&what, &what_zh).into());
    }
    Ok(())
}

const NUMBERS: [&str; 4] = ["reached", "went_on", "open", "closed"];

fn encode(found: &[(String, u32, u32, &StepCounts)]) -> Result<RecordBatch, EngineError> {
    let bytes =
        |times: &[i64]| times.iter().flat_map(|time| time.to_le_bytes()).collect::<Vec<u8>>();
    let number = |of: fn(&StepCounts) -> u64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(found.iter().map(|row| of(row.3) as i64)))
    };
    let mut fields = vec![
        Field::new("group", DataType::Utf8, false),
        Field::new("period", DataType::UInt32, false),
        Field::new("step", DataType::UInt32, false),
    ];
    fields.extend(NUMBERS.iter().map(|name| Field::new(*name, DataType::Int64, false)));
    fields.push(Field::new("times", DataType::Binary, false));
    fields.push(Field::new("since_entry", DataType::Binary, false));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(found.iter().map(|row| &row.0))),
        Arc::new(UInt32Array::from_iter_values(found.iter().map(|row| row.1))),
        Arc::new(UInt32Array::from_iter_values(found.iter().map(|row| row.2))),
        number(|counts| counts.reached),
        number(|counts| counts.went_on),
        number(|counts| counts.open),
        number(|counts| counts.closed),
        Arc::new(BinaryArray::from_iter_values(found.iter().map(|row| bytes(&row.3.times)))),
        Arc::new(BinaryArray::from_iter_values(found.iter().map(|row| bytes(&row.3.since_entry)))),
    ];
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

fn read_times(bytes: &[u8]) -> impl Iterator<Item = i64> + '_ {
    bytes.chunks_exact(8).filter_map(|chunk| chunk.try_into().ok().map(i64::from_le_bytes))
}

/// The numbers of every group, all buckets together.
pub fn merged(
    plan: &Plan,
    partials: &[RecordBatch],
) -> Result<BTreeMap<Group, Periods>, EngineError> {
    let mut by_group: BTreeMap<Group, Periods> = BTreeMap::new();
    for partial in partials {
        let names = partial.column(0).as_string::<i32>();
        let whole = |column: usize| partial.column(column).as_primitive::<UInt32Type>();
        let number = |column: usize| partial.column(column).as_primitive::<Int64Type>();
        let times = |column: usize| partial.column(column).as_binary::<i32>();
        for (row, name) in names.iter().flatten().enumerate() {
            let group: Group = serde_json::from_str(name).unwrap_or_default();
            let periods = by_group.entry(group).or_default();
            let steps = periods.entry(whole(1).value(row)).or_default();
            steps.resize(plan.n_steps, StepCounts::default());
            let Some(counts) = steps.get_mut(whole(2).value(row) as usize) else { continue };
            counts.reached += number(3).value(row) as u64;
            counts.went_on += number(4).value(row) as u64;
            counts.open += number(5).value(row) as u64;
            counts.closed += number(6).value(row) as u64;
            counts.times.extend(read_times(times(7).value(row)));
            counts.since_entry.extend(read_times(times(8).value(row)));
        }
        let n_cells = by_group.values().map(BTreeMap::len).sum();
        refuse_too_many(n_cells, plan.n_steps)?;
    }
    Ok(by_group)
}
