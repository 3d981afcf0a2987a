//! Related columns: which of them say the same, so that they are weighed together.
//!
//! Answers "orders, revenue and items all look important: is that one thing or three?". The
//! association of two columns lies between 0 and 1, whatever they hold:
//!
//! | columns | association | source |
//! |---|---|---|
//! | numbers and numbers | the magnitude of the rank correlation | C. Spearman (1904), American Journal of Psychology 15, 72–101 |
//! | numbers and categories | the correlation ratio η of the ranks | R. A. Fisher (1925), Statistical Methods for Research Workers, §45 |
//! | categories and categories | V | H. Cramér (1946), Mathematical Methods of Statistics, §21.9 |
//!
//! [`groups`] puts columns together whose mean association is high enough (average linkage:
//! R. R. Sokal, C. D. Michener (1958), University of Kansas Science Bulletin 38, 1409–1438).
//!
//! ```
//! use perennial_models::learn::{Column, Table};
//! use perennial_models::related::{associations, groups};
//! let orders = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
//! let revenue = vec![9.0, 20.0, 31.0, 45.0, 44.0, 70.0];
//! let age = vec![40.0, 30.0, 50.0, 20.0, 60.0, 35.0];
//! let table = Table::new(vec![
//!     Column::numbers("orders", orders),
//!     Column::numbers("revenue", revenue),
//!     Column::numbers("age", age),
//! ])?;
//! assert_eq!(groups(&associations(&table), 0.7), [vec![0, 1], vec![2]]);
//! # Ok::<(), perennial_models::learn::LearnError>(())
//! ```
//!
//! Limits: rows without one of two values do not count for that pair; ranks are taken among all rows
//! that have the value. Associations of categories with few rows each are too high.

use crate::learn::{Column, MISSING_CATEGORY, Table, Values};
use crate::linear::Symmetric;

/// A column as what is compared: ranks, or codes.
enum Compared<'a> {
    /// Mean ranks, NaN where missing.
    Ranks(Vec<f64>),
    Codes {
        codes: &'a [u32],
        n_labels: usize,
    },
}

fn compared(column: &Column) -> Compared<'_> {
    match &column.values {
        Values::Numbers(values) => Compared::Ranks(mean_ranks(values)),
        Values::Categories { codes, labels } => Compared::Codes { codes, n_labels: labels.len() },
    }
}

/// The association of each pair of columns, 0 to 1: 1 with itself, 0 where one of them is constant
/// or no row has both.
#[must_use]
pub fn associations(table: &Table) -> Symmetric {
    let columns: Vec<Compared<'_>> = table.columns().iter().map(compared).collect();
    let entry = |i: usize, j: usize| {
        if i == j { 1.0 } else { association(&columns[i], &columns[j]) }
    };
    Symmetric::new(columns.len(), entry)
}

/// Columns put together while the mean association between two groups is at least `threshold`:
/// groups by their first column, columns ascending.
#[must_use]
pub fn groups(associations: &Symmetric, threshold: f64) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = (0..associations.size()).map(|column| vec![column]).collect();
    let mean = |left: &[usize], right: &[usize]| -> f64 {
        let pairs = left.iter().flat_map(|&i| right.iter().map(move |&j| (i, j)));
        pairs.map(|(i, j)| associations.at(i, j)).sum::<f64>() / (left.len() * right.len()) as f64
    };
    loop {
        let mut nearest: Option<(f64, usize, usize)> = None;
        for right in 1..groups.len() {
            for left in 0..right {
                let closeness = mean(&groups[left], &groups[right]);
                if nearest.is_none_or(|(best, ..)| closeness > best) {
                    nearest = Some((closeness, left, right));
                }
            }
        }
        match nearest {
            Some((closeness, left, right)) if closeness >= threshold => {
                let joining = groups.remove(right);
                groups[left].extend(joining);
                groups[left].sort_unstable();
            }
            _ => return groups,
        }
    }
}

/// The rank of each value from 1, equal ones sharing their mean; NaN keeps none.
#[must_use]
pub fn mean_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).filter(|&row| !values[row].is_nan()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![f64::NAN; values.len()];
    let mut n_before = 0;
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let rank = n_before as f64 + 0.5 * (tied.len() + 1) as f64;
        tied.iter().for_each(|&row| ranks[row] = rank);
        n_before += tied.len();
    }
    ranks
}

fn association(left: &Compared<'_>, right: &Compared<'_>) -> f64 {
    let association = match (left, right) {
        (Compared::Ranks(left), Compared::Ranks(right)) => correlation(left, right).abs(),
        (Compared::Ranks(ranks), Compared::Codes { codes, n_labels })
        | (Compared::Codes { codes, n_labels }, Compared::Ranks(ranks)) => {
            correlation_ratio(ranks, codes, *n_labels)
        }
        (
            Compared::Codes { codes: left, n_labels: n_left },
            Compared::Codes { codes: right, n_labels: n_right },
        ) => cramers_v(left, *n_left, right, *n_right),
    };
    // Rounding may leave [0, 1]; a constant column divides 0 by 0.
    if association.is_nan() { 0.0 } else { association.clamp(0.0, 1.0) }
}

/// Pearson's correlation over rows that have both; NaN where one is constant.
fn correlation(left: &[f64], right: &[f64]) -> f64 {
    let both = || left.iter().zip(right).filter(|(a, b)| !a.is_nan() && !b.is_nan());
    let (mut n, mut left_sum, mut right_sum) = (0.0, 0.0, 0.0);
    for (a, b) in both() {
        n += 1.0;
        left_sum += a;
        right_sum += b;
    }
    let (left_mean, right_mean) = (left_sum / n, right_sum / n);
    let (mut product, mut left_square, mut right_square) = (0.0, 0.0, 0.0);
    for (a, b) in both() {
        let (a, b) = (a - left_mean, b - right_mean);
        product += a * b;
        left_square += a * a;
        right_square += b * b;
    }
    product / (left_square * right_square).sqrt()
}

/// √(squares between the categories / squares in all); NaN where the ranks are constant.
fn correlation_ratio(ranks: &[f64], codes: &[u32], n_labels: usize) -> f64 {
    let both = || {
        ranks.iter().zip(codes).filter(|(rank, code)| !rank.is_nan() && **code != MISSING_CATEGORY)
    };
    let mut of_label = vec![(0.0, 0.0); n_labels];
    for (rank, code) in both() {
        let (n, sum) = &mut of_label[*code as usize];
        *n += 1.0;
        *sum += rank;
    }
    let (n, sum) = of_label.iter().fold((0.0, 0.0), |all, one| (all.0 + one.0, all.1 + one.1));
    let mean = sum / n;
    let occurring = of_label.iter().filter(|(n, _)| *n > 0.0);
    let between: f64 = occurring.map(|(n, sum)| n * (sum / n - mean).powi(2)).sum();
    let total: f64 = both().map(|(rank, _)| (rank - mean).powi(2)).sum();
    (between / total).sqrt()
}

/// √(χ² / (n · (fewer categories − 1))) of the categories that occur; NaN where one column has one.
fn cramers_v(left: &[u32], n_left: usize, right: &[u32], n_right: usize) -> f64 {
    let mut cells = vec![0.0_f64; n_left * n_right];
    let both = left.iter().zip(right);
    for (a, b) in both.filter(|(a, b)| **a != MISSING_CATEGORY && **b != MISSING_CATEGORY) {
        cells[*a as usize * n_right + *b as usize] += 1.0;
    }
    let row = |a: usize| cells.iter().skip(a * n_right).take(n_right).sum::<f64>();
    let column = |b: usize| cells.iter().skip(b).step_by(n_right.max(1)).sum::<f64>();
    let rows: Vec<f64> = (0..n_left).map(row).collect();
    let columns: Vec<f64> = (0..n_right).map(column).collect();
    let n: f64 = rows.iter().sum();
    let mut chi_squared = 0.0;
    for (a, row) in rows.iter().enumerate().filter(|(_, row)| **row > 0.0) {
        for (b, column) in columns.iter().enumerate().filter(|(_, column)| **column > 0.0) {
            let expected = row * column / n;
            chi_squared += (cells[a * n_right + b] - expected).powi(2) / expected;
        }
    }
    let occurring = |sums: &[f64]| sums.iter().filter(|sum| **sum > 0.0).count();
    let fewer = occurring(&rows).min(occurring(&columns));
    (chi_squared / (n * (fewer as f64 - 1.0))).sqrt()
}

#[cfg(test)]
mod tests;
