//! The same commands with the operational database on PostgreSQL.

use perennial_store::DatabaseUrl;

use crate::harness::{ORDERS, QUESTION, World};

#[path = "../../../store/tests/it/postgres.rs"]
mod cluster;

#[test]
fn everything_works_with_the_catalog_on_postgresql() {
    let Some(cluster) = cluster::Cluster::start() else { return };
    let DatabaseUrl::Postgres(url) = cluster.new_database() else { panic!("not PostgreSQL") };
    let world = World::new();
    world.write("orders.csv", ORDERS);
    world.write("question.json", QUESTION);
    let run = |words: &str, more: &[&str]| {
        let more: Vec<&str> =
            more.iter().copied().chain(["--data", "shop", "--database", &url]).collect();
        world.run_with(words, &more, b"")
    };
    let import = "import --preset orders --format json orders.csv";
    let report = run(import, &[]).report();
    assert_eq!((report["accepted"].as_u64(), report["rejected"].as_u64()), (Some(8), Some(3)));
    assert!(!world.path("shop/perennial.db").exists());
    assert_eq!(run(import, &[]).report()["accepted"], 0);
    let answer = run("ask retention --question question.json --format json", &[]).json();
    assert_eq!(answer, World::with_orders().ask(), "the same as on SQLite");
    let counted = run("sql --format csv", &["select count(*) n, sum(amount) s from events"]);
    assert_eq!(counted.succeeds().text(), "n,s\n8,70.0000\n");
    run("flush", &[]).succeeds();
    let doctor = run("doctor", &[]).succeeds().text();
    assert!(doctor.contains("8 rows") && doctor.contains("no findings"), "{doctor}");
    let id = report["id"].as_str().unwrap();
    run("import undo", &[id]).succeeds();
    assert_eq!(run("sql --format csv", &["select count(*) n from events"]).text(), "n\n0\n");
    assert!(run("import list", &[]).succeeds().text().contains("undone"));
    // Files and catalog belong together; another catalog does not take the folder over.
    let DatabaseUrl::Postgres(other) = cluster.new_database() else { panic!("not PostgreSQL") };
    let foreign = ["--data", "shop", "--database", &other];
    world
        .run_with("import --preset orders orders.csv", &foreign, b"")
        .fails(1, &["another workspace"]);
    world.run("doctor --data shop --database postgres://nobody@127.0.0.1:1/none").exits(1);
}
