//! Who will leave: figures out of fold where the file has folds, else of the rows learnt from.

use std::error::Error;
use std::time::Instant;

use perennial_models::boosting::BoostingSettings;
use perennial_models::forest::ForestSettings;
use perennial_models::learn::{Classifier, Column, Learner, Table, out_of_fold};
use perennial_models::logistic::LogisticSettings;
use perennial_models::metrics::Report;

use super::Found;
use super::numbers::Numbers;

const LEFT: &str = "left";
const FOLD: &str = "fold";

fn table(numbers: &Numbers) -> Result<Table, Box<dyn Error>> {
    let columns = numbers.but(&[LEFT, FOLD]).into_iter();
    let columns = columns.map(|(name, values)| Column::numbers(name, values.to_vec()));
    Ok(Table::new(columns.collect())?)
}

/// Figures of a learner: of each fold, averaged, by models that have not seen it; or of a fit on all
/// rows, whose time is told apart.
fn judged(learner: &dyn Learner, numbers: &Numbers) -> Found {
    let (table, left) = (table(numbers)?, numbers.flags(LEFT)?);
    let Ok(folds) = numbers.whole(FOLD) else {
        let begun = Instant::now();
        let model = learner.fit(&table, &left, None)?;
        let seconds = begun.elapsed().as_secs_f64();
        let auc = Report::of(&model.probabilities(&table)?, &left)?.auc;
        return Ok(vec![("seconds".to_owned(), seconds), ("auc".to_owned(), auc)]);
    };
    let folds: Vec<usize> = folds.into_iter().map(|fold| fold as usize).collect();
    let probabilities = out_of_fold(learner, &table, &left, None, &folds)?;
    let n_folds = folds.iter().max().map_or(0, |last| last + 1);
    let mut sums = [0.0; 4];
    for fold in 0..n_folds {
        let rows: Vec<usize> = (0..left.len()).filter(|row| folds[*row] == fold).collect();
        let scores: Vec<f64> = rows.iter().map(|row| probabilities[*row]).collect();
        let labels: Vec<bool> = rows.iter().map(|row| left[*row]).collect();
        let report = Report::of(&scores, &labels)?;
        let figures = [report.auc, report.average_precision, report.brier, report.log_loss];
        sums.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure);
    }
    let names = ["auc", "average_precision", "brier", "log_loss"];
    let means = sums.map(|sum| sum / n_folds as f64);
    Ok(names.iter().zip(means).map(|(name, mean)| ((*name).to_owned(), mean)).collect())
}

pub fn logistic(numbers: &Numbers, threads: usize) -> Found {
    judged(&LogisticSettings { n_threads: threads, ..LogisticSettings::default() }, numbers)
}

pub fn forest(numbers: &Numbers, threads: usize) -> Found {
    let settings =
        ForestSettings { n_threads: threads, out_of_bag: false, ..ForestSettings::default() };
    judged(&settings, numbers)
}

pub fn forest_leaf_1(numbers: &Numbers, threads: usize) -> Found {
    judged(&ForestSettings { n_threads: threads, ..ForestSettings::scikit_learn() }, numbers)
}

pub fn boosting(numbers: &Numbers, threads: usize) -> Found {
    judged(&BoostingSettings { n_threads: threads, ..BoostingSettings::default() }, numbers)
}

/// The time of scoring every row with a forest of leaves of ten.
pub fn score(numbers: &Numbers, threads: usize) -> Found {
    let (table, left) = (table(numbers)?, numbers.flags(LEFT)?);
    let settings =
        ForestSettings { n_threads: threads, out_of_bag: false, ..ForestSettings::default() };
    let forest = settings.grow(&table, &left, None)?;
    let begun = Instant::now();
    let probabilities = forest.probabilities(&table)?;
    let seconds = begun.elapsed().as_secs_f64();
    let mean = probabilities.iter().sum::<f64>() / probabilities.len() as f64;
    Ok(vec![("seconds".to_owned(), seconds), ("mean".to_owned(), mean)])
}
