//! Periods against the facts of real zones, against brute force, and against jiff.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZoneDatabase;
use proptest::prelude::*;

use super::zone::Stretch;
use super::*;

const ZONES: [&str; 16] = [
    "UTC",
    "Europe/London",
    "America/New_York",
    "Africa/Cairo",
    "Pacific/Apia",
    "Pacific/Kwajalein",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Asia/Shanghai",
    "America/Sao_Paulo",
    "Antarctica/Casey",
    "Antarctica/Troll",
    "Asia/Tehran",
    "Africa/Monrovia",
    "Europe/Dublin",
];

fn at(text: &str) -> Micros {
    text.parse::<Timestamp>().unwrap().as_microsecond()
}

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap()
}

fn calendar(name: &str) -> Calendar {
    Calendar { zone: zone(name), ..Calendar::default() }
}

fn fiscal(first_month: u8) -> Calendar {
    Calendar::new(Zone::utc(), Weekday::Monday, first_month).unwrap()
}

/// Hours of a civil date, as a length and as a number of hour periods.
fn hours_of(calendar: &Calendar, day: Date) -> (i64, usize) {
    let period = calendar.period_of_date(Unit::Day, day);
    let hours = calendar.periods(Unit::Hour, period.start, period.end).unwrap();
    assert_eq!(hours.starts().first(), Some(&period.start));
    assert_eq!(hours.starts().last(), Some(&period.end));
    ((period.end - period.start) / HOUR, hours.len())
}

#[test]
fn days_have_as_many_hours_as_their_clocks_show() {
    let london = calendar("Europe/London");
    assert_eq!(hours_of(&london, date(2011, 3, 27)), (23, 23));
    assert_eq!(hours_of(&london, date(2011, 10, 30)), (25, 25));
    assert_eq!(hours_of(&london, date(2011, 10, 31)), (24, 24));
    let new_york = calendar("America/New_York");
    assert_eq!(hours_of(&new_york, date(2024, 3, 10)), (23, 23));
    assert_eq!(hours_of(&new_york, date(2024, 11, 3)), (25, 25));
    assert_eq!(hours_of(&calendar("UTC"), date(2024, 2, 29)), (24, 24));
    // Half an hour back: 24.5 hours, of which one is half as long.
    assert_eq!(hours_of(&calendar("Australia/Lord_Howe"), date(2024, 4, 7)), (24, 25));
    assert_eq!(hours_of(&calendar("Australia/Lord_Howe"), date(2024, 10, 6)), (23, 24));
}

#[test]
fn a_repeated_hour_is_two_hours_with_two_names() {
    let london = calendar("Europe/London");
    let hours = london.periods(Unit::Hour, at("2011-10-30T00:00Z"), at("2011-10-30T02:00Z"));
    let names: Vec<String> =
        hours.unwrap().starts().iter().map(|&start| london.label(Unit::Hour, start)).collect();
    assert_eq!(
        names,
        ["2011-10-30T01:00+01:00", "2011-10-30T01:00+00:00", "2011-10-30T02:00+00:00"]
    );
}

#[test]
fn a_missing_midnight_moves_the_start_of_the_day() {
    let cairo = calendar("Africa/Cairo");
    for (day, start) in [
        (date(2023, 4, 28), "2023-04-27T22:00Z"), // shown as 01:00+03:00
        (date(2024, 4, 26), "2024-04-25T22:00Z"),
    ] {
        assert_eq!(cairo.start_of_day(day), at(start));
        assert_eq!(cairo.date_of(at(start)), day);
        assert_eq!(cairo.date_of(at(start) - 1), day.yesterday().unwrap());
        assert_eq!(hours_of(&cairo, day), (23, 23));
        assert_eq!(
            cairo.period_containing(Unit::Hour, at(start)).hour,
            Some(Time::constant(1, 0, 0, 0))
        );
    }
}

#[test]
fn a_skipped_date_keeps_its_place_and_holds_nothing() {
    let apia = calendar("Pacific/Apia");
    let jump = at("2011-12-30T10:00Z");
    assert_eq!(apia.start_of_day(date(2011, 12, 30)), jump);
    assert_eq!(apia.start_of_day(date(2011, 12, 31)), jump);
    assert_eq!(apia.date_of(jump - 1), date(2011, 12, 29));
    assert_eq!(apia.date_of(jump), date(2011, 12, 31));
    assert_eq!(apia.period_containing(Unit::Day, jump).date, date(2011, 12, 31));

    let days = apia.periods_of_dates(Unit::Day, date(2011, 12, 28), date(2012, 1, 2)).unwrap();
    assert_eq!(days.len(), 6);
    let dates: Vec<Date> = (0..6).map(|i| days.date(i).unwrap()).collect();
    assert_eq!(dates[2], date(2011, 12, 30));
    assert_eq!(dates[3], date(2011, 12, 31));
    assert_eq!((days.start(2), days.end(2)), (Some(jump), Some(jump)));
    assert_eq!(days.index_of(jump), Some(3));
    assert_eq!(days.index_of(jump - 1), Some(1));
    assert_eq!(apia.label_of_date(Unit::Day, dates[2]), "2011-12-30");

    // A range that is nothing but the skipped date is one day of length zero.
    let skipped = apia.periods_of_dates(Unit::Day, dates[2], dates[2]).unwrap();
    assert_eq!(skipped.starts(), [jump, jump]);
    assert_eq!(skipped.index_of(jump), None);
    assert!(apia.periods_of_dates(Unit::Hour, dates[2], dates[2]).unwrap().is_empty());
    // The week around it has six days and no gap.
    let week = apia.period_containing(Unit::Week, jump);
    assert_eq!((week.end - week.start) / DAY, 6);
}

#[test]
fn a_clock_set_back_over_midnight_does_not_reopen_yesterday() {
    // 2010-11-07 00:01 -02:30 became 2010-11-06 23:01 -03:30.
    let st_johns = calendar("America/St_Johns");
    let begun = at("2010-11-07T02:30Z");
    assert_eq!(st_johns.start_of_day(date(2010, 11, 7)), begun);
    for minutes in [0, 1, 30, 60, 61] {
        let ts = begun + minutes * 60 * SECOND;
        assert_eq!(st_johns.date_of(ts), date(2010, 11, 7), "{minutes} minutes");
    }
    assert_eq!(hours_of(&st_johns, date(2010, 11, 7)).0, 25);
}

#[test]
fn weeks_can_start_on_any_day() {
    let thursday = at("2020-06-11T12:00Z");
    for (week_start, first) in Weekday::ALL.into_iter().zip([8, 9, 10, 11, 5, 6, 7]) {
        let calendar = Calendar { week_start, ..Calendar::default() };
        let week = calendar.period_containing(Unit::Week, thursday);
        assert_eq!(week.date, date(2020, 6, first), "{week_start:?}");
        assert_eq!(week.end - week.start, 7 * DAY);
        assert_eq!(week.date.weekday().to_monday_zero_offset() as i64, week_start as i64);
    }
}

#[test]
fn rows_of_a_weekly_triangle_match_posthog_r4() {
    for (week_start, rows) in [
        (Weekday::Sunday, [(6, 7), (6, 14), (6, 21), (6, 28), (7, 5), (7, 12), (7, 19)]),
        (Weekday::Monday, [(6, 8), (6, 15), (6, 22), (6, 29), (7, 6), (7, 13), (7, 20)]),
    ] {
        let calendar = Calendar { week_start, ..Calendar::default() };
        let (from, to) = calendar.widen(Unit::Week, date(2020, 6, 10), date(2020, 7, 20));
        let weeks = calendar.periods_of_dates(Unit::Week, from, to).unwrap();
        let dates: Vec<Date> = (0..weeks.len()).map(|i| weeks.date(i).unwrap()).collect();
        assert_eq!(dates, rows.map(|(month, day)| date(2020, month, day)), "{week_start:?}");
    }
}

#[test]
fn labels_name_periods() {
    let utc = Calendar::default();
    let ts = at("2010-12-08T05:31:00Z");
    let label = |calendar: &Calendar, unit: Unit| {
        calendar.label(unit, calendar.period_containing(unit, ts).start)
    };
    assert_eq!(
        Unit::ALL.map(|unit| label(&utc, unit)),
        ["2010-12-08T05:00+00:00", "2010-12-08", "2010-W49", "2010-12", "2010-Q4", "2010"]
    );
    let sunday = Calendar { week_start: Weekday::Sunday, ..Calendar::default() };
    assert_eq!(label(&sunday, Unit::Week), "2010-12-05");
    assert_eq!(label(&fiscal(10), Unit::Quarter), "FY2011-Q1");
    assert_eq!(label(&fiscal(10), Unit::Year), "FY2011");
    assert_eq!(label(&fiscal(4), Unit::Quarter), "FY2011-Q3");
    assert_eq!(label(&fiscal(12), Unit::Quarter), "FY2011-Q1");
    assert_eq!(label(&calendar("Asia/Kathmandu"), Unit::Hour), "2010-12-08T11:00+05:45");
    assert_eq!(
        calendar("Europe/London").label(Unit::Hour, at("1840-01-01T00:01:15Z")),
        "1840-01-01T00:00-00:01:15"
    );
}

#[test]
fn iso_weeks_at_the_turn_of_years() {
    let utc = Calendar::default();
    for (day, name) in [
        (date(2008, 12, 29), "2009-W01"),
        (date(2010, 1, 3), "2009-W53"),
        (date(2012, 1, 1), "2011-W52"),
        (date(2021, 1, 3), "2020-W53"),
        (date(2024, 12, 30), "2025-W01"),
    ] {
        assert_eq!(utc.label_of_date(Unit::Week, day), name);
    }
}

#[test]
fn quarters_and_years_follow_the_fiscal_year() {
    let uk = fiscal(4);
    assert_eq!(
        uk.widen(Unit::Year, date(2024, 3, 31), date(2024, 4, 1)),
        (date(2023, 4, 1), date(2025, 3, 31))
    );
    assert_eq!(
        uk.widen(Unit::Quarter, date(2024, 2, 29), date(2024, 2, 29)),
        (date(2024, 1, 1), date(2024, 3, 31))
    );
    // Quarters of a year that starts in February straddle the calendar's.
    assert_eq!(
        fiscal(2).widen(Unit::Quarter, date(2024, 1, 31), date(2024, 2, 1)),
        (date(2023, 11, 1), date(2024, 4, 30))
    );
    assert_eq!(
        fiscal(1).widen(Unit::Month, date(2024, 2, 10), date(2024, 2, 10)),
        (date(2024, 2, 1), date(2024, 2, 29))
    );
    assert_eq!(
        fiscal(1).widen(Unit::Month, date(1900, 2, 10), date(1900, 2, 10)).1,
        date(1900, 2, 28)
    );
    for month in [0, 13, 255] {
        assert_eq!(
            Calendar::new(Zone::utc(), Weekday::Monday, month),
            Err(CalendarError::FiscalYearStart(month))
        );
    }
}

#[test]
fn too_many_periods_are_refused_and_the_most_are_not() {
    let utc = Calendar::default();
    let hours = |n: i64| utc.periods(Unit::Hour, 0, n * HOUR);
    assert_eq!(hours(MAX_PERIODS).unwrap().len(), 1_000_000);
    assert_eq!(
        hours(MAX_PERIODS + 1),
        Err(CalendarError::TooManyPeriods { unit: Unit::Hour, n_periods: 1_000_001 })
    );
    let all_days = utc.periods(Unit::Day, Micros::MIN, Micros::MAX);
    assert!(matches!(all_days, Err(CalendarError::TooManyPeriods { .. })));
    assert_eq!(utc.periods(Unit::Year, Micros::MIN, Micros::MAX).unwrap().len(), 19_999);
    assert!(utc.periods(Unit::Day, 5, 5).unwrap().is_empty());
    assert!(
        utc.periods_of_dates(Unit::Day, date(2020, 1, 2), date(2020, 1, 1)).unwrap().is_empty()
    );
}

#[test]
fn rolling_windows_are_elapsed_time() {
    assert_eq!(Unit::ALL.map(|unit| unit.rolling_micros() / HOUR), [1, 24, 168, 720, 2160, 8760]);
    let anchor = at("2024-03-09T23:59:00Z");
    assert_eq!(Unit::Day.rolling_index(anchor, anchor + DAY - 1), 0);
    assert_eq!(Unit::Day.rolling_index(anchor, anchor + DAY), 1);
    assert_eq!(Unit::Day.rolling_index(anchor, anchor - 1), -1);
}

#[test]
fn zones_go_by_their_iana_name() {
    assert_eq!(zone("europe/london").name(), "Europe/London");
    let json = serde_json::to_string(&zone("Asia/Shanghai")).unwrap();
    assert_eq!(json, "\"Asia/Shanghai\"");
    assert_eq!(serde_json::from_str::<Zone>(&json).unwrap(), zone("Asia/Shanghai"));
    assert_eq!(serde_json::from_str::<Zone>("\"UTC\"").unwrap(), Zone::utc());
    for name in ["", "Mars/Olympus", "+08:00", "Etc/Unknown", "../etc/passwd"] {
        assert!(matches!(Zone::named(name), Err(CalendarError::UnknownZone { .. })), "{name}");
    }
    let error = Zone::named("New York").unwrap_err();
    assert_eq!(error.to_string(), "`New York` is not a time zone");
    assert_eq!(error.hint(), "did you mean America/New_York?");
}

#[test]
fn the_words_of_questions_read_back() {
    for unit in Unit::ALL {
        assert_eq!(unit.name().parse(), Ok(unit));
        assert_eq!(serde_json::to_value(unit).unwrap(), unit.name());
    }
    for weekday in Weekday::ALL {
        assert_eq!(weekday.name().parse(), Ok(weekday));
        assert_eq!(serde_json::to_value(weekday).unwrap(), weekday.name());
    }
    assert_eq!("fortnight".parse::<Unit>(), Err(CalendarError::UnknownUnit("fortnight".into())));
    let calendar = Calendar::new(zone("Africa/Cairo"), Weekday::Saturday, 7).unwrap();
    let json = serde_json::to_string(&calendar).unwrap();
    assert_eq!(serde_json::from_str::<Calendar>(&json).unwrap(), calendar);
    assert!(serde_json::from_str::<Calendar>(&json.replace('7', "13")).is_err());
}

#[test]
fn the_ends_of_the_calendar_do_not_panic() {
    for name in ZONES {
        for month in [1, 4, 12] {
            let calendar = Calendar::new(zone(name), Weekday::Wednesday, month).unwrap();
            for unit in Unit::ALL {
                for ts in [Micros::MIN, Micros::MAX, timestamp_min(), timestamp_max()] {
                    let period = calendar.period_containing(unit, ts);
                    assert!(period.start < period.end);
                    assert!(!calendar.label(unit, period.start).is_empty());
                    if unit != Unit::Hour {
                        assert!((period.start..=period.end).contains(&ts), "{name} {unit:?} {ts}");
                    }
                }
                for day in [Date::MIN, Date::MAX] {
                    calendar.period_of_date(unit, day);
                    assert!(!calendar.label_of_date(unit, day).is_empty());
                    let (first, last) = calendar.widen(unit, day, day);
                    assert!(first <= day && day <= last);
                }
                let edge = calendar.periods(unit, timestamp_max() - DAY, Micros::MAX).unwrap();
                assert!(!edge.is_empty());
            }
        }
    }
}

#[test]
fn starts_in_a_row_are_those_of_single_days() {
    for name in ZONES {
        let calendar = calendar(name);
        for (from, to) in [(1799, 1802), (1880, 2030), (2098, 2103), (9990, 9999)] {
            let days = calendar.periods_of_dates(Unit::Day, date(from, 1, 1), date(to, 12, 31));
            let days = days.unwrap();
            for i in 0..days.len() {
                let start = calendar.start_of_day(days.date(i).unwrap());
                assert_eq!(days.start(i), Some(start), "{name} {:?}", days.date(i));
            }
        }
    }
}

#[test]
fn the_line_is_that_of_jiff() {
    assert_eq!(LINE, timestamp_min()..=timestamp_max());
}

fn timestamp_min() -> Micros {
    Timestamp::MIN.as_microsecond()
}

fn timestamp_max() -> Micros {
    Timestamp::MAX.as_microsecond()
}

/// Stretches that touch `[from, to]`, in order.
fn stretches(zone: &Zone, from: Micros, to: Micros) -> Vec<Stretch> {
    zone.stretches_from(from).take_while(|stretch| stretch.from <= to).collect()
}

/// What the wall clock shows at an instant, by jiff's offset alone.
fn shown(zone: &Zone, ts: Micros) -> Micros {
    let offset = zone.rules().to_offset(Timestamp::from_microsecond(ts).unwrap());
    ts + i64::from(offset.seconds()) * SECOND
}

/// Checks a start of day by looking at the clock every half hour of the days around.
fn check_start(zone: &Zone, day: Date, start: Micros) {
    const STEP: i64 = 30 * 60 * SECOND;
    let midnight = days::number_of(day) * DAY;
    let reached = (-56..=56)
        .map(|steps| midnight + steps * STEP)
        .find(|&ts| shown(zone, ts) >= midnight)
        .unwrap();
    assert!(reached - STEP < start && start <= reached, "{} {day}", zone.name());
    assert!(shown(zone, start) >= midnight, "{} {day}", zone.name());
    assert!(shown(zone, start - 1) < midnight, "{} {day}", zone.name());
}

#[test]
fn every_change_of_every_zone_agrees_with_brute_force() {
    let mut n_checked = 0;
    let database = TimeZoneDatabase::bundled();
    for name in database.available() {
        let Ok(zone) = Zone::named(name.as_str()) else { continue };
        let calendar = Calendar { zone: zone.clone(), ..Calendar::default() };
        let mut end_before = None;
        for stretch in stretches(&zone, at("1840-01-01T00:00Z"), at("2030-01-01T00:00Z")) {
            assert!(end_before.is_none_or(|end| stretch.from == end), "{name} has a hole");
            end_before = Some(stretch.to);
            if stretch.to == Micros::MAX {
                continue;
            }
            assert_ne!(zone.offset_at(stretch.to - 1), zone.offset_at(stretch.to), "{name}");
            assert_eq!(zone.offset_at(stretch.to - 1), stretch.offset, "{name}");
            let around = days::date_of_number(stretch.to.div_euclid(DAY)).unwrap();
            for shift in -1..=1 {
                let day = around.checked_add(jiff::Span::new().days(shift)).unwrap();
                let start = calendar.start_of_day(day);
                check_start(&zone, day, start);
                assert!(calendar.date_of(start) >= day);
                assert!(calendar.date_of(start - 1) < day, "{name} {day}");
                n_checked += 1;
            }
        }
    }
    assert!(n_checked > 50_000, "only {n_checked} starts checked");
}

fn any_calendar() -> impl Strategy<Value = Calendar> {
    let parts =
        (prop::sample::select(&ZONES[..]), prop::sample::select(&Weekday::ALL[..]), 1..=12_u8);
    parts
        .prop_map(|(name, week_start, month)| Calendar::new(zone(name), week_start, month).unwrap())
}

/// Instants of 1900 to 2100, half of them within two days of a change of the zone's clocks.
fn any_instant(calendar: &Calendar, seed: i64, nudge: Option<i64>) -> Micros {
    let ts = at("1900-01-01T00:00Z") + seed;
    match nudge {
        Some(nudge) => {
            let stretch = calendar.zone.stretch_containing(ts);
            let edge = if stretch.to == Micros::MAX { stretch.from } else { stretch.to };
            if edge == Micros::MIN { ts } else { edge + nudge }
        }
        None => ts,
    }
}

const TWO_CENTURIES: i64 = 200 * 365 * DAY;

proptest! {
    #[test]
    fn day_numbers_and_dates_agree_with_jiff(number in -4_371_587_i64..=2_932_896) {
        let day = days::date_of_number(number).unwrap();
        prop_assert_eq!(days::number_of(day), number);
        prop_assert_eq!(day, date(1970, 1, 1).checked_add(jiff::Span::new().days(number)).unwrap());
        let month = (i64::from(day.year()), i64::from(day.month()));
        prop_assert_eq!(days::days_in_month(month.0, month.1), i64::from(day.days_in_month()));
    }

    #[test]
    fn periods_tile_the_line(
        calendar in any_calendar(),
        unit in prop::sample::select(&Unit::ALL[..]),
        seed in 0..TWO_CENTURIES,
        nudge in prop::option::of(-2 * DAY..2 * DAY),
    ) {
        let ts = any_instant(&calendar, seed, nudge);
        let period = calendar.period_containing(unit, ts);
        prop_assert!(period.start <= ts && ts < period.end);
        prop_assert_eq!(calendar.period_containing(unit, period.start), period);
        prop_assert_eq!(calendar.period_containing(unit, period.end - 1), period);
        prop_assert_eq!(calendar.period_containing(unit, period.end).start, period.end);
        prop_assert_eq!(calendar.period_containing(unit, period.start - 1).end, period.start);
        // Shorter units nest in days, days in longer ones.
        let day = calendar.period_containing(Unit::Day, ts);
        if unit == Unit::Hour {
            prop_assert!(day.start <= period.start && period.end <= day.end);
        } else {
            prop_assert!(period.start <= day.start && day.end <= period.end);
        }
    }

    #[test]
    fn boundaries_agree_with_a_linear_search_and_with_dates(
        calendar in any_calendar(),
        unit in prop::sample::select(&Unit::ALL[..]),
        seed in 0..TWO_CENTURIES,
        nudge in prop::option::of(-2 * DAY..2 * DAY),
        n_periods in 0..60_i64,
        offsets in prop::collection::vec(-2.0..3.0_f64, 12),
    ) {
        let from = any_instant(&calendar, seed, nudge);
        let length = n_periods * unit.rolling_micros();
        let periods = calendar.periods(unit, from, from + length).unwrap();
        prop_assert_eq!(periods.starts().len(), periods.len() + 1);
        prop_assert!(periods.starts().is_sorted());
        prop_assert_eq!(periods.is_empty(), length == 0);
        if length > 0 {
            prop_assert!(periods.start(0).unwrap() <= from && from < periods.end(0).unwrap());
            let last = periods.len() - 1;
            prop_assert!(periods.start(last).unwrap() < from + length);
            prop_assert!(periods.end(last).unwrap() >= from + length);
        }
        for i in 0..periods.len() {
            let (start, end) = (periods.start(i).unwrap(), periods.end(i).unwrap());
            let date = periods.date(i).unwrap();
            if start < end {
                let period = calendar.period_containing(unit, start);
                prop_assert_eq!((period.start, period.end, period.date), (start, end, date));
            } else {
                prop_assert_eq!(unit, Unit::Day);
            }
            if unit != Unit::Hour {
                let first = periods.date(0).unwrap();
                prop_assert_eq!(calendar.periods_between(unit, first, date), i as i64);
            }
        }
        let instants = offsets.iter().map(|share| from + (share * length as f64) as i64);
        for ts in instants.chain(periods.starts().iter().copied().take(20)) {
            let linear = (0..periods.len())
                .find(|&i| periods.start(i).unwrap() <= ts && ts < periods.end(i).unwrap());
            prop_assert_eq!(periods.index_of(ts), linear);
            if let (Some(index), Unit::Day) = (linear, unit) {
                prop_assert_eq!(periods.date(index), Some(calendar.date_of(ts)));
            }
        }
    }

    #[test]
    fn dates_are_the_latest_the_clock_has_shown(
        calendar in any_calendar(),
        seed in 0..TWO_CENTURIES,
        nudge in prop::option::of(-2 * DAY..2 * DAY),
    ) {
        let ts = any_instant(&calendar, seed, nudge);
        let latest = stretches(&calendar.zone, ts - 4 * DAY, ts)
            .into_iter()
            .map(|stretch| (ts.min(stretch.to - 1) + stretch.offset).div_euclid(DAY))
            .max();
        prop_assert_eq!(Some(days::number_of(calendar.date_of(ts))), latest);
    }

    #[test]
    fn widening_is_idempotent_and_whole(
        calendar in any_calendar(),
        unit in prop::sample::select(&Unit::ALL[..]),
        first in -25_000_i64..25_000,
        n_days in 0..1_000_i64,
    ) {
        let from = days::date_of_number(first).unwrap();
        let to = days::date_of_number(first + n_days).unwrap();
        let (wide_from, wide_to) = calendar.widen(unit, from, to);
        prop_assert!(wide_from <= from && to <= wide_to);
        prop_assert_eq!(calendar.widen(unit, wide_from, wide_to), (wide_from, wide_to));
        let before = wide_from.yesterday().unwrap();
        let after = wide_to.tomorrow().unwrap();
        if unit != Unit::Hour {
            prop_assert_eq!(calendar.periods_between(unit, before, from), 1);
            prop_assert_eq!(calendar.periods_between(unit, to, after), 1);
        }
    }
}
