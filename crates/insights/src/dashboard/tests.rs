//! What a dashboard is, what it asks, and that no tile takes another with it.

use perennial_testkit::{Layout, World, block_on, in_every_layout, session, world};
use perennial_types::condition::Segments;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use super::*;
use crate::ask::{ask_all_knowing, ask_knowing};
use crate::insight::AskError;
use crate::reply::Reply;

const AS_OF: &str = "2011-12-10T00:00:00Z";

fn as_of() -> Timestamp {
    AS_OF.parse().unwrap()
}

fn shop() -> World {
    world(
        "anna  2011-01-05T10:00Z,2011-02-02,2011-03-03  order  order=A amount=12.50 currency=EUR country=DE
         anna  2011-01-04                               view   country=DE
         bert  2011-01-20,2011-01-21,2011-04-01         view   country=FR
         cleo  2011-02-11                               order  order=C amount=3 currency=EUR country=FR",
    )
}

fn board() -> Value {
    json!({
        "name": "shop", "title": {"en": "The shop", "zh": "店铺"}, "owner": "ann@shop.example",
        "filters": {"from": "2011-01-01", "to": "2011-06-30", "population": "buyers"},
        "tiles": [
            {"title": "Who comes back", "kind": "retention", "question": {"period": "month"}, "width": 12},
            {"title": {"en": "How often", "zh": "频率"}, "kind": "stickiness", "show": "table", "place": 1},
        ],
    })
}

fn refused(change: impl Fn(&mut Value)) -> DashboardError {
    let mut value = board();
    change(&mut value);
    Dashboard::read(&value).unwrap_err()
}

#[test]
fn a_dashboard_is_read_and_written_the_same() {
    let dashboard = Dashboard::read(&board()).unwrap();
    assert_eq!(json!(dashboard), board());
    assert_eq!(dashboard.tiles[0].title.text(), Text::new("Who comes back", "Who comes back"));
    assert_eq!((dashboard.tiles[1].width, dashboard.tiles[1].show), (6, Show::Table));
    dashboard.check(&Segments::new(), as_of()).unwrap();
}

#[test]
fn what_is_wrong_is_said_with_its_tile_and_field() {
    let cases: [(fn(&mut Value), &str, &str); 12] = [
        (|board| *board = json!([1]), "a dashboard is an object, not `[1]`", "export overview"),
        (|board| board["tils"] = json!([]), "unknown field `tils`", "export overview"),
        (|board| board["title"] = json!(""), "`title` is `\"\"`", "1 to 200"),
        (|board| board["title"] = json!({"en": "x"}), "`title` is `{\"en\":\"x\"}`", ""),
        (
            |board| board["filters"]["fro"] = json!(1),
            "`filters`: unknown field `fro`",
            "from, to, as_of",
        ),
        (
            |board| board["filters"]["from"] = json!("soon"),
            "`filters`: `from` is `\"soon\"`",
            "filters are",
        ),
        (
            |board| board["filters"]["fiscal_year_start"] = json!(13),
            "`fiscal_year_start` is `13`",
            "1 to 12",
        ),
        (|board| board["tiles"] = json!([]), "`tiles` has `0` of them", "1 to 64"),
        (
            |board| board["tiles"][1]["width"] = json!(13),
            "tile 2 (`How often`): `width` is `13`",
            "1 to 12",
        ),
        (
            |board| board["tiles"][1]["kind"] = json!("stikiness"),
            "tile 2 (`How often`): `kind`: no insight is called `stikiness`",
            "did you mean `stickiness`?",
        ),
        (
            |board| board["tiles"][0]["widht"] = json!(3),
            "tile 1 (`Who comes back`): unknown field `widht`",
            "export",
        ),
        (
            |board| board["tiles"][0] = json!({"kind": "rfm"}),
            "tile 1: missing field `title`",
            "export",
        ),
    ];
    for (change, message, hint) in cases {
        let error = refused(change);
        assert!(error.to_string().contains(message), "{error}");
        assert!(error.hint().contains(hint), "{error}: {}", error.hint());
    }
    let mut many = board();
    many["tiles"] = vec![board()["tiles"][0].clone(); MAX_TILES + 1].into();
    assert!(Dashboard::read(&many).unwrap_err().to_string().contains("`65`"));
}

#[test]
fn a_question_that_is_none_is_found_before_it_is_kept() {
    let check = |question: Value| {
        let mut value = board();
        value["tiles"][1]["question"] = question;
        Dashboard::read(&value).unwrap().check(&Segments::new(), as_of())
    };
    check(json!({"period": "week"})).unwrap();
    let unknown = check(json!({"perod": "week"})).unwrap_err().to_string();
    assert!(
        unknown.starts_with("tile 2 (`How often`): `question`: unknown field `perod`"),
        "{unknown}"
    );
    let segment = check(json!({"who": "in segment gold"})).unwrap_err();
    assert!(segment.to_string().contains("no segment is called `gold`"), "{segment}");
    let gold = [("gold".to_owned(), "did order".parse().unwrap())].into();
    let mut value = board();
    value["filters"]["who"] = json!("in segment gold");
    let dashboard = Dashboard::read(&value).unwrap();
    dashboard.check(&gold, as_of()).unwrap();
    assert_eq!(dashboard.segment_names(), ["gold"]);
}

#[test]
fn a_tile_keeps_its_own_fields_and_says_which_filters_do_not_reach_it() {
    let mut value = board();
    value["filters"]["breakdown"] = json!([{"field": "properties.country"}]);
    value["filters"]["week_start"] = json!("sunday");
    value["tiles"][0]["question"] = json!({"from": "2011-02-01", "to": null});
    value["tiles"][1]["kind"] = json!("path");
    let dashboard = Dashboard::read(&value).unwrap();
    let given = Filters { population: Some(Population::Everyone), ..Filters::default() };
    let asked = dashboard.asked(&given, as_of());
    assert_eq!(
        asked[0].question,
        json!({
            "from": "2011-02-01", "to": "2011-06-30", "as_of": AS_OF, "week_start": "sunday",
            "population": "everyone", "breakdown": [{"field": "properties.country"}],
        })
    );
    assert!(asked[0].left_out.is_empty());
    assert_eq!(
        asked[1].question,
        json!({
            "from": "2011-01-01", "to": "2011-06-30", "as_of": AS_OF, "population": "everyone",
            "breakdown": [{"field": "properties.country"}],
        })
    );
    assert_eq!(asked[1].left_out, ["week_start"]);
}

#[test]
fn the_filters_are_named_as_they_are_written() {
    let all = Filters {
        from: Some("2011-01-01".parse().unwrap()),
        to: Some("2011-01-31".parse().unwrap()),
        as_of: Some(as_of()),
        zone: Some(Zone::utc()),
        week_start: Some(Weekday::Sunday),
        fiscal_year_start: Some(4),
        period: Some(json!("week")),
        population: Some(Population::Buyers),
        who: Some(json!("did order")),
        breakdown: Some(Vec::new()),
        top: Some(3),
    };
    let written = json!(all);
    assert_eq!(written.as_object().unwrap().keys().collect::<Vec<_>>(), FILTER_NAMES);
    assert_eq!(Filters::read(&written).unwrap(), all);
    assert_eq!(Filters::default().over(&all), all);
    assert_eq!(all.clone().over(&Filters { top: Some(9), ..Filters::default() }), all);
}

#[test]
fn every_kind_can_be_told_its_end_and_its_zone() {
    for insight in crate::all() {
        let fields = insight.shapes().question_fields();
        for name in ["as_of", "zone"] {
            assert!(
                fields.iter().any(|field| field == name),
                "`{}` has no `{name}`",
                insight.kind()
            );
        }
    }
}

/// The replies of a dashboard's tiles.
fn replies(
    dashboard: &Dashboard,
    source: &dyn perennial_engine::source::RunSource,
) -> Vec<Result<Value, String>> {
    let asked = dashboard.asked(&Filters::default(), as_of());
    let questions: Vec<(String, Value)> =
        asked.into_iter().map(|tile| (tile.kind, tile.question)).collect();
    let replies = block_on(ask_all_knowing(&session(), source, &Segments::new(), &questions));
    replies.into_iter().map(told).collect()
}

fn told(reply: Result<Reply, AskError>) -> Result<Value, String> {
    reply.map(|reply| reply.answer.into_tree()).map_err(|error| error.to_string())
}

#[test]
fn the_overview_is_eight_kinds_and_is_answered_whatever_there_is() {
    let overview = overview();
    assert_eq!(Dashboard::read(&json!(overview)).unwrap(), overview);
    overview.check(&Segments::new(), as_of()).unwrap();
    let mut kinds: Vec<&str> = overview.tiles.iter().map(|tile| tile.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), 8);
    for world in [world(""), world("bert 2011-01-20,2011-04-01 view country=FR"), shop()] {
        let answers = in_every_layout(&world, |source| replies(&overview, source));
        for (tile, answer) in overview.tiles.iter().zip(answers) {
            let answer = answer.unwrap_or_else(|error| panic!("{}: {error}", tile.kind));
            crate::named(&tile.kind).unwrap().present(&answer).unwrap();
        }
    }
}

#[test]
fn one_tile_takes_no_other_with_it() {
    let mut dashboard = overview();
    let whole = replies(&dashboard, &shop().source(Layout::ONE));
    dashboard.tiles[1].question.insert("period".to_owned(), json!("fortnight"));
    let broken = replies(&dashboard, &shop().source(Layout::ONE));
    assert!(broken[1].as_ref().unwrap_err().contains("fortnight"));
    for place in [0, 2, 3, 4, 5, 6, 7] {
        assert_eq!(broken[place], whole[place]);
    }
    // Two currencies refuse the money of one tile.
    let mixed = world(
        "anna 2011-01-05 order order=A amount=12 currency=EUR
         bert 2011-01-06 order order=B amount=9 currency=USD",
    );
    let refused = replies(&overview(), &mixed.source(Layout::ONE));
    let wrong: Vec<usize> = (0..8).filter(|place| refused[*place].is_err()).collect();
    assert_eq!(wrong, [4], "{:?}", refused.into_iter().map(Result::err).collect::<Vec<_>>());
}

/// Any filters of a shop, and any tiles with some fields of their own.
fn dashboards() -> impl Strategy<Value = Dashboard> {
    let filters = (
        subsequence(vec!["from", "to", "population", "zone", "week_start", "who", "top"], 0..=7),
        select(vec!["everyone", "buyers", "net_buyers"]),
        select(vec!["UTC", "Asia/Shanghai", "America/St_Johns"]),
    );
    let filters = filters.prop_map(|(names, population, zone)| {
        let all = json!({
            "from": "2011-01-01", "to": "2011-04-30", "population": population, "zone": zone,
            "week_start": "sunday", "who": "did view or did order", "top": 2,
        });
        let picked = names.into_iter().map(|name| (name.to_owned(), all[name].clone()));
        Filters::read(&Value::Object(picked.collect())).unwrap()
    });
    let tiles = subsequence((0..8).collect::<Vec<usize>>(), 1..=8);
    let own = proptest::option::of(select(vec![
        ("zone", json!("Europe/Berlin")),
        ("population", json!("everyone")),
        ("to", json!("2011-03-31")),
    ]));
    (filters, tiles, own).prop_map(|(filters, places, own)| {
        let mut dashboard = Dashboard { filters, ..overview() };
        let all = std::mem::take(&mut dashboard.tiles);
        dashboard.tiles = places.into_iter().map(|place| all[place].clone()).collect();
        if let (Some((name, value)), Some(tile)) = (own, dashboard.tiles.first_mut()) {
            tile.question.insert(name.to_owned(), value);
        }
        dashboard
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// A tile's answer is that of its question asked alone, with the filters written in by hand.
    #[test]
    fn asked_together_or_alone_is_the_same(dashboard in dashboards()) {
        let source = shop().source(Layout { n_buckets: 2, n_partitions: 2, batch_rows: 2 });
        let together = replies(&dashboard, &source);
        let shared = json!(dashboard.filters);
        for (tile, reply) in dashboard.tiles.iter().zip(together) {
            let mut question = json!({"as_of": AS_OF});
            let fields = crate::named(&tile.kind).unwrap().shapes().question_fields();
            for (name, value) in shared.as_object().unwrap() {
                if name == "who" || fields.contains(name) {
                    question[name] = value.clone();
                }
            }
            for (name, value) in &tile.question {
                question[name] = value.clone();
            }
            let (session, segments) = (session(), Segments::new());
            let alone = ask_knowing(&session, &source, &segments, &tile.kind, &question);
            prop_assert_eq!(reply, told(block_on(alone)), "{} {}", &tile.kind, question);
        }
    }

    /// Written and read again, a dashboard is the same, whatever its titles hold.
    #[test]
    fn written_and_read_again_it_is_the_same(mut dashboard in dashboards(), title in "[^\\p{C}\\s]{1,20}") {
        dashboard.title = Title::Same(title.clone());
        dashboard.tiles[0].title = Title::each(&title, "店铺");
        prop_assert_eq!(Dashboard::read(&json!(dashboard)), Ok(dashboard));
    }
}
