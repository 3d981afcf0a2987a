//! How value is spread over the customers: quantiles, the top fifth, a histogram.

use perennial_types::money::decimal_text;

use super::answer::{BarAnswer, DistributionAnswer, QuantileAnswer};

/// Shares of the quantiles that are told.
const SHARES: [f64; 8] = [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0];
/// Steps of the histogram that are aimed at.
const N_STEPS: i128 = 20;

/// The spread of these values, in ten-thousandths.
pub fn spread(value: &[i128]) -> DistributionAnswer {
    let mut sorted = value.to_vec();
    sorted.sort_unstable();
    let (Some(least), Some(most)) = (sorted.first().copied(), sorted.last().copied()) else {
        return DistributionAnswer::default();
    };
    let quantile = |share: f64| {
        // 0.1 of 10 customers is the first of them, whatever that product is in binary.
        let rank = (share * sorted.len() as f64 - 1e-9).ceil().max(1.0) as usize;
        sorted.get(rank - 1).copied().unwrap_or(most)
    };
    let told =
        |share: &f64| QuantileAnswer { share: *share, value: decimal_text(quantile(*share)) };
    DistributionAnswer {
        quantiles: SHARES.iter().map(told).collect(),
        top_fifth: top_fifth(&sorted),
        histogram: histogram(&sorted, least, quantile(0.99)),
    }
}

/// The share of all value above 0 that the most valuable fifth makes.
fn top_fifth(sorted: &[i128]) -> Option<f64> {
    let above = |values: &[i128]| values.iter().filter(|one| **one > 0).sum::<i128>();
    let n = sorted.len().div_ceil(5);
    let all = above(sorted);
    (all > 0).then(|| above(sorted.get(sorted.len() - n..).unwrap_or_default()) as f64 / all as f64)
}

/// Steps of 1, 2 or 5 times a power of ten, from the step of the smallest value to that of `upper`,
/// and one more for whoever is above.
fn histogram(sorted: &[i128], least: i128, upper: i128) -> Vec<BarAnswer> {
    let step = round_step((upper - least) / N_STEPS);
    let first = least.div_euclid(step);
    let last = upper.div_euclid(step);
    let count = |from: i128, to: Option<i128>| {
        let below = |bound: i128| sorted.partition_point(|one| *one < bound);
        (to.map_or(sorted.len(), below) - below(from)) as u64
    };
    let mut bars: Vec<BarAnswer> = (first..=last)
        .map(|number| (number * step, (number + 1) * step))
        .map(|(from, to)| BarAnswer {
            from: decimal_text(from),
            to: Some(decimal_text(to)),
            customers: count(from, Some(to)),
        })
        .collect();
    let rest = (last + 1) * step;
    let n_above = count(rest, None);
    if n_above > 0 {
        bars.push(BarAnswer { from: decimal_text(rest), to: None, customers: n_above });
    }
    bars
}

/// The smallest 1, 2 or 5 times a power of ten that is at least so much, in ten-thousandths.
fn round_step(least: i128) -> i128 {
    let mut ten = 100;
    loop {
        for step in [ten, 2 * ten, 5 * ten] {
            if step >= least {
                return step;
            }
        }
        ten *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_type_1_and_bars_hold_everybody() {
        let value: Vec<i128> = (1..=200).map(|one| one * 10_000).collect();
        let found = spread(&value);
        let quantile = |at: usize| found.quantiles[at].value.as_str();
        assert_eq!(
            (quantile(0), quantile(3), quantile(6), quantile(7)),
            ("1.00", "100.00", "198.00", "200.00")
        );
        // 161 to 200 of 1 to 200.
        assert!((found.top_fifth.unwrap() - 7_220.0 / 20_100.0).abs() < 1e-12);
        let n: u64 = found.histogram.iter().map(|bar| bar.customers).sum();
        assert_eq!(n, 200);
        assert_eq!((found.histogram[0].from.as_str(), found.histogram[0].customers), ("0.00", 9));
        assert_eq!(found.histogram[1].to.as_deref(), Some("20.00"));
    }

    #[test]
    fn one_value_nothing_and_losses_have_a_spread_too() {
        assert_eq!(spread(&[]), DistributionAnswer::default());
        let alone = spread(&[70_000]);
        assert_eq!(
            (alone.histogram.len(), alone.histogram[0].customers, alone.top_fifth),
            (1, 1, Some(1.0))
        );
        let losses = spread(&[-50_000, -20_000]);
        assert_eq!(losses.top_fifth, None, "nobody is worth anything");
        assert_eq!(losses.histogram.iter().map(|bar| bar.customers).sum::<u64>(), 2);
    }
}
