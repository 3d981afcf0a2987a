//! Buy-till-you-die models.

use std::error::Error;

use perennial_models::lifetime::backtest::{Holdout, score};
use perennial_models::lifetime::bg_bb::PeriodHistory;
use perennial_models::lifetime::gamma_gamma::Spending;
use perennial_models::lifetime::{self, Fit, History, PurchaseModel};

use super::Found;
use super::numbers::Numbers;

fn histories(numbers: &Numbers) -> Result<Vec<History>, Box<dyn Error>> {
    let (x, last) = (numbers.whole("frequency")?, numbers.column("recency")?);
    let rows = x.iter().zip(last).zip(numbers.column("T")?);
    let history = |((x, last), age): ((&u32, &f64), &f64)| History {
        n_repeats: *x,
        last_repeat: *last,
        age: *age,
    };
    Ok(rows.map(history).collect())
}

fn said(fit: &Fit) -> Vec<(String, f64)> {
    let parameters = fit.estimates.iter().map(|one| (one.name.clone(), one.value));
    parameters.chain([("log_likelihood".to_owned(), fit.log_likelihood)]).collect()
}

pub fn bg_nbd(numbers: &Numbers, _threads: usize) -> Found {
    Ok(said(&lifetime::bg_nbd::fit(&histories(numbers)?)?.fit))
}

pub fn mbg_nbd(numbers: &Numbers, _threads: usize) -> Found {
    Ok(said(&lifetime::mbg_nbd::fit(&histories(numbers)?)?.fit))
}

pub fn pareto_nbd(numbers: &Numbers, _threads: usize) -> Found {
    Ok(said(&lifetime::pareto_nbd::fit(&histories(numbers)?)?.fit))
}

pub fn gamma_gamma(numbers: &Numbers, _threads: usize) -> Found {
    let rows = numbers.whole("frequency")?.into_iter().zip(numbers.column("monetary_value")?);
    let spendings: Vec<Spending> =
        rows.map(|(n_orders, mean)| Spending { n_orders, mean_amount: *mean }).collect();
    Ok(said(&lifetime::gamma_gamma::fit(&spendings)?.fit))
}

pub fn bg_bb(numbers: &Numbers, _threads: usize) -> Found {
    let (active, last) = (numbers.whole("frequency")?, numbers.whole("recency")?);
    let (periods, weights) = (numbers.whole("periods")?, numbers.whole("weights")?);
    let histories: Vec<PeriodHistory> = (0..active.len())
        .map(|row| PeriodHistory {
            n_active: active[row],
            last_active: last[row],
            n_periods: periods[row],
            n_customers: weights[row].into(),
        })
        .collect();
    Ok(said(&lifetime::bg_bb::fit(&histories)?.fit))
}

/// BG/NBD on the calibration, judged by what followed, beside the rate carried on.
pub fn holdout(numbers: &Numbers, _threads: usize) -> Found {
    let histories = histories(numbers)?;
    let horizon = numbers.column("horizon")?.first().copied().unwrap_or_default();
    let holdouts: Vec<Holdout> = histories
        .iter()
        .zip(numbers.whole("after")?)
        .map(|(history, n_actual)| Holdout { history: *history, n_actual })
        .collect();
    let model = lifetime::bg_nbd::fit(&histories)?.model;
    let judged = score(&model as &dyn PurchaseModel, &holdouts, horizon)?;
    Ok(vec![
        ("predicted".to_owned(), judged.predicted),
        ("mean_absolute_error".to_owned(), judged.mean_absolute_error),
        ("root_mean_squared_error".to_owned(), judged.root_mean_squared_error),
        ("correlation".to_owned(), judged.correlation.unwrap_or(f64::NAN)),
    ])
}
