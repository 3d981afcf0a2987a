//! Waltons' flies in two groups and Rossi's men in four, against lifelines 0.30.3.

use super::*;
use crate::survival::tests::{rossi, waltons};

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance, "{got} for {expected}");
}

#[test]
fn the_flies_of_waltons_match_lifelines_under_every_weight() {
    let Some((days, has_died, groups)) = waltons() else { return };
    let observations = Observations::new(&days, &has_died);
    for (weight, statistic, p_value) in [
        (Weight::LogRank, 122.249_126, 2.036e-28),
        (Weight::Wilcoxon, 139.647_866_132_020_14, 3.178_468_785_330_767_7e-32),
        (Weight::TaroneWare, 133.881_079_793_926_15, 5.800_800_593_351_999e-31),
        (Weight::Peto, 143.780_009_731_063_16, 3.969_068_956_801_373e-33),
        (Weight::FlemingHarrington { p: 1.0, q: 0.0 }, 139.843_934_199_433_28, 2.879_664e-32),
        (Weight::FlemingHarrington { p: 0.5, q: 1.0 }, 31.063_738_053_836_527, 2.496_927_7e-8),
    ] {
        let comparison = test(&observations, &groups, weight).unwrap();
        close(comparison.statistic, statistic, 1e-6);
        close(comparison.p_value / p_value, 1.0, 2e-4);
        assert_eq!(comparison.degrees_of_freedom, 1);
    }
}

#[test]
fn four_groups_match_lifelines() {
    let Some(table) = rossi() else { return };
    let arrested = table.flags("arrest");
    let observations = Observations::new(table.column("week"), &arrested);
    let groups: Vec<u32> = table.column("prio").iter().map(|prio| prio.min(3.0) as u32).collect();
    for (weight, statistic) in [
        (Weight::LogRank, 13.583_870_920_492_22),
        (Weight::Wilcoxon, 14.302_613_485_442_89),
        (Weight::TaroneWare, 13.971_471_813_641_784),
        (Weight::Peto, 14.345_687_397_412_27),
    ] {
        let comparison = test(&observations, &groups, weight).unwrap();
        close(comparison.statistic, statistic, 1e-8);
        assert_eq!(comparison.degrees_of_freedom, 3);
        // What was seen and what was expected add up to the same events.
        let seen: f64 = comparison.groups.iter().map(|group| group.observed).sum();
        let expected: f64 = comparison.groups.iter().map(|group| group.expected).sum();
        close(seen, 114.0, 1e-9);
        close(expected, 114.0, 1e-9);
    }
}

#[test]
fn small_cases_by_hand() {
    // Group 0: 1, 3; group 1: 2 (still here), 4; nobody tied.
    let (times, left) = ([1.0, 3.0, 2.0, 4.0], [true, true, false, true]);
    let observations = Observations::new(&times, &left);
    let comparison = test(&observations, &[0, 0, 1, 1], Weight::LogRank).unwrap();
    // Expected of group 0: 2/4 at 1, 1/2 at 3, 0 at 4; variance 1/4 + 1/4.
    close(comparison.groups[0].expected, 1.0, 1e-15);
    close(comparison.statistic, (2.0_f64 - 1.0).powi(2) / 0.5, 1e-14);
    // Who enters after 1 was not there to be compared at 1.
    let late = observations.entering(&[0.0, 0.0, 0.0, 1.5]);
    let comparison = test(&late, &[0, 0, 1, 1], Weight::LogRank).unwrap();
    close(comparison.groups[0].expected, 2.0 / 3.0 + 0.5, 1e-15);
}

#[test]
fn nothing_to_compare_is_refused() {
    let (times, left) = ([1.0, 3.0, 2.0, 4.0], [true, true, false, true]);
    let observations = Observations::new(&times, &left);
    let code = |groups: &[u32], weight| test(&observations, groups, weight).unwrap_err().code();
    assert_eq!(code(&[5; 4], Weight::LogRank), "one_group");
    assert_eq!(code(&[0, 1], Weight::LogRank), "lengths");
    assert_eq!(code(&[0, 0, 1, 1], Weight::FlemingHarrington { p: -1.0, q: 0.0 }), "bad_argument");
    // The groups were never watched at the same time.
    let apart = observations.entering(&[0.0, 2.5, 1.5, 3.5]);
    let alone = test(&apart, &[0, 0, 1, 1], Weight::LogRank).unwrap_err();
    assert_eq!(alone.code(), "one_group");
}
