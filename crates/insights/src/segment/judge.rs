//! Whether a condition holds of a customer, from the occurrences that were found.

use std::cmp::Ordering;
use std::ops::Range;

use perennial_types::calendar::Micros;
use perennial_types::condition::How;
use perennial_types::filter::Op;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::plan::{Later, Tree};

/// Something that happened, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Occurrence {
    /// When.
    pub(super) ts: Micros,
    /// Its value in ten-thousandths, where one is asked for and there.
    pub(super) value: Option<i128>,
    /// Numbers of the currencies of its lines plus one; 0 where there is none.
    pub(super) currencies: [u32; 2],
}

/// What is known of a customer beside occurrences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// Of each known value, whether it passes.
    pub(super) traits: Vec<bool>,
    /// Of each answer, whether the customer stands behind it.
    pub(super) listed: Vec<bool>,
}

impl Tree {
    /// Whether it holds. Occurrences stand in the order of time; `facts` says what is known
    /// beside them; the currencies of every comparison of money are added to `currencies`.
    ///
    /// Every part is looked at, so that mixed currencies are found whatever the other parts say.
    pub(super) fn holds(
        &self,
        found: &[Vec<Occurrence>],
        facts: &Facts,
        currencies: &mut [Vec<u32>],
    ) -> bool {
        let of = |series: &usize| found.get(*series).map(Vec::as_slice).unwrap_or_default();
        match self {
            Tree::All(parts) => {
                let fail = |part: &&Tree| !part.holds(found, facts, currencies);
                parts.iter().filter(fail).count() == 0
            }
            Tree::Any(parts) => {
                let hold = |part: &&Tree| part.holds(found, facts, currencies);
                parts.iter().filter(hold).count() > 0
            }
            Tree::Not(inner) => !inner.holds(found, facts, currencies),
            Tree::Count { series, times, range } => times.holds(within(of(series), range).len()),
            Tree::First { series, range } => {
                of(series).first().is_some_and(|first| range.contains(&first.ts))
            }
            Tree::Last { series, range } => {
                of(series).last().is_some_and(|last| range.contains(&last.ts))
            }
            Tree::Regularly { series, times, at_least, boundaries } => {
                let periods = boundaries.windows(2).map(|pair| pair[0]..pair[1]);
                let counts = periods.filter(|period| within(of(series), period).len() >= *times);
                counts.count() >= *at_least
            }
            Tree::Stopped { series, before, quiet } => {
                !within(of(series), before).is_empty() && within(of(series), quiet).is_empty()
            }
            Tree::Restarted { series, pause, range } => {
                let mut pairs = of(series).windows(2);
                pairs.any(|pair| {
                    range.contains(&pair[1].ts) && pair[1].ts.saturating_sub(pair[0].ts) >= *pause
                })
            }
            Tree::Sequence { steps, range } => happened_in_order(steps, range, found),
            Tree::Compared { series, how, range, op, value, money } => {
                let occurrences = within(of(series), range);
                if let Some(known) = money.and_then(|money| currencies.get_mut(money)) {
                    note_currencies(known, occurrences);
                }
                compares(*how, occurrences, *op, *value)
            }
            Tree::Trait(index) => facts.traits.get(*index).copied().unwrap_or(false),
            Tree::Listed(index) => facts.listed.get(*index).copied().unwrap_or(false),
        }
    }
}

/// The occurrences of a range.
fn within<'a>(occurrences: &'a [Occurrence], range: &Range<Micros>) -> &'a [Occurrence] {
    let start = occurrences.partition_point(|one| one.ts < range.start);
    let end = occurrences.partition_point(|one| one.ts < range.end);
    occurrences.get(start..end).unwrap_or_default()
}

/// Whether there is an occurrence of every step, each later than the one before within its gaps.
/// For a step, only the latest of the step before that is early enough has to be looked at.
fn happened_in_order(steps: &[Later], range: &Range<Micros>, found: &[Vec<Occurrence>]) -> bool {
    let mut reached: Option<Vec<Micros>> = None;
    for step in steps {
        let all = found.get(step.series).map(Vec::as_slice).unwrap_or_default();
        let instants = within(all, range).iter().map(|one| one.ts);
        let next: Vec<Micros> = match &reached {
            None => instants.collect(),
            Some(before) => {
                let follows = |ts: &Micros| {
                    let n_early =
                        before.partition_point(|known| ts.saturating_sub(*known) >= step.after);
                    let latest = n_early.checked_sub(1).and_then(|last| before.get(last));
                    latest.is_some_and(|known| ts.saturating_sub(*known) <= step.within)
                };
                instants.filter(follows).collect()
            }
        };
        if next.is_empty() {
            return false;
        }
        reached = Some(next);
    }
    true
}

fn note_currencies(known: &mut Vec<u32>, occurrences: &[Occurrence]) {
    for currency in occurrences.iter().flat_map(|one| one.currencies) {
        if currency != 0 && !known.contains(&currency) {
            known.push(currency);
        }
    }
}

/// Whether a sum, mean, smallest or largest value compares so. The sum of nothing is 0; the others
/// of nothing are not known, and compare with no number.
fn compares(how: How, occurrences: &[Occurrence], op: Op, value: Decimal) -> bool {
    let values = occurrences.iter().filter_map(|one| one.value);
    let (total, n) = match how {
        How::Sum => (Some(values.sum()), 1),
        How::Mean => {
            let n = values.clone().count();
            (values.reduce(|sum, value| sum + value), n as i128)
        }
        How::Min => (values.min(), 1),
        How::Max => (values.max(), 1),
    };
    let Some(total) = total else { return false };
    let order = compare(total, n, value);
    match op {
        Op::Equal => order.is_eq(),
        Op::NotEqual => order.is_ne(),
        Op::Greater => order.is_gt(),
        Op::GreaterOrEqual => order.is_ge(),
        Op::Less => order.is_lt(),
        Op::LessOrEqual => order.is_le(),
        _ => false,
    }
}

/// `total ÷ n` ten-thousandths against a number, exactly wherever both fit 38 digits.
fn compare(total: i128, n: i128, value: Decimal) -> Ordering {
    let value = value.normalize();
    let scale = 10_i128.checked_pow(value.scale());
    let left = scale.and_then(|scale| total.checked_mul(scale));
    let right = n.checked_mul(10_000).and_then(|n| value.mantissa().checked_mul(n));
    match (left, right) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => {
            let near = total as f64 / n as f64 / 10_000.0;
            near.total_cmp(&value.to_f64().unwrap_or(f64::NAN))
        }
    }
}
