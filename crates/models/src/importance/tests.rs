use super::*;
use crate::learn::{Column, Learner};
use crate::logistic::LogisticSettings;

/// `signal` decides mostly, `twin` says the same as `signal`, `noise` says nothing.
fn rows(n_rows: usize) -> (Table, Vec<bool>) {
    let mut random = Random::stream(4, 0);
    let signal: Vec<f64> = (0..n_rows).map(|_| random.unit()).collect();
    let noise = (0..n_rows).map(|_| random.unit()).collect();
    let labels = signal.iter().map(|&signal| random.unit() < signal).collect();
    let columns = vec![
        Column::numbers("signal", signal.clone()),
        Column::numbers("twin", signal),
        Column::numbers("noise", noise),
    ];
    (Table::new(columns).unwrap(), labels)
}

#[test]
fn columns_that_cover_for_each_other_matter_together() {
    let (table, labels) = rows(4_000);
    let fitted = LogisticSettings::default().fit(&table, &labels, None).unwrap();
    let mut groups = Group::of_each_column(&table);
    let both = vec!["signal".to_owned(), "twin".to_owned()];
    groups.push(Group { name: "both".to_owned(), columns: both });
    let measure = |n_threads| {
        let settings = ImportanceSettings { n_threads, ..ImportanceSettings::default() };
        permutation_importance(fitted.as_ref(), &table, &labels, &groups, &settings).unwrap()
    };
    let found = measure(1);
    assert_eq!(found, measure(3));
    let lost: Vec<f64> = found.iter().map(|one| one.auc_lost).collect();
    // Moved together nothing is left to rank by: the AUC falls to a half.
    let whole = auc(&fitted.probabilities(&table).unwrap(), &labels).unwrap();
    assert!((lost[3] - (whole - 0.5)).abs() < 0.03, "{lost:?}");
    assert!(lost[0] < 0.7 * lost[3] && lost[1] < 0.7 * lost[3] && lost[2].abs() < 0.01, "{lost:?}");
    assert!(found.iter().all(|one| one.deviation.is_some_and(|deviation| deviation < 0.02)));
}

#[test]
fn a_column_that_is_not_there_is_named() {
    let (table, labels) = rows(100);
    let fitted = LogisticSettings::default().fit(&table, &labels, None).unwrap();
    let groups = [Group { name: "what".to_owned(), columns: vec!["no such".to_owned()] }];
    let refuse = |groups: &[Group], settings: &ImportanceSettings| {
        permutation_importance(fitted.as_ref(), &table, &labels, groups, settings).unwrap_err()
    };
    let settings = ImportanceSettings::default();
    let expected = LearnError::ColumnAbsent { column: "no such".to_owned() };
    assert_eq!(refuse(&groups, &settings), expected);
    let none = ImportanceSettings { n_repeats: 0, ..settings };
    assert_eq!(refuse(&[], &none).code(), "setting");
}
