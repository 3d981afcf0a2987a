//! The shared data, what is refused, and concordance against counting pair by pair.

use proptest::prelude::*;

use super::concordance::concordance;
use super::*;
use crate::shared::shared;

/// Fruit flies of two genotypes: days, died or escaped, group 1 for miR-137.
pub(super) fn waltons() -> Option<(Vec<f64>, Vec<bool>, Vec<u32>)> {
    let mut reader = shared("survival/waltons_dataset.csv")?;
    let mut columns = (Vec::new(), Vec::new(), Vec::new());
    for row in reader.deserialize::<(f64, u8, String)>() {
        let (days, has_died, group) = row.unwrap();
        columns.0.push(days);
        columns.1.push(has_died == 1);
        columns.2.push(u32::from(group == "miR-137"));
    }
    Some(columns)
}

/// A table of numbers, column by column.
pub(super) struct Table {
    pub names: Vec<String>,
    pub columns: Vec<Vec<f64>>,
}

impl Table {
    pub fn column(&self, name: &str) -> &[f64] {
        &self.columns[self.names.iter().position(|one| one == name).unwrap()]
    }

    pub fn flags(&self, name: &str) -> Vec<bool> {
        self.column(name).iter().map(|value| *value == 1.0).collect()
    }

    pub fn select(&self, names: &[&str]) -> Vec<&[f64]> {
        names.iter().map(|name| self.column(name)).collect()
    }
}

/// 432 men watched for a year after prison (P. H. Rossi et al. 1980).
pub(super) fn rossi() -> Option<Table> {
    let mut reader = shared("survival/rossi.csv")?;
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let mut columns = vec![Vec::new(); names.len()];
    for row in reader.deserialize::<Vec<f64>>() {
        for (column, value) in columns.iter_mut().zip(row.unwrap()) {
            column.push(value);
        }
    }
    Some(Table { names, columns })
}

pub(super) const ROSSI: [&str; 7] = ["fin", "age", "race", "wexp", "mar", "paro", "prio"];

/// Every pair that can be compared, one by one.
fn pair_by_pair(durations: &[f64], events: &[bool], risks: &[f64]) -> Option<f64> {
    let (mut right, mut pairs) = (0.0, 0.0);
    for i in 0..durations.len() {
        for j in 0..durations.len() {
            let is_longer =
                durations[j] > durations[i] || (durations[j] == durations[i] && !events[j]);
            if events[i] && is_longer {
                pairs += 1.0;
                right += if risks[i] > risks[j] {
                    1.0
                } else if risks[i] == risks[j] {
                    0.5
                } else {
                    0.0
                };
            }
        }
    }
    (pairs > 0.0).then_some(right / pairs)
}

proptest! {
    #[test]
    fn concordance_is_what_counting_pairs_gives(
        rows in prop::collection::vec((0_u8..12, any::<bool>(), 0_u8..6), 1..60),
    ) {
        let durations: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
        let events: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let risks: Vec<f64> = rows.iter().map(|row| f64::from(row.2)).collect();
        prop_assume!(events.contains(&true));
        let got = concordance(&Observations::new(&durations, &events), &risks, None).unwrap();
        match (got, pair_by_pair(&durations, &events, &risks)) {
            (Some(got), Some(expected)) => prop_assert!((got - expected).abs() < 1e-12),
            (got, expected) => prop_assert_eq!(got, expected),
        }
    }
}

#[test]
fn bad_rows_are_named_and_nothing_is_made_up() {
    let (durations, events) = ([3.0, 5.0, 8.0], [true, false, true]);
    let sound = Observations::new(&durations, &events);
    let said = |observations: Observations| kaplan_meier::fit(&observations, 0.95).unwrap_err();
    let error = said(Observations::new(&[3.0, f64::NAN, 8.0], &events));
    assert_eq!(error.to_string(), "row 1: the duration is `NaN`, which is not a finite number");
    let error = said(Observations::new(&[3.0, 5.0, -8.0], &events));
    assert_eq!(error.to_string(), "row 2: the duration is `-8`, which is negative");
    assert_eq!(
        said(sound.entering(&[0.0, 5.0, 1.0])).to_string(),
        "row 1: the entry is `5`, which is not before the end"
    );
    assert_eq!(said(sound.weighted(&[1.0, 0.0, 1.0])).code(), "bad_row");
    assert_eq!(said(Observations::new(&durations, &events[..2])).code(), "lengths");
    assert_eq!(said(Observations::new(&durations, &[false; 3])).code(), "no_events");
    assert_eq!(said(Observations::new(&[], &[])).code(), "too_few_customers");
    assert_eq!(kaplan_meier::fit(&sound, 1.0).unwrap_err().code(), "bad_argument");
    assert_eq!(nelson_aalen::fit(&sound, f64::NAN).unwrap_err().code(), "bad_argument");
    assert!(!said(Observations::new(&[], &[])).hint().is_empty());
}

#[test]
fn columns_that_cannot_be_told_apart_are_named() {
    let durations: Vec<f64> = (1..=40_u32).map(|i| f64::from(i * 7 % 41)).collect();
    let events: Vec<bool> = (0..40).map(|i| i % 3 != 0).collect();
    let observations = Observations::new(&durations, &events);
    let wave = |k: u32| (0..40_u32).map(|i| f64::from(i * k % 11)).collect::<Vec<f64>>();
    let (first, second) = (wave(3), wave(7));
    let sum: Vec<f64> = first.iter().zip(&second).map(|(a, b)| 2.0 * a - b + 1.0).collect();
    let flat = [5.0; 40];
    let mut holed = first.clone();
    holed[12] = f64::INFINITY;
    // Whoever has the mark stayed to the end.
    let marked: Vec<f64> = events.iter().map(|has_left| f64::from(u8::from(!has_left))).collect();
    for (columns, names, message) in [
        (
            vec![&first[..], &second, &sum],
            vec!["tickets", "visits", "both"],
            "the column `both` is determined by the columns before it",
        ),
        (vec![&first[..], &flat], vec!["tickets", "country"], "the column `country` is constant"),
        (
            vec![&second[..], &holed],
            vec!["visits", "spend"],
            "row 12: the spend is `inf`, which is not a finite number",
        ),
        (
            vec![&first[..], &marked],
            vec!["tickets", "mark"],
            "the column `mark` separates those who left: its coefficient has no finite value",
        ),
        (
            vec![&marked[..], &first, &second],
            vec!["mark", "tickets", "visits"],
            "the column `mark` separates those who left: its coefficient has no finite value",
        ),
        (vec![&first[..39]], vec!["tickets"], "the tickets have `39` rows, the durations 40"),
    ] {
        let covariates = Covariates { names: &names, columns: &columns };
        let error = cox::fit(&observations, &covariates, &cox::Settings::default()).unwrap_err();
        assert_eq!(error.to_string(), message);
        let error = weibull::fit(&observations, &covariates, 0.95).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
    let few: Vec<bool> = (0..40).map(|i| i == 20).collect();
    let columns: [&[f64]; 1] = [&first];
    let covariates = Covariates { names: &["tickets"], columns: &columns };
    let error =
        cox::fit(&Observations::new(&durations, &few), &covariates, &cox::Settings::default());
    assert_eq!(error.unwrap_err().code(), "too_few_customers");
}
