//! Boosting round by round, the number of rounds found on rows held out.

use super::{Boosted, BoostingSettings, Trend};
use crate::learn::{LearnError, Random, Schema, Table, Values, check_labels, stratified_folds};
use crate::logistic::probability;
use crate::trees::{
    Codes, Encoder, Ensemble, Entry, GrowSettings, Grower, MAX_BINS, Rules, Tree, UNBOUND, Way,
    axes_of, leaves_of,
};

/// Hessian a side keeps at least: rows foretold with near certainty cannot make a leaf of their own.
const MIN_HESSIAN: f64 = 1e-3;

/// The rows with their labels and weights, and what is known of the columns.
struct Rows<'a> {
    labels: &'a [bool],
    weights: Option<&'a [f64]>,
    /// Which way the log-odds may go with each column.
    ways: &'a [Way],
}

impl Rows<'_> {
    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    /// The log-odds of the base rate of `rows`.
    fn base(&self, rows: &[u32]) -> f64 {
        let mut sums = [0.0; 2];
        for &row in rows {
            sums[usize::from(self.labels[row as usize])] += self.weight(row as usize);
        }
        (sums[1] / sums[0]).ln()
    }

    /// The mean log loss of `rows` at these log-odds.
    fn log_loss(&self, rows: &[u32], log_odds: &[f64]) -> f64 {
        let (mut sum, mut total) = (0.0, 0.0);
        for row in rows.iter().map(|&row| row as usize) {
            let against = if self.labels[row] { -log_odds[row] } else { log_odds[row] };
            let surprise = against.max(0.0) + (-against.abs()).exp().ln_1p();
            sum += self.weight(row) * surprise;
            total += self.weight(row);
        }
        sum / total
    }
}

/// Trees grown round by round.
struct Rounds {
    trees: Vec<Tree>,
    gains: Vec<f64>,
    held_out_log_loss: Vec<f64>,
    base: f64,
}

pub(super) fn boost(
    settings: &BoostingSettings,
    table: &Table,
    labels: &[bool],
    weights: Option<&[f64]>,
) -> Result<Boosted, LearnError> {
    check_settings(settings)?;
    check_labels(table.n_rows(), labels, weights)?;
    let schema = Schema::of(table);
    let axes = axes_of(table, &schema, Some(MAX_BINS), settings.n_threads)?;
    let codes = Codes::<u8>::new(table, &schema, axes, settings.n_threads)?;
    let ways = ways_of(settings, table)?;
    let rows = Rows { labels, weights, ways: &ways };
    // Rows without weight teach nothing.
    let all: Vec<u32> =
        (0..labels.len() as u32).filter(|&row| rows.weight(row as usize) > 0.0).collect();
    let (n_rounds, held_out_log_loss) = if settings.holdout_share > 0.0 {
        best_rounds(settings, &codes, &rows, &all)?
    } else {
        (settings.n_rounds, Vec::new())
    };
    let Rounds { mut trees, gains, base, .. } =
        rounds(settings, &codes, &rows, &all, &[], n_rounds);
    let encoder = Encoder::new(schema, codes.into_axes(), &mut trees);
    let total: f64 = gains.iter().sum();
    let share = |gain: f64| if total > 0.0 { gain / total } else { 0.0 };
    let (scale, n_threads) = (settings.learning_rate, settings.n_threads);
    Ok(Boosted {
        ensemble: Ensemble { encoder, trees, base, scale, n_threads },
        gain_importance: gains.into_iter().map(share).collect(),
        held_out_log_loss,
    })
}

fn check_settings(settings: &BoostingSettings) -> Result<(), LearnError> {
    let share = |value: f64| value > 0.0 && value <= 1.0;
    let checks = [
        ("n_rounds", settings.n_rounds as f64, settings.n_rounds > 0, "1 or more"),
        ("learning_rate", settings.learning_rate, share(settings.learning_rate), "above 0 to 1"),
        ("max_depth", settings.max_depth.into(), (1..=64).contains(&settings.max_depth), "1 to 64"),
        ("min_leaf_rows", settings.min_leaf_rows.into(), settings.min_leaf_rows > 0, "1 or more"),
        ("l2", settings.l2, settings.l2 >= 0.0 && settings.l2.is_finite(), "0 or more"),
        ("row_share", settings.row_share, share(settings.row_share), "above 0 to 1"),
        ("column_share", settings.column_share, share(settings.column_share), "above 0 to 1"),
        (
            "holdout_share",
            settings.holdout_share,
            (0.0..=0.5).contains(&settings.holdout_share),
            "0 to 0.5",
        ),
    ];
    match checks.into_iter().find(|&(_, _, is_allowed, _)| !is_allowed) {
        Some((name, value, _, allowed)) => {
            Err(LearnError::Setting { name, value: value.to_string(), allowed })
        }
        None => Ok(()),
    }
}

/// Which way the log-odds may go with each column of a table.
fn ways_of(settings: &BoostingSettings, table: &Table) -> Result<Vec<Way>, LearnError> {
    let mut ways = vec![Way::Free; table.columns().len()];
    for (name, trend) in &settings.monotone {
        let place = table.columns().iter().position(|column| column.name == *name);
        let place = place.ok_or_else(|| LearnError::ColumnAbsent { column: name.clone() })?;
        if let Values::Categories { .. } = &table.columns()[place].values {
            let (found, expected) = ("categories", "numbers");
            return Err(LearnError::ColumnKind { column: name.clone(), found, expected });
        }
        ways[place] = match trend {
            Trend::Rising => Way::Up,
            Trend::Falling => Way::Down,
        };
    }
    Ok(ways)
}

/// How many rounds are best for rows held out, and their log loss after each.
fn best_rounds(
    settings: &BoostingSettings,
    codes: &Codes<u8>,
    rows: &Rows<'_>,
    all: &[u32],
) -> Result<(usize, Vec<f64>), LearnError> {
    let labels: Vec<bool> = all.iter().map(|&row| rows.labels[row as usize]).collect();
    let n_folds = (1.0 / settings.holdout_share).round() as usize;
    let folds = stratified_folds(&labels, n_folds, settings.seed)?;
    let (mut held, mut rest) = (Vec::new(), Vec::new());
    for (&row, fold) in all.iter().zip(folds) {
        if fold == 0 { held.push(row) } else { rest.push(row) }
    }
    let log_loss = rounds(settings, codes, rows, &rest, &held, settings.n_rounds).held_out_log_loss;
    let best = log_loss.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1));
    Ok((best.map_or(1, |(round, _)| round + 1), log_loss))
}

/// Boosts on the rows of `rest`; with rows held out, until `patience` trees have not helped them.
fn rounds(
    settings: &BoostingSettings,
    codes: &Codes<u8>,
    rows: &Rows<'_>,
    rest: &[u32],
    held: &[u32],
    n_rounds: usize,
) -> Rounds {
    let n_columns = codes.n_columns();
    let n_tried = ((n_columns as f64 * settings.column_share).round() as usize).max(1);
    let grow_settings = GrowSettings {
        max_depth: settings.max_depth,
        n_tried,
        rules: Rules {
            min_rows: settings.min_leaf_rows,
            min_hessian: MIN_HESSIAN,
            ridge: settings.l2,
            way: Way::Free,
            bounds: UNBOUND,
        },
        min_gain: Some(0.0),
        ways: rows.ways.to_vec(),
        n_threads: settings.n_threads,
    };
    let base = rows.base(rest);
    let mut grower = Grower::new(codes, &grow_settings);
    let mut log_odds = vec![base; rows.labels.len()];
    let mut columns: Vec<u32> = (0..n_columns as u32).collect();
    let mut entries = Vec::new();
    let mut found = Rounds {
        trees: Vec::new(),
        gains: vec![0.0; n_columns],
        held_out_log_loss: Vec::new(),
        base,
    };
    let mut best = (f64::INFINITY, 0);
    for round in 0..n_rounds {
        let mut random = Random::stream(settings.seed, round as u64);
        random.shuffle(&mut columns);
        draw(&mut entries, rows, rest, &log_odds, settings.row_share, &mut random);
        let grown = grower.grow(&mut entries, &columns[..n_tried], &mut random);
        for seen in [rest, held] {
            leaves_of(&grown.tree, codes, seen.iter().copied(), |i, leaf| {
                let step = f64::from(grown.tree.values[leaf as usize]);
                log_odds[seen[i] as usize] += settings.learning_rate * step;
            });
        }
        found.gains.iter_mut().zip(&grown.gains).for_each(|(sum, gain)| *sum += gain);
        found.trees.push(grown.tree);
        if !held.is_empty() {
            let log_loss = rows.log_loss(held, &log_odds);
            found.held_out_log_loss.push(log_loss);
            if log_loss < best.0 {
                best = (log_loss, round);
            } else if round - best.1 >= settings.patience {
                break;
            }
        }
    }
    found
}

/// The rows a tree sees, with the gradient and hessian of each at its log-odds.
fn draw(
    entries: &mut Vec<Entry>,
    rows: &Rows<'_>,
    rest: &[u32],
    log_odds: &[f64],
    row_share: f64,
    random: &mut Random,
) {
    entries.clear();
    for &row in rest {
        if row_share < 1.0 && random.unit() >= row_share {
            continue;
        }
        let at = row as usize;
        let chance = probability(log_odds[at]);
        let error = f64::from(u8::from(rows.labels[at])) - chance;
        let gradient = (rows.weight(at) * error) as f32;
        let hessian = (rows.weight(at) * chance * (1.0 - chance)) as f32;
        entries.push(Entry { row, gradient, hessian });
    }
}
