//! One customer's life as far as the boundaries of the periods can tell.
//!
//! A period knows a customer only by being active at its start and at its end, so a life is kept as
//! ranges of boundaries: a customer of a thousand purchases in one stretch is one range.

use std::ops::Range;

use perennial_types::calendar::Micros;

/// When a customer was acquired and at which boundaries active.
#[derive(Debug, Default)]
pub struct Life {
    /// Boundaries at which the customer was active; ranges in order that do not touch.
    runs: Vec<Range<usize>>,
    /// When acquired: 0 long before, 1 in the period before the first, p + 2 in period p.
    pub birth: usize,
}

/// The boundaries a period lies between; the whole range is a span too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its start.
    pub from: usize,
    /// Its end.
    pub to: usize,
}

/// What a customer is to a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Active at its start.
    pub at_start: bool,
    /// Active at its end.
    pub at_end: bool,
    /// Acquired in it.
    pub is_new: bool,
    /// Acquired in the period before it.
    pub is_newer: bool,
}

impl Life {
    /// Forgets everything, for the next customer.
    pub fn clear(&mut self) {
        self.runs.clear();
        self.birth = 0;
    }

    /// Adds activity at every boundary later than `after` and not later than `until`; gives the
    /// number of boundaries up to `until`. Both never decrease from one call to the next.
    pub fn add(&mut self, boundaries: &[Micros], after: Micros, until: Micros) -> usize {
        let first = boundaries.partition_point(|boundary| *boundary <= after);
        let end = boundaries.partition_point(|boundary| *boundary <= until);
        if first < end {
            match self.runs.last_mut() {
                Some(last) if first <= last.end => last.end = last.end.max(end),
                _ => self.runs.push(first..end),
            }
        }
        end
    }

    /// The ranges of boundaries.
    pub fn runs(&self) -> &[Range<usize>] {
        &self.runs
    }

    fn is_active_at(&self, boundary: usize) -> bool {
        let later = self.runs.partition_point(|run| run.end <= boundary);
        self.runs.get(later).is_some_and(|run| run.start <= boundary)
    }

    /// What the customer is to a span.
    pub fn standing(&self, span: Span) -> Standing {
        Standing {
            at_start: self.is_active_at(span.from),
            at_end: self.is_active_at(span.to),
            is_new: (span.from + 2..span.to + 2).contains(&self.birth),
            is_newer: self.birth == span.from + 1,
        }
    }
}
