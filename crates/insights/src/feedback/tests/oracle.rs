//! Random worlds against the definition: every vote of every customer looked at, in plain loops.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;
use perennial_testkit::{Scene, scenes, worlds};
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::plain::{date_at, days_between, is_order, joined, kept_something, money, start_of};

#[derive(Clone, Debug)]
struct Asked {
    scene: Scene,
    world: World,
    /// Days of the scene: known until, first, last.
    days: (i32, i32, i32),
    event: &'static str,
    sent: Option<&'static str>,
    first: bool,
    by_field: bool,
    population: &'static str,
    within_days: i64,
}

fn asked() -> impl Strategy<Value = Asked> {
    scenes().prop_flat_map(|scene| {
        let n = scene.n_days;
        (
            worlds(scene).prop_map(whole_scores),
            (1..=n + 1, 0..=n, 0..=n),
            (select(vec!["view", "purchase"]), select(vec![None, Some("signup"), Some("order")])),
            (any::<bool>(), any::<bool>()),
            select(vec!["everyone", "everyone", "buyers", "net_buyers"]),
            select(vec![1_i64, 7, 90]),
        )
            .prop_map(
                move |(world, days, (event, sent), (first, by_field), population, within_days)| {
                    let days = (days.0, days.1.min(days.2), days.1.max(days.2));
                    Asked {
                        scene,
                        world,
                        days,
                        event,
                        sent,
                        first,
                        by_field,
                        population,
                        within_days,
                    }
                },
            )
    })
}

/// Half of the scores become whole numbers, so that there are votes.
fn whole_scores(mut world: World) -> World {
    for event in &mut world.events {
        if let Some(score) = event.properties.get_mut("score").filter(|_| event.sequence % 2 == 0) {
            *score = score.trim_end_matches(".5").to_owned();
        }
    }
    world
}

struct Vote {
    ts: i64,
    score: i64,
}

/// Votes of a wave by class and state: `[class][undecided, gone, stayed]`.
type Counts = [[u64; 3]; 3];

impl Asked {
    fn date(&self, day: i32) -> Date {
        self.scene.date + i64::from(day).days()
    }

    fn as_of(&self) -> i64 {
        start_of(&self.scene.rules(), self.date(self.days.0))
    }

    fn end(&self) -> i64 {
        start_of(&self.scene.rules(), self.date(self.days.2).tomorrow().unwrap()).min(self.as_of())
    }

    fn question(&self) -> Value {
        let mut question = json!({
            "as_of": jiff::Timestamp::from_microsecond(self.as_of()).unwrap().to_string(),
            "from": self.date(self.days.1).to_string(), "to": self.date(self.days.2).to_string(),
            "zone": self.scene.zone, "period": "day", "event": {"event": self.event},
            "scale": {"least": 0, "most": 3, "low_to": 0, "high_from": 2},
            "vote": if self.first { "first" } else { "last" }, "population": self.population,
            "retained": {"return": {"event": "order"}, "within": {"days": self.within_days}}, "currency": "EUR",
        });
        if self.by_field {
            question["wave"] = json!("plan");
        }
        if let Some(sent) = self.sent {
            question["sent"] = json!({"event": sent});
        }
        question
    }

    fn wave(&self, row: &Event) -> Option<String> {
        match self.by_field {
            true => row.properties.get("plan").cloned(),
            false => Some(date_at(&self.scene.rules(), row.ts).to_string()),
        }
    }

    fn is_in_range(&self, row: &Event) -> bool {
        let date = date_at(&self.scene.rules(), row.ts);
        self.date(self.days.1) <= date && date <= self.date(self.days.2)
    }

    fn vote(&self, row: &Event) -> Option<Vote> {
        let score: i64 =
            row.properties.get("score").filter(|_| row.event == self.event)?.parse().ok()?;
        let counts = self.wave(row).is_some() && self.is_in_range(row) && score <= 3;
        counts.then_some(Vote { ts: row.ts, score })
    }

    /// The votes of a customer that count, by wave, and in the whole range under no name.
    fn chosen(&self, own: &[&Event]) -> BTreeMap<String, Vote> {
        let currency = |row: &Event| row.currency.as_deref() == Some("EUR");
        let orders: Vec<_> = joined(own, |row| is_order(row) && currency(row))
            .into_iter()
            .filter(|lines| money(lines).1 > 0)
            .collect();
        let refunds = joined(own, |row| row.event == "refund" && currency(row));
        let since = orders.iter().map(|lines| lines[0].ts).min();
        let counts = |vote: &Vote| match self.population {
            "buyers" => since.is_some_and(|since| vote.ts >= since),
            "net_buyers" => {
                kept_something(&orders, &refunds) && since.is_some_and(|since| vote.ts >= since)
            }
            _ => true,
        };
        let mut chosen: BTreeMap<String, Vote> = BTreeMap::new();
        for row in own {
            for wave in [self.wave(row), Some(String::new())].into_iter().flatten() {
                let Some(vote) = self.vote(row).filter(|vote| counts(vote)) else { continue };
                if !self.first || !chosen.contains_key(&wave) {
                    chosen.insert(wave, vote);
                }
            }
        }
        chosen
    }

    fn state(&self, own: &[&Event], vote: &Vote) -> usize {
        let end = vote.ts + self.within_days * 86_400_000_000;
        if end > self.as_of() {
            return 0;
        }
        let orders = joined(own, |row| row.event == "order");
        let comes = orders.iter().any(|lines| vote.ts < lines[0].ts && lines[0].ts < end);
        if comes { 2 } else { 1 }
    }
}

fn counts(figures: &Figures) -> Counts {
    let count = |class: &super::super::ClassAnswer| {
        let stayed = &class.stayed;
        [stayed.undecided, stayed.decided - stayed.stayed, stayed.stayed]
    };
    [0, 1, 2].map(|class| count(&figures.classes[class]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn every_vote_is_counted_as_the_definition_says(asked in asked(), pick in any::<prop::sample::Index>()) {
        let rows = asked.world.sorted();
        let rows: Vec<&Event> = rows.iter().filter(|row| row.ts < asked.as_of()).collect();
        let mut wanted: BTreeMap<String, Counts> = BTreeMap::new();
        let mut voters: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
        for key in rows.iter().map(|row| row.customer).collect::<BTreeSet<i64>>() {
            let own: Vec<&Event> = rows.iter().filter(|row| row.customer == key).copied().collect();
            for (wave, vote) in asked.chosen(&own) {
                let class = match vote.score { 0 => 2, 1 => 1, _ => 0 };
                wanted.entry(wave.clone()).or_default()[class][asked.state(&own, &vote)] += 1;
                voters.entry(wave).or_default().insert(key);
            }
        }
        let found = answer(&asked.world, &asked.question());
        prop_assert_eq!(counts(&found.overall), wanted.remove("").unwrap_or_default());
        for wave in &found.waves {
            prop_assert_eq!(counts(&wave.figures), wanted.remove(&wave.wave).unwrap_or_default(), "{}", wave.wave);
            let n: u64 = wave.figures.classes.iter().map(|class| class.votes).sum();
            prop_assert_eq!(n, wave.figures.votes, "classes add up");
        }
        prop_assert!(wanted.is_empty(), "{wanted:?}");
        if !found.waves.is_empty() {
            let wave = &pick.get(&found.waves).wave;
            let (_, keys) = reply(&asked.world, &with(asked.question(), json!({"cell": {"wave": wave}}))).unwrap();
            let keys: BTreeSet<i64> = keys.into_iter().map(|key| key.0).collect();
            prop_assert_eq!(keys, voters.remove(wave).unwrap_or_default());
        }
    }

    #[test]
    fn who_was_asked_either_answered_or_did_not(asked in asked()) {
        let asked = Asked { population: "everyone", ..asked };
        let rows = asked.world.sorted();
        let rows: Vec<&Event> = rows.iter().filter(|row| row.ts < asked.as_of()).collect();
        let last = asked.date(asked.days.2).min(date_at(&asked.scene.rules(), asked.end() - 1));
        let (mut answered, mut silent) = (BTreeMap::new(), BTreeMap::new());
        for key in rows.iter().map(|row| row.customer).collect::<BTreeSet<i64>>() {
            let own: Vec<&Event> = rows.iter().filter(|row| row.customer == key).copied().collect();
            let was_asked = own.iter().any(|row| {
                let asks = asked.sent.is_none_or(|sent| row.event == sent && asked.wave(row).is_some());
                asked.is_in_range(row) && asks
            });
            if !was_asked {
                continue;
            }
            let currency = |row: &Event| row.currency.as_deref() == Some("EUR");
            let orders = joined(&own, |row| is_order(row) && currency(row));
            let orders: Vec<_> = orders.into_iter().filter(|lines| money(lines).1 > 0 && lines[0].ts < asked.end()).collect();
            let refunds = joined(&own, |row| row.event == "refund" && currency(row));
            let refunds = refunds.into_iter().filter(|lines| lines[0].ts < asked.end());
            let sum = orders.iter().map(|lines| money(lines).1).sum::<i64>() - refunds.map(|lines| money(&lines).1.abs()).sum::<i64>();
            let recency = orders.last().map(|lines| days_between(date_at(&asked.scene.rules(), lines[0].ts), last));
            let side = if asked.chosen(&own).contains_key("") { &mut answered } else { &mut silent };
            side.insert(key, (recency, orders.len(), sum));
        }
        let found = answer(&asked.world, &asked.question());
        prop_assert_eq!((found.responses.asked as usize, found.responses.responded as usize), (answered.len() + silent.len(), answered.len()));
        for (side, wanted) in [(0, &answered), (1, &silent)] {
            let of = |at: usize| if side == 0 { &found.responses.bias[at].responded } else { &found.responses.bias[at].silent };
            let mean = |all: Vec<f64>| (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64);
            let close = |found: Option<f64>, wanted: Option<f64>| match (found, wanted) {
                (Some(found), Some(wanted)) => (found - wanted).abs() < 1e-9,
                (found, wanted) => found == wanted,
            };
            let recency: Vec<f64> = wanted.values().filter_map(|one| one.0).map(|days| days as f64).collect();
            prop_assert_eq!(of(0).n as usize, recency.len());
            prop_assert!(close(of(0).mean, mean(recency)));
            prop_assert!(close(of(1).mean, mean(wanted.values().map(|one| one.1 as f64).collect())));
            prop_assert!(close(of(2).mean, mean(wanted.values().map(|one| one.2 as f64 / 1e4).collect())));
            let cell = json!({"cell": {"responded": side == 0}});
            let (_, keys) = reply(&asked.world, &with(asked.question(), cell)).unwrap();
            prop_assert_eq!(keys.iter().map(|key| key.0).collect::<Vec<_>>(), wanted.keys().copied().collect::<Vec<_>>());
        }
    }
}
