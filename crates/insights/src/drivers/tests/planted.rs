//! A company whose drivers are planted: they are found, in order, and what is noise is not.

use std::collections::BTreeMap;

use perennial_testkit::{Event, World as Events};
use perennial_world::{Kind, Options, Planted, Value as Known, World};
use serde_json::json;

use super::{asked, with};

/// The company's orders and cancellations, and all that is known of a customer at sign-up.
fn company(kind: Kind, n_customers: u32) -> (Events, Planted) {
    let start = jiff::civil::date(2022, 1, 1);
    let options = Options { kind, seed: 3, n_customers, n_days: 720, start };
    let world = World::new(options).unwrap();
    let mut events = Events::default();
    let visited: Result<(), ()> = world.visit(0..n_customers, |history| {
        events.names.push(history.customer().to_owned());
        let customer = events.names.len() as i64;
        let is_told = |name: &str| ["sign_up", "order", "cancel"].contains(&name);
        for row in history.events().filter(|row| !row.is_duplicate && is_told(row.event)) {
            let text = |value: Option<&str>| value.map(str::to_owned);
            let value = |value: &Known| match value {
                Known::Text(text) => (*text).to_owned(),
                Known::Id(id) => id.as_str().to_owned(),
                Known::Integer(number) => number.to_string(),
                Known::Flag(flag) => flag.to_string(),
            };
            let known = row.properties.iter().filter(|_| row.event == "sign_up");
            events.events.push(Event {
                customer,
                ts: row.ts,
                sequence: events.events.len() as i64 + 1,
                event: row.event.to_owned(),
                order_id: row.order_id.map(|id| id.as_str().to_owned()),
                amount: row.amount,
                currency: text(row.currency),
                item: text(row.item),
                quantity: row.quantity,
                session: None,
                properties: known.map(|one| (one.name.to_owned(), value(&one.value))).collect(),
            });
        }
        Ok(())
    });
    visited.unwrap();
    (events, world.planted())
}

/// The deviation of what each planted driver adds to the log hazard, over the customers.
fn planted_strengths(events: &Events, planted: &Planted) -> BTreeMap<String, f64> {
    let sign_ups: Vec<&Event> =
        events.events.iter().filter(|event| event.event == "sign_up").collect();
    let deviation = |added: Vec<f64>| {
        let n = added.len() as f64;
        let mean = added.iter().sum::<f64>() / n;
        (added.iter().map(|one| (one - mean) * (one - mean)).sum::<f64>() / n).sqrt()
    };
    let number = |text: &String| match text.as_str() {
        "true" => 1.0,
        "false" => 0.0,
        other => other.parse::<f64>().unwrap(),
    };
    let of_driver = |name: &str, log_hazard: f64| {
        let added = sign_ups.iter().map(|event| log_hazard * number(&event.properties[name]));
        deviation(added.collect())
    };
    let by_channel = sign_ups.iter().map(|event| {
        let own = planted.channels.iter().find(|one| one.name == event.properties["channel"]);
        own.unwrap().hazard_ratio.ln()
    });
    let drivers = planted.drivers.iter();
    let drivers = drivers.map(|one| (one.name.clone(), of_driver(&one.name, one.log_hazard)));
    drivers.chain([("channel".to_owned(), deviation(by_channel.collect()))]).collect()
}

#[test]
fn planted_drivers_are_found_in_order_and_noise_is_not() {
    let (events, planted) = company(Kind::Subscription, 5_000);
    let strengths = planted_strengths(&events, &planted);
    let names: Vec<&String> = strengths.keys().chain(&planted.noise).collect();
    let question = json!({
        "as_of": "2023-12-22T00:00:00Z", "horizon_days": 60, "leaves": {"event": "cancel"},
        "properties": names, "features": ["tenure_days"],
    });
    for method in ["logistic", "cox"] {
        let found = asked(&events, &with(question.clone(), json!({"method": method})));
        assert!(found.refusal.is_none(), "{:?}", found.refusal);
        let significant: Vec<&str> = found
            .drivers
            .iter()
            .filter(|driver| driver.significant && driver.name != "tenure_days")
            .map(|driver| driver.name.as_str())
            .collect();
        for name in strengths.keys() {
            assert!(
                significant.contains(&name.as_str()),
                "{method}: `{name}` is planted: {significant:?}"
            );
        }
        for name in &planted.noise {
            assert!(!significant.contains(&name.as_str()), "{method}: `{name}` is noise");
        }
        // Ranks of planted strengths closer than what so many leavers can tell apart are not judged.
        for (earlier, later) in significant.iter().zip(significant.iter().skip(1)) {
            assert!(
                strengths[*earlier] > strengths[*later] - 0.06,
                "{method}: {significant:?} of {strengths:?}"
            );
        }
        for driver in found.drivers.iter().filter(|driver| strengths.contains_key(&driver.name)) {
            let planted = strengths[&driver.name];
            assert!(
                (driver.strength - planted).abs() < 0.12,
                "{method} {} {planted}",
                driver.strength
            );
        }
        // With the right sign: who is onboarded stays.
        let onboarded = found.drivers.iter().find(|driver| driver.name == "onboarded").unwrap();
        assert!(onboarded.effects[0].ratio_high < 1.0, "{onboarded:?}");
    }
}
