//! Parameters of CDNOW as lifetimes 0.11.3 finds them.

use super::*;
use crate::lifetime::PurchaseModel;
use crate::lifetime::tests::cdnow;

#[test]
fn the_fit_of_cdnow_matches_lifetimes() {
    let Some(histories) = cdnow() else { return };
    let Fitted { model, fit } = fit(&histories).unwrap();
    for (got, expected) in
        [(model.r, 0.5248), (model.alpha, 6.183), (model.a, 0.8914), (model.b, 1.614)]
    {
        assert!((got - expected).abs() < 1e-3, "{got} for {expected}");
    }
    assert!(fit.findings.is_empty());
    assert!((fit.log_likelihood + 9_582.132_684_9).abs() < 1e-5, "{}", fit.log_likelihood);
    let customer = History { n_repeats: 2, last_repeat: 30.43, age: 38.86 };
    assert!((model.expected(&customer, 39.0).unwrap() - 1.262_670_8).abs() < 1e-4);
    assert!((model.p_alive(&customer).unwrap() - 0.706_126_3).abs() < 1e-5);
}

#[test]
fn a_single_purchase_may_have_been_the_last() {
    let model = MbgNbd { r: 0.5248, alpha: 6.183, a: 0.8914, b: 1.614 };
    let fresh = History { n_repeats: 0, last_repeat: 0.0, age: 0.0 };
    // At once: the first coin alone, b / (a + b).
    let p_alive = model.p_alive(&fresh).unwrap();
    assert!((p_alive - 1.614 / (0.8914 + 1.614)).abs() < 1e-12);
    // A year of silence later hardly anybody is left.
    assert!(model.p_alive(&History { age: 52.0, ..fresh }).unwrap() < p_alive);
}
