//! Work shared out to threads in pieces, handed back in the order of the pieces.
//!
//! The pieces do not depend on the number of threads and come back in order, so neither does any
//! sum over them.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// `work(0)`, `work(1)`, … `work(n_pieces - 1)` on at most `n_threads` threads. `state` is made once
/// per thread: buffers that the pieces of one thread share.
pub(crate) fn in_pieces<S, R: Send>(
    n_pieces: usize,
    n_threads: usize,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let one_thread = || {
        let mut own = state();
        let mut done = Vec::new();
        loop {
            let piece = next.fetch_add(1, Ordering::Relaxed);
            if piece >= n_pieces {
                return done;
            }
            done.push((piece, work(&mut own, piece)));
        }
    };
    let n_helpers = n_threads.min(n_pieces).saturating_sub(1);
    let mut done = thread::scope(|scope| {
        let helpers: Vec<_> = (0..n_helpers).map(|_| scope.spawn(one_thread)).collect();
        let mut done = one_thread();
        for helper in helpers {
            done.extend(helper.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|&(piece, _)| piece);
    done.into_iter().map(|(_, result)| result).collect()
}
