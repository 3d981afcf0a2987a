//! How sure the mean row is where a customer may stand in several rows: sums per customer for the
//! clustered interval, or resampled triangles for the bootstrap.

use std::sync::Arc;

use arrow::array::{AsArray, Float64Array, RecordBatch, UInt32Array};
use arrow::datatypes::{DataType, Field, Float64Type, Schema, UInt32Type};
use perennial_engine::error::EngineError;

use super::mean::{CellCounts, mean_share};
use super::plan::Plan;
use super::sink::{Counted, Entry, Hit, Sink, counted};
use crate::grouping::Group;
use crate::interval::Clustered;

/// Resamples of the bootstrap.
pub const N_RESAMPLES: usize = 500;

/// Adds up, per column, what each customer contributes to the complete cells.
pub struct Spread {
    /// Whether a cell, row by row, enters the mean.
    complete: Arc<Vec<bool>>,
    by_column: Vec<Clustered>,
    own: Vec<(f64, f64)>,
    cells: Vec<Counted>,
}

impl Spread {
    /// Nothing added up.
    pub fn new(plan: &Plan, complete: Arc<Vec<bool>>) -> Spread {
        let n = plan.n_columns as usize;
        Spread {
            complete,
            by_column: vec![Clustered::default(); n],
            own: vec![(0.0, 0.0); n],
            cells: Vec::new(),
        }
    }
}

impl Sink for Spread {
    fn customer(&mut self, plan: &Plan, _customer: i64, entries: &[Entry], hits: &[Hit]) {
        let n = plan.n_columns as usize;
        self.own.fill((0.0, 0.0));
        for entry in entries.iter().filter(|entry| entry.is_member) {
            let complete = &self.complete[entry.row as usize * n..][..n];
            counted(plan.question.count, plan.n_columns, entry.own(hits), &mut self.cells);
            for (own, is_complete) in self.own.iter_mut().zip(complete) {
                own.0 += f64::from(u8::from(*is_complete));
            }
            for cell in &self.cells {
                self.own[cell.k as usize].1 += f64::from(u8::from(complete[cell.k as usize]));
            }
        }
        for (column, (x, y)) in self.by_column.iter_mut().zip(&self.own) {
            if *x > 0.0 {
                column.add(*x, *y);
            }
        }
    }

    fn finish(
        self,
        _plan: &Plan,
        _groups: &[Group],
        _currencies: &[String],
    ) -> Result<RecordBatch, EngineError> {
        let of = |value: fn(&Clustered) -> f64| -> arrow::array::ArrayRef {
            Arc::new(Float64Array::from_iter_values(self.by_column.iter().map(value)))
        };
        let names = ["n", "x", "y", "xx", "xy", "yy"];
        let fields = names.map(|name| Field::new(name, DataType::Float64, false));
        let columns = vec![
            of(|c| c.n as f64),
            of(|c| c.x),
            of(|c| c.y),
            of(|c| c.xx),
            of(|c| c.xy),
            of(|c| c.yy),
        ];
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields.to_vec())), columns)?)
    }
}

/// The sums of all buckets, by column.
pub fn merged_spread(partials: &[RecordBatch]) -> Vec<Clustered> {
    let mut by_column: Vec<Clustered> = Vec::new();
    for partial in partials {
        by_column.resize(partial.num_rows(), Clustered::default());
        let value = |column: usize, row: usize| {
            partial.column(column).as_primitive::<Float64Type>().value(row)
        };
        for (row, column) in by_column.iter_mut().enumerate() {
            column.merge(&Clustered {
                n: value(0, row) as u64,
                x: value(1, row),
                y: value(2, row),
                xx: value(3, row),
                xy: value(4, row),
                yy: value(5, row),
            });
        }
    }
    by_column
}

/// Counts every cell once per resample, each customer with its Poisson weight of that resample:
/// the bootstrap of a stream, in one pass and with mergeable partial results.
pub struct Resamples {
    /// For every row, its size in each resample.
    sizes: Vec<u32>,
    /// For every cell, its returns in each resample.
    returned: Vec<u32>,
    weights: Vec<u32>,
    cells: Vec<Counted>,
}

impl Resamples {
    /// Nothing counted.
    pub fn new(plan: &Plan) -> Resamples {
        let n_rows = plan.rows.len();
        Resamples {
            sizes: vec![0; n_rows * N_RESAMPLES],
            returned: vec![0; n_rows * plan.n_columns as usize * N_RESAMPLES],
            weights: vec![0; N_RESAMPLES],
            cells: Vec::new(),
        }
    }
}

fn add(totals: &mut [u32], index: usize, weights: &[u32]) {
    let totals = &mut totals[index * N_RESAMPLES..][..N_RESAMPLES];
    totals.iter_mut().zip(weights).for_each(|(total, weight)| *total += weight);
}

impl Sink for Resamples {
    fn customer(&mut self, plan: &Plan, customer: i64, entries: &[Entry], hits: &[Hit]) {
        for (resample, weight) in self.weights.iter_mut().enumerate() {
            *weight = poisson_weight(customer, resample as u64);
        }
        for entry in entries.iter().filter(|entry| entry.is_member) {
            add(&mut self.sizes, entry.row as usize, &self.weights);
            counted(plan.question.count, plan.n_columns, entry.own(hits), &mut self.cells);
            for cell in &self.cells {
                let index = entry.row as usize * plan.n_columns as usize + cell.k as usize;
                add(&mut self.returned, index, &self.weights);
            }
        }
    }

    fn finish(
        self,
        _plan: &Plan,
        _groups: &[Group],
        _currencies: &[String],
    ) -> Result<RecordBatch, EngineError> {
        let schema = Schema::new(vec![Field::new("count", DataType::UInt32, false)]);
        let counts = UInt32Array::from_iter_values(self.sizes.into_iter().chain(self.returned));
        Ok(RecordBatch::try_new(Arc::new(schema), vec![Arc::new(counts)])?)
    }
}

/// The 2.5 % and 97.5 % percentiles of the mean share over the resamples, by column.
pub fn bootstrap_intervals(
    plan: &Plan,
    complete: &[bool],
    partials: &[RecordBatch],
) -> Vec<Option<(f64, f64)>> {
    let (n_rows, n_columns) = (plan.rows.len(), plan.n_columns as usize);
    let mut totals = vec![0_u32; n_rows * (1 + n_columns) * N_RESAMPLES];
    for partial in partials {
        let counts = partial.column(0).as_primitive::<UInt32Type>().values();
        totals.iter_mut().zip(counts).for_each(|(total, count)| *total += count);
    }
    let (sizes, returned) = totals.split_at(n_rows * N_RESAMPLES);
    let share = |column: usize, resample: usize| {
        let cells =
            (0..n_rows).filter(|row| complete[row * n_columns + column]).map(|row| CellCounts {
                size: u64::from(sizes[row * N_RESAMPLES + resample]),
                returned: u64::from(returned[(row * n_columns + column) * N_RESAMPLES + resample]),
            });
        mean_share(plan.question.mean.kind, cells)
    };
    (0..n_columns)
        .map(|column| {
            let mut shares: Vec<f64> =
                (0..N_RESAMPLES).filter_map(|resample| share(column, resample)).collect();
            shares.sort_unstable_by(f64::total_cmp);
            let at =
                |part: f64| shares.get(((shares.len().max(1) - 1) as f64 * part).round() as usize);
            Some((*at(0.025)?, *at(0.975)?))
        })
        .collect()
}

/// How often a customer stands in a resample: Poisson with mean 1, from a hash of both, so that
/// every bucket layout draws the same.
fn poisson_weight(customer: i64, resample: u64) -> u32 {
    // SplitMix64 (Steele, Lea, Flood 2014).
    let mut z = (customer as u64)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .wrapping_add(resample.wrapping_mul(0xD1B5_4A32_D192_ED03));
    z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    let uniform = ((z ^ z >> 31) >> 11) as f64 / (1_u64 << 53) as f64;
    let mut weight = 0;
    let mut chance = (-1.0_f64).exp();
    let mut below = chance;
    while uniform >= below && weight < 16 {
        weight += 1;
        chance /= f64::from(weight);
        below += chance;
    }
    weight
}
