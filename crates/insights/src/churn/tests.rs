//! Small worlds whose churn can be told by hand; random ones are in [`oracle`].

mod oracle;

use perennial_testkit::{World, block_on, in_every_layout, session, world};
use perennial_types::key::CustomerKey;
use serde_json::{Value, json};

use super::{ChurnAnswer, PeriodAnswer};
use crate::ask::ask;
use crate::insight::{AskError, Insight};
use crate::present::Picture;

fn reply(world: &World, question: &Value) -> Result<(Value, Vec<CustomerKey>), String> {
    in_every_layout(world, |source| match block_on(ask(&session(), source, "churn", question)) {
        Ok(reply) => Ok((reply.answer.into_tree(), reply.customers.unwrap_or_default())),
        Err(AskError::Refused(refusal)) => Err(format!("{}: {refusal}", refusal.code)),
        Err(other) => Err(other.to_string()),
    })
}

fn answer(world: &World, question: &Value) -> ChurnAnswer {
    let (json, _) = reply(world, question).unwrap_or_else(|error| panic!("{question}: {error}"));
    let answer: ChurnAnswer = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&answer).unwrap(), json, "JSON there and back");
    answer
}

/// The outside ids behind one number.
fn members(world: &World, question: &Value, cell: Value) -> String {
    let mut question = question.clone();
    question["cell"] = cell;
    let (answer, keys) =
        reply(world, &question).unwrap_or_else(|error| panic!("{question}: {error}"));
    assert_eq!(answer["customers"]["total"], json!(keys.len()));
    keys.iter().map(|key| world.name_of(key.0)).collect::<Vec<_>>().join(" ")
}

fn with(mut question: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        question[name] = value.clone();
    }
    question
}

/// `label: at risk + new + won back − churned = active at the end; money churned of at risk`.
fn flows<'a>(periods: impl IntoIterator<Item = &'a PeriodAnswer>) -> Vec<String> {
    let line = |one: &PeriodAnswer| {
        let number = |number: Option<u64>| number.map_or("-".to_owned(), |n| n.to_string());
        format!(
            "{}: {} + {} + {} − {} = {}; {} of {}",
            one.label,
            one.risk.at_risk,
            number(one.new),
            number(one.won_back),
            one.risk.churned,
            number(one.active_end),
            one.risk.money_churned,
            one.risk.money_at_risk
        )
    };
    periods.into_iter().map(line).collect()
}

/// Anna every month, bert leaves in February and is back in May, carl buys once.
fn shop() -> World {
    world(
        "anna 2024-01-05,2024-02-05,2024-03-05,2024-04-05,2024-05-05 order amount=10 currency=EUR city=Rome
         bert 2024-01-10 order amount=30 currency=EUR city=Oslo
         bert 2024-05-10 order amount=30 currency=EUR
         carl 2024-02-20 order amount=5  currency=EUR city=Oslo",
    )
}

fn spring() -> Value {
    json!({"from": "2024-01-01", "to": "2024-05-31", "as_of": "2024-06-01T00:00:00Z", "active": {"trailing_days": 31}})
}

#[test]
fn who_leaves_takes_the_money_of_the_window_along() {
    let found = answer(&shop(), &spring());
    assert_eq!(
        flows(&found.periods),
        [
            "2024-01: 0 + 2 + 0 − 0 = 2; 0.00 of 0.00",
            "2024-02: 2 + 1 + 0 − 1 = 2; 30.00 of 40.00",
            "2024-03: 2 + 0 + 0 − 1 = 1; 5.00 of 15.00",
            "2024-04: 1 + 0 + 0 − 0 = 1; 0.00 of 10.00",
            "2024-05: 1 + 0 + 1 − 0 = 2; 0.00 of 10.00",
        ]
    );
    assert_eq!(found.active.trailing_days, Some(31.0));
    let february = &found.periods[1].risk;
    assert_eq!((february.rate, february.money_rate), (Some(0.5), Some(0.75)));
    assert_eq!(found.periods[0].risk.reason.as_deref(), Some("nobody_at_risk"));
    assert_eq!(found.periods[0].flags, ["history_too_short"]);
    let total = &found.totals[0];
    assert_eq!((total.periods, total.risk.at_risk, total.risk.churned), (5, 6, 2));
    let cell = |set: &str, period: &str| {
        members(&shop(), &spring(), json!({"period": period, "set": set}))
    };
    assert_eq!(
        (cell("churned", "2024-02-01"), cell("at_risk", "2024-02-01")),
        ("bert".into(), "anna bert".into())
    );
    assert_eq!(
        (cell("new", "2024-02-01"), cell("won_back", "2024-05-01")),
        ("carl".into(), "bert".into())
    );
    assert_eq!(cell("active_end", "2024-05-01"), "anna bert");
}

#[test]
fn the_hazard_is_of_those_at_risk_at_an_age() {
    let found = answer(&shop(), &spring());
    // Anna and bert are one month old in February, carl in March; then anna alone grows older.
    let ages: Vec<(u32, u64, u64)> =
        found.ages.iter().map(|one| (one.age, one.risk.at_risk, one.risk.churned)).collect();
    assert_eq!(ages, [(1, 3, 2), (2, 1, 0), (3, 1, 0), (4, 1, 0)]);
    let close = |found: Option<f64>, wanted: f64| (found.unwrap() - wanted).abs() < 1e-12;
    assert!(close(found.ages[0].remaining, 1.0 / 3.0) && close(found.ages[3].remaining, 1.0 / 3.0));
    assert_eq!((found.most.age_by_customers, found.most.age_by_hazard), (Some(1), Some(1)));
    assert_eq!(found.most.period_by_customers.as_deref(), Some("2024-02-01"), "the earlier of two");
    assert_eq!(found.most.period_by_money.as_deref(), Some("2024-02-01"));
    assert_eq!(members(&shop(), &spring(), json!({"age": 1, "set": "churned"})), "bert carl");
    assert_eq!(members(&shop(), &spring(), json!({"age": 1, "set": "at_risk"})), "anna bert carl");
    let young = with(spring(), json!({"new_for": 1}));
    let found = answer(&shop(), &young);
    let of = |of: super::Of| {
        let total = found.totals.iter().find(|one| one.part.of == of).unwrap();
        (total.risk.at_risk, total.risk.churned)
    };
    assert_eq!((of(super::Of::New), of(super::Of::Old)), ((3, 2), (3, 0)));
    assert!(close(found.new_against_old.map(|one| one.difference), 2.0 / 3.0));
    let new = json!({"period": "2024-03-01", "set": "churned", "of": "new"});
    assert_eq!(members(&shop(), &young, new), "carl");
}

#[test]
fn who_is_back_counts_from_the_instant_of_leaving() {
    let question = with(spring(), json!({"win_back_days": [60, 89, 90, 365]}));
    let found = answer(&shop(), &question).win_back;
    // Bert's window ends on 10 February, 90 days before he is back; carl's on 22 March, 71 days
    // before all that is known ends.
    assert_eq!((found.left, found.back, found.not_back), (2, 1, 1));
    let within: Vec<(u64, u64)> = found.within.iter().map(|one| (one.closed, one.within)).collect();
    assert_eq!(within, [(2, 0), (1, 0), (1, 1), (0, 0)]);
    assert_eq!((found.back_median_days, found.within[3].share), (Some(90.0), None));
    assert_eq!(found.median_days, Some(90), "carl is not followed for so long");
    let cell = |set: &str, days: Value| {
        members(&shop(), &question, json!({"win_back": set, "days": days}))
    };
    assert_eq!(
        (cell("left", Value::Null), cell("back", Value::Null), cell("not_back", Value::Null)),
        ("bert carl".into(), "bert".into(), "carl".into())
    );
    assert_eq!(
        (cell("closed", json!(60)), cell("within", json!(90)), cell("within", json!(89))),
        ("bert carl".into(), "bert".into(), String::new())
    );
}

/// Subscriptions with a price; reasons are stated or not.
fn gym() -> World {
    world(
        "anna 2024-01-05 subscribe mrr=20 city=Rome
         anna 2024-03-01 subscribe mrr=35
         bert 2024-01-06 subscribe mrr=50 city=Oslo
         bert 2024-02-10 cancel    why=price
         bert 2024-04-02 subscribe mrr=40
         carl 2024-01-07 subscribe mrr=10 city=Rome
         carl 2024-02-11 cancel
         dora 2024-01-08 subscribe mrr=5  city=Oslo
         dora 2024-02-12 cancel    why=moving
         dora 2024-02-13 subscribe mrr=5
         dora 2024-03-14 cancel    why=price",
    )
}

fn gym_question() -> Value {
    let subscription = json!({"start": {"event": "subscribe"}, "end": {"event": "cancel"}, "reason": "why", "money": "mrr"});
    json!({"from": "2024-01-01", "to": "2024-04-30", "as_of": "2024-05-01T00:00:00Z", "active": {"subscription": subscription}})
}

#[test]
fn a_subscription_ends_for_a_stated_reason() {
    let found = answer(&gym(), &gym_question());
    assert_eq!(
        flows(&found.periods),
        [
            "2024-01: 0 + 4 + 0 − 0 = 4; 0.00 of 0.00",
            "2024-02: 4 + 0 + 0 − 2 = 2; 60.00 of 85.00",
            "2024-03: 2 + 0 + 0 − 1 = 1; 5.00 of 25.00",
            "2024-04: 1 + 0 + 1 − 0 = 2; 0.00 of 35.00",
        ]
    );
    assert_eq!(found.definition.population, "everyone");
    let reasons: Vec<(Option<&str>, u64, &str)> = found
        .totals
        .iter()
        .filter(|one| one.part.of == super::Of::Reason)
        .map(|one| (one.part.reason.as_deref(), one.risk.churned, one.risk.money_churned.as_str()))
        .collect();
    assert_eq!(
        reasons,
        [(Some("price"), 2, "55.00"), (None, 1, "10.00")],
        "dora was back in February"
    );
    let of = |reason: Value| {
        members(
            &gym(),
            &gym_question(),
            json!({"period": "2024-02-01", "of": "reason", "reason": reason}),
        )
    };
    assert_eq!((of(json!("price")), of(Value::Null)), ("bert".to_owned(), "carl".to_owned()));
    let top = with(gym_question(), json!({"top": 1}));
    let other = json!({"period": "2024-02-01", "of": "reason", "other": true});
    assert_eq!(members(&gym(), &top, other), "carl");
    assert_eq!((found.win_back.left, found.win_back.back), (3, 2), "dora was back within a day");
}

#[test]
fn without_a_recurring_amount_money_is_that_of_the_period_before() {
    let world = world(
        "anna 2024-01-05 subscribe
         anna 2024-01-20 order amount=30
         bert 2024-01-06 subscribe
         bert 2024-01-10 order amount=12
         bert 2024-02-10 cancel
         bert 2024-02-20 order amount=8",
    );
    let subscription = json!({"start": {"event": "subscribe"}, "end": {"event": "cancel"}});
    let question = with(gym_question(), json!({"active": {"subscription": subscription}}));
    let found = answer(&world, &question);
    assert_eq!(
        flows(&found.periods)[1..3],
        ["2024-02: 2 + 0 + 0 − 1 = 1; 12.00 of 42.00", "2024-03: 1 + 0 + 0 − 0 = 1; 0.00 of 0.00"]
    );
    assert_eq!(found.periods[2].risk.reason.as_deref(), Some("no_money_at_risk"));
    assert!(found.totals.iter().all(|one| one.part.of != super::Of::Reason), "none are asked for");
}

#[test]
fn tiers_are_drawn_anew_when_a_period_begins() {
    let question = with(gym_question(), json!({"tiers": {"high": 0.5, "middle": 0.8}}));
    let found = answer(&gym(), &question);
    let tiers: Vec<String> = found
        .parts
        .iter()
        .filter(|one| one.part.of == super::Of::Tier && one.start == "2024-02-01")
        .map(|one| {
            format!(
                "{:?} from {:?}: {} of {}",
                one.part.tier.unwrap(),
                one.money_from,
                one.risk.churned,
                one.risk.at_risk
            )
        })
        .collect();
    // Bert's 50 come first, anna's 20 after 59 %, carl's 10 after 82 %.
    assert_eq!(
        tiers,
        [
            "High from Some(\"50.00\"): 1 of 1",
            "Middle from Some(\"20.00\"): 0 of 1",
            "Low from None: 1 of 2"
        ]
    );
    let low = json!({"period": "2024-02-01", "set": "at_risk", "of": "tier", "tier": "low"});
    assert_eq!(members(&gym(), &question, low), "carl dora");
}

#[test]
fn the_rate_is_what_crr_does_not_keep() {
    let question = spring();
    let found = answer(&shop(), &question);
    let asked = json!({"from": "2024-01-01", "to": "2024-05-31", "as_of": "2024-06-01T00:00:00Z", "active": {"trailing_days": 31}});
    let crr = in_every_layout(&shop(), |source| {
        block_on(ask(&session(), source, "crr", &asked)).unwrap().answer.into_tree()
    });
    for (own, other) in found.periods.iter().zip(crr["periods"].as_array().unwrap()) {
        assert_eq!(json!(own.risk.rate), other["churn"], "{}", own.start);
        assert_eq!(
            (json!(own.won_back), json!(own.new)),
            (other["won_back"].clone(), other["n"].clone())
        );
    }
}

#[test]
fn groups_add_up_to_everybody() {
    let question = with(spring(), json!({"breakdown": [{"field": "city"}], "top": 1}));
    let found = answer(&shop(), &question);
    let groups = |name: &str| {
        let own = found.parts.iter().filter(|one| one.part.of == super::Of::Group);
        flows(own.filter(|one| {
            crate::present::group_text(one.part.group.as_ref(), one.part.other).as_deref()
                == Some(name)
        }))[1]
            .clone()
    };
    assert_eq!(groups("Rome"), "2024-02: 1 + 0 + 0 − 0 = 1; 0.00 of 10.00");
    assert_eq!(groups("Other"), "2024-02: 1 + 1 + 0 − 1 = 1; 30.00 of 30.00");
    let cell =
        |fields: Value| members(&shop(), &question, with(json!({"period": "2024-02-01"}), fields));
    assert_eq!(cell(json!({"of": "group", "other": true})), "bert");
    assert_eq!(cell(json!({"set": "at_risk", "group": ["Rome"]})), "anna");
}

#[test]
fn the_window_is_measured_where_none_is_given() {
    let found = answer(&shop(), &with(spring(), json!({"active": {}})));
    assert_eq!(found.active.chosen, "p90 of 5 gaps between purchases");
    assert_eq!(found.definition.flags, ["window_follows_data"]);
    let error = reply(&World::default(), &json!({"as_of": "2024-06-01T00:00:00Z"}))
        .map(|(json, _)| json["periods"].clone());
    assert_eq!(error, Ok(json!([])), "nothing to measure");
    let once = world("anna 2024-01-05 order amount=10");
    assert!(
        reply(&once, &with(spring(), json!({"active": {}}))).unwrap_err().starts_with("no_gaps")
    );
}

#[test]
fn an_empty_world_and_a_range_not_begun_have_no_rates_and_no_error() {
    let asked = answer(&World::default(), &spring());
    assert_eq!((asked.periods.len(), asked.periods[0].risk.rate, asked.ages.len()), (5, None, 0));
    assert_eq!(asked.most, super::Most::default());
    let future = with(spring(), json!({"as_of": "2023-07-01T00:00:00Z"}));
    assert!(answer(&shop(), &future).periods.is_empty());
    let early = answer(&shop(), &with(spring(), json!({"as_of": "2024-02-08T00:00:00Z"})));
    assert_eq!(
        flows(&early.periods)[1],
        "2024-02: 2 + 0 + 0 − 0 = 2; 0.00 of 40.00",
        "bert may yet come"
    );
    assert!(!early.periods[1].complete && early.ages.is_empty());
}

#[test]
fn a_question_that_is_none_says_how_to_mend_it() {
    let both = json!({"trailing_days": 3, "subscription": {"start": {"event": "a"}, "end": {"event": "b"}}});
    for (fields, part) in [
        (json!({"active": both}), "both `trailing_days` and `subscription`"),
        (json!({"active": {"trailing_days": 0}}), "`active.trailing_days` is `0`"),
        (
            json!({"active": {"subscription": {"start": {"event": "a"}, "end": {"event": "a"}}}}),
            "by the same event",
        ),
        (json!({"new_for": 0}), "`new_for` is `0`"),
        (json!({"tiers": {"high": 0.9, "middle": 0.8}}), "`tiers` has high `0.9`"),
        (json!({"win_back_days": [0]}), "`win_back_days` has `0`"),
        (json!({"cell": {}}), "none or several places"),
        (json!({"cell": {"period": "2024-01-02"}}), "no period starts at `2024-01-02`"),
        (json!({"cell": {"age": 1, "of": "new"}}), "`cell` names a part of an age"),
        (json!({"cell": {"age": 1, "set": "new"}}), "`cell.set` of an age"),
        (
            json!({"cell": {"win_back": "within", "days": 7}}),
            "none of the question's `win_back_days`",
        ),
        (json!({"cell": {"period": "2024-01-01", "of": "reason"}}), "names no field of reasons"),
        (
            json!({"cell": {"period": "2024-01-01", "of": "tier", "tier": "low"}}),
            "`cell.of` is `tier`",
        ),
        (
            json!({"cell": {"period": "2024-01-01", "of": "new", "set": "won_back"}}),
            "told when a period begins",
        ),
        (json!({"as_of": null}), "`as_of` is missing"),
    ] {
        let error = reply(&shop(), &with(spring(), fields.clone())).unwrap_err();
        assert!(error.contains(part), "{fields}: {error}");
    }
    let typo =
        json!({"active": {"subscription": {"start": {"event": "ordr"}, "end": {"event": "x"}}}});
    assert_eq!(answer(&shop(), &with(spring(), typo)).warnings[0].nearest, ["order"]);
}

#[test]
fn the_answer_is_made_ready_for_people() {
    let question = with(gym_question(), json!({"tiers": {}, "breakdown": [{"field": "city"}]}));
    let (json, _) = reply(&gym(), &question).unwrap();
    let shown = super::Churn.present(&json).unwrap();
    for table in &shown.tables {
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.name);
    }
    let [Picture::Curve(rates), Picture::Curve(hazards)] = shown.pictures.as_slice() else {
        panic!()
    };
    assert_eq!(
        (rates.points.len(), rates.series.len()),
        (4, 6),
        "everybody, two cities, three tiers"
    );
    assert_eq!(hazards.points, ["1", "2", "3"]);
    assert!(shown.definition.1.contains("流失率"));
}
