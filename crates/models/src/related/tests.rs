use proptest::prelude::*;

use super::*;
use crate::learn::Random;

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
}

#[test]
fn ranks_of_ties_are_shared_and_gaps_have_none() {
    let ranks = mean_ranks(&[3.0, 1.0, f64::NAN, 3.0, -0.0, 0.0]);
    assert_eq!(&ranks[..2], [4.5, 3.0]);
    assert!(ranks[2].is_nan());
    assert_eq!(&ranks[3..], [4.5, 1.5, 1.5]);
}

/// Hours of television and measured intelligence, the example of many textbooks:
/// ρ = −29/165 = −0.175758.
#[test]
fn a_rank_correlation_by_hand() {
    let intelligence = vec![106.0, 100.0, 86.0, 101.0, 99.0, 103.0, 97.0, 113.0, 112.0, 110.0];
    let hours = vec![7.0, 27.0, 2.0, 50.0, 28.0, 29.0, 20.0, 12.0, 6.0, 17.0];
    let columns = vec![Column::numbers("iq", intelligence), Column::numbers("tv", hours)];
    close(associations(&Table::new(columns).unwrap()).at(0, 1), 29.0 / 165.0);
}

#[test]
fn associations_of_categories_by_hand() {
    let plan = ["a", "a", "a", "b", "b", "b"];
    let device = ["x", "x", "y", "y", "y", "x"];
    let same = ["n", "n", "n", "m", "m", "m"];
    let one = ["k"; 6];
    let named = |name: &str, labels: [&str; 6]| Column::categories(name, labels.map(Some));
    let table = Table::new(vec![
        named("plan", plan),
        named("device", device),
        named("same", same),
        named("one", one),
        Column::numbers("rank", vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
    ])
    .unwrap();
    let found = associations(&table);
    // Cells 2 1 / 1 2: χ² = 4 · 0.25 / 1.5 = 2/3, V = √(2/3 / 6) = 1/3.
    close(found.at(0, 1), 1.0 / 3.0);
    close(found.at(0, 2), 1.0);
    close(found.at(0, 3), 0.0);
    // Ranks 1 2 3 against 4 5 6: squares between 13.5, in all 17.5.
    close(found.at(0, 4), (13.5_f64 / 17.5).sqrt());
    assert_eq!(groups(&found, 0.8), [vec![0, 2, 4], vec![1], vec![3]]);
}

proptest! {
    /// Groups share the columns out; a higher threshold never joins more; monotone changes of a
    /// column change nothing.
    #[test]
    fn groups_share_the_columns_out(seed in 0_u64..1_000, threshold in 0.0..1.0_f64) {
        let mut random = Random::stream(seed, 0);
        let base: Vec<f64> = (0..60).map(|_| random.normal()).collect();
        let columns: Vec<Column> = (0..7)
            .map(|at| {
                let weight = random.unit();
                let values = base.iter().map(|base| weight * base + random.normal()).collect();
                Column::numbers(at.to_string(), values)
            })
            .collect();
        let found = associations(&Table::new(columns.clone()).unwrap());
        let together = groups(&found, threshold);
        let mut all: Vec<usize> = together.concat();
        all.sort_unstable();
        prop_assert_eq!(all, (0..7).collect::<Vec<_>>());
        prop_assert!(groups(&found, (threshold + 0.2).min(1.0)).len() >= together.len());
        let bent = |column: &Column| match &column.values {
            Values::Numbers(values) => {
                Column::numbers(column.name.clone(), values.iter().map(|x| -x.exp()).collect())
            }
            Values::Categories { .. } => column.clone(),
        };
        let bent = associations(&Table::new(columns.iter().map(bent).collect()).unwrap());
        for i in 0..7 {
            for j in 0..7 {
                prop_assert!((found.at(i, j) - bent.at(i, j)).abs() < 1e-12);
            }
        }
    }
}
