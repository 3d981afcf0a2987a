//! Small worlds whose scores can be told by hand; random ones are in [`oracle`], published counts in
//! [`published`].

mod oracle;
mod published;

use perennial_testkit::{World, block_on, in_every_layout, session, world};
use perennial_types::key::CustomerKey;
use serde_json::{Value, json};

use super::{RfmAnswer, TierName};
use crate::ask::ask;
use crate::insight::{AskError, Insight};
use crate::present::Picture;

/// The answer and the customers behind its cell, or why there is none; whatever the layout.
fn reply(world: &World, question: &Value) -> Result<(Value, Vec<CustomerKey>), String> {
    in_every_layout(world, |source| match block_on(ask(&session(), source, "rfm", question)) {
        Ok(reply) => Ok((reply.answer.into_tree(), reply.customers.unwrap_or_default())),
        Err(AskError::Refused(refusal)) => Err(format!("{}: {refusal}", refusal.code)),
        Err(other) => Err(other.to_string()),
    })
}

fn answer(world: &World, question: &Value) -> RfmAnswer {
    let (json, _) = reply(world, question).unwrap_or_else(|error| panic!("{question}: {error}"));
    let answer: RfmAnswer = serde_json::from_value(json.clone()).unwrap();
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

/// `scores customers money`, one line per cell.
fn cells(answer: &RfmAnswer) -> Vec<String> {
    let line = |cell: &super::CellAnswer| {
        format!("{} {} {}", cell.scores, cell.figures.customers, cell.figures.money)
    };
    answer.cells.iter().map(line).collect()
}

/// Known on the last day of June, by that day.
fn june() -> Value {
    json!({"to": "2021-06-30", "as_of": "2021-07-01T00:00:00Z"})
}

fn with(mut question: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        question[name] = value.clone();
    }
    question
}

/// Five customers of whom each is better than the one before in every way.
fn ladder() -> World {
    world(
        "anna 2021-06-01                                    order amount=1
         bert 2021-06-10,2021-06-11                         order amount=1
         carl 2021-06-20,2021-06-19,2021-06-18              order amount=1
         dora 2021-06-25,2021-06-24,2021-06-23,2021-06-22   order amount=1
         emma 2021-06-30,2021-06-29,2021-06-28,2021-06-27,2021-06-26 order amount=1",
    )
}

#[test]
fn five_customers_in_a_row_score_one_to_five() {
    let found = answer(&ladder(), &june());
    assert_eq!(
        cells(&found),
        ["555 1 5.00", "444 1 4.00", "333 1 3.00", "222 1 2.00", "111 1 1.00"]
    );
    let bounds = &found.cutoffs.bounds;
    assert_eq!(bounds.recency_days, [19, 10, 5, 0].map(Some), "civil days, none since today");
    assert_eq!(bounds.frequency, [2, 3, 4, 5].map(Some));
    assert_eq!(
        serde_json::to_value(&bounds.money).unwrap(),
        json!(["2.00", "3.00", "4.00", "5.00"])
    );
    assert!(
        found.complete
            && found.definition.closed
            && found.warnings.is_empty()
            && found.cutoffs.exact
    );
    assert_eq!(found.reference, "2021-06-30");
    let class = |id: &str| found.classes.iter().find(|class| class.class == id).unwrap();
    assert_eq!(class("champions").figures.money_share, Some(5.0 / 15.0));
    assert_eq!(class("champions").zh, "冠军客户");
    assert_eq!(class("lost").figures.share, Some(0.2));
    assert_eq!(class("new").figures.mean_recency_days, None, "of nobody");
    assert_eq!(found.everybody.mean_money.as_deref(), Some("3.00"));
    assert_eq!(members(&ladder(), &june(), json!({"class": "champions"})), "emma");
    assert_eq!(members(&ladder(), &june(), json!({"scores": "222"})), "bert");
}

#[test]
fn equal_values_share_a_score_unless_the_first_id_comes_first() {
    let world = world(
        "anna 2021-06-30 order amount=1
         bert 2021-06-30 order amount=1
         carl 2021-06-30 order amount=1
         dora 2021-06-30 order amount=1
         emma 2021-06-30 order amount=1",
    );
    let shared = answer(&world, &june());
    assert_eq!(cells(&shared), ["111 5 5.00"]);
    assert_eq!(shared.warnings[0].code, "few_values");
    let first = answer(&world, &with(june(), json!({"ties": "first"})));
    assert_eq!(cells(&first).len(), 5);
    assert!(!first.cutoffs.exact && first.warnings.is_empty());
    assert_eq!(
        members(&world, &with(june(), json!({"ties": "first"})), json!({"scores": "555"})),
        "emma"
    );
    // The same customers in another file: other keys, the same order.
    let lines =
        ["emma", "10", "carl", "9", "anna"].map(|name| format!("{name} 2021-06-30 order amount=1"));
    let turned = perennial_testkit::world(&lines.join("\n"));
    let of = |scores: &str| {
        members(&turned, &with(june(), json!({"ties": "first"})), json!({"scores": scores}))
    };
    assert_eq!(["111", "222", "333", "444", "555"].map(of), ["9", "10", "anna", "carl", "emma"]);
    let mean = answer(&world, &with(june(), json!({"scoring": "mean"})));
    assert_eq!(cells(&mean), ["222 5 5.00"], "nobody is worse than the mean");
}

#[test]
fn refunds_lessen_money_at_their_own_instant_and_never_remove_a_buyer() {
    let world = world(
        "anna 2021-05-01 order  amount=10
         anna 2021-06-01 refund amount=-4
         bert 2021-05-01 order  amount=10
         bert 2021-06-01 refund amount=12
         carl 2021-06-02 refund amount=5",
    );
    let money = |fields: Value| {
        let found = answer(&world, &with(june(), fields));
        (found.everybody.customers, found.everybody.money)
    };
    assert_eq!(money(json!({})), (2, "4.00".to_owned()), "6 and -2");
    assert_eq!(money(json!({"refunds": "ignore"})), (2, "20.00".to_owned()));
    assert_eq!(money(json!({"to": "2021-05-31"})), (2, "20.00".to_owned()), "not refunded yet");
    assert_eq!(money(json!({"population": "net_buyers"})), (1, "6.00".to_owned()));
    let net = answer(&world, &with(june(), json!({"population": "net_buyers"})));
    assert!(!net.complete && !net.definition.closed);
    let found = answer(&world, &june());
    assert_eq!(found.pareto.money, "6.00", "a negative balance is nobody's share");
    assert_eq!(found.tiers.tiers[2].figures.money, "-2.00");
}

#[test]
fn lines_of_an_order_are_one_purchase_and_days_may_be_counted() {
    let world = world(
        "anna 2021-06-01T10 order order=A1 amount=2
         anna 2021-06-01T11 order order=A1 amount=3
         anna 2021-06-01T12 order order=A2 amount=4
         anna 2021-06-02    order order=A3 amount=0
         bert 2021-06-29T23:30 order order=B1 amount=1",
    );
    let purchases = |fields: Value| answer(&world, &with(june(), fields)).everybody.purchases;
    assert_eq!(purchases(json!({})), 3, "an order of nothing is no purchase");
    assert_eq!(purchases(json!({"frequency": "days"})), 2);
    let mean = answer(&world, &with(june(), json!({"money": "mean", "scoring": "median"})));
    assert_eq!(
        serde_json::to_value(&mean.cutoffs.bounds.money).unwrap(),
        json!(["2.75"]),
        "of 4.50 and 1"
    );
    // In Cairo it was the 30th already.
    let there = answer(&world, &with(june(), json!({"zone": "Africa/Cairo"})));
    assert_eq!(there.cutoffs.bounds.recency_days[0], Some(0));
}

#[test]
fn an_event_of_the_questions_own_may_be_the_purchase() {
    let world = world(
        "anna 2021-06-01 order     amount=5
         anna 2021-06-03 subscribe amount=7 plan=pro
         bert 2021-06-03 subscribe amount=7 plan=free",
    );
    let own = json!({"event": {"event": "subscribe", "where": {"field": "plan", "op": "=", "value": "pro"}}});
    let found = answer(&world, &with(june(), own));
    assert_eq!((found.everybody.customers, found.everybody.money.as_str()), (1, "7.00"));
    let typo = answer(&world, &with(june(), json!({"event": {"event": "subscibe"}})));
    assert_eq!(typo.everybody.customers, 0);
    assert_eq!(
        (typo.warnings[0].code.as_str(), typo.warnings[0].nearest[0].as_str()),
        ("unknown_event", "subscribe")
    );
}

#[test]
fn several_currencies_are_refused_until_one_is_chosen() {
    let world = world(
        "anna 2021-06-01 order amount=5 currency=EUR
         bert 2021-06-01 order amount=5 currency=USD
         carl 2021-06-01 refund amount=5 currency=GBP",
    );
    let refusal = reply(&world, &june()).unwrap_err();
    assert_eq!(refusal, "mixed_currencies: amounts in `EUR`, `USD` would be added");
    let found = answer(&world, &with(june(), json!({"currency": "USD"})));
    assert_eq!((found.everybody.customers, found.currency.as_deref()), (1, Some("USD")));
}

#[test]
fn a_split_at_the_mean_gives_the_eight_chinese_classes() {
    let world = world(
        "anna 2021-06-30,2021-06-29,2021-06-28 order amount=100
         bert 2021-01-02,2021-01-01            order amount=150
         carl 2021-06-30                       order amount=1
         dora 2021-01-01                       order amount=1",
    );
    let found = answer(&world, &with(june(), json!({"scoring": "mean"})));
    assert_eq!(found.classes.len(), 8);
    let class = |id: &str| {
        let class = found.classes.iter().find(|class| class.class == id).unwrap();
        let names =
            members(&world, &with(june(), json!({"scoring": "mean"})), json!({"class": id}));
        format!("{} {} {names}", class.zh, class.figures.customers)
    };
    assert_eq!(class("important_value"), "重要价值客户 1 anna");
    assert_eq!(class("important_keep"), "重要保持客户 1 bert");
    assert_eq!(class("new"), "新客户 1 carl");
    assert_eq!(class("lost"), "流失客户 1 dora");
    assert_eq!(found.quiet.customers, 1, "bert, who bought as often as the mean");
    assert_eq!(
        members(&world, &with(june(), json!({"scoring": "mean"})), json!({"quiet": true})),
        "bert"
    );
}

#[test]
fn bounds_of_an_answer_can_be_asked_with_again() {
    let found = answer(&ladder(), &june());
    let fixed = with(june(), json!({"scoring": "fixed", "cutoffs": found.cutoffs.bounds}));
    let again = answer(&ladder(), &fixed);
    assert_eq!(again.cells, found.cells);
    assert_eq!(again.cutoffs.bounds, found.cutoffs.bounds);
    let version = |fields: Value| answer(&ladder(), &with(june(), fields)).cutoffs.version;
    assert_eq!(version(json!({"as_of": "2022-01-01T00:00:00Z"})), found.cutoffs.version);
    assert_ne!(version(json!({"to": "2021-06-15"})), found.cutoffs.version, "other bounds");
    assert_ne!(version(json!({"refunds": "ignore"})), found.cutoffs.version, "another rule");
}

#[test]
fn customers_move_between_classes_or_are_in_none() {
    let world = world(
        "anna 2021-01-10,2021-06-30            order amount=10
         bert 2021-01-05,2021-01-10,2021-01-20 order amount=10
         carl 2021-06-10                       order amount=10",
    );
    let asked = |fields: Value| {
        let migration = json!({"migration": {"from": "2021-01-31"}, "scoring": "mean"});
        with(with(june(), migration), fields)
    };
    let moves = |fields: Value| answer(&world, &asked(fields)).migration.unwrap();
    let found = moves(json!({}));
    assert_eq!(found.classes.last().map(String::as_str), Some("none"));
    let count = |found: &super::MigrationAnswer, from: &str, to: &str| {
        let at = |id: &str| found.classes.iter().position(|class| class == id).unwrap();
        found.customers[at(from)][at(to)]
    };
    assert_eq!(count(&found, "lost", "important_value"), 1, "anna");
    assert_eq!(
        count(&found, "important_value", "important_keep"),
        1,
        "bert has not been here since"
    );
    assert_eq!(count(&found, "none", "new"), 1, "carl");
    assert_eq!((found.same, found.same_share), (0, Some(0.0)));
    let cell = json!({"migration": {"from": "none", "to": "new"}});
    assert_eq!(members(&world, &asked(json!({})), cell), "carl");
    let kept = moves(json!({"migration": {"from": "2021-01-31", "cutoffs": "kept"}}));
    assert_eq!(
        count(&kept, "none", "new"),
        0,
        "by the bounds of January 16 days are recent, 20 are not"
    );
    let trailing = moves(json!({"trailing_days": 31}));
    assert_eq!(count(&trailing, "important_value", "none"), 1, "bert has no score any more");
}

#[test]
fn tiers_hold_until_the_margin_is_passed() {
    // Of 100 in May anna has 79, bert 15; in June bert, carl and the rest come nearer.
    let world = world(
        "anna 2021-05-01 order amount=70
         bert 2021-05-01 order amount=14
         carl 2021-05-01 order amount=10
         dora 2021-05-01 order amount=6
         carl 2021-06-01 order amount=6",
    );
    let tiers = json!({"tiers": {"high": 0.8, "middle": 0.95, "margin": 0.06, "periods": 1}});
    let question = with(june(), tiers);
    let found = answer(&world, &question);
    let dates: Vec<String> = found
        .tiers
        .dates
        .iter()
        .map(|one| {
            format!(
                "{} {} {} {} up {} down {} held {}",
                one.date, one.high, one.middle, one.low, one.up, one.down, one.held
            )
        })
        .collect();
    // In May the places are 0, .70, .84, .94; in June carl's 16 make 0, .811, .660, .943.
    assert_eq!(
        dates,
        ["2021-05-31 2 2 0 up 0 down 0 held 0", "2021-06-30 3 1 0 up 1 down 0 held 1"],
        "bert's place is past the border, not past the margin; carl's has passed both"
    );
    assert_eq!(members(&world, &question, json!({"tier": "high"})), "anna bert carl");
    let alone = answer(&world, &june());
    assert_eq!(alone.tiers.dates.len(), 1);
    assert_eq!(alone.tiers.tiers[0].tier, TierName::High);
    assert_eq!(
        alone.tiers.tiers[0].figures.customers, 2,
        "without history there is nothing to hold"
    );
}

#[test]
fn groups_add_up_to_everybody_and_the_rest_is_computed() {
    let world = world(
        "anna 2021-06-01 order amount=1 city=Rome
         anna 2021-06-02 view           city=Oslo
         bert 2021-06-01 order amount=1 city=Rome
         carl 2021-06-03 order amount=1 city=Oslo
         dora 2021-06-04 order amount=1",
    );
    let question = with(june(), json!({"breakdown": [{"field": "city"}], "top": 1, "bins": 2}));
    let found = answer(&world, &question);
    let [rome, other] = found.groups.as_slice() else { panic!("{:?}", found.groups) };
    assert_eq!((rome.everybody.customers, other.everybody.customers, other.other), (2, 2, true));
    let cell = |group: Value, other: bool| {
        members(&world, &question, json!({"class": "lost", "group": group, "other": other}))
    };
    let lost = |group: &super::GroupAnswer| {
        group.classes.iter().find(|one| one.class == "lost").unwrap().figures.customers
    };
    assert_eq!(cell(json!(["Rome"]), false), "anna bert");
    assert_eq!((lost(rome), lost(other)), (2, 0));
    assert_eq!(cell(Value::Null, true), "");
    let current = with(june(), json!({"breakdown": [{"field": "city", "at": "current"}]}));
    let found = answer(&world, &current);
    assert_eq!(found.groups[0].group, Some(vec![Some("Oslo".to_owned())]));
    assert!(!found.complete, "the present changes");
}

#[test]
fn an_empty_world_has_no_scores_and_no_error() {
    for fields in [
        json!({}),
        json!({"scoring": "mean"}),
        json!({"ties": "first", "migration": {"from": "2021-01-01"}}),
    ] {
        let found = answer(&World::default(), &with(june(), fields));
        assert_eq!((found.everybody.customers, found.everybody.share), (0, None));
        assert!(found.cells.is_empty() && found.pareto.top_fifth.money_share.is_none());
        assert_eq!(found.cutoffs.bounds.frequency[0], None);
    }
}

#[test]
fn a_question_that_is_none_says_how_to_mend_it() {
    for (fields, part) in [
        (json!({"population": "everyone"}), "has no score"),
        (json!({"from": "2021-07-01"}), "is after `to`"),
        (json!({"from": "2021-01-01", "trailing_days": 3}), "both `from` and"),
        (json!({"trailing_days": 0}), "`trailing_days` is `0`"),
        (json!({"bins": 1}), "`bins` is `1`"),
        (json!({"bins": 4, "classes": "rfm11"}), "`classes` name other cells"),
        (json!({"scoring": "fixed"}), "without `cutoffs`"),
        (
            json!({"cutoffs": {"recency_days": [3], "frequency": [2], "money": ["5"]}}),
            "not `fixed`",
        ),
        (
            json!({"scoring": "fixed", "cutoffs": {"recency_days": [3, 5], "frequency": [2, 3], "money": [1, 2]}}),
            "`cutoffs.recency_days` are not in order",
        ),
        (
            json!({"scoring": "fixed", "cutoffs": {"recency_days": [3], "frequency": [2, 3], "money": [1, 2]}}),
            "bounds",
        ),
        (json!({"tiers": {"high": 0.9, "middle": 0.8}}), "`tiers` has"),
        (json!({"tiers": {"periods": 61}}), "`tiers.periods`"),
        (json!({"migration": {"from": "2021-06-30"}}), "is not before"),
        (
            json!({"ties": "first", "migration": {"from": "2021-01-01", "cutoffs": "kept"}}),
            "cannot be kept",
        ),
        (json!({"cell": {}}), "none or several"),
        (json!({"cell": {"class": "champions", "quiet": true}}), "none or several"),
        (json!({"cell": {"class": "champion"}}), "no class is called `champion`"),
        (json!({"cell": {"scores": "556"}}), "no cell is called `556`"),
        (json!({"cell": {"migration": {"from": "none", "to": "new"}}}), "has no `migration`"),
        (json!({"cell": {"tier": "high", "other": true}}), "names a group"),
        (json!({"bins": 9, "migration": {"from": "2021-01-01"}}), "too_many_cells"),
        (json!({"breakdown": [{"field": "ts"}]}), "names `ts`"),
        (json!({"win": 1}), "unknown field `win`"),
    ] {
        let error = reply(&ladder(), &with(june(), fields.clone())).unwrap_err();
        assert!(error.contains(part), "{fields}: {error}");
    }
    let error = reply(&ladder(), &json!({})).unwrap_err();
    assert!(error.contains("`as_of` is missing"));
}

#[test]
fn the_answer_is_made_ready_for_people() {
    let question = with(
        june(),
        json!({"migration": {"from": "2021-06-15"}, "breakdown": [{"field": "city"}]}),
    );
    let (json, _) = reply(&ladder(), &question).unwrap();
    let shown = super::Rfm.present(&json).unwrap();
    let names: Vec<&str> = shown.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["rfm", "cutoffs", "cells", "tiers", "pareto", "migration", "groups"]);
    for table in &shown.tables {
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.name);
    }
    assert_eq!(shown.tables[0].rows.len(), 11 + 2);
    let [Picture::Heatmap(grid), Picture::Curve(curve)] = shown.pictures.as_slice() else {
        panic!()
    };
    assert_eq!((grid.rows[0].0.as_str(), grid.rows[0].1), ("R 5 · ≤ 0 d", 1));
    assert_eq!(curve.points.len(), curve.series[0].values.len());
    assert!(shown.definition.1.contains("基准日"));
}
