//! Accepting batches: calls at the same time share one transaction, and one flush to the device.
//!
//! A call returns once its rows are durable. A batch that the catalog refuses takes no other with
//! it: the group is then written one call at a time.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::Store;
use super::identity::insert_identities;
use crate::db::{Database, Tx, values};
use crate::{Accepted, NewPending, Result, StoreError};

/// Calls that may wait; the next one waits before it is queued, which bounds memory.
const MAX_WAITING: usize = 256;
/// Rows in one batch; the sum over a group cannot overflow.
const MAX_ROWS: i64 = 1 << 32;
/// Calls in one transaction.
const MAX_CALLS: usize = 256;
/// Bytes in one transaction, unless a single call has more.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// The queue in front of the transaction that accepts.
#[derive(Clone)]
pub(super) struct AcceptQueue(mpsc::Sender<Call>);

struct Call {
    batches: Arc<Vec<NewPending>>,
    answer: oneshot::Sender<Result<Vec<Accepted>>>,
}

impl Store {
    /// Accepts batches. They are durable when this returns, and one call's batches get
    /// consecutive sequences in their order.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if an identity exists already, [`StoreError::Invalid`] for an
    /// empty or absurdly large batch; then nothing of this call was accepted.
    pub async fn accept(&self, batches: Vec<NewPending>) -> Result<Vec<Accepted>> {
        let may_be = 1..=MAX_ROWS;
        if let Some(batch) = batches.iter().find(|batch| !may_be.contains(&batch.n_rows)) {
            return Err(StoreError::invalid(format!("a batch of `{}` rows", batch.n_rows)));
        }
        let (answer, answered) = oneshot::channel();
        let call = Call { batches: Arc::new(batches), answer };
        // Both ends close only with the runtime.
        self.accepting.0.send(call).await.map_err(|_| StoreError::Stopped)?;
        answered.await.map_err(|_| StoreError::Stopped)?
    }
}

impl AcceptQueue {
    /// Starts the task that serves the queue; it ends with the last store.
    pub(super) fn start(db: Arc<Database>) -> AcceptQueue {
        let (sender, receiver) = mpsc::channel(MAX_WAITING);
        tokio::spawn(serve(db, receiver));
        AcceptQueue(sender)
    }
}

async fn serve(db: Arc<Database>, mut queue: mpsc::Receiver<Call>) {
    while let Some(call) = queue.recv().await {
        let mut n_bytes = call.n_bytes();
        let mut calls = vec![call];
        while calls.len() < MAX_CALLS && n_bytes < MAX_BYTES {
            let Ok(call) = queue.try_recv() else { break };
            n_bytes += call.n_bytes();
            calls.push(call);
        }
        write_group(&db, calls).await;
    }
}

async fn write_group(db: &Arc<Database>, calls: Vec<Call>) {
    let group: Vec<_> = calls.iter().map(|call| Arc::clone(&call.batches)).collect();
    match write(db, group).await {
        Ok(accepted) => {
            for (call, accepted) in calls.into_iter().zip(accepted) {
                // A caller that went away has its rows accepted all the same.
                let _ = call.answer.send(Ok(accepted));
            }
        }
        Err(error) if calls.len() > 1 && is_one_calls_fault(&error) => {
            for call in calls {
                let accepted = write(db, vec![Arc::clone(&call.batches)]).await;
                let _ = call.answer.send(accepted.map(|mut group| group.pop().unwrap_or_default()));
            }
        }
        Err(error) => {
            for call in calls {
                let _ = call.answer.send(Err(error.again()));
            }
        }
    }
}

fn is_one_calls_fault(error: &StoreError) -> bool {
    matches!(error, StoreError::Conflict(_) | StoreError::Invalid { .. })
}

async fn write(db: &Arc<Database>, group: Vec<Arc<Vec<NewPending>>>) -> Result<Vec<Vec<Accepted>>> {
    db.write("accepting events", move |tx| {
        Box::pin(async move {
            let mut accepted = Vec::with_capacity(group.len());
            let (mut sequence, mut id) = reserve(tx, &group).await?;
            for batches in &group {
                for batch in batches.iter() {
                    insert_identities(tx, &batch.identities).await?;
                }
                let first = (sequence, id);
                accepted.push(number(batches, &mut sequence, &mut id));
                insert(tx, batches, first).await?;
            }
            Ok(accepted)
        })
    })
    .await
}

/// Takes the sequences and ids the whole group needs; returns the first of each.
async fn reserve(tx: &Tx, group: &[Arc<Vec<NewPending>>]) -> Result<(i64, i64)> {
    let batches = || group.iter().flat_map(|batches| batches.iter());
    let n_rows: i64 = batches().map(|batch| batch.n_rows).sum();
    let n_batches = i64::try_from(batches().count()).unwrap_or(i64::MAX);
    let sql = "UPDATE workspace SET next_sequence = next_sequence + $1, \
               next_batch = next_batch + $2 RETURNING next_sequence, next_batch";
    let row = tx.one(sql, values![n_rows, n_batches]).await?;
    let (sequence, id): (i64, i64) = (row.get(0)?, row.get(1)?);
    Ok((sequence - n_rows, id - n_batches))
}

fn number(batches: &[NewPending], sequence: &mut i64, id: &mut i64) -> Vec<Accepted> {
    let number = |batch: &NewPending| {
        let accepted = Accepted { id: *id, first_sequence: *sequence };
        *sequence += batch.n_rows;
        *id += 1;
        accepted
    };
    batches.iter().map(number).collect()
}

async fn insert(tx: &Tx, batches: &[NewPending], (sequence, id): (i64, i64)) -> Result<()> {
    let (mut sequence, mut id) = (sequence, id);
    let accepted = number(batches, &mut sequence, &mut id);
    let rows = batches.iter().zip(accepted).map(|(batch, accepted)| {
        let Accepted { id, first_sequence } = accepted;
        values![
            id,
            first_sequence,
            batch.n_rows,
            batch.body.clone(),
            checksum(&batch.body, first_sequence),
            batch.received_at,
            batch.source.as_str()
        ]
    });
    let columns = ["id", "first_sequence", "n_rows", "body", "checksum", "received_at", "source"];
    tx.insert("pending_batch", columns, rows, "").await?;
    Ok(())
}

/// XXH3 of the body, seeded with its place so that two bodies that changed places are found too.
pub(super) fn checksum(body: &[u8], first_sequence: i64) -> i64 {
    xxh3_64_with_seed(body, first_sequence.cast_unsigned()).cast_signed()
}

impl Call {
    fn n_bytes(&self) -> usize {
        self.batches.iter().map(|batch| batch.body.len()).sum()
    }
}
