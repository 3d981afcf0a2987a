//! Random worlds against the definition itself: every customer asked at every boundary, in plain
//! loops, with the civil calendar of jiff and none of ours.

use std::collections::{BTreeMap, HashSet};

use jiff::ToSpan;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use perennial_testkit::{Event, Scene, World, scenes, worlds};
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

/// The periods' starts and the last one's end, and the start of the period before.
fn boundaries(zone: &TimeZone, unit: &str, from: Date, n: i64) -> (Vec<i64>, i64) {
    let step = |k: i64| match unit {
        "day" => k.days(),
        "week" => k.weeks(),
        "month" => k.months(),
        "quarter" => (3 * k).months(),
        _ => k.years(),
    };
    let start =
        |k: i64| (from + step(k)).to_zoned(zone.clone()).unwrap().timestamp().as_microsecond();
    ((0..=n).map(start).collect(), start(-1))
}

fn first_date(unit: &str, day: Date) -> Date {
    match unit {
        "day" => day,
        "week" => day - i64::from(day.weekday().to_monday_zero_offset()).days(),
        "month" => day.first_of_month(),
        "quarter" => date(day.year(), (day.month() - 1) / 3 * 3 + 1, 1),
        _ => date(day.year(), 1, 1),
    }
}

/// The lines of what passes, order by order.
fn joined<'a>(rows: &[&'a Event], passes: impl Fn(&Event) -> bool) -> Vec<Vec<&'a Event>> {
    let mut found: Vec<Vec<&Event>> = Vec::new();
    for &row in rows.iter().filter(|row| passes(row)) {
        let is_same = |lines: &&mut Vec<&Event>| {
            row.order_id.is_some()
                && (&lines[0].event, &lines[0].order_id) == (&row.event, &row.order_id)
        };
        match found.iter_mut().find(is_same) {
            Some(lines) => lines.push(row),
            None => found.push(vec![row]),
        }
    }
    found
}

/// Money of an order in the currency of its first line with money.
fn money(lines: &[&Event]) -> (Option<String>, i64) {
    let first = lines.iter().find(|line| line.amount.is_some());
    (
        first.and_then(|line| line.currency.clone()),
        lines.iter().filter_map(|line| line.amount).sum(),
    )
}

/// Whether in some currency more was bought than taken back.
fn kept_something(bought: &[Vec<&Event>], refunds: &[Vec<&Event>]) -> bool {
    let total = |all: &[Vec<&Event>], of: &Option<String>| -> i64 {
        all.iter()
            .map(|lines| money(lines))
            .filter(|(currency, _)| currency == of || currency.is_none())
            .map(|(_, sum)| sum.abs())
            .sum()
    };
    bought.iter().map(|lines| money(lines).0).any(|of| total(bought, &of) > total(refunds, &of))
}

/// The customers of a set, by their value of the breakdown and how long before they were acquired.
type Groups = BTreeMap<(Option<String>, &'static str), Vec<i64>>;

/// Since when a customer counts, the spans `(after, until]` of activity, and the values at first.
type Known<'a> = (i64, Vec<(i64, i64)>, &'a Event);

/// What the definition makes of one customer's known rows; nothing of one outside the population.
fn known<'a>(rows: &[&'a Event], population: &str, window: Option<i64>) -> Option<Known<'a>> {
    let is_order =
        |row: &Event| row.event == "order" || row.event != "refund" && row.order_id.is_some();
    let bought: Vec<_> =
        joined(rows, is_order).into_iter().filter(|lines| money(lines).1 > 0).collect();
    let refunds = joined(rows, |row| row.event == "refund");
    if population == "net_buyers" && !kept_something(&bought, &refunds) {
        return None;
    }
    let buyer_since = if population == "everyone" { i64::MIN } else { bought.first()?[0].ts };
    let Some(window) = window else {
        let changes = joined(rows, |row| row.event == "signup" || row.event == "refund");
        let first = changes.iter().find(|lines| lines[0].event == "signup")?[0];
        let mut spans = Vec::new();
        for (position, lines) in
            changes.iter().enumerate().filter(|(_, lines)| lines[0].event == "signup")
        {
            let until = changes.get(position + 1).map_or(i64::MAX, |next| next[0].ts);
            spans.push((lines[0].ts.max(buyer_since), until));
        }
        return Some((first.ts.max(buyer_since), spans, first));
    };
    let seen = if population == "everyone" { joined(rows, |_| true) } else { bought };
    let spans = seen.iter().map(|lines| (lines[0].ts, lines[0].ts + window)).collect();
    let first = seen.first()?[0];
    Some((first.ts, spans, first))
}

#[derive(Clone, Debug)]
struct Asked {
    scene: Scene,
    world: World,
    unit: &'static str,
    n_periods: i64,
    window_days: Option<f64>,
    population: &'static str,
    new_old: bool,
    breakdown: Option<&'static str>,
    top: usize,
    n_days_known: i32,
    set: &'static str,
}

fn asked() -> impl Strategy<Value = Asked> {
    scenes().prop_flat_map(|scene| {
        let units: &[&str] = if scene.n_days < 10 {
            &["day", "week"]
        } else {
            &["day", "week", "month", "quarter", "year"]
        };
        (
            (
                worlds(scene),
                select(units.to_vec()),
                1..6_i64,
                select(vec![None, Some(0.5), Some(1.0), Some(3.25), Some(30.0), Some(200.0)]),
            ),
            (
                select(vec!["everyone", "buyers", "net_buyers"]),
                any::<bool>(),
                select(vec![None, Some("start"), Some("current")]),
                0..3_usize,
            ),
            (
                0..=scene.n_days + 1,
                select(vec!["s", "e", "n", "kept", "won_back", "lost", "acquired"]),
            ),
        )
            .prop_map(
                move |(
                    (world, unit, n_periods, window_days),
                    (population, new_old, breakdown, top),
                    (n_days_known, set),
                )| Asked {
                    scene,
                    world,
                    unit,
                    n_periods,
                    window_days,
                    population,
                    new_old,
                    breakdown,
                    top,
                    n_days_known,
                    set,
                },
            )
    })
}

impl Asked {
    fn as_of(&self) -> i64 {
        self.scene.midnight(self.n_days_known)
    }

    fn first(&self) -> Date {
        first_date(self.unit, self.scene.date)
    }

    fn question(&self) -> Value {
        let last = boundaries(&TimeZone::UTC, self.unit, self.first(), self.n_periods).0;
        let last = jiff::Timestamp::from_microsecond(last[last.len() - 1]).unwrap();
        let last = last.to_zoned(TimeZone::UTC).date().yesterday().unwrap();
        json!({
            "period": self.unit, "from": self.first().to_string(), "to": last.to_string(), "zone": self.scene.zone,
            "as_of": jiff::Timestamp::from_microsecond(self.as_of()).unwrap().to_string(), "population": self.population,
            "active": self.window_days.map_or(json!({"subscription": {"start": "signup", "end": "refund"}}), |days| json!({"trailing_days": days})),
            "by": if self.new_old { "new_old" } else { "all" }, "top": self.top,
            "breakdown": self.breakdown.map_or(json!([]), |at| json!([{"field": "plan", "at": at}])),
        })
    }

    /// For every period that has begun and then the whole: set → group → customers.
    fn expected(&self) -> Vec<BTreeMap<&'static str, Groups>> {
        let (starts, before) =
            boundaries(&self.scene.rules(), self.unit, self.first(), self.n_periods);
        let n_begun = (0..self.n_periods as usize).filter(|p| starts[*p] < self.as_of()).count();
        let mut spans: Vec<(i64, i64, i64)> = (0..n_begun)
            .map(|p| (if p == 0 { before } else { starts[p - 1] }, starts[p], starts[p + 1]))
            .collect();
        spans.extend((n_begun > 0).then(|| (before, starts[0], starts[n_begun])));
        let rows = self.world.sorted();
        let keys: HashSet<i64> = rows.iter().map(|row| row.customer).collect();
        let mut found = vec![BTreeMap::<_, Groups>::new(); spans.len()];
        for key in keys {
            let own: Vec<&Event> =
                rows.iter().filter(|row| row.customer == key && row.ts < self.as_of()).collect();
            let window = self.window_days.map(|days| (days * 86_400e6) as i64);
            let Some((since, active, first)) = known(&own, self.population, window) else {
                continue;
            };
            let current = own.iter().rev().find_map(|row| row.properties.get("plan"));
            let plan = match self.breakdown {
                None => None,
                Some("start") => first.properties.get("plan"),
                _ => current,
            };
            let is_active =
                |at: i64| active.iter().any(|(after, until)| *after < at && at <= *until);
            for ((previous, start, end), sets) in spans.iter().zip(&mut found) {
                let (s, e, is_new) =
                    (is_active(*start), is_active(*end), (*start..*end).contains(&since));
                let age = if is_new {
                    "now"
                } else if (*previous..*start).contains(&since) {
                    "new"
                } else {
                    "old"
                };
                for (set, is_in) in [
                    ("s", s),
                    ("e", e),
                    ("n", e && is_new),
                    ("kept", s && e),
                    ("lost", s && !e),
                    ("won_back", e && !s && !is_new),
                    ("acquired", is_new),
                ] {
                    if is_in {
                        sets.entry(set)
                            .or_default()
                            .entry((plan.cloned(), age))
                            .or_default()
                            .push(key);
                    }
                }
            }
        }
        found
    }
}

fn numbers(rates: &Rates) -> [(&'static str, u64); 7] {
    let Rates { s, e, n, kept, lost, won_back, acquired, .. } = *rates;
    [
        ("s", s),
        ("e", e),
        ("n", n),
        ("kept", kept),
        ("lost", lost),
        ("won_back", won_back),
        ("acquired", acquired),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn every_number_is_what_the_definition_says(asked in asked()) {
        let found = answer(&asked.world, &asked.question());
        let expected = asked.expected();
        let groups: Vec<_> = found.periods.iter().map(|one| (&one.group, one.other)).collect();
        let shown: Vec<_> = groups.iter().filter(|(_, other)| !other).filter_map(|(group, _)| group.as_ref()?.first().cloned()).collect();
        prop_assert_eq!(found.overall.is_some(), !expected.is_empty());
        let n_periods = expected.len().saturating_sub(1);
        for (position, rates) in found.periods.iter().enumerate().chain(found.overall.iter().map(|one| (usize::MAX, one))) {
            let is_whole = position == usize::MAX;
            let sets = &expected[if is_whole { n_periods } else { position % n_periods }];
            let age = rates.group.as_ref().filter(|_| asked.new_old && !is_whole).and_then(|group| group.last().cloned().flatten());
            let belongs = |(plan, own): &(Option<String>, &str)| {
                age.as_ref().is_none_or(|age| age == own)
                    && (is_whole || asked.breakdown.is_none()
                        || if rates.other { !shown.contains(plan) } else { rates.group.as_ref().is_some_and(|group| group.first() == Some(plan)) })
            };
            for (set, number) in numbers(rates) {
                let wanted: usize = sets.get(set).into_iter().flatten().filter(|(group, _)| belongs(group)).map(|(_, keys)| keys.len()).sum();
                prop_assert_eq!(number, wanted as u64, "{} of {:?} {}", set, rates.group, rates.start);
            }
            prop_assert_eq!(rates.e, rates.kept + rates.n + rates.won_back);
            prop_assert_eq!(rates.s, rates.kept + rates.lost);
            let share = |part: u64| (rates.s > 0).then(|| part as f64 / rates.s as f64);
            prop_assert_eq!((rates.classic, rates.set, rates.churn), (share(rates.e - rates.n), share(rates.kept), share(rates.lost)));
            prop_assert_eq!(rates.reason.is_some(), rates.set.is_none());
        }
    }

    #[test]
    fn the_list_is_the_set(asked in asked(), position in any::<prop::sample::Index>()) {
        let found = answer(&asked.world, &asked.question());
        prop_assume!(!found.periods.is_empty());
        let rates = position.get(&found.periods);
        let mut question = asked.question();
        question["cell"] = json!({"period": rates.start, "set": asked.set, "group": rates.group, "other": rates.other});
        let (_, keys) = reply(&asked.world, &question).unwrap();
        let number = numbers(rates).into_iter().find(|(set, _)| *set == asked.set).unwrap().1;
        prop_assert_eq!(keys.len() as u64, number);
        if asked.breakdown.is_none() && !asked.new_old {
            let expected = asked.expected();
            let period = found.periods.iter().position(|one| one == rates).unwrap();
            let mut wanted: Vec<i64> = expected[period].get(asked.set).into_iter().flat_map(|groups| groups.values().flatten().copied()).collect();
            wanted.sort_unstable();
            prop_assert_eq!(keys.iter().map(|key| key.0).collect::<Vec<_>>(), wanted);
        }
    }

    #[test]
    fn what_is_closed_stays(mut asked in asked()) {
        // An order may grow by a later line, and so become a purchase: rows without orders.
        asked.world.events.iter_mut().for_each(|event| event.order_id = None);
        let early = answer(&asked.world, &asked.question());
        prop_assume!(early.definition.closed);
        asked.n_days_known = asked.scene.n_days + 1;
        let late = answer(&asked.world, &asked.question());
        for one in early.periods.iter().filter(|one| one.complete && asked.breakdown.is_none()) {
            prop_assert!(late.periods.contains(one), "{:?}", one);
        }
    }

    #[test]
    fn the_window_is_of_type_seven(mut gaps in proptest::collection::vec(0..1_000_000_000_000_i64, 1..40)) {
        gaps.sort_unstable();
        let rank = (gaps.len() - 1) as f64 * 0.9;
        let (below, above) = (gaps[rank.floor() as usize], gaps[rank.ceil() as usize]);
        let wanted = below as f64 + (above - below) as f64 * rank.fract();
        prop_assert!((crate::crr::plan::p90(&gaps).unwrap() as f64 - wanted).abs() <= 1.0);
    }
}
