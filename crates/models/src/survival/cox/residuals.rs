//! What the model leaves unexplained: robust errors, and whether hazards are proportional.

use serde::{Deserialize, Serialize};

use super::Cox;
use super::partial::{Prepared, add};
use crate::special::chi_squared_upper;
use crate::survival::{Covariates, Observations, SurvivalError, kaplan_meier};

/// The scale of time on which an effect is tested for drift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeScale {
    /// 1 − S(t) of Kaplan–Meier: no single late event decides.
    KaplanMeier,
    /// The rank of the event time, ties averaged.
    Rank,
    /// Time itself.
    Identity,
    /// Its logarithm; all event times must be above 0.
    Log,
}

/// Whether the effect of one column changes over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proportionality {
    /// The column.
    pub name: String,
    /// χ² with one degree of freedom.
    pub statistic: f64,
    /// P(χ² this large or larger, if the effect is constant).
    pub p_value: f64,
}

impl Prepared {
    /// D V: the score residuals of every row (or cluster) through the model's covariance; the
    /// robust covariance is the sum of their squares (Lin, Wei 1989).
    pub(super) fn sandwich(
        &self,
        beta: &[f64],
        covariance: &[f64],
        clusters: Option<&[u32]>,
    ) -> Vec<f64> {
        let p = beta.len();
        let scores = self.scores(beta);
        let mut keyed: Vec<(u32, usize)> = match clusters {
            Some(codes) => {
                let code = |row: &usize| codes.get(*row).map_or(0, |code| *code);
                self.order.iter().map(code).zip(0..).collect()
            }
            None => (0_u32..).zip(0..self.rows.len()).collect(),
        };
        keyed.sort_unstable();
        let mut meat = vec![0.0; p * p];
        for alike in keyed.chunk_by(|a, b| a.0 == b.0) {
            let mut sum = vec![0.0; p];
            for (_, place) in alike {
                add(&mut sum, scores.get(place * p..(place + 1) * p).unwrap_or_default(), 1.0);
            }
            let moved: Vec<f64> = covariance
                .chunks_exact(p.max(1))
                .map(|row| row.iter().zip(&sum).map(|(a, b)| a * b).sum())
                .collect();
            for (row, left) in meat.chunks_exact_mut(p.max(1)).zip(&moved) {
                add(row, &moved, *left);
            }
        }
        meat
    }

    /// Score residuals by sorted position: (x − x̄) at the own event, less the sum over all moments
    /// lived through of (x − x̄) times the own hazard there.
    fn scores(&self, beta: &[f64]) -> Vec<f64> {
        let p = beta.len();
        let down = self.down(beta, true);
        let gathered = self.gathered(&down.moments);
        let centres: Vec<&[f64]> = down.centres.chunks_exact(3 * p.max(1)).collect();
        // Sums of x̄ dH from the latest moment of a stratum back to each one.
        let mut back = vec![0.0; (centres.len() + 1) * p];
        for (at, (centre, moment)) in centres.iter().zip(&down.moments).enumerate() {
            let is_new = at > 0
                && down.moments.get(at - 1).is_some_and(|before| before.stratum != moment.stratum);
            let (done, rest) = back.split_at_mut((at + 1) * p);
            if let Some(before) = done.get(at * p..).filter(|_| !is_new) {
                add(rest, before, 1.0);
            }
            if let Some(next) = rest.get_mut(..p) {
                add(next, centre, 1.0);
            }
        }
        // The number of moments of a stratum after `time`, counted in the order of the moments.
        let place = |stratum: u32, time: f64| {
            down.moments.partition_point(|moment| {
                moment.stratum < stratum || (moment.stratum == stratum && moment.time > time)
            })
        };
        // x̄ dH gathered over all moments of the stratum after `time`.
        let after = |stratum: u32, time: f64| {
            let at = place(stratum, time);
            let is_own =
                at > 0 && down.moments.get(at - 1).is_some_and(|moment| moment.stratum == stratum);
            if is_own { back.get(at * p..(at + 1) * p) } else { None }
        };
        let mut scores = vec![0.0; self.rows.len() * p];
        let lines =
            self.rows.iter().zip(&down.risk).zip(&gathered).zip(self.x.chunks_exact(p.max(1)));
        for ((((row, risk), hazard), x), score) in lines.zip(scores.chunks_exact_mut(p.max(1))) {
            add(score, x, -risk * hazard);
            // Moments in (entry, stop]: those after the entry less those after the end.
            for (time, sign) in [(row.entry, 1.0), (row.stop, -1.0)] {
                add(score, after(row.stratum, time).unwrap_or_default(), sign * risk);
            }
            if row.has_left {
                let own = centres.get(place(row.stratum, row.stop)).copied().unwrap_or_default();
                add(score, x, row.weight);
                add(score, own.get(2 * p..).unwrap_or_default(), -row.weight);
                add(score, own.get(p..2 * p).unwrap_or_default(), -risk);
            }
        }
        scores
    }

    /// Schoenfeld's residuals x − x̄ of every event, in z-scores, by sorted position of the event.
    fn schoenfeld(&self, beta: &[f64]) -> Vec<(f64, Vec<f64>)> {
        let p = beta.len();
        let down = self.down(beta, true);
        let mut moments =
            down.moments.iter().zip(down.centres.chunks_exact(3 * p.max(1))).peekable();
        let mut residuals = Vec::new();
        for (row, x) in self.rows.iter().zip(self.x.chunks_exact(p.max(1))) {
            if !row.has_left {
                continue;
            }
            let is_past = |moment: &super::partial::Moment| {
                moment.stratum != row.stratum || moment.time > row.stop
            };
            while moments.next_if(|(moment, _)| is_past(moment)).is_some() {}
            if let Some((_, centre)) = moments.peek() {
                let mean = centre.get(2 * p..).unwrap_or_default();
                residuals.push((row.stop, x.iter().zip(mean).map(|(x, mean)| x - mean).collect()));
            }
        }
        residuals
    }
}

impl Cox {
    /// Tests each column for an effect that drifts with time: the scaled Schoenfeld residuals
    /// against time (Grambsch, Therneau 1994, eq. 11 with the variance taken as constant).
    ///
    /// # Errors
    /// Those of [`super::fit`]; [`SurvivalError::BadArgument`] for the logarithm of time 0.
    pub fn proportionality(
        &self,
        observations: &Observations,
        covariates: &Covariates,
        strata: Option<&[u32]>,
        scale: TimeScale,
    ) -> Result<Vec<Proportionality>, SurvivalError> {
        let prepared = Prepared::new(observations, covariates, strata)?;
        let scales = &prepared.standard.scales;
        let p = scales.len();
        let beta: Vec<f64> =
            self.coefficients.iter().zip(scales).map(|(one, scale)| one.value * scale).collect();
        let residuals = prepared.schoenfeld(&beta);
        let times: Vec<f64> = residuals.iter().map(|(time, _)| *time).collect();
        let on_scale = transformed(observations, &times, scale)?;
        let n = on_scale.len() as f64;
        let mean = on_scale.iter().sum::<f64>() / n;
        let spread: f64 = on_scale.iter().map(|time| (time - mean).powi(2)).sum();
        let mut slopes = vec![0.0; p];
        for (time, (_, residual)) in on_scale.iter().zip(&residuals) {
            add(&mut slopes, residual, time - mean);
        }
        let tests = self.coefficients.iter().enumerate().map(|(at, coefficient)| {
            // Σ (g − ḡ) s* with s* = n V s, in the units of the column.
            let row = self.covariance.get(at * p..(at + 1) * p).unwrap_or_default();
            let scaled = row.iter().zip(slopes.iter().zip(scales));
            let moved: f64 =
                n * scaled.map(|(cell, (slope, scale))| cell * slope * scale).sum::<f64>();
            let variance = row.get(at).map_or(f64::NAN, |cell| *cell);
            let statistic = moved * moved / (n * variance * spread);
            let p_value = chi_squared_upper(statistic, 1);
            Proportionality { name: coefficient.name.clone(), statistic, p_value }
        });
        Ok(tests.collect())
    }
}

/// Event times on the scale asked for.
fn transformed(
    observations: &Observations,
    times: &[f64],
    scale: TimeScale,
) -> Result<Vec<f64>, SurvivalError> {
    Ok(match scale {
        TimeScale::Identity => times.to_vec(),
        TimeScale::Log => match times.iter().find(|time| **time <= 0.0) {
            Some(time) => {
                let reason = "has no logarithm";
                return Err(SurvivalError::BadArgument {
                    name: "event time",
                    value: *time,
                    reason,
                });
            }
            None => times.iter().map(|time| time.ln()).collect(),
        },
        TimeScale::KaplanMeier => {
            let curve = kaplan_meier::fit(observations, 0.95)?;
            times.iter().map(|time| 1.0 - curve.survival_at(*time).unwrap_or(0.0)).collect()
        }
        TimeScale::Rank => {
            let mut sorted = times.to_vec();
            sorted.sort_unstable_by(f64::total_cmp);
            let rank = |time: &f64| {
                let below = sorted.partition_point(|other| other < time);
                let up_to = sorted.partition_point(|other| other <= time);
                0.5 * (below + up_to + 1) as f64
            };
            times.iter().map(rank).collect()
        }
    })
}
