//! Shops with a planted trend, week, holidays and breaks; numbers of other kinds.

use jiff::civil::{Date, date};
use perennial_testkit::{Event, Layout};

use super::*;

fn day(first: Date, n: usize) -> Date {
    first.checked_add(jiff::Span::new().days(n as i64)).unwrap()
}

/// A shop with so many orders on each day: customer i buys on every day with more than i of them.
fn shop(first: Date, counts: &[usize]) -> World {
    let mut world = World::default();
    for customer in 0..counts.iter().copied().max().unwrap_or(0) {
        world.names.push(format!("c{customer}"));
        for (at, _) in counts.iter().enumerate().filter(|(_, n)| **n > customer) {
            let noon = day(first, at).at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap();
            world.events.push(Event {
                customer: customer as i64 + 1,
                ts: noon.timestamp().as_microsecond(),
                sequence: world.events.len() as i64,
                event: "order".to_owned(),
                amount: Some(10_000),
                currency: Some("CNY".to_owned()),
                ..Event::default()
            });
        }
    }
    world
}

const WEEK: [usize; 7] = [20, 18, 18, 19, 22, 32, 28];

/// Noise of 0 to 4, by Lehmer's generator.
fn wobble() -> impl Iterator<Item = usize> {
    let next = |state: &usize| Some(state * 48_271 % 2_147_483_647);
    std::iter::successors(Some(20_210_104), next).map(|state| state % 5)
}

/// Three years from Monday 2021-01-04: a fixed week and some noise; lunar new year halves it, 11.11
/// is fourfold.
fn counts() -> Vec<usize> {
    (0..1092)
        .zip(wobble())
        .map(|(at, wobble)| {
            let date = day(date(2021, 1, 4), at);
            let usual = WEEK[at % 7];
            let new_year = match date.year() {
                2021 => (self::date(2021, 2, 11), self::date(2021, 2, 18)),
                2022 => (self::date(2022, 1, 31), self::date(2022, 2, 7)),
                _ => (self::date(2023, 1, 21), self::date(2023, 1, 28)),
            };
            match () {
                () if (new_year.0..=new_year.1).contains(&date) => usual / 2 - 1 + wobble / 2,
                () if (date.month(), date.day()) == (11, 11) => usual * 4,
                () => usual - 2 + wobble,
            }
        })
        .collect()
}

/// The answer in one layout: these worlds are large, and layouts are the oracle's matter.
fn answer(world: &World, question: &Value) -> SeasonalityAnswer {
    let source = world.memory(Layout { n_buckets: 4, n_partitions: 1, batch_rows: 8_192 });
    let json =
        block_on(ask(&session(), &source, "seasonality", question)).unwrap().answer.into_tree();
    let answer: SeasonalityAnswer = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&answer).unwrap(), json, "JSON there and back");
    let again = block_on(ask(&session(), &source, "seasonality", &json["question"]))
        .unwrap()
        .answer
        .into_tree();
    assert_eq!(again, json, "the question can be asked again as it is answered");
    answer
}

/// The answer of another kind.
fn other_kind(world: &World, kind: &str, question: &Value) -> Value {
    let source = world.memory(Layout { n_buckets: 4, n_partitions: 1, batch_rows: 8_192 });
    block_on(ask(&session(), &source, kind, question)).unwrap().answer.into_tree()
}

fn question(fields: &Value) -> Value {
    with(json!({"of": {"measure": "orders"}, "as_of": "2024-01-01T00:00:00Z"}), fields)
}

#[test]
fn a_planted_week_and_planted_holidays_are_found_as_they_are() {
    let found = answer(&shop(date(2021, 1, 4), &counts()), &question(&json!({"form": "additive"})));
    assert_eq!((found.points.len(), found.seasons.as_slice()), (1092, [7].as_slice()));
    let mean = WEEK.iter().sum::<usize>() as f64 / 7.0;
    assert_eq!(found.index[0].by, "weekday");
    for (place, planted) in found.index[0].places.iter().zip(WEEK) {
        assert!((place.index - (planted as f64 - mean)).abs() < 0.4, "{place:?}");
    }
    assert_eq!(found.index[0].places[5].name, "saturday");
    assert_eq!((found.index[1].by.as_str(), found.index[1].places.len()), ("month", 12));
    let row = |name: &str| found.holidays.rows.iter().find(|row| row.name == name).unwrap();
    let singles = row("Singles' Day");
    assert_eq!(singles.occurrences.len(), 3);
    let change = singles.effect.unwrap().change.unwrap();
    assert!((change - 3.0).abs() < 0.15, "{change}");
    let spring = row("Lunar New Year").effect.unwrap();
    assert_eq!(spring.days, 24);
    assert!((spring.change.unwrap() + 0.5).abs() < 0.04, "{spring:?}");
    let nothing = row("National Day of China").effect.unwrap();
    assert!(nothing.days == 21 && nothing.change.unwrap().abs() < 0.04, "{nothing:?}");
    let valentine = row("Valentine's Day").effect.unwrap();
    assert_eq!(valentine.days, 2, "that of 2021 is a day of the lunar new year");
    assert!(found.strength.seasons[0].unwrap() > 0.9);
    assert_eq!(found.changes.rows, [], "a holiday is no change");
    let eleventh = found.points.iter().find(|point| point.start == "2022-11-11").unwrap();
    assert_eq!(eleventh.holiday.as_deref(), Some("Singles' Day"));
    // Parts make the whole, on holidays too.
    for point in &found.points {
        let whole = point.trend + point.seasonal[0] + point.remainder.unwrap();
        assert!((whole - point.observed.unwrap()).abs() < 1e-9);
        assert!(
            (point.observed.unwrap() - point.seasonal[0] - point.adjusted.unwrap()).abs() < 1e-9
        );
    }
}

#[test]
fn a_year_ago_is_the_same_weekday_and_own_holidays_replace_the_list() {
    let own = json!({"holidays": [{"name": "Sale", "name_zh": "促销", "on": {"dates": ["2022-05-03"]}, "last_day": 1}]});
    let counts = counts();
    let found = answer(&shop(date(2021, 1, 4), &counts), &question(&own));
    assert_eq!(found.form, Some(super::super::Form::Multiplicative));
    let year = &found.year_over_year;
    assert_eq!((year.lag, year.rows.len()), (364, 1092 - 364));
    let first = &year.rows[0];
    assert_eq!((first.start.as_str(), first.against.as_str()), ("2022-01-03", "2021-01-04"));
    assert_eq!((first.observed, first.before), (counts[364] as f64, counts[0] as f64));
    assert_eq!(first.difference, first.observed - first.before);
    let [row] = found.holidays.rows.as_slice() else { panic!() };
    assert_eq!((row.name_zh.as_str(), row.effect.unwrap().days), ("促销", 2));
    let span = &row.occurrences[0];
    assert_eq!((span.first, span.last), (date(2022, 5, 3), date(2022, 5, 4)));
}

#[test]
fn a_planted_break_is_dated_and_sized() {
    // From 2021-09-06 on a quarter less, with a wobble that is no week.
    let counts: Vec<usize> = (0..420)
        .zip(wobble())
        .map(|(at, wobble)| WEEK[at % 7] * 2 + wobble - if at < 245 { 0 } else { 11 })
        .collect();
    let asked = question(&json!({"form": "additive", "holidays": []}));
    let found = answer(&shop(date(2021, 1, 4), &counts), &asked);
    let [only] = found.changes.rows.as_slice() else { panic!("{:?}", found.changes) };
    assert_eq!(only.start, "2021-09-06");
    assert!((only.size + 11.0).abs() < 0.8, "{only:?}");
    assert!(only.growth_before.abs() < 0.01);
}

#[test]
fn months_have_their_index_and_no_effects_of_days() {
    // Thirty months; December is double, and everything grows.
    let month = |n: usize| {
        day(date(2021, 1, 1), 0).checked_add(jiff::Span::new().months(n as i64)).unwrap()
    };
    let mut counts = Vec::new();
    for n in 0..30 {
        let first = month(n);
        let n_days = usize::from(first.days_in_month().unsigned_abs());
        let orders = (10 + n) * if first.month() == 12 { 2 } else { 1 };
        counts.extend((0..n_days).map(|at| usize::from(at == 0) * orders));
    }
    let found = answer(
        &shop(date(2021, 1, 1), &counts),
        &question(&json!({"period": "month", "to": "2023-06-30"})),
    );
    assert_eq!((found.points.len(), found.seasons.as_slice()), (30, [12].as_slice()));
    let places = &found.index[0].places;
    assert_eq!((places[11].name.as_str(), places[0].name.as_str()), ("12", "01"));
    assert!(places[11].index > 1.7 && places[..11].iter().all(|place| place.index < 1.0));
    assert_eq!(found.holidays.reason.as_deref(), Some("needs_days"));
    assert!(found.holidays.rows.iter().all(|row| row.effect.is_none()));
    assert_eq!(found.year_over_year.rows.len(), 18);
    let shown = super::super::Seasonality.present(&serde_json::to_value(&found).unwrap()).unwrap();
    for table in &shown.tables {
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.name);
    }
    let [Picture::Lines(lines), Picture::Bars(bars)] = shown.pictures.as_slice() else { panic!() };
    assert_eq!((lines.points.len(), bars.rows.len()), (30, 12));
    assert_eq!(lines.series[0].values[0], found.points[0].observed, "counts are drawn as counts");
    assert!(shown.definition.1.contains("季节指数"));
}

/// A world of many kinds: thirty months in which customers come, buy, pause.
fn busy() -> World {
    let counts: Vec<usize> = (0..910_usize)
        .map(|at| 6 + (at / 30) % 12 + if (at * 7919) % 11 < 3 { 2 } else { 0 })
        .collect();
    let mut world = shop(date(2021, 1, 1), &counts);
    // Everybody pauses for a while, at different times.
    let first =
        date(2021, 1, 1).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_microsecond();
    world.events.retain(|event| {
        let month = (event.ts - first) / 86_400_000_000 / 30;
        (month + event.customer * 5) % 7 != 0
    });
    world
}

/// The numbers of another kind are taken as its own answer says them, complete periods only.
#[test]
fn numbers_of_other_kinds_are_what_those_kinds_answer() {
    let world = busy();
    let last = "2023-06-15T00:00:00Z";
    let cases = [
        (
            "crr",
            json!({"period": "month", "active": {"trailing_days": 30.0}}),
            "crr",
            "/periods",
            "/set",
        ),
        (
            "crr",
            json!({"period": "month", "active": {"trailing_days": 30.0}}),
            "lost",
            "/periods",
            "/lost",
        ),
        ("lifecycle", json!({"period": "month"}), "new", "/periods", "/new"),
        ("sessions", json!({"period": "week"}), "sessions", "/trend", "/sessions"),
        ("stickiness", json!({"period": "day"}), "dau", "/days", "/dau"),
        (
            "retention",
            json!({"enter": "every_period", "period": "month", "periods": 3}),
            "share_1",
            "/cohorts",
            "/cells/1/share",
        ),
    ];
    for (kind, inner, value, rows, number) in cases {
        let asked = json!({"of": {"kind": kind, "question": inner}, "value": value, "as_of": last,
            "holidays": [], "form": "additive", "robust": false, "season": 7});
        let found = answer(&world, &asked);
        let theirs = other_kind(&world, kind, &with(inner, &json!({"as_of": last})));
        let is_complete = |row: &&Value| match kind {
            "retention" => row.pointer("/cells/1/complete") == Some(&json!(true)),
            _ => row["complete"] == json!(true),
        };
        let has_number = |row: &&Value| row.get("flags").is_none() || value == "dau";
        let theirs: Vec<(String, f64)> = theirs
            .pointer(rows)
            .unwrap()
            .as_array()
            .unwrap()
            .iter()
            .filter(is_complete)
            .filter(has_number)
            .filter_map(|row| {
                let start = row.get("start").or_else(|| row.get("date"))?.as_str()?;
                Some((start.to_owned(), row.pointer(number)?.as_f64()?))
            })
            .collect();
        let ours: Vec<(String, f64)> = found
            .points
            .iter()
            .map(|point| (point.start.clone(), point.observed.unwrap()))
            .collect();
        assert!(ours.len() >= 14, "{kind} {value}: {}", ours.len());
        assert_eq!(ours, theirs, "{kind} {value}");
        assert_eq!(
            (found.series.name.as_str(), found.question.value.as_deref()),
            (value, Some(value))
        );
    }
}

#[test]
fn the_retention_rate_is_adjusted_for_its_season() {
    let asked = json!({"of": {"kind": "crr", "question": {"period": "month", "active": {"trailing_days": 30.0}}},
        "as_of": "2023-06-15T00:00:00Z"});
    let found = answer(&busy(), &asked);
    assert_eq!((found.series.name.as_str(), found.series.title_zh.as_str()), ("crr", "客户留存率"));
    assert_eq!(
        (found.seasons.as_slice(), found.form),
        ([12].as_slice(), Some(super::super::Form::Additive))
    );
    for point in &found.points {
        let adjusted = point.observed.unwrap() - point.seasonal[0];
        assert!((point.adjusted.unwrap() - adjusted).abs() < 1e-12);
    }
    assert_eq!(found.definition.population, "buyers");
    // The list behind a set of the other kind is handed on.
    let start = found.points[3].start.clone();
    let cell = json!({"period": start, "set": "kept"});
    let mut listed = asked.clone();
    listed["of"]["question"]["cell"] = cell;
    let source = busy().memory(Layout::ONE);
    let reply = block_on(ask(&session(), &source, "seasonality", &listed)).unwrap();
    let keys = reply.customers.unwrap();
    assert!(!keys.is_empty());
    assert_eq!(reply.answer.tree()["customers"]["total"], json!(keys.len()));
}
