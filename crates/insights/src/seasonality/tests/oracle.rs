//! Random worlds against plain loops: every period counted by the definition, with the calendar of
//! jiff, then taken apart by the model itself.

use jiff::ToSpan;
use jiff::civil::Date;
use perennial_models::series::{Form, Settings, decompose};
use perennial_testkit::{Event, Scene, scenes, worlds};
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
    measure: &'static str,
    population: &'static str,
    event: Option<&'static str>,
    n_days_known: i32,
}

fn asked() -> impl Strategy<Value = Asked> {
    scenes().prop_flat_map(|scene| {
        let measures = vec!["orders", "buyers", "revenue", "net_revenue", "events", "customers"];
        (
            (worlds(scene), select(vec!["day", "week", "month"]), 4..14_i64, 0..scene.n_days),
            (select(measures), select(vec!["everyone", "buyers", "everyone", "net_buyers"])),
            (select(vec![None, Some("view")]), 0..=scene.n_days + 1),
        )
            .prop_map(move |(place, what, (event, n_days_known))| {
                let (world, unit, n_periods, first) = place;
                let (measure, population) = what;
                Asked {
                    scene,
                    world,
                    unit,
                    n_periods,
                    first,
                    measure,
                    population,
                    event,
                    n_days_known,
                }
            })
    })
}

/// What a customer did that a measure counts: instant, money and currency.
type Done = (i64, i64, Option<String>);

impl Asked {
    fn as_of(&self) -> i64 {
        self.scene.midnight(self.n_days_known)
    }

    fn takes_event(&self) -> bool {
        matches!(self.measure, "events" | "customers")
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

    fn start(&self, k: i64) -> i64 {
        start_of(&self.scene.rules(), self.date(k))
    }

    fn question(&self) -> Value {
        let mut question = json!({
            "of": {"measure": self.measure}, "period": self.unit, "season": 2, "form": "additive",
            "robust": false, "trend_length": 5, "holidays": [], "population": self.population,
            "from": self.date(0).to_string(), "to": self.date(self.n_periods).yesterday().unwrap().to_string(),
            "zone": self.scene.zone,
            "as_of": jiff::Timestamp::from_microsecond(self.as_of()).unwrap().to_string(),
        });
        if let (Some(event), true) = (self.event, self.takes_event()) {
            question["event"] = json!({"event": event});
        }
        question
    }

    /// What one customer did that counts.
    fn done(&self, rows: &[Event], key: i64) -> Vec<Done> {
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
        let signed = |lines: &Vec<&Event>, sign: i64| {
            let (currency, sum) = money(lines);
            (lines[0].ts, if sign < 0 { -sum.abs() } else { sum }, currency)
        };
        let mut done: Vec<Done> = match (self.measure, self.event) {
            ("events" | "customers", None) => {
                joined(&own, |_| true).iter().map(|lines| signed(lines, 1)).collect()
            }
            ("events" | "customers", Some(name)) => {
                joined(&own, |row| row.event == name).iter().map(|lines| signed(lines, 1)).collect()
            }
            _ => bought.iter().map(|lines| signed(lines, 1)).collect(),
        };
        if self.measure == "net_revenue" {
            done.extend(refunds.iter().map(|lines| signed(lines, -1)));
        }
        done.retain(|(ts, ..)| *ts >= since);
        done
    }

    /// Value and customers of every period that is known and over.
    fn periods(&self) -> Vec<(String, f64, Vec<i64>)> {
        let rows = self.world.filtered(|row| row.ts < self.as_of()).sorted();
        let first_event = self.world.events.iter().map(|row| row.ts).min();
        let mut periods = Vec::new();
        for k in 0..self.n_periods {
            let span = self.start(k)..self.start(k + 1);
            if span.end > self.as_of() || first_event.is_none_or(|first| span.end <= first) {
                continue;
            }
            let (mut value, mut customers) = (0.0, Vec::new());
            for key in 1..=self.world.names.len() as i64 {
                let own = self.done(&rows, key);
                let here: Vec<&Done> = own.iter().filter(|(ts, ..)| span.contains(ts)).collect();
                if here.is_empty() {
                    continue;
                }
                customers.push(key);
                value += match self.measure {
                    "buyers" | "customers" => 1.0,
                    "revenue" | "net_revenue" => {
                        here.iter().map(|(_, sum, _)| sum).sum::<i64>() as f64
                    }
                    _ => here.len() as f64,
                };
            }
            let is_money = self.measure.ends_with("revenue");
            let value = if is_money { value / 10_000.0 } else { value };
            periods.push((self.date(k).to_string(), value, customers));
        }
        periods
    }

    /// Whether money of several currencies is added in the range.
    fn is_mixed(&self) -> bool {
        let rows = self.world.filtered(|row| row.ts < self.as_of()).sorted();
        let range = self.start(0)..self.start(self.n_periods);
        let all = (1..=self.world.names.len() as i64).flat_map(|key| self.done(&rows, key));
        let inside = all.filter(|(ts, ..)| range.contains(ts));
        let mut names: Vec<String> = inside.filter_map(|(.., currency)| currency).collect();
        names.sort_unstable();
        names.dedup();
        self.measure.ends_with("revenue") && names.len() > 1
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn matches_plain_loops(asked in asked()) {
        let found = reply(&asked.world, &asked.question());
        if asked.is_mixed() {
            prop_assert!(found.unwrap_err().starts_with("mixed_currencies"));
            return Ok(());
        }
        let has_begun = asked.start(0) < asked.as_of();
        if asked.population == "net_buyers" && has_begun {
            prop_assert!(found.unwrap_err().starts_with("series_never_final"));
            return Ok(());
        }
        let expected = asked.periods();
        if (1..4).contains(&expected.len()) {
            prop_assert!(found.unwrap_err().starts_with("series_too_short"));
            return Ok(());
        }
        let (json, _) = found.map_err(TestCaseError::fail)?;
        let found: SeasonalityAnswer = serde_json::from_value(json).unwrap();
        let values: Vec<Option<f64>> = expected.iter().map(|(_, value, _)| Some(*value)).collect();
        prop_assert_eq!(found.points.len(), expected.len());
        let settings = Settings { seasons: vec![2], form: Form::Additive, robust: false, trend_length: Some(5) };
        let parts = decompose(&values, &settings).ok();
        for (at, (point, (start, value, customers))) in found.points.iter().zip(&expected).enumerate() {
            let parts = parts.as_ref().unwrap();
            prop_assert_eq!(&point.start, start);
            prop_assert_eq!((point.observed, point.customers), (Some(*value), Some(customers.len() as u64)));
            prop_assert_eq!((point.trend, point.seasonal[0]), (parts.trend[at], parts.seasons[0][at]));
        }
        // The list behind the period that has most customers.
        if let Some((start, _, customers)) = expected.iter().max_by_key(|(.., customers)| customers.len()) {
            let listed = with(asked.question(), &json!({"cell": {"start": start}}));
            let (_, keys) = reply(&asked.world, &listed).map_err(TestCaseError::fail)?;
            let keys: Vec<i64> = keys.iter().map(|key| key.0).collect();
            prop_assert_eq!(&keys, customers);
        }
    }
}
