//! Commits: everything becomes true at once, or nothing does.

use perennial_store::{
    Access, Change, Commit, Conflict, DatabaseUrl, ImportState, ImportUpdate, NewDataFile,
    StatValue, Store, StoreError,
};

use crate::fixture::{
    IMPORT, NOW, batch, file, identity, import, insert, kept, letter, open, publish, texts,
};

pub(crate) async fn a_file_is_read_back_as_it_was_published(url: DatabaseUrl) {
    let store = open(&url).await;
    let first = store.reserve_sequence(30).await.unwrap();
    let files = vec![file(1, 0, first, 10), file(2, 3, first + 10, 20)];
    assert_eq!(store.commit(insert(files.clone())).await.unwrap(), 2);

    let snapshot = Store::open(&url, Access::ReadOnly).await.unwrap().snapshot().await.unwrap();
    assert_eq!((snapshot.id, snapshot.at), (2, NOW));
    let read: Vec<_> = snapshot.files.iter().map(|file| (file.id, file.file.clone())).collect();
    let expected: Vec<_> = (0..).zip(files.into_iter().map(kept)).collect();
    assert_eq!(read, expected);
    assert!(snapshot.files.iter().all(|file| file.begin_snapshot == 2));
    assert_eq!(store.integrity_check().await.unwrap(), []);

    let row_ids = "SELECT CAST(row_id_start AS TEXT) FROM ducklake_data_file ORDER BY 1";
    assert_eq!(texts(&url, row_ids).await, [Some("0".to_owned()), Some("10".to_owned())]);
    let range = "SELECT min_value || ' ' || max_value FROM ducklake_table_column_stats \
                 WHERE column_id IN (3, 11) ORDER BY column_id";
    let expected = ["2024-01-01 00:00:01+00 2024-01-01 00:00:02.5+00", "-0.0005 2.0000"];
    assert_eq!(texts(&url, range).await, expected.map(|text| Some(text.to_owned())));
}

pub(crate) async fn a_flush_moves_rows_from_pending_to_files(url: DatabaseUrl) {
    let store = open(&url).await;
    store.put_import(&import()).await.unwrap();
    let accepted = store.accept(vec![batch(1, 4), batch(2, 6)]).await.unwrap();
    let commit = Commit {
        pending_done: vec![accepted[0].id],
        identities: vec![identity(1, "ann", 1)],
        dead_letters: vec![letter(7)],
        imports: vec![ImportUpdate {
            id: IMPORT.to_owned(),
            state: ImportState::Interrupted,
            finished_at: Some(NOW),
            counts: None,
            sha256: None,
            n_bytes: None,
            error: None,
            error_zh: None,
        }],
        ..insert(vec![file(1, 1, 1, 4)])
    };
    store.commit(commit).await.unwrap();

    let snapshot = store.snapshot().await.unwrap();
    assert_eq!((snapshot.files.len(), snapshot.pending.len()), (1, 1));
    assert_eq!(snapshot.pending[0].id, accepted[1].id);
    assert_eq!(store.identities("customer").await.unwrap().len(), 1);
    assert_eq!(store.count_dead_letters(Some(IMPORT)).await.unwrap(), 1);
    let import = store.import(IMPORT).await.unwrap().unwrap();
    assert_eq!((import.state, import.finished_at), (ImportState::Interrupted, Some(NOW)));

    // Rows that turn out to be duplicates leave no file, and no snapshot.
    let commit = Commit { pending_done: vec![accepted[1].id], ..insert(Vec::new()) };
    assert_eq!(store.commit(commit).await.unwrap(), 2);
    assert!(store.snapshot().await.unwrap().pending.is_empty());
    assert_eq!(store.integrity_check().await.unwrap(), []);
}

pub(crate) async fn a_stale_snapshot_is_a_conflict(url: DatabaseUrl) {
    let store = open(&url).await;
    publish(&store, [1]).await;
    let stale = Commit { expect_snapshot: Some(1), ..Commit::new(NOW, Change::Delete) };
    let error = store.commit(stale).await.unwrap_err();
    let expected = Conflict::Snapshot { expected: 1, found: 2 };
    assert!(matches!(error, StoreError::Conflict(conflict) if conflict == expected));
    let fresh =
        Commit { expect_snapshot: Some(2), remove: vec![0], ..Commit::new(NOW, Change::Delete) };
    assert_eq!(store.commit(fresh).await.unwrap(), 3);
}

pub(crate) async fn what_is_gone_is_a_conflict_and_nothing_is_written(url: DatabaseUrl) {
    let store = open(&url).await;
    publish(&store, [1, 2]).await;
    let take_out = Commit { remove: vec![0], ..Commit::new(NOW, Change::Delete) };
    store.commit(take_out.clone()).await.unwrap();
    let pending = store.accept(vec![batch(1, 1)]).await.unwrap()[0].id;
    let before = (store.snapshot().await.unwrap(), store.all_paths().await.unwrap());

    let first = store.reserve_sequence(10).await.unwrap();
    let whole = Commit {
        identities: vec![identity(1, "ann", 1)],
        pending_done: vec![pending],
        dead_letters: vec![letter(1)],
        ..insert(vec![file(9, 0, first, 10)])
    };
    let refused = [
        (take_out, Conflict::FileGone(0)),
        (Commit { pending_done: vec![pending, 77], ..whole.clone() }, Conflict::PendingGone(77)),
        (
            Commit { add: vec![file(9, 0, first, 5), file(2, 2, first, 5)], ..whole },
            Conflict::PathTaken("bucket=2/00000002.parquet".to_owned()),
        ),
    ];
    for (commit, expected) in refused {
        let error = store.commit(commit).await.unwrap_err();
        assert!(matches!(&error, StoreError::Conflict(found) if *found == expected), "{error:?}");
    }
    let mut after = (store.snapshot().await.unwrap(), store.all_paths().await.unwrap());
    (after.0.next_sequence, after.0.known_at) = (before.0.next_sequence, before.0.known_at);
    assert_eq!(after, before);
    assert!(store.identities("customer").await.unwrap().is_empty());
    assert_eq!(store.count_dead_letters(None).await.unwrap(), 0);
    assert_eq!(store.integrity_check().await.unwrap(), []);
}

pub(crate) async fn a_file_that_contradicts_itself_is_refused(url: DatabaseUrl) {
    let store = open(&url).await;
    store.reserve_sequence(10).await.unwrap();
    type Mistake = (&'static str, fn(&mut NewDataFile));
    let mistakes: [Mistake; 17] = [
        ("other bucket", |file| file.bucket = 2),
        ("bucket beyond the last", |file| {
            file.bucket = 4;
            file.path = "bucket=4/x.parquet".to_owned();
        }),
        ("path upwards", |file| file.path = "bucket=1/../x.parquet".to_owned()),
        ("absolute path", |file| file.path = "/x.parquet".to_owned()),
        ("hidden file", |file| file.path = "bucket=1/.x".to_owned()),
        ("no rows", |file| file.n_rows = 0),
        ("no bytes", |file| file.n_bytes = 0),
        ("no footer", |file| file.footer_size = 0),
        ("short digest", |file| file.sha256.truncate(63)),
        ("upper-case digest", |file| file.sha256 = "A".repeat(64)),
        ("customers reversed", |file| file.bounds.min_customer = 99),
        ("customer 0", |file| file.bounds.min_customer = 0),
        ("sequence never reserved", |file| file.bounds.max_sequence = 11),
        ("column missing", |file| file.column_stats.truncate(15)),
        ("column twice", |file| file.column_stats[1].column_id = 1),
        ("null in a column without", |file| file.column_stats[1].n_nulls = 1),
        ("range of another type", |file| file.column_stats[1].min = Some(StatValue::Decimal(1))),
    ];
    for (mistake, make) in mistakes {
        let mut wrong = file(1, 1, 1, 10);
        make(&mut wrong);
        let error = store.commit(insert(vec![wrong])).await.err();
        assert!(matches!(error, Some(StoreError::Invalid { .. })), "{mistake}: {error:?}");
    }
    let with_removal = Commit { remove: vec![0], ..insert(Vec::new()) };
    assert!(matches!(store.commit(with_removal).await, Err(StoreError::Invalid { .. })));
    let twice = insert(vec![file(1, 1, 1, 10), file(1, 1, 1, 10)]);
    assert!(matches!(store.commit(twice).await, Err(StoreError::Invalid { .. })));
    assert_eq!(store.snapshot_id().await.unwrap(), 1);
    assert_eq!(store.commit(insert(vec![file(1, 1, 1, 10)])).await.unwrap(), 2);
}

pub(crate) async fn compaction_keeps_every_row(url: DatabaseUrl) {
    let store = open(&url).await;
    publish(&store, [4, 8, 12]).await;
    let merge = |n_rows| Commit {
        add: vec![file(16, 0, 1, n_rows)],
        remove: vec![0, 1],
        ..Commit::new(NOW, Change::Compact)
    };
    for n_rows in [19, 21] {
        let error = store.commit(merge(n_rows)).await.unwrap_err();
        assert!(matches!(error, StoreError::Invalid { .. }), "{error:?}");
    }
    assert_eq!(store.commit(merge(20)).await.unwrap(), 5);
    let live: Vec<_> = store.snapshot().await.unwrap().files.iter().map(|file| file.id).collect();
    assert_eq!(live, [2, 3]);
    let rows = texts(&url, "SELECT CAST(record_count AS TEXT) FROM ducklake_table_stats").await;
    assert_eq!(rows, [Some("30".to_owned())]);
    assert_eq!(store.integrity_check().await.unwrap(), []);
}

pub(crate) async fn time_never_goes_back(url: DatabaseUrl) {
    let store = open(&url).await;
    let first = store.reserve_sequence(20).await.unwrap();
    let later = Commit { at: NOW + 7, ..insert(vec![file(1, 0, first, 10)]) };
    store.commit(later).await.unwrap();
    let earlier = Commit { at: NOW - 5, ..insert(vec![file(2, 0, first + 10, 10)]) };
    store.commit(earlier).await.unwrap();
    assert_eq!(store.snapshot().await.unwrap().at, NOW + 7);
    assert_eq!(store.integrity_check().await.unwrap(), []);
}

pub(crate) async fn one_of_two_racing_commits_wins(url: DatabaseUrl) {
    let stores = [open(&url).await, open(&url).await];
    publish(&stores[0], [1]).await;
    let first = stores[0].reserve_sequence(20).await.unwrap();
    for round in 0..10 {
        let expected = stores[0].snapshot_id().await.unwrap();
        let racing = stores.clone().into_iter().zip([2, 3]).map(|(store, number)| {
            let number = number + round * 4;
            let bucket = i32::try_from(number % 4).unwrap();
            let commit = Commit {
                expect_snapshot: Some(expected),
                ..insert(vec![file(number, bucket, first, 10)])
            };
            tokio::spawn(async move { store.commit(commit).await })
        });
        let mut n_won = 0;
        for commit in racing.collect::<Vec<_>>() {
            match commit.await.unwrap() {
                Ok(snapshot) => {
                    assert_eq!(snapshot, expected + 1);
                    n_won += 1;
                }
                Err(error) => assert!(error.is_conflict(), "{error:?}"),
            }
        }
        assert_eq!(n_won, 1);
    }
}

pub(crate) async fn contact_data_stays_out(url: DatabaseUrl) {
    let store = open(&url).await;
    let first = store.reserve_sequence(10).await.unwrap();
    let mut private = file(1, 1, first, 10);
    for stats in &mut private.column_stats {
        if let (Some(StatValue::Text(min)), Some(StatValue::Text(max))) =
            (&mut stats.min, &mut stats.max)
        {
            "ann@example.com".clone_into(min);
            "zoe@example.com".clone_into(max);
        }
    }
    store.commit(insert(vec![private])).await.unwrap();
    for table in ["ducklake_file_column_stats", "ducklake_table_column_stats"] {
        let sql = format!(
            "SELECT CAST(t.column_id AS TEXT) FROM {table} t WHERE t.min_value LIKE '%@%' \
             ORDER BY t.column_id"
        );
        // Event, source and currency, which hold no contact data.
        assert_eq!(texts(&url, &sql).await, ["5", "7", "12"].map(|id| Some(id.to_owned())));
    }
}
