//! Dashboards from the command line: files in and out, versions, every tile of one scan.

use serde_json::json;

use crate::harness::World;

const SHOP: &str = "\
# kept beside the code
name: shop
title: {en: The shop, zh: 店铺}
filters: {from: 2024-01-01, to: 2024-03-31, as_of: 2024-04-15T00:00:00Z, population: buyers}
tiles:
- {title: Who comes back, kind: retention, width: 12, question: {period: month, periods: 3, count: on}}
- {title: {en: Value classes, zh: 客户分层}, kind: rfm, show: table}
- {title: Ways, kind: path, question: {steps: 3}}
";

fn world() -> World {
    let world = World::with_orders();
    world.write("shop.yaml", SHOP);
    world
}

#[test]
fn the_overview_runs_on_any_data() {
    let world = World::with_orders();
    let text = world.run("dashboard run overview --data shop").succeeds().text();
    assert_eq!(text.matches("── ").count(), 8, "{text}");
    assert!(
        text.contains("── 3. Who comes back after the first month") && !text.contains("error: "),
        "{text}"
    );
    let chinese = world.run("dashboard run overview --data shop --language zh").succeeds().text();
    assert!(chinese.contains("── 3. 首月之后的回访"), "{chinese}");
    for (format, magic) in [("png", b"\x89PNG".as_slice()), ("xlsx", b"PK"), ("svg", b"<svg ")] {
        let ran =
            world.run(&format!("dashboard run overview --data shop --format {format}")).succeeds();
        assert!(ran.stdout.starts_with(magic), "{format}");
    }
    assert!(world.run("dashboard list --data shop").succeeds().text().contains("overview"));
}

#[test]
fn files_go_in_and_come_out_the_same() {
    let world = world();
    let said = world.run("dashboard import --data shop shop.yaml").succeeds().text();
    assert_eq!(said, "dashboard `shop`, version 1\n");
    let first = world.run("dashboard export shop --data shop").succeeds().text();
    world.write("again.yaml", &first);
    let said = world.run("dashboard import --data shop --replace again.yaml").succeeds().text();
    assert_eq!(said, "dashboard `shop`, version 1, unchanged\n");
    assert_eq!(world.run("dashboard export shop --data shop").succeeds().text(), first);
    world.run("dashboard import --data shop shop.yaml").fails(2, &["`shop` exists already"]);
    // Another name, another owner, as JSON.
    let json = world.run("dashboard export shop --data shop --format json").succeeds().text();
    world.write("shop.json", json);
    world.run("dashboard create copy --data shop --file shop.json --owner ann").succeeds();
    let list = world.run("dashboard list --data shop --format json").json();
    let known: Vec<_> =
        list.as_array().unwrap().iter().map(|one| (&one["name"], &one["owner"])).collect();
    assert_eq!(
        known,
        [
            (&json!("copy"), &json!("ann")),
            (&json!("overview"), &json!(null)),
            (&json!("shop"), &json!(null))
        ]
    );
    world.run("dashboard delete copy --data shop").succeeds();
    world.run("dashboard show copy --data shop").fails(2, &["no dashboard is called `copy`"]);
    world.run("dashboard delete overview --data shop").fails(2, &["`overview` is built in"]);
}

#[test]
fn all_files_are_taken_in_or_none() {
    let world = world();
    world.write("bad.yaml", SHOP.replace("name: shop", "name: bad").replace("steps: 3", "stps: 3"));
    let both = world.run("dashboard import --data shop shop.yaml bad.yaml");
    both.fails(2, &["tile 3 (`Ways`): `question`: unknown field `stps`"]);
    world.write("broken.yaml", "name: [");
    world
        .run("dashboard import --data shop shop.yaml broken.yaml")
        .fails(2, &["`broken.yaml`", "line 1, column"]);
    world
        .run("dashboard import --data shop shop.yaml shop.yaml")
        .fails(2, &["another of the files"]);
    world.write("nameless.yaml", SHOP.replace("name: shop\n", ""));
    world.run("dashboard import --data shop nameless.yaml").fails(2, &["`name` is missing"]);
    assert!(!world.run("dashboard list --data shop").succeeds().text().contains("shop"));
}

#[test]
fn every_version_is_kept_and_can_be_brought_back() {
    let world = world();
    world.run("dashboard create shop --data shop --file shop.yaml").succeeds();
    world.write("shop.yaml", SHOP.replace("The shop", "Our shop"));
    world.run("dashboard create shop --data shop --file shop.yaml --replace").succeeds();
    let history = world.run("dashboard history shop --data shop --format csv").succeeds().text();
    assert_eq!(history.lines().count(), 3, "{history}");
    assert!(
        history.lines().nth(1).unwrap().starts_with("2,") && history.contains("Our shop"),
        "{history}"
    );
    let old = world.run("dashboard export shop --version 1 --data shop").succeeds().text();
    assert!(old.contains("en: The shop"), "{old}");
    world.run("dashboard export shop --version 9 --data shop").fails(2, &["has no version `9`"]);
    let back =
        world.run_with("dashboard create shop --data shop --replace --file -", &[], old.as_bytes());
    assert_eq!(back.succeeds().text(), "dashboard `shop`, version 3\n");
}

#[test]
fn a_tile_is_what_ask_answers() {
    let world = world();
    let ran = world.run("dashboard run --file shop.yaml --data shop --format json").json();
    for tile in ran["tiles"].as_array().unwrap() {
        let question = tile["question"].to_string();
        world.write("tile.json", &question);
        let kind = tile["kind"].as_str().unwrap();
        let alone =
            world.run(&format!("ask {kind} --data shop --format json --question tile.json")).json();
        assert_eq!(tile["answer"], alone, "{question}");
        assert_eq!(
            (&tile["question"]["population"], &tile["question"]["from"]),
            (&json!("buyers"), &json!("2024-01-01"))
        );
    }
    let narrow = "dashboard run --file shop.yaml --data shop --format json --from 2024-02-01 --set week_start=sunday";
    let narrow = world.run_with(narrow, &["--who", "did order at least 2 times"], b"").json();
    assert_eq!(narrow["tiles"][0]["question"]["from"], "2024-02-01");
    assert_eq!(narrow["tiles"][0]["answer"]["who"]["n_customers"], 2);
    assert_eq!(narrow["tiles"][1]["left_out"], json!(["week_start"]));
    world
        .run("dashboard run --file shop.yaml --data shop --set fro=1")
        .fails(2, &["unknown field `fro`"]);
    world.run("dashboard run shopp --data shop").fails(2, &["no dashboard is called `shopp`"]);
}

#[test]
fn one_tile_takes_no_other_with_it_and_the_exit_code_tells() {
    let world = world();
    world.write("dollars.csv", "customer,ts,order_id,amount,currency\nann,2024-02-01,o20,1,USD\n");
    world.run("import --data shop --preset orders dollars.csv").succeeds();
    let text = world.run("dashboard run --file shop.yaml --data shop").succeeds().text();
    assert!(text.contains("refused: amounts in `EUR`, `USD`") && text.contains("hint: "), "{text}");
    assert!(text.contains("2024-02") && text.contains("── 3. Ways"), "{text}");
    world.write("shop.yaml", SHOP.replace("steps: 3", "steps: 99"));
    let text = world.run("dashboard run --file shop.yaml --data shop").exits(2).text();
    assert!(text.contains("error: ") && text.contains("2024-02"), "{text}");
    world.write("shop.yaml", SHOP.replace("kind: path,", "kind: path, place: 7,"));
    let text = world.run("dashboard run --file shop.yaml --data shop").exits(2).text();
    assert!(text.contains("`place` is `7`"), "{text}");
    let svg = world
        .run("dashboard run --file shop.yaml --data shop --format svg --language zh")
        .exits(2)
        .text();
    assert!(svg.contains("客户分层"), "{svg}");
}

#[test]
fn the_configured_zone_is_that_of_tiles_that_say_none() {
    let world = world();
    world.write("perennial.toml", "data = \"shop\"\nzone = \"Asia/Shanghai\"\n");
    let ran = "--config perennial.toml dashboard run --file shop.yaml --format json";
    assert_eq!(world.run(ran).json()["tiles"][0]["question"]["zone"], "Asia/Shanghai");
    assert_eq!(
        world.run(&format!("{ran} --zone UTC")).json()["tiles"][0]["question"]["zone"],
        "UTC"
    );
    world.write("shop.yaml", SHOP.replace("filters: {", "filters: {zone: Europe/Berlin, "));
    assert_eq!(world.run(ran).json()["tiles"][0]["question"]["zone"], "Europe/Berlin");
}
