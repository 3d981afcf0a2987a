//! Parameters and point checks of CDNOW: the tests of lifetimes (`test_estimation.py` at 4f2833f).

use super::*;
use crate::lifetime::tests::cdnow;

const PUBLISHED: ParetoNbd = ParetoNbd { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 };
const NEW: History = History { n_repeats: 0, last_repeat: 0.0, age: 0.0 };

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance, "{got} for {expected}");
}

#[test]
fn the_fit_of_cdnow_is_the_published_one() {
    let Some(histories) = cdnow() else { return };
    let Fitted { model, fit } = fit(&histories).unwrap();
    for (got, expected) in
        [(model.r, 0.553), (model.alpha, 10.578), (model.s, 0.606), (model.beta, 11.669)]
    {
        close(got, expected, 0.005_f64.max(0.001 * expected));
    }
    close(fit.log_likelihood, -9594.9739, 3e-3);
    assert!(fit.findings.is_empty(), "{:?}", fit.findings);
    assert!(fit.estimates.iter().all(|one| one.standard_error.is_some_and(|error| error > 0.0)));
}

#[test]
fn expected_purchases_are_the_published_ones() {
    let busy = History { n_repeats: 26, last_repeat: 30.86, age: 31.0 };
    close(PUBLISHED.expected(&busy, 52.0).unwrap(), 25.46, 0.005);
    // Lifetimes 0.11.3 with the same parameters.
    let expected = [0.0, 0.050_979_84, 0.099_575_4, 0.146_061_19, 0.190_663_83, 0.233_572_92];
    for (time, expected) in (0_u32..).zip(expected) {
        close(PUBLISHED.expected(&NEW, f64::from(time)).unwrap(), expected, 1e-7);
    }
    // The tests of lifetimes hold the means of R's BTYD, from a fit of its own, to a hundredth.
    for (time, expected) in [(1.0, 0.050_78), (5.0, 0.232_47), (9.0, 0.389_09)] {
        close(PUBLISHED.expected(&NEW, time).unwrap(), expected, 0.01);
    }
}

#[test]
fn p_alive_and_counts_match_lifetimes() {
    let model = ParetoNbd { r: 0.5533, alpha: 10.5773, s: 0.6061, beta: 11.6648 };
    let customer = History { n_repeats: 2, last_repeat: 30.43, age: 38.86 };
    close(model.p_alive(&customer).unwrap(), 0.869_132_630_8, 1e-8);
    let expected =
        [0.408_067_750_1, 0.219_269_090_1, 0.151_751_853_8, 0.095_657_661_0, 0.056_578_919_2];
    let counts = model.distribution(&customer, 39.0).unwrap();
    for (got, expected) in counts.iter().zip(expected) {
        close(*got, expected, 1e-8);
    }
}

#[test]
fn s_of_one_is_no_exception() {
    let at = |s: f64| ParetoNbd { s, ..PUBLISHED }.expected(&NEW, 40.0).unwrap();
    close(at(1.0), 0.5 * (at(1.0 - 1e-5) + at(1.0 + 1e-5)), 1e-9);
}

#[test]
fn the_integral_matches_mpmath() {
    // `quad` in 30 digits: k, α, m, β, t_x, T, and the logarithm of the integral.
    for (k, alpha, m, beta, last, age, expected) in INTEGRALS {
        let left = integral::left_between(k, alpha, m, beta, last, age);
        close(left.log, expected, 1e-12 * expected.abs().max(1.0));
    }
    assert_eq!(integral::left_between(1.5, 2.0, 1.2, 3.0, 4.0, 4.0).log, f64::NEG_INFINITY);
}

/// Computed with mpmath 1.3.
const INTEGRALS: [(f64, f64, f64, f64, f64, f64, f64); 6] = [
    (0.553, 10.578, 1.606, 11.669, 0.0, 38.86, -3.163_441_491_649_039),
    (26.553, 10.578, 1.606, 11.669, 30.86, 31.0, -106.92462077872922),
    (2.553, 10.578, 1.606, 11.669, 30.43, 38.86, -13.7283434712304),
    (120.5, 0.8, 1.01, 900.0, 3.0, 365.0, -171.18975949021405),
    (0.4, 300.0, 3.5, 0.02, 0.0, 365.0, 6.582_236_017_132_218),
    (5.5, 1e-3, 1.2, 1e4, 0.5, 80.0, -9.446_391_716_904_651),
];

#[test]
fn the_gradient_is_that_of_the_likelihood() {
    let Some(histories) = cdnow() else { return };
    let rows = Rows::new(&histories[..500]).unwrap();
    let at = [0.7, 9.0, 0.8, 15.0];
    let likelihood =
        |[r, alpha, s, beta]: [f64; 4]| ParetoNbd { r, alpha, s, beta }.log_likelihood(&rows);
    let (_, gradient) = likelihood(at);
    for i in 0..4 {
        let (mut above, mut below) = (at, at);
        above[i] *= 1.0 + 1e-5;
        below[i] *= 1.0 - 1e-5;
        let slope = (likelihood(above).0 - likelihood(below).0) / (2e-5 * at[i]);
        close(gradient[i], slope, 1e-5 * slope.abs().max(1.0));
    }
}
