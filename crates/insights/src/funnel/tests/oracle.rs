//! Random worlds against the definition itself: every chain of events there is, one by one.

use perennial_testkit::{Event, Scene, scenes, worlds};
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeMap;

use super::*;
use crate::durations::Durations;

/// A step or an exclusion of a random question.
#[derive(Clone, Copy, Debug, PartialEq)]
enum What {
    View,
    Order,
    DearOrder,
    Signup,
    Pro,
    Any,
}

impl What {
    fn json(self) -> Value {
        match self {
            What::View => json!({"event": "view"}),
            What::Order => json!({"event": ["order", "purchase"]}),
            What::DearOrder => {
                json!({"event": "order", "where": {"field": "amount", "op": ">", "value": 10}})
            }
            What::Signup => json!({"event": "signup"}),
            What::Pro => {
                json!({"event": "*", "where": {"field": "plan", "op": "=", "value": "pro"}})
            }
            What::Any => json!({"event": "*"}),
        }
    }

    /// Whether it is what the lines of one event are.
    fn is(self, lines: &[&Event]) -> bool {
        let name = lines[0].event.as_str();
        match self {
            What::View => name == "view",
            What::Order => name == "order" || name == "purchase",
            What::DearOrder => {
                name == "order"
                    && lines.iter().filter_map(|line| line.amount).sum::<i64>() > 100_000
            }
            What::Signup => name == "signup",
            What::Pro => lines
                .iter()
                .any(|line| line.properties.get("plan").is_some_and(|plan| plan == "pro")),
            What::Any => true,
        }
    }
}

#[derive(Clone, Debug)]
struct Asked {
    world: World,
    steps: Vec<What>,
    optional: bool,
    exclude: Option<(What, usize, usize)>,
    any_order: bool,
    first: bool,
    once: bool,
    strict_increase: bool,
    hold: bool,
    window: i64,
    range: Option<(i32, i32)>,
    scene: Scene,
    as_of: i64,
    population: &'static str,
}

fn asked() -> impl Strategy<Value = Asked> {
    let what = vec![What::View, What::Order, What::DearOrder, What::Signup, What::Pro, What::Any];
    scenes().prop_flat_map(move |scene| {
        (
            (worlds(scene), proptest::collection::vec(select(what.clone()), 2..5)),
            (any::<[bool; 6]>(), select(what.clone()), 0..3_usize, 0..3_usize),
            select(vec![
                1_i64,
                3_600_000_000,
                86_400_000_000,
                7 * 86_400_000_000,
                400 * 86_400_000_000,
            ]),
            proptest::option::of((0..=scene.n_days, 0..=scene.n_days)),
            (0..=scene.n_days + 1, select(vec!["everyone", "everyone", "buyers", "net_buyers"])),
        )
            .prop_map(
                move |(
                    (world, steps),
                    (flags, excluded, after, length),
                    window,
                    days,
                    (known, population),
                )| {
                    let [optional, any_order, first, once, strict_increase, hold] = flags;
                    let any_order = any_order && first;
                    let n = steps.len();
                    let optional = optional && n > 2 && !any_order && !first;
                    let (after, before) =
                        (after.min(n - 2) + 1, (after.min(n - 2) + 2 + length).min(n));
                    let range = days.map(|(left, right)| (left.min(right), left.max(right)));
                    Asked {
                        world: short(&world),
                        steps,
                        optional,
                        exclude: (length > 0 && !any_order).then_some((excluded, after, before)),
                        any_order,
                        first: first && !any_order,
                        once,
                        strict_increase: strict_increase && !any_order,
                        hold,
                        window,
                        range,
                        scene,
                        as_of: scene.midnight(known),
                        population,
                    }
                },
            )
    })
}

/// The first events of every customer: chains of them are all looked at.
fn short(world: &World) -> World {
    let mut n_events = BTreeMap::new();
    let mut is_early = |event: &Event| {
        let n = n_events.entry(event.customer).or_insert(0);
        *n += 1;
        *n <= 14
    };
    let events = world.events.iter().filter(|event| is_early(event)).cloned().collect();
    World { events, names: world.names.clone() }
}

impl Asked {
    fn question(&self) -> Value {
        let mut steps: Vec<Value> = self.steps.iter().map(|step| step.json()).collect();
        if self.optional {
            steps[1]["optional"] = json!(true);
        }
        let mut question = json!({
            "steps": steps, "once": self.once, "strict_increase": self.strict_increase,
            "order": if self.any_order { "any" } else { "ordered" },
            "entry": if self.first { "first" } else { "best" },
            "within": {"minutes": self.window as f64 / 60.0e6}, "zone": self.scene.zone,
            "as_of": jiff::Timestamp::from_microsecond(self.as_of).unwrap().to_string(),
            "population": self.population, "breakdown": [{"field": "item"}], "top": 100,
        });
        if self.hold {
            question["hold"] = json!("plan");
        }
        if let Some((what, after, before)) = self.exclude {
            let mut exclusion = what.json();
            exclusion["after"] = json!(after);
            exclusion["before"] = json!(before);
            question["exclude"] = json!([exclusion]);
        }
        if let Some((from, to)) = self.range {
            let date = |day: i32| (self.scene.date + jiff::Span::new().days(day)).to_string();
            question["from"] = json!(date(from));
            question["to"] = json!(date(to));
        }
        question
    }

    fn is_optional(&self, step: usize) -> bool {
        self.optional && step == 1
    }
}

/// What happened once: its rows, first line first.
type Lines<'a> = Vec<&'a Event>;

fn joined<'a>(rows: &[&'a Event]) -> Vec<Lines<'a>> {
    let mut found: Vec<Lines> = Vec::new();
    for row in rows {
        let same = |lines: &&mut Lines| {
            row.order_id.is_some()
                && (&lines[0].event, &lines[0].order_id) == (&row.event, &row.order_id)
        };
        match found.iter_mut().find(same) {
            Some(lines) => lines.push(row),
            None => found.push(vec![row]),
        }
    }
    found
}

/// One chain: positions by step, -1 where a step is left out.
type Positions = Vec<i64>;

/// Every chain that begins at a position and is valid as far as it goes.
fn chains(asked: &Asked, events: &[Lines], first: usize, all: &mut Vec<Positions>) {
    let mut stack = vec![vec![first as i64]];
    while let Some(chain) = stack.pop() {
        let step = chain.len();
        if chain[step - 1] >= 0 {
            all.push(chain.clone());
        }
        if step == asked.steps.len() {
            continue;
        }
        if asked.is_optional(step) {
            stack.push([chain.clone(), vec![-1]].concat());
        }
        let last = *chain.iter().max().unwrap() as usize;
        let level = chain.iter().rposition(|position| *position >= 0).unwrap();
        for (position, lines) in events.iter().enumerate().skip(last) {
            let ts = lines[0].ts;
            let follows = match (asked.strict_increase, asked.once) {
                (true, _) => ts > events[last][0].ts,
                (false, true) => position > last,
                (false, false) => true,
            };
            let is_cut = asked.exclude.is_some_and(|(what, after, before)| {
                // Events of one instant count together where every step must be later.
                let is_between = |between: &usize| {
                    let at = events[*between][0].ts;
                    !asked.strict_increase || events[last][0].ts < at && at < ts
                };
                (after - 1..=before - 2).contains(&level)
                    && (last + 1..position)
                        .filter(is_between)
                        .any(|between| what.is(&events[between]))
            });
            if follows
                && !is_cut
                && asked.steps[step].is(lines)
                && ts <= events[first][0].ts + asked.window
            {
                stack.push([chain.clone(), vec![position as i64]].concat());
            }
        }
    }
}

/// Level, positions and whether more may come, in order.
fn ordered(asked: &Asked, events: &[Lines], enters: &[usize]) -> Option<(usize, Positions)> {
    let mut all = Vec::new();
    let enters = if asked.first { &enters[..enters.len().min(1)] } else { enters };
    for first in enters {
        chains(asked, events, *first, &mut all);
    }
    let key = |chain: &Positions| {
        let last = *chain.last().unwrap();
        let before: Vec<i64> = chain.iter().rev().skip(1).copied().collect();
        // The first entry takes the earliest events, the best one the latest.
        let before: Vec<i64> =
            if asked.first { before.iter().map(|position| -position).collect() } else { before };
        (chain.len(), -last, events[chain[0] as usize][0].ts, before)
    };
    let mut best = all.into_iter().max_by_key(key)?;
    if asked.strict_increase {
        // Of several events at an instant, the first that is the step stands for it.
        for (step, position) in best.iter_mut().enumerate().filter(|(_, position)| **position >= 0)
        {
            let ts = events[*position as usize][0].ts;
            let is = |lines: &Lines| lines[0].ts == ts && asked.steps[step].is(lines);
            *position = events.iter().position(is).unwrap() as i64;
        }
    }
    Some((best.len() - 1, best))
}

/// Most steps that distinct events can stand for: every set of steps that can be had.
fn matched(asked: &Asked, events: &[Lines]) -> usize {
    let mut sets = std::collections::BTreeSet::from([0_u32]);
    for lines in events {
        for set in sets.clone() {
            let free = (0..asked.steps.len()).filter(|step| set >> step & 1 == 0);
            sets.extend(
                free.filter(|step| asked.steps[*step].is(lines)).map(|step| set | 1 << step),
            );
        }
    }
    sets.iter().map(|set| set.count_ones() as usize).max().unwrap_or(0)
}

fn any_order(asked: &Asked, events: &[Lines], enters: &[usize]) -> Option<(usize, Positions)> {
    let all: Vec<usize> = (0..asked.steps.len()).collect();
    let mut best: Option<((usize, i64, i64), Positions)> = None;
    for anchor in enters {
        let n = events[*anchor..]
            .iter()
            .take_while(|lines| lines[0].ts <= events[*anchor][0].ts + asked.window);
        let window = &events[*anchor..*anchor + n.count()];
        let mut positions = Positions::new();
        for end in 1..=window.len() {
            let count = if asked.once {
                matched(asked, &window[..end])
            } else {
                all.iter()
                    .filter(|step| window[..end].iter().any(|lines| asked.steps[**step].is(lines)))
                    .count()
            };
            positions.resize(count, (*anchor + end - 1) as i64);
        }
        let last = *positions.last()? as usize;
        let key = (positions.len(), -events[last][0].ts, *anchor as i64);
        if best.as_ref().is_none_or(|(known, _)| key > *known) {
            best = Some((key, positions));
        }
    }
    best.map(|(_, positions)| (positions.len() - 1, positions))
}

/// `group step`: reached, went on, open, closed, times.
type Numbers = BTreeMap<(Option<String>, usize), (u64, u64, u64, u64, Vec<i64>)>;

fn expected(asked: &Asked) -> Numbers {
    let mut numbers = Numbers::new();
    let sorted = asked.world.sorted();
    let known: Vec<&Event> = sorted.iter().filter(|event| event.ts < asked.as_of).collect();
    for rows in known.chunk_by(|left, right| left.customer == right.customer) {
        customer(asked, rows, &mut numbers);
    }
    numbers
}

fn customer(asked: &Asked, rows: &[&Event], numbers: &mut Numbers) {
    let events = joined(rows);
    let is_order = |lines: &&Lines| {
        let name = &lines[0].event;
        name == "order" || name != "refund" && lines[0].order_id.is_some()
    };
    let sum = |lines: &Lines| lines.iter().filter_map(|line| line.amount).sum::<i64>();
    let currency = |lines: &Lines| {
        lines.iter().find(|line| line.amount.is_some()).and_then(|line| line.currency.clone())
    };
    let bought: Vec<&Lines> =
        events.iter().filter(is_order).filter(|lines| sum(lines) > 0).collect();
    let since = match (asked.population, bought.first()) {
        ("everyone", _) => i64::MIN,
        (_, None) => return,
        (_, Some(first)) => first[0].ts,
    };
    if asked.population == "net_buyers" {
        let kept = bought.iter().any(|one| {
            let of = currency(one);
            let total: i64 =
                bought.iter().filter(|other| currency(other) == of).map(|other| sum(other)).sum();
            let refunds = events.iter().filter(|lines| lines[0].event == "refund");
            let refunds =
                refunds.filter(|lines| currency(lines) == of || currency(lines).is_none());
            total > refunds.map(|lines| sum(lines).abs()).sum()
        });
        if !kept {
            return;
        }
    }
    let (from, to) = match asked.range {
        None => (i64::MIN, i64::MAX),
        Some((from, to)) => (asked.scene.midnight(from), asked.scene.midnight(to + 1)),
    };
    let mut values: Vec<Option<String>> = vec![None];
    if asked.hold {
        values = events
            .iter()
            .filter_map(|lines| lines[0].properties.get("plan").cloned().map(Some))
            .collect();
    }
    let mut best: Option<((usize, i64), usize, Vec<i64>, Option<String>, bool)> = None;
    let mut any_open = false;
    for value in values {
        let part: Vec<(usize, &Lines)> = events
            .iter()
            .enumerate()
            .filter(|(_, lines)| {
                value.is_none() || lines[0].properties.get("plan").cloned() == value
            })
            .filter(|(_, lines)| {
                let excluded = asked.exclude.is_some_and(|(what, ..)| what.is(lines));
                excluded || asked.steps.iter().any(|step| step.is(lines))
            })
            .collect();
        let own: Vec<Lines> = part.iter().map(|(_, lines)| (*lines).clone()).collect();
        let enters: Vec<usize> = (0..own.len())
            .filter(|position| (from.max(since)..to).contains(&own[*position][0].ts))
            .filter(|position| match asked.any_order {
                true => asked.steps.iter().any(|step| step.is(&own[*position])),
                false => asked.steps[0].is(&own[*position]),
            })
            .collect();
        let found = if asked.any_order {
            any_order(asked, &own, &enters)
        } else {
            ordered(asked, &own, &enters)
        };
        let Some((level, positions)) = found else { continue };
        let open = level + 1 < asked.steps.len() && can_go_on(asked, &own, &enters);
        any_open |= open;
        let at = |position: i64| part[position as usize].0 as i64;
        let rank =
            if asked.first { (0, -at(positions[0])) } else { (level, -at(positions[level])) };
        if best.as_ref().is_none_or(|(known, ..)| rank > *known) {
            let ts: Vec<i64> = positions
                .iter()
                .map(
                    |position| if *position < 0 { i64::MIN } else { own[*position as usize][0].ts },
                )
                .collect();
            best = Some((rank, level, ts, own[positions[0] as usize][0].item.clone(), open));
        }
    }
    let Some((_, level, ts, group, own_open)) = best else { return };
    let n = asked.steps.len();
    let open = if asked.first { own_open } else { any_open && level + 1 < n };
    let closed = u64::from(ts[0] + asked.window < asked.as_of);
    let mut before = ts[0];
    for step in (0..=level).filter(|step| ts[*step] != i64::MIN) {
        let next = (step + 1..n).find(|next| !asked.is_optional(*next));
        let went_on = next.is_some_and(|next| level >= next);
        let row = numbers.entry((group.clone(), step)).or_default();
        row.0 += 1;
        row.1 += u64::from(went_on);
        row.2 += u64::from(next.is_some() && !went_on && open);
        row.3 += closed;
        if step > 0 {
            row.4.push(ts[step] - before);
        }
        before = ts[step];
    }
}

/// Whether an event at `as_of` that is any step could take some chain further.
fn can_go_on(asked: &Asked, events: &[Lines], enters: &[usize]) -> bool {
    let runs = |first: usize| events[first][0].ts + asked.window >= asked.as_of;
    if asked.any_order {
        return enters.iter().any(|first| runs(*first));
    }
    let enters = if asked.first { &enters[..enters.len().min(1)] } else { enters };
    let mut all = Vec::new();
    for first in enters.iter().filter(|first| runs(**first)) {
        chains(asked, events, *first, &mut all);
    }
    all.iter().any(|chain| {
        let level = chain.len() - 1;
        let last = *chain.iter().max().unwrap() as usize;
        !asked.exclude.is_some_and(|(what, after, before)| {
            (after - 1..=before - 2).contains(&level)
                && (last + 1..events.len())
                    .filter(|between| {
                        !asked.strict_increase || events[*between][0].ts > events[last][0].ts
                    })
                    .any(|between| what.is(&events[between]))
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_number_is_that_of_the_definition(asked in asked()) {
        let found = answer(&asked.world, &asked.question());
        let expected = expected(&asked);
        let mut shown = Numbers::new();
        for row in &found.groups {
            if row.reached > 0 {
                let group = row.group.clone().unwrap().remove(0);
                prop_assert_eq!(row.reached, row.went_on + row.dropped + row.open
                    + if row.step == asked.steps.len() { row.reached } else { 0 });
                shown.insert((group, row.step - 1), (row.reached, row.went_on, row.open, row.closed, vec![]));
                let mut times = expected.get(&(row.group.clone().unwrap().remove(0), row.step - 1))
                    .map(|row| row.4.clone()).unwrap_or_default();
                if row.step > 1 {
                    prop_assert_eq!(row.time, Some(Durations::of(&mut times)), "{:?}", row);
                }
            }
        }
        let counts = expected.into_iter().map(|(key, (a, b, c, d, _))| (key, (a, b, c, d, vec![])));
        prop_assert_eq!(shown, counts.collect::<Numbers>());
        for row in &found.steps {
            let of_groups: u64 = found.groups.iter().filter(|one| one.step == row.step).map(|one| one.reached).sum();
            prop_assert_eq!(row.reached, of_groups, "groups add up");
        }
    }

    #[test]
    fn strict_order_never_comes_further(asked in asked(), reentry in any::<bool>()) {
        let mut loose = asked.question();
        for field in ["exclude", "hold", "breakdown", "strict_increase"] {
            loose.as_object_mut().unwrap().remove(field);
        }
        for step in loose["steps"].as_array_mut().unwrap() {
            step.as_object_mut().unwrap().remove("optional");
        }
        loose["order"] = json!("ordered");
        loose["entry"] = json!("best");
        let mut strict = loose.clone();
        strict["order"] = json!("strict");
        strict["reentry"] = json!(reentry);
        let (loose, strict) = (answer(&asked.world, &loose), answer(&asked.world, &strict));
        prop_assert_eq!(loose.steps[0].reached, strict.steps[0].reached);
        for (loose, strict) in loose.steps.iter().zip(&strict.steps) {
            prop_assert!(strict.reached <= loose.reached, "{:?} {:?}", strict, loose);
        }
    }
}
