//! Random worlds against the definition itself: every customer looked at on every date, in plain
//! loops.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;
use perennial_testkit::{Event, Scene, World, scenes, worlds};
use perennial_types::money::decimal_text;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::plain::{date_at, days_between, is_order, joined, kept_something, money, start_of};

#[derive(Clone, Debug)]
struct Asked {
    scene: Scene,
    world: World,
    /// Days of the scene: known until, reference date, earlier date.
    days: (i32, i32, i32),
    trailing_days: Option<i64>,
    from: Option<i32>,
    population: &'static str,
    by_day: bool,
    mean_money: bool,
    nets: bool,
    scoring: &'static str,
    bins: u8,
    ties: &'static str,
    currency: Option<&'static str>,
    periods: u8,
    kept: bool,
    breakdown: bool,
}

fn asked() -> impl Strategy<Value = Asked> {
    scenes().prop_flat_map(|scene| {
        let n = scene.n_days;
        (
            (worlds(scene), (1..=n + 1, 1..=n, 0..=n - 1)),
            (
                select(vec![None, None, Some(1_i64), Some(3), Some(40)]),
                select(vec![None, None, Some(0), Some(n / 2)]),
            ),
            (
                select(vec!["buyers", "buyers", "net_buyers"]),
                any::<bool>(),
                any::<bool>(),
                any::<bool>(),
            ),
            (
                select(vec!["quantile", "quantile", "mean", "median"]),
                2..7_u8,
                select(vec!["share", "first"]),
            ),
            (select(vec![None, Some("EUR"), Some("EUR")]), 0..3_u8, any::<bool>(), any::<bool>()),
        )
            .prop_map(
                move |((world, days), (trailing_days, from), flags, scores, rest)| Asked {
                    scene,
                    world,
                    days,
                    trailing_days,
                    from: from.filter(|_| trailing_days.is_none()),
                    population: flags.0,
                    by_day: flags.1,
                    mean_money: flags.2,
                    nets: flags.3,
                    scoring: scores.0,
                    bins: if scores.0 == "quantile" { scores.1 } else { 2 },
                    ties: scores.2,
                    currency: rest.0,
                    periods: rest.1,
                    kept: rest.2 && scores.2 == "share",
                    breakdown: rest.3,
                },
            )
    })
}

/// A customer's last date, purchases and money.
type Measures = (Date, i64, i64);

impl Asked {
    fn date(&self, day: i32) -> Date {
        self.scene.date + i64::from(day).days()
    }

    fn as_of(&self) -> i64 {
        start_of(&self.scene.rules(), self.date(self.days.0))
    }

    /// The reference date, no later than what is known.
    fn now(&self) -> Date {
        self.date(self.days.1).min(date_at(&self.scene.rules(), self.as_of() - 1))
    }

    fn before(&self) -> Option<Date> {
        let date = self.date(self.days.2);
        (date < self.now() && self.from.is_none_or(|from| from <= self.days.1)).then_some(date)
    }

    fn from(&self) -> Option<Date> {
        self.from.map(|from| self.date(from.min(self.days.1)))
    }

    fn question(&self) -> Value {
        let mut question = json!({
            "to": self.date(self.days.1).to_string(), "from": self.from().map(|from| from.to_string()),
            "trailing_days": self.trailing_days, "zone": self.scene.zone,
            "as_of": jiff::Timestamp::from_microsecond(self.as_of()).unwrap().to_string(),
            "population": self.population, "frequency": if self.by_day { "days" } else { "orders" },
            "money": if self.mean_money { "mean" } else { "sum" },
            "refunds": if self.nets { "net" } else { "ignore" },
            "scoring": self.scoring, "bins": self.bins, "ties": self.ties, "classes": "cells",
            "currency": self.currency,
            "tiers": {"high": 0.6, "middle": 0.9, "margin": 0.1, "periods": self.periods, "period": "month"},
            "breakdown": if self.breakdown { json!([{"field": "plan", "at": "start"}]) } else { json!([]) },
            "top": 1,
        });
        if let Some(before) = self.before().filter(|_| self.bins < 6) {
            let cutoffs = if self.kept { "kept" } else { "own" };
            question["migration"] = json!({"from": before.to_string(), "cutoffs": cutoffs});
        }
        question
    }

    fn rows(&self) -> Vec<Event> {
        let as_of = self.as_of();
        let known = self.world.sorted().into_iter().filter(|row| row.ts < as_of);
        known
            .filter(|row| self.currency.is_none() || row.currency.as_deref() == self.currency)
            .collect()
    }

    /// The measures of every customer at a date, and the currencies that are added.
    fn measures(&self, rows: &[Event], date: Date) -> (BTreeMap<i64, Measures>, BTreeSet<String>) {
        let zone = self.scene.rules();
        let first = match self.trailing_days {
            Some(n) => Some(date - (n - 1).days()),
            None => self.from(),
        };
        let start = first.map_or(i64::MIN, |first| start_of(&zone, first));
        let end = start_of(&zone, date.tomorrow().unwrap()).min(self.as_of());
        let (mut found, mut currencies) = (BTreeMap::new(), BTreeSet::new());
        for key in rows.iter().map(|row| row.customer).collect::<BTreeSet<i64>>() {
            let own: Vec<&Event> = rows.iter().filter(|row| row.customer == key).collect();
            let orders = joined(&own, is_order).into_iter().filter(|lines| money(lines).1 > 0);
            let orders: Vec<_> = orders.collect();
            let refunds = joined(&own, |row| row.event == "refund");
            if self.population == "net_buyers" && !kept_something(&orders, &refunds) {
                continue;
            }
            let within = |lines: &&Vec<&Event>| (start..end).contains(&lines[0].ts);
            let bought: Vec<_> = orders.iter().filter(within).collect();
            let Some(last) = bought.last().map(|lines| date_at(&zone, lines[0].ts)) else {
                continue;
            };
            let days: BTreeSet<Date> =
                bought.iter().map(|lines| date_at(&zone, lines[0].ts)).collect();
            let mut sum: i64 = bought.iter().map(|lines| money(lines).1).sum();
            currencies.extend(bought.iter().filter_map(|lines| money(lines).0));
            if self.nets {
                let back: Vec<_> = refunds.iter().filter(within).collect();
                sum -= back.iter().map(|lines| money(lines).1.abs()).sum::<i64>();
                currencies.extend(back.iter().filter_map(|lines| money(lines).0));
            }
            let n = if self.by_day { days.len() } else { bought.len() };
            found.insert(key, (last, n as i64, sum));
        }
        (found, currencies)
    }

    /// The values of which more is better.
    fn values(&self, date: Date, (last, n, sum): Measures) -> [i64; 3] {
        let money = if self.mean_money {
            let (whole, rest) = (sum.abs() / n, sum.abs() % n);
            sum.signum() * (whole + i64::from(rest * 2 >= n))
        } else {
            sum
        };
        [-days_between(last, date), n, money]
    }

    /// Whether a value reaches score `k + 1` among all values.
    fn reaches(&self, all: &[i64], value: i64, k: usize) -> bool {
        let n = all.len() as i64;
        let sum: i64 = all.iter().sum();
        let mut sorted = all.to_vec();
        sorted.sort_unstable();
        match self.scoring {
            "mean" => value * n >= sum,
            "median" => value * 2 >= sorted[(all.len() - 1) / 2] + sorted[all.len() / 2],
            _ => {
                let is_enough = |below: &&i64| {
                    let n_below = all.iter().filter(|one| *one <= *below).count();
                    n_below * usize::from(self.bins) >= all.len() * k
                };
                let below = *sorted.iter().find(is_enough).unwrap();
                // The score begins at the next value there is, also for values of another date.
                sorted.iter().find(|one| **one > below).is_some_and(|bound| value >= *bound)
            }
        }
    }

    /// The digits of every customer, by values of their own date or of another.
    fn scores(
        &self,
        own: &BTreeMap<i64, [i64; 3]>,
        of: &BTreeMap<i64, [i64; 3]>,
    ) -> BTreeMap<i64, String> {
        let by_rank = self.scoring == "quantile" && self.ties == "first";
        let digit = |key: i64, measure: usize| {
            let all: Vec<i64> = of.values().map(|values| values[measure]).collect();
            let value = own[&key][measure];
            let passed = (1..usize::from(self.bins)).filter(|k| {
                if !by_rank {
                    return !all.is_empty() && self.reaches(&all, value, *k);
                }
                let rank = own
                    .iter()
                    .filter(|(other, values)| (values[measure], **other) <= (value, key))
                    .count();
                (rank - 1) * usize::from(self.bins) > (own.len() - 1) * k
            });
            1 + passed.count()
        };
        own.keys()
            .map(|key| (*key, (0..3).map(|measure| digit(*key, measure).to_string()).collect()))
            .collect()
    }

    fn scored(&self, rows: &[Event], date: Date, kept: Option<Date>) -> BTreeMap<i64, String> {
        let values = |date: Date| -> BTreeMap<i64, [i64; 3]> {
            let measures = self.measures(rows, date).0;
            measures.into_iter().map(|(key, own)| (key, self.values(date, own))).collect()
        };
        self.scores(&values(date), &values(kept.unwrap_or(date)))
    }

    /// The dates of history, the reference date last.
    fn history(&self) -> Vec<Date> {
        let mut dates = vec![self.now()];
        for _ in 0..self.periods {
            dates.insert(0, dates[0].first_of_month().yesterday().unwrap());
        }
        dates
    }

    /// The tier of every customer, 0 the highest, at the dates of history.
    fn tiers(&self, rows: &[Event]) -> Vec<BTreeMap<i64, usize>> {
        let mut all: Vec<BTreeMap<i64, usize>> = Vec::new();
        for date in self.history() {
            let measures = self.measures(rows, date).0;
            let total: i64 = measures.values().map(|one| one.2.max(0)).sum();
            let mut tiers = BTreeMap::new();
            for (key, (.., own)) in &measures {
                let more: i64 =
                    measures.values().map(|one| one.2).filter(|one| one > own && *one > 0).sum();
                let before = all.last().and_then(|before| before.get(key)).copied();
                let place = more as f64 / total as f64;
                let border = |at: f64, tier: usize| match before {
                    None => at,
                    Some(before) if before <= tier => at + 0.1,
                    Some(_) => at - 0.1,
                };
                let tier = if *own <= 0 {
                    2
                } else if place < border(0.6, 0) {
                    0
                } else if place < border(0.9, 1) {
                    1
                } else {
                    2
                };
                tiers.insert(*key, tier);
            }
            all.push(tiers);
        }
        all
    }

    fn is_mixed(&self, rows: &[Event]) -> bool {
        let mut dates = self.history();
        dates.extend(self.before().filter(|_| self.bins < 6));
        let all: BTreeSet<String> =
            dates.into_iter().flat_map(|date| self.measures(rows, date).1).collect();
        all.len() > 1
    }
}

fn keys_of(scores: &BTreeMap<i64, String>, wanted: &str) -> Vec<i64> {
    scores.iter().filter(|(_, own)| *own == wanted).map(|(key, _)| *key).collect()
}

fn listed(asked: &Asked, cell: Value) -> Vec<i64> {
    let mut question = asked.question();
    question["cell"] = cell;
    let (_, keys) = reply(&asked.world, &question).unwrap();
    keys.into_iter().map(|key| key.0).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn every_number_is_what_the_definition_says(asked in asked(), pick in any::<prop::sample::Index>()) {
        let rows = asked.rows();
        if asked.is_mixed(&rows) {
            prop_assert!(reply(&asked.world, &asked.question()).unwrap_err().starts_with("mixed_currencies"));
            return Ok(());
        }
        let found = answer(&asked.world, &asked.question());
        let now = asked.now();
        let measures = asked.measures(&rows, now).0;
        let before = asked.before().filter(|_| asked.bins < 6);
        let scores = asked.scored(&rows, now, before.filter(|_| asked.kept));
        prop_assert_eq!(found.everybody.customers, measures.len() as u64);
        prop_assert_eq!(found.cells.iter().map(|cell| cell.figures.customers).sum::<u64>(), measures.len() as u64);
        for cell in &found.cells {
            let keys = keys_of(&scores, &cell.scores);
            let own: Vec<Measures> = keys.iter().map(|key| measures[key]).collect();
            prop_assert_eq!(cell.figures.customers, keys.len() as u64, "{}", cell.scores);
            prop_assert_eq!(cell.figures.purchases, own.iter().map(|one| one.1).sum::<i64>() as u64);
            prop_assert_eq!(&cell.figures.money, &decimal_text(own.iter().map(|one| i128::from(one.2)).sum()));
            let days: i64 = own.iter().map(|one| days_between(one.0, now)).sum();
            prop_assert_eq!(cell.figures.mean_recency_days, Some(days as f64 / keys.len() as f64));
        }
        if !found.cells.is_empty() {
            let cell = pick.get(&found.cells);
            prop_assert_eq!(listed(&asked, json!({"scores": cell.scores})), keys_of(&scores, &cell.scores));
        }
        let is_quiet = |own: &&String| {
            let digit = |at: usize| own[at..=at].parse::<u8>().unwrap() * 2;
            digit(0) < asked.bins + 1 && digit(1) > asked.bins + 1
        };
        prop_assert_eq!(found.quiet.customers, scores.values().filter(is_quiet).count() as u64);
    }

    #[test]
    fn tiers_and_moves_are_what_the_definition_says(asked in asked()) {
        let rows = asked.rows();
        prop_assume!(!asked.is_mixed(&rows));
        let found = answer(&asked.world, &asked.question());
        let tiers = asked.tiers(&rows);
        prop_assert_eq!(found.tiers.dates.len(), tiers.len());
        for (position, (date, own)) in found.tiers.dates.iter().zip(&tiers).enumerate() {
            let count = |tier: usize| own.values().filter(|one| **one == tier).count() as u64;
            prop_assert_eq!([date.high, date.middle, date.low], [0, 1, 2].map(count), "{}", date.date);
            let before = position.checked_sub(1).map(|before| &tiers[before]);
            let moved = |is_it: fn(usize, usize) -> bool| {
                let known = own.iter().filter_map(|(key, tier)| Some((*tier, *before?.get(key)?)));
                known.filter(|(tier, before)| is_it(*tier, *before)).count() as u64
            };
            prop_assert_eq!((date.up, date.down), (moved(|tier, before| tier < before), moved(|tier, before| tier > before)));
        }
        let (Some(moves), Some(before)) = (&found.migration, asked.before()) else { return Ok(()) };
        let then = asked.scored(&rows, before, None);
        let now = asked.scored(&rows, asked.now(), Some(before).filter(|_| asked.kept));
        let none = "none".to_owned();
        for (from, row) in moves.classes.iter().zip(&moves.customers) {
            for (to, n) in moves.classes.iter().zip(row) {
                let keys: BTreeSet<&i64> = then.keys().chain(now.keys()).collect();
                let own = |scores: &BTreeMap<i64, String>, key: &i64| scores.get(key).unwrap_or(&none).clone();
                let wanted = keys.iter().filter(|key| own(&then, key) == *from && own(&now, key) == *to);
                prop_assert_eq!(*n, wanted.count() as u64, "{} to {}", from, to);
            }
        }
        prop_assert_eq!(moves.customers.iter().flatten().sum::<u64>() as usize,
            then.keys().chain(now.keys()).collect::<BTreeSet<_>>().len());
    }

    #[test]
    fn groups_partition_everybody(asked in asked()) {
        prop_assume!(asked.breakdown && !asked.is_mixed(&asked.rows()));
        let found = answer(&asked.world, &asked.question());
        for (position, class) in found.classes.iter().enumerate() {
            let of_groups: u64 = found.groups.iter().map(|group| group.classes[position].figures.customers).sum();
            prop_assert_eq!(of_groups, class.figures.customers, "{}", class.class);
        }
        for group in &found.groups {
            for class in group.classes.iter().filter(|class| class.figures.customers > 0).take(1) {
                let cell = json!({"class": class.class, "group": group.group, "other": group.other});
                prop_assert_eq!(listed(&asked, cell).len() as u64, class.figures.customers);
            }
        }
    }
}
