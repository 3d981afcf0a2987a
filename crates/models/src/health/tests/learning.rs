//! Learned weights: planted ones are found, the minimum is one, and no measure is turned round.

use super::super::*;
use crate::learn::{Column, Random, Table};
use crate::logistic::LogisticSettings;

/// Ranks of three measures, of which the first drives leaving most, the second less, the third not;
/// and one that goes the other way.
fn planted(n: usize, seed: u64) -> (Vec<Vec<f64>>, Vec<bool>) {
    let mut random = Random::stream(seed, 0);
    let mut uniform = || random.below(1 << 30) as f64 / f64::from(1 << 30);
    let mut columns = vec![Vec::new(); 4];
    let mut left = Vec::new();
    for _ in 0..n {
        let row = [uniform(), uniform(), uniform(), uniform()];
        let stays = 1.0 + 4.0 * (row[0] - 0.5) + 2.0 * (row[1] - 0.5) - 1.5 * (row[3] - 0.5);
        left.push(uniform() < 1.0 / (1.0 + f64::exp(stays)));
        columns.iter_mut().zip(row).for_each(|(column, rank)| column.push(rank));
    }
    (columns, left)
}

#[test]
fn planted_weights_are_found_and_none_is_turned_round() {
    let (columns, left) = planted(20_000, 3);
    let settings = MonotoneSettings { l2: 0.0, ..MonotoneSettings::default() };
    let found = learn(settings, &columns, &left).unwrap();
    let [first, second, third, fourth] = found.coefficients[..] else { panic!() };
    assert!((first - 4.0).abs() < 0.25 && (second - 2.0).abs() < 0.25, "{found:?}");
    assert!(third < 0.2 && fourth == 0.0, "{found:?}");
    let weights = found.weights().unwrap();
    let shares: Vec<f64> = weights.shares().collect();
    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12 && shares[0] > shares[1]);
    // A better rank of anything never raises the risk.
    let risk = |ranks: [f64; 4]| found.probability(&ranks.map(Some));
    assert!(
        risk([0.6, 0.5, 0.5, 0.5]) < risk([0.5; 4]) && risk([0.5, 0.5, 0.5, 1.0]) <= risk([0.5; 4])
    );
    assert_eq!(found.probability(&[None; 4]), risk([0.5; 4]), "missing is middling");
}

#[test]
fn where_no_bound_is_touched_it_is_the_logistic_regression() {
    let (mut columns, left) = planted(4_000, 9);
    columns.truncate(2);
    let settings = MonotoneSettings { l2: 0.0, ..MonotoneSettings::default() };
    let found = learn(settings, &columns, &left).unwrap();
    let names = ["a", "b"].into_iter().zip(&columns);
    let table =
        Table::new(names.map(|(name, column)| Column::numbers(name, column.clone())).collect())
            .unwrap();
    let free = LogisticSettings::unpenalised().regress(&table, &left, None).unwrap();
    assert!((found.log_likelihood - free.log_likelihood()).abs() < 1e-6);
    for (own, effect) in found.coefficients.iter().zip(free.effects()) {
        assert!((own + effect.odds_ratio.ln()).abs() < 1e-5, "{own} {}", effect.odds_ratio.ln());
    }
}

/// Kuhn and Tucker: no gradient where a coefficient is free, none that pulls inward at its bound.
#[test]
fn the_end_is_the_minimum() {
    for (seed, l2) in [(1, 0.0), (2, 1.0), (3, 50.0)] {
        let (columns, left) = planted(600, seed);
        let settings = MonotoneSettings { l2, ..MonotoneSettings::default() };
        let found = learn(settings, &columns, &left).unwrap();
        let mut gradient = [0.0; 5];
        for (row, left) in left.iter().enumerate() {
            let ranks: Vec<Option<f64>> = columns.iter().map(|column| Some(column[row])).collect();
            let error = f64::from(u8::from(*left)) - found.probability(&ranks);
            gradient[0] += error;
            for (slope, column) in gradient[1..].iter_mut().zip(&columns) {
                *slope += error * (column[row] - 0.5);
            }
        }
        assert!(gradient[0].abs() < 1e-3, "{gradient:?}");
        for (slope, b) in gradient[1..].iter().zip(&found.coefficients) {
            let slope = slope + l2 * b;
            assert!(if *b > 0.0 { slope.abs() < 1e-3 } else { slope > -1e-3 }, "{slope} {b}");
        }
    }
}

#[test]
fn what_cannot_be_learned_is_refused() {
    let settings = MonotoneSettings::default();
    let code =
        |columns: &[Vec<f64>], left: &[bool]| learn(settings, columns, left).unwrap_err().code();
    assert_eq!(code(&[vec![0.1, 0.2]], &[true, true]), "one_class");
    assert_eq!(code(&[vec![0.1]], &[true, false]), "length");
    assert_eq!(code(&[vec![0.1, 7.0]], &[true, false]), "not_finite");
    let bad = MonotoneSettings { l2: f64::NAN, ..settings };
    assert_eq!(learn(bad, &[vec![0.1, 0.2]], &[true, false]).unwrap_err().code(), "setting");
    // Whoever ranks higher leaves: the measure is the wrong way round.
    let turned = learn(settings, &[vec![0.1, 0.2, 0.8, 0.9]], &[false, false, true, true]).unwrap();
    assert_eq!(turned.weights().unwrap_err(), HealthError::NothingLearned { n_dimensions: 1 });
}
