//! The measures of every customer, all buckets together.

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Decimal128Type, Int32Type, Int64Type, UInt32Type};
use perennial_engine::order::OutsideOrder;
use perennial_types::question::Refusal;

use super::fold::{N_EACH, N_FIXED};
use super::plan::Plan;
use super::question::{Measure, Ties};
use crate::belonging::Merged;
use crate::money::{one_currency, rounded};

/// Every customer with a purchase in the window of any reference date.
#[derive(Debug, Default)]
pub struct Book {
    /// Their keys.
    pub keys: Vec<i64>,
    /// The numbers of their groups.
    pub groups: Vec<u32>,
    /// The groups.
    pub names: Merged,
    /// Their measures, for each reference date.
    pub at: Vec<Vec<Standing>>,
    /// The currency of all money.
    pub currency: Option<String>,
}

/// A customer's measures at one reference date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Civil days from the last purchase to the reference date.
    pub recency_days: i32,
    /// Purchases, or days with one; 0 for nobody to score.
    pub n: u32,
    /// Their money less refunds, in ten-thousandths.
    pub money: i128,
}

impl Standing {
    /// Whether anything was bought in the window.
    pub fn is_there(&self) -> bool {
        self.n > 0
    }

    /// The measures as numbers of which more is better.
    pub fn values(&self, measure: Measure) -> [i128; 3] {
        let money = match measure {
            Measure::Sum => self.money,
            Measure::Mean => rounded(self.money, i128::from(self.n)),
        };
        [-i128::from(self.recency_days), i128::from(self.n), money]
    }
}

impl Book {
    /// The measures of all buckets.
    ///
    /// # Errors
    /// `mixed_currencies` where money of several would be added.
    pub fn new(plan: &Plan, partials: &[RecordBatch]) -> Result<Book, Refusal> {
        let mut book = Book {
            at: vec![Vec::new(); plan.references.len()],
            currency: one_currency(partials)?,
            ..Book::default()
        };
        for partial in partials {
            book.keys.extend(partial.column(0).as_primitive::<Int64Type>().values());
            book.groups.extend(book.names.numbers(partial, 1));
            for (position, (standings, reference)) in
                book.at.iter_mut().zip(&plan.references).enumerate()
            {
                let first = N_FIXED + position * N_EACH;
                let last_day = partial.column(first).as_primitive::<Int32Type>().values().iter();
                let n = partial.column(first + 1).as_primitive::<UInt32Type>().values().iter();
                let money = partial.column(first + 2).as_primitive::<Decimal128Type>().values();
                let rows = last_day.zip(n).zip(money.iter());
                standings.extend(rows.map(|((last_day, n), money)| Standing {
                    recency_days: reference.day - last_day,
                    n: *n,
                    money: *money,
                }));
            }
        }
        if plan.question.ties == Ties::First {
            book.sort(plan.order.as_deref());
        }
        Ok(book)
    }

    /// Puts the customers in the order in which ties are broken: that of their outside ids, and of
    /// their keys where no id is known.
    fn sort(&mut self, known: Option<&OutsideOrder>) {
        let place = |key: i64| known.map_or((0, key), |known| known.place(key));
        let places = self.keys.iter().map(|key| place(*key));
        let mut placed: Vec<((u32, i64), u32)> = places.zip(0..).collect();
        placed.sort_unstable();
        let order: Vec<u32> = placed.into_iter().map(|(_, row)| row).collect();
        let sorted = |row: &u32| *row as usize;
        self.keys = order.iter().map(|row| self.keys[sorted(row)]).collect();
        self.groups = order.iter().map(|row| self.groups[sorted(row)]).collect();
        for standings in &mut self.at {
            *standings = order.iter().map(|row| standings[sorted(row)]).collect();
        }
    }

    /// Positions of the customers that have a score at a reference date.
    pub fn there(&self, reference: usize) -> Vec<u32> {
        let standings = self.at.get(reference).map(Vec::as_slice).unwrap_or_default();
        let rows = standings.iter().zip(0_u32..);
        rows.filter(|(standing, _)| standing.is_there()).map(|(_, row)| row).collect()
    }
}
