//! Folds: every row is judged by a model that has not seen it, and every fold has its share of both
//! labels.

use super::{LearnError, Random};

/// The fold of each row, `0..n_folds`: rows of each label are shuffled and dealt out in turn, so
/// that folds differ by at most one row of either label.
///
/// # Errors
/// Fewer than 2 folds, or fewer rows of a label than folds.
pub fn stratified_folds(
    labels: &[bool],
    n_folds: usize,
    seed: u64,
) -> Result<Vec<usize>, LearnError> {
    if n_folds < 2 {
        return Err(LearnError::Setting {
            name: "n_folds",
            value: n_folds.to_string(),
            allowed: "2 or more",
        });
    }
    let mut folds = vec![0; labels.len()];
    for label in [false, true] {
        let mut rows: Vec<usize> =
            (0..labels.len()).filter(|&row| labels.get(row) == Some(&label)).collect();
        if rows.len() < n_folds {
            return Err(LearnError::TooFewRows { label, n_rows: rows.len(), needed: n_folds });
        }
        Random::stream(seed, u64::from(label)).shuffle(&mut rows);
        for (place, row) in rows.into_iter().enumerate() {
            // The second label is dealt from the other end, so that no fold gets both odd rows.
            let fold = place % n_folds;
            folds[row] = if label { n_folds - 1 - fold } else { fold };
        }
    }
    Ok(folds)
}
