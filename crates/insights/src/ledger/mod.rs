//! What every customer paid, and what was marked: purchases and refunds beside the occurrences of up
//! to two named events, with the number and the word each of those carries.
//!
//! It answers nothing by itself: it is what questions about money over time are folded from. Rows of
//! one name that share an order id are one mark at their earliest instant, a condition on money or
//! quantity is one on the sums of the order, and the number of a mark is the sum of its lines'.

mod currencies;
mod marks;

pub use currencies::Currencies;
pub use marks::{Mark, NO_WORD};

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Decimal128Array, RecordBatch};
use perennial_engine::batch::{Batch, Run, decimal_at};
use perennial_engine::error::EngineError;
use perennial_engine::filter::{BatchFilter, Mask, row_bits};
use perennial_engine::fold::Visitor;
use perennial_engine::source::SourceFacts;
use perennial_types::calendar::Micros;
use perennial_types::event::{Column, ORDER, REFUND};
use perennial_types::filter::{EventFilter, EventNames, Field};
use perennial_types::question::{Population, Refusal};

use self::marks::{MAX_FILTERS, Marked};
use crate::belonging::{self, Belonging, BelongingReader, Fields};
use crate::grouping::{FieldReader, Interner};
use crate::orders::{self, OrderBook, OrderReader, Purchase, currency_number};

/// What is read.
#[derive(Clone, Debug)]
pub struct Rule {
    population: Population,
    filters: Vec<BatchFilter>,
    names: Vec<EventNames>,
    number: Option<Field>,
    word: Option<Field>,
    currency: Option<String>,
    by_order: bool,
    as_of: Micros,
    fields: Fields,
}

impl Rule {
    /// Purchases, refunds and the marks of these events, at most two.
    ///
    /// # Errors
    /// When a filter is too large.
    pub fn new(
        marks: &[&EventFilter],
        population: Population,
        fields: Fields,
        facts: &SourceFacts,
        as_of: Micros,
    ) -> Result<Rule, Refusal> {
        let by_order = !facts.always_null.contains(&Column::OrderId);
        let marks = || marks.iter().take(MAX_FILTERS);
        Ok(Rule {
            population,
            filters: marks()
                .map(|filter| BatchFilter::new(filter, by_order))
                .collect::<Result<_, _>>()?,
            names: marks().map(|filter| filter.event.clone()).collect(),
            number: None,
            word: None,
            currency: None,
            by_order,
            as_of,
            fields,
        })
    }

    /// The same with a number read at every mark.
    pub fn with_number(mut self, field: Option<&str>) -> Rule {
        self.number = field.map(Field::named);
        self
    }

    /// The same with a word read at every mark.
    pub fn with_word(mut self, field: Option<&str>) -> Rule {
        self.word = field.map(Field::named);
        self
    }

    /// The same where money of one currency alone counts.
    pub fn with_currency(mut self, currency: Option<String>) -> Rule {
        self.currency = currency;
        self
    }

    /// Whether a later event may change what is known of any period.
    pub fn is_open_ended(&self) -> bool {
        self.population == Population::NetBuyers || belonging::any_current(&self.fields)
    }

    /// Whether rows may share an order.
    pub fn is_by_order(&self) -> bool {
        self.by_order
    }

    /// The columns it looks at, besides customer and instant.
    pub fn columns(&self) -> Vec<Column> {
        let mut columns: Vec<Column> =
            self.fields.iter().map(|(field, _)| field.column()).collect();
        columns.extend(self.filters.iter().flat_map(BatchFilter::columns));
        columns.extend(self.number.iter().chain(&self.word).map(Field::column));
        let is_read = |one: &&Column| self.by_order || **one != Column::OrderId;
        columns.extend(orders::COLUMNS.iter().filter(is_read));
        columns.push(Column::Currency);
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// Names of the only events that matter, where that is known.
    pub fn events(&self) -> Option<Vec<String>> {
        // With order ids, events of any name may be purchases.
        if belonging::any_current(&self.fields) || self.by_order {
            return None;
        }
        let mut names = vec![ORDER.to_owned(), REFUND.to_owned()];
        for marked in &self.names {
            match marked {
                EventNames::Any => return None,
                EventNames::OneOf(own) => names.extend(own.iter().cloned()),
            }
        }
        names.sort_unstable();
        names.dedup();
        Some(names)
    }

    /// The names of the marks, to be looked for in the lake.
    pub fn asked_names(&self) -> Vec<&str> {
        let named = self.names.iter().flat_map(|names| match names {
            EventNames::Any => &[],
            EventNames::OneOf(names) => names.as_slice(),
        });
        named.map(String::as_str).collect()
    }
}

/// One customer of the population.
pub struct Customer<'a> {
    /// The key.
    pub key: i64,
    /// The instant from which on the customer belongs to the population.
    pub since: Micros,
    /// The marks, in time order.
    pub marks: &'a [Mark],
    book: &'a OrderBook,
    order_groups: &'a [u32],
    currency: Option<u64>,
}

/// Money that came or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub ts: Micros,
    /// How much, in ten-thousandths; below 0 where it went back.
    pub amount: i128,
    /// Its currency, as [`Purchase::currency`] has it.
    pub currency: u64,
}

impl Customer<'_> {
    /// The purchases with the group at each, in time order, whatever their currency.
    pub fn bought(&self) -> impl Iterator<Item = (Purchase, u32)> + '_ {
        let all = self.book.all().zip(self.order_groups.iter().copied());
        all.filter(|(one, _)| one.is_bought())
    }

    /// The money that counts, in time order; without refunds where they are passed over.
    pub fn entries(&self, nets: bool) -> impl Iterator<Item = Entry> + '_ {
        let counts = move |one: &Purchase| one.is_bought() || one.is_refund && nets;
        let signed = |one: Purchase| Entry {
            ts: one.ts,
            amount: if one.is_refund { -one.amount.abs() } else { one.amount },
            currency: one.currency,
        };
        let own = self.book.all().filter(counts).map(signed);
        own.filter(|one| one.amount != 0 && self.is_counted(one.currency))
    }

    /// Whether money of a currency counts.
    pub fn is_counted(&self, currency: u64) -> bool {
        self.currency.is_none_or(|wanted| wanted == currency)
    }
}

/// Something made of every customer's ledger.
pub trait Sink: Send {
    /// Takes one customer of the population.
    fn customer(
        &mut self,
        customer: &Customer<'_>,
        belonging: &mut Belonging,
    ) -> Result<(), EngineError>;
    /// The partial result of the bucket.
    fn finish(self, told: &Told<'_>) -> Result<RecordBatch, EngineError>;
}

/// What the numbers handed to a sink stand for.
pub struct Told<'a> {
    /// The groups.
    pub belonging: &'a Belonging,
    words: &'a Interner<String>,
    currencies: &'a HashMap<u64, String>,
}

impl Told<'_> {
    /// The word of a number.
    pub fn word(&self, number: u32) -> Option<&str> {
        self.words.value(number.checked_sub(1)?).map(String::as_str)
    }

    /// Schema metadata naming the currencies of money that was added.
    pub fn metadata(&self, added: &Currencies) -> HashMap<String, String> {
        added.metadata(self.currencies)
    }
}

/// Reads ledgers, bucket by bucket.
pub struct Ledger<S> {
    rule: Arc<Rule>,
    sink: S,
    customer: Option<i64>,
    book: OrderBook,
    /// Group at the first line of each purchase and refund of the book.
    order_groups: Vec<u32>,
    marked: Marked,
    belonging: Belonging,
    words: Interner<String>,
    currencies: HashMap<u64, String>,
}

impl<S: Sink> Ledger<S> {
    /// A visitor for one bucket.
    pub fn new(rule: Arc<Rule>, sink: S) -> Ledger<S> {
        Ledger {
            belonging: Belonging::new(&rule.fields),
            rule,
            sink,
            customer: None,
            book: OrderBook::default(),
            order_groups: Vec::new(),
            marked: Marked::default(),
            words: Interner::default(),
            currencies: HashMap::new(),
        }
    }

    fn push(&mut self, reader: &Reader<'_>, row: usize) {
        let ts = reader.ts[row];
        self.belonging.note(&reader.belonging, row);
        self.book.push(&reader.orders, row, ts);
        if self.book.len() > self.order_groups.len() {
            self.order_groups.push(self.belonging.at(&reader.belonging, row));
        }
        let mut bits = [0; MAX_FILTERS];
        for (bits, masks) in bits.iter_mut().zip(&reader.masks) {
            *bits = row_bits(masks, row);
        }
        // The first mask of a filter is that of the names, which all lines of an order share.
        if bits.iter().all(|bits| bits & 1 == 0) {
            return;
        }
        let amount = reader.orders.amount(row);
        let number = match (&self.rule.number, &reader.number) {
            (Some(Field::Amount), _) => amount,
            (_, Some(number)) => number.number(row),
            _ => None,
        };
        let word = reader.word.as_ref().and_then(|word| word.text(row));
        let word = word.map_or(NO_WORD, |word| self.words.number(word.as_str()) + 1);
        let mark = Mark {
            ts,
            passes: 0,
            number,
            currency: reader.orders.currency(row),
            word,
            group: self.belonging.at(&reader.belonging, row),
        };
        let quantity = reader.quantity.and_then(|column| decimal_at(column, row));
        self.marked.push(reader.orders.order(row), mark, bits, [amount, quantity]);
    }

    fn close(&mut self) -> Result<(), EngineError> {
        let Some(key) = self.customer.take() else { return Ok(()) };
        self.marked.settle(&self.rule.filters);
        if let Some(since) = self.book.since(self.rule.population) {
            let customer = Customer {
                key,
                since,
                marks: &self.marked.marks,
                book: &self.book,
                order_groups: &self.order_groups,
                currency: self.rule.currency.as_deref().map(currency_number),
            };
            self.sink.customer(&customer, &mut self.belonging)?;
        }
        self.book.clear();
        self.order_groups.clear();
        self.marked.clear();
        self.belonging.clear();
        Ok(())
    }
}

impl<S: Sink> Visitor for Ledger<S> {
    fn visit(&mut self, batch: &Batch, runs: &[Run]) -> Result<(), EngineError> {
        let rule = self.rule.clone();
        let reader = Reader::new(&rule, batch)?;
        reader.orders.note_currencies(&mut self.currencies);
        for run in runs {
            if !run.continues {
                self.close()?;
                self.customer = Some(run.customer);
            }
            for row in run.rows.clone().take_while(|row| reader.ts[*row] < rule.as_of) {
                self.push(&reader, row);
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<RecordBatch, EngineError> {
        self.close()?;
        let told =
            Told { belonging: &self.belonging, words: &self.words, currencies: &self.currencies };
        self.sink.finish(&told)
    }
}

/// The columns of a batch that the rule looks at.
struct Reader<'a> {
    ts: &'a [Micros],
    orders: OrderReader<'a>,
    masks: Vec<Vec<Mask>>,
    quantity: Option<&'a Decimal128Array>,
    number: Option<FieldReader<'a>>,
    word: Option<FieldReader<'a>>,
    belonging: BelongingReader<'a>,
}

impl<'a> Reader<'a> {
    fn new(rule: &'a Rule, batch: &'a Batch) -> Result<Reader<'a>, EngineError> {
        let field = |field: &'a Option<Field>| {
            field.as_ref().map(|field| FieldReader::new(field, batch)).transpose()
        };
        let has_quantity = batch.has(Column::Quantity);
        Ok(Reader {
            ts: batch.ts()?,
            orders: OrderReader::with_currencies(batch, rule.by_order)?,
            masks: rule
                .filters
                .iter()
                .map(|filter| filter.masks(batch))
                .collect::<Result<_, _>>()?,
            quantity: has_quantity.then(|| batch.decimals(Column::Quantity)).transpose()?,
            number: field(&rule.number)?,
            word: field(&rule.word)?,
            belonging: BelongingReader::new(&rule.fields, batch)?,
        })
    }
}
