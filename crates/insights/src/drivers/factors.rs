//! Factors in place of features: what many measures of usage have in common, under few names.

use perennial_models::factor::{
    Correlations, Extraction, FactorAnalysis, FactorError, FactorSettings, ParallelSettings,
    Rotation, most_factors,
};
use perennial_models::learn::{Column, Table};

use super::answer::{FactorAnswer, FactorsAnswer, LeftOut, LoadingAnswer};
use super::columns::{About, Columns, numbers};
use super::question::{FactorRule, Factors};
use super::refusals::{left_out, of_factors, too_sparse};
use crate::insight::AskError;
use crate::training::refusals::refused;

/// The least loading of a feature in a factor's name.
const NAMED_FROM: f64 = 0.4;
/// Features in a factor's name at most.
const MAX_NAMED: usize = 3;
/// The least share of the rows in which a feature that makes up factors is known.
const MIN_KNOWN: f64 = 0.5;
/// Threads; they never change a result.
const N_THREADS: usize = 2;

/// The same rows with factors in place of the features that are numbers. Traits and features that
/// are text stay.
///
/// # Errors
/// Too few features or rows, more factors than can be told apart, no factor beyond chance.
pub(super) fn replaced(
    columns: Columns,
    wanted: Factors,
    seed: u64,
) -> Result<(Columns, FactorsAnswer), AskError> {
    let (features, mut kept, mut about, sparse) = split(&columns);
    let mut left_outs = columns.left_out;
    left_outs.extend(sparse);
    let (found, correlations, by_chance) = analysed(features, wanted, seed, &mut left_outs)?;
    let mut answers = Vec::with_capacity(found.analysis.n_factors());
    let scores = found.analysis.scores(&found.table).map_err(|error| of_factors(&error))?;
    for (factor, scores) in scores.into_iter().enumerate() {
        let answer = factor_answer(&found, factor);
        kept.push(Column::numbers(answer.name.clone(), scores));
        about.push(About {
            name: answer.name.clone(),
            en: answer.en.clone(),
            zh: answer.zh.clone(),
            unit: None,
            need: None,
            is_factor: true,
        });
        answers.push(answer);
    }
    let answer = FactorsAnswer {
        n_rows: found.analysis.n_rows as u64,
        sampling_adequacy: correlations.sampling_adequacy().overall,
        sphericity_p: correlations.sphericity().p,
        eigenvalues: correlations.eigen().map_err(|error| of_factors(&error))?.values,
        by_chance,
        factors: answers,
    };
    let table = Table::new(kept).map_err(|error| refused(&error))?;
    Ok((Columns { table, about, left_out: left_outs, ..columns }, answer))
}

/// Features to make factors of.
struct Features {
    columns: Vec<Column>,
    about: Vec<About>,
}

/// Factors and what they were made of.
struct Found {
    analysis: FactorAnalysis,
    table: Table,
    about: Vec<About>,
}

/// The features that are numbers, their gaps filled with the mean; and everything else.
fn split(columns: &Columns) -> (Features, Vec<Column>, Vec<About>, Vec<LeftOut>) {
    let mut features = Features { columns: Vec::new(), about: Vec::new() };
    let (mut kept, mut kept_about, mut sparse) = (Vec::new(), Vec::new(), Vec::new());
    for (column, about) in columns.table.columns().iter().zip(&columns.about) {
        let values = numbers(column).filter(|_| about.need.is_some());
        match values {
            Some(values) => match filled(&about.name, values) {
                Some(column) => {
                    features.columns.push(column);
                    features.about.push(about.clone());
                }
                None => sparse.push(too_sparse(&about.name)),
            },
            None => {
                kept.push(column.clone());
                kept_about.push(about.clone());
            }
        }
    }
    (features, kept, kept_about, sparse)
}

/// The column without gaps, where enough of it is known.
fn filled(name: &str, values: &[f64]) -> Option<Column> {
    let known = values.iter().filter(|value| !value.is_nan());
    let (n, sum) = known.fold((0.0, 0.0), |(n, sum), value| (n + 1.0, sum + value));
    if n < MIN_KNOWN * values.len() as f64 {
        return None;
    }
    let fill = |&value: &f64| if value.is_nan() { sum / n } else { value };
    Some(Column::numbers(name, values.iter().map(fill).collect()))
}

/// Fits; a feature that makes that impossible is left out, with its reason.
fn analysed(
    mut features: Features,
    wanted: Factors,
    seed: u64,
    left_outs: &mut Vec<LeftOut>,
) -> Result<(Found, Correlations, Vec<f64>), AskError> {
    loop {
        let Ok(table) = Table::new(features.columns.clone()) else {
            let n_columns = features.columns.len();
            return Err(of_factors(&FactorError::TooFewColumns { n_columns, needed: 3 }));
        };
        match fitted(&table, wanted, seed) {
            Ok((analysis, correlations, by_chance)) => {
                let found = Found { analysis, table, about: features.about };
                return Ok((found, correlations, by_chance));
            }
            Err(error) => {
                let (FactorError::Constant { column }
                | FactorError::Collinear { column, .. }
                | FactorError::Heywood { column }) = &error
                else {
                    return Err(of_factors(&error));
                };
                let Some(at) = features.about.iter().position(|about| &about.name == column) else {
                    return Err(of_factors(&error));
                };
                left_outs.push(left_out(column, of_factors(&error)));
                features.columns.remove(at);
                features.about.remove(at);
            }
        }
    }
}

fn fitted(
    table: &Table,
    wanted: Factors,
    seed: u64,
) -> Result<(FactorAnalysis, Correlations, Vec<f64>), FactorError> {
    let correlations = Correlations::of(table)?;
    let n_columns = correlations.n_columns();
    let (n_factors, by_chance) = match wanted {
        Factors::Number(n_factors) => (n_factors, Vec::new()),
        Factors::By(FactorRule::Kaiser) => {
            (correlations.kaiser()?.min(most_factors(n_columns)), Vec::new())
        }
        Factors::By(FactorRule::Parallel) => {
            let settings =
                ParallelSettings { seed, n_threads: N_THREADS, ..ParallelSettings::default() };
            let found = correlations.parallel(&settings)?;
            (found.n_factors.min(most_factors(n_columns)), found.by_chance)
        }
    };
    if n_factors == 0 {
        return Err(FactorError::NoFactor { n_columns });
    }
    let settings =
        FactorSettings { extraction: Extraction::MinimumResidual, rotation: Rotation::Varimax };
    let analysis = settings.fit_correlations(&correlations, n_factors)?;
    Ok((analysis, correlations, by_chance))
}

/// A factor, named by the features that load most.
fn factor_answer(found: &Found, factor: usize) -> FactorAnswer {
    let analysis = &found.analysis;
    let loading = |column: usize| analysis.loadings[column][factor];
    let mut order: Vec<usize> = (0..analysis.names.len()).collect();
    order.sort_by(|&a, &b| loading(b).abs().total_cmp(&loading(a).abs()));
    let is_named = |column: &&usize| loading(**column).abs() >= NAMED_FROM;
    let mut naming: Vec<usize> = order.iter().take(MAX_NAMED).filter(is_named).copied().collect();
    if naming.is_empty() {
        naming.extend(order.first());
    }
    let words = |word: fn(&About) -> &String, between: &str, less: &str| {
        let one = |&column: &usize| {
            let sign = if loading(column) < 0.0 { less } else { "" };
            format!("{sign}{}", word(&found.about[column]))
        };
        naming.iter().map(one).collect::<Vec<_>>().join(between)
    };
    FactorAnswer {
        name: format!("factor_{}", factor + 1),
        en: words(|about| &about.en, " · ", "less "),
        zh: words(|about| &about.zh, "·", "少"),
        share: analysis.explained[factor].share,
        loadings: order
            .into_iter()
            .map(|column| LoadingAnswer {
                feature: analysis.names[column].clone(),
                loading: loading(column),
            })
            .collect(),
    }
}
