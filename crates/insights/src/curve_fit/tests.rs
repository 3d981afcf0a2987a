//! Cohorts whose curve is known: the published ones, hand-made ones, random ones against the
//! definition.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use perennial_testkit::{
    Event, Layout, World, block_on, in_every_layout, scenes, session, world, worlds,
};
use perennial_types::key::CustomerKey;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{CurveAnswer, CurveFitAnswer, CurveName};
use crate::ask::ask;
use crate::insight::{AskError, Insight};
use crate::plain::{date_at, is_order, joined, money, start_of};

fn reply(world: &World, question: &Value) -> Result<(Value, Vec<CustomerKey>), String> {
    in_every_layout(world, |source| {
        match block_on(ask(&session(), source, "curve_fit", question)) {
            Ok(reply) => Ok((reply.answer.into_tree(), reply.customers.unwrap_or_default())),
            Err(AskError::Refused(refusal)) => Err(format!("{}: {refusal}", refusal.code)),
            Err(other) => Err(other.to_string()),
        }
    })
}

fn typed(json: Value) -> CurveFitAnswer {
    let answer: CurveFitAnswer = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&answer).unwrap(), json, "JSON there and back");
    answer
}

fn answer(world: &World, question: &Value) -> CurveFitAnswer {
    typed(reply(world, question).unwrap_or_else(|error| panic!("{question}: {error}")).0)
}

/// The answer in one layout, where a world is large.
fn answered_once(world: &World, question: &Value) -> CurveFitAnswer {
    let source = world.source(Layout { n_buckets: 3, n_partitions: 1, batch_rows: 1000 });
    typed(block_on(ask(&session(), &source, "curve_fit", question)).unwrap().answer.into_tree())
}

/// A customer of key `key` who joins on one date and cancels on another.
fn stay(events: &mut Vec<Event>, key: i64, from: Date, to: Option<Date>) {
    let ts = |date: Date| {
        date.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_microsecond() + 1
    };
    for (date, event) in [(Some(from), "join"), (to, "cancel")] {
        if let Some(date) = date {
            let sequence = events.len() as i64 + 1;
            events.push(Event {
                customer: key,
                ts: ts(date),
                sequence,
                event: event.to_owned(),
                ..Event::default()
            });
        }
    }
}

/// A cohort per entry: the year it joins, and how many are there after 0, 1, 2 … years.
fn yearly(cohorts: &[(i16, &[u64])]) -> World {
    let mut events = Vec::new();
    let mut key = 0;
    for (year, there) in cohorts {
        let ends = there
            .windows(2)
            .enumerate()
            .flat_map(|(at, pair)| vec![Some(at as i16); (pair[0] - pair[1]) as usize]);
        let stayed = vec![None; there[there.len() - 1] as usize];
        for lost_in in ends.chain(stayed) {
            key += 1;
            stay(&mut events, key, date(*year, 3, 1), lost_in.map(|at| date(year + at, 9, 1)));
        }
    }
    World { events, names: (1..=key).map(|key| format!("c{key}")).collect() }
}

/// P. S. Fader, B. G. S. Hardie (2007), Journal of Interactive Marketing 21(1), table 1.
const REGULAR: [u64; 8] = [1000, 631, 468, 382, 326, 289, 262, 241];
const HIGH_END: [u64; 8] = [1000, 869, 743, 653, 593, 551, 517, 491];

fn contract() -> Value {
    json!({
        "period": "year", "start": {"event": "join"}, "leave": {"event": {"event": "cancel"}},
        "as_of": "2007-01-01T00:00:00Z", "ahead": 5, "holdout_periods": 2, "draws": 40,
    })
}

fn curve(found: &CurveFitAnswer, name: CurveName) -> &CurveAnswer {
    found.everybody.curves.iter().find(|one| one.curve == name).unwrap()
}

#[test]
fn events_of_fader_and_hardies_cohorts_give_their_sbg() {
    for (there, alpha, beta, log_likelihood, projected) in [
        (HIGH_END, 0.6681, 3.8061, -1611.1581, [46.04, 43.58, 41.42, 39.51, 37.80]),
        (REGULAR, 0.7041, 1.1820, -1680.2652, [22.01, 20.44, 19.12, 17.99, 17.00]),
    ] {
        let found = answered_once(&yearly(&[(2000, &there)]), &contract());
        assert_eq!(found.everybody.cohorts[0].there, there[1..], "after 1 to 7 years");
        let sbg = curve(&found, CurveName::Sbg);
        assert!((sbg.parameters[0].value - alpha).abs() < 1e-3, "{:?}", sbg.parameters);
        assert!((sbg.parameters[1].value - beta).abs() < 1e-3, "{:?}", sbg.parameters);
        assert!((sbg.log_likelihood.unwrap() - log_likelihood).abs() < 1e-3);
        for (years, percent) in (8..).zip(projected) {
            assert!((100.0 * sbg.survival[years - 1] - percent).abs() < 0.006, "{years}");
        }
        // What goes on falling ever slower is no exponential.
        let errors: Vec<f64> = [CurveName::Sbg, CurveName::Exponential]
            .map(|name| curve(&found, name).holdout_error.unwrap())
            .to_vec();
        assert!(errors[0] < 0.5 * errors[1], "{errors:?}");
        let proposal = found.everybody.proposal.as_ref().unwrap();
        assert_ne!(proposal.curve, CurveName::Exponential);
        assert_eq!(proposal.projection.len(), 12);
        for one in &proposal.projection {
            assert!(
                one.low.unwrap() <= one.survival && one.survival <= one.high.unwrap(),
                "{one:?}"
            );
        }
        let lasts = proposal.discounted_periods;
        assert!(
            lasts.low.unwrap() < lasts.value.unwrap() && lasts.value.unwrap() < lasts.high.unwrap()
        );
    }
}

#[test]
fn cohorts_of_several_years_are_fitted_together_and_listed() {
    let world =
        yearly(&[(2000, &[60, 40, 30, 25, 22, 20]), (2002, &[50, 35, 28]), (2004, &[40, 30])]);
    let question = json!({
        "period": "year", "start": {"event": "join"}, "leave": {"event": {"event": "cancel"}},
        "as_of": "2005-06-01T00:00:00Z", "ahead": 2, "draws": 20,
    });
    let found = answer(&world, &question);
    let cohorts: Vec<(String, Vec<u64>)> =
        found.everybody.cohorts.iter().map(|one| (one.start.clone(), one.there.clone())).collect();
    assert_eq!(
        cohorts,
        [
            ("2000-01-01".to_owned(), vec![40, 30, 25, 22, 20]),
            ("2002-01-01".to_owned(), vec![35, 28, 28]),
            ("2004-01-01".to_owned(), vec![30]),
        ]
    );
    let observed = &found.everybody.observed;
    assert_eq!((observed[0].at_risk, observed[0].lost), (150, 45));
    assert_eq!(
        (observed[1].at_risk, observed[1].lost),
        (75, 17),
        "of those of 2004 it is not known"
    );
    assert_eq!(found.everybody.holdout_periods, Some(1));
    for (cell, n) in [
        (json!({"set": "there", "cohort": "2000-01-01", "age": 2}), 30),
        (json!({"set": "at_risk", "age": 1}), 150),
        (json!({"set": "lost", "age": 2}), 17),
        (json!({"set": "there"}), 150),
        (json!({"set": "there", "age": 3}), 25 + 28),
        (json!({"set": "lost", "cohort": "2004-01-01", "age": 2}), 0),
    ] {
        let mut question = question.clone();
        question["cell"] = cell.clone();
        let (json, keys) = reply(&world, &question).unwrap();
        assert_eq!((keys.len(), &json["customers"]["total"]), (n, &json!(n)), "{cell}");
    }
}

#[test]
fn a_short_history_and_few_customers_are_refused_with_what_was_seen() {
    let as_of = |year: i16| format!("{year}-06-01T00:00:00Z");
    let mut question = contract();
    question["as_of"] = json!(as_of(2002));
    let found = answer(&yearly(&[(2000, &[40, 30, 20])]), &question);
    assert_eq!(found.everybody.refused.as_ref().unwrap().code, "too_few_periods");
    assert_eq!(
        (found.everybody.proposal, found.everybody.cohorts[0].there.clone()),
        (None, vec![30, 20])
    );
    question["as_of"] = json!(as_of(2006));
    let found = answer(&yearly(&[(2000, &[20, 15, 12, 10, 9, 8, 8])]), &question);
    assert_eq!(found.everybody.refused.unwrap().code, "too_few_customers");
    let found = answer(&yearly(&[(2000, &[40, 40, 40, 40, 40, 40, 40])]), &question);
    assert_eq!(found.everybody.refused.as_ref().unwrap().code, "one_outcome");
    let presented = super::CurveFit.present(&serde_json::to_value(&found).unwrap()).unwrap();
    assert!(presented.warnings.iter().any(|line| line.en.starts_with("one_outcome")));
    let empty = answer(&world(""), &json!({"as_of": as_of(2006)}));
    assert_eq!(
        (empty.everybody.cohorts.len(), empty.everybody.refused.unwrap().code.as_str()),
        (0, "too_few_periods")
    );
}

#[test]
fn bad_questions_are_told_what_is_wrong() {
    let as_of = "2005-06-01T00:00:00Z";
    for (question, wrong) in [
        (json!({"as_of": as_of, "period": "hour"}), "`period` is `hour`"),
        (json!({"as_of": as_of, "curves": []}), "`curves` is empty"),
        (json!({"as_of": as_of, "curves": ["sbg", "sbg"]}), "names `sbg` twice"),
        (json!({"as_of": as_of, "curves": ["line"]}), "unknown variant `line`"),
        (json!({"as_of": as_of, "holdout_periods": 0}), "`holdout_periods` is `0`"),
        (json!({"as_of": as_of, "discount_per_year": 0}), "`discount_per_year` is `0`"),
        (json!({"as_of": as_of, "level": 1.5}), "`level` is `1.5`"),
        (json!({"as_of": as_of, "draws": 1}), "`draws` is `1`"),
        (json!({"as_of": as_of, "ahead": 5000}), "`ahead` is `5000`"),
        (json!({"as_of": as_of, "cell": {"set": "lost"}}), "`cell.age` is `0`"),
        (
            json!({"as_of": as_of, "cell": {"set": "there", "cohort": "1999-01-02"}}),
            "no cohort starts at",
        ),
        (json!({"period": "year"}), "`as_of` is missing"),
    ] {
        let error = reply(&yearly(&[(2000, &[3, 2, 1])]), &question).unwrap_err();
        assert!(error.contains(wrong), "{question}: {error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Every count by the definition, in plain loops: purchases, silence of some days, months.
    #[test]
    fn cohorts_are_what_the_definition_says(
        (scene, world) in scenes().prop_flat_map(|scene| (Just(scene), worlds(scene))),
        silence in prop::sample::select(vec![1_i64, 10, 40]),
        n_days_known in 0..1100_i32,
        by_week in any::<bool>(),
    ) {
        let as_of = scene.midnight(n_days_known.min(scene.n_days + 1));
        let zone = scene.rules();
        let question = json!({
            "period": if by_week { "week" } else { "month" }, "leave": {"silence_days": silence}, "zone": scene.zone,
            "as_of": jiff::Timestamp::from_microsecond(as_of).unwrap().to_string(), "draws": 20, "ahead": 1,
        });
        let found = answer(&world, &question);
        let first_date = |day: Date| if by_week {
            day - i64::from(day.weekday().to_monday_zero_offset()).days()
        } else {
            day.first_of_month()
        };
        let next = |day: Date| if by_week { day + 1.week() } else { day + 1.month() };
        let known = as_of - silence * 86_400_000_000;
        let rows: Vec<Event> = world.sorted().into_iter().filter(|row| row.ts < as_of).collect();
        let mut wanted: BTreeMap<Date, (u64, Vec<u64>)> = BTreeMap::new();
        let keys: std::collections::BTreeSet<i64> = rows.iter().map(|row| row.customer).collect();
        for key in keys {
            let own: Vec<&Event> = rows.iter().filter(|row| row.customer == key).collect();
            let bought: Vec<i64> = joined(&own, is_order).iter().filter(|lines| money(lines).1 > 0).map(|lines| lines[0].ts).collect();
            let Some(start) = bought.first().filter(|start| **start <= known) else { continue };
            let last = bought.iter().find(|ts| !bought.iter().any(|other| other > ts && *other - **ts < silence * 86_400_000_000)).filter(|last| **last <= known);
            let cohort = first_date(date_at(&zone, *start));
            let (n, there) = wanted.entry(cohort).or_default();
            *n += 1;
            let mut begin = next(cohort);
            let mut age = 0;
            while start_of(&zone, begin) <= known {
                there.resize(there.len().max(age + 1), 0);
                there[age] += u64::from(last.is_none_or(|last| date_at(&zone, *last) >= begin));
                (begin, age) = (next(begin), age + 1);
            }
        }
        let got: BTreeMap<Date, (u64, Vec<u64>)> = found.everybody.cohorts.iter()
            .map(|one| (one.start.parse().unwrap(), (one.customers, one.there.clone()))).collect();
        prop_assert_eq!(got, wanted);
        for (age, one) in found.everybody.observed.iter().enumerate() {
            let seen = || found.everybody.cohorts.iter().filter(|cohort| cohort.there.len() > age);
            let before: u64 = seen().map(|cohort| if age == 0 { cohort.customers } else { cohort.there[age - 1] }).sum();
            let after: u64 = seen().map(|cohort| cohort.there[age]).sum();
            prop_assert_eq!((one.at_risk, one.at_risk - one.lost), (before, after));
        }
    }
}
