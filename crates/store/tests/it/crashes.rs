//! Whatever stops midway, a change is there wholly or not at all, and what was acknowledged stays.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use perennial_store::{Commit, DatabaseUrl, Store, StoreError};

use crate::fixture::{batch, file, identity, insert, open};

/// Names the database to a child process of the suite.
const CHILD: &str = "PERENNIAL_STORE_TEST_DATABASE";

/// Waits as long as an earlier change may still be running.
async fn settle(store: &Store) {
    // Writes come one after the other, so this one is behind all that were begun.
    store.reserve_sequence(1).await.unwrap();
}

pub(crate) async fn a_dropped_commit_is_whole_or_nothing(url: DatabaseUrl) {
    let store = open(&url).await;
    let (mut n_done, mut n_undone) = (0, 0);
    for number in 1..=60_i64 {
        let pending = store.accept(vec![batch(number, 10)]).await.unwrap()[0];
        let commit = Commit {
            pending_done: vec![pending.id],
            identities: vec![identity(number, &format!("c{number}"), number)],
            ..insert(vec![file(number, 0, pending.first_sequence, 10)])
        };
        let patience = Duration::from_micros(u64::try_from(number * number).unwrap());
        let _ = tokio::time::timeout(patience, store.commit(commit)).await;
        settle(&store).await;

        let snapshot = store.snapshot().await.unwrap();
        let path = format!("bucket=0/{number:08}.parquet");
        let has_file = snapshot.files.iter().any(|file| file.file.path == path);
        let is_pending = snapshot.pending.iter().any(|batch| batch.id == pending.id);
        let name = [format!("c{number}")];
        let has_identity = !store.identities_named("customer", &name).await.unwrap().is_empty();
        assert_eq!((has_file, is_pending), (has_identity, !has_identity), "commit {number}");
        *if has_file { &mut n_done } else { &mut n_undone } += 1;
    }
    println!("{n_done} dropped commits happened, {n_undone} did not");
    assert_eq!(store.integrity_check().await.unwrap(), []);
}

pub(crate) async fn a_dropped_accept_is_whole_or_nothing(url: DatabaseUrl) {
    let store = open(&url).await;
    for number in 1..=60_i64 {
        let before = store.snapshot().await.unwrap().pending.len();
        let patience = Duration::from_micros(u64::try_from(number * 20).unwrap());
        let sent = vec![batch(number, 1), batch(number, 1), batch(number, 1)];
        let answer = tokio::time::timeout(patience, store.accept(sent)).await;
        // The queue serves in order: once this one is answered, so is the one before.
        store.accept(vec![batch(0, 1)]).await.unwrap();
        let n_more = store.snapshot().await.unwrap().pending.len() - before - 1;
        assert!(n_more == 3 || n_more == 0 && answer.is_err(), "{n_more} of 3 batches");
    }
}

/// The child accepts and flushes: every acknowledged batch must be pending or in a file, not both.
pub(crate) async fn a_killed_process_loses_nothing_it_acknowledged(url: DatabaseUrl) {
    let store = open(&url).await;
    let (mut n_acknowledged, mut n_flushed) = (0, 0);
    for round in 0..10 {
        let acknowledged = accept_in_a_child_until_killed(&url, 20 + round * 7);
        // PostgreSQL notices the death of its client later than we do.
        settle(&store).await;
        let snapshot = store.snapshot().await.unwrap();
        for (id, first_sequence) in &acknowledged {
            let pending = snapshot.pending.iter().find(|batch| batch.id == *id);
            let is_pending = pending.is_some_and(|batch| batch.first_sequence == *first_sequence);
            let holds = |file: &&perennial_store::DataFile| {
                let bounds = file.file.bounds;
                (bounds.min_sequence..=bounds.max_sequence).contains(first_sequence)
            };
            let n_places = usize::from(is_pending) + snapshot.files.iter().filter(holds).count();
            assert_eq!(n_places, 1, "acknowledged batch {id}");
        }
        assert_eq!(store.integrity_check().await.unwrap(), []);
        n_acknowledged += acknowledged.len();
        n_flushed = snapshot.files.len();
    }
    println!("{n_acknowledged} batches acknowledged, {n_flushed} flushes, ten kills");
    assert!(n_acknowledged > 0 && n_flushed > 0);
}

/// Kills a child that accepts and flushes without end after it has acknowledged `n` batches; returns the id
/// and first sequence of every batch it acknowledged.
fn accept_in_a_child_until_killed(url: &DatabaseUrl, n: usize) -> Vec<(i64, i64)> {
    let place = match url {
        DatabaseUrl::Sqlite(path) => path.display().to_string(),
        DatabaseUrl::Postgres(url) => url.clone(),
    };
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crashes::child_accepts_until_killed", "--nocapture", "--ignored"])
        .env(CHILD, place)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut acknowledged = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let Ok(line) = line else { break };
        let mut words = line.split_whitespace();
        if words.next() != Some("accepted") {
            continue;
        }
        let mut number = || words.next().and_then(|word| word.parse().ok());
        // The last line may have been cut by the kill.
        let (Some(id), Some(first_sequence), Some(0)) = (number(), number(), number()) else {
            continue;
        };
        acknowledged.push((id, first_sequence));
        if acknowledged.len() == n {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    acknowledged
}

/// Not a test of its own: the child of the one above.
#[test]
#[ignore = "runs as a child process of a_killed_process_loses_nothing_it_acknowledged"]
fn child_accepts_until_killed() {
    let Ok(place) = std::env::var(CHILD) else { return };
    crate::runtime().block_on(async {
        let store = open(&place.parse().unwrap()).await;
        let callers = (0..4).map(|caller| {
            let store = store.clone();
            tokio::spawn(async move {
                for number in 0.. {
                    let accepted = store.accept(vec![batch(caller * 1000 + number, 3)]).await;
                    let accepted = accepted.unwrap()[0];
                    println!("accepted {} {} 0", accepted.id, accepted.first_sequence);
                }
            })
        });
        let _callers: Vec<_> = callers.collect();
        loop {
            flush(&store).await;
        }
    });
}

/// Moves the pending batches of the longest run of sequences without a gap into one file.
async fn flush(store: &Store) {
    let pending = store.snapshot().await.unwrap().pending;
    let Some(first) = pending.first().map(|batch| batch.first_sequence) else { return };
    let (mut next, mut done) = (first, Vec::new());
    for batch in &pending {
        if batch.first_sequence != next {
            break;
        }
        next += batch.n_rows;
        done.push(batch.id);
    }
    let file = file(first, 0, first, next - first);
    store.commit(Commit { pending_done: done, ..insert(vec![file]) }).await.unwrap();
}

/// A device that fails under a write: the child may only write files of a few hundred blocks.
#[test]
fn a_failing_device_stops_writing_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("perennial.db");
    let url = DatabaseUrl::Sqlite(path.clone());
    crate::runtime().block_on(async { open(&url).await.close().await });
    let script = "trap '' XFSZ; ulimit -f 1200; exec \"$0\" --exact \
                  crashes::child_accepts_until_the_device_fails --nocapture --ignored";
    let output = Command::new("bash")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .env(CHILD, &path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let n_accepted = said.lines().filter(|line| line.contains("accepted")).count();
    assert!(n_accepted > 0, "{said}");
    crate::runtime().block_on(async {
        let store = open(&url).await;
        let n_pending = store.snapshot().await.unwrap().pending.len();
        assert!(n_pending == n_accepted || n_pending == n_accepted + 1, "{n_pending} {said}");
        assert_eq!(store.integrity_check().await.unwrap(), []);
        store.accept(vec![batch(1, 1)]).await.unwrap();
    });
}

/// Not a test of its own: the child of the one above.
#[test]
#[ignore = "runs as a child process of a_failing_device_stops_writing_and_loses_nothing"]
fn child_accepts_until_the_device_fails() {
    let Ok(place) = std::env::var(CHILD) else { return };
    crate::runtime().block_on(async {
        let store = open(&place.parse().unwrap()).await;
        let large = || {
            let mut large = batch(1, 1);
            large.body = vec![7; 50_000];
            vec![large]
        };
        let error = loop {
            match store.accept(large()).await {
                Ok(_) => println!("accepted"),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, StoreError::Stopped), "{error:?}");
        assert!(matches!(store.accept(large()).await, Err(StoreError::Stopped)));
        assert!(matches!(store.reserve_sequence(1).await, Err(StoreError::Stopped)));
        store.snapshot().await.unwrap();
    });
}

/// A full device: the child runs in a mount namespace of its own, on a file system of two megabytes.
#[test]
fn a_full_device_refuses_and_writing_resumes_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let mount = "mount -t tmpfs -o size=2m tmpfs \"$1\" || exit 77; exec \"$0\" --exact \
                 crashes::child_fills_the_device --nocapture --ignored";
    let output = Command::new("unshare")
        .args(["--map-root-user", "--mount", "bash", "-c", mount])
        .arg(std::env::current_exe().unwrap())
        .arg(folder.path())
        .env(CHILD, folder.path().join("perennial.db"))
        .output();
    let Ok(output) = output else {
        println!("skipped: no `unshare` to mount a small file system with");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(77) || complained.contains("unshare failed") {
        println!("skipped: may not mount a small file system: {complained}");
        return;
    }
    assert!(output.status.success() && said.contains("1 passed"), "{said}{complained}");
}

/// Not a test of its own: the child of the one above.
#[test]
#[ignore = "runs as a child process of a_full_device_refuses_and_writing_resumes_when_there_is_room"]
fn child_fills_the_device() {
    let Ok(place) = std::env::var(CHILD) else { return };
    let ballast = format!("{place}.ballast");
    std::fs::write(&ballast, vec![1; 500_000]).unwrap();
    crate::runtime().block_on(async {
        let store = open(&place.parse().unwrap()).await;
        let mut large = batch(1, 1);
        large.body = vec![7; 20_000];
        let mut n_accepted = 0;
        let error = loop {
            match store.accept(vec![large.clone()]).await {
                Ok(_) => n_accepted += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(error, StoreError::Full), "{error:?}");
        assert!(matches!(store.accept(vec![large.clone()]).await, Err(StoreError::Full)));
        assert_eq!(store.snapshot().await.unwrap().pending.len(), n_accepted);

        std::fs::remove_file(&ballast).unwrap();
        store.accept(vec![large]).await.unwrap();
        assert_eq!(store.snapshot().await.unwrap().pending.len(), n_accepted + 1);
        assert_eq!(store.integrity_check().await.unwrap(), []);
    });
}
