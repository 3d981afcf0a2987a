//! The SQL beside an answer, run on the real DuckDB attached to the lake, gives the answer's numbers.

use perennial_testkit::explained;
use serde_json::{Value, json};

use crate::harness::World;

/// Kinds whose samples have SQL.
const SAID: [&str; 15] = [
    "retention",
    "crr",
    "rfm",
    "lifecycle",
    "stickiness",
    "funnel",
    "path",
    "sessions",
    "seasonality",
    "cohort",
    "benchmark",
    "revenue_retention",
    "churn",
    "customer_table",
    "feedback",
];

/// Questions asked of the shop besides every kind's own sample.
fn questions() -> Vec<(&'static str, Value)> {
    let paid = json!({"event": "order", "where": {"field": "amount", "op": ">", "value": 0}});
    vec![
        (
            "retention",
            json!({"enter": "every_period", "period": "week", "periods": 6, "count": "on_or_after", "zone": "Europe/London"}),
        ),
        (
            "retention",
            json!({"start": paid, "return": paid, "population": "net_buyers", "period": {"brackets": [7, 14, 30], "unit": "day"}, "window": "rolling", "rows": "month", "value": {"of": "amount"}}),
        ),
        (
            "retention",
            json!({"start": {"event": "order"}, "return": {"event": "order"}, "who": "did order at least 2 times", "periods": 4}),
        ),
        ("crr", json!({"period": "month", "zone": "Asia/Shanghai"})),
        (
            "crr",
            json!({"period": "week", "active": {"trailing_days": 21}, "population": "everyone"}),
        ),
        ("lifecycle", json!({"period": "week", "threshold": {"days": 30}, "population": "buyers"})),
        ("lifecycle", json!({"period": "month", "who": "did refund"})),
        ("stickiness", json!({"period": "week", "event": paid, "population": "buyers"})),
        ("rfm", json!({"ties": "first", "trailing_days": 60, "population": "net_buyers"})),
        ("rfm", json!({"scoring": "mean", "money": "mean", "frequency": "days"})),
        (
            "funnel",
            json!({"steps": [{"event": "*"}, paid, {"event": "refund"}], "within": {"days": 30}}),
        ),
        ("sessions", json!({"session": {"gap_minutes": 120}, "population": "buyers", "top": 3})),
        (
            "path",
            json!({"start": {"event": "*"}, "end": paid, "session": {"gap_minutes": 240}, "count": "paths"}),
        ),
        (
            "cohort",
            json!({"rows": "week", "period": "week", "incomplete": "eligible", "cost": "9"}),
        ),
        ("churn", json!({"period": "week", "active": {"trailing_days": 21}, "tiers": {}})),
        ("revenue_retention", json!({"period": "week", "zone": "America/New_York"})),
        (
            "customer_table",
            json!({"population": "net_buyers", "zone": "Asia/Shanghai", "limit": 20}),
        ),
        ("seasonality", json!({"of": {"measure": "net_revenue"}, "period": "week", "season": 4})),
    ]
}

#[test]
fn the_sql_of_every_kind_gives_its_numbers_on_duckdb() {
    let Some(python) = explained::python() else {
        println!("skipped: no Python with DuckDB; set PERENNIAL_ATTACH_PYTHON");
        return;
    };
    let world = World::new();
    world.run("world --kind shop --customers 120 --days 150 --seed 11 --out files").succeeds();
    world.run("import --data shop --preset events files/events.csv").succeeds();
    let list = world.run("ask list").succeeds().text();
    let kinds = list.lines().filter_map(|line| line.split_whitespace().next());
    let samples: Vec<(&str, Value)> = kinds
        .map(|kind| (kind, world.run(&format!("ask {kind} --sample")).json()))
        .filter(|(_, sample)| sample.is_object())
        .collect();
    let mut cases = Vec::new();
    let mut said: Vec<&str> = Vec::new();
    let all = questions();
    for (kind, question) in samples.iter().chain(&all) {
        let mut question = question.clone();
        question["as_of"] = json!("2024-05-20T12:00:00Z");
        question["explain"] = json!(true);
        let asked = format!("ask {kind} --data shop --question -");
        let ran =
            world.run_with(&format!("{asked} --format json"), &[], question.to_string().as_bytes());
        let answer = ran.json();
        let told = &answer["explain"];
        let statements = told["statements"].as_array().unwrap();
        let printed =
            world.run_with(&format!("{asked} --sql"), &[], question.to_string().as_bytes());
        if statements.is_empty() {
            assert_eq!(told["reason"]["code"], "not_in_sql", "{kind}");
            printed.fails(3, &["there is no SQL"]);
            continue;
        }
        let script = printed.succeeds().text();
        let main = statements[0]["sql"].as_str().unwrap();
        assert!(
            script.starts_with(told["attach"].as_str().unwrap()) && script.contains(main),
            "{script}"
        );
        said.push(kind);
        cases.push(json!({
            "name": format!("{kind} {question}"), "statements": statements, "answer": answer,
        }));
    }
    for kind in SAID {
        assert!(said.contains(&kind), "{kind} is said in SQL");
    }
    let attach = perennial_insights::sql::ATTACH;
    let given = json!({"lake": world.path("shop"), "attach": attach, "cases": cases});
    let found = explained::compared(&python, &given.to_string());
    assert_eq!(found.lines().count(), 1, "{found}");
    println!("{found}");
}
