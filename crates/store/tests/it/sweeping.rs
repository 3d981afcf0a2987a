//! Old files: kept while a reader may need them, then gone without a trace.

use perennial_store::{Change, Commit, Conflict, DatabaseUrl, StoreError};

use crate::fixture::{NOW, file, open, publish, texts};

fn compact() -> Commit {
    Commit {
        add: vec![file(16, 0, 1, 20)],
        remove: vec![0, 1],
        ..Commit::new(NOW, Change::Compact)
    }
}

pub(crate) async fn removed_files_go_when_no_reader_needs_them(url: DatabaseUrl) {
    let store = open(&url).await;
    publish(&store, [4, 8]).await;
    let merged = store.commit(compact()).await.unwrap();
    assert_eq!((merged, store.expired_files(merged - 1).await.unwrap().len()), (4, 0));
    let expired = store.expired_files(merged).await.unwrap();
    let ids: Vec<_> = expired.iter().map(|file| file.id).collect();
    assert_eq!((ids.as_slice(), expired[0].end_snapshot), ([0, 1].as_slice(), Some(4)));
    assert_eq!(expired[0].file.column_stats.len(), 16);

    let paths = store.all_paths().await.unwrap();
    assert_eq!(paths.len(), 3);
    let before = store.snapshot().await.unwrap();
    store.purge_files(&ids, NOW).await.unwrap();
    assert_eq!(store.all_paths().await.unwrap(), paths, "scheduled files are still known");
    assert_eq!(store.snapshot().await.unwrap(), before);
    assert!(store.expired_files(merged).await.unwrap().is_empty());
    let scheduled = store.scheduled_files().await.unwrap();
    assert_eq!((scheduled.len(), scheduled[0].path.as_str()), (2, "bucket=0/00000004.parquet"));

    // The snapshots that showed them are gone, the first two and the newest are not.
    let snapshots = "SELECT CAST(snapshot_id AS TEXT) FROM ducklake_snapshot ORDER BY snapshot_id";
    assert_eq!(texts(&url, snapshots).await, ["0", "1", "4"].map(|id| Some(id.to_owned())));
    store.forget_scheduled(&ids).await.unwrap();
    assert_eq!(store.all_paths().await.unwrap().len(), 1);
    assert_eq!(store.integrity_check().await.unwrap(), []);
}

pub(crate) async fn live_and_unknown_files_are_not_purged(url: DatabaseUrl) {
    let store = open(&url).await;
    publish(&store, [4, 8]).await;
    store.commit(compact()).await.unwrap();
    let error = store.purge_files(&[0, 2], NOW).await.unwrap_err();
    assert!(matches!(error, StoreError::Invalid { .. }), "{error:?}");
    let error = store.purge_files(&[0, 9], NOW).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(Conflict::FileGone(9))), "{error:?}");
    assert!(store.scheduled_files().await.unwrap().is_empty());
    assert_eq!(store.expired_files(9).await.unwrap().len(), 2);
}

pub(crate) async fn ranges_narrow_when_files_are_purged(url: DatabaseUrl) {
    let range = "SELECT min_value || '-' || max_value FROM ducklake_table_column_stats \
                 WHERE column_id = 2";
    let store = open(&url).await;
    publish(&store, [4, 8]).await;
    assert_eq!(texts(&url, range).await, [Some("4-18".to_owned())]);
    let erase = Commit { remove: vec![1], ..Commit::new(NOW, Change::Delete) };
    let erased = store.commit(erase).await.unwrap();
    // An older snapshot still shows the file, so its values still have to be within the range.
    assert_eq!(texts(&url, range).await, [Some("4-18".to_owned())]);
    assert_eq!(store.expired_files(erased).await.unwrap().len(), 1);
    store.purge_files(&[1], NOW).await.unwrap();
    assert_eq!(texts(&url, range).await, [Some("4-14".to_owned())]);
    assert_eq!(store.integrity_check().await.unwrap(), []);
}
