//! A model proves itself on a period it has not seen, beside the plain rate.
//!
//! Answers whether a model is worth believing on *these* customers: it is fitted on the first part
//! of the time, predicts the rest, and is compared with what happened and with the baseline that
//! everybody carries on at their own past rate. On some data the baseline wins, and then it is the
//! proposal.

use serde::{Deserialize, Serialize};

use super::error::check_argument;
use super::{Fit, History, LifetimeError, PurchaseModel, bg_nbd, mbg_nbd, nbd, pareto_nbd, rate};

/// One customer: what was known, and what then happened.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Holdout {
    /// The customer up to the cut.
    pub history: History,
    /// Purchases within the horizon after the cut.
    pub n_actual: u32,
}

/// By what the best model is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Yardstick {
    /// Mean absolute error: the typical miss per customer.
    MeanAbsoluteError,
    /// Root of the mean squared error: large misses weigh more.
    RootMeanSquaredError,
    /// Distance of the predicted from the actual total.
    Total,
}

/// How one model did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The model's stable name; `rate` is the baseline.
    pub name: String,
    /// Purchases that happened.
    pub actual: f64,
    /// Purchases predicted.
    pub predicted: f64,
    /// Mean absolute error per customer.
    pub mean_absolute_error: f64,
    /// Root of the mean squared error per customer.
    pub root_mean_squared_error: f64,
    /// Correlation of predicted and actual over customers; `None` where one of them does not vary.
    pub correlation: Option<f64>,
    /// By repeats before the cut, the last group holding everybody above.
    pub by_repeats: Vec<Group>,
}

/// Customers with equally many repeats before the cut.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Repeats before the cut; in the last group at least so many.
    pub n_repeats: u32,
    /// Customers.
    pub n_customers: u64,
    /// Mean purchases that happened.
    pub mean_actual: f64,
    /// Mean purchases predicted.
    pub mean_predicted: f64,
}

/// The last group of [`Score::by_repeats`] begins here.
const LAST_GROUP: u32 = 7;

/// A fitted model among others.
pub struct Candidate {
    /// The model.
    pub model: Box<dyn PurchaseModel>,
    /// Its fit; the baseline has none.
    pub fit: Option<Fit>,
}

/// What a comparison came to.
pub struct Proposal {
    /// Every model that could be fitted with its score, the best first.
    pub ranked: Vec<(Candidate, Score)>,
    /// Models that refused, with their reason.
    pub refused: Vec<(&'static str, LifetimeError)>,
}

/// Fits BG/NBD, MBG/NBD, Pareto/NBD and NBD on the histories, lets them and the plain rate predict
/// the purchases within `horizon` after the cut, and ranks them by `yardstick`.
///
/// # Errors
/// Where the baseline itself cannot be had: [`LifetimeError::BadRow`],
/// [`LifetimeError::BadArgument`], [`LifetimeError::NoTime`].
pub fn propose(
    holdouts: &[Holdout],
    horizon: f64,
    yardstick: Yardstick,
) -> Result<Proposal, LifetimeError> {
    let histories: Vec<History> = holdouts.iter().map(|holdout| holdout.history).collect();
    let baseline = Candidate { model: Box::new(rate::fit(&histories)?), fit: None };
    let baseline_score = score(&*baseline.model, holdouts, horizon)?;
    let mut ranked = vec![(baseline, baseline_score)];
    let mut refused = Vec::new();
    for (name, fitted) in fit_each(&histories) {
        let scored = fitted.and_then(|candidate| {
            let score = score(&*candidate.model, holdouts, horizon)?;
            Ok((candidate, score))
        });
        match scored {
            Ok(entry) => ranked.push(entry),
            Err(error) => refused.push((name, error)),
        }
    }
    ranked.sort_by(|(_, a), (_, b)| a.distance(yardstick).total_cmp(&b.distance(yardstick)));
    Ok(Proposal { ranked, refused })
}

/// Names of the models that are fitted; the baseline is called `rate`.
pub const FITTED: [&str; 4] = ["bg_nbd", "mbg_nbd", "pareto_nbd", "nbd"];

/// Every model that leaves room for a fit, with its fit or its refusal.
pub fn fit_each(histories: &[History]) -> Vec<(&'static str, Result<Candidate, LifetimeError>)> {
    FITTED.into_iter().filter_map(|name| Some((name, fit_named(name, histories)?))).collect()
}

/// The model of that name, fitted; `rate` is one of them. `None` for another name.
pub fn fit_named(name: &str, histories: &[History]) -> Option<Result<Candidate, LifetimeError>> {
    fn candidate<M: PurchaseModel + 'static>(fitted: super::Fitted<M>) -> Candidate {
        Candidate { model: Box::new(fitted.model), fit: Some(fitted.fit) }
    }
    Some(match name {
        "bg_nbd" => bg_nbd::fit(histories).map(candidate),
        "mbg_nbd" => mbg_nbd::fit(histories).map(candidate),
        "pareto_nbd" => pareto_nbd::fit(histories).map(candidate),
        "nbd" => nbd::fit(histories).map(candidate),
        "rate" => rate::fit(histories).map(|model| Candidate { model: Box::new(model), fit: None }),
        _ => return None,
    })
}

/// The model of that name with these parameters, as a fit that was kept has them. `None` for
/// another name.
pub fn model_named(
    name: &str,
    values: &[f64],
) -> Option<Result<Box<dyn PurchaseModel>, LifetimeError>> {
    Some(match name {
        "bg_nbd" => bg_nbd::BgNbd { r: 1.0, alpha: 1.0, a: 1.0, b: 1.0 }.with_parameters(values),
        "mbg_nbd" => mbg_nbd::MbgNbd { r: 1.0, alpha: 1.0, a: 1.0, b: 1.0 }.with_parameters(values),
        "pareto_nbd" => {
            pareto_nbd::ParetoNbd { r: 1.0, alpha: 1.0, s: 1.0, beta: 1.0 }.with_parameters(values)
        }
        "nbd" => nbd::Nbd { r: 1.0, alpha: 1.0 }.with_parameters(values),
        "rate" => rate::Rate { of_all: 1.0 }.with_parameters(values),
        _ => return None,
    })
}

/// Compares one model's predictions with what happened.
///
/// # Errors
/// [`LifetimeError::BadRow`] with the row of the holdout, [`LifetimeError::BadArgument`],
/// [`LifetimeError::OutOfReach`], [`LifetimeError::TooFewCustomers`] without any row.
pub fn score(
    model: &dyn PurchaseModel,
    holdouts: &[Holdout],
    horizon: f64,
) -> Result<Score, LifetimeError> {
    check_argument("horizon", horizon, 0.0)?;
    if holdouts.is_empty() {
        return Err(LifetimeError::TooFewCustomers { n_customers: 0, needed: 1 });
    }
    let mut pairs = Vec::with_capacity(holdouts.len());
    let mut groups: Vec<(u64, f64, f64)> = Vec::new();
    for (row, holdout) in holdouts.iter().enumerate() {
        holdout.history.check(row)?;
        let predicted = model.expected(&holdout.history, horizon)?;
        let actual = f64::from(holdout.n_actual);
        let group = holdout.history.n_repeats.min(LAST_GROUP) as usize;
        groups.resize(groups.len().max(group + 1), (0, 0.0, 0.0));
        if let Some((n, sum_actual, sum_predicted)) = groups.get_mut(group) {
            *n += 1;
            *sum_actual += actual;
            *sum_predicted += predicted;
        }
        pairs.push((predicted, actual));
    }
    let n = pairs.len() as f64;
    let by_repeats = (0_u32..).zip(&groups).filter(|(_, (n, ..))| *n > 0);
    Ok(Score {
        name: model.name().to_owned(),
        actual: pairs.iter().map(|(_, actual)| actual).sum(),
        predicted: pairs.iter().map(|(predicted, _)| predicted).sum(),
        mean_absolute_error: pairs.iter().map(|(p, a)| (p - a).abs()).sum::<f64>() / n,
        root_mean_squared_error: (pairs.iter().map(|(p, a)| (p - a).powi(2)).sum::<f64>() / n)
            .sqrt(),
        correlation: correlation(&pairs),
        by_repeats: by_repeats
            .map(|(n_repeats, (n_customers, actual, predicted))| Group {
                n_repeats,
                n_customers: *n_customers,
                mean_actual: actual / *n_customers as f64,
                mean_predicted: predicted / *n_customers as f64,
            })
            .collect(),
    })
}

impl Score {
    /// How far off the model was: smaller is better.
    pub fn distance(&self, yardstick: Yardstick) -> f64 {
        match yardstick {
            Yardstick::MeanAbsoluteError => self.mean_absolute_error,
            Yardstick::RootMeanSquaredError => self.root_mean_squared_error,
            Yardstick::Total => (self.predicted - self.actual).abs(),
        }
    }
}

/// Pearson's correlation; `None` where one side does not vary.
pub(super) fn correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    let n = pairs.len() as f64;
    let mean_x = pairs.iter().map(|(x, _)| x).sum::<f64>() / n;
    let mean_y = pairs.iter().map(|(_, y)| y).sum::<f64>() / n;
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        xx += (x - mean_x).powi(2);
        yy += (y - mean_y).powi(2);
        xy += (x - mean_x) * (y - mean_y);
    }
    (xx > 0.0 && yy > 0.0).then(|| xy / (xx * yy).sqrt())
}
