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
                Ok(reply) => reply.answer.into_tree(),
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
fn revenue_retention_on_duckdb_is_ours() {
    let levels = |value: &str| json!({"event": {"event": ["view", "order"]}, "value": value, "end": {"event": "refund"}});
    agree(
        "revenue_retention",
        &[
            json!({"period": "day", "currency": "EUR"}),
            json!({"period": "week", "currency": "EUR", "refunds": "ignore", "population": "everyone"}),
            json!({"period": "month", "currency": "EUR", "population": "net_buyers"}),
            json!({"period": "week", "currency": "EUR", "compare": "year_ago"}),
            json!({"period": "day", "recurring": levels("properties.score")}),
            json!({"period": "week", "currency": "EUR", "population": "buyers", "recurring": levels("amount")}),
            json!({"period": "day", "population": "net_buyers", "recurring": {"event": {"event": "order"}, "value": "quantity"}}),
        ],
        60,
    );
}

#[test]
fn churn_on_duckdb_is_ours() {
    let subscription = |more: Value| {
        let mut subscription =
            json!({"start": {"event": ["view", "signup"]}, "end": {"event": ["refund", "order"]}});
        subscription.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        subscription
    };
    agree(
        "churn",
        &[
            json!({"period": "day", "currency": "EUR", "active": {"trailing_days": 2.5}, "tiers": {}, "win_back_days": [1, 3, 30]}),
            json!({"period": "week", "currency": "EUR", "population": "net_buyers", "new_for": 1}),
            json!({"period": "day", "currency": "EUR", "population": "everyone", "active": {"trailing_days": 1}, "refunds": "ignore"}),
            json!({"period": "month", "currency": "EUR", "population": "buyers", "event": paid(), "active": {"trailing_days": 9}, "tiers": {"high": 0.5, "middle": 0.9}}),
            json!({"period": "day", "currency": "EUR", "win_back_days": [2], "active": {"subscription": subscription(json!({}))}}),
            json!({"period": "day", "tiers": {}, "active": {"subscription": subscription(json!({"money": "properties.score", "reason": "plan"}))}}),
            json!({"period": "week", "population": "buyers", "top": 1, "active": {"subscription": subscription(json!({"money": "quantity", "reason": "item"}))}}),
        ],
        250,
    );
}

#[test]
fn cohorts_on_duckdb_are_ours() {
    let question = |more: Value| {
        let mut question = json!({"period": "day", "periods": 6, "currency": "EUR"});
        question.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        question
    };
    agree(
        "cohort",
        &[
            question(json!({"cost": "12", "margin": "0.4"})),
            question(json!({"rows": "week", "incomplete": "eligible", "cost": "3.5"})),
            question(json!({"rows": "month", "incomplete": "hide", "population": "everyone"})),
            question(json!({"start": {"event": "view"}, "window": "rolling"})),
            question(
                json!({"start": paid(), "window": "rolling", "incomplete": "eligible", "population": "buyers", "period": "week"}),
            ),
            question(
                json!({"rows": "week", "population": "net_buyers", "period": "week", "incomplete": "hide"}),
            ),
            question(json!({"rows": "week", "start": {"event": "*"}, "population": "net_buyers"})),
        ],
        200,
    );
}

#[test]
fn feedback_on_duckdb_is_ours() {
    let votes = |more: Value| {
        let mut question = json!({"event": {"event": ["view", "order"]}, "score": "score", "period": "week", "scale": {"least": 0, "most": 5, "low_to": 2, "high_from": 4}, "retained": {"within": {"days": 3}, "return": {"event": "*"}}});
        question.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        question
    };
    agree(
        "feedback",
        &[
            votes(json!({})),
            votes(
                json!({"vote": "first", "metric": "csat", "population": "buyers", "period": "day"}),
            ),
            votes(
                json!({"wave": "plan", "sent": {"event": "signup"}, "currency": "EUR", "population": "net_buyers"}),
            ),
            votes(
                json!({"score": "quantity", "metric": "ces", "sent": {"event": ["signup", "view"]}, "period": "month"}),
            ),
        ],
        200,
    );
}

#[test]
fn the_customer_table_on_duckdb_is_ours() {
    let table = |more: Value| {
        let mut question = json!({"currency": "EUR", "support": {"event": ["refund", "view"]}, "feedback": {"event": "*"}, "channel": "plan", "country": "item", "category": "session"});
        question.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        question
    };
    agree(
        "customer_table",
        &[
            table(json!({})),
            table(
                json!({"population": "buyers", "session": {"started_by": {"event": "view"}}, "limit": 3, "offset": 1}),
            ),
            table(
                json!({"population": "net_buyers", "session": {"field": "plan"}, "known_at": 12, "limit": null}),
            ),
            table(
                json!({"features": ["events", "orders_30d", "silence_ratio", "last_channel"], "cell": {"feature": "orders_30d", "at_least": 1}}),
            ),
            table(
                json!({"features": ["order_gap_mean_days", "weekend_share", "night_share"], "cell": {"feature": "order_gap_mean_days", "missing": true}}),
            ),
        ],
        90,
    );
}

#[test]
fn a_table_of_several_cuts_on_duckdb_is_ours() {
    let Some(python) = explained::python() else {
        println!("skipped: no Python with DuckDB; set PERENNIAL_ATTACH_PYTHON");
        return;
    };
    let cases = random().into_iter().enumerate().map(|(position, (scene, world))| {
        let source = world.source(Layout::ONE);
        let date = |day: i32| {
            let ts = jiff::Timestamp::from_microsecond(scene.midnight(day)).unwrap();
            ts.to_string().get(..10).unwrap().to_owned()
        };
        let cuts = [date(1), date(scene.n_days / 3), date(scene.n_days / 2)];
        let question =
            with(json!({"cuts": cuts, "currency": "EUR", "population": "net_buyers"}), &scene);
        let answer = block_on(ask(&session(), &source, "customer_table", &question))
            .unwrap()
            .answer
            .into_tree();
        json!({
            "name": format!("world {position}"),
            "events": world.events.iter().map(row).collect::<Vec<_>>(),
            "statements": answer["explain"]["statements"],
            "answer": answer,
        })
    });
    let cases: Vec<Value> = cases.collect();
    let said = explained::compared(&python, &json!({"lake": null, "cases": cases}).to_string());
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains(&format!("compared {} statements", 3 * N_WORLDS)), "{said}");
}

#[test]
fn benchmarks_on_duckdb_are_ours() {
    agree(
        "benchmark",
        &[
            json!({"period": "day", "active": {"trailing_days": 2.5}}),
            json!({"period": "week", "active": {"trailing_days": 9}, "population": "everyone"}),
            json!({"period": "week", "population": "net_buyers"}),
        ],
        60,
    );
}

#[test]
fn the_series_of_seasonality_on_duckdb_is_ours() {
    let of = |measure: &str, more: Value| {
        let mut question = json!({"of": {"measure": measure}, "period": "day"});
        question.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        question
    };
    agree(
        "seasonality",
        &[
            of("orders", json!({})),
            of("buyers", json!({"period": "week", "population": "buyers"})),
            of("revenue", json!({"currency": "EUR"})),
            of("net_revenue", json!({"currency": "EUR", "population": "buyers", "period": "week"})),
            of("events", json!({"event": {"event": ["view", "order"]}})),
            of("customers", json!({"population": "buyers", "event": paid()})),
        ],
        30,
    );
}

#[test]
fn paths_on_duckdb_are_ours() {
    let path = |more: Value| {
        let mut question = json!({"session": {"gap_minutes": 2880}, "steps": 3, "top": 2});
        question.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        question
    };
    agree(
        "path",
        &[
            path(json!({})),
            path(
                json!({"start": {"event": "view"}, "count": "paths", "collapse": "none", "within": {"days": 3}}),
            ),
            path(
                json!({"end": {"event": "order"}, "count": "paths", "within": {"days": 5}, "top": 9}),
            ),
            path(json!({"end": paid(), "count": "customers", "population": "buyers", "steps": 2})),
            path(
                json!({"start": {"event": "*"}, "end": {"event": "order"}, "count": "sessions", "top": 1}),
            ),
            path(
                json!({"start": {"event": "view"}, "end": {"event": ["order", "refund"]}, "count": "customers", "enter": "first_ever", "session": null, "within": {"days": 20}, "population": "net_buyers", "compare": {"return": {"event": "*"}, "after": {"days": 1}, "within": {"days": 4}}}),
            ),
            path(
                json!({"count": "customers", "session": {"field": "plan"}, "within": {"days": 9}, "node": {"by": "item"}, "times": false}),
            ),
            path(
                json!({"session": {"started_by": {"event": "view"}}, "within": {"days": 2}, "node": {"by": "stage"}, "steps": 4, "compare": {"return": paid(), "within": {"days": 6}}, "count": "customers"}),
            ),
            json!({"preset": "first_to_second_purchase"}),
        ],
        200,
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
    let groups = json!([{"field": "item"}]);
    for (kind, mut question) in [
        ("path", json!({"node": {"by": "item", "clean": [{"pattern": "x"}]}})),
        ("sessions", json!({"node": {"by": "quantity"}})),
        ("funnel", json!({"steps": [{"event": "view"}, {"event": "order"}], "order": "any"})),
        ("retention", json!({"breakdown": groups})),
        ("crr", json!({"breakdown": groups, "active": {"trailing_days": 9}})),
        ("cohort", json!({"breakdown": groups})),
        ("churn", json!({"breakdown": groups, "active": {"trailing_days": 9}})),
        ("revenue_retention", json!({"breakdown": groups})),
        ("revenue_retention", json!({"recurring": {"event": {"event": "view"}, "value": "ts"}})),
        ("feedback", json!({"breakdown": groups})),
        ("customer_table", json!({"channel": "amount"})),
        ("benchmark", json!({"measures": ["retention_rate"]})),
        ("seasonality", json!({"of": {"kind": "lifecycle"}})),
    ] {
        question["as_of"] = json!("2024-02-01T00:00:00Z");
        let said = crate::ask::explain(kind, &question, &Segments::new(), &source.facts());
        let Err(AskError::Refused(reason)) = said else { panic!("{kind} {question}: {said:?}") };
        assert_eq!(reason.code, "not_in_sql", "{kind}");
        assert!(reason.reason_zh.contains("SQL"), "{kind}");
        if question["recurring"] != Value::Null {
            continue;
        }
        question["explain"] = json!(true);
        let answer =
            block_on(ask(&session(), &source, kind, &question)).unwrap().answer.into_tree();
        assert_eq!(answer["explain"]["reason"]["code"], "not_in_sql", "{kind}");
        assert_eq!(answer["explain"]["statements"], json!([]));
        assert_eq!(answer["question"].get("explain"), None);
    }
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
    assert_eq!(ask_with(json!(false)).unwrap().answer.tree().get("explain"), None);
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
