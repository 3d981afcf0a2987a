//! What one feature is like over all customers: how many have it, and how it is spread.

use std::collections::BTreeMap;

use super::answer::{Level, Summary};

/// Values of a text that are shown by themselves.
const N_LEVELS: usize = 20;

/// The summary of a feature of `n_rows` rows. `values` are those that are there, in any order, and
/// are left in another.
///
/// Quantiles interpolate between the two nearest values: type 7 of R. J. Hyndman and Y. Fan (1996),
/// "Sample quantiles in statistical packages", The American Statistician 50, 361–365.
pub fn of_numbers(n_rows: usize, values: &mut [f64]) -> Summary {
    let n = values.len();
    let sum: f64 = values.iter().sum();
    let mean = (n > 0).then(|| sum / n as f64);
    let squares = mean.map(|mean| values.iter().map(|value| (value - mean).powi(2)).sum::<f64>());
    let deviation = squares.filter(|_| n > 1).map(|squares| (squares / (n - 1) as f64).sqrt());
    let least = values.iter().copied().reduce(f64::min);
    let most = values.iter().copied().reduce(f64::max);
    let [median, p10, p25, p75, p90] =
        [0.5, 0.1, 0.25, 0.75, 0.9].map(|share| quantile(values, share));
    Summary {
        present: n as u64,
        missing: (n_rows - n) as u64,
        mean,
        deviation,
        least,
        p10,
        p25,
        median,
        p75,
        p90,
        most,
        levels: Vec::new(),
        other_levels: None,
    }
}

/// The summary of a text: the most frequent values, values as frequent in order of their names, and
/// how many rows have another one.
pub fn of_texts<'a>(n_rows: usize, values: impl Iterator<Item = &'a str>) -> Summary {
    let mut sizes: BTreeMap<&str, u64> = BTreeMap::new();
    for value in values {
        *sizes.entry(value).or_default() += 1;
    }
    let present: u64 = sizes.values().sum();
    let mut levels: Vec<Level> = sizes
        .into_iter()
        .map(|(value, customers)| Level { value: value.to_owned(), customers })
        .collect();
    levels.sort_by_key(|level| std::cmp::Reverse(level.customers));
    let rest = levels.split_off(levels.len().min(N_LEVELS));
    let n_others = rest.iter().map(|level| level.customers).sum();
    Summary {
        present,
        missing: n_rows as u64 - present,
        levels,
        other_levels: (!rest.is_empty()).then_some(n_others),
        ..Summary::default()
    }
}

/// The quantile of values in any order.
fn quantile(values: &mut [f64], share: f64) -> Option<f64> {
    let place = share * values.len().checked_sub(1)? as f64;
    let (below, rest) = (place.floor() as usize, place.fract());
    let (_, lower, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    let lower = *lower;
    let upper = above.iter().copied().reduce(f64::min).filter(|_| rest > 0.0).unwrap_or(lower);
    Some(lower + (upper - lower) * rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_numpy() {
        // numpy 2.4: np.quantile([7, 1, 3, 10], [.1, .25, .5, .75, .9]), np.std(ddof=1).
        let found = of_numbers(6, &mut [7.0, 1.0, 3.0, 10.0]);
        let close = |found: Option<f64>, wanted: f64| (found.unwrap() - wanted).abs() < 1e-12;
        assert_eq!((found.present, found.missing, found.mean), (4, 2, Some(5.25)));
        assert!(close(found.p10, 1.6) && close(found.p25, 2.5) && close(found.median, 5.0));
        assert!(
            close(found.p75, 7.75)
                && close(found.p90, 9.1)
                && close(found.deviation, 4.031_128_874_149_275)
        );
        assert_eq!((found.least, found.most), (Some(1.0), Some(10.0)));
    }

    #[test]
    fn of_nobody_there_is_no_mean() {
        let found = of_numbers(0, &mut []);
        assert_eq!((found.present, found.mean, found.median, found.most), (0, None, None, None));
        assert_eq!(of_numbers(1, &mut [2.0]).deviation, None, "of one");
    }

    #[test]
    fn the_rest_of_many_texts_is_counted() {
        let names: Vec<String> = (0..30).map(|n| format!("v{n:02}")).collect();
        let found = of_texts(33, names.iter().map(String::as_str).chain(["v07"]));
        assert_eq!((found.present, found.missing, found.levels.len()), (31, 2, 20));
        assert_eq!((found.levels[0].value.as_str(), found.levels[0].customers), ("v07", 2));
        assert_eq!(found.other_levels, Some(10));
    }
}
