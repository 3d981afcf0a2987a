//! The integrity check: whether the database is sound and the catalog agrees with itself.
//!
//! It reads the database alone; whether the files are what the catalog says is the lake's to check.
//! Each check is one query that finds what must not be.

use perennial_types::day::DAY_COLUMNS;

use super::Store;
use super::accept::checksum;
use super::commit::{Totals, compute_totals};
use super::score::day_totals;
use crate::catalog::{N_COLUMNS, TABLE_ID, day_table};
use crate::db::{Dialect, Tx, values};
use crate::{Finding, Result};

/// A query whose every row is a fault; its first column says which.
struct Check {
    code: &'static str,
    fault: &'static str,
    sql: &'static str,
}

const CHECKS: [Check; 16] = [
    Check {
        code: "snapshots",
        fault: "snapshot is older than the one before it, or its ids go back",
        sql: "SELECT CAST(b.snapshot_id AS TEXT) FROM ducklake_snapshot a \
              JOIN ducklake_snapshot b ON b.snapshot_id = (SELECT MIN(c.snapshot_id) \
                  FROM ducklake_snapshot c WHERE c.snapshot_id > a.snapshot_id) \
              WHERE b.snapshot_time < a.snapshot_time OR b.next_file_id < a.next_file_id",
    },
    Check {
        code: "snapshots",
        fault: "snapshot does not say what it changed",
        sql: "SELECT CAST(s.snapshot_id AS TEXT) FROM ducklake_snapshot s \
              LEFT JOIN ducklake_snapshot_changes c ON c.snapshot_id = s.snapshot_id \
              WHERE c.snapshot_id IS NULL",
    },
    Check {
        code: "file_life",
        fault: "data file begins after it ends, or in a snapshot that never was",
        sql: "SELECT CAST(data_file_id AS TEXT) FROM ducklake_data_file \
              WHERE begin_snapshot >= end_snapshot \
              OR begin_snapshot > (SELECT MAX(snapshot_id) FROM ducklake_snapshot) \
              OR end_snapshot > (SELECT MAX(snapshot_id) FROM ducklake_snapshot) \
              OR data_file_id >= (SELECT MAX(next_file_id) FROM ducklake_snapshot)",
    },
    Check {
        code: "file_twice",
        fault: "path stands in the catalog twice",
        sql: "SELECT path FROM ducklake_data_file GROUP BY path HAVING COUNT(*) > 1",
    },
    Check {
        code: "file_scheduled",
        fault: "data file is still known although it is scheduled for deletion",
        sql: "SELECT CAST(f.data_file_id AS TEXT) FROM ducklake_data_file f \
              JOIN ducklake_files_scheduled_for_deletion d ON d.data_file_id = f.data_file_id",
    },
    Check {
        code: "file_foreign",
        fault: "data file was not written by Perennial",
        sql: "SELECT CAST(f.data_file_id AS TEXT) FROM ducklake_data_file f \
              LEFT JOIN lake_file l ON l.data_file_id = f.data_file_id \
              LEFT JOIN scoring s ON s.data_file_id = f.data_file_id \
              WHERE l.data_file_id IS NULL AND s.data_file_id IS NULL",
    },
    Check {
        code: "file_bucket",
        fault: "data file is not in the partition of its bucket",
        sql: "SELECT CAST(l.data_file_id AS TEXT) FROM lake_file l \
              JOIN ducklake_data_file f ON f.data_file_id = l.data_file_id \
              LEFT JOIN ducklake_file_partition_value p ON p.data_file_id = l.data_file_id \
              WHERE p.partition_value IS NULL OR p.partition_value <> CAST(l.bucket AS TEXT) \
              OR l.bucket >= (SELECT n_buckets FROM workspace) \
              OR f.path NOT LIKE 'bucket=' || CAST(l.bucket AS TEXT) || '/%'",
    },
    Check {
        code: "file_sequence",
        fault: "data file holds sequences that were never reserved",
        sql: "SELECT CAST(data_file_id AS TEXT) FROM lake_file \
              WHERE max_sequence >= (SELECT next_sequence FROM workspace) \
              UNION ALL SELECT CAST(data_file_id AS TEXT) FROM scoring \
              WHERE sequence >= (SELECT next_sequence FROM workspace)",
    },
    Check {
        code: "file_stats",
        fault: "statistics do not count the rows of their data file",
        sql: "SELECT CAST(s.data_file_id AS TEXT) FROM ducklake_file_column_stats s \
              LEFT JOIN ducklake_data_file f ON f.data_file_id = s.data_file_id \
              WHERE f.data_file_id IS NULL OR s.value_count + s.null_count <> f.record_count",
    },
    Check {
        code: "row_ids",
        fault: "data file shares row ids with another, or has ids never given",
        sql: "SELECT CAST(a.data_file_id AS TEXT) FROM (SELECT data_file_id, table_id, \
              row_id_start, record_count, LEAD(row_id_start) \
                  OVER (PARTITION BY table_id ORDER BY row_id_start) AS next_start \
              FROM ducklake_data_file) a \
              WHERE a.row_id_start + a.record_count > COALESCE(a.next_start, \
                  (SELECT next_row_id FROM ducklake_table_stats t WHERE t.table_id = a.table_id))",
    },
    Check {
        code: "table_stats",
        fault: "rows or bytes of the table are not those of its live files",
        sql: "SELECT CAST(t.record_count AS TEXT) FROM ducklake_table_stats t WHERE \
              t.record_count <> (SELECT COALESCE(SUM(record_count), 0) FROM ducklake_data_file \
                  WHERE table_id = t.table_id AND end_snapshot IS NULL) \
              OR t.file_size_bytes <> (SELECT COALESCE(SUM(file_size_bytes), 0) \
                  FROM ducklake_data_file WHERE table_id = t.table_id AND end_snapshot IS NULL)",
    },
    Check {
        code: "pending",
        fault: "pending batch shares sequences with another, or has some never reserved",
        sql: "SELECT CAST(a.id AS TEXT) FROM (SELECT id, first_sequence, n_rows, \
              LEAD(first_sequence) OVER (ORDER BY first_sequence) AS next_start \
              FROM pending_batch) a WHERE a.first_sequence + a.n_rows > \
              COALESCE(a.next_start, (SELECT next_sequence FROM workspace))",
    },
    Check {
        code: "keys",
        fault: "identity has an id or a customer that was never given",
        sql: "SELECT CAST(i.id AS TEXT) FROM identity i, workspace w \
              WHERE i.id >= w.next_identity OR i.customer >= w.next_customer \
              ORDER BY i.id LIMIT 100",
    },
    Check {
        code: "dead_letters",
        fault: "import has dead letters but is not known",
        sql: "SELECT DISTINCT d.import_id FROM dead_letter d \
              LEFT JOIN import i ON i.id = d.import_id \
              WHERE d.import_id IS NOT NULL AND i.id IS NULL",
    },
    Check {
        code: "foreign_deletes",
        fault: "another program has deleted rows of data file",
        sql: "SELECT CAST(data_file_id AS TEXT) FROM ducklake_delete_file \
              WHERE end_snapshot IS NULL",
    },
    Check {
        code: "foreign_inlining",
        fault: "another program keeps rows in table",
        sql: "SELECT table_name FROM ducklake_inlined_data_tables",
    },
];

impl Store {
    /// Checks the database file and the catalog; empty when all is well. Reads every page of an
    /// SQLite file, so it takes as long as reading it.
    pub async fn integrity_check(&self) -> Result<Vec<Finding>> {
        self.db.read("checking the database", |tx| Box::pin(check(tx))).await
    }
}

async fn check(tx: &Tx) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    if tx.dialect() == Dialect::Sqlite {
        check_pages(tx, &mut findings).await?;
    }
    for check in &CHECKS {
        for row in tx.rows(check.sql, []).await? {
            let which: String = row.get(0)?;
            findings
                .push(Finding { code: check.code, message: format!("`{which}`: {}", check.fault) });
        }
    }
    check_stats_complete(tx, &mut findings).await?;
    check_ranges(tx, &mut findings).await?;
    check_pending(tx, &mut findings).await?;
    check_imports(tx, &mut findings).await?;
    Ok(findings)
}

async fn check_pages(tx: &Tx, findings: &mut Vec<Finding>) -> Result<()> {
    for row in tx.rows("PRAGMA integrity_check", []).await? {
        let said: String = row.get(0)?;
        if said != "ok" {
            findings.push(Finding { code: "pages", message: said });
        }
    }
    let sql = "SELECT \"table\" FROM pragma_foreign_key_check()";
    for row in tx.rows(sql, []).await? {
        let table: String = row.get(0)?;
        let message = format!("`{table}`: a row points to a row that is not there");
        findings.push(Finding { code: "references", message });
    }
    Ok(())
}

async fn check_stats_complete(tx: &Tx, findings: &mut Vec<Finding>) -> Result<()> {
    let sql = "SELECT f.data_file_id, COUNT(DISTINCT s.column_id), f.table_id \
               FROM ducklake_data_file f \
               LEFT JOIN ducklake_file_column_stats s ON s.data_file_id = f.data_file_id \
               GROUP BY f.data_file_id, f.table_id ORDER BY f.data_file_id";
    let day_table = day_table(tx).await?;
    for row in tx.rows(sql, []).await? {
        let (id, n_columns): (i64, i64) = (row.get(0)?, row.get(1)?);
        let is_day = day_table == Some(row.get(2)?);
        let expected = if is_day { DAY_COLUMNS.len() } else { N_COLUMNS };
        if usize::try_from(n_columns).ok() != Some(expected) {
            let message = format!("`{id}`: data file has statistics of {n_columns} columns");
            findings.push(Finding { code: "file_stats", message });
        }
    }
    Ok(())
}

async fn check_ranges(tx: &Tx, findings: &mut Vec<Finding>) -> Result<()> {
    check_ranges_of(tx, TABLE_ID, &compute_totals(tx).await?, findings).await?;
    match day_table(tx).await? {
        None => Ok(()),
        Some(table_id) => {
            check_ranges_of(tx, table_id, &day_totals(tx, table_id).await?, findings).await
        }
    }
}

async fn check_ranges_of(
    tx: &Tx,
    table_id: i64,
    expected: &[Totals],
    findings: &mut Vec<Finding>,
) -> Result<()> {
    let sql = "SELECT column_id, CAST(CASE WHEN contains_null THEN 1 ELSE 0 END AS BIGINT), \
               min_value, max_value FROM ducklake_table_column_stats WHERE table_id = $1 \
               ORDER BY column_id";
    let rows = tx.rows(sql, values![table_id]).await?;
    let mut is_right = rows.len() == expected.len();
    for (row, totals) in rows.iter().zip(expected) {
        let has_nulls: i64 = row.get(1)?;
        let range: (Option<String>, Option<String>) = (row.get(2)?, row.get(3)?);
        is_right &= row.get::<i64>(0)? == totals.column_id
            && (has_nulls != 0) == totals.has_nulls
            && range == (totals.min.clone(), totals.max.clone());
    }
    if !is_right {
        let message = "the table's column statistics are not those of its files".to_owned();
        findings.push(Finding { code: "table_stats", message });
    }
    Ok(())
}

async fn check_pending(tx: &Tx, findings: &mut Vec<Finding>) -> Result<()> {
    let sql = "SELECT id, first_sequence, body, checksum FROM pending_batch WHERE id > $1 \
               ORDER BY id LIMIT 20";
    let mut after = 0_i64;
    loop {
        let rows = tx.rows(sql, values![after]).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.get(0)?;
        for row in &rows {
            let (id, body): (i64, Vec<u8>) = (row.get(0)?, row.get(2)?);
            if checksum(&body, row.get(1)?) != row.get::<i64>(3)? {
                let message = format!("`{id}`: the checksum of the pending batch does not match");
                findings.push(Finding { code: "pending", message });
            }
        }
    }
}

async fn check_imports(tx: &Tx, findings: &mut Vec<Finding>) -> Result<()> {
    let sql = "SELECT id, counts FROM import WHERE state = 'done' ORDER BY id";
    for row in tx.rows(sql, []).await? {
        let (id, counts): (String, String) = (row.get(0)?, row.get(1)?);
        let counts: Option<crate::ImportCounts> = serde_json::from_str(&counts).ok();
        if !counts.is_some_and(|counts| counts.is_balanced()) {
            let message = format!("`{id}`: the import does not account for every row it read");
            findings.push(Finding { code: "imports", message });
        }
    }
    Ok(())
}
