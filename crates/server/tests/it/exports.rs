//! Every export format, read back by somebody else's reader.

use std::io::Cursor;

use arrow::array::AsArray;
use arrow::datatypes::{Float64Type, Int64Type};
use bytes::Bytes;
use calamine::{Data, Reader, Xlsx};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use crate::harness::{QUESTION, Service};

/// The same answer as JSON and in another format.
async fn exported(format: &str) -> (Value, Vec<u8>) {
    let service = Service::with_orders().await;
    let (status, answer) = service.json("POST", "/insights/retention", QUESTION).await;
    assert_eq!(status, 200, "{answer}");
    let path = format!("/insights/retention?format={format}");
    let (status, bytes) = service.send("POST", &path, QUESTION).await;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&bytes));
    (answer, bytes)
}

/// `(start, index, customers, share)` of every cell.
fn cells(answer: &Value) -> Vec<(String, u64, u64, Option<f64>)> {
    let cohorts = answer["cohorts"].as_array().unwrap().iter();
    let of = |cohort: &Value| {
        let start = cohort["start"].as_str().unwrap().to_owned();
        let cells = cohort["cells"].as_array().unwrap().iter();
        cells
            .map(|cell| {
                let count = |name: &str| cell[name].as_u64().unwrap();
                (start.clone(), count("index"), count("customers"), cell["share"].as_f64())
            })
            .collect::<Vec<_>>()
    };
    cohorts.flat_map(of).collect()
}

#[tokio::test]
async fn csv_holds_every_cell() {
    let (answer, bytes) = exported("csv").await;
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let header = reader.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|head| head == name).unwrap();
    let places = ["cohort", "index", "customers", "share"].map(place);
    let found: Vec<_> = reader
        .records()
        .map(|row| {
            let row = row.unwrap();
            let [start, index, customers, share] = places.map(|place| row[place].to_owned());
            (start, index.parse().unwrap(), customers.parse().unwrap(), share.parse().ok())
        })
        .collect();
    assert_eq!(found, cells(&answer));
}

#[tokio::test]
async fn parquet_holds_every_cell_with_its_type() {
    let (answer, bytes) = exported("parquet").await;
    let builder = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes)).unwrap();
    let batches: Vec<_> = builder.build().unwrap().map(|batch| batch.unwrap()).collect();
    let [batch] = batches.as_slice() else { panic!("{batches:?}") };
    let column = |name: &str| batch.column_by_name(name).unwrap();
    let starts = column("cohort").as_string::<i32>();
    let indexes = column("index").as_primitive::<Int64Type>();
    let customers = column("customers").as_primitive::<Int64Type>();
    let shares = column("share").as_primitive::<Float64Type>();
    let found: Vec<_> = (0..batch.num_rows())
        .map(|row| {
            let share = shares.iter().nth(row).unwrap();
            let (index, customers) = (indexes.value(row) as u64, customers.value(row) as u64);
            (starts.value(row).to_owned(), index, customers, share)
        })
        .collect();
    assert_eq!(found, cells(&answer));
}

#[tokio::test]
async fn a_workbook_holds_the_triangle_the_cells_and_the_definition() {
    let (answer, bytes) = exported("xlsx").await;
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    assert_eq!(workbook.sheet_names(), ["retention", "mean", "cells", "definition"]);
    let cells_sheet = workbook.worksheet_range("cells").unwrap();
    let rows: Vec<&[Data]> = cells_sheet.rows().collect();
    let place = |name: &str| {
        rows[0].iter().position(|head| *head == Data::String(name.to_owned())).unwrap()
    };
    let [start, index, customers] = ["cohort", "index", "customers"].map(place);
    let found: Vec<_> = rows[1..]
        .iter()
        .map(|row| {
            let number = |place: usize| match row[place] {
                Data::Float(number) => number as u64,
                Data::Int(number) => number as u64,
                ref other => panic!("{other:?}"),
            };
            (row[start].to_string(), number(index), number(customers))
        })
        .collect();
    let expected: Vec<_> =
        cells(&answer).into_iter().map(|(start, index, n, _)| (start, index, n)).collect();
    assert_eq!(found, expected);
    let words = workbook.worksheet_range("definition").unwrap();
    assert_eq!(
        words.get((0, 0)).unwrap().to_string(),
        answer["definition"]["en"].as_str().unwrap()
    );
}

#[tokio::test]
async fn pictures_and_json_are_what_they_say() {
    let (answer, json) = exported("json").await;
    assert_eq!(serde_json::from_slice::<Value>(&json).unwrap(), answer);
    let (_, svg) = exported("svg").await;
    assert!(svg.starts_with(b"<svg") && svg.trim_ascii_end().ends_with(b"</svg>"));
    let (_, png) = exported("png").await;
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n") && png.ends_with(b"IEND\xaeB`\x82"));
    let (_, curve) = exported("svg&picture=curve").await;
    assert!(curve.windows(9).any(|part| part == b"<polyline"));
}
