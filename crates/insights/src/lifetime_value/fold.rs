//! The fold: per customer and cut, the days with a purchase, the last of them, and their money.

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, Int32Array, Int64Array, RecordBatch, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema};
use perennial_engine::error::EngineError;
use perennial_engine::fold::{Fold, Needs, Visitor};
use perennial_types::calendar::Micros;

use super::plan::{Cut, Plan};
use crate::belonging::{self, Belonging};
use crate::ledger::{Currencies, Customer, Ledger, Sink, Told};
use crate::money;

/// Columns before those of the cuts: customer, group, first day, money of the first day.
pub const N_FIXED: usize = 4;
/// Columns of each cut: days with a purchase, the last of them, money, refunds.
pub const N_EACH: usize = 4;

/// A question, folded.
pub struct LifetimeFold {
    plan: Arc<Plan>,
}

impl LifetimeFold {
    /// A fold.
    pub fn new(plan: Arc<Plan>) -> LifetimeFold {
        LifetimeFold { plan }
    }
}

impl fmt::Debug for LifetimeFold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("LifetimeFold").finish_non_exhaustive()
    }
}

impl Fold for LifetimeFold {
    fn description(&self) -> (&'static str, serde_json::Value) {
        ("lifetime_value", serde_json::to_value(&self.plan.question).unwrap_or_default())
    }

    fn needs(&self) -> Needs {
        // Age and first purchase are told by all of history.
        let rule = &self.plan.rule;
        Needs { columns: rule.columns(), events: rule.events(), ts: Micros::MIN..self.plan.as_of }
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        Box::new(Ledger::new(self.plan.rule.clone(), Tally::new(self.plan.clone())))
    }
}

/// Civil days with a purchase, in time order.
struct Occasion {
    ts: Micros,
    day: i32,
    /// Money of this one and all before, in ten-thousandths.
    money: i128,
}

/// Every customer's measures at one cut; no days where nothing was bought yet.
#[derive(Default)]
struct Measured {
    n_days: Vec<u32>,
    last_day: Vec<i32>,
    money: Vec<i128>,
    refunded: Vec<i128>,
}

/// Measures customers.
struct Tally {
    plan: Arc<Plan>,
    added: Currencies,
    keys: Vec<i64>,
    groups: Vec<u32>,
    first_days: Vec<i32>,
    first_money: Vec<i128>,
    measured: Vec<Measured>,
    occasions: Vec<Occasion>,
    /// Instants of the refunds, with the money of each and all before.
    refunds: Vec<(Micros, i128)>,
}

impl Tally {
    fn new(plan: Arc<Plan>) -> Tally {
        Tally {
            measured: plan.cuts().map(|_| Measured::default()).collect(),
            plan,
            added: Currencies::default(),
            keys: Vec::new(),
            groups: Vec::new(),
            first_days: Vec::new(),
            first_money: Vec::new(),
            occasions: Vec::new(),
            refunds: Vec::new(),
        }
    }

    /// Reads the purchases before the end of the last date; the group of the first of them.
    fn read(&mut self, customer: &Customer<'_>) -> Option<u32> {
        self.occasions.clear();
        self.refunds.clear();
        let end = self.plan.dates.last().map_or(Micros::MIN, |cut| cut.end);
        let mut group = None;
        let mut money = 0;
        let counted = customer.bought().filter(|(one, _)| customer.is_counted(one.currency));
        for (one, own) in counted.take_while(|(one, _)| one.ts < end) {
            let Some(day) = self.plan.day_of(one.ts) else { continue };
            group.get_or_insert(own);
            money += one.amount;
            self.added.note(one.currency);
            match self.occasions.last_mut().filter(|last| last.day == day) {
                Some(last) => last.money = money,
                None => self.occasions.push(Occasion { ts: one.ts, day, money }),
            }
        }
        // Who has bought nothing yet has nothing to take back.
        let group = group?;
        let mut refunded = 0;
        let refunds = customer.entries(self.plan.nets()).filter(|one| one.amount < 0);
        for one in refunds.take_while(|one| one.ts < end) {
            refunded -= one.amount;
            self.added.note(one.currency);
            self.refunds.push((one.ts, refunded));
        }
        Some(group)
    }

    /// Days, the last of them, money and refunds before the end of a cut.
    fn at(&self, cut: &Cut) -> (u32, i32, i128, i128) {
        let n_days = self.occasions.partition_point(|one| one.ts < cut.end);
        let n_refunds = self.refunds.partition_point(|(ts, _)| *ts < cut.end);
        let last = n_days.checked_sub(1).and_then(|last| self.occasions.get(last));
        let refunded = n_refunds.checked_sub(1).and_then(|last| self.refunds.get(last));
        let (last_day, money) = last.map_or((0, 0), |one| (one.day, one.money));
        (n_days as u32, last_day, money, refunded.map_or(0, |(_, sum)| *sum))
    }
}

impl Sink for Tally {
    fn customer(
        &mut self,
        customer: &Customer<'_>,
        belonging: &mut Belonging,
    ) -> Result<(), EngineError> {
        let Some(group) = self.read(customer) else { return Ok(()) };
        let Some((first_day, first_money)) =
            self.occasions.first().map(|first| (first.day, first.money))
        else {
            return Ok(());
        };
        self.keys.push(customer.key);
        self.groups.push(belonging.group(group));
        self.first_days.push(first_day);
        self.first_money.push(first_money);
        let plan = self.plan.clone();
        for (position, cut) in plan.cuts().enumerate() {
            let (n_days, last_day, money, refunded) = self.at(cut);
            let Some(measured) = self.measured.get_mut(position) else { continue };
            measured.n_days.push(n_days);
            measured.last_day.push(last_day);
            measured.money.push(money);
            measured.refunded.push(refunded);
        }
        Ok(())
    }

    fn finish(self, told: &Told<'_>) -> Result<RecordBatch, EngineError> {
        let sums = |all: Vec<i128>| -> ArrayRef {
            Arc::new(Decimal128Array::from(all).with_data_type(money::SUM))
        };
        let mut fields = vec![
            Field::new("customer", DataType::Int64, false),
            Field::new("group", belonging::column_type(), false),
            Field::new("first_day", DataType::Int32, false),
            Field::new("first_money", money::SUM, false),
        ];
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from(self.keys)),
            told.belonging.column(self.groups.iter().copied()),
            Arc::new(Int32Array::from(self.first_days)),
            sums(self.first_money),
        ];
        for (position, measured) in self.measured.into_iter().enumerate() {
            fields.push(Field::new(format!("n_days_{position}"), DataType::UInt32, false));
            fields.push(Field::new(format!("last_day_{position}"), DataType::Int32, false));
            fields.push(Field::new(format!("money_{position}"), money::SUM, false));
            fields.push(Field::new(format!("refunded_{position}"), money::SUM, false));
            columns.push(Arc::new(UInt32Array::from(measured.n_days)));
            columns.push(Arc::new(Int32Array::from(measured.last_day)));
            columns.push(sums(measured.money));
            columns.push(sums(measured.refunded));
        }
        let schema = Schema::new(fields).with_metadata(told.metadata(&self.added));
        Ok(RecordBatch::try_new(Arc::new(schema), columns)?)
    }
}
