//! Parameters and point checks of CDNOW: Fader, Hardie, Lee (2005), and the tests of lifetimes
//! (`test_estimation.py` at 4f2833f), whose figures are the comments' "published".

use super::*;
use crate::lifetime::PurchaseModel;
use crate::lifetime::tests::cdnow;

const PUBLISHED: BgNbd = BgNbd { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
const NEW: History = History { n_repeats: 0, last_repeat: 0.0, age: 0.0 };

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance, "{got} for {expected}");
}

#[test]
fn the_fit_of_cdnow_is_the_published_one() {
    let Some(histories) = cdnow() else { return };
    let Fitted { model, fit } = fit(&histories).unwrap();
    for (got, expected) in
        [(model.r, 0.243), (model.alpha, 4.414), (model.a, 0.793), (model.b, 2.426)]
    {
        close(got, expected, 6e-4);
    }
    assert!(fit.findings.is_empty(), "{:?}", fit.findings);
    // The same optimum, and the inverse of the Hessian there, found by Newton's method in 40 digits.
    for (estimate, (value, error)) in fit.estimates.iter().zip(OPTIMUM) {
        close(estimate.value, value, 1e-6 * value);
        close(estimate.standard_error.unwrap(), error, 1e-5 * error);
    }
    close(fit.log_likelihood, -9_582.425_560_567_36, 1e-7);
    let customer = History { n_repeats: 2, last_repeat: 30.43, age: 38.86 };
    close(model.expected(&customer, 39.0).unwrap(), 1.225_910, 2e-5);
    close(model.p_alive(&customer).unwrap(), 0.726_609, 1e-5);
}

/// Value and standard error of r, α, a, b, computed with mpmath 1.3.
const OPTIMUM: [(f64, f64); 4] = [
    (0.242_592_907_204, 0.012_557_319_58),
    (4.413_531_561_21, 0.378_221_415_5),
    (0.792_886_148_099, 0.185_719_143_1),
    (2.425_753_436_49, 0.705_345_755_1),
];

#[test]
fn expected_purchases_of_a_new_customer_are_the_published_ones() {
    let [r, alpha, a, b] = OPTIMUM.map(|(value, _)| value);
    let fitted = BgNbd { r, alpha, a, b };
    for (time, expected) in [
        (0.1429, 0.0078),
        (1.0, 0.0532),
        (3.0, 0.1506),
        (31.8571, 1.0405),
        (32.0, 1.0437),
        (78.0, 1.8576),
    ] {
        // R's BTYD stops a little before the optimum.
        close(fitted.expected(&NEW, time).unwrap(), expected, 4e-4);
    }
    // Lifetimes 0.11.3 with the rounded parameters.
    for (time, expected) in [(1.0, 0.053_267_89), (32.0, 1.045_243_33), (78.0, 1.860_519_06)] {
        close(PUBLISHED.expected(&NEW, time).unwrap(), expected, 6e-9);
    }
    let customer = History { n_repeats: 2, last_repeat: 30.43, age: 38.86 };
    close(PUBLISHED.expected(&customer, 39.0).unwrap(), 1.226, 5e-4);
}

#[test]
fn counts_of_a_new_customer_are_the_published_ones() {
    let counts = PUBLISHED.distribution(&NEW, 39.0).unwrap();
    close(counts[0], 0.573_786_4, 1e-6);
    let two = PUBLISHED.distribution(&NEW, 2.0).unwrap();
    close(two[10], 1.078_69e-7, 1e-11);
    let thirty = PUBLISHED.distribution(&NEW, 30.0).unwrap();
    for (got, expected) in thirty[11..].iter().zip([0.001_999_5, 0.001_517_0, 0.001_163_3]) {
        close(*got, expected, 1e-7);
    }
}

#[test]
fn the_expectation_is_smooth_where_its_closed_form_is_not() {
    // At a = 1 and at a + b + x = 1 the closed form divides 0 by 0.
    let customer = History { n_repeats: 3, last_repeat: 20.0, age: 30.0 };
    let at = |a: f64| BgNbd { a, ..PUBLISHED }.expected(&customer, 52.0).unwrap();
    close(at(1.0), 0.5 * (at(1.0 - 1e-7) + at(1.0 + 1e-7)), 1e-9);
    // Across the switch from the closed form to the integral the second difference stays that of
    // a smooth function.
    close(at(0.99 - 1e-4) + at(0.99 + 1e-4), 2.0 * at(0.990_000_1), 1e-6);
    let tight = |b: f64| BgNbd { a: 0.4, b, ..PUBLISHED }.expected(&NEW, 52.0).unwrap();
    close(tight(0.6), 0.5 * (tight(0.599) + tight(0.601)), 1e-5);
    // Ten thousand ages ahead, and one instant.
    assert!(PUBLISHED.expected(&customer, 3e5).unwrap().is_finite());
    assert_eq!(PUBLISHED.expected(&customer, 0.0).unwrap(), 0.0);
}

#[test]
fn data_without_leaving_is_recognised() {
    // Everybody is still buying at the end: one repeat each tenth, the last just before the end.
    let histories: Vec<History> = (1..400)
        .map(|i| History {
            n_repeats: 3 + i % 9,
            last_repeat: 39.0 - f64::from(i % 5) * 0.1,
            age: 40.0,
        })
        .collect();
    let fit = fit(&histories).unwrap().fit;
    assert!(
        matches!(fit.findings.first(), Some(Finding::NoDropOut { gain }) if *gain < 0.1),
        "{fit:?}"
    );
    assert!(fit.findings[0].meaning().starts_with("this data shows no drop-out"));
}
