//! Who was at risk at each moment somebody left: all that Kaplan–Meier and Nelson–Aalen look at.

use serde::{Deserialize, Serialize};

use super::{Observations, SurvivalError};

/// Distinct durations, ascending, with what happened at each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventTable {
    /// One row per distinct duration.
    pub times: Vec<EventTime>,
}

/// One distinct duration.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventTime {
    /// The duration.
    pub time: f64,
    /// Watched just before it: entered earlier, and neither left nor censored earlier.
    pub n_at_risk: f64,
    /// Left at it.
    pub n_events: f64,
    /// Last seen at it, still here.
    pub n_censored: f64,
}

impl EventTable {
    /// Counts one sort's worth of rows.
    ///
    /// # Errors
    /// Those of [`Observations::check`].
    pub fn new(observations: &Observations) -> Result<EventTable, SurvivalError> {
        observations.check()?;
        let rows = observations.durations.iter().zip(observations.events).enumerate();
        let mut ends: Vec<(f64, bool, f64)> = rows
            .map(|(row, (duration, has_left))| (*duration, *has_left, observations.weight(row)))
            .collect();
        ends.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut entries: Vec<(f64, f64)> = match observations.entries {
            Some(entries) => entries
                .iter()
                .enumerate()
                .map(|(row, entry)| (*entry, observations.weight(row)))
                .collect(),
            None => Vec::new(),
        };
        entries.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let all: f64 = ends.iter().map(|(_, _, weight)| weight).sum();
        let mut n_at_risk = if observations.entries.is_some() { 0.0 } else { all };
        let mut entering = entries.into_iter().peekable();
        let mut times = Vec::new();
        for alike in ends.chunk_by(|a, b| a.0 == b.0) {
            let time = alike.first().map_or(0.0, |(duration, ..)| *duration);
            while let Some((_, weight)) = entering.next_if(|(entry, _)| *entry < time) {
                n_at_risk += weight;
            }
            let (mut n_events, mut n_censored) = (0.0, 0.0);
            for (_, has_left, weight) in alike {
                *(if *has_left { &mut n_events } else { &mut n_censored }) += weight;
            }
            times.push(EventTime { time, n_at_risk, n_events, n_censored });
            n_at_risk -= n_events + n_censored;
        }
        Ok(EventTable { times })
    }
}
