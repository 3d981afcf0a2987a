//! Events as record batches of the event table.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Array, Int32Array, Int64Array, RecordBatch, StringArray,
    StringDictionaryBuilder, TimestampMicrosecondArray,
};
use arrow::datatypes::Int32Type;
use perennial_engine::schema::event_schema;
use perennial_types::event::{COLUMNS, Column};

use crate::event::Event;

/// One batch of these events, in their order, with every column of the event table.
#[expect(clippy::expect_used, reason = "the columns are made from the schema they are put into")]
pub fn batch(bucket: i32, events: &[Event]) -> RecordBatch {
    let columns = COLUMNS.iter().map(|spec| column(spec.column, bucket, events)).collect();
    RecordBatch::try_new(event_schema(), columns).expect("columns of the event table")
}

fn column(column: Column, bucket: i32, events: &[Event]) -> ArrayRef {
    match column {
        Column::Bucket => Arc::new(Int32Array::from(vec![bucket; events.len()])),
        Column::Customer => integers(events, |event| event.customer),
        Column::Sequence => integers(events, |event| event.sequence),
        Column::Identity => integers(events, |event| event.customer),
        Column::Ts | Column::IngestedAt => instants(events),
        Column::Event => names(events, |event| Some(&event.event)),
        Column::Source => names(events, |_| Some("test")),
        Column::Currency => names(events, |event| event.currency.as_deref()),
        Column::MessageId => Arc::new(
            events
                .iter()
                .map(|event| Some(format!("m{}", event.sequence)))
                .collect::<StringArray>(),
        ),
        Column::OrderId => texts(events, |event| event.order_id.clone()),
        Column::Item => texts(events, |event| event.item.clone()),
        Column::Session => texts(events, |event| event.session.clone()),
        Column::Properties => texts(events, Event::properties_json),
        Column::Amount => decimals(events, |event| event.amount),
        Column::Quantity => decimals(events, |event| event.quantity),
    }
}

fn integers(events: &[Event], of: impl Fn(&Event) -> i64) -> ArrayRef {
    Arc::new(events.iter().map(of).collect::<Int64Array>())
}

fn texts(events: &[Event], of: impl Fn(&Event) -> Option<String>) -> ArrayRef {
    Arc::new(events.iter().map(of).collect::<StringArray>())
}

fn names<'a>(events: &'a [Event], of: impl Fn(&'a Event) -> Option<&'a str>) -> ArrayRef {
    let mut builder = StringDictionaryBuilder::<Int32Type>::new();
    for event in events {
        builder.append_option(of(event));
    }
    Arc::new(builder.finish())
}

fn instants(events: &[Event]) -> ArrayRef {
    let instants = events.iter().map(|event| Some(event.ts));
    Arc::new(instants.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

#[expect(clippy::expect_used, reason = "18 digits with 4 decimals is a decimal type")]
fn decimals(events: &[Event], of: impl Fn(&Event) -> Option<i64>) -> ArrayRef {
    let values = events.iter().map(|event| of(event).map(i128::from));
    let array = values.collect::<Decimal128Array>().with_precision_and_scale(18, 4);
    Arc::new(array.expect("decimal(18,4)"))
}
