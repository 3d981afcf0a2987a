//! Laws that hold for any question and any world.

use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::error::EngineError;
use perennial_engine::fold::{Fold, Needs, Visitor};
use perennial_engine::source::RunSource;
use perennial_testkit::{Layout, World, block_on, scenes, session};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::check::{Outcome, outcome, outcome_everywhere, outcome_of};
use super::questions::{cases, config, plain_cases, questions, shared_cases};
use crate::ask::ask_all;
use crate::retention::fold::{Purpose, RetentionFold};
use crate::retention::plan::Plan;
use crate::retention::stream;
use crate::retention::tally::Cells;
use crate::retention::{CellAnswer, Cohort, RetentionAnswer, RetentionQuestion};

/// The same question read the general way.
#[derive(Debug)]
struct General(RetentionFold);

impl Fold for General {
    fn description(&self) -> (&'static str, Value) {
        self.0.description()
    }

    fn needs(&self) -> Needs {
        self.0.needs()
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        self.0.gathering()
    }
}

fn cells(
    plan: &Plan,
    world: &World,
    layout: Layout,
    fold: Arc<dyn Fold>,
) -> Result<Cells, EngineError> {
    let partials: Vec<Vec<RecordBatch>> =
        block_on(async { session().run(&world.source(layout), &[fold]).await })?;
    Cells::merged(plan, partials.first().map(Vec::as_slice).unwrap_or_default())
}

fn typed(question: &Value) -> RetentionQuestion {
    serde_json::from_value(question.clone()).expect("a question")
}

fn found_in<'a>(answer: &'a RetentionAnswer, row: &Cohort, index: u32) -> Option<&'a CellAnswer> {
    let is_same = |other: &&Cohort| {
        (&other.start, &other.group, other.other) == (&row.start, &row.group, row.other)
    };
    let row = answer.cohorts.iter().find(is_same)?;
    row.cells.iter().find(|cell| cell.index == index)
}

/// Sizes and returns by row and column, all groups together.
fn totals(answer: &RetentionAnswer) -> std::collections::BTreeMap<(String, u32), (u64, u64)> {
    let mut totals = std::collections::BTreeMap::new();
    for row in &answer.cohorts {
        for cell in &row.cells {
            let total: &mut (u64, u64) = totals.entry((row.start.clone(), cell.index)).or_default();
            total.0 += row.size;
            total.1 += cell.returned;
        }
    }
    totals.retain(|_, total| *total != (0, 0));
    totals
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn the_straight_way_is_the_general_way((world, question, _) in plain_cases()) {
        let facts = world.source(Layout::ONE).facts();
        let plan = Arc::new(Plan::new(typed(&question), &facts).expect("a plan"));
        prop_assert!(stream::suits(&plan));
        let fold = RetentionFold::new(plan.clone(), None, Purpose::Tally);
        for layout in Layout::ALL {
            let straight = cells(&plan, &world, layout, Arc::new(fold.clone())).expect("cells");
            let general = cells(&plan, &world, layout, Arc::new(General(fold.clone()))).expect("cells");
            prop_assert_eq!(straight.by_group, general.by_group, "{:?}", layout);
        }
    }

    #[test]
    fn no_layout_changes_an_answer((world, question, _) in cases()) {
        outcome_everywhere(&world, &question);
    }

    #[test]
    fn questions_share_a_scan_without_a_trace(
        (world, questions) in shared_cases()
    ) {
        let asked = questions.map(|question| ("retention".to_owned(), question));
        for layout in [Layout::ONE, Layout::ALL[4]] {
            let source = world.source(layout);
            let together = block_on(ask_all(&session(), &source, &asked));
            for ((_, question), reply) in asked.iter().zip(together) {
                prop_assert_eq!(outcome(reply), outcome_of(&source, question));
            }
        }
    }

    #[test]
    fn a_closed_definition_never_changes((world, mut question, _) in cases(), later in 0..1_000_i64) {
        question["top"] = json!(1_000);
        let early = typed(&question);
        let as_of = early.as_of.expect("an end").as_microsecond();
        if early.from.is_none() || early.to.is_none() {
            question["from"] = json!("2005-01-01");
            question["to"] = json!("2005-01-02");
            if let Some(first) = world.events.iter().map(|event| event.ts).min() {
                let date = |ts: i64| early.zone_date(ts);
                let last = world.events.iter().map(|event| event.ts).max().unwrap_or(first);
                question["from"] = json!(date(first).to_string());
                question["to"] = json!(date(last).to_string());
            }
        }
        // A line of an order that arrives late changes the order, whose past it is part of.
        let mut world = world;
        for event in world.events.iter_mut().filter(|event| event.ts >= as_of) {
            event.order_id = None;
        }
        let then = outcome_of(&world.source(Layout::ONE), &question);
        let afterwards = jiff::Timestamp::from_microsecond(as_of + later * 86_400_000_000 / 7);
        question["as_of"] = json!(afterwards.expect("an instant").to_string());
        let now = outcome_of(&world.source(Layout::ONE), &question);
        let (Outcome::Answered(then, _), Outcome::Answered(now, _)) = (then, now) else { return Ok(()) };
        for row in &then.cohorts {
            for cell in row.cells.iter().filter(|cell| cell.complete) {
                prop_assert!(then.definition.closed, "an open-ended definition has a complete cell");
                prop_assert_eq!(Some(cell), found_in(&now, row, cell.index), "{:?}", &row.start);
            }
        }
    }

    #[test]
    fn exclusive_groups_add_up_to_everybody((world, mut question, _) in cases(), at in "start|current") {
        question["incomplete"] = json!("show");
        question["breakdown"] = json!([{"field": "item", "at": at}, {"field": "plan", "at": "start"}]);
        let apart = outcome_of(&world.source(Layout::ONE), &question);
        question["breakdown"] = json!([]);
        let together = outcome_of(&world.source(Layout::ONE), &question);
        if let (Outcome::Answered(apart, _), Outcome::Answered(together, _)) = (apart, together) {
            prop_assert_eq!(totals(&apart), totals(&together));
            prop_assert_eq!(
                apart.groups.iter().map(|group| group.size).sum::<u64>(),
                together.cohorts.iter().map(|row| row.size).sum::<u64>()
            );
        }
    }

    #[test]
    fn the_resolved_question_has_the_same_answer((world, question, _) in cases()) {
        let read = typed(&question);
        let written = serde_json::to_value(&read).expect("JSON");
        prop_assert_eq!(&read, &typed(&written));
        let source = world.source(Layout::ONE);
        if let Outcome::Answered(answer, _) = outcome_of(&source, &question) {
            let resolved = serde_json::to_value(&answer.question).expect("JSON");
            prop_assert_eq!(Outcome::Answered(answer, None), outcome_of(&source, &resolved));
        }
    }

    #[test]
    fn late_events_change_nothing_but_ties((mut world, question, _) in cases()) {
        world.events.sort_by_key(|event| (event.customer, event.ts));
        world.events.dedup_by_key(|event| (event.customer, event.ts));
        let in_order = outcome_of(&world.source(Layout::ALL[4]), &question);
        let n = world.events.len() as i64;
        for event in &mut world.events {
            event.sequence = 2 * n + 1 - event.sequence;
        }
        prop_assert_eq!(in_order, outcome_of(&world.source(Layout::ALL[4]), &question));
    }

    #[test]
    fn an_empty_world_gives_an_empty_answer(
        question in scenes().prop_flat_map(|scene| questions(scene, &World::default()))
    ) {
        match outcome_everywhere(&World::default(), &question) {
            Outcome::Answered(answer, None) => {
                prop_assert!(answer.cohorts.iter().all(|row| row.size == 0));
                let nobody = |cell: &CellAnswer| {
                    cell.customers == 0 && cell.returned == 0 && cell.share.is_none()
                };
                prop_assert!(answer.cohorts.iter().flat_map(|row| &row.cells).all(nobody));
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }
}

impl RetentionQuestion {
    fn zone_date(&self, ts: i64) -> jiff::civil::Date {
        perennial_types::calendar::Calendar { zone: self.zone.clone(), ..Default::default() }
            .date_of(ts)
    }
}
