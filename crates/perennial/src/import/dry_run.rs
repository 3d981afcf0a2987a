//! `perennial import --dry-run`: what would be taken, and how it is understood.

use std::collections::BTreeMap;

use arrow::array::{Array, StringArray};
use perennial_insights::present::{CellValue, ColumnKind, Table};
use perennial_lake::source::{self, Compression, Detected, Input, Rows, SourceOptions};
use perennial_types::money::decimal_text;

use crate::out::say_line;
use crate::table::{grouped, text, visible};

/// Rows shown.
const SHOWN: usize = 10;

/// Reads a file to its end and says what it found.
pub fn run(input: Input, options: &SourceOptions) -> anyhow::Result<()> {
    let mut source = source::open(input, options)?;
    describe(source.report());
    let mut table = Table::new(
        "rows",
        true,
        &[
            ("row", ColumnKind::Count),
            ("customer", ColumnKind::Text),
            ("ts", ColumnKind::Text),
            ("event", ColumnKind::Text),
            ("order_id", ColumnKind::Text),
            ("item", ColumnKind::Text),
            ("quantity", ColumnKind::Decimal),
            ("amount", ColumnKind::Decimal),
            ("currency", ColumnKind::Text),
            ("properties", ColumnKind::Text),
        ],
    );
    let mut counts = Counts::default();
    while let Some(rows) = source.next()? {
        counts.add(&rows);
        let missing = SHOWN.saturating_sub(table.rows.len());
        table.rows.extend((0..rows.row.len().min(missing)).map(|index| shown(&rows, index)));
    }
    say_line!("\n{}\n", text(&table));
    counts.print();
    Ok(())
}

fn describe(detected: &Detected) {
    let packed = match detected.compression {
        Compression::None => String::new(),
        packed => format!(", packed with {}", packed.name()),
    };
    say_line!("{}: {}{packed}", visible(&detected.name), detected.format.name());
    if let Some(encoding) = detected.encoding {
        say_line!("  encoding    {encoding}");
    }
    if let Some(delimiter) = detected.delimiter {
        say_line!("  delimiter   {:?}", char::from(delimiter));
    }
    if let Some(sheet) = &detected.sheet {
        say_line!("  sheet       {sheet}");
    }
    if let Some(format) = &detected.date_format {
        say_line!("  times       {format}");
    }
    for field in &detected.mapping {
        say_line!("  {:<11} {} ({})", field.field.name(), field.from, field.why);
    }
    if !detected.properties.is_empty() {
        say_line!("  properties  {}", detected.properties.join(", "));
    }
    if !detected.dropped.is_empty() {
        say_line!("  not read    {}", detected.dropped.join(", "));
    }
    for note in &detected.notes {
        say_line!("  note: {note}");
    }
}

fn shown(rows: &Rows, index: usize) -> Vec<CellValue> {
    let of =
        |column: &StringArray| CellValue::text(column.is_valid(index).then(|| column.value(index)));
    let decimal = |column: &[Option<i64>]| {
        CellValue::text(column[index].map(|value| decimal_text(i128::from(value))))
    };
    let ts = jiff::Timestamp::from_microsecond(rows.ts[index]);
    vec![
        CellValue::Count(rows.row[index]),
        of(&rows.customer),
        CellValue::text(ts.ok().map(|ts| ts.to_string())),
        of(&rows.event),
        of(&rows.order_id),
        of(&rows.item),
        decimal(&rows.quantity),
        decimal(&rows.amount),
        of(&rows.currency),
        of(&rows.properties),
    ]
}

#[derive(Default)]
struct Counts {
    read: u64,
    taken: u64,
    rounded: u64,
    by_reason: BTreeMap<&'static str, u64>,
    /// The first rejected row of each reason.
    examples: BTreeMap<&'static str, String>,
}

impl Counts {
    fn add(&mut self, rows: &Rows) {
        self.read += rows.n_read;
        self.taken += rows.row.len() as u64;
        self.rounded += rows.n_rounded;
        for reject in &rows.rejects {
            *self.by_reason.entry(reject.reason).or_insert(0) += 1;
            self.examples.entry(reject.reason).or_insert_with(|| {
                let column = reject.column.as_deref().unwrap_or("-");
                format!("row {}, column `{column}`, value `{}`", reject.row, reject.value)
            });
        }
    }

    fn print(&self) {
        say_line!("read {}, would take {}", grouped(self.read), grouped(self.taken));
        for (reason, n) in &self.by_reason {
            let example = self.examples.get(reason).map(String::as_str).unwrap_or_default();
            say_line!("  rejected {:>9}  {reason} (first: {example})", grouped(*n));
        }
        if self.rounded > 0 {
            say_line!(
                "  {} numbers had more than four decimals and would be rounded",
                grouped(self.rounded)
            );
        }
        say_line!("nothing was written");
    }
}
