//! Small worlds whose states can be told by hand, published numbers; random ones are in [`oracle`].

mod oracle;

use perennial_testkit::{World, block_on, in_every_layout, session, world};
use perennial_types::key::CustomerKey;
use serde_json::{Value, json};

use super::{LifecycleAnswer, PeriodAnswer, State};
use crate::ask::ask;
use crate::insight::{AskError, Insight};
use crate::present::Picture;

fn reply(world: &World, question: &Value) -> Result<(Value, Vec<CustomerKey>), String> {
    in_every_layout(world, |source| {
        match block_on(ask(&session(), source, "lifecycle", question)) {
            Ok(reply) => Ok((reply.answer.into_tree(), reply.customers.unwrap_or_default())),
            Err(AskError::Refused(refusal)) => Err(format!("{}: {refusal}", refusal.code)),
            Err(other) => Err(other.to_string()),
        }
    })
}

fn answer(world: &World, question: &Value) -> LifecycleAnswer {
    let (json, _) = reply(world, question).unwrap_or_else(|error| panic!("{question}: {error}"));
    let answer: LifecycleAnswer = serde_json::from_value(json.clone()).unwrap();
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

/// `label: start + new, returning, idle, resurrecting − dormant = end; gone`, one line per period.
fn states<'a>(periods: impl IntoIterator<Item = &'a PeriodAnswer>) -> Vec<String> {
    let line = |one: &PeriodAnswer| {
        let group = crate::present::group_text(one.group.as_ref(), one.other);
        let group = group.map_or_else(String::new, |group| format!("{group} "));
        format!(
            "{group}{}: {} + {} {} {} {} − {} = {}; {}",
            one.label,
            one.active_start,
            one.new,
            one.returning,
            one.idle,
            one.resurrecting,
            one.dormant,
            one.active_end,
            one.gone
        )
    };
    periods.into_iter().map(line).collect()
}

#[test]
fn matches_posthogs_lifecycle() {
    // PostHog, posthog/hogql_queries/insights/lifecycle/test/test_lifecycle_query_runner.py.
    let world = world(
        "p1 2020-01-11T12,2020-01-12T12,2020-01-13T12,2020-01-15T12,2020-01-17T12,2020-01-19T12 view
         p2 2020-01-09T12,2020-01-12T12 view
         p3 2020-01-12T12               view
         p4 2020-01-15T12               view",
    );
    let question = json!({"period": "day", "from": "2020-01-12", "to": "2020-01-19", "as_of": "2020-01-20T00:00:00Z"});
    let found = answer(&world, &question);
    let of =
        |number: fn(&PeriodAnswer) -> u64| found.periods.iter().map(number).collect::<Vec<_>>();
    assert_eq!(of(|one| one.new), [1, 0, 0, 1, 0, 0, 0, 0]);
    assert_eq!(of(|one| one.returning), [1, 1, 0, 0, 0, 0, 0, 0]);
    assert_eq!(of(|one| one.resurrecting), [1, 0, 0, 1, 0, 1, 0, 1]);
    assert_eq!(of(|one| one.dormant), [0, 2, 1, 0, 2, 0, 1, 0], "PostHog writes them below 0");
    assert_eq!(of(|one| one.idle), [0; 8]);
    assert!(found.periods.iter().all(|one| one.complete));
    assert_eq!(
        members(&world, &question, json!({"period": "2020-01-13", "set": "dormant"})),
        "p2 p3"
    );
    let back = json!({"period": "2020-01-15", "set": "resurrecting", "from": "dormant"});
    assert_eq!(members(&world, &question, back), "p1", "who went dormant the day before");
    assert_eq!(found.periods[3].moves.len(), 2);
}

/// Anna every month but May, Bert in January alone, Carl from April on.
fn shop() -> World {
    world(
        "anna 2021-01-05,2021-02-05,2021-03-05,2021-04-05,2021-06-05 view
         bert 2021-01-10            view
         carl 2021-04-20,2021-06-20 view",
    )
}

fn half_year() -> Value {
    json!({"from": "2021-01-01", "to": "2021-06-30", "as_of": "2021-07-01T00:00:00Z"})
}

#[test]
fn a_threshold_of_two_months_keeps_customers_idle_for_one() {
    assert_eq!(
        states(&answer(&shop(), &half_year()).periods),
        [
            "2021-01: 0 + 2 0 0 0 − 0 = 2; 0",
            "2021-02: 2 + 0 1 0 0 − 1 = 1; 0",
            "2021-03: 1 + 0 1 0 0 − 0 = 1; 1",
            "2021-04: 1 + 1 1 0 0 − 0 = 2; 1",
            "2021-05: 2 + 0 0 0 0 − 2 = 0; 1",
            "2021-06: 0 + 0 0 0 2 − 0 = 2; 1",
        ]
    );
    let question = with(half_year(), json!({"threshold": {"periods": 2}}));
    let found = answer(&shop(), &question);
    assert_eq!(
        states(&found.periods),
        [
            "2021-01: 0 + 2 0 0 0 − 0 = 2; 0",
            "2021-02: 2 + 0 1 1 0 − 0 = 2; 0",
            "2021-03: 2 + 0 1 0 0 − 1 = 1; 0",
            "2021-04: 1 + 1 1 0 0 − 0 = 2; 1",
            "2021-05: 2 + 0 0 2 0 − 0 = 2; 1",
            "2021-06: 2 + 0 2 0 0 − 0 = 2; 1",
        ]
    );
    let march = &found.periods[2];
    assert_eq!((march.quick_ratio, march.dormant_share), (Some(0.0), Some(0.5)));
    assert_eq!(
        (found.periods[0].quick_ratio, found.periods[0].reason.as_deref()),
        (None, Some("nobody_active_at_start"))
    );
    assert_eq!(
        (found.periods[1].quick_ratio, found.periods[1].reason.as_deref()),
        (None, Some("nobody_dormant"))
    );
    for (set, names) in [
        ("active_start", "anna bert"),
        ("dormant", "bert"),
        ("returning", "anna"),
        ("active_end", "anna"),
        ("new", ""),
        ("idle", ""),
        ("resurrecting", ""),
        ("gone", ""),
    ] {
        assert_eq!(
            members(&shop(), &question, json!({"period": "2021-03-01", "set": set})),
            names,
            "{set}"
        );
    }
    let to_idle = json!({"period": "2021-05-01", "set": "idle", "from": "new"});
    assert_eq!(members(&shop(), &question, to_idle), "carl");
    assert_eq!(found.periods[0].flags, ["history_too_short"], "nobody knows who was there before");
    let flags = found.periods.iter().filter(|one| !one.flags.is_empty()).count();
    assert_eq!(flags, 3, "two months reach back before the 5th of January until March begins");
}

#[test]
fn a_threshold_in_days_is_one_of_civil_days() {
    let days = |n: u32| with(half_year(), json!({"threshold": {"days": n}}));
    let end = |n: u32| {
        let found = answer(&shop(), &days(n));
        found.periods.iter().map(|one| one.active_end).collect::<Vec<_>>()
    };
    // Bert's 10 January is 49 days and a bit before March begins.
    assert_eq!(end(49)[1], 1);
    assert_eq!(end(50)[1], 2);
    let error = reply(&shop(), &days(30)).unwrap_err();
    assert!(error.contains("shorter than a period"), "{error}");
}

#[test]
fn moves_are_counted_between_periods_that_are_over() {
    let found = answer(&shop(), &half_year());
    let moved = |from: State, to: State| {
        let at = |state: State| found.matrix.states.iter().position(|one| *one == state).unwrap();
        (found.matrix.customers[at(from)][at(to)], found.matrix.shares[at(from)][at(to)])
    };
    assert_eq!(found.matrix.pairs, 5);
    assert_eq!(moved(State::New, State::Returning), (1, Some(1.0 / 3.0)));
    assert_eq!(
        moved(State::New, State::Dormant),
        (2, Some(2.0 / 3.0)),
        "bert in February, carl in May"
    );
    assert_eq!(moved(State::Dormant, State::Resurrecting).0, 2);
    assert_eq!(moved(State::Dormant, State::Gone).0, 1);
    assert_eq!(moved(State::Gone, State::Gone).0, 3);
    assert_eq!(moved(State::Gone, State::New), (0, Some(0.0)), "never");
    assert_eq!(moved(State::Idle, State::Idle), (0, None), "of nobody");
    let early = with(half_year(), json!({"as_of": "2021-05-20T00:00:00Z"}));
    let found = answer(&shop(), &early);
    assert_eq!((found.periods.len(), found.matrix.pairs), (5, 3));
    assert!(!found.periods[4].complete, "may is not over");
}

#[test]
fn buyers_count_from_their_first_purchase_on() {
    let world = world(
        "anna 2021-01-05            view
         anna 2021-02-05,2021-04-05 order order=A1 amount=10
         anna 2021-02-06            order order=A2 amount=10
         anna 2021-03-05            view
         bert 2021-02-01            order amount=5
         bert 2021-02-02            refund amount=5
         carl 2021-03-01            order amount=0",
    );
    let of = |fields: Value| {
        let found = answer(&world, &with(half_year(), fields));
        found
            .periods
            .iter()
            .map(|one| format!("{}{}{}{}", one.new, one.returning, one.resurrecting, one.dormant))
            .collect::<Vec<_>>()[..5]
            .join(" ")
    };
    assert_eq!(of(json!({})), "1000 1100 1101 0002 0000", "A1 is one order, in February");
    assert_eq!(of(json!({"population": "buyers"})), "0000 2000 0002 0000 0000");
    assert_eq!(of(json!({"population": "net_buyers"})), "0000 1000 0001 0000 0000");
    let views = json!({"population": "buyers", "event": {"event": "view"}});
    assert_eq!(
        of(views),
        "0000 0000 1000 0001 0000",
        "the view before the first purchase is nobody's"
    );
    let large =
        json!({"event": {"event": "order", "where": {"field": "amount", "op": ">", "value": 15}}});
    assert_eq!(of(large), "0000 1000 0001 0000 0000", "the lines of A1 are worth 20");
}

#[test]
fn groups_add_up_to_everybody() {
    let world = world(
        "anna 2021-01-05,2021-02-05 view city=Rome
         bert 2021-01-05            view city=Rome
         carl 2021-01-06            view city=Oslo
         dora 2021-02-06            view",
    );
    let question =
        with(half_year(), json!({"to": "2021-02-28", "breakdown": [{"field": "city"}], "top": 1}));
    let found = answer(&world, &question);
    assert_eq!(
        states(&found.groups),
        [
            "Rome 2021-01: 0 + 2 0 0 0 − 0 = 2; 0",
            "Rome 2021-02: 2 + 0 1 0 0 − 1 = 1; 0",
            "Other 2021-01: 0 + 1 0 0 0 − 0 = 1; 0",
            "Other 2021-02: 1 + 1 0 0 0 − 1 = 1; 0",
        ]
    );
    let cell = |group: Value, other: bool| {
        members(
            &world,
            &question,
            json!({"period": "2021-02-01", "set": "dormant", "group": group, "other": other}),
        )
    };
    assert_eq!(
        (cell(json!(["Rome"]), false), cell(Value::Null, true)),
        ("bert".to_owned(), "carl".to_owned())
    );
    assert_eq!(cell(Value::Null, false), "bert carl");
}

#[test]
fn an_empty_world_and_a_range_not_begun_have_no_periods_and_no_error() {
    let empty = answer(&World::default(), &json!({"as_of": "2021-07-01T00:00:00Z"}));
    assert!(empty.periods.is_empty() && empty.matrix.pairs == 0);
    let asked = answer(&World::default(), &half_year());
    assert_eq!(asked.periods.len(), 6);
    assert_eq!(asked.periods[0].dormant_share, None);
    let future = with(half_year(), json!({"as_of": "2020-07-01T00:00:00Z"}));
    assert!(answer(&shop(), &future).periods.is_empty());
}

#[test]
fn a_question_that_is_none_says_how_to_mend_it() {
    for (fields, part) in [
        (json!({"threshold": {"periods": 0}}), "`threshold.periods` is `0`"),
        (json!({"threshold": {"weeks": 1}}), "unknown variant `weeks`"),
        (
            json!({"period": "hour", "to": "2021-01-02", "threshold": {"days": 1}}),
            "does not go with periods of an hour",
        ),
        (json!({"from": "2021-08-01"}), "is after `to`"),
        (json!({"fiscal_year_start": 13}), "`fiscal_year_start` is `13`"),
        (json!({"breakdown": [{"field": "city", "at": "return"}]}), "`breakdown.at` is `return`"),
        (
            json!({"cell": {"period": "2021-01-02", "set": "new"}}),
            "no period starts at `2021-01-02`",
        ),
        (json!({"cell": {"period": "2021-01-01", "set": "new", "from": "gone"}}), "first period"),
        (json!({"as_of": null}), "`as_of` is missing"),
    ] {
        let error = reply(&shop(), &with(half_year(), fields.clone())).unwrap_err();
        assert!(error.contains(part), "{fields}: {error}");
    }
    let typo = answer(&shop(), &with(half_year(), json!({"event": {"event": "veiw"}})));
    assert_eq!(typo.warnings[0].nearest, ["view"]);
}

#[test]
fn the_answer_is_made_ready_for_people() {
    let (json, _) = reply(&shop(), &half_year()).unwrap();
    let shown = super::Lifecycle.present(&json).unwrap();
    for table in &shown.tables {
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.name);
    }
    assert_eq!(shown.tables[0].rows.len(), 6);
    let [Picture::Heatmap(map), Picture::Curve(curve)] = shown.pictures.as_slice() else {
        panic!()
    };
    assert_eq!((map.rows.len(), map.rows[0].1, curve.points.len()), (6, 3, 6));
    assert!(shown.warnings[0].en.starts_with('†') && shown.definition.1.contains("速动比"));
}
