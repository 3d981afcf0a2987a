//! Everything known of the customers of the last date: value, tier, tenth, moves, budget, group.

use std::collections::BTreeMap;

use perennial_types::money::decimal_text;
use perennial_types::question::Refusal;

use super::answer::{Figures, TierAnswer};
use super::book::Book;
use super::budget::Allocation;
use super::plan::Plan;
use super::question::{Allotted, CellRef, Mover};
use super::refusals::nobody_leaves;
use super::tiers::{Moves, TENTHS, tiers};
use super::worth::Valued;
use crate::grouping::Group;
use crate::insight::AskError;
use crate::money::mean_text;

/// The customers of the last date.
pub struct Found {
    /// Their value.
    pub valued: Valued,
    /// Whether the model lets customers leave, so that P(alive) means something.
    pub lets_leave: bool,
    /// Tier of each.
    pub tiers: Vec<u8>,
    /// Tenth of each.
    pub deciles: Vec<u8>,
    /// Since the first date, where there are several and the first could be valued.
    pub moves: Option<Moves>,
    /// Where the budget goes.
    pub allocation: Option<Allocation>,
    /// Groups as they are shown, `None` for the computed rest.
    pub groups: Vec<Option<Group>>,
    /// Where the group of each is shown.
    shown_at: Vec<usize>,
    everybody: Sums,
}

/// Sums over customers, from which figures are made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    n: u64,
    p_alive: f64,
    purchases: f64,
    revenue: i128,
    value: i128,
    at_risk: i128,
}

impl Found {
    /// Puts together what is known.
    ///
    /// # Errors
    /// `no_risk_known` for a budget under a model in which nobody leaves.
    pub fn new(
        plan: &Plan,
        book: &Book,
        learner: &str,
        lets_leave: bool,
        valued: Valued,
        first: Option<&Valued>,
    ) -> Result<Found, Refusal> {
        let borders = &plan.question.tiers;
        let allocation = match &plan.question.budget {
            Some(_) if !lets_leave && !valued.rows.is_empty() => {
                return Err(nobody_leaves(learner));
            }
            budget => budget.as_ref().map(|budget| Allocation::new(budget, &valued)),
        };
        let (groups, shown_at) = grouped(plan, book, &valued);
        let mut found = Found {
            tiers: tiers(&valued.value, borders),
            deciles: tiers(&valued.value, &TENTHS),
            moves: first.map(|first| Moves::new(first, &valued, borders)),
            allocation,
            groups,
            shown_at,
            lets_leave,
            valued,
            everybody: Sums::default(),
        };
        found.everybody = found.sums(|_| true);
        Ok(found)
    }

    /// How many customers there are.
    pub fn n_customers(&self) -> usize {
        self.valued.rows.len()
    }

    /// What the customers who pass come to.
    pub fn sums(&self, passes: impl Fn(usize) -> bool) -> Sums {
        let mut sums = Sums::default();
        let outlooks = self.valued.outlooks.iter().enumerate();
        for (place, outlook) in outlooks.filter(|(place, _)| passes(*place)) {
            sums.n += 1;
            sums.p_alive += outlook.p_alive;
            sums.purchases += outlook.purchases;
            sums.revenue += self.valued.revenue.get(place).copied().unwrap_or_default();
            sums.value += self.valued.value.get(place).copied().unwrap_or_default();
            sums.at_risk += self.valued.at_risk(place);
        }
        sums
    }

    /// Everybody.
    pub fn everybody(&self) -> &Sums {
        &self.everybody
    }

    /// The figures of the customers who pass, as shares of a whole.
    pub fn figures(&self, sums: &Sums, whole: &Sums) -> Figures {
        let mean = |sum: f64| (sums.n > 0).then(|| sum / sums.n as f64);
        Figures {
            customers: sums.n,
            share: (whole.n > 0).then(|| sums.n as f64 / whole.n as f64),
            mean_p_alive: mean(sums.p_alive).filter(|_| self.lets_leave),
            purchases: sums.purchases,
            revenue: decimal_text(sums.revenue),
            value: decimal_text(sums.value),
            value_share: (whole.value > 0).then(|| sums.value as f64 / whole.value as f64),
            mean_value: mean_text(sums.value, sums.n),
            at_risk: self.lets_leave.then(|| decimal_text(sums.at_risk)),
        }
    }

    /// The figures of every tier, by the tiers of the customers who pass.
    pub fn by_tier(
        &self,
        of: &[u8],
        n_tiers: u8,
        whole: &Sums,
        passes: impl Fn(usize) -> bool,
    ) -> Vec<TierAnswer> {
        let told = |tier: u8| {
            let sums = self.sums(|place| of.get(place) == Some(&tier) && passes(place));
            TierAnswer { tier, figures: self.figures(&sums, whole) }
        };
        (1..=n_tiers).map(told).collect()
    }

    /// Whether a customer belongs to the group shown at a position.
    pub fn is_of(&self, place: usize, position: usize) -> bool {
        self.shown_at.get(place) == Some(&position)
    }

    /// Which way a customer moved.
    pub fn mover(&self, place: usize) -> Option<Mover> {
        let tier = self.tiers.get(place).copied().unwrap_or_default();
        self.moves.as_ref().map(|moves| moves.mover(place, tier))
    }

    /// What the budget means to a customer.
    pub fn allotted(&self, place: usize) -> Option<Allotted> {
        self.allocation.as_ref().and_then(|one| one.allotted.get(place).copied().flatten())
    }

    /// The customers behind a number.
    ///
    /// # Errors
    /// When the group is none of the answer's.
    pub fn members(&self, cell: &CellRef) -> Result<Vec<usize>, AskError> {
        let group = self.wanted_group(cell)?;
        let passes = |place: &usize| {
            let tier = self.tiers.get(*place).copied();
            let before = self.moves.as_ref().and_then(|moves| moves.before.get(*place).copied());
            let is_migrant = |from: Option<u8>, to: u8| before == Some(from) && tier == Some(to);
            cell.tier.is_none_or(|wanted| tier == Some(wanted))
                && cell.decile.is_none_or(|wanted| self.deciles.get(*place) == Some(&wanted))
                && cell.mover.is_none_or(|wanted| self.mover(*place) == Some(wanted))
                && cell.migration.as_ref().is_none_or(|one| is_migrant(one.from, one.to))
                && cell.budget.is_none_or(|wanted| self.allotted(*place) == Some(wanted))
                && group.is_none_or(|position| self.is_of(*place, position))
        };
        Ok((0..self.n_customers()).filter(passes).collect())
    }

    /// Where the group of a cell is shown; `None` for everybody.
    fn wanted_group(&self, cell: &CellRef) -> Result<Option<usize>, AskError> {
        if cell.group.is_none() && !cell.other {
            return Ok(None);
        }
        let wanted = cell.group.as_ref().filter(|_| !cell.other);
        let known = self.groups.iter().position(|group| group.as_ref() == wanted);
        let position = known.ok_or_else(|| {
            AskError::bad("`cell.group` is none of the answer's groups", "give one of `groups`")
        })?;
        Ok(Some(position))
    }
}

/// The groups that are shown, and where that of each customer is.
fn grouped(plan: &Plan, book: &Book, valued: &Valued) -> (Vec<Option<Group>>, Vec<usize>) {
    if plan.question.breakdown.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let group = |row: &u32| book.groups.get(*row as usize).copied().unwrap_or_default();
    let mut sizes: BTreeMap<u32, u64> = BTreeMap::new();
    valued.rows.iter().for_each(|row| *sizes.entry(group(row)).or_default() += 1);
    let shown = book.names.shown(&sizes, plan.question.top);
    let mut position_of: BTreeMap<u32, usize> = BTreeMap::new();
    for (position, (_, numbers)) in shown.iter().enumerate() {
        position_of.extend(numbers.iter().map(|number| (*number, position)));
    }
    let position = |row: &u32| position_of.get(&group(row)).copied().unwrap_or(usize::MAX);
    let shown_at = valued.rows.iter().map(position).collect();
    (shown.into_iter().map(|(group, _)| group).collect(), shown_at)
}
