//! Change points: the Nile, planted breaks, and every segmentation tried in plain loops.

use proptest::prelude::*;

use super::super::{MAX_POINTS, Segmentation, SeriesError, Shape, change_points};
use super::{NILE, near};

fn level(min_length: usize) -> Segmentation {
    Segmentation { shape: Shape::Level, min_length, strictness: 1.0 }
}

/// Noise of a mean of about 0 and a deviation of 1, by Lehmer's generator and twelve uniforms.
fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut state = seed * 2 + 1;
    let mut uniform = || {
        state = state * 48_271 % 2_147_483_647;
        state as f64 / 2_147_483_647.0
    };
    (0..n).map(|_| (0..12).map(|_| uniform()).sum::<f64>() - 6.0).collect()
}

/// The break of 1898, when the dam of Aswan was begun; means 1097.75 and 849.97 (A. Zeileis,
/// C. Kleiber, W. Krämer, K. Hornik (2003), Computational Statistics & Data Analysis 44, 109–123).
#[test]
fn finds_the_published_break_of_the_nile() {
    let found = change_points(&NILE, &level(5)).unwrap();
    let [only] = found.changes.as_slice() else { panic!("{:?}", found.changes) };
    assert_eq!(only.at, 28, "1871 + 28 is the first year after 1898");
    near(only.before, 1097.75, 1e-9);
    near(only.after, 849.972_222_222_222_2, 1e-9);
    // By hand: the median absolute deviations of differences over one and two years are 110 and 110.5.
    near(found.correlation, (110.5 * 110.5) / (110.0 * 110.0) - 1.0, 1e-9);
}

/// ruptures 1.1, `Pelt(model="l2", min_size=3, jump=1)`, finds the same three.
#[test]
fn finds_planted_levels_where_ruptures_does() {
    let level_at = |at: usize| match at {
        0..20 => 0.0,
        20..50 => 5.0,
        50..75 => 2.0,
        _ => 9.0,
    };
    let wobble = |at: usize| (((at * 7919) % 17) as f64 - 8.0) / 8.0;
    let values: Vec<f64> = (0..100).map(|at| level_at(at) + wobble(at)).collect();
    let found = change_points(&values, &level(3)).unwrap();
    assert_eq!(found.changes.iter().map(|one| one.at).collect::<Vec<_>>(), [20, 50, 75]);
}

#[test]
fn a_line_that_only_rises_has_no_change_and_a_broken_one_has_one() {
    let segmentation = Segmentation { shape: Shape::Line, ..level(6) };
    let noise = noise(120, 5);
    let rising: Vec<f64> = (0..120).map(|at| 3.0 * at as f64 + noise[at]).collect();
    assert_eq!(change_points(&rising, &segmentation).unwrap().changes, []);
    let broken = |at: usize| if at < 70 { rising[at] } else { rising[at] - 25.0 };
    let broken: Vec<f64> = (0..120).map(broken).collect();
    let found = change_points(&broken, &segmentation).unwrap();
    let [only] = found.changes.as_slice() else { panic!("{found:?}") };
    assert_eq!(only.at, 70);
    near(only.after - only.before, -25.0, 1.5);
    near(only.slope_before, 3.0, 0.05);
}

#[test]
fn noise_alone_seldom_changes_even_where_neighbours_are_alike() {
    let mut n_wrong = [0, 0];
    for seed in 1..=200 {
        let white = noise(150, seed);
        let mut alike = white.clone();
        for at in 1..alike.len() {
            alike[at] += 0.5 * alike[at - 1];
        }
        for (values, n_wrong) in [white, alike].iter().zip(&mut n_wrong) {
            let found = change_points(values, &level(7)).unwrap();
            *n_wrong += usize::from(!found.changes.is_empty());
        }
    }
    // A ρ told from 150 values is rough, so one in seven of the alike ones is still misread.
    assert!(n_wrong[0] <= 4 && n_wrong[1] <= 32, "{n_wrong:?} of 200");
}

#[test]
fn steps_without_noise_are_found_and_a_level_has_none() {
    let steps: Vec<f64> = (0..30).map(|at| if at < 12 { 4.0 } else { 6.0 }).collect();
    let found = change_points(&steps, &level(3)).unwrap();
    assert_eq!(found.changes.iter().map(|one| one.at).collect::<Vec<_>>(), [12]);
    assert_eq!(change_points(&[4.0; 30], &level(3)).unwrap().changes, []);
    assert_eq!(change_points(&[], &level(3)).unwrap().changes, []);
}

#[test]
fn what_cannot_be_searched_is_refused() {
    let too_long = Err(SeriesError::TooLong { found: MAX_POINTS + 1, most: MAX_POINTS });
    assert_eq!(change_points(&vec![0.0; MAX_POINTS + 1], &level(3)), too_long);
    let too_short = Err(SeriesError::StretchTooShort { found: 1, needed: 2 });
    assert_eq!(change_points(&[1.0, 2.0], &level(1)), too_short);
}

/// Residual squares of a segment, by the definition.
fn squares(values: &[f64], shape: Shape) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let middle = (n - 1.0) / 2.0;
    let slope = match shape {
        Shape::Level => 0.0,
        Shape::Line => {
            let along = |at: usize| at as f64 - middle;
            let both: f64 = values.iter().enumerate().map(|(at, y)| along(at) * y).sum();
            both / (0..values.len()).map(|at| along(at) * along(at)).sum::<f64>()
        }
    };
    let rest = |(at, y): (usize, &f64)| y - mean - slope * (at as f64 - middle);
    values.iter().enumerate().map(|one| rest(one) * rest(one)).sum()
}

/// The least total of any segmentation: every last segment tried, without pruning.
fn least(values: &[f64], segmentation: &Segmentation, penalty: f64) -> f64 {
    let n = values.len();
    let mut best = vec![f64::INFINITY; n + 1];
    best[0] = -penalty;
    for end in 1..=n {
        for start in 0..(end + 1).saturating_sub(segmentation.min_length) {
            let cost = squares(&values[start..end], segmentation.shape);
            best[end] = best[end].min(best[start] + cost + penalty);
        }
    }
    best[n]
}

proptest! {
    /// The segmentation found is as good as the best of all.
    #[test]
    fn pruning_loses_nothing(
        values in prop::collection::vec(-20..20_i32, 8..60),
        min_length in 3_usize..7,
        is_line in any::<bool>(),
        tenths in 1..20_u32,
    ) {
        let values: Vec<f64> = values.iter().copied().map(f64::from).collect();
        let shape = if is_line { Shape::Line } else { Shape::Level };
        let segmentation =
            Segmentation { shape, min_length, strictness: f64::from(tenths) / 10.0 };
        let found = change_points(&values, &segmentation).unwrap();
        prop_assume!(found.deviation > 0.0 && values.len() >= 2 * min_length);
        let penalty = found.penalty * found.deviation * found.deviation;
        let starts: Vec<usize> = [0].into_iter().chain(found.changes.iter().map(|one| one.at)).collect();
        let ends = starts.iter().skip(1).copied().chain([values.len()]);
        let mut total = penalty * found.changes.len() as f64;
        for (start, end) in starts.iter().zip(ends) {
            prop_assert!(end - start >= min_length);
            total += squares(&values[*start..end], shape);
        }
        let best = least(&values, &segmentation, penalty);
        prop_assert!((total - best).abs() < 1e-6 * best.abs().max(1.0), "{total} {best}");
    }
}
