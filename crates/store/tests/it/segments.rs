//! Segments: kept in every version, changed only by who has seen the newest.

use perennial_store::{Conflict, DatabaseUrl, NewSegment, Segment, StoreError};
use serde_json::json;

use crate::fixture::{NOW, open};

fn segment(name: &str, at: i64) -> NewSegment {
    NewSegment {
        name: name.to_owned(),
        condition: json!({"did": {"event": "order"}, "times": {"at_least": at - NOW + 1}}),
        owner: Some("ann@shop.example".to_owned()),
        description: None,
        at,
    }
}

pub(crate) async fn every_version_of_a_segment_is_kept(url: DatabaseUrl) {
    let store = open(&url).await;
    assert_eq!(store.segments().await.unwrap(), []);
    let first = store.put_segment(&segment("vip", NOW), 0).await.unwrap();
    let second = NewSegment {
        description: Some("the best 5 %".to_owned()),
        owner: None,
        ..segment("vip", NOW + 5)
    };
    let second = store.put_segment(&second, 1).await.unwrap();
    let expected = Segment {
        name: "vip".to_owned(),
        version: 2,
        condition: json!({"did": {"event": "order"}, "times": {"at_least": 6}}),
        owner: None,
        description: Some("the best 5 %".to_owned()),
        created_at: NOW,
        updated_at: NOW + 5,
    };
    assert_eq!(second, expected);
    assert_eq!(store.segments().await.unwrap(), [expected]);
    assert_eq!(store.segment_versions("vip").await.unwrap(), [second, first]);
    assert_eq!(store.integrity_check().await.unwrap(), []);
    assert_eq!(store.delete_segment("vip").await.unwrap(), 2);
    assert_eq!(store.delete_segment("vip").await.unwrap(), 0);
    assert_eq!(store.segment_versions("vip").await.unwrap(), []);
    assert_eq!(store.put_segment(&segment("vip", NOW + 9), 0).await.unwrap().version, 1);
}

pub(crate) async fn a_segment_changed_meanwhile_is_a_conflict(url: DatabaseUrl) {
    let store = open(&url).await;
    store.put_segment(&segment("vip", NOW), 0).await.unwrap();
    for (expected, name, found) in [(0, "vip", 1), (2, "vip", 1), (1, "new", 0)] {
        let error = store.put_segment(&segment(name, NOW + 1), expected).await.unwrap_err();
        let conflict = Conflict::SegmentVersion { name: name.to_owned(), expected, found };
        assert!(matches!(error, StoreError::Conflict(told) if told == conflict));
    }
    assert_eq!(store.segment_versions("vip").await.unwrap().len(), 1, "nothing was written");
    assert_eq!(store.segments().await.unwrap().len(), 1);
}

pub(crate) async fn names_no_database_may_confuse(url: DatabaseUrl) {
    let store = open(&url).await;
    let mut names = ["vip", "VIP", "vip ", "’); --", "'; DROP TABLE segment", "客群", "a\\b", "%"];
    for name in names {
        store.put_segment(&segment(name, NOW), 0).await.unwrap();
    }
    names.sort_unstable();
    let known = store.segments().await.unwrap();
    assert_eq!(known.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), names);
    assert_eq!(store.delete_segment("%").await.unwrap(), 1);
    assert_eq!(store.segments().await.unwrap().len(), 7);
}

pub(crate) async fn what_cannot_be_a_name_is_refused(url: DatabaseUrl) {
    let store = open(&url).await;
    for name in ["", "  ", "a\0b", "a\nb", "é".repeat(201).as_str()] {
        let error = store.put_segment(&segment(name, NOW), 0).await.unwrap_err();
        assert!(matches!(error, StoreError::Invalid { .. }), "{name:?}");
    }
    store.put_segment(&segment(&"é".repeat(200), NOW), 0).await.unwrap();
}
