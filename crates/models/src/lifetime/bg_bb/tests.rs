//! Donors of Fader, Hardie, Shang (2010): parameters, likelihood and forecasts as in the tests of
//! lifetimes (`test_estimation.py` at 4f2833f).

use super::*;
use crate::shared::shared;

fn donations() -> Option<Vec<PeriodHistory>> {
    let mut reader = shared("cdnow/donations.csv")?;
    let rows = reader.deserialize::<(u32, u32, u32, u64)>();
    Some(
        rows.map(|row| row.unwrap())
            .map(|(n_active, last_active, n_periods, n_customers)| PeriodHistory {
                n_active,
                last_active,
                n_periods,
                n_customers,
            })
            .collect(),
    )
}

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance, "{got} for {expected}");
}

#[test]
fn the_fit_of_the_donors_is_the_published_one() {
    let Some(donors) = donations() else { return };
    let Fitted { model, fit } = fit(&donors).unwrap();
    for (got, expected) in
        [(model.alpha, 1.204), (model.beta, 0.750), (model.gamma, 0.657), (model.delta, 2.783)]
    {
        close(got, expected, 6e-4);
    }
    close(fit.log_likelihood, -33_225.581, 0.01);
    assert_eq!(fit.n_customers, 11_104);
    let weighted = |f: &dyn Fn(&PeriodHistory) -> f64| -> f64 {
        donors.iter().map(|donor| donor.n_customers as f64 * f(donor)).sum()
    };
    close(weighted(&|donor| model.expected(donor, 5).unwrap()), 12_884.2, 0.5);
    let counts = model
        .distribution(
            &PeriodHistory { n_active: 0, last_active: 0, n_periods: 0, n_customers: 1 },
            6,
        )
        .unwrap();
    close(counts[0] * 11_104.0, 3454.9, 0.1);
    close(counts[6] * 11_104.0, 1253.1, 0.1);
    // The mean of the distribution is the expectation, donor by donor.
    for donor in &donors {
        let counts = model.distribution(donor, 5).unwrap();
        let mean: f64 = counts.iter().zip(0_u32..).map(|(mass, n)| mass * f64::from(n)).sum();
        close(mean, model.expected(donor, 5).unwrap(), 1e-7);
        close(counts.iter().sum(), 1.0, 1e-8);
    }
}

#[test]
fn all_time_is_the_limit_of_long_time() {
    let model = BgBb { alpha: 1.204, beta: 0.750, gamma: 0.657, delta: 2.783 };
    let donor = PeriodHistory { n_active: 4, last_active: 6, n_periods: 6, n_customers: 1 };
    let whole = model.discounted(&donor, 0.1, None).unwrap();
    close(model.discounted(&donor, 0.1, Some(2000)).unwrap(), whole, 1e-10);
    // Eq. 14's first term and the value published for the best donors, 10 % a year.
    assert!(model.discounted(&donor, 0.1, Some(1)).unwrap() < whole);
    assert_eq!(model.discounted(&donor, 0.0, None).unwrap_err().code(), "bad_argument");
}

#[test]
fn periods_that_cannot_be_are_refused() {
    let sound = PeriodHistory { n_active: 2, last_active: 3, n_periods: 5, n_customers: 50 };
    for bad in [
        PeriodHistory { last_active: 6, ..sound },
        PeriodHistory { n_active: 4, ..sound },
        PeriodHistory { n_active: 0, ..sound },
    ] {
        let error = fit(&[sound, bad]).unwrap_err();
        assert!(error.to_string().starts_with("row 1: "), "{error}");
    }
    assert_eq!(
        fit(&[PeriodHistory { n_customers: 3, ..sound }]).unwrap_err().code(),
        "too_few_customers"
    );
    let silent = PeriodHistory { n_active: 0, last_active: 0, ..sound };
    assert_eq!(fit(&[silent]).unwrap_err().code(), "no_repeat_buyers");
}
