//! Random worlds against the definition itself: every customer's money in every period, added up in
//! plain loops with the civil calendar of jiff and none of ours.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use perennial_testkit::{Event, Scene, World, scenes, worlds};
use perennial_types::money::{Decimal4, decimal_text};
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
    year_ago: bool,
    is_recurring: bool,
    nets: bool,
    population: &'static str,
    n_days_known: i32,
    breakdown: Option<&'static str>,
}

fn asked() -> impl Strategy<Value = Asked> {
    scenes().prop_flat_map(|scene| {
        let units: &[&str] =
            if scene.n_days < 10 { &["day", "week"] } else { &["day", "week", "month", "quarter"] };
        (
            (worlds(scene), select(units.to_vec()), 1..6_i64, 0..scene.n_days),
            (any::<bool>(), any::<bool>(), any::<bool>()),
            select(vec!["everyone", "buyers", "net_buyers"]),
            (0..=scene.n_days + 1, select(vec![None, Some("start"), Some("current")])),
        )
            .prop_map(move |(place, switches, population, (n_days_known, breakdown))| {
                let (world, unit, n_periods, first) = place;
                let (year_ago, is_recurring, nets) = switches;
                Asked {
                    scene,
                    world,
                    unit,
                    n_periods,
                    first,
                    year_ago,
                    is_recurring,
                    nets,
                    population,
                    n_days_known,
                    breakdown,
                }
            })
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

/// Money in the base and in the period, and whether there was some before the base ended.
struct Paid {
    key: i64,
    base: i64,
    now: i64,
    is_known: bool,
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

    fn lag(&self) -> i64 {
        match (self.year_ago, self.unit) {
            (false, _) => 1,
            (true, "day") => 364,
            (true, "week") => 52,
            (true, "month") => 12,
            (true, _) => 4,
        }
    }

    fn question(&self) -> Value {
        let mut question = json!({
            "period": self.unit, "from": self.date(0).to_string(),
            "to": self.date(self.n_periods).yesterday().unwrap().to_string(), "zone": self.scene.zone,
            "as_of": jiff::Timestamp::from_microsecond(self.as_of()).unwrap().to_string(),
            "population": self.population, "compare": if self.year_ago { "year_ago" } else { "previous" },
            "refunds": if self.nets { "net" } else { "ignore" }, "currency": "EUR", "top": 1,
            "breakdown": self.breakdown.map_or(json!([]), |at| json!([{"field": "plan", "at": at}])),
        });
        if self.is_recurring {
            question["recurring"] =
                json!({"event": {"event": "purchase"}, "end": {"event": "refund"}});
        }
        question
    }

    /// What a customer paid within `[from, to)`, and since when they have been paying.
    fn money_in(&self, own: &[&Event], from: i64, to: i64) -> (i64, Option<i64>) {
        let orders = joined(own, is_order).into_iter().filter(|lines| money(lines).1 > 0);
        let bought: Vec<_> = orders.collect();
        let refunds = joined(own, |row| row.event == "refund");
        let since = match (self.population, bought.first()) {
            ("everyone", _) => i64::MIN,
            (_, first) => first.map_or(i64::MAX, |first| first[0].ts),
        };
        if self.population == "net_buyers" && !kept_something(&bought, &refunds) {
            return (0, None);
        }
        let is_counted = |lines: &&Vec<&Event>| money(lines).0.as_deref() == Some("EUR");
        if self.is_recurring {
            return self.level_at(own, since, to);
        }
        let within = |lines: &&Vec<&Event>| (from..to).contains(&lines[0].ts) && is_counted(lines);
        let paid: i64 = bought.iter().filter(within).map(|lines| money(lines).1).sum();
        let back: i64 = refunds.iter().filter(within).map(|lines| money(lines).1.abs()).sum();
        let first = bought.iter().find(is_counted).map(|lines| lines[0].ts);
        (if first.is_none() { 0 } else { paid - if self.nets { back } else { 0 } }, first)
    }

    /// The level that holds at an instant, and since when there has been one above 0 at all.
    fn level_at(&self, own: &[&Event], since: i64, at: i64) -> (i64, Option<i64>) {
        let (mut now, mut first) = (0, None);
        for lines in joined(own, |row| row.event == "purchase" || row.event == "refund") {
            let one = lines.iter().find(|line| line.currency.is_some());
            if one.is_none_or(|line| line.currency.as_deref() != Some("EUR")) {
                continue;
            }
            let level = match lines[0].event.as_str() {
                "refund" => 0,
                _ => lines.iter().map(|line| line.amount.unwrap_or(0)).sum(),
            };
            if level > 0 {
                first = first.or(Some(lines[0].ts.max(since)));
            }
            if lines[0].ts < at {
                now = level;
            }
        }
        (if at > since { now } else { 0 }, first)
    }

    /// What every customer with any money ever paid in a period and in its base.
    fn paid(&self, rows: &[Event], period: i64) -> Vec<Paid> {
        let zone = self.scene.rules();
        let start = |k: i64| start_of(&zone, self.date(k)).min(self.as_of());
        let keys: BTreeSet<i64> = rows.iter().map(|row| row.customer).collect();
        let paid = keys.into_iter().filter_map(|key| {
            let own: Vec<&Event> = rows.iter().filter(|row| row.customer == key).collect();
            let base = period - self.lag();
            let (base_money, first) = self.money_in(&own, start(base), start(base + 1));
            let (now, _) = self.money_in(&own, start(period), start(period + 1));
            let is_known = first? < start(base + 1);
            Some(Paid { key, base: base_money, now, is_known })
        });
        paid.collect()
    }
}

fn line(paid: &Paid) -> &'static str {
    match (paid.base.max(0), paid.now.max(0)) {
        (0, 0) => "none",
        (_, 0) => "churned",
        (0, _) if paid.is_known => "reactivation",
        (0, _) => "new",
        (base, now) if now < base => "contraction",
        (base, now) if now > base => "expansion",
        _ => "unchanged",
    }
}

fn sides(period: &PeriodAnswer) -> [(&'static str, &super::super::Side); 6] {
    [
        ("churned", &period.churned),
        ("contraction", &period.contraction),
        ("unchanged", &period.unchanged),
        ("expansion", &period.expansion),
        ("reactivation", &period.reactivation),
        ("new", &period.new),
    ]
}

fn cents(text: &str) -> i64 {
    text.parse::<Decimal4>().unwrap().0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn every_line_is_what_the_definition_says(asked in asked(), pick in any::<prop::sample::Index>()) {
        let found = answer(&asked.world, &asked.question());
        let mut rows = asked.world.sorted();
        rows.retain(|row| row.ts < asked.as_of());
        let zone = asked.scene.rules();
        let n_begun = (0..asked.n_periods).filter(|k| start_of(&zone, asked.date(*k)) < asked.as_of()).count();
        prop_assert_eq!(found.periods.len(), n_begun);
        for (period, own) in (0_i64..).zip(&found.periods) {
            prop_assert_eq!(&own.base_start, &asked.date(period - asked.lag()).to_string());
            let paid = asked.paid(&rows, period);
            for (name, side) in sides(own) {
                let on: Vec<&Paid> = paid.iter().filter(|one| line(one) == name).collect();
                let amount = |one: &&Paid| match name {
                    "churned" | "unchanged" => one.base,
                    "contraction" => one.base - one.now,
                    "expansion" => one.now - one.base,
                    _ => one.now,
                };
                prop_assert_eq!(side.customers, on.len() as u64, "{} in {}", name, own.start);
                prop_assert_eq!(cents(&side.money), on.iter().map(amount).sum::<i64>(), "{} in {}", name, own.start);
            }
            let below = |of: fn(&Paid) -> i64| decimal_text(paid.iter().map(|one| i128::from(of(one).min(0))).sum());
            prop_assert_eq!(&own.below_zero.base, &below(|one| one.base));
            prop_assert_eq!(&own.below_zero.current, &below(|one| one.now));
            let base: i64 = paid.iter().map(|one| one.base.max(0)).sum();
            let kept: i64 = paid.iter().map(|one| one.base.max(0).min(one.now.max(0))).sum();
            let grown: i64 = paid.iter().filter(|one| one.base > 0).map(|one| one.now.max(0)).sum();
            prop_assert_eq!(own.grr, (base > 0).then(|| kept as f64 / base as f64));
            prop_assert_eq!(own.nrr, (base > 0).then(|| grown as f64 / base as f64));
            let is_over = start_of(&zone, asked.date(period + 1)) <= asked.as_of();
            let is_closed = asked.population != "net_buyers" && asked.breakdown != Some("current");
            prop_assert_eq!(own.complete, is_over && is_closed);
        }
        if !found.periods.is_empty() {
            let period = pick.index(found.periods.len());
            let (name, _) = sides(&found.periods[period])[pick.index(6)];
            let mut question = asked.question();
            question["cell"] = json!({"period": found.periods[period].start, "set": name});
            let (_, listed) = reply(&asked.world, &question).unwrap();
            let paid = asked.paid(&rows, period as i64);
            let wanted: Vec<i64> = paid.iter().filter(|one| line(one) == name).map(|one| one.key).collect();
            prop_assert_eq!(listed.into_iter().map(|key| key.0).collect::<Vec<_>>(), wanted);
        }
    }

    #[test]
    fn the_lines_lead_from_the_base_to_the_period(asked in asked()) {
        let found = answer(&asked.world, &asked.question());
        for one in found.periods.iter().chain(&found.groups) {
            let left = cents(&one.base.money) - cents(&one.churned.money) - cents(&one.contraction.money);
            let come = cents(&one.expansion.money) + cents(&one.reactivation.money) + cents(&one.new.money);
            prop_assert_eq!(left + come, cents(&one.current.money));
            prop_assert!(one.grr.is_none_or(|rate| (0.0..=1.0).contains(&rate)));
            prop_assert!(one.nrr >= one.grr);
            prop_assert_eq!(one.grr.is_none(), one.reason.is_some());
            let base = one.churned.customers + one.contraction.customers + one.unchanged.customers + one.expansion.customers;
            prop_assert_eq!(base, one.base.customers);
        }
        if !asked.year_ago {
            for pair in found.periods.windows(2) {
                prop_assert_eq!(&pair[1].base, &pair[0].current, "the base is the period before");
            }
        }
        for one in found.periods.iter().filter(|_| asked.breakdown.is_some()) {
            let of = |pick: fn(&PeriodAnswer) -> &super::super::Side| {
                let own = found.groups.iter().filter(|group| group.start == one.start);
                own.map(|group| (pick(group).customers, cents(&pick(group).money)))
                    .fold((0, 0), |total, more| (total.0 + more.0, total.1 + more.1))
            };
            prop_assert_eq!(of(|one| &one.base), (one.base.customers, cents(&one.base.money)));
            prop_assert_eq!(of(|one| &one.new), (one.new.customers, cents(&one.new.money)));
        }
        for group in found.groups.iter().filter(|group| group.current.customers > 0).take(1) {
            let mut question = asked.question();
            question["cell"] = json!({"period": group.start, "set": "current", "group": group.group, "other": group.other});
            prop_assert_eq!(reply(&asked.world, &question).unwrap().1.len() as u64, group.current.customers);
        }
    }
}
