//! What the cases build with.

use perennial_store::{
    Access, Bounds, Change, ColumnStats, Commit, DatabaseUrl, Import, ImportCounts, ImportState,
    NewDataFile, NewDeadLetter, NewIdentity, NewPending, NewWorkspace, StatValue, Store,
};
use perennial_types::event::{COLUMNS, ColumnType};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};

/// 2024-01-01T00:00:00Z.
pub(crate) const NOW: i64 = 1_704_067_200_000_000;
pub(crate) const IMPORT: &str = "018cc251-f400-7000-8000-000000000001";

pub(crate) fn writing() -> Access {
    let created = NewWorkspace {
        n_buckets: 4,
        zone: "Europe/London".to_owned(),
        week_start: "monday".to_owned(),
    };
    Access::ReadWrite { now: NOW, created }
}

pub(crate) async fn open(url: &DatabaseUrl) -> Store {
    Store::open(url, writing()).await.unwrap()
}

/// A batch whose body says its own number.
pub(crate) fn batch(number: i64, n_rows: i64) -> NewPending {
    NewPending {
        n_rows,
        body: format!("batch {number}").into_bytes(),
        source: "api".to_owned(),
        received_at: NOW + number,
        identities: Vec::new(),
    }
}

pub(crate) fn identity(id: i64, outside_id: &str, customer: i64) -> NewIdentity {
    NewIdentity {
        id,
        namespace: "customer".to_owned(),
        outside_id: outside_id.to_owned(),
        customer,
        first_import: Some(IMPORT.to_owned()),
    }
}

/// A file of `n_rows` rows with the sequences from `first_sequence` on, amounts up to its number.
pub(crate) fn file(number: i64, bucket: i32, first_sequence: i64, n_rows: i64) -> NewDataFile {
    let bounds = Bounds {
        min_customer: number,
        max_customer: number + 10,
        min_ts: NOW + number * 1_000_000,
        max_ts: NOW + number * 1_000_000 + 500_000,
        min_sequence: first_sequence,
        max_sequence: first_sequence + n_rows - 1,
    };
    let range = |column: &str, column_type: ColumnType| match (column, column_type) {
        ("bucket", _) => (StatValue::Int(bucket.into()), StatValue::Int(bucket.into())),
        ("customer", _) => (StatValue::Int(number), StatValue::Int(number + 10)),
        ("sequence", _) => {
            (StatValue::Int(bounds.min_sequence), StatValue::Int(bounds.max_sequence))
        }
        (_, ColumnType::Int32 | ColumnType::Int64) => (StatValue::Int(1), StatValue::Int(9)),
        (_, ColumnType::Timestamp) => {
            (StatValue::Timestamp(bounds.min_ts), StatValue::Timestamp(bounds.max_ts))
        }
        (_, ColumnType::Decimal) => (StatValue::Decimal(-5), StatValue::Decimal(number * 10_000)),
        (_, ColumnType::Text) => {
            (StatValue::Text("cart".to_owned()), StatValue::Text("order".to_owned()))
        }
    };
    let stats = |spec: &perennial_types::event::ColumnSpec| {
        // A column without any value has no range.
        let n_nulls = if spec.name == "session" { n_rows } else { 0 };
        let (min, max) = range(spec.name, spec.column_type);
        let has_values = n_nulls < n_rows;
        ColumnStats {
            column_id: spec.id,
            n_bytes: 40,
            n_nulls,
            min: has_values.then_some(min),
            max: has_values.then_some(max),
        }
    };
    NewDataFile {
        bucket,
        path: format!("bucket={bucket}/{number:08}.parquet"),
        n_rows,
        n_bytes: 1000 + number,
        footer_size: 100,
        import_id: Some(IMPORT.to_owned()),
        sha256: format!("{number:064x}"),
        bounds,
        chunk_checksums: vec![1, 2, 3],
        column_stats: COLUMNS.iter().map(stats).collect(),
    }
}

/// The file as the catalog gives it back: contact data left out of its statistics.
pub(crate) fn kept(mut file: NewDataFile) -> NewDataFile {
    for stats in &mut file.column_stats {
        let spec = COLUMNS.iter().find(|spec| spec.id == stats.column_id).unwrap();
        if !spec.in_statistics {
            (stats.min, stats.max) = (None, None);
        }
    }
    file
}

pub(crate) fn insert(files: Vec<NewDataFile>) -> Commit {
    Commit { add: files, ..Commit::new(NOW, Change::Insert) }
}

/// Publishes a file per number, each of ten rows, with sequences of their own.
pub(crate) async fn publish(store: &Store, numbers: impl IntoIterator<Item = i64>) {
    for number in numbers {
        let first = store.reserve_sequence(10).await.unwrap();
        let bucket = i32::try_from(number % 4).unwrap();
        store.commit(insert(vec![file(number, bucket, first, 10)])).await.unwrap();
    }
}

pub(crate) fn import() -> Import {
    Import {
        id: IMPORT.to_owned(),
        state: ImportState::Running,
        started_at: NOW,
        finished_at: None,
        name: "orders.csv".to_owned(),
        sha256: None,
        n_bytes: 12,
        mapping: serde_json::json!({"ts": "InvoiceDate", "amount": "Quantity*UnitPrice"}),
        counts: ImportCounts::default(),
        replaces: None,
        error: None,
        error_zh: None,
    }
}

pub(crate) fn letter(row: i64) -> NewDeadLetter {
    NewDeadLetter {
        import_id: Some(IMPORT.to_owned()),
        file: "orders.csv".to_owned(),
        row,
        column: Some("CustomerID".to_owned()),
        value: None,
        reason: "no_customer".to_owned(),
        raw: format!("row {row}").into_bytes(),
    }
}

/// Runs statements behind the store's back.
pub(crate) async fn behind(url: &DatabaseUrl, sql: &str) {
    let connection = connect(url).await;
    connection.execute_unprepared(sql).await.unwrap();
    connection.close().await.unwrap();
}

/// The first column of every row, as text, behind the store's back.
pub(crate) async fn texts(url: &DatabaseUrl, sql: &str) -> Vec<Option<String>> {
    let connection = connect(url).await;
    let ask = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(ask).await.unwrap();
    let texts = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    connection.close().await.unwrap();
    texts
}

async fn connect(url: &DatabaseUrl) -> DatabaseConnection {
    let url = match url {
        DatabaseUrl::Sqlite(path) => format!("sqlite://{}?mode=rwc", path.display()),
        DatabaseUrl::Postgres(url) => url.clone(),
    };
    Database::connect(url).await.unwrap()
}
