//! Waltons' flies and Telco's customers against lifelines 0.30.3, and small cases by hand.

use proptest::prelude::*;

use super::*;
use crate::shared::shared;
use crate::survival::tests::waltons;

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance, "{got} for {expected}");
}

#[test]
fn the_flies_of_waltons_match_lifelines() {
    let Some((days, has_died, _)) = waltons() else { return };
    let curve = fit(&Observations::new(&days, &has_died), 0.95).unwrap();
    for (time, survival) in [(33.0, 0.802_530_674_846_626), (50.0, 0.616_816_845_603_271_9)] {
        close(curve.survival_at(time).unwrap(), survival, 1e-13);
    }
    for (time, lower, upper) in [
        (6.0, 0.957_254, 0.999_134),
        (33.0, 0.732_496, 0.856_023),
        (50.0, 0.537_239_074_124_696, 0.686_765_247_530_550_3),
        (69.0, 0.002_854, 0.046_184),
    ] {
        let (low, high) = curve.interval_at(time).unwrap();
        close(low, lower, 6e-7);
        close(high, upper, 6e-7);
    }
    assert_eq!(curve.interval_at(75.0), None); // everybody has died
    let quantiles = [(0.9, 22.0), (0.75, 41.0), (0.5, 56.0), (0.25, 62.0), (0.1, 69.0)];
    for (share, time) in quantiles {
        assert_eq!(curve.quantile(share), Some(time));
    }
    assert_eq!(curve.quantile_interval(0.5), (Some(53.0), Some(58.0)));
    close(curve.restricted_mean(50.0).unwrap().mean, 43.156_045_856_055_45, 1e-11);
}

#[test]
fn late_entries_and_weights_match_lifelines() {
    let Some((days, has_died, _)) = waltons() else { return };
    let observations = Observations::new(&days, &has_died);
    let entries: Vec<f64> =
        days.iter().enumerate().map(|(i, day)| if i % 3 == 0 { day * 0.3 } else { 0.0 }).collect();
    let late = fit(&observations.entering(&entries), 0.95).unwrap();
    close(late.survival_at(33.0).unwrap(), 0.782_250_466_698_572_5, 1e-12);
    close(late.survival_at(50.0).unwrap(), 0.601_229_685_622_812_8, 1e-12);
    let (lower, upper) = late.interval_at(50.0).unwrap();
    close(lower, 0.520_203_02, 6e-9);
    close(upper, 0.672_950_06, 6e-9);
    let weights: Vec<f64> = (0..days.len()).map(|i| (1 + i % 3) as f64).collect();
    let heavy = fit(&observations.weighted(&weights), 0.95).unwrap();
    close(heavy.survival_at(33.0).unwrap(), 0.804_417_651_314_203_2, 1e-12);
    close(heavy.survival_at(50.0).unwrap(), 0.611_566_772_946_083_3, 1e-12);
    assert_eq!(heavy.median(), Some(56.0));
}

#[test]
fn telcos_customers_match_lifelines() {
    let Some(mut reader) = shared("telco_churn/telco_customer_churn.csv") else { return };
    let (mut months, mut has_left, mut monthly) = (Vec::new(), Vec::new(), Vec::new());
    for row in reader.records() {
        let row = row.unwrap();
        months.push(row[5].parse::<f64>().unwrap());
        has_left.push(&row[20] == "Yes");
        monthly.push(&row[15] == "Month-to-month");
    }
    let curve = fit(&Observations::new(&months, &has_left), 0.95).unwrap();
    let published = [0.843_20, 0.788_74, 0.748_55, 0.708_84, 0.664_40, 0.592_79];
    for (i, expected) in (1_u32..).zip(published) {
        close(curve.survival_at(f64::from(12 * i)).unwrap(), expected, 6e-6);
    }
    assert_eq!(curve.median(), None);
    assert_eq!(curve.survival_at(73.0), None);
    let part = |values: &[f64]| -> Vec<f64> {
        values.iter().zip(&monthly).filter(|(_, is)| **is).map(|(value, _)| *value).collect()
    };
    let left: Vec<bool> =
        has_left.iter().zip(&monthly).filter(|(_, is)| **is).map(|(left, _)| *left).collect();
    assert_eq!(fit(&Observations::new(&part(&months), &left), 0.95).unwrap().median(), Some(35.0));
}

#[test]
fn means_by_hand() {
    // S is 1 to 1, 3/4 to 2, 3/8 to 5: 2 was censored after one left there.
    let (times, left) = ([1.0, 2.0, 2.5, 5.0], [true, true, false, false]);
    let curve = fit(&Observations::new(&times, &left), 0.95).unwrap();
    let mean = curve.restricted_mean(4.0).unwrap();
    close(mean.mean, 1.0 + 0.75 + 0.5 * 2.0, 1e-15);
    assert!(mean.is_cut);
    // Σ (area to the right)² d / (n (n − d)): 1.75² / 12 + 1² / 6.
    close(mean.standard_error, (1.75_f64.powi(2) / 12.0 + 1.0 / 6.0).sqrt(), 1e-15);
    // Here at 1: two thirds of them after 2.
    let rest = curve.expected_remaining(1.0, 4.0).unwrap();
    close(rest.mean, 1.0 + 2.0 * 2.0 / 3.0, 1e-15);
    close(rest.standard_error, ((4.0_f64 / 3.0).powi(2) / 6.0).sqrt(), 1e-15);
    assert_eq!(curve.restricted_mean(6.0).unwrap_err().code(), "bad_argument");
    assert_eq!(curve.expected_remaining(-1.0, 4.0).unwrap_err().code(), "bad_argument");
    assert_eq!(curve.expected_remaining(3.0, 2.0).unwrap_err().code(), "bad_argument");
}

proptest! {
    /// Without censoring S is the plain share still here, and the mean the plain mean.
    #[test]
    fn without_censoring_it_is_counting(days in prop::collection::vec(0_u8..30, 1..80)) {
        let times: Vec<f64> = days.iter().map(|day| f64::from(*day)).collect();
        let curve = fit(&Observations::new(&times, &vec![true; times.len()]), 0.9).unwrap();
        let n = times.len() as f64;
        for day in 0..30 {
            let share = times.iter().filter(|time| **time > f64::from(day)).count() as f64 / n;
            prop_assert!((curve.survival_at(f64::from(day)).unwrap() - share).abs() < 1e-12);
        }
        let mean = times.iter().sum::<f64>() / n;
        prop_assert!((curve.restricted_mean(40.0).unwrap().mean - mean).abs() < 1e-10);
    }
}
