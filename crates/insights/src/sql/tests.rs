//! Every statement, run on the real DuckDB over random worlds, gives the numbers of the answer.

use perennial_engine::source::RunSource;
use perennial_testkit::{
    Event, Layout, Scene, World, block_on, explained, scenes, session, worlds,
};
use perennial_types::condition::Segments;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::ask::ask;
use crate::insight::AskError;

/// Random worlds every question is asked of.
const N_WORLDS: usize = 8;

fn row(event: &Event) -> Value {
    json!({
        "customer": event.customer, "ts": event.ts, "sequence": event.sequence, "event": event.event,
        "order_id": event.order_id, "amount": event.amount, "currency": event.currency,
        "item": event.item, "quantity": event.quantity, "session": event.session,
        "properties": event.properties_json(),
    })
}

/// Random worlds, the same in every run, each with its scene.
fn random() -> Vec<(Scene, World)> {
    let mut runner = TestRunner::deterministic();
    let strategy =
        scenes().prop_flat_map(|scene| worlds(scene).prop_map(move |world| (scene, world)));
    (0..N_WORLDS).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

fn with(mut question: Value, scene: &Scene) -> Value {
    let end = scene.midnight(scene.n_days * 3 / 4) + 3_600_000_000;
    let end = jiff::Timestamp::from_microsecond(end).unwrap();
    question["zone"] = json!(scene.zone);
    question["as_of"] = json!(end.to_string());
    question["explain"] = json!(true);
    question
}

/// Asks everything of every world and compares; `least` statements must have been.
fn agree(kind: &str, questions: &[Value], least: usize) {
    let Some(python) = explained::python() else {
        println!("skipped: no Python with DuckDB; set PERENNIAL_ATTACH_PYTHON");
        return;
    };
    let mut cases = Vec::new();
    for (position, (scene, world)) in random().iter().enumerate() {
        let source = world.source(Layout::ONE);
        for question in questions {
            let question = with(question.clone(), scene);
            let answer = match block_on(ask(&session(), &source, kind, &question)) {
                Ok(reply) => reply.answer,
                // What is refused has no numbers to compare.
                Err(AskError::Refused(_)) => continue,
                Err(error) => panic!("{kind} {question}: {error}"),
            };
            let told = &answer["explain"];
            assert_eq!(told["reason"], Value::Null, "{question}");
            let facts = source.facts();
            let alone = crate::ask::explain(kind, &question, &Segments::new(), &facts).unwrap();
            assert_eq!(json!(alone), told["statements"], "asked or not, it is the same SQL");
            cases.push(json!({
                "name": format!("{kind} world {position} {question}"),
                "events": world.events.iter().map(row).collect::<Vec<_>>(),
                "statements": told["statements"],
                "answer": answer,
            }));
        }
    }
    let said = explained::compared(&python, &json!({"lake": null, "cases": cases}).to_string());
    assert_eq!(said.lines().count(), 1, "{said}");
    let n_compared = said.split_whitespace().nth(1).and_then(|n| n.parse::<usize>().ok());
    assert!(n_compared >= Some(least), "{said}");
    println!("{kind}: {said}");
}

fn paid() -> Value {
    json!({"event": "order", "where": {"field": "amount", "op": ">", "value": 0}})
}

#[test]
fn the_lifecycle_on_duckdb_is_ours() {
    agree(
        "lifecycle",
        &[
            json!({"period": "day"}),
            json!({"period": "week", "threshold": {"periods": 2}, "population": "buyers"}),
            json!({"period": "day", "threshold": {"days": 3}, "population": "net_buyers", "event": {"event": ["view", "order"]}}),
            json!({"period": "month", "event": paid(), "fiscal_year_start": 4}),
        ],
        30,
    );
}

#[test]
fn stickiness_on_duckdb_is_ours() {
    agree(
        "stickiness",
        &[
            json!({"period": "day"}),
            json!({"period": "week", "week_start": "sunday", "min_occurrences": 2}),
            json!({"period": "month", "population": "net_buyers"}),
            json!({"period": "hour", "event": paid(), "population": "buyers"}),
        ],
        120,
    );
}

#[test]
fn the_crr_on_duckdb_is_ours() {
    agree(
        "crr",
        &[
            json!({"period": "day", "active": {"trailing_days": 2.5}}),
            json!({"period": "week", "active": {"trailing_days": 30}, "population": "everyone"}),
            json!({"period": "month", "population": "net_buyers"}),
            json!({"period": "day", "population": "everyone"}),
        ],
        40,
    );
}

#[test]
fn retention_on_duckdb_is_ours() {
    let question = |more: Value| {
        let mut question = json!({"period": "day", "periods": 6});
        question.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        question
    };
    agree(
        "retention",
        &[
            question(json!({})),
            question(
                json!({"enter": "first_in_range", "start": paid(), "return": paid(), "population": "buyers", "count": "on_or_after"}),
            ),
            question(
                json!({"enter": "every_period", "count": "on_or_before", "share": "previous", "population": "net_buyers"}),
            ),
            question(
                json!({"enter": "first_ever", "start": paid(), "count": "streak", "window": "rolling"}),
            ),
            question(
                json!({"count": {"at_least": 2, "of": 3}, "rows": "week", "value": {"of": "events"}}),
            ),
            question(
                json!({"period": {"brackets": [1, 2, 4], "unit": "day"}, "count": "on_or_after", "value": {"of": "quantity"}}),
            ),
            question(
                json!({"period": {"brackets": [1, 3], "unit": "hour"}, "window": "rolling", "rows": "month", "value": {"of": "amount", "aggregate": "mean"}}),
            ),
            question(
                json!({"period": "week", "min": {"occurrences": 2, "days": 2}, "enter": "every_period"}),
            ),
            question(
                json!({"period": "week", "min": {"amount": "5"}, "return": {"event": "order"}, "value": {"of": "events", "per": "returner", "aggregate": "mean"}}),
            ),
        ],
        70,
    );
}

#[test]
fn rfm_on_duckdb_is_ours() {
    agree(
        "rfm",
        &[
            json!({}),
            json!({"bins": 3, "ties": "first", "frequency": "days", "currency": "EUR"}),
            json!({"scoring": "mean", "money": "mean", "refunds": "ignore", "currency": "EUR"}),
            json!({"scoring": "median", "population": "net_buyers", "trailing_days": 30, "currency": "EUR"}),
            json!({"event": {"event": ["order", "purchase"], "where": {"field": "amount", "op": ">=", "value": 1}}, "bins": 2, "money": "mean", "currency": "EUR"}),
            json!({"scoring": "fixed", "cutoffs": {"recency_days": [9, null], "frequency": [2, 3], "money": ["10", "30.5"]}, "currency": "EUR"}),
        ],
        90,
    );
}

#[test]
fn the_funnel_on_duckdb_is_ours() {
    let steps =
        |names: &[&str]| names.iter().map(|name| json!({"event": name})).collect::<Vec<_>>();
    agree(
        "funnel",
        &[
            json!({"steps": steps(&["view", "order"])}),
            json!({"steps": steps(&["*", "order", "*"]), "within": {"days": 40}}),
            json!({"steps": steps(&["order", "order", "refund"]), "within": {"days": 400}, "once": false, "population": "buyers"}),
            json!({"steps": steps(&["view", "*", "order"]), "within": {"days": 400}, "strict_increase": true}),
            json!({"steps": steps(&["*", "*", "order"]), "within": {"hours": 30}, "entry": "first", "population": "net_buyers"}),
        ],
        40,
    );
}

#[test]
fn sessions_on_duckdb_are_ours() {
    agree(
        "sessions",
        &[
            json!({"session": {"gap_minutes": 1440}, "top": 2}),
            json!({"session": {"started_by": {"event": "view"}}, "node": {"by": "stage"}, "population": "buyers"}),
            json!({"session": {"field": "properties.plan"}, "node": {"by": "item", "hide": ["cup"]}, "events": {"event": ["order", "view"]}}),
            json!({"session": {"gap_minutes": 30}, "retained": {"return": paid(), "after": {"hours": 1}, "within": {"days": 3}}, "population": "net_buyers"}),
        ],
        190,
    );
}

#[test]
fn conditions_on_duckdb_choose_our_customers() {
    let conditions = [
        "did order",
        "did order where amount > 5 at least 2 times within 30 days",
        "did view at most 1 times and did order",
        "not (did refund) or did exactly 0 signup",
    ];
    let told = |text: &str| text.parse::<perennial_types::condition::CustomerCondition>().is_ok();
    let json_conditions = [
        json!({"did": {"event": "signup"}, "times": {"exactly": 0}}),
        json!({"did": {"event": "view"}, "times": {"at_most": 1}}),
        json!({"first": {"event": "order"}, "window": {"within": "20 days"}}),
        json!({"last": {"event": "order"}, "window": {"more_than": "2 days"}}),
        json!({"regularly": {"event": "*"}, "at_least": 2, "of": 3, "unit": "day"}),
        json!({"stopped": {"event": "*"}, "for": "2 days"}),
        json!({"restarted": {"event": "*"}, "after": "2 days", "within": "60 days"}),
        json!({"sequence": [{"event": "view"}, {"event": "order", "within": "30 days"}]}),
        json!({"aggregate": "sum", "field": "quantity", "of": {"event": "order"}, "op": "<", "value": 3}),
        json!({"aggregate": "mean", "field": "quantity", "of": {"event": "*"}, "op": ">=", "value": 1}),
        json!({"aggregate": "max", "field": "score", "of": {"event": "*"}, "op": "!=", "value": 4.5}),
        json!({"all": [{"not": {"trait": "properties.plan", "op": "=", "value": "pro"}}, {"any": [{"did": {"event": "order"}}, {"trait": "currency", "op": "is_not_set"}]}]}),
    ];
    let texts = conditions.iter().filter(|text| told(text)).map(|text| json!(text));
    let questions: Vec<Value> =
        texts.chain(json_conditions).map(|who| json!({"period": "month", "who": who})).collect();
    agree("lifecycle", &questions, 120);
}

#[test]
fn filters_on_duckdb_are_ours() {
    let tests = [
        json!({"field": "plan", "op": "=", "value": "pro"}),
        json!({"field": "plan", "op": "!=", "value": "pro"}),
        json!({"field": "plan", "op": "in", "value": ["pro", "team"]}),
        json!({"field": "plan", "op": "not_in", "value": ["pro", "team"]}),
        json!({"field": "plan", "op": "contains", "value": "r"}),
        json!({"field": "plan", "op": "starts_with", "value": "t"}),
        json!({"field": "plan", "op": "ends_with", "value": "e"}),
        json!({"field": "plan", "op": ">", "value": "g"}),
        json!({"field": "plan", "op": "is_set"}),
        json!({"field": "score", "op": ">=", "value": 2.5}),
        json!({"field": "score", "op": "=", "value": 1.50}),
        json!({"field": "score", "op": "!=", "value": 3.5}),
        json!({"field": "plan", "op": "<", "value": 3}),
        json!({"field": "amount", "op": ">", "value": 10}),
        json!({"field": "amount", "op": "<=", "value": 0.00005}),
        json!({"field": "amount", "op": "!=", "value": 0.00005}),
        json!({"field": "amount", "op": "=", "value": 0.00005}),
        json!({"field": "amount", "op": "in", "value": [10, 30]}),
        json!({"field": "quantity", "op": "is_not_set"}),
        json!({"not": {"any": [{"field": "item", "op": "=", "value": "tea"}, {"field": "amount", "op": "<", "value": 20}]}}),
        json!({"all": [{"field": "order_id", "op": "is_set"}, {"field": "currency", "op": "!=", "value": "USD"}]}),
        json!({"field": "item", "op": "=", "value": "it's \\ 客户\u{0}--"}),
        json!({"field": "a/b~'\"c", "op": "is_not_set"}),
    ];
    let questions: Vec<Value> = tests
        .into_iter()
        .map(|test| json!({"period": "week", "event": {"event": "*", "where": test}}))
        .collect();
    agree("lifecycle", &questions, 180);
}

#[test]
fn what_has_no_sql_says_why() {
    let world = perennial_testkit::world("anna 2024-01-01 view");
    let source = world.source(Layout::ONE);
    let question = json!({"as_of": "2024-02-01T00:00:00Z", "explain": true});
    let answer = block_on(ask(&session(), &source, "path", &question)).unwrap().answer;
    let reason = &answer["explain"]["reason"];
    assert_eq!(reason["code"], "not_in_sql");
    assert!(reason["reason_zh"].as_str().is_some_and(|text| text.contains("SQL")));
    assert_eq!(answer["explain"]["statements"], json!([]));
    assert_eq!(answer["question"].get("explain"), None);
}

#[test]
fn explain_is_true_or_false() {
    let world = perennial_testkit::world("anna 2024-01-01 view");
    let source = world.source(Layout::ONE);
    let ask_with = |explain: Value| {
        let question = json!({"as_of": "2024-02-01T00:00:00Z", "explain": explain});
        block_on(ask(&session(), &source, "lifecycle", &question))
    };
    assert!(ask_with(json!("yes")).unwrap_err().to_string().contains("`explain`"));
    assert_eq!(ask_with(json!(false)).unwrap().answer.get("explain"), None);
}

#[test]
fn a_script_can_be_pasted() {
    let world = perennial_testkit::world("anna 2024-01-01 view");
    let question = json!({"as_of": "2024-02-01T00:00:00Z"});
    let facts = world.source(Layout::ONE).facts();
    let said = crate::ask::explain("lifecycle", &question, &Segments::new(), &facts).unwrap();
    let script = super::script(&said);
    assert!(script.starts_with("attach 'ducklake:sqlite:perennial.db' as lake"), "{script}");
    assert!(script.contains("\n-- /periods/* of the answer\nwith events as ("), "{script}");
    assert!(script.trim_end().ends_with(';'), "{script}");
}
