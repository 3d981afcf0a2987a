//! The published cohorts of the sBG, and cohorts drawn from each shape itself.

use super::*;
use crate::lifetime::sbg;

const REGULAR: [u64; 13] = [1000, 631, 468, 382, 326, 289, 262, 241, 223, 207, 194, 183, 173];

fn cohort(there: &[u64], n_periods: usize) -> Cohort {
    let pairs = there.windows(2).take(n_periods);
    Cohort { n_started: there[0], n_lost: pairs.map(|pair| pair[0] - pair[1]).collect() }
}

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance, "{got} for {expected}");
}

/// Cohorts that follow a curve exactly but for rounding, started one period after the other.
fn followed(curve: &StayCurve, n_cohorts: usize) -> Vec<Cohort> {
    let there = |n_periods: usize| -> Vec<u64> {
        (0..=n_periods).map(|t| (100_000.0 * curve.survival(t as u32)).round() as u64).collect()
    };
    (1..=n_cohorts).map(|n_periods| cohort(&there(n_periods), n_periods)).collect()
}

fn curves() -> [StayCurve; 4] {
    let curve = |shape, parameters: &[f64]| StayCurve { shape, parameters: parameters.to_vec() };
    [
        curve(Shape::Sbg, &[0.7, 1.2]),
        curve(Shape::Exponential, &[0.15]),
        curve(Shape::Weibull, &[6.0, 0.6]),
        curve(Shape::Power, &[0.4, 0.5]),
    ]
}

#[test]
fn the_sbg_is_that_of_fader_and_hardie_2007() {
    let counts = Counts::new(&[cohort(&REGULAR, 7)]).unwrap();
    let found = fit(Shape::Sbg, &counts).unwrap();
    close(found.curve.parameters[0], 0.7041, 1e-3);
    close(found.curve.parameters[1], 1.1820, 1e-3);
    close(found.fit.log_likelihood, -1680.2652, 1e-3);
    close(100.0 * found.curve.survival(12), 17.00, 0.006);
    // Cohorts of several lengths give the counts, and the counts the same fit.
    let several = [cohort(&REGULAR, 7), cohort(&REGULAR, 3), cohort(&REGULAR, 5)];
    let together = sbg::fit(&several).unwrap();
    let counted = fit(Shape::Sbg, &Counts::new(&several).unwrap()).unwrap();
    close(counted.fit.log_likelihood, together.fit.log_likelihood, 1e-6);
}

#[test]
fn every_shape_finds_the_curve_that_made_the_cohorts_and_beats_the_others_on_it() {
    for truth in curves() {
        let cohorts = followed(&truth, 12);
        let counts = Counts::new(&cohorts).unwrap();
        let found = fit(truth.shape, &counts).unwrap();
        for (got, expected) in found.curve.parameters.iter().zip(&truth.parameters) {
            close(*got, *expected, 0.02 * expected);
        }
        assert!(found.error(&counts).unwrap() < 1e-4);
        let errors: Vec<f64> =
            Shape::ALL.iter().map(|shape| holdout(*shape, &cohorts, 4).unwrap().error).collect();
        let own = errors[Shape::ALL.iter().position(|shape| *shape == truth.shape).unwrap()];
        // The Weibull holds the exponential as the case of shape 1: there they tie.
        assert!(errors.iter().all(|error| own <= error + 2e-4), "{:?}: {errors:?}", truth.shape);
        let gains = Shape::ALL.map(|shape| fit(shape, &counts).unwrap().fit.log_likelihood);
        assert!(gains.iter().all(|other| *other <= found.fit.log_likelihood + 0.5), "{gains:?}");
    }
}

#[test]
fn the_gradient_is_that_of_the_likelihood() {
    // At the maximum every free slope vanishes: a coordinate a little aside is worse on both sides.
    let counts = Counts::new(&followed(&curves()[2], 9)).unwrap();
    for shape in [Shape::Exponential, Shape::Weibull, Shape::Power] {
        let found = fit(shape, &counts).unwrap();
        let likelihood = |parameters: &[f64]| {
            let curve = StayCurve { shape, parameters: parameters.to_vec() };
            let s = |t: usize| curve.survival(t as u32);
            let lost = (1..).zip(&counts.lost).map(|(t, n)| *n as f64 * (s(t - 1) - s(t)).ln());
            let kept = (1..).zip(&counts.kept).map(|(t, n)| *n as f64 * s(t).ln());
            lost.sum::<f64>() + kept.sum::<f64>()
        };
        close(likelihood(&found.curve.parameters), found.fit.log_likelihood, 1e-3);
        for at in 0..found.curve.parameters.len() {
            for factor in [0.99, 1.01] {
                let mut aside = found.curve.parameters.clone();
                aside[at] *= factor;
                assert!(likelihood(&aside) < found.fit.log_likelihood, "{shape:?} {at}");
            }
        }
    }
}

#[test]
fn discounted_periods_are_the_closed_form_of_the_sbg() {
    let curve = &curves()[0];
    let model = sbg::Sbg { alpha: 0.7, beta: 1.2 };
    for discount in [0.01, 0.1] {
        let renewals = model.discounted_renewals(0, discount).unwrap();
        close(curve.discounted_periods(discount).unwrap(), 1.0 + renewals / (1.0 + discount), 1e-8);
    }
    // A geometric series: Σ e^(−λt) / (1+d)^t = 1 / (1 − e^(−λ)/(1+d)).
    let expected = 1.0 / (1.0 - (-0.15_f64).exp() / 1.1);
    close(curves()[1].discounted_periods(0.1).unwrap(), expected, 1e-10);
    assert_eq!(curve.discounted_periods(0.0).unwrap_err().code(), "bad_argument");
    close(curve.expected_periods(2), 1.0 + curve.survival(1), 1e-12);
    close(curve.retention(3), model.retention(3), 1e-12);
}

#[test]
fn intervals_hold_the_truth_about_as_often_as_they_say() {
    let truth = &curves()[2];
    let (mut n_held, n_worlds) = (0, 60);
    for world in 0..n_worlds {
        let mut random = crate::learn::Random::stream(world, 99);
        let there: Vec<u64> = {
            let stays: Vec<u32> = (0..600)
                .map(|_| {
                    let u = random.unit();
                    (0..10).take_while(|t| truth.survival(t + 1) > u).count() as u32
                })
                .collect();
            (0..=8).map(|t| stays.iter().filter(|stay| **stay >= t).count() as u64).collect()
        };
        let counts = Counts::new(&[cohort(&there, 8)]).unwrap();
        let draws = bootstrap(Shape::Weibull, &counts, 80, world).unwrap();
        let (low, high) = draws.interval(0.8, |curve| curve.survival(12)).unwrap();
        n_held += usize::from((low..=high).contains(&truth.survival(12)));
    }
    // 80 % of 60 is 48; four standard deviations are 12.
    assert!((36..=60).contains(&n_held), "{n_held} of {n_worlds}");
}

#[test]
fn one_outcome_and_few_customers_are_refused() {
    for shape in Shape::ALL {
        let code = |there: &[u64]| {
            fit(shape, &Counts::new(&[cohort(there, 9)]).unwrap()).unwrap_err().code()
        };
        assert_eq!(code(&[100, 100, 100]), "one_outcome");
        assert_eq!(code(&[100, 20, 0]), "one_outcome");
        assert_eq!(code(&[10, 5, 3]), "too_few_customers");
    }
    let more = Cohort { n_started: 5, n_lost: vec![6] };
    assert_eq!(Counts::new(&[more]).unwrap_err().code(), "bad_row");
}

#[test]
fn what_was_seen_is_the_product_of_shares() {
    let counts = Counts::new(&[cohort(&[100, 80, 60], 2), cohort(&[100, 50], 1)]).unwrap();
    assert_eq!((counts.at_risk(), counts.n_customers()), (vec![200, 80], 200));
    assert_eq!(counts.observed(), [Some(0.65), Some(0.65 * 0.75)]);
}
