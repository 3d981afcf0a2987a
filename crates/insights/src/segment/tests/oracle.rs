//! Random worlds and random conditions against the definition itself: every customer by themselves,
//! in plain loops, with the civil calendar of jiff and none of ours.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use perennial_testkit::{Event, Scene, World, scenes, worlds};
use perennial_types::calendar::Unit;
use perennial_types::condition::*;
use perennial_types::filter::{Condition, EventFilter, EventNames, Field, Op, Test, Value};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use rust_decimal::Decimal;

use super::*;

/// When an occurrence was, and its lines.
type Occurrence<'a> = (i64, Vec<&'a Event>);

struct Oracle<'a> {
    zone: TimeZone,
    as_of: i64,
    /// What is known of one customer, in order.
    rows: Vec<&'a Event>,
}

impl<'a> Oracle<'a> {
    fn midnight(&self, date: Date) -> i64 {
        date.to_zoned(self.zone.clone()).unwrap().timestamp().as_microsecond()
    }

    fn back(&self, span: Span) -> i64 {
        let n = i64::from(span.n);
        if span.unit == Unit::Hour {
            return self.as_of - n * 3_600_000_000;
        }
        let last =
            Timestamp::from_microsecond(self.as_of - 1).unwrap().to_zoned(self.zone.clone()).date();
        let mut tomorrow = last.tomorrow().unwrap();
        // Clocks set back over midnight do not reopen yesterday.
        if self.midnight(tomorrow) < self.as_of {
            tomorrow = tomorrow.tomorrow().unwrap();
        }
        let back = match span.unit {
            Unit::Hour | Unit::Day => n.days(),
            Unit::Week => (7 * n).days(),
            Unit::Month => n.months(),
            Unit::Quarter => (3 * n).months(),
            Unit::Year => n.years(),
        };
        self.midnight(tomorrow - back)
    }

    fn gap(span: Span) -> i64 {
        let days = match span.unit {
            Unit::Hour => return i64::from(span.n) * 3_600_000_000,
            Unit::Day => 1,
            Unit::Week => 7,
            Unit::Month => 30,
            Unit::Quarter => 90,
            Unit::Year => 365,
        };
        i64::from(span.n) * days * 86_400_000_000
    }

    fn is_in(&self, window: &Window, ts: i64) -> bool {
        match window {
            Window::Ever => true,
            Window::Within(span) => ts >= self.back(*span),
            Window::MoreThan(span) => ts < self.back(*span),
            Window::Ago(Ago { from, to }) => ts >= self.back(*from) && ts < self.back(*to),
            Window::Dates(Dates { from, to }) => {
                from.is_none_or(|from| ts >= self.midnight(from))
                    && to.is_none_or(|to| ts < self.midnight(to.tomorrow().unwrap()))
            }
        }
    }

    /// Every occurrence of a filter, by time.
    fn found(&self, filter: &EventFilter) -> Vec<Occurrence<'a>> {
        let mut orders: Vec<Vec<&Event>> = Vec::new();
        for &row in &self.rows {
            let is_same = |lines: &&mut Vec<&Event>| {
                row.order_id.is_some()
                    && (&lines[0].event, &lines[0].order_id) == (&row.event, &row.order_id)
            };
            match orders.iter_mut().find(is_same) {
                Some(lines) => lines.push(row),
                None => orders.push(vec![row]),
            }
        }
        let passes =
            |lines: &Vec<&Event>| lines.iter().any(|line| self.passes(filter, line, lines));
        orders.into_iter().filter(passes).map(|lines| (lines[0].ts, lines)).collect()
    }

    fn passes(&self, filter: &EventFilter, line: &Event, lines: &[&Event]) -> bool {
        let is_named = match &filter.event {
            EventNames::Any => true,
            EventNames::OneOf(names) => names.contains(&line.event),
        };
        is_named
            && filter.condition.as_ref().is_none_or(|condition| holds_of(condition, line, lines))
    }

    fn holds(&mut self, condition: &CustomerCondition) -> bool {
        match condition {
            CustomerCondition::All(parts) => {
                let held: Vec<bool> = parts.iter().map(|part| self.holds(part)).collect();
                !held.contains(&false)
            }
            CustomerCondition::Any(parts) => {
                let held: Vec<bool> = parts.iter().map(|part| self.holds(part)).collect();
                held.contains(&true)
            }
            CustomerCondition::Not(inner) => !self.holds(inner),
            CustomerCondition::Segment(_) | CustomerCondition::Answer(_) => unreachable!(),
            CustomerCondition::Did(one) => {
                let n = self
                    .found(&one.did)
                    .iter()
                    .filter(|(ts, _)| self.is_in(&one.window, *ts))
                    .count() as u32;
                match one.times {
                    Times::AtLeast(least) => n >= least,
                    Times::Exactly(exact) => n == exact,
                    Times::AtMost(most) => n <= most,
                }
            }
            CustomerCondition::First(one) => self
                .found(&one.first)
                .iter()
                .map(|one| one.0)
                .min()
                .is_some_and(|ts| self.is_in(&one.window, ts)),
            CustomerCondition::Last(one) => self
                .found(&one.last)
                .iter()
                .map(|one| one.0)
                .max()
                .is_some_and(|ts| self.is_in(&one.window, ts)),
            CustomerCondition::Regularly(one) => {
                let found = self.found(&one.regularly);
                let back = |n: u32| {
                    if n == 0 { self.as_of } else { self.back(Span { n, unit: one.unit }) }
                };
                let good = (0..one.of).filter(|n| {
                    let n_in =
                        found.iter().filter(|(ts, _)| *ts >= back(n + 1) && *ts < back(*n)).count();
                    n_in >= one.times as usize
                });
                good.count() >= one.at_least as usize
            }
            CustomerCondition::Stopped(one) => {
                let found = self.found(&one.stopped);
                let begin = one.within.map_or(i64::MIN, |span| self.back(span));
                let quiet = self.back(one.r#for);
                found.iter().any(|(ts, _)| *ts >= begin && *ts < quiet)
                    && !found.iter().any(|(ts, _)| *ts >= quiet)
            }
            CustomerCondition::Restarted(one) => {
                let found = self.found(&one.restarted);
                let begin = self.back(one.within);
                (1..found.len()).any(|k| {
                    found[k].0 >= begin && found[k].0 - found[k - 1].0 >= Oracle::gap(one.after)
                })
            }
            CustomerCondition::Sequence(one) => {
                let mut ends: Option<Vec<i64>> = None;
                for step in &one.sequence {
                    let here = self.found(&step.filter());
                    let here =
                        here.iter().map(|one| one.0).filter(|ts| self.is_in(&one.window, *ts));
                    let follows = |ts: &i64| {
                        ends.as_ref().is_none_or(|ends| {
                            ends.iter().any(|end| {
                                end < ts
                                    && step.after.is_none_or(|span| ts - end >= Oracle::gap(span))
                                    && step.within.is_none_or(|span| ts - end <= Oracle::gap(span))
                            })
                        })
                    };
                    let next = here.filter(follows).collect();
                    ends = Some(next);
                }
                ends.is_some_and(|ends| !ends.is_empty())
            }
            CustomerCondition::Aggregate(one) => self.compares(one),
            CustomerCondition::Trait(one) => {
                let end =
                    one.as_of.map_or(i64::MAX, |date| self.midnight(date.tomorrow().unwrap()));
                let rows = self.rows.iter().filter(|row| row.ts < end);
                let value = rows.rev().find_map(|row| text_of(&one.test.field, row));
                text_holds(&one.test, value.as_deref())
            }
        }
    }

    fn compares(&mut self, one: &Aggregate) -> bool {
        let found = self.found(&one.of);
        let found: Vec<_> = found.iter().filter(|(ts, _)| self.is_in(&one.window, *ts)).collect();
        let value = |lines: &[&Event]| -> Option<Decimal> {
            let values = lines.iter().filter_map(|line| match &one.field {
                Field::Amount => line.amount.map(|amount| Decimal::new(amount, 4)),
                Field::Quantity => line.quantity.map(|quantity| Decimal::new(quantity, 4)),
                field => text_of(field, line).and_then(|text| text.parse().ok()),
            });
            values.reduce(|sum, value| sum + value)
        };
        let values: Vec<Decimal> = found.iter().filter_map(|(_, lines)| value(lines)).collect();
        let n = Decimal::from(values.len());
        let sum: Decimal = values.iter().sum();
        // Compared without dividing, so that a third stays a third.
        let (left, right) = match one.aggregate {
            How::Sum => (Some(sum), one.value),
            How::Mean => ((!values.is_empty()).then_some(sum), one.value * n),
            How::Min => (values.iter().min().copied(), one.value),
            How::Max => (values.iter().max().copied(), one.value),
        };
        left.is_some_and(|left| match one.op {
            Op::Equal => left == right,
            Op::NotEqual => left != right,
            Op::Greater => left > right,
            Op::GreaterOrEqual => left >= right,
            Op::Less => left < right,
            _ => left <= right,
        })
    }

    /// Currencies of the money every comparison looks at.
    fn currencies(&self, condition: &CustomerCondition) -> Vec<BTreeSet<String>> {
        let mut all = Vec::new();
        condition.each(&mut |part| {
            if let CustomerCondition::Aggregate(one) = part
                && one.field == Field::Amount
            {
                let found = self.found(&one.of);
                let found = found.iter().filter(|(ts, _)| self.is_in(&one.window, *ts));
                all.push(
                    found
                        .flat_map(|(_, lines)| {
                            lines.iter().filter_map(|line| line.currency.clone())
                        })
                        .collect(),
                );
            }
        });
        all
    }
}

fn text_of(field: &Field, row: &Event) -> Option<String> {
    match field {
        Field::Item => row.item.clone(),
        Field::Property(name) => row.properties.get(name).cloned(),
        other => panic!("{other:?} is not drawn"),
    }
}

fn text_holds(test: &Test, value: Option<&str>) -> bool {
    let Value::Text(wanted) = &test.value else { return value.is_none() };
    match test.op {
        Op::Equal => value == Some(wanted),
        Op::NotEqual => value != Some(wanted),
        other => panic!("{other:?} is not drawn"),
    }
}

fn holds_of(condition: &Condition, line: &Event, lines: &[&Event]) -> bool {
    match condition {
        Condition::All(parts) => parts.iter().all(|part| holds_of(part, line, lines)),
        Condition::Any(parts) => parts.iter().any(|part| holds_of(part, line, lines)),
        Condition::Not(inner) => !holds_of(inner, line, lines),
        Condition::Test(test) if test.field == Field::Amount => {
            let sum =
                lines.iter().filter_map(|line| line.amount).reduce(|sum, amount| sum + amount);
            let Value::Number(wanted) = test.value else { panic!("{test:?} is not drawn") };
            sum.is_some_and(|sum| Decimal::new(sum, 4) > wanted)
        }
        Condition::Test(test) => text_holds(test, text_of(&test.field, line).as_deref()),
    }
}

fn tests() -> impl Strategy<Value = Test> {
    let text = |field: &str, op, value: &str| {
        Test::new(Field::named(field), op, Value::Text(value.to_owned())).unwrap()
    };
    let above =
        |n: i64| Test::new(Field::Amount, Op::Greater, Value::Number(Decimal::from(n))).unwrap();
    prop_oneof![
        select(vec![0_i64, 10, 30]).prop_map(above),
        select(vec!["free", "pro"]).prop_map(move |plan| text("plan", Op::Equal, plan)),
        select(vec!["tea", "cup"]).prop_map(move |item| text("item", Op::NotEqual, item)),
    ]
}

fn filters() -> impl Strategy<Value = EventFilter> {
    let names = select(vec![
        vec!["order"],
        vec!["view"],
        vec!["order", "purchase"],
        vec!["refund"],
        vec!["signup"],
        vec![],
    ]);
    let names = names.prop_map(|names| match names.as_slice() {
        [] => EventNames::Any,
        names => EventNames::OneOf(names.iter().map(|name| (*name).to_owned()).collect()),
    });
    let condition = option::weighted(0.4, (vec(tests().prop_map(Condition::Test), 1..3), 0..3_u8));
    let condition = condition.prop_map(|drawn| {
        drawn.map(|(parts, how)| match how {
            0 => Condition::All(parts),
            1 => Condition::Any(parts),
            _ => Condition::Not(Box::new(Condition::All(parts))),
        })
    });
    (names, condition).prop_map(|(event, condition)| EventFilter { event, condition })
}

fn spans() -> impl Strategy<Value = Span> {
    let units = select(vec![
        Unit::Hour,
        Unit::Day,
        Unit::Day,
        Unit::Week,
        Unit::Month,
        Unit::Quarter,
        Unit::Year,
    ]);
    (select(vec![1_u32, 1, 2, 3, 10, 24, 40]), units).prop_map(|(n, unit)| Span { n, unit })
}

fn windows(scene: Scene) -> impl Strategy<Value = Window> {
    let day = move |n: i32| scene.date.saturating_add(i64::from(n).days());
    let days = move || option::of((0..=scene.n_days).prop_map(day));
    prop_oneof![
        Just(Window::Ever),
        spans().prop_map(Window::Within),
        spans().prop_map(Window::MoreThan),
        (spans(), spans()).prop_map(|(from, to)| Window::Ago(Ago { from, to })),
        (days(), days()).prop_map(|(from, to)| Window::Dates(Dates { from, to })),
    ]
}

fn leaves(scene: Scene) -> impl Strategy<Value = CustomerCondition> {
    let times = (0..4_u32, 0..3_u8).prop_map(|(n, which)| match which {
        0 => Times::AtLeast(n),
        1 => Times::Exactly(n),
        _ => Times::AtMost(n),
    });
    let step = (filters(), option::of(spans()), option::of(spans())).prop_map(
        |(filter, after, within)| Step {
            event: filter.event,
            condition: filter.condition,
            after,
            within,
        },
    );
    let fields = select(vec!["amount", "amount", "quantity", "score"]);
    let ops = select(vec![
        Op::Equal,
        Op::NotEqual,
        Op::Greater,
        Op::GreaterOrEqual,
        Op::Less,
        Op::LessOrEqual,
    ]);
    let numbers = select(vec![
        Decimal::ZERO,
        Decimal::new(105, 1),
        Decimal::from(3),
        Decimal::from(40),
        Decimal::new(15, 1),
    ]);
    let known = (
        select(vec!["plan", "item"]),
        select(vec![Op::Equal, Op::NotEqual]),
        select(vec!["pro", "tea"]),
    );
    let day = option::of(
        (0..=scene.n_days).prop_map(move |n| scene.date.saturating_add(i64::from(n).days())),
    );
    prop_oneof![
        3 => (filters(), times, windows(scene)).prop_map(|(did, times, window)| CustomerCondition::Did(Did { did, times, window })),
        1 => (filters(), windows(scene)).prop_map(|(first, window)| CustomerCondition::First(First { first, window })),
        1 => (filters(), windows(scene)).prop_map(|(last, window)| CustomerCondition::Last(Last { last, window })),
        1 => (filters(), 1..3_u32, 1..4_u32, 0..4_u32, spans()).prop_map(|(regularly, times, at_least, more, span)| {
            CustomerCondition::Regularly(Regularly { regularly, times, at_least, of: at_least + more, unit: span.unit })
        }),
        1 => (filters(), spans(), option::of(spans())).prop_map(|(stopped, r#for, within)| CustomerCondition::Stopped(Stopped { stopped, r#for, within })),
        1 => (filters(), spans(), spans()).prop_map(|(restarted, after, within)| CustomerCondition::Restarted(Restarted { restarted, after, within })),
        2 => (vec(step, 2..4), windows(scene)).prop_map(|(mut sequence, window)| {
            (sequence[0].after, sequence[0].within) = (None, None);
            CustomerCondition::Sequence(Sequence { sequence, window })
        }),
        2 => (select(How::ALL.to_vec()), fields, filters(), windows(scene), ops, numbers).prop_map(
            |(aggregate, field, of, window, op, value)| {
                CustomerCondition::Aggregate(Aggregate { aggregate, field: Field::named(field), of, window, op, value })
            }
        ),
        1 => (known, day).prop_map(|((field, op, value), as_of)| {
            let test = Test::new(Field::named(field), op, Value::Text(value.to_owned())).unwrap();
            CustomerCondition::Trait(Trait { test, as_of })
        }),
    ]
}

fn conditions(scene: Scene) -> impl Strategy<Value = CustomerCondition> {
    leaves(scene).prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(CustomerCondition::All),
            vec(inner.clone(), 0..4).prop_map(CustomerCondition::Any),
            inner.prop_map(|inner| CustomerCondition::Not(Box::new(inner))),
        ]
    })
}

#[derive(Clone, Debug)]
struct Drawn {
    scene: Scene,
    world: World,
    condition: CustomerCondition,
    as_of: i64,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    scenes().prop_flat_map(|scene| {
        let instants = (0..=scene.n_days + 1, select(vec![-1_i64, 0, 0, 1, 7_200_000_000]));
        (worlds(scene), conditions(scene), instants).prop_map(
            move |(world, condition, (day, offset))| Drawn {
                scene,
                world,
                condition,
                as_of: scene.midnight(day) + offset,
            },
        )
    })
}

/// Keys of the customers, by the definition; a code where it is refused.
fn expected(drawn: &Drawn) -> Result<Vec<i64>, String> {
    let sorted = drawn.world.sorted();
    let mut keys = Vec::new();
    let mut currencies: Vec<BTreeSet<String>> = Vec::new();
    for customer in 1..=drawn.world.names.len() as i64 {
        let rows: Vec<&Event> =
            sorted.iter().filter(|row| row.customer == customer && row.ts < drawn.as_of).collect();
        if rows.is_empty() {
            continue;
        }
        let mut oracle = Oracle { zone: drawn.scene.rules(), as_of: drawn.as_of, rows };
        let seen = oracle.currencies(&drawn.condition);
        currencies.resize_with(seen.len(), BTreeSet::new);
        currencies.iter_mut().zip(seen).for_each(|(known, more)| known.extend(more));
        let is_mixed = currencies.iter().any(|known| known.len() > 1);
        if is_mixed {
            return Err("mixed_currencies".to_owned());
        }
        if oracle.holds(&drawn.condition) {
            keys.push(customer);
        }
    }
    Ok(keys)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_fold_finds_whom_the_definition_finds(drawn in drawn()) {
        let asked = Asked {
            condition: drawn.condition.clone(),
            as_of: drawn.as_of,
            zone: Zone::named(drawn.scene.zone).unwrap(),
        };
        let found = in_every_layout(&drawn.world, |source| {
            match block_on(members(&session(), source, std::slice::from_ref(&asked))) {
                Ok(found) => Ok(found[0].keys()),
                Err(AskError::Refused(refusal)) => Err(refusal.code),
                Err(other) => Err(other.to_string()),
            }
        });
        prop_assert_eq!(found, expected(&drawn), "{}", drawn.condition);
    }
}
