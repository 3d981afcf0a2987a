//! Random worlds against the definition itself: every customer asked at every boundary, in plain
//! loops, with the civil calendar of jiff and none of ours.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, date};
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
    threshold: (&'static str, i64),
    population: &'static str,
    event: Option<&'static str>,
    n_days_known: i32,
    breakdown: Option<&'static str>,
}

fn asked() -> impl Strategy<Value = Asked> {
    scenes().prop_flat_map(|scene| {
        let units: &[&str] =
            if scene.n_days < 10 { &["day", "week"] } else { &["day", "week", "month", "quarter"] };
        (
            (worlds(scene), select(units.to_vec()), 1..6_i64, 0..scene.n_days),
            select(vec![
                ("periods", 1_i64),
                ("periods", 2),
                ("periods", 5),
                ("days", 7),
                ("days", 31),
                ("days", 92),
                ("days", 400),
            ]),
            (
                select(vec!["everyone", "buyers", "net_buyers"]),
                select(vec![None, None, Some("view"), Some("order")]),
            ),
            (0..=scene.n_days + 1, select(vec![None, Some("start"), Some("current")])),
        )
            .prop_map(
                move |(
                    (world, unit, n_periods, first),
                    threshold,
                    (population, event),
                    (n_days_known, breakdown),
                )| {
                    // A threshold in days is at least as long as any period.
                    let longest = match unit {
                        "day" => 1,
                        "week" => 7,
                        "month" => 31,
                        _ => 92,
                    };
                    let threshold = if threshold.0 == "days" && threshold.1 < longest {
                        ("days", longest)
                    } else {
                        threshold
                    };
                    Asked {
                        scene,
                        world,
                        unit,
                        n_periods,
                        first,
                        threshold,
                        population,
                        event,
                        n_days_known,
                        breakdown,
                    }
                },
            )
    })
}

fn first_date(unit: &str, day: Date) -> Date {
    match unit {
        "day" => day,
        "week" => day - i64::from(day.weekday().to_monday_zero_offset()).days(),
        "month" => day.first_of_month(),
        _ => date(day.year(), (day.month() - 1) / 3 * 3 + 1, 1),
    }
}

impl Asked {
    fn as_of(&self) -> i64 {
        self.scene.midnight(self.n_days_known)
    }

    /// First date of the period `k` after the first.
    fn date(&self, k: i64) -> Date {
        let first = first_date(self.unit, self.scene.date + i64::from(self.first).days());
        match self.unit {
            "day" => first + k.days(),
            "week" => first + k.weeks(),
            "month" => first + k.months(),
            _ => first + (3 * k).months(),
        }
    }

    fn question(&self) -> Value {
        let mut question = json!({
            "period": self.unit, "from": self.date(0).to_string(),
            "to": self.date(self.n_periods).yesterday().unwrap().to_string(), "zone": self.scene.zone,
            "as_of": jiff::Timestamp::from_microsecond(self.as_of()).unwrap().to_string(),
            "population": self.population, "threshold": {(self.threshold.0): self.threshold.1}, "top": 1,
            "breakdown": self.breakdown.map_or(json!([]), |at| json!([{"field": "plan", "at": at}])),
        });
        if let Some(event) = self.event {
            question["event"] = json!({"event": event});
        }
        question
    }

    fn rows(&self) -> Vec<Event> {
        self.world.sorted().into_iter().filter(|row| row.ts < self.as_of()).collect()
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

    fn is_active(&self, instants: &[i64], boundary: i64) -> bool {
        let zone = self.scene.rules();
        let (name, n) = self.threshold;
        let since = if name == "periods" {
            self.date(boundary - n)
        } else {
            self.date(boundary) - n.days()
        };
        let span = start_of(&zone, since)..start_of(&zone, self.date(boundary));
        instants.iter().any(|ts| span.contains(ts))
    }

    /// The state of a customer in a period; nothing before the first occurrence.
    fn state(&self, instants: &[i64], period: i64) -> Option<&'static str> {
        let zone = self.scene.rules();
        let span = start_of(&zone, self.date(period))..start_of(&zone, self.date(period + 1));
        let first = *instants.first()?;
        let is_here = instants.iter().any(|ts| span.contains(ts));
        match (self.is_active(instants, period), self.is_active(instants, period + 1)) {
            _ if first >= span.end => None,
            _ if span.contains(&first) => Some("new"),
            (true, true) if is_here => Some("returning"),
            (true, true) => Some("idle"),
            (true, false) => Some("dormant"),
            (false, _) if is_here => Some("resurrecting"),
            (false, _) => Some("gone"),
        }
    }
}

fn number(period: &PeriodAnswer, state: &str) -> u64 {
    match state {
        "new" => period.new,
        "returning" => period.returning,
        "idle" => period.idle,
        "resurrecting" => period.resurrecting,
        "dormant" => period.dormant,
        _ => period.gone,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn every_number_is_what_the_definition_says(asked in asked(), pick in any::<prop::sample::Index>()) {
        let found = answer(&asked.world, &asked.question());
        let rows = asked.rows();
        let keys: BTreeSet<i64> = rows.iter().map(|row| row.customer).collect();
        let zone = asked.scene.rules();
        let n_begun = (0..asked.n_periods).filter(|k| start_of(&zone, asked.date(*k)) < asked.as_of()).count();
        prop_assert_eq!(found.periods.len(), n_begun);
        let instants: Vec<(i64, Vec<i64>)> = keys.iter().map(|key| (*key, asked.instants(&rows, *key))).collect();
        for (period, own) in (0_i64..).zip(&found.periods) {
            prop_assert_eq!(&own.start, &asked.date(period).to_string());
            prop_assert_eq!(&own.end, &asked.date(period + 1).to_string());
            let states: Vec<(i64, &str)> = instants.iter()
                .filter_map(|(key, instants)| Some((*key, asked.state(instants, period)?))).collect();
            for state in State::ALL {
                let wanted = states.iter().filter(|(_, own)| *own == state.name()).count() as u64;
                prop_assert_eq!(number(own, state.name()), wanted, "{:?} in {}", state, own.start);
                for to in State::ALL.iter().filter(|_| period > 0) {
                    let moved = instants.iter().filter(|(_, instants)| {
                        asked.state(instants, period - 1) == Some(state.name()) && asked.state(instants, period) == Some(to.name())
                    });
                    let told = own.moves.iter().find(|one| one.from == state && one.to == *to);
                    prop_assert_eq!(told.map_or(0, |one| one.customers), moved.count() as u64, "{:?} to {:?}", state, to);
                }
            }
            let end = asked.date(period + 1);
            let is_over = start_of(&zone, end) <= asked.as_of();
            let is_closed = asked.population != "net_buyers" && asked.breakdown != Some("current");
            prop_assert_eq!(own.complete, is_over && is_closed);
        }
        if !found.periods.is_empty() {
            let period = pick.index(found.periods.len());
            let state = State::ALL[pick.index(6)];
            let mut question = asked.question();
            question["cell"] = json!({"period": found.periods[period].start, "set": state.name()});
            let (_, listed) = reply(&asked.world, &question).unwrap();
            let wanted: Vec<i64> = instants.iter().filter(|(_, own)| asked.state(own, period as i64) == Some(state.name())).map(|(key, _)| *key).collect();
            prop_assert_eq!(listed.into_iter().map(|key| key.0).collect::<Vec<_>>(), wanted);
        }
    }

    #[test]
    fn who_is_active_is_who_was_and_who_came_less_who_left(asked in asked()) {
        let found = answer(&asked.world, &asked.question());
        for pair in found.periods.windows(2) {
            prop_assert_eq!(pair[1].active_start, pair[0].active_end);
        }
        for one in &found.periods {
            prop_assert_eq!(one.active_end + one.dormant, one.active_start + one.new + one.resurrecting);
        }
        let of = |state: &str, start: &str| -> u64 {
            found.groups.iter().filter(|one| one.start == start).map(|one| number(one, state)).sum()
        };
        for one in found.periods.iter().filter(|_| asked.breakdown.is_some()) {
            for state in State::ALL {
                prop_assert_eq!(of(state.name(), &one.start), number(one, state.name()));
            }
        }
        for group in found.groups.iter().filter(|group| group.new > 0).take(1) {
            let mut question = asked.question();
            question["cell"] = json!({"period": group.start, "set": "new", "group": group.group, "other": group.other});
            prop_assert_eq!(reply(&asked.world, &question).unwrap().1.len() as u64, group.new);
        }
    }
}
