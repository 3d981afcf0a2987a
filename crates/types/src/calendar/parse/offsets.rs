//! The offsets of a zone as a table over wall-clock time, filled as times are met.
//!
//! A stretch of constant offset *owns* the wall-clock times that it was the first to show. Ten years
//! of a zone with summer time are twenty entries, so a column in any order costs a short binary
//! search a row and asks the zone's rules a handful of times in all.

use super::super::zone::WIDEST_OFFSET;
use super::super::{Micros, Zone};

/// Wall-clock times `[from, to)` that are `offset` ahead of UTC.
#[derive(Clone, Copy, Debug)]
struct Owned {
    from: Micros,
    to: Micros,
    offset: Micros,
}

impl Owned {
    #[inline]
    fn has(&self, local: Micros) -> bool {
        self.from <= local && local < self.to
    }
}

/// The table, sorted, without overlaps.
#[derive(Clone, Debug, Default)]
pub(super) struct Offsets {
    known: Vec<Owned>,
    /// Entry of the row before.
    last: usize,
}

impl Offsets {
    /// The first instant at which the clocks of `zone` showed `local`, or none when they skipped
    /// it. The zone is the same at every call.
    #[inline]
    pub(super) fn resolve(&mut self, zone: &Zone, local: Micros) -> Option<Micros> {
        match self.known.get(self.last) {
            Some(owned) if owned.has(local) => Some(local - owned.offset),
            _ => self.search(zone, local),
        }
    }

    fn search(&mut self, zone: &Zone, local: Micros) -> Option<Micros> {
        let place = self.known.partition_point(|owned| owned.to <= local);
        let known = self.known.get(place).filter(|owned| owned.has(local)).copied();
        let owned = match known {
            Some(owned) => owned,
            None => {
                let owned = owner_of(zone, local)?;
                self.known.insert(place, owned);
                owned
            }
        };
        self.last = place;
        Some(local - owned.offset)
    }
}

/// What the first stretch that showed `local` owns.
fn owner_of(zone: &Zone, local: Micros) -> Option<Owned> {
    let owner = zone
        .stretches_from(local.saturating_sub(WIDEST_OFFSET))
        .take_while(|stretch| stretch.from <= local.saturating_add(WIDEST_OFFSET))
        .find(|stretch| stretch.shown_from() <= local && local < stretch.shown_to())?;
    // Stretches that ended longer ago than the clocks can differ showed nothing it shows.
    let shown_before = zone
        .stretches_from(owner.from.saturating_sub(2 * WIDEST_OFFSET))
        .take_while(|stretch| stretch.from < owner.from)
        .map(|stretch| stretch.shown_to())
        .max();
    Some(Owned {
        from: owner.shown_from().max(shown_before.unwrap_or(Micros::MIN)),
        to: owner.shown_to(),
        offset: owner.offset,
    })
}
