//! The folds of a measure: what customers did per period, or the customers of one.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::batch::{Batch, Run};
use perennial_engine::error::EngineError;
use perennial_engine::fold::{Fold, Needs, Visitor};
use perennial_types::calendar::Micros;
use perennial_types::event::Column;

use super::plan::Plan;
use super::question::Measure;
use super::tally::Gathered;
use crate::belonging::Belonging;
use crate::occurring::{Occurring, Sink};
use crate::orders::{self, OrderBook, OrderReader};

/// A measure, folded.
pub struct MeasureFold {
    plan: Arc<Plan>,
    /// The period whose customers are wanted; `None` for the numbers of all.
    wanted: Option<usize>,
}

impl MeasureFold {
    /// A fold.
    pub fn new(plan: Arc<Plan>, wanted: Option<usize>) -> MeasureFold {
        MeasureFold { plan, wanted }
    }
}

impl fmt::Debug for MeasureFold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("MeasureFold").field("wanted", &self.wanted).finish_non_exhaustive()
    }
}

impl Fold for MeasureFold {
    fn description(&self) -> (&'static str, serde_json::Value) {
        ("seasonality", serde_json::to_value(&self.plan.question).unwrap_or_default())
    }

    fn needs(&self) -> Needs {
        let plan = &self.plan;
        if let Some(rule) = &plan.rule {
            return Needs { columns: rule.columns(), events: rule.events(), ts: plan.range() };
        }
        let wanted = |one: &&Column| plan.by_order || **one != Column::OrderId;
        let mut columns: Vec<Column> = orders::COLUMNS.iter().filter(wanted).copied().collect();
        columns.push(Column::Currency);
        columns.sort_unstable();
        Needs { columns, events: plan.money_events(), ts: plan.range() }
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        let gathered = Gathered::new(self.plan.n_periods, self.wanted);
        match &self.plan.rule {
            Some(rule) => {
                let counting = Counting { plan: self.plan.clone(), gathered };
                Box::new(Occurring::new(rule.clone(), counting))
            }
            None => Box::new(Earning {
                plan: self.plan.clone(),
                gathered,
                customer: None,
                book: OrderBook::default(),
                names: HashMap::new(),
                currencies: BTreeSet::new(),
            }),
        }
    }
}

/// Counts occurrences.
struct Counting {
    plan: Arc<Plan>,
    gathered: Gathered,
}

impl Sink for Counting {
    fn customer(
        &mut self,
        customer: i64,
        _group: u32,
        instants: &[Micros],
    ) -> Result<(), EngineError> {
        let periods = &self.plan.periods;
        let Some(first) = periods.starts().first() else { return Ok(()) };
        let n_before = instants.partition_point(|ts| ts < first);
        let mut rest = instants.get(n_before..).unwrap_or_default();
        while let Some(ts) = rest.first() {
            let Some(period) = periods.index_of(*ts) else { break };
            let end = periods.end(period).unwrap_or(Micros::MAX);
            let n_here = rest.partition_point(|ts| *ts < end);
            self.gathered.add(customer, period, n_here as u64, 0);
            rest = rest.get(n_here..).unwrap_or_default();
        }
        Ok(())
    }

    fn finish(self, _belonging: &Belonging) -> Result<RecordBatch, EngineError> {
        self.gathered.finish(&[])
    }
}

/// Adds up money.
struct Earning {
    plan: Arc<Plan>,
    gathered: Gathered,
    customer: Option<i64>,
    book: OrderBook,
    /// Names of the currencies by their number.
    names: HashMap<u64, String>,
    /// Numbers of the currencies that were added.
    currencies: BTreeSet<u64>,
}

impl Visitor for Earning {
    fn visit(&mut self, batch: &Batch, runs: &[Run]) -> Result<(), EngineError> {
        let plan = self.plan.clone();
        let reader = OrderReader::with_currencies(batch, plan.by_order)?;
        let ts = batch.ts()?;
        let wanted = plan.question.currency.as_deref();
        reader.note_currencies(&mut self.names);
        for run in runs {
            if !run.continues {
                self.close();
                self.customer = Some(run.customer);
            }
            for row in run.rows.clone().take_while(|row| ts[*row] < plan.as_of) {
                if wanted.is_none_or(|wanted| reader.currency_name(row) == Some(wanted)) {
                    self.book.push(&reader, row, ts[row]);
                }
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<RecordBatch, EngineError> {
        self.close();
        let names = self.currencies.iter().filter_map(|number| self.names.get(number));
        let names: Vec<&String> = names.collect();
        self.gathered.finish(&names)
    }
}

impl Earning {
    fn close(&mut self) {
        let Some(customer) = self.customer.take() else { return };
        let plan = self.plan.clone();
        let since = self.book.since(plan.question.population);
        let counts = |ts: Micros| since.is_some_and(|since| ts >= since);
        // Purchases and refunds stand in the order of their first lines.
        let mut open: Option<(usize, u64, i128)> = None;
        for one in self.book.all().filter(|one| counts(one.ts)) {
            let amount = match (one.is_bought(), one.is_refund, plan.measure) {
                (true, ..) => one.amount,
                (false, true, Measure::NetRevenue) => -one.amount.abs(),
                _ => continue,
            };
            let Some(period) = plan.periods.index_of(one.ts) else { continue };
            if one.currency != 0 {
                self.currencies.insert(one.currency);
            }
            match &mut open {
                Some((known, n, money)) if *known == period => {
                    *n += 1;
                    *money += amount;
                }
                _ => {
                    if let Some((known, n, money)) = open.replace((period, 1, amount)) {
                        self.gathered.add(customer, known, n, money);
                    }
                }
            }
        }
        if let Some((period, n, money)) = open {
            self.gathered.add(customer, period, n, money);
        }
        self.book.clear();
    }
}
