//! The effects: all drivers in one regression, so that each is told with the others alike.

use perennial_models::learn::{Column, LearnError, Table};
use perennial_models::linear::Symmetric;
use perennial_models::logistic::{LogisticSettings, wald};
use perennial_models::survival::{Covariates, Observations, SurvivalError, cox};

use super::answer::LeftOut;
use super::columns::Columns;
use super::design::{Meaning, Term};
use super::question::Method;
use super::refusals::{left_out, of_cox, too_many_effects};
use crate::insight::AskError;
use crate::training::refusals::refused;

/// Rows of the rarer outcome per effect: P. Peduzzi and others (1996), A simulation study of the
/// number of events per variable in logistic regression analysis, Journal of Clinical Epidemiology
/// 49, 1373–1379.
const ROWS_PER_EFFECT: usize = 10;

/// Threads of the regression; they never change a result.
const N_THREADS: usize = 2;

/// Effects that could be told.
pub(super) struct Estimated {
    pub terms: Vec<Term>,
    /// One per term, per unit.
    pub coefficients: Vec<f64>,
    /// By term and term.
    pub covariance: Symmetric,
    pub left_out: Vec<LeftOut>,
}

/// Why a regression fails.
enum Failure {
    /// A term is at fault; the refusal says why.
    Term(String, Box<AskError>),
    Whole(Box<AskError>),
}

/// Fits the terms; what makes that impossible is left out, with its reason.
///
/// # Errors
/// One outcome only, fewer than ten rows of the rarer one, a search that does not settle.
pub(super) fn estimate(
    method: Method,
    columns: &Columns,
    horizon_days: u32,
    terms: Vec<Term>,
) -> Result<Estimated, AskError> {
    let (mut terms, mut left_outs) = within_reach(columns, terms)?;
    loop {
        let fitted = match method {
            Method::Logistic => odds(columns, &terms),
            Method::Cox => hazards(columns, horizon_days, &terms),
        };
        match fitted {
            Ok((coefficients, covariance)) => {
                return Ok(Estimated { terms, coefficients, covariance, left_out: left_outs });
            }
            Err(Failure::Whole(error)) => return Err(*error),
            Err(Failure::Term(name, error)) => {
                let Some(at) = terms.iter().position(|term| term.name == name) else {
                    return Err(*error);
                };
                let at_fault = terms.remove(at);
                if at_fault.meaning == Meaning::Unknown {
                    continue;
                }
                terms.retain(|term| term.driver != at_fault.driver);
                if terms.iter().all(|term| term.meaning == Meaning::Unknown) {
                    return Err(*error);
                }
                left_outs.push(left_out(&at_fault.name, *error));
            }
        }
    }
}

/// The terms that the rows of the rarer outcome are enough for: the strongest drivers.
fn within_reach(
    columns: &Columns,
    terms: Vec<Term>,
) -> Result<(Vec<Term>, Vec<LeftOut>), AskError> {
    let n_left = columns.left.iter().filter(|left| **left).count();
    let n_rarer = n_left.min(columns.n_rows() - n_left);
    if n_rarer < ROWS_PER_EFFECT {
        let (label, n_rows) = (n_left == n_rarer, n_rarer);
        let error = LearnError::TooFewRows { label, n_rows, needed: ROWS_PER_EFFECT };
        return Err(refused(&error));
    }
    let n_most = n_rarer / ROWS_PER_EFFECT;
    let n_drivers = terms.iter().map(|term| term.driver + 1).max().unwrap_or(0);
    let (mut n_terms, mut n_kept) = (0, 0);
    for driver in 0..n_drivers {
        let own = |term: &&Term| term.driver == driver && term.meaning != Meaning::Unknown;
        n_terms += terms.iter().filter(own).count();
        if n_terms > n_most {
            break;
        }
        n_kept = driver + 1;
    }
    let mut left_outs: Vec<LeftOut> = Vec::new();
    for term in terms.iter().filter(|term| term.driver >= n_kept) {
        if term.meaning != Meaning::Unknown {
            left_outs.push(too_many_effects(&term.name, n_rarer, ROWS_PER_EFFECT));
        }
    }
    let mut kept: Vec<Term> = terms.into_iter().filter(|term| term.driver < n_kept).collect();
    // What is not known is adjusted for as far as there are rows left for it.
    let n_shown = kept.iter().filter(|term| term.meaning != Meaning::Unknown).count();
    let mut n_left_over = n_most.saturating_sub(n_shown);
    kept.retain(|term| {
        let is_shown = term.meaning != Meaning::Unknown;
        let fits = is_shown || n_left_over > 0;
        n_left_over -= usize::from(fits && !is_shown);
        fits
    });
    Ok((kept, left_outs))
}

type Fit = Result<(Vec<f64>, Symmetric), Failure>;

/// Log-odds, with a covariance that holds although a customer has several rows.
fn odds(columns: &Columns, terms: &[Term]) -> Fit {
    let whole = |error: LearnError| Failure::Whole(Box::new(refused(&error)));
    let column = |term: &Term| Column::numbers(term.name.clone(), term.values.clone());
    let table = Table::new(terms.iter().map(column).collect()).map_err(whole)?;
    let settings = LogisticSettings { n_threads: N_THREADS, ..LogisticSettings::unpenalised() };
    let fitted = settings.regress(&table, &columns.left, None).map_err(|error| {
        let name = match &error {
            LearnError::ConstantColumn { column } => Some(column.clone()),
            LearnError::Collinear { column, with } => Some(weakest(terms, column, with)),
            LearnError::Separation { columns } => columns.first().cloned(),
            _ => None,
        };
        match name {
            Some(name) => Failure::Term(name, Box::new(refused(&error))),
            None => Failure::Whole(Box::new(refused(&error))),
        }
    })?;
    let clustered = fitted.clustered(&table, &columns.left, &columns.clusters).map_err(whole)?;
    Ok((clustered.coefficients, clustered.covariance))
}

/// Of terms that determine each other, the one to leave out: one for what is not known, else the
/// one said last, whose driver has the weakest association.
fn weakest(terms: &[Term], column: &str, with: &[String]) -> String {
    let is_unknown = |name: &&String| {
        terms.iter().any(|term| &&term.name == name && term.meaning == Meaning::Unknown)
    };
    with.iter().find(is_unknown).map_or_else(|| column.to_owned(), Clone::clone)
}

/// Log-hazards of stretches from cut to horizon, by the age of the relationship.
fn hazards(columns: &Columns, horizon_days: u32, terms: &[Term]) -> Fit {
    let whole = |error: &SurvivalError| Failure::Whole(Box::new(of_cox(error)));
    // Where everybody has been here equally long, any beginning will do.
    let entries: Vec<f64> = match &columns.tenure_days {
        Some(days) => days.iter().map(|days| days.max(0.0)).collect(),
        None => vec![0.0; columns.n_rows()],
    };
    let ends: Vec<f64> = entries.iter().map(|entry| entry + f64::from(horizon_days)).collect();
    let observed = Observations::new(&ends, &columns.left).entering(&entries);
    let names: Vec<&str> = terms.iter().map(|term| term.name.as_str()).collect();
    let values: Vec<&[f64]> = terms.iter().map(|term| term.values.as_slice()).collect();
    let covariates = Covariates { names: &names, columns: &values };
    let fitted =
        cox::fit(&observed, &covariates, &cox::Settings::default()).map_err(
            |error| match &error {
                SurvivalError::Constant { column }
                | SurvivalError::Collinear { column }
                | SurvivalError::Separated { column } => {
                    Failure::Term(column.clone(), Box::new(of_cox(&error)))
                }
                _ => whole(&error),
            },
        )?;
    let n = terms.len();
    let covariance =
        Symmetric::new(n, |i, j| fitted.covariance.get(i * n + j).copied().unwrap_or(f64::NAN));
    Ok((fitted.coefficients.iter().map(|one| one.value).collect(), covariance))
}

impl Estimated {
    /// The places of the terms of a driver that are shown.
    pub(super) fn of(&self, driver: usize) -> Vec<usize> {
        let places = self.terms.iter().enumerate();
        let own =
            places.filter(|(_, term)| term.driver == driver && term.meaning != Meaning::Unknown);
        own.map(|(place, _)| place).collect()
    }

    /// The chance of effects this far from none.
    pub(super) fn p(&self, places: &[usize]) -> Result<f64, AskError> {
        wald(&self.coefficients, &self.covariance, places).map_err(|error| refused(&error))
    }

    /// The deviation over the rows of what terms add to the logarithm.
    pub(super) fn strength(&self, places: &[usize]) -> f64 {
        let n_rows = self.terms.first().map_or(0, |term| term.values.len());
        let mut added = vec![0.0; n_rows];
        for &place in places {
            let (term, coefficient) = (&self.terms[place], self.coefficients[place]);
            added.iter_mut().zip(&term.values).for_each(|(sum, value)| *sum += coefficient * value);
        }
        let n = n_rows as f64;
        let mean = added.iter().sum::<f64>() / n;
        (added.iter().map(|one| (one - mean) * (one - mean)).sum::<f64>() / n).sqrt()
    }
}
