//! Factor analysis: twenty measures of usage are a few habits seen from many sides.
//!
//! Answers "what do these columns have in common?". Standardised columns `x` are supposed to be
//! sums of a few factors `f` that nobody measured, and of something of their own:
//!
//! `x = Λ f + e`, so the correlations are about `Λ Φ Λᵀ + Ψ`
//!
//! with loadings Λ (by column and factor), correlations Φ of the factors (none but after promax) and
//! uniquenesses Ψ. Extraction by maximum likelihood or least squares ([`Extraction`]), then a turn
//! ([`Rotation`]) that makes the factors easy to name. Whether there is anything to find is told by
//! [`Correlations::sampling_adequacy`] and [`Correlations::sphericity`], how many factors by
//! [`Correlations::parallel`] and [`Correlations::kaiser`], whether they are enough by
//! [`FactorAnalysis::sufficiency`].
//!
//! ```
//! use perennial_models::factor::FactorSettings;
//! use perennial_models::learn::{Column, Random, Table};
//! let mut random = Random::stream(1, 0);
//! // Six measures of one habit, each with something of its own.
//! let habit: Vec<f64> = (0..500).map(|_| random.normal()).collect();
//! let mut measure = |name| {
//!     Column::numbers(name, habit.iter().map(|habit| habit + random.normal()).collect())
//! };
//! let names = ["logins", "days", "minutes", "pages", "searches", "saves"];
//! let table = Table::new(names.map(&mut measure).to_vec())?;
//! let found = FactorSettings::default().fit(&table, 1)?;
//! assert!(found.loadings.iter().all(|row| (row[0] - 0.5_f64.sqrt()).abs() < 0.1));
//! # Ok::<(), perennial_models::factor::FactorError>(())
//! ```
//!
//! Limits: factors are a way to say much in few words, not things that were seen; other turns fit
//! as well. Missing values are refused. Agrees with R's psych to 1e-5 and
//! better.

mod adequacy;
mod correlations;
mod error;
mod extract;
mod number;
mod rotate;

use serde::{Deserialize, Serialize};

use crate::learn::{LearnError, Table};
use crate::linear::Symmetric;
use crate::special::chi_squared_upper;
pub use adequacy::{ChiSquaredTest, SamplingAdequacy};
pub use correlations::Correlations;
pub use error::FactorError;
pub use number::{Parallel, ParallelSettings};

/// What the factors reproduce best.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extraction {
    /// The likelihood of normal columns; says whether the factors are enough.
    MaximumLikelihood,
    /// The correlations between columns, by least squares; asks for no distribution.
    #[default]
    MinimumResidual,
}

/// How the factors are turned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// Not at all: the first factor explains as much as one can.
    None,
    /// Each column on few factors; the factors stay uncorrelated.
    #[default]
    Varimax,
    /// The same still more, and the factors may correlate.
    Promax,
}

/// How factors are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactorSettings {
    /// How they are extracted.
    pub extraction: Extraction,
    /// How they are turned.
    pub rotation: Rotation,
}

/// What a factor explains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explained {
    /// In variances of a column.
    pub variance: f64,
    /// The share of the variance of all columns.
    pub share: f64,
    /// The share of this factor and those before it.
    pub cumulative_share: f64,
}

/// Factors, those that explain most first, each with the sign that makes its loadings sum to
/// something positive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FactorAnalysis {
    /// The columns.
    pub names: Vec<String>,
    /// The rows they were found in.
    pub n_rows: usize,
    /// By column and factor: the weight of the factor in the column.
    pub loadings: Vec<Vec<f64>>,
    /// By factor and factor, where they may correlate.
    pub factor_correlations: Option<Vec<Vec<f64>>>,
    /// What each column shares with the factors, of a variance of 1.
    pub communalities: Vec<f64>,
    /// What each column has of its own.
    pub uniquenesses: Vec<f64>,
    /// One per factor.
    pub explained: Vec<Explained>,
    /// Whether so many factors are enough, for a likelihood with degrees of freedom left: small `p`
    /// says they are not (D. N. Lawley, A. E. Maxwell (1971), Factor Analysis as a Statistical
    /// Method, eq. 4.38 with Bartlett's factor).
    pub sufficiency: Option<ChiSquaredTest>,
    means: Vec<f64>,
    deviations: Vec<f64>,
    /// By column and factor: what a standardised value adds to the score.
    weights: Vec<Vec<f64>>,
}

/// The most factors that the correlations of `n_columns` columns can tell apart: there are no more
/// free loadings and uniquenesses than correlations.
#[must_use]
pub fn most_factors(n_columns: usize) -> usize {
    (1..n_columns).take_while(|&n_factors| degrees_left(n_columns, n_factors).is_some()).count()
}

/// ((p − k)² − p − k) / 2, where it is not negative.
fn degrees_left(n_columns: usize, n_factors: usize) -> Option<usize> {
    let rest = n_columns.checked_sub(n_factors)?;
    Some((rest * rest).checked_sub(n_columns + n_factors)? / 2)
}

impl FactorSettings {
    /// `n_factors` factors of the columns of `table`.
    ///
    /// # Errors
    /// See [`Correlations::of`] and [`FactorSettings::fit_correlations`].
    pub fn fit(&self, table: &Table, n_factors: usize) -> Result<FactorAnalysis, FactorError> {
        self.fit_correlations(&Correlations::of(table)?, n_factors)
    }

    /// `n_factors` factors of `correlations`.
    ///
    /// # Errors
    /// No factors or more than [`most_factors`]; a column that the best fit leaves no variance of
    /// its own; a search that does not settle.
    pub fn fit_correlations(
        &self,
        correlations: &Correlations,
        n_factors: usize,
    ) -> Result<FactorAnalysis, FactorError> {
        let n_columns = correlations.n_columns();
        let most = most_factors(n_columns);
        if n_factors == 0 || n_factors > most {
            return Err(FactorError::NumberOfFactors { n_factors, n_columns, most });
        }
        let extracted = extract::extract(correlations, n_factors, self.extraction)?;
        let sufficiency = match self.extraction {
            Extraction::MaximumLikelihood => sufficiency(correlations, &extracted)?,
            Extraction::MinimumResidual => None,
        };
        let rotated = in_order(&rotate::rotate(extracted.loadings, self.rotation)?);
        let structure = structure(&rotated);
        let communality = |(loadings, structure): (&Vec<f64>, &Vec<f64>)| dot(loadings, structure);
        let communalities: Vec<f64> =
            rotated.loadings.iter().zip(&structure).map(communality).collect();
        let as_rows = |matrix: &Symmetric| {
            let row = |i| (0..n_factors).map(|j| matrix.at(i, j)).collect();
            (0..n_factors).map(row).collect()
        };
        Ok(FactorAnalysis {
            names: correlations.names.clone(),
            n_rows: correlations.n_rows,
            explained: explained(&rotated.loadings, &structure),
            uniquenesses: communalities.iter().map(|communality| 1.0 - communality).collect(),
            communalities,
            sufficiency,
            means: correlations.means.clone(),
            deviations: correlations.deviations.clone(),
            weights: weights(correlations, &structure),
            factor_correlations: rotated.factor_correlations.as_ref().map(as_rows),
            loadings: rotated.loadings,
        })
    }
}

impl FactorAnalysis {
    /// How many factors there are.
    #[must_use]
    pub fn n_factors(&self) -> usize {
        self.explained.len()
    }

    /// By column and factor: their correlation. The loadings themselves, unless factors correlate.
    #[must_use]
    pub fn structure(&self) -> Vec<Vec<f64>> {
        let Some(correlations) = &self.factor_correlations else {
            return self.loadings.clone();
        };
        let row = |row: &Vec<f64>| correlations.iter().map(|other| dot(row, other)).collect();
        self.loadings.iter().map(row).collect()
    }

    /// By factor and row: the factors of each row as far as its columns tell, by regression
    /// (G. H. Thomson (1951), The Factorial Analysis of Human Ability): R⁻¹ times the structure, on
    /// columns standardised as in the rows that were learnt from.
    ///
    /// # Errors
    /// A column is not there, holds categories or has gaps.
    pub fn scores(&self, table: &Table) -> Result<Vec<Vec<f64>>, FactorError> {
        let mut scores = vec![vec![0.0; table.n_rows()]; self.n_factors()];
        for (place, name) in self.names.iter().enumerate() {
            let absent = || LearnError::ColumnAbsent { column: name.clone() };
            let column =
                table.columns().iter().find(|column| &column.name == name).ok_or_else(absent)?;
            let values = correlations::numbers(column)?;
            let (mean, deviation) = (self.means[place], self.deviations[place]);
            for (score, weight) in scores.iter_mut().zip(&self.weights[place]) {
                for (score, value) in score.iter_mut().zip(values) {
                    *score += weight * (value - mean) / deviation;
                }
            }
        }
        Ok(scores)
    }
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

/// Loadings times the correlations of the factors.
fn structure(rotated: &rotate::Rotated) -> Vec<Vec<f64>> {
    let turn = |row: &Vec<f64>| match &rotated.factor_correlations {
        Some(correlations) => correlations.times(row),
        None => row.clone(),
    };
    rotated.loadings.iter().map(turn).collect()
}

/// Factors by falling sums of squares, each with its better sign.
fn in_order(rotated: &rotate::Rotated) -> rotate::Rotated {
    let n_factors = rotated.loadings.first().map_or(0, Vec::len);
    let sum = |factor: usize, of: fn(f64) -> f64| -> f64 {
        rotated.loadings.iter().map(|row| of(row[factor])).sum()
    };
    let mut order: Vec<usize> = (0..n_factors).collect();
    order.sort_by(|&a, &b| sum(b, |one| one * one).total_cmp(&sum(a, |one| one * one)));
    let sign = |factor: usize| if sum(factor, |one| one) < 0.0 { -1.0 } else { 1.0 };
    let row =
        |row: &Vec<f64>| order.iter().map(|&factor| sign(factor) * row[factor]).collect::<Vec<_>>();
    let turned = |matrix: &Symmetric| {
        let entry =
            |i: usize, j: usize| sign(order[i]) * sign(order[j]) * matrix.at(order[i], order[j]);
        Symmetric::new(n_factors, entry)
    };
    rotate::Rotated {
        loadings: rotated.loadings.iter().map(row).collect(),
        factor_correlations: rotated.factor_correlations.as_ref().map(turned),
    }
}

/// The variance of each factor in the columns: Σ loading × structure, which adds up to the
/// communalities.
fn explained(loadings: &[Vec<f64>], structure: &[Vec<f64>]) -> Vec<Explained> {
    let n_factors = loadings.first().map_or(0, Vec::len);
    let mut cumulative_share = 0.0;
    let one = |factor: usize| {
        let rows = loadings.iter().zip(structure);
        let variance: f64 = rows.map(|(loading, shared)| loading[factor] * shared[factor]).sum();
        let share = variance / loadings.len() as f64;
        cumulative_share += share;
        Explained { variance, share, cumulative_share }
    };
    (0..n_factors).map(one).collect()
}

/// R⁻¹ times the structure.
fn weights(correlations: &Correlations, structure: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let n_factors = structure.first().map_or(0, Vec::len);
    let mut weights = vec![Vec::with_capacity(n_factors); structure.len()];
    for factor in 0..n_factors {
        let column: Vec<f64> = structure.iter().map(|row| row[factor]).collect();
        for (row, weight) in weights.iter_mut().zip(correlations.inverse.times(&column)) {
            row.push(weight);
        }
    }
    weights
}

/// Whether the factors leave more than chance does; `None` where no degrees of freedom are left.
fn sufficiency(
    correlations: &Correlations,
    extracted: &extract::Extracted,
) -> Result<Option<ChiSquaredTest>, FactorError> {
    let n_columns = correlations.n_columns();
    let n_factors = extracted.loadings.first().map_or(0, Vec::len);
    let Some(degrees) = degrees_left(n_columns, n_factors).filter(|degrees| *degrees > 0) else {
        return Ok(None);
    };
    let entry = |i: usize, j: usize| {
        let own = if i == j { extracted.uniquenesses[i] } else { 0.0 };
        dot(&extracted.loadings[i], &extracted.loadings[j]) + own
    };
    let model = Symmetric::new(n_columns, entry).decompose()?;
    let inverse = model.inverse();
    let trace: f64 = (0..n_columns)
        .flat_map(|i| (0..n_columns).map(move |j| (i, j)))
        .map(|(i, j)| inverse.at(i, j) * correlations.at(j, i))
        .sum();
    let distance =
        model.ln_determinant() + trace - correlations.ln_determinant() - n_columns as f64;
    let factor = correlations.n_rows as f64
        - 1.0
        - (2.0 * n_columns as f64 + 5.0) / 6.0
        - 2.0 * n_factors as f64 / 3.0;
    let statistic = factor * distance;
    Ok(Some(ChiSquaredTest { statistic, degrees, p: chi_squared_upper(statistic, degrees) }))
}

#[cfg(test)]
mod tests;
