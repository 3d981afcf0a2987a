//! Figures, printed and never judged: run with `--ignored measure --nocapture`.

use std::time::Instant;

use perennial_store::{Change, Commit, DatabaseUrl};

use crate::fixture::{NOW, batch, identity, open, publish};
use crate::postgres::Cluster;

#[test]
#[ignore = "prints figures, takes a minute"]
fn measure() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = DatabaseUrl::Sqlite(folder.path().join("perennial.db"));
    crate::runtime().block_on(figures("SQLite", sqlite));
    if let Some(cluster) = Cluster::start() {
        crate::runtime().block_on(figures("PostgreSQL", cluster.new_database()));
    }
}

async fn figures(name: &str, url: DatabaseUrl) {
    let store = open(&url).await;
    let identities =
        (1..=1_000_000).map(|id| identity(id, &format!("customer-{id}"), id)).collect();
    let started = begin();
    let commit = Commit { identities, ..Commit::new(NOW, Change::Insert) };
    store.commit(commit).await.unwrap();
    println!("{name}: a million identities written in {}", took(started));

    let started = begin();
    let n_read = store.identities("customer").await.unwrap().len();
    println!("{name}: {n_read} identities read in {}", took(started));

    let started = Instant::now();
    let callers = (0..64).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..50 {
                store.accept(vec![batch(number, 1)]).await.unwrap();
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    let rate = 3200.0 / started.elapsed().as_secs_f64();
    println!("{name}: {rate:.0} accepts a second from 64 callers");

    publish(&store, 1..=200).await;
    let started = Instant::now();
    publish(&store, 201..=220).await;
    println!("{name}: a commit beside 200 files takes {:.2?}", started.elapsed() / 20);
    let started = Instant::now();
    let n_files = store.snapshot().await.unwrap().files.len();
    println!("{name}: a snapshot of {n_files} files and 3200 batches in {:.2?}", started.elapsed());
    let started = Instant::now();
    for _ in 0..100 {
        store.head().await.unwrap();
    }
    println!("{name}: the head in {:.2?}", started.elapsed() / 100);
}

/// Wall clock and processor time of this process, in hundredths of a second.
fn begin() -> (Instant, u64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = stat.rsplit(')').next().unwrap();
    let ticks = |place: usize| after_name.split_whitespace().nth(place).unwrap().parse::<u64>();
    (Instant::now(), ticks(11).unwrap() + ticks(12).unwrap())
}

fn took((started, ticks): (Instant, u64)) -> String {
    let processor = (begin().1 - ticks) as f64 / 100.0;
    format!("{:.2?}, {processor:.2} s of it processor time of ours", started.elapsed())
}
