//! Running what is asynchronous, in every layout.

use std::future::Future;
use std::num::NonZeroUsize;
use std::sync::LazyLock;

use perennial_engine::session::Session;
use tokio::runtime::Runtime;

use crate::event::World;
use crate::source::{Layout, WorldSource};

#[expect(clippy::expect_used, reason = "without a runtime no test can run")]
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build();
    runtime.expect("a runtime")
});

static SESSION: LazyLock<Session> =
    LazyLock::new(|| Session::new(NonZeroUsize::MIN.saturating_add(1)));

/// Runs a future to its end, on two threads that all tests share.
pub fn block_on<F: Future>(future: F) -> F::Output {
    RUNTIME.block_on(future)
}

/// A session that works on two buckets at a time.
pub fn session() -> Session {
    SESSION.clone()
}

/// What `answer` says of a world, which no layout may change.
///
/// # Panics
/// When two layouts give different answers.
pub fn in_every_layout<T: PartialEq + std::fmt::Debug>(
    world: &World,
    answer: impl Fn(&WorldSource) -> T,
) -> T {
    let first = answer(&world.source(Layout::ONE));
    for layout in &Layout::ALL[1..] {
        let other = answer(&world.source(*layout));
        assert_eq!(first, other, "{layout:?} changes the answer");
    }
    first
}
