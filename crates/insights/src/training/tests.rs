//! Small worlds whose labels can be told by hand; random ones are in [`oracle`].

mod oracle;

use perennial_engine::source::{RunSource, SourceFacts};
use perennial_testkit::{World, block_on, in_every_layout, instant, session, world};
use serde_json::{Value, json};

use super::{Sample, SampleQuestion, Sampling};
use crate::insight::AskError;

fn question(fields: Value) -> SampleQuestion {
    serde_json::from_value(fields).unwrap()
}

/// The sample of a world, or why there is none; whatever the layout.
fn sample_of(
    world: &World,
    as_of: &str,
    take: impl Fn(i64, &SourceFacts) -> Result<Sampling, AskError>,
) -> Result<Sample, String> {
    let found = std::cell::RefCell::new(None);
    let shown = in_every_layout(world, |source| {
        let taken = take(instant(as_of), &source.facts()).and_then(|sampling| {
            let partials = block_on(session().run(source, &sampling.folds()))?;
            sampling.read(partials)
        });
        match taken {
            Ok(sample) => {
                let shown = format!("{sample:?}");
                *found.borrow_mut() = Some(sample);
                Ok(shown)
            }
            Err(AskError::Refused(refusal)) => Err(format!("{}: {refusal}", refusal.code)),
            Err(other) => Err(other.to_string()),
        }
    });
    shown.map(|_| found.into_inner().unwrap())
}

fn past(world: &World, as_of: &str, fields: Value) -> Result<Sample, String> {
    let question = question(fields);
    sample_of(world, as_of, |as_of, facts| Sampling::new(&question, as_of, facts))
}

/// `customer cut stays|left|?`, one line per row.
fn labels(world: &World, sample: &Sample) -> Vec<String> {
    let rows = sample.customers.iter().zip(&sample.cut_of).zip(&sample.left);
    let line =
        |((customer, cut), left): ((&perennial_types::key::CustomerKey, &u32), &Option<bool>)| {
            let word = left.map_or("?", |left| if left { "left" } else { "stayed" });
            format!("{} {} {word}", world.name_of(customer.0), sample.cuts[*cut as usize].date)
        };
    rows.map(line).collect()
}

#[test]
fn silence_is_leaving_and_only_those_at_risk_have_a_row() {
    let shop = world(
        "anna 2021-03-01,2021-03-25,2021-04-10 order amount=10 currency=EUR
         bert 2021-03-20            order amount=10 currency=EUR
         bert 2021-04-02            view
         cora 2021-02-01,2021-04-20 order amount=10 currency=EUR
         dora 2021-04-05            order amount=10 currency=EUR",
    );
    let fields = json!({"cuts": ["2021-03-31"], "horizon_days": 30});
    let found = past(&shop, "2021-05-01T00:00:00Z", fields.clone()).unwrap();
    assert_eq!(
        labels(&shop, &found),
        ["anna 2021-03-31 stayed", "bert 2021-03-31 left"],
        "cora was silent in March, dora unknown; a view is no order"
    );
    assert_eq!(found.revenue_past_year, [Some(20.0), Some(10.0)]);
    assert!(found.features.iter().any(|feature| feature.name == "orders"));
    assert!(!found.features.iter().any(|feature| feature.name == "votes"), "nobody ever voted");
    let longer = json!({"cuts": ["2021-03-31"], "horizon_days": 30, "active_within_days": 59});
    let found = past(&shop, "2021-05-01T00:00:00Z", longer).unwrap();
    assert_eq!(labels(&shop, &found)[2], "cora 2021-03-31 stayed", "1 February is the 59th day");
    let open = past(&shop, "2021-04-30T00:00:00Z", fields).unwrap_err();
    assert!(open.starts_with("no_complete_horizon"), "{open}");
}

#[test]
fn an_embargo_hides_what_comes_too_soon_to_act_on() {
    let shop = world(
        "anna 2021-03-25,2021-04-05            order amount=10 currency=EUR
         bert 2021-03-25,2021-04-08            order amount=10 currency=EUR",
    );
    let with = |embargo: u32| {
        let fields = json!({"cuts": ["2021-03-31"], "horizon_days": 30, "embargo_days": embargo});
        labels(&shop, &past(&shop, "2021-05-01T00:00:00Z", fields).unwrap())
    };
    assert_eq!(with(0), ["anna 2021-03-31 stayed", "bert 2021-03-31 stayed"]);
    assert_eq!(with(5), ["anna 2021-03-31 left", "bert 2021-03-31 stayed"], "up to 5 April");
}

#[test]
fn where_an_event_says_leaving_silence_does_not() {
    let club = world(
        "anna 2021-03-30 visit
         bert 2021-03-30 visit
         bert 2021-04-20 cancel
         cora 2021-03-30 visit
         cora 2021-03-31 cancel
         dora 2021-03-01 visit
         dora 2021-03-02 cancel
         dora 2021-03-15 visit
         emma 2021-03-20 visit
         emma 2021-04-02 cancel",
    );
    let fields = json!({"cuts": ["2021-03-31"], "horizon_days": 30, "embargo_days": 5,
        "stays": {"event": "visit"}, "leaves": {"event": "cancel"}});
    let found = past(&club, "2021-05-01T00:00:00Z", fields).unwrap();
    assert_eq!(
        labels(&club, &found),
        [
            "anna 2021-03-31 stayed",
            "bert 2021-03-31 left",
            "dora 2021-03-31 stayed",
            "emma 2021-03-31 ?"
        ],
        "cora had left, dora came back, emma leaves before anything can be done"
    );
}

#[test]
fn an_order_is_what_its_lines_make_it_at_the_time() {
    let shop = world(
        "anna 2021-03-30 order order=A amount=10 currency=EUR
         anna 2021-04-02 order order=A amount=90 currency=EUR
         bert 2021-03-30 order order=B amount=100 currency=EUR
         bert 2021-04-29 order order=C amount=10 currency=EUR
         bert 2021-05-02 order order=C amount=90 currency=EUR",
    );
    let large = json!({"event": "order", "where": {"field": "amount", "op": ">=", "value": 100}});
    let fields = json!({"cuts": ["2021-03-31"], "horizon_days": 30, "stays": large});
    let found = past(&shop, "2021-06-01T00:00:00Z", fields).unwrap();
    assert_eq!(labels(&shop, &found), ["bert 2021-03-31 left"], "A and C were small by then");
    let any = json!({"cuts": ["2021-03-31"], "horizon_days": 30});
    let found = past(&shop, "2021-06-01T00:00:00Z", any).unwrap();
    assert_eq!(labels(&shop, &found), ["anna 2021-03-31 left", "bert 2021-03-31 stayed"]);
}

#[test]
fn cuts_are_chosen_so_that_horizons_follow_each_other() {
    let shop =
        world("anna 2021-01-01,2021-02-15,2021-03-15,2021-04-15 order amount=1 currency=EUR");
    let fields = json!({"horizon_days": 30});
    let found = past(&shop, "2021-05-01T00:00:00Z", fields.clone()).unwrap();
    let dates = |sample: &Sample| {
        sample
            .cuts
            .iter()
            .map(|cut| format!("{} {}", cut.date, cut.horizon_end))
            .collect::<Vec<_>>()
    };
    assert_eq!(dates(&found), ["2021-03-01 2021-03-31", "2021-03-31 2021-04-30"]);
    let question = question(fields);
    let with_now = sample_of(&shop, "2021-05-01T00:00:00Z", |as_of, facts| {
        Sampling::new(&question, as_of, facts)?.and_now()
    });
    let with_now = with_now.unwrap();
    assert_eq!(dates(&with_now).last().unwrap(), "2021-04-30 2021-05-30");
    assert_eq!(with_now.left.last(), Some(&None));
    let now = sample_of(&shop, "2021-05-01T00:00:00Z", |as_of, facts| {
        Sampling::now(&question, as_of, facts)
    });
    assert_eq!(labels(&shop, &now.unwrap()), ["anna 2021-04-30 ?"]);
}

#[test]
fn questions_that_are_none_are_refused() {
    let shop = world("anna 2021-01-01,2021-04-15 order amount=1 currency=EUR");
    let says = |fields: Value| past(&shop, "2021-05-01T00:00:00Z", fields).unwrap_err();
    for (fields, word) in [
        (json!({"horizon_days": 0}), "horizon_days"),
        (json!({"horizon_days": 30, "embargo_days": 30}), "embargo_days"),
        (json!({"active_within_days": 0}), "active_within_days"),
        (json!({"features": ["ordres"]}), "ordres"),
        (json!({"cuts": ["2021-06-01"]}), "2021-06-01"),
        (json!({"horizon_days": 90}), "no_complete_horizon"),
        (json!({"horizon_days": 20, "stays": {"event": "visit"}}), "nobody_at_risk"),
    ] {
        let found = says(fields.clone());
        assert!(found.contains(word), "{fields}: {found}");
    }
    let nothing = past(&world(""), "2021-05-01T00:00:00Z", json!({})).unwrap_err();
    assert!(nothing.starts_with("no_complete_horizon"), "{nothing}");
}

#[test]
fn rare_categories_beyond_what_a_model_tells_apart_are_one() {
    let mut text = String::new();
    for number in 0..400 {
        let channel = if number < 100 { 0 } else { number };
        text += &format!(
            "c{number} 2021-03-20 order amount={number} currency=EUR channel=n{channel}\n"
        );
    }
    text += "c1 2021-04-02 order amount=1 currency=EUR";
    let shop = world(&text);
    let fields = json!({"cuts": ["2021-03-31"], "horizon_days": 30, "features": ["last_channel"]});
    let found = past(&shop, "2021-05-01T00:00:00Z", fields).unwrap();
    let column = &found.table.columns()[0];
    let perennial_models::learn::Values::Categories { codes, labels } = &column.values else {
        panic!("channels are categories")
    };
    assert_eq!(labels.len(), perennial_models::learn::MAX_CATEGORIES);
    assert_eq!(labels[codes[0] as usize], "n0");
    assert_eq!(labels[codes[399] as usize], "(other)");
}
