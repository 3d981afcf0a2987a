//! How sure coefficients are where rows come in clusters: several cuts of one customer.

use std::collections::HashMap;

use super::design::Design;
use super::{Logistic, objective};
use crate::learn::{LearnError, Table};
use crate::linear::Symmetric;
use crate::special::chi_squared_upper;

/// Coefficients of an unpenalised fit with a covariance that holds although the rows of a cluster
/// are alike, and although the model is wrong in some way: H⁻¹ (Σ sᵍ sᵍᵀ) H⁻¹ · G/(G−1), with H the
/// Fisher information and sᵍ the sum of the scores of cluster `g` of `G` (K.-Y. Liang, S. L. Zeger
/// (1986), Biometrika 73, 13–22, with independent working correlations).
#[derive(Clone, Debug, PartialEq)]
pub struct Clustered {
    /// The terms, as [`Logistic::effects`] has them.
    pub names: Vec<String>,
    /// One per term, added to the log-odds by one unit more.
    pub coefficients: Vec<f64>,
    /// By term and term.
    pub covariance: Symmetric,
    /// How many clusters there are.
    pub n_clusters: usize,
}

impl Logistic {
    /// The coefficients with the covariance of `clusters`, a code per row of the table it was
    /// fitted on without weights.
    ///
    /// # Errors
    /// Lengths that differ; fewer clusters than terms; a table of other columns.
    pub fn clustered(
        &self,
        table: &Table,
        labels: &[bool],
        clusters: &[u32],
    ) -> Result<Clustered, LearnError> {
        let n_rows = table.n_rows();
        for (what, found) in [("labels", labels.len()), ("clusters", clusters.len())] {
            if found != n_rows {
                let what = format!("the list of {what}");
                return Err(LearnError::Length { what, found, expected: n_rows });
            }
        }
        let width = self.design.width();
        let rows = self.design.rows(table)?;
        let mut curvature = vec![0.0; width * width];
        let mut places: HashMap<u32, usize> = HashMap::new();
        let mut scores: Vec<f64> = Vec::new();
        for ((row, label), cluster) in rows.chunks_exact(width).zip(labels).zip(clusters) {
            let chance = objective::probability(objective::dot(row, &self.coefficients));
            let error = f64::from(u8::from(*label)) - chance;
            add_square(&mut curvature, row, chance * (1.0 - chance));
            let next = places.len();
            let place = *places.entry(*cluster).or_insert(next);
            scores.resize(places.len() * width, 0.0);
            let own = scores.iter_mut().skip(place * width);
            own.zip(row).for_each(|(sum, value)| *sum += error * value);
        }
        let n_clusters = places.len();
        if n_clusters <= width {
            let what = "the list of clusters, each counted once,".to_owned();
            return Err(LearnError::Length { what, found: n_clusters, expected: width + 1 });
        }
        let mut scatter = vec![0.0; width * width];
        scores.chunks_exact(width).for_each(|score| add_square(&mut scatter, score, 1.0));
        let correction = n_clusters as f64 / (n_clusters as f64 - 1.0);
        let whole = |cells: &[f64], factor: f64| {
            Symmetric::new(width, |i, j| factor * cells[i * width + j])
        };
        let inverse = whole(&curvature, 1.0).decompose()?.inverse();
        Ok(in_units(
            &self.design,
            &self.coefficients,
            &inverse,
            &whole(&scatter, correction),
            n_clusters,
        ))
    }
}

/// Adds `weight · row · rowᵀ`, the upper triangle.
fn add_square(cells: &mut [f64], row: &[f64], weight: f64) {
    for (i, (line, one)) in cells.chunks_exact_mut(row.len()).zip(row).enumerate() {
        let product = weight * one;
        line.iter_mut().zip(row).skip(i).for_each(|(sum, other)| *sum += product * other);
    }
}

/// The sandwich without the intercept, in the units of the table.
fn in_units(
    design: &Design,
    standardised: &[f64],
    inverse: &Symmetric,
    scatter: &Symmetric,
    n_clusters: usize,
) -> Clustered {
    let width = inverse.size();
    let column = |j: usize| -> Vec<f64> { (0..width).map(|i| inverse.at(i, j)).collect() };
    let pressed: Vec<Vec<f64>> = (0..width).map(|j| scatter.times(&column(j))).collect();
    let terms = design.terms();
    let entry = |i: usize, j: usize| {
        let product = objective::dot(&column(i + 1), &pressed[j + 1]);
        product / (terms[i].deviation * terms[j].deviation)
    };
    let unscaled = standardised.iter().skip(1).zip(terms);
    Clustered {
        names: terms.iter().map(|term| term.name.clone()).collect(),
        coefficients: unscaled.map(|(value, term)| value / term.deviation).collect(),
        covariance: Symmetric::new(terms.len(), entry),
        n_clusters,
    }
}

/// Wald's test that the coefficients of `terms` are all 0: the chance of an estimate this far from
/// that, by χ² with as many degrees as terms.
///
/// # Errors
/// The covariance of the terms is not positive definite.
pub fn wald(
    coefficients: &[f64],
    covariance: &Symmetric,
    terms: &[usize],
) -> Result<f64, LearnError> {
    let part = Symmetric::new(terms.len(), |i, j| covariance.at(terms[i], terms[j]));
    let own: Vec<f64> = terms.iter().map(|&term| coefficients[term]).collect();
    let solved = part.decompose()?.solve(&own)?;
    Ok(chi_squared_upper(objective::dot(&own, &solved), terms.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::{Column, Random};
    use crate::logistic::LogisticSettings;

    fn fitted(table: &Table, labels: &[bool]) -> Logistic {
        LogisticSettings::unpenalised().regress(table, labels, None).unwrap()
    }

    /// The log odds ratio of a fourfold table a b c d has the variance 1/a + 1/b + 1/c + 1/d
    /// (B. Woolf (1955), Annals of Human Genetics 19, 251–253), whatever the model.
    #[test]
    fn a_fourfold_table_has_woolfs_variance() {
        let cells = [(1.0, true, 30), (1.0, false, 10), (0.0, true, 25), (0.0, false, 45)];
        let rows: Vec<(f64, bool)> =
            cells.iter().flat_map(|&(x, label, n)| std::iter::repeat_n((x, label), n)).collect();
        let values = rows.iter().map(|row| row.0).collect();
        let labels: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let table = Table::new(vec![Column::numbers("treated", values)]).unwrap();
        let alone: Vec<u32> = (0..labels.len() as u32).collect();
        let found = fitted(&table, &labels).clustered(&table, &labels, &alone).unwrap();
        assert!((found.coefficients[0] - (30.0_f64 * 45.0 / (10.0 * 25.0)).ln()).abs() < 1e-9);
        let woolf = 1.0 / 30.0 + 1.0 / 10.0 + 1.0 / 25.0 + 1.0 / 45.0;
        let n = labels.len() as f64;
        assert!((found.covariance.at(0, 0) - woolf * n / (n - 1.0)).abs() < 1e-9, "{found:?}");
        let p = wald(&found.coefficients, &found.covariance, &[0]).unwrap();
        let z = found.coefficients[0] / found.covariance.at(0, 0).sqrt();
        assert!((p - crate::special::two_sided_p(z)).abs() < 1e-12);
    }

    /// Rows said three times over by the same customers tell no more than said once.
    #[test]
    fn repeated_rows_of_a_cluster_tell_nothing_new() {
        let mut random = Random::stream(6, 0);
        let x: Vec<f64> = (0..300).map(|_| random.normal()).collect();
        let y: Vec<f64> = (0..300).map(|_| random.normal()).collect();
        let labels: Vec<bool> =
            x.iter().map(|x| random.unit() < 1.0 / (1.0 + (-x).exp())).collect();
        let columns = |times: usize| {
            let columns =
                vec![Column::numbers("x", x.repeat(times)), Column::numbers("y", y.repeat(times))];
            Table::new(columns).unwrap()
        };
        let of = |times: usize| {
            let (table, labels) = (columns(times), labels.repeat(times));
            let clusters: Vec<u32> = (0..300).collect::<Vec<_>>().repeat(times);
            fitted(&table, &labels).clustered(&table, &labels, &clusters).unwrap()
        };
        let (once, thrice) = (of(1), of(3));
        for (i, j) in [(0, 0), (0, 1), (1, 1)] {
            let (a, b) = (once.covariance.at(i, j), thrice.covariance.at(i, j));
            assert!((a - b).abs() < 1e-9 * a.abs().max(1e-3), "{a} {b}");
        }
        assert_eq!((once.n_clusters, thrice.n_clusters), (300, 300));
        let few = fitted(&columns(1), &labels).clustered(&columns(1), &labels, &[0; 300]);
        assert_eq!(few.unwrap_err().code(), "length");
    }
}
