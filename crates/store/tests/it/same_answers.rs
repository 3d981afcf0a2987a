//! Both databases give the same answers, and hold the same catalog, after the same changes.

use perennial_store::{Change, Commit, DatabaseUrl, NewIdentity};

use crate::fixture::{
    IMPORT, NOW, batch, file, identity, import, insert, letter, open, publish, texts,
};
use crate::postgres::Cluster;

/// The catalog's tables with a key to order them by, and how each column reads as text.
const TABLES: [(&str, &[&str]); 10] = [
    ("ducklake_metadata", &["key", "value"]),
    ("ducklake_snapshot_changes", &["snapshot_id", "changes_made"]),
    (
        "ducklake_data_file",
        &[
            "data_file_id",
            "begin_snapshot",
            "end_snapshot",
            "path",
            "record_count",
            "file_size_bytes",
            "footer_size",
            "row_id_start",
            "partition_id",
        ],
    ),
    (
        "ducklake_file_column_stats",
        &[
            "data_file_id",
            "column_id",
            "value_count",
            "null_count",
            "min_value",
            "max_value",
            "column_size_bytes",
        ],
    ),
    ("ducklake_table_column_stats", &["column_id", "min_value", "max_value"]),
    ("ducklake_table_stats", &["table_id", "record_count", "next_row_id", "file_size_bytes"]),
    ("ducklake_column", &["column_id", "column_name", "column_type", "default_value"]),
    ("ducklake_file_partition_value", &["data_file_id", "partition_value"]),
    ("ducklake_sort_expression", &["sort_id", "sort_key_index", "expression"]),
    ("ducklake_files_scheduled_for_deletion", &["data_file_id", "path"]),
];

/// Does a bit of everything and writes down every answer.
async fn story(url: DatabaseUrl) -> String {
    let store = open(&url).await;
    store.put_import(&import()).await.unwrap();
    publish(&store, [1, 2, 4, 8]).await;
    store.accept(vec![batch(1, 3), batch(2, 4)]).await.unwrap();
    let people = ["zoe", "Ann", "ann", "Ärzte", "李雷"];
    let identities: Vec<NewIdentity> =
        (1..).zip(people).map(|(id, name)| identity(id, name, id % 3 + 1)).collect();
    let flush = Commit {
        pending_done: vec![1],
        identities,
        dead_letters: vec![letter(1), letter(2)],
        ..insert(vec![file(5, 1, 41, 3)])
    };
    store.commit(flush).await.unwrap();
    let compact = Commit {
        add: vec![file(12, 0, 21, 20)],
        remove: vec![2, 3],
        at: NOW + 123_450,
        ..Commit::new(NOW, Change::Compact)
    };
    let merged = store.commit(compact).await.unwrap();
    let expired = store.expired_files(merged).await.unwrap();
    store.purge_files(&[2], NOW).await.unwrap();

    let mut paths: Vec<_> = store.all_paths().await.unwrap().into_iter().collect();
    paths.sort_unstable();
    let mut told = format!("{:#?}\n{expired:#?}\n{paths:#?}\n", store.snapshot().await.unwrap());
    told += &format!("{:#?}\n", store.imports().await.unwrap());
    told += &format!("{:#?}\n", store.identities("customer").await.unwrap());
    told += &format!("{:#?}\n", store.identities_of(&[1, 2]).await.unwrap());
    told += &format!("{:#?}\n", store.dead_letters(Some(IMPORT), 0, 9).await.unwrap());
    told += &format!("{:#?}\n", store.head().await.unwrap());
    told += &format!("{:#?}\n", store.integrity_check().await.unwrap());
    for (table, columns) in TABLES {
        let as_text = |name: &&str| format!("COALESCE(CAST(\"{name}\" AS TEXT), 'null')");
        let columns: Vec<_> = columns.iter().map(as_text).collect();
        let mut rows =
            texts(&url, &format!("SELECT {} FROM {table}", columns.join(" || ' ' || "))).await;
        rows.sort_unstable();
        told += &format!("{table} {rows:#?}\n");
    }
    told
}

#[test]
fn both_databases_tell_the_same_story() {
    let Some(cluster) = Cluster::start() else { return };
    let on_postgres = crate::runtime().block_on(story(cluster.new_database()));
    let folder = tempfile::tempdir().unwrap();
    let sqlite = DatabaseUrl::Sqlite(folder.path().join("perennial.db"));
    let on_sqlite = crate::runtime().block_on(story(sqlite));
    for (line, (sqlite, postgres)) in on_sqlite.lines().zip(on_postgres.lines()).enumerate() {
        assert_eq!(sqlite, postgres, "line {line}");
    }
    assert_eq!(on_sqlite.len(), on_postgres.len());
    assert!(on_sqlite.contains("merge_adjacent:1"));
}
