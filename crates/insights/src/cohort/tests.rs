//! Small worlds whose cohorts can be told by hand; random ones are in [`oracle`].

mod oracle;
mod published;

use perennial_testkit::{World, block_on, in_every_layout, session, world};
use perennial_types::key::CustomerKey;
use serde_json::{Value, json};

use super::{CellAnswer, CohortAnswer, CohortRow, Figures, Pooled};
use crate::ask::ask;
use crate::insight::{AskError, Insight};
use crate::present::Picture;

fn reply(world: &World, question: &Value) -> Result<(Value, Vec<CustomerKey>), String> {
    in_every_layout(world, |source| match block_on(ask(&session(), source, "cohort", question)) {
        Ok(reply) => Ok((reply.answer.into_tree(), reply.customers.unwrap_or_default())),
        Err(AskError::Refused(refusal)) => Err(format!("{}: {refusal}", refusal.code)),
        Err(other) => Err(other.to_string()),
    })
}

fn answer(world: &World, question: &Value) -> CohortAnswer {
    let (json, _) = reply(world, question).unwrap_or_else(|error| panic!("{question}: {error}"));
    let answer: CohortAnswer = serde_json::from_value(json.clone()).unwrap();
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

/// Every number of customers of an answer, with the cell that asks for them.
fn numbers(answer: &CohortAnswer) -> Vec<(Value, u64)> {
    let mut all = Vec::new();
    let mut add = |cell: Value, figures: &Figures, cells: &[CellAnswer]| {
        let with = |fields: Value| {
            let mut cell = cell.clone();
            for (name, value) in fields.as_object().unwrap() {
                cell[name] = value.clone();
            }
            cell
        };
        all.push((with(json!({})), figures.size));
        all.push((with(json!({"set": "buyers"})), figures.buyers));
        all.push((with(json!({"set": "repeat"})), figures.repeat));
        for one in cells {
            all.push((with(json!({"index": one.index})), one.customers));
            all.push((with(json!({"index": one.index, "set": "of"})), one.of));
        }
    };
    for row in &answer.cohorts {
        let cell = json!({"cohort": row.start, "group": row.group, "other": row.other});
        add(cell, &row.figures, &row.cells);
    }
    for group in &answer.groups {
        let cell = json!({"group": group.group, "other": group.other});
        add(cell, &group.pooled.figures, &group.pooled.cells);
    }
    add(json!({}), &answer.overall.figures, &answer.overall.cells);
    all
}

fn with(mut question: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        question[name] = value.clone();
    }
    question
}

/// `label size orders revenue: cumulative per customer …`, `?` where a cell can still change.
fn lines<'a>(rows: impl IntoIterator<Item = &'a CohortRow>) -> Vec<String> {
    let cell = |cell: &CellAnswer| {
        let mark = if cell.complete { "" } else { "?" };
        format!("{}{mark}", cell.cumulative_per_customer.as_deref().unwrap_or("–"))
    };
    let line = |row: &CohortRow| {
        let group = crate::present::group_text(row.group.as_ref(), row.other);
        let group = group.map_or_else(String::new, |group| format!("{group} "));
        let cells: Vec<String> = row.cells.iter().map(cell).collect();
        let Figures { size, orders, revenue, .. } = &row.figures;
        format!("{group}{} {size} {orders} {revenue}: {}", row.label, cells.join(" "))
    };
    rows.into_iter().map(line).collect()
}

/// Anna and Bert start in January, Carl in February; Anna takes half of her second order back.
fn shop() -> World {
    world(
        "anna 2021-01-05                     order  order=A1 amount=10 currency=EUR item=tea channel=search
         anna 2021-01-05                     order  order=A1 amount=10 currency=EUR item=cup channel=search
         anna 2021-02-10                     order  order=A2 amount=30 currency=EUR item=pot channel=friend
         anna 2021-03-01                     refund order=A2 amount=15 currency=EUR
         bert 2021-01-31,2021-01-31T12       order  amount=5  currency=EUR item=cup channel=friend
         carl 2021-02-01,2021-04-20          order  amount=8  currency=EUR item=tea channel=search
         dora 2021-02-02                     view",
    )
}

fn spring() -> Value {
    json!({"from": "2021-01-01", "to": "2021-03-31", "as_of": "2021-05-01T00:00:00Z", "periods": 4})
}

#[test]
fn what_a_customer_has_brought_is_told_age_by_age() {
    let found = answer(&shop(), &spring());
    assert_eq!(
        lines(&found.cohorts),
        [
            // 20 + 10 of two; 30 in February; 15 back in March.
            "2021-01 2 4 45.00: 15.00 30.00 22.50 22.50",
            "2021-02 1 2 16.00: 8.00 8.00 16.00",
            "2021-03 0 0 0.00: – –",
        ]
    );
    let january = &found.cohorts[0];
    let Figures {
        buyers,
        repeat,
        repeat_share,
        gross,
        refunded,
        mean_order,
        revenue_per_customer,
        ..
    } = &january.figures;
    assert_eq!((*buyers, *repeat, *repeat_share), (2, 2, Some(1.0)), "bert bought twice in a day");
    assert_eq!((gross.as_str(), refunded.as_str()), ("60.00", "15.00"));
    assert_eq!(
        (mean_order.as_deref(), revenue_per_customer.as_deref()),
        (Some("15.00"), Some("22.50"))
    );
    let cell = &january.cells[1];
    assert_eq!((cell.of, cell.customers, cell.share, cell.orders), (2, 1, Some(0.5), 1));
    assert_eq!((cell.gross.as_str(), cell.cumulative.as_str()), ("30.00", "60.00"));
    let cell = &january.cells[2];
    assert_eq!((cell.revenue.as_str(), cell.customers), ("-15.00", 0), "a refund is no purchase");
    let empty = &found.cohorts[2];
    assert_eq!(
        (empty.cells[0].share, empty.cells[0].reason.as_deref()),
        (None, Some("no_customers"))
    );
    assert_eq!((empty.figures.mean_order.as_deref(), empty.figures.repeat_share), (None, None));
    assert_eq!(found.currency.as_deref(), Some("EUR"));
    // Age 2 of all: January and February, whose customers brought 45 and 16.
    let overall = &found.overall.cells[2];
    assert_eq!((overall.cohorts, overall.of, overall.cumulative.as_str()), (Some(2), 3, "61.00"));
    assert_eq!(found.overall.cells[3].cohorts, Some(1), "february has no age 3 yet");
    assert_eq!((found.overall.figures.size, found.overall.figures.revenue.as_str()), (3, "61.00"));
}

#[test]
fn the_list_behind_every_number_is_as_long_as_the_number() {
    for fields in [
        json!({}),
        json!({"incomplete": "eligible"}),
        json!({"breakdown": [{"field": "channel"}], "by": "both", "top": 1}),
        json!({"breakdown": [{"field": "channel"}]}),
    ] {
        let question = with(spring(), fields);
        for (cell, n) in numbers(&answer(&shop(), &question)) {
            let found = members(&shop(), &question, cell.clone());
            assert_eq!(found.split_whitespace().count() as u64, n, "{question} {cell}: {found}");
        }
    }
    let first = json!({"cohort": "2021-01-01", "index": 1});
    assert_eq!(members(&shop(), &spring(), first), "anna");
    assert_eq!(members(&shop(), &spring(), json!({"set": "repeat"})), "anna bert carl");
}

#[test]
fn a_cohort_is_a_first_value_too_and_the_rest_is_computed() {
    let question = with(spring(), json!({"breakdown": [{"field": "item"}], "incomplete": "show"}));
    let found = answer(&shop(), &question);
    assert_eq!(
        lines(&found.cohorts),
        [
            "tea 2021-01-01 – 2021-03-31 2 4 51.00: 14.00 29.00 25.50 25.50?",
            "cup 2021-01-01 – 2021-03-31 1 2 10.00: 10.00 10.00 10.00 10.00",
        ],
        "anna's first order begins with tea"
    );
    let both = with(
        spring(),
        json!({"breakdown": [{"field": "channel"}], "by": "both", "top": 1, "to": "2021-02-28"}),
    );
    let found = answer(&shop(), &both);
    assert_eq!(
        lines(&found.cohorts),
        [
            "search 2021-01 1 2 35.00: 20.00 50.00 35.00 35.00",
            "search 2021-02 1 2 16.00: 8.00 8.00 16.00",
            "Other 2021-01 1 2 10.00: 10.00 10.00 10.00 10.00",
            "Other 2021-02 0 0 0.00: – – –",
        ]
    );
    let pooled = &found.groups[0].pooled.cells[2];
    assert_eq!(
        (pooled.cohorts, pooled.cumulative_per_customer.as_deref()),
        (Some(2), Some("25.50"))
    );
}

#[test]
fn whose_window_is_open_does_not_weigh_a_group_down() {
    let question = with(spring(), json!({"breakdown": [{"field": "item"}]}));
    let found = answer(&shop(), &question);
    assert_eq!(found.question.incomplete, Some(crate::retention::Incomplete::Eligible));
    // Carl, of February, has no age 3 that is over, and one of May is not known.
    assert_eq!(
        lines(&found.cohorts)[0],
        "tea 2021-01-01 – 2021-03-31 2 4 51.00: 14.00 29.00 25.50 35.00?"
    );
    assert_eq!(found.cohorts[0].cells[3].of, 1);
    let early = with(question.clone(), json!({"as_of": "2021-02-20T00:00:00Z"}));
    let found = answer(&shop(), &early);
    assert_eq!(
        (found.cohorts[0].cells[1].of, found.cohorts[0].cells[1].reason.as_deref()),
        (0, Some("nobody_eligible")),
        "nobody's second month is over"
    );
}

#[test]
fn a_sign_up_starts_the_clock_of_those_who_never_buy() {
    let world = world(
        "anna 2021-01-01 signup plan=pro
         anna 2021-02-10 order amount=30 currency=EUR plan=free
         bert 2020-12-30 order amount=9 currency=EUR
         bert 2021-01-20 signup plan=free
         carl 2021-01-20 signup plan=pro
         carl 2021-01-21 view plan=team",
    );
    let question = with(spring(), json!({"start": {"event": "signup"}, "to": "2021-01-31"}));
    let found = answer(&world, &question);
    assert_eq!(lines(&found.cohorts), ["2021-01 3 1 30.00: 0.00 10.00 10.00 10.00"]);
    assert_eq!(found.cohorts[0].figures.buyers, 1, "bert bought before the clock started");
    let of = |fields: Value| lines(&answer(&world, &with(question.clone(), fields)).cohorts);
    assert_eq!(of(json!({"population": "buyers"})), ["2021-01 1 0 0.00: 0.00 0.00 0.00 0.00"]);
    let plans = json!({"breakdown": [{"field": "plan"}], "periods": 1});
    assert_eq!(
        of(plans),
        [
            "pro 2021-01-01 – 2021-01-31 2 1 30.00: 0.00",
            "free 2021-01-01 – 2021-01-31 1 0 0.00: 0.00",
        ]
    );
    let current = json!({"breakdown": [{"field": "plan", "at": "current"}], "periods": 1});
    assert_eq!(of(current).len(), 2, "anna and bert are free now, carl is team");
    let any = with(question.clone(), json!({"start": {"event": "*"}, "from": "2020-12-01"}));
    assert_eq!(
        lines(&answer(&world, &any).cohorts),
        ["2020-12 1 1 9.00: 9.00 9.00 9.00 9.00", "2021-01 2 1 30.00: 0.00 15.00 15.00 15.00"]
    );
}

#[test]
fn elapsed_time_and_civil_months_cut_ages_differently() {
    let of = |fields: Value| lines(&answer(&shop(), &with(spring(), fields)).cohorts)[0].clone();
    assert_eq!(of(json!({"window": "rolling"})), "2021-01 2 4 45.00: 15.00 22.50 22.50 22.50?");
    assert_eq!(
        of(json!({"window": "rolling", "period": "week", "rows": "month", "periods": 6})),
        "2021-01 2 4 45.00: 15.00 15.00 15.00 15.00 15.00 30.00"
    );
    assert_eq!(
        of(json!({"rows": "quarter"})),
        "2021-Q1 3 6 61.00: 12.6667 22.6667 20.3333 20.3333?"
    );
}

#[test]
fn cost_is_paid_back_at_the_first_age_that_covers_it() {
    let paid = |fields: Value| {
        let found = answer(&shop(), &with(spring(), fields));
        let line = |row: &CohortRow| {
            let payback = row.payback.as_ref().unwrap();
            match payback.index {
                Some(index) => format!("{index} of {}", payback.cost),
                None => payback.reason.clone().unwrap(),
            }
        };
        found.cohorts.iter().map(line).collect::<Vec<_>>()
    };
    assert_eq!(paid(json!({"cost": 15})), ["0 of 15.00", "2 of 15.00", "no_customers"]);
    assert_eq!(paid(json!({"cost": "15.0001"})), ["1 of 15.0001", "2 of 15.0001", "no_customers"]);
    assert_eq!(paid(json!({"cost": 15, "margin": 0.5})), ["1 of 15.00", "not_yet", "no_customers"]);
    assert_eq!(paid(json!({"cost": 31})), ["not_within_periods", "not_yet", "no_customers"]);
    let costs = json!([{"cohort": "2021-02-01", "cost": 3}, {"cost": 99}]);
    assert_eq!(paid(json!({"costs": costs})), ["not_within_periods", "0 of 3.00", "no_customers"]);
    let found =
        answer(&shop(), &with(spring(), json!({"costs": [{"cohort": "2021-02-02", "cost": 3}]})));
    assert!(found.cohorts.iter().all(|row| row.payback.is_none()), "nobody has a cost");
    assert_eq!(found.warnings[0].code, "unknown_cohort");
    assert!(found.warnings[0].nearest.contains(&"2021-02-01".to_owned()));
    let by_channel = with(
        spring(),
        json!({"breakdown": [{"field": "channel"}], "costs": [{"group": ["search"], "cost": 30}], "cost": 1}),
    );
    let found = answer(&shop(), &by_channel);
    let of = |position: usize| found.cohorts[position].payback.clone().unwrap();
    assert_eq!((of(0).index, of(0).complete), (Some(3), false), "of those known for three months");
    assert_eq!((of(1).index, of(1).complete), (Some(0), true));
}

#[test]
fn money_of_two_currencies_is_not_added() {
    let world = world(
        "anna 2021-01-05 order amount=10 currency=EUR
         anna 2021-02-05 order amount=7  currency=USD
         bert 2021-02-05 order amount=4  currency=EUR",
    );
    let error = reply(&world, &spring()).unwrap_err();
    assert!(error.starts_with("mixed_currencies: amounts in `EUR`, `USD`"), "{error}");
    let dollars = answer(&world, &with(spring(), json!({"currency": "USD", "to": "2021-02-28"})));
    assert_eq!(
        lines(&dollars.cohorts),
        ["2021-01 1 1 7.00: 0.00 7.00 7.00 7.00", "2021-02 1 0 0.00: 0.00 0.00 0.00"]
    );
    let february = with(spring(), json!({"from": "2021-02-01"}));
    assert_eq!(lines(&answer(&world, &february).cohorts)[0], "2021-02 1 1 4.00: 4.00 4.00 4.00");
}

#[test]
fn an_empty_world_and_a_range_not_begun_have_no_cohorts_and_no_error() {
    let empty = answer(&World::default(), &json!({"as_of": "2021-07-01T00:00:00Z"}));
    assert!(empty.cohorts.is_empty() && empty.overall.figures.size == 0);
    let asked = answer(&World::default(), &spring());
    assert_eq!((asked.cohorts.len(), asked.cohorts[0].cells[0].share), (3, None));
    assert_eq!(asked.overall.cells[0].reason.as_deref(), Some("no_complete_cell"));
    let future = with(spring(), json!({"as_of": "2020-07-01T00:00:00Z"}));
    assert!(answer(&shop(), &future).cohorts.is_empty());
    let group = with(spring(), json!({"breakdown": [{"field": "item"}]}));
    assert!(answer(&World::default(), &group).cohorts.is_empty());
}

#[test]
fn a_question_that_is_none_says_how_to_mend_it() {
    for (fields, part) in [
        (json!({"periods": 0}), "`periods` is `0`"),
        (json!({"by": "group"}), "`breakdown` names no field"),
        (json!({"by": "period", "breakdown": [{"field": "item"}]}), "`by` is `period`"),
        (json!({"cost": -1}), "a cost is `-1.00`"),
        (json!({"cost": 1, "margin": 1.5}), "`margin` is `1.50`"),
        (json!({"margin": 0.5}), "without a cost"),
        (json!({"costs": [{"group": ["a"], "cost": 1}]}), "has 1 values of the breakdown"),
        (json!({"breakdown": [{"field": "item", "at": "return"}]}), "`breakdown.at` is `return`"),
        (json!({"from": "2021-08-01"}), "is after `to`"),
        (json!({"as_of": null}), "`as_of` is missing"),
        (json!({"colour": 1}), "unknown field `colour`"),
        (json!({"cell": {"cohort": "2021-01-02"}}), "no cohort starts at `2021-01-02`"),
        (json!({"cell": {"cohort": "2021-03-01", "index": 3}}), "has not reached the age 3"),
        (json!({"cell": {"index": 4}}), "`cell.index` is `4`"),
        (json!({"cell": {"index": 1, "set": "size"}}), "leave `index` away"),
        (json!({"cell": {"set": "customers"}}), "`cell.index` names none"),
    ] {
        let question = with(spring(), fields.clone());
        let error = in_every_layout(&shop(), |source| {
            match block_on(ask(&session(), source, "cohort", &question)).unwrap_err() {
                AskError::BadQuestion { message, hint } => format!("{message}; {hint}"),
                other => other.to_string(),
            }
        });
        assert!(error.contains(part), "{fields}: {error}");
    }
    let days = json!({"rows": "hour", "periods": 1000});
    let error = reply(&shop(), &with(spring(), days)).unwrap_err();
    assert!(error.starts_with("too_many_cells"), "{error}");
    let typo = answer(&shop(), &with(spring(), json!({"start": {"event": "veiw"}})));
    assert_eq!(typo.warnings[0].nearest, ["view"]);
}

#[test]
fn the_answer_is_made_ready_for_people() {
    let question =
        with(spring(), json!({"cost": 15, "breakdown": [{"field": "channel"}], "by": "both"}));
    let (json, _) = reply(&shop(), &question).unwrap();
    let shown = super::Cohort.present(&json).unwrap();
    for table in &shown.tables {
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.name);
    }
    // Two groups of three months, the groups, everybody.
    assert_eq!(shown.tables[0].rows.len(), 9);
    let [Picture::Heatmap(map), Picture::Lines(lines)] = shown.pictures.as_slice() else {
        panic!()
    };
    assert_eq!((map.rows.len(), map.columns.len(), lines.series.len()), (6, 4, 3));
    assert_eq!((lines.unit.as_str(), lines.series[0].values[0]), ("EUR", Some(12.6667)));
    assert!(shown.definition.1.contains("回本"));
}
