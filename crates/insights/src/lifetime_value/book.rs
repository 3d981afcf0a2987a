//! The measures of every customer, all buckets together, in order of their keys: what is fitted does
//! not depend on how rows are laid out.

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Decimal128Type, Int32Type, Int64Type, UInt32Type};
use perennial_models::lifetime::History;
use perennial_models::lifetime::backtest::Holdout;
use perennial_types::key::CustomerKey;
use perennial_types::question::Refusal;

use super::fold::{N_EACH, N_FIXED};
use super::plan::{Cut, Plan};
use crate::belonging::Merged;
use crate::money::one_currency;

/// Every customer with a purchase before the end of the last date.
#[derive(Debug, Default)]
pub struct Book {
    /// Their keys, ascending.
    pub keys: Vec<CustomerKey>,
    /// The numbers of their groups.
    pub groups: Vec<u32>,
    /// The groups.
    pub names: Merged,
    /// The day of their first purchase.
    pub first_days: Vec<i32>,
    /// Money of that day, in ten-thousandths.
    pub first_money: Vec<i128>,
    /// Their measures at every cut.
    at: Vec<Vec<Standing>>,
    /// The currency of all money.
    pub currency: Option<String>,
}

/// A customer's purchases up to a cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Civil days with a purchase; 0 for who has none yet.
    pub n_days: u32,
    /// The last of them.
    pub last_day: i32,
    /// Their money before refunds, in ten-thousandths.
    pub money: i128,
    /// What was taken back of it.
    pub refunded: i128,
}

impl Book {
    /// The measures of all buckets.
    ///
    /// # Errors
    /// `mixed_currencies` where money of several would be added.
    pub fn new(plan: &Plan, partials: &[RecordBatch]) -> Result<Book, Refusal> {
        let n_cuts = plan.cuts().count();
        let mut book = Book {
            at: vec![Vec::new(); n_cuts],
            currency: one_currency(partials)?,
            ..Book::default()
        };
        for partial in partials {
            let keys = partial.column(0).as_primitive::<Int64Type>().values();
            book.keys.extend(keys.iter().map(|key| CustomerKey(*key)));
            book.groups.extend(book.names.numbers(partial, 1));
            book.first_days.extend(partial.column(2).as_primitive::<Int32Type>().values());
            book.first_money.extend(partial.column(3).as_primitive::<Decimal128Type>().values());
            for (position, standings) in book.at.iter_mut().enumerate() {
                let first = N_FIXED + position * N_EACH;
                let n_days = partial.column(first).as_primitive::<UInt32Type>().values();
                let last_day = partial.column(first + 1).as_primitive::<Int32Type>().values();
                let money = partial.column(first + 2).as_primitive::<Decimal128Type>().values();
                let refunded = partial.column(first + 3).as_primitive::<Decimal128Type>().values();
                let rows = n_days.iter().zip(last_day).zip(money.iter().zip(refunded));
                standings.extend(rows.map(|((n_days, last_day), (money, refunded))| Standing {
                    n_days: *n_days,
                    last_day: *last_day,
                    money: *money,
                    refunded: *refunded,
                }));
            }
        }
        book.sort();
        Ok(book)
    }

    fn sort(&mut self) {
        let mut order: Vec<u32> = (0..self.keys.len() as u32).collect();
        order.sort_unstable_by_key(|row| self.keys.get(*row as usize));
        fn sorted<T: Copy>(order: &[u32], values: &[T]) -> Vec<T> {
            order.iter().filter_map(|row| values.get(*row as usize)).copied().collect()
        }
        self.keys = sorted(&order, &self.keys);
        self.groups = sorted(&order, &self.groups);
        self.first_days = sorted(&order, &self.first_days);
        self.first_money = sorted(&order, &self.first_money);
        for standings in &mut self.at {
            *standings = sorted(&order, standings);
        }
    }

    /// Who is known at a cut: positions of the customers, and what they bought until then.
    pub fn at<'a>(&'a self, plan: &Plan, position: usize) -> Known<'a> {
        let standings = self.at.get(position).map(Vec::as_slice).unwrap_or_default();
        let rows = standings.iter().zip(0_u32..).filter(|(one, _)| one.n_days > 0);
        let cut = plan.cuts().nth(position).copied();
        Known { rows: rows.map(|(_, row)| row).collect(), standings, book: self, cut }
    }

    /// The customers at the end of the calibration, with what they did in the days held out.
    pub fn holdouts(&self, plan: &Plan) -> Vec<Holdout> {
        let calibration = self.at(plan, plan.dates.len());
        let later = self.at.get(plan.now()).map(Vec::as_slice).unwrap_or_default();
        let histories = calibration.histories(plan);
        let rows = calibration.rows.iter().zip(histories);
        let holdout = |(row, history): (&u32, History)| {
            let now = later.get(*row as usize).copied().unwrap_or_default();
            let before = calibration.standing(*row);
            Holdout { history, n_actual: now.n_days.saturating_sub(before.n_days) }
        };
        rows.map(holdout).collect()
    }
}

/// The customers known at a cut.
pub struct Known<'a> {
    /// Their positions in the book.
    pub rows: Vec<u32>,
    standings: &'a [Standing],
    book: &'a Book,
    cut: Option<Cut>,
}

impl Known<'_> {
    /// What a customer of the book had bought.
    pub fn standing(&self, row: u32) -> Standing {
        self.standings.get(row as usize).copied().unwrap_or_default()
    }

    /// Money of the days after the first, before refunds.
    pub fn repeat_money(&self, row: u32) -> i128 {
        let first = self.book.first_money.get(row as usize).copied().unwrap_or_default();
        self.standing(row).money - first
    }

    /// Repeats, the time to the last of them, and age, in units of time; one per row.
    pub fn histories(&self, plan: &Plan) -> Vec<History> {
        let end = self.cut.map_or(0, |cut| cut.day);
        let history = |row: &u32| {
            let standing = self.standing(*row);
            let first = self.book.first_days.get(*row as usize).copied().unwrap_or_default();
            History {
                n_repeats: standing.n_days.saturating_sub(1),
                last_repeat: plan.units(standing.last_day - first),
                age: plan.units(end - first),
            }
        };
        self.rows.iter().map(history).collect()
    }
}
