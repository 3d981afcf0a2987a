//! What was known at a sequence never grows, whatever is being imported meanwhile.

use std::sync::{Arc, Mutex};

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use perennial_types::event::Column;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::harness::{World, everything, options, request, scan};
use crate::{LakeSource, Step, Watch};

/// Sequences of the rows of a snapshot, sorted.
async fn sequences(source: &LakeSource) -> Vec<i64> {
    let mut all = Vec::new();
    for batch in scan(source, &everything()).await.unwrap().into_iter().flatten() {
        all.extend(batch.column(Column::Sequence as usize).as_primitive::<Int64Type>().values());
    }
    all.sort_unstable();
    all
}

/// While the files of an import are written: accepts a row and looks.
struct Between {
    world: Arc<World>,
    runtime: Handle,
    seen: Mutex<Option<LakeSource>>,
}

impl Watch for Between {
    fn at(&self, step: Step) {
        let mut seen = self.seen.lock().unwrap();
        if matches!(step, Step::Writing { .. }) && seen.is_none() {
            let look = async {
                let row = "id,customer,ts,event\nm9,a,2024-01-09,visit\n";
                self.world.accept(row).await.unwrap();
                self.world.lake.snapshot().await.unwrap()
            };
            *seen = Some(self.runtime.block_on(look));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_an_import_never_come_below_what_was_known() {
    let world = Arc::new(World::new(2).await);
    world.import("customer,ts,event\na,2024-01-01,visit\n").await.unwrap();
    let before = world.lake.snapshot().await.unwrap();
    let watch = Arc::new(Between {
        world: world.clone(),
        runtime: Handle::current(),
        seen: Mutex::default(),
    });
    let rows = "customer,ts,event\na,2024-01-02,visit\nb,2024-01-03,visit\n";
    let cancel = CancellationToken::new();
    world.lake.ingest(request(rows, options()), watch.clone(), cancel).await.unwrap();
    let between = watch.seen.lock().unwrap().take().expect("something was written");
    let after = world.lake.snapshot().await.unwrap();

    // The accepted row is seen at once, beyond what is known; the import's rows come below it.
    // Rows of an import have the sequences of their lines, the header's included.
    assert_eq!(sequences(&before).await, [2]);
    assert_eq!(sequences(&between).await, [2, 6]);
    assert_eq!(sequences(&after).await, [2, 4, 5, 6]);
    assert_eq!((before.known_at(), between.known_at(), after.known_at()), (2, 2, 6));
    for earlier in [&before, &between] {
        let known = |all: Vec<i64>| -> Vec<i64> {
            all.into_iter().filter(|sequence| *sequence <= earlier.known_at()).collect()
        };
        assert_eq!(known(sequences(earlier).await), known(sequences(&after).await));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_failed_holds_nothing_back() {
    let world = World::new(2).await;
    world.failures.arm("before_commit", 0);
    let rows = "customer,ts,event\na,2024-01-02,visit\n";
    world.import(rows).await.unwrap_err();
    let world = world.restart().await;
    let source = world.lake.snapshot().await.unwrap();
    assert_eq!((sequences(&source).await, source.known_at()), (vec![], 2));
    world.import(rows).await.unwrap();
    let source = world.lake.snapshot().await.unwrap();
    assert_eq!((sequences(&source).await, source.known_at()), (vec![4], 4));
}
