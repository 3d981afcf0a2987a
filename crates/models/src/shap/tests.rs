use crate::boosting::BoostingSettings;
use crate::forest::{Forest, ForestSettings, Tried};
use crate::learn::{Classifier, Column, Learner, Random, Table};
use crate::trees::{Cells, Tree};

const N_COLUMNS: usize = 5;

/// Five columns, one of categories and one with missing values; two act together.
fn rows(n_rows: usize) -> (Table, Vec<bool>) {
    let mut random = Random::stream(6, 0);
    let mut column = || (0..n_rows).map(|_| (random.unit() * 8.0).floor()).collect::<Vec<f64>>();
    let [a, mut b, c, d] = [column(), column(), column(), column()];
    let plans: Vec<Option<&str>> =
        (0..n_rows).map(|row| ["x", "y", "z"].get(row * 7 % 4).copied()).collect();
    let labels = (0..n_rows)
        .map(|row| (a[row] * b[row] + c[row] > 16.0) == (plans[row] != Some("y")))
        .collect();
    b.iter_mut().step_by(9).for_each(|value| *value = f64::NAN);
    let columns = vec![
        Column::numbers("a", a),
        Column::numbers("b", b),
        Column::categories("plan", plans),
        Column::numbers("c", c),
        Column::numbers("d", d),
    ];
    (Table::new(columns).unwrap(), labels)
}

/// The mean output of a tree when only the columns of `known` (bits) are known.
fn worth(tree: &Tree, cells: &impl Cells, row: u32, place: u32, known: usize) -> f64 {
    let node = tree.nodes[place as usize];
    if node.is_leaf(place) {
        return f64::from(tree.values[place as usize]);
    }
    if known >> node.column() & 1 == 1 {
        return worth(tree, cells, row, tree.step(place, cells, row), known);
    }
    let sides = [node.left, node.left + 1];
    let covers = sides.map(|side| f64::from(tree.covers[side as usize]));
    let outputs = sides.map(|side| worth(tree, cells, row, side, known));
    (covers[0] * outputs[0] + covers[1] * outputs[1]) / (covers[0] + covers[1])
}

/// Shapley's formula, subset by subset (L. Shapley (1953), A value for n-person games).
fn by_definition(forest: &Forest, cells: &impl Cells, row: u32) -> Vec<f64> {
    let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
    let trees = &forest.ensemble.trees;
    let value = |known| -> f64 {
        trees.iter().map(|tree| worth(tree, cells, row, 0, known)).sum::<f64>() / trees.len() as f64
    };
    let values: Vec<f64> = (0..1 << N_COLUMNS).map(value).collect();
    let share = |column: usize| {
        let without = (0_usize..1 << N_COLUMNS).filter(|known| known >> column & 1 == 0);
        let gain = |known: usize| {
            let n_known = known.count_ones();
            let weight = factorial(n_known) * factorial(N_COLUMNS as u32 - n_known - 1)
                / factorial(N_COLUMNS as u32);
            weight * (values[known | 1 << column] - values[known])
        };
        without.map(gain).sum()
    };
    (0..N_COLUMNS).map(share).collect()
}

#[test]
fn contributions_are_shapleys_values_by_definition() {
    let (table, labels) = rows(400);
    let settings = ForestSettings { n_trees: 7, min_leaf_rows: 5, ..ForestSettings::default() };
    let forest = ForestSettings { tried: Tried::Columns(3), ..settings }
        .grow(&table, &labels, None)
        .unwrap();
    let few = table.take(&(0..20).collect::<Vec<_>>()).unwrap();
    let contributions = forest.contributions(&few).unwrap();
    let columns = forest.schema().align(&few).unwrap();
    let cells = forest.ensemble.encoder.views::<u8>(&columns, 0, 20);
    for (row, shares) in contributions.rows().enumerate() {
        for (found, expected) in shares.iter().zip(by_definition(&forest, &cells, row as u32)) {
            assert!((found - expected).abs() < 1e-9, "{found} is not {expected} in row {row}");
        }
    }
}

#[test]
fn base_and_contributions_add_up_to_the_output() {
    let (table, labels) = rows(3_000);
    let deep = ForestSettings { n_trees: 10, min_leaf_rows: 1, ..ForestSettings::default() };
    let forest = deep.fit(&table, &labels, None).unwrap();
    let some = table.take(&(0..200).collect::<Vec<_>>()).unwrap();
    let contributions = forest.contributions(&some).unwrap();
    for (output, probability) in contributions.outputs().zip(forest.probabilities(&some).unwrap()) {
        assert!((output - probability).abs() < 1e-9, "{output} {probability}");
    }
    let boosted = BoostingSettings::default().fit(&table, &labels, None).unwrap();
    let contributions = boosted.contributions(&some).unwrap();
    for (output, probability) in contributions.outputs().zip(boosted.probabilities(&some).unwrap())
    {
        assert!((crate::logistic::probability(output) - probability).abs() < 1e-9);
    }
}
