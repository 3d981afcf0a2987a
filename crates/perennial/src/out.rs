//! Standard output that may go away: `perennial sql … | head` is no failure.
//!
//! What has become of the lines a command prints? [`say!`] and [`say_line!`] write them; the first
//! error is kept, what follows it is not written, and the command runs to its end. Then
//! [`result`] tells. The macros of the standard library would panic instead.

use std::fmt::Arguments;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

static FAILED: Mutex<Option<io::Error>> = Mutex::new(None);

/// Prints to standard output, like `print!`, but never panics.
macro_rules! say {
    ($($text:tt)*) => { $crate::out::write(::std::format_args!($($text)*)) };
}

/// Prints a line to standard output, like `println!`, but never panics.
macro_rules! say_line {
    () => { $crate::out::write(::std::format_args!("\n")) };
    ($($text:tt)*) => {{
        $crate::out::write(::std::format_args!($($text)*));
        $crate::out::write(::std::format_args!("\n"));
    }};
}

pub(crate) use {say, say_line};

/// Writes to standard output unless that has failed before.
pub fn write(text: Arguments<'_>) {
    let mut failed = FAILED.lock().unwrap_or_else(PoisonError::into_inner);
    if failed.is_none() {
        *failed = io::stdout().lock().write_fmt(text).err();
    }
}

/// Whether everything printed was written.
///
/// # Errors
/// The first error of standard output: a closed pipe, a full disk.
pub fn result() -> anyhow::Result<()> {
    let mut failed = FAILED.lock().unwrap_or_else(PoisonError::into_inner);
    let flushed = match failed.take() {
        Some(error) => Err(error),
        None => io::stdout().lock().flush(),
    };
    flushed.map_err(|error| anyhow::Error::new(error).context("cannot write to standard output"))
}
