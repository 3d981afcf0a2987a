use super::*;
use crate::learn::Column;

fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} is not {expected} ± {tolerance}");
}

/// Temperature at launch (°F) and whether an O-ring was damaged, on the 23 flights of the Space
/// Shuttle before Challenger's last (S. Dalal, E. Fowlkes, B. Hoadley (1989), JASA 84, 945–957).
fn o_rings() -> (Table, Vec<bool>) {
    let flights = [
        (53, 1),
        (57, 1),
        (58, 1),
        (63, 1),
        (66, 0),
        (67, 0),
        (67, 0),
        (67, 0),
        (68, 0),
        (69, 0),
        (70, 1),
        (70, 0),
        (70, 1),
        (70, 0),
        (72, 0),
        (73, 0),
        (75, 0),
        (75, 1),
        (76, 0),
        (76, 0),
        (78, 0),
        (79, 0),
        (81, 0),
    ];
    let temperatures = flights.iter().map(|flight| f64::from(flight.0)).collect();
    let damaged = flights.iter().map(|flight| flight.1 == 1).collect();
    (Table::new(vec![Column::numbers("temperature", temperatures)]).unwrap(), damaged)
}

#[test]
fn matches_r_glm_on_the_o_rings_of_challenger() {
    let (table, damaged) = o_rings();
    let fitted = LogisticSettings::unpenalised().regress(&table, &damaged, None).unwrap();
    // glm(damaged ~ temperature, binomial)
    close(fitted.intercept(), 15.0429, 5e-5);
    let effect = &fitted.effects()[0];
    close(effect.coefficient, -0.2322, 5e-5);
    let wald = effect.uncertainty.as_ref().unwrap();
    close(wald.standard_error, 0.1082, 5e-5);
    close(wald.z, -2.145, 5e-4);
    close(wald.p, 0.0320, 5e-5);
    close(effect.odds_ratio, (-0.2322_f64).exp(), 5e-5);
    close(wald.odds_ratio_low, (-0.2322 - 1.959_964 * 0.1082_f64).exp(), 2e-4);
    close(wald.odds_ratio_high, (-0.2322 + 1.959_964 * 0.1082_f64).exp(), 2e-4);
    close(-2.0 * fitted.null_log_likelihood(), 28.267, 5e-4);
    close(-2.0 * fitted.log_likelihood(), 20.315, 5e-4);
}

#[test]
fn the_odds_ratio_of_a_table_of_two_by_two_is_its_cross_ratio() {
    // 30 of 100 on one plan left, 10 of 100 on the other: (30 · 90) / (70 · 10), and the variance of
    // its logarithm is 1/30 + 1/70 + 1/10 + 1/90 (B. Woolf (1955)).
    let plan = (0..200).map(|row| Some(if row < 100 { "monthly" } else { "yearly" }));
    let table = Table::new(vec![Column::categories("plan", plan)]).unwrap();
    let left: Vec<bool> = (0..200).map(|row| row < 30 || (100..110).contains(&row)).collect();
    let fitted = LogisticSettings::unpenalised().regress(&table, &left, None).unwrap();
    let [effect] = fitted.effects() else { panic!("one plan is the reference") };
    assert_eq!(effect.name, "plan = yearly");
    close(effect.odds_ratio, 700.0 / 2700.0, 1e-9);
    let variance: f64 = 1.0 / 30.0 + 1.0 / 70.0 + 1.0 / 10.0 + 1.0 / 90.0;
    close(effect.uncertainty.as_ref().unwrap().standard_error, variance.sqrt(), 1e-7);
}

#[test]
fn weights_count_as_rows() {
    let (table, damaged) = o_rings();
    let weights: Vec<f64> = (0..damaged.len()).map(|row| (row % 3 + 1) as f64).collect();
    let repeated: Vec<usize> = (0..damaged.len()).flat_map(|row| vec![row; row % 3 + 1]).collect();
    let labels: Vec<bool> = repeated.iter().map(|&row| damaged[row]).collect();
    for settings in [LogisticSettings::default(), LogisticSettings::unpenalised()] {
        let weighted = settings.regress(&table, &damaged, Some(&weights)).unwrap();
        let written = settings.regress(&table.take(&repeated).unwrap(), &labels, None).unwrap();
        close(weighted.effects()[0].coefficient, written.effects()[0].coefficient, 1e-9);
        close(weighted.log_likelihood(), written.log_likelihood(), 1e-9);
    }
}

/// Four columns, of which the last two say nothing.
fn noisy(n_rows: usize) -> (Table, Vec<bool>) {
    let mut random = crate::learn::Random::stream(5, 0);
    let columns: Vec<Vec<f64>> =
        (0..4).map(|_| (0..n_rows).map(|_| random.unit() * 2.0 - 1.0).collect()).collect();
    let left = (0..n_rows)
        .map(|row| random.unit() < probability(2.0 * columns[0][row] - columns[1][row] - 0.5))
        .collect();
    let named = ["a", "b", "c", "d"].into_iter().zip(columns);
    let named = named.map(|(name, values)| Column::numbers(name, values));
    (Table::new(named.collect()).unwrap(), left)
}

#[test]
fn l1_sets_what_says_nothing_to_0_and_meets_the_conditions_of_a_minimum() {
    let (table, left) = noisy(500);
    let l1 = 20.0;
    let settings = LogisticSettings { l1, l2: 0.0, ..LogisticSettings::default() };
    let fitted = settings.regress(&table, &left, None).unwrap();
    let standardised: Vec<f64> = fitted.effects().iter().map(|one| one.standardised).collect();
    assert!(standardised[0] > 0.0 && standardised[1] < 0.0, "{standardised:?}");
    assert_eq!(standardised[2..], [0.0, 0.0]);
    assert!(fitted.effects()[0].uncertainty.is_none());
    // The slope of the likelihood is l1 where a coefficient is not 0, and less where it is.
    let rows = fitted.design.rows(&table).unwrap();
    let chances = fitted.probabilities(&table).unwrap();
    for term in 0..5 {
        let slope: f64 = rows
            .chunks_exact(5)
            .zip(chances.iter().zip(&left))
            .map(|(row, (chance, &left))| row[term] * (f64::from(u8::from(left)) - chance))
            .sum();
        match term {
            0 => close(slope, 0.0, 1e-4),
            1 | 2 => close(slope, l1 * standardised[term - 1].signum(), 1e-4),
            _ => assert!(slope.abs() < l1, "{slope}"),
        }
    }
    let all = LogisticSettings { l1: 1e4, ..settings }.regress(&table, &left, None).unwrap();
    assert!(all.effects().iter().all(|one| one.standardised == 0.0));
    close(all.log_likelihood(), all.null_log_likelihood(), 1e-6);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let (table, left) = noisy(20_000);
    let fit = |n_threads| {
        let settings = LogisticSettings { n_threads, ..LogisticSettings::unpenalised() };
        let fitted = settings.regress(&table, &left, None).unwrap();
        (fitted.probabilities(&table).unwrap(), fitted.effects().to_vec())
    };
    assert_eq!(fit(1), fit(3));
}

fn refusal(columns: Vec<Column>, left: &[bool]) -> LearnError {
    let table = Table::new(columns).unwrap();
    LogisticSettings::unpenalised().regress(&table, left, None).unwrap_err()
}

#[test]
fn labels_told_apart_without_error_are_refused_by_the_column_that_does_it() {
    let left: Vec<bool> = (0..40).map(|row| row >= 20).collect();
    let noise = || (0..40).map(|row| f64::from(row * 7 % 11)).collect();
    let clean = (0..40).map(f64::from).collect();
    let columns = vec![Column::numbers("noise", noise()), Column::numbers("cancelled_at", clean)];
    let expected = LearnError::Separation { columns: vec!["cancelled_at".to_owned()] };
    assert_eq!(refusal(columns.clone(), &left), expected);
    // A penalty has an answer.
    let table = Table::new(columns).unwrap();
    assert!(LogisticSettings::default().regress(&table, &left, None).is_ok());
    // Only in part: whoever has the flag left, the others are mixed.
    let left: Vec<bool> = (0..40).map(|row| row % 2 == 0 || row < 10).collect();
    let flag = (0..40).map(|row| f64::from(u8::from(row < 10))).collect();
    let columns = vec![Column::numbers("noise", noise()), Column::numbers("closed", flag)];
    assert_eq!(
        refusal(columns, &left),
        LearnError::Separation { columns: vec!["closed".to_owned()] }
    );
}

#[test]
fn what_has_no_answer_is_refused_by_name() {
    let left: Vec<bool> = (0..30).map(|row| row % 3 == 0).collect();
    let a = || Column::numbers("a", (0..30).map(|row| f64::from(row * 7 % 11)).collect());
    let b = || Column::numbers("b", (0..30).map(|row| f64::from(row * 5 % 13)).collect());
    let sum = (0..30).map(|row| f64::from(row * 7 % 11) - 2.0 * f64::from(row * 5 % 13) + 4.0);
    let with = vec!["a".to_owned(), "b".to_owned()];
    assert_eq!(
        refusal(vec![a(), b(), Column::numbers("sum", sum.collect())], &left),
        LearnError::Collinear { column: "sum".to_owned(), with }
    );
    let same = Column::numbers("same", vec![0.1 + 0.2; 30]);
    assert_eq!(refusal(vec![same], &left).code(), "constant_column");
    let mut holes = vec![1.0; 30];
    holes[17] = f64::NAN;
    let expected = LearnError::MissingValue { column: "holes".to_owned(), row: 17 };
    assert_eq!(refusal(vec![Column::numbers("holes", holes)], &left), expected);
    assert_eq!(refusal(vec![a()], &[true; 30]).code(), "one_class");
    let table = Table::new(vec![a()]).unwrap();
    let settings = LogisticSettings { l2: -1.0, ..LogisticSettings::default() };
    assert_eq!(settings.regress(&table, &left, None).unwrap_err().code(), "setting");
}
