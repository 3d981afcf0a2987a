//! Hard limits of the system on this process: what a guarded child takes on itself before it
//! touches what a stranger wrote.

use anyhow::Context;
use rustix::process::{Resource, Rlimit, setrlimit};

/// What this process may take from here on.
#[derive(Clone, Copy, Debug)]
pub struct Confines {
    /// Memory, in MiB.
    pub memory_mib: u64,
    /// Address space the process takes without using memory, in MiB: the stacks of its threads,
    /// mapped libraries, what the allocator reserves.
    pub idle_mib: u64,
    /// Processor time of all threads together, in seconds.
    pub cpu_seconds: u64,
}

/// Takes the limits on. Address space and processor time end with them, whatever the code
/// believes it uses; no core dump can leak what was read.
pub fn confine(confines: Confines) -> anyhow::Result<()> {
    let bounded = |limit: u64| Rlimit { current: Some(limit), maximum: Some(limit) };
    let address_space = (confines.memory_mib + confines.idle_mib) << 20;
    setrlimit(Resource::As, bounded(address_space)).context("cannot bound the memory")?;
    setrlimit(Resource::Cpu, bounded(confines.cpu_seconds)).context("cannot bound the time")?;
    setrlimit(Resource::Core, bounded(0)).context("cannot forbid core dumps")?;
    Ok(())
}
