//! Random worlds against the definition itself: every customer looked at on every date in plain loops,
//! valued by the plain rate, whose arithmetic fits a line.

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
    /// Days of the scene: known until, valued at, days held out, the earlier date.
    days: (i32, i32, i32, i32),
    population: &'static str,
    nets: bool,
    currency: Option<&'static str>,
    by_week: bool,
    horizon_days: i64,
    margin: f64,
    breakdown: bool,
    tiers: Vec<f64>,
}

fn asked() -> impl Strategy<Value = Asked> {
    scenes().prop_flat_map(|scene| {
        let n = scene.n_days;
        let days = (1..=n + 1, 0..=n, 1..=n.max(2), 0..=n);
        (
            (worlds(scene), days, select(vec!["buyers", "buyers", "net_buyers"]), any::<bool>()),
            (select(vec![None, Some("EUR"), Some("EUR")]), any::<bool>(), 1..500_i64),
            (
                select(vec![1.0, 0.25]),
                any::<bool>(),
                select(vec![vec![0.2, 0.5], vec![], vec![0.4]]),
            ),
        )
            .prop_map(move |((world, days, population, nets), money, rest)| Asked {
                scene,
                world,
                days,
                population,
                nets,
                currency: money.0,
                by_week: money.1,
                horizon_days: money.2,
                margin: rest.0,
                breakdown: rest.1,
                tiers: rest.2,
            })
    })
}

/// One customer at one date.
#[derive(Clone, Debug, Default)]
struct Known {
    dates: BTreeSet<Date>,
    money: i64,
    refunded: i64,
    group: Option<String>,
}

impl Asked {
    fn date(&self, day: i32) -> Date {
        self.scene.date + i64::from(day).days()
    }

    fn as_of(&self) -> i64 {
        start_of(&self.scene.rules(), self.date(self.days.0))
    }

    /// The last date, no later than what is known.
    fn now(&self) -> Date {
        self.date(self.days.1).min(date_at(&self.scene.rules(), self.as_of() - 1))
    }

    /// The dates of the question.
    fn dates(&self) -> BTreeSet<Date> {
        [self.date(self.days.3).min(self.now()), self.now()].into()
    }

    /// The date of the first row of all, whether known yet or not.
    fn first(&self) -> Option<Date> {
        let first = self.world.events.iter().map(|row| row.ts).min()?;
        Some(date_at(&self.scene.rules(), first))
    }

    /// Days held out, where they leave some to learn from.
    fn held_out(&self) -> Option<i64> {
        let span = days_between(self.first()?, self.now());
        Some(i64::from(self.days.2)).filter(|n| *n < span)
    }

    fn question(&self) -> Value {
        let mut question = json!({
            "dates": self.dates().iter().map(Date::to_string).collect::<Vec<_>>(),
            "as_of": jiff::Timestamp::from_microsecond(self.as_of()).unwrap().to_string(),
            "zone": self.scene.zone, "unit": if self.by_week { "week" } else { "day" },
            "horizon_days": self.horizon_days, "learner": "rate", "amounts": "own_mean",
            "population": self.population, "refunds": if self.nets { "net" } else { "ignore" },
            "currency": self.currency, "margin": self.margin, "tiers": self.tiers, "limit": null,
            "breakdown": if self.breakdown { json!([{"field": "plan", "at": "start"}]) } else { json!([]) },
            "top": 1,
        });
        if let Some(n) = self.held_out() {
            question["holdout_days"] = json!(n);
        }
        question
    }

    /// The customers known at the end of a date, and the currencies of their money.
    fn known(&self, date: Date) -> (BTreeMap<i64, Known>, BTreeSet<String>) {
        let zone = self.scene.rules();
        let end = start_of(&zone, date.tomorrow().unwrap()).min(self.as_of());
        let rows: Vec<Event> =
            self.world.sorted().into_iter().filter(|row| row.ts < self.as_of()).collect();
        let (mut found, mut currencies) = (BTreeMap::new(), BTreeSet::new());
        let counts =
            |of: &Option<String>| self.currency.is_none() || of.as_deref() == self.currency;
        for key in rows.iter().map(|row| row.customer).collect::<BTreeSet<i64>>() {
            let own: Vec<&Event> = rows.iter().filter(|row| row.customer == key).collect();
            let orders = joined(&own, is_order).into_iter().filter(|lines| money(lines).1 > 0);
            let orders: Vec<_> = orders.collect();
            let refunds = joined(&own, |row| row.event == "refund");
            if self.population == "net_buyers" && !kept_something(&orders, &refunds) {
                continue;
            }
            let mut known = Known::default();
            for lines in orders.iter().filter(|lines| lines[0].ts < end && counts(&money(lines).0))
            {
                if known.dates.is_empty() {
                    known.group = lines[0].properties.get("plan").cloned();
                }
                known.dates.insert(date_at(&zone, lines[0].ts));
                known.money += money(lines).1;
                currencies.extend(money(lines).0);
            }
            if known.dates.is_empty() {
                continue;
            }
            for lines in refunds.iter().filter(|lines| self.nets && lines[0].ts < end) {
                if counts(&money(lines).0) && money(lines).1 != 0 {
                    known.refunded += money(lines).1.abs();
                    currencies.extend(money(lines).0);
                }
            }
            found.insert(key, known);
        }
        (found, currencies)
    }

    fn units(&self, days: i64) -> f64 {
        days as f64 / if self.by_week { 7.0 } else { 1.0 }
    }

    /// Expected days with a purchase of everybody known at a date, within so many days.
    fn expected(&self, date: Date, horizon_days: i64) -> BTreeMap<i64, f64> {
        let known = self.known(date).0;
        let repeats = |one: &Known| one.dates.len() as f64 - 1.0;
        let age = |one: &Known| self.units(days_between(*one.dates.first().unwrap(), date));
        let of_all =
            known.values().map(repeats).sum::<f64>() / known.values().map(age).sum::<f64>();
        let rate = |one: &Known| if age(one) > 0.0 { repeats(one) / age(one) } else { of_all };
        known.iter().map(|(key, one)| (*key, rate(one) * self.units(horizon_days))).collect()
    }

    /// Expected money and value of everybody known at a date.
    fn worth(&self, date: Date) -> BTreeMap<i64, [f64; 2]> {
        let known = self.known(date).0;
        let total: i64 = known.values().map(|one| one.money).sum();
        let refunded: i64 = known.values().map(|one| one.refunded).sum();
        let n_days: usize = known.values().map(|one| one.dates.len()).sum();
        let mean = total as f64 / n_days as f64;
        let kept_of_all = (1.0 - refunded as f64 / total as f64).clamp(0.0, 1.0);
        let expected = self.expected(date, self.horizon_days);
        let worth = |(key, one): (&i64, &Known)| {
            let kept = ((one.money - one.refunded) as f64 + mean * kept_of_all)
                / (one.money as f64 + mean);
            let amount = kept.clamp(0.0, 1.0) * one.money as f64 / one.dates.len() as f64;
            let revenue = expected[key] * amount;
            (*key, [revenue, revenue * self.margin])
        };
        known.iter().map(worth).collect()
    }
}

/// Whether money is that of the oracle, to a ten-thousandth.
fn is_near(text: &str, expected: f64) -> bool {
    (money_of(text) - expected).abs() <= 1.0 + 1e-9 * expected.abs()
}

fn money_of(text: &str) -> f64 {
    super::money(text) as f64
}

fn check(asked: &Asked) -> Result<(), TestCaseError> {
    let question = asked.question();
    let replied = reply(&asked.world, &question);
    let now = asked.now();
    let (known, currencies) = asked.known(now);
    if currencies.len() > 1 {
        prop_assert!(replied.as_ref().is_err_and(|said| said.starts_with("mixed_currencies")));
        return Ok(());
    }
    let ages = |date: Date, known: &BTreeMap<i64, Known>| -> i64 {
        known.values().map(|one| days_between(*one.dates.first().unwrap(), date)).sum()
    };
    if !known.is_empty() && ages(now, &known) == 0 {
        // Everybody came on that very day: nobody has a rate yet.
        prop_assert!(replied.as_ref().is_err_and(|said| said.starts_with("no_time")));
        return Ok(());
    }
    let (json, keys) = replied.map_err(TestCaseError::fail)?;
    let found: LifetimeValueAnswer = serde_json::from_value(json).unwrap();
    let own: Vec<i64> = keys.iter().map(|key| key.0).collect();
    prop_assert_eq!(&own, &known.keys().copied().collect::<Vec<_>>());
    prop_assert_eq!(&found.date, &now.to_string());
    prop_assert_eq!(found.currency.as_ref(), currencies.first());
    prop_assert_eq!(found.totals.customers as usize, known.len());
    check_rows(asked, &found, &own)?;
    check_groups(&found, &known)?;
    check_holdout(asked, &found)
}

fn check_rows(
    asked: &Asked,
    found: &LifetimeValueAnswer,
    own: &[i64],
) -> Result<(), TestCaseError> {
    let now = asked.now();
    let known = asked.known(now).0;
    let (expected, worth) = (asked.expected(now, asked.horizon_days), asked.worth(now));
    let before = asked.dates().first().copied().filter(|date| *date < now);
    let earlier = before.map(|date| (asked.known(date).0, asked.worth(date), date));
    for row in &found.rows {
        let key = own[row.customer];
        let one = &known[&key];
        let dates = (one.dates.first().unwrap().to_string(), one.dates.last().unwrap().to_string());
        prop_assert_eq!((&row.first, &row.last), (&dates.0, &dates.1));
        prop_assert_eq!(row.days as usize, one.dates.len());
        prop_assert_eq!(super::money(&row.money), i128::from(one.money - one.refunded));
        prop_assert!((row.purchases.expected - expected[&key]).abs() < 1e-9);
        prop_assert!(is_near(&row.revenue.expected, worth[&key][0]), "{row:?} {:?}", worth[&key]);
        prop_assert!(is_near(&row.value, worth[&key][1]), "{row:?} {:?}", worth[&key]);
        // The tier is told by how many are worth more, of the values as they are shown.
        let n_more =
            found.rows.iter().filter(|other| money_of(&other.value) > money_of(&row.value));
        let place = n_more.count() as f64 / found.rows.len() as f64;
        let tier = 1 + asked.tiers.iter().filter(|border| place >= **border - 1e-12).count();
        prop_assert_eq!(usize::from(row.tier), tier);
        let Some((then, worth, date)) = &earlier else { continue };
        let has_rate = then.values().any(|one| one.dates.first() < Some(date));
        match then.contains_key(&key) && has_rate {
            true => prop_assert!(is_near(row.values[0].as_ref().unwrap(), worth[&key][1])),
            false => prop_assert_eq!(&row.values[0], &None),
        }
    }
    let total: i128 = found.rows.iter().map(|row| super::money(&row.value)).sum();
    prop_assert_eq!(super::money(&found.totals.value), total);
    Ok(())
}

fn check_groups(
    found: &LifetimeValueAnswer,
    known: &BTreeMap<i64, Known>,
) -> Result<(), TestCaseError> {
    let n: u64 = found.groups.iter().map(|group| group.figures.customers).sum();
    prop_assert!(found.groups.is_empty() || n as usize == known.len());
    for group in found.groups.iter().filter(|group| !group.other) {
        let wanted = group.group.as_ref().unwrap()[0].as_ref();
        let own = known.values().filter(|one| one.group.as_ref() == wanted).count();
        prop_assert_eq!(group.figures.customers as usize, own);
    }
    Ok(())
}

/// The plain rate on the days held out.
fn check_holdout(asked: &Asked, found: &LifetimeValueAnswer) -> Result<(), TestCaseError> {
    let Some(held_out) = asked.held_out() else {
        return Ok(());
    };
    let now = asked.now();
    let cut = now - held_out.days();
    let (before, after) = (asked.known(cut).0, asked.known(now).0);
    let rate = found.models.iter().find(|model| model.learner == "rate");
    let Some(score) = rate.and_then(|rate| rate.holdout.as_ref()) else {
        let has_rate = before.values().any(|one| *one.dates.first().unwrap() < cut);
        prop_assert!(!has_rate, "{:?}", found.models);
        return Ok(());
    };
    let expected = asked.expected(cut, held_out);
    let pairs = || {
        expected.iter().map(|(key, foretold)| {
            (*foretold, (after[key].dates.len() - before[key].dates.len()) as f64)
        })
    };
    let n = before.len() as f64;
    let near = |got: f64, expected: f64| (got - expected).abs() < 1e-9 * (1.0 + expected.abs());
    prop_assert!(near(score.actual, pairs().map(|(_, actual)| actual).sum()));
    prop_assert!(near(score.predicted, pairs().map(|(foretold, _)| foretold).sum()));
    let absolute: f64 = pairs().map(|(foretold, actual)| (foretold - actual).abs()).sum();
    prop_assert!(near(score.mean_absolute_error, absolute / n));
    let squared: f64 = pairs().map(|(foretold, actual)| (foretold - actual).powi(2)).sum();
    prop_assert!(near(score.root_mean_squared_error, (squared / n).sqrt()));
    prop_assert_eq!(found.holdout.as_ref().unwrap().customers as usize, before.len());
    Ok(())
}

proptest! {
    #[test]
    fn every_number_is_what_the_definition_says(asked in asked()) {
        check(&asked)?;
    }
}
