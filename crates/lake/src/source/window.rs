//! A stretch of the input held in memory, moved forward as it is consumed.
//!
//! Text readers look for the end of a row inside it; a row that does not fit is too long.

use std::io::{self, Read};

/// Bytes kept at once, a little more than the longest row.
const CAPACITY: usize = super::MAX_ROW_BYTES + (256 << 10);

/// The window.
pub(super) struct Window {
    input: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    is_last: bool,
}

impl Window {
    pub(super) fn new(input: Box<dyn Read + Send>) -> Window {
        Window { input, buffer: vec![0; CAPACITY], start: 0, end: 0, is_last: false }
    }

    /// What has been read and not consumed.
    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Whether nothing comes after [`bytes`](Self::bytes).
    #[inline]
    pub(super) fn is_last(&self) -> bool {
        self.is_last
    }

    /// Whether no more bytes fit before some are consumed.
    pub(super) fn is_full(&self) -> bool {
        self.end - self.start == self.buffer.len()
    }

    #[inline]
    pub(super) fn consume(&mut self, n_bytes: usize) {
        self.start = (self.start + n_bytes).min(self.end);
    }

    /// Reads until the window is full or the input ends.
    pub(super) fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        while !self.is_last {
            let Some(free) = self.buffer.get_mut(self.end..).filter(|free| !free.is_empty()) else {
                break;
            };
            match self.input.read(free) {
                Ok(0) => self.is_last = true,
                Ok(n_bytes) => self.end += n_bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
