//! The people behind the numbers: where everybody stands, their risk and value, and who is in a cell.

use std::cmp::Ordering;

use perennial_types::key::CustomerKey;

use super::plan::Plan;
use super::question::{CellRef, Moved, RowOrder, State};
use super::ranker::Ranker;
use super::scores::{Look, Scored};
use crate::training::Sample;

/// A change of the score below so many points is none.
const SAME: f64 = 0.5;

/// Everybody, with what the warning says of them.
pub struct People<'a> {
    /// The question.
    pub plan: &'a Plan,
    /// Customers at dates and cuts.
    pub sample: &'a Sample,
    /// Their measures.
    pub ranker: &'a Ranker<'a>,
    /// Their scores.
    pub scored: &'a Scored,
    /// The risk of each customer who is here at the last date.
    pub risks: Vec<Option<f64>>,
    /// Risk from which a customer is warned of; `None` without a warning.
    pub threshold: Option<f64>,
    /// The customers there is time for, the most pressing first.
    pub alerted: Vec<usize>,
    /// Whether the lake has money.
    pub has_value: bool,
    /// Whether each customer is among the alerted.
    is_alerted: Vec<bool>,
    /// Value times risk of each customer; the risk alone where the lake has no money.
    urgencies: Vec<Option<f64>>,
}

impl<'a> People<'a> {
    /// Everybody; `risks` has one entry per customer, none at all without a warning.
    pub fn new(
        plan: &'a Plan,
        sample: &'a Sample,
        ranker: &'a Ranker<'a>,
        scored: &'a Scored,
        risks: Vec<Option<f64>>,
        threshold: Option<f64>,
    ) -> People<'a> {
        let n_customers = scored.customers.len();
        let mut people = People {
            plan,
            sample,
            ranker,
            scored,
            risks,
            threshold,
            alerted: Vec::new(),
            has_value: sample.revenue_past_year.iter().any(Option::is_some),
            is_alerted: vec![false; n_customers],
            urgencies: Vec::new(),
        };
        people.urgencies = (0..n_customers).map(|customer| people.urgency_of(customer)).collect();
        let mut pressing: Vec<usize> =
            (0..n_customers).filter(|customer| people.risk(*customer).is_some()).collect();
        pressing.sort_by(|a, b| people.by_urgency(*a, *b));
        pressing.truncate(plan.question.budget as usize);
        for customer in &pressing {
            if let Some(mark) = people.is_alerted.get_mut(*customer) {
                *mark = true;
            }
        }
        people.alerted = pressing;
        people
    }

    /// The last date.
    pub fn last(&self) -> usize {
        self.plan.dates.len().saturating_sub(1)
    }

    /// The look at a customer at a date.
    pub fn look(&self, customer: usize, date: usize) -> Look {
        self.scored.look(customer, date)
    }

    /// The probability that a customer leaves.
    pub fn risk(&self, customer: usize) -> Option<f64> {
        self.risks.get(customer).copied().flatten()
    }

    /// Whether a customer is warned of.
    pub fn is_warned(&self, customer: usize) -> bool {
        self.risk(customer).zip(self.threshold).is_some_and(|(risk, threshold)| risk >= threshold)
    }

    /// What a customer had brought in the year before a date.
    pub fn value(&self, customer: usize, date: usize) -> Option<f64> {
        let row = self.look(customer, date).row?;
        self.sample.revenue_past_year.get(row).copied().flatten()
    }

    /// Value times risk; the risk alone where the lake has no money.
    pub fn urgency(&self, customer: usize) -> Option<f64> {
        self.urgencies.get(customer).copied().flatten()
    }

    fn urgency_of(&self, customer: usize) -> Option<f64> {
        let risk = self.risk(customer)?;
        match self.has_value {
            true => Some(risk * self.value(customer, self.last()).unwrap_or_default().max(0.0)),
            false => Some(risk),
        }
    }

    /// Change of the score since the date before; `None` where one of the two has none of its own.
    pub fn change(&self, customer: usize, date: usize) -> Option<f64> {
        let before = self.look(customer, date.checked_sub(1)?);
        let now = self.look(customer, date);
        let score = |look: Look| look.score.filter(|_| look.state.is_here());
        Some(score(now)? - score(before)?)
    }

    /// Which way the score went.
    pub fn moved(&self, customer: usize, date: usize) -> Option<Moved> {
        self.change(customer, date).map(|change| match change {
            change if change >= SAME => Moved::Up,
            change if change <= -SAME => Moved::Down,
            _ => Moved::Same,
        })
    }

    /// The segment of a customer at a date.
    pub fn segment(&self, customer: usize, date: usize) -> Option<&'a str> {
        self.ranker.segment(self.look(customer, date).row?)
    }

    /// The customers a question is about, in the order it wants, and the date.
    pub fn listed(&self) -> (Vec<usize>, usize) {
        let question = &self.plan.question;
        let everybody = 0..self.scored.customers.len();
        let (mut listed, date): (Vec<usize>, usize) = match &question.cell {
            None => {
                let last = self.last();
                (
                    everybody.filter(|one| self.look(*one, last).state != State::NotYet).collect(),
                    last,
                )
            }
            Some(cell) => {
                let date = self.plan.date_of(cell);
                (everybody.filter(|one| self.is_in(*one, cell, date)).collect(), date)
            }
        };
        let highest_first = |a: Option<f64>, b: Option<f64>| {
            let key = |number: Option<f64>| number.unwrap_or(f64::NEG_INFINITY);
            key(b).total_cmp(&key(a))
        };
        let lowest_first = |a: Option<f64>, b: Option<f64>| {
            let key = |number: Option<f64>| number.unwrap_or(f64::INFINITY);
            key(a).total_cmp(&key(b))
        };
        // Who has left has a score that nobody can mend any more: last.
        let score = |one: usize| {
            let look = self.look(one, date);
            look.score.filter(|_| look.state.is_here())
        };
        listed.sort_by(|a, b| match question.order {
            RowOrder::Score => lowest_first(score(*a), score(*b)),
            RowOrder::Change => lowest_first(self.change(*a, date), self.change(*b, date)),
            RowOrder::Risk => highest_first(self.risk(*a), self.risk(*b)),
            RowOrder::ValueAtRisk => self.by_urgency(*a, *b),
            RowOrder::Customer => Ordering::Equal,
        });
        (listed, date)
    }

    /// The key of a customer.
    pub fn key(&self, customer: usize) -> CustomerKey {
        self.scored.customers.get(customer).copied().unwrap_or(CustomerKey(0))
    }

    /// The most value times risk first; of equal ones the higher risk, then the lower key.
    fn by_urgency(&self, a: usize, b: usize) -> Ordering {
        let of = |one: usize| {
            let lowest = f64::NEG_INFINITY;
            (self.urgency(one).unwrap_or(lowest), self.risk(one).unwrap_or(lowest))
        };
        let (a_keys, b_keys) = (of(a), of(b));
        b_keys.0.total_cmp(&a_keys.0).then(b_keys.1.total_cmp(&a_keys.1)).then(a.cmp(&b))
    }

    fn is_in(&self, customer: usize, cell: &CellRef, date: usize) -> bool {
        let now = self.look(customer, date).state;
        let before = date.checked_sub(1).map(|before| self.look(customer, before).state);
        let is_meant = match (cell.state, cell.before) {
            (Some(state), _) => now == state,
            (None, Some(_)) => now != State::NotYet,
            (None, None) => now.is_here(),
        };
        let is_alerted = || self.is_alerted.get(customer) == Some(&true);
        is_meant
            && cell.before.is_none_or(|wanted| before == Some(wanted))
            && cell.moved.is_none_or(|wanted| self.moved(customer, date) == Some(wanted))
            && cell.warned.is_none_or(|wanted| {
                self.risk(customer).is_some() && self.is_warned(customer) == wanted
            })
            && cell.alerted.is_none_or(|wanted| is_alerted() == wanted)
            && cell
                .segment
                .as_deref()
                .is_none_or(|wanted| self.segment(customer, date) == Some(wanted))
    }
}
