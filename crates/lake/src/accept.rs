//! Rows taken one batch at a time: durable before the caller hears of it, in files at the next
//! flush.

use std::sync::PoisonError;

use arrow::array::{AsArray, RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use perennial_engine::schema::event_schema;
use perennial_store::{Accepted, Change, NewDeadLetter, NewIdentity, NewPending, ReservedKeys};
use perennial_types::event::Column;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use crate::dedupe::Incoming;
use crate::error::{LakeError, Result};
use crate::identity::{Entry, Keys};
use crate::lake::{Lake, SharedResolver, commit_of, now};
use crate::layout::Ids;
use crate::message_id::is_hashed;
use crate::pending::{encode, judge};
use crate::publish::REUSED;
use crate::sorted::{Common, Sorted};
use crate::source::Rows;
use crate::staging::Staging;
use crate::write::{FileMaker, Made};

/// What a flush did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flushed {
    /// Rows that are in files now.
    pub n_rows: u64,
    /// Rows the lake had already.
    pub n_duplicate: u64,
    /// Rows whose message id another row of the customer has; they are dead letters now.
    pub n_reused: u64,
    /// Files written.
    pub n_files: u64,
}

impl Lake {
    /// Accepts valid rows, all or none. They are durable, and in every later snapshot, when this
    /// returns. `None` if there are none.
    ///
    /// `source` is what stands in the column of that name: `api`, or an import's id.
    pub async fn accept(
        &self,
        rows: Rows,
        namespace: &str,
        source: &str,
    ) -> Result<Option<Accepted>> {
        self.writer()?;
        if rows.ts.is_empty() {
            return Ok(None);
        }
        let resolver = self.resolver(namespace).await?;
        let (lake, runtime, source) = (self.clone(), Handle::current(), source.to_owned());
        let shared = resolver.clone();
        let origin = source.clone();
        let prepared = spawn_blocking(move || prepare(&lake, &runtime, &rows, &shared, &origin));
        let (batch, used) = prepared.await??;
        let pending = NewPending {
            n_rows: i64::try_from(batch.num_rows()).unwrap_or(i64::MAX),
            body: encode(&batch)?,
            source,
            received_at: now(),
            identities: Vec::new(),
        };
        let lake = self.clone();
        tokio::spawn(async move { lake.accept_pending(pending, used, resolver).await })
            .await?
            .map(Some)
    }

    async fn accept_pending(
        &self,
        mut pending: NewPending,
        used: Vec<Entry>,
        resolver: SharedResolver,
    ) -> Result<Accepted> {
        let inner = &self.inner;
        let new = || -> (Vec<Entry>, Vec<NewIdentity>) {
            let resolver = resolver.lock().unwrap_or_else(PoisonError::into_inner);
            resolver.uncommitted(used.iter().copied(), None).into_iter().unzip()
        };
        inner.failures.hit("accept_before")?;
        // Known customers need no order among commits, so their batches share transactions.
        let (mut entries, _) = new();
        let _committing = match entries.is_empty() {
            true => None,
            false => Some(self.writer()?.committing.lock().await),
        };
        (entries, pending.identities) = new();
        let accepted = inner.store.accept(vec![pending]).await?;
        resolver.lock().unwrap_or_else(PoisonError::into_inner).committed(entries);
        inner.failures.hit("accept_after")?;
        accepted.first().copied().ok_or_else(|| LakeError::Worker("accept".to_owned()))
    }

    /// Writes everything pending into files: a barrier, after which files alone hold every row
    /// accepted before the call.
    pub async fn flush(&self) -> Result<Flushed> {
        self.writer()?;
        let lake = self.clone();
        tokio::spawn(async move { lake.flush_pending().await }).await?
    }

    async fn flush_pending(&self) -> Result<Flushed> {
        let writer = self.writer()?;
        let _publishing = writer.publishing.lock().await;
        let snapshot = self.inner.store.snapshot().await?;
        if snapshot.pending.is_empty() {
            return Ok(Flushed::default());
        }
        let mut commit = commit_of(Change::Insert);
        commit.pending_done = snapshot.pending.iter().map(|batch| batch.id).collect();
        let n_pending: i64 = snapshot.pending.iter().map(|batch| batch.n_rows).sum();
        let files = self.places(snapshot.files)?;
        let n_buckets = self.inner.workspace.n_buckets;
        let maker = writer.files.clone();
        let written = spawn_blocking(move || {
            let judged = judge(&snapshot.pending, &files, n_buckets)?;
            let made = judged.new.iter().map(|(bucket, rows)| write(&maker, *bucket, rows));
            Ok::<_, LakeError>((made.collect::<Result<Vec<Made>>>()?, judged.reused))
        });
        let (made, reused) = written.await??;
        for rows in &reused {
            commit.dead_letters.extend(letters(rows)?);
        }
        let n_rows: i64 = made.iter().map(|made| made.file.n_rows).sum();
        let n_reused = commit.dead_letters.len() as u64;
        let flushed = Flushed {
            n_rows: n_rows.unsigned_abs(),
            n_duplicate: (n_pending - n_rows).unsigned_abs() - n_reused,
            n_reused,
            n_files: made.len() as u64,
        };
        self.commit(commit, made, None).await?;
        Ok(flushed)
    }
}

/// Resolves rows and gives them their ids, as they will stand in the pending batch.
fn prepare(
    lake: &Lake,
    runtime: &Handle,
    rows: &Rows,
    resolver: &SharedResolver,
    source: &str,
) -> Result<(RecordBatch, Vec<Entry>)> {
    let mut used = Vec::new();
    let mut staging = Staging::new(lake.inner.workspace.n_buckets);
    let resolved = {
        let mut resolver = resolver.lock().unwrap_or_else(PoisonError::into_inner);
        resolver.resolve(&rows.customer, &mut StoreKeys { lake, runtime }, &mut used)?;
        staging.add(rows, &used, resolver.entries(), source)?;
        resolver.entries().into()
    };
    let common = Common {
        source: source.to_owned(),
        ingested_at: now(),
        // The sequence follows from the place in the batch, once that is accepted.
        first_sequence: 0,
        events: staging.events.array().into(),
        currencies: staging.currencies.array().into(),
        resolved,
    };
    let mut batches = Vec::new();
    let mut arrivals = Vec::new();
    for (bucket, buffer) in (0..).zip(staging.buckets).filter(|(_, buffer)| buffer.len() > 0) {
        let sorted = Sorted::new(bucket, buffer, common.clone());
        batches.push(sorted.batch(0..sorted.len())?);
        arrivals.extend(sorted.keys.iter().map(|key| sorted.buffer.row[key.position as usize]));
    }
    let rows = concat_batches(&event_schema(), &batches)?;
    // Sequences follow the order of arrival: of rows with one id the first to arrive is kept.
    let mut order: Vec<u32> = (0..).take(arrivals.len()).collect();
    order.sort_unstable_by_key(|row| arrivals[*row as usize]);
    Ok((take_record_batch(&rows, &UInt32Array::from(order))?, used))
}

/// Writes one sorted batch into a file.
fn write(maker: &FileMaker, bucket: i32, rows: &RecordBatch) -> Result<Made> {
    let ids = rows.column(Column::MessageId as usize).as_string::<i32>();
    let is_ours = ids.iter().flatten().all(|id| is_hashed(id.as_bytes()));
    let ids = if is_ours { Ids::Hashed } else { Ids::Chosen };
    let mut file = maker.begin(bucket, rows.num_rows(), ids)?;
    file.write(rows)?;
    file.finish(None)
}

/// Dead letters of pending rows whose id another row has.
fn letters(rows: &RecordBatch) -> Result<Vec<NewDeadLetter>> {
    let mut json = arrow::json::LineDelimitedWriter::new(Vec::new());
    json.write(rows)?;
    json.finish()?;
    let lines = json.into_inner();
    let ids = rows.column(Column::MessageId as usize);
    let ids = arrow::util::display::ArrayFormatter::try_new(ids, &Default::default())?;
    let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    Ok(lines
        .enumerate()
        .map(|(row, line)| NewDeadLetter {
            import_id: None,
            file: String::new(),
            row: row as i64 + 1,
            column: Some(Column::MessageId.name().to_owned()),
            value: Some(ids.value(row).to_string()),
            reason: REUSED.to_owned(),
            raw: line.to_vec(),
        })
        .collect())
}

/// Keys from the operational database, for a thread that may block.
pub(crate) struct StoreKeys<'a> {
    pub(crate) lake: &'a Lake,
    pub(crate) runtime: &'a Handle,
}

impl Keys for StoreKeys<'_> {
    fn reserve(&mut self, n: i64) -> Result<ReservedKeys> {
        Ok(self.runtime.block_on(self.lake.inner.store.reserve_keys(n, n))?)
    }
}
