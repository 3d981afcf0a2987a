//! R's psych on test01 of factor_analyzer, factor_analyzer itself, and tables made by hand.

use proptest::prelude::*;

use super::*;
use crate::learn::{Column, Random};
use crate::shared::shared;

/// Numbers of a file: without the first column, which names the rows, where `names_rows`.
fn rows_of(name: &str, names_rows: bool) -> Option<Vec<Vec<f64>>> {
    let mut reader = shared(&format!("factor_analyzer_test01/{name}_test01.csv"))?;
    let number = |cell: &str| cell.parse::<f64>().unwrap();
    let row = |record: csv::StringRecord| {
        record.iter().skip(usize::from(names_rows)).map(number).collect()
    };
    Some(reader.records().map(|record| row(record.unwrap())).collect())
}

/// The forty questions of 405 people.
fn survey() -> Option<Table> {
    let mut reader = shared("factor_analyzer_test01/test01.csv")?;
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let mut columns = vec![Vec::new(); names.len()];
    for record in reader.records() {
        for (column, cell) in columns.iter_mut().zip(record.unwrap().iter()) {
            column.push(cell.parse().unwrap());
        }
    }
    let named = names.into_iter().zip(columns);
    Some(Table::new(named.map(|(name, values)| Column::numbers(name, values)).collect()).unwrap())
}

fn assert_near(found: &[Vec<f64>], expected: &[Vec<f64>], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (row, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(found.len(), expected.len(), "{what}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(
                (found - expected).abs() <= tolerance,
                "{what}, row {row}: {found} for {expected}"
            );
        }
    }
}

/// The columns of `found` in the order and with the signs of `expected`.
fn matched(found: &[Vec<f64>], expected: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let column = |rows: &[Vec<f64>], at: usize| rows.iter().map(|row| row[at]).collect::<Vec<_>>();
    let n = expected[0].len();
    let choice: Vec<(usize, f64)> = (0..n)
        .map(|at| {
            let target = column(expected, at);
            let product = |other: usize| dot(&target, &column(found, other));
            let best =
                (0..n).max_by(|&a, &b| product(a).abs().total_cmp(&product(b).abs())).unwrap();
            (best, product(best).signum())
        })
        .collect();
    found.iter().map(|row| choice.iter().map(|&(at, sign)| sign * row[at]).collect()).collect()
}

const EXTRACTIONS: [(&str, Extraction); 2] =
    [("ml", Extraction::MaximumLikelihood), ("uls", Extraction::MinimumResidual)];
const ROTATIONS: [(&str, Rotation); 3] =
    [("none", Rotation::None), ("varimax", Rotation::Varimax), ("promax", Rotation::Promax)];

#[test]
fn loadings_match_psych_on_test01() {
    let Some(table) = survey() else { return };
    let correlations = Correlations::of(&table).unwrap();
    for (extraction_name, extraction) in EXTRACTIONS {
        for (rotation_name, rotation) in ROTATIONS {
            for n_factors in [2, 3] {
                let case = format!("{extraction_name}_{rotation_name}_{n_factors}");
                let settings = FactorSettings { extraction, rotation };
                let found = settings.fit_correlations(&correlations, n_factors).unwrap();
                let loadings = rows_of(&format!("loading_{case}"), true).unwrap();
                assert_near(&matched(&found.loadings, &loadings), &loadings, 1e-5, &case);
                let as_rows =
                    |values: &[f64]| values.iter().map(|&one| vec![one]).collect::<Vec<_>>();
                if rotation != Rotation::Promax {
                    // Psych's communalities are its optimiser's, and up to 1.1e-4 from the squares of
                    // its loadings; its uniquenesses are those of the loadings.
                    let shared = rows_of(&format!("communalities_{case}"), true).unwrap();
                    assert_near(&as_rows(&found.communalities), &shared, 1.2e-4, &case);
                    let own = rows_of(&format!("uniquenesses_{case}"), true).unwrap();
                    assert_near(&as_rows(&found.uniquenesses), &own, 1e-5, &case);
                }
                let eigenvalues = rows_of(&format!("evalues_{case}"), true).unwrap();
                let values = correlations.eigen().unwrap().values;
                assert_near(&as_rows(&values), &eigenvalues, 1e-9, &case);
            }
        }
    }
}

#[test]
fn scores_and_structure_match_psych_on_test01() {
    let Some(table) = survey() else { return };
    for (name, rotation) in ROTATIONS {
        let settings = FactorSettings { extraction: Extraction::MinimumResidual, rotation };
        let found = settings.fit(&table, 2).unwrap();
        let by_factor = found.scores(&table).unwrap();
        let row = |row: usize| by_factor.iter().map(|scores| scores[row]).collect::<Vec<_>>();
        let scores: Vec<Vec<f64>> = (0..table.n_rows()).map(row).collect();
        let expected = rows_of(&format!("scores_uls_{name}_2"), true).unwrap();
        assert_near(&matched(&scores, &expected), &expected, 1e-4, name);
        if rotation == Rotation::Promax {
            let expected = rows_of("structure_uls_promax_2", true).unwrap();
            assert_near(&matched(&found.structure(), &expected), &expected, 1e-5, name);
        }
    }
}

#[test]
fn sufficiency_matches_psych_on_test01() {
    let Some(table) = survey() else { return };
    let correlations = Correlations::of(&table).unwrap();
    let extraction = Extraction::MaximumLikelihood;
    let settings = FactorSettings { extraction, rotation: Rotation::None };
    let expected = rows_of("sufficiency_ml_none_15", false).unwrap();
    let mut n_compared = 0;
    for row in &expected[..6] {
        let found = settings.fit_correlations(&correlations, row[0] as usize).unwrap();
        let test = found.sufficiency.unwrap();
        assert!((test.statistic - row[1]).abs() < 0.01, "{test:?} for {row:?}");
        assert_eq!(test.degrees as f64, row[2]);
        assert!((test.p - row[3]).abs() < 1e-9 && (row[3] < 1e-300 || test.p > 0.0), "{test:?}");
        n_compared += 1;
    }
    assert_eq!(n_compared, 6);
}

#[test]
fn adequacy_numbers_and_variance_match_factor_analyzer_on_test01() {
    let Some(table) = survey() else { return };
    let correlations = Correlations::of(&table).unwrap();
    assert!((correlations.sampling_adequacy().overall - 0.966_319_473_964_617_4).abs() < 1e-9);
    let sphericity = correlations.sphericity();
    assert!((sphericity.statistic - 14_185.002_856_612_113).abs() < 1e-6, "{sphericity:?}");
    assert_eq!((sphericity.degrees, sphericity.p), (780, 0.0));
    assert_eq!(correlations.kaiser().unwrap(), 4);
    for (extraction, n_factors, share) in [
        (Extraction::MaximumLikelihood, 2, 0.525_635),
        (Extraction::MaximumLikelihood, 3, 0.622_477),
        (Extraction::MinimumResidual, 2, 0.537_404),
        (Extraction::MinimumResidual, 3, 0.623_615),
    ] {
        let settings = FactorSettings { extraction, rotation: Rotation::Varimax };
        let found = settings.fit_correlations(&correlations, n_factors).unwrap();
        let last = found.explained.last().unwrap();
        assert!((last.cumulative_share - share).abs() < 1e-6, "{extraction:?} {last:?}");
    }
    let parallel = correlations.parallel(&ParallelSettings::default()).unwrap();
    assert_eq!(parallel.n_factors, 3, "{:?}", &parallel.by_chance[..5]);
}

/// `n_rows` of columns with the loadings given, on factors that are independent.
fn made(loadings: &[&[f64]], n_rows: usize, seed: u64) -> Table {
    let mut random = Random::stream(seed, 0);
    let mut columns = vec![Vec::with_capacity(n_rows); loadings.len()];
    for _ in 0..n_rows {
        let factors: Vec<f64> = loadings[0].iter().map(|_| random.normal()).collect();
        for (column, row) in columns.iter_mut().zip(loadings) {
            let own = (1.0 - dot(row, row)).sqrt() * random.normal();
            column.push(dot(row, &factors) + own);
        }
    }
    let named = columns.into_iter().enumerate();
    let columns = named.map(|(at, values)| Column::numbers(format!("item {at}"), values)).collect();
    Table::new(columns).unwrap()
}

const TWO_HABITS: [&[f64]; 8] = [
    &[0.8, 0.0],
    &[0.7, 0.0],
    &[0.75, 0.0],
    &[0.6, 0.0],
    &[0.85, 0.0],
    &[0.0, 0.8],
    &[0.0, 0.7],
    &[0.0, 0.65],
];

#[test]
fn planted_factors_are_found_and_chance_is_not() {
    let table = made(&TWO_HABITS, 4_000, 3);
    let correlations = Correlations::of(&table).unwrap();
    let settings = ParallelSettings::default();
    assert_eq!(correlations.parallel(&settings).unwrap().n_factors, 2);
    let expected: Vec<Vec<f64>> = TWO_HABITS.iter().map(|row| row.to_vec()).collect();
    for (_, extraction) in EXTRACTIONS {
        for rotation in [Rotation::Varimax, Rotation::Promax] {
            let found = FactorSettings { extraction, rotation }.fit(&table, 2).unwrap();
            assert_near(&matched(&found.loadings, &expected), &expected, 0.06, "planted");
            let enough = found.sufficiency.is_none_or(|test| test.p > 0.01);
            assert!(enough, "two factors are enough");
        }
    }
    let noise: [&[f64]; 5] = [&[0.0]; 5];
    let noise = Correlations::of(&made(&noise, 1_000, 4)).unwrap();
    assert_eq!(noise.parallel(&settings).unwrap().n_factors, 0);
    let threads = ParallelSettings { n_threads: 3, ..settings };
    assert_eq!(noise.parallel(&settings).unwrap(), noise.parallel(&threads).unwrap());
}

/// The eigenvalues of chance are those of rows of chance.
#[test]
fn correlations_drawn_at_once_are_those_of_rows() {
    let none: [&[f64]; 6] = [&[0.0]; 6];
    let n_tables = 300;
    let largest =
        |seed| Correlations::of(&made(&none, 40, seed)).unwrap().eigen().unwrap().values[0];
    let mut by_rows: Vec<f64> = (0..n_tables).map(largest).collect();
    by_rows.sort_unstable_by(f64::total_cmp);
    let correlations = Correlations::of(&made(&none, 40, 1)).unwrap();
    for quantile in [0.25, 0.5, 0.75, 0.95] {
        let settings = ParallelSettings { quantile, n_repeats: 300, ..ParallelSettings::default() };
        let at_once = correlations.parallel(&settings).unwrap().by_chance[0];
        let expected = by_rows[(quantile * n_tables as f64) as usize];
        assert!((at_once - expected).abs() < 0.08, "{quantile}: {at_once} for {expected}");
    }
}

fn refusal(columns: Vec<Column>, n_factors: usize) -> FactorError {
    let table = Table::new(columns).unwrap();
    FactorSettings::default().fit(&table, n_factors).unwrap_err()
}

#[test]
fn what_cannot_be_factored_is_refused_by_name() {
    let columns = || made(&TWO_HABITS, 60, 5).columns().to_vec();
    let values = |at: usize| match &columns()[at].values {
        crate::learn::Values::Numbers(values) => values.clone(),
        crate::learn::Values::Categories { .. } => unreachable!(),
    };
    let with =
        |name: &str, values: Vec<f64>| [columns(), vec![Column::numbers(name, values)]].concat();
    let constant = refusal(with("plan", vec![3.0; 60]), 1);
    assert_eq!(constant, FactorError::Constant { column: "plan".to_owned() });
    let sum = values(0).iter().zip(values(3)).map(|(a, b)| 2.0 * a - b).collect();
    let FactorError::Collinear { column, with: determining } = refusal(with("sum", sum), 1) else {
        panic!("a sum of columns is refused")
    };
    assert_eq!((column.as_str(), determining.len()), ("sum", 2));
    let mut gap = values(0);
    gap[7] = f64::NAN;
    let missing = refusal(with("gap", gap), 1);
    assert_eq!(missing, FactorError::MissingValue { column: "gap".to_owned(), row: 7 });
    let named = Column::categories("channel", vec![Some("shop"); 60]);
    assert_eq!(refusal([columns(), vec![named]].concat(), 1).code(), "column_kind");
    let many = FactorError::NumberOfFactors { n_factors: 5, n_columns: 8, most: 4 };
    assert_eq!(refusal(columns(), 5), many);
    assert_eq!(refusal(columns(), 0).code(), "number_of_factors");
    assert_eq!(refusal(columns()[..1].to_vec(), 1).code(), "too_few_columns");
    let few = made(&TWO_HABITS, 9, 5);
    assert_eq!(Correlations::of(&few).unwrap_err().code(), "too_few_rows");
}

/// One column is, but for a trace, a factor itself: .9 and .9 with it want a correlation of .81,
/// the columns have .6, so the best fit leaves it less than nothing.
#[test]
fn a_column_without_variance_of_its_own_is_named() {
    let mut random = Random::stream(11, 0);
    let (mut item, mut left, mut right) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..2_000 {
        let (a, b) = (random.normal(), random.normal());
        left.push(a + 0.35 * random.normal());
        right.push(b + 0.35 * random.normal());
        item.push(a + b + 0.05 * random.normal());
    }
    let columns = vec![
        Column::numbers("sum", item),
        Column::numbers("left", left),
        Column::numbers("right", right),
    ];
    assert_eq!(refusal(columns, 1), FactorError::Heywood { column: "sum".to_owned() });
}

proptest! {
    /// Communality and uniqueness make up a variance of 1; a turn changes neither, nor what the
    /// factors say together; scores standardise as the columns do.
    #[test]
    fn turns_change_no_communality(seed in 0_u64..500, shift in -5.0..5.0_f64, unit in 0.1..10.0_f64) {
        let table = made(&TWO_HABITS, 400, seed);
        let plain = FactorSettings { rotation: Rotation::None, ..FactorSettings::default() };
        let Ok(found) = plain.fit(&table, 2) else { return Ok(()) };
        for rotation in [Rotation::Varimax, Rotation::Promax] {
            let turned = FactorSettings { rotation, ..plain }.fit(&table, 2).unwrap();
            for (a, b) in found.communalities.iter().zip(&turned.communalities) {
                prop_assert!((a - b).abs() < 1e-8, "{} {}", a, b);
            }
            let share = |found: &FactorAnalysis| found.explained.last().unwrap().cumulative_share;
            prop_assert!((share(&found) - share(&turned)).abs() < 1e-8);
        }
        let moved = |column: &Column| match &column.values {
            crate::learn::Values::Numbers(values) => Column::numbers(
                column.name.clone(), values.iter().map(|value| shift + unit * value).collect()),
            crate::learn::Values::Categories { .. } => column.clone(),
        };
        let moved = Table::new(table.columns().iter().map(moved).collect()).unwrap();
        let again = plain.fit(&moved, 2).unwrap();
        for (a, b) in found.scores(&table).unwrap().iter().zip(again.scores(&moved).unwrap()) {
            for (a, b) in a.iter().zip(b) {
                prop_assert!((a - b).abs() < 1e-6, "{} {}", a, b);
            }
        }
    }
}
