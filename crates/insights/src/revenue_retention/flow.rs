//! One customer's money per period, and the line it puts them on.

use perennial_types::calendar::Micros;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::plan::Plan;
use crate::belonging::Belonging;
use crate::ledger::{Currencies, Customer};

/// What became of a customer's money from the base to the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RevenueRetentionLine)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// It is gone.
    Churned,
    /// It is less.
    Contraction,
    /// It is the same.
    Unchanged,
    /// It is more.
    Expansion,
    /// There was none in the base, but some earlier.
    Reactivation,
    /// There was none before the base ended.
    New,
}

impl Line {
    /// Every line.
    pub const ALL: [Line; 6] = [
        Line::Churned,
        Line::Contraction,
        Line::Unchanged,
        Line::Expansion,
        Line::Reactivation,
        Line::New,
    ];

    /// Its name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Line::Churned => "churned",
            Line::Contraction => "contraction",
            Line::Unchanged => "unchanged",
            Line::Expansion => "expansion",
            Line::Reactivation => "reactivation",
            Line::New => "new",
        }
    }
}

/// A customer in one period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The period, bases before the first left out.
    pub period: usize,
    /// The line; `None` of a customer with money in neither.
    pub line: Option<Line>,
    /// Money in the base and in the period, in ten-thousandths, below 0 where refunds exceed it.
    pub money: [i128; 2],
}

/// A customer's money per period; kept from one customer to the next for its memory.
#[derive(Debug, Default)]
pub struct Purse {
    /// By period, the bases before the first among them.
    money: Vec<i128>,
    /// Periods that may have money, in order.
    touched: Vec<usize>,
    /// When there was money for the first time.
    first: Micros,
}

impl Purse {
    /// Reads one customer; gives their group, or nothing of one who never had money.
    pub fn read(
        &mut self,
        plan: &Plan,
        customer: &Customer<'_>,
        belonging: &mut Belonging,
        added: &mut Currencies,
    ) -> Option<u32> {
        for index in self.touched.drain(..) {
            self.money[index] = 0;
        }
        self.money.resize(plan.n_all(), 0);
        let (first, at_first) = match plan.question.recurring {
            None => self.read_purchases(plan, customer, added),
            Some(_) => self.read_levels(plan, customer, added),
        }?;
        self.first = first;
        Some(belonging.group(at_first))
    }

    fn read_purchases(
        &mut self,
        plan: &Plan,
        customer: &Customer<'_>,
        added: &mut Currencies,
    ) -> Option<(Micros, u32)> {
        let mut bought = customer.bought();
        let (first, group) = bought.find(|(one, _)| customer.is_counted(one.currency))?;
        for entry in customer.entries(plan.nets()) {
            let Some(index) = plan.index_of(entry.ts) else { continue };
            self.money[index] += entry.amount;
            added.note(entry.currency);
            if self.touched.last() != Some(&index) {
                self.touched.push(index);
            }
        }
        Some((first.ts, group))
    }

    /// Every level holds until the next; the one at the end of a period is its money.
    fn read_levels(
        &mut self,
        plan: &Plan,
        customer: &Customer<'_>,
        added: &mut Currencies,
    ) -> Option<(Micros, u32)> {
        let mut first = None;
        let mut level = 0;
        let mut next = 0;
        let marks = customer.marks.iter().filter(|mark| customer.is_counted(mark.currency));
        for mark in marks {
            next = self.hold(plan, customer.since, level, next, mark.ts);
            if mark.is_first()
                && let Some(number) = mark.number
            {
                level = number;
            }
            if mark.is_second() {
                level = 0;
            }
            if level > 0 {
                added.note(mark.currency);
                first = first.or(Some((mark.ts.max(customer.since), mark.group)));
            }
        }
        self.hold(plan, customer.since, level, next, Micros::MAX);
        first
    }

    /// Notes a level for the periods from `next` on that end by an instant; gives the one after.
    fn hold(
        &mut self,
        plan: &Plan,
        since: Micros,
        level: i128,
        mut next: usize,
        until: Micros,
    ) -> usize {
        while next < plan.n_all() && plan.end(next) <= until {
            if level != 0 && plan.end(next) > since {
                self.money[next] = level;
                self.touched.push(next);
            }
            next += 1;
        }
        next
    }

    /// The periods in which the customer stands on a line, or is below 0.
    pub fn steps(&self, plan: &Plan, mut take: impl FnMut(Step)) {
        let lag = plan.lag;
        // Money matters to its own period, and to the one whose base it is.
        let mut own = self.touched.iter().filter_map(|index| index.checked_sub(lag)).peekable();
        let based = self.touched.iter().copied().filter(|index| *index < plan.n_periods());
        let mut based = based.peekable();
        loop {
            let period = match (own.peek(), based.peek()) {
                (Some(left), Some(right)) => *left.min(right),
                (Some(one), None) | (None, Some(one)) => *one,
                (None, None) => return,
            };
            own.next_if_eq(&period);
            based.next_if_eq(&period);
            take(self.step(plan, period));
        }
    }

    fn step(&self, plan: &Plan, period: usize) -> Step {
        let money = [self.money[period], self.money[period + plan.lag]];
        let line = match money.map(|one| one.max(0)) {
            [0, 0] => None,
            [_, 0] => Some(Line::Churned),
            [0, _] if self.first >= plan.end(period) => Some(Line::New),
            [0, _] => Some(Line::Reactivation),
            [base, now] if now < base => Some(Line::Contraction),
            [base, now] if now > base => Some(Line::Expansion),
            _ => Some(Line::Unchanged),
        };
        Step { period, line, money }
    }
}
