//! Texts, JSON and words of conditions; what they mean is tested where they are evaluated.

use jiff::civil::date;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use rust_decimal::Decimal;

use super::*;
use crate::calendar::{Calendar, Micros, Weekday, Zone};
use crate::filter::{Language, Value};

fn read(text: &str) -> CustomerCondition {
    text.parse().unwrap_or_else(|error: ConditionError| panic!("{text}\n{error}\n{}", error.hint()))
}

/// Every form of the language, as it is printed.
const FORMS: [&str; 32] = [
    "everyone",
    "did order",
    "did order | refund where (amount > 100 and currency = \"GBP\") at least 3 times within 90 days",
    "did not order within 48 hours",
    "never did order",
    "did order exactly 1 time from 2011-01-01 to 2011-06-30",
    "did order at most 2 times until 2011-06-30",
    "did * from 2011-01-01",
    "first order within 1 month",
    "last order more than 90 days ago",
    "last order between 180 days and 90 days ago",
    "regularly order in at least 3 of last 4 months",
    "regularly order 2 times in at least 3 of last 4 weeks",
    "stopped order for 90 days",
    "stopped order for 90 days within 1 year",
    "restarted order after 90 days within 30 days",
    "sequence view then order within 7 days",
    "sequence view where item starts with \"A\" then order after 1 hour within 7 days then refund all within 1 year",
    "sum(amount) of order within 1 year >= 1000.5",
    "mean(properties.score) of survey < 3",
    "max(quantity) of * = -1",
    "in segment vip",
    "not in segment \"gold and silver\"",
    "trait properties.country in (\"UK\", \"法国\") as of 2011-06-30",
    "trait properties.age is not set",
    "did order and (never did refund or in segment vip)",
    "not (did order and did view)",
    "did \"where\" where \"properties.first name\" = \"O\\\"Neil \\\\\"",
    "did order where (not (item contains \"tea\") or properties.gift = true)",
    "all(any())",
    "in answer rfm {\"cell\":{\"class\":\"at_risk\"}}",
    "not (in answer churn {\"active\":{\"trailing_days\":90},\"cell\":{\"age\":1}}) and did order",
];

#[test]
fn every_form_reads_back_as_it_is_written() {
    for text in FORMS {
        let condition = read(text);
        assert_eq!(condition.to_string(), text);
        let json = serde_json::to_value(&condition).unwrap();
        assert_eq!(CustomerCondition::from_json(&json).unwrap(), condition, "{json}");
        let as_text: CustomerCondition = serde_json::from_value(json!(text)).unwrap();
        assert_eq!(as_text, condition, "a text is a condition in JSON too");
    }
}

use serde_json::json;

#[test]
fn other_spellings_mean_the_same() {
    for (one, other) in [
        ("did order ever", "did order"),
        ("DID order AND NOT did refund", "did order and never did refund"),
        ("did order at least 1 times", "did order"),
        ("not in segment vip", "not (in segment vip)"),
        ("did order\n  where amount > 1.50", "did order where amount > 1.5"),
        ("did \"order\"", "did order"),
        ("did order where country = \"UK\"", "did order where properties.country = \"UK\""),
        ("did a and did b or did c", "(did a and did b) or did c"),
    ] {
        assert_eq!(read(one), read(other), "{one}");
    }
    assert_eq!(read("did a and did b or did c").to_string(), "(did a and did b) or did c");
}

#[test]
fn errors_point_at_the_place_and_say_what_could_stand_there() {
    for (text, column, needles) in [
        (
            "did order witin 30 days",
            11,
            &["`within`", "found `witin`", "did you mean `within`"][..],
        ),
        ("dd order", 1, &["`did`", "found `dd`"]),
        ("did order within thirty days", 18, &["a whole number", "found `thirty`"]),
        ("did order within 30 dayz", 21, &["days", "did you mean `days`"]),
        ("did order at least 3 within 2 days", 22, &["`times`"]),
        ("did order and", 14, &["found the end"]),
        ("did order where amount => 3", 25, &["a number", "found `>`"]),
        ("did order where amount > \"much\"", 17, &["give a number"]),
        ("did within", 5, &["stands in quotes"]),
        ("(did order", 11, &["`)`", "found the end"]),
        ("did order within 0 days", 18, &["not a length of time"]),
        ("did order from 2011-02-30", 16, &["a date"]),
        ("did order from 2011-06-30 to 2011-01-01", 1, &["ends before it begins"]),
        ("regularly order in at least 5 of last 4 weeks", 1, &["at least `5` of `4`"]),
        ("did \"order", 5, &["closing"]),
        ("did order; drop", 10, &["found `;`"]),
        ("sum(item) of order > 3", 1, &["holds no numbers"]),
        ("trait amount > 3", 1, &["is not a trait"]),
        ("sequence view", 14, &["`then`"]),
        ("did 北京 witin 3 days", 8, &["found `witin`"]),
    ] {
        let error = text.parse::<CustomerCondition>().unwrap_err();
        let told = format!("{error} | {}", error.hint());
        assert!(told.contains(&format!("column {column}:")), "{text}: {told}");
        for needle in needles {
            assert!(told.contains(needle), "{text}: {told}");
        }
    }
    let error = "did order\n  or did view witin 3 days".parse::<CustomerCondition>().unwrap_err();
    assert!(error.to_string().starts_with("line 2, column 15:"), "{error}");
    assert!(
        error.hint().ends_with("    or did view witin 3 days\n                ^"),
        "{}",
        error.hint()
    );
}

#[test]
fn json_that_means_nothing_is_named() {
    for (json, needle) in [
        (json!({"dod": {"event": "order"}}), "one of `all`"),
        (json!({"did": {"event": "order"}, "tims": {"at_least": 2}}), "tims"),
        (json!({"all": {}}), "takes a list"),
        (json!({"segment": "vip", "window": "ever"}), "nothing else"),
        (json!({"did": {"event": "order"}, "window": {"within": "0 days"}}), "length of time"),
        (
            json!({"aggregate": "sum", "field": "amount", "of": {"event": "order"}, "op": "contains", "value": 3}),
            "does not compare",
        ),
        (json!(3), "not an object"),
    ] {
        let error = CustomerCondition::from_json(&json).unwrap_err();
        assert!(error.to_string().contains(needle), "{error}");
    }
    let deep = (0..40).fold(json!({"all": []}), |inner, _| json!({"not": inner}));
    assert_eq!(CustomerCondition::from_json(&deep), Err(ConditionError::TooDeep));
    let deep = format!("{}did a{}", "not (".repeat(40), ")".repeat(40));
    assert_eq!(deep.parse::<CustomerCondition>(), Err(ConditionError::TooDeep));
    let deep = "(".repeat(100_000);
    assert_eq!(deep.parse::<CustomerCondition>(), Err(ConditionError::TooDeep));
}

#[test]
fn segments_are_written_out_and_circles_are_named() {
    let segments: Segments = [
        ("vip", "sum(amount) of order > 1000"),
        ("uk vip", "in segment vip and trait country = \"UK\""),
        ("a", "did x or not in segment b"),
        ("b", "in segment c"),
        ("c", "in segment b"),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), read(text)))
    .collect();
    let written = read("not in segment \"uk vip\"").inlined(&segments).unwrap();
    assert_eq!(
        written.to_string(),
        "not (sum(amount) of order > 1000 and trait properties.country = \"UK\")"
    );
    let circle = read("in segment a").inlined(&segments).unwrap_err();
    assert_eq!(circle, ConditionError::Cycle(vec!["b".to_owned(), "c".to_owned(), "b".to_owned()]));
    assert_eq!(circle.to_string(), "segments name each other in a circle: `b` → `c` → `b`");
    let unknown = read("in segment vipp").inlined(&segments).unwrap_err();
    assert_eq!(unknown.hint(), "did you mean `vip`?");
    let mut doubling: Segments = (0..12)
        .map(|n| (format!("s{n}"), read(&format!("in segment s{0} or in segment s{0}", n + 1))))
        .collect();
    doubling.insert("s12".to_owned(), read("did order"));
    assert_eq!(read("in segment s0").inlined(&doubling), Err(ConditionError::TooLarge));
}

#[test]
fn the_sentence_says_what_is_meant_in_both_languages() {
    for (text, english, chinese) in [
        (
            "did order where amount > 100 at least 3 times within 90 days and not in segment vip",
            "Customers who did `order` where amount > 100 at least 3 times in the last 90 days and are not in the segment “vip”.",
            "符合以下条件的客户：最近 90 天内发生“order”（amount > 100）至少 3 次，且不在客群“vip”中。",
        ),
        (
            "never did order or stopped order for 90 days",
            "Customers who never did `order` or did `order` before, but not in the last 90 days.",
            "符合以下条件的客户：从未发生“order”，或以前发生过“order”，但最近 90 天内没有。",
        ),
        (
            "sequence view then order within 7 days",
            "Customers who did `view`, then `order` within 7 days.",
            "符合以下条件的客户：先发生“view”，然后在 7 天内发生“order”。",
        ),
        ("everyone", "All customers.", "全部客户。"),
    ] {
        let condition = read(text);
        assert_eq!(condition.in_words(Language::English), english);
        assert_eq!(condition.in_words(Language::Chinese), chinese);
    }
}

#[test]
fn days_are_civil_and_hours_elapse() {
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_microsecond();
    let start = |text: &str, zone: &str, as_of: &str| {
        let calendar = Calendar::new(Zone::named(zone).unwrap(), Weekday::Monday, 1).unwrap();
        let start: Micros = text.parse::<Span>().unwrap().start(&calendar, at(as_of));
        jiff::Timestamp::from_microsecond(start).unwrap().to_string()
    };
    // The date in progress is the last of them; at midnight it is the date that has just ended.
    assert_eq!(start("1 day", "UTC", "2011-12-10T15:00:00Z"), "2011-12-10T00:00:00Z");
    assert_eq!(start("1 day", "UTC", "2011-12-10T00:00:00Z"), "2011-12-09T00:00:00Z");
    assert_eq!(start("30 days", "UTC", "2011-12-10T00:00:00Z"), "2011-11-10T00:00:00Z");
    assert_eq!(start("1 hour", "UTC", "2011-12-10T00:00:00Z"), "2011-12-09T23:00:00Z");
    // London's clocks went forward on 27 March 2011: a day of 23 hours.
    assert_eq!(start("1 day", "Europe/London", "2011-03-27T23:00:00Z"), "2011-03-27T00:00:00Z");
    assert_eq!(start("1 month", "UTC", "2011-03-31T00:00:00Z"), "2011-02-28T00:00:00Z");
    assert_eq!(start("1 quarter", "UTC", "2011-12-10T00:00:00Z"), "2011-09-10T00:00:00Z");
    assert_eq!(start("2 years", "UTC", "2012-02-29T00:00:00Z"), "2010-02-28T00:00:00Z");
    let calendar = Calendar::default();
    for forever in ["100000 years", "100000 quarters", "100000 months", "100000 weeks"] {
        let span: Span = forever.parse().unwrap();
        assert!(span.start(&calendar, 0) < at("0100-01-01T00:00:00Z"), "{forever}");
    }
}

fn events() -> impl Strategy<Value = EventFilter> {
    let names = prop_oneof![
        Just(EventNames::Any),
        vec(
            select(vec!["order", "view", "within", "add-to-cart", "买", "a b", "2nd", "x\"y\\z\n"]),
            1..3
        )
        .prop_map(|names| EventNames::OneOf(names.into_iter().map(str::to_owned).collect())),
    ];
    (names, option::of(filters())).prop_map(|(event, condition)| EventFilter { event, condition })
}

fn numbers() -> impl Strategy<Value = Decimal> {
    (-1_000_000..1_000_000_i64, 0..4_u32)
        .prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale))
}

fn tests() -> impl Strategy<Value = Test> {
    let text = select(vec!["", "UK", "a\"b", "北京"]).prop_map(|text| Value::Text(text.to_owned()));
    let value =
        prop_oneof![text, numbers().prop_map(Value::Number), any::<bool>().prop_map(Value::Bool)];
    let value = prop_oneof![
        4 => value.clone(),
        2 => vec(value, 0..3).prop_map(Value::List),
        1 => Just(Value::None),
    ];
    let field =
        select(vec!["amount", "item", "country", "properties.properties.x", "first name", "event"]);
    let op = select(Op::ALL.to_vec());
    (field, op, value).prop_filter_map("a value that fits", |(field, (op, _), value)| {
        Test::new(Field::named(field), op, value).ok()
    })
}

fn filters() -> impl Strategy<Value = Condition> {
    tests().prop_map(Condition::Test).prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Condition::All),
            vec(inner.clone(), 0..3).prop_map(Condition::Any),
            inner.prop_map(|inner| Condition::Not(Box::new(inner))),
        ]
    })
}

fn spans() -> impl Strategy<Value = Span> {
    (1..500_u32, select(Unit::ALL.to_vec())).prop_map(|(n, unit)| Span { n, unit })
}

fn windows() -> impl Strategy<Value = Window> {
    let days = || {
        option::of(
            (0..400_i32)
                .prop_map(|day| date(2011, 1, 1).saturating_add(jiff::Span::new().days(day))),
        )
    };
    prop_oneof![
        Just(Window::Ever),
        spans().prop_map(Window::Within),
        spans().prop_map(Window::MoreThan),
        (spans(), spans()).prop_map(|(from, to)| Window::Ago(Ago { from, to })),
        (days(), days()).prop_map(|(from, to)| Window::Dates(Dates { from, to })),
    ]
}

fn leaves() -> impl Strategy<Value = CustomerCondition> {
    let times = (0..9_u32, 0..3_u8).prop_map(|(n, which)| match which {
        0 => Times::AtLeast(n),
        1 => Times::Exactly(n),
        _ => Times::AtMost(n),
    });
    let steps =
        (events(), option::of(spans()), option::of(spans())).prop_map(|(filter, after, within)| {
            Step { event: filter.event, condition: filter.condition, after, within }
        });
    let day = option::of(Just(date(2011, 6, 30)));
    prop_oneof![
        select(vec!["vip", "not", "in segment", "客群", " "])
            .prop_map(|name| CustomerCondition::Segment(name.to_owned())),
        (events(), times, windows()).prop_map(|(did, times, window)| CustomerCondition::Did(Did {
            did,
            times,
            window
        })),
        (events(), windows())
            .prop_map(|(first, window)| CustomerCondition::First(First { first, window })),
        (events(), windows())
            .prop_map(|(last, window)| CustomerCondition::Last(Last { last, window })),
        (events(), 1..4_u32, 1..5_u32, 1..9_u32, select(Unit::ALL.to_vec())).prop_map(
            |(regularly, times, at_least, of, unit)| {
                CustomerCondition::Regularly(Regularly { regularly, times, at_least, of, unit })
            }
        ),
        (events(), spans(), option::of(spans())).prop_map(|(stopped, r#for, within)| {
            CustomerCondition::Stopped(Stopped { stopped, r#for, within })
        }),
        (events(), spans(), spans()).prop_map(|(restarted, after, within)| {
            CustomerCondition::Restarted(Restarted { restarted, after, within })
        }),
        (vec(steps, 2..4), windows()).prop_map(|(mut sequence, window)| {
            (sequence[0].after, sequence[0].within) = (None, None);
            CustomerCondition::Sequence(Sequence { sequence, window })
        }),
        (
            select(How::ALL.to_vec()),
            select(vec!["amount", "score", "quantity"]),
            events(),
            windows(),
            select(Op::ALL.to_vec()),
            numbers()
        )
            .prop_map(|(aggregate, field, of, window, (op, _), value)| {
                CustomerCondition::Aggregate(Aggregate {
                    aggregate,
                    field: Field::named(field),
                    of,
                    window,
                    op,
                    value,
                })
            }),
        (tests(), day).prop_map(|(test, as_of)| CustomerCondition::Trait(Trait { test, as_of })),
    ]
    .prop_filter("it means something", |leaf| leaf.check().is_ok())
}

fn conditions() -> impl Strategy<Value = CustomerCondition> {
    leaves().prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(CustomerCondition::All),
            vec(inner.clone(), 0..4).prop_map(CustomerCondition::Any),
            inner.prop_map(|inner| CustomerCondition::Not(Box::new(inner))),
        ]
    })
}

proptest! {
    #[test]
    fn text_and_json_give_the_same_condition_back(condition in conditions()) {
        let text = condition.to_string();
        let read: CustomerCondition = text.parse().map_err(|error: ConditionError| TestCaseError::fail(format!("{text}\n{error}\n{}", error.hint())))?;
        prop_assert_eq!(&read, &condition, "{}", text);
        prop_assert_eq!(read.to_string(), text);
        let json = serde_json::to_value(&condition).unwrap();
        prop_assert_eq!(&CustomerCondition::from_json(&json).unwrap(), &condition, "{}", json);
    }

    #[test]
    fn no_text_is_too_strange_to_be_refused(text in "[ -~\u{4e00}-\u{4e10}\"\\\\()|*=<>!\n]{0,60}") {
        if let Err(error) = text.parse::<CustomerCondition>() {
            prop_assert!(!error.to_string().is_empty() && !error.hint().is_empty());
        }
    }

    #[test]
    fn windows_before_and_within_meet(span in spans(), as_of in -1_000_000_000_000_000..2_000_000_000_000_000_i64) {
        let calendar = Calendar::default();
        let within = Window::Within(span).range(&calendar, as_of);
        let before = Window::MoreThan(span).range(&calendar, as_of);
        prop_assert_eq!(before.end, within.start);
        prop_assert_eq!(within.end, as_of);
        prop_assert!(within.start < as_of);
    }
}

#[test]
fn an_answer_is_named_with_the_number_that_is_meant() {
    let told = read("in answer rfm {\"bins\":4,\"cell\":{\"quiet\":true}}");
    let said = [Language::English, Language::Chinese].map(|language| told.in_words(language));
    assert_eq!(
        said[0],
        "Customers who are behind `cell` {\"quiet\":true} (`bins` 4) in the answer of `rfm`."
    );
    assert!(said[1].contains("属于问题“rfm”"), "{}", said[1]);
    for (text, needle) in [
        ("in answer rfm {\"bins\":4}", "names no number"),
        ("in answer rfm {\"cell\":{},\"as_of\":\"2011-06-30T00:00:00Z\"}", "leave it away"),
        ("in answer rfm {\"cell\":{},\"who\":\"did order\"}", "has `who`"),
        ("in answer rfm {\"cell\":", "a JSON object"),
        ("in answer rfm", "a question as a JSON object"),
        ("in answer {}", "a kind of question"),
        ("did {\"event\":\"order\"}", "found `{\"event\":\"order\"}`"),
    ] {
        let error = text.parse::<CustomerCondition>().unwrap_err().to_string();
        assert!(error.contains(needle), "{text}: {error}");
    }
}
