//! The real DuckDB attaches to the live lake and to a moved copy of it, and agrees with us.
//!
//! It needs a Python with `duckdb` and its `ducklake` and `sqlite_scanner` extensions, named by
//! `PERENNIAL_ATTACH_PYTHON` or made at `.venv/attach` in the workspace; without it the test says
//! that it was skipped.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends at the first thing that is not as expected, and says what it skips"
)]

use std::fmt::Write;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use perennial_engine::source::RunSource;
use perennial_lake::source::{Field, Input, Preset, SourceOptions};
use perennial_lake::{Access, DayValues, ImportRequest, Lake};
use perennial_store::NewWorkspace;
use tokio_util::sync::CancellationToken;

/// Attaches the lake in the folder that is named.
const ATTACH: &str = r#"
import sys, os, duckdb
from duckdb_extensions import import_extension
for name in ("ducklake", "sqlite_scanner"):
    import_extension(name)
os.chdir(sys.argv[1])
c = duckdb.connect("")
c.sql("load ducklake"); c.sql("load sqlite_scanner")
c.sql("attach 'ducklake:sqlite:perennial.db' as lake (data_path 'lake/', read_only)")
"#;

/// What DuckDB is asked of the events, answered in one line.
const EVENTS: &str = r#"
all = c.sql("select count(*), coalesce(sum(amount), 0), count(distinct customer), count(distinct (customer, message_id)), min(ts at time zone 'UTC'), max(sequence) is not null from lake.events").fetchone()
one = c.sql("select count(*) from lake.events where bucket = 1 and event = 'order' and ts >= timestamptz '2024-01-02 00:00:00+00'").fetchone()
info = c.sql("select count(*) from ducklake_table_info('lake')").fetchone()
print("|".join(str(value) for value in all + one + info))
"#;

/// What it is asked of the scores.
const SCORES: &str = r#"
all = c.sql("select count(*), sum(value), count(text), min(day), max(day), count(distinct model), count(distinct sequence) from lake.customer_day").fetchone()
one = c.sql("select customer, name, value, text from lake.customer_day where day = date '2024-02-01' and customer >= 2 order by name, customer").fetchall()
joined = c.sql("select count(*) from lake.events join lake.customer_day using (customer) where name = 'risk' and value > 0.4").fetchone()
info = c.sql("select string_agg(table_name || ' ' || file_count, ',' order by table_name) from ducklake_table_info('lake')").fetchone()
print("|".join(str(value) for value in all + tuple(one) + joined + info))
"#;

fn python() -> Option<PathBuf> {
    let named = std::env::var_os("PERENNIAL_ATTACH_PYTHON").map(PathBuf::from);
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/attach/bin/python");
    named.or(Some(made)).filter(|python| python.exists())
}

fn ask(python: &Path, folder: &Path) -> String {
    ask_with(python, folder, EVENTS)
}

fn ask_with(python: &Path, folder: &Path, script: &str) -> String {
    let script = format!("{ATTACH}{script}");
    let out = Command::new(python).args(["-c", &script]).arg(folder).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}

async fn open(folder: &Path) -> Lake {
    let created =
        NewWorkspace { n_buckets: 4, zone: "UTC".to_owned(), week_start: "monday".to_owned() };
    Lake::open(folder, None, Access::Write { role: "test".to_owned(), created }).await.unwrap()
}

async fn import(lake: &Lake, days: std::ops::Range<u32>) -> String {
    let mut csv = "customer,ts,event,amount\n".to_owned();
    for day in days {
        for customer in 0..50 {
            let event = if customer % 3 == 0 { "order" } else { "visit" };
            writeln!(csv, "客{customer},2024-01-{day:02} 10:00:00,{event},{customer}.25").unwrap();
        }
    }
    let mut options = SourceOptions::new(Preset::Events, 1_717_200_000_000_000);
    for (field, column) in [
        (Field::Customer, "customer"),
        (Field::Ts, "ts"),
        (Field::Event, "event"),
        (Field::Amount, "amount"),
    ] {
        options.map.push((field, column.to_owned()));
    }
    let input = Input::stream("days.csv", Cursor::new(csv.into_bytes()));
    let request = ImportRequest::new(input, options);
    lake.ingest(request, Arc::new(()), CancellationToken::new()).await.unwrap().id
}

/// What DuckDB must answer for `n_days` days: the customers' 0.25, 1.25 … 49.25 add up to 1237.5.
fn expected(n_days: u32) -> String {
    let (rows, sum) = (n_days * 50, f64::from(n_days) * 1237.5);
    // Keys are allotted in the order of the file, from 1.
    let buyers = (0..50_i64).filter(|number| number % 3 == 0);
    let n_in_bucket = buyers.filter(|number| perennial_lake::bucket_of(number + 1, 4) == 1).count();
    let n_orders = n_in_bucket * (n_days as usize - 1);
    assert!(n_orders > 0);
    format!("{rows}|{sum:.4}|50|{rows}|2024-01-01 10:00:00|True|{n_orders}|1")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn duckdb_agrees_with_the_lake() {
    let Some(python) = python() else {
        println!("skipped: no Python with DuckDB; set PERENNIAL_ATTACH_PYTHON");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let lake = open(&data).await;
    for day in 1..=6 {
        import(&lake, day..day + 1).await;
    }
    assert_eq!(ask(&python, &data), expected(6), "after import");
    let again = import(&lake, 1..4).await;
    assert_eq!(ask(&python, &data), expected(6), "after an overlapping import");
    let last = import(&lake, 7..9).await;
    assert_eq!(ask(&python, &data), expected(8));
    lake.compact(0).await.unwrap();
    assert_eq!(ask(&python, &data), expected(8), "after compaction");
    lake.undo(&last).await.unwrap();
    lake.undo(&again).await.unwrap();
    assert_eq!(ask(&python, &data), expected(6), "after undo");
    lake.sweep(0).await.unwrap();
    lake.sweep(0).await.unwrap();
    assert_eq!(ask(&python, &data), expected(6), "after the sweep");
    assert_eq!(lake.snapshot().await.unwrap().facts().n_rows, 300);
    lake.close().await;
    drop(lake);
    let moved = folder.path().join("moved");
    copy(&data, &moved);
    std::fs::remove_dir_all(&data).unwrap();
    assert_eq!(ask(&python, &moved), expected(6), "from a moved copy");
    let lake = open(&moved).await;
    assert!(lake.doctor(|_, _| {}).await.unwrap().is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn duckdb_reads_the_scores_beside_the_events() {
    let Some(python) = python() else {
        println!("skipped: no Python with DuckDB; set PERENNIAL_ATTACH_PYTHON");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let lake = open(folder.path()).await;
    import(&lake, 1..3).await;
    let risk = |value: f64| DayValues {
        name: "risk".to_owned(),
        customers: vec![3, 1, 2],
        values: vec![Some(value), Some(0.25), None],
        texts: None,
        detail: serde_json::json!({}),
    };
    let tier = DayValues {
        name: "tier".to_owned(),
        customers: vec![2],
        values: vec![None],
        texts: Some(vec![Some("金".to_owned())]),
        detail: serde_json::json!({}),
    };
    let day = jiff::civil::date(2024, 1, 31);
    lake.put_scores(day, "churn@1", vec![risk(0.5)]).await.unwrap();
    let next = jiff::civil::date(2024, 2, 1);
    lake.put_scores(next, "churn@2", vec![risk(0.75), tier]).await.unwrap();
    let expected = "7|1.75|1|2024-01-31|2024-02-01|2|2|(2, 'risk', None, None)|\
                    (3, 'risk', 0.75, None)|(2, 'tier', None, '金')|4|customer_day 3,events 4";
    assert_eq!(ask_with(&python, folder.path(), SCORES), expected);
    for day in 3..7 {
        import(&lake, day..day + 1).await;
    }
    let compacted = lake.compact(0).await.unwrap();
    assert!(compacted.n_files_in > compacted.n_files_out, "{compacted:?}");
    lake.sweep(0).await.unwrap();
    lake.sweep(0).await.unwrap();
    let n_files = 5 * 4 - compacted.n_files_in + compacted.n_files_out;
    let told = ask_with(&python, folder.path(), SCORES);
    let events = format!("|12|customer_day 3,events {n_files}");
    assert!(told.starts_with("7|1.75|1|") && told.ends_with(&events), "{told}");
    assert!(lake.doctor(|_, _| {}).await.unwrap().is_clean());
}
