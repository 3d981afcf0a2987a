//! Seasonal time: a clock that runs fast when customers are busy and slow when they are not.
//!
//! Activity is a Poisson process whose intensity is a customer's own rate times the season of the
//! day. Seen on a clock that advances by the season, it is a plain Poisson process; so the
//! generator draws exponential gaps there and asks [`Clock::instant`] when they happen. This is
//! exact, not thinned (Çınlar 1975, "Introduction to Stochastic Processes", §4.7).
//! A day of a world is a UTC day.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::holiday::{self, Holiday, Rule};

/// Microseconds in a day.
pub(crate) const DAY: i64 = 86_400_000_000;
const HOUR: i64 = DAY / 24;

/// What a company plants, before it is laid over the calendar.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SeasonPlan {
    pub(crate) weekday: [f64; 7],
    pub(crate) month: [f64; 12],
    pub(crate) hour: [f64; 24],
    pub(crate) holidays: &'static [Rule],
}

/// The planted season: the intensity of a day is the product of its weekday's, its month's and
/// its holidays' factors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Season {
    /// Factors of Monday to Sunday; their mean is 1.
    pub weekday: [f64; 7],
    /// Factors of January to December; their mean is 1.
    pub month: [f64; 12],
    /// Share of a day's activity in each hour, UTC; they sum to 1.
    pub hour_share: [f64; 24],
    /// Holidays that touch the world.
    pub holidays: Vec<Holiday>,
}

impl Season {
    pub(crate) fn new(plan: &SeasonPlan, first: Date, last: Date) -> Season {
        let total: f64 = plan.hour.iter().sum();
        Season {
            weekday: plan.weekday,
            month: plan.month,
            hour_share: plan.hour.map(|weight| weight / total),
            holidays: holiday::holidays(plan.holidays, first, last),
        }
    }

    /// What the day multiplies every customer's rate by.
    pub fn factor(&self, date: Date) -> f64 {
        let weekday = self.weekday[date.weekday().to_monday_zero_offset() as usize];
        let month = self.month[date.month() as usize - 1];
        let holidays = self.holidays.iter().filter(|span| span.first <= date && date <= span.last);
        holidays.fold(weekday * month, |factor, span| factor * span.factor)
    }
}

/// Turns instants (µs since the world's start) into seasonal time (days of average activity) and
/// back.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    /// Seasonal time at the start of every day, and at the end of the last.
    day_starts: Vec<f64>,
    /// Share of the day's activity before each hour.
    hour_starts: [f64; 25],
    /// For the k-th n-th of all seasonal time, the day it falls into.
    guide: Vec<u32>,
}

impl Clock {
    pub(crate) fn new(season: &Season, first: Date, n_days: u32) -> Clock {
        let factors = days(first, n_days).map(|date| season.factor(date));
        Clock::from_factors(factors, &season.hour_share)
    }

    /// A clock of any daily weights; `n_days` ≥ 1 of them, all positive.
    pub(crate) fn from_factors(
        factors: impl Iterator<Item = f64>,
        hour_share: &[f64; 24],
    ) -> Clock {
        let mut day_starts = vec![0.0];
        let mut total = 0.0;
        for factor in factors {
            total += factor;
            day_starts.push(total);
        }
        let mut hour_starts = [0.0; 25];
        for (hour, share) in hour_share.iter().enumerate() {
            hour_starts[hour + 1] = hour_starts[hour] + share;
        }
        let n_days = day_starts.len() - 1;
        let mut day = 0;
        let guide = (0..n_days)
            .map(|k| {
                let time = total * k as f64 / n_days as f64;
                while day + 1 < n_days && day_starts[day + 1] <= time {
                    day += 1;
                }
                day as u32
            })
            .collect();
        Clock { day_starts, hour_starts, guide }
    }

    /// All seasonal time there is.
    pub(crate) fn total(&self) -> f64 {
        self.day_starts.last().copied().unwrap_or_default()
    }

    /// Seasonal time at an instant, clamped to the world.
    pub(crate) fn time(&self, instant: i64) -> f64 {
        let n_days = self.guide.len();
        let day = (instant.max(0) / DAY) as usize;
        if day >= n_days {
            return self.total();
        }
        let of_day = instant.max(0) % DAY;
        let hour = (of_day / HOUR) as usize;
        let of_hour = (of_day % HOUR) as f64 / HOUR as f64;
        let (low, high) = (self.hour_starts[hour], self.hour_starts[hour + 1]);
        let share = low + (high - low) * of_hour;
        self.day_starts[day] + (self.day_starts[day + 1] - self.day_starts[day]) * share
    }

    /// The instant of a seasonal time in `0..total`.
    #[inline]
    pub(crate) fn instant(&self, time: f64) -> i64 {
        let n_days = self.guide.len();
        let place = (time / self.total() * n_days as f64) as usize;
        let mut day = self.guide[place.min(n_days - 1)] as usize;
        // The guide may be a day late through rounding, and is early where the season is slow.
        while day > 0 && self.day_starts[day] > time {
            day -= 1;
        }
        while day + 1 < n_days && self.day_starts[day + 1] <= time {
            day += 1;
        }
        let length = self.day_starts[day + 1] - self.day_starts[day];
        let share = ((time - self.day_starts[day]) / length).clamp(0.0, 1.0);
        let hour = self.hour_starts[1..24].iter().filter(|&&start| start <= share).count();
        let (low, high) = (self.hour_starts[hour], self.hour_starts[hour + 1]);
        let of_hour = ((share - low) / (high - low)).clamp(0.0, 1.0) * HOUR as f64;
        day as i64 * DAY + hour as i64 * HOUR + (of_hour as i64).min(HOUR - 1)
    }
}

/// The civil days of a world.
pub(crate) fn days(first: Date, n_days: u32) -> impl Iterator<Item = Date> {
    first.series(1.day()).take(n_days as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;
    use crate::company::Company;
    use jiff::civil::date;

    #[test]
    fn planted_factors_average_one() {
        for kind in Kind::ALL {
            let plan = Company::of(kind).season;
            assert!((plan.weekday.iter().sum::<f64>() / 7.0 - 1.0).abs() < 1e-12, "{kind}");
            assert!((plan.month.iter().sum::<f64>() / 12.0 - 1.0).abs() < 1e-12, "{kind}");
            assert!(plan.hour.iter().all(|&weight| weight > 0.0));
        }
    }

    #[test]
    fn time_and_instant_are_inverse() {
        let (first, n_days) = (date(2024, 1, 1), 400);
        let season = Season::new(&Company::of(Kind::Shop).season, first, date(2025, 2, 3));
        let clock = Clock::new(&season, first, n_days);
        let end = i64::from(n_days) * DAY;
        let mut last = -1.0;
        for instant in (0..end).step_by(7_777_777_777) {
            let time = clock.time(instant);
            assert!(time > last);
            last = time;
            // A microsecond and a rounding of the float.
            assert!((clock.instant(time) - instant).abs() <= 20, "{instant}");
        }
        assert_eq!(clock.time(end), clock.total());
        assert_eq!(clock.time(i64::MAX), clock.total());
    }

    #[test]
    fn a_singles_day_is_busier_and_new_year_slower() {
        let season =
            Season::new(&Company::of(Kind::Shop).season, date(2024, 1, 1), date(2024, 12, 31));
        assert!(season.factor(date(2024, 11, 11)) > 2.5 * season.factor(date(2024, 11, 25)));
        assert!(season.factor(date(2024, 2, 12)) < 0.8 * season.factor(date(2024, 2, 26)));
        assert!(season.factor(date(2024, 12, 20)) > season.factor(date(2024, 12, 6)));
    }
}
