//! Asking: a question of a file and the same in flags, what the answer calls things, and how a run
//! ends.

use serde_json::{Value, json};

use crate::harness::{QUESTION, World};

const START: &str = r#"{"event":"order","where":{"all":[{"field":"amount","op":">","value":0}]}}"#;

/// `(customers, returned, share, complete)` of the cells of a row.
fn cells(cohort: &Value) -> Vec<Value> {
    let cells = cohort["cells"].as_array().unwrap().iter();
    cells
        .map(|cell| json!([cell["index"], cell["customers"], cell["returned"], cell["complete"]]))
        .collect()
}

#[test]
fn a_question_is_answered_in_the_names_it_promises() {
    let world = World::with_orders();
    let answer = world.ask();
    let january = &answer["cohorts"][0];
    assert_eq!(
        (january["start"].as_str(), january["size"].as_u64()),
        (Some("2024-01-01"), Some(3))
    );
    assert_eq!(
        cells(january),
        [json!([0, 3, 0, true]), json!([1, 1, 1, true]), json!([2, 2, 2, true])]
    );
    assert_eq!(january["cells"][0]["share"], 1.0);
    assert_eq!(january["cells"][1]["share"], 1.0 / 3.0);
    let february = &answer["cohorts"][1];
    // April is not over on the fifteenth.
    assert_eq!(
        cells(february),
        [json!([0, 1, 0, true]), json!([1, 0, 0, true]), json!([2, 0, 0, false])]
    );
    assert!(answer["mean"].is_array() && answer["definition"].is_object(), "{answer}");
}

#[test]
fn flags_ask_what_the_file_asks() {
    let world = World::with_orders();
    let by_file = world.ask();
    let flags = "ask retention --data shop --format json --enter first_matching --count on \
        --window calendar --period month --periods 3 --from 2024-01-01 --to 2024-03-31 \
        --as-of 2024-04-15T00:00:00Z --zone UTC --week-start monday --population buyers";
    let by_flags = world.run_with(flags, &["--start", START, "--return", START], b"").json();
    assert_eq!(by_flags, by_file);
    let piped = "ask retention --data shop --format json --question -";
    assert_eq!(world.run_with(piped, &[], QUESTION.as_bytes()).json(), by_file);
    let overridden = "ask retention --data shop --format json --question question.json --periods 2";
    let shorter = world.run(overridden).json();
    assert_eq!(shorter["cohorts"][0]["cells"].as_array().unwrap().len(), 2);
}

#[test]
fn the_exit_code_says_how_it_went() {
    let world = World::with_orders();
    world.run("ask retention --data shop --question question.json").exits(0);
    world.run("ask retention --data shop --frobnicate").exits(2);
    world.write("dollars.csv", "customer,ts,order_id,amount,currency\nann,2024-02-01,o20,1,USD\n");
    world.run("import --data shop --preset orders dollars.csv").succeeds();
    // Money of two currencies has no honest sum.
    let sum = world.run("ask retention --data shop --question question.json --value amount");
    sum.fails(3, &["refused: ", "EUR", "USD"]);
    world.run("doctor --data shop").exits(0);
    let file = world.parquet_files().pop().unwrap();
    std::fs::remove_file(file).unwrap();
    world.run("doctor --data shop").exits(4);
    world.run("ask retention --data shop --question question.json").exits(1);
}

#[test]
fn an_unknown_event_is_an_empty_answer_with_a_warning_and_the_nearest_name() {
    let world = World::with_orders();
    let answer =
        world.run("ask retention --data shop --start ordr --from 2024-01-01 --to 2024-03-31");
    let text = answer.succeeds().text();
    assert!(text.contains("no event is called `ordr`; did you mean `order`?"), "{text}");
}

#[test]
fn the_customers_behind_a_cell_are_as_many_as_it_says_and_have_their_outside_ids() {
    let world = World::with_orders();
    let asked =
        "ask retention --data shop --question question.json --cell 2024-01-01:2 --format csv";
    let csv = world.run(asked).succeeds().text();
    assert!(csv.contains("ann") && csv.contains("bob") && !csv.contains("cai"), "{csv}");
    assert_eq!(csv.lines().count(), 3, "{csv}");
}

#[test]
fn open_cells_are_marked_in_every_kind_of_table_and_the_mark_is_explained() {
    let world = World::with_orders();
    let ask = "ask retention --data shop --question question.json --return *";
    for (more, mark) in [
        ("", "*"),
        ("--share absolute", "*"),
        ("--value amount", "*"),
        ("--value amount --share absolute", "*"),
    ] {
        let text = world.run(&format!("{ask} {more}")).succeeds().text();
        let february = text.lines().find(|line| line.contains("2024-02")).unwrap();
        assert!(february.contains(mark), "{more}: {text}");
        assert!(text.contains("* not complete yet"), "{more}: {text}");
    }
    let chinese = world.run(&format!("{ask} --language zh")).succeeds().text();
    assert!(chinese.contains("* 尚未完整") && !chinese.contains("not complete"), "{chinese}");
}

#[test]
fn the_zone_of_the_configuration_is_the_zone_of_a_question_that_names_none() {
    let world = World::with_orders();
    world.write("perennial.toml", "data = \"shop\"\nzone = \"Asia/Shanghai\"\n");
    let question = QUESTION.replace(r#""zone":"UTC","#, "");
    world.write("question.json", question);
    let asked = "ask retention --question question.json --format json";
    let answer = world.run(&format!("--config perennial.toml {asked}")).json();
    // One second before midnight UTC is February in Shanghai.
    assert_eq!(answer["cohorts"][0]["size"], 2);
    assert_eq!(answer["cohorts"][1]["size"], 2);
    let flag = world.run(&format!("--config perennial.toml {asked} --zone UTC")).json();
    assert_eq!(flag["cohorts"][0]["size"], 3);
}

#[test]
fn the_buckets_of_a_new_workspace_are_a_flag_a_variable_and_a_key() {
    let question = "select count(distinct bucket) <= 3 few, max(bucket) < 3 small from events";
    let few = |world: &World| {
        let ran = world.run_with("sql --data shop --format csv", &[question], b"");
        assert_eq!(ran.succeeds().text(), "few,small\ntrue,true\n");
    };
    let mut rows = "customer,ts,order_id,amount\n".to_owned();
    for n in 0..60 {
        rows.push_str(&format!("c{n},2024-01-05,o{n},1\n"));
    }
    for how in ["flag", "variable", "key"] {
        let world = World::new();
        world.write("many.csv", &rows);
        world.write("perennial.toml", "buckets = 3\n");
        let mut command = match how {
            "flag" => world.command("import --buckets 3"),
            "variable" => world.command("import"),
            _ => world.command("--config perennial.toml import"),
        };
        if how == "variable" {
            command.env("PERENNIAL_BUCKETS", "3");
        }
        command.args(["--data", "shop", "--preset", "orders", "many.csv"]);
        crate::harness::run(command, b"").succeeds();
        few(&world);
    }
    let world = World::new();
    world.write("many.csv", &rows);
    world.run("import --data shop --buckets 0 --preset orders many.csv").exits(2);
}
