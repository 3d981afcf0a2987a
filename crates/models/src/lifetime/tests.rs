//! The shared data, and what must hold of every model: refusals, intervals, value, backtest.

use proptest::prelude::*;

use super::backtest::{Holdout, Yardstick, propose, score};
use super::gamma_gamma::{GammaGamma, Spending};
use super::value::{Economics, continuous_discount, revenue_interval, worth};
use super::*;
use crate::shared::shared;

/// The 2,357 customers of CDNOW's tenth, 39 weeks from January to September 1997.
pub(super) fn cdnow() -> Option<Vec<History>> {
    let mut reader = shared("cdnow/cdnow_customers_summary.csv")?;
    let rows = reader.deserialize::<(u32, u32, f64, f64)>();
    Some(
        rows.map(|row| row.unwrap())
            .map(|(_, n_repeats, last_repeat, age)| History { n_repeats, last_repeat, age })
            .collect(),
    )
}

/// The same customers from their purchases, with the 39 weeks after.
fn cdnow_with_holdout() -> Option<Vec<Holdout>> {
    const CUT: i64 = 273; // 1997-09-30, in days from 1997-01-01 = 1
    let mut reader = shared("cdnow/cdnow_sample.csv")?;
    let mut by_customer: std::collections::BTreeMap<String, Vec<i64>> = Default::default();
    for row in reader.records() {
        let row = row.unwrap();
        let part =
            |range: std::ops::Range<usize>| row[2].get(range).unwrap().parse::<i64>().unwrap();
        let (year, month, day): (i64, i64, i64) = (part(0..4), part(5..7), part(8..10));
        let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334][month as usize - 1];
        by_customer.entry(row[1].to_owned()).or_default().push((year - 1997) * 365 + before + day);
    }
    let weeks = |days: i64| days as f64 / 7.0;
    let holdout = by_customer.into_values().map(|mut days| {
        days.sort_unstable();
        days.dedup();
        let (first, seen) = (days[0], days.iter().filter(|day| **day <= CUT).count());
        Holdout {
            history: History {
                n_repeats: seen as u32 - 1,
                last_repeat: weeks(days[seen - 1] - first),
                age: weeks(CUT - first),
            },
            n_actual: (days.len() - seen) as u32,
        }
    });
    Some(holdout.collect())
}

fn models() -> Vec<Box<dyn PurchaseModel>> {
    vec![
        Box::new(bg_nbd::BgNbd { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 }),
        Box::new(mbg_nbd::MbgNbd { r: 0.525, alpha: 6.183, a: 0.891, b: 1.614 }),
        Box::new(pareto_nbd::ParetoNbd { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 }),
        Box::new(nbd::Nbd { r: 0.385, alpha: 12.07 }),
        Box::new(rate::Rate { of_all: 0.04 }),
    ]
}

fn histories() -> impl Strategy<Value = History> {
    (0_u32..40, 0.01..1.0_f64, 0.1..80.0_f64).prop_map(|(n_repeats, share, age)| {
        let last_repeat = if n_repeats == 0 { 0.0 } else { share * age };
        History { n_repeats, last_repeat, age }
    })
}

proptest! {
    /// The mean of the distribution is the expectation, which is the integral of the rate, which a
    /// vanishing discount leaves as it is: four ways to the same number in every model.
    #[test]
    fn four_ways_to_the_same_expectation(history in histories(), horizon in 0.5..100.0_f64) {
        for model in models() {
            let expected = model.expected(&history, horizon).unwrap();
            let masses = model.distribution(&history, horizon).unwrap();
            let mean: f64 = masses.iter().zip(0_u32..).map(|(mass, n)| mass * f64::from(n)).sum();
            let total: f64 = masses.iter().sum();
            let discounted = model.discounted(&history, 1e-13, Some(horizon)).unwrap();
            prop_assert!(masses.iter().all(|mass| (-1e-12..=1.0).contains(mass)));
            prop_assert!((total - 1.0).abs() < 1e-8, "{}: {total}", model.name());
            prop_assert!((mean - expected).abs() < 2e-6 * (1.0 + expected), "{}: {mean} {expected}", model.name());
            prop_assert!((discounted - expected).abs() < 1e-8 * (1.0 + expected), "{}", model.name());
            let p_alive = model.p_alive(&history).unwrap();
            prop_assert!((0.0..=1.0).contains(&p_alive));
        }
    }

    /// A customer silent for longer is less likely to be there.
    #[test]
    fn silence_never_makes_a_customer_more_alive(history in histories(), later in 0.1..50.0_f64) {
        let silent = History { age: history.age + later, ..history };
        for model in models() {
            let (now, then) = (model.p_alive(&history).unwrap(), model.p_alive(&silent).unwrap());
            prop_assert!(then <= now + 1e-12, "{}: {now} {then}", model.name());
        }
    }
}

#[test]
fn held_out_errors_of_cdnow_match_lifetimes() {
    let Some(holdouts) = cdnow_with_holdout() else { return };
    let proposal = propose(&holdouts, 39.0, Yardstick::MeanAbsoluteError).unwrap();
    assert!(proposal.refused.is_empty(), "{:?}", proposal.refused);
    let of = |name: &str| {
        let (_, score) = proposal.ranked.iter().find(|(_, score)| score.name == name).unwrap();
        score
    };
    let close = |got: f64, expected: f64, tolerance: f64| {
        assert!((got - expected).abs() < tolerance, "{got} for {expected}");
    };
    let bg = of("bg_nbd");
    close(bg.actual, 1882.0, 1e-9);
    close(bg.predicted, 1653.4, 0.06);
    close(bg.mean_absolute_error, 0.7855, 6e-5);
    close(bg.root_mean_squared_error, 1.6080, 6e-5);
    close(bg.correlation.unwrap(), 0.6256, 6e-5);
    let by_repeats = [
        (0.237, 0.225),
        (0.697, 0.523),
        (1.393, 1.044),
        (1.560, 1.520),
        (2.532, 2.164),
        (2.947, 2.654),
        (3.862, 3.504),
        (6.359, 6.157),
    ];
    assert_eq!(bg.by_repeats.len(), by_repeats.len());
    for (group, (actual, predicted)) in bg.by_repeats.iter().zip(by_repeats) {
        close(group.mean_actual, actual, 6e-4);
        close(group.mean_predicted, predicted, 6e-4);
    }
    let pareto = of("pareto_nbd");
    close(pareto.predicted, 1665.5, 0.06);
    close(pareto.mean_absolute_error, 0.7545, 6e-5);
    close(pareto.root_mean_squared_error, 1.6028, 6e-5);
    close(pareto.correlation.unwrap(), 0.6302, 6e-5);
    close(of("rate").mean_absolute_error, 1.0237, 6e-5);
    // Best first. Here customers drop out: models of it beat the plain rate, and the NBD, which
    // knows no drop-out, does not.
    let errors: Vec<f64> =
        proposal.ranked.iter().map(|(_, score)| score.mean_absolute_error).collect();
    assert!(errors.is_sorted());
    let names: Vec<&str> = proposal.ranked.iter().map(|(_, score)| score.name.as_str()).collect();
    let rank = |name: &str| names.iter().position(|one| *one == name).unwrap();
    assert!(rank("pareto_nbd") < rank("bg_nbd") && rank("bg_nbd") < rank("rate"), "{names:?}");
    assert!(rank("rate") < rank("nbd"), "{names:?}");
}

#[test]
fn a_total_carries_chance_and_parameters() {
    let Some(histories) = cdnow() else { return };
    let fitted = bg_nbd::fit(&histories).unwrap();
    let total = forecast::total(&fitted.model, Some(&fitted.fit), &histories, 39.0, 0.95).unwrap();
    let summed: f64 =
        histories.iter().map(|history| fitted.model.expected(history, 39.0).unwrap()).sum();
    assert!((total.expected - summed).abs() < 1e-6);
    assert!(total.variance_of_chance > 0.0 && total.variance_of_parameters.unwrap() > 0.0);
    let half = 0.5 * (total.interval.upper - total.interval.lower);
    let spread = (total.variance_of_chance + total.variance_of_parameters.unwrap()).sqrt();
    assert!((half / spread - 1.959_964).abs() < 1e-5);
    assert!(total.interval.lower < 1653.0 && 1653.0 < total.interval.upper);
}

#[test]
fn value_counts_margin_costs_and_discount() {
    let purchases = pareto_nbd::ParetoNbd { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 };
    let money = GammaGamma { p: 6.25, q: 3.74, v: 15.44 };
    let history = History { n_repeats: 2, last_repeat: 30.43, age: 38.86 };
    let spending = Spending { n_orders: 2, mean_amount: 22.35 };
    let discount = continuous_discount(0.15, 52.0).unwrap();
    let economics =
        Economics { margin: 0.3, cost_per_order: 1.0, contact_cost: 0.02, discount, horizon: None };
    let value = worth(&purchases, &money, &history, &spending, &economics).unwrap();
    assert!((value.revenue - value.discounted_purchases * value.amount).abs() < 1e-12);
    assert!((value.contact_cost - 0.02 / discount).abs() < 1e-9);
    let margin = 0.3 * value.revenue - value.discounted_purchases;
    assert!((value.net - (margin - value.contact_cost)).abs() < 1e-12);
    assert_eq!(economics.net(value.discounted_purchases, value.amount).unwrap(), value.net);
    // Within a horizon less is bought than in all time, and discounting takes some away.
    let near = Economics { horizon: Some(52.0), ..economics };
    let year = worth(&purchases, &money, &history, &spending, &near).unwrap();
    assert!(year.discounted_purchases < value.discounted_purchases);
    assert!(year.discounted_purchases < year.purchases.unwrap());
    let range = revenue_interval(&purchases, &money, &history, &spending, 52.0, 0.9).unwrap();
    assert!(range.lower == 0.0 && range.upper > year.revenue, "{range:?}");
    let refused =
        worth(&purchases, &money, &history, &spending, &Economics { margin: 1.2, ..economics });
    assert_eq!(refused.unwrap_err().code(), "bad_argument");
    let endless = Economics { discount: 0.0, ..economics };
    assert_eq!(
        worth(&purchases, &money, &history, &spending, &endless).unwrap_err().code(),
        "bad_argument"
    );
}

#[test]
fn refusals_name_the_row_and_the_mend() {
    let sound = History { n_repeats: 1, last_repeat: 3.0, age: 10.0 };
    let mut rows = vec![sound; 40];
    let code = |rows: &[History]| bg_nbd::fit(rows).unwrap_err().code();
    assert_eq!(code(&rows[..3]), "too_few_customers");
    assert_eq!(
        code(&[History { n_repeats: 0, last_repeat: 0.0, age: 5.0 }; 40]),
        "no_repeat_buyers"
    );
    for (bad, word) in [
        (History { age: f64::NAN, ..sound }, "not a finite number"),
        (History { age: -1.0, ..sound }, "before the first purchase"),
        (History { last_repeat: f64::INFINITY, ..sound }, "not a finite number"),
        (History { last_repeat: 11.0, ..sound }, "after the end"),
        (History { n_repeats: 0, ..sound }, "without a repeat"),
        (History { last_repeat: 0.0, ..sound }, "with a repeat"),
    ] {
        rows[17] = bad;
        let error = mbg_nbd::fit(&rows).unwrap_err();
        assert_eq!(error.code(), "bad_row");
        let said = error.to_string();
        assert!(said.starts_with("row 17: ") && said.contains(word), "{said}");
        assert!(!error.hint().is_empty());
        for model in models() {
            assert!(model.expected(&bad, 1.0).is_err() && model.p_alive(&bad).is_err());
        }
    }
    for model in models() {
        assert_eq!(model.expected(&sound, f64::NAN).unwrap_err().code(), "bad_argument");
        assert_eq!(model.interval(&sound, 1.0, 1.0).unwrap_err().code(), "bad_argument");
        assert_eq!(model.with_parameters(&[]).err().unwrap().code(), "bad_argument");
        assert_eq!(model.discounted(&sound, 0.0, None).unwrap_err().code(), "bad_argument");
        assert_eq!(score(&*model, &[], 1.0).unwrap_err().code(), "too_few_customers");
    }
}
