//! What goes with leaving: fields of the start as columns of the Cox and Weibull models.

use std::collections::BTreeMap;

use perennial_models::survival::cox::{self, Cox, Errors, Settings, TimeScale};
use perennial_models::survival::weibull::{self, Weibull};
use perennial_models::survival::{Covariates, Observations, SurvivalError};

use super::answer::{AftEffect, CoxAnswer, Effect, TestAnswer, WeibullAft};
use super::curve::Columns;
use super::question::{Covariate, CovariateKind, SurvivalQuestion};
use crate::refused;
use crate::significance::Correction;
use crate::stays::{self, Stay, Stays};

/// What a customer without a value is called.
const NO_VALUE: &str = "(none)";
/// What the values beyond the most frequent ones are called together.
const OTHER: &str = "Other";

/// One column of the models.
struct Column {
    name: String,
    against: Option<String>,
    values: Vec<f64>,
}

/// The customers that take part in the models, and their columns.
struct Design<'a> {
    rows: Vec<&'a Stay>,
    columns: Vec<Column>,
    /// Why there is nothing to fit.
    refused: Option<SurvivalError>,
}

impl<'a> Design<'a> {
    fn new(question: &SurvivalQuestion, plan: &stays::Plan, stays: &'a Stays) -> Design<'a> {
        let of = |stay: &Stay, at: usize| value(stays.covariates(plan, stay), at);
        let covariates = || question.covariates.iter().enumerate();
        let is_number: Vec<bool> = covariates()
            .map(|(at, one)| is_number(one, stays.rows.iter().map(|stay| of(stay, at))))
            .collect();
        let has_numbers = |stay: &&Stay| {
            let mut wanted = is_number.iter().enumerate().filter(|(_, is_number)| **is_number);
            wanted.all(|(at, _)| number(of(stay, at)).is_some())
        };
        let rows: Vec<&Stay> = stays.rows.iter().filter(has_numbers).collect();
        let too_few = SurvivalError::TooFewCustomers { n_customers: 0, needed: 1 };
        let mut refused = rows.is_empty().then_some(too_few);
        let mut columns: Vec<Column> = Vec::new();
        for ((at, covariate), is_number) in covariates().zip(&is_number) {
            let field = covariate.field.clone();
            let own: Vec<Option<&str>> = rows.iter().map(|stay| of(stay, at)).collect();
            if *is_number {
                let values = own.iter().filter_map(|text| number(*text)).collect();
                columns.push(Column { name: field, against: None, values });
                continue;
            }
            let levels = one_hot(&field, &own, question.top);
            if levels.is_empty() {
                refused.get_or_insert(SurvivalError::Constant { column: field });
            }
            columns.extend(levels);
        }
        Design { rows, columns, refused }
    }
}

/// The models of a question with covariates.
pub fn effects(
    question: &SurvivalQuestion,
    plan: &stays::Plan,
    stays: &Stays,
) -> (CoxAnswer, WeibullAft) {
    let Design { rows, columns, refused: reason } = Design::new(question, plan, stays);
    let followed = Columns::new(rows.iter().copied());
    let observations = followed.observations();
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let lists: Vec<&[f64]> = columns.iter().map(|column| column.values.as_slice()).collect();
    let covariates = Covariates { names: &names, columns: &lists };
    let counted = CoxAnswer {
        customers: rows.len() as u64,
        left: rows.iter().filter(|stay| stay.left).count() as u64,
        without_a_number: (stays.rows.len() - rows.len()) as u64,
        ..CoxAnswer::default()
    };
    if let Some(error) = reason {
        let refusal = Some(refused::survival(&error));
        let aft = WeibullAft { refused: refusal.clone(), ..WeibullAft::default() };
        return (CoxAnswer { refused: refusal, ..counted }, aft);
    }
    let cox = match fit_cox(&observations, &covariates, question.level) {
        Ok(found) => described(&found, &observations, &covariates, &columns, counted),
        Err(error) => CoxAnswer { refused: Some(refused::survival(&error)), ..counted },
    };
    let aft = match fit_weibull(&observations, &covariates, question.level) {
        Ok(found) => stretched(&found),
        Err(error) => {
            WeibullAft { refused: Some(refused::survival(&error)), ..WeibullAft::default() }
        }
    };
    (cox, aft)
}

fn value(values: &[Option<String>], at: usize) -> Option<&str> {
    values.get(at).and_then(Option::as_deref)
}

fn number(text: Option<&str>) -> Option<f64> {
    text?.trim().parse::<f64>().ok().filter(|number| number.is_finite())
}

/// Whether a covariate is read as a number: as asked, or where every value is one.
fn is_number<'a>(covariate: &Covariate, values: impl Iterator<Item = Option<&'a str>>) -> bool {
    match covariate.kind {
        Some(kind) => kind == CovariateKind::Number,
        None => {
            let mut known = values.flatten().peekable();
            known.peek().is_some() && known.all(|text| number(Some(text)).is_some())
        }
    }
}

/// Each value against the most frequent one, none where all have the same; those beyond `top` are
/// one together.
fn one_hot(field: &str, values: &[Option<&str>], top: usize) -> Vec<Column> {
    let mut sizes: BTreeMap<&str, u64> = BTreeMap::new();
    for value in values {
        *sizes.entry(value.unwrap_or(NO_VALUE)).or_default() += 1;
    }
    let mut levels: Vec<(&str, u64)> = sizes.into_iter().collect();
    levels.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    let names: Vec<&str> = levels.iter().map(|(level, _)| *level).collect();
    let Some((reference, others)) = names.split_first() else { return Vec::new() };
    let (shown, rest) = others.split_at(top.min(others.len()));
    let marked = |is_in: &dyn Fn(&str) -> bool| -> Vec<f64> {
        values.iter().map(|value| f64::from(u8::from(is_in(value.unwrap_or(NO_VALUE))))).collect()
    };
    let column = |level: &str, values: Vec<f64>| Column {
        name: format!("{field} = {level}"),
        against: Some((*reference).to_owned()),
        values,
    };
    let mut columns: Vec<Column> =
        shown.iter().map(|level| column(level, marked(&|value| value == *level))).collect();
    if !rest.is_empty() {
        columns.push(column(OTHER, marked(&|value| rest.contains(&value))));
    }
    columns
}

fn fit_cox(
    observations: &Observations<'_>,
    covariates: &Covariates<'_>,
    level: f64,
) -> Result<Cox, SurvivalError> {
    let settings = Settings { strata: None, errors: Errors::Robust, level };
    let found = cox::fit(observations, covariates, &settings)?;
    // A robust error of 0 has no z, and so no p-value.
    let is_told = |one: &cox::Coefficient| {
        [one.value, one.standard_error, one.p_value].iter().all(|number| number.is_finite())
    };
    if found.coefficients.iter().all(is_told) {
        return Ok(found);
    }
    Err(SurvivalError::NotSettled { n_steps: 0 })
}

fn fit_weibull(
    observations: &Observations<'_>,
    covariates: &Covariates<'_>,
    level: f64,
) -> Result<Weibull, SurvivalError> {
    let found = weibull::fit(observations, covariates, level)?;
    let is_told = |one: &weibull::Effect| {
        [one.value, one.standard_error, one.p_value].iter().all(|number| number.is_finite())
    };
    if found.effects.iter().all(is_told) {
        Ok(found)
    } else {
        Err(SurvivalError::NotSettled { n_steps: 0 })
    }
}

fn finite(value: f64) -> Option<f64> {
    Some(value).filter(|value| value.is_finite())
}

fn described(
    found: &Cox,
    observations: &Observations<'_>,
    covariates: &Covariates<'_>,
    columns: &[Column],
    counted: CoxAnswer,
) -> CoxAnswer {
    let drift = found.proportionality(observations, covariates, None, TimeScale::KaplanMeier);
    let drift = drift.unwrap_or_default();
    let p_values: Vec<f64> = found.coefficients.iter().map(|one| one.p_value).collect();
    let corrected = Correction::Holm.corrected(&p_values);
    let rows = found.coefficients.iter().zip(columns).zip(corrected).enumerate();
    let effects = rows.map(|(at, ((one, column), p_corrected))| Effect {
        name: column.name.clone(),
        against: column.against.clone(),
        coefficient: one.value,
        standard_error: one.standard_error,
        hazard_ratio: finite(one.hazard_ratio),
        low: finite(one.interval.0.exp()),
        high: finite(one.interval.1.exp()),
        p: one.p_value,
        p_corrected,
        drift_p: drift.get(at).and_then(|one| finite(one.p_value)),
    });
    let (statistic, p) = found.likelihood_ratio();
    CoxAnswer {
        effects: effects.collect(),
        overall: Some(TestAnswer { statistic, degrees_of_freedom: columns.len(), p }),
        concordance: found.concordance(observations, covariates, None).ok().flatten(),
        log_likelihood: finite(found.log_likelihood),
        ..counted
    }
}

fn stretched(found: &Weibull) -> WeibullAft {
    let effect = |one: &weibull::Effect| AftEffect {
        name: one.name.clone(),
        coefficient: one.value,
        standard_error: one.standard_error,
        time_ratio: finite(one.value.exp()),
        low: finite(one.interval.0.exp()),
        high: finite(one.interval.1.exp()),
        p: one.p_value,
    };
    WeibullAft {
        refused: None,
        shape: finite(found.shape()),
        effects: found.effects.iter().map(effect).collect(),
        log_likelihood: finite(found.log_likelihood),
    }
}
