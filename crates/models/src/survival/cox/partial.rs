//! The partial likelihood, its slope and its curvature, in two passes over sorted rows.
//!
//! The first pass walks down in time, keeping the sums of e^{βᵀx} and x e^{βᵀx} over those at risk,
//! and leaves at each event time the increments of the hazard. The curvature would need the sums of
//! x xᵀ e^{βᵀx} at every event time; since each row contributes its own x xᵀ to all event times it
//! lived through, the second pass adds x xᵀ e^{βᵀx} times the hazard the row has gathered: one rank-one
//! update per row, whatever the number of event times. Late entries cost nothing extra.

use super::super::covariates::Standardised;
use super::super::observations::check_length;
use crate::newton::{Local, Squares};
use crate::survival::{Covariates, Observations, SurvivalError};

/// Rows sorted for the passes: by stratum, then the longest first.
pub(super) struct Prepared {
    pub standard: Standardised,
    /// z-scores, row after row, in sorted order.
    pub x: Vec<f64>,
    pub rows: Vec<Row>,
    /// Positions of the rows by stratum, then the latest entry first; empty without entries.
    pub by_entry: Vec<usize>,
    /// The row of the observations at each sorted position.
    pub order: Vec<usize>,
}

/// One row.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub stratum: u32,
    pub entry: f64,
    pub stop: f64,
    pub has_left: bool,
    pub weight: f64,
}

/// A moment at which somebody left.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub stratum: u32,
    pub time: f64,
    /// Increment of the hazard for everybody at risk who stays.
    pub hazard: f64,
    /// What is taken off that for those who leave now (Efron).
    pub tied: f64,
    /// Breslow's increment.
    pub breslow: f64,
}

/// What the first pass leaves.
pub(super) struct Down {
    pub value: f64,
    pub gradient: Vec<f64>,
    /// Σ over events of x̄ x̄ᵀ.
    pub centre: Squares,
    /// e^{βᵀx} times the weight, by sorted position.
    pub risk: Vec<f64>,
    /// Event times, latest first within a stratum.
    pub moments: Vec<Moment>,
    /// For each moment, where asked for: Σ x̄/denominator for those who stay, the part of it taken
    /// off for those who leave, and the mean x̄ of the moment; three times p numbers.
    pub centres: Vec<f64>,
}

impl Prepared {
    pub fn new(
        observations: &Observations,
        covariates: &Covariates,
        strata: Option<&[u32]>,
    ) -> Result<Prepared, SurvivalError> {
        observations.check()?;
        let n = observations.n_rows();
        check_length("strata", strata.map_or(n, <[u32]>::len), n)?;
        let standard = covariates.check(n)?;
        let stratum = |row: usize| strata.and_then(|codes| codes.get(row)).map_or(0, |code| *code);
        // Durations are not negative, so their bits sort as they do; turned round, longest first.
        let key = |(row, stop): (usize, &f64)| (stratum(row), !(stop + 0.0).to_bits(), row);
        let mut keyed: Vec<(u32, u64, usize)> =
            observations.durations.iter().enumerate().map(key).collect();
        keyed.sort_unstable();
        let order: Vec<usize> = keyed.iter().map(|(_, _, row)| *row).collect();
        let row = |(stratum, bits, row): &(u32, u64, usize)| Row {
            stratum: *stratum,
            entry: observations.entry(*row),
            stop: f64::from_bits(!bits),
            has_left: observations.events.get(*row).is_some_and(|has_left| *has_left),
            weight: observations.weight(*row),
        };
        let rows: Vec<Row> = keyed.iter().map(row).collect();
        let x = standard.rows(covariates.columns, &order.iter().copied());
        let mut by_entry: Vec<usize> =
            if observations.entries.is_some() { (0..n).collect() } else { Vec::new() };
        by_entry.sort_unstable_by(|a, b| {
            let (a, b) = (&rows[*a], &rows[*b]);
            a.stratum.cmp(&b.stratum).then(b.entry.total_cmp(&a.entry))
        });
        Ok(Prepared { standard, x, rows, by_entry, order })
    }

    /// The partial log-likelihood at β (in z-scores).
    pub fn partial_likelihood(&self, beta: &[f64]) -> Local {
        let p = beta.len();
        let down = self.down(beta, false);
        let mut squares = Squares::new(p);
        let gathered = self.gathered(&down.moments);
        for ((x, risk), hazard) in self.x.chunks_exact(p.max(1)).zip(&down.risk).zip(&gathered) {
            // Rounding may leave a hazard that should be 0 a little below it.
            squares.add(x.iter().copied(), (risk * hazard).max(0.0));
        }
        let centre = down.centre.total();
        let information =
            squares.total().iter().zip(&centre).map(|(all, mean)| all - mean).collect();
        Local { value: down.value, gradient: down.gradient, information }
    }

    /// The first pass.
    pub fn down(&self, beta: &[f64], keeps_centres: bool) -> Down {
        let p = beta.len();
        let mut down = Down {
            value: 0.0,
            gradient: vec![0.0; p],
            centre: Squares::new(p),
            risk: Vec::with_capacity(self.rows.len()),
            moments: Vec::new(),
            centres: Vec::new(),
        };
        let mut sums = Sums::new(p);
        let (mut entering, mut at) = (0, 0);
        for alike in self.rows.chunk_by(|a, b| a.stratum == b.stratum && a.stop == b.stop) {
            let Some(first) = alike.first() else { continue };
            if at > 0 && self.rows.get(at - 1).is_some_and(|before| before.stratum != first.stratum)
            {
                sums.clear();
                while self.entry_row(entering).is_some_and(|row| row.stratum != first.stratum) {
                    entering += 1;
                }
            }
            sums.leave.fill(0.0);
            let (mut leave_risk, mut n_left, mut weight_left) = (0.0, 0.0, 0.0);
            for row in alike {
                let x = self.x.get(at * p..(at + 1) * p).unwrap_or_default();
                let eta: f64 = x.iter().zip(beta).map(|(x, b)| x * b).sum();
                let risk = row.weight * eta.exp();
                down.risk.push(risk);
                sums.risk += risk;
                add(&mut sums.first, x, risk);
                if row.has_left {
                    leave_risk += risk;
                    add(&mut sums.leave, x, risk);
                    add(&mut down.gradient, x, row.weight);
                    down.value += row.weight * eta;
                    n_left += 1.0;
                    weight_left += row.weight;
                }
                at += 1;
            }
            entering = self.take_out_later(first, entering, &down.risk, &mut sums);
            if n_left > 0.0 {
                let tie = Tie { leave_risk, n_left, weight: weight_left / n_left };
                sums.event(&mut down, first, &tie, keeps_centres);
            }
        }
        down
    }

    /// Takes out of the sums who had not entered yet at the moment of `now`; where to go on from.
    fn take_out_later(&self, now: &Row, mut from: usize, risks: &[f64], sums: &mut Sums) -> usize {
        let p = sums.first.len();
        let is_later = |row: &Row| row.stratum == now.stratum && row.entry >= now.stop;
        while self.entry_row(from).is_some_and(is_later) {
            let place = self.by_entry.get(from).map_or(0, |place| *place);
            let risk = risks.get(place).map_or(0.0, |risk| *risk);
            sums.risk -= risk;
            add(&mut sums.first, self.x.get(place * p..(place + 1) * p).unwrap_or_default(), -risk);
            from += 1;
        }
        from
    }

    fn entry_row(&self, at: usize) -> Option<&Row> {
        self.rows.get(*self.by_entry.get(at)?)
    }

    /// The hazard each row has gathered from its entry to its end, by sorted position: with Efron's
    /// deduction for those who left.
    pub fn gathered(&self, moments: &[Moment]) -> Vec<f64> {
        let mut gathered = vec![0.0; self.rows.len()];
        let mut upto = Cumulated::new(moments, |moment| moment.hazard);
        for (sum, row) in gathered.iter_mut().zip(&self.rows).rev() {
            let (hazard, tied) = upto.at(row.stratum, row.stop);
            *sum = hazard - if row.has_left { tied } else { 0.0 };
        }
        let mut upto = Cumulated::new(moments, |moment| moment.hazard);
        for place in self.by_entry.iter().rev() {
            if let (Some(sum), Some(row)) = (gathered.get_mut(*place), self.rows.get(*place)) {
                *sum -= upto.at(row.stratum, row.entry).0;
            }
        }
        gathered
    }
}

/// Those who leave at one moment.
struct Tie {
    leave_risk: f64,
    n_left: f64,
    /// Their mean weight.
    weight: f64,
}

/// Running sums over those at risk.
struct Sums {
    risk: f64,
    first: Vec<f64>,
    /// The same of x e^{βᵀx} over those who leave now.
    leave: Vec<f64>,
    mean: Vec<f64>,
}

impl Sums {
    fn new(p: usize) -> Sums {
        Sums { risk: 0.0, first: vec![0.0; p], leave: vec![0.0; p], mean: vec![0.0; p] }
    }

    fn clear(&mut self) {
        self.risk = 0.0;
        self.first.fill(0.0);
    }

    /// Efron's terms of one moment.
    fn event(&mut self, down: &mut Down, row: &Row, tie: &Tie, keeps_centres: bool) {
        let p = self.first.len();
        let breslow = tie.weight * tie.n_left / self.risk;
        let mut moment =
            Moment { stratum: row.stratum, time: row.stop, hazard: 0.0, tied: 0.0, breslow };
        let kept = down.centres.len();
        if keeps_centres {
            down.centres.resize(kept + 3 * p, 0.0);
        }
        let mut l = 0.0;
        while l < tie.n_left {
            let share = l / tie.n_left;
            let sum = self.risk - share * tie.leave_risk;
            for ((mean, first), leave) in self.mean.iter_mut().zip(&self.first).zip(&self.leave) {
                *mean = (first - share * leave) / sum;
            }
            down.value -= tie.weight * sum.ln();
            add(&mut down.gradient, &self.mean, -tie.weight);
            down.centre.add(self.mean.iter().copied(), tie.weight);
            moment.hazard += tie.weight / sum;
            moment.tied += tie.weight * share / sum;
            if let Some(centres) = down.centres.get_mut(kept..).filter(|_| keeps_centres) {
                let (stay, rest) = centres.split_at_mut(p);
                let (leave, mean) = rest.split_at_mut(p);
                add(stay, &self.mean, tie.weight / sum);
                add(leave, &self.mean, tie.weight * share / sum);
                add(mean, &self.mean, 1.0 / tie.n_left);
            }
            l += 1.0;
        }
        down.moments.push(moment);
    }
}

/// Walks the moments upwards, stratum by stratum from the last, adding a quantity up.
struct Cumulated<'a, F> {
    moments: std::iter::Peekable<std::iter::Rev<std::slice::Iter<'a, Moment>>>,
    of: F,
    stratum: Option<u32>,
    sum: f64,
    /// Time and deduction of the moment last passed.
    last: (f64, f64),
}

impl<'a, F: Fn(&Moment) -> f64> Cumulated<'a, F> {
    fn new(moments: &'a [Moment], of: F) -> Cumulated<'a, F> {
        Cumulated {
            moments: moments.iter().rev().peekable(),
            of,
            stratum: None,
            sum: 0.0,
            last: (f64::NAN, 0.0),
        }
    }

    /// The sum up to and including `time`, and the deduction of a moment exactly then. Called with
    /// strata descending and times ascending within each.
    fn at(&mut self, stratum: u32, time: f64) -> (f64, f64) {
        if self.stratum != Some(stratum) {
            while self.moments.next_if(|moment| moment.stratum > stratum).is_some() {}
            (self.stratum, self.sum, self.last) = (Some(stratum), 0.0, (f64::NAN, 0.0));
        }
        while let Some(moment) =
            self.moments.next_if(|moment| moment.stratum == stratum && moment.time <= time)
        {
            self.sum += (self.of)(moment);
            self.last = (moment.time, moment.tied);
        }
        (self.sum, if self.last.0 == time { self.last.1 } else { 0.0 })
    }
}

/// `to` + `size` · `from`.
pub(super) fn add(to: &mut [f64], from: &[f64], size: f64) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += size * from;
    }
}
