//! Deleting what no reader needs: files taken out of the lake, and orphans nobody committed.
//!
//! A file taken out stays until no snapshot that shows it is being read in this process and a
//! grace period for other processes has passed. An orphan is a file the catalog does not know and
//! nobody is writing: what a killed process left behind. Only the one writer sweeps, so a file it
//! is not writing itself is written by nobody.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tokio::task::spawn_blocking;

use crate::durable::TEMPORARY;
use crate::error::{LakeError, Result};
use crate::lake::{Lake, now};

/// How long other processes may go on reading a snapshot, unless told otherwise.
pub const GRACE_MICROS: i64 = 10 * 60 * 1_000_000;
/// Setting that remembers when which snapshot was the newest: pairs of instant and id.
const HEADS: &str = "lake.heads";

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Files taken out of the lake that are deleted now.
    pub n_expired: u64,
    /// Files that belonged to nothing.
    pub n_orphans: u64,
}

impl Lake {
    /// Deletes files no reader needs any more, `grace_micros` after they were taken out, and
    /// orphans.
    pub async fn sweep(&self, grace_micros: i64) -> Result<Swept> {
        self.writer()?;
        let n_expired = self.purge(grace_micros).await?;
        let n_orphans = self.remove_orphans().await?;
        Ok(Swept { n_expired, n_orphans })
    }

    async fn purge(&self, grace_micros: i64) -> Result<u64> {
        let store = &self.inner.store;
        let at = now();
        let horizon = self.note_head(at, grace_micros).await?;
        // Asked for after the horizon: whoever pins later reads a newer snapshot.
        let oldest = self.inner.pins.oldest().unwrap_or(i64::MAX);
        if let Some(horizon) = horizon {
            let expired = store.expired_files(horizon.min(oldest)).await?;
            let ids: Vec<i64> = expired.iter().map(|file| file.id).collect();
            self.inner.failures.hit("purge_before")?;
            if !ids.is_empty() {
                store.purge_files(&ids, at).await?;
            }
            self.inner.failures.hit("purge_after")?;
        }
        let scheduled = store.scheduled_files().await?;
        let mut deleted = Vec::with_capacity(scheduled.len());
        for file in &scheduled {
            self.inner.failures.hit("delete_file")?;
            remove(&self.inner.folder.events().join(&file.path))?;
            deleted.push(file.id);
        }
        if !deleted.is_empty() {
            store.forget_scheduled(&deleted).await?;
        }
        Ok(deleted.len() as u64)
    }

    /// Remembers which snapshot is the newest now; the newest one that is old enough for its
    /// predecessors to be forgotten.
    async fn note_head(&self, at: i64, grace_micros: i64) -> Result<Option<i64>> {
        let store = &self.inner.store;
        let known = store.setting(HEADS).await?;
        let pair = |value: &Value| Some((value.get(0)?.as_i64()?, value.get(1)?.as_i64()?));
        let mut heads: Vec<(i64, i64)> = known
            .as_ref()
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(pair)
            .collect();
        let n_before = heads.len();
        let newest = store.snapshot_id().await?;
        if heads.last().is_none_or(|(_, id)| *id != newest) {
            heads.push((at, newest));
        }
        let is_old = |(then, _): &&(i64, i64)| *then <= at.saturating_sub(grace_micros);
        let n_old = heads.iter().take_while(is_old).count();
        let horizon = n_old.checked_sub(1).and_then(|last| heads.get(last)).map(|(_, id)| *id);
        heads.drain(..n_old.saturating_sub(1));
        if heads.len() != n_before
            || known.is_none()
            || heads.last().is_some_and(|(then, _)| *then == at)
        {
            store.put_setting(HEADS, &serde_json::json!(heads)).await?;
        }
        Ok(horizon)
    }

    /// Deletes files the catalog does not know and nobody is writing.
    pub(crate) async fn remove_orphans(&self) -> Result<u64> {
        let events = self.inner.folder.events();
        // In this order: a file that is found was claimed before, and is known to the catalog
        // before its claim ends.
        let found = spawn_blocking({
            let events = events.clone();
            move || list(&events)
        })
        .await??;
        let in_flight = self.writer()?.drafts.in_flight();
        let known = self.inner.store.all_paths().await?;
        let n_events = remove_unknown(&events, &found, &in_flight, &known)?;
        Ok(n_events + self.remove_score_orphans().await?)
    }

    async fn remove_score_orphans(&self) -> Result<u64> {
        let folder = self.inner.folder.scores();
        if !folder.is_dir() {
            return Ok(0);
        }
        let found = spawn_blocking({
            let folder = folder.clone();
            move || list_files(&folder)
        })
        .await??;
        let in_flight = self.writer()?.drafts.in_flight();
        let known = self.inner.store.score_paths().await?;
        remove_unknown(&folder, &found, &in_flight, &known)
    }
}

/// Every file in the folders of the buckets, relative to the folder of the table.
fn list(events: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for bucket in fs::read_dir(events).map_err(LakeError::io("list", events))? {
        let bucket = bucket.map_err(LakeError::io("list", events))?;
        let name = bucket.file_name().to_string_lossy().into_owned();
        if !name.starts_with("bucket=") || !bucket.path().is_dir() {
            continue;
        }
        let files = list_files(&bucket.path())?;
        found.extend(files.into_iter().map(|file| format!("{name}/{file}")));
    }
    Ok(found)
}

/// Every file of ours in one folder, by name.
fn list_files(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for file in fs::read_dir(folder).map_err(LakeError::io("list", folder))? {
        let file = file.map_err(LakeError::io("list", folder))?;
        let file = file.file_name().to_string_lossy().into_owned();
        if file.ends_with(".parquet") || file.ends_with(TEMPORARY) {
            found.push(file);
        }
    }
    Ok(found)
}

/// Deletes what of a table's files is neither known nor being written; returns how many.
fn remove_unknown(
    table: &Path,
    found: &[String],
    in_flight: &HashSet<String>,
    known: &HashSet<String>,
) -> Result<u64> {
    let is_orphan = |path: &&String| {
        let place = path.strip_suffix(TEMPORARY).map(|stem| format!("{stem}.parquet"));
        let place = place.as_ref().unwrap_or(path);
        !in_flight.contains(place) && !known.contains(*path)
    };
    let orphans: Vec<&String> = found.iter().filter(is_orphan).collect();
    for path in &orphans {
        remove(&table.join(path))?;
    }
    Ok(orphans.len() as u64)
}

/// Deletes a file; one that is gone already is as good.
fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(LakeError::io("delete", path)(error))
        }
        _ => Ok(()),
    }
}
