//! Log-rank and its weighted kin: do groups of customers stay equally long?
//!
//! Answers whether a difference between retention curves is more than chance. At every moment
//! somebody left, the events of each group are compared with its share of those at risk; the
//! differences, weighted, make a χ² with one degree of freedom fewer than groups
//! (J. D. Kalbfleisch, R. L. Prentice (2002), eq. 1.23, variance eq. 1.24).
//!
//! | weight | looks at |
//! |---|---|
//! | log-rank, 1 | all times alike: best where hazards are proportional |
//! | Wilcoxon (Gehan), n | early differences |
//! | Tarone–Ware, √n | in between |
//! | Peto, Π (1 − d/(n+1)) | early differences, whatever the censoring |
//! | Fleming–Harrington, Sᵖ (1 − S)^q of the pooled curve just before | early (p) or late (q) |
//!
//! Sources: N. Mantel (1966); E. Gehan (1965); R. Tarone, J. Ware (1977); R. Peto, J. Peto (1972);
//! T. Fleming, D. Harrington (1991), Counting Processes and Survival Analysis. Limits: choose the
//! weight before looking; groups that differ in other things too belong in [`super::cox`].

use serde::{Deserialize, Serialize};

use super::observations::check_length;
use super::{Observations, SurvivalError};
use crate::newton::Factored;
use crate::special::chi_squared_upper;

/// How much each moment counts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// All alike.
    LogRank,
    /// By customers at risk.
    Wilcoxon,
    /// By the root of the customers at risk.
    TaroneWare,
    /// By Peto's survival.
    Peto,
    /// By powers of the pooled curve just before.
    FlemingHarrington {
        /// The power of S.
        p: f64,
        /// The power of 1 − S.
        q: f64,
    },
}

/// What the comparison came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// χ².
    pub statistic: f64,
    /// Groups less one.
    pub degrees_of_freedom: usize,
    /// P(χ² this large or larger, if the groups stay alike).
    pub p_value: f64,
    /// Per group, by code: events seen, and expected if all groups stayed alike (unweighted).
    pub groups: Vec<Group>,
}

/// One group.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Its code.
    pub code: u32,
    /// Customers.
    pub n_customers: f64,
    /// Who left.
    pub observed: f64,
    /// Who would have left.
    pub expected: f64,
}

/// Compares the groups given by a code per row.
///
/// # Errors
/// Those of [`Observations::check`], [`SurvivalError::OneGroup`], [`SurvivalError::BadArgument`]
/// for negative powers.
pub fn test(
    observations: &Observations,
    codes: &[u32],
    weight: Weight,
) -> Result<Comparison, SurvivalError> {
    observations.check()?;
    check_length("groups", codes.len(), observations.n_rows())?;
    if let Weight::FlemingHarrington { p, q } = weight {
        for (name, value) in [("p", p), ("q", q)] {
            if !(value.is_finite() && value >= 0.0) {
                let reason = "is not a power of 0 or more";
                return Err(SurvivalError::BadArgument { name, value, reason });
            }
        }
    }
    let mut known: Vec<u32> = codes.to_vec();
    known.sort_unstable();
    known.dedup();
    if known.len() < 2 {
        return Err(SurvivalError::OneGroup { n_groups: known.len() });
    }
    let mut sweep = Sweep::new(observations, codes, &known);
    let mut sums = Sums::new(known.len());
    let (mut survival, mut peto) = (1.0, 1.0);
    while let Some(moment) = sweep.next() {
        let (n, d) = (moment.n_at_risk, moment.n_events);
        peto *= 1.0 - d / (n + 1.0);
        let size = match weight {
            Weight::LogRank => 1.0,
            Weight::Wilcoxon => n,
            Weight::TaroneWare => n.sqrt(),
            Weight::Peto => peto,
            Weight::FlemingHarrington { p, q } => power(survival, p) * power(1.0 - survival, q),
        };
        sums.add(&sweep.at_risk, &sweep.left_now, n, d, size);
        survival *= 1.0 - d / n;
    }
    sums.compare(&known, &sweep.n_customers)
}

/// xᵖ with 0⁰ = 1, also where rounding made x a little negative.
fn power(x: f64, p: f64) -> f64 {
    x.max(0.0).powf(p)
}

/// One moment at which somebody left.
struct Moment {
    n_at_risk: f64,
    n_events: f64,
}

/// Walks the durations upwards, keeping who is at risk by group.
struct Sweep {
    /// Duration, left, weight, group: ascending.
    ends: Vec<(f64, bool, f64, usize)>,
    /// Entry, weight, group: ascending; empty where everybody was watched from the start.
    entries: Vec<(f64, f64, usize)>,
    next_end: usize,
    next_entry: usize,
    at_risk: Vec<f64>,
    left_now: Vec<f64>,
    /// At the moment before, to be taken out of `at_risk` now.
    gone: Vec<f64>,
    n_customers: Vec<f64>,
}

impl Sweep {
    fn new(observations: &Observations, codes: &[u32], known: &[u32]) -> Sweep {
        let k = known.len();
        let group = |code: &u32| known.binary_search(code).unwrap_or_default();
        let mut n_customers = vec![0.0; k];
        let mut ends = Vec::with_capacity(codes.len());
        let mut entries = Vec::new();
        let rows = observations.durations.iter().zip(observations.events).zip(codes).enumerate();
        for (row, ((duration, has_left), code)) in rows {
            let (weight, group) = (observations.weight(row), group(code));
            n_customers[group] += weight;
            ends.push((*duration, *has_left, weight, group));
            if observations.entries.is_some() {
                entries.push((observations.entry(row), weight, group));
            }
        }
        ends.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        entries.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let at_risk = if entries.is_empty() { n_customers.clone() } else { vec![0.0; k] };
        let (left_now, gone) = (vec![0.0; k], vec![0.0; k]);
        Sweep { ends, entries, next_end: 0, next_entry: 0, at_risk, left_now, gone, n_customers }
    }

    /// The next duration at which somebody left, with the counts by group brought up to it.
    fn next(&mut self) -> Option<Moment> {
        loop {
            let (time, ..) = *self.ends.get(self.next_end)?;
            for (at_risk, gone) in self.at_risk.iter_mut().zip(&mut self.gone) {
                *at_risk -= std::mem::take(gone);
            }
            let entering = self.entries.get(self.next_entry..).unwrap_or_default();
            for (_, weight, group) in entering.iter().take_while(|(entry, ..)| *entry < time) {
                self.at_risk[*group] += weight;
                self.next_entry += 1;
            }
            self.left_now.fill(0.0);
            let ending = self.ends.get(self.next_end..).unwrap_or_default();
            for (_, has_left, weight, group) in ending.iter().take_while(|end| end.0 == time) {
                self.gone[*group] += weight;
                self.left_now[*group] += if *has_left { *weight } else { 0.0 };
                self.next_end += 1;
            }
            let n_events: f64 = self.left_now.iter().sum();
            if n_events > 0.0 {
                return Some(Moment { n_at_risk: self.at_risk.iter().sum(), n_events });
            }
        }
    }
}

/// Differences and their covariance, gathered over the moments.
struct Sums {
    observed: Vec<f64>,
    expected: Vec<f64>,
    weighted: Vec<f64>,
    /// Covariance of the weighted differences, row-major.
    covariance: Vec<f64>,
}

impl Sums {
    fn new(k: usize) -> Sums {
        let zeros = || vec![0.0; k];
        Sums {
            observed: zeros(),
            expected: zeros(),
            weighted: zeros(),
            covariance: vec![0.0; k * k],
        }
    }

    fn add(&mut self, at_risk: &[f64], left_now: &[f64], n: f64, d: f64, size: f64) {
        // The hypergeometric variance of d events among n; a last customer alone has none.
        let spread = if n > 1.0 { d * (n - d) / (n - 1.0) } else { 0.0 };
        let k = at_risk.len();
        for (i, (risk, left)) in at_risk.iter().zip(left_now).enumerate() {
            let expected = d * risk / n;
            self.observed[i] += left;
            self.expected[i] += expected;
            self.weighted[i] += size * (left - expected);
            for (j, other) in at_risk.iter().enumerate() {
                let same = if i == j { 1.0 } else { 0.0 };
                self.covariance[i * k + j] += size * size * spread * risk / n * (same - other / n);
            }
        }
    }

    /// Zᵀ V⁻¹ Z without the last group, whose difference the others determine.
    fn compare(self, known: &[u32], n_customers: &[f64]) -> Result<Comparison, SurvivalError> {
        let k = known.len();
        let part: Vec<f64> = self
            .covariance
            .chunks(k)
            .take(k - 1)
            .flat_map(|row| row.iter().take(k - 1).copied())
            .collect();
        // A group that was never at risk together with another one says nothing.
        let factored =
            Factored::new(&part, k - 1).map_err(|_| SurvivalError::OneGroup { n_groups: 1 })?;
        let solved = factored.solve(self.weighted.get(..k - 1).unwrap_or_default());
        let statistic: f64 = solved.iter().zip(&self.weighted).map(|(a, b)| a * b).sum();
        let rows = known.iter().zip(n_customers).zip(self.observed.iter().zip(&self.expected));
        Ok(Comparison {
            statistic,
            degrees_of_freedom: k - 1,
            p_value: chi_squared_upper(statistic, k - 1),
            groups: rows
                .map(|((code, n_customers), (observed, expected))| Group {
                    code: *code,
                    n_customers: *n_customers,
                    observed: *observed,
                    expected: *expected,
                })
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests;
