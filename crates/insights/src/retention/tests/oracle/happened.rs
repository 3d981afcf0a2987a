//! What happened, for the oracle: occurrences out of rows, filters read straight from the question,
//! and who has bought.

use perennial_testkit::Event;
use perennial_types::filter::{Condition, EventFilter, EventNames, Field, Op, Test, Value};

/// One thing that happened: an order with all its lines, or one row.
#[derive(Clone, Debug)]
pub struct Occurrence {
    pub lines: Vec<Event>,
}

/// The occurrences of one customer's events, which stand in time order.
pub fn occurrences(events: &[Event]) -> Vec<Occurrence> {
    let mut all: Vec<Occurrence> = Vec::new();
    for event in events {
        let same = all.iter_mut().find(|known| {
            let first = &known.lines[0];
            event.order_id.is_some()
                && first.order_id == event.order_id
                && first.event == event.event
        });
        match same {
            Some(known) => known.lines.push(event.clone()),
            None => all.push(Occurrence { lines: vec![event.clone()] }),
        }
    }
    all
}

fn sum(numbers: impl Iterator<Item = Option<i64>>) -> Option<i128> {
    let known: Vec<i128> = numbers.flatten().map(i128::from).collect();
    (!known.is_empty()).then(|| known.iter().sum())
}

impl Occurrence {
    pub fn ts(&self) -> i64 {
        self.lines[0].ts
    }

    pub fn amount(&self) -> Option<i128> {
        sum(self.lines.iter().map(|line| line.amount))
    }

    pub fn quantity(&self) -> Option<i128> {
        sum(self.lines.iter().map(|line| line.quantity))
    }

    /// The currencies of its money.
    pub fn currencies(&self) -> Vec<String> {
        let with_money = self.lines.iter().filter(|line| line.amount.is_some());
        with_money.filter_map(|line| line.currency.clone()).collect()
    }

    pub fn is_named(&self, filter: &EventFilter) -> bool {
        match &filter.event {
            EventNames::Any => true,
            EventNames::OneOf(names) => names.contains(&self.lines[0].event),
        }
    }

    pub fn satisfies(&self, filter: &EventFilter) -> bool {
        let holds = |line: &Event| match &filter.condition {
            None => true,
            Some(condition) => self.holds(condition, line),
        };
        self.is_named(filter) && self.lines.iter().any(holds)
    }

    fn holds(&self, condition: &Condition, line: &Event) -> bool {
        match condition {
            Condition::All(parts) => parts.iter().all(|part| self.holds(part, line)),
            Condition::Any(parts) => parts.iter().any(|part| self.holds(part, line)),
            Condition::Not(inner) => !self.holds(inner, line),
            Condition::Test(test) => self.passes(test, line),
        }
    }

    fn passes(&self, test: &Test, line: &Event) -> bool {
        match test.field {
            Field::Amount => number_passes(test, self.amount()),
            Field::Quantity => number_passes(test, self.quantity()),
            _ => text_passes(test, text_of(line, &test.field).as_deref()),
        }
    }

    /// Whether it is a purchase: an order worth something.
    pub fn is_purchase(&self) -> bool {
        let first = &self.lines[0];
        let is_order =
            first.event == "order" || (first.event != "refund" && first.order_id.is_some());
        is_order && self.amount().is_some_and(|amount| amount > 0)
    }

    pub fn is_refund(&self) -> bool {
        self.lines[0].event == "refund"
    }
}

/// The value of a field of one row, as text.
pub fn text_of(line: &Event, field: &Field) -> Option<String> {
    match field {
        Field::Event => Some(line.event.clone()),
        Field::Currency => line.currency.clone(),
        Field::OrderId => line.order_id.clone(),
        Field::Item => line.item.clone(),
        Field::Session => line.session.clone(),
        Field::Source => Some("test".to_owned()),
        Field::Property(name) => line.properties.get(name).cloned(),
        other => panic!("{other:?} is not text here"),
    }
}

/// What a row without the value passes.
fn missing_passes(op: Op) -> bool {
    matches!(op, Op::IsNotSet | Op::NotEqual | Op::NotIn)
}

fn number_passes(test: &Test, value: Option<i128>) -> bool {
    let Some(value) = value else { return missing_passes(test.op) };
    let Value::Number(wanted) = &test.value else { return test.op == Op::IsSet };
    let wanted = i128::try_from(wanted * rust_decimal::Decimal::from(10_000)).expect("four places");
    match test.op {
        Op::Greater => value > wanted,
        Op::GreaterOrEqual => value >= wanted,
        Op::Less => value < wanted,
        Op::LessOrEqual => value <= wanted,
        Op::Equal => value == wanted,
        Op::NotEqual => value != wanted,
        other => panic!("{other:?} is not asked of numbers here"),
    }
}

fn text_passes(test: &Test, text: Option<&str>) -> bool {
    let Some(text) = text else { return missing_passes(test.op) };
    match (test.op, &test.value) {
        (Op::IsSet, _) => true,
        (Op::IsNotSet, _) => false,
        (Op::Equal, Value::Text(wanted)) => text == wanted,
        (Op::NotEqual, Value::Text(wanted)) => text != wanted,
        (Op::In, Value::List(all)) => all.contains(&Value::Text(text.to_owned())),
        (Op::NotIn, Value::List(all)) => !all.contains(&Value::Text(text.to_owned())),
        (Op::GreaterOrEqual, Value::Number(wanted)) => {
            text.parse::<rust_decimal::Decimal>().is_ok_and(|number| number >= *wanted)
        }
        other => panic!("{other:?} is not asked of texts here"),
    }
}

/// Instants of the purchases.
pub fn purchases(occurrences: &[Occurrence]) -> Vec<i64> {
    occurrences.iter().filter(|one| one.is_purchase()).map(Occurrence::ts).collect()
}

/// Whether, in some currency, more was bought than taken back.
pub fn is_net_buyer(occurrences: &[Occurrence]) -> bool {
    let currency = |one: &Occurrence| one.currencies().first().cloned();
    let bought: Vec<&Occurrence> = occurrences.iter().filter(|one| one.is_purchase()).collect();
    bought.iter().map(|one| currency(one)).any(|wanted| {
        let in_it = bought.iter().filter(|one| currency(one) == wanted);
        let worth: i128 = in_it.filter_map(|one| one.amount()).sum();
        let refunds = occurrences.iter().filter(|one| one.is_refund());
        let refunds = refunds.filter(|one| currency(one).is_none() || currency(one) == wanted);
        worth > refunds.filter_map(Occurrence::amount).map(i128::abs).sum()
    })
}

/// The median, rounded down.
pub fn median(values: &[i64]) -> Option<i64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let (low, high) = (sorted.get((sorted.len().max(1) - 1) / 2)?, sorted.get(sorted.len() / 2)?);
    Some((low + high).div_euclid(2))
}

/// The gaps between instants in time order.
pub fn gaps(instants: &[i64]) -> Vec<i64> {
    instants.windows(2).map(|pair| pair[1] - pair[0]).collect()
}
