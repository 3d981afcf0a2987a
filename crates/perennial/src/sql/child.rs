//! The guarded side: little memory, little time, no tables but ours, nothing that writes.

use std::io::Write;
use std::sync::Arc;

use anyhow::Context;
use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::ipc::writer::StreamWriter;
use perennial_engine::sql::{self, Limits, QueryResult, Table};
use perennial_lake::Lake;

use super::Sql;
use crate::confine::{Confines, confine};
use crate::settings::Settings;

/// Most bytes of a result.
const MAX_RESULT_BYTES: usize = 10 << 20;
/// Most bytes a query may spill.
const MAX_SPILL_BYTES: u64 = 1 << 30;

/// Runs the query and writes its result as an Arrow stream.
pub fn run(settings: &Settings, args: &Sql, query: &str) -> anyhow::Result<()> {
    sql::check(query)?;
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let cpu_seconds = args.timeout * cores + 1;
    confine(Confines { memory_mib: args.memory, idle_mib: 4_096, cpu_seconds })?;
    let limits = Limits {
        memory_bytes: usize::try_from(args.memory << 20).unwrap_or(usize::MAX),
        spill_folder: std::env::temp_dir(),
        spill_bytes: MAX_SPILL_BYTES,
        n_rows: args.rows,
        result_bytes: MAX_RESULT_BYTES,
    };
    let result = settings.runtime()?.block_on(async {
        let lake = settings.open_for_reading(&args.data).await?;
        let source = Arc::new(lake.snapshot().await?);
        // What is kept beside the events is read only where it may be asked for.
        let asked = query.to_lowercase();
        let mut tables = Vec::new();
        if asked.contains("customers") {
            tables.push(customers(&lake).await?);
        }
        if asked.contains("customer_day") {
            tables.push(lake.score_table().await?);
        }
        anyhow::Ok(sql::run(source, tables, query, &limits).await?)
    })?;
    write(result)
}

fn write(result: QueryResult) -> anyhow::Result<()> {
    let metadata = [("truncated".to_owned(), result.is_cut.to_string())].into();
    let schema = Arc::new(Schema::clone(&result.schema).with_metadata(metadata));
    let mut writer = StreamWriter::try_new(Vec::new(), &schema)?;
    for batch in result.batches {
        writer.write(&batch.with_schema(schema.clone())?)?;
    }
    let bytes = writer.into_inner()?;
    std::io::stdout().lock().write_all(&bytes).context("cannot hand the result over")
}

async fn customers(lake: &Lake) -> anyhow::Result<Table> {
    let schema = Arc::new(Schema::new(vec![
        Field::new("customer", DataType::Int64, false),
        Field::new("namespace", DataType::Utf8, false),
        Field::new("outside_id", DataType::Utf8, false),
    ]));
    let mut batches = Vec::new();
    for namespace in lake.store().namespaces().await? {
        let known = lake.store().identities(&namespace).await?;
        let keys = Int64Array::from_iter_values(known.iter().map(|one| one.customer));
        let names = StringArray::from_iter_values(known.iter().map(|_| &namespace));
        let ids = StringArray::from_iter_values(known.iter().map(|one| &one.outside_id));
        let columns: Vec<ArrayRef> = vec![Arc::new(keys), Arc::new(names), Arc::new(ids)];
        batches.push(RecordBatch::try_new(schema.clone(), columns)?);
    }
    Ok(Table::in_memory("customers", schema, batches)?)
}
