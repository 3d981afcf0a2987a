//! A few factors behind many measures.

use perennial_models::factor::{Correlations, Extraction, FactorSettings, Rotation};
use perennial_models::learn::{Column, Table};

use super::Found;
use super::numbers::Numbers;

/// Three factors by each extraction and rotation. What is told of them does not depend on their
/// order and signs, which are free.
pub fn factors(numbers: &Numbers, _threads: usize) -> Found {
    let columns = numbers.but(&[]).into_iter();
    let columns = columns.map(|(name, values)| Column::numbers(name, values.to_vec()));
    let table = Table::new(columns.collect())?;
    let mut found = Vec::new();
    let extractions =
        [("ml", Extraction::MaximumLikelihood), ("minres", Extraction::MinimumResidual)];
    let rotations =
        [("none", Rotation::None), ("varimax", Rotation::Varimax), ("promax", Rotation::Promax)];
    for (method, extraction) in extractions {
        for (turned, rotation) in rotations {
            let analysis = FactorSettings { extraction, rotation }.fit(&table, 3)?;
            let loadings = || analysis.loadings.iter().flatten().copied();
            let fourth: f64 = loadings().map(|loading| loading.powi(4)).sum();
            let largest = loadings().map(f64::abs).fold(0.0, f64::max);
            found.push((format!("{method} {turned} fourth powers"), fourth));
            found.push((format!("{method} {turned} largest loading"), largest));
        }
    }
    let correlations = Correlations::of(&table)?;
    found.push(("sampling adequacy".to_owned(), correlations.sampling_adequacy().overall));
    found.push(("sphericity".to_owned(), correlations.sphericity().statistic));
    Ok(found)
}
