//! A customer's rows as occurrences: rows of one event name that share an order id are one, at
//! their earliest instant, with their money summed.
//!
//! An order is a whole: its sum holds from its first line on, even where later lines complete it,
//! and its group is that of its first line. A refund with the id of its order has another name, so
//! it stays an occurrence of its own. Money without a currency is taken for money of the currency
//! the rest is in.

use std::collections::HashMap;

use perennial_engine::filter::BatchFilter;
use perennial_types::calendar::Micros;

use super::plan::{Plan, Value};
use crate::grouping::{Group, Interner};

/// One row, as far as the question looks at it.
#[derive(Clone, Debug)]
pub struct Line {
    /// When.
    pub ts: Micros,
    /// What it shares with the other lines of its order.
    pub order: Option<u64>,
    /// Its bits in the start's masks.
    pub start: u32,
    /// Its bits in the return's masks.
    pub return_: u32,
    /// Money, in ten-thousandths.
    pub amount: Option<i128>,
    /// Quantity, in ten-thousandths.
    pub quantity: Option<i128>,
    /// What is added up, where that is a property.
    pub number: Option<i128>,
    /// Number of the currency plus one; 0 without money.
    pub currency: u32,
    /// Number of the values of the breakdown.
    pub group: u32,
}

/// What happened, once.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// When.
    pub ts: Micros,
    /// Whether it has the name of a start.
    pub is_named: bool,
    /// Whether it is a start.
    pub is_start: bool,
    /// Whether it is a return.
    pub is_return: bool,
    /// What it adds to a value.
    pub value: i128,
    /// What it adds to a minimum of money.
    pub amount: i128,
    /// Number of its currency plus one; 0 without money.
    pub currency: u32,
    /// The same of another currency among its lines; 0 where there is none.
    pub other_currency: u32,
    /// Number of the values of the breakdown, of its first line.
    pub group: u32,
}

/// Joins lines into occurrences, in time order.
pub fn occurrences(plan: &Plan, lines: &[Line]) -> Vec<Occurrence> {
    if lines.iter().all(|line| line.order.is_none()) {
        return lines.iter().filter_map(|line| occurrence(plan, &[line])).collect();
    }
    let mut by_order: HashMap<u64, usize> = HashMap::new();
    let mut orders: Vec<Vec<&Line>> = Vec::with_capacity(lines.len());
    for line in lines {
        match line.order.map(|order| by_order.entry(order).or_insert(orders.len())) {
            Some(known) if *known < orders.len() => orders[*known].push(line),
            _ => orders.push(vec![line]),
        }
    }
    orders.iter().filter_map(|lines| occurrence(plan, lines)).collect()
}

fn occurrence(plan: &Plan, lines: &[&Line]) -> Option<Occurrence> {
    let first = lines.first()?;
    let amount = sum(lines.iter().map(|line| line.amount));
    let quantity = sum(lines.iter().map(|line| line.quantity));
    let is = |filter: &BatchFilter, bits: fn(&Line) -> u32| {
        lines.iter().any(|line| filter.holds(bits(line), amount, quantity))
    };
    let value = match &plan.value {
        Value::Nothing => 0,
        Value::Events => 1,
        Value::Number(perennial_types::filter::Field::Amount) => amount.unwrap_or(0),
        Value::Number(perennial_types::filter::Field::Quantity) => quantity.unwrap_or(0),
        Value::Number(_) => sum(lines.iter().map(|line| line.number)).unwrap_or(0),
    };
    let mut others = lines.iter().map(|line| line.currency).filter(|currency| *currency != 0);
    let currency = others.next().unwrap_or(0);
    let mut others = others.filter(|other| *other != currency);
    Some(Occurrence {
        ts: first.ts,
        is_named: lines.iter().any(|line| line.start & 1 == 1),
        is_start: is(&plan.start, |line| line.start),
        is_return: is(&plan.return_, |line| line.return_),
        value,
        amount: amount.unwrap_or(0),
        currency,
        other_currency: others.next().unwrap_or(0),
        group: first.group,
    })
}

fn sum(values: impl Iterator<Item = Option<i128>>) -> Option<i128> {
    values.flatten().reduce(|total, value| total + value)
}

/// The values of the breakdown, each tuple with a number.
pub type Groups = Interner<Group>;
