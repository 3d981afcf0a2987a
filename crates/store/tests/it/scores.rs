//! Scorings: files of `customer_day`, added beside those of `events` and never changed.

use perennial_store::{
    Change, Commit, Conflict, DatabaseUrl, DayStats, NewScoreFile, NewScoring, ScoreCommit,
    Scoring, Store, StoreError,
};
use perennial_types::day::DAY_COLUMNS;
use serde_json::json;

use crate::fixture::{NOW, behind, open, publish, texts};

fn scoring(name: &str, day: &str, version: i64, n_rows: i64) -> NewScoring {
    let range = |column: &str| -> (String, String) {
        match column {
            "customer" => ("1".to_owned(), n_rows.to_string()),
            "day" => (day.to_owned(), day.to_owned()),
            "value" => ("0.05".to_owned(), format!("0.{version}")),
            "sequence" => ("1".to_owned(), "1".to_owned()),
            _ => (name.to_owned(), name.to_owned()),
        }
    };
    let stats = DAY_COLUMNS.iter().map(|column| {
        let (min, max) = range(column.name);
        let n_nulls = i64::from(column.name == "value");
        let is_kept = column.in_statistics;
        DayStats { n_bytes: 9, n_nulls, min: is_kept.then_some(min), max: is_kept.then_some(max) }
    });
    NewScoring {
        name: name.to_owned(),
        day: day.to_owned(),
        model: format!("churn@{version}"),
        detail: json!({"mean": 0.25}),
        file: NewScoreFile {
            path: format!("{day}-{version}-{name}.parquet"),
            n_rows,
            n_bytes: 1000 + n_rows,
            footer_size: 100,
            sha256: format!("{version:064x}"),
            chunk_checksums: vec![1, 2],
            column_stats: stats.collect(),
        },
    }
}

async fn put(store: &Store, scorings: Vec<NewScoring>) -> Result<i64, StoreError> {
    let sequence = store.reserve_sequence(1).await.unwrap();
    store.put_scorings(ScoreCommit { at: NOW, sequence, scorings }).await
}

pub(crate) async fn scorings_are_read_back_beside_the_events(url: DatabaseUrl) {
    let store = open(&url).await;
    publish(&store, [4]).await;
    assert_eq!(store.scores().await.unwrap().scorings, []);
    assert!(store.score_paths().await.unwrap().is_empty());
    let both = vec![scoring("risk", "2024-01-01", 1, 5), scoring("tier", "2024-01-01", 1, 7)];
    let snapshot = put(&store, both.clone()).await.unwrap();
    assert_eq!(snapshot, 3, "one snapshot makes the table and fills it");
    publish(&store, [8]).await;
    let scores = store.scores().await.unwrap();
    let expected = |place: usize, file_id| Scoring {
        file_id,
        sequence: 11,
        scored_at: NOW,
        scoring: both[place].clone(),
    };
    assert_eq!((scores.snapshot_id, scores.scorings), (4, vec![expected(0, 1), expected(1, 2)]));
    assert_eq!(store.score_paths().await.unwrap().len(), 2);
    let files = store.snapshot().await.unwrap().files;
    assert_eq!(files.iter().map(|file| file.id).collect::<Vec<_>>(), [0, 3], "events alone");
    assert_eq!(store.all_paths().await.unwrap().len(), 2);
    assert_eq!(store.integrity_check().await.unwrap(), []);
    let changes = "SELECT changes_made FROM ducklake_snapshot_changes WHERE snapshot_id = 3";
    let created = "created_table:\"main\".\"customer_day\",inserted_into_table:4";
    assert_eq!(texts(&url, changes).await, [Some(created.to_owned())]);
    let counts = "SELECT CAST(record_count AS TEXT) FROM ducklake_table_stats ORDER BY table_id";
    assert_eq!(texts(&url, counts).await, ["20", "12"].map(|n| Some(n.to_owned())));
}

pub(crate) async fn the_newest_scoring_is_in_force(url: DatabaseUrl) {
    let store = open(&url).await;
    for (day, version) in [("2024-01-01", 2), ("2024-01-02", 2), ("2024-01-01", 1)] {
        put(&store, vec![scoring("risk", day, version, 3)]).await.unwrap();
    }
    put(&store, vec![scoring("other", "2024-01-01", 2, 3)]).await.unwrap();
    let scores = store.scores().await.unwrap();
    assert_eq!(scores.scorings.len(), 4);
    let in_force: Vec<_> = scores
        .in_force()
        .into_iter()
        .map(|one| (&*one.scoring.name, &*one.scoring.day, &*one.scoring.model))
        .collect();
    let expected = [
        ("other", "2024-01-01", "churn@2"),
        ("risk", "2024-01-01", "churn@1"),
        ("risk", "2024-01-02", "churn@2"),
    ];
    assert_eq!(in_force, expected, "the later one, whatever its version");
    assert_eq!(store.integrity_check().await.unwrap(), []);
}

pub(crate) async fn what_was_scored_is_never_scored_again(url: DatabaseUrl) {
    let store = open(&url).await;
    let first = scoring("risk", "2024-01-01", 1, 3);
    put(&store, vec![first.clone()]).await.unwrap();
    let before = store.scores().await.unwrap();
    let mut again = first.clone();
    again.file.path = "again.parquet".to_owned();
    let error = put(&store, vec![scoring("new", "2024-01-01", 1, 3), again]).await.unwrap_err();
    let conflict = Conflict::Scored {
        name: "risk".to_owned(),
        day: "2024-01-01".to_owned(),
        model: "churn@1".to_owned(),
    };
    assert!(matches!(error, StoreError::Conflict(told) if told == conflict));
    let mut same_path = scoring("risk", "2024-01-02", 1, 3);
    same_path.file.path = first.file.path;
    let error = put(&store, vec![same_path]).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(Conflict::PathTaken(_))), "{error:?}");
    assert_eq!(store.scores().await.unwrap(), before, "nothing was written");
}

pub(crate) async fn a_scoring_that_contradicts_itself_is_refused(url: DatabaseUrl) {
    let store = open(&url).await;
    let wrong: [fn(&mut NewScoring); 9] = [
        |one| one.day = "2024-1-1".to_owned(),
        |one| one.day = "2024-02-30".to_owned(),
        |one| one.name = "a\nb".to_owned(),
        |one| one.file.path = "../x.parquet".to_owned(),
        |one| one.file.n_rows = 0,
        |one| one.file.sha256 = "AB".repeat(32),
        |one| one.file.column_stats[0].n_nulls = 1,
        |one| one.file.column_stats[3].min = Some("0.9".to_owned()),
        |one| drop(one.file.column_stats.pop()),
    ];
    for (place, change) in wrong.into_iter().enumerate() {
        let mut one = scoring("risk", "2024-01-01", 1, 3);
        change(&mut one);
        let error = put(&store, vec![one]).await.unwrap_err();
        assert!(matches!(error, StoreError::Invalid { .. }), "{place}: {error:?}");
    }
    store.reserve_sequence(1).await.unwrap();
    let one = scoring("risk", "2024-01-01", 1, 3);
    let twice = ScoreCommit { at: NOW, sequence: 1, scorings: vec![one.clone(), one.clone()] };
    let later = ScoreCommit { at: NOW, sequence: 99, scorings: vec![one] };
    let none = ScoreCommit { at: NOW, sequence: 1, scorings: Vec::new() };
    let (left, mut right) = (scoring("a", "2024-01-01", 1, 3), scoring("b", "2024-01-01", 1, 3));
    right.file.path = left.file.path.clone();
    let same_file = ScoreCommit { at: NOW, sequence: 1, scorings: vec![left, right] };
    for commit in [twice, later, none, same_file] {
        let error = store.put_scorings(commit).await.unwrap_err();
        assert!(matches!(error, StoreError::Invalid { .. }), "{error:?}");
    }
    assert_eq!(store.scores().await.unwrap().snapshot_id, 1);
}

pub(crate) async fn the_check_finds_faults_in_scorings(url: DatabaseUrl) {
    let store = open(&url).await;
    publish(&store, [4]).await;
    put(&store, vec![scoring("risk", "2024-01-01", 1, 3)]).await.unwrap();
    put(&store, vec![scoring("risk", "2024-01-02", 2, 3)]).await.unwrap();
    assert_eq!(store.integrity_check().await.unwrap(), []);
    for (fault, code, mend) in [
        (
            "UPDATE ducklake_table_column_stats SET max_value = '0.9' WHERE table_id = 4 AND column_id = 4",
            "table_stats",
            "UPDATE ducklake_table_column_stats SET max_value = '0.2' WHERE table_id = 4 AND column_id = 4",
        ),
        (
            "UPDATE ducklake_data_file SET row_id_start = 1 WHERE data_file_id = 2",
            "row_ids",
            "UPDATE ducklake_data_file SET row_id_start = 3 WHERE data_file_id = 2",
        ),
        (
            "UPDATE scoring SET sequence = 99 WHERE data_file_id = 1",
            "file_sequence",
            "UPDATE scoring SET sequence = 11 WHERE data_file_id = 1",
        ),
        ("DELETE FROM scoring WHERE data_file_id = 1", "file_foreign", ""),
    ] {
        behind(&url, fault).await;
        let findings = store.integrity_check().await.unwrap();
        let is_it = findings.iter().all(|finding| finding.code == code);
        assert!(is_it && !findings.is_empty(), "{fault}: {findings:?}");
        if !mend.is_empty() {
            behind(&url, mend).await;
            assert_eq!(store.integrity_check().await.unwrap(), [], "{mend}");
        }
    }
}

pub(crate) async fn sweeping_events_leaves_scorings_alone(url: DatabaseUrl) {
    let store = open(&url).await;
    publish(&store, [4]).await;
    put(&store, vec![scoring("risk", "2024-01-01", 1, 3)]).await.unwrap();
    let before = store.scores().await.unwrap().scorings;
    let delete = Commit { remove: vec![0], ..Commit::new(NOW, Change::Delete) };
    store.commit(delete).await.unwrap();
    let expired = store.expired_files(i64::MAX).await.unwrap();
    assert_eq!(expired.iter().map(|file| file.id).collect::<Vec<_>>(), [0]);
    store.purge_files(&[0], NOW).await.unwrap();
    assert_eq!(store.scores().await.unwrap().scorings, before);
    put(&store, vec![scoring("risk", "2024-01-02", 1, 3)]).await.unwrap();
    assert_eq!(store.integrity_check().await.unwrap(), []);
}
