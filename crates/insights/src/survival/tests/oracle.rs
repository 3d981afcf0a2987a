//! Random worlds against the definition itself: every customer followed day by day, in plain loops,
//! with the civil calendar of jiff and none of ours.

use std::collections::BTreeMap;

use jiff::ToSpan;
use perennial_testkit::{Event, Scene, World, scenes, worlds};
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::plain::{date_at, days_between, is_order, joined, kept_something, money, start_of};

const DAY: i64 = 86_400_000_000;

#[derive(Clone, Debug)]
struct Asked {
    scene: Scene,
    world: World,
    population: &'static str,
    start: Option<&'static str>,
    /// Days of silence, or an event.
    leave: Result<i64, &'static str>,
    event: Option<&'static str>,
    n_days_known: i32,
    starts: Option<(i32, i32)>,
    step: i64,
    by_plan: Option<&'static str>,
}

fn asked() -> impl Strategy<Value = Asked> {
    scenes().prop_flat_map(|scene| {
        let silences = vec![1, 2, 7, scene.n_days.into()];
        let leaves = prop_oneof![
            select(silences).prop_map(Ok),
            select(vec!["signup", "refund", "view"]).prop_map(Err)
        ];
        (
            (worlds(scene), select(vec!["everyone", "buyers", "net_buyers"])),
            (
                select(vec![None, Some("view"), Some("signup")]),
                leaves,
                select(vec![None, None, Some("view")]),
            ),
            (0..=scene.n_days + 1, proptest::option::of((0..scene.n_days, 0..scene.n_days))),
            (select(vec![1_i64, 2, 10]), select(vec![None, Some("start"), Some("current")])),
        )
            .prop_map(
                move |(
                    (world, population),
                    (start, leave, event),
                    (n_days_known, starts),
                    (step, by_plan),
                )| Asked {
                    scene,
                    world,
                    population,
                    start,
                    event: event.filter(|_| leave.is_ok()),
                    leave,
                    n_days_known,
                    starts: starts.map(|(one, other)| (one.min(other), one.max(other))),
                    step: if scene.n_days > 100 { step * 30 } else { step },
                    by_plan,
                },
            )
    })
}

/// One customer, as the definition has it.
#[derive(Debug)]
struct Followed {
    key: i64,
    plan: Option<String>,
    n_days: i64,
    left: bool,
}

impl Asked {
    fn as_of(&self) -> i64 {
        self.scene.midnight(self.n_days_known)
    }

    fn question(&self) -> Value {
        let event = |name: &str| json!({"event": name});
        let mut question = json!({
            "zone": self.scene.zone, "population": self.population, "step_days": self.step, "top": 2,
            "as_of": jiff::Timestamp::from_microsecond(self.as_of()).unwrap().to_string(),
            "leave": match self.leave { Ok(days) => json!({"silence_days": days}), Err(name) => json!({"event": event(name)}) },
            "breakdown": self.by_plan.map_or(json!([]), |at| json!([{"field": "plan", "at": at}])),
        });
        if let Some(name) = self.start {
            question["start"] = event(name);
        }
        if let Some(name) = self.event {
            question["event"] = event(name);
        }
        if let Some((from, to)) = self.starts {
            question["from"] = json!((self.scene.date + i64::from(from).days()).to_string());
            question["to"] = json!((self.scene.date + i64::from(to).days()).to_string());
        }
        question
    }

    /// The customers followed, and the keys of those who came too late.
    fn followed(&self) -> (Vec<Followed>, Vec<i64>) {
        let rows: Vec<Event> =
            self.world.sorted().into_iter().filter(|row| row.ts < self.as_of()).collect();
        let mut by_customer: BTreeMap<i64, Vec<&Event>> = BTreeMap::new();
        for row in &rows {
            by_customer.entry(row.customer).or_default().push(row);
        }
        let (mut followed, mut too_recent) = (Vec::new(), Vec::new());
        for (key, own) in by_customer {
            match self.follow(key, &own) {
                Some(Ok(one)) => followed.push(one),
                Some(Err(())) => too_recent.push(key),
                None => {}
            }
        }
        (followed, too_recent)
    }

    fn follow(&self, key: i64, own: &[&Event]) -> Option<Result<Followed, ()>> {
        let zone = self.scene.rules();
        let bought: Vec<_> =
            joined(own, is_order).into_iter().filter(|lines| money(lines).1 > 0).collect();
        let refunds = joined(own, |row| row.event == "refund");
        if self.population == "net_buyers" && !kept_something(&bought, &refunds) {
            return None;
        }
        let since = if self.population == "everyone" { i64::MIN } else { bought.first()?[0].ts };
        let named = |name: Option<&str>| -> Vec<&Event> {
            let found = match (name, self.population) {
                (Some(name), _) => joined(own, |row| row.event == name),
                (None, "everyone") => joined(own, |_| true),
                (None, _) => bought.clone(),
            };
            found.into_iter().map(|lines| lines[0]).filter(|row| row.ts >= since).collect()
        };
        let start = *named(self.start.or(self.event)).first()?;
        let born = date_at(&zone, start.ts);
        if let Some((from, to)) = self.starts {
            let day = |n: i32| self.scene.date + i64::from(n).days();
            let range = start_of(&zone, day(from))..start_of(&zone, day(to).tomorrow().unwrap());
            if !range.contains(&start.ts) {
                return None;
            }
        }
        let (end, left) = match self.leave {
            Err(name) => match named(Some(name)).into_iter().find(|row| row.ts >= start.ts) {
                Some(row) => (row.ts, true),
                None => (self.as_of() - 1, false),
            },
            Ok(days) => {
                let known = self.as_of() - days * DAY;
                if start.ts > known {
                    return Some(Err(()));
                }
                let mut instants = vec![start.ts];
                instants.extend(
                    named(self.event).iter().map(|row| row.ts).filter(|ts| *ts >= start.ts),
                );
                // Leaving: the first instant after which nothing comes for so long.
                let is_last = |ts: &&i64| {
                    !instants.iter().any(|other| *other > **ts && other - **ts < days * DAY)
                };
                match instants.iter().filter(is_last).min().filter(|last| **last <= known) {
                    Some(last) => (*last, true),
                    None => (known, false),
                }
            }
        };
        let plan = match self.by_plan {
            Some("current") => own.iter().rev().find_map(|row| row.properties.get("plan")),
            _ => start.properties.get("plan"),
        };
        let n_days = days_between(born, date_at(&zone, end).max(born)) + 1;
        Some(Ok(Followed { key, plan: plan.cloned(), n_days, left }))
    }
}

/// Kaplan and Meier's product, straight from the stays.
fn survival(stays: &[&Followed], age: i64) -> Option<f64> {
    let longest = stays.iter().map(|one| one.n_days).max()?;
    if !stays.iter().any(|one| one.left) {
        return None;
    }
    let mut share = 1.0;
    for day in 1..=age.min(longest) {
        let at_risk = stays.iter().filter(|one| one.n_days >= day).count() as f64;
        let left = stays.iter().filter(|one| one.n_days == day && one.left).count() as f64;
        share *= 1.0 - left / at_risk;
    }
    (age <= longest || share == 0.0).then_some(share)
}

fn check(group: &GroupAnswer, stays: &[&Followed], step: i64) -> Result<(), TestCaseError> {
    prop_assert_eq!(group.customers, stays.len() as u64);
    prop_assert_eq!(group.left, stays.iter().filter(|one| one.left).count() as u64);
    let longest = stays.iter().map(|one| one.n_days).max().unwrap_or(0);
    prop_assert_eq!(group.ages.len() as i64, (longest + step - 1) / step);
    for (age, from) in group.ages.iter().zip((0..).step_by(step as usize)) {
        let to = from + step;
        let n = |is: &dyn Fn(&Followed) -> bool| stays.iter().filter(|one| is(one)).count() as u64;
        prop_assert_eq!((i64::from(age.from_days), i64::from(age.to_days)), (from, to));
        prop_assert_eq!(age.at_risk, n(&|one| one.n_days > from));
        prop_assert_eq!(age.left, n(&|one| one.left && one.n_days > from && one.n_days <= to));
        prop_assert_eq!(age.censored, n(&|one| !one.left && one.n_days > from && one.n_days <= to));
        match (age.survival, survival(stays, to)) {
            (Some(found), Some(wanted)) => {
                prop_assert!((found - wanted).abs() < 1e-9, "{} for {} at {}", found, wanted, to);
            }
            (found, wanted) => prop_assert_eq!(found, wanted, "at {}", to),
        }
        if let (Some(low), Some(share), Some(high)) = (age.low, age.survival, age.high) {
            prop_assert!(low <= share && share <= high);
        }
    }
    let crossed = (1..=longest).find(|day| survival(stays, *day).is_some_and(|share| share <= 0.5));
    prop_assert_eq!(group.median_days, crossed.map(|day| day as f64));
    if let Some(mean) = group.mean {
        let days = 0..mean.until_days as i64;
        let wanted: f64 = days.map(|day| survival(stays, day).unwrap_or(0.0)).sum();
        prop_assert!((mean.days - wanted).abs() < 1e-6, "{} for {}", mean.days, wanted);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn every_number_is_what_the_definition_says(asked in asked(), pick in any::<prop::sample::Index>()) {
        let found = answer(&asked.world, &asked.question());
        let (followed, too_recent) = asked.followed();
        prop_assert_eq!(found.left_out.too_recent, too_recent.len() as u64);
        check(&found.everybody, &followed.iter().collect::<Vec<_>>(), asked.step)?;
        let named: Vec<&Option<String>> = found.groups.iter().filter_map(|group| Some(&group.group.as_ref()?[0])).collect();
        for group in &found.groups {
            let is_own = |one: &&Followed| match &group.group {
                Some(values) => values[0] == one.plan,
                None => !named.contains(&&one.plan),
            };
            check(group, &followed.iter().filter(is_own).collect::<Vec<_>>(), asked.step)?;
        }
        if asked.by_plan.is_some() {
            prop_assert_eq!(found.groups.iter().map(|group| group.customers).sum::<u64>(), found.everybody.customers);
        }
        if !found.everybody.ages.is_empty() {
            let age = &found.everybody.ages[pick.index(found.everybody.ages.len())];
            let from = i64::from(age.from_days);
            for (set, n) in [("at_risk", age.at_risk), ("left", age.left), ("censored", age.censored)] {
                let mut question = asked.question();
                question["cell"] = json!({"set": set, "from_days": age.from_days});
                let (_, keys) = reply(&asked.world, &question).unwrap();
                prop_assert_eq!(keys.len() as u64, n);
                let wanted = followed.iter().filter(|one| match set {
                    "at_risk" => one.n_days > from,
                    _ => one.left == (set == "left") && one.n_days > from && one.n_days <= from + asked.step,
                });
                prop_assert_eq!(keys.into_iter().map(|key| key.0).collect::<Vec<_>>(), wanted.map(|one| one.key).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn who_is_at_risk_next_is_who_was_less_who_ended(asked in asked()) {
        let found = answer(&asked.world, &asked.question());
        for group in found.groups.iter().chain([&found.everybody]) {
            for pair in group.ages.windows(2) {
                prop_assert_eq!(pair[1].at_risk + pair[0].left + pair[0].censored, pair[0].at_risk + pair[0].entered);
            }
        }
    }
}
