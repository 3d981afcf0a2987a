//! A time zone of the IANA database, by name, from the data compiled into the binary.
//!
//! Besides its name a zone knows its [`Stretch`]es: the parts of the time line on which its offset
//! from UTC stays the same. Wall-clock hours and the reading of naive times are plain arithmetic
//! inside a stretch.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase, TimeZoneTransition};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::error::shown;
use super::{CalendarError, HOUR, LINE, Micros, SECOND};

/// No offset from UTC is as wide, so a wall clock shows a time within so much of its UTC.
pub(super) const WIDEST_OFFSET: Micros = 26 * HOUR;

/// Instants whose stretches are listed: from 1800, before any zone kept standard time, to 2100.
const LISTED: Range<Micros> = -5_364_662_400 * SECOND..4_102_444_800 * SECOND;

/// Most zones a refusal suggests.
const MAX_SUGGESTIONS: usize = 3;

/// A time zone. Two zones are equal when their names are.
#[derive(Clone, Debug)]
pub struct Zone {
    name: String,
    rules: TimeZone,
    /// The stretches of [`LISTED`], without holes, listed when first asked for.
    listed: Arc<OnceLock<Vec<Stretch>>>,
}

/// A part of the time line, `[from, to)`, with one offset from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// First instant, [`Micros::MIN`] when nothing comes before it.
    pub(super) from: Micros,
    /// First instant after it, [`Micros::MAX`] when nothing comes after it.
    pub(super) to: Micros,
    /// What the wall clock shows less UTC, in microseconds.
    pub(super) offset: Micros,
}

impl Zone {
    /// The zone of that IANA name, in any case.
    ///
    /// # Errors
    /// When the database has no such name; names that end or begin alike are suggested.
    pub fn named(name: &str) -> Result<Zone, CalendarError> {
        let database = TimeZoneDatabase::bundled();
        let found = database.get(name).ok().filter(|rules| !rules.is_unknown());
        let Some(rules) = found else {
            return Err(CalendarError::UnknownZone {
                name: shown(name),
                nearest: nearest_names(&database, name),
            });
        };
        let name = rules.iana_name().unwrap_or(name).to_owned();
        Ok(Zone { name, rules, listed: Arc::default() })
    }

    /// Coordinated Universal Time.
    pub fn utc() -> Zone {
        Zone { name: "UTC".to_owned(), rules: TimeZone::UTC, listed: Arc::default() }
    }

    /// The IANA name, as the database writes it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The rules of the zone.
    #[cfg(test)]
    pub(super) fn rules(&self) -> &TimeZone {
        &self.rules
    }

    /// What the wall clock shows less UTC at an instant, in microseconds.
    pub(super) fn offset_at(&self, ts: Micros) -> Micros {
        Micros::from(self.rules.to_offset(timestamp(ts)).seconds()) * SECOND
    }

    /// The stretch an instant lies in.
    pub(super) fn stretch_containing(&self, ts: Micros) -> Stretch {
        if ts < LISTED.end {
            let listed = self.listed.get_or_init(|| self.list_stretches());
            let place = listed.partition_point(|stretch| stretch.to <= ts);
            if let Some(stretch) = listed.get(place).filter(|stretch| stretch.from <= ts) {
                return *stretch;
            }
        }
        self.find_stretch(ts)
    }

    fn list_stretches(&self) -> Vec<Stretch> {
        let first = self.find_stretch(LISTED.start);
        let next = |stretch: &Stretch| {
            (stretch.to < LISTED.end).then(|| Stretch {
                from: stretch.to,
                to: self.next_change(stretch.to),
                offset: self.offset_at(stretch.to),
            })
        };
        std::iter::successors(Some(first), next).collect()
    }

    /// Whether the offset really changes at a transition; names and laws change too.
    fn is_change(&self, transition: &TimeZoneTransition<'_>) -> bool {
        let change = transition.timestamp().as_microsecond();
        self.offset_at(change.saturating_sub(1)) != self.offset_at(change)
    }

    /// The first change of offset after an instant, [`Micros::MAX`] when there is none.
    fn next_change(&self, ts: Micros) -> Micros {
        let next = self.rules.following(timestamp(ts)).find(|change| self.is_change(change));
        next.map_or(Micros::MAX, |change| change.timestamp().as_microsecond())
    }

    /// The stretch an instant lies in, by the rules of the zone.
    fn find_stretch(&self, ts: Micros) -> Stretch {
        let at = timestamp(ts);
        // `preceding` is strictly before, and a stretch holds its own first instant.
        let just_after = timestamp(at.as_microsecond().saturating_add(1));
        // Between the last transition in a zone's table and the first that follows from its rule,
        // jiff 0.2 names as preceding one the rule would have had earlier, and passes over those
        // of the table in between. So what lies between is looked for again, forwards.
        let earlier = self.rules.preceding(just_after).find(|change| self.is_change(change));
        let between_from = earlier.as_ref().map_or(Timestamp::MIN, TimeZoneTransition::timestamp);
        let between = self
            .rules
            .following(between_from)
            .take_while(|transition| transition.timestamp() <= at)
            .filter(|change| self.is_change(change))
            .last();
        let begin = between.or(earlier);
        Stretch {
            from: begin.map_or(Micros::MIN, |begin| begin.timestamp().as_microsecond()),
            to: self.next_change(ts),
            offset: self.offset_at(ts),
        }
    }

    /// The stretches from the one an instant lies in to the end of the line.
    pub(super) fn stretches_from(&self, ts: Micros) -> impl Iterator<Item = Stretch> {
        let next = |stretch: &Stretch| {
            (stretch.to < Micros::MAX).then(|| self.stretch_containing(stretch.to))
        };
        std::iter::successors(Some(self.stretch_containing(ts)), next)
    }

    /// The first instant whose wall clock has reached `local`, in wall-clock microseconds.
    ///
    /// It is told from the stretches alone, since jiff's own disambiguation errs where
    /// `stretch_containing` says.
    pub(super) fn first_reaching(&self, local: Micros) -> Micros {
        self.stretches_from(local.saturating_sub(WIDEST_OFFSET))
            .map(|stretch| (stretch.from.max(local.saturating_sub(stretch.offset)), stretch.to))
            .find(|&(first, to)| first < to)
            .map_or(Micros::MAX, |(first, _)| first)
    }

    /// As [`Zone::first_reaching`], quick for times that follow each other: `near` is any stretch,
    /// and is left at the one of the answer.
    pub(super) fn first_reaching_near(&self, near: &mut Stretch, local: Micros) -> Micros {
        let plain = local.saturating_sub(near.offset);
        // Nothing before the stretch can have shown a time so far into it.
        let first_sure = near.from.saturating_add(2 * WIDEST_OFFSET);
        if (first_sure..near.to).contains(&plain) {
            return plain;
        }
        let first = self.first_reaching(local);
        *near = self.stretch_containing(first);
        first
    }
}

impl Stretch {
    /// What the wall clock shows at an instant of the stretch.
    pub(super) fn shown_at(&self, ts: Micros) -> Micros {
        ts.saturating_add(self.offset)
    }

    /// First wall-clock time of the stretch.
    pub(super) fn shown_from(&self) -> Micros {
        self.from.saturating_add(self.offset)
    }

    /// First wall-clock time after it.
    pub(super) fn shown_to(&self) -> Micros {
        self.to.saturating_add(self.offset)
    }
}

/// The instant, or the nearest one inside the calendar.
pub(super) fn nearest(ts: Micros) -> Micros {
    ts.clamp(*LINE.start(), *LINE.end())
}

/// The instant as jiff has it; outside the calendar, the nearest inside.
fn timestamp(ts: Micros) -> Timestamp {
    let nearest = if ts < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_microsecond(ts).unwrap_or(nearest)
}

/// Names whose last part is `name`, else names that begin like it.
fn nearest_names(database: &TimeZoneDatabase, name: &str) -> Vec<String> {
    let wanted = name.trim().to_ascii_lowercase().replace(' ', "_");
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut names: Vec<String> = database.available().map(|name| name.to_string()).collect();
    names.sort_unstable();
    let ends_so = |known: &String| {
        known.to_ascii_lowercase().rsplit('/').next().is_some_and(|last| last == wanted)
    };
    let begins_so = |known: &String| known.to_ascii_lowercase().starts_with(&wanted);
    let mut nearest: Vec<String> = names.iter().filter(|known| ends_so(known)).cloned().collect();
    if nearest.is_empty() {
        nearest = names.into_iter().filter(begins_so).collect();
    }
    nearest.truncate(MAX_SUGGESTIONS);
    nearest
}

impl PartialEq for Zone {
    fn eq(&self, other: &Zone) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

impl Default for Zone {
    fn default() -> Zone {
        Zone::utc()
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Zone, D::Error> {
        let name = String::deserialize(deserializer)?;
        Zone::named(&name)
            .map_err(|error| serde::de::Error::custom(format!("{error}; {}", error.hint())))
    }
}

impl PartialSchema for Zone {
    fn schema() -> RefOr<Schema> {
        let name = ObjectBuilder::new().schema_type(Type::String);
        name.description(Some("IANA zone, `Europe/Berlin` for one.")).into()
    }
}

impl ToSchema for Zone {}
