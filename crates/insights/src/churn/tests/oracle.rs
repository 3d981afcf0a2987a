//! Random worlds against the definition itself: every customer asked at every boundary, in plain
//! loops, with the civil calendar of jiff and none of ours.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::{Date, date};
use perennial_testkit::{Event, Scene, World, scenes, worlds};
use perennial_types::money::Decimal4;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::{Of, Risk};
use super::*;
use crate::plain::{date_at, is_order, joined, kept_something, money, start_of};
use crate::rfm::TierName;

const DAY: i64 = 86_400_000_000;

#[derive(Clone, Debug)]
struct Asked {
    scene: Scene,
    world: World,
    unit: &'static str,
    n_periods: i64,
    first: i32,
    /// The trailing window in days; a subscription without one.
    window_days: Option<i64>,
    event: Option<&'static str>,
    has_levels: bool,
    population: &'static str,
    n_days_known: i32,
    breakdown: Option<&'static str>,
    new_for: i64,
}

fn asked() -> impl Strategy<Value = Asked> {
    scenes().prop_flat_map(|scene| {
        let units: &[&str] =
            if scene.n_days < 10 { &["day", "week"] } else { &["day", "week", "month", "quarter"] };
        (
            (worlds(scene), select(units.to_vec()), 1..6_i64, 0..scene.n_days),
            select(vec![None, Some(1_i64), Some(3), Some(30), Some(200)]),
            (select(vec![None, None, Some("view")]), any::<bool>(), 1..3_i64),
            select(vec!["everyone", "buyers", "net_buyers"]),
            (0..=scene.n_days + 1, select(vec![None, Some("start"), Some("current")])),
        )
            .prop_map(
                move |(place, window_days, rest, population, (n_days_known, breakdown))| {
                    let (world, unit, n_periods, first) = place;
                    let (event, has_levels, new_for) = rest;
                    Asked {
                        scene,
                        world,
                        unit,
                        n_periods,
                        first,
                        window_days,
                        event: event.filter(|_| window_days.is_some()),
                        has_levels,
                        population,
                        n_days_known,
                        breakdown,
                        new_for,
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

/// One customer as the definition sees them.
#[derive(Clone, Debug)]
struct Known {
    key: i64,
    first: i64,
    /// Active later than the first instant and not later than the second; why it ended.
    spells: Vec<(i64, i64, Option<String>)>,
    /// Money at instants; levels where those are asked for.
    money: Vec<(i64, i64)>,
}

impl Known {
    fn is_active(&self, at: i64) -> bool {
        self.spells.iter().any(|(after, until, _)| *after < at && at <= *until)
    }

    /// When the customer first left in a range, and when they were back.
    fn leaving(&self, from: i64, to: i64) -> Option<(i64, Option<i64>)> {
        let left =
            self.spells.iter().map(|(_, until, _)| *until).find(|at| (from..to).contains(at))?;
        Some((left, self.spells.iter().map(|(after, ..)| *after).find(|after| *after > left)))
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

    /// Where the period `k` begins, `as_of` at the latest.
    fn start(&self, k: i64) -> i64 {
        start_of(&self.scene.rules(), self.date(k)).min(self.as_of())
    }

    fn is_over(&self, period: i64) -> bool {
        start_of(&self.scene.rules(), self.date(period + 1)) <= self.as_of()
    }

    fn question(&self) -> Value {
        let mut subscription =
            json!({"start": {"event": "signup"}, "end": {"event": "refund"}, "reason": "plan"});
        if self.has_levels {
            subscription["money"] = json!("score");
        }
        let mut question = json!({
            "period": self.unit, "from": self.date(0).to_string(),
            "to": self.date(self.n_periods).yesterday().unwrap().to_string(), "zone": self.scene.zone,
            "as_of": jiff::Timestamp::from_microsecond(self.as_of()).unwrap().to_string(),
            "population": self.population, "top": 1, "new_for": self.new_for, "tiers": {}, "win_back_days": [1, 30],
            "active": self.window_days.map_or(json!({"subscription": subscription}), |days| json!({"trailing_days": days})),
            "breakdown": self.breakdown.map_or(json!([]), |at| json!([{"field": "plan", "at": at}])),
        });
        if self.breakdown.is_none() {
            question["currency"] = json!("EUR");
        }
        if let Some(event) = self.event {
            question["event"] = json!({"event": event});
        }
        question
    }

    /// Every customer who was ever active, by the rows known.
    fn known(&self, rows: &[Event]) -> Vec<Known> {
        let keys: BTreeSet<i64> = rows.iter().map(|row| row.customer).collect();
        keys.into_iter()
            .filter_map(|key| {
                let own: Vec<&Event> = rows.iter().filter(|row| row.customer == key).collect();
                self.one(key, &own)
            })
            .collect()
    }

    fn one(&self, key: i64, own: &[&Event]) -> Option<Known> {
        let orders = joined(own, is_order).into_iter().filter(|lines| money(lines).1 > 0);
        let bought: Vec<_> = orders.collect();
        let refunds = joined(own, |row| row.event == "refund");
        if self.population == "net_buyers" && !kept_something(&bought, &refunds) {
            return None;
        }
        let since = match (self.population, bought.first()) {
            ("everyone", _) => i64::MIN,
            (_, first) => first?[0].ts,
        };
        let is_counted = |lines: &&Vec<&Event>| {
            self.breakdown.is_some() || money(lines).0.as_deref() == Some("EUR")
        };
        let paid = bought.iter().filter(is_counted).map(|lines| (lines[0].ts, money(lines).1));
        let back =
            refunds.iter().filter(is_counted).map(|lines| (lines[0].ts, -money(lines).1.abs()));
        let mut money: Vec<(i64, i64)> = paid.chain(back).collect();
        let Some(days) = self.window_days else { return self.subscribed(key, own, since, money) };
        let named = match (self.event, self.population) {
            (Some(name), _) => joined(own, |row| row.event == name),
            (None, "everyone") => joined(own, |_| true),
            (None, _) => bought.clone(),
        };
        let instants: Vec<i64> =
            named.iter().map(|lines| lines[0].ts).filter(|ts| *ts >= since).collect();
        let mut spells: Vec<(i64, i64, Option<String>)> = Vec::new();
        for ts in &instants {
            match spells.last_mut() {
                Some((_, until, _)) if *ts <= *until => *until = ts + days * DAY,
                _ => spells.push((*ts, ts + days * DAY, None)),
            }
        }
        money.sort_unstable();
        Some(Known { key, first: *instants.first()?, spells, money })
    }

    fn subscribed(
        &self,
        key: i64,
        own: &[&Event],
        since: i64,
        mut money: Vec<(i64, i64)>,
    ) -> Option<Known> {
        let mut spells = Vec::new();
        let (mut first, mut running) = (None, None);
        if self.has_levels {
            money.clear();
        }
        for lines in joined(own, |row| row.event == "signup" || row.event == "refund") {
            let ts = lines[0].ts;
            if lines[0].event == "signup" {
                first = first.or(Some(ts.max(since)));
                running = running.or(Some(ts));
                let scores: Vec<i64> = lines
                    .iter()
                    .filter_map(|line| line.properties.get("score"))
                    .map(|score| score.parse::<Decimal4>().unwrap().0)
                    .collect();
                // A sign-up has no currency, so it is of none asked for.
                if self.has_levels && !scores.is_empty() && self.breakdown.is_some() {
                    money.push((ts, scores.iter().sum()));
                }
            } else if let Some(start) = running.take() {
                let why = lines.iter().find_map(|line| line.properties.get("plan"));
                spells.push((start.max(since), ts, why.cloned()));
                if self.has_levels {
                    money.push((ts, 0));
                }
            }
        }
        spells.extend(running.map(|start| (start.max(since), i64::MAX, None)));
        spells.retain(|(after, until, _)| after < until);
        // Who is back at the very instant was never away.
        let mut whole: Vec<(i64, i64, Option<String>)> = Vec::new();
        for (after, until, why) in spells {
            match whole.last_mut() {
                Some(last) if last.1 == after => (last.1, last.2) = (until, why),
                _ => whole.push((after, until, why)),
            }
        }
        Some(Known { key, first: first?, spells: whole, money })
    }

    /// What a customer is worth when a period begins.
    fn worth(&self, one: &Known, period: i64) -> i64 {
        let start = self.start(period);
        let mut known = one.money.iter().filter(|(ts, _)| *ts < start);
        if self.window_days.is_none() && self.has_levels {
            return known.next_back().map_or(0, |(_, level)| *level).max(0);
        }
        let since = match self.window_days {
            Some(days) => start - days * DAY,
            None => self.start(period - 1),
        };
        known.filter(|(ts, _)| *ts >= since).map(|(_, amount)| amount).sum::<i64>().max(0)
    }

    fn state(&self, one: &Known, period: i64) -> &'static str {
        let (start, end) = (self.start(period), self.start(period + 1));
        let is_new = (start..end).contains(&one.first);
        match (one.is_active(start), one.is_active(end)) {
            (true, true) => "kept",
            (true, false) => "churned",
            (false, true) if is_new => "new",
            (false, true) => "won_back",
            (false, false) if one.spells.iter().any(|(after, ..)| (start..end).contains(after)) => {
                "passing"
            }
            (false, false) => "away",
        }
    }

    /// Whole periods from the one of the first occurrence.
    fn age(&self, one: &Known, period: i64) -> i64 {
        let born = first_date(self.unit, date_at(&self.scene.rules(), one.first));
        (0..).find(|age| self.date(period - age) <= born).unwrap()
    }

    fn has_mixed_money(&self) -> bool {
        self.breakdown.is_some()
            && self.world.events.iter().any(|row| row.currency.as_deref() == Some("USD"))
    }
}

fn cents(text: &str) -> i64 {
    text.parse::<Decimal4>().unwrap().0
}

/// At risk, churned, and their money.
fn numbers(risk: &Risk) -> (u64, u64, i64, i64) {
    (risk.at_risk, risk.churned, cents(&risk.money_at_risk), cents(&risk.money_churned))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn every_number_is_what_the_definition_says(asked in asked(), pick in any::<prop::sample::Index>()) {
        prop_assume!(!asked.has_mixed_money());
        let found = answer(&asked.world, &asked.question());
        let mut rows = asked.world.sorted();
        rows.retain(|row| row.ts < asked.as_of());
        let known = asked.known(&rows);
        let zone = asked.scene.rules();
        let n_begun = (0..asked.n_periods).filter(|k| start_of(&zone, asked.date(*k)) < asked.as_of()).count();
        prop_assert_eq!(found.periods.len(), n_begun);
        let mut by_age: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
        for (period, own) in (0_i64..).zip(&found.periods) {
            let states: Vec<(&Known, &str)> = known.iter().map(|one| (one, asked.state(one, period))).collect();
            let count = |name: &str| states.iter().filter(|(_, state)| *state == name).count() as u64;
            prop_assert_eq!((own.new, own.won_back, own.passing), (Some(count("new")), Some(count("won_back")), Some(count("passing"))), "{}", own.start);
            let told = |is_of: &dyn Fn(&Known) -> bool| {
                let mut told = (0, 0, 0, 0);
                for (one, state) in states.iter().filter(|(one, state)| matches!(*state, "kept" | "churned") && is_of(one)) {
                    let worth = asked.worth(one, period);
                    told.0 += 1;
                    told.2 += worth;
                    if *state == "churned" {
                        told.1 += 1;
                        told.3 += worth;
                    }
                }
                told
            };
            prop_assert_eq!(numbers(&own.risk), told(&|_| true), "{}", own.start);
            let is_new = |one: &Known| asked.age(one, period) <= asked.new_for;
            let risks: Vec<i64> = states.iter().filter(|(_, state)| matches!(*state, "kept" | "churned")).map(|(one, _)| asked.worth(one, period)).collect();
            let tier = |one: &Known| {
                let own = asked.worth(one, period);
                let more: i64 = risks.iter().filter(|other| **other > own).sum();
                let place = more as f64 / risks.iter().sum::<i64>() as f64;
                match own {
                    0 => TierName::Low,
                    _ if place < 0.8 => TierName::High,
                    _ if place < 0.95 => TierName::Middle,
                    _ => TierName::Low,
                }
            };
            for part in found.parts.iter().filter(|part| part.start == own.start) {
                match part.part.of {
                    Of::New => prop_assert_eq!(numbers(&part.risk), told(&is_new)),
                    Of::Old => prop_assert_eq!(numbers(&part.risk), told(&|one| !is_new(one))),
                    Of::Tier => prop_assert_eq!(numbers(&part.risk), told(&|one| Some(tier(one)) == part.part.tier), "{:?}", part.part.tier),
                    Of::Reason if !part.part.other => {
                        let end = asked.start(period + 1);
                        let why = |one: &Known| one.spells.iter().rev().find(|(after, ..)| *after < end).and_then(|(_, _, why)| why.clone());
                        prop_assert_eq!(part.risk.churned, told(&|one| why(one) == part.part.reason).1, "{:?}", part.part.reason);
                        prop_assert_eq!(part.risk.at_risk, own.risk.at_risk);
                    }
                    _ => {}
                }
            }
            for (one, state) in states.iter().filter(|_| asked.is_over(period)) {
                let own = by_age.entry(asked.age(one, period).max(0) as u32).or_default();
                own.0 += u64::from(matches!(*state, "kept" | "churned"));
                own.1 += u64::from(*state == "churned");
            }
            prop_assert_eq!(own.complete, asked.is_over(period) && asked.population != "net_buyers" && asked.breakdown != Some("current"));
        }
        by_age.retain(|_, (at_risk, _)| *at_risk > 0);
        let ages: BTreeMap<u32, (u64, u64)> = found.ages.iter().map(|one| (one.age, (one.risk.at_risk, one.risk.churned))).collect();
        prop_assert_eq!(ages, by_age);
        let range = (asked.start(0), asked.start(n_begun as i64));
        let left: Vec<(i64, Option<i64>)> = known.iter().filter_map(|one| one.leaving(range.0, range.1)).collect();
        prop_assert_eq!(found.win_back.left, if n_begun == 0 { 0 } else { left.len() as u64 });
        for one in found.win_back.within.iter().filter(|_| n_begun > 0) {
            let closed: Vec<_> = left.iter().filter(|(at, _)| at + i64::from(one.days) * DAY < asked.as_of()).collect();
            let within = closed.iter().filter(|(at, back)| back.is_some_and(|back| back - at <= i64::from(one.days) * DAY));
            prop_assert_eq!((one.closed, one.within), (closed.len() as u64, within.count() as u64));
        }
        if n_begun > 0 {
            let period = pick.index(n_begun);
            let set = ["churned", "new", "won_back", "passing"][pick.index(4)];
            let mut question = asked.question();
            question["cell"] = json!({"period": found.periods[period].start, "set": set});
            let (_, listed) = reply(&asked.world, &question).unwrap();
            let wanted: Vec<i64> = known.iter().filter(|one| asked.state(one, period as i64) == set).map(|one| one.key).collect();
            prop_assert_eq!(listed.into_iter().map(|key| key.0).collect::<Vec<_>>(), wanted);
        }
    }

    #[test]
    fn who_is_active_is_who_was_and_who_came_less_who_left(asked in asked(), pick in any::<prop::sample::Index>()) {
        prop_assume!(!asked.has_mixed_money());
        let found = answer(&asked.world, &asked.question());
        for pair in found.periods.windows(2) {
            prop_assert_eq!(Some(pair[1].risk.at_risk), pair[0].active_end);
        }
        let sum = |of: Of, start: &str| {
            let own = found.parts.iter().filter(|part| part.part.of == of && part.start == start);
            own.map(|part| numbers(&part.risk)).fold((0, 0, 0, 0), |all, one| (all.0 + one.0, all.1 + one.1, all.2 + one.2, all.3 + one.3))
        };
        for one in &found.periods {
            prop_assert_eq!(one.active_end, Some(one.risk.at_risk + one.new.unwrap() + one.won_back.unwrap() - one.risk.churned));
            let (new, old) = (sum(Of::New, &one.start), sum(Of::Old, &one.start));
            let both = (new.0 + old.0, new.1 + old.1, new.2 + old.2, new.3 + old.3);
            prop_assert_eq!(both, numbers(&one.risk));
            prop_assert_eq!(sum(Of::Tier, &one.start), numbers(&one.risk));
            if asked.breakdown.is_some() {
                prop_assert_eq!(sum(Of::Group, &one.start), numbers(&one.risk));
            }
            if asked.window_days.is_none() {
                let reasons = sum(Of::Reason, &one.start);
                prop_assert_eq!((reasons.1, reasons.3), (one.risk.churned, cents(&one.risk.money_churned)));
            }
        }
        let over = found.periods.iter().zip(0..).filter(|(_, period)| asked.is_over(*period));
        let at_risk: (u64, u64) = over.map(|(one, _)| (one.risk.at_risk, one.risk.churned)).fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
        let by_age = found.ages.iter().fold((0, 0), |all, one| (all.0 + one.risk.at_risk, all.1 + one.risk.churned));
        prop_assert_eq!(at_risk, by_age);
        prop_assert_eq!(found.win_back.left, found.win_back.back + found.win_back.not_back);
        if !found.parts.is_empty() {
            let part = &found.parts[pick.index(found.parts.len())];
            let mut cell = serde_json::to_value(&part.part).unwrap();
            cell["period"] = json!(part.start);
            cell["set"] = json!("churned");
            let mut question = asked.question();
            question["cell"] = cell;
            prop_assert_eq!(reply(&asked.world, &question).unwrap().1.len() as u64, part.risk.churned, "{:?}", part.part);
        }
        if let Some(age) = found.ages.first() {
            let mut question = asked.question();
            question["cell"] = json!({"age": age.age, "set": "at_risk"});
            prop_assert_eq!(reply(&asked.world, &question).unwrap().1.len() as u64, age.risk.at_risk);
        }
    }
}
