//! Accepting: what is acknowledged is there, once, in order.

use std::collections::BTreeSet;

use perennial_store::{Accepted, DatabaseUrl, ImportState, ImportUpdate, StoreError};

use crate::fixture::{IMPORT, NOW, batch, file, identity, import, insert, open};

pub(crate) async fn accepted_batches_are_read_back(url: DatabaseUrl) {
    let store = open(&url).await;
    let mut first = batch(1, 3);
    first.body = (0..=255).collect();
    let accepted = store.accept(vec![first.clone(), batch(2, 5)]).await.unwrap();
    let expected = [Accepted { id: 1, first_sequence: 1 }, Accepted { id: 2, first_sequence: 4 }];
    assert_eq!(accepted, expected);
    store.close().await;

    let snapshot = open(&url).await.snapshot().await.unwrap();
    assert_eq!(snapshot.next_sequence, 9);
    let [one, two] = snapshot.pending.as_slice() else { panic!("{:?}", snapshot.pending) };
    assert_eq!((one.id, one.first_sequence, one.n_rows), (1, 1, 3));
    assert_eq!((&one.body, one.received_at), (&first.body, first.received_at));
    assert_eq!((two.first_sequence, two.body.as_slice()), (4, b"batch 2".as_slice()));
}

pub(crate) async fn one_call_gets_consecutive_sequences(url: DatabaseUrl) {
    let store = open(&url).await;
    let mut calls = Vec::new();
    for number in 0..20 {
        let store = store.clone();
        calls.push(tokio::spawn(async move {
            store.accept(vec![batch(number, 2), batch(number, 7)]).await.unwrap()
        }));
    }
    for call in calls {
        let accepted = call.await.unwrap();
        assert_eq!(accepted[1].first_sequence, accepted[0].first_sequence + 2);
    }
}

pub(crate) async fn calls_at_the_same_time_lose_nothing(url: DatabaseUrl) {
    let store = open(&url).await;
    let calls = (0..300).map(|number| {
        let store = store.clone();
        tokio::spawn(async move { (number, store.accept(vec![batch(number, 1)]).await.unwrap()) })
    });
    let calls: Vec<_> = calls.collect();
    let mut acknowledged = BTreeSet::new();
    for call in calls {
        let (number, accepted) = call.await.unwrap();
        acknowledged.insert((accepted[0].id, accepted[0].first_sequence, batch(number, 1).body));
    }
    let pending = store.snapshot().await.unwrap().pending;
    let pending: BTreeSet<_> =
        pending.into_iter().map(|batch| (batch.id, batch.first_sequence, batch.body)).collect();
    assert_eq!(acknowledged, pending);
    assert_eq!(acknowledged.len(), 300);
    assert_eq!(store.integrity_check().await.unwrap(), []);
}

pub(crate) async fn a_refused_call_takes_no_other_with_it(url: DatabaseUrl) {
    let store = open(&url).await;
    let mut calls = Vec::new();
    for number in 0..40 {
        let store = store.clone();
        let mut sent = batch(number, 1);
        // Two calls in four bring the same new identity: one of them must be refused.
        let outside_id = format!("ann {}", number - number % 4 % 2);
        sent.identities = vec![identity(number + 1, &outside_id, number + 1)];
        calls.push(tokio::spawn(async move { store.accept(vec![sent]).await }));
    }
    let (mut n_accepted, mut n_refused) = (0, 0);
    for call in calls {
        match call.await.unwrap() {
            Ok(_) => n_accepted += 1,
            Err(error) if error.is_conflict() => n_refused += 1,
            Err(error) => panic!("{error:?}"),
        }
    }
    let snapshot = store.snapshot().await.unwrap();
    let identities = store.identities("customer").await.unwrap();
    assert_eq!((n_accepted, n_refused), (20, 20));
    assert_eq!((snapshot.pending.len(), identities.len()), (20, 20));
}

pub(crate) async fn an_empty_batch_is_refused(url: DatabaseUrl) {
    let store = open(&url).await;
    for n_rows in [0, -1, i64::MAX] {
        let error = store.accept(vec![batch(1, 1), batch(2, n_rows)]).await.unwrap_err();
        assert!(matches!(error, StoreError::Invalid { .. }), "{n_rows}: {error:?}");
        let error = store.reserve_sequence(n_rows).await.unwrap_err();
        assert!(matches!(error, StoreError::Invalid { .. }), "{n_rows}: {error:?}");
    }
    assert_eq!(store.accept(Vec::new()).await.unwrap(), []);
    assert_eq!(store.head().await.unwrap().next_sequence, 1);
}

pub(crate) async fn reserved_sequences_and_keys_are_given_once(url: DatabaseUrl) {
    let store = open(&url).await;
    assert_eq!(store.reserve_sequence(10).await.unwrap(), 1);
    assert_eq!(store.accept(vec![batch(1, 2)]).await.unwrap()[0].first_sequence, 11);
    assert_eq!(store.reserve_sequence(1).await.unwrap(), 13);

    let keys = store.reserve_keys(3, 2).await.unwrap();
    assert_eq!((keys.first_identity, keys.first_customer), (1, 1));
    let keys = store.reserve_keys(0, 1).await.unwrap();
    assert_eq!((keys.first_identity, keys.first_customer), (4, 3));
    assert!(matches!(store.reserve_keys(-1, 0).await, Err(StoreError::Invalid { .. })));
}

pub(crate) async fn two_processes_share_no_sequence(url: DatabaseUrl) {
    let (one, two) = (open(&url).await, open(&url).await);
    let mut taken = Vec::new();
    for store in [one, two] {
        taken.push(tokio::spawn(async move {
            let mut firsts = Vec::new();
            for number in 0..25 {
                firsts.push(store.accept(vec![batch(number, 2)]).await.unwrap()[0].first_sequence);
                firsts.push(store.reserve_sequence(2).await.unwrap());
            }
            firsts
        }));
    }
    let mut all = BTreeSet::new();
    for firsts in taken {
        let firsts = firsts.await.unwrap();
        assert!(firsts.is_sorted(), "later calls get later sequences");
        all.extend(firsts);
    }
    assert_eq!(all, (0..100).map(|number| 1 + number * 2).collect());
}

pub(crate) async fn what_was_known_never_grows(url: DatabaseUrl) {
    let store = open(&url).await;
    let known_at = async || {
        let (head, snapshot) = (store.head().await.unwrap(), store.snapshot().await.unwrap());
        assert_eq!(
            (head.next_sequence, head.known_at),
            (snapshot.next_sequence, snapshot.known_at)
        );
        (head.known_at, head.next_sequence)
    };
    assert_eq!(known_at().await, (0, 1));
    store.accept(vec![batch(1, 2)]).await.unwrap();
    assert_eq!(known_at().await, (2, 3));

    // An import has its sequences before its rows are there; what is accepted meanwhile is beyond.
    let import = import();
    assert!(store.reserve_sequence_of(IMPORT, 10).await.is_err(), "it has not begun");
    assert_eq!(known_at().await, (2, 3));
    store.put_import(&import).await.unwrap();
    assert_eq!(store.reserve_sequence_of(IMPORT, 10).await.unwrap(), 3);
    assert_eq!(store.accept(vec![batch(2, 5)]).await.unwrap()[0].first_sequence, 13);
    assert_eq!(known_at().await, (2, 18));

    // It ends, by its commit or without one, and everything up to here is known.
    let mut commit = insert(vec![file(1, 1, 3, 10)]);
    commit.imports.push(ended(ImportState::Done));
    store.commit(commit).await.unwrap();
    assert_eq!(known_at().await, (17, 18));
    for state in [ImportState::Failed, ImportState::Interrupted] {
        store.put_import(&import).await.unwrap();
        let first = store.reserve_sequence_of(IMPORT, 4).await.unwrap();
        assert_eq!(known_at().await, (first - 1, first + 4));
        store.update_import(ended(state)).await.unwrap();
        assert_eq!(known_at().await, (first + 3, first + 4));
    }
}

fn ended(state: ImportState) -> ImportUpdate {
    ImportUpdate {
        id: IMPORT.to_owned(),
        state,
        finished_at: Some(NOW),
        counts: None,
        sha256: None,
        n_bytes: None,
        error: None,
        error_zh: None,
    }
}
