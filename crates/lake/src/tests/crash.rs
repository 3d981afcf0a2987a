//! A kill at any durable step leaves all or nothing, and doing it again mends it.

use super::harness::World;
use crate::{Result, STEPS};

const FIRST: &str =
    "id,customer,ts,event\n1,a,2024-01-01,visit\n2,b,2024-01-01,visit\n3,c,2024-01-01,visit\n";
const SECOND: &str =
    "id,customer,ts,event\n4,a,2024-01-02,visit\n5,b,2024-01-02,visit\n6,d,2024-01-02,visit\n";

/// Something the lake is killed in the middle of.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Work {
    Import,
    Accept,
    Flush,
    Compact,
    Undo,
    Sweep,
}

impl Work {
    /// What has to be there before.
    async fn prepare(self, world: &World) {
        world.import_with_ids(FIRST).await.unwrap();
        match self {
            Work::Import | Work::Accept => {}
            Work::Flush => world.accept(SECOND).await.unwrap(),
            Work::Compact | Work::Sweep => {
                for row in 4..9 {
                    let csv = format!(
                        "id,customer,ts,event\n{row},a,2024-01-02,visit\n{row},c{row},2024-01-02,visit\n"
                    );
                    world.import_with_ids(&csv).await.unwrap();
                }
            }
            Work::Undo => drop(world.import_with_ids(SECOND).await.unwrap()),
        }
        if self == Work::Sweep {
            world.lake.compact(0).await.unwrap();
            world.lake.sweep(0).await.unwrap();
            world.import_with_ids("id,customer,ts,event\n9,z,2024-01-05,visit\n").await.unwrap();
        }
    }

    async fn run(self, world: &World) -> Result<()> {
        match self {
            Work::Import => world.import_with_ids(SECOND).await.map(drop),
            Work::Accept => world.accept(SECOND).await,
            Work::Flush => world.lake.flush().await.map(drop),
            Work::Compact => world.lake.compact(0).await.map(drop),
            Work::Undo => {
                let imports = world.lake.imports().await?;
                match world.lake.undo(&imports[0].id).await {
                    Err(crate::LakeError::NotUndoable { state: "undone", .. }) => Ok(()),
                    done => done.map(drop),
                }
            }
            Work::Sweep => world.lake.sweep(0).await.map(drop),
        }
    }
}

/// Kills the work at every step, the first and later times it is passed. After a restart there is
/// what was there before or what is there after it, and doing it again gives the latter.
async fn kill_everywhere(work: Work) {
    let undisturbed = World::new(1).await;
    work.prepare(&undisturbed).await;
    let before = undisturbed.rows().await;
    work.run(&undisturbed).await.unwrap();
    let after = undisturbed.rows().await;
    let mut n_kills = 0;
    for step in STEPS {
        for n_passes in 0..3 {
            let world = World::new(1).await;
            work.prepare(&world).await;
            world.failures.arm(step, n_passes);
            let done = work.run(&world).await;
            if !world.failures.is_dead() {
                done.unwrap();
                continue;
            }
            n_kills += 1;
            let is_acknowledged = done.is_ok();
            let world = world.restart().await;
            let found = world.rows().await;
            assert!(
                found == after || (found == before && !is_acknowledged),
                "{work:?} {step} {n_passes}: {found:?}"
            );
            world.assert_sound().await;
            if work != Work::Sweep {
                world.lake.sweep(i64::MAX / 2).await.unwrap();
            }
            work.run(&world).await.unwrap();
            assert_eq!(world.rows().await, after, "{work:?} {step} {n_passes}: again");
            world.assert_sound().await;
            // Nothing lies about that nobody knows.
            let known = world.lake.store().all_paths().await.unwrap().len();
            assert_eq!(world.files().len(), known, "{work:?} {step} {n_passes}: orphans");
        }
    }
    assert!(n_kills >= 2, "{work:?}: {n_kills}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_import_is_there_as_a_whole_or_not_at_all() {
    kill_everywhere(Work::Import).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_rows_survive_a_kill_while_accepting() {
    kill_everywhere(Work::Accept).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_flush_loses_and_doubles_nothing() {
    kill_everywhere(Work::Flush).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_compaction_changes_nothing() {
    kill_everywhere(Work::Compact).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_undo_is_done_or_not() {
    kill_everywhere(Work::Undo).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_sweep_deletes_nothing_that_is_needed() {
    kill_everywhere(Work::Sweep).await;
}
