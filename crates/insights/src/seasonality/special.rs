//! The holidays of a series: which days belong to which, and what they differ by.
//!
//! Only a series of days with seasons of at most four weeks can tell: in longer periods a holiday
//! is a part of one, and a season of a year holds the fixed ones itself.

use std::ops::RangeInclusive;

use jiff::civil::Date;
use perennial_models::series::{Effect, effects};
use perennial_types::calendar::{Calendar, Unit};

use super::analysis::TakenPoint;
use super::answer::{EffectAnswer, HolidayRow, HolidaysAnswer, Occurrence};
use super::question::SeasonalityQuestion;
use crate::holidays::{Holiday, built_in};

/// Longest season, in days, beside which holidays can be told.
const LONGEST_SEASON: usize = 28;

/// The holidays of a series.
pub struct Special {
    holidays: Vec<(Holiday, Vec<RangeInclusive<Date>>)>,
    /// For every period the position of its holiday.
    pub kinds: Vec<Option<usize>>,
    /// For every period the position of its occurrence, counted over all holidays.
    occurrences: Vec<Option<usize>>,
    reason: Option<&'static str>,
}

impl Special {
    /// The holidays of these periods.
    pub fn new(
        question: &SeasonalityQuestion,
        calendar: &Calendar,
        period: Unit,
        seasons: &[usize],
        points: &[TakenPoint],
    ) -> Special {
        let first = points.first().and_then(TakenPoint::date);
        let last = points.last().and_then(TakenPoint::date);
        let reason = match period {
            Unit::Day if seasons.iter().all(|season| *season <= LONGEST_SEASON) => None,
            Unit::Day => Some("season_hides_holidays"),
            _ => Some("needs_days"),
        };
        let mut special = Special {
            holidays: Vec::new(),
            kinds: vec![None; points.len()],
            occurrences: vec![None; points.len()],
            reason,
        };
        let (Some(first), Some(last)) = (first, last) else { return special };
        let last = calendar.widen(period, last, last).1;
        let mut n_occurrences = 0;
        for holiday in question.holidays.clone().unwrap_or_else(built_in) {
            let spans = holiday.spans(first, last);
            if spans.is_empty() {
                continue;
            }
            let kind = special.holidays.len();
            for span in &spans {
                if reason.is_none() {
                    let place = |date: Date| calendar.periods_between(Unit::Day, first, date);
                    special.mark(place(*span.start()), place(*span.end()), kind, n_occurrences);
                }
                n_occurrences += 1;
            }
            special.holidays.push((holiday, spans));
        }
        special
    }

    /// A day of two holidays is of the one that is listed first.
    fn mark(&mut self, from: i64, to: i64, kind: usize, occurrence: usize) {
        for at in from.max(0)..=to {
            let Ok(at) = usize::try_from(at) else { continue };
            if let (Some(known), Some(own)) = (self.kinds.get_mut(at), self.occurrences.get_mut(at))
                && known.is_none()
            {
                (*known, *own) = (Some(kind), Some(occurrence));
            }
        }
    }

    /// The holiday of a period.
    pub fn name(&self, at: usize) -> Option<String> {
        let kind = self.kinds.get(at).copied().flatten()?;
        self.holidays.get(kind).map(|(holiday, _)| holiday.name.clone())
    }

    /// What every holiday differs by from the expectation.
    pub fn answer(&self, values: &[Option<f64>], expected: &[f64]) -> HolidaysAnswer {
        let n_occurrences = self.holidays.iter().map(|(_, spans)| spans.len()).sum();
        let together = effects(values, expected, &self.kinds, self.holidays.len());
        let mut each = effects(values, expected, &self.occurrences, n_occurrences).into_iter();
        let rows = self.holidays.iter().zip(together).map(|((holiday, spans), effect)| {
            let occurrences = spans.iter().map(|span| Occurrence {
                first: *span.start(),
                last: *span.end(),
                effect: each.next().flatten().map(written),
            });
            HolidayRow {
                name: holiday.name.clone(),
                name_zh: holiday.name_zh.clone().unwrap_or_else(|| holiday.name.clone()),
                occurrences: occurrences.collect(),
                effect: effect.map(written),
            }
        });
        HolidaysAnswer { rows: rows.collect(), reason: self.reason.map(str::to_owned) }
    }
}

fn written(effect: Effect) -> EffectAnswer {
    EffectAnswer {
        days: effect.n,
        observed: effect.observed,
        expected: effect.expected,
        difference: effect.difference,
        interval: effect.interval,
        change: effect.change,
    }
}
