//! An answer in every format is a file that others can read.

use std::fs::File;
use std::io::Cursor;

use arrow::array::AsArray;
use arrow::datatypes::{Float64Type, Int64Type};
use calamine::{Reader, Xlsx};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::harness::World;

fn written(format: &str) -> (World, Vec<u8>) {
    let world = World::with_orders();
    let ask = "ask retention --data shop --question question.json";
    let piped = world.run(&format!("{ask} --format {format}")).succeeds().stdout;
    world.run(&format!("{ask} --format {format} -o answer")).succeeds();
    let filed = std::fs::read(world.path("answer")).unwrap();
    if format != "xlsx" {
        assert_eq!(piped, filed, "a pipe and a file get the same");
    }
    (world, filed)
}

#[test]
fn csv_has_a_row_for_every_cell() {
    let (_world, bytes) = written("csv");
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let header = reader.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|head| head == name).unwrap();
    let (start, index, customers) = (place("cohort"), place("index"), place("customers"));
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
    assert_eq!(rows.len(), 8);
    let cell = rows.iter().find(|row| &row[start] == "2024-01-01" && &row[index] == "2").unwrap();
    assert_eq!(&cell[customers], "2");
}

#[test]
fn parquet_has_typed_columns() {
    let (world, _) = written("parquet");
    let file = File::open(world.path("answer")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let batches: Vec<_> = reader.map(|batch| batch.unwrap()).collect();
    let [batch] = batches.as_slice() else { panic!("{batches:?}") };
    assert_eq!(batch.num_rows(), 8);
    let customers = batch.column_by_name("customers").unwrap().as_primitive::<Int64Type>();
    let share = batch.column_by_name("share").unwrap().as_primitive::<Float64Type>();
    assert_eq!(customers.values()[..3], [3, 1, 2]);
    assert_eq!(share.value(1), 1.0 / 3.0);
}

#[test]
fn xlsx_has_a_sheet_for_every_table_and_the_definition() {
    let (_world, bytes) = written("xlsx");
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let names = workbook.sheet_names();
    assert!(names.contains(&"definition".to_owned()), "{names:?}");
    let first = workbook.worksheet_range(&names[0]).unwrap();
    let rows: Vec<String> = first.rows().map(|row| format!("{row:?}")).collect();
    assert!(rows.iter().any(|row| row.contains("2024-01")), "{rows:?}");
}

#[test]
fn pictures_are_pictures() {
    let (_world, svg) = written("svg");
    let svg = String::from_utf8(svg).unwrap();
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{svg}");
    assert!(svg.contains("2024-01") && svg.contains("66.7 %"), "{svg}");
    let (_world, png) = written("png");
    assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n");
    assert_eq!(png[png.len() - 8..png.len() - 4], *b"IEND");
    let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert!(side(16) > 600 && side(20) > 200, "{} × {}", side(16), side(20));
}
