//! Small worlds whose segments can be told by hand; random ones are in [`oracle`], questions about
//! some customers in [`asking`].

mod asking;
mod oracle;

use perennial_testkit::{World, block_on, in_every_layout, instant, session, world};
use perennial_types::calendar::Zone;
use perennial_types::condition::Segments;

use super::*;

/// Names of the customers who satisfy a condition, in every layout.
fn names_in(world: &World, text: &str, as_of: &str, zone: &str) -> Result<String, String> {
    let condition: CustomerCondition =
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    let condition = condition.inlined(&Segments::new()).map_err(|error| error.to_string())?;
    let asked = Asked { condition, as_of: instant(as_of), zone: Zone::named(zone).unwrap() };
    in_every_layout(world, |source| {
        match block_on(members(&session(), source, std::slice::from_ref(&asked))) {
            Ok(found) => {
                let keys = found[0].keys();
                assert_eq!(keys.len(), found[0].len());
                Ok(keys.iter().map(|key| world.name_of(*key)).collect::<Vec<_>>().join(" "))
            }
            Err(AskError::Refused(refusal)) => Err(refusal.code),
            Err(other) => Err(other.to_string()),
        }
    })
}

fn check(world: &World, as_of: &str, cases: &[(&str, &str)]) {
    for (text, names) in cases {
        assert_eq!(names_in(world, text, as_of, "UTC").as_deref(), Ok(*names), "{text}");
    }
}

/// Known on the 10th of December, at midnight: the last day is the 9th.
fn shop() -> World {
    world(
        "anna  2011-01-05,2011-06-05,2011-12-01  order  amount=50 currency=GBP country=UK
         bert  2011-06-10                        order  amount=200 currency=GBP country=France
         bert  2011-12-09T23                     view
         cora  2011-12-08                        view   country=UK
         cora  2011-12-09                        signup country=Spain
         dora  2011-12-10                        order  amount=10 currency=GBP
         emil  2010-05-01,2011-11-30             order  amount=1 currency=GBP
         emil  2011-12-01                        refund amount=1 currency=GBP",
    )
}

#[test]
fn every_condition_means_what_it_says() {
    check(
        &shop(),
        "2011-12-10",
        &[
            ("everyone", "anna bert cora emil"),
            ("any()", ""),
            ("did order", "anna bert emil"),
            ("never did order", "cora"),
            ("never did anything", "anna bert cora emil"),
            ("did order at least 2 times", "anna emil"),
            ("did order exactly 1 time", "bert"),
            ("did order exactly 0 times", "cora"),
            ("did order at most 1 time", "bert cora"),
            ("did order within 10 days", "anna emil"),
            ("did order within 9 days", "anna"),
            ("did order within 8 days", ""),
            ("did not order within 9 days", "bert cora emil"),
            ("did order from 2011-06-05 to 2011-06-10", "anna bert"),
            ("did order until 2010-12-31", "emil"),
            ("did order from 2011-12-01", "anna"),
            ("did view within 1 hour", "bert"),
            ("first order within 1 year", "anna bert"),
            ("last order more than 30 days ago", "bert"),
            ("last order between 1 year and 9 days ago", "bert emil"),
            ("stopped order for 30 days", "bert"),
            ("stopped order for 9 days within 20 days", "emil"),
            ("restarted order after 170 days within 30 days", "anna emil"),
            ("restarted order after 180 days within 30 days", "emil"),
            ("regularly order in at least 2 of last 12 months", "anna"),
            ("regularly order in at least 1 of last 1 quarter", "anna emil"),
            ("sequence order then refund within 1 day", "emil"),
            ("sequence order then refund within 23 hours", ""),
            ("sequence order then order after 100 days then order after 100 days", "anna"),
            ("sequence order then refund all within 5 days", ""),
            ("sum(amount) of order >= 150", "anna bert"),
            ("sum(amount) of order = 0", "cora"),
            ("mean(amount) of order <= 50", "anna emil"),
            ("mean(amount) of order != 50", "bert emil"),
            ("max(amount) of order within 30 days > 1", "anna"),
            ("min(amount) of order < 2", "emil"),
            ("trait country = \"UK\"", "anna"),
            ("trait country = \"UK\" as of 2011-12-08", "anna cora"),
            ("trait country != \"UK\"", "bert cora emil"),
            ("trait country is not set", "emil"),
            ("not (did order or did view)", ""),
            ("did order and did view", "bert"),
            ("did order | refund at least 3 times", "anna emil"),
            ("did order where amount > 100", "bert"),
        ],
    );
}

#[test]
fn a_customer_exists_from_the_first_row_on() {
    check(&shop(), "2011-12-10T00:00:00.000001Z", &[("never did view", "anna dora emil")]);
    check(&shop(), "2011-12-10", &[("never did view", "anna emil")]);
    check(&shop(), "2010-05-01", &[("everyone", "")]);
    check(&world(""), "2011-12-10", &[("everyone", ""), ("never did order", "")]);
}

#[test]
fn windows_hold_their_first_instant_and_not_their_last() {
    let order =
        |instant: &str| world(&format!("anna {instant} order amount=1\nbert 2000-01-01 view"));
    for (instant, text, is_in) in [
        ("2011-11-10", "did order within 30 days", true),
        ("2011-11-09T23:59:59.999999", "did order within 30 days", false),
        ("2011-11-09T23:59:59.999999", "last order more than 30 days ago", true),
        ("2011-11-10", "last order more than 30 days ago", false),
        ("2011-12-09T23:59:59.999999", "did order within 1 hour", true),
        ("2011-12-09T23:00", "did order within 1 hour", true),
        ("2011-12-09T22:59:59.999999", "did order within 1 hour", false),
        ("2011-12-10", "did order", false),
        ("2011-06-30T23:59:59.999999", "did order from 2011-06-30 to 2011-06-30", true),
        ("2011-07-01", "did order from 2011-06-30 to 2011-06-30", false),
        ("2011-10-11", "did order between 60 days and 30 days ago", true),
        ("2011-11-10", "did order between 60 days and 30 days ago", false),
    ] {
        let expected = if is_in { "anna" } else { "" };
        let found = names_in(&order(instant), text, "2011-12-10", "UTC");
        assert_eq!(found.as_deref(), Ok(expected), "{instant}: {text}");
    }
}

#[test]
fn days_are_those_of_the_zone() {
    // Midnight in Shanghai is 16:00 UTC of the day before.
    let world = world("anna 2011-12-08T15:59 order\nbert 2011-12-08T16:00 order");
    let found = |zone| names_in(&world, "did order within 2 days", "2011-12-10T00:00", zone);
    assert_eq!(found("Asia/Shanghai").as_deref(), Ok("bert"));
    assert_eq!(found("UTC").as_deref(), Ok("anna bert"));
}

#[test]
fn an_order_is_one_occurrence_at_its_earliest_line() {
    let world = world(
        "anna 2011-12-01,2011-12-05 order order=A item=tea amount=60 currency=GBP
         bert 2011-12-01 order order=B item=cup amount=60 currency=GBP
         bert 2011-12-05 order order=B item=tea amount=70 currency=GBP
         cora 2011-12-01 order item=tea amount=60 currency=GBP
         cora 2011-12-05 order item=tea amount=60 currency=GBP
         dora 2011-12-05 order order=A item=pot amount=5 currency=GBP
         dora 2011-12-05 refund order=A amount=5 currency=GBP",
    );
    check(
        &world,
        "2011-12-10",
        &[
            ("did order exactly 1 time", "anna bert dora"),
            ("did order within 6 days", "cora dora"),
            ("did order where item = \"tea\" within 6 days", "cora"),
            ("did order where item = \"tea\"", "anna bert cora"),
            ("did order where amount > 100", "anna bert"),
            ("sum(amount) of order = 130", "bert"),
            ("mean(amount) of order = 120", "anna"),
            ("sequence order then order", "cora"),
            ("sequence order then refund", ""),
            ("did *  exactly 2 times", "cora dora"),
        ],
    );
    // A line that comes later is not known before it comes.
    check(
        &world,
        "2011-12-04",
        &[("did order where amount > 100", ""), ("sum(amount) of order = 60", "anna bert cora")],
    );
}

#[test]
fn steps_are_strictly_later_and_gaps_include_their_ends() {
    let world = world(
        "anna 2011-12-01 view\nanna 2011-12-01 order
         bert 2011-12-01 view\nbert 2011-12-02 order
         cora 2011-12-01,2011-12-03 view\ncora 2011-12-04 order
         dora 2011-12-02 order\ndora 2011-12-03 view",
    );
    check(
        &world,
        "2011-12-10",
        &[
            ("sequence view then order", "bert cora"),
            ("sequence view then order within 1 day", "bert cora"),
            ("sequence view then order within 23 hours", ""),
            ("sequence view then order after 2 days", "cora"),
            ("sequence view then order after 1 day within 1 day", "bert cora"),
            ("sequence view then view then order", "cora"),
        ],
    );
}

#[test]
fn money_of_two_currencies_is_not_compared() {
    let world = world(
        "anna 2011-12-01 order amount=60 currency=GBP
         bert 2011-12-01 order amount=60 currency=EUR",
    );
    let refused = |text| names_in(&world, text, "2011-12-10", "UTC");
    assert_eq!(refused("sum(amount) of order > 1"), Err("mixed_currencies".to_owned()));
    assert_eq!(refused("did view or max(amount) of order > 1"), Err("mixed_currencies".to_owned()));
    assert_eq!(refused("sum(amount) of order where currency = \"EUR\" > 1").as_deref(), Ok("bert"));
    let both = "sum(amount) of order where currency = \"EUR\" > 1 or sum(amount) of order where currency = \"GBP\" > 1";
    assert_eq!(refused(both).as_deref(), Ok("anna bert"));
    assert_eq!(
        refused("sum(amount) of order within 1 day > 1").as_deref(),
        Ok(""),
        "nothing to mix"
    );
}

#[test]
fn a_segment_left_in_is_an_error_not_nobody() {
    let asked = Asked {
        condition: CustomerCondition::Segment("vip".to_owned()),
        as_of: 0,
        zone: Zone::utc(),
    };
    let source = shop().source(perennial_testkit::Layout::ONE);
    let error = block_on(members(&session(), &source, &[asked])).unwrap_err();
    assert!(error.to_string().contains("`vip`"));
}

#[test]
fn a_segment_is_made_of_any_cell_and_stays_live() {
    let shop = shop();
    let cell = |cell: &str| format!("in answer rfm {{\"scoring\":\"mean\",\"cell\":{cell}}}");
    let gone = cell("{\"class\":\"important_win_back\"}");
    // Mean days since the last order on the 9th of December are 66, mean purchases 2, mean money 117.
    check(
        &shop,
        "2011-12-10",
        &[
            (&cell("{\"scores\":\"221\"}"), "emil"),
            (&cell("{\"scores\":\"222\"}"), "anna"),
            (&gone, "bert"),
            (&format!("{gone} or did view"), "bert cora"),
            (&format!("not ({gone}) and never did order"), "cora"),
            (
                "in answer lifecycle {\"population\":\"buyers\",\"cell\":{\"period\":\"2011-12-01\",\"set\":\"resurrecting\"}}",
                "anna",
            ),
        ],
    );
    // As of June there is another mean, and bert is the latest and the largest.
    check(&shop, "2011-07-01", &[(&cell("{\"scores\":\"212\"}"), "bert")]);
    for (text, needle) in [
        ("in answer rfn {\"cell\":{\"quiet\":true}}", "no insight is called `rfn`"),
        ("in answer rfm {\"cell\":{\"class\":\"best\"}}", "no class is called `best`"),
    ] {
        let error = names_in(&shop, text, "2011-12-10", "UTC").unwrap_err();
        assert!(error.contains(needle), "{error}");
    }
}
