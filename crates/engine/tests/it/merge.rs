//! Merging by run: whatever the streams and their batches, every row comes out once and in order.

use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Decimal128Type, Int64Type, TimestampMicrosecondType};
use datafusion::execution::TaskContext;
use perennial_engine::batch::Batch;
use perennial_engine::memory::MemorySource;
use perennial_engine::merge::RunMerge;
use perennial_engine::source::{RunSource, ScanRequest};
use perennial_testkit::{Event, batch, block_on};
use perennial_types::event::{COLUMNS, Column};
use proptest::collection::vec;
use proptest::prelude::*;

/// Rows of one customer in one stream: how many, and how far apart their instants are.
#[derive(Clone, Debug)]
struct Stretch {
    customer: i64,
    stream: usize,
    n_rows: usize,
    first_ts: i64,
    step: i64,
}

/// Stretches shorter and longer than what is sliced and what is copied at a time.
fn stretches() -> impl Strategy<Value = Vec<Stretch>> {
    let n_rows = prop_oneof![4 => 1..6_usize, 2 => 1020..1030_usize, 1 => 2_000..40_000_usize];
    let one = (1..7_i64, 0..4_usize, n_rows, 0..50_i64, 0..3_i64);
    let one = one.prop_map(|(customer, stream, n_rows, first_ts, step)| Stretch {
        customer,
        stream,
        n_rows,
        first_ts,
        step,
    });
    vec(one, 0..9)
}

/// The streams' rows, each stream in order; sequences are unique but in no order of time.
fn streams(stretches: &[Stretch]) -> Vec<Vec<Event>> {
    let mut streams = vec![Vec::new(); 4];
    let mut sequence = 0_i64;
    for stretch in stretches {
        for row in 0..stretch.n_rows as i64 {
            sequence += 1;
            streams[stretch.stream].push(Event {
                customer: stretch.customer,
                ts: stretch.first_ts + row * stretch.step,
                // 1,000,003 is prime: a permutation of the numbers below it.
                sequence: sequence * 7_919 % 1_000_003,
                event: format!("event of stream {}", stretch.stream),
                currency: (sequence % 3 > 0).then(|| format!("C{}", sequence % 5)),
                amount: (sequence % 2 > 0).then_some(sequence),
                ..Event::default()
            });
        }
    }
    for stream in &mut streams {
        stream.sort_by_key(key);
    }
    streams
}

fn key(event: &Event) -> (i64, i64, i64) {
    (event.customer, event.ts, event.sequence)
}

fn merged(streams: &[Vec<Event>], batch_rows: usize) -> Vec<RecordBatch> {
    let cut = |events: &Vec<Event>| events.chunks(batch_rows).map(|rows| batch(0, rows)).collect();
    let source = MemorySource::new(vec![streams.iter().map(cut).collect()]);
    let columns = COLUMNS.iter().map(|spec| spec.column).collect();
    let request = ScanRequest { columns, events: None, ts: i64::MIN..i64::MAX };
    let scan = source.scan(&request).expect("a scan");
    block_on(async {
        let context = Arc::new(TaskContext::default());
        let partitions = scan.buckets[0].clone();
        let streams =
            partitions.map(|one| scan.plan.execute(one, context.clone()).expect("a stream"));
        let mut merge = RunMerge::new(streams.collect());
        let mut batches = Vec::new();
        while let Some(next) = merge.next().await.expect("a batch") {
            batches.push(next);
        }
        batches
    })
}

/// What of a row can be told apart.
type Row = (i64, i64, i64, String, Option<String>, Option<i128>);

fn rows_of(record: &RecordBatch) -> Vec<Row> {
    let integers = |column: Column| {
        let array = record.column_by_name(column.name()).expect("the column");
        array.as_primitive::<Int64Type>().values().to_vec()
    };
    let (customers, sequences) = (integers(Column::Customer), integers(Column::Sequence));
    let ts = record.column_by_name("ts").expect("ts").as_primitive::<TimestampMicrosecondType>();
    let amounts = record.column_by_name("amount").expect("amount").as_primitive::<Decimal128Type>();
    let columns = Batch::new(record);
    let events = columns.text(Column::Event).expect("names");
    let currencies = columns.text(Column::Currency).expect("currencies");
    let amounts: Vec<Option<i128>> = amounts.iter().collect();
    (0..record.num_rows())
        .map(|row| {
            let name = events.get(row).expect("a name").to_owned();
            let currency = currencies.get(row).map(str::to_owned);
            (customers[row], ts.value(row), sequences[row], name, currency, amounts[row])
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_row_comes_out_once_and_in_order(stretches in stretches(), batch_rows in 1..4_000_usize) {
        let streams = streams(&stretches);
        // Batches of single rows take long where there are many.
        let n_rows: usize = streams.iter().map(Vec::len).sum();
        let batches = merged(&streams, batch_rows.max(n_rows / 500));
        prop_assert!(batches.iter().all(|batch| batch.num_rows() > 0));
        let found: Vec<Row> = batches.iter().flat_map(rows_of).collect();
        let mut wanted: Vec<&Event> = streams.iter().flatten().collect();
        wanted.sort_by_key(|event| key(event));
        prop_assert_eq!(found.len(), wanted.len());
        for (found, wanted) in found.iter().zip(wanted) {
            let (customer, ts, sequence, event, currency, amount) = found;
            prop_assert_eq!((*customer, *ts, *sequence), key(wanted));
            prop_assert_eq!(event, &wanted.event);
            prop_assert_eq!(currency, &wanted.currency);
            prop_assert_eq!(*amount, wanted.amount.map(i128::from));
        }
    }
}

#[test]
fn a_long_run_of_one_stream_passes_through_uncopied() {
    let long = |customer, stream| Stretch { customer, stream, n_rows: 5_000, first_ts: 0, step: 1 };
    let streams = streams(&[long(1, 0), long(2, 1)]);
    let sizes: Vec<usize> = merged(&streams, 5_000).iter().map(RecordBatch::num_rows).collect();
    assert_eq!(sizes, [5_000, 5_000]);
}
