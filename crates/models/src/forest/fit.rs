//! Growing a forest: settings checked, rows drawn, trees shared out to threads.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{ClassWeights, Forest, ForestSettings, MAX_DEPTH, Splits, Tried};
use crate::learn::parallel::in_pieces;
use crate::learn::{LearnError, Random, Schema, Table, check_labels};
use crate::trees::{
    Code, Codes, Encoder, Ensemble, Entry, GrowSettings, Grower, Grown, MAX_BINS, Rules, Tree,
    UNBOUND, Way, axes_of, leaves_of,
};

/// Most trees: their number and the sum of their shares are kept in one word per row.
const MAX_TREES: usize = 1_000_000;
/// The bits of that word below the number of trees. A share is a multiple of 2⁻²⁴, the precision of
/// a leaf, and 2²⁰ of them stay below 2⁴⁴. Whole numbers add up to the same in whatever order
/// threads finish their trees.
const SHARE_BITS: u32 = 44;
const SHARE_UNIT: f64 = (1 << 24) as f64;

pub(super) fn grow(
    settings: &ForestSettings,
    table: &Table,
    labels: &[bool],
    weights: Option<&[f64]>,
) -> Result<Forest, LearnError> {
    check_settings(settings)?;
    check_labels(table.n_rows(), labels, weights)?;
    let pull = pull_of_rows(settings.class_weights, labels, weights)?;
    let schema = Schema::of(table);
    let n_bins = match settings.splits {
        Splits::Exact => None,
        Splits::Binned(n_bins) => Some(n_bins),
    };
    let n_threads = settings.n_threads;
    let axes = axes_of(table, &schema, n_bins, n_threads)?;
    if axes.iter().all(|axis| axis.n_codes() <= MAX_BINS) {
        let codes = Codes::<u8>::new(table, &schema, axes, n_threads)?;
        Ok(grow_on(settings, schema, codes, &pull))
    } else {
        let codes = Codes::<u32>::new(table, &schema, axes, n_threads)?;
        Ok(grow_on(settings, schema, codes, &pull))
    }
}

fn check_settings(settings: &ForestSettings) -> Result<(), LearnError> {
    let refuse = |name, value: String, allowed| Err(LearnError::Setting { name, value, allowed });
    if !(1..=MAX_TREES).contains(&settings.n_trees) {
        return refuse("n_trees", settings.n_trees.to_string(), "1 to 1000000");
    }
    if settings.min_leaf_rows == 0 {
        return refuse("min_leaf_rows", settings.min_leaf_rows.to_string(), "1 or more");
    }
    if !(1..=MAX_DEPTH).contains(&settings.max_depth) {
        return refuse("max_depth", settings.max_depth.to_string(), "1 to 256");
    }
    if settings.tried == Tried::Columns(0) {
        return refuse("tried", "0".to_owned(), "1 or more");
    }
    match settings.splits {
        Splits::Binned(n_bins) if !(2..=MAX_BINS).contains(&n_bins) => {
            refuse("splits", n_bins.to_string(), "2 to 255 bins")
        }
        Splits::Binned(_) | Splits::Exact => Ok(()),
    }
}

/// Weight of each row, and its weight again if it is `true`.
#[derive(Clone, Copy)]
struct Pull {
    weight: f32,
    of_true: f32,
}

fn pull_of_rows(
    class_weights: ClassWeights,
    labels: &[bool],
    weights: Option<&[f64]>,
) -> Result<Vec<Pull>, LearnError> {
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    let of_class = match class_weights {
        ClassWeights::Equal => [1.0, 1.0],
        ClassWeights::Given { r#false, r#true } => {
            for value in [r#false, r#true] {
                if !(value > 0.0 && value.is_finite()) {
                    let (name, allowed) = ("class_weights", "above 0");
                    return Err(LearnError::Setting { name, value: value.to_string(), allowed });
                }
            }
            [r#false, r#true]
        }
        ClassWeights::Balanced => {
            let mut sums = [0.0; 2];
            for (row, &label) in labels.iter().enumerate() {
                sums[usize::from(label)] += weight(row);
            }
            let half = (sums[0] + sums[1]) / 2.0;
            sums.map(|sum| half / sum)
        }
    };
    let pull = |(row, &label): (usize, &bool)| {
        let weight = (weight(row) * of_class[usize::from(label)]) as f32;
        Pull { weight, of_true: if label { weight } else { 0.0 } }
    };
    Ok(labels.iter().enumerate().map(pull).collect())
}

/// What one thread keeps from tree to tree.
struct Worker<'a, C> {
    grower: Grower<'a, C>,
    n_drawn: Vec<u32>,
    entries: Vec<Entry>,
}

fn grow_on<C: Code>(
    settings: &ForestSettings,
    schema: Schema,
    codes: Codes<C>,
    pull: &[Pull],
) -> Forest {
    let n_columns = codes.n_columns();
    let n_tried = match settings.tried {
        Tried::SquareRoot => n_columns.isqrt(),
        Tried::All => n_columns,
        Tried::Columns(n) => n.min(n_columns),
    };
    let rules = Rules {
        min_rows: settings.min_leaf_rows,
        min_hessian: 0.0,
        ridge: 0.0,
        way: Way::Free,
        bounds: UNBOUND,
    };
    let max_depth = settings.max_depth;
    let ways = Vec::new();
    let grow_settings =
        GrowSettings { max_depth, n_tried, rules, min_gain: None, ways, n_threads: 1 };
    let columns: Vec<u32> = (0..n_columns as u32).collect();
    let verdicts: Vec<AtomicU64> =
        pull.iter().take_while(|_| settings.out_of_bag).map(|_| AtomicU64::new(0)).collect();
    let worker = || Worker {
        grower: Grower::new(&codes, &grow_settings),
        n_drawn: vec![0; pull.len()],
        entries: Vec::new(),
    };
    let one_tree = |worker: &mut Worker<'_, C>, tree: usize| {
        let mut random = Random::stream(settings.seed, tree as u64);
        draw(worker, pull, &mut random);
        let grown = worker.grower.grow(&mut worker.entries, &columns, &mut random);
        if settings.out_of_bag {
            judge(&grown.tree, &codes, &worker.n_drawn, &verdicts);
        }
        grown
    };
    let grown = in_pieces(settings.n_trees, settings.n_threads, worker, one_tree);
    let gini_importance = importance(&grown, n_columns);
    let mut trees: Vec<Tree> = grown.into_iter().map(|grown| grown.tree).collect();
    let encoder = Encoder::new(schema, codes.into_axes(), &mut trees);
    let scale = 1.0 / trees.len() as f64;
    let n_threads = settings.n_threads;
    Forest {
        ensemble: Ensemble { encoder, trees, base: 0.0, scale, n_threads },
        gini_importance,
        out_of_bag: settings.out_of_bag.then(|| verdicts.iter().map(out_of_bag).collect()),
    }
}

/// Draws as many rows as there are, with replacement. A row drawn twice weighs twice; rows without
/// weight take no part.
fn draw<C>(worker: &mut Worker<'_, C>, pull: &[Pull], random: &mut Random) {
    worker.n_drawn.fill(0);
    for _ in 0..pull.len() {
        worker.n_drawn[random.below(pull.len())] += 1;
    }
    worker.entries.clear();
    let drawn = worker.n_drawn.iter().zip(pull).enumerate();
    let drawn = drawn.filter(|(_, (n, pull))| **n > 0 && pull.weight > 0.0);
    worker.entries.extend(drawn.map(|(row, (&n, pull))| Entry {
        row: row as u32,
        gradient: pull.of_true * n as f32,
        hessian: pull.weight * n as f32,
    }));
}

/// Lets a tree judge the rows it has not drawn.
fn judge<C: Code>(tree: &Tree, codes: &Codes<C>, n_drawn: &[u32], verdicts: &[AtomicU64]) {
    let unseen: Vec<u32> =
        n_drawn.iter().zip(0..).filter(|(n, _)| **n == 0).map(|(_, row)| row).collect();
    leaves_of(tree, codes, unseen.iter().copied(), |i, leaf| {
        let share = (f64::from(tree.values[leaf as usize]) * SHARE_UNIT).round() as u64;
        verdicts[unseen[i] as usize].fetch_add(1 << SHARE_BITS | share, Ordering::Relaxed);
    });
}

/// The mean of the shares a row was given.
fn out_of_bag(verdict: &AtomicU64) -> Option<f64> {
    let word = verdict.load(Ordering::Relaxed);
    let n_trees = word >> SHARE_BITS;
    let sum = word & ((1 << SHARE_BITS) - 1);
    (n_trees > 0).then(|| (sum as f64 / SHARE_UNIT / n_trees as f64).min(1.0))
}

/// The share of each column in the gains of each tree, averaged over the trees that have a split.
fn importance(grown: &[Grown], n_columns: usize) -> Vec<f64> {
    let mut shares = vec![0.0; n_columns];
    for one in grown {
        let total: f64 = one.gains.iter().sum();
        if total > 0.0 {
            shares.iter_mut().zip(&one.gains).for_each(|(share, gain)| *share += gain / total);
        }
    }
    let total: f64 = shares.iter().sum();
    if total > 0.0 {
        shares.iter_mut().for_each(|share| *share /= total);
    }
    shares
}
