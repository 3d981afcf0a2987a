//! Counting: per group, row and column, how many entered, returned, and what they added up to.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, Decimal128Builder, Int64Array, ListArray,
    ListBuilder, RecordBatch, StringArray, new_empty_array,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::concat;
use arrow::datatypes::{DataType, Decimal128Type, Field, Int64Type, Schema};
use perennial_engine::error::EngineError;
use perennial_types::calendar::Micros;

use super::plan::{Plan, Value};
use super::question::Incomplete;
use super::sink::{Counted, Entry, Hit, Sink, counted};
use crate::grouping::Group;
use crate::money::{self, one_currency_or};

/// The cells of one group, row by row, one list per measure. Lists that only some questions need are
/// empty for the others: what most questions add to is a few kilobytes that stay near the processor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix {
    n_columns: usize,
    /// Entries, per row.
    sizes: Vec<u64>,
    /// The latest start of a member, per row; `Micros::MIN` without one.
    lasts: Vec<Micros>,
    /// Entries that returned.
    returned: Vec<u64>,
    /// Entries whose own window is over.
    eligible: Vec<u64>,
    /// Those of them that returned.
    eligible_returned: Vec<u64>,
    /// What was added up.
    sums: Vec<i128>,
    /// Each returner's own value.
    values: Vec<Vec<i128>>,
    /// The earliest begin of a member's window, where every member has windows of its own;
    /// `Micros::MAX` without one.
    firsts: Vec<Micros>,
}

impl Matrix {
    /// Nothing counted yet.
    pub fn new(plan: &Plan) -> Matrix {
        let n_columns = plan.n_columns as usize;
        let (n_rows, n_cells) = (plan.rows.len(), plan.rows.len() * n_columns);
        let when = |needed: bool| if needed { n_cells } else { 0 };
        let rebases = plan.question.incomplete == Incomplete::Eligible;
        Matrix {
            n_columns,
            sizes: vec![0; n_rows],
            lasts: vec![Micros::MIN; n_rows],
            returned: vec![0; n_cells],
            eligible: vec![0; when(rebases)],
            eligible_returned: vec![0; when(rebases)],
            sums: vec![0; when(plan.value != Value::Nothing)],
            values: vec![Vec::new(); when(Value::keeps_each(&plan.question))],
            firsts: vec![Micros::MAX; when(plan.needs_cycle())],
        }
    }

    /// Entries of a row.
    pub fn size(&self, row: usize) -> u64 {
        self.sizes.get(row).copied().unwrap_or_default()
    }

    /// Entries of every row together.
    pub fn n_entries(&self) -> u64 {
        self.sizes.iter().sum()
    }

    /// Returns of every cell together.
    pub fn n_returned(&self) -> u64 {
        self.returned.iter().sum()
    }

    /// Whether nothing that was added up differs from 0.
    pub fn adds_up_to_nothing(&self) -> bool {
        self.sums.iter().all(|sum| *sum == 0)
    }

    /// The latest start of a row's members.
    pub fn last(&self, row: usize) -> Option<Micros> {
        self.lasts.get(row).copied().filter(|last| *last > Micros::MIN)
    }

    /// Entries of a cell that returned.
    pub fn returned(&self, row: usize, k: u32) -> u64 {
        self.returned.get(self.index(row, k)).copied().unwrap_or_default()
    }

    /// Entries of a cell whose own window is over, where the question re-bases on them.
    pub fn eligible(&self, row: usize, k: u32) -> u64 {
        self.eligible.get(self.index(row, k)).copied().unwrap_or_default()
    }

    /// Those of them that returned.
    pub fn eligible_returned(&self, row: usize, k: u32) -> u64 {
        self.eligible_returned.get(self.index(row, k)).copied().unwrap_or_default()
    }

    /// What was added up in a cell.
    pub fn sum(&self, row: usize, k: u32) -> i128 {
        self.sums.get(self.index(row, k)).copied().unwrap_or_default()
    }

    /// Each returner's own value, where the question needs them.
    pub fn values(&self, row: usize, k: u32) -> &[i128] {
        self.values.get(self.index(row, k)).map_or(&[], Vec::as_slice)
    }

    /// The earliest begin of a member's window, where every member has windows of its own.
    pub fn first(&self, row: usize, k: u32) -> Option<Micros> {
        self.firsts.get(self.index(row, k)).copied().filter(|first| *first < Micros::MAX)
    }

    fn index(&self, row: usize, k: u32) -> usize {
        row * self.n_columns + k as usize
    }

    /// Adds another group's cells.
    pub fn absorb(&mut self, other: &Matrix) {
        self.absorb_members(other);
        add(&mut self.returned, &other.returned);
        add(&mut self.eligible_returned, &other.eligible_returned);
        add(&mut self.sums, &other.sums);
        for (own, others) in self.values.iter_mut().zip(&other.values) {
            own.extend(others);
        }
    }

    /// Adds another group's members without their returns.
    pub fn absorb_members(&mut self, other: &Matrix) {
        add(&mut self.sizes, &other.sizes);
        add(&mut self.eligible, &other.eligible);
        for (own, other) in self.lasts.iter_mut().zip(&other.lasts) {
            *own = (*own).max(*other);
        }
        for (own, other) in self.firsts.iter_mut().zip(&other.firsts) {
            *own = (*own).min(*other);
        }
    }

    fn member(&mut self, plan: &Plan, entry: &Entry) {
        let row = entry.row as usize;
        self.sizes[row] += 1;
        self.lasts[row] = self.lasts[row].max(entry.anchor);
        let cells = self.index(row, 0)..self.index(row + 1, 0);
        if let Some(firsts) = self.firsts.get_mut(cells.clone()) {
            for (k, first) in (0..plan.n_columns).zip(firsts) {
                let begin = plan.windows.begin(entry.anchor, k, entry.cycle);
                *first = begin.map_or(*first, |begin| begin.min(*first));
            }
        }
        if let Some(eligible) = self.eligible.get_mut(cells) {
            for (k, eligible) in (0..plan.n_columns).zip(eligible) {
                *eligible += u64::from(is_over(plan, entry, k));
            }
        }
    }

    fn count(&mut self, plan: &Plan, entry: &Entry, found: Counted) {
        let index = self.index(entry.row as usize, found.k);
        self.returned[index] += 1;
        if let Some(sum) = self.sums.get_mut(index) {
            *sum += found.value;
        }
        if let Some(values) = self.values.get_mut(index) {
            values.push(found.value);
        }
        if let Some(eligible) = self.eligible_returned.get_mut(index) {
            *eligible += u64::from(is_over(plan, entry, found.k));
        }
    }
}

fn add<T: Copy + std::ops::AddAssign>(own: &mut [T], others: &[T]) {
    own.iter_mut().zip(others).for_each(|(own, other)| *own += *other);
}

fn is_over(plan: &Plan, entry: &Entry, k: u32) -> bool {
    plan.windows.end(entry.anchor, k, entry.cycle).is_some_and(|end| end <= plan.as_of)
}

/// Counts entries and hits.
#[derive(Default)]
pub struct Tally {
    /// The cells by number of the group; none yet of a group without an entry.
    by_group: Vec<Option<Matrix>>,
    found: Vec<Counted>,
}

impl Sink for Tally {
    fn customer(&mut self, plan: &Plan, _customer: i64, entries: &[Entry], hits: &[Hit]) {
        let Tally { by_group, found } = self;
        for entry in entries {
            counted(plan.question.count, plan.n_columns, entry.own(hits), found);
            if found.is_empty() && !entry.is_member {
                continue;
            }
            let group = entry.group as usize;
            if by_group.len() <= group {
                by_group.resize(group + 1, None);
            }
            let matrix = by_group[group].get_or_insert_with(|| Matrix::new(plan));
            if entry.is_member {
                matrix.member(plan, entry);
            }
            found.iter().for_each(|found| matrix.count(plan, entry, *found));
        }
    }

    fn finish(
        self,
        _plan: &Plan,
        groups: &[Group],
        currencies: &[String],
    ) -> Result<RecordBatch, EngineError> {
        encode(&self.by_group, groups, currencies)
    }
}

/// One row per group, each measure a list of its cells.
fn encode(
    by_group: &[Option<Matrix>],
    groups: &[Group],
    currencies: &[String],
) -> Result<RecordBatch, EngineError> {
    let numbered = by_group.iter().enumerate();
    let found: Vec<(usize, &Matrix)> = numbered
        .filter_map(|(number, matrix)| matrix.as_ref().map(|matrix| (number, matrix)))
        .collect();
    let counts = |of: fn(&Matrix) -> &[u64]| {
        lists(&found, |matrix| of(matrix).iter().map(|count| *count as i64).collect::<Int64Array>())
    };
    let instants = |of: fn(&Matrix) -> &[Micros]| {
        lists(&found, |matrix| Int64Array::from_iter_values(of(matrix).iter().copied()))
    };
    let mut values = ListBuilder::new(ListBuilder::new(money()));
    for (_, matrix) in &found {
        for cell in &matrix.values {
            values.values().append_value(cell.iter().map(|value| Some(*value)));
        }
        values.append(true);
    }
    let names = found.iter().map(|(number, _)| group_name(groups.get(*number)));
    let columns: [(&str, ArrayRef); 9] = [
        ("group", Arc::new(StringArray::from_iter_values(names))),
        ("size", counts(|matrix| &matrix.sizes)?),
        ("last", instants(|matrix| &matrix.lasts)?),
        ("returned", counts(|matrix| &matrix.returned)?),
        ("eligible", counts(|matrix| &matrix.eligible)?),
        ("eligible_returned", counts(|matrix| &matrix.eligible_returned)?),
        (
            "sum",
            lists(&found, |matrix| {
                let sums = Decimal128Array::from_iter_values(matrix.sums.iter().copied());
                sums.with_data_type(DataType::Decimal128(38, 4))
            })?,
        ),
        ("values", Arc::new(values.finish())),
        ("first", instants(|matrix| &matrix.firsts)?),
    ];
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, column)| Field::new(*name, column.data_type().clone(), true))
        .collect();
    let schema = Schema::new(fields).with_metadata(money::metadata(currencies));
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    Ok(RecordBatch::try_new(Arc::new(schema), columns)?)
}

fn money() -> Decimal128Builder {
    Decimal128Builder::new().with_data_type(DataType::Decimal128(38, 4))
}

/// One list per group.
fn lists<A: Array + 'static>(
    found: &[(usize, &Matrix)],
    of: impl Fn(&Matrix) -> A,
) -> Result<ArrayRef, EngineError> {
    let parts: Vec<A> = found.iter().map(|(_, matrix)| of(matrix)).collect();
    let lengths = OffsetBuffer::from_lengths(parts.iter().map(Array::len));
    let parts: Vec<&dyn Array> = parts.iter().map(|part| part as &dyn Array).collect();
    let items = match parts.is_empty() {
        true => new_empty_array(&DataType::Int64),
        false => concat(&parts)?,
    };
    let field = Field::new("item", items.data_type().clone(), true);
    Ok(Arc::new(ListArray::try_new(Arc::new(field), lengths, items, None)?))
}

fn group_name(group: Option<&Group>) -> String {
    serde_json::to_string(group.unwrap_or(&Vec::new())).unwrap_or_default()
}

/// The cells of every group, all buckets together.
#[derive(Debug, Default)]
pub struct Cells {
    /// By the values of the breakdown.
    pub by_group: BTreeMap<Group, Matrix>,
    /// The one currency of the sums.
    pub currency: Option<String>,
}

impl Cells {
    /// Adds up the partial results of all buckets.
    pub fn merged(plan: &Plan, partials: &[RecordBatch]) -> Result<Cells, EngineError> {
        let currency = one_currency_or(
            partials,
            "restrict `return` to one currency with a `currency` condition",
            "请在 `return` 中用 `currency` 条件限定为一种货币",
        )?;
        let mut cells = Cells { currency, ..Cells::default() };
        for partial in partials {
            let names = partial.column(0).as_string::<i32>();
            for row in 0..partial.num_rows() {
                let group: Group = serde_json::from_str(names.value(row)).unwrap_or_default();
                let matrix = cells.by_group.entry(group).or_insert_with(|| Matrix::new(plan));
                matrix.absorb(&decoded(partial, row));
            }
        }
        Ok(cells)
    }
}

/// The cells of one group out of a partial result.
fn decoded(partial: &RecordBatch, row: usize) -> Matrix {
    let list = |column: usize| partial.column(column).as_list::<i32>().value(row);
    let integers = |column: usize| list(column).as_primitive::<Int64Type>().values().to_vec();
    let counts = |column: usize| integers(column).into_iter().map(|count| count as u64).collect();
    let money = |array: &ArrayRef| array.as_primitive::<Decimal128Type>().values().to_vec();
    let values = list(7);
    let values = values.as_list::<i32>().iter().flatten();
    Matrix {
        n_columns: 0,
        sizes: counts(1),
        lasts: integers(2),
        returned: counts(3),
        eligible: counts(4),
        eligible_returned: counts(5),
        sums: money(&list(6)),
        values: values.map(|cell| money(&cell)).collect(),
        firsts: integers(8),
    }
}
