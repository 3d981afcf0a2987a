//! `perennial probe`: Parquet files and workbooks decoded once in a guarded child, before this
//! process reads them.
//!
//! The child gets the open file as its standard input and nothing else. When it ends with a
//! message of its own, reading the file here says the same; when it is killed for its memory or
//! time, the file is refused.

use std::fs::File;
use std::os::fd::AsFd;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use clap::Args;
use perennial_lake::source::{self, SourceError, Suspect};

use crate::confine::{Confines, confine};

/// Memory the decoding of a file may take.
const MEMORY_MIB: u64 = 512;
/// Seconds a small file may take.
const SECONDS: u64 = 30;
/// Bytes of a file for which it may take a second longer.
const BYTES_PER_SECOND: u64 = 4 << 20;

/// Decode the file on standard input and keep nothing.
#[derive(Debug, Args)]
pub struct Probe {
    /// What the file is called
    #[arg(long, default_value = "standard input")]
    name: String,
    /// Sheet of a workbook
    #[arg(long)]
    sheet: Option<String>,
}

/// The child's side.
pub fn run(args: &Probe) -> anyhow::Result<()> {
    let file = File::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    let seconds = seconds_for(file.metadata()?.len());
    confine(Confines { memory_mib: MEMORY_MIB, idle_mib: 1_536, cpu_seconds: seconds })?;
    Ok(source::probe(&args.name, file, args.sheet.as_deref())?)
}

fn seconds_for(n_bytes: u64) -> u64 {
    SECONDS + n_bytes / BYTES_PER_SECOND
}

/// This side: has a child decode the file.
pub fn guard(suspect: &Suspect<'_>) -> Result<(), SourceError> {
    let io = |error| SourceError::Io { file: suspect.name.to_owned(), error };
    let seconds = seconds_for(suspect.file.metadata().map_err(io)?.len());
    let mut command = Command::new(std::env::current_exe().map_err(io)?);
    command.arg("probe").arg(format!("--name={}", suspect.name));
    if let Some(sheet) = suspect.sheet {
        command.arg(format!("--sheet={sheet}"));
    }
    let stdin = suspect.file.try_clone().map_err(io)?;
    command.stdin(stdin).stdout(Stdio::null()).stderr(Stdio::null());
    let status = wait(command, Duration::from_secs(seconds)).map_err(io)?;
    // 0: decoded. 2: the file is broken in a way that is safe to say here as well.
    match status.and_then(|status| status.code()) {
        Some(0 | 2) => Ok(()),
        _ => Err(SourceError::TooLarge {
            file: suspect.name.to_owned(),
            what: ("it cannot be decoded like an honest file", "无法像正常文件那样解码").into(),
            limit: (
                format!("{MEMORY_MIB} MiB and {seconds} s"),
                format!(" {MEMORY_MIB} MiB 内存和 {seconds} 秒"),
            )
                .into(),
        }),
    }
}

/// How the child ended; nothing when its time was over and it was killed.
fn wait(mut command: Command, limit: Duration) -> std::io::Result<Option<ExitStatus>> {
    let mut child = command.spawn()?;
    let deadline = Instant::now() + limit;
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_without_end_is_killed_and_one_that_ends_is_asked_how() {
        let shell = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            command
        };
        let started = Instant::now();
        assert!(wait(shell("sleep 60"), Duration::from_millis(50)).unwrap().is_none());
        assert!(started.elapsed() < Duration::from_secs(30));
        let ended = wait(shell("exit 2"), Duration::from_secs(30)).unwrap().unwrap();
        assert_eq!(ended.code(), Some(2));
        let killed = wait(shell("kill -9 $$"), Duration::from_secs(30)).unwrap().unwrap();
        assert_eq!(killed.code(), None);
    }
}
