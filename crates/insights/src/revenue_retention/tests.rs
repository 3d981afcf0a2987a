//! Small worlds whose lines can be told by hand, published numbers; random ones are in [`oracle`].

mod oracle;

use perennial_testkit::{World, block_on, in_every_layout, session, world};
use perennial_types::key::CustomerKey;
use serde_json::{Value, json};

use super::{PeriodAnswer, RevenueRetentionAnswer};
use crate::ask::ask;
use crate::insight::{AskError, Insight};
use crate::present::Picture;

fn reply(world: &World, question: &Value) -> Result<(Value, Vec<CustomerKey>), String> {
    in_every_layout(world, |source| {
        match block_on(ask(&session(), source, "revenue_retention", question)) {
            Ok(reply) => Ok((reply.answer.into_tree(), reply.customers.unwrap_or_default())),
            Err(AskError::Refused(refusal)) => Err(format!("{}: {refusal}", refusal.code)),
            Err(other) => Err(other.to_string()),
        }
    })
}

fn answer(world: &World, question: &Value) -> RevenueRetentionAnswer {
    let (json, _) = reply(world, question).unwrap_or_else(|error| panic!("{question}: {error}"));
    let answer: RevenueRetentionAnswer = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&answer).unwrap(), json, "JSON there and back");
    answer
}

/// The outside ids behind one number.
fn members(world: &World, question: &Value, cell: Value) -> String {
    let mut question = question.clone();
    question["cell"] = cell;
    let (answer, keys) = reply(world, &question).unwrap();
    assert_eq!(answer["customers"]["total"], json!(keys.len()));
    keys.iter().map(|key| world.name_of(key.0)).collect::<Vec<_>>().join(" ")
}

fn with(mut question: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        question[name] = value.clone();
    }
    question
}

/// `label: base − churned − contraction + expansion + reactivation + new = current`.
fn lines<'a>(periods: impl IntoIterator<Item = &'a PeriodAnswer>) -> Vec<String> {
    let line = |one: &PeriodAnswer| {
        let group = crate::present::group_text(one.group.as_ref(), one.other);
        let group = group.map_or_else(String::new, |group| format!("{group} "));
        format!(
            "{group}{}: {} − {} − {} + {} + {} + {} = {}",
            one.label,
            one.base.money,
            one.churned.money,
            one.contraction.money,
            one.expansion.money,
            one.reactivation.money,
            one.new.money,
            one.current.money
        )
    };
    periods.into_iter().map(line).collect()
}

#[test]
fn matches_posthogs_worked_number_of_gross_and_net_churn() {
    // PostHog's article on revenue churn: 100,000 a month, 17,000 of it lost, 3,000 expansion: gross
    // churn 17 %, net churn 14 %.
    let world = world(
        "keep 2024-04-10 order amount=80000
         keep 2024-05-10 order amount=80000
         grow 2024-04-10 order amount=3000
         grow 2024-05-10 order amount=6000
         gone 2024-04-10 order amount=17000
         late 2024-05-10 order amount=9000",
    );
    let question =
        json!({"from": "2024-05-01", "to": "2024-05-31", "as_of": "2024-06-01T00:00:00Z"});
    let found = answer(&world, &question);
    let may = &found.periods[0];
    assert_eq!((may.gross_churn, may.net_churn), (Some(0.17), Some(0.14)));
    assert_eq!((may.grr, may.nrr), (Some(0.83), Some(0.86)), "new money is in neither");
    assert_eq!(
        lines(&found.periods),
        ["2024-05: 100000.00 − 17000.00 − 0.00 + 3000.00 + 0.00 + 9000.00 = 95000.00"]
    );
    assert!(may.complete && found.definition.closed);
    assert_eq!(found.overall.unwrap().nrr, Some(0.86));
    // The same level by level, from a property.
    let levels = self::world(
        "keep 2024-04-10 plan mrr=80000
         grow 2024-04-10 plan mrr=3000
         grow 2024-05-10 plan mrr=6000
         gone 2024-04-10 plan mrr=17000
         gone 2024-05-20 cancel
         late 2024-05-10 plan mrr=9000",
    );
    let recurring = json!({"event": {"event": "plan"}, "value": "mrr", "end": {"event": "cancel"}});
    let found = answer(&levels, &with(question, json!({"recurring": recurring})));
    let may = &found.periods[0];
    assert_eq!((may.gross_churn, may.net_churn), (Some(0.17), Some(0.14)));
    assert_eq!(
        lines(&found.periods),
        ["2024-05: 100000.00 − 17000.00 − 0.00 + 3000.00 + 0.00 + 9000.00 = 95000.00"]
    );
    assert_eq!(found.definition.population, "everyone");
}

/// Anna pays less, bert stays away for a month, carl comes in March, dora is refunded.
fn shop() -> World {
    world(
        "anna 2024-01-05,2024-02-05 order amount=100 currency=EUR city=Rome
         anna 2024-03-05            order amount=60  currency=EUR
         bert 2024-01-10,2024-03-10 order amount=50  currency=EUR city=Oslo
         carl 2024-03-20            order order=C1 amount=30 currency=EUR city=Rome
         carl 2024-04-20            order order=C1 amount=10 currency=EUR
         dora 2024-01-20            order amount=40  currency=EUR city=Oslo
         dora 2024-02-20            refund amount=40 currency=EUR",
    )
}

fn spring() -> Value {
    json!({"from": "2024-02-01", "to": "2024-04-30", "as_of": "2024-04-25T00:00:00Z"})
}

#[test]
fn every_line_is_told_apart_and_they_add_up() {
    let question = spring();
    let found = answer(&shop(), &question);
    assert_eq!(
        lines(&found.periods),
        [
            "2024-02: 190.00 − 90.00 − 0.00 + 0.00 + 0.00 + 0.00 = 100.00",
            "2024-03: 100.00 − 0.00 − 40.00 + 0.00 + 50.00 + 40.00 = 150.00",
            "2024-04: 150.00 − 150.00 − 0.00 + 0.00 + 0.00 + 0.00 = 0.00",
        ]
    );
    assert_eq!(found.periods[0].below_zero.current, "-40.00", "dora's refund is of January");
    assert_eq!(found.periods[1].below_zero.base, "-40.00");
    assert_eq!(found.periods[0].flags, ["history_too_short"], "before the 5th of January");
    assert!(found.periods[1].complete && !found.periods[2].complete);
    assert_eq!(found.currency.as_deref(), Some("EUR"));
    let march =
        |set: &str| members(&shop(), &question, json!({"period": "2024-03-01", "set": set}));
    assert_eq!(march("contraction"), "anna");
    assert_eq!(march("reactivation"), "bert");
    assert_eq!(march("new"), "carl", "two lines of one order, in March");
    assert_eq!(march("current"), "anna bert carl");
    assert_eq!(
        (march("base"), march("churned"), march("expansion")),
        ("anna".into(), String::new(), String::new())
    );
    let without = answer(&shop(), &with(question, json!({"refunds": "ignore"})));
    assert_eq!(without.periods[0].below_zero.current, "0.00");
}

#[test]
fn a_year_ago_is_the_same_month_and_the_same_day_of_the_week() {
    let world = world(
        "anna 2023-03-05 order amount=10
         anna 2024-03-05 order amount=15
         bert 2023-07-01 order amount=10
         bert 2024-03-07 order amount=4",
    );
    let ask = |period: &str| {
        let question = json!({"period": period, "compare": "year_ago", "from": "2024-03-01", "to": "2024-03-07", "as_of": "2024-05-01T00:00:00Z"});
        answer(&world, &question)
    };
    let months = ask("month");
    assert_eq!(
        lines(&months.periods),
        ["2024-03: 10.00 − 0.00 − 0.00 + 5.00 + 0.00 + 4.00 = 19.00"]
    );
    assert_eq!(months.periods[0].base_start, "2023-03-01");
    assert_eq!(ask("quarter").periods[0].base_label, "2023-Q1");
    assert_eq!(ask("day").periods[0].base_start, "2023-03-03", "a Friday, as 2024-03-01 is");
    assert_eq!(ask("week").periods[0].base_start, "2023-02-27");
    assert_eq!(ask("year").periods[0].base_start, "2023-01-01");
}

#[test]
fn groups_add_up_and_their_customers_are_listed() {
    let question =
        with(spring(), json!({"to": "2024-02-28", "breakdown": [{"field": "city"}], "top": 1}));
    let found = answer(&shop(), &question);
    assert_eq!(
        lines(&found.groups),
        [
            "Rome 2024-02: 100.00 − 0.00 − 0.00 + 0.00 + 0.00 + 0.00 = 100.00",
            "Other 2024-02: 90.00 − 90.00 − 0.00 + 0.00 + 0.00 + 0.00 = 0.00",
        ]
    );
    let cell = |group: Value, other: bool| {
        members(
            &shop(),
            &question,
            json!({"period": "2024-02-01", "set": "base", "group": group, "other": other}),
        )
    };
    assert_eq!(
        (cell(json!(["Rome"]), false), cell(Value::Null, true)),
        ("anna".to_owned(), "bert dora".to_owned())
    );
}

#[test]
fn money_of_two_currencies_is_refused_until_one_is_chosen() {
    let world = world(
        "anna 2024-01-05,2024-02-05 order amount=10 currency=EUR
         bert 2024-01-05,2024-02-05 order amount=10 currency=USD",
    );
    let question =
        json!({"from": "2024-02-01", "to": "2024-02-28", "as_of": "2024-05-01T00:00:00Z"});
    let error = reply(&world, &question).unwrap_err();
    assert!(error.starts_with("mixed_currencies"), "{error}");
    let found = answer(&world, &with(question, json!({"currency": "USD"})));
    assert_eq!((found.periods[0].base.customers, found.currency.as_deref()), (1, Some("USD")));
}

#[test]
fn an_empty_world_and_a_range_not_begun_have_no_rates_and_no_error() {
    let empty = answer(&World::default(), &json!({"as_of": "2024-07-01T00:00:00Z"}));
    assert!(empty.periods.is_empty() && empty.overall.is_none());
    let asked = answer(&World::default(), &spring());
    assert_eq!((asked.periods.len(), asked.periods[0].grr), (3, None));
    assert_eq!(asked.periods[0].reason.as_deref(), Some("no_money_in_base"));
    let future = with(spring(), json!({"as_of": "2023-07-01T00:00:00Z"}));
    assert!(answer(&shop(), &future).periods.is_empty());
}

#[test]
fn a_question_that_is_none_says_how_to_mend_it() {
    for (fields, part) in [
        (json!({"period": "hour"}), "`period` is `hour`"),
        (json!({"compare": "week_ago"}), "unknown variant `week_ago`"),
        (json!({"from": "2024-08-01"}), "is after `to`"),
        (json!({"breakdown": [{"field": "city", "at": "return"}]}), "`breakdown.at` is `return`"),
        (
            json!({"cell": {"period": "2024-02-02", "set": "new"}}),
            "no period starts at `2024-02-02`",
        ),
        (
            json!({"breakdown": [{"field": "city"}], "cell": {"period": "2024-02-01", "set": "new", "group": []}}),
            "0 values",
        ),
        (json!({"as_of": null}), "`as_of` is missing"),
    ] {
        let error = reply(&shop(), &with(spring(), fields.clone())).unwrap_err();
        assert!(error.contains(part), "{fields}: {error}");
    }
    let recurring = json!({"recurring": {"event": {"event": "ordr"}}});
    assert_eq!(answer(&shop(), &with(spring(), recurring)).warnings[0].nearest, ["order"]);
}

#[test]
fn the_answer_is_made_ready_for_people() {
    let (json, _) = reply(&shop(), &spring()).unwrap();
    let shown = super::RevenueRetention.present(&json).unwrap();
    for table in &shown.tables {
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.name);
    }
    let [Picture::Curve(curve), Picture::Bars(bars)] = shown.pictures.as_slice() else { panic!() };
    assert_eq!((curve.points.len(), curve.series.len(), bars.rows.len()), (3, 2, 8));
    assert!(bars.rows[0].name.starts_with("2024-03"), "the last that is over");
    assert!(shown.warnings[0].en.starts_with('†') && shown.definition.1.contains("NRR"));
}
