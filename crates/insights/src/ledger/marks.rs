//! Occurrences of named events: lines of one order are one mark, judged by the sums of the order.

use std::collections::HashMap;

use perennial_engine::filter::BatchFilter;
use perennial_types::calendar::Micros;

/// Most events that are marked.
pub const MAX_FILTERS: usize = 2;

/// Number of a word that is missing.
pub const NO_WORD: u32 = 0;

/// One occurrence of a marked event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub ts: Micros,
    /// One bit per event of the rule.
    pub passes: u32,
    /// Its number in ten-thousandths, where it has one.
    pub number: Option<i128>,
    /// The currency of the row, as [`Purchase`](crate::orders::Purchase) has it.
    pub currency: u64,
    /// The number of its word; [`NO_WORD`] without one.
    pub word: u32,
    /// The group there.
    pub group: u32,
}

impl Mark {
    /// Whether it is an occurrence of the first event of the rule.
    pub fn is_first(&self) -> bool {
        self.passes & 1 != 0
    }

    /// Whether it is one of the second.
    pub fn is_second(&self) -> bool {
        self.passes & 2 != 0
    }
}

/// The marks of one customer, lines of one order joined.
#[derive(Default)]
pub struct Marked {
    /// The marks so far; decided once settled.
    pub marks: Vec<Mark>,
    /// Money and quantity of each mark.
    sums: Vec<[Option<i128>; 2]>,
    /// Which mark a line belongs to, and which conditions it meets by itself.
    lines: Vec<(usize, [u32; MAX_FILTERS])>,
    positions: HashMap<u64, usize>,
}

impl Marked {
    /// Takes a line, in time order, with the conditions it meets by itself and its money and
    /// quantity.
    pub fn push(
        &mut self,
        order: Option<u64>,
        line: Mark,
        bits: [u32; MAX_FILTERS],
        values: [Option<i128>; 2],
    ) {
        let next = self.marks.len();
        let position = order.map_or(next, |order| *self.positions.entry(order).or_insert(next));
        if position == next {
            self.marks.push(line);
            self.sums.push(values);
        } else {
            let mark = &mut self.marks[position];
            mark.number = sum(mark.number, line.number);
            if mark.currency == 0 {
                mark.currency = line.currency;
            }
            if mark.word == NO_WORD {
                mark.word = line.word;
            }
            for (total, more) in self.sums[position].iter_mut().zip(values) {
                *total = sum(*total, more);
            }
        }
        self.lines.push((position, bits));
    }

    /// Decides which events the marks are occurrences of.
    pub fn settle(&mut self, filters: &[BatchFilter]) {
        for (position, bits) in self.lines.drain(..) {
            let [amount, quantity] = self.sums[position];
            for (index, (filter, bits)) in filters.iter().zip(bits).enumerate() {
                if filter.holds(bits, amount, quantity) {
                    self.marks[position].passes |= 1 << index;
                }
            }
        }
        self.marks.retain(|mark| mark.passes != 0);
    }

    /// Forgets everything, for the next customer.
    pub fn clear(&mut self) {
        self.marks.clear();
        self.sums.clear();
        self.lines.clear();
        if !self.positions.is_empty() {
            self.positions.clear();
        }
    }
}

/// The sum of what is there; nothing of nothing.
fn sum(left: Option<i128>, right: Option<i128>) -> Option<i128> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left + right),
        (left, right) => left.or(right),
    }
}
