//! How long a customer stays: Weibull with proportional hazards, and a campaign that changes the
//! hazard for a while.
//!
//! With cumulative hazard `H(t) = exp(η) (t / scale)^shape`, a customer whose budget is an
//! exponential draw E leaves when H reaches E (Bender, Augustin and Blettner 2005, "Generating
//! survival times to simulate Cox proportional hazards models", eq. 3). The same budget spent
//! under both hazards gives both potential outcomes of a campaign, so a treated customer whose
//! hazard falls never leaves earlier than they would have.

use libm::{exp, pow};

use crate::company::Lifetime;

/// Longest life, in days; far past the end of every world.
const LONGEST: f64 = 1_000_000.0;

/// The hazard is multiplied by `ratio` from `from` until `until`, in days since joining.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    pub(crate) from: f64,
    pub(crate) until: f64,
    pub(crate) ratio: f64,
}

/// Days until leaving, for a budget (a standard exponential draw) and a log hazard η.
pub(crate) fn days_until_leaving(
    lifetime: Lifetime,
    log_hazard: f64,
    budget: f64,
    change: Option<Change>,
) -> f64 {
    let hazard = exp(log_hazard);
    let cumulative = |days: f64| hazard * pow(days / lifetime.scale_days, lifetime.shape);
    let inverse = |spent: f64| lifetime.scale_days * pow(spent / hazard, 1.0 / lifetime.shape);
    let Some(Change { from, until, ratio }) = change else {
        return inverse(budget).min(LONGEST);
    };
    let (before, after) = (cumulative(from), cumulative(until));
    let unchanged = if budget <= before {
        budget
    } else if budget - before <= ratio * (after - before) {
        before + (budget - before) / ratio
    } else {
        budget + (1.0 - ratio) * (after - before)
    };
    inverse(unchanged).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFETIME: Lifetime = Lifetime { shape: 0.8, scale_days: 200.0 };

    #[test]
    fn a_budget_of_one_lasts_the_scale() {
        assert!((days_until_leaving(LIFETIME, 0.0, 1.0, None) - 200.0).abs() < 1e-9);
        // Twice the hazard: half the cumulative hazard is enough.
        let halved = days_until_leaving(LIFETIME, libm::log(2.0), 1.0, None);
        assert!((halved - 200.0 * pow(0.5, 1.25)).abs() < 1e-9);
    }

    /// The cumulative hazard under the change, integrated with small steps, reaches the budget at
    /// the answer.
    #[test]
    fn a_change_spends_the_budget_slower_within_its_window_only() {
        let change = Change { from: 50.0, until: 120.0, ratio: 0.4 };
        for budget in [0.1, 0.35, 0.5, 0.6, 0.9, 2.0] {
            let days = days_until_leaving(LIFETIME, 0.2, budget, Some(change));
            let hazard = |t: f64| {
                let factor = if (50.0..120.0).contains(&t) { 0.4 } else { 1.0 };
                factor * exp(0.2) * 0.8 / 200.0 * pow(t / 200.0, -0.2)
            };
            let n_steps = 400_000;
            let width = days / f64::from(n_steps);
            let spent: f64 =
                (0..n_steps).map(|i| hazard((f64::from(i) + 0.5) * width) * width).sum();
            assert!((spent - budget).abs() < 1e-3, "{budget}: {spent}");
            assert!(days >= days_until_leaving(LIFETIME, 0.2, budget, None));
        }
    }
}
