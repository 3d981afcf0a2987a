//! Ranking: whether those who left stand above those who stayed, whatever the scores mean.

use serde::{Deserialize, Serialize};

use super::check_scores;
use crate::learn::LearnError;

/// Rows of one score: how many, and how many of them are `true`.
struct Tied {
    n_rows: usize,
    n_true: usize,
}

/// Groups of equal scores, highest first.
fn tied(scores: &[f64], labels: &[bool]) -> Vec<Tied> {
    let mut rows: Vec<(f64, bool)> = scores.iter().copied().zip(labels.iter().copied()).collect();
    rows.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    rows.chunk_by(|a, b| a.0 == b.0)
        .map(|group| Tied { n_rows: group.len(), n_true: group.iter().filter(|row| row.1).count() })
        .collect()
}

/// The area under the ROC curve: the share of pairs of a `true` and a `false` row in which the
/// `true` one scores higher, equal scores counting half.
///
/// # Errors
/// Lengths that differ, one label only, a score that is NaN.
pub fn auc(scores: &[f64], labels: &[bool]) -> Result<f64, LearnError> {
    check_scores(scores, labels)?;
    let (mut n_true_above, mut n_false, mut pairs) = (0_usize, 0_usize, 0.0);
    for group in tied(scores, labels) {
        let n_false_here = group.n_rows - group.n_true;
        pairs += n_false_here as f64 * (n_true_above as f64 + group.n_true as f64 / 2.0);
        n_true_above += group.n_true;
        n_false += n_false_here;
    }
    Ok(pairs / (n_true_above as f64 * n_false as f64))
}

/// Average precision: precision at each threshold, weighted by the recall it adds, without
/// interpolation.
///
/// # Errors
/// Lengths that differ, one label only, a score that is NaN.
pub fn average_precision(scores: &[f64], labels: &[bool]) -> Result<f64, LearnError> {
    check_scores(scores, labels)?;
    let (mut n_called, mut n_caught, mut sum) = (0_usize, 0_usize, 0.0);
    for group in tied(scores, labels) {
        n_called += group.n_rows;
        n_caught += group.n_true;
        sum += group.n_true as f64 * n_caught as f64 / n_called as f64;
    }
    Ok(sum / n_caught as f64)
}

/// What calling the highest scores would find.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Top {
    /// The share of the rows asked for.
    pub share: f64,
    /// The rows that is, rounded down.
    pub n_rows: usize,
    /// How many of them are `true`. Rows that tie at the last place count with their mean, so this
    /// need not be whole.
    pub n_caught: f64,
    /// How many times more often they are `true` than a row taken at random.
    pub lift: f64,
    /// Which share of all that are `true` they are.
    pub capture: f64,
}

/// What calling the `share` highest scores would find; `None` when that is less than one row.
///
/// # Errors
/// Lengths that differ, one label only, a score that is NaN, a share outside 0 to 1.
pub fn top_share(scores: &[f64], labels: &[bool], share: f64) -> Result<Option<Top>, LearnError> {
    check_scores(scores, labels)?;
    if !(0.0..=1.0).contains(&share) {
        return Err(LearnError::Setting {
            name: "share",
            value: share.to_string(),
            allowed: "0 to 1",
        });
    }
    // A hair more than the product, so that 0.07 of 100 is 7 rows and not 6.
    let n_rows = (scores.len() as f64 * share * (1.0 + f64::EPSILON)) as usize;
    if n_rows == 0 {
        return Ok(None);
    }
    let (mut n_left, mut n_caught, mut n_true) = (n_rows, 0.0, 0_usize);
    for group in tied(scores, labels) {
        let n_taken = group.n_rows.min(n_left);
        n_caught += group.n_true as f64 * n_taken as f64 / group.n_rows as f64;
        n_left -= n_taken;
        n_true += group.n_true;
    }
    let capture = n_caught / n_true as f64;
    let lift = capture * scores.len() as f64 / n_rows as f64;
    Ok(Some(Top { share, n_rows, n_caught, lift, capture }))
}
