//! Random worlds against the definition itself, in plain lines: every event compared with every
//! other.

use std::collections::BTreeMap;

use perennial_testkit::{Event, Scene, scenes, worlds};
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::durations::quantile;

#[derive(Clone, Debug)]
struct Asked {
    scene: Scene,
    world: World,
    has_start: bool,
    has_end: bool,
    count: &'static str,
    first_ever: bool,
    collapse: bool,
    /// Minutes; `None` is one session for ever.
    gap: Option<i64>,
    within: Option<i64>,
    steps: usize,
    by_plan: bool,
    top: usize,
    as_of: i64,
    range: Option<(i32, i32)>,
    buyers: bool,
}

const MINUTE: i64 = 60_000_000;

fn asked() -> impl Strategy<Value = Asked> {
    scenes().prop_flat_map(|scene| {
        (
            (worlds(scene), any::<[bool; 6]>(), select(vec!["customers", "sessions", "paths"])),
            proptest::option::of(select(vec![1_i64, 30, 1440, 100_000])),
            proptest::option::of(select(vec![5_i64, 120, 3000, 500_000])),
            (2..5_usize, 0..4_usize, 0..=scene.n_days + 1),
            proptest::option::of((0..=scene.n_days, 0..=scene.n_days)),
        )
            .prop_map(
                move |((world, flags, count), gap, within, (steps, top, known), days)| {
                    let [has_start, has_end, first_ever, collapse, by_plan, buyers] = flags;
                    Asked {
                        scene,
                        world,
                        has_start,
                        has_end,
                        count,
                        first_ever: first_ever && count == "customers",
                        collapse,
                        gap,
                        within: within.or(if gap.is_none() { Some(10_000) } else { None }),
                        steps,
                        by_plan,
                        top,
                        as_of: scene.midnight(known),
                        range: days.map(|(left, right)| (left.min(right), left.max(right))),
                        buyers,
                    }
                },
            )
    })
}

impl Asked {
    fn question(&self) -> Value {
        let mut question = json!({
            "count": self.count, "steps": self.steps, "top": 1000, "sequences": 100_000,
            "collapse": if self.collapse { "repeats" } else { "none" },
            "enter": if self.first_ever { "first_ever" } else { "first_in_range" },
            "node": {"by": if self.by_plan { "properties.plan" } else { "event" }},
            "population": if self.buyers { "buyers" } else { "everyone" },
            "session": self.gap.map(|gap| json!({"gap_minutes": gap})),
            "within": self.within.map(|within| json!({"minutes": within})),
            "zone": self.scene.zone,
            "as_of": jiff::Timestamp::from_microsecond(self.as_of).unwrap().to_string(),
        });
        if self.has_start {
            question["start"] = json!({"event": ["view", "order"]});
        }
        if self.has_end {
            question["end"] =
                json!({"event": "order", "where": {"field": "amount", "op": ">", "value": 10}});
        }
        if let Some((from, to)) = self.range {
            let date = |day: i32| (self.scene.date + jiff::Span::new().days(day)).to_string();
            question["from"] = json!(date(from));
            question["to"] = json!(date(to));
        }
        question
    }
}

#[derive(Clone, Debug)]
struct Point {
    ts: i64,
    node: String,
    starts: bool,
    ends: bool,
}

/// The events that take part, each once.
fn points(asked: &Asked, rows: &[&Event]) -> Vec<Point> {
    let mut events: Vec<Vec<&Event>> = Vec::new();
    for row in rows {
        let same = |lines: &&mut Vec<&Event>| {
            row.order_id.is_some()
                && (&lines[0].event, &lines[0].order_id) == (&row.event, &row.order_id)
        };
        match events.iter_mut().find(same) {
            Some(lines) => lines.push(row),
            None => events.push(vec![row]),
        }
    }
    let point = |lines: Vec<&Event>| {
        let first = lines[0];
        let node = if asked.by_plan {
            first.properties.get("plan").cloned()?
        } else {
            first.event.clone()
        };
        let sum: i64 = lines.iter().filter_map(|line| line.amount).sum();
        let name = first.event.as_str();
        Some(Point {
            ts: first.ts,
            node,
            starts: name == "view" || name == "order",
            ends: name == "order" && sum > 100_000,
        })
    };
    events.into_iter().filter_map(point).collect()
}

/// How many, and the seconds between nodes, by step and nodes.
#[derive(Debug, Default, PartialEq)]
struct Found {
    /// By nodes: count, dropped, open, cut, arrived.
    sequences: BTreeMap<Vec<String>, [u64; 5]>,
    seconds: BTreeMap<(usize, String, String), Vec<i64>>,
    customers: u64,
    arrivals: Vec<i64>,
}

fn expected(asked: &Asked) -> Found {
    let mut found = Found::default();
    let sorted = asked.world.sorted();
    let known: Vec<&Event> = sorted.iter().filter(|event| event.ts < asked.as_of).collect();
    for rows in known.chunk_by(|left, right| left.customer == right.customer) {
        let n = found.sequences.values().map(|row| row[0]).sum::<u64>();
        customer(asked, rows, &mut found);
        found.customers += u64::from(found.sequences.values().map(|row| row[0]).sum::<u64>() > n);
    }
    found
}

fn first_purchase(rows: &[&Event]) -> Option<i64> {
    let is_order =
        |row: &&&Event| row.event == "order" || row.event != "refund" && row.order_id.is_some();
    let orders: Vec<&Event> = rows.iter().filter(is_order).copied().collect();
    let bought = orders.iter().filter(|row| {
        let lines = orders.iter().filter(|other| match &row.order_id {
            None => std::ptr::eq(**other, **row),
            Some(_) => (&other.event, &other.order_id) == (&row.event, &row.order_id),
        });
        lines.filter_map(|line| line.amount).sum::<i64>() > 0
    });
    bought
        .map(|row| {
            let lines = orders.iter().filter(|other| {
                row.order_id.is_some()
                    && (&other.event, &other.order_id) == (&row.event, &row.order_id)
            });
            lines.map(|line| line.ts).min().unwrap_or(row.ts)
        })
        .min()
}

fn customer(asked: &Asked, rows: &[&Event], found: &mut Found) {
    let since = match (asked.buyers, first_purchase(rows)) {
        (false, _) => i64::MIN,
        (true, None) => return,
        (true, Some(first)) => first,
    };
    let (from, to) = match asked.range {
        None => (i64::MIN, i64::MAX),
        Some((from, to)) => (asked.scene.midnight(from), asked.scene.midnight(to + 1)),
    };
    let points = points(asked, rows);
    let gap = asked.gap.map(|gap| gap * MINUTE);
    let sessions: Vec<&[Point]> =
        points.chunk_by(|left, right| gap.is_none_or(|gap| right.ts - left.ts < gap)).collect();
    let n_sessions = sessions.len();
    for (index, session) in sessions.into_iter().enumerate() {
        let last = session.last().unwrap().ts;
        let may_go_on = index + 1 == n_sessions && gap.is_none_or(|gap| last + gap > asked.as_of);
        let mut stops: Vec<Point> = Vec::new();
        let is_between = asked.has_start && asked.has_end;
        for point in session {
            match stops.last_mut() {
                Some(run)
                    if asked.collapse && run.node == point.node && !(is_between && point.ends) =>
                {
                    run.starts |= point.starts;
                    run.ends |= point.ends;
                }
                _ => stops.push(point.clone()),
            }
        }
        for anchor in 0..stops.len() {
            let is_anchor = match (asked.has_start, asked.has_end) {
                (false, false) => anchor == 0,
                (true, _) => stops[anchor].starts,
                (false, true) => stops[anchor].ends,
            };
            let ts = stops[anchor].ts;
            if !is_anchor || ts < since {
                continue;
            }
            if !(from..to).contains(&ts) {
                if asked.first_ever {
                    return;
                }
                continue;
            }
            note(asked, &stops, anchor, may_go_on, found);
            match asked.count {
                "customers" => return,
                "sessions" => break,
                _ => {}
            }
        }
    }
}

fn note(asked: &Asked, stops: &[Point], anchor: usize, may_go_on: bool, found: &mut Found) {
    let ts = stops[anchor].ts;
    let reach = asked.within.map(|within| within * MINUTE);
    let near = |point: &&Point| reach.is_none_or(|reach| (point.ts - ts).abs() < reach);
    let mut way: Vec<&Point> = if asked.has_end && !asked.has_start {
        stops[..=anchor].iter().rev().take_while(near).collect()
    } else {
        stops[anchor..].iter().take_while(near).collect()
    };
    let mut end = 1;
    if !asked.has_end || asked.has_start {
        let all = way.len() == stops.len() - anchor;
        if all && may_go_on && reach.is_none_or(|reach| ts + reach > asked.as_of) {
            end = 2;
        }
        if asked.has_start
            && asked.has_end
            && let Some(at) = way.iter().skip(1).position(|point| point.ends)
        {
            way.truncate(at + 2);
            found.arrivals.push((way[at + 1].ts - ts) / 1_000_000);
            end = 4;
        }
    }
    if way.len() > asked.steps {
        way.truncate(asked.steps);
        end = 3;
    }
    let nodes: Vec<String> = way.iter().map(|point| point.node.clone()).collect();
    let row = found.sequences.entry(nodes).or_default();
    row[0] += 1;
    row[end] += 1;
    for (step, pair) in way.windows(2).enumerate() {
        let key = (step + 1, pair[0].node.clone(), pair[1].node.clone());
        found.seconds.entry(key).or_default().push((pair[1].ts - pair[0].ts).abs() / 1_000_000);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn every_path_is_that_of_the_definition(asked in asked()) {
        let found = answer(&asked.world, &asked.question());
        let mut expected = expected(&asked);
        let shown: BTreeMap<Vec<String>, [u64; 5]> = found
            .sequences
            .iter()
            .map(|row| (row.nodes.clone(), [row.count, row.dropped, row.open, row.cut, row.arrived]))
            .collect();
        prop_assert_eq!(&shown, &expected.sequences);
        prop_assert_eq!(found.overall.customers, expected.customers);
        prop_assert_eq!(found.n_sequences, shown.len());
        prop_assert_eq!(found.edges.len(), expected.seconds.len());
        for edge in &found.edges {
            let seconds = expected.seconds.get_mut(&(edge.step, edge.from.clone(), edge.to.clone())).unwrap();
            seconds.sort_unstable();
            prop_assert_eq!(edge.count, seconds.len() as u64);
            let time = edge.time.unwrap();
            prop_assert_eq!(time.median_seconds, quantile(seconds, 0.5));
            prop_assert_eq!(time.p90_seconds, quantile(seconds, 0.9));
        }
        if let Some(arrival) = found.overall.arrival {
            expected.arrivals.sort_unstable();
            prop_assert_eq!((arrival.n, arrival.median_seconds),
                (expected.arrivals.len() as u64, quantile(&expected.arrivals, 0.5)));
        }
    }

    #[test]
    fn what_comes_to_a_node_leaves_it_or_ends_there(asked in asked()) {
        let mut question = asked.question();
        question["top"] = json!(asked.top);
        let found = answer(&asked.world, &question);
        let total: u64 = found.nodes.iter().filter(|node| node.step == 1).map(|node| node.count).sum();
        prop_assert_eq!(total, found.overall.paths);
        for node in &found.nodes {
            let own = |step: usize, name: &str, other: bool| {
                (step, name, other) == (node.step, node.node.as_str(), node.other)
            };
            let leaves: u64 = found.edges.iter()
                .filter(|edge| own(edge.step, &edge.from, edge.from_other)).map(|edge| edge.count).sum();
            let comes: u64 = found.edges.iter()
                .filter(|edge| own(edge.step + 1, &edge.to, edge.to_other)).map(|edge| edge.count).sum();
            prop_assert_eq!(node.went_on, leaves, "{:?}", node);
            prop_assert_eq!(node.count, leaves + node.dropped + node.open + node.cut + node.arrived);
            prop_assert!(node.step == 1 || node.count == comes, "{:?} {}", node, comes);
        }
        let ends = &found.overall;
        prop_assert_eq!(ends.paths, ends.dropped + ends.open + ends.cut + ends.arrived);
        if asked.count == "customers" && let Some(node) = found.nodes.last() {
            let mut question = question.clone();
            question["cell"] = json!({"step": node.step, "node": node.node});
            let (_, keys) = reply(&asked.world, &question).unwrap();
            prop_assert_eq!(keys.len() as u64, node.count, "the list is as long as the number");
        }
    }
}
