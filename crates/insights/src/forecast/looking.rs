//! From cells to what is foretold: the series themselves, cohort by cohort, and the supposition.

use perennial_models::forecast::cohorts::{Shared, Triangle, Uplift};
use perennial_models::forecast::{Errors, Forecast, Settings, ahead, forecast, rolling};
use perennial_types::question::Refusal;

use super::plan::Plan;
use super::question::WhatIf;
use super::tally::Cells;
use crate::refused;

/// What was seen, period by period.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Active customers.
    pub active: Vec<f64>,
    /// New ones.
    pub new: Vec<f64>,
    /// Kept ones.
    pub kept: Vec<f64>,
    /// Active ones by cohort and age.
    pub triangle: Triangle,
}

impl Seen {
    /// The series of the cells.
    pub fn new(cells: &Cells) -> Seen {
        let n = cells.len();
        let (mut active, mut kept) = (vec![0.0; n], vec![0.0; n]);
        for (cohort, row) in cells.iter().enumerate() {
            for (age, cell) in row.iter().enumerate() {
                active[cohort + age] += cell.active as f64;
                kept[cohort + age] += cell.kept as f64;
            }
        }
        let rows = cells.iter().map(|row| row.iter().map(|cell| cell.active as f64).collect());
        let triangle = Triangle(rows.collect());
        let new = triangle.0.iter().filter_map(|row| row.first().copied()).collect();
        Seen { active, new, kept, triangle }
    }

    /// Share of the active of the period before that is kept; `None` where nobody was.
    pub fn crr(&self, period: usize) -> Option<f64> {
        let before = *self.active.get(period.checked_sub(1)?)?;
        (before > 0.0).then(|| self.kept.get(period).map(|kept| kept / before)).flatten()
    }

    /// The rates since the last period without one.
    fn rates(&self) -> Vec<f64> {
        let mut rates: Vec<f64> =
            (0..self.active.len()).rev().map_while(|period| self.crr(period)).collect();
        rates.reverse();
        rates
    }
}

/// What is foretold.
pub struct Foretold {
    /// Active customers by the series itself.
    pub direct: Forecast,
    /// Active customers by cohorts, and the intervals, level by level.
    pub by_cohort: (Vec<f64>, Vec<Option<Vec<(f64, f64)>>>),
    /// Mean absolute error of that.
    pub by_cohort_error: f64,
    /// New customers.
    pub new: Forecast,
    /// Retention rates.
    pub crr: Result<Forecast, Refusal>,
    /// What the cohorts have in common.
    pub shared: Shared,
    /// Every cohort in the periods ahead.
    pub cohorts: Vec<Vec<f64>>,
    /// The same with the supposition.
    pub supposed: Option<Vec<Vec<f64>>>,
}

/// Looks ahead.
///
/// # Errors
/// `series_too_short`; `impossible_share` where the supposition leaves 0 to 1.
pub fn look(plan: &Plan, seen: &Seen) -> Result<Foretold, Refusal> {
    let question = &plan.question;
    let settings = Settings {
        season: question.season.map(|season| season as usize),
        n_ahead: question.ahead as usize,
        levels: question.levels.clone(),
        n_origins: question.origins as usize,
    };
    let told =
        |values: &[f64]| forecast(values, &settings).map_err(|error| refused::forecast(&error));
    let direct = told(&seen.active)?;
    let new = told(&seen.new)?;
    let season = settings.season.filter(|_| direct.has_season);
    let newcomers = not_below_zero(new.values.clone());
    let shared = seen.triangle.shared(season);
    let cohorts = seen.triangle.carried(&shared, &newcomers, None);
    let errors = cohort_errors(seen, &direct, &new, season, settings.n_ahead);
    let summed = sums(&cohorts, settings.n_ahead);
    let intervals = settings.levels.iter().map(|level| errors.around(&summed, *level)).collect();
    let uplift = question.what_if.map(|what_if| uplift(&shared, what_if)).transpose()?;
    Ok(Foretold {
        by_cohort_error: errors.mean_absolute().unwrap_or(f64::MAX),
        by_cohort: (summed, intervals),
        crr: told(&seen.rates()),
        supposed: uplift.map(|uplift| seen.triangle.carried(&shared, &newcomers, Some(uplift))),
        direct,
        new,
        shared,
        cohorts,
    })
}

/// The errors of the sum of the cohorts from the origins the direct way was judged from, each
/// knowing what was known there.
fn cohort_errors(
    seen: &Seen,
    direct: &Forecast,
    new: &Forecast,
    season: Option<usize>,
    n_ahead: usize,
) -> Errors {
    rolling(&seen.active, direct.origins.clone(), n_ahead, |known, n_ahead| {
        let triangle = seen.triangle.known(known.len());
        let started = seen.new.get(..known.len()).unwrap_or_default();
        let newcomers = not_below_zero(ahead(new.method, started, season, n_ahead));
        sums(&triangle.carried(&triangle.shared(season), &newcomers, None), n_ahead)
    })
}

fn not_below_zero(mut values: Vec<f64>) -> Vec<f64> {
    values.iter_mut().for_each(|value| *value = value.max(0.0));
    values
}

/// All cohorts together, period by period.
pub fn sums(cohorts: &[Vec<f64>], n_ahead: usize) -> Vec<f64> {
    let mut sums = vec![0.0; n_ahead];
    for cohort in cohorts {
        sums.iter_mut().zip(cohort).for_each(|(sum, own)| *sum += own);
    }
    sums
}

/// The supposition as the model has it.
fn uplift(shared: &Shared, what_if: WhatIf) -> Result<Uplift, Refusal> {
    let share = shared.share(1);
    let supposed = share + what_if.points;
    if share > 0.0 && (0.0..=1.0).contains(&supposed) {
        return Ok(Uplift { points: what_if.points });
    }
    Err(Refusal::new(
        "impossible_share",
        format!("the share active after one period is {share:.4}, and `{}` more is no share of a curve like it", what_if.points),
        "give points that leave it between 0 and 1, for cohorts of which some are back",
    )
    .in_chinese(
        format!("首期后活跃占比为 {share:.4}，再加 {} 不再是可行的占比", what_if.points),
        "请给出使其保持在 0 与 1 之间的提升，且群组中须有人回访",
    ))
}
