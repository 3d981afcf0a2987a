//! Rates that can be told by hand, those of the other insights on random worlds, and bands.

use perennial_testkit::{World, block_on, in_every_layout, scenes, session, world, worlds};
use perennial_types::key::CustomerKey;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::{BenchmarkAnswer, MeasureAnswer, Standing};
use crate::ask::{ask, ask_all};
use crate::benchmarks::Measure;
use crate::insight::{AskError, Insight};
use crate::present::Picture;

fn asked_of(
    world: &World,
    kind: &str,
    question: &Value,
) -> Result<(Value, Vec<CustomerKey>), String> {
    in_every_layout(world, |source| match block_on(ask(&session(), source, kind, question)) {
        Ok(reply) => Ok((reply.answer.into_tree(), reply.customers.unwrap_or_default())),
        Err(AskError::Refused(refusal)) => Err(format!("{}: {refusal}", refusal.code)),
        Err(other) => Err(other.to_string()),
    })
}

fn answer(world: &World, question: &Value) -> BenchmarkAnswer {
    let found = asked_of(world, "benchmark", question);
    let (json, _) = found.unwrap_or_else(|error| panic!("{question}: {error}"));
    let answer: BenchmarkAnswer = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&answer).unwrap(), json, "JSON there and back");
    answer
}

fn with(mut question: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        question[name] = value.clone();
    }
    question
}

fn of(answer: &BenchmarkAnswer, measure: Measure) -> &MeasureAnswer {
    answer.measures.iter().find(|one| one.measure == measure).unwrap()
}

/// Four customers of April; three of May, one of them new in April; eva is new in May.
fn shop() -> World {
    world(
        "anna 2021-03-05,2021-04-05,2021-05-05 order amount=10 currency=EUR
         bert 2021-04-10,2021-05-11            order amount=10 currency=USD
         carl 2021-04-20                       order amount=10 currency=EUR
         dora 2021-04-21,2021-06-03            order amount=10 currency=EUR
         eva  2021-05-01                       order amount=10 currency=EUR
         fred 2021-05-02                       view",
    )
}

fn may() -> Value {
    json!({"from": "2021-03-01", "to": "2021-05-31", "as_of": "2021-06-10T00:00:00Z",
           "active": {"trailing_days": 30}})
}

#[test]
fn every_rate_is_that_of_the_latest_period_that_is_over() {
    let found = answer(&shop(), &may());
    let told: Vec<(u64, u64)> =
        found.measures.iter().map(|one| (one.customers.unwrap(), one.of.unwrap())).collect();
    // Active on 1 May: those of April. On 1 June: anna (5 May), bert (11 May); eva's day is 30 days
    // and 0 hours before 31 May.
    assert_eq!(told, [(2, 4), (2, 4), (2, 4), (1, 3), (3, 5)], "currencies are no hindrance");
    assert_eq!(of(&found, Measure::RetentionRate).value, Some(0.5));
    assert_eq!(of(&found, Measure::RetentionRate).interval, crate::interval::wilson(2, 4));
    let next = of(&found, Measure::NextPeriodRetention);
    let period = next.period.as_ref().unwrap();
    assert_eq!(
        (period.start.as_str(), period.end.as_str(), period.label.as_str()),
        ("2021-05-01", "2021-06-01", "2021-05")
    );
    assert!(next.complete && !of(&found, Measure::RepeatPurchaseRate).complete);
    assert_eq!((next.en.as_str(), next.zh.as_str()), ("next-period retention", "次期留存率"));
    let early = answer(&shop(), &with(may(), json!({"as_of": "2021-05-31T23:00:00Z"})));
    assert_eq!(
        of(&early, Measure::ChurnRate).period.as_ref().unwrap().label,
        "2021-04",
        "may is not over"
    );
}

#[test]
fn the_list_behind_every_number_is_as_long_as_the_number() {
    let found = answer(&shop(), &may());
    for one in &found.measures {
        for (set, n) in [("customers", one.customers), ("of", one.of)] {
            let cell = json!({"cell": {"measure": one.measure, "set": set}});
            let (json, keys) = asked_of(&shop(), "benchmark", &with(may(), cell)).unwrap();
            assert_eq!(Some(keys.len() as u64), n, "{set} of {}", one.measure.name());
            assert_eq!(json["customers"]["total"], json!(keys.len()));
        }
    }
    let cell = json!({"cell": {"measure": "new_customer_retention"}});
    let (_, keys) = asked_of(&shop(), "benchmark", &with(may(), cell)).unwrap();
    assert_eq!(
        keys.iter().map(|key| shop().name_of(key.0).to_owned()).collect::<Vec<_>>(),
        ["bert"]
    );
}

#[test]
fn a_value_stands_below_within_or_above_a_band() {
    let row = |low: f64, high: f64, unit: &str| {
        json!({"industry": "own", "low": low, "high": high, "unit": unit, "source": "us", "period": "month",
               "population": "buyers", "contractual": false, "definition": "as ours"})
    };
    let rows = json!([
        row(0.96, 0.99, "share"),
        row(5.0, 99.0, "percent"),
        row(0.0, 0.1, "share"),
        row(0.5, 0.5, "share")
    ]);
    let found = answer(&shop(), &with(may(), json!({"rows": rows})));
    let compared = &of(&found, Measure::RetentionRate).comparisons;
    let told: Vec<(Option<Standing>, Option<bool>)> =
        compared.iter().map(|one| (one.standing, one.clear)).collect();
    assert_eq!(
        told,
        [
            (Some(Standing::Below), Some(true)),
            (Some(Standing::Within), Some(true)),
            // Wilson's interval of 2 of 4 is 0.15 to 0.85.
            (Some(Standing::Above), Some(true)),
            (Some(Standing::Within), Some(false)),
        ]
    );
    assert!(
        (compared[0].distance.unwrap() - 0.46).abs() < 1e-12 && compared[1].distance == Some(0.0)
    );
    assert!(
        found.warnings.is_empty() && compared[0].differences.is_empty(),
        "all is said and the same"
    );
    assert!(
        of(&found, Measure::ChurnRate).comparisons.is_empty(),
        "the rows are of another measure"
    );
}

#[test]
fn what_a_band_means_otherwise_or_does_not_say_is_warned_about() {
    let found = answer(&shop(), &with(may(), json!({"industry": "retail"})));
    let compared = &of(&found, Measure::RetentionRate).comparisons;
    assert_eq!((compared.len(), compared[0].row.band()), (1, (0.6, 0.8)));
    let fields: Vec<&str> = compared[0].differences.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(fields, ["period", "population", "contractual"]);
    let [warning] = found.warnings.as_slice() else { panic!("{:?}", found.warnings) };
    assert_eq!(warning.code, "definition_unknown");
    assert!(warning.message.contains("`retail`") && warning.message_zh.contains("“retail”"));

    let row = json!({"industry": "clubs", "measure": "churn_rate", "low": 0.1, "high": 0.2, "source": "a survey",
                     "as_quoted": "2024-01", "period": "year", "population": "buyers", "contractual": true});
    let found = answer(&shop(), &with(may(), json!({"rows": [row]})));
    let [warning] = found.warnings.as_slice() else { panic!("{:?}", found.warnings) };
    assert_eq!(
        warning.message,
        "the band of `clubs` (a survey) is defined otherwise: period is `year` there, `month` here, contractual is `yes` there, `no` here"
    );
    assert!(warning.message_zh.contains("周期") && warning.message_zh.contains("是否按合同"));

    let all = answer(&shop(), &may());
    assert_eq!(
        of(&all, Measure::RetentionRate).comparisons.len(),
        crate::benchmarks::industries().count()
    );
    let typo = answer(&shop(), &with(may(), json!({"industry": "retial"})));
    assert_eq!(
        (typo.warnings[0].code.as_str(), typo.warnings[0].nearest[0].as_str()),
        ("unknown_industry", "retail")
    );
}

#[test]
fn a_measure_that_is_refused_does_not_take_the_others_with_it() {
    let once =
        world("anna 2021-04-05 order amount=10 currency=EUR\nbert 2021-05-05 order amount=10");
    let found = answer(&once, &with(may(), json!({"active": {}})));
    let rate = of(&found, Measure::RetentionRate);
    assert_eq!((rate.value, rate.of, rate.reason.as_deref()), (None, None, Some("no_gaps")));
    assert!(rate.reason_zh.as_deref().is_some_and(|text| text.contains("购买间隔")));
    assert_eq!(rate.comparisons[0].standing, None);
    assert_eq!(of(&found, Measure::NextPeriodRetention).value, Some(0.0), "anna did not come back");
    let cell = json!({"active": {}, "cell": {"measure": "churn_rate"}});
    let error = asked_of(&once, "benchmark", &with(may(), cell)).unwrap_err();
    assert!(error.contains("`churn_rate`, which has no value"), "{error}");
}

#[test]
fn an_empty_world_and_a_range_not_begun_have_no_values_and_no_error() {
    for question in [
        json!({"as_of": "2021-07-01T00:00:00Z"}),
        may(),
        with(may(), json!({"as_of": "2020-01-01T00:00:00Z"})),
    ] {
        let found = answer(&World::default(), &question);
        assert_eq!(found.measures.len(), 5);
        assert!(
            found.measures.iter().all(|one| one.value.is_none() && one.reason.is_some()),
            "{found:?}"
        );
    }
    let first = answer(&shop(), &with(may(), json!({"to": "2021-03-31"})));
    let reason = |measure: Measure| of(&first, measure).reason.clone();
    assert_eq!(reason(Measure::NewCustomerRetention).as_deref(), Some("no_period_before"));
    assert_eq!(reason(Measure::RetentionRate).as_deref(), Some("no_customers"), "nobody before");
    assert_eq!(reason(Measure::RepeatPurchaseRate), None);
}

#[test]
fn a_question_that_is_none_says_how_to_mend_it() {
    for (fields, part) in [
        (json!({"measures": []}), "`measures` names none"),
        (json!({"measures": ["nps"]}), "unknown variant `nps`"),
        (json!({"period": "hour"}), "`period` is `hour`"),
        (
            json!({"rows": [{"industry": "x", "low": 0.5, "high": 40, "source": "s"}]}),
            "goes from `0.5` to `40`",
        ),
        (
            json!({"measures": ["churn_rate"], "cell": {"measure": "retention_rate"}}),
            "not asked for",
        ),
        (json!({"active": {"trailing_days": -1}}), "`active.trailing_days` is `-1`"),
        (json!({"from": "2021-08-01"}), "is after `to`"),
        (json!({"fiscal_year_start": 13}), "`fiscal_year_start` is `13`"),
        (json!({"as_of": null}), "`as_of` is missing"),
    ] {
        let error = asked_of(&shop(), "benchmark", &with(may(), fields.clone())).unwrap_err();
        assert!(error.contains(part), "{fields}: {error}");
    }
    let typo = json!({"active": {"subscription": {"start": "veiw", "end": "order"}}});
    let found = answer(&shop(), &with(may(), typo));
    assert_eq!(found.warnings[0].nearest, ["view"]);
}

#[test]
fn it_shares_its_scans_with_other_questions_and_their_answers_are_theirs() {
    let (mine, other) = (may(), json!({"as_of": "2021-06-10T00:00:00Z"}));
    let source = shop().source(perennial_testkit::Layout::ALL[0]);
    let questions = [
        ("benchmark".to_owned(), mine.clone()),
        ("cohort".to_owned(), with(other, json!({"currency": "EUR"}))),
    ];
    let replies = block_on(ask_all(&session(), &source, &questions));
    for ((kind, question), reply) in questions.iter().zip(replies) {
        assert_eq!(reply.unwrap().answer.into_tree(), asked_of(&shop(), kind, question).unwrap().0);
    }
}

#[test]
fn the_answer_is_made_ready_for_people() {
    let (json, _) =
        asked_of(&shop(), "benchmark", &with(may(), json!({"industry": "retail"}))).unwrap();
    let shown = super::Benchmark.present(&json).unwrap();
    for table in &shown.tables {
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.name);
    }
    assert_eq!(shown.tables.iter().map(|table| table.rows.len()).collect::<Vec<_>>(), [5, 5, 1]);
    let [Picture::Bars(bars)] = shown.pictures.as_slice() else { panic!() };
    assert_eq!(bars.rows[0].text, "50.0 % (below retail: 60.0 % to 80.0 %)");
    assert_eq!((bars.rows[0].rest, bars.rows[4].rest), (0.0, 0.6), "who bought once may buy again");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// The figures are those a reader finds by asking the other insights.
    #[test]
    fn figures_are_those_of_the_insights_they_come_from(
        (world, as_of, from, to, unit, population) in scenes().prop_flat_map(|scene| {
            let units = select(vec!["day", "week", "month", "quarter"]);
            let whose = select(vec!["everyone", "buyers", "net_buyers"]);
            let n = scene.n_days.min(300);
            (worlds(scene), 0..=n + 40, 0..n, 0..n, units, whose).prop_map(move |(world, known, from, to, unit, whose)| {
                let date = |day: i32| (scene.date + jiff::Span::new().days(i64::from(day))).to_string();
                let as_of = jiff::Timestamp::from_microsecond(scene.midnight(known)).unwrap();
                (world, as_of.to_string(), date(from.min(to)), date(from.max(to)), unit, whose)
            })
        })
    ) {
        let shared = json!({"period": unit, "from": from, "to": to, "as_of": as_of, "population": population});
        let crr = asked_of(&world, "crr", &with(shared.clone(), json!({"active": {"trailing_days": 20}}))).unwrap().0;
        let life = asked_of(&world, "lifecycle", &shared).unwrap().0;
        let found = answer(&world, &with(shared, json!({"active": {"trailing_days": 20}})));
        let end = |one: &Value| format!("{}T00:00:00Z", one["end"].as_str().unwrap()).parse::<jiff::Timestamp>().unwrap();
        let over = |answer: &Value| -> Vec<Value> {
            let all = answer["periods"].as_array().unwrap().clone();
            all.into_iter().filter(|one| end(one) <= as_of.parse().unwrap()).collect()
        };
        let told = |measure: Measure| of(&found, measure).customers.zip(of(&found, measure).of);
        let number = |one: &Value, name: &str| one[name].as_u64().unwrap();
        let rates = over(&crr).last().map(|one| (number(one, "kept"), number(one, "s")));
        prop_assert_eq!(told(Measure::RetentionRate), rates);
        let periods = over(&life);
        let next = periods.last().map(|one| (number(one, "returning"), number(one, "active_start")));
        prop_assert_eq!(told(Measure::NextPeriodRetention), next);
        let again = |one: &Value| {
            let moves = one["moves"].as_array().unwrap().iter();
            moves.filter(|one| one["from"] == "new" && one["to"] == "returning").map(|one| number(one, "customers")).sum::<u64>()
        };
        let fresh = match periods.as_slice() {
            [.., before, last] => Some((again(last), number(before, "new"))),
            _ => None,
        };
        prop_assert_eq!(told(Measure::NewCustomerRetention), fresh);
        if let (Some(kept), Some(lost)) = (of(&found, Measure::RetentionRate).value, of(&found, Measure::ChurnRate).value) {
            prop_assert!((kept + lost - 1.0).abs() < 1e-12);
        }
    }
}
