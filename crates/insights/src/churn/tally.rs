//! Counting lives: how many stood in each state, and with how much money, part by part.
//!
//! One table holds everything: a row says what it is of (a group, a tier, a stated reason, an age,
//! or those who left), and where it stands (a period, an age, days).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, Int64Array, RecordBatch, StringArray, UInt8Array,
    UInt32Array,
};
use arrow::datatypes::{DataType, Decimal128Type, Field, Int64Type, Schema, UInt8Type, UInt32Type};
use perennial_engine::error::EngineError;

use super::life::{Leaving, Life, State};
use super::plan::Plan;
use crate::belonging::{self, Belonging, Merged};
use crate::ledger::{Currencies, Customer, Sink, Told};
use crate::range::too_many;
use crate::rfm::TierName;

/// Most rows of an answer.
const MAX_ROWS: usize = 2_000_000;
/// Numbers of a row, and its amounts.
const N_NUMBERS: usize = 8;
const N_AMOUNTS: usize = 4;
/// Days of who has not come back.
const NEVER: u32 = u32::MAX;

/// Customers at risk and those of them who churned, with their money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Active when the period begins.
    pub at_risk: u64,
    /// Of those, not active when it ends.
    pub churned: u64,
    /// Money of those at risk, in ten-thousandths.
    pub money_at_risk: i128,
    /// Money of those who churned.
    pub money_churned: i128,
}

impl Counts {
    /// Adds other customers.
    pub fn absorb(&mut self, other: &Counts) {
        self.at_risk += other.at_risk;
        self.churned += other.churned;
        self.money_at_risk += other.money_at_risk;
        self.money_churned += other.money_churned;
    }

    /// Both together.
    pub fn and(mut self, other: &Counts) -> Counts {
        self.absorb(other);
        self
    }
}

/// The numbers of one place of one part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Of customers who are new.
    pub newer: Counts,
    /// Of the others.
    pub older: Counts,
    /// First active in the period, and active when it ends.
    pub new: u64,
    /// Active again.
    pub won_back: u64,
    /// Came and left.
    pub passing: u64,
    /// Customers who left, where rows are of those.
    pub left: u64,
}

impl Numbers {
    /// New and old together.
    pub fn all(&self) -> Counts {
        self.newer.and(&self.older)
    }

    /// Adds those of another part.
    pub fn absorb(&mut self, other: &Numbers) {
        self.newer.absorb(&other.newer);
        self.older.absorb(&other.older);
        self.new += other.new;
        self.won_back += other.won_back;
        self.passing += other.passing;
        self.left += other.left;
    }

    fn take(&mut self, state: State, is_new: bool, money: i128) {
        let counts = if is_new { &mut self.newer } else { &mut self.older };
        match state {
            State::Kept | State::Churned => {
                counts.at_risk += 1;
                counts.money_at_risk += money;
                if state == State::Churned {
                    counts.churned += 1;
                    counts.money_churned += money;
                }
            }
            State::New => self.new += 1,
            State::WonBack => self.won_back += 1,
            State::Passing => self.passing += 1,
        }
    }

    fn numbers(&self) -> [u64; N_NUMBERS] {
        let Numbers { newer, older, new, won_back, passing, left } = *self;
        [newer.at_risk, newer.churned, older.at_risk, older.churned, new, won_back, passing, left]
    }

    fn amounts(&self) -> [i128; N_AMOUNTS] {
        let Numbers { newer, older, .. } = self;
        [newer.money_at_risk, newer.money_churned, older.money_at_risk, older.money_churned]
    }

    fn from_row(numbers: [u64; N_NUMBERS], amounts: [i128; N_AMOUNTS]) -> Numbers {
        let counts = |at: usize| Counts {
            at_risk: numbers[at],
            churned: numbers[at + 1],
            money_at_risk: amounts[at],
            money_churned: amounts[at + 1],
        };
        let [.., new, won_back, passing, left] = numbers;
        Numbers { newer: counts(0), older: counts(2), new, won_back, passing, left }
    }
}

/// What a row is of; numbers are those of the bucket, or of all of them once merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Row {
    Group(u32, u32),
    Tier(TierNumber, u32),
    Reason(u32, u32),
    Age(u32),
    Left(u32, u32),
}

/// A tier by its number: 0 the high one.
type TierNumber = u32;

/// The tiers by their numbers.
pub const TIERS: [TierName; 3] = [TierName::High, TierName::Middle, TierName::Low];

impl Row {
    /// Kind, part and place.
    fn numbers(self) -> (u8, u32, u32) {
        match self {
            Row::Group(group, period) => (0, group, period),
            Row::Tier(tier, period) => (1, tier, period),
            Row::Reason(word, period) => (2, word, period),
            Row::Age(age) => (3, 0, age),
            Row::Left(back, followed) => (4, back, followed),
        }
    }
}

/// Counts lives.
pub struct Tally {
    plan: Arc<Plan>,
    life: Life,
    added: Currencies,
    /// By the number of the group, and period.
    by_group: Vec<Vec<Numbers>>,
    by_age: Vec<Numbers>,
    /// Everything else, which few customers add to.
    rows: HashMap<Row, Numbers>,
}

impl Tally {
    /// Nothing counted.
    pub fn new(plan: Arc<Plan>) -> Tally {
        Tally {
            plan,
            life: Life::default(),
            added: Currencies::default(),
            by_group: Vec::new(),
            by_age: Vec::new(),
            rows: HashMap::new(),
        }
    }

    /// Everything that was counted, row by row.
    fn into_rows(self) -> (Vec<(Row, Numbers)>, Currencies) {
        let mut rows: Vec<(Row, Numbers)> = self.rows.into_iter().collect();
        let groups = self.by_group.into_iter().zip(0_u32..);
        rows.extend(groups.flat_map(|(own, group)| {
            let periods = own.into_iter().zip(0_u32..);
            periods.map(move |(numbers, period)| (Row::Group(group, period), numbers))
        }));
        let ages = self.by_age.into_iter().zip(0_u32..);
        rows.extend(ages.map(|(numbers, age)| (Row::Age(age), numbers)));
        rows.retain(|(_, numbers)| *numbers != Numbers::default());
        rows.sort_unstable_by_key(|(row, _)| *row);
        (rows, self.added)
    }
}

impl Sink for Tally {
    fn customer(
        &mut self,
        customer: &Customer<'_>,
        belonging: &mut Belonging,
    ) -> Result<(), EngineError> {
        let Tally { plan, life, added, by_group, by_age, rows } = self;
        let Some(group) = life.read(plan, customer, belonging) else { return Ok(()) };
        let own = own_of(by_group, group as usize, plan.n_periods())?;
        let has_tiers = plan.question.tiers.is_some();
        let has_reasons = plan.subscription().is_some_and(|one| one.reason.is_some());
        life.standings(plan, |standing| {
            let (state, period) = (standing.state, standing.period as u32);
            let is_new = plan.is_new(standing.age);
            let is_at_risk = matches!(state, State::Kept | State::Churned);
            let money = if is_at_risk { life.money(plan, standing.period, added) } else { 0 };
            own[standing.period].take(state, is_new, money);
            if !is_at_risk {
                return;
            }
            let mut take = |row: Row| rows.entry(row).or_default().take(state, is_new, money);
            if has_tiers {
                take(Row::Tier(plan.tier(standing.period, money) as u32, period));
            }
            if has_reasons && state == State::Churned {
                take(Row::Reason(standing.word, period));
            }
            if plan.is_over(standing.period) {
                let age = standing.age as usize;
                if by_age.len() <= age {
                    by_age.resize(age + 1, Numbers::default());
                }
                by_age[age].take(state, is_new, money);
            }
        });
        if let Some(Leaving { followed_days, back_days }) = life.leaving(plan) {
            let row = Row::Left(back_days.unwrap_or(NEVER), followed_days);
            rows.entry(row).or_default().left += 1;
        }
        refuse_too_many(rows.len())
    }

    fn finish(self, told: &Told<'_>) -> Result<RecordBatch, EngineError> {
        let (rows, added) = self.into_rows();
        let group = |row: &Row| if let Row::Group(group, _) = row { *group } else { 0 };
        let word = |row: &Row| match row {
            Row::Reason(word, _) => told.word(*word),
            _ => None,
        };
        let mut fields = vec![
            Field::new("kind", DataType::UInt8, false),
            Field::new("group", belonging::column_type(), false),
            Field::new("word", DataType::Utf8, true),
            Field::new("part", DataType::UInt32, false),
            Field::new("place", DataType::UInt32, false),
        ];
        let keys = || rows.iter().map(|(row, _)| row.numbers());
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(UInt8Array::from_iter_values(keys().map(|(kind, ..)| kind))),
            told.belonging.column(rows.iter().map(|(row, _)| group(row))),
            Arc::new(StringArray::from_iter(rows.iter().map(|(row, _)| word(row)))),
            Arc::new(UInt32Array::from_iter_values(keys().map(|(_, part, _)| part))),
            Arc::new(UInt32Array::from_iter_values(keys().map(|(.., place)| place))),
        ];
        for position in 0..N_NUMBERS {
            fields.push(Field::new(format!("n_{position}"), DataType::Int64, false));
            let numbers = rows.iter().map(|(_, own)| own.numbers()[position] as i64);
            columns.push(Arc::new(Int64Array::from_iter_values(numbers)));
        }
        for position in 0..N_AMOUNTS {
            let name = format!("money_{position}");
            fields.push(Field::new(name, DataType::Decimal128(38, 4), false));
            let amounts = rows.iter().map(|(_, own)| own.amounts()[position]);
            let amounts = Decimal128Array::from_iter_values(amounts);
            columns.push(Arc::new(amounts.with_precision_and_scale(38, 4)?));
        }
        let schema = Schema::new(fields).with_metadata(told.metadata(&added));
        Ok(RecordBatch::try_new(Arc::new(schema), columns)?)
    }
}

/// The periods of a group, begun where they are not yet.
fn own_of(
    by_group: &mut Vec<Vec<Numbers>>,
    group: usize,
    n_periods: usize,
) -> Result<&mut Vec<Numbers>, EngineError> {
    if by_group.len() <= group {
        if group > 0 {
            refuse_too_many((group + 1) * n_periods)?;
        }
        by_group.resize_with(group + 1, Vec::new);
    }
    let own = &mut by_group[group];
    if own.is_empty() {
        own.resize(n_periods, Numbers::default());
    }
    Ok(own)
}

fn refuse_too_many(n_rows: usize) -> Result<(), EngineError> {
    if n_rows > MAX_ROWS {
        let what = format!("{n_rows} rows of groups, reasons and periods");
        let what_zh = format!("分组、原因与周期共 {n_rows} 行");
        return Err(too_many(&what, &what_zh).into());
    }
    Ok(())
}

/// The numbers of all buckets together.
#[derive(Debug, Default)]
pub struct Found {
    /// By group and period.
    pub groups: BTreeMap<u32, Vec<Numbers>>,
    /// The groups.
    pub names: Merged,
    /// By tier, the high one first, and period.
    pub tiers: [Vec<Numbers>; 3],
    /// By stated reason and period.
    pub reasons: BTreeMap<Option<String>, Vec<Numbers>>,
    /// By age.
    pub ages: BTreeMap<u32, Counts>,
    /// How many left so long ago and came back after so long.
    pub left: BTreeMap<Leaving, u64>,
}

/// Adds up all buckets.
///
/// # Errors
/// When there is too much to answer with.
pub fn merged(plan: &Plan, partials: &[RecordBatch]) -> Result<Found, EngineError> {
    let empty = || vec![Numbers::default(); plan.n_periods()];
    let mut found = Found { tiers: [empty(), empty(), empty()], ..Found::default() };
    for partial in partials {
        let kinds = partial.column(0).as_primitive::<UInt8Type>().values();
        let groups = found.names.numbers(partial, 1);
        let words = partial.column(2).as_string::<i32>();
        let parts = partial.column(3).as_primitive::<UInt32Type>().values();
        let places = partial.column(4).as_primitive::<UInt32Type>().values();
        for (row, kind) in kinds.iter().enumerate() {
            let numbers = numbers_at(partial, row);
            let (part, place) = (parts[row], places[row]);
            let by_period = match kind {
                0 => found.groups.entry(groups[row]).or_insert_with(empty),
                1 => &mut found.tiers[part as usize],
                2 => {
                    let word = words.is_valid(row).then(|| words.value(row).to_owned());
                    found.reasons.entry(word).or_insert_with(empty)
                }
                3 => {
                    found.ages.entry(place).or_default().absorb(&numbers.all());
                    continue;
                }
                _ => {
                    let back_days = (part != NEVER).then_some(part);
                    let leaving = Leaving { followed_days: place, back_days };
                    *found.left.entry(leaving).or_default() += numbers.left;
                    continue;
                }
            };
            by_period[place as usize].absorb(&numbers);
        }
        refuse_too_many((found.groups.len() + found.reasons.len()) * plan.n_periods())?;
    }
    Ok(found)
}

fn numbers_at(partial: &RecordBatch, row: usize) -> Numbers {
    let number = |at: usize| partial.column(5 + at).as_primitive::<Int64Type>().value(row) as u64;
    let amount =
        |at: usize| partial.column(5 + N_NUMBERS + at).as_primitive::<Decimal128Type>().value(row);
    Numbers::from_row(std::array::from_fn(number), std::array::from_fn(amount))
}
