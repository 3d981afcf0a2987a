use super::*;
use crate::learn::{Column, Random};
use crate::metrics::auc;

/// `a + b` decides, one row in ten the other way; `c` says nothing; some values are missing.
fn sums(n_rows: usize) -> (Table, Vec<bool>) {
    let mut random = Random::stream(2, 0);
    let columns: Vec<Vec<f64>> =
        (0..3).map(|_| (0..n_rows).map(|_| random.unit()).collect()).collect();
    let labels = (0..n_rows)
        .map(|row| (columns[0][row] + columns[1][row] > 1.0) != (random.below(10) == 0))
        .collect();
    let hide = |(name, values): (&str, Vec<f64>)| {
        let hidden = values.into_iter().enumerate();
        let hidden = hidden.map(|(row, value)| if row % 17 == 0 { f64::NAN } else { value });
        Column::numbers(name, hidden.collect())
    };
    (Table::new(["a", "b", "c"].into_iter().zip(columns).map(hide).collect()).unwrap(), labels)
}

fn settings() -> BoostingSettings {
    BoostingSettings { column_share: 1.0, ..BoostingSettings::default() }
}

#[test]
fn what_adds_up_is_found_and_the_trees_stop_in_time() {
    let (table, labels) = sums(3_000);
    let boosted = settings().boost(&table, &labels, None).unwrap();
    assert!(boosted.n_trees() < 400, "{}", boosted.n_trees());
    let losses = boosted.held_out_log_loss();
    let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(losses[boosted.n_trees() - 1], least);
    let (fresh, truth) = sums(6_000);
    let rows: Vec<usize> = (3_000..6_000).collect();
    let truth: Vec<bool> = rows.iter().map(|&row| truth[row]).collect();
    let found = boosted.probabilities(&fresh.take(&rows).unwrap()).unwrap();
    let found = auc(&found, &truth).unwrap();
    // Knowing the rule would reach .9; some values are missing.
    assert!(found > 0.86, "{found}");
    let importance = boosted.gain_importance();
    assert!(importance[0] > 0.4 && importance[1] > 0.4 && importance[2] < 0.1, "{importance:?}");
}

#[test]
fn a_single_tree_takes_newtons_step_in_each_leaf() {
    // Two groups of 10 and 30 rows; base rate 1/2, so p = 1/2 and each hessian is 1/4.
    let group: Vec<f64> = (0..40).map(|row| f64::from(u8::from(row < 10))).collect();
    let labels: Vec<bool> = (0..40).map(|row| !(8..28).contains(&row)).collect();
    let table = Table::new(vec![Column::numbers("group", group)]).unwrap();
    let settings = BoostingSettings {
        n_rounds: 1,
        learning_rate: 1.0,
        row_share: 1.0,
        holdout_share: 0.0,
        ..settings()
    };
    let boosted = settings.boost(&table, &labels, None).unwrap();
    assert_eq!(boosted.n_trees(), 1);
    let found = boosted.probabilities(&table).unwrap();
    // G = 8 · ½ − 2 · ½ = 3, H = 10 / 4, λ = 1; and −3 over 30 / 4 + 1.
    assert!((found[0] - probability(3.0 / 3.5)).abs() < 1e-6, "{}", found[0]);
    assert!((found[39] - probability(-3.0 / 8.5)).abs() < 1e-6, "{}", found[39]);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    // Large enough for threads to share out the columns of a node.
    let (table, labels) = sums(200_000);
    let settings =
        BoostingSettings { n_rounds: 3, holdout_share: 0.0, row_share: 1.0, ..settings() };
    let one = settings.boost(&table, &labels, None).unwrap();
    let many = BoostingSettings { n_threads: 3, ..settings }.boost(&table, &labels, None).unwrap();
    assert_eq!(one.with_threads(3), many);
}

#[test]
fn settings_outside_what_they_may_be_are_refused() {
    let (table, labels) = sums(100);
    let wrong = [
        BoostingSettings { n_rounds: 0, ..settings() },
        BoostingSettings { learning_rate: 0.0, ..settings() },
        BoostingSettings { learning_rate: f64::NAN, ..settings() },
        BoostingSettings { max_depth: 65, ..settings() },
        BoostingSettings { min_leaf_rows: 0, ..settings() },
        BoostingSettings { l2: -1.0, ..settings() },
        BoostingSettings { row_share: 1.1, ..settings() },
        BoostingSettings { column_share: 0.0, ..settings() },
        BoostingSettings { holdout_share: 0.6, ..settings() },
    ];
    for settings in wrong {
        assert_eq!(settings.boost(&table, &labels, None).unwrap_err().code(), "setting");
    }
    let few = table.take(&[0, 1, 2, 3]).unwrap();
    let refused = settings().boost(&few, &[true, false, false, false], None).unwrap_err();
    assert_eq!(refused, LearnError::TooFewRows { label: false, n_rows: 3, needed: 5 });
}

#[test]
fn a_monotone_column_never_turns_the_probability_back() {
    // The truth rises and falls again with `a`; by chance alone `c` wavers.
    let mut random = Random::stream(5, 0);
    let columns: Vec<Vec<f64>> =
        (0..3).map(|_| (0..3_000).map(|_| random.unit()).collect()).collect();
    let labels: Vec<bool> = (0..3_000)
        .map(|row| {
            let hill = 1.0 - (2.0 * columns[0][row] - 1.2).abs();
            random.unit() < 0.2 + 0.6 * hill * columns[1][row]
        })
        .collect();
    let hide = |(name, values): (&str, Vec<f64>)| {
        let hidden = values.into_iter().enumerate();
        let hidden = hidden.map(|(row, value)| if row % 13 == 0 { f64::NAN } else { value });
        Column::numbers(name, hidden.collect())
    };
    let table = Table::new(["a", "b", "c"].into_iter().zip(columns).map(hide).collect()).unwrap();
    let ways = [("a", Trend::Rising), ("c", Trend::Falling)];
    let monotone = ways.map(|(name, trend)| (name.to_owned(), trend)).to_vec();
    let bound = BoostingSettings { monotone, ..settings() };
    // Along a line on which one column rises and the others stand still.
    let turns = |settings: &BoostingSettings, moved: usize| -> (bool, bool) {
        let boosted = settings.boost(&table, &labels, None).unwrap();
        let (mut rises, mut falls) = (false, false);
        for at in 0..20 {
            let still = [0.05 * f64::from(at), 0.05 * f64::from(at * 7 % 20)];
            let line = |column: usize| -> Vec<f64> {
                let along = (0..=200).map(|step| f64::from(step) / 200.0);
                let other = still[usize::from(column > moved) ^ usize::from(column == 2)];
                along.map(|value| if column == moved { value } else { other }).collect()
            };
            let columns = ["a", "b", "c"].into_iter().zip(0..3);
            let columns = columns.map(|(name, column)| Column::numbers(name, line(column)));
            let line = Table::new(columns.collect()).unwrap();
            let found = boosted.probabilities(&line).unwrap();
            rises |= found.windows(2).any(|pair| pair[1] > pair[0] + 1e-12);
            falls |= found.windows(2).any(|pair| pair[1] < pair[0] - 1e-12);
        }
        (rises, falls)
    };
    assert_eq!(turns(&settings(), 0), (true, true), "free, it follows the hill");
    assert_eq!(turns(&bound, 0), (true, false), "bound, it climbs and stays up");
    assert!(!turns(&bound, 2).0);
    assert!(turns(&bound, 1).0);
}

#[test]
fn ways_of_columns_that_have_none_are_refused() {
    let (table, labels) = sums(200);
    let way = |name: &str| BoostingSettings {
        monotone: vec![(name.to_owned(), Trend::Rising)],
        ..settings()
    };
    assert_eq!(way("d").boost(&table, &labels, None).unwrap_err().code(), "column_absent");
    let plans = (0..200).map(|row| Some(if row % 2 == 0 { "free" } else { "paid" }));
    let plans = Table::new(vec![Column::categories("plan", plans)]).unwrap();
    assert_eq!(way("plan").boost(&plans, &labels, None).unwrap_err().code(), "column_kind");
}
