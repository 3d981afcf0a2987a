//! Counting: per group, row and column, how many entered, returned, and what they added up to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, Decimal128Builder, Int64Array, ListBuilder, RecordBatch,
    StringArray, UInt32Array,
};
use arrow::datatypes::{DataType, Decimal128Type, Field, Int64Type, Schema, SchemaRef, UInt32Type};
use perennial_engine::error::EngineError;
use perennial_types::calendar::Micros;
use perennial_types::question::Refusal;

use super::plan::{Plan, Value};
use super::question::Incomplete;
use super::sink::{Counted, Entry, Hit, Sink, counted};
use crate::grouping::Group;

/// One cell of one group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// Entries of the row, in column 0 only.
    pub size: u64,
    /// Entries that returned.
    pub returned: u64,
    /// Entries whose own window is over.
    pub eligible: u64,
    /// Those of them that returned.
    pub eligible_returned: u64,
    /// What was added up.
    pub sum: i128,
    /// Each returner's own value, where the question needs them.
    pub values: Vec<i128>,
    /// The latest start of a member, in column 0 only.
    pub last: Option<Micros>,
    /// The earliest begin of a member's window, where every member has windows of its own.
    pub first: Option<Micros>,
}

/// The cells of one group, row by row.
pub type Matrix = Vec<Cell>;

/// Counts entries and hits.
pub struct Tally {
    by_group: Vec<Matrix>,
    keeps_values: bool,
    counts_eligible: bool,
    cells: Vec<Counted>,
}

impl Tally {
    /// Nothing counted.
    pub fn new(plan: &Plan) -> Tally {
        Tally {
            by_group: Vec::new(),
            keeps_values: Value::keeps_each(&plan.question),
            counts_eligible: plan.question.incomplete == Incomplete::Eligible,
            cells: Vec::new(),
        }
    }

    fn member(&mut self, plan: &Plan, entry: &Entry) {
        let columns = plan.n_columns;
        let cells = row_cells(&mut self.by_group, plan, entry);
        cells[0].size += 1;
        cells[0].last = cells[0].last.max(Some(entry.anchor));
        if plan.needs_cycle() {
            for (k, cell) in (0..columns).zip(cells.iter_mut()) {
                let begin = plan.windows.begin(entry.anchor, k, entry.cycle);
                cell.first = earlier(cell.first, begin);
            }
        }
        if self.counts_eligible {
            for (k, cell) in (0..columns).zip(cells.iter_mut()) {
                cell.eligible += u64::from(is_over(plan, entry, k));
            }
        }
    }
}

fn is_over(plan: &Plan, entry: &Entry, k: u32) -> bool {
    plan.windows.end(entry.anchor, k, entry.cycle).is_some_and(|end| end <= plan.as_of)
}

/// The cells of an entry's row.
fn row_cells<'a>(by_group: &'a mut Vec<Matrix>, plan: &Plan, entry: &Entry) -> &'a mut [Cell] {
    let group = entry.group as usize;
    if by_group.len() <= group {
        by_group.resize(group + 1, Matrix::new());
    }
    let columns = plan.n_columns as usize;
    let matrix = &mut by_group[group];
    if matrix.is_empty() {
        matrix.resize(plan.rows.len() * columns, Cell::default());
    }
    let first = entry.row as usize * columns;
    &mut matrix[first..first + columns]
}

impl Sink for Tally {
    fn customer(&mut self, plan: &Plan, _customer: i64, entries: &[Entry], hits: &[Hit]) {
        for entry in entries {
            if entry.is_member {
                self.member(plan, entry);
            }
            let mut counts = std::mem::take(&mut self.cells);
            counted(plan.question.count, plan.n_columns, entry.own(hits), &mut counts);
            if !counts.is_empty() {
                let cells = row_cells(&mut self.by_group, plan, entry);
                for found in &counts {
                    let cell = &mut cells[found.k as usize];
                    cell.returned += 1;
                    cell.sum += found.value;
                    if self.counts_eligible && is_over(plan, entry, found.k) {
                        cell.eligible_returned += 1;
                    }
                    if self.keeps_values {
                        cell.values.push(found.value);
                    }
                }
            }
            self.cells = counts;
        }
    }

    fn finish(
        self,
        plan: &Plan,
        groups: &[Group],
        currencies: &[String],
    ) -> Result<RecordBatch, EngineError> {
        encode(self.by_group, plan.n_columns, groups, currencies)
    }
}

static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let money = DataType::Decimal128(38, 4);
    let item = Arc::new(Field::new("item", money.clone(), true));
    Arc::new(Schema::new(vec![
        Field::new("group", DataType::Utf8, false),
        Field::new("row", DataType::UInt32, false),
        Field::new("column", DataType::UInt32, false),
        Field::new("size", DataType::Int64, false),
        Field::new("returned", DataType::Int64, false),
        Field::new("eligible", DataType::Int64, false),
        Field::new("eligible_returned", DataType::Int64, false),
        Field::new("sum", money, false),
        Field::new("values", DataType::List(item), false),
        Field::new("last", DataType::Int64, true),
        Field::new("first", DataType::Int64, true),
    ]))
});

/// Key of the currencies in the metadata of a partial result.
const CURRENCIES: &str = "currencies";

/// Every cell that is not empty, one row each.
fn encode(
    by_group: Vec<Matrix>,
    n_columns: u32,
    groups: &[Group],
    currencies: &[String],
) -> Result<RecordBatch, EngineError> {
    let empty = Cell::default();
    let mut found: Vec<(String, u32, u32, Cell)> = Vec::new();
    for (number, matrix) in by_group.into_iter().enumerate() {
        let name = group_name(groups.get(number));
        for (index, cell) in matrix.into_iter().enumerate() {
            if cell != empty {
                let (row, column) = (index as u32 / n_columns, index as u32 % n_columns);
                found.push((name.clone(), row, column, cell));
            }
        }
    }
    let integers = |of: fn(&Cell) -> u64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(found.iter().map(|(.., cell)| of(cell) as i64)))
    };
    let sums = Decimal128Array::from_iter_values(found.iter().map(|(.., cell)| cell.sum));
    let money = || Decimal128Builder::new().with_data_type(DataType::Decimal128(38, 4));
    let mut values = ListBuilder::new(money());
    for (.., cell) in &found {
        values.append_value(cell.values.iter().map(|value| Some(*value)));
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(found.iter().map(|(name, ..)| name))),
        Arc::new(UInt32Array::from_iter_values(found.iter().map(|(_, row, ..)| *row))),
        Arc::new(UInt32Array::from_iter_values(found.iter().map(|(_, _, column, _)| *column))),
        integers(|cell| cell.size),
        integers(|cell| cell.returned),
        integers(|cell| cell.eligible),
        integers(|cell| cell.eligible_returned),
        Arc::new(sums.with_precision_and_scale(38, 4)?),
        Arc::new(values.finish()),
        Arc::new(found.iter().map(|(.., cell)| cell.last).collect::<Int64Array>()),
        Arc::new(found.iter().map(|(.., cell)| cell.first).collect::<Int64Array>()),
    ];
    let mut schema = Schema::clone(&SCHEMA);
    schema.metadata.insert(CURRENCIES.to_owned(), serde_json::to_string(currencies).unwrap_or_default());
    Ok(RecordBatch::try_new(Arc::new(schema), columns)?)
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
        let mut cells = Cells { currency: one_currency(partials)?, ..Cells::default() };
        for partial in partials {
            cells.add(plan, partial);
        }
        Ok(cells)
    }

    fn add(&mut self, plan: &Plan, partial: &RecordBatch) {
        let n_columns = plan.n_columns as usize;
        let names = partial.column(0).as_string::<i32>();
        let rows = partial.column(1).as_primitive::<UInt32Type>().values();
        let columns = partial.column(2).as_primitive::<UInt32Type>().values();
        let integers = |index: usize| partial.column(index).as_primitive::<Int64Type>();
        let sums = partial.column(7).as_primitive::<Decimal128Type>().values();
        let values = partial.column(8).as_list::<i32>();
        for index in 0..partial.num_rows() {
            let group: Group = serde_json::from_str(names.value(index)).unwrap_or_default();
            let matrix = self.by_group.entry(group).or_default();
            matrix.resize(plan.rows.len() * n_columns, Cell::default());
            let cell = &mut matrix[rows[index] as usize * n_columns + columns[index] as usize];
            cell.size += integers(3).value(index) as u64;
            cell.returned += integers(4).value(index) as u64;
            cell.eligible += integers(5).value(index) as u64;
            cell.eligible_returned += integers(6).value(index) as u64;
            cell.sum += sums[index];
            cell.values.extend(values.value(index).as_primitive::<Decimal128Type>().values());
            let instant = |column: usize| {
                let column = integers(column);
                column.is_valid(index).then(|| column.value(index))
            };
            cell.last = cell.last.max(instant(9));
            cell.first = earlier(cell.first, instant(10));
        }
    }
}

/// The currency of all the amounts that were added.
fn one_currency(partials: &[RecordBatch]) -> Result<Option<String>, Refusal> {
    let mut all: BTreeSet<String> = BTreeSet::new();
    for partial in partials {
        let found = partial.schema_ref().metadata().get(CURRENCIES);
        let found: Vec<String> =
            found.and_then(|list| serde_json::from_str(list).ok()).unwrap_or_default();
        all.extend(found);
    }
    if all.len() > 1 {
        let names: Vec<String> = all.iter().map(|name| format!("`{name}`")).collect();
        return Err(Refusal::new(
            "mixed_currencies",
            format!("amounts in {} would be added", names.join(", ")),
            "restrict `return` to one currency with a `currency` condition",
        )
        .in_chinese(
            format!("{} 的金额会被相加", names.join("、")),
            "请在 `return` 中用 `currency` 条件限定为一种货币",
        ));
    }
    Ok(all.pop_first())
}

impl Cell {
    /// Adds another group's cell.
    pub fn absorb(&mut self, other: &Cell) {
        self.size += other.size;
        self.returned += other.returned;
        self.eligible += other.eligible;
        self.eligible_returned += other.eligible_returned;
        self.sum += other.sum;
        self.values.extend(&other.values);
        self.last = self.last.max(other.last);
        self.first = earlier(self.first, other.first);
    }
}

/// The earlier of two instants, of those that are known.
pub fn earlier(left: Option<Micros>, right: Option<Micros>) -> Option<Micros> {
    left.into_iter().chain(right).min()
}
