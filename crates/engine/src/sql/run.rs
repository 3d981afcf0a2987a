//! Executing a query within limits.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::StreamExt;

use super::{SqlError, check};
use crate::source::RunSource;
use crate::table::RunTable;

const ORDERS: &str = "create view orders as
    select customer, coalesce(order_id, message_id) as order_id, min(ts) as ts,
           sum(amount) as amount, min(currency) as currency, count(*) as n_lines
    from events where event = 'order' group by 1, 2";

/// What a query may take.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of memory before it spills.
    pub memory_bytes: usize,
    /// Folder it spills into.
    pub spill_folder: PathBuf,
    /// Bytes it may spill.
    pub spill_bytes: u64,
    /// Rows of the result.
    pub n_rows: usize,
    /// Bytes of the result.
    pub result_bytes: usize,
}

/// A further table of a query.
#[derive(Clone, Debug)]
pub struct Table {
    name: &'static str,
    rows: Arc<dyn TableProvider>,
}

impl Table {
    /// A table that is read where a query needs it.
    pub fn new(name: &'static str, rows: Arc<dyn TableProvider>) -> Table {
        Table { name, rows }
    }

    /// A table held in memory.
    ///
    /// # Errors
    /// When a batch has other columns.
    pub fn in_memory(
        name: &'static str,
        schema: SchemaRef,
        batches: Vec<RecordBatch>,
    ) -> Result<Table, SqlError> {
        Ok(Table { name, rows: Arc::new(MemTable::try_new(schema, vec![batches])?) })
    }
}

/// The first rows of a result.
#[derive(Clone, Debug)]
pub struct QueryResult {
    /// Its columns.
    pub schema: SchemaRef,
    /// Its rows.
    pub batches: Vec<RecordBatch>,
    /// Whether there would have been more.
    pub is_cut: bool,
}

/// Runs one query that [`check`] lets pass over `events`, `orders` and `tables`.
///
/// # Errors
/// When the query is refused, cannot be planned, or fails while it runs.
pub async fn run(
    source: Arc<dyn RunSource>,
    tables: Vec<Table>,
    query: &str,
    limits: &Limits,
) -> Result<QueryResult, SqlError> {
    check(query)?;
    let context = context(limits)?;
    context.register_table("events", Arc::new(RunTable::new(source)))?;
    context.sql(ORDERS).await?;
    for Table { name, rows } in tables {
        context.register_table(name, rows)?;
    }
    collect(&context, query, limits).await
}

/// A session that knows no file, no function that makes rows from nothing, and no other table.
fn context(limits: &Limits) -> Result<SessionContext, SqlError> {
    let disk = DiskManagerBuilder::default()
        .with_mode(DiskManagerMode::Directories(vec![limits.spill_folder.clone()]))
        .with_max_temp_directory_size(limits.spill_bytes);
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(FairSpillPool::new(limits.memory_bytes)))
        .with_disk_manager_builder(disk)
        .build_arc()?;
    let config = SessionConfig::new().with_information_schema(true);
    let context = SessionContext::new_with_config_rt(config, runtime);
    for function in ["generate_series", "range"] {
        context.deregister_udtf(function);
    }
    Ok(context)
}

async fn collect(
    context: &SessionContext,
    query: &str,
    limits: &Limits,
) -> Result<QueryResult, SqlError> {
    let options =
        SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    let frame = context.sql_with_options(query, options).await?;
    let mut stream = frame.execute_stream().await?;
    let schema = stream.schema();
    let (mut batches, mut left, mut n_bytes) = (Vec::new(), limits.n_rows, 0);
    while let Some(batch) = stream.next().await {
        let batch = batch?;
        let is_cut = batch.num_rows() > left;
        let batch = batch.slice(0, batch.num_rows().min(left));
        left -= batch.num_rows();
        n_bytes += batch.get_array_memory_size();
        batches.push(batch);
        if is_cut || n_bytes > limits.result_bytes {
            return Ok(QueryResult { schema, batches, is_cut: true });
        }
    }
    Ok(QueryResult { schema, batches, is_cut: false })
}
