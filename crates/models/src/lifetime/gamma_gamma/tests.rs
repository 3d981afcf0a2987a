//! The 946 repeat buyers of CDNOW: the tests of lifetimes (`test_estimation.py` at 4f2833f).

use super::*;
use crate::shared::shared;

fn cdnow() -> Option<Vec<Spending>> {
    let mut reader = shared("cdnow/cdnow_customers_summary_with_transactions.csv")?;
    let rows = reader.deserialize::<(u32, u32, f64, f64, f64)>();
    Some(
        rows.map(|row| row.unwrap())
            .map(|(_, n_orders, _, _, mean_amount)| Spending { n_orders, mean_amount })
            .collect(),
    )
}

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance, "{got} for {expected}");
}

#[test]
fn the_fit_of_cdnow_is_the_published_one() {
    let Some(spendings) = cdnow() else { return };
    let Fitted { model, fit } = fit(&spendings).unwrap();
    for (got, expected) in [(model.p, 6.2488), (model.q, 3.7446), (model.v, 15.4477)] {
        close(got, expected, 0.002);
    }
    close(fit.log_likelihood, -4055.9232, 1e-3);
    assert_eq!(fit.n_customers, 946);
    close(model.mean_of_all().unwrap(), 35.171, 2e-3);
    close(independence(&spendings).unwrap(), 0.113_884, 1e-6);
    let published = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17];
    for (spending, expected) in spendings.iter().zip(published) {
        // Published with two places, some of them cut rather than rounded.
        close(model.expected(spending).unwrap(), expected, 0.01);
    }
}

#[test]
fn the_revenue_of_one_order_is_a_scaled_beta_prime() {
    // With exactly one order and p = 1 the amount is Lomax: P(> s) = (V / (V + s))^(x + q).
    let model = GammaGamma { p: 1.0, q: 2.0, v: 30.0 };
    let spending = Spending { n_orders: 1, mean_amount: 20.0 };
    let range = model.revenue_interval(&spending, &[0.0, 1.0], 0.5).unwrap();
    for (got, above) in [(range.lower, 0.75_f64), (range.upper, 0.25_f64)] {
        close(got, 50.0 * (above.powf(-1.0 / 3.0) - 1.0), 1e-6);
    }
    // Half the customers buy nothing, so the lower end is nothing.
    assert_eq!(model.revenue_interval(&spending, &[0.5, 0.5], 0.5).unwrap().lower, 0.0);
}

#[test]
fn spending_that_cannot_be_is_refused() {
    let sound = Spending { n_orders: 2, mean_amount: 5.0 };
    let code = |rows: &[Spending]| fit(rows).unwrap_err().code();
    assert_eq!(code(&[Spending { n_orders: 0, mean_amount: 0.0 }; 50]), "no_repeat_buyers");
    assert_eq!(code(&[sound; 5]), "too_few_customers");
    assert_eq!(code(&[sound, Spending { mean_amount: 0.0, ..sound }]), "bad_row");
    assert_eq!(code(&[sound, Spending { mean_amount: f64::NAN, ..sound }]), "bad_row");
    let wide = GammaGamma { p: 2.0, q: 0.9, v: 3.0 };
    assert_eq!(wide.mean_of_all().unwrap_err(), LifetimeError::NoMean { q: 0.9 });
}
