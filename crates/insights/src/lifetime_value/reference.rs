//! What the customers of a model were like, and how far those of another day have moved from it.
//!
//! Answers "is this still the shop the model has learnt?" for purchases, days since the last, age and
//! mean order: each in tenths of the customers then, and the shares that stand in them now. The
//! distance is the population stability index Σ (now − then) · ln(now ÷ then), with half a customer
//! added to every part so that an empty one stays finite; below 0.1 little has moved, above 0.25 much
//! (N. Siddiqi 2006, Credit Risk Scorecards, Wiley).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::book::Known;
use super::plan::Plan;

/// Parts of a feature.
const N_PARTS: usize = 10;

/// A feature of all customers.
pub struct Feature {
    /// Its name.
    name: &'static str,
    /// Its value for each.
    values: Vec<f64>,
}

/// A feature in parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bins {
    /// The feature.
    pub name: String,
    /// Where parts begin, ascending; the first begins nowhere.
    pub bounds: Vec<f64>,
    /// Customers of each part.
    pub customers: Vec<u64>,
}

/// The features of the customers known at a date: what they bought, days ago, for how much.
pub fn features(plan: &Plan, known: &Known<'_>) -> Vec<Feature> {
    let histories = known.histories(plan);
    let days = plan.question.unit.days();
    let money = |row: &u32| {
        let one = known.standing(*row);
        one.money as f64 / 10_000.0 / f64::from(one.n_days.max(1))
    };
    vec![
        Feature {
            name: "purchase_days",
            values: histories.iter().map(|one| f64::from(one.n_repeats) + 1.0).collect(),
        },
        Feature {
            name: "days_since_last",
            values: histories
                .iter()
                .map(|one| ((one.age - one.last_repeat) * days).round())
                .collect(),
        },
        Feature {
            name: "age_days",
            values: histories.iter().map(|one| (one.age * days).round()).collect(),
        },
        Feature { name: "mean_order", values: known.rows.iter().map(money).collect() },
    ]
}

impl Bins {
    /// A feature in tenths of the customers, fewer where many have the same value.
    pub fn new(feature: &Feature) -> Bins {
        let mut sorted = feature.values.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let mut bounds: Vec<f64> =
            (1..N_PARTS).filter_map(|k| sorted.get(k * sorted.len() / N_PARTS)).copied().collect();
        bounds.dedup();
        // A part that begins with the smallest value of all would leave none before it.
        bounds.retain(|bound| sorted.first().is_some_and(|least| bound > least));
        let customers = counted(&bounds, &feature.values);
        Bins { name: feature.name.to_owned(), bounds, customers }
    }

    /// How far the customers of another day have moved; `None` without any.
    fn distance(&self, values: &[f64]) -> Option<f64> {
        let now = counted(&self.bounds, values);
        let (n_then, n_now) = (self.customers.iter().sum::<u64>(), values.len() as u64);
        if n_then == 0 || n_now == 0 {
            return None;
        }
        let n_parts = now.len() as f64;
        let share = |n: u64, of: u64| (n as f64 + 0.5) / (of as f64 + 0.5 * n_parts);
        let parts = self.customers.iter().zip(&now);
        let distance = |(then, now): (&u64, &u64)| {
            let (then, now) = (share(*then, n_then), share(*now, n_now));
            (now - then) * (now / then).ln()
        };
        Some(parts.map(distance).sum())
    }
}

fn counted(bounds: &[f64], values: &[f64]) -> Vec<u64> {
    let mut customers = vec![0; bounds.len() + 1];
    for value in values {
        let part = bounds.partition_point(|bound| bound <= value);
        if let Some(own) = customers.get_mut(part) {
            *own += 1;
        }
    }
    customers
}

/// How far every feature has moved, by the reference of a document.
pub fn drift(reference: &[Bins], features: &[Feature]) -> Value {
    let moved = reference.iter().filter_map(|bins| {
        let feature = features.iter().find(|feature| feature.name == bins.name)?;
        Some(json!({"feature": bins.name, "psi": bins.distance(&feature.values)}))
    });
    json!({"features": moved.collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_customers_have_not_moved_and_others_have() {
        let feature = |from: i32| Feature {
            name: "age_days",
            values: (from..from + 100).map(f64::from).collect(),
        };
        let bins = Bins::new(&feature(0));
        assert_eq!((bins.bounds.len(), bins.customers.as_slice()), (9, &[10; 10][..]));
        assert!(bins.distance(&feature(0).values).unwrap().abs() < 1e-12);
        let moved = bins.distance(&feature(50).values).unwrap();
        // By hand: the first five parts are empty now, the last holds 60, the others 10 each.
        let share = |n: f64| (n + 0.5) / 105.0;
        let term = |then: f64, now: f64| (now - then) * (now / then).ln();
        let expected = 5.0 * term(share(10.0), share(0.0)) + term(share(10.0), share(60.0));
        assert!((moved - expected).abs() < 1e-12, "{moved}");
        assert_eq!(bins.distance(&[]), None);
        let same = Bins::new(&Feature { name: "age_days", values: vec![3.0; 40] });
        assert_eq!((same.bounds.len(), same.customers), (0, vec![40]));
    }
}
