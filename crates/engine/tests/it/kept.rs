//! Columns kept in memory: whatever is kept, folds see the same rows.

use std::sync::Arc;

use perennial_engine::cache::{CachedSource, ColumnCache};
use perennial_engine::error::EngineError;
use perennial_engine::fold::Fold;
use perennial_engine::memory::MemorySource;
use perennial_engine::source::{RunScan, RunSource, ScanRequest, SourceFacts};
use perennial_testkit::{Layout, block_on, scenes, session, worlds};
use proptest::prelude::*;

use crate::shared_scan::{Census, found};

/// Rows in memory whose partitions have keys, as files have.
#[derive(Debug)]
struct Keyed {
    rows: MemorySource,
    n_partitions: usize,
}

impl RunSource for Keyed {
    fn facts(&self) -> SourceFacts {
        self.rows.facts()
    }

    fn partition_keys(&self) -> Option<Vec<Option<u64>>> {
        // The first partition stands for rows not yet in a file.
        Some((0..self.n_partitions as u64).map(|key| (key > 0).then_some(key)).collect())
    }

    fn scan(&self, request: &ScanRequest) -> Result<RunScan, EngineError> {
        self.rows.scan(request)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_are_the_same_from_memory_with_room_for_all_or_some(
        world in scenes().prop_flat_map(worlds),
        capacity in prop_oneof![Just(usize::MAX), 200_usize..4_000],
    ) {
        let folds: Vec<Arc<dyn Fold>> = vec![Arc::new(Census { event: "order" })];
        for layout in Layout::ALL {
            let plain = world.memory(layout);
            let expected = block_on(async { session().run(&plain, &folds).await }).expect("partials");
            let n_partitions = layout.n_buckets * layout.n_partitions;
            let keyed = Arc::new(Keyed { rows: world.memory(layout), n_partitions });
            let cache = Arc::new(ColumnCache::new(capacity));
            let cached = CachedSource::new(keyed, cache.clone());
            for time in 1..=3 {
                let partials = block_on(async { session().run(&cached, &folds).await }).expect("partials");
                prop_assert_eq!(found(&partials[0]), found(&expected[0]), "time {} in {:?}", time, layout);
                prop_assert!(cache.n_bytes() <= capacity);
            }
        }
    }
}
