//! What a forest loses without each driver, and how its probabilities move with it.

use perennial_models::forest::{Forest, ForestSettings};
use perennial_models::importance::{Group, Importance, ImportanceSettings, permutation_importance};
use perennial_models::learn::{Classifier, LearnError, Random, Table};
use perennial_models::metrics::auc;
use perennial_models::partial::{
    PartialDependence, PartialSettings, Point, Value, partial_dependence,
};
use perennial_models::special::normal_quantile;

use super::answer::{CurvePoint, ForestAnswer, ImportanceAnswer};
use super::columns::Columns;
use super::design::Driver;
use super::words::figure;
use crate::insight::AskError;
use crate::training::SampleCut;
use crate::training::refusals::refused;

/// Permutations of each driver.
const N_REPEATS: usize = 10;
/// Rows the forest is judged by at most; of more, so many are drawn.
const MAX_JUDGED: usize = 20_000;
/// Rows of a curve at most; of more, so many are drawn.
pub(super) const CURVE_ROWS: usize = 2_000;
/// Points of a curve at most.
const CURVE_POINTS: usize = 12;
/// Threads; they never change a result.
const N_THREADS: usize = 2;

/// A forest and rows it has not learnt from.
pub(super) struct Judged {
    forest: Forest,
    table: Table,
    left: Vec<bool>,
    pub answer: ForestAnswer,
    seed: u64,
}

impl Judged {
    /// Learns from the earlier cuts and judges by the last; where there is only one, learns from a
    /// half of its customers and judges by the other.
    ///
    /// # Errors
    /// One outcome only among the rows it learns from or is judged by.
    pub(super) fn new(
        columns: &Columns,
        cuts: &[SampleCut],
        seed: u64,
    ) -> Result<Judged, AskError> {
        Judged::grown(columns, cuts, seed).map_err(|error| refused(&error))
    }

    fn grown(columns: &Columns, cuts: &[SampleCut], seed: u64) -> Result<Judged, LearnError> {
        let last = columns.cut_of.iter().copied().max().unwrap_or_default();
        let is_only = columns.cut_of.iter().all(|cut| *cut == last);
        let half = half_of(columns.n_customers, seed);
        let is_judged = |row: &usize| match is_only {
            true => half[columns.clusters[*row] as usize],
            false => columns.cut_of[*row] == last,
        };
        let (mut judged, learnt): (Vec<usize>, Vec<usize>) =
            (0..columns.n_rows()).partition(is_judged);
        if judged.len() > MAX_JUDGED {
            Random::stream(seed, 2).shuffle(&mut judged);
            judged.truncate(MAX_JUDGED);
            judged.sort_unstable();
        }
        let labels = |rows: &[usize]| rows.iter().map(|&row| columns.left[row]).collect::<Vec<_>>();
        let settings = ForestSettings {
            seed,
            n_threads: N_THREADS,
            out_of_bag: false,
            ..ForestSettings::default()
        };
        let forest = settings.grow(&columns.table.take(&learnt)?, &labels(&learnt), None)?;
        let table = columns.table.take(&judged)?;
        let left = labels(&judged);
        let probabilities = forest.probabilities(&table)?;
        let date = cuts.get(last as usize).map_or_else(String::new, |cut| cut.date.to_string());
        let n_left = left.iter().filter(|left| **left).count();
        let answer = ForestAnswer {
            judged_by: if is_only { "other_customers" } else { "later_cut" }.to_owned(),
            judged_at: date,
            n_learnt: learnt.len() as u64,
            n_judged: judged.len() as u64,
            base_rate: n_left as f64 / judged.len() as f64,
            auc: auc(&probabilities, &left)?,
            n_repeats: N_REPEATS as u64,
            n_curve_rows: judged.len().min(CURVE_ROWS) as u64,
        };
        Ok(Judged { forest, table, left, answer, seed })
    }

    /// What is lost without each driver, in their order.
    pub(super) fn importances(
        &self,
        columns: &Columns,
        drivers: &[&Driver],
        confidence: f64,
    ) -> Result<Vec<ImportanceAnswer>, AskError> {
        let name = |column: &usize| columns.about[*column].name.clone();
        let group = |driver: &&Driver| {
            let columns: Vec<String> = driver.columns.iter().map(name).collect();
            Group { name: columns.first().cloned().unwrap_or_default(), columns }
        };
        let groups: Vec<Group> = drivers.iter().map(group).collect();
        let settings =
            ImportanceSettings { n_repeats: N_REPEATS, seed: self.seed, n_threads: N_THREADS };
        let found =
            permutation_importance(&self.forest, &self.table, &self.left, &groups, &settings);
        let width = normal_quantile(0.5 * (1.0 + confidence));
        let answer = |one: Importance| {
            let reach = width * one.deviation.unwrap_or_default();
            let auc_lost = one.auc_lost;
            ImportanceAnswer { auc_lost, low: auc_lost - reach, high: auc_lost + reach }
        };
        let found = found.map_err(|error| refused(&error))?;
        Ok(found.into_iter().map(answer).collect())
    }

    /// The curve of a column; empty where it has no value among the judged rows.
    pub(super) fn curve(&self, column: &str) -> Vec<CurvePoint> {
        let settings = PartialSettings {
            n_points: CURVE_POINTS,
            n_rows: CURVE_ROWS,
            seed: self.seed,
            n_threads: N_THREADS,
        };
        let point = |point: Point| CurvePoint {
            value: match point.value {
                Value::Number(number) => figure(number),
                Value::Category(label) => label,
            },
            probability: point.probability,
            difference: point.difference,
        };
        let found: Result<PartialDependence, LearnError> =
            partial_dependence(&self.forest, &self.table, column, &settings);
        found.map_or_else(|_| Vec::new(), |curve| curve.points.into_iter().map(point).collect())
    }
}

/// Half of the customers, drawn.
fn half_of(n_customers: usize, seed: u64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..n_customers).collect();
    Random::stream(seed, 1).shuffle(&mut order);
    let mut half = vec![false; n_customers];
    order.iter().take(n_customers / 2).for_each(|&customer| half[customer] = true);
    half
}
