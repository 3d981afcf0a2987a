//! Learning by time: trained on cuts whose labels were known, calibrated on a later one, judged on one
//! later still.
//!
//! Rows are never split at random: who is silent in May is silent in June too, and a model that saw
//! either knows the other (S. Kaufman et al. (2012), Leakage in Data Mining, ACM TKDD 6, 15, §3). To
//! judge what a model would have said on a date, it is trained with the labels that were known on that
//! date and nothing else:
//!
//! ```text
//!   cut 1 ── horizon ──▶│ learn
//!                  cut 2 ── horizon ──▶│ calibrate
//!                                 cut 3 ── horizon ──▶│ judge
//! ```
//!
//! With one known cut alone there is nothing to calibrate on, and probabilities stay as they are.

use perennial_models::calibration::{Calibrator, Method};
use perennial_models::learn::{Classifier, LearnError, Random};
use perennial_models::learnt::{Learnt, Settings};
use perennial_models::metrics::Report;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::sample::Sample;

/// Threads that learn; never change a result.
pub(crate) const N_THREADS: usize = 4;

/// With fewer rows an isotonic curve follows chance.
const ENOUGH_FOR_ISOTONIC: usize = 1000;

/// What learns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LearnerName {
    /// Whichever of forest, boosting and logistic has the least log loss in the backtest.
    #[default]
    Best,
    /// A random forest with leaves of ten rows or more.
    Forest,
    /// A random forest with scikit-learn's defaults.
    ForestScikitLearn,
    /// Gradient boosting.
    Boosting,
    /// Logistic regression with an L2 penalty.
    Logistic,
}

impl LearnerName {
    /// The names of the learners that are tried.
    pub fn tried(self) -> &'static [&'static str] {
        match self {
            LearnerName::Best => &["logistic", "forest", "boosting"],
            LearnerName::Forest => &["forest"],
            LearnerName::ForestScikitLearn => &["forest_scikit_learn"],
            LearnerName::Boosting => &["boosting"],
            LearnerName::Logistic => &["logistic"],
        }
    }
}

/// How probabilities are made true.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Calibration {
    /// Isotonic from a thousand rows on, Platt's below; not at all where there is no later cut.
    #[default]
    Auto,
    /// Any increasing curve.
    Isotonic,
    /// A slope and a shift of the log-odds.
    Platt,
    /// As the learner says them.
    None,
}

/// How models are trained and judged.
#[derive(Clone, Copy, Debug)]
pub struct Protocol {
    /// What learns.
    pub learner: LearnerName,
    /// How probabilities are made true.
    pub calibration: Calibration,
    /// Rows learnt from at most, drawn at random where there are more.
    pub train_rows: usize,
    /// The seed of all that is drawn.
    pub seed: u64,
}

/// A model, and what it has seen.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The model.
    pub learnt: Learnt,
    /// The cuts it learnt from.
    pub learning: Vec<usize>,
    /// The cut it was calibrated on, and how.
    pub calibrating: Option<(usize, Method)>,
    /// The rows it learnt from.
    pub rows: Vec<usize>,
}

/// What a learner foretold of one cut or, without a cut, of all tested ones together.
#[derive(Clone, Debug)]
pub struct Tested {
    /// Name of the learner.
    pub learner: &'static str,
    /// The cut.
    pub cut: Option<usize>,
    /// How good it was.
    pub report: Report,
}

/// A backtest: every learner on every cut it could have been asked about.
#[derive(Clone, Debug)]
pub struct Backtest {
    /// Learner by learner, cut by cut, then all cuts together.
    pub tested: Vec<Tested>,
    /// The learner with the least log loss over all cuts.
    pub best: &'static str,
    /// The best learner's model of the last tested cut, which it has not seen.
    pub last: (Trained, usize),
    /// Cuts that could not be tested, and why.
    pub skipped: Vec<(usize, LearnError)>,
}

/// The cuts whose labels are known when a cut's date is over.
pub fn known_before(sample: &Sample, cut: usize) -> Vec<usize> {
    let Some(own) = sample.cuts.get(cut) else { return Vec::new() };
    let is_known = |other: &usize| {
        let other = sample.cuts.get(*other);
        other.is_some_and(|other| other.complete && other.horizon_end <= own.date)
    };
    (0..sample.cuts.len()).filter(is_known).collect()
}

/// Trains on some cuts, the last of which calibrates where there is more than one.
///
/// # Errors
/// Whatever the learner refuses.
pub fn train(
    sample: &Sample,
    cuts: &[usize],
    learner: &str,
    protocol: &Protocol,
) -> Result<Trained, LearnError> {
    let (calibrating, learning) = match (protocol.calibration, cuts) {
        (Calibration::None, _) | (_, [] | [_]) => (None, cuts),
        (_, [learning @ .., last]) => (Some(*last), learning),
    };
    let (rows, labels) = labelled(sample, learning);
    let (rows, labels) = thinned(rows, labels, protocol.train_rows, protocol.seed);
    let settings = Settings::named(learner, protocol.seed, N_THREADS)?;
    let learnt = settings.learn(&sample.table.take(&rows)?, &labels, None)?;
    let curve = match calibrating {
        Some(cut) => curve(sample, &learnt, cut, protocol.calibration)?,
        None => None,
    };
    let (curve, calibrating) = match (curve, calibrating) {
        (Some((curve, method)), Some(cut)) => (Some(curve), Some((cut, method))),
        _ => (None, None),
    };
    Ok(Trained { learnt: learnt.calibrated(curve), learning: learning.to_vec(), calibrating, rows })
}

/// The curve a cut gives; none where `auto` finds one class only.
fn curve(
    sample: &Sample,
    learnt: &Learnt,
    cut: usize,
    calibration: Calibration,
) -> Result<Option<(Calibrator, Method)>, LearnError> {
    let (rows, labels) = sample.labelled(cut);
    let is_one_class = !labels.contains(&true) || !labels.contains(&false);
    if calibration == Calibration::Auto && is_one_class {
        return Ok(None);
    }
    let method = match calibration {
        Calibration::Isotonic => Method::Isotonic,
        Calibration::Auto if rows.len() >= ENOUGH_FOR_ISOTONIC => Method::Isotonic,
        Calibration::Auto | Calibration::Platt | Calibration::None => Method::Platt,
    };
    let raw = learnt.probabilities(&sample.table.take(&rows)?)?;
    Ok(Some((Calibrator::fit(method, &raw, &labels, None)?, method)))
}

/// Every learner of the protocol, on every cut before which labels were known.
///
/// # Errors
/// Whatever the learners refuse, where no cut can be tested; `no_rows` where no cut has a known one
/// before it.
pub fn backtest(sample: &Sample, protocol: &Protocol) -> Result<Backtest, LearnError> {
    let mut tested: Vec<Tested> = Vec::new();
    let mut skipped = Vec::new();
    let mut best: Option<(f64, &'static str, (Trained, usize))> = None;
    for &learner in protocol.learner.tried() {
        let (mut all, mut truth, mut last) = (Vec::new(), Vec::new(), None);
        for cut in sample.labelled_cuts() {
            let known = known_before(sample, cut);
            if known.is_empty() {
                continue;
            }
            match test(sample, &known, cut, learner, protocol) {
                Ok((trained, found, labels)) => {
                    let report = Report::of(&found, &labels)?;
                    tested.push(Tested { learner, cut: Some(cut), report });
                    all.extend(found);
                    truth.extend(labels);
                    last = Some((trained, cut));
                }
                Err(error) => skipped.push((cut, error)),
            }
        }
        let Some(last) = last else { continue };
        let report = Report::of(&all, &truth)?;
        if best.as_ref().is_none_or(|(least, ..)| report.log_loss < *least) {
            best = Some((report.log_loss, learner, last));
        }
        tested.push(Tested { learner, cut: None, report });
    }
    skipped.dedup();
    match best {
        Some((_, best, last)) => Ok(Backtest { tested, best, last, skipped }),
        None => Err(skipped.pop().map_or(LearnError::NoRows, |(_, error)| error)),
    }
}

/// What a model trained on some cuts says of a later one, and what happened.
fn test(
    sample: &Sample,
    known: &[usize],
    cut: usize,
    learner: &'static str,
    protocol: &Protocol,
) -> Result<(Trained, Vec<f64>, Vec<bool>), LearnError> {
    let (rows, labels) = sample.labelled(cut);
    // Nothing can be ranked where everybody stays.
    perennial_models::learn::check_labels(rows.len(), &labels, None)?;
    let trained = train(sample, known, learner, protocol)?;
    let found = trained.learnt.probabilities(&sample.table.take(&rows)?)?;
    Ok((trained, found, labels))
}

/// The rows of some cuts whose labels are known.
pub fn labelled(sample: &Sample, cuts: &[usize]) -> (Vec<usize>, Vec<bool>) {
    let (mut rows, mut labels) = (Vec::new(), Vec::new());
    for &cut in cuts {
        let (own, left) = sample.labelled(cut);
        rows.extend(own);
        labels.extend(left);
    }
    (rows, labels)
}

/// At most so many of the rows, drawn at random and left in order.
pub fn thinned(
    rows: Vec<usize>,
    labels: Vec<bool>,
    at_most: usize,
    seed: u64,
) -> (Vec<usize>, Vec<bool>) {
    if rows.len() <= at_most {
        return (rows, labels);
    }
    let mut order: Vec<usize> = (0..rows.len()).collect();
    Random::stream(seed, 0).shuffle(&mut order);
    order.truncate(at_most);
    order.sort_unstable();
    order.into_iter().filter_map(|place| Some((*rows.get(place)?, *labels.get(place)?))).unzip()
}
