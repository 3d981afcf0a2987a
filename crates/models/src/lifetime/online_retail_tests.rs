//! A wholesaler whose customers do not drop out: Online Retail (D. Chen, S. L. Sain, K. Guo (2012),
//! Journal of Database Marketing and Customer Strategy Management 19, 197–208), cut at 2011-08-31.
//!
//! Peers fail here: lifetimes' BG/NBD does not converge, its parameters of leaving run away.

use std::collections::BTreeMap;
use std::fs::File;

use super::backtest::{Holdout, Yardstick, propose};
use super::gamma_gamma::{self, Spending};
use super::*;
use crate::shared::shared_path;

/// Days since 2010-12-01 of a date in the thirteen months of the data.
fn day(date: &str) -> i64 {
    const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let part = |range: std::ops::Range<usize>| date[range].parse::<i64>().unwrap();
    let (year, month) = (part(0..4), part(5..7));
    (year - 2010) * 365 + BEFORE[month as usize - 1] + part(8..10) - (334 + 1)
}

/// Every customer with sales up to the cut, and the mean amount of the days after the first.
fn shop() -> Option<(Vec<Holdout>, Vec<Spending>)> {
    let path = shared_path("online_retail/online_retail_2010_2011.csv.gz")?;
    let unpacked = flate2::read::GzDecoder::new(File::open(path).unwrap());
    let mut reader = csv::Reader::from_reader(unpacked);
    let mut days: BTreeMap<String, BTreeMap<i64, f64>> = BTreeMap::new();
    for row in reader.byte_records() {
        let row = row.unwrap();
        let text = |at: usize| String::from_utf8_lossy(&row[at]).into_owned();
        let (quantity, price) = (text(3).parse::<f64>().unwrap(), text(5).parse::<f64>().unwrap());
        let (invoice, customer) = (text(0), text(6));
        if !customer.is_empty() && !invoice.starts_with('C') && quantity > 0.0 && price > 0.0 {
            *days.entry(customer).or_default().entry(day(&text(4))).or_default() +=
                quantity * price;
        }
    }
    let (cut, weeks) = (day("2011-08-31"), |days: i64| days as f64 / 7.0);
    let mut holdouts = Vec::new();
    let mut spendings = Vec::new();
    for bought in days.values() {
        let Some((first, _)) = bought.range(..=cut).next() else { continue };
        let seen: Vec<(&i64, &f64)> = bought.range(..=cut).collect();
        let n_repeats = seen.len() as u32 - 1;
        let last = *seen[seen.len() - 1].0;
        let history =
            History { n_repeats, last_repeat: weeks(last - first), age: weeks(cut - first) };
        holdouts.push(Holdout { history, n_actual: (bought.len() - seen.len()) as u32 });
        let amount: f64 = seen[1..].iter().map(|(_, amount)| **amount).sum();
        let mean_amount = if n_repeats > 0 { amount / f64::from(n_repeats) } else { 0.0 };
        spendings.push(Spending { n_orders: n_repeats, mean_amount });
    }
    Some((holdouts, spendings))
}

#[test]
fn a_wholesaler_shows_no_drop_out_and_the_plain_rate_wins() {
    let Some((holdouts, spendings)) = shop() else { return };
    assert_eq!(holdouts.len(), 3317);
    let histories: Vec<History> = holdouts.iter().map(|holdout| holdout.history).collect();
    let bg = bg_nbd::fit(&histories).unwrap();
    // A flat ridge: bounded L-BFGS in scipy ends at −21755.355.
    assert!((bg.fit.log_likelihood + 21_755.355).abs() < 0.05, "{:?}", bg.fit);
    assert!((bg.model.r - 0.72286).abs() < 2e-3 && (bg.model.alpha - 9.430).abs() < 0.02, "{bg:?}");
    let pareto = pareto_nbd::fit(&histories).unwrap();
    for fit in [&bg.fit, &pareto.fit] {
        let said = fit.findings.first().map(Finding::meaning).unwrap_or_default();
        assert!(said.starts_with("this data shows no drop-out"), "{fit:?}");
    }
    // 2011-12-09 is 100 days after the cut.
    let horizon = 100.0 / 7.0;
    let proposal = propose(&holdouts, horizon, Yardstick::MeanAbsoluteError).unwrap();
    let of = |name: &str| {
        let (_, score) = proposal.ranked.iter().find(|(_, score)| score.name == name).unwrap();
        score
    };
    assert_eq!(of("rate").actual, 4806.0);
    assert!((of("pareto_nbd").predicted - 3633.4).abs() < 2.0, "{:?}", of("pareto_nbd"));
    assert!((of("pareto_nbd").mean_absolute_error - 0.997).abs() < 1e-3);
    assert_eq!(proposal.ranked[0].1.name, "rate");
    // Every model without drop-out says the same.
    assert!((of("bg_nbd").predicted - of("nbd").predicted).abs() < 5.0);
    let money = gamma_gamma::fit(&spendings).unwrap();
    assert_eq!(money.fit.n_customers, 1890);
    for (got, expected) in
        [(money.model.p, 2.395), (money.model.q, 3.3018), (money.model.v, 396.4271)]
    {
        assert!((got - expected).abs() < 2e-3 * expected, "{got} for {expected}");
    }
}
