//! The guarded side: little memory, little time, no tables but ours, nothing that writes.

use std::io::Write;
use std::sync::Arc;

use anyhow::Context;
use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::ipc::writer::StreamWriter;
use datafusion::datasource::MemTable;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::context::SQLOptions;
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::StreamExt;
use perennial_engine::table::RunTable;
use perennial_lake::Lake;
use rustix::process::{Resource, Rlimit, setrlimit};

use super::{Sql, guard};
use crate::exit::usage;
use crate::settings::Settings;

/// Most bytes of a result.
const MAX_RESULT_BYTES: usize = 10 << 20;

const ORDERS: &str = "create view orders as
    select customer, coalesce(order_id, message_id) as order_id, min(ts) as ts,
           sum(amount) as amount, min(currency) as currency, count(*) as n_lines
    from events where event = 'order' group by 1, 2";

/// Runs the query and writes its result as an Arrow stream.
pub fn run(settings: &Settings, args: &Sql, query: &str) -> anyhow::Result<()> {
    guard::check(query)?;
    limit(args)?;
    let runtime = settings.runtime()?;
    let (schema, batches, is_cut) = runtime.block_on(async {
        let lake = settings.open_for_reading(&args.data).await?;
        let context = context(&lake, args, query).await?;
        collect(&context, query, args.rows).await
    })?;
    let metadata = [("truncated".to_owned(), is_cut.to_string())].into();
    let schema = Arc::new(Schema::clone(&schema).with_metadata(metadata));
    let mut writer = StreamWriter::try_new(Vec::new(), &schema)?;
    for batch in batches {
        writer.write(&batch.with_schema(schema.clone())?)?;
    }
    let bytes = writer.into_inner()?;
    std::io::stdout().lock().write_all(&bytes)?;
    Ok(())
}

/// Address space and processor time end with these, whatever the engine believes it uses.
fn limit(args: &Sql) -> anyhow::Result<()> {
    // Threads and mapped libraries take address space without using memory.
    let address_space = (args.memory + 4096) << 20;
    let bounded = |limit: u64| Rlimit { current: Some(limit), maximum: Some(limit) };
    setrlimit(Resource::As, bounded(address_space)).context("cannot bound the memory")?;
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    setrlimit(Resource::Cpu, bounded(args.timeout * cores + 1)).context("cannot bound the time")?;
    setrlimit(Resource::Core, bounded(0)).context("cannot forbid core dumps")?;
    Ok(())
}

async fn context(lake: &Lake, args: &Sql, query: &str) -> anyhow::Result<SessionContext> {
    let disk = DiskManagerBuilder::default()
        .with_mode(DiskManagerMode::OsTmpDirectory)
        .with_max_temp_directory_size(1 << 30);
    let memory = usize::try_from(args.memory << 20).unwrap_or(usize::MAX);
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(FairSpillPool::new(memory)))
        .with_disk_manager_builder(disk)
        .build_arc()?;
    let config = SessionConfig::new().with_information_schema(true);
    let context = SessionContext::new_with_config_rt(config, runtime);
    for function in ["generate_series", "range"] {
        context.deregister_udtf(function);
    }
    let source = lake.snapshot().await?;
    context.register_table("events", Arc::new(RunTable::new(Arc::new(source))))?;
    context.sql(ORDERS).await?;
    if query.to_lowercase().contains("customers") {
        context.register_table("customers", Arc::new(customers(lake).await?))?;
    }
    Ok(context)
}

async fn customers(lake: &Lake) -> anyhow::Result<MemTable> {
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
    Ok(MemTable::try_new(schema, vec![batches])?)
}

type Collected = (arrow::datatypes::SchemaRef, Vec<RecordBatch>, bool);

/// The first rows of the result, and whether there would have been more.
async fn collect(context: &SessionContext, query: &str, n_rows: usize) -> anyhow::Result<Collected> {
    let options =
        SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    let said = |error: datafusion::error::DataFusionError| {
        usage(error.strip_backtrace(), "`perennial sql --help` shows the views")
    };
    let frame = context.sql_with_options(query, options).await.map_err(said)?;
    let mut stream = frame.execute_stream().await.map_err(said)?;
    let schema = stream.schema();
    let (mut batches, mut left, mut n_bytes) = (Vec::new(), n_rows, 0);
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(said)?;
        let is_cut = batch.num_rows() > left;
        let batch = batch.slice(0, batch.num_rows().min(left));
        left -= batch.num_rows();
        n_bytes += batch.get_array_memory_size();
        batches.push(batch);
        if is_cut || n_bytes > MAX_RESULT_BYTES {
            return Ok((schema, batches, true));
        }
    }
    Ok((schema, batches, false))
}
