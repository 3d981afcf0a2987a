//! Which group a customer belongs to: the values of a breakdown at their first occurrence, or the
//! latest known ones.
//!
//! Groups are exclusive, so their numbers add up to everybody's.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, DictionaryArray, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Int32Type};
use perennial_engine::batch::Batch;
use perennial_engine::error::EngineError;
use perennial_types::filter::Field;

use crate::grouping::{FieldReader, Group, Interner};
use crate::insight::AskError;
use crate::retention::{Attribution, Breakdown};

/// The fields of a breakdown.
pub type Fields = Vec<(Field, Attribution)>;

/// The fields a breakdown names.
///
/// # Errors
/// When it is attributed to a return, or names the instant, which differs from event to event.
pub fn fields(breakdown: &[Breakdown]) -> Result<Fields, AskError> {
    for one in breakdown {
        if one.at == Attribution::Return {
            return Err(AskError::bad(
                "`breakdown.at` is `return`",
                "there is no return here: `start` or `current`",
            ));
        }
        if Field::named(&one.field) == Field::Ts {
            return Err(AskError::bad(
                "`breakdown` names `ts`, which differs from event to event",
                "name another field",
            ));
        }
    }
    Ok(breakdown.iter().map(|one| (Field::named(&one.field), one.at)).collect())
}

/// Whether any value is the latest known one, so that every event matters.
pub fn any_current(fields: &Fields) -> bool {
    fields.iter().any(|(_, at)| *at == Attribution::Current)
}

/// The columns of a batch that a breakdown looks at.
pub struct BelongingReader<'a>(Vec<(FieldReader<'a>, Attribution)>);

impl<'a> BelongingReader<'a> {
    /// Reads a batch.
    pub fn new(fields: &'a Fields, batch: &'a Batch) -> Result<BelongingReader<'a>, EngineError> {
        let readers = fields.iter().map(|(field, at)| Ok((FieldReader::new(field, batch)?, *at)));
        Ok(BelongingReader(readers.collect::<Result<_, EngineError>>()?))
    }

    /// Takes note of what a row, in time order, makes known of its customer: the first value of a
    /// field, or the latest one.
    pub fn note_known(&self, row: usize, known: &mut Group) {
        for (value, (field, at)) in known.iter_mut().zip(&self.0) {
            if *at == Attribution::Current || value.is_none() {
                *value = field.text(row).or_else(|| value.take());
            }
        }
    }
}

/// The groups of one bucket, and what is known of the customer being visited.
#[derive(Debug)]
pub struct Belonging {
    current: Group,
    has_current: bool,
    groups: Interner<Group>,
}

impl Belonging {
    /// Nothing known.
    pub fn new(fields: &Fields) -> Belonging {
        let mut groups = Interner::default();
        if fields.is_empty() {
            groups.number(&Group::new());
        }
        Belonging { current: vec![None; fields.len()], has_current: any_current(fields), groups }
    }

    /// Takes note of a row of the customer, in time order.
    pub fn note(&mut self, reader: &BelongingReader<'_>, row: usize) {
        if !self.has_current {
            return;
        }
        for (value, (field, at)) in self.current.iter_mut().zip(&reader.0) {
            if *at == Attribution::Current
                && let Some(text) = field.text(row)
            {
                *value = Some(text);
            }
        }
    }

    /// The group at an occurrence, as far as it is told there.
    pub fn at(&mut self, reader: &BelongingReader<'_>, row: usize) -> u32 {
        if reader.0.is_empty() {
            return 0;
        }
        let values = reader.0.iter().map(|(field, at)| match at {
            Attribution::Current => None,
            _ => field.text(row),
        });
        let values: Group = values.collect();
        self.groups.number(&values)
    }

    /// The customer's group: that of the first occurrence with the latest known values filled in.
    pub fn group(&mut self, at_first: u32) -> u32 {
        if self.current.iter().all(Option::is_none) {
            return at_first;
        }
        let Some(first) = self.groups.value(at_first) else { return at_first };
        let pairs = first.iter().zip(&self.current);
        let values: Group =
            pairs.map(|(first, current)| current.clone().or_else(|| first.clone())).collect();
        self.groups.number(&values)
    }

    /// The number of a group that is known by other means.
    pub fn number(&mut self, group: &Group) -> u32 {
        self.groups.number(group)
    }

    /// Forgets the customer.
    pub fn clear(&mut self) {
        self.current.fill(None);
    }

    /// The groups of rows of a partial result, of type [`column_type`].
    pub fn column(&self, numbers: impl Iterator<Item = u32>) -> ArrayRef {
        let names = self.groups.values().iter();
        let names =
            names.map(|group| serde_json::to_string(group).unwrap_or_else(|_| "[]".to_owned()));
        let mut names: Vec<String> = names.collect();
        if names.is_empty() {
            // Rows of no group at all still need a name to stand by.
            names.push("[]".to_owned());
        }
        let names = StringArray::from(names);
        let keys = Int32Array::from_iter_values(numbers.map(|number| number as i32));
        Arc::new(DictionaryArray::new(keys, Arc::new(names)))
    }
}

/// The type of a column of groups.
pub fn column_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// Groups of several partial results, numbered together.
#[derive(Debug, Default)]
pub struct Merged {
    groups: Interner<Group>,
}

impl Merged {
    /// The numbers of a partial result's groups, row by row.
    pub fn numbers(&mut self, partial: &RecordBatch, column: usize) -> Vec<u32> {
        let column = partial.column(column).as_dictionary::<Int32Type>();
        let names = column.values().as_string::<i32>();
        let by_code: Vec<u32> = names
            .iter()
            .map(|name| {
                let group: Option<Group> = name.and_then(|name| serde_json::from_str(name).ok());
                self.groups.number(&group.unwrap_or_default())
            })
            .collect();
        let codes = column.keys().values().iter();
        codes.map(|code| by_code.get(*code as usize).copied().unwrap_or_default()).collect()
    }

    /// The values of a group.
    pub fn value(&self, number: u32) -> Group {
        self.groups.value(number).cloned().unwrap_or_default()
    }

    /// How many groups there are.
    pub fn len(&self) -> usize {
        self.groups.values().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The groups shown by themselves, the largest first and groups of one size in order of their
    /// values; then `None` with the numbers of all others, where there are more than `top`.
    pub fn shown(&self, sizes: &BTreeMap<u32, u64>, top: usize) -> Vec<(Option<Group>, Vec<u32>)> {
        let mut all: Vec<(u64, Group, u32)> =
            sizes.iter().map(|(number, size)| (*size, self.value(*number), *number)).collect();
        all.sort_by(|left, right| (right.0, &left.1).cmp(&(left.0, &right.1)));
        let rest: Vec<u32> = all.iter().skip(top).map(|(.., number)| *number).collect();
        let kept = all.into_iter().take(top);
        let mut shown: Vec<(Option<Group>, Vec<u32>)> =
            kept.map(|(_, group, number)| (Some(group), vec![number])).collect();
        if !rest.is_empty() {
            shown.push((None, rest));
        }
        shown
    }

    /// What is found by group, added up: of everybody, and of the groups as [`shown`](Self::shown)
    /// has them; of no groups where nobody is told apart (`top` is `None`). `size` says how large a
    /// group is.
    pub fn added_up<T>(
        &self,
        by_group: &BTreeMap<u32, T>,
        top: Option<usize>,
        size: impl Fn(&T) -> u64,
        add_up: impl Fn(&mut dyn Iterator<Item = &T>) -> T,
    ) -> (T, Vec<(Option<Group>, T)>) {
        let everybody = add_up(&mut by_group.values());
        let Some(top) = top else { return (everybody, Vec::new()) };
        let sizes = by_group.iter().map(|(group, found)| (*group, size(found))).collect();
        let groups = self.shown(&sizes, top).into_iter().map(|(group, numbers)| {
            let mut own = numbers.iter().filter_map(|number| by_group.get(number));
            (group, add_up(&mut own))
        });
        (everybody, groups.collect())
    }
}
