//! Random worlds against the definition itself: every customer asked on every day, in plain loops,
//! with the civil calendar of jiff and none of ours.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;
use perennial_testkit::{Event, Scene, World, scenes, worlds};
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::plain::{is_order, joined, kept_something, money, start_of};

#[derive(Clone, Debug)]
struct Asked {
    scene: Scene,
    world: World,
    unit: &'static str,
    n_periods: i64,
    first: i32,
    min: usize,
    population: &'static str,
    event: Option<&'static str>,
    n_days_known: i32,
    breakdown: Option<&'static str>,
}

fn asked() -> impl Strategy<Value = Asked> {
    scenes().prop_flat_map(|scene| {
        (
            (
                worlds(scene),
                select(vec!["day", "day", "week", "month"]),
                1..8_i64,
                0..scene.n_days,
                1..3_usize,
            ),
            (
                select(vec!["everyone", "buyers", "net_buyers"]),
                select(vec![None, None, Some("view"), Some("order")]),
            ),
            (0..=scene.n_days + 1, select(vec![None, Some("start"), Some("current")])),
        )
            .prop_map(
                move |(
                    (world, unit, n_periods, first, min),
                    (population, event),
                    (n_days_known, breakdown),
                )| Asked {
                    scene,
                    world,
                    unit,
                    n_periods,
                    first,
                    min,
                    population,
                    event,
                    n_days_known,
                    breakdown,
                },
            )
    })
}

impl Asked {
    fn as_of(&self) -> i64 {
        self.scene.midnight(self.n_days_known)
    }

    /// First date of the period `k` after the first.
    fn date(&self, k: i64) -> Date {
        let day = self.scene.date + i64::from(self.first).days();
        match self.unit {
            "day" => day + k.days(),
            "week" => day - i64::from(day.weekday().to_monday_zero_offset()).days() + k.weeks(),
            _ => day.first_of_month() + k.months(),
        }
    }

    fn question(&self) -> Value {
        let mut question = json!({
            "period": self.unit, "from": self.date(0).to_string(),
            "to": self.date(self.n_periods).yesterday().unwrap().to_string(), "zone": self.scene.zone,
            "as_of": jiff::Timestamp::from_microsecond(self.as_of()).unwrap().to_string(),
            "population": self.population, "min_occurrences": self.min, "top": 1,
            "breakdown": self.breakdown.map_or(json!([]), |at| json!([{"field": "plan", "at": at}])),
        });
        if let Some(event) = self.event {
            question["event"] = json!({"event": event});
        }
        question
    }

    /// The instants at which what is asked about happened to one customer.
    fn instants(&self, rows: &[Event], key: i64) -> Vec<i64> {
        let own: Vec<&Event> = rows.iter().filter(|row| row.customer == key).collect();
        let orders = joined(&own, is_order).into_iter().filter(|lines| money(lines).1 > 0);
        let bought: Vec<_> = orders.collect();
        let refunds = joined(&own, |row| row.event == "refund");
        if self.population == "net_buyers" && !kept_something(&bought, &refunds) {
            return Vec::new();
        }
        let since = match (self.population, bought.first()) {
            ("everyone", _) => i64::MIN,
            (_, first) => first.map_or(i64::MAX, |first| first[0].ts),
        };
        let named = match (self.event, self.population) {
            (None, "everyone") => joined(&own, |_| true),
            (None, _) => bought,
            (Some(name), _) => joined(&own, |row| row.event == name),
        };
        named.iter().map(|lines| lines[0].ts).filter(|ts| *ts >= since).collect()
    }

    fn n_between(&self, instants: &[i64], from: Date, to: Date) -> usize {
        let zone = self.scene.rules();
        let span = start_of(&zone, from)..start_of(&zone, to);
        instants.iter().filter(|ts| span.contains(ts)).count()
    }

    /// The periods in which a customer is active.
    fn active(&self, instants: &[i64]) -> Vec<i64> {
        let is_active =
            |k: &i64| self.n_between(instants, self.date(*k), self.date(k + 1)) >= self.min;
        (0..self.n_periods).filter(is_active).collect()
    }
}

/// The kind of gaps, by real numbers; nothing where they are too near a border to tell.
fn kind(active: &[i64]) -> Option<Regularity> {
    let gaps: Vec<f64> = active.windows(2).map(|pair| (pair[1] - pair[0]) as f64).collect();
    if gaps.len() < 2 {
        return Some(Regularity::TooFew);
    }
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let deviation =
        (gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64).sqrt();
    match deviation / mean {
        ratio if (ratio - 0.5).abs() < 1e-9 || (ratio - 1.0).abs() < 1e-9 => None,
        ratio if ratio < 0.5 => Some(Regularity::Regular),
        ratio if ratio < 1.0 => Some(Regularity::Loose),
        _ => Some(Regularity::Irregular),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn every_number_is_what_the_definition_says(asked in asked(), pick in any::<prop::sample::Index>()) {
        let found = answer(&asked.world, &asked.question());
        let rows: Vec<Event> = asked.world.sorted().into_iter().filter(|row| row.ts < asked.as_of()).collect();
        let keys: BTreeSet<i64> = rows.iter().map(|row| row.customer).collect();
        let instants: Vec<(i64, Vec<i64>)> = keys.iter().map(|key| (*key, asked.instants(&rows, *key))).collect();
        let active: Vec<(i64, Vec<i64>)> = instants.iter().map(|(key, own)| (*key, asked.active(own))).collect();
        let n_active = active.iter().filter(|(_, own)| !own.is_empty()).count() as u64;
        prop_assert_eq!(found.customers_active, n_active);
        prop_assert_eq!(found.points.len(), active.iter().map(|(_, own)| own.len()).max().unwrap_or(0));
        for point in &found.points {
            let exactly = active.iter().filter(|(_, own)| own.len() == point.n).count() as u64;
            let at_least = active.iter().filter(|(_, own)| own.len() >= point.n).count() as u64;
            prop_assert_eq!((point.exactly, point.at_least), (exactly, at_least));
            prop_assert_eq!(point.at_least_share, at_least as f64 / n_active as f64);
        }
        let mut gaps: Vec<i64> = active.iter().flat_map(|(_, own)| own.windows(2).map(|pair| pair[1] - pair[0])).collect();
        gaps.sort_unstable();
        prop_assert_eq!(found.gaps.gaps, gaps.len() as u64);
        let at = |tenths: usize| Some(gaps[(gaps.len() * tenths).div_ceil(10) - 1] as usize);
        if !gaps.is_empty() {
            prop_assert_eq!((found.gaps.median, found.gaps.p90), (at(5), at(9)));
        }
        let kinds: Vec<Option<Regularity>> = active.iter().filter(|(_, own)| !own.is_empty()).map(|(_, own)| kind(own)).collect();
        if kinds.iter().all(Option::is_some) {
            for one in &found.gaps.regularity {
                prop_assert_eq!(one.customers, kinds.iter().filter(|own| **own == Some(one.kind)).count() as u64);
            }
        }
        if !found.points.is_empty() {
            let n = pick.index(found.points.len()) + 1;
            let mut question = asked.question();
            question["cell"] = json!({"at_least": n});
            let (_, listed) = reply(&asked.world, &question).unwrap();
            let wanted: Vec<i64> = active.iter().filter(|(_, own)| own.len() >= n).map(|(key, _)| *key).collect();
            prop_assert_eq!(listed.into_iter().map(|key| key.0).collect::<Vec<_>>(), wanted);
        }
    }

    #[test]
    fn days_are_counted_one_by_one(asked in asked(), pick in any::<prop::sample::Index>()) {
        let found = answer(&asked.world, &asked.question());
        let rows: Vec<Event> = asked.world.sorted().into_iter().filter(|row| row.ts < asked.as_of()).collect();
        let keys: BTreeSet<i64> = rows.iter().map(|row| row.customer).collect();
        let instants: Vec<(i64, Vec<i64>)> = keys.iter().map(|key| (*key, asked.instants(&rows, *key))).collect();
        let zone = asked.scene.rules();
        let mut date = asked.date(0);
        let mut dates = Vec::new();
        while date < asked.date(asked.n_periods) && start_of(&zone, date) < asked.as_of() {
            dates.push(date);
            date = date.tomorrow().unwrap();
        }
        prop_assert_eq!(found.days.iter().map(|day| day.date.clone()).collect::<Vec<_>>(), dates.iter().map(Date::to_string).collect::<Vec<_>>());
        let within = |date: Date, n: i64| -> Vec<i64> {
            let is_in = |own: &[i64]| asked.n_between(own, date.tomorrow().unwrap() - n.days(), date.tomorrow().unwrap()) > 0;
            instants.iter().filter(|(_, own)| is_in(own)).map(|(key, _)| *key).collect()
        };
        for (day, date) in found.days.iter().zip(&dates) {
            let counts = [1, 7, 30].map(|n| within(*date, n).len() as u64);
            prop_assert_eq!([day.dau, day.wau, day.mau], counts, "{}", date);
        }
        if !dates.is_empty() {
            let date = *pick.get(&dates);
            for (set, n) in [("dau", 1), ("wau", 7), ("mau", 30)] {
                let mut question = asked.question();
                question["cell"] = json!({"day": date.to_string(), "set": set});
                let (_, listed) = reply(&asked.world, &question).unwrap();
                prop_assert_eq!(listed.into_iter().map(|key| key.0).collect::<Vec<_>>(), within(date, n));
            }
        }
    }

    #[test]
    fn groups_partition_everybody(asked in asked()) {
        prop_assume!(asked.breakdown.is_some());
        let found = answer(&asked.world, &asked.question());
        for point in &found.points {
            let of_groups: u64 = found.groups.iter().filter_map(|group| group.points.get(point.n - 1)).map(|own| own.exactly).sum();
            prop_assert_eq!(of_groups, point.exactly);
        }
        for group in found.groups.iter().take(1) {
            let mut question = asked.question();
            question["cell"] = json!({"at_least": 1, "group": group.group, "other": group.other});
            prop_assert_eq!(reply(&asked.world, &question).unwrap().1.len() as u64, group.customers_active);
        }
    }
}
