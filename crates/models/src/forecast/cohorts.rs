//! Cohorts carried on: the share of each that is active at an age, times those who started.
//!
//! Answers "how many of those we have, and of those who will come, are active next month, and how
//! many more if newcomers came back more often?" With n(c, a) the active customers of cohort c at age
//! a, 0 its start: r(a) = Σ n(c, a) ÷ Σ n(c, 0) over the cohorts seen at that age, and
//!
//! n̂(c, a) = n(c, 0) · r(a) · level(c) · season(c + a), a ≥ 1,
//!
//! level(c) what the cohort has shown against r so far, drawn towards 1 by [`DRAWN`] customers as if
//! so many more had been seen there; season(t) what calendar periods of that place have shown against
//! the rest, where two whole seasons are known. Ages nobody has reached go on with the mean ratio of
//! the last ones. The method is a chain ladder with levels (T. Mack (1993), ASTIN Bulletin 23, 213–225,
//! for the ladder). Limits: cohorts to come behave as those so far; their number is foretold apart.

/// Customers by which a cohort's level is drawn towards that of all.
pub const DRAWN: f64 = 20.0;
/// Most of the last ages whose ratio carries the curve on.
const TAIL_AGES: usize = 6;

/// Active customers by cohort and age; cohort `c` of `n` is known for ages 0 to n − 1 − c.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Triangle(pub Vec<Vec<f64>>);

/// What the cohorts have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    /// r(a), 1 at age 0, as far as it is known.
    pub shares: Vec<f64>,
    /// By what r goes on from age to age after that, at most 1.
    pub tail: f64,
    /// level(c).
    pub levels: Vec<f64>,
    /// season(t) by place, the first period at place 0; a single 1 without a season.
    pub seasons: Vec<f64>,
}

/// More, or fewer, who are active one period after their start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uplift {
    /// Added to r(1), in shares of 1; later ages keep their ratio to it.
    pub points: f64,
}

impl Triangle {
    /// The same when only the first `n_periods` were known.
    pub fn known(&self, n_periods: usize) -> Triangle {
        let rows = self.0.iter().take(n_periods).enumerate();
        Triangle(rows.map(|(c, row)| row.iter().take(n_periods - c).copied().collect()).collect())
    }

    /// How many periods are known.
    pub fn n_periods(&self) -> usize {
        self.0.len()
    }

    fn size(&self, cohort: usize) -> f64 {
        self.0.get(cohort).and_then(|row| row.first()).copied().unwrap_or_default()
    }

    /// r(a), for every age that some customer was seen at.
    fn shares(&self) -> Vec<f64> {
        let share = |age: usize| {
            let seen = self.0.iter().filter_map(|row| Some((row.get(age)?, row.first()?)));
            let (active, started) =
                seen.fold((0.0, 0.0), |(active, all), (own, size)| (active + own, all + size));
            (started > 0.0).then(|| active / started)
        };
        (0..self.n_periods()).map_while(share).collect()
    }

    /// What the cohorts have in common, with a season of so many periods where it is given.
    pub fn shared(&self, season: Option<usize>) -> Shared {
        let shares = self.shares();
        let promised = |row: &[f64]| -> f64 {
            let size = row.first().copied().unwrap_or_default();
            shares.iter().take(row.len()).skip(1).map(|share| size * share).sum()
        };
        let level = |row: &Vec<f64>| {
            let seen: f64 = row.iter().skip(1).sum();
            (seen + DRAWN) / (promised(row) + DRAWN)
        };
        let levels: Vec<f64> = self.0.iter().map(level).collect();
        let mut shared = Shared { tail: tail(&shares), shares, levels, seasons: vec![1.0] };
        if let Some(season) = season.filter(|season| self.n_periods() > 2 * season) {
            shared.seasons = self.seasons(&shared, season);
        }
        shared
    }

    /// What the periods of each place have shown against what cohorts promise, 1 in the mean.
    fn seasons(&self, shared: &Shared, season: usize) -> Vec<f64> {
        let mut seen = vec![0.0; season];
        let mut promised = vec![0.0; season];
        // Whole seasons alone, the latest ones, so that every place counts alike; the first period
        // has newcomers only.
        let n_known = (self.n_periods() - 1) / season * season;
        for period in self.n_periods() - n_known..self.n_periods() {
            for (cohort, row) in self.0.iter().enumerate().take(period) {
                let age = period - cohort;
                seen[period % season] += row.get(age).copied().unwrap_or_default();
                promised[period % season] +=
                    self.size(cohort) * shared.share(age) * shared.level(cohort);
            }
        }
        let ratios: Vec<f64> = seen
            .iter()
            .zip(&promised)
            .map(|(seen, promised)| (seen + DRAWN) / (promised + DRAWN))
            .collect();
        let mean = ratios.iter().sum::<f64>() / season as f64;
        ratios.into_iter().map(|ratio| ratio / mean).collect()
    }

    /// Active customers of every cohort, those to come among them (`newcomers`, one number per
    /// period ahead), in the periods ahead: one list per cohort, the known ones first. A cohort that
    /// has not started has 0. With an uplift, those who have not reached age 1 come back by so much
    /// more.
    pub fn carried(
        &self,
        shared: &Shared,
        newcomers: &[f64],
        uplift: Option<Uplift>,
    ) -> Vec<Vec<f64>> {
        let n_known = self.n_periods();
        let n_ahead = newcomers.len();
        let active = |cohort: usize, period: usize| -> f64 {
            let Some(age) = period.checked_sub(cohort) else { return 0.0 };
            let size = match cohort.checked_sub(n_known) {
                Some(ahead) => newcomers.get(ahead).copied().unwrap_or_default(),
                None => self.size(cohort),
            };
            if age == 0 {
                return size;
            }
            let is_lifted = cohort + 1 >= n_known;
            let share = match uplift.filter(|_| is_lifted) {
                Some(uplift) => shared.lifted(age, uplift),
                None => shared.share(age),
            };
            (size * share * shared.level(cohort) * shared.season(period)).min(size)
        };
        let cohorts = 0..n_known + n_ahead;
        cohorts
            .map(|cohort| {
                (n_known..n_known + n_ahead).map(|period| active(cohort, period)).collect()
            })
            .collect()
    }
}

impl Shared {
    /// r(a), carried on.
    pub fn share(&self, age: usize) -> f64 {
        match (self.shares.get(age), self.shares.len().checked_sub(1)) {
            (Some(share), _) => *share,
            (None, Some(last)) => {
                let known = self.shares.get(last).copied().unwrap_or_default();
                known * self.tail.powi(i32::try_from(age - last).unwrap_or(i32::MAX))
            }
            (None, None) => 0.0,
        }
    }

    fn level(&self, cohort: usize) -> f64 {
        self.levels.get(cohort).copied().unwrap_or(1.0)
    }

    fn season(&self, period: usize) -> f64 {
        self.seasons.get(period % self.seasons.len().max(1)).copied().unwrap_or(1.0)
    }

    /// r(a) with more who come back at age 1, never above 1.
    fn lifted(&self, age: usize, uplift: Uplift) -> f64 {
        let first = self.share(1);
        if first <= 0.0 {
            return self.share(age);
        }
        (self.share(age) * (first + uplift.points) / first).clamp(0.0, 1.0)
    }
}

/// The mean ratio of neighbouring shares at the end: the last half of some ages against the half
/// before it.
fn tail(shares: &[f64]) -> f64 {
    // Age 0 is 1 by definition and says nothing of how the curve falls later.
    let later = shares.get(1..).unwrap_or_default();
    let half = (later.len() / 2).min(TAIL_AGES);
    if half == 0 {
        return later.first().copied().unwrap_or(1.0).min(1.0);
    }
    let end: f64 = later.iter().rev().take(half).sum();
    let before: f64 = later.iter().rev().skip(half).take(half).sum();
    if before <= 0.0 { 1.0 } else { libm::pow(end / before, 1.0 / half as f64).min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cohorts of different size that follow one curve exactly.
    fn followed(
        sizes: &[f64],
        curve: impl Fn(usize) -> f64,
        season: impl Fn(usize) -> f64,
    ) -> Triangle {
        let n = sizes.len();
        let row = |(c, size): (usize, &f64)| {
            (0..n - c)
                .map(|a| if a == 0 { *size } else { size * curve(a) * season(c + a) })
                .collect()
        };
        Triangle(sizes.iter().enumerate().map(row).collect())
    }

    #[test]
    fn cohorts_that_follow_one_curve_go_on_with_it() {
        let sizes = [100.0, 300.0, 200.0, 150.0, 250.0, 120.0, 400.0, 90.0];
        let curve = |a: usize| if a == 0 { 1.0 } else { 0.5 * 0.8_f64.powi(a as i32) };
        let triangle = followed(&sizes, curve, |_| 1.0);
        let shared = triangle.shared(None);
        assert!((shared.tail - 0.8).abs() < 1e-9);
        assert!(shared.levels.iter().all(|level| (level - 1.0).abs() < 1e-12));
        let ahead = triangle.carried(&shared, &[500.0, 600.0, 700.0], None);
        for (c, row) in ahead.iter().enumerate() {
            for (h, got) in row.iter().enumerate() {
                let size = *sizes.iter().chain(&[500.0, 600.0, 700.0]).nth(c).unwrap();
                let expected = (8 + h).checked_sub(c).map_or(0.0, |age| size * curve(age));
                assert!(
                    (got - expected).abs() < 1e-9 * (1.0 + expected),
                    "{c} {h}: {got} for {expected}"
                );
            }
        }
    }

    #[test]
    fn an_uplift_adds_its_points_to_newcomers_alone_and_in_proportion_later() {
        let curve = |a: usize| if a == 0 { 1.0 } else { 0.5 * 0.8_f64.powi(a as i32) };
        let triangle = followed(&[100.0; 8], curve, |_| 1.0);
        let shared = triangle.shared(None);
        let newcomers = [100.0, 100.0, 100.0];
        let as_is = triangle.carried(&shared, &newcomers, None);
        let lifted = triangle.carried(&shared, &newcomers, Some(Uplift { points: 0.1 }));
        let more = |h: usize| -> f64 {
            lifted.iter().zip(&as_is).map(|(lifted, as_is)| lifted[h] - as_is[h]).sum()
        };
        // r(1) 0.4 becomes 0.5; the last known cohort reaches age 1 first, 100 · 0.1.
        assert!((more(0) - 10.0).abs() < 1e-9, "{}", more(0));
        // A period later that cohort is at age 2, 100 · 0.32 · ¼, and the next one at age 1.
        assert!((more(1) - 18.0).abs() < 1e-9, "{}", more(1));
        assert!((more(2) - 24.4).abs() < 1e-9, "{}", more(2));
        assert_eq!(lifted[..7], as_is[..7], "older cohorts stay");
    }

    #[test]
    fn a_season_shows_in_those_who_come_back() {
        let season = |t: usize| [0.8, 1.2, 1.0, 1.0][t % 4];
        let curve = |a: usize| if a == 0 { 1.0 } else { 0.3 * 0.9_f64.powi(a as i32) };
        let triangle = followed(&[5000.0; 24], curve, season);
        let shared = triangle.shared(Some(4));
        for (place, wanted) in [0.8, 1.2, 1.0, 1.0].into_iter().enumerate() {
            assert!((shared.seasons[place] - wanted).abs() < 0.02, "{:?}", shared.seasons);
        }
        assert_eq!(
            triangle.known(8).shared(Some(4)).seasons,
            [1.0],
            "two whole seasons are needed"
        );
    }

    #[test]
    fn a_strong_cohort_stays_strong_and_a_small_one_is_drawn_to_the_rest() {
        let mut triangle = followed(&[1000.0; 6], |a| if a == 0 { 1.0 } else { 0.4 }, |_| 1.0);
        triangle.0[2].iter_mut().skip(1).for_each(|n| *n *= 1.5);
        triangle.0[5] = vec![2.0];
        let shared = triangle.shared(None);
        assert!(shared.levels[2] > 1.2 && shared.levels[0] < 1.0, "{:?}", shared.levels);
        assert_eq!(shared.levels[5], 1.0, "nothing is known of it yet");
        assert_eq!(
            triangle.known(3).0,
            [vec![1000.0, 400.0, 400.0], vec![1000.0, 400.0], vec![1000.0]]
        );
        let empty = Triangle::default();
        assert_eq!(
            empty.carried(&empty.shared(Some(12)), &[5.0, 6.0], None),
            [vec![5.0, 0.0], vec![0.0, 6.0]]
        );
    }
}
