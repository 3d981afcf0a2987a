//! Series of known truth: formulas in plain loops, the right method chosen, intervals that hold.

use super::smoothing::Weights;
use super::*;
use crate::learn::Random;

fn normal(random: &mut Random) -> f64 {
    let radius = (-2.0 * (1.0 - random.unit()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.unit()).cos()
}

fn settings(season: Option<usize>, n_ahead: usize) -> Settings {
    Settings { season, n_ahead, levels: vec![0.8, 0.95], n_origins: 40 }
}

/// A level that wanders, a slope, a year's season and noise.
fn made(seed: u64, n: usize, slope: f64, season: f64, wander: f64) -> Vec<f64> {
    let mut random = Random::stream(seed, 5);
    let mut level = 200.0;
    let value = |at: usize| {
        level += slope + wander * normal(&mut random);
        let place = std::f64::consts::TAU * (at % 12) as f64 / 12.0;
        level + season * place.sin() + 3.0 * normal(&mut random)
    };
    (0..n).map(value).collect()
}

#[test]
fn smoothing_without_parts_is_the_weighted_mean_of_the_past() {
    let values = made(1, 30, 0.0, 0.0, 2.0);
    let form = Form { has_trend: false, season: None };
    let weights = Weights { level: 0.3, trend: 0.0, damping: 0.0, season: 0.0 };
    let found = Smoothed::with(&values, form, weights);
    // Σ α(1−α)^k y_{n−k}, what is left of the weight on the first value.
    let mut expected = values[0] * 0.7_f64.powi(30);
    for (k, value) in values.iter().rev().enumerate() {
        expected += 0.3 * 0.7_f64.powi(k as i32) * value;
    }
    assert!((found.level - expected).abs() < 1e-9);
    assert_eq!(found.ahead(3), vec![found.level; 3]);
}

#[test]
fn smoothing_with_all_parts_is_its_recursion() {
    let values = made(2, 40, 1.0, 20.0, 1.0);
    let form = Form { has_trend: true, season: Some(4) };
    let weights = Weights { level: 0.4, trend: 0.1, damping: 0.9, season: 0.2 };
    let found = Smoothed::with(&values, form, weights);
    // The recursion again, every state kept.
    let (early, late) =
        (values[..4].iter().sum::<f64>() / 4.0, values[4..8].iter().sum::<f64>() / 4.0);
    let trend = (late - early) / 4.0;
    let line = |at: f64| early + trend * (at - 1.5);
    let mut s: Vec<f64> = (0..4)
        .map(|at| 0.5 * (values[at] - line(at as f64) + values[at + 4] - line(at as f64 + 4.0)))
        .collect();
    let (mut l, mut b) = (vec![line(-1.0)], vec![trend]);
    let mut squares = 0.0;
    for (t, y) in values.iter().enumerate() {
        let e = y - (l[t] + 0.9 * b[t] + s[t]);
        squares += e * e;
        l.push(l[t] + 0.9 * b[t] + 0.4 * e);
        b.push(0.9 * b[t] + 0.1 * e);
        s.push(s[t] + 0.2 * e);
    }
    assert!((found.squares - squares).abs() < 1e-6 * squares);
    let ahead = found.ahead(6);
    for h in 1..=6 {
        let damped: f64 = (1..=h).map(|power| 0.9_f64.powi(power)).sum();
        let expected = l[40] + damped * b[40] + s[40 + (h as usize - 1) % 4];
        assert!((ahead[h as usize - 1] - expected).abs() < 1e-9, "{h}");
    }
}

#[test]
fn the_search_finds_weights_no_worse_than_a_grid() {
    let values = made(3, 60, 0.5, 15.0, 2.0);
    let form = Form { has_trend: true, season: Some(12) };
    let found = Smoothed::fit(&values, form, None);
    let grid = [0.02, 0.1, 0.3, 0.6, 0.9];
    for level in grid {
        for trend in grid {
            for season in grid {
                for damping in [0.82, 0.9, 0.97] {
                    let weights = Weights {
                        level,
                        trend: level * trend,
                        damping,
                        season: (1.0 - level) * season,
                    };
                    let other = Smoothed::with(&values, form, weights).squares;
                    assert!(
                        found.squares <= other * 1.01,
                        "{} for {other} at {weights:?}",
                        found.squares
                    );
                }
            }
        }
    }
}

#[test]
fn each_kind_of_series_finds_its_method() {
    let line: Vec<f64> = (0..40).map(|at| 10.0 + 3.0 * at as f64).collect();
    let found = forecast(&line, &settings(None, 4)).unwrap();
    assert_eq!(found.method, Method::Drift);
    assert!((found.values[3] - (10.0 + 3.0 * 43.0)).abs() < 1e-9);
    assert_eq!(
        found.intervals[0].as_ref().unwrap()[3],
        (found.values[3], found.values[3]),
        "it never erred"
    );
    let again: Vec<f64> = (0..48).map(|at| [5.0, 9.0, 2.0, 7.0][at % 4]).collect();
    let found = forecast(&again, &settings(Some(4), 5)).unwrap();
    assert_eq!(
        (found.method, found.values),
        (Method::SeasonalNaive, vec![5.0, 9.0, 2.0, 7.0, 5.0])
    );
    // A season that grows with its level is one of the logarithms.
    let growing: Vec<f64> = (0..60)
        .map(|at| 100.0 * 1.03_f64.powi(at) * [0.7, 1.0, 1.5, 0.8][at as usize % 4])
        .collect();
    let found = forecast(&growing, &settings(Some(4), 4)).unwrap();
    assert!(
        matches!(found.method, Method::Smoothing { logarithms: true, season: true, .. }),
        "{:?}",
        found.method
    );
    // The best is the first of those tried, and it is better than knowing nothing.
    assert!(found.tried.windows(2).all(|pair| pair[0].error <= pair[1].error));
    let naive = found.tried.iter().find(|one| one.method == Method::Naive).unwrap();
    assert!(found.tried[0].error < 0.3 * naive.error);
}

#[test]
fn errors_from_an_origin_know_nothing_of_what_comes_after() {
    let values = made(4, 50, 1.0, 10.0, 1.0);
    let mut changed = values.clone();
    changed[45..].iter_mut().for_each(|value| *value += 1e6);
    let of = |values: &[f64]| {
        rolling(values, 20..40, 5, |known, n| {
            carried(
                Method::Smoothing { trend: true, season: true, logarithms: false },
                known,
                Some(4),
                n,
                &mut None,
            )
        })
    };
    assert_eq!(of(&values), of(&changed));
    let errors = rolling(&values, 46..50, 3, |known, n| vec![known[known.len() - 1]; n]);
    assert_eq!(errors.0.iter().map(Vec::len).collect::<Vec<_>>(), [4, 3, 2]);
    assert!((errors.0[1][0] - (values[47] - values[45])).abs() < 1e-12);
}

#[test]
fn intervals_are_the_quantile_of_the_errors_by_their_spread() {
    // Spreads 2 and 4; |error| ÷ spread are 0.5, 1, 1.5 … of what brute force sorts.
    let errors = Errors(vec![vec![1.0, -2.0, 3.0, -1.0], vec![4.0, -4.0, 6.0], vec![9.0]]);
    let first = (15.0_f64 / 4.0).sqrt();
    let second = (68.0_f64 / 3.0).sqrt();
    let third = second * (3.0_f64 / 2.0).sqrt();
    let mut scaled = [
        1.0 / first,
        2.0 / first,
        3.0 / first,
        1.0 / first,
        4.0 / second,
        4.0 / second,
        6.0 / second,
        9.0 / third,
    ];
    scaled.sort_by(f64::total_cmp);
    let ends = errors.around(&[10.0, 20.0, 30.0], 0.5).unwrap();
    // Rank ⌈0.5 · 9⌉ = 5.
    for ((low, high), (value, spread)) in
        ends.iter().zip([(10.0, first), (20.0, second), (30.0, third)])
    {
        assert!(
            (high - (value + scaled[4] * spread)).abs() < 1e-12
                && (low + high - 2.0 * value).abs() < 1e-9
        );
    }
    assert_eq!(errors.around(&[1.0; 3], 0.95), None, "eight errors cannot tell 95 %");
}

#[test]
fn intervals_hold_about_as_often_as_they_say() {
    let n_ahead = 6;
    let (mut held, mut n) = ([0_usize; 2], 0);
    for seed in 0..60 {
        let whole = made(100 + seed, 84 + n_ahead, 0.4, 25.0, 2.0);
        let (known, actual) = whole.split_at(84);
        let found = forecast(known, &settings(Some(12), n_ahead)).unwrap();
        n += n_ahead;
        for (held, ends) in held.iter_mut().zip(&found.intervals) {
            let ends = ends.as_ref().unwrap();
            *held += ends
                .iter()
                .zip(actual)
                .filter(|((low, high), value)| (low..=high).contains(value))
                .count();
        }
    }
    let share = |held: usize| held as f64 / n as f64;
    assert!((0.70..=0.92).contains(&share(held[0])), "80 %: {}", share(held[0]));
    assert!((0.87..=0.995).contains(&share(held[1])), "95 %: {}", share(held[1]));
}

#[test]
fn what_cannot_be_foretold_is_refused() {
    let code = |values: &[f64], settings: &Settings| forecast(values, settings).unwrap_err().code();
    assert_eq!(code(&[1.0; 9], &settings(None, 2)), "series_too_short");
    let mut broken = vec![1.0; 20];
    broken[7] = f64::NAN;
    assert!(forecast(&broken, &settings(None, 2)).unwrap_err().to_string().contains("position 7"));
    assert_eq!(code(&[1.0; 20], &settings(Some(1), 2)), "bad_argument");
    assert_eq!(code(&[1.0; 20], &settings(None, 0)), "bad_argument");
    // A season longer than the series is left out, and said so.
    let found = forecast(&made(1, 20, 1.0, 1.0, 1.0), &settings(Some(12), 2)).unwrap();
    assert!(!found.has_season && found.tried.iter().all(|one| one.method != Method::SeasonalNaive));
}
