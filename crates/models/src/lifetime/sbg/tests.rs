//! The "Regular" and "High End" customers of Fader, Hardie (2007), table 1, fitted on years 0–7.

use super::*;

const HIGH_END: [f64; 13] =
    [1000.0, 869.0, 743.0, 653.0, 593.0, 551.0, 517.0, 491.0, 468.0, 445.0, 427.0, 409.0, 394.0];
const REGULAR: [f64; 13] =
    [1000.0, 631.0, 468.0, 382.0, 326.0, 289.0, 262.0, 241.0, 223.0, 207.0, 194.0, 183.0, 173.0];

fn cohort(there: &[f64], n_periods: usize) -> Cohort {
    let pairs = there.windows(2).take(n_periods);
    Cohort { n_started: 1000, n_lost: pairs.map(|pair| (pair[0] - pair[1]) as u64).collect() }
}

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance, "{got} for {expected}");
}

#[test]
fn both_cohorts_are_fitted_and_carried_on_as_published() {
    for (there, alpha, beta, log_likelihood, projected) in [
        (HIGH_END, 0.6681, 3.8061, -1611.1581, [46.04, 43.58, 41.42, 39.51, 37.80]),
        (REGULAR, 0.7041, 1.1820, -1680.2652, [22.01, 20.44, 19.12, 17.99, 17.00]),
    ] {
        let Fitted { model, fit } = fit(&[cohort(&there, 7)]).unwrap();
        close(model.alpha, alpha, 1e-3);
        close(model.beta, beta, 1e-3);
        close(fit.log_likelihood, log_likelihood, 1e-3);
        assert!(fit.estimates.iter().all(|one| one.standard_error.is_some()));
        for (years, percent) in (8_u32..).zip(projected) {
            close(100.0 * model.survival(years), percent, 0.006);
        }
    }
}

#[test]
fn cohorts_of_different_age_are_fitted_together() {
    // The same customers cut after 3 and after 7 years say the same as two cohorts would alone.
    let both = fit(&[cohort(&REGULAR, 7), cohort(&REGULAR, 3)]).unwrap();
    let alone = fit(&[cohort(&REGULAR, 7)]).unwrap();
    close(both.model.survival(3), 0.382, 0.01);
    assert!(both.fit.estimates[0].standard_error < alone.fit.estimates[0].standard_error);
}

#[test]
fn renewals_add_up_to_their_closed_form() {
    let model = Sbg { alpha: 0.704, beta: 1.182 };
    for (n_renewals, discount) in [(0, 0.1), (4, 0.1), (0, 0.01), (9, 1.5)] {
        let (mut there, mut sum) = (1.0, 0.0);
        for i in 0..20_000 {
            there *= model.retention(n_renewals + i);
            sum += there / (1.0_f64 + discount).powi(i as i32);
        }
        close(model.discounted_renewals(n_renewals, discount).unwrap(), sum, 1e-9 * sum);
    }
    close(model.expected_renewals(0, 3), (1..=3).map(|t| model.survival(t)).sum(), 1e-12);
    assert_eq!(model.discounted_renewals(0, 0.0).unwrap_err().code(), "bad_argument");
}

#[test]
fn one_outcome_and_impossible_losses_are_refused() {
    let code = |n_started, n_lost: &[u64]| {
        fit(&[Cohort { n_started, n_lost: n_lost.to_vec() }]).unwrap_err().code()
    };
    assert_eq!(code(100, &[0, 0]), "one_outcome");
    assert_eq!(code(100, &[60, 40]), "one_outcome");
    assert_eq!(code(10, &[1]), "too_few_customers");
    assert_eq!(code(100, &[60, 50]), "bad_row");
    assert_eq!(code(100, &[]), "too_few_customers");
}
