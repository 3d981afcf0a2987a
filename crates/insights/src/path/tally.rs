//! The tree of all paths with the times between its places, bucket by bucket and all together.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, BinaryArray, Int64Array, RecordBatch, StringArray, UInt32Array,
};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, UInt32Type};
use perennial_engine::error::EngineError;

use super::fold::Sink;
use super::plan::too_many;
use super::times::{Spread, Times};
use super::trie::{N_ENDS, Trie};
use super::walk::Path;
use crate::grouping::Interner;
use crate::nodes::NodeCoder;

/// Most places of the tree of one bucket, and of all together.
const MAX_PLACES: usize = 2_000_000;

/// Counts paths.
pub struct Tally {
    trie: Trie,
    times: Option<Times>,
    n_customers: u64,
    has_path: bool,
    /// How long paths took to arrive, in whole seconds.
    arrivals: Spread,
}

impl Tally {
    /// Nothing yet.
    pub fn new(times: bool) -> Tally {
        Tally {
            trie: Trie::default(),
            times: times.then(Times::default),
            n_customers: 0,
            has_path: false,
            arrivals: Spread::new(),
        }
    }
}

impl Sink for Tally {
    fn path(&mut self, _customer: i64, path: &Path<'_>, _nodes: &NodeCoder) {
        self.has_path = true;
        let first = path.at.first().copied().unwrap_or_default();
        if let Some(arrived) = path.arrived {
            let seconds = u32::try_from((arrived - first) / 1_000_000).unwrap_or(u32::MAX);
            *self.arrivals.entry(seconds).or_insert(0) += 1;
        }
        self.trie.count(path);
        let Some(times) = &mut self.times else { return };
        let mut place = 0;
        let mut before = first;
        for (step, (node, at)) in path.nodes.iter().zip(path.at).enumerate() {
            place = self.trie.below(place, *node);
            if step > 0 {
                times.note(place, (at - before).abs());
            }
            before = *at;
        }
    }

    fn close(&mut self) -> Result<(), EngineError> {
        self.n_customers += u64::from(std::mem::take(&mut self.has_path));
        refuse_too_many(self.trie.len())
    }

    fn finish(self, nodes: &NodeCoder) -> Result<RecordBatch, EngineError> {
        let times = self.times.map(Times::finish).unwrap_or_default();
        let mut by_place: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
        for (place, seconds, n) in times {
            push_time(by_place.entry(place).or_default(), seconds, n);
        }
        let mut arrivals = Vec::new();
        self.arrivals.iter().for_each(|(seconds, n)| push_time(&mut arrivals, *seconds, *n));
        let mut rows = Rows::default();
        // The root's row carries what belongs to no place.
        rows.push(0, "", &[self.n_customers, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], arrivals);
        for (place, above, node, ends) in self.trie.places() {
            let name = nodes.name(node).unwrap_or_default();
            rows.push(above, name, ends, by_place.remove(&place).unwrap_or_default());
        }
        rows.encode()
    }
}

fn refuse_too_many(n_places: usize) -> Result<(), EngineError> {
    if n_places > MAX_PLACES {
        let what = format!("{n_places} different beginnings of paths");
        return Err(too_many(&what, &format!("{n_places} 种不同的路径开头")).into());
    }
    Ok(())
}

fn push_time(bytes: &mut Vec<u8>, seconds: u32, n: u64) {
    bytes.extend(seconds.to_le_bytes());
    bytes.extend(n.to_le_bytes());
}

fn read_times(bytes: &[u8]) -> impl Iterator<Item = (u32, u64)> + '_ {
    bytes.chunks_exact(12).filter_map(|chunk| {
        let (seconds, n) = chunk.split_at(4);
        Some((u32::from_le_bytes(seconds.try_into().ok()?), u64::from_le_bytes(n.try_into().ok()?)))
    })
}

/// The places of a tree as a partial result; row 0 is the root.
#[derive(Default)]
struct Rows {
    above: Vec<u32>,
    names: Vec<String>,
    ends: Vec<[u64; N_ENDS]>,
    times: Vec<Vec<u8>>,
}

impl Rows {
    fn push(&mut self, above: u32, name: &str, ends: &[u64; N_ENDS], times: Vec<u8>) {
        self.above.push(above);
        self.names.push(name.to_owned());
        self.ends.push(*ends);
        self.times.push(times);
    }

    fn encode(self) -> Result<RecordBatch, EngineError> {
        let mut fields = vec![
            Field::new("above", DataType::UInt32, false),
            Field::new("node", DataType::Utf8, false),
            Field::new("times", DataType::Binary, false),
        ];
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(UInt32Array::from(self.above)),
            Arc::new(StringArray::from(self.names)),
            Arc::new(BinaryArray::from_iter_values(self.times)),
        ];
        for slot in 0..N_ENDS {
            fields.push(Field::new(format!("ends_{slot}"), DataType::Int64, false));
            let numbers = self.ends.iter().map(|ends| ends[slot] as i64);
            columns.push(Arc::new(Int64Array::from_iter_values(numbers)));
        }
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
    }
}

/// The tree of all buckets.
#[derive(Debug, Default)]
pub struct Forest {
    /// The tree.
    pub trie: Trie,
    /// Names of its nodes, by number less one.
    pub names: Vec<String>,
    /// Seconds to come to a place from the one above it.
    pub times: BTreeMap<u32, Spread>,
    /// Customers with a path that counts.
    pub n_customers: u64,
    /// Seconds from an anchor to where paths end.
    pub arrivals: Spread,
}

/// All buckets together.
pub fn merged(partials: &[RecordBatch]) -> Result<Forest, EngineError> {
    let mut forest = Forest::default();
    let mut names: Interner<String> = Interner::default();
    for partial in partials {
        let above = partial.column(0).as_primitive::<UInt32Type>().values();
        let nodes = partial.column(1).as_string::<i32>();
        let times = partial.column(2).as_binary::<i32>();
        let end = |row: usize, slot: usize| {
            partial.column(3 + slot).as_primitive::<Int64Type>().value(row) as u64
        };
        let mut places: Vec<u32> = Vec::with_capacity(above.len());
        for (row, above) in above.iter().enumerate() {
            let counted = read_times(times.value(row));
            if row == 0 {
                forest.n_customers += end(row, 0);
                counted.for_each(|(seconds, n)| *forest.arrivals.entry(seconds).or_insert(0) += n);
                places.push(0);
                continue;
            }
            let above = places.get(*above as usize).copied().unwrap_or_default();
            let place = forest.trie.below(above, names.number(nodes.value(row)) + 1);
            forest.trie.add_ends(place, &std::array::from_fn(|slot| end(row, slot)));
            let spread = forest.times.entry(place).or_default();
            counted.for_each(|(seconds, n)| *spread.entry(seconds).or_insert(0) += n);
            places.push(place);
        }
        refuse_too_many(forest.trie.len())?;
    }
    forest.names = names.values().to_vec();
    Ok(forest)
}
