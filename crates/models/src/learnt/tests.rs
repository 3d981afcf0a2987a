use super::*;
use crate::calibration::Method;
use crate::learn::{Column, Random};

/// Days, money and plan decide together; some of each are missing.
fn customers(n_rows: usize, seed: u64) -> (Table, Vec<bool>) {
    let mut random = Random::stream(seed, 0);
    let (mut days, mut money, mut plans, mut left) = (vec![], vec![], vec![], vec![]);
    for _ in 0..n_rows {
        let (day, amount) = (random.unit() * 90.0, random.unit() * 1e3 / 7.0);
        let plan = ["free", "paid", "gift"][random.below(3)];
        let log_odds = day / 15.0 - 3.0 - amount / 100.0 + f64::from(u8::from(plan == "free"));
        left.push(random.unit() < probability(log_odds));
        days.push(if random.below(11) == 0 { f64::NAN } else { day });
        money.push(amount);
        plans.push((random.below(9) > 0).then_some(plan));
    }
    let columns = vec![
        Column::numbers("days", days),
        Column::numbers("money", money),
        Column::categories("plan", plans),
    ];
    (Table::new(columns).unwrap(), left)
}

fn learnt(name: &str) -> Learnt {
    let (table, left) = customers(3_000, 4);
    let learnt = Settings::named(name, 9, 2).unwrap().learn(&table, &left, None).unwrap();
    let (later, left) = customers(2_000, 5);
    let found = learnt.probabilities(&later).unwrap();
    let method = if name == "boosting" { Method::Platt } else { Method::Isotonic };
    let curve = Calibrator::fit(method, &found, &left, None).unwrap();
    learnt.calibrated(Some(curve))
}

#[test]
fn what_was_learnt_comes_back_from_text_bit_for_bit() {
    let (fresh, _) = customers(2_000, 6);
    for name in NAMES {
        let learnt = learnt(name);
        let text = serde_json::to_string(&learnt).unwrap();
        let back: Learnt = serde_json::from_str(&text).unwrap();
        let through: Learnt = serde_json::from_value(serde_json::from_str(&text).unwrap()).unwrap();
        let bits = |learnt: &Learnt| -> Vec<u64> {
            learnt.probabilities(&fresh).unwrap().into_iter().map(f64::to_bits).collect()
        };
        assert_eq!(bits(&back), bits(&learnt), "{name}");
        assert_eq!(bits(&through), bits(&learnt), "{name}");
        assert_eq!(serde_json::to_string(&back).unwrap(), text, "{name}");
        assert!(text.len() < 12_000_000, "{name}: {}", text.len());
    }
}

#[test]
fn every_way_to_learn_finds_what_was_planted() {
    let (fresh, left) = customers(4_000, 7);
    for name in NAMES {
        let found = learnt(name).probabilities(&fresh).unwrap();
        let auc = crate::metrics::auc(&found, &left).unwrap();
        // Knowing the rule, and nothing missing, would reach about .84.
        assert!(auc > 0.78, "{name} {auc}");
        let error = crate::metrics::expected_calibration_error(&found, &left).unwrap();
        assert!(error < 0.04, "{name} {error}");
    }
}

#[test]
fn what_a_column_adds_has_the_sign_of_its_effect() {
    let (fresh, _) = customers(500, 8);
    for name in NAMES {
        let learnt = learnt(name);
        let shares = learnt.contributions(&fresh).unwrap();
        let points = learnt.points(&fresh).unwrap();
        for (row, (shares, points)) in shares.rows().zip(&points).enumerate() {
            assert_eq!((shares.len(), points.len()), (3, 3));
            for (share, points) in shares.iter().zip(points) {
                // A calibrated curve may be level, never falling.
                assert!(share * points >= 0.0, "{name} row {row}: {share} {points}");
                assert!(points.abs() <= 1.0);
            }
        }
        let raw = learnt.clone().calibrated(None);
        let found = raw.probabilities(&fresh).unwrap();
        for (output, probability) in shares.outputs().zip(found) {
            let sum = raw.probability_of(shares.scale, output);
            assert!((sum - probability).abs() < 1e-6, "{name}: {sum} {probability}");
        }
    }
}

#[test]
fn a_table_without_a_column_is_refused_by_name() {
    let (fresh, _) = customers(10, 8);
    let columns: Vec<Column> =
        fresh.columns().iter().filter(|column| column.name != "money").cloned().collect();
    let less = Table::new(columns).unwrap();
    for name in NAMES {
        let error = learnt(name).probabilities(&less).unwrap_err();
        assert_eq!(error.to_string(), "column `money` is not in the table", "{name}");
    }
    assert_eq!(Settings::named("oracle", 0, 1).unwrap_err().code(), "setting");
}
