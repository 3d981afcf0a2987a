//! How long a forest takes to grow and to score: 100 trees of leaves of ten, on as many rows and
//! columns as asked for, with the time and the most memory of each step. Exact splits are grown too
//! when the fourth argument is 1.
//!
//! `cargo run --release -p perennial-models --example forest_speed -- [rows] [columns] [threads] [exact]`
//!
//! The data are those of the comparison with scikit-learn: independent normal columns, of which the
//! first ten act linearly and the first two also together.

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use perennial_models::forest::{ForestSettings, Splits};
use perennial_models::learn::{Classifier, Column, Learner, Random, Table};
use perennial_models::logistic::LogisticSettings;
use perennial_models::metrics::auc;

/// The most memory the process has held, where the system tells.
fn peak_megabytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

/// A normal random number (G. Box, M. Muller (1958)).
fn normal(random: &mut Random) -> f64 {
    let radius = (-2.0 * (1.0 - random.unit()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.unit()).cos()
}

/// The processor time of all threads so far, where the system tells: what the clock on the wall
/// would say on a machine that does nothing else, times the threads.
fn processor_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |place: usize| fields.get(place)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / 100.0)
}

fn data(n_rows: usize, n_columns: usize) -> Result<(Table, Vec<bool>), Box<dyn Error>> {
    let mut random = Random::stream(0, 0);
    let columns: Vec<Vec<f64>> =
        (0..n_columns).map(|_| (0..n_rows).map(|_| normal(&mut random)).collect()).collect();
    let effects: Vec<f64> = (0..n_columns.min(10)).map(|_| normal(&mut random)).collect();
    let mut label = |row: usize| {
        let linear: f64 =
            effects.iter().zip(&columns).map(|(effect, column)| effect * column[row]).sum();
        let together = columns.get(1).map_or(0.0, |second| columns[0][row] * second[row]);
        let log_odds = linear * 0.5 + together - 1.0;
        random.unit() < 1.0 / (1.0 + (-log_odds).exp())
    };
    let labels = (0..n_rows).map(&mut label).collect();
    let named =
        columns.into_iter().enumerate().map(|(i, values)| Column::numbers(format!("x{i}"), values));
    Ok((Table::new(named.collect())?, labels))
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<usize>());
    let n_rows = arguments.next().transpose()?.unwrap_or(200_000);
    let n_columns = arguments.next().transpose()?.unwrap_or(30);
    let n_threads = arguments.next().transpose()?.unwrap_or(2);
    let with_exact = arguments.next().transpose()?.unwrap_or(0) > 0;
    let mut out = std::io::stdout().lock();
    let mut processor_before = 0.0;
    let mut tell = |step: &str, started: Instant, result: String| {
        let (seconds, memory) = (started.elapsed().as_secs_f64(), peak_megabytes().unwrap_or(0));
        let processor = processor_seconds().unwrap_or(f64::NAN);
        let own = processor - processor_before;
        processor_before = processor;
        writeln!(
            out,
            "{step:<28} {seconds:7.3} s  processor {own:7.3} s  peak {memory:4} MB  {result}"
        )
    };
    let started = Instant::now();
    let (table, labels) = data(n_rows, n_columns)?;
    tell("data", started, format!("{n_rows} x {n_columns}"))?;
    for (step, out_of_bag) in [("forest, grown", false), ("forest, grown, out of bag", true)] {
        let settings = ForestSettings { n_threads, out_of_bag, ..ForestSettings::default() };
        let started = Instant::now();
        let forest = settings.grow(&table, &labels, None)?;
        tell(step, started, format!("{} nodes", forest.n_nodes()))?;
        let started = Instant::now();
        let scores = forest.probabilities(&table)?;
        tell("forest, scored", started, format!("AUC seen {:.4}", auc(&scores, &labels)?))?;
        if let Some(unseen) = forest.out_of_bag() {
            let unseen: Vec<f64> = unseen.iter().map(|one| one.unwrap_or(0.5)).collect();
            tell("", started, format!("AUC out of bag {:.4}", auc(&unseen, &labels)?))?;
        }
    }
    if with_exact {
        let settings =
            ForestSettings { n_threads, splits: Splits::Exact, ..ForestSettings::default() };
        let started = Instant::now();
        let forest = settings.grow(&table, &labels, None)?;
        tell("forest, grown, exact splits", started, format!("{} nodes", forest.n_nodes()))?;
        let unseen: Vec<f64> =
            forest.out_of_bag().into_iter().flatten().map(|one| one.unwrap_or(0.5)).collect();
        tell("", started, format!("AUC out of bag {:.4}", auc(&unseen, &labels)?))?;
    }
    let started = Instant::now();
    let logistic = LogisticSettings { n_threads, ..LogisticSettings::default() };
    let scores = logistic.fit(&table, &labels, None)?.probabilities(&table)?;
    tell("logistic, fitted and scored", started, format!("AUC {:.4}", auc(&scores, &labels)?))?;
    Ok(())
}
