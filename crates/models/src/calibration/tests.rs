use proptest::prelude::*;

use super::*;
use crate::learn::Random;
use crate::metrics::expected_calibration_error;

fn fit(method: Method, scores: &[f64], labels: &[bool]) -> Calibrator {
    Calibrator::fit(method, scores, labels, None).unwrap()
}

#[test]
fn pools_neighbours_that_are_out_of_order() {
    // Levels 0, then 1 and 0 pooled to 1/2 (twice), then 1; the ends by Laplace's rule.
    let scores = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
    let labels = [false, true, false, true, false, true];
    let Calibrator::Isotonic(curve) = fit(Method::Isotonic, &scores, &labels) else {
        panic!("isotonic was asked for")
    };
    let corners = curve.corners();
    assert_eq!(corners, [(0.1, 1.0 / 3.0), (0.2, 0.5), (0.5, 0.5), (0.6, 2.0 / 3.0)]);
    assert_eq!([0.0, 0.3].map(|score| curve.apply(score)), [1.0 / 3.0, 0.5]);
    assert!((curve.apply(0.15) - 2.5 / 6.0).abs() < 1e-12);
    assert!(curve.apply(f64::NAN).is_nan());
}

#[test]
fn equal_scores_are_one_point_whatever_the_order_of_the_rows() {
    let curve = |labels: &[bool]| fit(Method::Isotonic, &[0.3, 0.3, 0.3, 0.7], labels);
    let one = curve(&[true, false, false, true]);
    assert_eq!(one, curve(&[false, false, true, true]));
    assert!((one.apply(0.3) - 1.0 / 3.0).abs() < 1e-12);
}

#[test]
fn an_end_is_as_sure_as_its_rows_make_it() {
    // Of 98 nobody and of 8 everybody: 1 in 100 and 9 in 10, with an even chance between them.
    let pool = |score: f64, n: usize, n_true: usize| (0..n).map(move |row| (score, row < n_true));
    let rows = pool(0.1, 98, 0).chain(pool(0.5, 10, 5)).chain(pool(0.9, 8, 8));
    let (scores, labels): (Vec<f64>, Vec<bool>) = rows.unzip();
    let curve = fit(Method::Isotonic, &scores, &labels);
    let levels = [0.1, 0.5, 0.9].map(|score| curve.apply(score));
    for (level, expected) in levels.into_iter().zip([0.01, 0.5, 0.9]) {
        assert!((level - expected).abs() < 1e-12, "{levels:?}");
    }
    // One row that stayed says 1 in 3, which the next thousand rows know better: they are one pool.
    let rows = pool(0.1, 1, 0).chain(pool(0.5, 999, 100)).chain(pool(0.9, 2, 2));
    let (scores, labels): (Vec<f64>, Vec<bool>) = rows.unzip();
    let curve = fit(Method::Isotonic, &scores, &labels);
    assert_eq!([0.1, 0.5].map(|score| curve.apply(score)), [0.1, 0.1]);
    assert!((curve.apply(0.9) - 0.75).abs() < 1e-12);
}

/// Scores that are too bold: the true log-odds are half of theirs, plus ½.
fn bold(n_rows: usize) -> (Vec<f64>, Vec<bool>) {
    let mut random = Random::stream(8, 0);
    let row = |_| {
        let log_odds = random.unit() * 6.0 - 3.0;
        let happens = random.unit() < crate::logistic::probability(log_odds / 2.0 + 0.5);
        (crate::logistic::probability(log_odds), happens)
    };
    (0..n_rows).map(row).unzip()
}

#[test]
fn platts_curve_finds_a_planted_slope_and_shift() {
    let (scores, labels) = bold(100_000);
    let Calibrator::Platt(curve) = fit(Method::Platt, &scores, &labels) else {
        panic!("Platt's was asked for")
    };
    assert!((curve.slope - 0.5).abs() < 0.02 && (curve.shift - 0.5).abs() < 0.02, "{curve:?}");
}

#[test]
fn both_curves_mend_what_was_too_bold() {
    let (scores, labels) = bold(20_000);
    let before = expected_calibration_error(&scores[10_000..], &labels[10_000..]).unwrap();
    assert!(before > 0.1, "{before}");
    for method in [Method::Isotonic, Method::Platt] {
        let calibrator = fit(method, &scores[..10_000], &labels[..10_000]);
        let after: Vec<f64> = scores[10_000..].iter().map(|&one| calibrator.apply(one)).collect();
        let after = expected_calibration_error(&after, &labels[10_000..]).unwrap();
        // A bin of a thousand rows is off by .012 by chance alone.
        assert!(after < 0.03, "{method:?} {after}");
    }
}

#[test]
fn equal_scores_become_the_base_rate() {
    let labels: Vec<bool> = (0..1000).map(|row| row < 300).collect();
    for method in [Method::Isotonic, Method::Platt] {
        let found = fit(method, &[0.5; 1000], &labels).apply(0.5);
        assert!((found - 0.3).abs() < 2e-3, "{method:?} {found}");
    }
}

#[test]
fn what_is_no_probability_is_refused() {
    let code = |scores: &[f64], labels: &[bool]| {
        Calibrator::fit(Method::Platt, scores, labels, None).unwrap_err().code()
    };
    assert_eq!(code(&[0.1, 1.5], &[true, false]), "score");
    assert_eq!(code(&[0.1, 0.5], &[true, true]), "one_class");
    assert_eq!(code(&[0.1], &[true, false]), "length");
}

proptest! {
    #[test]
    fn the_curve_never_falls_and_no_increasing_curve_is_nearer(
        rows in prop::collection::vec((0_u8..10, any::<bool>()), 2..40),
    ) {
        let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.0) / 10.0).collect();
        let labels: Vec<bool> = rows.iter().map(|row| row.1).collect();
        prop_assume!(labels.contains(&true) && labels.contains(&false));
        let curve = fit(Method::Isotonic, &scores, &labels);
        let level = |place: u8| curve.apply(f64::from(place) / 10.0);
        for place in 0..9 {
            prop_assert!(level(place) <= level(place + 1));
            prop_assert!(level(place) > 0.0 && level(place + 1) < 1.0);
        }
        let pools = Isotonic::pools(&scores, &labels, None);
        // The minimum of a convex problem: the level of scores up to `a` of a pool is never below
        // its mean, nor that of the rest above it (min-max formula of Ayer et al.).
        for place in rows.iter().map(|row| row.0) {
            let mean = |from: u8, to: u8| {
                let inside: Vec<f64> = rows
                    .iter()
                    .filter(|row| (from..=to).contains(&row.0))
                    .map(|row| f64::from(u8::from(row.1)))
                    .collect();
                (!inside.is_empty()).then(|| inside.iter().sum::<f64>() / inside.len() as f64)
            };
            let least_of = |from: u8| {
                (place..10).filter_map(|to| mean(from, to)).fold(f64::INFINITY, f64::min)
            };
            let expected = (0..=place).map(least_of).fold(f64::NEG_INFINITY, f64::max);
            let score = f64::from(place) / 10.0;
            let own = pools.iter().find(|pool| pool.first <= score && score <= pool.last);
            prop_assert!((own.unwrap().level() - expected).abs() < 1e-9);
        }
    }
}
