//! Filter expressions over columns.
//!
//! A [`BatchFilter`] turns an [`EventFilter`] into row masks, each decided for a whole batch at a
//! time. Where rows may share an order, money and quantity are known only once the whole order has
//! been seen: those tests stay open as a small tree over the masks and are settled with the
//! order's sums by [`BatchFilter::holds`].

use std::ops::Range;

use arrow::array::Array;
use arrow::buffer::BooleanBuffer;
use arrow::util::bit_iterator::BitIndexIterator;
use perennial_types::event::Column;
use perennial_types::filter::{
    Condition, EventFilter, EventNames, Field, Matcher, Test, property_text,
};
use perennial_types::question::Refusal;

use crate::batch::{Batch, TextColumn, decimal_at};
use crate::error::EngineError;

/// Most masks one filter may need.
pub const MAX_MASKS: usize = 32;

/// A filter made ready for batches.
#[derive(Clone, Debug)]
pub struct BatchFilter {
    masks: Vec<Part>,
    tree: Tree,
    columns: Vec<Column>,
}

/// What is decided row by row.
#[derive(Clone, Debug)]
enum Part {
    Event(EventNames),
    Condition(Vectorised),
}

#[derive(Clone, Debug)]
enum Vectorised {
    All(Vec<Vectorised>),
    Any(Vec<Vectorised>),
    Not(Box<Vectorised>),
    Test(Field, Matcher),
}

/// What is decided order by order.
#[derive(Clone, Debug)]
enum Tree {
    Mask(u32),
    All(Vec<Tree>),
    Any(Vec<Tree>),
    Not(Box<Tree>),
    Amount(Matcher),
    Quantity(Matcher),
}

/// A mask of a batch; most questions look at every row.
#[derive(Clone, Debug)]
pub enum Mask {
    /// Every row passes.
    Every,
    /// One bit per row.
    Rows(BooleanBuffer),
}

impl Mask {
    /// Whether a row passes.
    pub fn passes(&self, row: usize) -> bool {
        match self {
            Mask::Every => true,
            Mask::Rows(bits) => bits.value(row),
        }
    }

    /// The rows of a range that pass, in order.
    pub fn rows(&self, range: Range<usize>) -> impl Iterator<Item = usize> + '_ {
        let (every, some) = match self {
            Mask::Every => (Some(range), None),
            Mask::Rows(bits) => {
                let offset = bits.offset() + range.start;
                let set = BitIndexIterator::new(bits.values(), offset, range.len());
                (None, Some(set.map(move |row| range.start + row)))
            }
        };
        every.into_iter().flatten().chain(some.into_iter().flatten())
    }

    /// The rows that pass at least one of these; every row where there is none.
    pub fn any(masks: impl IntoIterator<Item = Mask>) -> Mask {
        let either = |one, other| match (one, other) {
            (Mask::Rows(left), Mask::Rows(right)) => Mask::Rows(&left | &right),
            _ => Mask::Every,
        };
        masks.into_iter().reduce(either).unwrap_or(Mask::Every)
    }

    /// The rows that pass every one of these.
    pub fn united(masks: impl IntoIterator<Item = Mask>) -> Mask {
        masks.into_iter().fold(Mask::Every, |united, mask| match (united, mask) {
            (Mask::Every, mask) | (mask, Mask::Every) => mask,
            (Mask::Rows(left), Mask::Rows(right)) => Mask::Rows(&left & &right),
        })
    }
}

impl BatchFilter {
    /// Prepares a filter. `by_order` says whether rows may share an order, so that `amount` and
    /// `quantity` are the order's.
    pub fn new(filter: &EventFilter, by_order: bool) -> Result<BatchFilter, Refusal> {
        let mut columns: Vec<Column> = filter.fields().iter().map(|field| field.column()).collect();
        columns.sort_unstable();
        columns.dedup();
        let mut masks = vec![Part::Event(filter.event.clone())];
        let mut tree = Tree::Mask(0);
        if let Some(condition) = &filter.condition {
            let rest = open_tree(condition, by_order, &mut masks);
            tree = Tree::All(vec![tree, rest]);
        }
        if masks.len() > MAX_MASKS {
            return Err(Refusal::new(
                "too_many_conditions",
                format!("a filter mixes money with {} other conditions", masks.len() - 1),
                format!("group them so that at most {} stand apart from money", MAX_MASKS - 1),
            )
            .in_chinese(
                format!("筛选把金额与另外 {} 个条件混在一起", masks.len() - 1),
                format!("请合并条件，使与金额并列的条件不超过 {} 个", MAX_MASKS - 1),
            ));
        }
        Ok(BatchFilter { masks, tree, columns })
    }

    /// The columns it looks at.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Number of masks.
    pub fn n_masks(&self) -> usize {
        self.masks.len()
    }

    /// Whether the masks alone decide, without an order's sums.
    pub fn is_row_wise(&self) -> bool {
        self.tree.is_row_wise()
    }

    /// The masks of a batch.
    pub fn masks(&self, batch: &Batch) -> Result<Vec<Mask>, EngineError> {
        self.masks.iter().map(|part| part.mask(batch)).collect()
    }

    /// One mask for a filter that [`is_row_wise`](Self::is_row_wise).
    pub fn mask(&self, batch: &Batch) -> Result<Mask, EngineError> {
        Ok(Mask::united(self.masks(batch)?))
    }

    /// Whether a row passes: `bits` are its masks, the sums those of its order.
    pub fn holds(&self, bits: u32, amount: Option<i128>, quantity: Option<i128>) -> bool {
        self.tree.holds(bits, amount, quantity)
    }
}

/// The bits of one row in several masks, the first mask lowest.
pub fn row_bits(masks: &[Mask], row: usize) -> u32 {
    masks
        .iter()
        .enumerate()
        .fold(0, |bits, (index, mask)| bits | u32::from(mask.passes(row)) << index)
}

fn open_tree(condition: &Condition, by_order: bool, masks: &mut Vec<Part>) -> Tree {
    if !(by_order && has_sums(condition)) {
        masks.push(Part::Condition(vectorised(condition)));
        return Tree::Mask(masks.len() as u32 - 1);
    }
    match condition {
        Condition::All(parts) => {
            Tree::All(parts.iter().map(|part| open_tree(part, by_order, masks)).collect())
        }
        Condition::Any(parts) => {
            Tree::Any(parts.iter().map(|part| open_tree(part, by_order, masks)).collect())
        }
        Condition::Not(inner) => Tree::Not(Box::new(open_tree(inner, by_order, masks))),
        Condition::Test(Test { field: Field::Quantity, .. }) => sum_test(condition, Tree::Quantity),
        Condition::Test(_) => sum_test(condition, Tree::Amount),
    }
}

fn sum_test(condition: &Condition, open: fn(Matcher) -> Tree) -> Tree {
    match condition {
        Condition::Test(test) => open(test.matcher()),
        _ => Tree::All(Vec::new()),
    }
}

fn has_sums(condition: &Condition) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(has_sums),
        Condition::Not(inner) => has_sums(inner),
        Condition::Test(test) => matches!(test.field, Field::Amount | Field::Quantity),
    }
}

fn vectorised(condition: &Condition) -> Vectorised {
    match condition {
        Condition::All(parts) => Vectorised::All(parts.iter().map(vectorised).collect()),
        Condition::Any(parts) => Vectorised::Any(parts.iter().map(vectorised).collect()),
        Condition::Not(inner) => Vectorised::Not(Box::new(vectorised(inner))),
        Condition::Test(test) => Vectorised::Test(test.field.clone(), test.matcher()),
    }
}

impl Tree {
    fn is_row_wise(&self) -> bool {
        match self {
            Tree::Mask(_) => true,
            Tree::All(parts) => parts.iter().all(|part| matches!(part, Tree::Mask(_))),
            _ => false,
        }
    }

    fn holds(&self, bits: u32, amount: Option<i128>, quantity: Option<i128>) -> bool {
        match self {
            Tree::Mask(index) => bits >> index & 1 == 1,
            Tree::All(parts) => parts.iter().all(|part| part.holds(bits, amount, quantity)),
            Tree::Any(parts) => parts.iter().any(|part| part.holds(bits, amount, quantity)),
            Tree::Not(inner) => !inner.holds(bits, amount, quantity),
            Tree::Amount(matcher) => matcher.matches_decimal(amount),
            Tree::Quantity(matcher) => matcher.matches_decimal(quantity),
        }
    }
}

impl Part {
    fn mask(&self, batch: &Batch) -> Result<Mask, EngineError> {
        match self {
            Part::Event(EventNames::Any) => Ok(Mask::Every),
            Part::Event(names) => {
                let passes = |name: Option<&str>| name.is_some_and(|name| names.contains(name));
                Ok(Mask::Rows(text_mask(&batch.text(Column::Event)?, batch.n_rows(), passes)))
            }
            Part::Condition(condition) => Ok(Mask::Rows(condition.bits(batch)?)),
        }
    }
}

impl Vectorised {
    fn bits(&self, batch: &Batch) -> Result<BooleanBuffer, EngineError> {
        match self {
            Vectorised::All(parts) => {
                let every = BooleanBuffer::new_set(batch.n_rows());
                parts.iter().try_fold(every, |bits, part| Ok(&bits & &part.bits(batch)?))
            }
            Vectorised::Any(parts) => {
                let none = BooleanBuffer::new_unset(batch.n_rows());
                parts.iter().try_fold(none, |bits, part| Ok(&bits | &part.bits(batch)?))
            }
            Vectorised::Not(inner) => Ok(!&inner.bits(batch)?),
            Vectorised::Test(field, matcher) => test_bits(field, matcher, batch),
        }
    }
}

fn test_bits(
    field: &Field,
    matcher: &Matcher,
    batch: &Batch,
) -> Result<BooleanBuffer, EngineError> {
    let n_rows = batch.n_rows();
    match field {
        Field::Ts => {
            let ts = batch.ts()?;
            Ok(BooleanBuffer::collect_bool(n_rows, |row| matcher.matches_ts(ts[row])))
        }
        Field::Amount | Field::Quantity => {
            let decimals = batch.decimals(field.column())?;
            Ok(BooleanBuffer::collect_bool(n_rows, |row| {
                matcher.matches_decimal(decimal_at(decimals, row))
            }))
        }
        Field::Property(name) => {
            let passes = |properties: Option<&str>| {
                let value = properties.and_then(|properties| property_text(properties, name));
                matcher.matches_text(value.as_deref())
            };
            Ok(text_mask(&batch.text(Column::Properties)?, n_rows, passes))
        }
        text => {
            let passes = |value: Option<&str>| matcher.matches_text(value);
            Ok(text_mask(&batch.text(text.column())?, n_rows, passes))
        }
    }
}

/// Decides a text column: once per distinct value where it is a dictionary.
fn text_mask(
    column: &TextColumn<'_>,
    n_rows: usize,
    passes: impl Fn(Option<&str>) -> bool,
) -> BooleanBuffer {
    let TextColumn::Dictionary(array, values) = column else {
        return BooleanBuffer::collect_bool(n_rows, |row| passes(column.get(row)));
    };
    let by_code: Vec<bool> = (0..values.len())
        .map(|code| passes(values.is_valid(code).then(|| values.value(code))))
        .collect();
    let codes = array.keys().values();
    if array.null_count() == 0 {
        return BooleanBuffer::collect_bool(n_rows, |row| by_code[codes[row] as usize]);
    }
    let of_null = passes(None);
    BooleanBuffer::collect_bool(n_rows, |row| {
        if array.is_valid(row) { by_code[codes[row] as usize] } else { of_null }
    })
}
