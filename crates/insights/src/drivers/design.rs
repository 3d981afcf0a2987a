//! Drivers as terms of a regression: numbers cut at their ends, one indicator per category, one for
//! what is not known.

use perennial_models::learn::{Column, MISSING_CATEGORY, Table, Values};
use perennial_models::linear::Symmetric;
use perennial_models::related::{associations, groups};

use super::columns::Columns;
use crate::training::OTHER;

/// Categories of a column that are weighed by themselves at most.
const MAX_CATEGORIES: usize = 8;
/// The least share of the rows of such a category.
const MIN_SHARE: f64 = 0.01;
/// The share of the rows at each end of a number that count as the quantile there.
const TAIL: f64 = 0.01;
/// What the category of rows without a value is called.
const UNKNOWN: &str = "(unknown)";

/// Columns that say about the same: the one that speaks for them first, then by falling association
/// with leaving.
pub(super) struct Driver {
    pub columns: Vec<usize>,
}

/// The columns as drivers, the strongest association with leaving first, and each column's.
pub(super) fn drivers(columns: &Columns, group_from: f64) -> (Vec<Driver>, Vec<f64>) {
    let n = columns.about.len();
    let labels = columns.left.iter().map(|left| Some(if *left { "left" } else { "stayed" }));
    let mut all = columns.table.columns().to_vec();
    // No column of ours can have this name: it is no name of a field or a feature.
    all.push(Column::categories("\u{0}left", labels));
    let Ok(with_label) = Table::new(all) else { return (Vec::new(), Vec::new()) };
    let found = associations(&with_label);
    let with_leaving: Vec<f64> = (0..n).map(|column| found.at(column, n)).collect();
    let among = Symmetric::new(n, |i, j| found.at(i, j));
    let mut drivers: Vec<Driver> = groups(&among, group_from)
        .into_iter()
        .map(|mut columns_of| {
            columns_of.sort_by(|&a, &b| {
                let by_strength = with_leaving[b].total_cmp(&with_leaving[a]);
                let length = |column: usize| columns.about[column].name.len();
                by_strength.then(length(a).cmp(&length(b)))
            });
            Driver { columns: columns_of }
        })
        .collect();
    let strength = |driver: &Driver| driver.columns.first().map_or(0.0, |&at| with_leaving[at]);
    drivers.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    (drivers, with_leaving)
}

/// A term of a regression.
#[derive(Clone, Debug)]
pub(super) struct Term {
    /// Position of its driver.
    pub driver: usize,
    /// A name no other term has.
    pub name: String,
    pub meaning: Meaning,
    pub values: Vec<f64>,
    pub deviation: f64,
}

/// What one more of a term is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Meaning {
    /// One unit of a number.
    Number,
    /// Yes rather than no: a number that is 0 or 1.
    Flag,
    /// This category rather than the one most rows have.
    Category { value: String, reference: String },
    /// The number is not known. Its effect is told apart from the number's, and not shown.
    Unknown,
}

/// The terms of the column that speaks for each driver; those for what is not known last.
pub(super) fn terms(columns: &Columns, drivers: &[Driver]) -> Vec<Term> {
    let (mut terms, mut unknown) = (Vec::new(), Vec::new());
    for (driver, one) in drivers.iter().enumerate() {
        let Some(column) = one.columns.first().and_then(|&at| columns.table.columns().get(at))
        else {
            continue;
        };
        match &column.values {
            Values::Numbers(values) => {
                let is_flag = values.iter().all(|one| one.is_nan() || *one == 0.0 || *one == 1.0);
                let (meaning, within) = match is_flag {
                    true => (Meaning::Flag, (0.0, 1.0)),
                    false => (Meaning::Number, ends(values)),
                };
                terms.push(Term::new(driver, column.name.clone(), meaning, filled(values, within)));
                let n_unknown = values.iter().filter(|value| value.is_nan()).count();
                if n_unknown as f64 >= MIN_SHARE * values.len() as f64 && n_unknown > 0 {
                    let is_unknown = values.iter().map(|one| f64::from(u8::from(one.is_nan())));
                    let name = format!("{} is not known", column.name);
                    unknown.push(Term::new(driver, name, Meaning::Unknown, is_unknown.collect()));
                }
            }
            Values::Categories { codes, labels } => {
                terms.extend(indicators(driver, &column.name, codes, labels));
            }
        }
    }
    terms.extend(unknown);
    terms
}

impl Term {
    fn new(driver: usize, name: String, meaning: Meaning, values: Vec<f64>) -> Term {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        Term { driver, name, meaning, values, deviation: (squares / n).sqrt() }
    }
}

/// The quantiles that values beyond them count as; everything where they are the same.
fn ends(values: &[f64]) -> (f64, f64) {
    let mut known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    known.sort_unstable_by(f64::total_cmp);
    let whole = (f64::NEG_INFINITY, f64::INFINITY);
    let Some(last) = known.len().checked_sub(1) else { return whole };
    let tail = (TAIL * last as f64).floor() as usize;
    let (low, high) = (known[tail], known[last - tail]);
    if low < high { (low, high) } else { whole }
}

/// Values within the ends; the mean of them where there is none.
fn filled(values: &[f64], (low, high): (f64, f64)) -> Vec<f64> {
    let within = |value: f64| value.max(low).min(high);
    let known = values.iter().copied().filter(|value| !value.is_nan());
    let (n, sum) = known.fold((0.0, 0.0), |(n, sum), value| (n + 1.0, sum + within(value)));
    values.iter().map(|&value| if value.is_nan() { sum / n } else { within(value) }).collect()
}

/// One indicator per category but the one most rows have; rare categories are one.
fn indicators(driver: usize, name: &str, codes: &[u32], labels: &[String]) -> Vec<Term> {
    let label = |code: u32| match labels.get(code as usize) {
        Some(label) if code != MISSING_CATEGORY => label.as_str(),
        _ => UNKNOWN,
    };
    let mut sizes: Vec<(&str, usize)> = Vec::new();
    let mut known: Vec<u32> = codes.to_vec();
    known.sort_unstable();
    for equal in known.chunk_by(|a, b| a == b) {
        sizes.extend(equal.first().map(|code| (label(*code), equal.len())));
    }
    sizes.sort_by(|a, b| (b.1, a.0).cmp(&(a.1, b.0)));
    let is_common = |(_, n): &&(&str, usize)| *n as f64 >= MIN_SHARE * codes.len() as f64;
    let common: Vec<&str> =
        sizes.iter().take(MAX_CATEGORIES).filter(is_common).map(|(label, _)| *label).collect();
    let Some((reference, others)) = common.split_first() else { return Vec::new() };
    let has_rest = sizes.len() > common.len();
    let shown = |code: u32| {
        let own = label(code);
        if common.contains(&own) { own } else { OTHER }
    };
    let rest = has_rest.then_some(OTHER).filter(|rest| !common.contains(rest));
    let indicator = |value: &str| {
        let is_it = codes.iter().map(|&code| f64::from(u8::from(shown(code) == value))).collect();
        let (value, reference) = (value.to_owned(), (*reference).to_owned());
        let name = format!("{name} = {value}");
        Term::new(driver, name, Meaning::Category { value, reference }, is_it)
    };
    others.iter().copied().chain(rest).map(indicator).collect()
}
