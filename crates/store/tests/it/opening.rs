//! Opening: what is created, what is kept, what is refused.

use perennial_store::{Access, DatabaseUrl, NewWorkspace, Store, StoreError};

use crate::fixture::{NOW, batch, behind, open, texts, writing};

pub(crate) async fn a_new_workspace_is_an_empty_lake(url: DatabaseUrl) {
    let store = open(&url).await;
    let workspace = store.workspace().await.unwrap();
    assert_eq!((workspace.n_buckets, workspace.created_at), (4, NOW));
    assert_eq!(
        (workspace.zone.as_str(), workspace.week_start.as_str()),
        ("Europe/London", "monday")
    );
    assert_eq!((workspace.next_sequence, workspace.next_customer), (1, 1));
    assert_eq!(workspace.id.len(), 36);

    let snapshot = store.snapshot().await.unwrap();
    assert_eq!((snapshot.id, snapshot.at, snapshot.next_sequence), (1, NOW, 1));
    assert!(snapshot.files.is_empty() && snapshot.pending.is_empty());
    assert_eq!(store.integrity_check().await.unwrap(), []);

    let changes = "SELECT changes_made FROM ducklake_snapshot_changes ORDER BY snapshot_id";
    let changes = texts(&url, changes).await;
    let expected = ["created_schema:\"main\"", "created_table:\"main\".\"events\""];
    assert_eq!(changes, expected.map(|change| Some(change.to_owned())));
}

pub(crate) async fn opening_again_changes_nothing(url: DatabaseUrl) {
    let store = open(&url).await;
    store.accept(vec![batch(1, 3)]).await.unwrap();
    let (workspace, snapshot) = (store.workspace().await.unwrap(), store.snapshot().await.unwrap());
    store.close().await;
    if let DatabaseUrl::Sqlite(path) = &url {
        let log = path.with_extension("db-wal");
        assert!(path.exists() && !log.exists(), "the log belongs into the file");
    }

    let created =
        NewWorkspace { n_buckets: 9, zone: "UTC".to_owned(), week_start: "sunday".to_owned() };
    let again = Store::open(&url, Access::ReadWrite { now: NOW + 5, created }).await.unwrap();
    let beside = Store::open(&url, Access::ReadOnly).await.unwrap();
    for store in [again, beside] {
        assert_eq!(store.workspace().await.unwrap(), workspace);
        assert_eq!(store.snapshot().await.unwrap(), snapshot);
    }
}

pub(crate) async fn a_missing_workspace_is_not_found(url: DatabaseUrl) {
    let error = Store::open(&url, Access::ReadOnly).await.err().unwrap();
    assert!(matches!(error, StoreError::NotFound { .. }), "{error:?}");
    if let DatabaseUrl::Sqlite(path) = &url {
        assert!(!path.exists(), "looking must not create");
    }
}

pub(crate) async fn another_programs_database_is_refused(url: DatabaseUrl) {
    behind(&url, "CREATE TABLE invoices (id BIGINT)").await;
    for access in [writing(), Access::ReadOnly] {
        let error = Store::open(&url, access).await.err().unwrap();
        assert!(matches!(error, StoreError::Foreign { .. }), "{error:?}");
    }
}

pub(crate) async fn a_newer_workspace_is_refused(url: DatabaseUrl) {
    open(&url).await.close().await;
    behind(&url, "INSERT INTO perennial_migration VALUES (99, 'later', 0)").await;
    for access in [writing(), Access::ReadOnly] {
        let error = Store::open(&url, access).await.err().unwrap();
        assert!(matches!(error, StoreError::SchemaTooNew { found: 99, known: 6 }), "{error:?}");
    }
}

pub(crate) async fn an_older_workspace_is_not_read(url: DatabaseUrl) {
    open(&url).await.close().await;
    behind(&url, "DELETE FROM perennial_migration WHERE version > 1").await;
    let error = Store::open(&url, Access::ReadOnly).await.err().unwrap();
    assert!(matches!(error, StoreError::SchemaTooOld { found: 1, known: 6 }), "{error:?}");
}

pub(crate) async fn nonsense_is_no_workspace(url: DatabaseUrl) {
    for (n_buckets, zone, week_start) in
        [(0, "UTC", "monday"), (4097, "UTC", "monday"), (1, "", "monday"), (1, "UTC", "Mon")]
    {
        let created =
            NewWorkspace { n_buckets, zone: zone.to_owned(), week_start: week_start.to_owned() };
        let error = Store::open(&url, Access::ReadWrite { now: NOW, created }).await.err().unwrap();
        assert!(matches!(error, StoreError::Invalid { .. }), "{error:?}");
    }
    // A refused creation leaves nothing that a right one would stumble over.
    assert_eq!(open(&url).await.workspace().await.unwrap().n_buckets, 4);
}

pub(crate) async fn reading_only_refuses_to_write(url: DatabaseUrl) {
    let _writer = open(&url).await;
    let reader = Store::open(&url, Access::ReadOnly).await.unwrap();
    let error = reader.accept(vec![batch(1, 1)]).await.unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly), "{error:?}");
    assert!(matches!(reader.reserve_sequence(1).await, Err(StoreError::ReadOnly)));
}
