//! Which model is believed: every one is fitted, foretells the days held out, and is compared with
//! the plain rate.

use perennial_models::lifetime::backtest::{
    Candidate, FITTED, Holdout, Score, fit_each, fit_named, propose,
};
use perennial_models::lifetime::{History, LifetimeError};
use perennial_types::question::Refusal;

use super::book::Book;
use super::plan::Plan;
use super::refusals::{cannot_fit, nothing_fits};

/// The baseline's name.
pub const RATE: &str = "rate";

/// Every model, and the one that is believed.
pub struct Models {
    /// BG/NBD, MBG/NBD, Pareto/NBD, NBD and the plain rate.
    pub all: Vec<Modelled>,
    /// Position of the one that is believed.
    pub chosen: usize,
    /// Why it is.
    pub because: Because,
    /// Customers known before the days held out.
    pub n_held_out: u64,
}

/// One model.
pub struct Modelled {
    /// Its name.
    pub name: &'static str,
    /// Its fit on everything known at the last date, or why there is none.
    pub fitted: Result<Candidate, LifetimeError>,
    /// What it foretold of the days held out, or why it could not; `None` where none are.
    pub score: Option<Result<Score, LifetimeError>>,
}

/// Why a model is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// The question says so.
    Asked,
    /// It foretold the days held out best.
    Holdout,
    /// No days could be held out, and it makes the data most likely for its number of parameters.
    Likelihood,
    /// It was trained before.
    Document,
}

impl Because {
    /// Its stable name.
    pub fn code(self) -> &'static str {
        match self {
            Because::Asked => "asked",
            Because::Holdout => "holdout",
            Because::Likelihood => "likelihood",
            Because::Document => "document",
        }
    }
}

/// Whether customers leave in a model, so that it tells who is still there.
pub fn lets_leave(name: &str) -> bool {
    matches!(name, "bg_nbd" | "mbg_nbd" | "pareto_nbd")
}

/// Akaike's criterion: 2k − 2 ln L.
pub fn akaike(candidate: &Candidate) -> Option<f64> {
    let fit = candidate.fit.as_ref()?;
    Some(2.0 * fit.estimates.len() as f64 - 2.0 * fit.log_likelihood)
}

impl Models {
    /// Fits every model and chooses.
    ///
    /// # Errors
    /// The refusal of the model the question wants, or of all of them.
    pub fn new(plan: &Plan, book: &Book, histories: &[History]) -> Result<Models, Refusal> {
        let holdouts = match plan.calibration {
            Some(_) => book.holdouts(plan),
            None => Vec::new(),
        };
        let mut all = fit_all(histories);
        if !holdouts.is_empty() {
            score_all(plan, &holdouts, &mut all);
        }
        let (chosen, because) = match plan.question.learner.name() {
            Some(name) => (position_of(&all, name), Because::Asked),
            None => best(plan, &all)?,
        };
        let models = Models { all, chosen, because, n_held_out: holdouts.len() as u64 };
        match models.all.get(chosen).map(|one| &one.fitted) {
            Some(Err(error)) => Err(cannot_fit(error)),
            _ => Ok(models),
        }
    }

    /// The model that is believed.
    pub fn believed(&self) -> Option<(&'static str, &Candidate)> {
        let chosen = self.all.get(self.chosen)?;
        chosen.fitted.as_ref().ok().map(|candidate| (chosen.name, candidate))
    }
}

fn fit_all(histories: &[History]) -> Vec<Modelled> {
    let mut all: Vec<Modelled> = fit_each(histories)
        .into_iter()
        .map(|(name, fitted)| Modelled { name, fitted, score: None })
        .collect();
    if let Some(fitted) = fit_named(RATE, histories) {
        all.push(Modelled { name: RATE, fitted, score: None });
    }
    all
}

/// Lets every model foretell the days held out.
fn score_all(plan: &Plan, holdouts: &[Holdout], all: &mut [Modelled]) {
    let held_out = plan.question.holdout_days.unwrap_or_default();
    let horizon = f64::from(held_out) / plan.question.unit.days();
    match propose(holdouts, horizon, plan.question.yardstick.of_backtest()) {
        Ok(proposal) => {
            for (_, score) in proposal.ranked {
                if let Some(one) = all.iter_mut().find(|one| one.name == score.name) {
                    one.score = Some(Ok(score));
                }
            }
            for (name, error) in proposal.refused {
                if let Some(one) = all.iter_mut().find(|one| one.name == name) {
                    one.score = Some(Err(error));
                }
            }
        }
        Err(error) => {
            all.iter_mut().for_each(|one| one.score = Some(Err(error.clone())));
        }
    }
}

fn position_of(all: &[Modelled], name: &str) -> usize {
    all.iter().position(|one| one.name == name).unwrap_or_default()
}

/// The best model: by the days held out where any fitted model could foretell them, else by its
/// likelihood.
fn best(plan: &Plan, all: &[Modelled]) -> Result<(usize, Because), Refusal> {
    let yardstick = plan.question.yardstick.of_backtest();
    let fitted = || all.iter().enumerate().filter(|(_, one)| one.fitted.is_ok());
    let scored = fitted().filter_map(|(position, one)| {
        let score = one.score.as_ref()?.as_ref().ok()?;
        Some((position, one.name, score.distance(yardstick)))
    });
    let scored: Vec<(usize, &str, f64)> = scored.collect();
    // Alone the plain rate has won against nobody.
    if scored.iter().any(|(_, name, _)| FITTED.contains(name))
        && let Some((position, ..)) = scored.iter().min_by(|a, b| a.2.total_cmp(&b.2))
    {
        return Ok((*position, Because::Holdout));
    }
    let likely =
        fitted().filter_map(|(position, one)| Some((position, akaike(one.fitted.as_ref().ok()?)?)));
    if let Some((position, _)) = likely.min_by(|a, b| a.1.total_cmp(&b.1)) {
        return Ok((position, Because::Likelihood));
    }
    let refused = all.iter().find_map(|one| one.fitted.as_ref().err());
    let none = LifetimeError::NoTime { n_customers: 0 };
    Err(nothing_fits(refused.unwrap_or(&none)))
}
