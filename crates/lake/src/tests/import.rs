//! What is imported is read back, and what need not be read is left out.

use std::sync::Arc;

use perennial_engine::source::{RunSource, ScanRequest};
use perennial_store::ImportState;
use perennial_types::event::Column;

use tokio_util::sync::CancellationToken;

use super::harness::{World, everything, options, request, scan};
use crate::LakeError;

const DAY: i64 = 86_400_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_imported_is_read_back() {
    let world = World::new(4).await;
    let imported = world
        .import("customer,ts,event,amount,color\na,2024-01-02 10:00:00,order,12.5,red\nb,2024-01-01,visit,,\na,2024-01-01,visit,,blue\n,2024-01-01,visit,,\n")
        .await
        .unwrap();
    assert_eq!(
        (imported.counts.read, imported.counts.accepted, imported.counts.rejected),
        (4, 3, 1)
    );
    assert!(imported.counts.is_balanced());
    let rows = world.rows().await;
    assert_eq!(rows.len(), 3);
    let order = rows.iter().find(|row| row.starts_with("2024-01-02T10:00:00Z|order|")).unwrap();
    assert!(order.contains("|12.5000|") && order.contains(r#"{"color":"red"}"#), "{order}");
    let facts = world.lake.snapshot().await.unwrap().facts();
    assert_eq!(facts.n_rows, 3);
    assert_eq!(
        facts.always_null,
        [Column::OrderId, Column::Currency, Column::Item, Column::Quantity, Column::Session]
    );
    let letters = world.lake.store().dead_letters(Some(&imported.id), 0, 10).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].letter.reason, "no_customer");
    let ids = world.lake.outside_ids(&[1, 2]).await.unwrap();
    assert_eq!(ids.iter().map(|id| id.outside_id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_lake_is_an_empty_source() {
    let world = World::new(3).await;
    let source = world.lake.snapshot().await.unwrap();
    assert_eq!(source.facts().n_rows, 0);
    let buckets = scan(&source, &everything()).await.unwrap();
    assert_eq!(buckets, vec![vec![]; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_and_row_groups_are_left_out_by_instant_and_name() {
    let world = World::new(1).await;
    world.import("customer,ts,event\na,2024-01-01,visit\nb,2024-01-03,order\n").await.unwrap();
    world.import("customer,ts,event\na,2024-02-01,visit\n").await.unwrap();
    let source = world.lake.snapshot().await.unwrap();
    let first = 1_704_067_200_000_000;
    let n_rows = async |events: Option<&[&str]>, ts: std::ops::Range<i64>| {
        let events = events.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        let request = ScanRequest { columns: vec![Column::Customer, Column::Ts], events, ts };
        let buckets = scan(&source, &request).await.unwrap();
        buckets.iter().flatten().map(|batch| batch.num_rows()).sum::<usize>()
    };
    assert_eq!(n_rows(None, i64::MIN..i64::MAX).await, 3);
    assert_eq!(n_rows(None, first..first + DAY).await, 2, "the row group of January");
    assert_eq!(n_rows(None, first + 30 * DAY..first + 60 * DAY).await, 1, "the file of February");
    assert_eq!(n_rows(None, first + 300 * DAY..first + 600 * DAY).await, 0);
    assert_eq!(n_rows(None, first..first).await, 0);
    assert_eq!(n_rows(Some(&["order"]), i64::MIN..i64::MAX).await, 2, "January only");
    assert_eq!(n_rows(Some(&["refund"]), i64::MIN..i64::MAX).await, 2, "between order and visit");
    assert_eq!(n_rows(Some(&["zzz"]), i64::MIN..i64::MAX).await, 0);
    assert_eq!(n_rows(Some(&[]), i64::MIN..i64::MAX).await, 0);
    // Instants between those of the row group: the file is opened, its group is not read.
    assert_eq!(n_rows(None, first + DAY..first + 3 * DAY).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_import_leaves_nothing_but_its_name() {
    let world = World::new(2).await;
    let cancel = CancellationToken::new();
    cancel.cancel();
    let csv = "customer,ts,event\na,2024-01-01,visit\n,2024-01-01,visit\n";
    let stopped = world.lake.ingest(request(csv, options()), Arc::new(()), cancel).await;
    assert!(matches!(stopped, Err(LakeError::Cancelled(name)) if name == "typed.csv"));
    assert!(world.rows().await.is_empty() && world.files().is_empty());
    let imports = world.lake.imports().await.unwrap();
    assert_eq!(imports[0].state, ImportState::Interrupted);
    assert_eq!(world.lake.store().count_dead_letters(None).await.unwrap(), 0);
    assert_eq!(world.import(csv).await.unwrap().counts.accepted, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_read_fails_as_a_whole() {
    let world = World::new(2).await;
    let broken = "customer,ts,event\na,2024-01-01,visit\nb,2024-01-01,\"visit\n";
    assert!(world.import(broken).await.is_err());
    assert!(world.rows().await.is_empty());
    let imports = world.lake.imports().await.unwrap();
    assert!(
        imports.iter().all(|import| import.state == ImportState::Failed && import.error.is_some())
    );
}
