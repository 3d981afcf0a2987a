//! The fit against the equation its optimum must satisfy.

use super::*;
use crate::lifetime::tests::cdnow;

#[test]
fn the_fit_of_cdnow_balances_purchases() {
    let Some(histories) = cdnow() else { return };
    let Fitted { model, fit } = fit(&histories).unwrap();
    // d ln L / dα = 0: the expected rates add up to r/α per customer.
    let rates: f64 = histories.iter().map(|history| model.rate(history, 0.0).unwrap()).sum();
    let prior = histories.len() as f64 * model.r / model.alpha;
    assert!((rates - prior).abs() < 1e-5 * prior, "{rates} {prior}");
    // Fader, Hardie, Lee (2005), table 2: r .385, alpha 12.072, LL −9763.7.
    assert!((model.r - 0.385).abs() < 5e-4 && (model.alpha - 12.072).abs() < 5e-3, "{model:?}");
    assert!((fit.log_likelihood + 9763.7).abs() < 0.05, "{}", fit.log_likelihood);
}
