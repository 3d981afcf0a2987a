//! Models: kept in every version, never rewritten, retired by name or by version.

use perennial_store::{DatabaseUrl, Model, NewModel, StoreError};
use serde_json::{Value, json};

use crate::fixture::{NOW, behind, open};

fn document(number: i64) -> Value {
    json!({"kind": "churn_risk", "model": {"trees": vec![number; 2000]}, "trained": {"n": number}})
}

fn model(name: &str, number: i64) -> NewModel {
    NewModel {
        name: name.to_owned(),
        kind: "churn_risk".to_owned(),
        at: NOW + number,
        document: document(number),
        summary: json!({"trained": {"n": number}}),
        sequence: 100 + number,
        snapshot_id: number,
        note: (number > 1).then(|| "’); -- 春节后".to_owned()),
    }
}

pub(crate) async fn every_version_of_a_model_is_kept(url: DatabaseUrl) {
    let store = open(&url).await;
    assert_eq!(store.models().await.unwrap(), []);
    let first = store.put_model(&model("churn", 1)).await.unwrap();
    let second = store.put_model(&model("churn", 2)).await.unwrap();
    let other = store.put_model(&model("b%", 3)).await.unwrap();
    let expected = Model {
        name: "churn".to_owned(),
        version: 2,
        kind: "churn_risk".to_owned(),
        created_at: NOW + 2,
        summary: json!({"trained": {"n": 2}}),
        sequence: 102,
        snapshot_id: 2,
        note: Some("’); -- 春节后".to_owned()),
        retired_at: None,
    };
    assert_eq!(second, expected);
    assert_eq!(store.models().await.unwrap(), [other, second, first]);
    for number in [1, 2] {
        assert_eq!(store.model_document("churn", number).await.unwrap(), Some(document(number)));
    }
    assert_eq!(store.model_document("churn", 3).await.unwrap(), None);
    assert_eq!(store.model_document("Churn", 1).await.unwrap(), None);
    assert_eq!(store.integrity_check().await.unwrap(), []);
}

pub(crate) async fn a_retired_model_stays_readable(url: DatabaseUrl) {
    let store = open(&url).await;
    for number in 1..=3 {
        store.put_model(&model("churn", number)).await.unwrap();
    }
    store.put_model(&model("other", 1)).await.unwrap();
    assert_eq!(store.retire_model("churn", Some(2), NOW + 9).await.unwrap(), 1);
    assert_eq!(store.retire_model("churn", Some(2), NOW + 10).await.unwrap(), 0, "it is already");
    assert_eq!(store.retire_model("churn", None, NOW + 11).await.unwrap(), 2);
    assert_eq!(store.retire_model("nobody", None, NOW + 11).await.unwrap(), 0);
    let retired: Vec<_> =
        store.models().await.unwrap().into_iter().map(|one| one.retired_at).collect();
    assert_eq!(retired, [Some(NOW + 11), Some(NOW + 9), Some(NOW + 11), None]);
    assert_eq!(store.model_document("churn", 2).await.unwrap(), Some(document(2)));
    assert_eq!(store.put_model(&model("churn", 4)).await.unwrap().version, 4);
}

pub(crate) async fn what_cannot_be_a_model_is_refused(url: DatabaseUrl) {
    let store = open(&url).await;
    store.put_model(&model("churn", 1)).await.unwrap();
    for name in ["", "  ", "a\0b", "a@2", "é".repeat(201).as_str()] {
        let error = store.put_model(&model(name, 1)).await.unwrap_err();
        assert!(matches!(error, StoreError::Invalid { .. }), "{name:?}");
    }
    let another = NewModel { kind: "health".to_owned(), ..model("churn", 2) };
    let error = store.put_model(&another).await.unwrap_err();
    assert!(error.to_string().contains("model `churn` is a `churn_risk`"), "{error}");
    assert_eq!(store.models().await.unwrap().len(), 1);
}

pub(crate) async fn an_older_workspace_takes_models(url: DatabaseUrl) {
    open(&url).await.close().await;
    behind(&url, "DROP TABLE model").await;
    behind(&url, "DROP TABLE scoring").await;
    for column in ["first_sequence", "error_zh"] {
        behind(&url, &format!("ALTER TABLE import DROP COLUMN {column}")).await;
    }
    behind(&url, "DELETE FROM perennial_migration WHERE version > 4").await;
    let store = open(&url).await;
    assert_eq!(store.put_model(&model("churn", 1)).await.unwrap().version, 1);
    assert_eq!(store.scores().await.unwrap().scorings, []);
    assert_eq!(store.integrity_check().await.unwrap(), []);
}
