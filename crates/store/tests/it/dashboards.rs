//! Dashboards: kept in every version, changed only by who has seen the newest.

use perennial_store::{Conflict, Dashboard, DatabaseUrl, NewDashboard, Store, StoreError};
use serde_json::{Value, json};

use crate::fixture::{NOW, behind, open};

fn definition(n_tiles: i64) -> Value {
    let tile = json!({"title": {"en": "Who stays", "zh": "谁留下"}, "kind": "retention"});
    json!({"title": "The shop’s “best”", "tiles": (0..n_tiles).map(|_| tile.clone()).collect::<Vec<_>>()})
}

fn dashboard(name: &str, at: i64) -> NewDashboard {
    NewDashboard {
        name: name.to_owned(),
        definition: definition(at - NOW + 1),
        owner: Some("ann@shop.example".to_owned()),
        at,
    }
}

async fn put(store: &Store, new: NewDashboard, expected: i64) -> Result<Dashboard, StoreError> {
    Ok(store.put_dashboards(&[(new, expected)]).await?.remove(0))
}

pub(crate) async fn every_version_of_a_dashboard_is_kept(url: DatabaseUrl) {
    let store = open(&url).await;
    assert_eq!(store.dashboards().await.unwrap(), []);
    let first = put(&store, dashboard("shop", NOW), 0).await.unwrap();
    let changed = NewDashboard { owner: None, ..dashboard("shop", NOW + 2) };
    let second = put(&store, changed, 1).await.unwrap();
    let expected = Dashboard {
        name: "shop".to_owned(),
        version: 2,
        definition: definition(3),
        owner: None,
        created_at: NOW,
        updated_at: NOW + 2,
    };
    assert_eq!(second, expected);
    assert_eq!(store.dashboards().await.unwrap(), [expected]);
    assert_eq!(store.dashboard_versions("shop").await.unwrap(), [second, first]);
    assert_eq!(store.integrity_check().await.unwrap(), []);
    assert_eq!(store.delete_dashboard("shop").await.unwrap(), 2);
    assert_eq!(store.delete_dashboard("shop").await.unwrap(), 0);
    assert_eq!(store.dashboard_versions("shop").await.unwrap(), []);
    assert_eq!(put(&store, dashboard("shop", NOW + 9), 0).await.unwrap().version, 1);
}

pub(crate) async fn several_dashboards_are_written_or_none(url: DatabaseUrl) {
    let store = open(&url).await;
    put(&store, dashboard("shop", NOW), 0).await.unwrap();
    let both = |expected| [(dashboard("new", NOW + 1), 0), (dashboard("shop", NOW + 1), expected)];
    for expected in [0, 2] {
        let error = store.put_dashboards(&both(expected)).await.unwrap_err();
        let conflict = Conflict::DashboardVersion { name: "shop".to_owned(), expected, found: 1 };
        assert!(matches!(error, StoreError::Conflict(told) if told == conflict));
        assert_eq!(store.dashboards().await.unwrap().len(), 1, "nothing was written");
    }
    let written = store.put_dashboards(&both(1)).await.unwrap();
    assert_eq!(written.iter().map(|one| one.version).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(store.dashboards().await.unwrap(), written);
}

pub(crate) async fn what_cannot_name_a_dashboard_is_refused(url: DatabaseUrl) {
    let store = open(&url).await;
    for name in ["", "  ", "a\0b", "a\nb", "é".repeat(201).as_str()] {
        let error = put(&store, dashboard(name, NOW), 0).await.unwrap_err();
        assert!(matches!(error, StoreError::Invalid { .. }), "{name:?}");
    }
    for name in ["客群", "'; DROP TABLE dashboard", "%", "é".repeat(200).as_str()] {
        put(&store, dashboard(name, NOW), 0).await.unwrap();
    }
    assert_eq!(store.delete_dashboard("%").await.unwrap(), 1);
    assert_eq!(store.dashboards().await.unwrap().len(), 3);
}

pub(crate) async fn an_older_workspace_keeps_what_it_has_and_takes_dashboards(url: DatabaseUrl) {
    let store = open(&url).await;
    store.put_setting("before", &json!(1)).await.unwrap();
    store.close().await;
    for table in ["dashboard", "model", "scoring"] {
        behind(&url, &format!("DROP TABLE {table}")).await;
    }
    for column in ["first_sequence", "error_zh"] {
        behind(&url, &format!("ALTER TABLE import DROP COLUMN {column}")).await;
    }
    behind(&url, "DELETE FROM perennial_migration WHERE version > 3").await;
    let store = open(&url).await;
    assert_eq!(store.setting("before").await.unwrap(), Some(json!(1)));
    assert_eq!(put(&store, dashboard("shop", NOW), 0).await.unwrap().version, 1);
    assert_eq!(store.integrity_check().await.unwrap(), []);
}
