//! Shops whose numbers are planted, other kinds' numbers, refusals; random worlds are in [`oracle`].

mod oracle;
mod planted;
mod published;

use perennial_testkit::{World, block_on, in_every_layout, session, world};
use perennial_types::key::CustomerKey;
use serde_json::{Value, json};

use super::SeasonalityAnswer;
use crate::ask::ask;
use crate::insight::{AskError, Insight};
use crate::present::Picture;

fn reply(world: &World, question: &Value) -> Result<(Value, Vec<CustomerKey>), String> {
    in_every_layout(world, |source| {
        match block_on(ask(&session(), source, "seasonality", question)) {
            Ok(reply) => Ok((reply.answer.into_tree(), reply.customers.unwrap_or_default())),
            Err(AskError::Refused(refusal)) => {
                assert!(!refusal.reason_zh.is_empty() && !refusal.hint_zh.is_empty());
                Err(format!("{}: {refusal}", refusal.code))
            }
            Err(other) => Err(other.to_string()),
        }
    })
}

fn answer(world: &World, question: &Value) -> SeasonalityAnswer {
    let (json, _) = reply(world, question).unwrap_or_else(|error| panic!("{question}: {error}"));
    let answer: SeasonalityAnswer = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&answer).unwrap(), json, "JSON there and back");
    answer
}

fn with(mut question: Value, fields: &Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        question[name] = value.clone();
    }
    question
}

/// Twelve days of a small shop, a refund among them.
fn small() -> World {
    world(
        "anna 2024-03-04,2024-03-05,2024-03-06,2024-03-07,2024-03-08,2024-03-09 order amount=10 currency=EUR
         bert 2024-03-04,2024-03-06,2024-03-08T08,2024-03-08T10 order amount=2.5 currency=EUR
         bert 2024-03-09 refund amount=2.5 currency=EUR
         carl 2024-03-05,2024-03-05T12,2024-03-07 view
         carl 2024-03-09 order amount=0 currency=EUR",
    )
}

fn small_question(fields: &Value) -> Value {
    let base =
        json!({"period": "day", "season": 2, "as_of": "2024-03-10T00:00:00Z", "holidays": []});
    with(base, fields)
}

#[test]
fn every_measure_counts_what_it_says_and_lists_its_customers() {
    let observed = |measure: &str| -> Vec<f64> {
        let question = small_question(&json!({"of": {"measure": measure}}));
        let found = answer(&small(), &question);
        assert_eq!(found.series.name, measure);
        for point in &found.points {
            let cell = with(question.clone(), &json!({"cell": {"start": point.start}}));
            let (answer, keys) = reply(&small(), &cell).unwrap();
            assert_eq!(Some(keys.len() as u64), point.customers, "{measure} {}", point.start);
            assert_eq!(answer["customers"]["total"], json!(keys.len()));
        }
        found.points.iter().map(|point| point.observed.unwrap()).collect()
    };
    assert_eq!(observed("orders"), [2.0, 1.0, 2.0, 1.0, 3.0, 1.0]);
    assert_eq!(observed("buyers"), [2.0, 1.0, 2.0, 1.0, 2.0, 1.0]);
    assert_eq!(observed("events"), [2.0, 3.0, 2.0, 2.0, 3.0, 3.0]);
    assert_eq!(observed("customers"), [2.0, 2.0, 2.0, 2.0, 2.0, 3.0]);
    assert_eq!(observed("revenue"), [12.5, 10.0, 12.5, 10.0, 15.0, 10.0]);
    assert_eq!(observed("net_revenue"), [12.5, 10.0, 12.5, 10.0, 15.0, 7.5]);
    let views = small_question(
        &json!({"of": {"measure": "events"}, "event": {"event": "view"}, "form": "additive"}),
    );
    let views: Vec<f64> =
        answer(&small(), &views).points.iter().filter_map(|one| one.observed).collect();
    assert_eq!(views, [0.0, 2.0, 0.0, 1.0, 0.0, 0.0]);
}

#[test]
fn money_is_exact_and_of_one_currency() {
    let question = small_question(&json!({"of": {"measure": "net_revenue"}}));
    let found = answer(&small(), &question);
    assert_eq!(found.series.currency.as_deref(), Some("EUR"));
    assert_eq!(found.points[5].money.as_deref(), Some("7.50"));
    let mixed = world(
        "anna 2024-03-04,2024-03-05,2024-03-06,2024-03-07 order amount=10 currency=EUR
         bert 2024-03-05 order amount=10 currency=USD",
    );
    let error = reply(&mixed, &question).unwrap_err();
    assert!(error.starts_with("mixed_currencies"), "{error}");
    let of_one = answer(&mixed, &with(question, &json!({"currency": "USD", "form": "additive"})));
    assert_eq!(of_one.points[1].money.as_deref(), Some("10.00"));
}

#[test]
fn what_is_not_over_and_what_the_data_reach_half_over_stay_out() {
    let dates: Vec<String> = (0..60)
        .map(|day| {
            jiff::civil::date(2024, 1, 10)
                .checked_add(jiff::Span::new().days(day))
                .unwrap()
                .to_string()
        })
        .collect();
    let shop = world(&format!("anna {} order amount=1", dates.join(",")));
    let base =
        json!({"period": "week", "season": 2, "as_of": "2024-03-09T12:00:00Z", "holidays": []});
    // The data begin on Wednesday 10 January and end on Saturday 9 March.
    let found = answer(&shop, &base);
    let starts: Vec<&str> = found.points.iter().map(|point| point.start.as_str()).collect();
    assert_eq!((starts[0], starts.len(), *starts.last().unwrap()), ("2024-01-15", 7, "2024-02-26"));
    assert!(found.points.iter().all(|point| point.observed == Some(7.0)));
    assert_eq!((found.left_out.incomplete, found.left_out.unknown), (1, 1));
    // Later it is over, but still only half there: unless that is asked for.
    let later = with(base.clone(), &json!({"as_of": "2024-06-01T00:00:00Z"}));
    assert_eq!(answer(&shop, &later).points.len(), 7);
    let asked = with(later, &json!({"from": "2024-01-01", "to": "2024-03-09"}));
    let found = answer(&shop, &asked);
    let observed: Vec<f64> = found.points.iter().filter_map(|point| point.observed).collect();
    assert_eq!(
        observed,
        [5.0, 7.0, 7.0, 7.0, 7.0, 7.0, 7.0, 7.0, 6.0],
        "the week before the first event is unknown, not 0"
    );
    assert_eq!(found.points[0].start, "2024-01-08");
}

#[test]
fn a_series_that_is_too_short_says_how_long_it_must_be() {
    let question = small_question(&json!({"season": 7}));
    let error = reply(&small(), &question).unwrap_err();
    assert_eq!(
        error,
        "series_too_short: a season of 7 days needs `14` complete days, there are `6`"
    );
    let months = small_question(
        &json!({"season": null, "period": "month", "from": "2024-03-01", "to": "2024-04-30", "as_of": "2024-05-01T00:00:00Z"}),
    );
    assert!(
        reply(&small(), &months).unwrap_err().contains("needs `24` complete months, there are `")
    );
    let years = small_question(&json!({"season": null, "period": "year"}));
    assert!(reply(&small(), &years).unwrap_err().starts_with("no_season"));
    let open = small_question(&json!({"population": "net_buyers"}));
    assert!(reply(&small(), &open).unwrap_err().starts_with("series_never_final"));
    let zero = small_question(
        &json!({"of": {"measure": "events"}, "event": {"event": "view"}, "form": "multiplicative"}),
    );
    assert!(reply(&small(), &zero).unwrap_err().starts_with("series_not_positive"));
}

#[test]
fn an_empty_world_and_a_range_not_begun_have_no_points_and_no_error() {
    for question in [
        json!({"as_of": "2024-03-10T00:00:00Z"}),
        json!({"as_of": "2024-03-10T00:00:00Z", "from": "2024-01-01", "to": "2024-02-01", "of": {"measure": "revenue"}}),
        json!({"as_of": "2023-03-10T00:00:00Z", "from": "2024-01-01", "to": "2024-02-01"}),
        json!({"as_of": "2024-03-10T00:00:00Z", "of": {"kind": "crr"}}),
        json!({"as_of": "2024-03-10T00:00:00Z", "of": {"kind": "retention"}, "value": "size"}),
    ] {
        let found = answer(&World::default(), &question);
        assert!(found.points.is_empty() && found.form.is_none(), "{question}");
        assert_eq!(found.reason.as_deref(), Some("no_complete_period"));
        assert_eq!(found.warnings.last().unwrap().code, "no_complete_period");
    }
}

#[test]
fn a_question_that_is_none_says_how_to_mend_it() {
    for (fields, part) in [
        (json!({"of": {"measure": "orders", "kind": "crr"}}), "a measure and a kind"),
        (json!({"of": {"question": {}}}), "goes with a kind"),
        (json!({"of": {"kind": "seasonality"}}), "has no numbers of its own"),
        (json!({"of": {"kind": "nothing"}}), "`of.kind` is `nothing`"),
        (
            json!({"of": {"kind": "crr", "question": {"zone": "UTC"}}, "season": null}),
            "wrong place",
        ),
        (
            json!({"of": {"kind": "crr", "question": {"period": "week"}}}),
            "`period` is `\"day\"` and `of.question.period`",
        ),
        (json!({"of": {"kind": "crr", "question": 3}}), "`of.question` is `3`"),
        (json!({"of": {"kind": "crr"}, "population": "buyers"}), "is of measures"),
        (json!({"of": {"kind": "crr"}, "value": "x"}), "`value` is `x`"),
        (json!({"of": {"kind": "crr"}, "group": ["x"]}), "does not tell"),
        (json!({"of": {"kind": "rfm"}, "period": null}), "no numbers per period"),
        (json!({"event": {"event": "view"}}), "does not go with the measure `orders`"),
        (json!({"currency": "EUR"}), "does not go with"),
        (json!({"season": 1}), "`season` is `1`"),
        (json!({"season": [7, 7]}), "`season` is `[7,7]`"),
        (json!({"trend_length": 1}), "`trend_length` is `1`"),
        (json!({"changes": {"strictness": 0.0}}), "`changes.strictness` is `0`"),
        (json!({"changes": {"min_length": 2}}), "`changes.min_length` is `2`"),
        (
            json!({"holidays": [{"name": "x", "on": {"month": 2, "day": 30}}]}),
            "a date that never is",
        ),
        (json!({"cell": {"start": "2024-03-10"}}), "starts at `2024-03-10`"),
        (json!({"weeks": 1}), "unknown field `weeks`"),
    ] {
        let error = reply(&small(), &small_question(&fields)).unwrap_err();
        assert!(error.contains(part), "{fields}: {error}");
    }
}
