//! SQL reads, and only reads, and never more than it may.

use crate::harness::{Ran, World};

fn query(world: &World, sql: &str) -> Ran {
    world.run_with("sql --data shop --format json", &[sql], b"")
}

#[test]
fn the_views_hold_what_was_imported() {
    let world = World::with_orders();
    let rows =
        query(&world, "select count(*) n, sum(amount) s, count(distinct customer) c from events")
            .json();
    assert_eq!(rows, serde_json::json!([{ "n": 8, "s": "70.0000", "c": 4 }]));
    let orders = query(&world, "select count(*) n, max(n_lines) most from orders").json();
    assert_eq!(orders, serde_json::json!([{ "n": 7, "most": 2 }]));
    let ids = query(&world, "select outside_id from customers order by 1").json();
    assert_eq!(ids[0]["outside_id"], "ann");
    let piped = world.run_with("sql --data shop --format csv -", &[], b"select 1 as one");
    assert_eq!(piped.succeeds().text(), "one\n1\n");
}

#[test]
fn nothing_that_writes_or_reads_elsewhere_runs() {
    let world = World::with_orders();
    for sql in [
        "drop table events",
        "insert into events select * from events",
        "copy events to 'out.csv'",
        "create external table t stored as csv location 'orders.csv'",
        "create table t as select 1",
        "set datafusion.execution.batch_size = 1",
        "select 1; select 2",
        "explain analyze select 1",
        "",
    ] {
        query(&world, sql).fails(2, &["error: "]);
    }
    for sql in [
        "select * from 'orders.csv'",
        "select * from '/etc/passwd'",
        "select * from ducklake_data_file",
    ] {
        query(&world, sql).fails(2, &["not found"]);
    }
    query(&world, "select no_such_column from events").fails(2, &["no_such_column"]);
    assert!(!world.path("out.csv").exists());
    assert_eq!(query(&world, "select count(*) n from events").json()[0]["n"], 8);
}

#[test]
fn a_query_without_end_is_stopped_and_a_long_result_is_cut_and_says_so() {
    let world = World::with_orders();
    let endless =
        "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n";
    let ran = world.run_with("sql --data shop --timeout 2", &[endless], b"");
    ran.fails(2, &["2 s"]);
    let cut = world
        .run_with("sql --data shop --rows 3 --format csv", &["select ts from events"], b"")
        .succeeds();
    assert_eq!(cut.text().lines().count(), 4);
    assert!(cut.stderr.contains("truncated"), "{}", cut.stderr);
    let deep = format!("select {}1{}", "(".repeat(60), ")".repeat(60));
    query(&world, &deep).fails(2, &["too complex"]);
}
