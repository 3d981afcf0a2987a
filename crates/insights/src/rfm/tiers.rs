//! Value: who brings the money. The Pareto curve, and three tiers along it.
//!
//! Customers stand in order of their money; a customer's place is the share of all money that those
//! with more bring, so that equal money is an equal place. With the default borders those before
//! 80 % are the high tier, those before 95 % the middle one. Where there is history, a customer
//! changes tier only when the place passes the border by the margin: small moves across a border do
//! not make people change tier to and fro.
//!
//! V. Pareto (1896), "Cours d'économie politique"; shares are of the money of customers who bring
//! any, since a negative balance is nobody's share.

use super::book::{Book, Standing};
use super::plan::Plan;
use super::question::{TierName, Tiers};

/// Points of the Pareto curve: every twentieth of the customers.
pub const N_POINTS: usize = 20;

/// The money of the customers of one date, the largest first.
pub struct Ranked {
    money: Vec<i128>,
    /// Money of so many customers from the first.
    sums: Vec<i128>,
}

impl Ranked {
    /// The customers with a purchase.
    pub fn new(standings: &[Standing]) -> Ranked {
        let there = standings.iter().filter(|one| one.is_there());
        let mut money: Vec<i128> = there.map(|one| one.money.max(0)).collect();
        money.sort_unstable_by(|left, right| right.cmp(left));
        let mut sums = Vec::with_capacity(money.len() + 1);
        let mut sum = 0;
        sums.push(sum);
        for one in &money {
            sum += one;
            sums.push(sum);
        }
        Ranked { money, sums }
    }

    /// All money of customers who bring any.
    pub fn total(&self) -> i128 {
        self.sums.last().copied().unwrap_or_default()
    }

    /// How many customers the first `k` twentieths are, and their share of the money; no share where
    /// nobody brings any.
    pub fn point(&self, k: usize) -> (usize, Option<f64>) {
        let n = (self.money.len() * k).div_ceil(N_POINTS);
        (n, share(self.sums.get(n).copied().unwrap_or_default(), self.total()))
    }

    /// How many of the first customers bring that share of the money.
    pub fn n_for(&self, wanted: f64) -> Option<usize> {
        let total = self.total();
        let n = self.sums.partition_point(|sum| (*sum as f64) < wanted * total as f64);
        (total > 0).then_some(n)
    }

    /// The share of all money that customers with more bring; `None` for one who brings none.
    fn place(&self, money: i128) -> Option<f64> {
        let n_more = self.money.partition_point(|one| *one > money);
        (money > 0)
            .then(|| self.sums.get(n_more).copied())
            .flatten()
            .and_then(|sum| share(sum, self.total()))
    }
}

fn share(part: i128, whole: i128) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The tiers of one date of history.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// Which reference date.
    pub reference: usize,
    /// The tier of every customer of the book who bought something.
    pub tiers: Vec<Option<TierName>>,
    /// Customers in a higher tier than at the date before.
    pub n_up: u64,
    /// Customers in a lower one.
    pub n_down: u64,
    /// Customers whom the margin keeps in their tier.
    pub n_held: u64,
}

/// The tiers at every date of history, the reference date last.
pub fn drawn(plan: &Plan, book: &Book) -> Vec<Drawn> {
    let tiers = &plan.question.tiers;
    let mut all: Vec<Drawn> = Vec::new();
    for reference in plan.history() {
        let standings = book.at.get(reference).map(Vec::as_slice).unwrap_or_default();
        let ranked = Ranked::new(standings);
        let before = all.last().map(|before| before.tiers.as_slice()).unwrap_or_default();
        let mut found = Drawn {
            reference,
            tiers: Vec::with_capacity(standings.len()),
            n_up: 0,
            n_down: 0,
            n_held: 0,
        };
        for (row, standing) in standings.iter().enumerate() {
            if !standing.is_there() {
                found.tiers.push(None);
                continue;
            }
            let place = ranked.place(standing.money);
            let known = before.get(row).copied().flatten();
            let tier = tier(tiers, place, known);
            found.n_held += u64::from(known.is_some() && tier != self::tier(tiers, place, None));
            found.n_up += u64::from(known.is_some_and(|known| tier < known));
            found.n_down += u64::from(known.is_some_and(|known| tier > known));
            found.tiers.push(Some(tier));
        }
        all.push(found);
    }
    all
}

/// The tier of a place, for a customer who was in another, or in none.
fn tier(tiers: &Tiers, place: Option<f64>, before: Option<TierName>) -> TierName {
    let Some(place) = place else { return TierName::Low };
    let border = |at: f64, within: bool| match (before, within) {
        (None, _) => at,
        (Some(_), true) => at + tiers.margin,
        (Some(_), false) => at - tiers.margin,
    };
    if place < border(tiers.high, before == Some(TierName::High)) {
        TierName::High
    } else if place < border(tiers.middle, before < Some(TierName::Low)) {
        TierName::Middle
    } else {
        TierName::Low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranked(money: &[i128]) -> Ranked {
        let one = |money: &i128| Standing { recency_days: 0, n: 1, money: *money };
        Ranked::new(&money.iter().map(one).collect::<Vec<_>>())
    }

    #[test]
    fn equal_money_is_an_equal_place() {
        let ranked = ranked(&[50, 20, 20, 10, -5]);
        assert_eq!(ranked.total(), 100);
        assert_eq!(
            [50, 20, 10].map(|money| ranked.place(money)),
            [Some(0.0), Some(0.5), Some(0.9)]
        );
        assert_eq!(ranked.place(-5), None);
        assert_eq!(ranked.n_for(0.8), Some(3));
        assert_eq!(ranked.point(4), (1, Some(0.5)), "a fifth of five customers");
        assert_eq!(ranked.point(N_POINTS), (5, Some(1.0)));
    }

    #[test]
    fn a_border_is_passed_by_the_margin_or_not_at_all() {
        let tiers = Tiers::default();
        let at = |place: f64, before| tier(&tiers, Some(place), before);
        assert_eq!(at(0.79, None), TierName::High);
        assert_eq!(at(0.79, Some(TierName::Middle)), TierName::Middle);
        assert_eq!(at(0.74, Some(TierName::Middle)), TierName::High);
        assert_eq!(at(0.84, Some(TierName::High)), TierName::High);
        assert_eq!(at(0.86, Some(TierName::High)), TierName::Middle);
        assert_eq!(at(0.96, Some(TierName::Middle)), TierName::Middle);
        assert_eq!(at(0.92, Some(TierName::Low)), TierName::Low);
        assert_eq!(tier(&tiers, None, Some(TierName::High)), TierName::Low);
    }
}
