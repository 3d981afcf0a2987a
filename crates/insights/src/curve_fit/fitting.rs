//! From cohorts to curves: each fitted, judged on held-out periods, the best one carried on.

use perennial_models::lifetime::LifetimeError;
use perennial_models::lifetime::curves::{
    Counts, Draws, FittedCurve, Holdout, StayCurve, bootstrap, fit, holdout,
};
use perennial_models::lifetime::sbg::Cohort;
use perennial_types::question::Refusal;

use super::answer::{
    CohortAnswer, CurveAnswer, Expected, FitAnswer, Observed, Parameter, Projected, Proposal,
};
use super::cohorts::Started;
use super::plan::Plan;
use super::question::CurveName;
use crate::grouping::Group;
use crate::{range, refused};

/// Fewest periods a curve must see before the held-out ones.
const LEAST_PERIODS: usize = 3;

/// A curve and what became of its fit.
struct Tried {
    curve: CurveName,
    fitted: Result<FittedCurve, LifetimeError>,
    held_out: Result<Holdout, LifetimeError>,
}

/// The curves of a group.
pub fn fitted(plan: &Plan, group: Option<Group>, other: bool, started: &[Started]) -> FitAnswer {
    let cohorts: Vec<Cohort> = started.iter().map(|one| one.cohort.clone()).collect();
    let counted = Counts::new(&cohorts).map_err(|error| refused::lifetime(&error));
    let empty = Counts::default();
    let counts = counted.as_ref().unwrap_or(&empty);
    let mut answer = FitAnswer {
        group,
        other,
        cohorts: started.iter().map(|one| cohort(plan, one)).collect(),
        observed: observed(counts),
        holdout_periods: None,
        curves: Vec::new(),
        proposal: None,
        refused: counted.as_ref().err().cloned(),
    };
    let n_periods = counts.n_periods();
    let asked = plan.question.holdout_periods.map(|n| n as usize);
    let n_held = asked.unwrap_or((n_periods / 4).max(1));
    if n_periods < n_held + LEAST_PERIODS {
        answer.refused.get_or_insert(too_few_periods(n_periods, n_held));
        return answer;
    }
    answer.holdout_periods = Some(n_held as u32);
    let tried: Vec<Tried> = plan
        .question
        .curves
        .iter()
        .map(|curve| Tried {
            curve: *curve,
            fitted: fit(curve.shape(), counts),
            held_out: holdout(curve.shape(), &cohorts, n_held),
        })
        .collect();
    let n_ages = n_periods as u32 + plan.question.ahead;
    answer.curves = tried.iter().map(|one| one.answer(counts, n_ages)).collect();
    let error = |one: &Tried| one.held_out.as_ref().ok().map(|held| held.error);
    let best = tried.iter().filter_map(|one| Some((one, one.fitted.as_ref().ok()?, error(one)?)));
    match best.min_by(|left, right| left.2.total_cmp(&right.2)) {
        Some((one, found, _)) => {
            answer.proposal = Some(proposal(plan, one.curve, &found.curve, counts));
        }
        None => {
            let mut why = answer.curves.iter();
            answer.refused =
                why.find_map(|one| one.refused.as_ref().or(one.holdout_refused.as_ref())).cloned();
        }
    }
    answer
}

fn too_few_periods(n_periods: usize, n_held: usize) -> Refusal {
    let needed = n_held + LEAST_PERIODS;
    Refusal::new(
        "too_few_periods",
        format!("the oldest cohort was followed for {n_periods} periods, which leaves too few before {n_held} held out"),
        format!("take shorter periods or a longer history: it takes {needed}"),
    )
    .in_chinese(
        format!("最早的群组只跟踪了 {n_periods} 个周期，留出 {n_held} 个后所剩过少"),
        format!("请选择更短的周期或更长的历史：至少需要 {needed} 个周期"),
    )
}

fn cohort(plan: &Plan, started: &Started) -> CohortAnswer {
    let mut there = started.cohort.n_started;
    let after = started.cohort.n_lost.iter().map(|lost| {
        there = there.saturating_sub(*lost);
        there
    });
    CohortAnswer {
        start: range::date_name(&plan.stays.calendar, &plan.periods, started.period),
        label: range::label(&plan.stays.calendar, &plan.periods, started.period),
        customers: started.cohort.n_started,
        there: after.collect(),
    }
}

fn observed(counts: &Counts) -> Vec<Observed> {
    let seen = counts.observed().into_iter().zip(counts.at_risk()).zip(&counts.lost);
    let rows = (1_u32..).zip(seen);
    rows.map(|(age, ((survival, at_risk), lost))| Observed { age, at_risk, lost: *lost, survival })
        .collect()
}

impl Tried {
    fn answer(&self, counts: &Counts, n_ages: u32) -> CurveAnswer {
        let found = self.fitted.as_ref().ok();
        let held_out = self.held_out.as_ref().ok();
        let estimates = found.map(|found| found.fit.estimates.as_slice()).unwrap_or_default();
        let findings = found.map(|found| found.fit.findings.as_slice()).unwrap_or_default();
        CurveAnswer {
            curve: self.curve,
            parameters: estimates
                .iter()
                .map(|one| Parameter {
                    name: one.name.clone(),
                    value: one.value,
                    standard_error: one.standard_error,
                })
                .collect(),
            log_likelihood: found.map(|found| found.fit.log_likelihood),
            aic: found.map(FittedCurve::aic),
            fit_error: found.and_then(|found| found.error(counts)),
            holdout_error: held_out.map(|held| held.error),
            holdout_bias: held_out.map(|held| held.bias),
            survival: found
                .map(|found| (1..=n_ages).map(|age| found.curve.survival(age)).collect())
                .unwrap_or_default(),
            findings: findings.iter().map(refused::finding).collect(),
            refused: self.fitted.as_ref().err().map(refused::lifetime),
            holdout_refused: self.held_out.as_ref().err().map(refused::lifetime),
        }
    }
}

fn proposal(plan: &Plan, name: CurveName, curve: &StayCurve, counts: &Counts) -> Proposal {
    let question = &plan.question;
    let draws = bootstrap(name.shape(), counts, question.draws, question.seed).ok();
    let interval = |number: &dyn Fn(&StayCurve) -> f64| {
        draws.as_ref().and_then(|draws: &Draws| draws.interval(question.level, number))
    };
    let expected = |number: &dyn Fn(&StayCurve) -> f64| {
        let ends = interval(number);
        Expected {
            value: Some(number(curve)).filter(|value| value.is_finite()),
            low: ends.map(|(low, _)| low),
            high: ends.map(|(_, high)| high),
        }
    };
    let n_seen = counts.n_periods() as u32;
    let n_ages = n_seen + question.ahead;
    let discount = plan.discount_per_period();
    let at = |age: u32| {
        let ends = interval(&|curve| curve.survival(age));
        Projected {
            age,
            survival: curve.survival(age),
            low: ends.map(|(low, _)| low),
            high: ends.map(|(_, high)| high),
            retention: curve.retention(age - 1),
            ahead: age > n_seen,
        }
    };
    Proposal {
        curve: name,
        projection: (1..=n_ages).map(at).collect(),
        discounted_periods: expected(&|curve| {
            curve.discounted_periods(discount).unwrap_or(f64::NAN)
        }),
        periods_until_end: expected(&|curve| curve.expected_periods(n_ages)),
    }
}
