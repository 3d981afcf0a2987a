//! The whole option matrix against the oracle, on worlds where calendars and ledgers misbehave.

use std::collections::BTreeMap;

use perennial_testkit::{Layout, World};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::check::{Outcome, outcome_of};
use super::oracle::{self, Expected, ExpectedMean, ExpectedRow};
use super::questions::{cases, config, plain_cases};
use crate::retention::{Cohort, MeanCell, RetentionAnswer, RetentionQuestion};

fn near(found: Option<f64>, wanted: Option<f64>) -> bool {
    match (found, wanted) {
        (Some(found), Some(wanted)) => (found - wanted).abs() <= 1e-9 * wanted.abs().max(1.0),
        (None, None) => true,
        _ => false,
    }
}

fn same_mean(found: &[MeanCell], wanted: &[ExpectedMean]) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(wanted) {
        let context = format!("{found:?} is not {wanted:?}");
        prop_assert_eq!(found.index, wanted.index);
        prop_assert!(near(found.share, wanted.share), "{context}");
        prop_assert_eq!(found.reason.is_some(), wanted.share.is_none());
        prop_assert_eq!(
            (found.customers, found.of, found.cohorts),
            (wanted.customers, wanted.of, wanted.cohorts),
            "{}",
            context
        );
        if let Some(interval) = wanted.interval {
            prop_assert!(near(found.low, interval.map(|(low, _)| low)), "{context}");
            prop_assert!(near(found.high, interval.map(|(_, high)| high)), "{context}");
        }
    }
    Ok(())
}

fn same_row(found: &Cohort, wanted: &ExpectedRow, eligible: bool) -> Result<(), TestCaseError> {
    prop_assert_eq!(&found.start, &wanted.start);
    prop_assert_eq!(&found.group, &wanted.group, "{}", &found.start);
    prop_assert_eq!(found.other, wanted.is_other);
    prop_assert_eq!(found.size, wanted.size, "{} {:?}", &found.start, &found.group);
    prop_assert_eq!(found.partial, wanted.partial, "{}", &found.start);
    let indices: Vec<u32> = found.cells.iter().map(|cell| cell.index).collect();
    let wanted_indices: Vec<u32> = wanted.cells.iter().map(|cell| cell.index).collect();
    prop_assert_eq!(indices, wanted_indices, "cells of {}", &found.start);
    for (cell, wanted_cell) in found.cells.iter().zip(&wanted.cells) {
        let context = format!("{} {:?}: {cell:?} is not {wanted_cell:?}", found.start, found.group);
        prop_assert_eq!(cell.customers, wanted_cell.customers.len() as u64, "{}", context);
        prop_assert_eq!(cell.returned, wanted_cell.returned, "{}", context);
        prop_assert_eq!(cell.complete, wanted_cell.complete, "{}", context);
        prop_assert!(near(cell.share, wanted_cell.share), "{context}");
        prop_assert_eq!(cell.eligible, eligible.then_some(wanted_cell.eligible), "{}", context);
        let value = cell.value.as_ref().map(|text| text.parse::<f64>().expect("a number"));
        // Values are written with four places.
        let is_near = match (value, wanted_cell.value) {
            (Some(found), Some(wanted)) => (found - wanted).abs() < 5.1e-5,
            (found, wanted) => found == wanted,
        };
        prop_assert!(is_near, "{context}");
    }
    Ok(())
}

fn same_answer(
    found: &RetentionAnswer,
    wanted: &Expected,
    world: &World,
) -> Result<(), TestCaseError> {
    let eligible = found.question.incomplete == crate::retention::Incomplete::Eligible;
    let names = |rows: &mut dyn Iterator<Item = (String, Option<Vec<Option<String>>>)>| {
        rows.map(|(start, group)| format!("{start} {group:?}")).collect::<Vec<_>>()
    };
    prop_assert_eq!(
        names(&mut found.cohorts.iter().map(|row| (row.start.clone(), row.group.clone()))),
        names(&mut wanted.rows.iter().map(|row| (row.start.clone(), row.group.clone())))
    );
    for (found, wanted) in found.cohorts.iter().zip(&wanted.rows) {
        same_row(found, wanted, eligible)?;
    }
    same_mean(&found.mean, &wanted.mean)?;
    prop_assert_eq!(found.groups.len(), wanted.groups.len());
    for (found, (group, size, mean)) in found.groups.iter().zip(&wanted.groups) {
        prop_assert_eq!(&found.group, group);
        prop_assert_eq!(found.other, group.is_none());
        prop_assert_eq!(found.size, *size);
        same_mean(&found.mean, mean)?;
    }
    let unknown: Vec<String> =
        wanted.unknown_events.iter().map(|name| format!("no event is called `{name}`")).collect();
    let (of_events, of_properties): (Vec<_>, Vec<_>) =
        found.warnings.iter().partition(|warning| warning.code == "unknown_event");
    let warned: Vec<String> = of_events.iter().map(|warning| warning.message.clone()).collect();
    prop_assert_eq!(warned, unknown);
    let is_unknown = |message: &str| {
        let mut names = world.events.iter().flat_map(|event| event.properties.keys());
        !names.any(|name| message == format!("no property is called `{name}`"))
    };
    prop_assert!(of_properties.iter().all(|warning| is_unknown(&warning.message)));
    prop_assert_eq!(&found.currency, &wanted.currency);
    Ok(())
}

/// Looks behind one cell: as many customers as it says, and the right ones.
fn same_customers(
    world: &World,
    question: &Value,
    wanted: &Expected,
    pick: Index,
) -> Result<(), TestCaseError> {
    let cells: Vec<(&ExpectedRow, &oracle::ExpectedCell)> =
        wanted.rows.iter().flat_map(|row| row.cells.iter().map(move |cell| (row, cell))).collect();
    if cells.is_empty() {
        return Ok(());
    }
    let (row, cell) = *pick.get(&cells);
    let mut question = question.clone();
    question["cell"] = json!({
        "cohort": row.start, "index": cell.index, "group": row.group, "other": row.is_other
    });
    match outcome_of(&world.source(Layout::ALL[4]), &question) {
        Outcome::Answered(answer, Some(keys)) => {
            let wanted: Vec<i64> = cell.customers.iter().copied().collect();
            prop_assert_eq!(answer.customers.map(|members| members.total), Some(wanted.len()));
            prop_assert_eq!(keys, wanted, "behind {}", &question["cell"]);
        }
        other => prop_assert!(false, "{other:?}"),
    }
    Ok(())
}

/// The answer, and what stands behind two of its cells, against the oracle's.
fn check(world: &World, question: &Value, picks: [Index; 2]) -> Result<(), TestCaseError> {
    let typed: RetentionQuestion = serde_json::from_value(question.clone()).expect("a question");
    let wanted = oracle::expected(world, &typed);
    let first = outcome_of(&world.source(Layout::ONE), question);
    match (&first, &wanted) {
        (Outcome::Refused { code, .. }, Err(wanted)) => prop_assert_eq!(code, wanted),
        (Outcome::Answered(answer, None), Ok(wanted)) => {
            same_answer(answer, wanted, world)?;
            for pick in picks {
                same_customers(world, question, wanted, pick)?;
            }
        }
        (found, wanted) => prop_assert!(false, "{found:?} is not {wanted:?}"),
    }
    let other = outcome_of(&world.source(Layout::ALL[3]), question);
    prop_assert_eq!(first, other);
    Ok(())
}

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn every_cell_is_the_oracles((world, question, picks) in cases()) {
        check(&world, &question, picks)?;
    }

    #[test]
    fn every_cell_of_the_straight_way_is_the_oracles((world, question, picks) in plain_cases()) {
        check(&world, &question, picks)?;
    }
}

/// What random cases meet, by name.
fn met(world: &World, question: &Value) -> Vec<&'static str> {
    let answer = match outcome_of(&world.source(Layout::ONE), question) {
        Outcome::Answered(answer, _) => answer,
        Outcome::Refused { code, .. } if code == "mixed_currencies" => {
            return vec!["mixed currencies"];
        }
        Outcome::Refused { code, .. } if code == "no_purchase_cycle" => return vec!["no cycle"],
        other => panic!("{other:?}"),
    };
    let cells = || answer.cohorts.iter().flat_map(|row| &row.cells);
    let later = || cells().filter(|cell| cell.index > 0 && cell.returned > 0);
    let several_rows = answer.cohorts.iter().filter(|row| row.size > 0).count() > 1;
    let facts = [
        ("somebody enters", answer.cohorts.iter().any(|row| row.size > 0)),
        ("several rows", several_rows),
        ("a real return in window 0", cells().any(|cell| cell.index == 0 && cell.returned > 0)),
        ("a later return", later().next().is_some()),
        ("a complete return", later().any(|cell| cell.complete)),
        ("an incomplete return", later().any(|cell| !cell.complete)),
        ("a value", later().any(|cell| cell.value.is_some())),
        ("some are eligible", later().any(|cell| cell.eligible.is_some_and(|n| n > 0))),
        ("groups", answer.groups.len() > 1),
        ("a rest", answer.groups.iter().any(|group| group.other)),
        ("a mean", answer.mean.iter().any(|cell| cell.share.is_some_and(|share| share > 0.0))),
        ("a warning", !answer.warnings.is_empty()),
    ];
    facts.into_iter().filter(|(_, is_met)| *is_met).map(|(name, _)| name).collect()
}

#[test]
fn random_cases_meet_what_they_are_made_for() {
    let mut runner = TestRunner::deterministic();
    let mut times: BTreeMap<&str, u32> = BTreeMap::new();
    let strategy = cases();
    for _ in 0..400 {
        let (world, question, _) = strategy.new_tree(&mut runner).expect("a case").current();
        for name in met(&world, &question) {
            *times.entry(name).or_default() += 1;
        }
    }
    for (name, least) in [
        ("somebody enters", 200),
        ("several rows", 80),
        ("a real return in window 0", 55),
        ("a later return", 60),
        ("a complete return", 25),
        ("an incomplete return", 35),
        ("a value", 40),
        ("some are eligible", 12),
        ("groups", 24),
        ("a rest", 26),
        ("a mean", 55),
        ("a warning", 40),
        ("mixed currencies", 4),
        ("no cycle", 10),
    ] {
        let met = times.get(name).copied().unwrap_or(0);
        assert!(met >= least, "{name}: {met} of 400, not {least}: {times:?}");
    }
}
