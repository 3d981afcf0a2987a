//! Written times against typed expectations, and against jiff's own parsers.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use proptest::prelude::*;

use super::*;

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap()
}

fn at(text: &str) -> Micros {
    text.parse::<Timestamp>().unwrap().as_microsecond()
}

fn read(zone_name: &str, format: &str, text: &str) -> Result<Micros, CalendarError> {
    let format: DateFormat = format.parse().unwrap();
    CivilParser::new(&zone(zone_name), &format).unwrap().parse(text)
}

fn code(zone_name: &str, format: &str, text: &str) -> &'static str {
    match read(zone_name, format, text) {
        Ok(ts) => panic!("`{text}` was read as {ts}"),
        Err(error) => {
            assert!(!error.hint().is_empty());
            error.code()
        }
    }
}

#[test]
fn auto_reads_what_has_its_year_first() {
    for (text, instant) in [
        ("2010-12-01 08:26:00", "2010-12-01T08:26:00Z"),
        ("  2010-12-01T08:26:00\r", "2010-12-01T08:26:00Z"),
        ("2010-12-01t08:26", "2010-12-01T08:26:00Z"),
        ("2010-12-01T08", "2010-12-01T08:00:00Z"),
        ("2010-12-01", "2010-12-01T00:00:00Z"),
        ("20101201", "2010-12-01T00:00:00Z"),
        ("20101201T0826", "2010-12-01T08:26:00Z"),
        ("20101201T082630.25", "2010-12-01T08:26:30.25Z"),
        ("2010/12/1 8:26", "2010-12-01T08:26:00Z"),
        ("2010.12.01", "2010-12-01T00:00:00Z"),
        ("2010-12-01 08:26:00.123456789", "2010-12-01T08:26:00.123456Z"),
        ("2010-12-01 08:26:00,5", "2010-12-01T08:26:00.5Z"),
        ("2010-12-01T08:26:00Z", "2010-12-01T08:26:00Z"),
        ("2010-12-01T08:26:00+01:00", "2010-12-01T07:26:00Z"),
        ("2010-12-01T08:26:00-0530", "2010-12-01T13:56:00Z"),
        ("2010-12-01 08:26:00 +08", "2010-12-01T00:26:00Z"),
        ("2010-12-01 08:26:00.5 UTC", "2010-12-01T08:26:00.5Z"),
        ("2010-12-01T23:59:60Z", "2010-12-01T23:59:59Z"),
        ("2012-02-29", "2012-02-29T00:00:00Z"),
        ("1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.999999Z"),
        ("0001-01-01", "0001-01-01T00:00:00Z"),
    ] {
        assert_eq!(read("UTC", "auto", text), Ok(at(instant)), "{text}");
    }
}

#[test]
fn auto_refuses_by_name() {
    for (text, expected) in [
        ("", "empty_time"),
        ("  ", "empty_time"),
        ("01/02/2025", "ambiguous_date"),
        ("13/02/2025", "ambiguous_date"),
        ("1.2.25 8:00", "ambiguous_date"),
        ("01-02-2025", "ambiguous_date"),
        ("2025-02-30", "no_such_time"),
        ("2025-13-01", "no_such_time"),
        ("1900-02-29", "no_such_time"),
        ("2025-00-10", "no_such_time"),
        ("2025-02-10 24:00", "no_such_time"),
        ("2025-02-10 12:60", "no_such_time"),
        ("2025-02-10T12:00+40:00", "no_such_time"),
        ("1291191960", "not_a_time"),
        ("2010-12", "not_a_time"),
        ("2010-12/01", "not_a_time"),
        ("2010-12-011", "not_a_time"),
        ("2010-12-01 8", "not_a_time"),
        ("2010-12-01T08:26:00.", "not_a_time"),
        ("2010-12-01T08:26:00AM", "not_a_time"),
        ("2010-12-01T08:26:00+01:00[Europe/London]", "not_a_time"),
        ("2010-12-01 08:26 nonsense", "not_a_time"),
        ("２０１０-12-01", "not_a_time"),
        ("yesterday", "not_a_time"),
        ("9999-12-31T23:59:59", "time_out_of_range"),
        ("0000-01-01T00:00:00-25:00", "none"),
    ] {
        if expected != "none" {
            assert_eq!(code("UTC", "auto", text), expected, "{text}");
        }
    }
    let long = "x".repeat(100_000);
    assert!(read("UTC", "auto", &long).unwrap_err().to_string().len() < 200);
    let error = read("UTC", "auto", "01/02/2025").unwrap_err();
    assert!(error.to_string().contains("`01/02/2025`") && error.hint().contains("--date-format"));
}

#[test]
fn a_repeated_time_is_the_earlier_and_a_skipped_one_an_error() {
    let london = "Europe/London";
    assert_eq!(read(london, "auto", "2011-10-30 01:30"), Ok(at("2011-10-30T00:30Z")));
    assert_eq!(read(london, "auto", "2011-10-30 02:00"), Ok(at("2011-10-30T02:00Z")));
    assert_eq!(
        read(london, "auto", "2011-03-27 00:59:59.999999"),
        Ok(at("2011-03-27T00:59:59.999999Z"))
    );
    assert_eq!(code(london, "auto", "2011-03-27 01:00"), "skipped_time");
    assert_eq!(code(london, "auto", "2011-03-27 01:59:59"), "skipped_time");
    assert_eq!(read(london, "auto", "2011-03-27 02:00"), Ok(at("2011-03-27T01:00Z")));
    assert_eq!(
        read(london, "auto", "2011-03-27 01:30").unwrap_err().to_string(),
        "`2011-03-27 01:30` was skipped by the clocks of Europe/London"
    );
    // An offset needs no zone.
    assert_eq!(read(london, "auto", "2011-03-27 01:30Z"), Ok(at("2011-03-27T01:30Z")));
}

#[test]
fn a_date_alone_is_its_first_instant() {
    let start = at("2023-04-27T22:00Z");
    assert_eq!(read("Africa/Cairo", "auto", "2023-04-28"), Ok(start));
    assert_eq!(read("Africa/Cairo", "%d/%m/%Y", "28/04/2023"), Ok(start));
    assert_eq!(code("Africa/Cairo", "auto", "2023-04-28 00:00"), "skipped_time");
    assert_eq!(code("Pacific/Apia", "auto", "2011-12-30"), "skipped_time");
    assert_eq!(code("Pacific/Apia", "auto", "2011-12-30 12:00"), "skipped_time");
    assert_eq!(read("Pacific/Apia", "auto", "2011-12-31"), Ok(at("2011-12-30T10:00Z")));
}

#[test]
fn explicit_patterns_say_the_order() {
    for (format, text, instant) in [
        ("%d/%m/%Y", "01/02/2025", "2025-02-01T00:00Z"),
        ("%m/%d/%Y", "01/02/2025", "2025-01-02T00:00Z"),
        ("%m/%d/%y %H:%M", "12/1/10 8:26", "2010-12-01T08:26Z"),
        ("%m/%d/%Y %I:%M %p", "12/1/2010 8:26 PM", "2010-12-01T20:26Z"),
        ("%d %b %Y", "1 Dec 2010", "2010-12-01T00:00Z"),
        ("%Y年%m月%d日 %H:%M", "2010年12月1日 08:26", "2010-12-01T08:26Z"),
        ("%F %T", "2010-12-01 08:26:00", "2010-12-01T08:26Z"),
        ("%F %T%.f", "2010-12-01 08:26:00.5", "2010-12-01T08:26:00.5Z"),
        ("%F %T %z", "2010-12-01 08:26:00 +0100", "2010-12-01T07:26Z"),
        ("%s", "1291191960", "2010-12-01T08:26Z"),
        ("unix_seconds", "1291191960", "2010-12-01T08:26Z"),
        ("unix_seconds", "1291191960.25", "2010-12-01T08:26:00.25Z"),
        ("unix_seconds", "-0.5", "1969-12-31T23:59:59.5Z"),
        ("unix_seconds", "-0.00000001", "1969-12-31T23:59:59.999999Z"),
        ("unix_millis", "1291191960000", "2010-12-01T08:26Z"),
        ("unix_micros", "1291191960000000", "2010-12-01T08:26Z"),
    ] {
        assert_eq!(read("UTC", format, text), Ok(at(instant)), "{format} {text}");
    }
    for (format, text, expected) in [
        ("%d/%m/%Y", "13/13/2025", "not_a_time"),
        ("%d/%m/%Y", "30/02/2025", "no_such_time"),
        ("%d/%m/%Y", "01/02/25", "not_a_time"),
        ("%d/%m/%Y", "01/02/2025 08:00", "not_a_time"),
        ("%d/%m/%Y %H:%M", "01/02/2025 25:00", "not_a_time"),
        ("unix_seconds", "1e9", "not_a_time"),
        ("unix_seconds", ".5", "not_a_time"),
        ("unix_seconds", "5.", "not_a_time"),
        ("unix_seconds", "NaN", "not_a_time"),
        ("unix_seconds", "-", "not_a_time"),
        ("unix_seconds", "1291191960000", "time_out_of_range"),
        ("unix_seconds", "99999999999999999999", "time_out_of_range"),
    ] {
        assert_eq!(code("UTC", format, text), expected, "{format} {text}");
    }
}

#[test]
fn unusable_patterns_are_refused_before_any_row() {
    for pattern in [
        "",
        "iso",
        "dd/mm/yyyy",
        "%H:%M",
        "%d/%m",
        "%Y-%m",
        "%d/%m/%Y %I:%M",
        "%d/%m/%Y %M",
        "%!",
        "%Y-%m-%d %",
        "%Y-%m-%d %Q",
        "%Y-%m-%d %H:%M %Z",
        "%d/%m/%Y %z",
    ] {
        let error = pattern.parse::<DateFormat>().unwrap_err();
        assert_eq!(error.code(), "bad_date_format", "{pattern}");
    }
    for text in ["auto", "unix_seconds", "unix_millis", "unix_micros", "%d/%m/%Y"] {
        let format: DateFormat = text.parse().unwrap();
        assert_eq!(format.to_string(), text);
        let json = serde_json::to_string(&format).unwrap();
        assert_eq!(serde_json::from_str::<DateFormat>(&json).unwrap(), format);
    }
    assert!(serde_json::from_str::<DateFormat>("\"%H\"").is_err());
}

#[test]
fn sniffing_decides_only_what_the_samples_decide() {
    let explicit = |pattern: &str| DateFormat::Explicit(pattern.to_owned());
    let only = |pattern: &str| Sniffed::Unambiguous(explicit(pattern));
    for (samples, expected) in [
        (&["2010-12-01 08:26:00", "", "2011/1/1"][..], Sniffed::Unambiguous(DateFormat::Auto)),
        (&["20101201"], Sniffed::Unambiguous(DateFormat::Auto)),
        (&["12/1/2010 8:26", "1/13/2011 9:00"], only("%m/%d/%Y %H:%M")),
        (&["12/1/2010 8:26", "13/1/2011 9:00"], only("%d/%m/%Y %H:%M")),
        (&["12/1/10", "12/31/10"], only("%m/%d/%y")),
        (&["31.12.2010 08:26:00"], only("%d.%m.%Y %H:%M:%S")),
        (&["31/12/2010, 08:26:00.25"], Sniffed::Unknown),
        (&["31/12/2010 08:26:00", "31/12/2010 08:26:00.25"], only("%d/%m/%Y %H:%M:%S%.f")),
        (&["12/31/2010 8:26 AM", "1/2/2011 11:00 PM"], only("%m/%d/%Y %I:%M %p")),
        (&["1 Dec 2010"], only("%d %b %Y")),
        (&["Wed, 01 Dec 2010 08:26:00 +0000"], only("%a, %d %b %Y %H:%M:%S %z")),
        (&["2010年12月1日"], only("%Y年%m月%d日")),
        (&["20101231082600"], only("%Y%m%d%H%M%S")),
        (
            &["01/02/2025", "03/04/2025"],
            Sniffed::Ambiguous(vec![explicit("%d/%m/%Y"), explicit("%m/%d/%Y")]),
        ),
        (
            &["01-02-03"],
            Sniffed::Ambiguous(vec![
                explicit("%d-%m-%y"),
                explicit("%m-%d-%y"),
                explicit("%y-%m-%d"),
            ]),
        ),
        (&["1291191960", "1291191961.5"], Sniffed::Ambiguous(vec![DateFormat::UnixSeconds])),
        (&["1291191960000"], Sniffed::Ambiguous(vec![DateFormat::UnixMillis])),
        (&["13/1/2010", "1/13/2010"], Sniffed::Unknown),
        (&["2010-12-01", "01/12/2010"], Sniffed::Unknown),
        (&["order 17"], Sniffed::Unknown),
        (&["", " "], Sniffed::Unknown),
        (&[], Sniffed::Unknown),
    ] {
        assert_eq!(sniff_format(samples), expected, "{samples:?}");
    }
}

/// The instant of a naive time by jiff alone.
fn by_jiff(rules: &TimeZone, shown: DateTime) -> Option<Micros> {
    let meant = rules.to_ambiguous_timestamp(shown);
    match meant.offset() {
        AmbiguousOffset::Gap { .. } => None,
        _ => Some(floor(meant.earlier().unwrap())),
    }
}

fn floor(instant: Timestamp) -> Micros {
    i64::try_from(instant.as_nanosecond().div_euclid(1_000)).unwrap()
}

/// A wall-clock time as text.
fn civil_text(local: Micros) -> String {
    TimeZone::UTC.to_datetime(Timestamp::from_microsecond(local).unwrap()).to_string()
}

/// The first instant that shows `local`, by trying every offset the zone had around.
fn by_trial(zone: &Zone, offsets: &[Micros], local: Micros) -> Option<Micros> {
    let shows = |ts: &Micros| *ts + zone.offset_at(*ts) == local;
    offsets.iter().map(|offset| local - offset).filter(shows).min()
}

#[test]
fn the_table_of_offsets_agrees_with_trial_and_jiff_around_every_change_of_every_zone() {
    const QUARTER: Micros = 900_000_000;
    let database = TimeZoneDatabase::bundled();
    let (mut n_checked, mut n_jiff_errs) = (0, 0);
    for name in database.available() {
        let Ok(zone) = Zone::named(name.as_str()) else { continue };
        let mut parser = CivilParser::new(&zone, &DateFormat::Auto).unwrap();
        let changes: Vec<Micros> = zone
            .rules()
            .following("1900-01-01T00:00Z".parse().unwrap())
            .map(|change| change.timestamp().as_microsecond())
            .take_while(|&ts| ts < at("2030-01-01T00:00Z"))
            .collect();
        // Afterwards the table is full, as it is for all but the first rows of a file.
        for change in &changes {
            let _ = parser.parse(&civil_text(*change));
        }
        for change in &changes {
            let around = (-55..=55).map(|hours| zone.offset_at(change + hours * 4 * QUARTER));
            let mut offsets: Vec<Micros> = around.collect();
            offsets.sort_unstable();
            offsets.dedup();
            // Wall clocks within an hour of what they showed at the change, and far from it.
            let wall = offsets.iter().map(|offset| change + offset);
            let near = wall.flat_map(|wall| (-5..=5).map(move |n| wall + n * QUARTER));
            let far = (-13..=13).map(|n| change + n * 8 * QUARTER);
            for local in near.chain(far) {
                let text = civil_text(local);
                let ours = parser.parse(&text).ok();
                assert_eq!(ours, by_trial(&zone, &offsets, local), "{name} {text}");
                n_checked += 1;
                // Jiff errs beside some last listed transitions, against its own offsets.
                n_jiff_errs += u32::from(by_jiff(zone.rules(), text.parse().unwrap()) != ours);
            }
        }
    }
    assert!(n_checked > 1_000_000, "only {n_checked} times checked");
    assert!(n_jiff_errs < n_checked / 10_000, "{n_jiff_errs} of {n_checked} differ from jiff");
}

const ZONES: [&str; 6] = [
    "UTC",
    "Europe/London",
    "America/St_Johns",
    "Pacific/Apia",
    "Africa/Cairo",
    "Australia/Lord_Howe",
];

fn any_datetime() -> impl Strategy<Value = DateTime> {
    let parts =
        (1_i16..=9990, 1_i8..=12, 1_i8..=31, 0_i8..24, 0_i8..60, 0_i8..60, 0..1_000_000_000_i32);
    parts.prop_filter_map("no such date", |(year, month, day, hour, minute, second, nanosecond)| {
        // Half of the years are those that data are from.
        let year = if year % 2 == 0 { 1970 + year % 100 } else { year };
        DateTime::new(year, month, day, hour, minute, second, nanosecond).ok()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn naive_times_agree_with_jiff(
        shown in prop::collection::vec(any_datetime(), 1..20),
        name in prop::sample::select(&ZONES[..]),
    ) {
        let zone = zone(name);
        let mut parser = CivilParser::new(&zone, &DateFormat::Auto).unwrap();
        for shown in shown {
            let expected = by_jiff(zone.rules(), shown);
            let with_blank = shown.to_string().replace('T', " ");
            for text in [shown.to_string(), with_blank] {
                prop_assert_eq!(parser.parse(&text).ok(), expected, "{} {}", name, text);
            }
            if let Some(first) = by_jiff(zone.rules(), shown.date().at(0, 0, 0, 0)) {
                prop_assert_eq!(parser.parse(&shown.date().to_string()), Ok(first));
            }
        }
    }

    #[test]
    fn times_with_an_offset_agree_with_jiff(
        shown in any_datetime(),
        offset_minutes in -25 * 60..=25 * 60_i32,
        name in prop::sample::select(&ZONES[..]),
    ) {
        let offset = jiff::tz::Offset::from_seconds(offset_minutes * 60).unwrap();
        let instant = offset.to_timestamp(shown).unwrap();
        let text = instant.display_with_offset(offset).to_string();
        prop_assert_eq!(read(name, "auto", &text), Ok(floor(instant)), "{}", text);
        prop_assert_eq!(read(name, "auto", &instant.to_string()), Ok(floor(instant)));
    }

    #[test]
    fn what_both_parsers_take_means_the_same(
        text in "(19|20)[0-9]{2}(-?)[01][0-9](-?)[0-3][0-9]([T ][0-2][0-9](:?)[0-6][0-9]((:?)[0-6][0-9]([.,][0-9]{1,9})?)?)?(Z|[+-][01][0-9](:?[0-5][0-9])?)?",
    ) {
        let ours = read("UTC", "auto", &text).ok();
        let instant = text.parse::<Timestamp>().ok().map(floor);
        let naive = text.parse::<DateTime>().ok().and_then(|shown| by_jiff(&TimeZone::UTC, shown));
        let has_offset = text.len() > 10 && (text.ends_with('Z') || text[10..].contains(['+', '-']));
        let theirs = if has_offset { instant } else { naive };
        if let (Some(ours), Some(theirs)) = (ours, theirs) {
            prop_assert_eq!(ours, theirs, "{}", text);
        }
        // Nothing that jiff takes as an instant is lost, and no date is made up.
        prop_assert!(instant.is_none() || ours.is_some(), "{}", text);
        prop_assert!(ours.is_none() || has_offset || naive.is_some(), "{}", text);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,40}", near in "[0-9]{0,5}[-/.:T Z+]{0,2}[0-9]{0,20}[-/.:T Z+,]{0,2}[0-9]{0,20}") {
        for format in ["auto", "unix_seconds", "unix_micros", "%d/%m/%Y %H:%M", "%d %b %Y %H:%M %z"] {
            for text in [&text, &near] {
                let _ = read("Europe/London", format, text);
            }
        }
        let _ = sniff_format(&[&text, &near]);
    }

    #[test]
    fn steps_read_as_strptime_does(
        pattern in prop::sample::select(vec![
            "%d/%m/%Y", "%m/%d/%y %H:%M", "%Y-%m-%d %H:%M:%S", "%F %T", "%Y%m%d%H%M%S", "%Y年%m月%d日 %R",
        ]),
        shown in any_datetime(),
        cut in prop::option::of(0..24_usize),
        noise in "[0-9 /:-]{0,2}",
    ) {
        let instant = shown.to_zoned(TimeZone::UTC).unwrap();
        let mut text = jiff::fmt::strtime::format(pattern, &instant).unwrap();
        if let Some(cut) = cut.filter(|&cut| text.is_char_boundary(cut)) {
            text.insert_str(cut, &noise);
        }
        let reader = Pattern::new(pattern).unwrap();
        if let Some(moment) = reader.read_by_steps(text.trim().as_bytes()) {
            prop_assert_eq!(reader.read_by_directives(text.trim()), Ok(moment), "{}", text);
        } else {
            prop_assert!(cut.is_some() || shown.year() < 1_000, "`{}` took the slow way", text);
        }
    }
}
