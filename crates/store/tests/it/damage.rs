//! Damage is found before it is used.

use perennial_store::{DatabaseUrl, StoreError};

use crate::fixture::{batch, behind, identity, import, open, publish};

pub(crate) async fn a_changed_pending_batch_is_found(url: DatabaseUrl) {
    let store = open(&url).await;
    store.accept(vec![batch(1, 1), batch(2, 1)]).await.unwrap();
    behind(
        &url,
        "UPDATE pending_batch SET body = (SELECT body FROM pending_batch WHERE id = 2) \
                  WHERE id = 1",
    )
    .await;
    let error = store.snapshot().await.unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt { what, .. } if what == "pending batch 1"));
    let findings = store.integrity_check().await.unwrap();
    assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["pending"]);
}

pub(crate) async fn the_check_finds_every_planted_fault(url: DatabaseUrl) {
    let store = open(&url).await;
    publish(&store, [4, 8]).await;
    store.put_import(&import()).await.unwrap();
    let mut sent = batch(1, 2);
    sent.identities = vec![identity(1, "ann", 1)];
    store.accept(vec![sent, batch(2, 2)]).await.unwrap();
    assert_eq!(store.integrity_check().await.unwrap(), []);

    // A fault, the code it is found by, and its mend.
    for (fault, code, mend) in [
        (
            "UPDATE ducklake_snapshot SET next_file_id = 9 WHERE snapshot_id = 2",
            "snapshots",
            "UPDATE ducklake_snapshot SET next_file_id = 1 WHERE snapshot_id = 2",
        ),
        (
            "DELETE FROM ducklake_snapshot_changes WHERE snapshot_id = 3",
            "snapshots",
            "INSERT INTO ducklake_snapshot_changes (snapshot_id) VALUES (3)",
        ),
        (
            "UPDATE ducklake_data_file SET begin_snapshot = 9 WHERE data_file_id = 1",
            "file_life",
            "UPDATE ducklake_data_file SET begin_snapshot = 3 WHERE data_file_id = 1",
        ),
        (
            "INSERT INTO ducklake_files_scheduled_for_deletion (data_file_id, path) VALUES (1, 'x')",
            "file_scheduled",
            "DELETE FROM ducklake_files_scheduled_for_deletion",
        ),
        (
            "UPDATE ducklake_file_partition_value SET partition_value = '3' WHERE data_file_id = 1",
            "file_bucket",
            "UPDATE ducklake_file_partition_value SET partition_value = '0' WHERE data_file_id = 1",
        ),
        (
            "UPDATE lake_file SET max_sequence = 900 WHERE data_file_id = 1",
            "file_sequence",
            "UPDATE lake_file SET max_sequence = 20 WHERE data_file_id = 1",
        ),
        (
            "UPDATE ducklake_file_column_stats SET value_count = 9 WHERE column_id = 2",
            "file_stats",
            "UPDATE ducklake_file_column_stats SET value_count = 10 WHERE column_id = 2",
        ),
        (
            "UPDATE ducklake_data_file SET row_id_start = 5 WHERE data_file_id = 1",
            "row_ids",
            "UPDATE ducklake_data_file SET row_id_start = 10 WHERE data_file_id = 1",
        ),
        (
            "UPDATE ducklake_table_stats SET record_count = 21",
            "table_stats",
            "UPDATE ducklake_table_stats SET record_count = 20",
        ),
        (
            "UPDATE ducklake_table_column_stats SET max_value = '99' WHERE column_id = 2",
            "table_stats",
            "UPDATE ducklake_table_column_stats SET max_value = '18' WHERE column_id = 2",
        ),
        (
            "UPDATE workspace SET next_sequence = 24",
            "pending",
            "UPDATE workspace SET next_sequence = 25",
        ),
        (
            "UPDATE workspace SET next_customer = 1",
            "keys",
            "UPDATE workspace SET next_customer = 2",
        ),
        (
            "INSERT INTO dead_letter (import_id, file, row_number, reason, raw, is_capped) \
          SELECT 'nobody', '', 1, '', body, 0 FROM pending_batch WHERE id = 1",
            "dead_letters",
            "DELETE FROM dead_letter",
        ),
        (
            "UPDATE import SET state = 'done', counts = '{\"read\": 1}'",
            "imports",
            "UPDATE import SET state = 'running'",
        ),
    ] {
        behind(&url, fault).await;
        let findings = store.integrity_check().await.unwrap();
        let codes: Vec<_> = findings.iter().map(|finding| finding.code).collect();
        assert!(
            !codes.is_empty() && codes.iter().all(|found| *found == code),
            "{fault}: {findings:?}"
        );
        behind(&url, mend).await;
        assert_eq!(store.integrity_check().await.unwrap(), [], "{mend}");
    }
}

pub(crate) async fn rows_of_another_program_are_refused(url: DatabaseUrl) {
    let store = open(&url).await;
    publish(&store, [4]).await;
    for (fault, code, mend) in [
        (
            "INSERT INTO ducklake_delete_file (delete_file_id, data_file_id) VALUES (1, 0)",
            "foreign_deletes",
            "DELETE FROM ducklake_delete_file",
        ),
        (
            "INSERT INTO ducklake_inlined_data_tables VALUES (1, 'inlined', 1)",
            "foreign_inlining",
            "DELETE FROM ducklake_inlined_data_tables",
        ),
        ("DELETE FROM lake_file WHERE data_file_id = 0", "file_foreign", ""),
    ] {
        behind(&url, fault).await;
        let error = store.snapshot().await.unwrap_err();
        assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
        let findings = store.integrity_check().await.unwrap();
        assert!(findings.iter().any(|finding| finding.code == code), "{findings:?}");
        if !mend.is_empty() {
            behind(&url, mend).await;
            store.snapshot().await.unwrap();
        }
    }
}
