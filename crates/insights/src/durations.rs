//! How long things took: middle, tail and histogram of exact durations.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Middle and tail of some durations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Durations {
    /// How many.
    pub n: u64,
    /// Median in seconds; null of none.
    #[schema(required)]
    pub median_seconds: Option<f64>,
    /// 90th percentile in seconds; null of none.
    #[schema(required)]
    pub p90_seconds: Option<f64>,
}

/// One bar of a histogram.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = HistogramBar)]
pub struct Bar {
    /// Shortest duration of the bar, in seconds.
    pub from_seconds: f64,
    /// Shortest duration of the next one; null in the last bar, which holds its end too.
    #[schema(required)]
    pub to_seconds: Option<f64>,
    /// How many.
    pub n: u64,
}

impl Durations {
    /// Of these microseconds, which are sorted on the way.
    pub fn of(micros: &mut [i64]) -> Durations {
        micros.sort_unstable();
        let seconds = |share: f64| quantile(micros, share).map(|at| at / 1_000_000.0);
        Durations {
            n: micros.len() as u64,
            median_seconds: seconds(0.5),
            p90_seconds: seconds(0.9),
        }
    }
}

/// A quantile of sorted values, linear between closest ranks: type 7 of R. J. Hyndman and Y. Fan
/// (1996), "Sample quantiles in statistical packages", The American Statistician 50, 361–365.
pub fn quantile(sorted: &[i64], share: f64) -> Option<f64> {
    let rank = sorted.len().checked_sub(1)? as f64 * share;
    let below = *sorted.get(rank.floor() as usize)? as f64;
    let above = *sorted.get(rank.ceil() as usize)? as f64;
    Some(below + (above - below) * (rank - rank.floor()))
}

/// A quantile of values with how often each is there, as [`quantile`] has it; `None` of nothing.
pub fn spread_quantile(spread: &BTreeMap<u32, u64>, share: f64) -> Option<f64> {
    let n: u64 = spread.values().sum();
    let rank = n.checked_sub(1)? as f64 * share;
    let at = |rank: u64| -> Option<f64> {
        let mut before = 0;
        spread.iter().find_map(|(value, n)| {
            before += n;
            (rank < before).then_some(f64::from(*value))
        })
    };
    let (below, above) = (at(rank.floor() as u64)?, at(rank.ceil() as u64)?);
    Some(below + (above - below) * (rank - rank.floor()))
}

/// Lengths people read, in seconds: from seconds over minutes, hours and days to a year.
const LENGTHS: [i64; 20] = [
    1, 5, 15, 30, 60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 172_800, 259_200,
    604_800, 1_209_600, 2_592_000, 7_776_000, 31_536_000,
];

/// A histogram of microseconds up to a longest one, cut at lengths people read.
pub fn histogram(micros: &[i64], longest: i64) -> Vec<Bar> {
    let cuts = LENGTHS.iter().map(|seconds| seconds * 1_000_000).take_while(|cut| *cut < longest);
    let edges: Vec<i64> = std::iter::once(0).chain(cuts).collect();
    let mut bars: Vec<Bar> = edges
        .iter()
        .enumerate()
        .map(|(index, edge)| Bar {
            from_seconds: *edge as f64 / 1_000_000.0,
            to_seconds: edges.get(index + 1).map(|next| *next as f64 / 1_000_000.0),
            n: 0,
        })
        .collect();
    for value in micros {
        let index = edges.partition_point(|edge| edge <= value).saturating_sub(1);
        if let Some(bar) = bars.get_mut(index) {
            bar.n += 1;
        }
    }
    bars
}

/// Seconds as people read them: `45 s`, `12 min`, `3.5 h`, `2.1 d`.
pub fn length_text(seconds: f64) -> String {
    let (value, unit) = match seconds {
        s if s < 120.0 => (s, "s"),
        s if s < 7_200.0 => (s / 60.0, "min"),
        s if s < 172_800.0 => (s / 3_600.0, "h"),
        s => (s / 86_400.0, "d"),
    };
    let text = format!("{value:.1}");
    format!("{} {unit}", text.strip_suffix(".0").unwrap_or(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_type_7() {
        let mut micros: Vec<i64> = (1..=10).rev().map(|n| n * 1_000_000).collect();
        let durations = Durations::of(&mut micros);
        assert_eq!(
            (durations.n, durations.median_seconds, durations.p90_seconds),
            (10, Some(5.5), Some(9.1))
        );
        assert_eq!(Durations::of(&mut []), Durations::default());
    }

    #[test]
    fn every_duration_stands_in_one_bar() {
        let micros = [0, 999_999, 1_000_000, 4_000_000, 60_000_000, 90_000_000];
        let bars = histogram(&micros, 90_000_000);
        let counts: Vec<(f64, u64)> =
            bars.iter().filter(|bar| bar.n > 0).map(|bar| (bar.from_seconds, bar.n)).collect();
        assert_eq!(counts, [(0.0, 2), (1.0, 2), (60.0, 2)]);
        assert_eq!(bars.last().and_then(|bar| bar.to_seconds), None);
    }

    #[test]
    fn lengths_are_read_in_their_own_unit() {
        let read: Vec<String> = [0.5, 90.0, 600.0, 12_600.0, 172_800.0].map(length_text).into();
        assert_eq!(read, ["0.5 s", "90 s", "10 min", "3.5 h", "2 d"]);
    }
}
