//! The scores of every customer at every date, each from what was known at its end.
//!
//! Dates are taken in order, so the band of a date never depends on a later one. A customer who is
//! gone keeps the last score they had while they were here; one who comes back begins anew.

use std::sync::Arc;

use perennial_models::health::{
    Health, MonotoneSettings, Reference, Standing, Weights, health, learn,
};
use perennial_types::key::CustomerKey;

use super::plan::Plan;
use super::question::{RankedAt, State, WeightsFrom};
use super::ranker::Ranker;
use super::refusals;
use crate::insight::AskError;
use crate::training::Sample;

/// What scores of a date are made with.
#[derive(Debug)]
pub struct Basis {
    /// Ranks.
    pub reference: Reference,
    /// Weights of the dimensions; 0 for those nobody had when the ranks were made.
    pub weights: Weights,
}

/// Where a customer stands at a date.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Where.
    pub state: State,
    /// The score; of the last date they were here, where they have left.
    pub score: Option<f64>,
    /// Row of the sample; of the last date they were here, where they have left.
    pub row: Option<usize>,
}

const NOT_YET: Look = Look { state: State::NotYet, score: None, row: None };

/// Every customer who was here at some date, at every date.
#[derive(Debug)]
pub struct Scored {
    /// The customers, in order of their keys.
    pub customers: Vec<CustomerKey>,
    /// What the scores of each date are made with; `None` where there is nobody to rank among.
    pub bases: Vec<Option<Arc<Basis>>>,
    looks: Vec<Look>,
    n_dates: usize,
}

impl Scored {
    /// The looks at a customer, one per date.
    pub fn looks(&self, customer: usize) -> &[Look] {
        let from = customer * self.n_dates;
        self.looks.get(from..from + self.n_dates).unwrap_or_default()
    }

    /// A customer at a date.
    pub fn look(&self, customer: usize, date: usize) -> Look {
        self.looks(customer).get(date).copied().unwrap_or(NOT_YET)
    }

    /// Positions of the dates among the cuts of a sample.
    fn positions(plan: &Plan, sample: &Sample) -> Vec<Option<usize>> {
        let position = |cut: usize| {
            let date = sample.cuts.get(cut).map(|cut| cut.date)?;
            plan.dates.iter().position(|one| *one == date)
        };
        (0..sample.cuts.len()).map(position).collect()
    }

    /// Scores everybody.
    ///
    /// # Errors
    /// Weights that cannot be learned.
    pub fn new(plan: &Plan, sample: &Sample, ranker: &Ranker<'_>) -> Result<Scored, AskError> {
        let date_of = Scored::positions(plan, sample);
        let mut rows_at: Vec<Vec<usize>> = vec![Vec::new(); plan.dates.len()];
        for (row, cut) in sample.cut_of.iter().enumerate() {
            let date = date_of.get(*cut as usize).copied().flatten();
            if let Some(rows) = date.and_then(|date| rows_at.get_mut(date)) {
                rows.push(row);
            }
        }
        let bases = bases(plan, sample, ranker, &rows_at)?;
        let mut scored =
            Scored { customers: Vec::new(), bases, looks: Vec::new(), n_dates: plan.dates.len() };
        let mut here: Vec<Option<usize>> = vec![None; plan.dates.len()];
        let mut row = 0;
        for run in sample.customers.chunk_by(|a, b| a == b) {
            here.fill(None);
            for own in row..row + run.len() {
                let cut = sample.cut_of.get(own).map(|cut| *cut as usize);
                let date = cut.and_then(|cut| date_of.get(cut).copied().flatten());
                if let Some(place) = date.and_then(|date| here.get_mut(date)) {
                    *place = Some(own);
                }
            }
            row += run.len();
            if here.iter().any(Option::is_some)
                && let Some(customer) = run.first()
            {
                scored.customers.push(*customer);
                scored.follow(plan, ranker, &here);
            }
        }
        Ok(scored)
    }

    /// Looks at one customer date by date.
    fn follow(&mut self, plan: &Plan, ranker: &Ranker<'_>, here: &[Option<usize>]) {
        let mut standing: Option<Standing> = None;
        let mut last = NOT_YET;
        for (date, row) in here.iter().enumerate() {
            let Some(row) = *row else {
                if last.state != State::NotYet {
                    last.state = State::Left;
                }
                standing = None;
                self.looks.push(last);
                continue;
            };
            let score = self.health(plan, ranker, date, row).map(|health| health.score);
            if let Some(score) = score {
                standing = Some(match standing {
                    None => Standing::first(&plan.bounds, score),
                    Some(standing) => standing.next(&plan.bounds, score),
                });
            }
            let band =
                standing.filter(|_| score.is_some()).map(|standing| State::from(standing.band));
            last = Look { state: band.unwrap_or(State::Unscored), score, row: Some(row) };
            self.looks.push(last);
        }
    }

    /// The health of a row at a date; `None` where too little is known.
    pub fn health(
        &self,
        plan: &Plan,
        ranker: &Ranker<'_>,
        date: usize,
        row: usize,
    ) -> Option<Health> {
        let basis = self.bases.get(date)?.as_ref()?;
        let mut ranks = Vec::with_capacity(plan.dimensions.len());
        ranker.oriented(&basis.reference, row, &mut ranks);
        health(&ranks, &basis.weights, plan.question.min_coverage).ok()
    }

    /// The date at which a customer was last here, up to a date.
    pub fn last_here(&self, customer: usize, date: usize) -> Option<usize> {
        let looks = self.looks(customer);
        (0..=date).rev().find(|date| looks.get(*date).is_some_and(|look| look.state.is_here()))
    }
}

/// What the scores of each date are made with.
fn bases(
    plan: &Plan,
    sample: &Sample,
    ranker: &Ranker<'_>,
    rows_at: &[Vec<usize>],
) -> Result<Vec<Option<Arc<Basis>>>, AskError> {
    let n_dates = rows_at.len();
    let smallest = plan.question.smallest_segment;
    if let Some(trained) = &plan.trained {
        let basis = weighed(trained.reference.clone(), trained.weights.clone());
        return Ok(vec![basis.map(Arc::new); n_dates]);
    }
    let reference = |rows: &Vec<usize>| {
        ranker.reference(rows, smallest).map_err(|error| refusals::of_health(&error))
    };
    let first = first_with_enough(rows_at, smallest as usize);
    let first_reference = reference(rows_at.get(first).unwrap_or(&Vec::new()))?;
    let weights = match plan.question.weights {
        WeightsFrom::Expert => Weights::new(plan.points.clone()),
        WeightsFrom::Learned => {
            return learned(plan, sample, ranker, first, first_reference, n_dates);
        }
    };
    let weights = weights.map_err(|error| refusals::of_health(&error))?;
    if plan.question.ranked == RankedAt::EachDate {
        let each = |rows: &Vec<usize>| -> Result<Option<Arc<Basis>>, AskError> {
            match rows.is_empty() {
                true => Ok(None),
                false => Ok(weighed(reference(rows)?, weights.clone()).map(Arc::new)),
            }
        };
        return rows_at.iter().map(each).collect();
    }
    let basis = weighed(first_reference, weights).map(Arc::new);
    Ok((0..n_dates).map(|date| basis.clone().filter(|_| date >= first)).collect())
}

/// The first date with enough customers; where none has as many, the first of those with most.
fn first_with_enough(rows_at: &[Vec<usize>], enough: usize) -> usize {
    let most = rows_at.iter().map(Vec::len).max().unwrap_or_default();
    rows_at.iter().position(|rows| rows.len() >= enough.min(most).max(1)).unwrap_or_default()
}

/// Ranks and weights, those of dimensions nobody had being 0; `None` where nothing is left.
pub fn weighed(reference: Reference, weights: Weights) -> Option<Basis> {
    let own: Vec<f64> = weights.into();
    let measured = own.into_iter().enumerate();
    let weights =
        measured.map(|(place, weight)| if reference.is_measured(place) { weight } else { 0.0 });
    Some(Basis { weights: Weights::new(weights.collect()).ok()?, reference })
}

/// Weights out of who left after past cuts whose horizon was over by the first date: what is learned
/// from then is known at every date that is scored.
fn learned(
    plan: &Plan,
    sample: &Sample,
    ranker: &Ranker<'_>,
    first: usize,
    reference: Reference,
    n_dates: usize,
) -> Result<Vec<Option<Arc<Basis>>>, AskError> {
    let begin = plan.dates.get(first).copied().unwrap_or_default();
    if let Err(refusal) = &plan.training {
        return Err(refusal.clone().into());
    }
    let mut rows = Vec::new();
    let mut left = Vec::new();
    for (cut, window) in sample.cuts.iter().enumerate() {
        if window.complete && window.horizon_end <= begin {
            let (own_rows, own_left) = sample.labelled(cut);
            rows.extend(own_rows);
            left.extend(own_left);
        }
    }
    if rows.is_empty() {
        return Err(refusals::no_past_for_weights(&begin.to_string()).into());
    }
    let columns = ranker.columns(&reference, &rows);
    let weights = learn(MonotoneSettings::default(), &columns, &left)
        .and_then(|learned| learned.weights())
        .map_err(|error| refusals::of_health(&error))?;
    let basis = weighed(reference, weights).map(Arc::new);
    Ok((0..n_dates).map(|date| basis.clone().filter(|_| date >= first)).collect())
}
