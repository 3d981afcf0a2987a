//! One customer's life: the spells in which they were active, and their money along it.

use perennial_types::calendar::Micros;

use super::plan::Plan;
use crate::belonging::Belonging;
use crate::crr::DAY;
use crate::ledger::{Currencies, Customer, Entry, NO_WORD};

/// A stretch of time in which a customer is active: at every instant later than its start and not
/// later than its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Spell {
    start: Micros,
    end: Micros,
    /// The stated reason of its end.
    word: u32,
}

/// What a customer is to a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Active at both ends.
    Kept,
    /// Active when it begins, not when it ends.
    Churned,
    /// First active in it, and active when it ends.
    New,
    /// Active earlier, not when it begins, and again when it ends.
    WonBack,
    /// Came and left within it.
    Passing,
}

/// A customer in one period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The period.
    pub period: usize,
    /// What the customer is to it.
    pub state: State,
    /// Whole periods since the one of the first occurrence.
    pub age: u32,
    /// The stated reason of the last end in it.
    pub word: u32,
}

/// How long ago a customer left for the first time in the range, in days of 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leaving {
    /// Whole days known since, the return left out.
    pub followed_days: u32,
    /// Days until the return, begun ones counted.
    pub back_days: Option<u32>,
}

/// A customer's life; kept from one customer to the next for its memory.
#[derive(Debug, Default)]
pub struct Life {
    first: Micros,
    /// Sorted, without overlap.
    spells: Vec<Spell>,
    /// Money that came and went, or levels that hold until the next.
    entries: Vec<Entry>,
    /// Money before each entry.
    sums: Vec<i128>,
}

impl Life {
    /// Reads one customer; gives their group, or nothing of one who was never active.
    pub fn read(
        &mut self,
        plan: &Plan,
        customer: &Customer<'_>,
        belonging: &mut Belonging,
    ) -> Option<u32> {
        self.spells.clear();
        self.entries.clear();
        self.sums.clear();
        let first = match plan.subscription() {
            Some(_) => self.read_subscription(customer),
            None => self.read_trailing(plan, customer),
        };
        let (first, at_first) = first?;
        self.first = first;
        let has_levels = plan.subscription().is_some_and(|one| one.money.is_some());
        if !has_levels {
            // What ends a subscription is a level of 0, and no money.
            self.entries.clear();
            self.entries.extend(customer.entries(plan.nets()));
            let mut sum = 0;
            for entry in &self.entries {
                self.sums.push(sum);
                sum += entry.amount;
            }
            self.sums.push(sum);
        }
        Some(belonging.group(at_first))
    }

    fn read_trailing(&mut self, plan: &Plan, customer: &Customer<'_>) -> Option<(Micros, u32)> {
        let window = plan.window.micros()?;
        let mut first = None;
        if plan.is_by_purchase() {
            for (purchase, group) in customer.bought() {
                first = first.or(Some((purchase.ts, group)));
                self.touch(purchase.ts, window);
            }
            return first;
        }
        for mark in customer.marks.iter().filter(|mark| mark.ts >= customer.since) {
            first = first.or(Some((mark.ts, mark.group)));
            self.touch(mark.ts, window);
        }
        first
    }

    /// An occurrence keeps a customer active for the length of the window.
    fn touch(&mut self, ts: Micros, window: Micros) {
        let end = ts.saturating_add(window);
        match self.spells.last_mut() {
            Some(last) if ts <= last.end => last.end = end,
            _ => self.spells.push(Spell { start: ts, end, word: NO_WORD }),
        }
    }

    fn read_subscription(&mut self, customer: &Customer<'_>) -> Option<(Micros, u32)> {
        let mut first = None;
        let mut running: Option<Micros> = None;
        for mark in customer.marks {
            if mark.is_first() {
                first = first.or(Some((mark.ts.max(customer.since), mark.group)));
                running = running.or(Some(mark.ts));
                let level = mark.number.filter(|_| customer.is_counted(mark.currency));
                let entry = |amount| Entry { ts: mark.ts, amount, currency: mark.currency };
                self.entries.extend(level.map(entry));
            } else if let Some(start) = running.take() {
                self.end_spell(start.max(customer.since), mark.ts, mark.word);
                self.entries.push(Entry { ts: mark.ts, amount: 0, currency: 0 });
            }
        }
        if let Some(start) = running {
            self.end_spell(start.max(customer.since), Micros::MAX, NO_WORD);
        }
        first
    }

    /// A spell that begins at the instant the one before ended goes on with it: nobody was away.
    fn end_spell(&mut self, start: Micros, end: Micros, word: u32) {
        if start >= end {
            return;
        }
        match self.spells.last_mut() {
            Some(last) if start <= last.end => (last.end, last.word) = (end, word),
            _ => self.spells.push(Spell { start, end, word }),
        }
    }

    /// The periods in which the customer was active at any time, or at an end of.
    pub fn standings(&self, plan: &Plan, mut take: impl FnMut(Standing)) {
        let Some(start) = self.spells.first().map(|spell| spell.start) else { return };
        let bounds = &plan.bounds;
        let mut at = 0;
        let first_period = bounds.partition_point(|bound| *bound <= start).saturating_sub(1);
        for (period, pair) in bounds.windows(2).enumerate().skip(first_period) {
            let &[start, end] = pair else { return };
            at += self.spells.iter().skip(at).take_while(|spell| spell.end < start).count();
            let own = self.spells.get(at..).unwrap_or_default();
            let own = own.get(..own.partition_point(|spell| spell.start < end)).unwrap_or_default();
            let (Some(earliest), Some(last)) = (own.first(), own.last()) else {
                if at >= self.spells.len() {
                    return;
                }
                continue;
            };
            let is_new = (start..end).contains(&self.first);
            let state = match (earliest.start < start, last.end >= end) {
                (true, true) => State::Kept,
                (true, false) => State::Churned,
                (false, true) if is_new => State::New,
                (false, true) => State::WonBack,
                (false, false) => State::Passing,
            };
            take(Standing { period, state, age: plan.age(self.first, period), word: last.word });
        }
    }

    /// The customer's money when a period begins, in ten-thousandths and never below 0.
    pub fn money(&self, plan: &Plan, period: usize, added: &mut Currencies) -> i128 {
        let start = plan.bounds.get(period).copied().unwrap_or_default();
        let end = self.entries.partition_point(|entry| entry.ts < start);
        if self.sums.is_empty() {
            let level = end.checked_sub(1).and_then(|last| self.entries.get(last));
            added.note(level.map_or(0, |level| level.currency));
            return level.map_or(0, |level| level.amount.max(0));
        }
        let since = plan.money_since(period);
        let first = self.entries.partition_point(|entry| entry.ts < since);
        for entry in self.entries.get(first..end).unwrap_or_default() {
            added.note(entry.currency);
        }
        match (self.sums.get(first), self.sums.get(end)) {
            (Some(before), Some(after)) => (after - before).max(0),
            _ => 0,
        }
    }

    /// When the customer first left in the range of the question, and whether they came back.
    pub fn leaving(&self, plan: &Plan) -> Option<Leaving> {
        let range = plan.range();
        let position = self.spells.iter().position(|spell| range.contains(&spell.end))?;
        let left = self.spells.get(position)?.end;
        let back = self.spells.get(position + 1).map(|spell| spell.start - left);
        let day = DAY as Micros;
        Some(Leaving {
            followed_days: days(plan.as_of.saturating_sub(left.saturating_add(1)) / day),
            back_days: back.map(|micros| days(micros.saturating_add(day - 1) / day)),
        })
    }
}

fn days(days: i64) -> u32 {
    u32::try_from(days).unwrap_or(u32::MAX)
}
