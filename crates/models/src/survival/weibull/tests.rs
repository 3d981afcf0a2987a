//! Rossi's men against lifelines 0.30.3, and the mean residual against an integral.

use super::*;
use crate::special::integrate;
use crate::survival::tests::{ROSSI, rossi};

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance, "{got} for {expected}");
}

#[test]
fn rossis_men_match_lifelines() {
    let Some(table) = rossi() else { return };
    let arrested = table.flags("arrest");
    let columns = table.select(&ROSSI);
    let observations = Observations::new(table.column("week"), &arrested);
    let covariates = Covariates { names: &ROSSI, columns: &columns };
    let model = fit(&observations, &covariates, 0.95).unwrap();
    let expected = [
        (0.272_172, 0.137_963),
        (0.040_715, 0.016_004),
        (-0.224_808, 0.220_161),
        (0.106_551, 0.151_542),
        (0.311_260, 0.273_302),
        (0.058_822, 0.139_639),
        (-0.065_817, 0.020_941),
    ];
    for (effect, (value, error)) in model.effects.iter().zip(expected) {
        // Lifelines stops a little before the maximum.
        close(effect.value, value, 3e-5);
        close(effect.standard_error, error, 3e-5);
    }
    close(model.intercept.value, 3.990_123, 5e-5);
    close(model.intercept.standard_error, 0.419_099, 2e-5);
    close(model.log_shape.value, 0.339_103, 3e-5);
    close(model.log_shape.standard_error, 0.089_027, 3e-5);
    close(model.log_likelihood, -679.916_563_9, 1e-6);
    close(model.concordance(&observations, &covariates).unwrap().unwrap(), 0.640_141_374_3, 1e-9);
    for (row, median, mean) in [(0, 86.910_758_4, 102.804_603_3), (5, 86.166_592_1, 101.924_347_3)]
    {
        let values: Vec<f64> = columns.iter().map(|column| column[row]).collect();
        close(model.median(&values).unwrap(), median, 2e-3);
        close(model.mean(&values).unwrap(), mean, 2e-3);
        close(model.survival(&values, model.median(&values).unwrap()).unwrap(), 0.5, 1e-12);
        close(model.expected_remaining(&values, 0.0).unwrap(), model.mean(&values).unwrap(), 1e-9);
        for age in [1.0, 30.0, 200.0] {
            let area =
                integrate(age, age + 2000.0, 10.0, |time| model.survival(&values, time).unwrap());
            let remaining = area / model.survival(&values, age).unwrap();
            close(model.expected_remaining(&values, age).unwrap(), remaining, 1e-8 * remaining);
        }
    }
    assert_eq!(model.median(&[1.0]), None);
    assert_eq!(model.survival(&[0.0; 7], -1.0), None);
}

#[test]
fn without_columns_the_exponential_is_found() {
    // The quantiles of an exponential with mean 5: ρ is near 1, λ near 5.
    let times: Vec<f64> =
        (0..500).map(|i| -5.0 * (1.0 - (f64::from(i) + 0.5) / 500.0).ln()).collect();
    let model = fit(
        &Observations::new(&times, &[true; 500]),
        &Covariates { names: &[], columns: &[] },
        0.95,
    )
    .unwrap();
    close(model.shape(), 1.0, 0.01);
    close(model.scale(&[]).unwrap(), 5.0, 0.03);
}

#[test]
fn stays_of_no_length_and_late_entries_are_refused() {
    let times = [0.0, 3.0, 4.0, 5.0];
    let none = Covariates { names: &[], columns: &[] };
    let error = fit(&Observations::new(&times, &[true; 4]), &none, 0.95).unwrap_err();
    assert_eq!(error.to_string(), "row 0: the duration is `0`, which is not above 0");
    let late = Observations::new(&times[1..], &[true; 3]).entering(&[0.0, 1.0, 0.0]);
    assert_eq!(fit(&late, &none, 0.95).unwrap_err().code(), "bad_argument");
}

#[test]
fn many_still_here_and_plans_far_apart_are_fitted_all_the_same() {
    // Three plans whose scales are 30, 200 and 600, most stays cut off: around the exponential
    // distribution the likelihood bends the wrong way in the logarithms of scale and shape.
    let (mut times, mut left) = (Vec::new(), Vec::new());
    let (mut second, mut third) = (Vec::new(), Vec::new());
    for (plan, scale) in [30.0_f64, 200.0, 600.0].into_iter().enumerate() {
        for i in 0..200 {
            let share = (f64::from(i) + 0.5) / 200.0;
            let life = scale * (-(1.0 - share).ln()).powf(1.0 / 1.3);
            let watched = 1.0 + f64::from(i * 37 % 200) / 200.0 * 71.0;
            times.push(life.min(watched));
            left.push(life <= watched);
            second.push(f64::from(u8::from(plan == 1)));
            third.push(f64::from(u8::from(plan == 2)));
        }
    }
    let covariates =
        Covariates { names: &["second", "third"], columns: &[second.as_slice(), third.as_slice()] };
    let model = fit(&Observations::new(&times, &left), &covariates, 0.95).unwrap();
    // The top of the same likelihood by numpy 2.4.6, with derivatives by differences.
    close(model.log_likelihood, -762.532_729, 1e-6);
    let found = [&model.log_shape, &model.intercept, &model.effects[0], &model.effects[1]];
    let expected = [
        (0.287_506, 0.063_608),
        (3.375_575, 0.065_541),
        (1.835_711, 0.191_583),
        (3.029_467, 0.378_601),
    ];
    for (effect, (value, error)) in found.into_iter().zip(expected) {
        close(effect.value, value, 2e-6);
        close(effect.standard_error, error, 2e-6);
    }
}
