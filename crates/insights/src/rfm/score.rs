//! Scores: where each begins, and what every customer gets.
//!
//! All three measures are numbers of which more is better (recency as minus its days). Score `s`
//! begins at a lower bound: the score of a value is 1 + the number of bounds it reaches.
//!
//! | scoring | lower bound of the score k + 1 |
//! |---|---|
//! | quantile | the smallest value above the inverse of the distribution at k ÷ bins (type 1 of Hyndman and Fan (1996), The American Statistician 50, 361–365) |
//! | mean, median | the smallest number at or above it |
//! | fixed | as given |
//!
//! With `ties: first` the score of the customer of rank r of n is 1 + the number of k with
//! r > 1 + (n − 1)·k ÷ bins: equal parts of the ranks, as `qcut` over ranks without ties cuts them.

use perennial_types::money::Decimal4;

use super::book::{Book, Standing};
use super::naming::Scores;
use super::plan::Plan;
use super::question::{Cutoffs, Scoring, Ties};

/// Lower bounds of the scores from 2 on, for recency, frequency and money; `None` for a score nobody
/// reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bounds(pub [Vec<Option<i128>>; 3]);

/// The scores of one reference date.
#[derive(Clone, Debug, Default)]
pub struct Scored {
    /// Scores of every customer of the book; zeros where there is nothing to score.
    pub scores: Vec<Scores>,
    /// Where the scores begin.
    pub bounds: Bounds,
}

impl Bounds {
    /// As the question and the answer write them.
    pub fn cutoffs(&self) -> Cutoffs {
        let [recency, frequency, money] = &self.0;
        let whole = |bound: &Option<i128>| bound.map(|bound| bound as i64);
        Cutoffs {
            recency_days: recency.iter().map(|bound| bound.map(|bound| -bound as i64)).collect(),
            frequency: frequency.iter().map(whole).collect(),
            money: money.iter().map(|bound| whole(bound).map(Decimal4)).collect(),
        }
    }

    /// Those of fixed scoring.
    fn given(cutoffs: &Cutoffs) -> Bounds {
        let recency = cutoffs.recency_days.iter().map(|days| days.map(|days| -i128::from(days)));
        let frequency = cutoffs.frequency.iter().map(|n| n.map(i128::from));
        let money = cutoffs.money.iter().map(|one| one.map(|one| i128::from(one.0)));
        Bounds([recency.collect(), frequency.collect(), money.collect()])
    }

    fn score(&self, values: [i128; 3]) -> Scores {
        let one = |measure: usize| {
            let reached =
                self.0[measure].iter().flatten().filter(|bound| values[measure] >= **bound);
            1 + reached.count() as u8
        };
        [one(0), one(1), one(2)]
    }
}

/// The scores at a reference date; by bounds of another date, where they are given.
pub fn scored(plan: &Plan, book: &Book, reference: usize, kept: Option<&Bounds>) -> Scored {
    let question = &plan.question;
    let standings = book.at.get(reference).map(Vec::as_slice).unwrap_or_default();
    let there = || standings.iter().filter(|one| one.is_there());
    let values = |one: &Standing| one.values(question.money);
    let is_by_rank =
        kept.is_none() && question.scoring == Scoring::Quantile && question.ties == Ties::First;
    if is_by_rank {
        return by_rank(standings, plan);
    }
    let bounds = match (kept, &question.cutoffs) {
        (Some(kept), _) => kept.clone(),
        (None, Some(cutoffs)) => Bounds::given(cutoffs),
        (None, None) => Bounds([0, 1, 2].map(|measure| {
            let mut all: Vec<i128> = there().map(|one| values(one)[measure]).collect();
            lower_bounds(&mut all, question.scoring, plan.n_bins())
        })),
    };
    let score = |one: &Standing| {
        if one.is_there() { bounds.score(values(one)) } else { Scores::default() }
    };
    Scored { scores: standings.iter().map(score).collect(), bounds }
}

/// Lower bounds of one measure, from the values of all customers.
fn lower_bounds(values: &mut [i128], scoring: Scoring, bins: u8) -> Vec<Option<i128>> {
    let n = values.len();
    if n == 0 {
        return vec![None; usize::from(bins) - 1];
    }
    match scoring {
        Scoring::Mean => {
            let sum: i128 = values.iter().sum();
            vec![Some(ceiling(sum, n as i128))]
        }
        Scoring::Median => {
            values.sort_unstable();
            vec![Some(ceiling(values[(n - 1) / 2] + values[n / 2], 2))]
        }
        Scoring::Quantile | Scoring::Fixed => {
            values.sort_unstable();
            let bound = |k: usize| {
                let below = values[(n * k).div_ceil(usize::from(bins)).max(1) - 1];
                values.get(values.partition_point(|value| *value <= below)).copied()
            };
            (1..usize::from(bins)).map(bound).collect()
        }
    }
}

/// The smallest whole number at or above a quotient.
fn ceiling(dividend: i128, divisor: i128) -> i128 {
    dividend.div_euclid(divisor) + i128::from(dividend.rem_euclid(divisor) > 0)
}

/// Scores by rank, ties broken by the order of the customers.
fn by_rank(standings: &[Standing], plan: &Plan) -> Scored {
    let bins = usize::from(plan.n_bins());
    let mut found =
        Scored { scores: vec![Scores::default(); standings.len()], ..Scored::default() };
    let there = (0..standings.len()).filter(|row| standings[*row].is_there());
    let there: Vec<usize> = there.collect();
    for measure in 0..3 {
        let value = |row: &usize| standings[*row].values(plan.question.money)[measure];
        let mut ranked = there.clone();
        // A stable sort: equal values stay in the order of the customers.
        ranked.sort_by_key(value);
        let gaps = ranked.len().saturating_sub(1);
        let mut bounds = vec![None; bins - 1];
        for (rank, row) in ranked.iter().enumerate() {
            let passed = (1..bins).filter(|k| bins * rank > gaps * k).count();
            found.scores[*row][measure] = 1 + passed as u8;
            for bound in bounds.iter_mut().take(passed) {
                *bound = bound.or_else(|| Some(value(row)));
            }
        }
        found.bounds.0[measure] = bounds;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantile(values: &[i128], bins: u8) -> Vec<Option<i128>> {
        lower_bounds(&mut values.to_vec(), Scoring::Quantile, bins)
    }

    #[test]
    fn ten_values_are_cut_in_five_equal_parts() {
        let values: Vec<i128> = (1..=10).collect();
        assert_eq!(quantile(&values, 5), [3, 5, 7, 9].map(Some));
    }

    #[test]
    fn equal_values_share_a_score_and_a_score_nobody_reaches_has_no_bound() {
        assert_eq!(quantile(&[7; 4], 5), [None; 4]);
        assert_eq!(quantile(&[1, 1, 1, 2, 3], 5), [Some(2), Some(2), Some(2), Some(3)]);
        assert_eq!(quantile(&[], 3), [None; 2]);
    }

    #[test]
    fn the_mean_and_the_median_belong_to_the_better_half() {
        let half = |scoring| lower_bounds(&mut [-30, -10, -10, -1], scoring, 2);
        assert_eq!(half(Scoring::Mean), [Some(-12)], "-12.75, and -12 is the next whole number");
        assert_eq!(half(Scoring::Median), [Some(-10)]);
        assert_eq!(lower_bounds(&mut [4, 4], Scoring::Mean, 2), [Some(4)]);
    }
}
