//! Worlds whose future is known: made by hand, seeded, and random ones against the definition.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use perennial_testkit::{
    Event, Layout, World, block_on, in_every_layout, scenes, session, world, worlds,
};
use perennial_types::key::CustomerKey;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::ForecastAnswer;
use crate::ask::ask;
use crate::insight::{AskError, Insight};
use crate::plain::{date_at, is_order, joined, money, start_of};

fn reply(world: &World, question: &Value) -> Result<(Value, Vec<CustomerKey>), String> {
    in_every_layout(world, |source| match block_on(ask(&session(), source, "forecast", question)) {
        Ok(reply) => Ok((reply.answer.into_tree(), reply.customers.unwrap_or_default())),
        Err(AskError::Refused(refusal)) => Err(format!("{}: {refusal}", refusal.code)),
        Err(other) => Err(other.to_string()),
    })
}

fn typed(json: Value) -> ForecastAnswer {
    let answer: ForecastAnswer = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&answer).unwrap(), json, "JSON there and back");
    answer
}

fn answer(world: &World, question: &Value) -> ForecastAnswer {
    typed(reply(world, question).unwrap_or_else(|error| panic!("{question}: {error}")).0)
}

fn answered_once(world: &World, question: &Value) -> ForecastAnswer {
    let source = world.source(Layout { n_buckets: 3, n_partitions: 1, batch_rows: 1000 });
    typed(block_on(ask(&session(), &source, "forecast", question)).unwrap().answer.into_tree())
}

/// Months from January 2020 on in which so many customers come; of each hundred who came, so many
/// are active in every later month.
fn steady(n_months: i32, newcomers: impl Fn(i32) -> i32, back: impl Fn(i32) -> i32) -> World {
    let mut events: Vec<Event> = Vec::new();
    let month = |at: i32| date(2020, 1, 15) + i64::from(at).months();
    let ts =
        |date: Date| date.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_microsecond();
    let mut key = 0;
    for cohort in 0..n_months {
        for place in 0..newcomers(cohort) {
            key += 1;
            for at in cohort..n_months {
                let age = at - cohort;
                if age == 0 || place % 100 < back(age) {
                    let sequence = events.len() as i64 + 1;
                    events.push(Event {
                        customer: key,
                        ts: ts(month(at)),
                        sequence,
                        event: "view".to_owned(),
                        ..Event::default()
                    });
                }
            }
        }
    }
    World { events, names: (1..=key).map(|key| format!("c{key}")).collect() }
}

fn monthly(as_of: &str) -> Value {
    json!({"as_of": as_of, "population": "everyone", "ahead": 4})
}

#[test]
fn cohorts_that_never_change_go_on_and_an_uplift_is_told_exactly() {
    // A hundred come every month; 40 of them are back in each later month.
    let world = steady(18, |_| 100, |_| 40);
    let mut question = monthly("2021-07-01T00:00:00Z");
    question["what_if"] = json!({"points": 0.05});
    let found = answered_once(&world, &question);
    assert_eq!(
        (
            found.history.len(),
            found.history[17].active,
            found.history[17].new,
            found.history[17].kept
        ),
        (18, 780, 100, 680)
    );
    assert_eq!(found.ahead[0].start, "2021-07-01");
    for (one, wanted) in found.ahead.iter().zip([820.0, 860.0, 900.0, 940.0]) {
        assert!((one.by_cohort.value - wanted).abs() < 1e-6, "{one:?}");
        assert!((one.active.value - wanted).abs() < 1e-6 && (one.new.value - 100.0).abs() < 1e-6);
    }
    // 40 become 45 for those who came in June 2021 and later.
    let more: Vec<f64> = found.ahead.iter().map(|one| one.additional.unwrap()).collect();
    for (more, wanted) in more.iter().zip([5.0, 10.0, 15.0, 20.0]) {
        assert!((more - wanted).abs() < 1e-6, "{more} for {wanted}");
    }
    let what_if = found.what_if.unwrap();
    assert!((what_if.share - 0.4).abs() < 1e-9 && (what_if.supposed_share - 0.45).abs() < 1e-9);
    assert!(
        (what_if.additional_in_all - 50.0).abs() < 1e-6
            && (what_if.additional_at_end - 20.0).abs() < 1e-6
    );
    // The same people in every layout.
    let small = steady(12, |_| 5, |age| 80 - age * 5);
    let found = answer(&small, &monthly("2021-01-01T00:00:00Z"));
    assert_eq!(found.cohorts.len(), 12 + 4);
    for (at, one) in found.ahead.iter().enumerate() {
        let sum: f64 = found.cohorts.iter().map(|cohort| cohort.active[at]).sum();
        assert!((sum - one.by_cohort.value).abs() < 1e-9);
    }
}

#[test]
fn a_season_and_growth_are_carried_on() {
    let newcomers =
        |at: i32| 60 + 2 * at + [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40, 80][at as usize % 12];
    let whole = steady(54, newcomers, |age| 40 / (1 + age / 3));
    let question = |as_of: &str| json!({"as_of": as_of, "population": "everyone", "ahead": 6});
    let known = answered_once(&whole, &question("2024-01-01T00:00:00Z"));
    let truth = answered_once(&whole, &question("2024-07-01T00:00:00Z"));
    assert_eq!((known.history.len(), known.methods.as_ref().unwrap().season), (48, Some(12)));
    for (told, came) in known.ahead.iter().zip(&truth.history[48..]) {
        let error = (told.active.value - came.active as f64).abs() / came.active as f64;
        assert!(error < 0.05, "{}: {} for {}", told.start, told.active.value, came.active);
        let wide = told.active.intervals.last().unwrap();
        assert!(wide.low.unwrap() <= wide.high.unwrap());
        assert!((0.0..=1.0).contains(&told.crr.as_ref().unwrap().value));
        assert!((told.crr.as_ref().unwrap().value - came.crr.unwrap()).abs() < 0.05);
    }
    let methods = known.methods.unwrap();
    let naive = methods.direct.tried.iter().find(|one| one.method == "naive").unwrap();
    assert!(methods.direct.error < naive.error && methods.by_cohort_error < naive.error);
}

#[test]
fn customers_behind_a_number_are_exactly_as_many() {
    let world = world(
        "anna 2024-01-05,2024-02-05,2024-04-05 order amount=5 currency=EUR
         bert 2024-01-10,2024-02-11,2024-03-12 order amount=5 currency=EUR
         cora 2024-02-01                       order amount=5 currency=EUR
         dora 2024-02-02                       view",
    );
    let question = json!({"as_of": "2024-05-01T00:00:00Z"});
    let found = answer(&world, &question);
    let line: Vec<(u64, u64, u64)> =
        found.history.iter().map(|one| (one.active, one.new, one.kept)).collect();
    assert_eq!(line, [(2, 2, 0), (3, 1, 2), (1, 0, 1), (1, 0, 0)]);
    assert_eq!(found.history[1].crr, Some(1.0));
    for (period, set, names) in [
        ("2024-02-01", "active", "anna bert cora"),
        ("2024-02-01", "new", "cora"),
        ("2024-02-01", "kept", "anna bert"),
        ("2024-04-01", "kept", ""),
    ] {
        let mut question = question.clone();
        question["cell"] = json!({"period": period, "set": set});
        let (json, keys) = reply(&world, &question).unwrap();
        assert_eq!(json["customers"]["total"], json!(keys.len()));
        let listed: Vec<&str> = keys.iter().map(|key| world.name_of(key.0)).collect();
        assert_eq!(listed.join(" "), names, "{period} {set}");
    }
}

#[test]
fn what_is_too_short_or_impossible_is_refused_beside_what_was_seen() {
    let found = answer(&steady(9, |_| 3, |_| 50), &monthly("2020-10-01T00:00:00Z"));
    assert_eq!((found.history.len(), found.ahead.len()), (9, 0));
    assert_eq!(found.refused.as_ref().unwrap().code, "series_too_short");
    let presented = super::Forecast.present(&serde_json::to_value(&found).unwrap()).unwrap();
    assert!(presented.warnings[0].en.starts_with("series_too_short"));
    let mut question = monthly("2021-07-01T00:00:00Z");
    question["what_if"] = json!({"points": 0.7});
    let found = answered_once(&steady(18, |_| 100, |_| 40), &question);
    assert_eq!(found.refused.unwrap().code, "impossible_share");
    let empty = answer(&world(""), &monthly("2021-07-01T00:00:00Z"));
    assert_eq!(
        (empty.history.len(), empty.refused.unwrap().code.as_str()),
        (0, "series_too_short")
    );
    // Who came once leaves nobody to keep: customers are foretold, their rate is not.
    let once = answer(
        &world("anna 2020-01-05 order amount=1 currency=EUR"),
        &monthly("2020-12-01T00:00:00Z"),
    );
    assert!(once.refused.is_none() && !once.ahead.is_empty());
    let presented = super::Forecast.present(&serde_json::to_value(&once).unwrap()).unwrap();
    // A file of facts is the table with the most columns: it holds what was asked for.
    let facts = presented.tables.iter().filter(|table| table.tidy);
    assert_eq!(facts.max_by_key(|table| table.columns.len()).unwrap().name, "forecast");
    let said = &presented.warnings[0];
    assert!(said.en.starts_with("retention rate: series_too_short"), "{}", said.en);
    assert!(said.zh.starts_with("留存率："), "{}", said.zh);
}

#[test]
fn bad_questions_are_told_what_is_wrong() {
    let as_of = "2020-10-01T00:00:00Z";
    for (question, wrong) in [
        (json!({"as_of": as_of, "ahead": 0}), "`ahead` is `0`"),
        (json!({"as_of": as_of, "season": 1}), "`season` is `1`"),
        (json!({"as_of": as_of, "origins": 2}), "`origins` is `2`"),
        (json!({"as_of": as_of, "levels": [0.8, 1.0]}), "`levels` has `1`"),
        (json!({"as_of": as_of, "what_if": {"points": 3}}), "`what_if.points` is `3`"),
        (
            json!({"as_of": as_of, "cell": {"period": "2020-01-02", "set": "new"}}),
            "no period that is over",
        ),
        (json!({"ahead": 3}), "`as_of` is missing"),
        (json!({"as_of": as_of, "until": 3}), "unknown field `until`"),
    ] {
        let error = reply(&steady(3, |_| 2, |_| 50), &question).unwrap_err();
        assert!(error.contains(wrong), "{question}: {error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn history_is_what_the_definition_says(
        (scene, world) in scenes().prop_flat_map(|scene| (Just(scene), worlds(scene))),
        everyone in any::<bool>(),
        n_days_known in 0..1100_i32,
        by_week in any::<bool>(),
    ) {
        let as_of = scene.midnight(n_days_known.min(scene.n_days + 1));
        let zone = scene.rules();
        let question = json!({
            "period": if by_week { "week" } else { "month" }, "zone": scene.zone, "ahead": 2,
            "population": if everyone { "everyone" } else { "buyers" },
            "as_of": jiff::Timestamp::from_microsecond(as_of).unwrap().to_string(),
        });
        let found = answer(&world, &question);
        let first_date = |day: Date| if by_week {
            day - i64::from(day.weekday().to_monday_zero_offset()).days()
        } else {
            day.first_of_month()
        };
        let rows: Vec<Event> = world.sorted().into_iter().filter(|row| row.ts < as_of).collect();
        let keys: BTreeSet<i64> = rows.iter().map(|row| row.customer).collect();
        // The periods in which each customer was active.
        let active: Vec<BTreeSet<Date>> = keys.iter().map(|key| {
            let own: Vec<&Event> = rows.iter().filter(|row| row.customer == *key).collect();
            let lines = if everyone { joined(&own, |_| true) } else {
                joined(&own, is_order).into_iter().filter(|lines| money(lines).1 > 0).collect()
            };
            lines.iter().map(|lines| first_date(date_at(&zone, lines[0].ts))).collect()
        }).collect();
        let mut before: Option<Date> = None;
        for one in &found.history {
            let start: Date = one.start.parse().unwrap();
            let end = if by_week { start + 1.week() } else { start + 1.month() };
            prop_assert!(start_of(&zone, end) <= as_of, "only periods that are over");
            let n = |is: &dyn Fn(&BTreeSet<Date>) -> bool| active.iter().filter(|own| is(own)).count() as u64;
            prop_assert_eq!(one.active, n(&|own| own.contains(&start)));
            prop_assert_eq!(one.new, n(&|own| own.first() == Some(&start)));
            let kept = before.map_or(0, |before| n(&|own| own.contains(&start) && own.contains(&before)));
            prop_assert_eq!(one.kept, kept);
            before = Some(start);
        }
        let over: BTreeSet<Date> = active.iter().flatten().copied()
            .filter(|start| start_of(&zone, if by_week { *start + 1.week() } else { *start + 1.month() }) <= as_of).collect();
        prop_assert!(over.iter().all(|start| found.history.iter().any(|one| one.start == start.to_string())));
    }
}
