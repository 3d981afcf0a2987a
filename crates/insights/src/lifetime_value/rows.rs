//! The page of customers: in the order asked for, with ranges.

use perennial_models::lifetime::Interval;
use perennial_models::lifetime::portfolio::Holding;
use perennial_types::key::CustomerKey;
use perennial_types::money::decimal_text;
use perennial_types::question::Refusal;

use super::answer::{MoneyAnswer, RangeAnswer, RowAnswer};
use super::book::{Book, Known};
use super::found::Found;
use super::plan::Plan;
use super::question::Order;
use super::worth::{Appraiser, Valued};
use crate::insight::AskError;

/// A page of customers.
pub struct Page {
    /// How many there are in all.
    pub n_all: usize,
    /// The customers of the page.
    pub rows: Vec<RowAnswer>,
    /// The customers of the cell, or of the page, by key.
    pub customers: Vec<CustomerKey>,
}

/// What rows are made of.
pub struct Rows<'a> {
    /// The question.
    pub plan: &'a Plan,
    /// Measures.
    pub book: &'a Book,
    /// Those of the last date.
    pub known: &'a Known<'a>,
    /// Value, tiers, moves.
    pub found: &'a Found,
    /// Every date but the last.
    pub earlier: &'a [Result<Valued, Refusal>],
    /// For ranges; `None` without any customer.
    pub appraiser: Option<&'a Appraiser<'a>>,
}

impl Rows<'_> {
    /// The page that the question asks for.
    ///
    /// # Errors
    /// When its cell is none of the answer's.
    pub fn page(&self) -> Result<Page, AskError> {
        let question = &self.plan.question;
        let mut places = match &question.cell {
            None => (0..self.found.n_customers()).collect(),
            Some(cell) => self.found.members(cell)?,
        };
        self.sort(&mut places);
        let limit = question.limit.map_or(usize::MAX, |limit| limit as usize);
        let page: Vec<usize> =
            places.iter().skip(question.offset as usize).take(limit).copied().collect();
        let listed = if question.cell.is_some() { &places } else { &page };
        let mut customers: Vec<CustomerKey> =
            listed.iter().filter_map(|place| self.key(*place)).collect();
        customers.sort_unstable();
        let ranges = self.ranges(&page);
        let rows = page.iter().zip(ranges);
        let rows = rows.filter_map(|(place, range)| self.row(*place, range, &customers)).collect();
        Ok(Page { n_all: places.len(), rows, customers })
    }

    fn key(&self, place: usize) -> Option<CustomerKey> {
        let row = self.found.valued.rows.get(place)?;
        self.book.keys.get(*row as usize).copied()
    }

    /// Puts places in the order asked for; equals in order of their keys, and who has no change last.
    fn sort(&self, places: &mut [usize]) {
        let found = self.found;
        let value = |place: usize| found.valued.value.get(place).copied().unwrap_or_default();
        let change =
            |place: usize| found.moves.as_ref().and_then(|moves| moves.change(place, value(place)));
        match self.plan.question.order {
            Order::Value => places.sort_by_key(|place| -value(*place)),
            Order::Rise => places.sort_by_key(|place| change(*place).map_or(i128::MAX, |one| -one)),
            Order::Fall => places.sort_by_key(|place| change(*place).unwrap_or(i128::MAX)),
            Order::AtRisk => places.sort_by_key(|place| -found.valued.at_risk(*place)),
        }
    }

    /// The ranges of a page.
    fn ranges(&self, page: &[usize]) -> Vec<Option<[Interval; 2]>> {
        let holdings = page.iter().filter_map(|place| self.found.valued.holdings.get(*place));
        let holdings: Vec<Holding> = holdings.copied().collect();
        self.appraiser.map(|one| one.ranges(self.plan, &holdings)).unwrap_or_default()
    }

    fn row(
        &self,
        place: usize,
        ranges: Option<[Interval; 2]>,
        customers: &[CustomerKey],
    ) -> Option<RowAnswer> {
        let valued = &self.found.valued;
        let row = *valued.rows.get(place)?;
        let outlook = valued.outlooks.get(place)?;
        let standing = self.known.standing(row);
        let first_day = self.book.first_days.get(row as usize).copied()?;
        let date = |day: i32| self.plan.date_of(day).map(|date| date.to_string());
        let (purchases, money) = ranges.map_or((None, None), |[a, b]| (Some(a), Some(b)));
        let value = valued.value.get(place).copied()?;
        let risk = self.found.lets_leave.then(|| decimal_text(valued.at_risk(place)));
        Some(RowAnswer {
            customer: customers.binary_search(&self.key(place)?).ok()?,
            first: date(first_day)?,
            last: date(standing.last_day)?,
            days: standing.n_days,
            money: decimal_text(standing.money - standing.refunded),
            p_alive: self.found.lets_leave.then_some(outlook.p_alive),
            purchases: RangeAnswer {
                expected: outlook.purchases,
                low: purchases.map(|one| one.lower),
                high: purchases.map(|one| one.upper),
            },
            revenue: money_range(valued.revenue.get(place).copied()?, money),
            value: decimal_text(value),
            at_risk: risk,
            tier: self.found.tiers.get(place).copied()?,
            decile: self.found.deciles.get(place).copied()?,
            values: self.values(row, value),
            budget: self.found.allotted(place),
        })
    }

    fn values(&self, row: u32, now: i128) -> Vec<Option<String>> {
        let then = |one: &Result<Valued, Refusal>| {
            let valued = one.as_ref().ok()?;
            valued.value.get(valued.place(row)?).map(|value| decimal_text(*value))
        };
        self.earlier.iter().map(then).chain([Some(decimal_text(now))]).collect()
    }
}

/// Money with its range.
pub fn money_range(expected: i128, range: Option<Interval>) -> MoneyAnswer {
    let text = |money: f64| decimal_text((money * 10_000.0).round() as i128);
    MoneyAnswer {
        expected: decimal_text(expected),
        low: range.map(|range| text(range.lower)),
        high: range.map(|range| text(range.upper)),
    }
}
