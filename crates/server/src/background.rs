//! Keeping the lake tidy: pending rows into files, many small files into few, orphans away, and
//! uploads nobody came back for.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::app::Shared;

/// Sorted files a bucket may have at rest.
const FILES_AT_REST: usize = 4;
/// How long files that no snapshot of this process needs are kept for other processes.
const GRACE_MICROS: i64 = 10 * 60 * 1_000_000;

/// Tidies now and then until stopped. What fails is logged and tried again.
pub(crate) async fn tidy(app: Shared, every: Duration, stop: CancellationToken) {
    let mut clock = tokio::time::interval(every);
    clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = clock.tick() => {}
            () = stop.cancelled() => return,
        }
        app.uploads.sweep(Instant::now());
        if let Err(error) = app.lake.flush().await {
            tracing::warn!(%error, "pending rows could not be written into files");
        }
        if let Err(error) = app.lake.compact(FILES_AT_REST).await {
            tracing::warn!(%error, "files could not be compacted");
        }
        if let Err(error) = app.lake.sweep(GRACE_MICROS).await {
            tracing::warn!(%error, "old files could not be swept");
        }
    }
}
