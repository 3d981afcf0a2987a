//! Counting states: per group and period, how many customers were what, and what they became.
//!
//! Being gone is never counted: it is being known less everything else.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, UInt32Array};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, UInt32Type};
use perennial_engine::error::EngineError;
use perennial_types::calendar::Micros;

use super::plan::Plan;
use super::state::State;
use crate::belonging::{self, Belonging, Merged};
use crate::occurring::Sink;
use crate::range::too_many;

/// Number of states.
const N: usize = State::ALL.len();
/// Numbers of a period: states, moves, and who was known before the first period.
const N_NUMBERS: usize = N + N * N + 1;
/// Most numbers of periods and groups together.
const MAX_NUMBERS: usize = 20_000_000;

/// The numbers of one period of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts([u64; N_NUMBERS]);

impl Default for Counts {
    fn default() -> Counts {
        Counts([0; N_NUMBERS])
    }
}

impl Counts {
    /// Customers in a state.
    pub fn of(&self, state: State) -> u64 {
        self.0[state as usize]
    }

    /// Customers who went from a state in the period before to a state in this one.
    pub fn moved(&self, from: State, to: State) -> u64 {
        self.0[N + from as usize * N + to as usize]
    }

    fn state(&mut self, state: State) -> &mut u64 {
        &mut self.0[state as usize]
    }

    fn moves(&mut self, from: State, to: State) -> &mut u64 {
        &mut self.0[N + from as usize * N + to as usize]
    }

    fn known(&mut self) -> &mut u64 {
        &mut self.0[N_NUMBERS - 1]
    }

    /// Adds those of another group.
    pub fn absorb(&mut self, other: &Counts) {
        self.0.iter_mut().zip(&other.0).for_each(|(own, more)| *own += more);
    }
}

/// Counts states.
pub struct Tally {
    plan: Arc<Plan>,
    by_group: Vec<Vec<Counts>>,
}

impl Tally {
    /// Nothing counted.
    pub fn new(plan: Arc<Plan>) -> Tally {
        Tally { plan, by_group: Vec::new() }
    }
}

impl Sink for Tally {
    fn customer(
        &mut self,
        _customer: i64,
        group: u32,
        instants: &[Micros],
    ) -> Result<(), EngineError> {
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
        let spans = &self.plan.spans;
        let is_known =
            instants.first().zip(spans.bounds.first()).is_some_and(|(ts, first)| ts < first);
        if is_known && let Some(first) = counts.first_mut() {
            *first.known() += 1;
        }
        // The period told last and its state; before the first period a known customer may be gone.
        let mut before: Option<(usize, State)> = None;
        spans.states(instants, |period, state| {
            if let Some((last, State::Dormant)) = before
                && last + 1 < period
            {
                *counts[last + 1].moves(State::Dormant, State::Gone) += 1;
            }
            let own = &mut counts[period];
            *own.state(state) += 1;
            match before {
                Some((last, from)) if last + 1 == period => *own.moves(from, state) += 1,
                _ if period > 0 && state != State::New => *own.moves(State::Gone, state) += 1,
                _ => {}
            }
            before = Some((period, state));
        });
        if let Some((last, State::Dormant)) = before
            && let Some(after) = counts.get_mut(last + 1)
        {
            *after.moves(State::Dormant, State::Gone) += 1;
        }
        Ok(())
    }

    fn finish(self, belonging: &Belonging) -> Result<RecordBatch, EngineError> {
        let rows = || {
            let groups = self.by_group.iter().zip(0_u32..);
            groups.flat_map(|(counts, group)| {
                counts.iter().zip(0_u32..).map(move |(counts, period)| (group, period, counts))
            })
        };
        let mut fields = vec![
            Field::new("group", belonging::column_type(), false),
            Field::new("period", DataType::UInt32, false),
        ];
        let mut columns: Vec<ArrayRef> = vec![
            belonging.column(rows().map(|(group, ..)| group)),
            Arc::new(UInt32Array::from_iter_values(rows().map(|(_, period, _)| period))),
        ];
        for position in 0..N_NUMBERS {
            fields.push(Field::new(format!("n_{position}"), DataType::Int64, false));
            let numbers = rows().map(|(.., counts)| counts.0[position] as i64);
            columns.push(Arc::new(Int64Array::from_iter_values(numbers)));
        }
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
    }
}

fn refuse_too_many(n_groups: usize, n_periods: usize) -> Result<(), EngineError> {
    if n_groups > 1 && n_groups.saturating_mul(n_periods) > MAX_NUMBERS / N_NUMBERS {
        let what = format!("{n_groups} groups of {n_periods} periods");
        let what_zh = format!("{n_groups} 个分组、每组 {n_periods} 个周期");
        return Err(too_many(&what, &what_zh).into());
    }
    Ok(())
}

/// The numbers of every group, all buckets together, those of being gone among them.
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
        for (row, (group, period)) in groups.iter().zip(periods).enumerate() {
            let counts =
                by_group.entry(*group).or_insert_with(|| vec![Counts::default(); n_periods]);
            for (position, own) in counts[*period as usize].0.iter_mut().enumerate() {
                *own += partial.column(position + 2).as_primitive::<Int64Type>().value(row) as u64;
            }
        }
        refuse_too_many(by_group.len(), n_periods)?;
    }
    by_group.values_mut().for_each(|counts| tell_gone(counts));
    Ok(by_group)
}

/// Fills in who was gone: known before the period, and neither active nor resurrecting in it.
fn tell_gone(counts: &mut [Counts]) {
    let mut known = counts.first_mut().map_or(0, |first| *first.known());
    for (period, own) in counts.iter_mut().enumerate() {
        let here = [State::Returning, State::Idle, State::Resurrecting, State::Dormant];
        let gone = known.saturating_sub(here.into_iter().map(|state| own.of(state)).sum());
        *own.state(State::Gone) = gone;
        if period > 0 {
            let fresh = own.moved(State::Dormant, State::Gone);
            *own.moves(State::Gone, State::Gone) = gone.saturating_sub(fresh);
        }
        known += own.of(State::New);
    }
}
