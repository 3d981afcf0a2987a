//! Scores of days: added whole or not at all, once, beside the events and as durable as they.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::{Date, date};
use perennial_engine::sql::{self, Limits};
use serde_json::json;

use super::harness::World;
use crate::{DayValues, Lake, LakeError, Result, STEPS, Scored};

const FIRST: Date = date(2024, 1, 31);

fn risk(of: &[(i64, Option<f64>)]) -> DayValues {
    DayValues {
        name: "risk".to_owned(),
        customers: of.iter().map(|(customer, _)| *customer).collect(),
        values: of.iter().map(|(_, value)| *value).collect(),
        texts: None,
        detail: json!({"mean": 0.5}),
    }
}

fn tier(of: &[(i64, &str)]) -> DayValues {
    DayValues {
        name: "tier".to_owned(),
        customers: of.iter().map(|(customer, _)| *customer).collect(),
        values: vec![None; of.len()],
        texts: Some(of.iter().map(|(_, text)| Some((*text).to_owned())).collect()),
        detail: json!({}),
    }
}

/// The rows of a query over `customer_day`, cells joined by `|`.
async fn query(lake: &Lake, query: &str) -> Vec<String> {
    let limits = Limits {
        memory_bytes: 1 << 28,
        spill_folder: std::env::temp_dir(),
        spill_bytes: 1 << 20,
        n_rows: 10_000,
        result_bytes: 1 << 20,
    };
    let source = Arc::new(lake.snapshot().await.unwrap());
    let tables = vec![lake.score_table().await.unwrap()];
    let result = sql::run(source, tables, query, &limits).await.unwrap();
    let mut rows = Vec::new();
    for batch in &result.batches {
        let options = arrow::util::display::FormatOptions::default();
        for row in 0..batch.num_rows() {
            let cells = batch.columns().iter().map(|column| {
                let cells = arrow::util::display::ArrayFormatter::try_new(column, &options);
                cells.unwrap().value(row).to_string()
            });
            rows.push(cells.collect::<Vec<_>>().join("|"));
        }
    }
    rows
}

const ALL: &str =
    "select customer, day, name, value, text, model from customer_day order by day, name, customer";

/// Every file in the folder of the table.
fn files(world: &World) -> Vec<PathBuf> {
    let Ok(found) = std::fs::read_dir(world.lake.folder().scores()) else { return Vec::new() };
    found.map(|file| file.unwrap().path()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_scored_is_there_by_customer_and_day() {
    let world = World::new(2).await;
    assert_eq!(query(&world.lake, "select count(*) from customer_day").await, ["0"]);
    let values = [(9, Some(0.25)), (2, Some(0.75)), (5, None)];
    let both = vec![risk(&values), tier(&[(2, "gold"), (9, "铜")])];
    let scored = world.lake.put_scores(FIRST, "churn@1", both).await.unwrap();
    assert_eq!((scored.added.len(), scored.n_rows, scored.sequence), (2, 5, Some(1)));
    let next = vec![risk(&[(2, Some(0.5))])];
    world.lake.put_scores(date(2024, 2, 1), "churn@1", next).await.unwrap();
    let expected = [
        "2|2024-01-31|risk|0.75||churn@1",
        "5|2024-01-31|risk|||churn@1",
        "9|2024-01-31|risk|0.25||churn@1",
        "2|2024-01-31|tier||gold|churn@1",
        "9|2024-01-31|tier||铜|churn@1",
        "2|2024-02-01|risk|0.5||churn@1",
    ];
    assert_eq!(query(&world.lake, ALL).await, expected);
    let of_day = "select sum(value), count(*) from customer_day where name = 'risk' and day = date '2024-01-31'";
    assert_eq!(query(&world.lake, of_day).await, ["1.0|3"]);
    world.assert_sound().await;
    let world = world.restart().await;
    assert_eq!(query(&world.lake, ALL).await, expected);
    assert_eq!(files(&world).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_version_adds_nothing_twice_and_a_later_one_is_in_force() {
    let world = World::new(1).await;
    let put = async |model: &str, value: f64| {
        let days = vec![risk(&[(1, Some(value)), (2, Some(value))])];
        world.lake.put_scores(FIRST, model, days).await.unwrap()
    };
    put("churn@1", 0.1).await;
    let again = put("churn@1", 0.9).await;
    assert_eq!(again, Scored { known: vec!["risk".to_owned()], ..Scored::default() });
    assert_eq!(files(&world).len(), 1);
    // Somebody who is in the earlier scoring only is no longer scored.
    let later = vec![risk(&[(2, Some(0.7))])];
    world.lake.put_scores(FIRST, "churn@2", later).await.unwrap();
    let rows = query(&world.lake, "select customer, value, model from customer_day").await;
    assert_eq!(rows, ["2|0.7|churn@2"]);
    assert_eq!(world.lake.scores().await.unwrap().scorings.len(), 2, "both are kept");
    let nobody = world.lake.put_scores(date(2024, 2, 1), "churn@2", vec![risk(&[])]).await.unwrap();
    assert_eq!(nobody, Scored { empty: vec!["risk".to_owned()], ..Scored::default() });
    world.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_is_none_is_named_and_nothing_is_added() {
    let world = World::new(1).await;
    let good = tier(&[(1, "gold")]);
    let mut short = risk(&[(1, Some(0.5)), (2, Some(0.5))]);
    short.values.pop();
    for (wrong, row) in [
        (risk(&[(1, Some(0.5)), (2, Some(f64::NAN))]), 1),
        (risk(&[(1, Some(f64::INFINITY))]), 0),
        (risk(&[(1, None), (2, None), (1, Some(0.5))]), 2),
        (risk(&[(0, Some(0.5))]), 0),
        (short, 1),
    ] {
        let error = world.lake.put_scores(FIRST, "churn@1", vec![good.clone(), wrong]).await;
        let error = error.unwrap_err();
        assert!(matches!(&error, LakeError::BadScore { row: at, .. } if *at == row), "{error}");
    }
    assert_eq!(world.lake.scores().await.unwrap().scorings, []);
    assert!(files(&world).is_empty());
    let beside = Lake::open(world.folder.path(), None, crate::Access::Read).await.unwrap();
    let refused = beside.put_scores(FIRST, "churn@1", vec![good]).await;
    assert!(matches!(refused, Err(LakeError::ReadOnly)));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_come_go_and_move_without_a_score_being_touched() {
    let world = World::new(2).await;
    for day in 1..=6 {
        let csv = format!("customer,ts,event\na,2024-01-0{day},visit\nb,2024-01-0{day},visit\n");
        world.import(&csv).await.unwrap();
        let days = vec![risk(&[(1, Some(0.1)), (2, None)])];
        world.lake.put_scores(date(2024, 1, day), "churn@1", days).await.unwrap();
    }
    let (rows, events) = (query(&world.lake, ALL).await, world.rows().await);
    assert_eq!((rows.len(), events.len()), (12, 12));
    world.lake.compact(0).await.unwrap();
    world.lake.sweep(0).await.unwrap();
    world.lake.sweep(0).await.unwrap();
    assert_eq!((query(&world.lake, ALL).await, world.rows().await), (rows.clone(), events));
    let imports = world.lake.imports().await.unwrap();
    world.lake.undo(&imports[0].id).await.unwrap();
    world.lake.sweep(0).await.unwrap();
    world.lake.sweep(0).await.unwrap();
    assert_eq!(query(&world.lake, ALL).await, rows);
    world.assert_sound().await;
    assert_eq!(files(&world).len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_scoring_is_there_as_a_whole_or_not_at_all() {
    let put = async |world: &World| -> Result<Scored> {
        let days = vec![risk(&[(1, Some(0.5)), (3, None)]), tier(&[(1, "gold")])];
        world.lake.put_scores(FIRST, "churn@1", days).await
    };
    let mut n_kills = 0;
    for step in STEPS {
        for n_passes in 0..2 {
            let world = World::new(1).await;
            world.failures.arm(step, n_passes);
            let done = put(&world).await;
            if !world.failures.is_dead() {
                done.unwrap();
                continue;
            }
            n_kills += 1;
            let is_acknowledged = done.is_ok();
            let world = world.restart().await;
            let n_rows = query(&world.lake, ALL).await.len();
            assert!(
                n_rows == 3 || (n_rows == 0 && !is_acknowledged),
                "{step} {n_passes}: {n_rows}"
            );
            world.assert_sound().await;
            put(&world).await.unwrap();
            assert_eq!(query(&world.lake, ALL).await.len(), 3, "{step} {n_passes}: again");
            assert_eq!(files(&world).len(), 2, "{step} {n_passes}: orphans");
            world.assert_sound().await;
        }
    }
    assert!(n_kills >= 10, "{n_kills}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_score_is_found_and_never_read() {
    let world = World::new(1).await;
    let values: Vec<(i64, Option<f64>)> =
        (1..=500).map(|customer| (customer, Some(1.0 / customer as f64))).collect();
    world.lake.put_scores(FIRST, "churn@1", vec![risk(&values)]).await.unwrap();
    let file = files(&world).remove(0);
    let bytes = std::fs::read(&file).unwrap();
    let find = async || -> Vec<(&'static str, String)> {
        let checkup = world.lake.doctor(|_, _| {}).await.unwrap();
        checkup.findings.into_iter().map(|finding| (finding.code, finding.place)).collect()
    };
    for offset in (0..bytes.len()).step_by(211) {
        let mut flipped = bytes.clone();
        flipped[offset] ^= 1;
        std::fs::write(&file, &flipped).unwrap();
        let found = find().await;
        let is_it = |(code, place): &(&str, String)| {
            *code == "sha256" && place.starts_with("customer_day/")
        };
        assert!(found.iter().any(is_it), "{offset}: {found:?}");
    }
    let fresh = Lake::open(world.folder.path(), None, crate::Access::Read).await.unwrap();
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    std::fs::write(&file, &flipped).unwrap();
    let table = fresh.score_table().await.unwrap();
    let source = Arc::new(fresh.snapshot().await.unwrap());
    let limits = Limits {
        memory_bytes: 1 << 28,
        spill_folder: std::env::temp_dir(),
        spill_bytes: 1 << 20,
        n_rows: 10,
        result_bytes: 1 << 20,
    };
    let error = sql::run(source, vec![table], "select sum(value) from customer_day", &limits).await;
    assert!(error.unwrap_err().to_string().contains("damaged"));
    std::fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
    assert_eq!(find().await[0].0, "size");
    std::fs::remove_file(&file).unwrap();
    assert_eq!(find().await[0].0, "missing");
    std::fs::write(&file, &bytes).unwrap();
    assert_eq!(find().await, []);
}
