//! A world as a source of rows, in any layout.

use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::error::EngineError;
use perennial_engine::memory::MemorySource;
use perennial_engine::order::{OrderFound, OutsideOrder};
use perennial_engine::source::{RunScan, RunSource, ScanRequest, SourceFacts};

use crate::batches::batch;
use crate::event::{Event, World};

/// How rows are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Buckets; a customer stands in one of them.
    pub n_buckets: usize,
    /// Sorted partitions of each bucket; a customer may stand in all of them.
    pub n_partitions: usize,
    /// Most rows of one batch.
    pub batch_rows: usize,
}

impl Layout {
    /// Everything in one batch.
    pub const ONE: Layout = Layout { n_buckets: 1, n_partitions: 1, batch_rows: usize::MAX };

    /// Layouts that differ in every way: each test of an answer runs in all of them.
    pub const ALL: [Layout; 5] = [
        Layout::ONE,
        Layout { n_buckets: 1, n_partitions: 1, batch_rows: 1 },
        Layout { n_buckets: 3, n_partitions: 1, batch_rows: 4 },
        Layout { n_buckets: 1, n_partitions: 3, batch_rows: 3 },
        Layout { n_buckets: 4, n_partitions: 2, batch_rows: 2 },
    ];
}

/// A world as a source that delivers the rows asked for and not one more.
#[derive(Clone, Debug)]
pub struct WorldSource {
    world: World,
    layout: Layout,
    facts: SourceFacts,
}

impl World {
    /// The world as a source.
    pub fn source(&self, layout: Layout) -> WorldSource {
        let facts = self.memory(layout).facts();
        WorldSource { world: self.clone(), layout, facts }
    }

    /// The world as rows in memory: a source that delivers every row whatever is asked.
    pub fn memory(&self, layout: Layout) -> MemorySource {
        let mut buckets = vec![vec![Vec::new(); layout.n_partitions]; layout.n_buckets];
        for event in self.sorted() {
            let bucket = event.customer.unsigned_abs() as usize % layout.n_buckets;
            let partition = scattered(&event) % layout.n_partitions;
            buckets[bucket][partition].push(event);
        }
        let batches = |(bucket, partitions): (usize, Vec<Vec<Event>>)| {
            let cut = |events: Vec<Event>| -> Vec<RecordBatch> {
                events.chunks(layout.batch_rows).map(|rows| batch(bucket as i32, rows)).collect()
            };
            partitions.into_iter().map(cut).collect()
        };
        MemorySource::new(buckets.into_iter().enumerate().map(batches).collect())
    }
}

/// A number without a pattern: neighbours in time land in different partitions.
fn scattered(event: &Event) -> usize {
    (event.sequence.unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as usize
}

impl RunSource for WorldSource {
    fn facts(&self) -> SourceFacts {
        self.facts.clone()
    }

    fn outside_order(&self) -> OrderFound<'_> {
        let ids = (1..).zip(&self.world.names).map(|(key, name)| (key, name.clone())).collect();
        Box::pin(async { Ok(Some(Arc::new(OutsideOrder::new(ids)))) })
    }

    fn scan(&self, request: &ScanRequest) -> Result<RunScan, EngineError> {
        let is_wanted = |event: &Event| {
            let names = request.events.as_ref();
            request.ts.contains(&event.ts) && names.is_none_or(|names| names.contains(&event.event))
        };
        self.world.filtered(is_wanted).memory(self.layout).scan(request)
    }
}
