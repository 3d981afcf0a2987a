//! Models from the command line and over HTTP: trained, kept, applied once a day, named in questions.

use serde_json::{Value, json};

use crate::harness::{Ran, Server, World};

/// A shop of which enough leave and enough stay, as of the middle of its second year.
fn world() -> World {
    let world = World::new();
    world.run("world --kind shop --customers 400 --days 540 --seed 11 --out files").succeeds();
    world.run("import --data shop --preset events files/events.csv").succeeds();
    world
}

/// Trains `churn` as of that time, on few rows, so that it is quick.
fn train(world: &World, more: &str) -> Ran {
    let words = "train churn_risk --data shop --as-of 2025-06-01T00:00:00Z --set horizon_days=60";
    world.run(&format!("{words} --set learner=logistic {more}"))
}

fn query(world: &World, sql: &str) -> Value {
    world.run_with("sql --data shop --format json", &[sql], b"").json()
}

#[test]
fn a_model_is_trained_kept_applied_once_and_asked_by_name() {
    let world = world();
    assert!(world.run("model list --data shop").succeeds().text().contains("no models yet"));
    let kept = train(&world, "--name churn --note first --format json").json();
    assert_eq!(
        (&kept["name"], &kept["version"], &kept["note"]),
        (&json!("churn"), &json!(1), &json!("first"))
    );
    assert!(kept["trained"]["n_rows"].as_u64().unwrap() > 100, "{kept}");
    assert!(kept.get("model").is_none(), "what was learnt is not shown");

    let day = "score churn --data shop --day 2025-06-01 --format json";
    let scored = world.run(day).json();
    let n_rows = scored[0]["n_rows"].as_u64().unwrap();
    assert_eq!((&scored[0]["model"], &scored[0]["known"]), (&json!("churn@1"), &json!(false)));
    assert!(n_rows > 10, "{scored}");
    let again = world.run(day).json();
    assert_eq!((&again[0]["n_rows"], &again[0]["known"]), (&json!(0), &json!(true)));
    assert_eq!(again[0]["scores"], scored[0]["scores"]);
    let rows = query(
        &world,
        "select count(*) n, min(value) low, max(value) high, min(model) model, min(day) as day, min(name) name from customer_day",
    );
    assert_eq!(rows[0]["n"], n_rows);
    assert!(rows[0]["low"].as_f64().unwrap() >= 0.0 && rows[0]["high"].as_f64().unwrap() <= 1.0);
    assert_eq!((&rows[0]["model"], &rows[0]["day"]), (&json!("churn@1"), &json!("2025-06-01")));
    assert_eq!(rows[0]["name"], "churn.churn_risk");

    // What is scored is what the same question answers.
    let asked = world.run("ask churn_risk --data shop --as-of 2025-06-02T00:00:00Z --set model=churn --format json").json();
    assert_eq!(asked["question"]["model"], "churn@1");
    assert_eq!(asked["at_risk"], n_rows);
    let sum = query(&world, "select sum(value) s from customer_day")[0]["s"].as_f64().unwrap();
    assert!((asked["expected_leavers"].as_f64().unwrap() - sum).abs() < 1e-6, "{sum}");

    // Another version scores the day anew, and is in force.
    train(&world, "--name churn").succeeds();
    world.run(day).succeeds();
    let rows = query(&world, "select distinct model from customer_day");
    assert_eq!(rows, json!([{ "model": "churn@2" }]));
    let shown = world.run("model show churn --data shop --format json").json();
    assert_eq!(
        (shown["versions"].as_array().unwrap().len(), shown["scorings"].as_array().unwrap().len()),
        (2, 2)
    );
    world.run("doctor --data shop").succeeds();
}

#[test]
fn what_may_not_be_used_is_refused_with_its_mend() {
    let world = world();
    train(&world, "--name churn").succeeds();
    world
        .run("ask churn_risk --data shop --set model=chrun")
        .fails(2, &["no model is called `chrun`", "`churn`"]);
    world.run("ask churn_risk --data shop --set model=churn@7").fails(2, &["has no version `7`"]);
    world.run("score churn --data shop --day 2999-01-01").fails(2, &["`2999-01-01` has not ended"]);
    // A year later it is stale; exit code 3 is a refusal.
    world.run("score churn --data shop --day 2026-01-01").fails(3, &["refused: "]);
    world
        .run("train retention --data shop")
        .fails(2, &["`retention` has nothing to train", "churn_risk"]);
    let who = ["--who", "did order within 30 days"];
    let words = "train churn_risk --data shop --as-of 2025-06-01T00:00:00Z";
    world.run_with(words, &who, b"").fails(3, &["judged after the first cut"]);
    assert_eq!(
        world.run("model retire churn --data shop").succeeds().text(),
        "model `churn@1` is retired\n"
    );
    world.run("score churn --data shop").fails(2, &["`churn@1` is retired"]);
    world.run("ask churn_risk --data shop --set model=churn").fails(2, &["is retired"]);
    world.run("score --data shop").fails(2, &["no model is in use"]);
    // It can still be taken elsewhere.
    world.run("model export churn@1 --data shop -o churn.json").succeeds();
    let said = world.run("model import again churn.json --data shop").succeeds().text();
    assert_eq!(said, "model `again@1` is kept\n");
    let out = world.run("model export again --data shop").succeeds().text();
    assert_eq!(out, std::fs::read_to_string(world.path("churn.json")).unwrap());
    world.write("none.json", "{}");
    world.run("model import none none.json --data shop").fails(2, &["no `kind`"]);
    let table = world
        .run("backtest churn_risk --data shop --as-of 2025-06-01T00:00:00Z --set learner=logistic")
        .succeeds();
    assert!(
        table.text().contains("trained") && table.text().contains("report"),
        "{}",
        table.text()
    );
    assert_eq!(
        world.run("model list --data shop --format json").json().as_array().unwrap().len(),
        2
    );
}

#[test]
fn a_server_scores_for_the_command_line_and_over_http() {
    let world = world();
    train(&world, "--name churn").succeeds();
    let server = Server::start(&world);
    let scored = world.run("score churn --data shop --day 2025-06-01 --format json").json();
    assert_eq!(scored[0]["model"], "churn@1");
    let stale = world.run("score churn --data shop --day 2026-01-01");
    stale.fails(3, &["refused: "]);
    let (status, again) =
        server.request("POST", "/api/v1/models/churn/score", br#"{"day":"2025-06-01"}"#);
    let again: Value = serde_json::from_str(&again).unwrap();
    assert_eq!(
        (status, &again["known"], &again["scores"]),
        (200, &json!(true), &scored[0]["scores"])
    );
    let (status, list) = server.request("GET", "/api/v1/models", b"");
    assert!(status == 200 && list.contains("\"name\":\"churn\""), "{list}");
    for (method, path, body, expected, says) in [
        ("GET", "/api/v1/models/chrn", "", 404, "no_model"),
        ("POST", "/api/v1/models/churn/score", r#"{"day":"2999-01-01"}"#, 400, "day_not_over"),
        ("POST", "/api/v1/models", r#"{"kind":"retention"}"#, 400, "bad_question"),
        ("POST", "/api/v1/insights/churn_risk", r#"{"model":"chrn"}"#, 404, "no_model"),
        ("PUT", "/api/v1/models/x/document", "{}", 400, "bad_model"),
    ] {
        let (status, reply) = server.request(method, path, body.as_bytes());
        assert!(status == expected && reply.contains(says), "{path}: {status} {reply}");
    }
    let question = br#"{"model":"churn","as_of":"2025-06-02T00:00:00Z"}"#;
    let (status, answer) = server.request("POST", "/api/v1/insights/churn_risk", question);
    assert!(status == 200 && answer.contains("\"model\":\"churn@1\""), "{status} {answer}");
    let (_, retired) = server.request("POST", "/api/v1/models/churn/retire", b"");
    assert!(retired.contains("churn@1"), "{retired}");
    let (status, _) = server.request("POST", "/api/v1/models/churn/score", b"");
    assert_eq!(status, 409);
}
