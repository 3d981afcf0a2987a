//! Compaction, sweep, undo, replacement, locks, spilling: no row changes but those meant to.

use std::sync::Arc;

use perennial_engine::source::RunSource;
use perennial_store::ImportState;
use tokio_util::sync::CancellationToken;

use super::harness::{World, options, request, rows_of};
use crate::{Access, Lake, LakeError, MAX_FILES};

fn day(number: u32) -> String {
    let rows: String = (0..40)
        .map(|customer| {
            format!(
                "c{customer},2024-01-{number:02} 08:00:{:02},visit,{customer}.25\n",
                customer % 60
            )
        })
        .collect();
    format!("customer,ts,event,amount\n{rows}")
}

#[tokio::test(flavor = "multi_thread")]
async fn compaction_changes_no_row_and_disturbs_no_reader() {
    let world = World::new(2).await;
    for number in 1..=9 {
        world.import(&day(number)).await.unwrap();
    }
    let before = world.lake.snapshot().await.unwrap();
    let rows = world.rows().await;
    assert_eq!(rows.len(), 360);
    assert_eq!(world.files().len(), 18);
    let compacted = world.lake.compact(0).await.unwrap();
    assert_eq!(compacted.n_files_out, 2);
    let after = world.lake.snapshot().await.unwrap();
    assert!(after.view().files.len() <= 2 * MAX_FILES);
    assert_eq!(rows_of(&after).await.unwrap(), rows);
    assert_eq!(world.lake.compact(0).await.unwrap(), crate::Compacted::default());
    // The old snapshot is being read: nothing of it is deleted, however old it is.
    assert_eq!(world.lake.sweep(0).await.unwrap().n_expired, 0);
    assert_eq!(rows_of(&before).await.unwrap(), rows);
    drop(before);
    let n_files = world.files().len() as u64;
    world.lake.sweep(0).await.unwrap();
    assert_eq!(
        world.lake.sweep(0).await.unwrap().n_expired + n_files - compacted.n_files_in,
        world.files().len() as u64
    );
    assert_eq!(world.files().len(), after.view().files.len());
    assert_eq!(world.rows().await, rows);
    world.assert_sound().await;
    // Ids are still found in compacted files.
    assert_eq!(world.import(&day(3)).await.unwrap().counts.duplicate, 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_grace_period_keeps_files_for_other_processes() {
    let world = World::new(1).await;
    for number in 1..=5 {
        world.import(&day(number)).await.unwrap();
    }
    world.lake.compact(0).await.unwrap();
    let n_files = world.files().len();
    assert_eq!(world.lake.sweep(3_600_000_000).await.unwrap().n_expired, 0);
    assert_eq!(world.lake.sweep(3_600_000_000).await.unwrap().n_expired, 0);
    assert_eq!(world.files().len(), n_files);
}

#[tokio::test(flavor = "multi_thread")]
async fn undo_takes_back_exactly_one_import() {
    let world = World::new(2).await;
    world.import(&day(1)).await.unwrap();
    let rows = world.rows().await;
    let second = world.import(&day(2)).await.unwrap();
    let undone = world.lake.undo(&second.id).await.unwrap();
    assert_eq!((undone.n_rows, undone.n_files), (40, 2));
    assert_eq!(world.rows().await, rows);
    assert!(matches!(
        world.lake.undo(&second.id).await,
        Err(LakeError::NotUndoable { state: "undone", .. })
    ));
    assert!(matches!(world.lake.undo("nobody").await, Err(LakeError::NoImport(_))));
    // Out of compacted files, too.
    let third = world.import(&day(3)).await.unwrap();
    for number in 4..=6 {
        world.import(&day(number)).await.unwrap();
    }
    let mut expected = world.rows().await;
    expected.retain(|row| !row.starts_with("2024-01-03"));
    world.lake.compact(0).await.unwrap();
    let undone = world.lake.undo(&third.id).await.unwrap();
    assert_eq!(undone.n_rows, 40);
    assert_eq!(world.rows().await, expected);
    assert_eq!(world.import(&day(3)).await.unwrap().counts.accepted, 40);
    world.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_import_leaves_in_the_commit_that_brings_its_successor() {
    let world = World::new(2).await;
    let wrong =
        world.import("customer,ts,event\na,2024-01-01,viist\nb,2024-01-01,visit\n").await.unwrap();
    world.import("customer,ts,event\nc,2024-01-01,visit\n").await.unwrap();
    let mut again = request(
        "customer,ts,event\na,2024-01-01,visit\nb,2024-01-01,visit\nc,2024-01-01,visit\n",
        options(),
    );
    again.replaces = Some(wrong.id.clone());
    let right = world.lake.ingest(again, Arc::new(()), CancellationToken::new()).await.unwrap();
    assert_eq!((right.counts.accepted, right.counts.duplicate), (2, 1));
    let rows = world.rows().await;
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row.contains("|visit|")), "{rows:?}");
    let imports = world.lake.imports().await.unwrap();
    let state = |id: &str| imports.iter().find(|import| import.id == id).unwrap().state;
    assert_eq!((state(&wrong.id), state(&right.id)), (ImportState::Undone, ImportState::Done));
    let mut never = request("customer,ts,event\na,2024-01-01,visit\n", options());
    never.replaces = Some(wrong.id);
    let refused = world.lake.ingest(never, Arc::new(()), CancellationToken::new()).await;
    assert!(matches!(refused, Err(LakeError::Replaced { .. })));
    world.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_writes_and_others_read_beside_it() {
    let world = World::new(1).await;
    world.import(&day(1)).await.unwrap();
    world.lake.announce(Some("127.0.0.1:4040".to_owned())).unwrap();
    let second = Lake::open(world.folder.path(), None, super::harness::access(1)).await;
    let Err(LakeError::Locked { holder, .. }) = second else { panic!("two writers") };
    assert_eq!((holder.pid, holder.role.as_str()), (std::process::id(), "test"));
    assert_eq!(holder.address.as_deref(), Some("127.0.0.1:4040"));
    assert_eq!(crate::holder(world.lake.folder()).unwrap(), Some(holder));
    let reader = Lake::open(world.folder.path(), None, Access::Read).await.unwrap();
    assert_eq!(rows_of(&reader.snapshot().await.unwrap()).await.unwrap(), world.rows().await);
    world.import(&day(2)).await.unwrap();
    assert_eq!(reader.snapshot().await.unwrap().facts().n_rows, 80);
    assert!(matches!(reader.flush().await, Err(LakeError::ReadOnly)));
    let nowhere = Lake::open(&world.folder.path().join("nowhere"), None, Access::Read).await;
    assert!(matches!(nowhere, Err(LakeError::NoLake(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_refuses_a_catalog_that_is_not_its_own() {
    let world = World::new(1).await;
    world.import(&day(1)).await.unwrap();
    let n_files = world.files().len();
    let World { folder, lake, .. } = world;
    lake.close().await;
    drop(lake);
    for name in std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()) {
        if name.file_name().unwrap().to_string_lossy().starts_with("perennial.db") {
            std::fs::remove_file(name).unwrap();
        }
    }
    let opened = Lake::open(folder.path(), None, super::harness::access(1)).await;
    assert!(matches!(opened, Err(LakeError::OtherWorkspace { .. })));
    let events = folder.path().join(crate::EVENTS);
    let left: usize = std::fs::read_dir(events)
        .unwrap()
        .map(|bucket| std::fs::read_dir(bucket.unwrap().path()).unwrap().count())
        .sum();
    assert_eq!(left, n_files);
}

#[tokio::test(flavor = "multi_thread")]
async fn spilled_rows_are_the_same_rows() {
    let csv: String = (0..60_000)
        .map(|row| {
            format!(
                "c{},2024-01-01 00:{:02}:{:02},visit,{}.5,p{}\n",
                row % 700,
                row % 60,
                row % 7,
                row % 1000,
                row % 13
            )
        })
        .collect();
    let csv = format!("customer,ts,event,amount,page\n{csv}");
    let plain = World::new(3).await;
    let counts = plain.import(&csv).await.unwrap().counts;
    let spilling = World::new(3).await;
    let mut small = request(&csv, options());
    small.memory_bytes = 200_000;
    let spilled =
        spilling.lake.ingest(small, Arc::new(()), CancellationToken::new()).await.unwrap();
    assert!(spilled.n_files > 10, "{}", spilled.n_files);
    assert_eq!(spilled.counts, counts);
    assert_eq!(spilling.rows().await, plain.rows().await);
    assert_eq!(std::fs::read_dir(spilling.lake.folder().tmp()).unwrap().count(), 0);
    spilling.assert_sound().await;
    assert_eq!(spilling.import(&csv).await.unwrap().counts.duplicate, counts.accepted);
}
