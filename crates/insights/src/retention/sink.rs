//! What the two ways of reading a customer's rows hand on: entries into rows, and hits after them.
//!
//! Everything that is counted, listed or resampled is a [`Sink`] over these, so each option of the
//! question is decided in one place only.

use arrow::array::RecordBatch;
use perennial_engine::error::EngineError;
use perennial_types::calendar::Micros;

use super::plan::Plan;
use super::question::{Count, CountKind};
use crate::grouping::Group;

/// One entry of a customer into a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The row.
    pub row: u32,
    /// The start.
    pub anchor: Micros,
    /// The customer's own cycle, where windows are cycles.
    pub cycle: Micros,
    /// Number of the group.
    pub group: u32,
    /// Whether the entry counts towards the row's size; an entry made only to carry the returns of
    /// one return value does not.
    pub is_member: bool,
    /// The entry's hits, as a range of the customer's.
    pub hits: (u32, u32),
}

/// A window in which the customer returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The window.
    pub k: u32,
    /// What was added up in it.
    pub value: i128,
}

/// Something made of every customer's entries and hits.
pub trait Sink: Send {
    /// Takes one customer.
    fn customer(&mut self, plan: &Plan, customer: i64, entries: &[Entry], hits: &[Hit]);
    /// The partial result of the bucket. `groups` are the values of the groups by their number,
    /// `currencies` are those whose amounts were added.
    fn finish(
        self,
        plan: &Plan,
        groups: &[Group],
        currencies: &[String],
    ) -> Result<RecordBatch, EngineError>;
}

impl Entry {
    /// The entry's own hits.
    pub fn own<'a>(&self, hits: &'a [Hit]) -> &'a [Hit] {
        &hits[self.hits.0 as usize..self.hits.1 as usize]
    }
}

/// One cell an entry counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The column.
    pub k: u32,
    /// What was added up in the windows the cell looks at.
    pub value: i128,
}

/// The cells an entry counts in, by the question's way of counting. `hits` are in window order,
/// each window once. Column 0 always counts real returns in the start's own window.
pub fn counted(count: Count, n_columns: u32, hits: &[Hit], cells: &mut Vec<Counted>) {
    cells.clear();
    match count {
        Count::Named(CountKind::On) => {
            let within = hits.iter().take_while(|hit| hit.k < n_columns);
            cells.extend(within.map(|hit| Counted { k: hit.k, value: hit.value }));
        }
        Count::Named(CountKind::OnOrAfter) => {
            let Some(last) = hits.last() else { return };
            own_window(hits, cells);
            let mut ahead: i128 = hits.iter().map(|hit| hit.value).sum();
            let mut passed = 0;
            for k in 0..=last.k.min(n_columns - 1) {
                while hits.get(passed).is_some_and(|hit| hit.k < k) {
                    ahead -= hits[passed].value;
                    passed += 1;
                }
                if k > 0 {
                    cells.push(Counted { k, value: ahead });
                }
            }
        }
        Count::Named(CountKind::OnOrBefore) => {
            let Some(first) = hits.first() else { return };
            own_window(hits, cells);
            let mut behind = 0;
            let mut next = 0;
            for k in first.k..n_columns {
                while hits.get(next).is_some_and(|hit| hit.k <= k) {
                    behind += hits[next].value;
                    next += 1;
                }
                if k > 0 {
                    cells.push(Counted { k, value: behind });
                }
            }
        }
        Count::Named(CountKind::Streak) => {
            own_window(hits, cells);
            let after_start = hits.iter().skip_while(|hit| hit.k == 0);
            let unbroken = after_start.zip(1..n_columns).take_while(|(hit, k)| hit.k == *k);
            cells.extend(unbroken.map(|(hit, k)| Counted { k, value: hit.value }));
        }
        Count::AtLeast { at_least, of } => {
            own_window(hits, cells);
            for k in 1..n_columns {
                let first = (k + 1).saturating_sub(of);
                let looked_at = hits.iter().filter(|hit| (first..=k).contains(&hit.k));
                let (n, value) =
                    looked_at.fold((0, 0), |(n, value), hit| (n + 1, value + hit.value));
                if n >= at_least {
                    cells.push(Counted { k, value });
                }
            }
        }
    }
}

fn own_window(hits: &[Hit], cells: &mut Vec<Counted>) {
    if let Some(hit) = hits.first().filter(|hit| hit.k == 0) {
        cells.push(Counted { k: 0, value: hit.value });
    }
}
