//! Times an import and a scan: `import_speed FILE DATA [N_BUCKETS]`.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use datafusion::prelude::{SessionConfig, SessionContext};
use futures::StreamExt;
use perennial_engine::source::{RunSource, ScanRequest};
use perennial_lake::source::{Input, Preset, SourceOptions};
use perennial_lake::{Access, ImportRequest, Lake, Step, Watch};
use perennial_store::NewWorkspace;
use perennial_types::event::Column;
use tokio_util::sync::CancellationToken;

struct Phases(Instant, std::sync::Mutex<Option<f64>>);

impl Watch for Phases {
    fn at(&self, step: Step) {
        if let Step::Writing { .. } = step
            && let Ok(mut read) = self.1.lock()
        {
            read.get_or_insert(self.0.elapsed().as_secs_f64());
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run())
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let (file, data) = (&arguments[1], &arguments[2]);
    let n_buckets = arguments.get(3).map_or(Ok(16), |text| text.parse())?;
    let created = NewWorkspace { n_buckets, zone: "UTC".to_owned(), week_start: "monday".to_owned() };
    let lake = Lake::open(Path::new(data), None, Access::Write { role: "bench".to_owned(), created }).await?;
    let mut options = SourceOptions::new(Preset::Events, i64::MAX / 2);
    for (field, column) in [("customer", "customer_id"), ("ts", "ts"), ("event", "event"), ("amount", "amount")] {
        options.map.push((serde_json::from_value(serde_json::json!(field))?, column.to_owned()));
    }
    let request = ImportRequest::new(Input::path(file), options);
    let start = Instant::now();
    let phases = Arc::new(Phases(start, Default::default()));
    let imported = lake.ingest(request, phases.clone(), CancellationToken::new()).await?;
    let read = phases.1.lock().ok().and_then(|read| *read).unwrap_or_default();
    println!("import {:.2} s (read and staged by {read:.2} s): {:?}", start.elapsed().as_secs_f64(), imported.counts);
    for columns in [vec![Column::Customer, Column::Ts], vec![Column::Customer, Column::Ts, Column::Event, Column::Amount]] {
        for _ in 0..3 {
            let start = Instant::now();
            let source = lake.snapshot().await?;
            let request = ScanRequest { columns: columns.clone(), events: None, ts: i64::MIN..i64::MAX };
            let scan = source.scan(&request)?;
            let context = SessionContext::new_with_config(SessionConfig::new().with_batch_size(32 * 1024)).task_ctx();
            let mut tasks = Vec::new();
            let n_partitions = scan.buckets.iter().map(|partitions| partitions.len()).sum();
            let next = Arc::new(std::sync::atomic::AtomicUsize::new(0));
            for _ in 0..2 {
                let (plan, context, next) = (scan.plan.clone(), context.clone(), next.clone());
                tasks.push(tokio::spawn(async move {
                    let mut n_rows = 0;
                    loop {
                        let partition = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        if partition >= n_partitions {
                            return Ok::<usize, datafusion::error::DataFusionError>(n_rows);
                        }
                        let mut stream = plan.execute(partition, context.clone())?;
                        while let Some(batch) = stream.next().await {
                            n_rows += batch?.num_rows();
                        }
                    }
                }));
            }
            let mut n_rows = 0;
            for task in tasks {
                n_rows += task.await??;
            }
            println!("scan {} columns, {n_rows} rows: {:.3} s", columns.len(), start.elapsed().as_secs_f64());
        }
    }
    let mut sizes = std::collections::BTreeMap::new();
    for file in lake.store().snapshot().await?.files {
        for stats in file.file.column_stats {
            *sizes.entry(stats.column_id).or_insert(0) += stats.n_bytes;
        }
        *sizes.entry(0).or_insert(0) += file.file.n_bytes;
    }
    for (id, n_bytes) in sizes {
        let name = perennial_types::event::COLUMNS.iter().find(|spec| spec.id == id).map_or("whole", |spec| spec.name);
        println!("{name:>12} {:>9.2} MB", n_bytes as f64 / 1e6);
    }
    Ok(())
}
