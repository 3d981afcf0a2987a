//! Where hours or money save most: customers in order of what they would save, as far as it goes.
//!
//! What an action on a customer saves is value × (1 − P(alive)) × the share it saves. It is largest
//! where much is expected and it is open whether the customer is still there: who surely is needs no
//! saving, who surely left is expected to bring nothing. Every customer takes the same, so taking the
//! largest first is the best allocation there is (G. B. Dantzig (1957), Discrete-variable extremum
//! problems, Operations Research 5, 266–277: the greedy solution is exact for equal weights).
//!
//! Limits: `saves` is an assumption of the question; only a control group tells whether it is true.

use super::question::{Allotted, Budget, BudgetOf};
use super::worth::Valued;

/// Who gets something.
pub struct Allocation {
    /// Per customer of the last date.
    pub allotted: Vec<Option<Allotted>>,
    /// What an action on each would save, in ten-thousandths.
    pub saved: Vec<i128>,
    /// Customers the budget is enough for.
    pub n_affordable: u64,
}

impl Allocation {
    /// Allots a budget.
    pub fn new(budget: &Budget, valued: &Valued) -> Allocation {
        let saves = |place: usize| (valued.at_risk(place) as f64 * budget.saves).round() as i128;
        let saved: Vec<i128> = (0..valued.rows.len()).map(saves).collect();
        // Hours are no money: whatever saves anything is worth them.
        let least = match budget.of {
            BudgetOf::Money => i128::from(budget.cost_per_customer.0),
            BudgetOf::Hours => 0,
        };
        let mut order: Vec<usize> = (0..saved.len())
            .filter(|place| saved.get(*place).is_some_and(|one| *one > least))
            .collect();
        // Stable: among equals the customer who became known first.
        order.sort_by_key(|place| saved.get(*place).map(|one| -one));
        let n_affordable = (budget.amount.0 / budget.cost_per_customer.0.max(1)).max(0) as u64;
        let mut allotted = vec![None; saved.len()];
        for (position, place) in (0_u64..).zip(&order) {
            if let Some(own) = allotted.get_mut(*place) {
                let is_funded = position < n_affordable;
                *own = Some(if is_funded { Allotted::Funded } else { Allotted::LeftUndone });
            }
        }
        Allocation { allotted, saved, n_affordable }
    }

    /// How many customers are allotted so, and what they would save together.
    pub fn of(&self, wanted: Allotted) -> (u64, i128) {
        let own = self.allotted.iter().zip(&self.saved).filter(|(one, _)| **one == Some(wanted));
        own.fold((0, 0), |(n, sum), (_, saved)| (n + 1, sum + saved))
    }

    /// The smallest saving that is funded.
    pub fn least_funded(&self) -> Option<i128> {
        let own = self.allotted.iter().zip(&self.saved);
        own.filter(|(one, _)| **one == Some(Allotted::Funded)).map(|(_, saved)| *saved).min()
    }
}
