//! The files of a small world agree with one another and with their truth.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::path::Path;

use arrow::array::{Array, AsArray};
use arrow::util::display::array_value_to_string;
use clap::Parser;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use perennial_world::Truth;

use super::{World, run};
use crate::exit::Usage;

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    args: World,
}

/// Runs `perennial world` with these words.
fn world(out: &Path, words: &str) -> anyhow::Result<()> {
    let out = out.to_str().unwrap();
    let line = ["world", "--customers", "60", "--days", "400", "--out", out];
    let line = Line::try_parse_from(line.into_iter().chain(words.split_whitespace()))?;
    run(line.args)
}

type Row = BTreeMap<String, String>;

/// Rows of a CSV file without its empty fields.
fn csv_rows(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header = reader.headers().unwrap().clone();
    let rows = reader.records().map(|record| {
        let record = record.unwrap();
        let fields = header.iter().zip(record.iter()).filter(|(_, field)| !field.is_empty());
        fields.map(|(name, field)| (name.to_owned(), field.to_owned())).collect()
    });
    rows.collect()
}

fn json_rows(path: &Path) -> Vec<Row> {
    let text = fs::read_to_string(path).unwrap();
    let rows = text.lines().map(|line| {
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(line).unwrap();
        let shown = |value: serde_json::Value| match value {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        };
        object.into_iter().map(|(name, value)| (name, shown(value))).collect()
    });
    rows.collect()
}

fn parquet_rows(path: &Path) -> Vec<Row> {
    let file = File::open(path).unwrap();
    let mut rows = Vec::new();
    for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
        let batch = batch.unwrap();
        let schema = batch.schema();
        for place in 0..batch.num_rows() {
            let columns = schema.fields().iter().zip(batch.columns());
            let row =
                columns.filter(|(_, column)| column.is_valid(place)).map(|(field, column)| {
                    let text = array_value_to_string(column, place).unwrap();
                    (field.name().clone(), text)
                });
            rows.push(row.collect());
        }
    }
    rows
}

/// Decimals and instants in one spelling, whatever the format.
fn plain(rows: Vec<Row>) -> Vec<Row> {
    let spelt = |(name, text): (String, String)| {
        let text = match name.as_str() {
            "quantity" | "price" | "amount" => {
                text.parse::<perennial_types::money::Decimal4>().unwrap().to_string()
            }
            "ts" => text.parse::<jiff::Timestamp>().unwrap().to_string(),
            _ => text,
        };
        (name, text)
    };
    rows.into_iter().map(|row| row.into_iter().map(spelt).collect()).collect()
}

#[test]
fn all_formats_hold_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    for kind in ["shop", "subscription", "app"] {
        let path = |format: &str| folder.path().join(format!("{kind}-{format}"));
        for format in ["csv", "jsonl", "parquet"] {
            world(&path(format), &format!("--kind {kind} --format {format}")).unwrap();
        }
        let csv = plain(csv_rows(&path("csv").join("events.csv")));
        let json = plain(json_rows(&path("jsonl").join("events.jsonl")));
        let parquet = plain(parquet_rows(&path("parquet").join("events.parquet")));
        assert!(csv.len() > 1_000);
        assert_eq!(csv, json);
        assert_eq!(csv, parquet);
        for name in ["orders.csv", "identities.csv", "truth.json"] {
            let read = |format| fs::read(path(format).join(name)).unwrap();
            assert!(read("csv") == read("jsonl") && read("csv") == read("parquet"), "{name}");
        }
    }
}

#[test]
fn files_agree_with_their_truth() {
    let folder = tempfile::tempdir().unwrap();
    world(folder.path(), "").unwrap();
    let truth: Truth =
        serde_json::from_slice(&fs::read(folder.path().join("truth.json")).unwrap()).unwrap();
    let events = csv_rows(&folder.path().join("events.csv"));
    let distinct: HashSet<&String> = events.iter().map(|row| &row["message_id"]).collect();
    assert_eq!(events.len() as u64, truth.counts.n_rows);
    assert_eq!(distinct.len() as u64, truth.counts.n_events);
    assert_eq!(truth.customers.len(), 60);

    let orders = csv_rows(&folder.path().join("orders.csv"));
    let sum_of = |is_refund: bool| -> i64 {
        let amounts = orders.iter().filter(|row| row["quantity"].starts_with('-') == is_refund);
        let values = amounts.map(|row| row["amount"].parse::<perennial_types::money::Decimal4>());
        values.map(|value| value.unwrap().0).sum()
    };
    assert_eq!(orders.len() as u64, truth.counts.n_order_lines + truth.counts.n_refunds);
    assert_eq!(sum_of(false), truth.counts.ordered_ten_thousandths);
    assert_eq!(sum_of(true), truth.counts.refunded_ten_thousandths);

    let identities = csv_rows(&folder.path().join("identities.csv"));
    assert_eq!(identities.len() as u64, truth.counts.n_identities);
}

#[test]
fn ids_as_they_arrived_resolve_to_the_customers() {
    let folder = tempfile::tempdir().unwrap();
    let (plain, raw) = (folder.path().join("plain"), folder.path().join("raw"));
    world(&plain, "--kind app").unwrap();
    world(&raw, "--kind app --ids arrived").unwrap();
    let owners: BTreeMap<String, String> = csv_rows(&raw.join("identities.csv"))
        .into_iter()
        .map(|row| (row["id"].clone(), row["customer_id"].clone()))
        .collect();
    let (plain, raw) = (csv_rows(&plain.join("events.csv")), csv_rows(&raw.join("events.csv")));
    assert_eq!(plain.len(), raw.len());
    let mut n_other = 0;
    for (plain, raw) in plain.iter().zip(&raw) {
        assert_eq!(owners[&raw["customer_id"]], plain["customer_id"]);
        n_other += usize::from(raw["customer_id"] != plain["customer_id"]);
    }
    assert!(n_other > 100);
}

#[test]
fn an_earlier_world_is_replaced_only_by_force() {
    let folder = tempfile::tempdir().unwrap();
    world(folder.path(), "--format jsonl").unwrap();
    let before = fs::read(folder.path().join("truth.json")).unwrap();
    let refused = world(folder.path(), "--seed 8").unwrap_err();
    let Usage { message, hint } = refused.downcast_ref().unwrap();
    assert!(message.contains("`events.jsonl`") && hint.contains("--force"), "{message} {hint}");
    assert_eq!(fs::read(folder.path().join("truth.json")).unwrap(), before);
    world(folder.path(), "--seed 8 --force").unwrap();
    assert_ne!(fs::read(folder.path().join("truth.json")).unwrap(), before);
    let mut names: Vec<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["events.csv", "identities.csv", "orders.csv", "truth.json"]);
}

#[test]
fn money_and_time_have_their_types_in_parquet() {
    let folder = tempfile::tempdir().unwrap();
    world(folder.path(), "--format parquet").unwrap();
    let file = File::open(folder.path().join("events.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let schema = reader.schema().clone();
    let shown = |name: &str| schema.field_with_name(name).unwrap().data_type().to_string();
    assert_eq!(shown("amount"), "Decimal128(18, 4)");
    assert!(shown("ts").contains("UTC"), "{}", shown("ts"));
    assert_eq!(shown("newsletter"), "Boolean");
    assert_eq!(shown("first_delivery_days"), "Int64");
    let batch = reader.build().unwrap().next().unwrap().unwrap();
    assert_eq!(batch.column_by_name("message_id").unwrap().as_string::<i32>().null_count(), 0);
}

#[test]
fn what_cannot_be_made_is_said_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("new");
    let error = world(&out, "--start 1999-01-01").unwrap_err().to_string();
    assert!(error.contains("1999-01-01"), "{error}");
    assert!(!out.exists());
    for words in ["--days 0", "--kind cinema", "--start 2024-02-30"] {
        assert!(world(&out, words).is_err(), "{words}");
    }
}
