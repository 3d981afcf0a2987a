//! Cells to events: one pass over a chunk, every check in its order, nothing allocated for a cell.
//!
//! The order of the checks is part of the meaning of the counts: characters and lengths, then the
//! customer, then the condition, then time, numbers and event. A row is counted once, under the
//! first check it fails.

use arrow::array::{StringArray, StringBuilder};
use perennial_types::calendar::{DateFormat, Micros};
use perennial_types::event::{ORDER, REFUND};
use xxhash_rust::xxh3::xxh3_128;

use super::cells::{Cells, Chunk};
use super::expr::NotANumber;
use super::mapping::{MappedField, Mapping, Origin};
use super::number::Number;
use super::preset::Field;
use super::properties::{Properties, write_json_text};
use super::rows::{Reject, Rows, reject};
use super::times::Times;
use super::{MAX_RAW_BYTES, SourceError, SourceOptions};

/// Characters of an offending value that a reject shows; the raw row has all of it.
const SHOWN_CHARACTERS: usize = 200;
/// Texts that stand for "nobody" in exports.
const NOBODY: [&str; 13] = [
    "null",
    "undefined",
    "nan",
    "none",
    "nil",
    "n/a",
    "<na>",
    "nat",
    "(null)",
    "(not set)",
    "[object object]",
    "#n/a",
    "anonymous",
];

/// Makes rows of chunks.
pub(super) struct Assembler {
    shape: Shape,
    times: Times,
    drop: Vec<String>,
    /// Columns whose numbers have a decimal comma.
    commas: Vec<usize>,
    /// Columns known so far; a JSONL file may bring more.
    n_columns: usize,
}

/// What a row is made of.
struct Shape {
    mapping: Mapping,
    properties: Properties,
}

/// Why a row fails, before its words are put together.
pub(super) struct Fault {
    column: Option<usize>,
    reason: &'static str,
}

impl Fault {
    pub(super) fn at(column: Option<usize>, reason: &'static str) -> Fault {
        Fault { column, reason }
    }
}

/// Texts written while a row is put together.
#[derive(Default)]
struct Scratch {
    customer: String,
    ts: String,
    event: String,
    message_id: String,
    order_id: String,
    item: String,
    currency: String,
    currency_upper: String,
    session: String,
    cell: String,
    properties: String,
    body: Vec<u8>,
}

/// A column of text that costs nothing for as long as every row is null.
#[derive(Default)]
struct OptionalText {
    n_absent: usize,
    values: Option<StringBuilder>,
}

impl OptionalText {
    #[inline]
    fn append(&mut self, value: Option<&str>) {
        match (&mut self.values, value) {
            (None, None) => self.n_absent += 1,
            (Some(values), value) => values.append_option(value),
            (none, Some(value)) => {
                let values = none.insert(StringBuilder::new());
                values.append_nulls(self.n_absent);
                values.append_value(value);
            }
        }
    }

    fn finish(self, n_rows: usize) -> StringArray {
        match self.values {
            Some(mut values) => values.finish(),
            None => StringArray::new_null(n_rows),
        }
    }
}

/// Columns of the rows taken so far.
struct Builders {
    row: Vec<u64>,
    customer: StringBuilder,
    ts: Vec<Micros>,
    event: StringBuilder,
    message_id: OptionalText,
    order_id: OptionalText,
    amount: Vec<Option<i64>>,
    currency: OptionalText,
    item: OptionalText,
    quantity: Vec<Option<i64>>,
    session: OptionalText,
    properties: OptionalText,
    body_hash: Vec<u128>,
    n_rounded: u64,
    n_ids_trimmed: u64,
}

impl Assembler {
    pub(super) fn new(
        mapping: Mapping,
        columns: &[String],
        format: &DateFormat,
        options: &SourceOptions,
    ) -> Result<Assembler, SourceError> {
        let commas = if options.decimal_comma { mapping.numeric() } else { Vec::new() };
        Ok(Assembler {
            commas,
            shape: Shape { properties: Properties::new(columns, &mapping.properties), mapping },
            times: Times::new(format, options)?,
            drop: options.drop.clone(),
            n_columns: columns.len(),
        })
    }

    /// Places of the columns that become properties.
    pub(super) fn properties(&self) -> &[usize] {
        &self.shape.mapping.properties
    }

    /// Where every field comes from.
    pub(super) fn mapped_fields(&self) -> &[MappedField] {
        &self.shape.mapping.shown
    }

    /// Makes rows of a chunk whose columns have these names.
    pub(super) fn rows(&mut self, chunk: Chunk, names: &[String]) -> Rows {
        self.meet_new_columns(names);
        let Chunk { rows: numbers, mut columns, raw, mut rejects, bad } = chunk;
        for place in &self.commas {
            if let Some(cells) = columns.get_mut(*place) {
                *cells = std::mem::replace(cells, Cells::None).with_comma();
            }
        }
        let n_read = (numbers.len() + rejects.len()) as u64;
        let first_row =
            numbers.first().into_iter().chain(rejects.first().map(|reject| &reject.row)).min();
        let first_row = first_row.copied().unwrap_or_default();
        let mut faults = cell_faults(&columns, &bad, numbers.len());
        let mut builders = Builders::with_capacity(numbers.len());
        let mut scratch = Scratch::default();
        let n_structural = rejects.len();
        for (row, &number) in numbers.iter().enumerate() {
            let fault = match faults.as_mut().and_then(|faults| faults.get_mut(row)?.take()) {
                Some(fault) => Err(fault),
                None => self.shape.row(&columns, row, &mut self.times, &mut scratch, &mut builders),
            };
            match fault {
                Ok(()) => builders.row.push(number),
                Err(fault) => {
                    let raw = match &raw {
                        Some(raw) => capped(raw.row(row).to_vec()),
                        None => capped(row_as_json(&columns, names, row)),
                    };
                    rejects.push(explained(fault, number, &columns, names, row, raw));
                }
            }
        }
        if n_structural > 0 {
            rejects.sort_by_key(|reject| reject.row);
        }
        builders.finish(first_row, rejects, n_read)
    }

    fn meet_new_columns(&mut self, names: &[String]) {
        if names.len() == self.n_columns {
            return;
        }
        for (place, name) in names.iter().enumerate().skip(self.n_columns) {
            if self.shape.mapping.is_property(place, name, &self.drop) {
                self.shape.mapping.properties.push(place);
            }
        }
        self.n_columns = names.len();
        self.shape.properties = Properties::new(names, &self.shape.mapping.properties);
    }
}

impl Shape {
    /// Takes one row, or says why not; `builders` hold whole rows only.
    fn row(
        &self,
        columns: &[Cells],
        row: usize,
        times: &mut Times,
        scratch: &mut Scratch,
        builders: &mut Builders,
    ) -> Result<(), Fault> {
        let Scratch {
            customer,
            ts,
            event,
            message_id,
            order_id,
            item,
            currency,
            currency_upper,
            session,
            cell,
            properties,
            body,
        } = scratch;
        let n_trimmed = &mut builders.n_ids_trimmed;
        let customer = self.id(Field::Customer, columns, row, customer, n_trimmed);
        let customer = customer
            .filter(|id| !is_nobody(id))
            .ok_or_else(|| Fault::at(self.mapping.column(Field::Customer), reject::NO_CUSTOMER))?;
        if let Some(condition) = &self.mapping.condition {
            match condition.holds(columns, row) {
                Ok(Some(true)) => {}
                Ok(_) => return Err(Fault::at(None, reject::FILTERED)),
                Err(NotANumber(column)) => return Err(Fault::at(column, reject::BAD_NUMBER)),
            }
        }
        let ts = times.ts(&self.mapping, columns, row, ts)?;
        let order_id = self.id(Field::OrderId, columns, row, order_id, n_trimmed);
        let mut n_rounded = 0;
        let quantity = self.number(Field::Quantity, columns, row)?;
        let amount = if self.mapping.derives_amount {
            let price = self.number(Field::Price, columns, row)?;
            let has_quantity = self.mapping.origin(Field::Quantity).is_some();
            if has_quantity { product(price, quantity)? } else { price }
        } else {
            // Read for its own sake, so that a price that is none is found.
            self.number(Field::Price, columns, row)?;
            self.number(Field::Amount, columns, row)?
        };
        let amount = self.decimal4(Field::Amount, amount, &mut n_rounded)?;
        let quantity = self.decimal4(Field::Quantity, quantity, &mut n_rounded)?;
        let event = if self.mapping.derives_order_event {
            let is_negative = [quantity, amount].into_iter().flatten().any(|value| value < 0);
            if is_negative || order_id.is_some_and(is_cancellation) { REFUND } else { ORDER }
        } else {
            self.text(Field::Event, columns, row, event)
                .ok_or_else(|| Fault::at(self.mapping.column(Field::Event), reject::NO_EVENT))?
        };
        let message_id = self.id(Field::MessageId, columns, row, message_id, n_trimmed);
        let item = self.id(Field::Item, columns, row, item, n_trimmed);
        let session = self.id(Field::Session, columns, row, session, n_trimmed);
        let currency = self.text(Field::Currency, columns, row, currency).map(|code| {
            if code.bytes().all(|byte| !byte.is_ascii_lowercase()) {
                return code;
            }
            currency_upper.clear();
            currency_upper.push_str(code);
            currency_upper.make_ascii_uppercase();
            currency_upper.as_str()
        });
        self.properties.write(columns, row, cell, properties);
        let properties = (!properties.is_empty()).then_some(properties.as_str());

        body.clear();
        for text in [Some(customer), Some(event), order_id, item, currency, session, properties] {
            hash_text(text, body);
        }
        body.extend_from_slice(&ts.to_le_bytes());
        for number in [amount, quantity] {
            body.push(u8::from(number.is_some()));
            body.extend_from_slice(&number.unwrap_or_default().to_le_bytes());
        }
        builders.body_hash.push(xxh3_128(body));
        builders.customer.append_value(customer);
        builders.ts.push(ts);
        builders.event.append_value(event);
        builders.message_id.append(message_id);
        builders.order_id.append(order_id);
        builders.amount.push(amount);
        builders.currency.append(currency);
        builders.item.append(item);
        builders.quantity.push(quantity);
        builders.session.append(session);
        builders.properties.append(properties);
        builders.n_rounded += n_rounded;
        Ok(())
    }

    /// The text of a field without blanks around it; `None` when nothing is left.
    fn text<'a>(
        &'a self,
        field: Field,
        columns: &'a [Cells],
        row: usize,
        scratch: &'a mut String,
    ) -> Option<&'a str> {
        match self.mapping.origin(field)? {
            Origin::Column(place) => {
                let text = columns.get(*place)?.text(row, scratch)?;
                let text = if has_bare_ends(text) { text } else { text.trim() };
                (!text.is_empty()).then_some(text)
            }
            Origin::Constant(text) => Some(text),
            Origin::Calculation(_) => None,
        }
    }

    /// The text of an id. A whole number that went through a column of doubles, `17850.0`, is the
    /// number again.
    fn id<'a>(
        &'a self,
        field: Field,
        columns: &'a [Cells],
        row: usize,
        scratch: &'a mut String,
        n_trimmed: &mut u64,
    ) -> Option<&'a str> {
        let text = self.text(field, columns, row, scratch)?;
        let whole = text.strip_suffix(".0").filter(|whole| {
            !whole.is_empty()
                && (whole.len() == 1 || !whole.starts_with('0'))
                && whole.bytes().all(|byte| byte.is_ascii_digit())
        });
        *n_trimmed += u64::from(whole.is_some());
        Some(whole.unwrap_or(text))
    }

    fn number(&self, field: Field, columns: &[Cells], row: usize) -> Result<Option<Number>, Fault> {
        match self.mapping.origin(field) {
            None => Ok(None),
            Some(Origin::Column(place)) => match columns.get(*place) {
                Some(cells) => {
                    cells.number(row).map_err(|()| Fault::at(Some(*place), reject::BAD_NUMBER))
                }
                None => Ok(None),
            },
            Some(Origin::Calculation(expr)) => match expr.number(columns, row) {
                Ok(number) => Ok(number.map(Number::from_decimal)),
                Err(NotANumber(column)) => Err(Fault::at(column, reject::BAD_NUMBER)),
            },
            Some(Origin::Constant(_)) => Err(Fault::at(None, reject::BAD_NUMBER)),
        }
    }

    fn decimal4(
        &self,
        field: Field,
        number: Option<Number>,
        n_rounded: &mut u64,
    ) -> Result<Option<i64>, Fault> {
        let Some(number) = number else { return Ok(None) };
        let too_large = || Fault::at(self.mapping.column(field), reject::BAD_NUMBER);
        let (value, was_rounded) = number.to_decimal4().ok_or_else(too_large)?;
        *n_rounded += u64::from(was_rounded);
        Ok(Some(value))
    }
}

fn is_nobody(id: &str) -> bool {
    let is_number = id.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    !is_number && NOBODY.iter().any(|nobody| id.eq_ignore_ascii_case(nobody))
}

/// Whether a text begins and ends with characters that are surely no blanks.
fn has_bare_ends(text: &str) -> bool {
    let is_bare = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_graphic());
    is_bare(text.as_bytes().first()) && is_bare(text.as_bytes().last())
}

fn product(price: Option<Number>, quantity: Option<Number>) -> Result<Option<Number>, Fault> {
    let Some((price, quantity)) = price.zip(quantity) else { return Ok(None) };
    let mantissa = price.mantissa.checked_mul(quantity.mantissa);
    let mantissa = mantissa.ok_or_else(|| Fault::at(None, reject::BAD_NUMBER))?;
    Ok(Some(Number { mantissa, scale: price.scale + quantity.scale }))
}

/// `C536379`: how retail systems number a cancellation.
fn is_cancellation(order_id: &str) -> bool {
    let digits = order_id.strip_prefix(['C', 'c']);
    digits.is_some_and(|digits| {
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn hash_text(text: Option<&str>, out: &mut Vec<u8>) {
    // Lengths in front keep `ab`,`c` apart from `a`,`bc`; no text is as long as the mark of none.
    let len = text.map_or(u32::MAX, |text| u32::try_from(text.len()).unwrap_or(u32::MAX - 1));
    out.extend_from_slice(&len.to_le_bytes());
    out.extend_from_slice(text.unwrap_or_default().as_bytes());
}

/// Rows whose cells the lake cannot hold, by row; `None` when there are none.
fn cell_faults(
    columns: &[Cells],
    bad: &[(usize, usize)],
    n_rows: usize,
) -> Option<Vec<Option<Fault>>> {
    let mut found: Vec<(usize, Fault)> = Vec::new();
    for &(row, column) in bad {
        found.push((row, Fault::at(Some(column), reject::BAD_CHAR)));
    }
    for (column, cells) in columns.iter().enumerate() {
        cells.faults(|row, reason| found.push((row, Fault::at(Some(column), reason))));
    }
    if found.is_empty() {
        return None;
    }
    let mut faults: Vec<Option<Fault>> = Vec::new();
    faults.resize_with(n_rows, || None);
    for (row, fault) in found {
        if let Some(slot @ None) = faults.get_mut(row) {
            *slot = Some(fault);
        }
    }
    Some(faults)
}

fn explained(
    fault: Fault,
    number: u64,
    columns: &[Cells],
    names: &[String],
    row: usize,
    raw: Vec<u8>,
) -> Reject {
    let mut scratch = String::new();
    let cells = fault.column.and_then(|place| columns.get(place));
    let text = cells.and_then(|cells| cells.text(row, &mut scratch)).unwrap_or_default();
    let value = match text.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    };
    Reject {
        row: number,
        column: fault.column.and_then(|place| names.get(place)).cloned(),
        value,
        reason: fault.reason,
        raw,
    }
}

fn capped(mut raw: Vec<u8>) -> Vec<u8> {
    raw.truncate(MAX_RAW_BYTES);
    raw
}

/// The values that were read of a row, for a table that has no lines.
fn row_as_json(columns: &[Cells], names: &[String], row: usize) -> Vec<u8> {
    let mut out = String::from("{");
    let mut scratch = String::new();
    for (cells, name) in columns.iter().zip(names) {
        if let Some(text) = cells.text(row, &mut scratch) {
            if out.len() > 1 {
                out.push(',');
            }
            write_json_text(name, &mut out);
            out.push(':');
            write_json_text(text, &mut out);
        }
    }
    out.push('}');
    out.into_bytes()
}

impl Builders {
    fn with_capacity(n_rows: usize) -> Builders {
        let text = |n_bytes: usize| StringBuilder::with_capacity(n_rows, n_rows * n_bytes);
        Builders {
            row: Vec::with_capacity(n_rows),
            customer: text(8),
            ts: Vec::with_capacity(n_rows),
            event: text(8),
            message_id: OptionalText::default(),
            order_id: OptionalText::default(),
            amount: Vec::with_capacity(n_rows),
            currency: OptionalText::default(),
            item: OptionalText::default(),
            quantity: Vec::with_capacity(n_rows),
            session: OptionalText::default(),
            properties: OptionalText::default(),
            body_hash: Vec::with_capacity(n_rows),
            n_rounded: 0,
            n_ids_trimmed: 0,
        }
    }

    fn finish(mut self, first_row: u64, rejects: Vec<Reject>, n_read: u64) -> Rows {
        let n_rows = self.row.len();
        Rows {
            first_row,
            row: self.row,
            customer: self.customer.finish(),
            ts: self.ts,
            event: self.event.finish(),
            message_id: self.message_id.finish(n_rows),
            order_id: self.order_id.finish(n_rows),
            amount: self.amount,
            currency: self.currency.finish(n_rows),
            item: self.item.finish(n_rows),
            quantity: self.quantity,
            session: self.session.finish(n_rows),
            properties: self.properties.finish(n_rows),
            body_hash: self.body_hash,
            rejects,
            n_read,
            n_rounded: self.n_rounded,
            n_ids_trimmed: self.n_ids_trimmed,
        }
    }
}
