//! Every row of the catalogue of bad input that concerns files, typed here, and real data.

mod bad_input;
mod formats;
mod mapping;
mod online_retail;
mod workbooks;

use std::io::Cursor;

use arrow::array::{Array, StringArray};

use super::*;

/// 2012-01-01T00:00:00Z.
const NOW: Micros = 1_325_376_000_000_000;

fn options(preset: Preset) -> SourceOptions {
    SourceOptions::new(preset, NOW)
}

fn mapped(preset: Preset, map: &[(Field, &str)]) -> SourceOptions {
    let map = map.iter().map(|(field, from)| (*field, (*from).to_owned())).collect();
    SourceOptions { map, ..options(preset) }
}

fn open_bytes(bytes: impl AsRef<[u8]>, options: &SourceOptions) -> Result<Source, SourceError> {
    open(Input::stream("input", Cursor::new(bytes.as_ref().to_vec())), options)
}

fn failure(bytes: impl AsRef<[u8]>, options: &SourceOptions) -> SourceError {
    match read(bytes, options) {
        Ok(_) => panic!("the file is readable"),
        Err(error) => error,
    }
}

/// All rows of a file, put together.
#[derive(Debug, Default, PartialEq)]
struct All {
    rows: Vec<Row>,
    rejects: Vec<Reject>,
    n_read: u64,
    n_rounded: u64,
    n_ids_trimmed: u64,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Row {
    row: u64,
    customer: String,
    ts: Micros,
    event: String,
    message_id: Option<String>,
    order_id: Option<String>,
    amount: Option<i64>,
    currency: Option<String>,
    item: Option<String>,
    quantity: Option<i64>,
    session: Option<String>,
    properties: Option<String>,
    body_hash: u128,
}

fn read(bytes: impl AsRef<[u8]>, options: &SourceOptions) -> Result<All, SourceError> {
    read_all(open_bytes(bytes, options)?)
}

fn read_all(mut source: Source) -> Result<All, SourceError> {
    let mut all = All::default();
    while let Some(rows) = source.next()? {
        assert!(rows.row.len() <= CHUNK_ROWS);
        assert_eq!(rows.n_read as usize, rows.row.len() + rows.rejects.len());
        let text =
            |array: &StringArray, at: usize| array.is_valid(at).then(|| array.value(at).to_owned());
        for (at, &row) in rows.row.iter().enumerate() {
            all.rows.push(Row {
                row,
                customer: rows.customer.value(at).to_owned(),
                ts: rows.ts[at],
                event: rows.event.value(at).to_owned(),
                message_id: text(&rows.message_id, at),
                order_id: text(&rows.order_id, at),
                amount: rows.amount[at],
                currency: text(&rows.currency, at),
                item: text(&rows.item, at),
                quantity: rows.quantity[at],
                session: text(&rows.session, at),
                properties: text(&rows.properties, at),
                body_hash: rows.body_hash[at],
            });
        }
        all.rejects.extend(rows.rejects);
        all.n_read += rows.n_read;
        all.n_rounded += rows.n_rounded;
        all.n_ids_trimmed += rows.n_ids_trimmed;
    }
    assert!(source.sha256().is_some(), "the bytes are hashed at the end");
    Ok(all)
}

/// Line and reason of every reject.
fn reasons(all: &All) -> Vec<(u64, &'static str)> {
    all.rejects.iter().map(|reject| (reject.row, reject.reason)).collect()
}

fn customers(all: &All) -> Vec<&str> {
    all.rows.iter().map(|row| row.customer.as_str()).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}
