//! A backtest as it is shown and kept: how good each learner was on each cut, how true its
//! probabilities, what it goes by.

use perennial_models::importance::{Group, ImportanceSettings, permutation_importance};
use perennial_models::learn::LearnError;
use perennial_models::metrics::Report;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::learning::{Backtest, Calibration, N_THREADS, Tested, thinned};
use super::sample::Sample;
use super::themes::Theme;

/// Rows on which importance is measured, at most.
const IMPORTANCE_ROWS: usize = 20_000;

/// What a backtest found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = BacktestReport)]
pub struct ReportAnswer {
    /// The learner that was chosen: the one with the least log loss over all tested cuts.
    pub learner: String,
    /// Every learner on every tested cut, and on all of them together.
    pub tested: Vec<TestedAnswer>,
    /// Foretold and happened, of the chosen learner over all tested cuts.
    pub reliability: Vec<ReliabilityAnswer>,
    /// What its ranking goes by, the most important first, measured on the last tested cut.
    pub importance: Vec<ImportanceAnswer>,
}

/// How good a learner was. Every figure is of rows it had not seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = BacktestOfLearner)]
pub struct TestedAnswer {
    /// The learner.
    pub learner: String,
    /// The cut; null for all of them together.
    #[schema(required)]
    pub cut: Option<String>,
    /// Customers judged.
    pub customers: u64,
    /// Those who left.
    pub left: u64,
    /// Their share: what a random pick finds.
    pub base_rate: f64,
    /// How often one who left has a higher risk than one who stayed; 0.5 by chance.
    pub auc: f64,
    /// Precision over all thresholds; the base rate by chance.
    pub average_precision: f64,
    /// Mean squared error of the probability.
    pub brier: f64,
    /// The same of giving everybody the base rate.
    pub brier_of_base_rate: f64,
    /// Mean surprise, in nats.
    pub log_loss: f64,
    /// Mean distance of probability and outcome over ten bins.
    pub calibration_error: f64,
    /// What calling the customers most at risk would have found.
    pub top: Vec<TopAnswer>,
}

/// What calling the highest risks would have found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = BacktestTop)]
pub struct TopAnswer {
    /// The share of customers called.
    pub share: f64,
    /// How many that is.
    pub customers: u64,
    /// How many times more often they left than a customer taken at random.
    pub lift: f64,
    /// Which share of all who left they were.
    pub capture: f64,
}

/// Customers whose risk was foretold alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReliabilityBin)]
pub struct ReliabilityAnswer {
    /// Risks from here, inclusive.
    pub from: f64,
    /// To here, exclusive (inclusive in the last).
    pub to: f64,
    /// How many customers.
    pub customers: u64,
    /// Their mean risk; null without customers.
    #[schema(required)]
    pub predicted: Option<f64>,
    /// The share of them that left; null without customers.
    #[schema(required)]
    pub observed: Option<f64>,
}

/// What the ranking loses without a theme.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ThemeImportance)]
pub struct ImportanceAnswer {
    /// The theme.
    pub theme: Theme,
    /// What it is called.
    pub name: String,
    /// 名称。
    pub name_zh: String,
    /// Its features.
    pub features: Vec<String>,
    /// The AUC lost when its features are dealt to customers at random, together.
    pub auc_lost: f64,
    /// The deviation of that over repeats.
    #[schema(required)]
    pub deviation: Option<f64>,
}

/// A backtest for answers and documents.
///
/// # Errors
/// Whatever measuring the importance refuses.
pub fn report(sample: &Sample, backtest: &Backtest, seed: u64) -> Result<ReportAnswer, LearnError> {
    let chosen = |one: &&Tested| one.learner == backtest.best && one.cut.is_none();
    let whole = backtest.tested.iter().find(chosen);
    Ok(ReportAnswer {
        learner: backtest.best.to_owned(),
        tested: backtest.tested.iter().map(|one| tested(sample, one)).collect(),
        reliability: whole.map(|one| reliability(&one.report)).unwrap_or_default(),
        importance: importance(sample, backtest, seed)?,
    })
}

fn tested(sample: &Sample, one: &Tested) -> TestedAnswer {
    let report = &one.report;
    let cut = one.cut.and_then(|cut| sample.cuts.get(cut));
    TestedAnswer {
        learner: one.learner.to_owned(),
        cut: cut.map(|cut| cut.date.to_string()),
        customers: report.n_rows as u64,
        left: report.n_true as u64,
        base_rate: report.base_rate,
        auc: report.auc,
        average_precision: report.average_precision,
        brier: report.brier,
        brier_of_base_rate: report.brier_of_base_rate,
        log_loss: report.log_loss,
        calibration_error: report.calibration_error,
        top: report
            .top
            .iter()
            .map(|top| TopAnswer {
                share: top.share,
                customers: top.n_rows as u64,
                lift: top.lift,
                capture: top.capture,
            })
            .collect(),
    }
}

/// Foretold against happened, bin by bin.
pub fn reliability(report: &Report) -> Vec<ReliabilityAnswer> {
    let bins = report.reliability.iter().map(|bin| ReliabilityAnswer {
        from: bin.from,
        to: bin.to,
        customers: bin.n_rows as u64,
        predicted: bin.predicted,
        observed: bin.observed,
    });
    bins.collect()
}

/// What the ranking of the last tested cut loses without each theme.
fn importance(
    sample: &Sample,
    backtest: &Backtest,
    seed: u64,
) -> Result<Vec<ImportanceAnswer>, LearnError> {
    let (trained, cut) = &backtest.last;
    let (rows, labels) = sample.labelled(*cut);
    let (rows, labels) = thinned(rows, labels, IMPORTANCE_ROWS, seed);
    let mut themes: Vec<(Theme, Vec<String>)> = Vec::new();
    for feature in &sample.features {
        let theme = Theme::of(feature.name);
        match themes.iter_mut().find(|(known, _)| *known == theme) {
            Some((_, names)) => names.push(feature.name.to_owned()),
            None => themes.push((theme, vec![feature.name.to_owned()])),
        }
    }
    let group = |(theme, columns): &(Theme, Vec<String>)| Group {
        name: theme.title().en,
        columns: columns.clone(),
    };
    let groups: Vec<Group> = themes.iter().map(group).collect();
    let settings = ImportanceSettings { seed, n_threads: N_THREADS, ..Default::default() };
    let table = sample.table.take(&rows)?;
    let found = permutation_importance(&trained.learnt, &table, &labels, &groups, &settings)?;
    let mut all: Vec<ImportanceAnswer> = themes
        .into_iter()
        .zip(found)
        .map(|((theme, features), found)| ImportanceAnswer {
            theme,
            name: theme.title().en,
            name_zh: theme.title().zh,
            features,
            auc_lost: found.auc_lost,
            deviation: found.deviation,
        })
        .collect();
    all.sort_by(|a, b| b.auc_lost.total_cmp(&a.auc_lost));
    Ok(all)
}

/// What a calibration is called where it is written down.
pub fn method_name(method: Option<perennial_models::calibration::Method>) -> Calibration {
    match method {
        Some(perennial_models::calibration::Method::Isotonic) => Calibration::Isotonic,
        Some(perennial_models::calibration::Method::Platt) => Calibration::Platt,
        None => Calibration::None,
    }
}
