//! Rows of an import that do not fit its memory: on disk, by bucket, until the input has ended.
//!
//! A bucket's rows are appended in the order they were read. They are read back in parts of the
//! bucket's customers, each small enough for memory and holding all rows of its customers, so that
//! what is decided per customer (duplicates, ordinals, refunds) is decided on all of them. Each
//! part becomes a sorted file of its own. A part is a range of customer keys: files whose customers
//! do not interleave are read one after the other, others would have to be merged row by row.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeBinaryArray, Int32Array, Int64Array, RecordBatch,
    StringArray, UInt32Array,
};
use arrow::datatypes::{Field, Int32Type, Int64Type, Schema, UInt32Type};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;

use crate::error::{LakeError, Result};
use crate::failpoint::FailPoints;
use crate::identity::Resolved;
use crate::staging::Buffer;

/// Steps in which the keys of all customers are looked at to cut them into parts.
const STEPS: usize = 1 << 16;

/// Files of spilled rows, removed when this is dropped.
#[derive(Debug)]
pub(crate) struct Spill {
    folder: PathBuf,
    failures: Arc<FailPoints>,
    /// Memory the spilled rows of each bucket took.
    n_bytes: Vec<usize>,
    /// Spilled rows of each entry.
    n_rows: Vec<u32>,
}

/// Customers of a bucket that are published together.
pub(crate) type Part = Range<i64>;

impl Spill {
    /// Spills into a folder of its own.
    pub(crate) fn new(
        folder: PathBuf,
        n_buckets: usize,
        failures: Arc<FailPoints>,
    ) -> Result<Spill> {
        fs::create_dir_all(&folder).map_err(LakeError::io("create", &folder))?;
        Ok(Spill { folder, failures, n_bytes: vec![0; n_buckets], n_rows: Vec::new() })
    }

    fn path(&self, bucket: usize) -> PathBuf {
        self.folder.join(format!("bucket={bucket}"))
    }

    /// Appends a bucket's rows and empties its buffer.
    pub(crate) fn add(&mut self, bucket: usize, buffer: &mut Buffer) -> Result<()> {
        self.failures.hit("spill")?;
        let buffer = std::mem::take(buffer);
        if buffer.len() == 0 {
            return Ok(());
        }
        if let Some(n_bytes) = self.n_bytes.get_mut(bucket) {
            *n_bytes += buffer.n_bytes();
        }
        self.count(&buffer.entry);
        let path = self.path(bucket);
        let batch = to_batch(buffer)?;
        let file = File::options().create(true).append(true).open(&path);
        let mut file = BufWriter::new(file.map_err(LakeError::io("open", &path))?);
        let mut body = StreamWriter::try_new(Vec::new(), batch.schema_ref())?;
        body.write(&batch)?;
        let body = body.into_inner()?;
        let written =
            file.write_all(&(body.len() as u64).to_le_bytes()).and_then(|()| file.write_all(&body));
        written.and_then(|()| file.flush()).map_err(LakeError::io("write", &path))
    }

    fn count(&mut self, entries: &[u32]) {
        for entry in entries {
            let entry = *entry as usize;
            if self.n_rows.len() <= entry {
                self.n_rows.resize(entry + 1, 0);
            }
            self.n_rows[entry] = self.n_rows[entry].saturating_add(1);
        }
    }

    /// How the customers are cut so that a part of the fullest bucket takes about `memory_bytes`:
    /// ranges of keys with about as many rows each.
    pub(crate) fn parts(&self, memory_bytes: usize, resolved: &[Resolved]) -> Vec<Part> {
        let n_bytes = self.n_bytes.iter().copied().max().unwrap_or(0);
        let n_parts = n_bytes.div_ceil(memory_bytes.max(1));
        let customers =
            || self.n_rows.iter().zip(resolved).map(|(rows, entry)| (entry.customer, *rows));
        let Some(first) = customers().map(|(customer, _)| customer).min() else {
            return Vec::new();
        };
        let last = customers().map(|(customer, _)| customer).max().unwrap_or(first);
        let width = (last.abs_diff(first) / STEPS as u64 + 1) as i64;
        let mut n_rows = vec![0_u64; STEPS];
        for (customer, rows) in customers() {
            n_rows[((customer - first) / width) as usize] += u64::from(rows);
        }
        let per_part = n_rows.iter().sum::<u64>().div_ceil(n_parts.max(1) as u64).max(1);
        let mut parts = Vec::with_capacity(n_parts);
        let (mut start, mut taken) = (i64::MIN, 0);
        for (step, rows) in n_rows.iter().enumerate() {
            if taken > 0 && taken + rows > per_part {
                let end = first + step as i64 * width;
                parts.push(start..end);
                (start, taken) = (end, 0);
            }
            taken += rows;
        }
        parts.push(start..i64::MAX);
        parts
    }

    /// Whether a bucket has rows.
    pub(crate) fn has_rows(&self, bucket: usize) -> bool {
        self.n_bytes.get(bucket).is_some_and(|n_bytes| *n_bytes > 0)
    }

    /// Reads back the rows of a part.
    pub(crate) fn read(&self, bucket: usize, part: &Part, resolved: &[Resolved]) -> Result<Buffer> {
        let path = self.path(bucket);
        let file = File::open(&path).map_err(LakeError::io("open", &path))?;
        let mut file = BufReader::new(file);
        let mut buffer = Buffer::default();
        while let Some(body) = next_body(&mut file, &path)? {
            for batch in StreamReader::try_new(body.as_slice(), None)? {
                append(&mut buffer, &batch?, part, resolved)?;
            }
        }
        Ok(buffer)
    }
}

impl Drop for Spill {
    fn drop(&mut self) {
        if !self.failures.is_dead() {
            // What cannot be removed now goes when the lake is opened for writing next.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

fn next_body(file: &mut impl Read, path: &Path) -> Result<Option<Vec<u8>>> {
    let mut length = Vec::with_capacity(8);
    file.take(8).read_to_end(&mut length).map_err(LakeError::io("read", path))?;
    let Ok(length) = <[u8; 8]>::try_from(length.as_slice()) else { return Ok(None) };
    let mut body = vec![0; usize::try_from(u64::from_le_bytes(length)).unwrap_or(usize::MAX)];
    file.read_exact(&mut body).map_err(LakeError::io("read", path))?;
    Ok(Some(body))
}

fn to_batch(buffer: Buffer) -> Result<RecordBatch> {
    let hashes = buffer.body_hash.iter().flat_map(|hash| hash.to_le_bytes()).collect::<Vec<u8>>();
    let mut columns: Vec<(&str, ArrayRef)> = vec![
        ("entry", Arc::new(UInt32Array::from(buffer.entry))),
        ("ts", Arc::new(Int64Array::from(buffer.ts))),
        ("row", Arc::new(UInt32Array::from(buffer.row))),
        ("body_hash", Arc::new(FixedSizeBinaryArray::try_new(16, hashes.into(), None)?)),
        ("event", Arc::new(Int32Array::from(buffer.event))),
    ];
    if !buffer.currency.is_empty() {
        columns.push(("currency", Arc::new(Int32Array::from(buffer.currency))));
    }
    for (name, decimals) in [("amount", buffer.amount), ("quantity", buffer.quantity)] {
        if !decimals.is_empty() {
            columns.push((name, Arc::new(Int64Array::from(decimals))));
        }
    }
    let texts = [
        ("message_id", buffer.message_id),
        ("order_id", buffer.order_id),
        ("item", buffer.item),
        ("session", buffer.session),
        ("properties", buffer.properties),
    ];
    for (name, text) in texts {
        if !text.is_absent() {
            columns.push((name, Arc::new(text.into_array()?)));
        }
    }
    let field =
        |(name, array): &(&str, ArrayRef)| Field::new(*name, array.data_type().clone(), true);
    let schema = Schema::new(columns.iter().map(field).collect::<Vec<Field>>());
    let columns = columns.into_iter().map(|(_, array)| array).collect();
    Ok(RecordBatch::try_new(Arc::new(schema), columns)?)
}

/// Appends the rows of a spilled batch that belong to a part.
fn append(
    buffer: &mut Buffer,
    batch: &RecordBatch,
    part: &Part,
    resolved: &[Resolved],
) -> Result<()> {
    let broken = || LakeError::Worker("spilled rows cannot be read back".to_owned());
    let column = |name: &str| batch.column_by_name(name);
    let words = |name: &str| column(name).and_then(|array| array.as_primitive_opt::<UInt32Type>());
    let codes = |name: &str| column(name).and_then(|array| array.as_primitive_opt::<Int32Type>());
    let longs = |name: &str| column(name).and_then(|array| array.as_primitive_opt::<Int64Type>());
    let entries = words("entry").ok_or_else(broken)?.values();
    let is_mine = |row: &u32| part.contains(&resolved[entries[*row as usize] as usize].customer);
    let picked: Vec<u32> = (0..entries.len() as u32).filter(is_mine).collect();
    let n_before = buffer.len();
    let each = || picked.iter().map(|row| *row as usize);
    let (ts, rows) = (longs("ts").ok_or_else(broken)?, words("row").ok_or_else(broken)?);
    let hashes = column("body_hash")
        .and_then(|array| array.as_fixed_size_binary_opt())
        .ok_or_else(broken)?;
    let hash = |row: usize| hashes.value(row).try_into().map_or(0, u128::from_le_bytes);
    buffer.entry.extend(each().map(|row| entries[row]));
    buffer.ts.extend(each().map(|row| ts.value(row)));
    buffer.row.extend(each().map(|row| rows.value(row)));
    buffer.body_hash.extend(each().map(hash));
    let events = codes("event").ok_or_else(broken)?;
    buffer.event.extend(each().map(|row| events.value(row)));
    let currencies = codes("currency").map(|array| array.values().as_ref());
    let (amounts, quantities) = (longs("amount"), longs("quantity"));
    buffer.extend_currency(n_before, currencies, &picked);
    buffer.extend_amount(n_before, amounts.map(|array| array.values().as_ref()), &picked);
    buffer.extend_quantity(n_before, quantities.map(|array| array.values().as_ref()), &picked);
    let absent = StringArray::new_null(batch.num_rows());
    let text =
        |name: &str| column(name).and_then(|array| array.as_string_opt::<i32>()).unwrap_or(&absent);
    buffer.message_id.extend(n_before, text("message_id"), &picked);
    buffer.order_id.extend(n_before, text("order_id"), &picked);
    buffer.item.extend(n_before, text("item"), &picked);
    buffer.session.extend(n_before, text("session"), &picked);
    buffer.properties.extend(n_before, text("properties"), &picked);
    Ok(())
}
