//! What must hold of every score, whatever the measures.

use proptest::prelude::*;

use super::super::*;

/// Oriented ranks of some dimensions, some of them missing, and what they weigh.
fn customers() -> impl Strategy<Value = (Vec<Option<f64>>, Vec<f64>)> {
    (1..12_usize).prop_flat_map(|n| {
        let rank = prop::option::weighted(0.8, 0.0..=1.0);
        (prop::collection::vec(rank, n), prop::collection::vec(0.01..10.0, n))
    })
}

fn scored(oriented: &[Option<f64>], weights: &[f64]) -> Option<Health> {
    health(oriented, &Weights::new(weights.to_vec()).unwrap(), 0.0).ok()
}

proptest! {
    #[test]
    fn a_better_rank_never_lowers_the_score(
        (oriented, weights) in customers(), place in 0..12_usize, better in 0.0..1.0_f64,
    ) {
        let place = place % oriented.len();
        let mut improved = oriented.clone();
        improved[place] = oriented[place].map(|rank| rank + (1.0 - rank) * better);
        if let (Some(before), Some(after)) = (scored(&oriented, &weights), scored(&improved, &weights)) {
            prop_assert!(after.score >= before.score - 1e-9);
        }
    }

    #[test]
    fn points_add_up_and_scores_lie_between_0_and_100((oriented, weights) in customers()) {
        if let Some(found) = scored(&oriented, &weights) {
            prop_assert!((0.0..=100.0).contains(&found.score));
            prop_assert!((50.0 + found.points.iter().sum::<f64>() - found.score).abs() < 1e-9);
            let mean: f64 = {
                let known = oriented.iter().zip(&weights).filter_map(|(x, w)| Some((x.as_ref()?, w)));
                let (sum, total) =
                    known.fold((0.0, 0.0), |(sum, total), (x, w)| (sum + x * w, total + w));
                100.0 * sum / total
            };
            prop_assert!((found.score - mean).abs() < 1e-9, "{} {mean}", found.score);
        }
    }

    #[test]
    fn leaving_out_what_is_missing_changes_nothing((oriented, weights) in customers()) {
        let known: Vec<usize> = (0..oriented.len()).filter(|place| oriented[*place].is_some()).collect();
        let kept: Vec<Option<f64>> = known.iter().map(|place| oriented[*place]).collect();
        let doubled: Vec<f64> = known.iter().map(|place| 2.0 * weights[*place]).collect();
        if let Some(found) = scored(&oriented, &weights) {
            let alone = scored(&kept, &doubled).unwrap();
            prop_assert!((found.score - alone.score).abs() < 1e-9);
            prop_assert!((alone.coverage - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn reasons_add_up_to_the_change(
        (before, weights) in customers(), ranks in prop::collection::vec(prop::option::of(0.0..=1.0), 12),
    ) {
        let after = &ranks[..before.len()];
        if let (Some(before), Some(after)) = (scored(&before, &weights), scored(after, &weights)) {
            let reasons = differences(&before, &after);
            let sum: f64 = reasons.iter().map(|reason| reason.points).sum();
            prop_assert!((sum - (after.score - before.score)).abs() < 1e-9);
            let (up, down) = strongest(&reasons, 3);
            prop_assert!(up.len() <= 3 && up.iter().all(|one| one.points > 0.0));
            prop_assert!(down.windows(2).all(|pair| pair[0].points <= pair[1].points));
        }
    }

    #[test]
    fn the_order_of_customers_changes_no_rank(
        values in prop::collection::vec(-50..50_i32, 1..60), turn in 0..60_usize,
    ) {
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let mut turned = values.clone();
        turned.rotate_left(turn % values.len());
        let scale = Scale::of(&values).unwrap();
        prop_assert_eq!(&scale, &Scale::of(&turned).unwrap());
        let mean = values.iter().map(|value| scale.rank(*value).unwrap()).sum::<f64>() / values.len() as f64;
        prop_assert!((mean - 0.5).abs() < 1e-9, "ties or not, the mean rank is a half");
        for value in &values {
            let below = values.iter().filter(|other| *other < value).count() as f64;
            let equal = values.iter().filter(|other| *other == value).count() as f64;
            let wanted = (below + equal / 2.0) / values.len() as f64;
            prop_assert!((scale.rank(*value).unwrap() - wanted).abs() < 1e-12);
        }
    }

    #[test]
    fn thinning_moves_ranks_by_little(seed in any::<u64>(), n in 600..3_000_usize, mass in 1..400_usize) {
        let mut random = crate::learn::Random::stream(seed, 0);
        let mut values: Vec<f64> = (0..n).map(|_| random.below(1 << 20) as f64).collect();
        let heavy = values[0];
        values.extend(std::iter::repeat_n(heavy, mass));
        let scale = Scale::of(&values).unwrap();
        let mut last = 0.0;
        let mut sorted = values.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        for value in &sorted {
            let below = sorted.partition_point(|other| other < value) as f64;
            let upto = sorted.partition_point(|other| other <= value) as f64;
            let exact = (below + upto) / 2.0 / sorted.len() as f64;
            let rank = scale.rank(*value).unwrap();
            prop_assert!((rank - exact).abs() <= 2.0 / 512.0, "{rank} {exact}");
            prop_assert!(rank >= last);
            last = rank;
        }
    }

    #[test]
    fn hysteresis_never_moves_more_often_than_the_score(
        scores in prop::collection::vec(0.0..100.0_f64, 1..40), margin in 0.0..9.0_f64, looks in 1..4_u32,
    ) {
        let bounds = Bounds { at_risk_below: 40.0, healthy_from: 60.0, margin, looks };
        let plain = Bounds { margin: 0.0, looks: 1, ..bounds };
        let moves = |bounds: &Bounds| {
            let mut standing = Standing::first(bounds, scores[0]);
            let mut n_moves = 0;
            for score in &scores[1..] {
                let next = standing.next(bounds, *score);
                n_moves += u32::from(next.band != standing.band);
                standing = next;
            }
            (n_moves, standing.band)
        };
        prop_assert!(moves(&bounds).0 <= moves(&plain).0);
        prop_assert_eq!(moves(&plain).1, plain.band(scores[scores.len() - 1]));
    }
}
