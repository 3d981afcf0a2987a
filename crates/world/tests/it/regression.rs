//! Exponential regression of leaving on what is known at sign-up, as an analyst would fit it.

/// Estimates and standard errors of the log hazards of `rows`' columns, from whether each left
/// and after how long: maximum likelihood of `Σ left η − days exp(η)` by Newton's method.
pub(crate) fn exponential(rows: &[Vec<f64>], left: &[bool], days: &[f64]) -> Vec<(f64, f64)> {
    let n_columns = rows[0].len();
    let mut beta = vec![0.0; n_columns];
    // Start from the crude rate, the first column being the intercept.
    let n_left = left.iter().filter(|&&has_left| has_left).count() as f64;
    beta[0] = (n_left / days.iter().sum::<f64>()).ln();
    let mut inverse = Vec::new();
    for _ in 0..12 {
        let mut gradient = vec![0.0; n_columns];
        let mut hessian = vec![vec![0.0; n_columns]; n_columns];
        for ((row, &has_left), &time) in rows.iter().zip(left).zip(days) {
            let eta: f64 = row.iter().zip(&beta).map(|(x, b)| x * b).sum();
            let expected = time * eta.exp();
            for i in 0..n_columns {
                gradient[i] += row[i] * (f64::from(u8::from(has_left)) - expected);
                for j in 0..n_columns {
                    hessian[i][j] += row[i] * row[j] * expected;
                }
            }
        }
        inverse = invert(hessian);
        for (i, b) in beta.iter_mut().enumerate() {
            *b += inverse[i].iter().zip(&gradient).map(|(h, g)| h * g).sum::<f64>();
        }
    }
    beta.into_iter().enumerate().map(|(i, b)| (b, inverse[i][i].sqrt())).collect()
}

/// Gauss–Jordan with partial pivoting.
fn invert(mut matrix: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let n = matrix.len();
    for (i, row) in matrix.iter_mut().enumerate() {
        row.extend((0..n).map(|j| f64::from(u8::from(i == j))));
    }
    for pivot in 0..n {
        let best = (pivot..n)
            .max_by(|&a, &b| matrix[a][pivot].abs().total_cmp(&matrix[b][pivot].abs()))
            .unwrap();
        matrix.swap(pivot, best);
        let scale = matrix[pivot][pivot];
        matrix[pivot].iter_mut().for_each(|value| *value /= scale);
        let pivot_row = matrix[pivot].clone();
        for (i, row) in matrix.iter_mut().enumerate().filter(|(i, _)| *i != pivot) {
            let _ = i;
            let factor = row[pivot];
            row.iter_mut().zip(&pivot_row).for_each(|(value, p)| *value -= factor * p);
        }
    }
    matrix.into_iter().map(|row| row[n..].to_vec()).collect()
}
