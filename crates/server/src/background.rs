//! Keeping the lake tidy: pending rows into files, many small files into few, orphans away, and
//! uploads nobody came back for. And scoring each day that ends with every model in use.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::app::{App, Shared, now};
use crate::models::score::score_day;
use crate::models::{ModelError, Registry, title};

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

/// How often it is looked whether a day has ended.
const LOOK_EVERY: Duration = Duration::from_secs(10 * 60);

/// Scores the last day that is over with every model in use, until stopped. A day is scored once;
/// what fails is logged once and tried again when the next version or day comes.
pub(crate) async fn score(app: Shared, stop: CancellationToken) {
    let mut clock = tokio::time::interval(LOOK_EVERY);
    clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut tried = BTreeSet::new();
    loop {
        tokio::select! {
            _ = clock.tick() => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = score_all(&app, &mut tried).await {
            tracing::warn!(%error, "models could not be read");
        }
    }
}

async fn score_all(app: &App, tried: &mut BTreeSet<String>) -> Result<(), ModelError> {
    let registry = Registry::load(app.lake.store()).await?;
    for model in registry.all_in_use() {
        // An attempt is that of a model on a day: the clock's date is part of its name.
        let day = now().div_euclid(24 * 60 * 60 * 1_000_000);
        let attempt = format!("{} on {day}", title(model));
        if tried.contains(&attempt) {
            continue;
        }
        match score_day(&app.lake, &app.session, model, None, now()).await {
            Ok(scored) if scored.known => {}
            // Nobody is to be scored that day: there is nothing to look for until the next one.
            Ok(scored) if scored.n_rows == 0 => {
                tried.insert(attempt);
            }
            Ok(scored) => {
                let (model, day, n_rows) = (scored.model, scored.day, scored.n_rows);
                tracing::info!(%model, %day, n_rows, "scored a day");
            }
            Err(error) => {
                let model = title(model);
                tracing::warn!(%model, %error, "a day could not be scored");
                tried.insert(attempt);
            }
        }
    }
    Ok(())
}
