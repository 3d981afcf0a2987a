//! Planted effects are found again in the events, within what chance allows.

use std::collections::{BTreeMap, HashMap};

use jiff::ToSpan;
use perennial_world::{Arm, CustomerTruth, Decline, Kind, Property, PropertyType, Value, World};

use crate::regression::exponential;
use crate::{assert_poisson, truth_of, world};

const DAY: f64 = 86_400_000_000.0;

/// What the events tell of a subscriber, and beside it the truth.
struct Subscriber {
    truth: CustomerTruth,
    known: Vec<Property>,
    joined: i64,
    cancelled: Option<i64>,
    arm: Option<(i64, bool)>,
}

fn subscribers(world: &World) -> Vec<Subscriber> {
    let mut all = Vec::new();
    world
        .visit(0..world.options().n_customers, |history| {
            let named = |name: &str| history.events().find(|row| row.event == name);
            let sign_up = named("sign_up").unwrap();
            all.push(Subscriber {
                truth: history.truth().clone(),
                known: sign_up.properties.to_vec(),
                joined: sign_up.ts,
                cancelled: named("cancel").map(|row| row.ts),
                arm: named("campaign_assigned").map(|row| {
                    let arm = row.properties.iter().find(|p| p.name == "arm").unwrap();
                    (row.ts, arm.value == Value::Text("treatment"))
                }),
            });
            Ok::<(), ()>(())
        })
        .unwrap();
    all
}

impl Subscriber {
    /// Days seen, and whether they end with leaving; the treated are seen until treatment.
    fn follow_up(&self, end: i64) -> (f64, bool) {
        let seen_until = match self.arm {
            Some((sent, true)) => sent,
            _ => end,
        };
        let left = self.cancelled.filter(|&cancelled| cancelled < seen_until);
        ((left.unwrap_or(seen_until) - self.joined) as f64 / DAY, left.is_some())
    }
}

/// Columns of the regression: numbers as they are, words as dummies against their first level
/// (`organic` for channels); beside each, the planted log hazard.
fn design(world: &World, all: &[Subscriber]) -> (Vec<Vec<f64>>, Vec<(String, f64)>) {
    let planted = world.planted();
    let effect = |name: &str| {
        let driver = planted.drivers.iter().find(|driver| driver.name == name);
        driver.map_or(0.0, |driver| driver.log_hazard)
    };
    let mut columns = vec![("intercept".to_owned(), -planted.lifetime.scale_days.ln())];
    let mut place: BTreeMap<(&str, Option<&str>), usize> = BTreeMap::new();
    for column in world
        .properties()
        .iter()
        .filter(|c| all[0].known.iter().any(|property| property.name == c.name))
    {
        if column.property_type != PropertyType::Text {
            place.insert((column.name, None), columns.len());
            columns.push((column.name.to_owned(), effect(column.name)));
            continue;
        }
        let mut levels: Vec<&'static str> =
            all.iter().filter_map(|one| word(&one.known, column.name)).collect();
        levels.sort_unstable();
        levels.dedup();
        let base = if column.name == "channel" { "organic" } else { levels[0] };
        for level in levels.into_iter().filter(|&level| level != base) {
            let channel = planted.channels.iter().find(|channel| channel.name == level);
            place.insert((column.name, Some(level)), columns.len());
            let truth = channel.map_or(0.0, |channel| channel.hazard_ratio.ln());
            columns.push((format!("{}={level}", column.name), truth));
        }
    }
    let rows = all
        .iter()
        .map(|one| {
            let mut row = vec![0.0; columns.len()];
            row[0] = 1.0;
            for property in &one.known {
                let (key, value) = match property.value {
                    Value::Text(level) => ((property.name, Some(level)), 1.0),
                    Value::Integer(number) => ((property.name, None), number as f64),
                    Value::Flag(flag) => ((property.name, None), f64::from(u8::from(flag))),
                    Value::Id(_) => unreachable!("nothing known at sign-up is an id"),
                };
                if let Some(&column) = place.get(&key) {
                    row[column] = value;
                }
            }
            row
        })
        .collect();
    (rows, columns)
}

fn word(known: &[Property], name: &str) -> Option<&'static str> {
    known.iter().find(|property| property.name == name).and_then(|property| match property.value {
        Value::Text(word) => Some(word),
        _ => None,
    })
}

/// Channels, drivers and noise in one regression on `sign_up` and `cancel`: every planted effect
/// is found, and no noise column has one.
#[test]
fn drivers_of_leaving_are_found_and_noise_is_not() {
    let world = world(Kind::Subscription, 12_000);
    let all = subscribers(&world);
    let (rows, columns) = design(&world, &all);
    let end = world.span().end;
    let (days, left): (Vec<f64>, Vec<bool>) = all.iter().map(|one| one.follow_up(end)).unzip();
    let fitted = exponential(&rows, &left, &days);
    assert!(columns.len() > 20);
    for ((name, truth), (estimate, error)) in columns.iter().zip(&fitted) {
        assert!(
            (estimate - truth).abs() < 4.0 * error,
            "{name}: planted {truth:.3}, found {estimate:.3} ± {error:.3}"
        );
        // Precise enough to tell a planted effect from none.
        let is_driver = name.starts_with("channel=")
            || world.planted().drivers.iter().any(|d| d.name == *name && d.log_hazard != 0.0);
        assert!(!is_driver || truth.abs() > 2.5 * error, "{name}: {truth:.3} ± {error:.3}");
    }
}

/// Share of customers still there after 180 days, by channel, counted from `cancel` events.
#[test]
fn channels_keep_their_planted_share_of_customers() {
    let world = world(Kind::Subscription, 12_000);
    let planted = world.planted();
    let horizon = 180.0;
    let mut by_channel: HashMap<String, (f64, f64, f64)> = HashMap::new();
    for one in &subscribers(&world) {
        let truth = &one.truth;
        let until = one.joined + (horizon * DAY) as i64;
        let is_treated_by_then = one.arm.is_some_and(|(sent, treated)| treated && sent < until);
        if until > world.span().end || is_treated_by_then {
            continue;
        }
        let share = survival(&planted.lifetime, truth.log_hazard, horizon);
        let entry = by_channel.entry(truth.channel.clone()).or_default();
        entry.0 += f64::from(u8::from(one.cancelled.is_none_or(|cancelled| cancelled >= until)));
        entry.1 += share;
        entry.2 += share * (1.0 - share);
    }
    let share = |name: &str| by_channel[name].0 / by_channel[name].1;
    for channel in &planted.channels {
        let (stayed, expected, variance) = by_channel[&channel.name];
        assert!(
            (stayed - expected).abs() < 4.0 * variance.sqrt(),
            "{}: {}",
            channel.name,
            share(&channel.name)
        );
        assert!(variance > 100.0);
    }
}

fn survival(lifetime: &perennial_world::LifetimeTruth, log_hazard: f64, days: f64) -> f64 {
    (-log_hazard.exp() * (days / lifetime.scale_days).powf(lifetime.shape)).exp()
}

/// In silent companies the instants of leaving are in the truth alone; by channel, by level of
/// every known property, and in all, as many left as their hazards foretell.
#[test]
fn as_many_leave_as_the_planted_hazards_foretell() {
    for kind in [Kind::Shop, Kind::App] {
        let world = world(kind, 8_000);
        let lifetime = world.planted().lifetime;
        let mut groups: BTreeMap<String, (f64, f64)> = BTreeMap::new();
        world
            .visit(0..8_000, |history| {
                let truth = history.truth();
                let seen_until = truth.churned_at.as_microsecond().min(world.span().end);
                let days = (seen_until - truth.joined_at.as_microsecond()) as f64 / DAY;
                let foretold = -survival(&lifetime, truth.log_hazard, days).ln();
                let sign_up = history.events().find(|row| row.event == "sign_up").unwrap();
                for property in sign_up.properties {
                    let group = format!("{} = {:?}", property.name, property.value);
                    let entry = groups.entry(group).or_default();
                    entry.0 += f64::from(u8::from(truth.is_churned));
                    entry.1 += foretold;
                }
                Ok::<(), ()>(())
            })
            .unwrap();
        assert!(groups.len() > 40);
        for (group, (left, foretold)) in groups {
            assert_poisson(left, foretold, 4.0, &format!("{kind}, {group}"));
        }
    }
}

/// Expected visits per day of the world if there were no season, from the truth of the untreated.
fn exposure(world: &World, truths: &[CustomerTruth]) -> Vec<f64> {
    let start = world.span().start;
    let mut per_day = vec![0.0; world.options().n_days as usize];
    for truth in truths.iter().filter(|truth| truth.arm != Some(Arm::Treatment)) {
        let from = (truth.joined_at.as_microsecond() - start) as f64 / DAY;
        let until = (truth.churned_at.as_microsecond() - start) as f64 / DAY;
        for (day, expected) in per_day.iter_mut().enumerate().skip(from as usize) {
            let alive = (until.min(day as f64 + 1.0) - from.max(day as f64)).max(0.0);
            if alive == 0.0 {
                break;
            }
            *expected += alive * truth.visits_per_day;
        }
    }
    per_day
}

/// Visits per day of the world, from the events of the untreated.
fn visits(world: &World, truths: &[CustomerTruth]) -> Vec<f64> {
    let start = world.span().start;
    let opening = world.planted().activity.opening_event;
    let mut per_day = vec![0.0; world.options().n_days as usize];
    let mut place = 0;
    world
        .visit(0..world.options().n_customers, |history| {
            if truths[place].arm != Some(Arm::Treatment) {
                let openings =
                    history.events().filter(|row| row.event == opening && !row.is_duplicate);
                openings.for_each(|row| per_day[((row.ts - start) as f64 / DAY) as usize] += 1.0);
            }
            place += 1;
            Ok::<(), ()>(())
        })
        .unwrap();
    per_day
}

/// Months, weekdays and holidays: observed over what the rest of the model expects.
#[test]
fn the_season_is_found_in_the_visits() {
    for kind in [Kind::Shop, Kind::App] {
        let world = world(kind, 6_000);
        let (truths, _) = truth_of(&world);
        let season = world.planted().season;
        let (exposure, visits) = (exposure(&world, &truths), visits(&world, &truths));
        let mut groups: BTreeMap<String, (f64, f64, f64)> = BTreeMap::new();
        for (day, date) in world.options().start.series(1.day()).take(exposure.len()).enumerate() {
            let month = season.month[date.month() as usize - 1];
            let weekday = season.weekday[date.weekday().to_monday_zero_offset() as usize];
            let here = || season.holidays.iter().filter(|h| h.first <= date && date <= h.last);
            // Multiplied here anew, so that the generator's own product is tested as well.
            let factor = here().fold(month * weekday, |factor, holiday| factor * holiday.factor);
            let mut add = |group: String, planted: f64| {
                let entry = groups.entry(group).or_insert((planted, 0.0, 0.0));
                entry.1 += visits[day];
                entry.2 += exposure[day] * factor / planted;
            };
            add(format!("month {}", date.month()), month);
            add(format!("{:?}", date.weekday()), weekday);
            for holiday in here() {
                add(holiday.name.clone(), holiday.factor);
            }
        }
        assert!(groups.len() >= 19 + 4);
        for (group, (planted, seen, without)) in groups {
            let error = seen.sqrt() / without;
            let found = seen / without;
            // The ends of lives fall into the middle of a day, whose hours are not equally busy.
            let tolerance = 4.0 * error + 0.01 * planted;
            assert!(
                (found - planted).abs() < tolerance,
                "{kind}, {group}: planted {planted:.3}, found {found:.3} ± {error:.3}"
            );
        }
    }
}

/// Treated against control in the outcome window, standardised by the planted rates.
#[test]
fn the_campaign_lifts_visits_by_what_was_planted() {
    let world = world(Kind::Shop, 20_000);
    let campaign = world.planted().campaign.unwrap();
    let opening = world.planted().activity.opening_event;
    let window = campaign.sent_at.as_microsecond()..campaign.until.as_microsecond();
    // (in segment, treated) -> visits, expected without a campaign up to a common factor, orders.
    let mut groups: HashMap<(bool, bool), (f64, f64, f64, f64)> = HashMap::new();
    world
        .visit(0..20_000, |history| {
            let truth = history.truth();
            let Some(arm) = truth.arm else { return Ok(()) };
            let alive = truth.churned_at.as_microsecond().min(window.end) - window.start;
            let within =
                || history.events().filter(|row| window.contains(&row.ts) && !row.is_duplicate);
            let entry = groups.entry((truth.in_segment, arm == Arm::Treatment)).or_default();
            entry.0 += within().filter(|row| row.event == opening).count() as f64;
            entry.1 += alive.max(0) as f64 / DAY * truth.visits_per_day;
            entry.2 += within().filter(|row| row.event == "checkout_started").count() as f64;
            entry.3 += 1.0;
            Ok::<(), ()>(())
        })
        .unwrap();
    for (in_segment, planted) in [(false, campaign.without), (true, campaign.with)] {
        let (treated, control) = (groups[&(in_segment, true)], groups[&(in_segment, false)]);
        let found = treated.0 / treated.1 / (control.0 / control.1);
        let error = found * (1.0 / treated.0 + 1.0 / control.0).sqrt();
        assert!((found - planted.rate_ratio).abs() < 4.0 * error, "{found:.3} ± {error:.3}");
        assert!(planted.rate_ratio - 1.0 > 2.0 * error);
        // As an experimenter sees it: orders per head, nothing known of rates.
        let lift = treated.2 / treated.3 / (control.2 / control.3);
        assert!((lift - planted.rate_ratio).abs() < 0.25, "{lift:.3}");
    }
    let (treated, all) = groups.iter().fold((0.0, 0.0), |(treated, all), (key, group)| {
        (treated + if key.1 { group.3 } else { 0.0 }, all + group.3)
    });
    assert!((treated / all - campaign.share_treated).abs() < 4.0 * (0.25_f64 / all).sqrt());
}

/// Leaving within the outcome window, treated against control: events over exposure.
#[test]
fn the_campaign_lowers_the_hazard_by_what_was_planted() {
    let world = world(Kind::Subscription, 16_000);
    let campaign = world.planted().campaign.unwrap();
    let (sent, until) = (campaign.sent_at.as_microsecond(), campaign.until.as_microsecond());
    let mut groups: HashMap<(bool, bool), (f64, f64)> = HashMap::new();
    for one in &subscribers(&world) {
        let truth = &one.truth;
        let Some((_, is_treated)) = one.arm else { continue };
        let left = one.cancelled.unwrap_or(i64::MAX);
        assert!(left > sent, "only who is there is assigned");
        let days = (left.min(until) - sent) as f64 / DAY;
        let entry = groups.entry((truth.in_segment, is_treated)).or_default();
        entry.0 += f64::from(u8::from(left < until));
        entry.1 += days * truth.log_hazard.exp();
        let untreated = truth.churned_at_untreated.unwrap_or(truth.churned_at);
        assert!(truth.churned_at >= untreated, "this campaign makes nobody leave earlier");
        assert!(is_treated || truth.churned_at_untreated.is_none());
    }
    for (in_segment, planted) in [(false, campaign.without), (true, campaign.with)] {
        let (treated, control) = (groups[&(in_segment, true)], groups[&(in_segment, false)]);
        let found = treated.0 / treated.1 / (control.0 / control.1);
        let error = found * (1.0 / treated.0 + 1.0 / control.0).sqrt();
        assert!((found - planted.hazard_ratio).abs() < 4.0 * error, "{found:.3} ± {error:.3}");
        assert!(1.0 - planted.hazard_ratio > 2.0 * error);
    }
}

/// Use falls before a subscriber cancels, to the planted share.
#[test]
fn leaving_casts_its_shadow() {
    leaving_casts_the_shadow_of(&world(Kind::Subscription, 6_000));
}

/// Another early signal is told by the truth and found in the events, and changes nobody's leaving.
#[test]
fn another_early_signal_can_be_planted() {
    let plain = world(Kind::Subscription, 6_000);
    let signal = Decline { days: 90, share_kept: 0.2 };
    let signalled = plain.clone().with_decline(signal).unwrap();
    assert_eq!(signalled.planted().activity.decline, Some(signal));
    leaving_casts_the_shadow_of(&signalled);
    let leaving = |world: &World| {
        truth_of(world).0.iter().map(|one| (one.joined_at, one.churned_at)).collect::<Vec<_>>()
    };
    assert_eq!(leaving(&plain), leaving(&signalled));
    for share_kept in [-0.1, 1.1, f64::NAN] {
        let error = plain.clone().with_decline(Decline { days: 90, share_kept }).unwrap_err();
        assert!(error.to_string().contains("is no share of visits"), "{error}");
    }
}

fn leaving_casts_the_shadow_of(world: &World) {
    let planted = world.planted();
    let decline = planted.activity.decline.unwrap();
    let (start, length) = (world.span().start, (f64::from(decline.days) * DAY) as i64);
    let (mut seen, mut expected) = ([0.0, 0.0], [0.0, 0.0]);
    let factors: Vec<f64> = (world.options().start.series(1.day()))
        .take(730)
        .map(|date| planted.season.factor(date))
        .collect();
    world
        .visit(0..6_000, |history| {
            let truth = history.truth();
            let churned = truth.churned_at.as_microsecond();
            // Two windows of equal length before leaving, both within the life.
            if !truth.is_churned || truth.joined_at.as_microsecond() + 2 * length > churned {
                return Ok(());
            }
            for row in history.events().filter(|row| !row.is_duplicate) {
                let before = (churned - row.ts) / length;
                if row.event == planted.activity.opening_event && before < 2 {
                    seen[before as usize] += 1.0;
                }
            }
            for day in 1..=2 * decline.days as usize {
                let place = (churned - start) as f64 / DAY - day as f64 + 0.5;
                let window = (day - 1) / decline.days as usize;
                expected[window] += truth.visits_per_day * factors[place as usize];
            }
            Ok::<(), ()>(())
        })
        .unwrap();
    let found = seen[0] / expected[0] / (seen[1] / expected[1]);
    assert!((found - decline.share_kept).abs() < 0.02, "{found}");
}

#[test]
fn shares_of_untidy_rows_are_as_planted() {
    for kind in Kind::ALL {
        let world = world(kind, 1_500);
        let planted = world.planted();
        let (_, counts) = truth_of(&world);
        let n_events = counts.n_events as f64;
        assert_poisson(counts.n_late as f64, n_events * planted.late_share, 4.0, "late");
        let duplicates = n_events * planted.duplicate_share;
        assert_poisson(counts.n_duplicates as f64, duplicates, 4.0, "duplicates");
        // Refunds due after the end are not seen: at most those of the last two weeks.
        let refunds = counts.n_order_lines as f64 * planted.refund_share;
        assert!((counts.n_refunds as f64) < refunds + 4.0 * refunds.sqrt());
        assert!((counts.n_refunds as f64) > 0.93 * refunds - 4.0 * refunds.sqrt(), "{kind}");
    }
}

#[test]
fn activity_is_heavy_tailed() {
    for kind in Kind::ALL {
        let mut per_customer = Vec::new();
        world(kind, 3_000)
            .visit(0..3_000, |history| {
                per_customer.push(history.counts().n_events);
                Ok::<(), ()>(())
            })
            .unwrap();
        per_customer.sort_unstable_by(|left, right| right.cmp(left));
        let top: u64 = per_customer[..300].iter().sum();
        let share = top as f64 / per_customer.iter().sum::<u64>() as f64;
        assert!(share > 0.3, "{kind}: the busiest tenth makes {share:.2} of the events");
    }
}
