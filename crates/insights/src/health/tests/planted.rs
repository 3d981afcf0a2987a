//! A company whose subscribers come less and less often in the ninety days before they cancel: is it
//! found ninety days ahead, nearly as well as by whoever knows the company's own laws?

use perennial_testkit::{Event, Layout, World as Events, block_on, session};
use perennial_types::calendar::Micros;
use perennial_world::{CustomerTruth, Decline, Kind, Options, Planted, Value as Known, World};
use serde_json::{Value, json};

use super::{ask_of, scored, trained, with};
use crate::ask::ask;

const DAY: i64 = 86_400_000_000;
const HORIZON: i64 = 90;

/// The company, its events, and the truth.
struct Company {
    events: Events,
    truths: Vec<CustomerTruth>,
    visits: Vec<Vec<Micros>>,
    /// When each customer first paid; the first payment of some fails, for a day.
    paid: Vec<Option<Micros>>,
    planted: Planted,
}

fn company(n_customers: u32) -> Company {
    let start = jiff::civil::date(2022, 1, 1);
    let options = Options { kind: Kind::Subscription, seed: 11, n_customers, n_days: 900, start };
    let world =
        World::new(options).unwrap().with_decline(Decline { days: 90, share_kept: 0.1 }).unwrap();
    let mut company = Company {
        events: Events::default(),
        truths: Vec::new(),
        visits: Vec::new(),
        paid: Vec::new(),
        planted: world.planted(),
    };
    world
        .visit(0..n_customers, |history| {
            company.events.names.push(history.customer().to_owned());
            let customer = company.events.names.len() as i64;
            let mut visits = Vec::new();
            let mut paid = None;
            for row in history.events().filter(|row| !row.is_duplicate) {
                if row.event == company.planted.activity.opening_event {
                    visits.push(row.ts);
                }
                if row.event == "order" {
                    paid = Some(paid.map_or(row.ts, |first: Micros| first.min(row.ts)));
                }
                let text = |value: Option<&str>| value.map(str::to_owned);
                let channel = row.properties.iter().find(|one| one.name == "channel");
                let channel = channel.and_then(|one| match one.value {
                    Known::Text(text) => Some(("channel".to_owned(), text.to_owned())),
                    _ => None,
                });
                company.events.events.push(Event {
                    customer,
                    ts: row.ts,
                    sequence: company.events.events.len() as i64 + 1,
                    event: row.event.to_owned(),
                    order_id: row.order_id.map(|id| id.as_str().to_owned()),
                    amount: row.amount,
                    currency: text(row.currency),
                    item: text(row.item),
                    quantity: row.quantity,
                    session: row.session.map(|id| id.as_str().to_owned()),
                    properties: channel.into_iter().collect(),
                });
            }
            company.truths.push(history.truth().clone());
            company.visits.push(visits);
            company.paid.push(paid);
            Ok::<(), ()>(())
        })
        .unwrap();
    company
}

/// The probability that a subscriber leaves within the horizon, for whoever knows their hazard, their
/// rate, the season, the decline, and every visit up to the cut. With hazard λ the density of leaving
/// `u` days from now is `λ e^(−λu)`; if they do, visits have been kept with probability `s` for the
/// last `D − u` days, which makes what was seen `s^n e^(r (1 − s) τ)` times as likely, `n` visits in
/// those days and `τ` days of average season.
fn bayes(company: &Company, customer: usize, cut: Micros) -> f64 {
    let truth = &company.truths[customer];
    let decline = company.planted.activity.decline.unwrap();
    let hazard = truth.log_hazard.exp() / company.planted.lifetime.scale_days;
    let joined = truth.joined_at.as_microsecond();
    let (mut within, mut beyond) = (0.0, 0.0);
    // Half days back from the cut, with the season of each.
    let mut seasonal = vec![0.0];
    for half in 0..2 * i64::from(decline.days) {
        let ts = cut - half * DAY / 2 - DAY / 4;
        let date =
            jiff::Timestamp::from_microsecond(ts).unwrap().to_zoned(jiff::tz::TimeZone::UTC).date();
        let share = if ts >= joined { company.planted.season.factor(date) / 2.0 } else { 0.0 };
        seasonal.push(seasonal[half as usize] + share);
    }
    for half in 0..2 * i64::from(decline.days).max(HORIZON) {
        let until = half as f64 / 2.0 + 0.25;
        let mass = hazard * (-hazard * until).exp() / 2.0;
        let declined = 2 * i64::from(decline.days) - half;
        let likelihood = if declined > 0 {
            let since = cut - declined * DAY / 2;
            let n_visits =
                company.visits[customer].iter().filter(|ts| **ts >= since && **ts < cut).count();
            let missing =
                truth.visits_per_day * (1.0 - decline.share_kept) * seasonal[declined as usize];
            decline.share_kept.powi(n_visits as i32) * missing.exp()
        } else {
            1.0
        };
        let place = if half < 2 * HORIZON { &mut within } else { &mut beyond };
        *place += mass * likelihood;
    }
    let longest = i64::from(decline.days).max(HORIZON) as f64;
    within / (within + beyond + (-hazard * longest).exp())
}

/// Mean of the shares of leavers and stayers told right.
fn balanced_accuracy(risks: &[f64], left: &[bool], threshold: f64) -> f64 {
    let right = |label: bool| {
        let own: Vec<bool> = risks
            .iter()
            .zip(left)
            .filter(|(_, left)| **left == label)
            .map(|(risk, _)| (*risk >= threshold) == label)
            .collect();
        own.iter().filter(|right| **right).count() as f64 / own.len() as f64
    };
    (right(true) + right(false)) / 2.0
}

/// The question a company of subscribers asks.
fn question() -> Value {
    json!({
        "as_of": "2024-06-19T00:00:00Z", "n_dates": 3, "every_days": 30, "leaves": {"event": "cancel"},
        "horizon_days": HORIZON, "limit": 5, "order": "value_at_risk", "budget": 50,
    })
}

#[test]
fn leaving_is_seen_ninety_days_ahead_nearly_as_well_as_can_be() {
    let company = company(2_000);
    let source = company.events.source(Layout { n_buckets: 2, n_partitions: 2, batch_rows: 8_192 });
    let reply = block_on(ask(&session(), &source, "health", &question())).unwrap();
    let found: super::HealthAnswer = serde_json::from_value(reply.answer.into_tree()).unwrap();
    let test = found.warning.backtest.expect("two years of past cuts");

    // Whoever knows the company's laws, at the same cut, about the same customers.
    let end = test.judged_at.tomorrow().unwrap().to_zoned(jiff::tz::TimeZone::UTC).unwrap();
    let cut = end.timestamp().as_microsecond();
    let is_here = |one: &&(usize, &CustomerTruth)| {
        company.paid[one.0].is_some_and(|paid| paid < cut)
            && one.1.churned_at.as_microsecond() >= cut
    };
    let everybody: Vec<(usize, &CustomerTruth)> = company.truths.iter().enumerate().collect();
    let here: Vec<&(usize, &CustomerTruth)> = everybody.iter().filter(is_here).collect();
    let risks: Vec<f64> =
        here.iter().map(|(customer, _)| bayes(&company, *customer, cut)).collect();
    let until = cut + HORIZON * DAY;
    let left: Vec<bool> =
        here.iter().map(|(_, truth)| truth.churned_at.as_microsecond() < until).collect();
    let base_rate = left.iter().filter(|left| **left).count() as f64 / left.len() as f64;
    let best = balanced_accuracy(&risks, &left, base_rate);

    assert!(best >= 0.85, "the company hides too much: {best:.3}");
    assert!(test.balanced_accuracy.unwrap() >= 0.82, "{test:#?}, the best rule {best:.3}");
    assert!(test.calibration_error <= 0.05, "{test:#?}");
    assert_eq!(test.customers as usize, here.len(), "the same customers are judged");
    assert_eq!(test.left as usize, left.iter().filter(|left| **left).count());
    assert!(test.lead.median_days.unwrap() > 15.0 && test.lead.customers > 0, "{:?}", test.lead);

    // The budget goes where most is at stake.
    let alerts = found.alerts.unwrap();
    assert_eq!((alerts.customers, alerts.by_value), (50, true));
    assert!(alerts.share_of_value_at_risk.unwrap() > 50.0 / found.dates[2].here as f64);
    let urgency: Vec<f64> = found
        .rows
        .iter()
        .map(|row| row.risk.unwrap() * row.value.as_ref().unwrap().parse::<f64>().unwrap())
        .collect();
    assert!(urgency.windows(2).all(|pair| pair[0] >= pair[1]));

    // Learned weights know what moves: use, before everything else.
    let learned = with(&question(), json!({"weights": "learned", "warning": "ranks"}));
    let learned = block_on(ask(&session(), &source, "health", &learned)).unwrap();
    let learned: super::HealthAnswer = serde_json::from_value(learned.answer.into_tree()).unwrap();
    let families = &learned.dates[2].families;
    let heaviest = families.iter().max_by(|a, b| a.weight.total_cmp(&b.weight)).unwrap();
    assert_eq!(heaviest.family.name(), "usage", "{families:#?}");
    let ranks = learned.warning.backtest.unwrap();
    assert!(ranks.balanced_accuracy.unwrap() >= 0.75, "{ranks:#?}");
}

#[test]
fn a_model_trained_once_scores_day_after_day_until_it_is_stale() {
    let company = company(500);
    let asked = with(&question(), json!({"as_of": "2024-03-01T00:00:00Z"}));
    let document = trained(&company.events, &asked).unwrap();
    assert_eq!((&document["kind"], &document["format"]), (&json!("health"), &json!(1)));
    assert_eq!(document["trained"]["day"], "2024-02-29");
    let read: Value = serde_json::from_str(&document.to_string()).unwrap();

    let day = json!({"as_of": "2024-03-15T00:00:00Z", "zone": "UTC"});
    let reply = scored(&company.events, &read, &day).unwrap();
    let customers = reply.customers.unwrap();
    assert_eq!(reply.answer.tree()["day"], "2024-03-14");
    let names = ["health", "health_band", "early_warning"];
    for (scores, name) in reply.answer.tree()["scores"].as_array().unwrap().iter().zip(names) {
        assert_eq!(scores["name"], name);
        assert_eq!(scores["values"].as_array().unwrap().len(), customers.len());
    }
    let drift = &reply.answer.tree()["drift"];
    assert!(["none", "slight", "strong"].contains(&drift["verdict"].as_str().unwrap()), "{drift}");

    // The same as asking with the document.
    let with_model = json!({
        "as_of": day["as_of"], "model": read, "n_dates": 5, "order": "customer", "limit": null,
    });
    let (answer, members) = ask_of(&company.events, "health", &with_model).unwrap();
    assert_eq!(members, customers);
    let values =
        |name: usize| reply.answer.tree()["scores"][name]["values"].as_array().unwrap().clone();
    for (place, row) in answer["rows"].as_array().unwrap().iter().enumerate() {
        assert_eq!(row["score"], values(0)[place]);
        assert_eq!(row["risk"], values(2)[place]);
        assert_eq!(row["state"], reply.answer.tree()["scores"][1]["texts"][place]);
    }
    assert_eq!(answer["warning"]["backtest"], with_model["model"]["report"]);

    let numbers =
        [("warned", &answer["warning"]["warned"]), ("alerted", &answer["alerts"]["customers"])];
    for (name, n) in numbers {
        let cell = with(&with_model, json!({"cell": {name: true}}));
        let (_, members) = ask_of(&company.events, "health", &cell).unwrap();
        assert!(n.as_u64().unwrap() > 0);
        assert_eq!(members.len() as u64, n.as_u64().unwrap(), "{name}");
    }

    let late = json!({"as_of": "2024-06-01T00:00:00Z"});
    match scored(&company.events, &read, &late).unwrap_err() {
        crate::insight::AskError::Refused(refusal) => assert_eq!(refusal.code, "stale_model"),
        other => panic!("{other}"),
    }
}
