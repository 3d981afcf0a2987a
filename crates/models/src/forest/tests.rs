use super::*;
use crate::learn::{Column, Random};
use crate::metrics::auc;

/// Customers who leave when they have not ordered for long, unless they are on the yearly plan; a
/// third of the days are not known, and those customers leave too.
fn customers(n_rows: usize) -> (Table, Vec<bool>) {
    let mut random = Random::stream(11, 0);
    let (mut days, mut plans, mut noise, mut left) = (vec![], vec![], vec![], vec![]);
    for _ in 0..n_rows {
        let known = random.below(3) > 0;
        let day = random.unit() * 100.0;
        let plan = ["gift", "monthly", "trial", "yearly"][random.below(4)];
        let stays = plan == "yearly" || plan == "gift" || (known && day < 60.0);
        days.push(if known { day } else { f64::NAN });
        plans.push(Some(plan));
        noise.push(random.unit());
        left.push(stays == (random.below(20) == 0));
    }
    let columns = vec![
        Column::numbers("days", days),
        Column::categories("plan", plans),
        Column::numbers("noise", noise),
    ];
    (Table::new(columns).unwrap(), left)
}

fn settings() -> ForestSettings {
    ForestSettings { n_trees: 30, tried: Tried::All, ..ForestSettings::default() }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let (table, left) = customers(6_000);
    for splits in [Splits::Exact, Splits::Binned(64)] {
        let settings = ForestSettings { splits, ..settings() };
        let one = settings.grow(&table, &left, None).unwrap();
        let many = ForestSettings { n_threads: 4, ..settings }.grow(&table, &left, None).unwrap();
        assert_eq!(one.clone().with_threads(4), many);
        assert_eq!(one.probabilities(&table).unwrap(), many.probabilities(&table).unwrap());
        let other = ForestSettings { seed: 1, ..settings }.grow(&table, &left, None).unwrap();
        assert_ne!(one.probabilities(&table).unwrap(), other.probabilities(&table).unwrap());
    }
}

#[test]
fn missing_values_and_categories_find_what_is_planted() {
    let (table, left) = customers(4_000);
    // Leaves large enough not to chase the one customer in twenty who does otherwise.
    let settings = ForestSettings { min_leaf_rows: 100, ..settings() };
    let forest = settings.grow(&table, &left, None).unwrap();
    let day_and_plan =
        [(10.0, "monthly"), (90.0, "trial"), (90.0, "yearly"), (f64::NAN, "monthly")];
    let table = |plans: [&'static str; 4]| {
        let columns = vec![
            Column::categories("plan", plans.map(Some)),
            Column::numbers("noise", vec![0.5; 4]),
            Column::numbers("days", day_and_plan.iter().map(|row| row.0).collect()),
        ];
        Table::new(columns).unwrap()
    };
    let found = forest.probabilities(&table(day_and_plan.map(|row| row.1))).unwrap();
    for (found, planted) in found.iter().zip([0.05, 0.95, 0.05, 0.95]) {
        assert!((found - planted).abs() < 0.1, "{found} {planted}");
    }
    // A plan never seen is answered, as a missing one is.
    let strange = forest.probabilities(&table(["barter"; 4])).unwrap();
    assert!(strange.iter().all(|probability| (0.0..=1.0).contains(probability)));
    let importance = forest.gini_importance();
    assert!(importance[1] > importance[2] && importance[0] > importance[2], "{importance:?}");
    assert!((importance.iter().sum::<f64>() - 1.0).abs() < 1e-12);
}

#[test]
fn out_of_bag_rows_are_judged_by_trees_that_have_not_seen_them() {
    // Labels of pure chance: seen they are learnt by heart, unseen they cannot be told.
    let mut random = Random::stream(3, 0);
    let values = (0..2_000).map(|_| random.unit()).collect();
    let table = Table::new(vec![Column::numbers("chance", values)]).unwrap();
    let labels: Vec<bool> = (0..2_000).map(|_| random.below(2) == 0).collect();
    let settings = ForestSettings { min_leaf_rows: 1, splits: Splits::Exact, ..settings() };
    let forest = settings.grow(&table, &labels, None).unwrap();
    assert!(auc(&forest.probabilities(&table).unwrap(), &labels).unwrap() > 0.99);
    let unseen: Vec<f64> = forest.out_of_bag().unwrap().iter().map(|one| one.unwrap()).collect();
    let unseen = auc(&unseen, &labels).unwrap();
    assert!((unseen - 0.5).abs() < 0.06, "{unseen}");
    // One tree draws about 63 % of the rows and can judge the others only.
    let single = ForestSettings { n_trees: 1, ..settings }.grow(&table, &labels, None).unwrap();
    let n_judged = single.out_of_bag().unwrap().iter().flatten().count();
    assert!((n_judged as f64 / 2_000.0 - (-1.0_f64).exp()).abs() < 0.04, "{n_judged}");
    let none =
        ForestSettings { out_of_bag: false, ..settings }.grow(&table, &labels, None).unwrap();
    assert!(none.out_of_bag().is_none());
}

#[test]
fn weights_move_the_base_rate_and_weightless_rows_teach_nothing() {
    let (table, left) = customers(3_000);
    let mean = |class_weights| {
        let settings = ForestSettings { class_weights, ..settings() };
        let found = settings.grow(&table, &left, None).unwrap().probabilities(&table).unwrap();
        found.iter().sum::<f64>() / found.len() as f64
    };
    let equal = mean(ClassWeights::Equal);
    let base_rate = left.iter().filter(|&&left| left).count() as f64 / left.len() as f64;
    assert!((equal - base_rate).abs() < 0.02, "{equal} {base_rate}");
    assert!(mean(ClassWeights::Balanced) > equal + 0.01);
    assert!(mean(ClassWeights::Given { r#false: 10.0, r#true: 1.0 }) < equal - 0.01);
    // Rows of the second half have their labels turned round and no weight.
    let turned: Vec<bool> =
        left.iter().enumerate().map(|(row, &left)| left == (row < 1_500)).collect();
    let weights: Vec<f64> = (0..3_000).map(|row| f64::from(u8::from(row < 1_500))).collect();
    let forest = settings().grow(&table, &turned, Some(&weights)).unwrap();
    assert!(auc(&forest.probabilities(&table).unwrap(), &left).unwrap() > 0.9);
}

#[test]
fn settings_outside_what_they_may_be_are_refused() {
    let (table, left) = customers(50);
    let wrong = [
        ForestSettings { n_trees: 0, ..settings() },
        ForestSettings { min_leaf_rows: 0, ..settings() },
        ForestSettings { max_depth: 257, ..settings() },
        ForestSettings { tried: Tried::Columns(0), ..settings() },
        ForestSettings { splits: Splits::Binned(256), ..settings() },
        ForestSettings {
            class_weights: ClassWeights::Given { r#false: 0.0, r#true: 1.0 },
            ..settings()
        },
    ];
    for settings in wrong {
        assert_eq!(settings.grow(&table, &left, None).unwrap_err().code(), "setting");
    }
    assert_eq!(settings().grow(&table, &[true; 50], None).unwrap_err().code(), "one_class");
}

#[test]
fn a_forest_without_a_split_says_the_base_rate() {
    let table = Table::new(vec![Column::numbers("same", vec![1.0; 40])]).unwrap();
    let left: Vec<bool> = (0..40).map(|row| row < 10).collect();
    let forest = settings().grow(&table, &left, None).unwrap();
    assert_eq!((forest.n_nodes(), forest.gini_importance()), (30, [0.0].as_slice()));
    let found = forest.probabilities(&table).unwrap();
    assert!((found[0] - 0.25).abs() < 0.1 && found.iter().all(|one| *one == found[0]));
}

#[test]
fn a_stored_forest_says_the_same_and_a_damaged_one_is_refused() {
    let (table, left) = customers(500);
    let forest = ForestSettings { n_trees: 3, ..settings() }.grow(&table, &left, None).unwrap();
    let stored = serde_json::to_value(&forest).unwrap();
    let back: Forest = serde_json::from_value(stored.clone()).unwrap();
    assert_eq!(back.clone().with_threads(1), forest);
    assert_eq!(back.probabilities(&table).unwrap(), forest.probabilities(&table).unwrap());
    let damaged = |path: &str, value: serde_json::Value| {
        let mut stored = stored.clone();
        *stored.pointer_mut(path).unwrap() = value;
        serde_json::from_value::<Forest>(stored).unwrap_err().to_string()
    };
    let expected = "the stored model is damaged in tree 1";
    // A step back to the root, a step out of the tree, a column that is not there, values cut short.
    assert_eq!(damaged("/ensemble/trees/1/nodes/1/0", 0.into()), expected);
    assert_eq!(damaged("/ensemble/trees/1/nodes/0/0", 1_000_000.into()), expected);
    assert_eq!(damaged("/ensemble/trees/1/nodes/0/2", 90.into()), expected);
    assert_eq!(damaged("/ensemble/trees/1/values", serde_json::json!([])), expected);
}
