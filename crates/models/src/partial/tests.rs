use super::*;
use crate::learn::{Column, Contributions, Learner, Schema};
use crate::logistic::LogisticSettings;

/// 0.2 + 0.5 · number² + 0.1 · (plan is "team"), exactly.
struct Known(Schema);

impl Classifier for Known {
    fn schema(&self) -> &Schema {
        &self.0
    }

    fn probabilities(&self, table: &Table) -> Result<Vec<f64>, LearnError> {
        let [number, plan] = table.columns() else { unreachable!() };
        let (Values::Numbers(numbers), Values::Categories { codes, labels }) =
            (&number.values, &plan.values)
        else {
            unreachable!()
        };
        let one = |(number, code): (&f64, &u32)| {
            let is_team = labels[*code as usize] == "team";
            0.2 + 0.5 * number * number + if is_team { 0.1 } else { 0.0 }
        };
        Ok(numbers.iter().zip(codes).map(one).collect())
    }

    fn contributions(&self, _table: &Table) -> Result<Contributions, LearnError> {
        Err(LearnError::NoColumns)
    }
}

fn world(n_rows: usize) -> (Known, Table) {
    let numbers = (0..n_rows).map(|row| row as f64 / (n_rows - 1) as f64).collect();
    let plans = (0..n_rows).map(|row| Some(if row % 4 == 0 { "team" } else { "free" }));
    let columns = vec![Column::numbers("number", numbers), Column::categories("plan", plans)];
    let table = Table::new(columns).unwrap();
    (Known(Schema::of(&table)), table)
}

#[test]
fn an_additive_model_gives_its_own_parts_back() {
    let (known, table) = world(400);
    let settings = PartialSettings { n_points: 5, ..PartialSettings::default() };
    let curve = partial_dependence(&known, &table, "number", &settings).unwrap();
    assert_eq!((curve.points.len(), curve.n_rows), (5, 400));
    for point in &curve.points {
        let Value::Number(number) = point.value else { panic!("{point:?}") };
        // A quarter of the rows is on the team plan.
        assert!((point.probability - (0.225 + 0.5 * number * number)).abs() < 1e-12, "{point:?}");
        assert!((point.probability - point.difference - curve.mean_probability).abs() < 1e-12);
    }
    assert!((curve.range() - 0.5).abs() < 1e-12);
    let plans = partial_dependence(&known, &table, "plan", &settings).unwrap();
    let labels: Vec<&Value> = plans.points.iter().map(|point| &point.value).collect();
    let expected = [Value::Category("free".to_owned()), Value::Category("team".to_owned())];
    assert_eq!(labels, expected.iter().collect::<Vec<_>>());
    assert!((plans.range() - 0.1).abs() < 1e-12);
}

#[test]
fn a_draw_of_rows_and_threads_are_reproducible() {
    let (known, table) = world(1_000);
    let settings = PartialSettings { n_rows: 100, seed: 3, ..PartialSettings::default() };
    let curve = partial_dependence(&known, &table, "plan", &settings).unwrap();
    assert_eq!(curve.n_rows, 100);
    let threads = PartialSettings { n_threads: 3, ..settings };
    assert_eq!(curve, partial_dependence(&known, &table, "plan", &threads).unwrap());
    let other = PartialSettings { seed: 4, ..settings };
    assert_ne!(curve, partial_dependence(&known, &table, "plan", &other).unwrap());
}

/// The curve of a regression on one column is the regression.
#[test]
fn a_regression_is_its_own_curve() {
    let values: Vec<f64> = (0..50).map(f64::from).collect();
    let labels: Vec<bool> = (0..50).map(|row| (row * 13) % 50 < row).collect();
    let table = Table::new(vec![Column::numbers("calls", values)]).unwrap();
    let fitted = LogisticSettings::unpenalised().fit(&table, &labels, None).unwrap();
    let settings = PartialSettings { n_points: 50, ..PartialSettings::default() };
    let curve = partial_dependence(fitted.as_ref(), &table, "calls", &settings).unwrap();
    let own = fitted.probabilities(&table).unwrap();
    for (point, own) in curve.points.iter().zip(own) {
        assert!((point.probability - own).abs() < 1e-12, "{point:?} {own}");
    }
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let (known, table) = world(10);
    let refuse = |column: &str, settings: &PartialSettings| {
        partial_dependence(&known, &table, column, settings).unwrap_err().code()
    };
    let settings = PartialSettings::default();
    assert_eq!(refuse("no such", &settings), "column_absent");
    assert_eq!(refuse("number", &PartialSettings { n_points: 1, ..settings }), "setting");
    assert_eq!(refuse("number", &PartialSettings { n_rows: 0, ..settings }), "setting");
    let gaps = Table::new(vec![Column::numbers("gaps", vec![f64::NAN; 3])]).unwrap();
    let none = partial_dependence(&known, &gaps, "gaps", &settings).unwrap_err();
    assert_eq!(none, LearnError::MissingValue { column: "gaps".to_owned(), row: 0 });
}
