//! Concordance: how often the one expected to leave sooner did.
//!
//! Answers how well a score orders customers by their stay. Of all pairs in which it is known who
//! left first, the share in which the higher risk left first; equal risks count half. A pair is
//! comparable if one left and the other was watched for longer, or exactly as long and was still
//! here. 0.5 is a coin, 1 is perfect.
//!
//! Source: F. E. Harrell et al. (1982), Evaluating the yield of medical tests, JAMA 247, 2543–2546.
//! Counted with a Fenwick tree in n log n, not pair by pair.

use super::observations::{check_each, check_length};
use super::{Observations, SurvivalError};

/// The index, or `None` where no pair is comparable. `risks` are higher for those expected to leave
/// sooner. Pairs are compared within a stratum where `strata` are given.
///
/// # Errors
/// Those of [`Observations::check`]; [`SurvivalError::BadRow`] for risks that are not finite.
pub fn concordance(
    observations: &Observations,
    risks: &[f64],
    strata: Option<&[u32]>,
) -> Result<Option<f64>, SurvivalError> {
    observations.check()?;
    check_length("risks", risks.len(), observations.n_rows())?;
    check_each("risk", risks, |_| None)?;
    check_length("strata", strata.map_or(risks.len(), <[u32]>::len), risks.len())?;
    let stratum = |row: usize| strata.and_then(|codes| codes.get(row)).map_or(0, |code| *code);
    let mut sorted: Vec<f64> = risks.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.dedup();
    let mut rows: Vec<Row> = risks
        .iter()
        .zip(observations.durations.iter().zip(observations.events))
        .enumerate()
        .map(|(row, (risk, (duration, has_left)))| Row {
            stratum: stratum(row),
            duration: *duration,
            has_left: *has_left,
            rank: sorted.partition_point(|other| other < risk),
        })
        .collect();
    // Longest first, and of those equally long the still-here first: each is compared with all
    // that came before it.
    rows.sort_unstable_by(|a, b| {
        let by_time = b.duration.total_cmp(&a.duration);
        a.stratum.cmp(&b.stratum).then(by_time).then(a.has_left.cmp(&b.has_left))
    });
    let (mut right, mut tied, mut pairs) = (0.0, 0.0, 0.0);
    for alike in rows.chunk_by(|a, b| a.stratum == b.stratum) {
        let mut longer = Counts::new(sorted.len());
        for moment in alike.chunk_by(|a, b| a.duration == b.duration) {
            let n_here = moment.partition_point(|row| !row.has_left);
            let (still_here, left) = moment.split_at(n_here);
            still_here.iter().for_each(|row| longer.add(row.rank));
            for row in left {
                let (below, up_to) = (longer.below(row.rank), longer.below(row.rank + 1));
                right += below;
                tied += up_to - below;
                pairs += longer.all;
            }
            left.iter().for_each(|row| longer.add(row.rank));
        }
    }
    Ok((pairs > 0.0).then(|| (right + 0.5 * tied) / pairs))
}

/// One customer.
struct Row {
    stratum: u32,
    duration: f64,
    has_left: bool,
    rank: usize,
}

/// A Fenwick tree of counts by rank.
struct Counts {
    tree: Vec<f64>,
    all: f64,
}

impl Counts {
    fn new(n_ranks: usize) -> Counts {
        Counts { tree: vec![0.0; n_ranks + 1], all: 0.0 }
    }

    fn add(&mut self, rank: usize) {
        self.all += 1.0;
        let mut at = rank + 1;
        while let Some(cell) = self.tree.get_mut(at) {
            *cell += 1.0;
            at += at & at.wrapping_neg();
        }
    }

    /// How many have a rank below this one.
    fn below(&self, rank: usize) -> f64 {
        let (mut sum, mut at) = (0.0, rank);
        while at > 0 {
            sum += self.tree.get(at).map_or(0.0, |cell| *cell);
            at &= at - 1;
        }
        sum
    }
}
