//! What is exact: bytes, counts, ids, order links, and that nothing happens when it cannot.

use std::collections::{HashMap, HashSet};

use jiff::ToSpan;
use jiff::civil::date;
use perennial_world::{
    Counts, History, Kind, Options, PropertyType, Truth, TruthWriter, World, WorldError,
};

use proptest::prelude::*;
use serde_json::Value as Json;

use crate::{truth_of, world};

/// FNV-1a over everything that can be seen of a customer.
fn fingerprint(history: &History) -> u64 {
    let mut seen = format!("{:?}", history.truth());
    for row in history.events() {
        seen.push_str(&format!("{row:?}"));
    }
    for identity in history.identities() {
        seen.push_str(&format!("{identity:?}"));
    }
    seen.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn fingerprints(world: &World) -> Vec<u64> {
    let mut all = Vec::new();
    world
        .visit(0..world.options().n_customers, |history| {
            all.push(fingerprint(history));
            Ok::<(), ()>(())
        })
        .unwrap();
    all
}

/// If this fails, worlds have changed: raise `VERSION`, so that nobody compares old with new.
#[test]
fn a_tiny_world_is_the_same_on_every_machine() {
    let golden = Kind::ALL.map(|kind| {
        let all = fingerprints(&world(kind, 20));
        all.into_iter().fold(0_u64, |hash, one| hash.rotate_left(7) ^ one)
    });
    assert_eq!(golden, GOLDEN);
}

const GOLDEN: [u64; 3] =
    [3_908_435_927_972_034_385, 6_927_032_240_624_258_202, 1_407_533_576_502_585_812];

#[test]
fn customers_are_the_same_in_any_order_on_any_thread() {
    let world = world(Kind::Shop, 64);
    let in_order = fingerprints(&world);
    let backwards: Vec<u64> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4_u32)
            .map(|thread| {
                let world = &world;
                scope.spawn(move || {
                    let mut history = History::default();
                    let mine = (16 * thread..16 * thread + 16).rev();
                    mine.map(|customer| {
                        world.history(customer, &mut history);
                        fingerprint(&history)
                    })
                    .collect::<Vec<u64>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap().into_iter().rev()).collect()
    });
    assert_eq!(in_order, backwards);
}

#[test]
fn another_seed_is_another_company() {
    let options = *world(Kind::Shop, 20).options();
    let other = World::new(Options { seed: 8, ..options }).unwrap();
    let (left, right) = (fingerprints(&world(Kind::Shop, 20)), fingerprints(&other));
    assert!(left.iter().zip(&right).all(|(left, right)| left != right));
}

#[test]
fn counts_are_those_of_the_rows() {
    for kind in Kind::ALL {
        let world = world(kind, 400);
        let mut counted = Counts::default();
        let mut ids = HashSet::new();
        let (_, planted) = truth_of(&world);
        world
            .visit(0..400, |history| {
                let mut latest = i64::MIN;
                let mut received = i64::MIN;
                let mut orders = HashSet::new();
                counted.n_customers += 1;
                counted.n_identities += history.identities().count() as u64;
                let mut arms = HashSet::new();
                for (place, row) in history.events().enumerate() {
                    assert_eq!(row.arrival as usize, place);
                    assert!(row.received_at >= received && row.received_at > row.ts);
                    received = row.received_at;
                    counted.n_rows += 1;
                    counted.n_out_of_order += u64::from(row.ts < latest);
                    latest = latest.max(row.ts);
                    let is_new = ids.insert(row.message_id);
                    assert_eq!(is_new, !row.is_duplicate, "a duplicate comes after its original");
                    if !is_new {
                        counted.n_duplicates += 1;
                        continue;
                    }
                    counted.n_events += 1;
                    counted.n_late += u64::from(row.received_at - row.ts >= 3_600_000_000);
                    let amount = row.amount.unwrap_or_default();
                    match row.event {
                        "order" => {
                            counted.n_order_lines += 1;
                            counted.ordered_ten_thousandths += amount;
                            orders.insert(row.order_id.unwrap());
                        }
                        "refund" => {
                            counted.n_refunds += 1;
                            counted.refunded_ten_thousandths += amount;
                        }
                        "campaign_assigned" => {
                            let arm = row.properties.iter().find(|p| p.name == "arm").unwrap();
                            arms.insert(format!("{:?}", arm.value));
                        }
                        _ => {}
                    }
                }
                counted.n_orders += orders.len() as u64;
                assert_eq!(history.truth().n_orders as usize, orders.len());
                counted.n_treated += u64::from(arms.contains("Text(\"treatment\")"));
                counted.n_control += u64::from(arms.contains("Text(\"control\")"));
                counted.n_churned += u64::from(history.truth().is_churned);
                Ok::<(), ()>(())
            })
            .unwrap();
        assert_eq!(counted, planted, "{kind}");
        assert!(planted.n_duplicates > 50 && planted.n_late > 100 && planted.n_refunds > 0);
        assert!(planted.n_out_of_order > 0 && planted.n_treated > 10 && planted.n_control > 10);
    }
}

#[test]
fn a_duplicate_equals_its_original() {
    let mut n_duplicates = 0;
    world(Kind::Shop, 200)
        .visit(0..200, |history| {
            let mut originals = HashMap::new();
            for row in history.events() {
                let mut bare = row;
                (bare.arrival, bare.received_at, bare.is_duplicate) = (0, 0, false);
                let shown = format!("{bare:?}");
                if row.is_duplicate {
                    n_duplicates += 1;
                    assert_eq!(originals.get(&row.message_id), Some(&shown));
                } else {
                    originals.insert(row.message_id, shown);
                }
            }
            Ok::<(), ()>(())
        })
        .unwrap();
    assert!(n_duplicates > 0);
}

#[test]
fn refunds_never_exceed_their_order_and_never_come_before_it() {
    for kind in Kind::ALL {
        let mut n_refunds = 0;
        let mut order_ids = HashSet::new();
        world(kind, 400)
            .visit(0..400, |history| {
                // (order, item) -> (first instant, pieces and money left).
                let mut left: HashMap<_, (i64, i64, i64)> = HashMap::new();
                let events: Vec<_> = history.events().filter(|row| !row.is_duplicate).collect();
                for row in events.iter().filter(|row| row.event == "order") {
                    let (price, quantity) = (row.price.unwrap(), row.quantity.unwrap());
                    assert_eq!(
                        i128::from(price) * i128::from(quantity) / 10_000,
                        i128::from(row.amount.unwrap())
                    );
                    assert!(price > 0 && quantity > 0 && row.currency.is_some());
                    let entry = left.entry((row.order_id, row.item)).or_insert((row.ts, 0, 0));
                    assert_eq!(entry.0, row.ts, "lines of an order share their instant");
                    entry.1 += quantity;
                    entry.2 += row.amount.unwrap();
                }
                for row in events.iter().filter(|row| row.event == "refund") {
                    n_refunds += 1;
                    let entry = left.get_mut(&(row.order_id, row.item)).unwrap();
                    assert!(row.ts > entry.0 && row.quantity.unwrap() < 0);
                    entry.1 += row.quantity.unwrap();
                    entry.2 += row.amount.unwrap();
                    assert!(entry.1 >= 0 && entry.2 >= 0);
                }
                for order in left.keys().map(|(order, _)| order.unwrap()).collect::<HashSet<_>>() {
                    assert!(order_ids.insert(order), "an order belongs to one customer");
                }
                Ok::<(), ()>(())
            })
            .unwrap();
        assert!(n_refunds > 0);
    }
}

#[test]
fn nothing_happens_outside_a_life() {
    for kind in Kind::ALL {
        let world = world(kind, 500);
        let by_company = world.planted().written_by_company;
        world
            .visit(0..500, |history| {
                let truth = history.truth();
                let joined = truth.joined_at.as_microsecond();
                let churned = truth.churned_at.as_microsecond();
                let first = history.events().min_by_key(|row| row.ts).unwrap();
                assert_eq!((first.event, first.ts), ("sign_up", joined));
                let mut n_cancels = 0;
                for row in history.events().filter(|row| !row.is_duplicate) {
                    assert!(world.span().contains(&row.ts) && row.ts >= joined);
                    if row.event == "cancel" {
                        n_cancels += 1;
                        assert_eq!(row.ts, churned);
                    } else {
                        let is_by_company = by_company.iter().any(|name| name == row.event);
                        assert!(row.ts < churned || is_by_company, "{}", row.event);
                    }
                }
                assert_eq!(truth.is_churned, churned < world.span().end);
                assert_eq!(n_cancels == 1, kind == Kind::Subscription && truth.is_churned);
                Ok::<(), ()>(())
            })
            .unwrap();
    }
}

#[test]
fn every_identity_points_to_one_customer_and_is_listed() {
    let mut owners: HashMap<(&str, String), String> = HashMap::new();
    let mut n_several = 0;
    world(Kind::App, 500)
        .visit(0..500, |history| {
            for identity in history.identities() {
                let key = (identity.namespace, identity.id.as_str().to_owned());
                assert_eq!(owners.insert(key, history.customer().to_owned()), None);
            }
            n_several += usize::from(history.identities().count() > 1);
            for row in history.events() {
                assert_eq!(row.customer, history.customer());
                let mut listed = history.identities();
                let found = listed.find(|known| known.id.as_str() == row.identity.id).unwrap();
                assert!(found.namespace == row.identity.namespace && found.first_seen <= row.ts);
            }
            Ok::<(), ()>(())
        })
        .unwrap();
    assert!(n_several > 300);
}

#[test]
fn properties_are_declared_with_their_types() {
    for kind in Kind::ALL {
        let world = world(kind, 200);
        let declared: HashMap<&str, PropertyType> =
            world.properties().iter().map(|column| (column.name, column.property_type)).collect();
        assert_eq!(declared.len(), world.properties().len(), "a name is declared once");
        let mut seen = HashSet::new();
        world
            .visit(0..200, |history| {
                for property in history.events().flat_map(|row| row.properties) {
                    let expected = declared.get(property.name).copied();
                    assert_eq!(expected, Some(property.value.property_type()));
                    seen.insert(property.name);
                }
                Ok::<(), ()>(())
            })
            .unwrap();
        assert_eq!(seen.len(), declared.len(), "{kind}: every declared property occurs");
    }
}

#[test]
fn chinese_text_and_awkward_characters_occur() {
    let mut seen = String::new();
    world(Kind::Shop, 300)
        .visit(0..300, |history| {
            history.events().for_each(|row| seen.push_str(&format!("{row:?}\n")));
            Ok::<(), ()>(())
        })
        .unwrap();
    for text in ["上海", "西湖龙井", "微信小程序", "\\\"精装\\\""] {
        assert!(seen.contains(text), "{text}");
    }
}

/// Equal, but for the last digit of a float: that much serde_json may lose in reading.
fn assert_nearly_equal(left: &Json, right: &Json) {
    match (left, right) {
        (Json::Object(left), Json::Object(right)) => {
            assert!(left.keys().eq(right.keys()), "{left:?} {right:?}");
            left.values().zip(right.values()).for_each(|(l, r)| assert_nearly_equal(l, r));
        }
        (Json::Array(left), Json::Array(right)) => {
            assert_eq!(left.len(), right.len());
            left.iter().zip(right).for_each(|(l, r)| assert_nearly_equal(l, r));
        }
        (Json::Number(left), Json::Number(right)) if left.is_f64() => {
            let (left, right) = (left.as_f64().unwrap(), right.as_f64().unwrap());
            assert!((left - right).abs() <= 1e-15 * right.abs(), "{left} {right}");
        }
        _ => assert_eq!(left, right),
    }
}

#[test]
fn truth_streams_out_and_reads_back() {
    for n_customers in [0, 3] {
        let world = world(Kind::Subscription, n_customers);
        let (customers, counts) = truth_of(&world);
        let mut writer = TruthWriter::new(Vec::new(), &world.planted()).unwrap();
        customers.iter().for_each(|customer| writer.customer(customer).unwrap());
        let text = writer.finish(&counts).unwrap();
        let read: Truth = serde_json::from_slice(&text).unwrap();
        let made = Truth { planted: world.planted(), customers, counts };
        let (read, made) = (serde_json::to_value(read), serde_json::to_value(made));
        assert_nearly_equal(&read.unwrap(), &made.unwrap());
    }
}

#[test]
fn impossible_worlds_are_refused_with_a_mend() {
    let options = *world(Kind::Shop, 1).options();
    let refused = |options| World::new(options).unwrap_err();
    assert_eq!(refused(Options { n_days: 0, ..options }), WorldError::NoDays);
    for (start, n_days) in [
        (date(1999, 12, 31), 1),
        (date(2050, 12, 31), 2),
        (date(2024, 1, 1), u32::MAX),
        (jiff::civil::Date::MAX, 1),
        (jiff::civil::Date::MIN, 1),
    ] {
        let error = refused(Options { start, n_days, ..options });
        assert_eq!(error, WorldError::OutsideHolidayTable { start, n_days });
        assert!(error.to_string().contains(&format!("`{n_days}` days from `{start}`")));
    }
    assert!(World::new(Options { start: date(2050, 12, 31), n_days: 1, ..options }).is_ok());
    let error = "cinema".parse::<Kind>().unwrap_err();
    assert_eq!(error, WorldError::UnknownKind("cinema".to_owned()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the seed, the length and the start: rows lie in the world, arrive in order, and
    /// no two events share an id.
    #[test]
    fn any_world_is_sound(
        kind in 0..3_usize,
        seed: u64,
        n_days in 1..900_u32,
        start_day in 0..18_000_i64,
        first_customer in 0..u32::MAX - 8,
    ) {
        let start = date(2000, 1, 1).checked_add(start_day.days()).unwrap();
        let kind = Kind::ALL[kind];
        let options = Options { kind, seed, n_customers: 8, n_days, start };
        let Ok(world) = World::new(options) else {
            let last = start.checked_add(i64::from(n_days).days()).unwrap();
            prop_assert!(last.year() > 2050);
            return Ok(());
        };
        let mut ids = HashSet::new();
        world.visit(first_customer..first_customer + 8, |history| {
            let mut received = i64::MIN;
            for row in history.events() {
                prop_assert!(world.span().contains(&row.ts));
                prop_assert!(row.received_at >= received);
                received = row.received_at;
                prop_assert_eq!(ids.insert(row.message_id), !row.is_duplicate);
            }
            prop_assert_eq!(history.counts().n_rows as usize, history.events().len());
            Ok(())
        })?;
    }
}

#[test]
fn the_shortest_world_holds_its_customers() {
    for kind in Kind::ALL {
        let options = *world(kind, 50).options();
        let world = World::new(Options { n_days: 1, ..options }).unwrap();
        let (_, counts) = truth_of(&world);
        assert!(counts.n_events >= 50 && world.planted().campaign.is_none());
    }
}
