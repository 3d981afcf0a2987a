//! The fold: for every customer and cut one row of features, in one pass.
//!
//! A customer's rows are taken up to the next cut, then the row of that cut is written: what comes
//! after a cut has not been looked at when its row is made, and that is why nothing can leak.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema};
use perennial_engine::batch::{Batch, Run};
use perennial_engine::error::EngineError;
use perennial_engine::fold::{Fold, Needs, Visitor};
use perennial_types::calendar::Micros;
use perennial_types::question::Refusal;

use super::at::{At, Gaps, Series};
use super::features::{Get, Label, Need};
use super::history::History;
use super::plan::Plan;
use super::reader::Reader;
use crate::coding::NO_VALUE;
use crate::field_codes::FieldCodes;
use crate::grouping::Interner;
use crate::money::CURRENCIES;

/// Name of the schema metadata that says, per cut, what anybody was known by: bits of [`seen_bit`].
pub const SEEN: &str = "seen";

/// Columns before those of the features: customer, cut.
pub const N_FIXED: usize = 2;

/// Most values of one bucket's partial result: a thousand million bytes.
const MAX_VALUES: usize = 1 << 27;

/// What the lake has anything of; a feature of something nobody has is missing, not 0.
pub fn seen_bit(need: Need) -> u32 {
    match need {
        Need::Orders | Need::OrderGaps | Need::Money | Need::Currency => 1,
        Need::Items => 2,
        Need::ItemsBought => 4,
        Need::Categories => 8,
        Need::Support => 16,
        Need::Votes => 32,
        _ => 0,
    }
}

/// A question, folded.
pub struct TableFold {
    plan: Arc<Plan>,
}

impl TableFold {
    /// A fold.
    pub fn new(plan: Arc<Plan>) -> TableFold {
        TableFold { plan }
    }
}

impl fmt::Debug for TableFold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("TableFold").finish_non_exhaustive()
    }
}

impl Fold for TableFold {
    fn description(&self) -> (&'static str, serde_json::Value) {
        ("customer_table", serde_json::to_value(&self.plan.question).unwrap_or_default())
    }

    fn needs(&self) -> Needs {
        let end = self.plan.cuts.last().map_or(Micros::MIN, |cut| cut.end);
        Needs { columns: self.plan.columns(), events: None, ts: Micros::MIN..end }
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        let plan = self.plan.clone();
        let empty = |get: &Get| match get {
            Get::Number(get) => Values::Numbers(*get, Vec::new()),
            Get::Text(label) => Values::Codes(*label, Vec::new()),
        };
        let values = plan.features.iter().map(|feature| empty(&feature.get)).collect();
        Box::new(Reading {
            codes: FieldCodes::new(plan.fields.iter().cloned()),
            table: Table {
                seen: vec![0; plan.cuts.len()],
                wants_gaps: plan.wants(Need::Gaps),
                wants_order_gaps: plan.wants(Need::OrderGaps),
                wants_money: plan.wants(Need::Money),
                values,
                ..Table::default()
            },
            plan,
        })
    }
}

struct Reading {
    plan: Arc<Plan>,
    codes: FieldCodes,
    table: Table,
}

/// The rows written so far, and the customer being visited.
#[derive(Default)]
struct Table {
    customer: Option<i64>,
    /// The cut whose row is written next.
    next: usize,
    history: History,
    orders: Series,
    refunds: Series,
    scratch: Vec<i32>,
    keys: Vec<i64>,
    cuts: Vec<u32>,
    values: Vec<Values>,
    seen: Vec<u32>,
    wants_gaps: bool,
    wants_order_gaps: bool,
    wants_money: bool,
    /// Names of currencies by their number in the order book.
    names: HashMap<u64, String>,
    /// Currencies whose money was added up.
    currencies: BTreeSet<u64>,
    /// Names of currencies by their number in a column.
    labels: Interner<String>,
}

/// One column; NaN where a number is missing.
enum Values {
    Numbers(fn(&At<'_>) -> Option<f64>, Vec<f64>),
    Codes(Label, Vec<u32>),
}

impl Visitor for Reading {
    fn visit(&mut self, batch: &Batch, runs: &[Run]) -> Result<(), EngineError> {
        self.codes.read(batch)?;
        let reader = Reader::new(&self.plan, batch, &self.codes)?;
        if let Some(orders) = &reader.orders {
            orders.note_currencies(&mut self.table.names);
        }
        for run in runs {
            if !run.continues {
                self.table.close(&self.plan);
                self.table.customer = Some(run.customer);
            }
            match (reader.sequences, self.plan.question.known_at) {
                (Some(sequences), Some(known_at)) => {
                    for row in run.rows.clone().filter(|row| sequences[*row] <= known_at) {
                        self.table.advance(&self.plan, &reader, row..row + 1);
                    }
                }
                _ => self.table.advance(&self.plan, &reader, run.rows.clone()),
            }
        }
        self.check_size()
    }

    fn finish(mut self: Box<Self>) -> Result<RecordBatch, EngineError> {
        self.table.close(&self.plan);
        self.check_size()?;
        let Reading { plan, codes, table } = *self;
        let currencies = table.currencies.iter().filter_map(|number| table.names.get(number));
        let metadata = [
            (CURRENCIES, serde_json::to_string(&currencies.collect::<Vec<_>>())),
            (SEEN, serde_json::to_string(&table.seen)),
        ];
        let metadata: HashMap<String, String> = metadata
            .into_iter()
            .map(|(name, text)| (name.to_owned(), text.unwrap_or_default()))
            .collect();
        let mut fields = vec![
            Field::new("customer", DataType::Int64, false),
            Field::new("cut", DataType::UInt32, false),
        ];
        let mut columns: Vec<ArrayRef> =
            vec![Arc::new(Int64Array::from(table.keys)), Arc::new(UInt32Array::from(table.cuts))];
        for (feature, values) in plan.features.iter().zip(table.values) {
            let (data_type, column): (DataType, ArrayRef) = match values {
                Values::Numbers(_, numbers) => {
                    (DataType::Float64, Arc::new(Float64Array::from(numbers)))
                }
                Values::Codes(label, numbers) => {
                    let name = |number: &u32| text_of(&plan, &codes, &table.labels, label, *number);
                    (DataType::Utf8, Arc::new(numbers.iter().map(name).collect::<StringArray>()))
                }
            };
            fields.push(Field::new(feature.name, data_type, true));
            columns.push(column);
        }
        let schema = Arc::new(Schema::new(fields).with_metadata(metadata));
        Ok(RecordBatch::try_new(schema, columns)?)
    }
}

impl Reading {
    /// Refuses a table that would not fit the memory, or a partial result's largest size.
    fn check_size(&self) -> Result<(), EngineError> {
        let (n_rows, n_features) = (self.table.keys.len(), self.plan.features.len());
        if n_rows.saturating_mul(n_features + N_FIXED) <= MAX_VALUES {
            return Ok(());
        }
        let refusal = Refusal::new(
            "too_many_cells",
            format!("more than {n_rows} rows of {n_features} features in one bucket"),
            "ask for fewer cuts or fewer features, or of fewer customers with `who`",
        )
        .in_chinese(
            format!("单个分桶内超过 {n_rows} 行、{n_features} 项特征"),
            "请减少截止日期或特征，或用 `who` 限定客户",
        );
        Err(EngineError::Refused(refusal))
    }
}

/// The text of a label's number.
fn text_of<'a>(
    plan: &Plan,
    codes: &'a FieldCodes,
    currencies: &'a Interner<String>,
    label: Label,
    number: u32,
) -> Option<&'a str> {
    let slot = match label {
        Label::FirstChannel | Label::LastChannel => plan.slots.channels,
        Label::FirstCountry | Label::LastCountry => plan.slots.countries,
        Label::LastCurrency => {
            return currencies.value(number.checked_sub(1)?).map(String::as_str);
        }
    };
    codes.value(slot?, number)
}

impl Table {
    /// Takes rows of the customer, writing the row of every cut that is passed.
    fn advance(&mut self, plan: &Plan, reader: &Reader<'_>, mut rows: Range<usize>) {
        while let Some(cut) = plan.cuts.get(self.next) {
            let n_before = reader.ts[rows.clone()].partition_point(|ts| *ts < cut.end);
            let before = rows.start..rows.start + n_before;
            if !before.is_empty() {
                self.history.push(plan, reader, before.clone());
            }
            rows.start = before.end;
            if rows.is_empty() {
                return;
            }
            self.write(plan);
            self.next += 1;
        }
    }

    /// Writes the rows of the cuts that are left, and forgets the customer.
    fn close(&mut self, plan: &Plan) {
        if self.customer.is_some() {
            while self.next < plan.cuts.len() {
                self.write(plan);
                self.next += 1;
            }
        }
        self.customer = None;
        self.next = 0;
        self.history.clear();
    }

    /// Writes the customer's row of the next cut, if they have one.
    fn write(&mut self, plan: &Plan) {
        let (Some(customer), Some(cut)) = (self.customer, plan.cuts.get(self.next)) else { return };
        if self.history.days.is_empty() {
            return;
        }
        let seen = self.seen_now();
        if let Some(all) = self.seen.get_mut(self.next) {
            *all |= seen;
        }
        let is_there = self.history.book.since(plan.question.population).is_some();
        if !is_there {
            return;
        }
        if plan.wants_orders {
            self.settle(plan);
        }
        let mut gaps = |days: &[i32], is_wanted: bool| match is_wanted {
            true => Gaps::new(days, &mut self.scratch),
            false => Gaps::default(),
        };
        let at = At {
            cut: cut.day,
            gaps: gaps(&self.history.active_days, self.wants_gaps),
            order_gaps: gaps(&self.orders.days, self.wants_order_gaps),
            history: &self.history,
            orders: &self.orders,
            refunds: &self.refunds,
        };
        let (names, labels) = (&self.names, &mut self.labels);
        for values in &mut self.values {
            match values {
                Values::Numbers(get, numbers) => numbers.push(get(&at).unwrap_or(f64::NAN)),
                Values::Codes(label, numbers) => {
                    let [first_channel, last_channel, first_country, last_country] =
                        self.history.labels;
                    numbers.push(match label {
                        Label::FirstChannel => first_channel,
                        Label::LastChannel => last_channel,
                        Label::FirstCountry => first_country,
                        Label::LastCountry => last_country,
                        Label::LastCurrency => last_currency(&self.history, names, labels),
                    });
                }
            }
        }
        self.keys.push(customer);
        self.cuts.push(self.next as u32);
    }

    /// What the customer is known by.
    fn seen_now(&self) -> u32 {
        let history = &self.history;
        [
            (Need::Orders, !history.book.is_empty()),
            (Need::Items, history.n_items > 0),
            (Need::ItemsBought, history.n_items_bought > 0),
            (Need::Categories, history.n_categories > 0),
            (Need::Support, !history.support_days.is_empty()),
            (Need::Votes, history.n_votes > 0.0),
        ]
        .into_iter()
        .filter(|(_, is_seen)| *is_seen)
        .fold(0, |bits, (need, _)| bits | seen_bit(need))
    }

    /// Lists the orders and refunds known so far.
    fn settle(&mut self, plan: &Plan) {
        self.orders.clear();
        self.refunds.clear();
        let mut last = 0;
        for one in self.history.book.all() {
            let series = match (one.is_bought(), one.is_refund) {
                (true, _) => &mut self.orders,
                (false, true) => &mut self.refunds,
                (false, false) => continue,
            };
            series.days.push(plan.days.index_of(one.ts));
            series.amounts.push(one.amount.abs());
            // Most customers pay in one currency, so the set is mostly left alone.
            if self.wants_money && one.currency != 0 && one.currency != last {
                self.currencies.insert(one.currency);
                last = one.currency;
            }
        }
    }
}

/// The number of the currency of the latest order that has one.
fn last_currency(
    history: &History,
    names: &HashMap<u64, String>,
    labels: &mut Interner<String>,
) -> u32 {
    let bought = history.book.bought().filter(|one| one.currency != 0);
    let name = bought.last().and_then(|one| names.get(&one.currency));
    name.map_or(NO_VALUE, |name| labels.number(name.as_str()) + 1)
}
