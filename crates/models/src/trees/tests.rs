use super::axis::Axis;
use super::split::{Rules, Sums, UNBOUND, Way, best_cut, best_sets};
use super::tree::holds;
use proptest::prelude::*;

const RULES: Rules =
    Rules { min_rows: 1, min_hessian: 0.0, ridge: 0.0, way: Way::Free, bounds: UNBOUND };

#[test]
fn a_code_counts_the_cuts_below_a_value() {
    let values = [3.0, 1.0, f64::NAN, 2.0, 2.0];
    let Axis::Ordered(cuts) = Axis::exact(&values) else { panic!("numbers have an order") };
    assert_eq!(cuts, [1.5, 2.5]);
    let codes = [0.0, 1.5, 1.6, 2.5, 9.0, f64::NAN].map(|value| Axis::code_of_number(&cuts, value));
    assert_eq!(codes, [Some(0), Some(0), Some(1), Some(1), Some(2), None]);
    // Numbers with nothing between them still part.
    let next = 1.0_f64.next_up();
    let Axis::Ordered(cuts) = Axis::exact(&[1.0, next]) else { panic!("numbers have an order") };
    assert_eq!(Axis::code_of_number(&cuts, 1.0), Some(0));
    assert_eq!(Axis::code_of_number(&cuts, next), Some(1));
    assert_eq!(Axis::exact(&[f64::NAN]), Axis::Ordered(vec![]));
    assert_eq!(Axis::exact(&[-f64::MAX, f64::MAX]), Axis::Ordered(vec![0.0]));
}

#[test]
fn bins_hold_about_equally_many_rows() {
    let values: Vec<f64> = (0..10_000).map(|row| f64::from(row).powi(2)).collect();
    let Axis::Ordered(cuts) = Axis::binned(&values, 100) else { panic!("numbers have an order") };
    assert_eq!(cuts.len(), 99);
    let mut counts = vec![0; 100];
    for &value in &values {
        counts[Axis::code_of_number(&cuts, value).unwrap() as usize] += 1;
    }
    assert!(counts.iter().all(|&count| (99..=101).contains(&count)), "{counts:?}");
    // Few distinct values keep a bin each, however unevenly they are filled.
    let mut few = vec![0.0; 5_000];
    few.extend([1.0, 2.0, 3.0]);
    assert_eq!(Axis::binned(&few, 255), Axis::exact(&few));
}

/// What the gain of every split of the codes would be, tried one by one.
fn best_by_hand(codes: &[(u32, Sums)], sets_of_left: impl Iterator<Item = Vec<u32>>) -> f64 {
    let mut node = Sums::default();
    codes.iter().for_each(|code| node.add(code.1));
    let mut best = f64::NEG_INFINITY;
    for left_codes in sets_of_left {
        let mut left = Sums::default();
        codes.iter().filter(|code| left_codes.contains(&code.0)).for_each(|code| left.add(code.1));
        if left.n_rows > 0 && left.n_rows < node.n_rows {
            best = best.max(left.score(0.0) + node.without(left).score(0.0));
        }
    }
    best
}

fn sums(n_true: u32, n_rows: u32) -> Sums {
    Sums { gradient: n_true.into(), hessian: n_rows.into(), n_rows }
}

fn some_codes() -> impl Strategy<Value = Vec<(u32, Sums)>> {
    prop::collection::vec((0_u32..6, 1_u32..5), 2..8).prop_map(|counts| {
        let code = |(place, (n_true, more)): (usize, (u32, u32))| {
            (place as u32 * 3, sums(n_true, n_true + more))
        };
        counts.into_iter().enumerate().map(code).collect()
    })
}

proptest! {
    #[test]
    fn the_best_cut_is_the_best_of_all_cuts_and_sides_of_the_missing(
        codes in some_codes(), n_missing in 0_u32..4,
    ) {
        let missing = sums(n_missing / 2, n_missing);
        let with_missing: Vec<(u32, Sums)> =
            codes.iter().copied().chain([(99, missing)]).collect();
        let mut node = Sums::default();
        with_missing.iter().for_each(|code| node.add(code.1));
        let found = best_cut(0, 50, codes.iter().copied(), missing, node, &RULES).unwrap();
        let prefixes = (0..=codes.len()).flat_map(|n| {
            let left: Vec<u32> = codes[..n].iter().map(|code| code.0).collect();
            [left.clone(), left.into_iter().chain([99]).collect()]
        });
        prop_assert!((found.score - best_by_hand(&with_missing, prefixes)).abs() < 1e-9);
    }

    #[test]
    fn the_best_two_sets_of_categories_are_the_best_of_all(codes in some_codes()) {
        let mut node = Sums::default();
        codes.iter().for_each(|code| node.add(code.1));
        let found = best_sets(0, codes.iter().copied(), node, &RULES).unwrap();
        let subsets = (1_u32..1 << codes.len()).map(|bits| {
            (0..codes.len()).filter(|place| bits >> place & 1 == 1).map(|place| codes[place].0).collect()
        });
        prop_assert!((found.score - best_by_hand(&codes, subsets)).abs() < 1e-9);
        // The set parts the codes as the score says.
        let set = found.set.unwrap();
        let mut left = Sums::default();
        codes.iter().filter(|code| holds(&set, code.0)).for_each(|code| left.add(code.1));
        let score = left.score(0.0) + node.without(left).score(0.0);
        prop_assert!((found.score - score).abs() < 1e-9);
    }
}
