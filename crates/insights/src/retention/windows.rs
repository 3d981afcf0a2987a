//! How time after a start is cut into windows: which one an instant falls into, and when each ends.
//!
//! Beyond the last bracket lies one window more, without an end: what happens there counts for
//! `on_or_after` only.

use jiff::civil::Date;
use perennial_types::calendar::{Boundaries, Micros, Unit};

/// Windows after a start. Window 0 is the start's own.
#[derive(Clone, Debug)]
pub enum Windows {
    /// Civil periods: the difference of the periods' indices.
    Calendar {
        /// Every period from the earliest start to the end of the known world.
        bounds: Boundaries,
    },
    /// Several civil units per window.
    CalendarBrackets {
        /// Every unit, as above.
        bounds: Boundaries,
        /// For each window, the first unit after it; window 0 is one unit.
        edges: Vec<u32>,
    },
    /// Elapsed time: `[k·len, (k+1)·len)` after the start.
    Rolling {
        /// Length of a window.
        len: Micros,
    },
    /// Several lengths per window.
    RollingBrackets {
        /// Length of the unit.
        len: Micros,
        /// For each window, the first unit after it.
        edges: Vec<u32>,
    },
    /// The customer's own length, given with each call.
    Cycle,
}

/// The starts that may stand in a row of a triangle.
#[derive(Clone, Copy, Debug)]
pub struct RowSpan {
    /// First instant of the row.
    pub start: Micros,
    /// First instant after it.
    pub end: Micros,
    /// Its first and last civil date, where it is made of such. A row of a date the zone skipped has
    /// no instant of its own, but its windows have.
    pub dates: Option<(Date, Date)>,
}

impl Windows {
    /// Whether window `k` of a row is over for whoever may stand in the row.
    pub fn is_over(&self, row: &RowSpan, k: u32, cycle: Micros, as_of: Micros) -> bool {
        let window_end = match self.dates_of(row) {
            Some((_, last)) => self.end_from_date(last, k),
            None => self.end(row.end - 1, k, cycle),
        };
        row.end <= as_of && window_end.is_some_and(|end| end <= as_of)
    }

    /// Whether window `k` of a row has begun for whoever may stand first in the row.
    pub fn has_begun(&self, row: &RowSpan, k: u32, cycle: Micros, as_of: Micros) -> bool {
        let begin = match self.dates_of(row) {
            Some((first, _)) => self.begin_from_date(first, k),
            None => self.begin(row.start, k, cycle),
        };
        begin.is_some_and(|begin| begin < as_of)
    }

    fn dates_of(&self, row: &RowSpan) -> Option<(Date, Date)> {
        row.dates.filter(|_| self.civil_units().is_some())
    }

    /// The window of an instant at or after the start. An instant beyond the last bracket, or
    /// beyond the known periods, is in the window after all columns.
    pub fn index(&self, start: Micros, ts: Micros, cycle: Micros) -> u32 {
        match self {
            Windows::Calendar { bounds } => units_between(bounds, start, ts),
            Windows::CalendarBrackets { bounds, edges } => {
                bracket_of(edges, units_between(bounds, start, ts))
            }
            Windows::Rolling { len } => whole(start, ts, *len),
            Windows::RollingBrackets { len, edges } => bracket_of(edges, whole(start, ts, *len)),
            Windows::Cycle => whole(start, ts, cycle),
        }
    }

    /// The window of an instant at or after the start, and the first instant after that window, as
    /// [`index`](Self::index) and [`end`](Self::end) give them. `place` is [`place`](Self::place)
    /// of the start.
    #[inline]
    pub fn index_and_end(
        &self,
        start: Micros,
        place: Option<usize>,
        ts: Micros,
    ) -> (u32, Option<Micros>) {
        match self {
            Windows::Calendar { bounds } => match (place, bounds.index_of(ts)) {
                (Some(first), Some(then)) => {
                    (then.saturating_sub(first) as u32, bounds.end(then.max(first)))
                }
                _ => (u32::MAX, None),
            },
            _ => {
                let k = self.index(start, ts, 0);
                (k, self.end(start, k, 0))
            }
        }
    }

    /// The calendar period a start lies in, where windows are such periods.
    pub fn place(&self, start: Micros) -> Option<usize> {
        match self {
            Windows::Calendar { bounds } => bounds.index_of(start),
            _ => None,
        }
    }

    /// The first instant after window `k` of a start; `None` where it lies beyond the known
    /// periods, so beyond the end of the known world.
    pub fn end(&self, start: Micros, k: u32, cycle: Micros) -> Option<Micros> {
        match self {
            Windows::Calendar { bounds } => unit_end(bounds, start, k),
            Windows::CalendarBrackets { bounds, edges } => {
                unit_end(bounds, start, edges.get(k as usize)?.saturating_sub(1))
            }
            Windows::Rolling { len } => after(start, k.saturating_add(1), *len),
            Windows::RollingBrackets { len, edges } => after(start, *edges.get(k as usize)?, *len),
            Windows::Cycle => after(start, k.saturating_add(1), cycle),
        }
    }

    /// As [`end`](Self::end), for a start on a civil date, be it one the zone skipped. `None` too
    /// where windows are not made of civil dates.
    fn end_from_date(&self, date: Date, k: u32) -> Option<Micros> {
        let bounds = self.civil_units()?;
        let n_units = match self {
            Windows::CalendarBrackets { edges, .. } => edges.get(k as usize)?.saturating_sub(1),
            _ => k,
        };
        bounds.end(position_of(bounds, date)?.checked_add(n_units as usize)?)
    }

    /// As [`begin`](Self::begin), for a start on a civil date.
    fn begin_from_date(&self, date: Date, k: u32) -> Option<Micros> {
        match k.checked_sub(1) {
            None => self.civil_units().and_then(|bounds| bounds.start(position_of(bounds, date)?)),
            Some(before) => self.end_from_date(date, before),
        }
    }

    /// The civil units windows are made of, where they are days or longer.
    pub fn civil_units(&self) -> Option<&Boundaries> {
        match self {
            Windows::Calendar { bounds } | Windows::CalendarBrackets { bounds, .. } => {
                (bounds.unit() != Unit::Hour).then_some(bounds)
            }
            Windows::Rolling { .. } | Windows::RollingBrackets { .. } | Windows::Cycle => None,
        }
    }

    /// The first instant of window `k` of a start; `None` as in [`end`](Self::end).
    pub fn begin(&self, start: Micros, k: u32, cycle: Micros) -> Option<Micros> {
        match (k.checked_sub(1), self) {
            (None, Windows::Calendar { bounds } | Windows::CalendarBrackets { bounds, .. }) => {
                bounds.index_of(start).and_then(|index| bounds.start(index))
            }
            (None, _) => Some(start),
            (Some(before), _) => self.end(start, before, cycle),
        }
    }
}

/// Cumulative edges of brackets: the start's own unit, then each bracket.
pub fn edges(brackets: &[u32]) -> Vec<u32> {
    let mut edge = 1_u32;
    let mut edges = vec![edge];
    for size in brackets {
        edge = edge.saturating_add(*size);
        edges.push(edge);
    }
    edges
}

/// The period a civil date lies in, whether or not the zone had that date.
fn position_of(bounds: &Boundaries, date: Date) -> Option<usize> {
    let mut begun = 0..bounds.len();
    while !begun.is_empty() {
        let middle = begun.start + begun.len() / 2;
        if bounds.date(middle).is_some_and(|first| first <= date) {
            begun.start = middle + 1;
        } else {
            begun.end = middle;
        }
    }
    begun.start.checked_sub(1)
}

fn units_between(bounds: &Boundaries, start: Micros, ts: Micros) -> u32 {
    match (bounds.index_of(start), bounds.index_of(ts)) {
        (Some(first), Some(then)) => (then - first.min(then)) as u32,
        _ => u32::MAX,
    }
}

fn unit_end(bounds: &Boundaries, start: Micros, k: u32) -> Option<Micros> {
    bounds.end(bounds.index_of(start)? + k as usize)
}

fn whole(start: Micros, ts: Micros, len: Micros) -> u32 {
    u32::try_from((ts - start) / len.max(1)).unwrap_or(u32::MAX)
}

fn after(start: Micros, n: u32, len: Micros) -> Option<Micros> {
    len.checked_mul(Micros::from(n)).and_then(|span| start.checked_add(span))
}

fn bracket_of(edges: &[u32], unit: u32) -> u32 {
    edges.partition_point(|&edge| edge <= unit) as u32
}
