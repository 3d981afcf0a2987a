//! Scores worked out by hand, and what must hold of any of them.

mod laws;
mod learning;

use super::*;

fn close(found: f64, wanted: f64) -> bool {
    (found - wanted).abs() < 1e-9
}

#[test]
fn ties_share_the_middle_of_their_ranks() {
    let scale = Scale::of(&[3.0, 1.0, 3.0, 7.0]).unwrap();
    let ranks = [1.0, 3.0, 7.0].map(|value| scale.rank(value).unwrap());
    assert_eq!(ranks, [0.125, 0.5, 0.875]);
    assert_eq!(
        (scale.rank(0.0), scale.rank(8.0), scale.rank(f64::NAN)),
        (Some(0.0), Some(1.0), None)
    );
    assert!(close(scale.rank(2.0).unwrap(), 0.3125), "half way between 1 and 3");
    assert_eq!(Scale::of(&[5.0; 9]).unwrap().rank(5.0), Some(0.5), "all alike are middling");
    let far = Scale::of(&[-f64::MAX, f64::MAX]).unwrap();
    assert_eq!(far.rank(0.0), Some(0.5));
    assert_eq!(Scale::of(&[-0.0, 0.0]).unwrap().rank(0.0), Some(0.5));
}

#[test]
fn ranks_are_the_mean_of_strict_and_weak_percentiles() {
    // As scipy.stats.percentileofscore defines kind="mean": (share below + share at most) / 2.
    let scale = Scale::of(&[8.0, 2.0, 1.0, 8.0, 20.0, 2.0, 3.0, 8.0]).unwrap();
    for (value, rank) in [(1.0, 0.0625), (2.0, 0.25), (3.0, 0.4375), (8.0, 0.6875), (20.0, 0.9375)]
    {
        assert!(close(scale.rank(value).unwrap(), rank), "{value}");
    }
}

#[test]
fn what_cannot_be_ranked_is_named() {
    assert_eq!(Scale::of(&[]).unwrap_err().code(), "no_values");
    let error = Scale::of(&[1.0, f64::INFINITY]).unwrap_err();
    assert_eq!(error.to_string(), "the value of row 1 is `inf`");
    assert_eq!(
        Weights::new(vec![1.0, -1.0]).unwrap_err().to_string(),
        "the weight of dimension 1 is `-1`"
    );
    assert_eq!(Weights::new(vec![0.0, 0.0]).unwrap_err().code(), "no_weight");
    assert_eq!(Weights::new(vec![f64::MAX, f64::MAX]).unwrap_err().code(), "weight");
    let weights = Weights::new(vec![1.0, 1.0]).unwrap();
    assert_eq!(health(&[Some(0.5)], &weights, 0.0).unwrap_err().code(), "length");
    assert_eq!(health(&[Some(1.5), None], &weights, 0.0).unwrap_err().code(), "not_finite");
    assert_eq!(health(&[None, None], &weights, 0.0).unwrap_err().code(), "too_little_known");
}

#[test]
fn missing_is_not_zero() {
    let weights = Weights::new(vec![3.0, 1.0]).unwrap();
    let known = health(&[Some(0.8), None], &weights, 0.5).unwrap();
    assert!(close(known.score, 80.0) && close(known.coverage, 0.75));
    assert_eq!(known.points[1], 0.0);
    assert_eq!(
        health(&[None, Some(0.8)], &weights, 0.5).unwrap_err(),
        HealthError::TooLittleKnown { coverage: 0.25, needed: 0.5 }
    );
}

#[test]
fn half_is_left_after_a_half_life() {
    assert!(close(decayed(1.0, 180.0, 180.0), 0.75) && close(decayed(0.0, 360.0, 180.0), 0.375));
    assert!(close(decayed(0.9, 0.0, 180.0), 0.9) && close(decayed(0.9, -5.0, 180.0), 0.9));
}

#[test]
fn a_band_is_left_past_the_margin_after_two_looks() {
    let bounds = Bounds { at_risk_below: 40.0, healthy_from: 60.0, margin: 2.0, looks: 2 };
    let follow = |scores: &[f64]| {
        let mut standing = Standing::first(&bounds, scores[0]);
        let mut bands = vec![standing.band];
        for score in &scores[1..] {
            standing = standing.next(&bounds, *score);
            bands.push(standing.band);
        }
        bands
    };
    use Band::{AtRisk, Healthy, Watch};
    assert_eq!(follow(&[61.0, 59.0, 58.5, 59.9]), [Healthy; 4], "within the margin");
    assert_eq!(
        follow(&[61.0, 57.0, 61.0, 57.0, 56.0]),
        [Healthy, Healthy, Healthy, Healthy, Watch]
    );
    assert_eq!(follow(&[61.0, 57.0, 30.0]), [Healthy, Healthy, AtRisk], "lower and lower");
    assert_eq!(follow(&[50.0, 61.0, 39.0, 62.0, 62.0]), [Watch, Watch, Watch, Watch, Healthy]);
    assert_eq!(follow(&[39.0, 41.0, 41.5, 42.0, 42.0]), [AtRisk, AtRisk, AtRisk, AtRisk, Watch]);
    for bad in [
        Bounds { healthy_from: 40.0, ..bounds },
        Bounds { margin: 10.0, ..bounds },
        Bounds { margin: f64::NAN, ..bounds },
        Bounds { healthy_from: 101.0, ..bounds },
    ] {
        assert_eq!(bad.checked().unwrap_err().code(), "bounds");
    }
    assert_eq!(bounds.checked(), Ok(bounds));
}

#[test]
fn a_small_segment_is_ranked_among_all() {
    let columns = vec![vec![1.0, 2.0, 3.0, 10.0, f64::NAN], vec![f64::NAN; 5]];
    let segments = [Some("a"), Some("a"), Some("a"), Some("b"), Some("b")];
    let customers = Segmented { columns: &columns, segments: &segments };
    let reference = Reference::of(customers, 2).unwrap();
    let rank = |segment, value| reference.scale(segment, 0).unwrap().rank(value).unwrap();
    assert!(close(rank(Some("a"), 3.0), 5.0 / 6.0));
    assert!(close(rank(Some("b"), 3.0), 5.0 / 8.0) && close(rank(None, 3.0), 5.0 / 8.0));
    assert!(reference.has_own_scale("a") && !reference.has_own_scale("b"));
    assert!(reference.is_measured(0) && !reference.is_measured(1));
    assert!(reference.scale(Some("a"), 1).is_none());
    let text = serde_json::to_string(&reference).unwrap();
    assert_eq!(serde_json::from_str::<Reference>(&text).unwrap(), reference);
    let infinite = [vec![1.0, f64::INFINITY]];
    let customers = Segmented { columns: &infinite, segments: &[None, None] };
    assert_eq!(Reference::of(customers, 1).unwrap_err().to_string(), "the value of row 1 is `inf`");
}
