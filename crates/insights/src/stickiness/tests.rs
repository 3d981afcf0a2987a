//! Small worlds whose numbers can be told by hand, published numbers; random ones are in [`oracle`].

mod oracle;

use perennial_testkit::{World, block_on, in_every_layout, session, world};
use perennial_types::key::CustomerKey;
use serde_json::{Value, json};

use super::{Regularity, StickinessAnswer};
use crate::ask::ask;
use crate::insight::{AskError, Insight};
use crate::present::Picture;

fn reply(world: &World, question: &Value) -> Result<(Value, Vec<CustomerKey>), String> {
    in_every_layout(world, |source| {
        match block_on(ask(&session(), source, "stickiness", question)) {
            Ok(reply) => Ok((reply.answer.into_tree(), reply.customers.unwrap_or_default())),
            Err(AskError::Refused(refusal)) => Err(format!("{}: {refusal}", refusal.code)),
            Err(other) => Err(other.to_string()),
        }
    })
}

fn answer(world: &World, question: &Value) -> StickinessAnswer {
    let (json, _) = reply(world, question).unwrap_or_else(|error| panic!("{question}: {error}"));
    let answer: StickinessAnswer = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&answer).unwrap(), json, "JSON there and back");
    answer
}

/// The outside ids behind one number.
fn members(world: &World, question: &Value, cell: Value) -> String {
    let mut question = question.clone();
    question["cell"] = cell;
    let (answer, keys) = reply(world, &question).unwrap();
    assert_eq!(answer["customers"]["total"], json!(keys.len()));
    keys.iter().map(|key| world.name_of(key.0)).collect::<Vec<_>>().join(" ")
}

fn with(mut question: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        question[name] = value.clone();
    }
    question
}

/// `n: exactly, at least`, one text per point.
fn points(answer: &StickinessAnswer) -> Vec<String> {
    let text = |point: &super::Point| format!("{}: {}, {}", point.n, point.exactly, point.at_least);
    answer.points.iter().map(text).collect()
}

/// PostHog, posthog/hogql_queries/insights/test/test_stickiness_query_runner.py.
fn posthog() -> World {
    world(
        "p1 2020-01-11T12,2020-01-12T12,2020-01-13T12,2020-01-14T12,2020-01-15T12,2020-01-16T12,2020-01-17T12,2020-01-18T12,2020-01-19T12 view
         p2 2020-01-11T12,2020-01-13T12,2020-01-15T12,2020-01-17T12,2020-01-19T12 view",
    )
}

#[test]
fn matches_posthogs_stickiness() {
    let asked = |fields: Value| {
        let base =
            json!({"from": "2020-01-11", "to": "2020-01-20", "as_of": "2020-02-02T00:00:00Z"});
        let found = answer(&posthog(), &with(base, fields));
        found
            .points
            .iter()
            .filter(|point| point.exactly > 0)
            .map(|point| (point.n, point.exactly))
            .collect::<Vec<_>>()
    };
    assert_eq!(asked(json!({"period": "day"})), [(5, 1), (9, 1)]);
    // Sunday to Saturday: 5-11, 12-18 and 19-25 January.
    assert_eq!(asked(json!({"period": "week", "week_start": "sunday"})), [(3, 2)]);
    assert_eq!(asked(json!({"period": "month"})), [(1, 2)]);
    // PostHog's `date_to` 12 January is its first instant for hours; here both dates are whole.
    assert_eq!(asked(json!({"period": "hour", "to": "2020-01-11"})), [(1, 2)]);
    let found = answer(
        &posthog(),
        &json!({"from": "2020-01-11", "to": "2020-01-20", "as_of": "2020-02-02T00:00:00Z"}),
    );
    assert_eq!(found.periods, 10, "ten days, not the eleven columns of the peer");
}

#[test]
fn exactly_and_at_least_are_told_with_their_customers() {
    let question =
        json!({"from": "2020-01-11", "to": "2020-01-20", "as_of": "2020-02-02T00:00:00Z"});
    let found = answer(&posthog(), &question);
    assert_eq!(points(&found)[3..6], ["4: 0, 2", "5: 1, 2", "6: 0, 1"]);
    assert_eq!((found.customers_active, found.mean_periods, found.complete), (2, Some(7.0), true));
    assert_eq!(found.points[4].exactly_share, 0.5);
    assert_eq!(members(&posthog(), &question, json!({"exactly": 5})), "p2");
    assert_eq!(members(&posthog(), &question, json!({"at_least": 5})), "p1 p2");
    assert_eq!(members(&posthog(), &question, json!({"at_least": 10})), "");
    let twice = with(question, json!({"period": "month", "min_occurrences": 6}));
    assert_eq!(points(&answer(&posthog(), &twice)), ["1: 1, 1"], "only p1 was there six times");
}

#[test]
fn a_day_is_set_against_its_week_and_its_month() {
    let world = world(
        "anna 2021-05-05,2021-06-01,2021-06-02 view
         bert 2021-05-27                       view
         carl 2021-05-03                       view",
    );
    let question =
        json!({"from": "2021-06-01", "to": "2021-06-03", "as_of": "2021-06-03T12:00:00Z"});
    let found = answer(&world, &question);
    let days: Vec<String> = found
        .days
        .iter()
        .map(|day| format!("{} {} {} {}", day.date, day.dau, day.wau, day.mau))
        .collect();
    // The 30 days that end with 1 June begin with 3 May, the 7 with 26 May.
    assert_eq!(days, ["2021-06-01 1 2 3", "2021-06-02 1 2 2", "2021-06-03 0 1 2"]);
    assert_eq!(found.days[0].dau_mau, Some(1.0 / 3.0));
    let flags: Vec<bool> = found.days.iter().map(|day| day.flags.is_empty()).collect();
    assert_eq!(
        flags,
        [true, true, true],
        "history begins with the 3 May that the first month needs"
    );
    assert_eq!(found.days.iter().map(|day| day.complete).collect::<Vec<_>>(), [true, true, false]);
    let ratios = &found.ratios;
    assert_eq!(
        (ratios.days, ratios.dau_mau, ratios.wau_mau),
        (2, Some(2.0 / 5.0), Some(4.0 / 5.0))
    );
    assert!(!found.complete);
    assert_eq!(
        members(&world, &question, json!({"day": "2021-06-01", "set": "mau"})),
        "anna bert carl"
    );
    assert_eq!(members(&world, &question, json!({"day": "2021-06-01", "set": "wau"})), "anna bert");
    assert_eq!(members(&world, &question, json!({"day": "2021-06-01"})), "anna");
}

#[test]
fn gaps_tell_who_is_regular() {
    let world = world(
        "weekly 2021-06-01,2021-06-08,2021-06-15,2021-06-22 view
         loose  2021-06-01,2021-06-02,2021-06-06            view
         rare   2021-06-01,2021-06-02,2021-06-03,2021-06-04,2021-06-29 view
         twice  2021-06-01,2021-06-09                       view
         once   2021-06-30                                  view",
    );
    let question =
        json!({"from": "2021-06-01", "to": "2021-06-30", "as_of": "2021-07-01T00:00:00Z"});
    let found = answer(&world, &question);
    let lengths: Vec<(usize, u64)> =
        found.gaps.lengths.iter().map(|one| (one.periods, one.gaps)).collect();
    assert_eq!(lengths, [(1, 4), (4, 1), (7, 3), (8, 1), (25, 1)]);
    assert_eq!((found.gaps.gaps, found.gaps.median, found.gaps.p90), (10, Some(4), Some(8)));
    assert_eq!(found.gaps.mean, Some(6.2));
    for (kind, names) in [
        ("regular", "weekly"),
        ("loose", "loose"),
        ("irregular", "rare"),
        ("too_few", "twice once"),
    ] {
        assert_eq!(members(&world, &question, json!({"regularity": kind})), names, "{kind}");
    }
    let counts: Vec<u64> = found.gaps.regularity.iter().map(|one| one.customers).collect();
    assert_eq!(counts, [1, 1, 1, 2]);
}

#[test]
fn the_borders_of_regularity_are_exact() {
    // Gaps 1 and 3: mean 2, deviation 1, which is half the mean and so not less.
    assert_eq!(Regularity::of(2, 4, 10), Regularity::Loose);
    // Gaps 2 and 3: mean 2.5, deviation 0.5.
    assert_eq!(Regularity::of(2, 5, 13), Regularity::Regular);
    // Gaps 1, 1, 1 and 9: mean 3, deviation 3.46.
    assert_eq!(Regularity::of(4, 12, 84), Regularity::Irregular);
    assert_eq!(Regularity::of(1, 7, 49), Regularity::TooFew);
}

#[test]
fn groups_add_up_to_everybody() {
    let world = world(
        "anna 2021-06-01,2021-06-02 order amount=5 city=Rome
         anna 2021-06-03            view           city=Rome
         bert 2021-06-01            order amount=5 city=Rome
         carl 2021-06-01            order amount=5 city=Oslo
         dora 2021-06-01            view",
    );
    let question = json!({"from": "2021-06-01", "to": "2021-06-30", "as_of": "2021-07-01T00:00:00Z",
        "population": "buyers", "breakdown": [{"field": "city"}], "top": 1});
    let found = answer(&world, &question);
    assert_eq!(points(&found), ["1: 2, 3", "2: 1, 1"], "views are no purchases");
    let [rome, other] = found.groups.as_slice() else { panic!("{:?}", found.groups) };
    assert_eq!(
        (rome.customers_active, rome.points[0].exactly, other.customers_active, other.other),
        (2, 1, 1, true)
    );
    assert_eq!(members(&world, &question, json!({"exactly": 1, "group": ["Rome"]})), "bert");
    assert_eq!(members(&world, &question, json!({"exactly": 1, "other": true})), "carl");
}

#[test]
fn an_empty_world_and_a_range_not_begun_have_nobody_and_no_error() {
    for question in [
        json!({"as_of": "2021-07-01T00:00:00Z"}),
        json!({"from": "2021-06-01", "to": "2021-06-30", "as_of": "2021-07-01T00:00:00Z"}),
        json!({"from": "2021-06-01", "to": "2021-06-30", "as_of": "2020-07-01T00:00:00Z"}),
        json!({"from": "2021-06-01", "to": "2021-06-30", "as_of": "2021-07-01T00:00:00Z", "breakdown": [{"field": "city"}]}),
    ] {
        let found = answer(&World::default(), &question);
        assert!(found.points.is_empty() && found.mean_periods.is_none(), "{question}");
        assert_eq!((found.ratios.dau_mau, found.gaps.median), (None, None));
    }
}

#[test]
fn a_question_that_is_none_says_how_to_mend_it() {
    for (fields, part) in [
        (json!({"min_occurrences": 0}), "`min_occurrences` is `0`"),
        (json!({"from": "2021-08-01"}), "is after `to`"),
        (json!({"cell": {}}), "none or several"),
        (json!({"cell": {"exactly": 0}}), "asks for 0 periods"),
        (json!({"cell": {"exactly": 1, "set": "mau"}}), "goes with a day"),
        (json!({"cell": {"day": "2021-07-01"}}), "none of the days"),
        (json!({"cell": {"exactly": 1, "other": true}}), "names a group"),
        (json!({"weeks": 1}), "unknown field `weeks`"),
    ] {
        let base =
            json!({"from": "2020-01-01", "to": "2021-06-30", "as_of": "2021-07-01T00:00:00Z"});
        let error = reply(&posthog(), &with(base, fields.clone())).unwrap_err();
        assert!(error.contains(part), "{fields}: {error}");
    }
}

#[test]
fn the_answer_is_made_ready_for_people() {
    let question =
        json!({"from": "2020-01-11", "to": "2020-01-20", "as_of": "2020-02-02T00:00:00Z"});
    let (json, _) = reply(&posthog(), &question).unwrap();
    let shown = super::Stickiness.present(&json).unwrap();
    for table in &shown.tables {
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.name);
    }
    assert_eq!(shown.tables[0].rows.len(), 9);
    let [Picture::Curve(points), Picture::Curve(days)] = shown.pictures.as_slice() else {
        panic!()
    };
    assert_eq!((points.points.len(), days.points.len()), (9, 10));
    assert!(shown.definition.1.contains("月活"));
}
