//! What is kept beside the lake: identities, imports, dead letters, settings.

use std::collections::BTreeMap;

use perennial_store::{
    Change, Commit, Conflict, DatabaseUrl, ImportCounts, ImportState, ImportUpdate, MAX_RAW_BYTES,
    NewIdentity, StoreError,
};
use serde_json::json;

use crate::fixture::{IMPORT, NOW, identity, import, letter, open};

fn with(identities: Vec<NewIdentity>) -> Commit {
    Commit { identities, ..Commit::new(NOW, Change::Insert) }
}

pub(crate) async fn identities_are_found_by_every_way(url: DatabaseUrl) {
    let store = open(&url).await;
    // More than one statement takes, and names no database may mistake for one another.
    let mut all: Vec<_> = (1..=1234).map(|id| identity(id, &format!("c{id}"), id)).collect();
    for (id, name) in (1235..).zip(["Ann", "ann", "ann ", "’); --", "李雷", "a\\b", "%"]) {
        all.push(identity(id, name, 7));
    }
    let mail = NewIdentity { namespace: "email".to_owned(), ..identity(1300, "c1", 1) };
    all.push(mail);
    store.commit(with(all.clone())).await.unwrap();

    let found = store.identities("customer").await.unwrap();
    assert_eq!(found.len(), 1241);
    for (new, found) in all.iter().zip(&found) {
        assert_eq!(
            (new.id, &new.outside_id, new.customer),
            (found.id, &found.outside_id, found.customer)
        );
    }
    assert_eq!(store.namespaces().await.unwrap(), ["customer", "email"]);
    assert!(store.identities("phone").await.unwrap().is_empty());

    let ids = |found: Vec<perennial_store::Identity>| -> Vec<i64> {
        found.iter().map(|identity| identity.id).collect()
    };
    let of_seven = store.identities_of(&[7, 7, 99_999]).await.unwrap();
    assert_eq!(ids(of_seven), [7, 1235, 1236, 1237, 1238, 1239, 1240, 1241]);
    assert_eq!(ids(store.identities_of(&[1]).await.unwrap()), [1, 1300]);
    let names = ["ann", "李雷", "nobody", "c3"].map(str::to_owned);
    assert_eq!(ids(store.identities_named("customer", &names).await.unwrap()), [3, 1236, 1239]);
    assert!(store.identities_named("it's", &names).await.unwrap().is_empty());

    let workspace = store.workspace().await.unwrap();
    assert_eq!((workspace.next_identity, workspace.next_customer), (1301, 1235));
    assert_eq!(store.integrity_check().await.unwrap(), []);
}

pub(crate) async fn a_taken_identity_is_named(url: DatabaseUrl) {
    let store = open(&url).await;
    store.commit(with(vec![identity(1, "ann", 1)])).await.unwrap();
    let taken = |name: &str| Conflict::IdentityTaken {
        namespace: "customer".to_owned(),
        outside_id: name.to_owned(),
    };
    for (identities, name) in [
        (vec![identity(2, "bob", 2), identity(3, "ann", 3)], "ann"),
        (vec![identity(1, "zoe", 4)], "zoe"),
        (vec![identity(1, "ann", 1)], "ann"),
        (vec![identity(5, "eve", 5), identity(6, "eve", 6)], "eve"),
    ] {
        let error = store.commit(with(identities)).await.unwrap_err();
        assert!(matches!(&error, StoreError::Conflict(found) if *found == taken(name)), "{error}");
    }
    for wrong in
        [identity(0, "x", 1), identity(9, "x", 0), identity(9, "", 1), identity(9, "a\0", 1)]
    {
        let error = store.commit(with(vec![wrong])).await.unwrap_err();
        assert!(matches!(error, StoreError::Invalid { .. }), "{error:?}");
    }
    assert_eq!(store.identities("customer").await.unwrap().len(), 1);
}

fn balanced() -> ImportCounts {
    ImportCounts {
        read: 10,
        accepted: 6,
        rejected: 3,
        duplicate: 1,
        by_reason: BTreeMap::from([("no_customer".to_owned(), 3)]),
    }
}

fn done() -> ImportUpdate {
    ImportUpdate {
        id: IMPORT.to_owned(),
        state: ImportState::Done,
        finished_at: Some(NOW + 9),
        counts: Some(balanced()),
        sha256: Some("ab".repeat(32)),
        n_bytes: Some(34),
        error: None,
        error_zh: None,
    }
}

pub(crate) async fn an_import_is_read_back_and_changed(url: DatabaseUrl) {
    let store = open(&url).await;
    assert_eq!(store.import(IMPORT).await.unwrap(), None);
    store.put_import(&import()).await.unwrap();
    assert_eq!(store.import(IMPORT).await.unwrap(), Some(import()));

    store.update_import(done()).await.unwrap();
    let mut expected = import();
    expected.state = ImportState::Done;
    expected.finished_at = Some(NOW + 9);
    expected.counts = balanced();
    expected.sha256 = Some("ab".repeat(32));
    expected.n_bytes = 34;
    assert_eq!(store.import(IMPORT).await.unwrap(), Some(expected.clone()));

    let mut later = import();
    later.id = IMPORT.replace("0001", "0002");
    later.started_at += 1;
    later.replaces = Some(IMPORT.to_owned());
    later.name = "a\0b".to_owned();
    store.put_import(&later).await.unwrap();
    later.name = "a\u{fffd}b".to_owned();
    assert_eq!(store.imports().await.unwrap(), [later, expected]);
}

pub(crate) async fn a_done_import_accounts_for_every_row(url: DatabaseUrl) {
    let store = open(&url).await;
    store.put_import(&import()).await.unwrap();
    for change in [
        |counts: &mut ImportCounts| counts.accepted -= 1,
        |counts: &mut ImportCounts| counts.read += 1,
        |counts: &mut ImportCounts| *counts.by_reason.entry("other".to_owned()).or_default() += 1,
    ] {
        let mut wrong = done();
        wrong.counts.as_mut().map(change);
        let error = store.update_import(wrong).await.unwrap_err();
        assert!(matches!(error, StoreError::Invalid { .. }), "{error:?}");
    }
    let mut unknown = done();
    unknown.id = "018cc251-f400-7000-8000-00000000ffff".to_owned();
    let error = store.update_import(unknown).await.unwrap_err();
    assert!(error.to_string().contains("ffff"), "{error}");
    let mut nameless = import();
    nameless.id = "one".to_owned();
    assert!(matches!(store.put_import(&nameless).await, Err(StoreError::Invalid { .. })));
    assert_eq!(store.imports().await.unwrap(), [import()]);
}

pub(crate) async fn dead_letters_are_paged_and_capped(url: DatabaseUrl) {
    let store = open(&url).await;
    store.put_import(&import()).await.unwrap();
    store.put_dead_letters((1..=130).map(letter).collect()).await.unwrap();
    let mut long = letter(131);
    long.import_id = None;
    long.raw = vec![0xff; MAX_RAW_BYTES + 1];
    long.value = Some("李".repeat(MAX_RAW_BYTES / 3 + 1));
    let mut exact = letter(132);
    exact.raw = vec![0; MAX_RAW_BYTES];
    exact.value = Some("a\0b".to_owned());
    store.put_dead_letters(vec![long, exact.clone()]).await.unwrap();

    assert_eq!(store.count_dead_letters(None).await.unwrap(), 132);
    assert_eq!(store.count_dead_letters(Some(IMPORT)).await.unwrap(), 131);
    let (mut rows, mut after) = (Vec::new(), 0);
    loop {
        let page = store.dead_letters(Some(IMPORT), after, 50).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.id;
        rows.extend(page.into_iter().map(|kept| kept.letter.row));
    }
    assert_eq!(rows, (1..=130).chain([132]).collect::<Vec<_>>());

    let all = store.dead_letters(None, 0, 1000).await.unwrap();
    let (long, kept) = (&all[130], &all[131]);
    assert!(long.is_capped && long.letter.raw == [0xff; MAX_RAW_BYTES]);
    assert_eq!(long.letter.value.as_ref().unwrap().len(), MAX_RAW_BYTES / 3 * 3);
    exact.value = Some("a\u{fffd}b".to_owned());
    assert_eq!((&kept.letter, kept.is_capped), (&exact, false));

    assert_eq!(store.discard_dead_letters(IMPORT).await.unwrap(), 131);
    assert_eq!(store.count_dead_letters(None).await.unwrap(), 1);
}

pub(crate) async fn settings_are_read_back(url: DatabaseUrl) {
    let store = open(&url).await;
    assert_eq!(store.setting("fiscal_year_start").await.unwrap(), None);
    for value in [json!(4), json!({"b": [1, "\u{0}", "李"], "a": null})] {
        store.put_setting("fiscal_year_start", &value).await.unwrap();
        assert_eq!(store.setting("fiscal_year_start").await.unwrap(), Some(value));
    }
    assert!(matches!(store.put_setting("", &json!(1)).await, Err(StoreError::Invalid { .. })));
}
