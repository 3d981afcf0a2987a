//! How files are read, as it is typed and as it is used.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use perennial_lake::source::{Field, Preset, SourceOptions};
use perennial_types::calendar::{DateFormat, Zone};

use crate::exit::{read_text, usage};
use crate::settings::Settings;

/// How files are read.
#[derive(Debug, Args)]
pub struct Options {
    /// What kind of table the files are
    #[arg(long, value_enum, default_value_t)]
    preset: PresetName,
    /// Where fields come from: `customer=CustomerID,amount=Quantity*UnitPrice,event='visit'`.
    /// Fields: customer ts event message_id order_id item quantity price amount currency session.
    /// May be repeated; every other column becomes a property
    #[arg(long, value_name = "FIELD=COLUMN,…")]
    map: Vec<String>,
    /// The same as a JSON object in a file: {"customer": "CustomerID", …}
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Columns that do not become properties
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    drop: Vec<String>,
    /// IANA zone of times that name none
    #[arg(long, value_name = "ZONE", env = "PERENNIAL_ZONE")]
    zone: Option<String>,
    /// How times are written: a strftime pattern such as `%d/%m/%Y %H:%M`, or unix_seconds,
    /// unix_millis, unix_micros; detected unless said
    #[arg(long, value_name = "FORMAT")]
    date_format: Option<String>,
    /// Currency of amounts where no column says: `GBP`
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// Only rows for which this holds: `Quantity > 0 and Country != 'France'`
    #[arg(long = "where", value_name = "CONDITION")]
    where_: Option<String>,
    /// The comma is the decimal mark of amounts, prices and quantities, the point groups thousands:
    /// `1.234,50`; CSV files only
    #[arg(long)]
    decimal_comma: bool,
    /// Delimiter of CSV files, `tab` for one; detected unless said
    #[arg(long, value_name = "CHAR")]
    delimiter: Option<String>,
    /// Encoding of text files: `utf-8`, `gb18030`, `utf-16le` …; detected unless said
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// Sheet of a workbook; the first visible one unless said
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum PresetName {
    /// Order lines: customer, time, order id, item, quantity, price or amount
    Orders,
    /// Events of any name
    Events,
    /// Guess nothing: the mapping says everything
    #[default]
    None,
}

impl Options {
    /// What is used.
    pub fn resolve(&self, settings: &Settings) -> anyhow::Result<SourceOptions> {
        let preset = match self.preset {
            PresetName::Orders => Preset::Orders,
            PresetName::Events => Preset::Events,
            PresetName::None => Preset::None,
        };
        let now = jiff::Timestamp::now().as_microsecond();
        let zone = Zone::named(self.zone.as_deref().unwrap_or(settings.zone()))
            .map_err(|error| usage(error.to_string(), error.hint()))?;
        Ok(SourceOptions {
            map: self.map()?,
            drop: self.drop.clone(),
            zone,
            date_format: self.date_format.as_deref().map(date_format),
            currency: self.currency.clone(),
            where_: self.where_.clone(),
            delimiter: self.delimiter.as_deref().map(delimiter).transpose()?,
            encoding: self.encoding.clone(),
            sheet: self.sheet.clone(),
            decimal_comma: self.decimal_comma,
            guard: Some(crate::probe::guard),
            ..SourceOptions::new(preset, now)
        })
    }

    fn map(&self) -> anyhow::Result<Vec<(Field, String)>> {
        let mut map = Vec::new();
        if let Some(path) = &self.mapping {
            let text = read_text(path)?;
            let fields: std::collections::BTreeMap<String, String> = serde_json::from_str(&text)
                .map_err(|error| {
                    usage(
                        format!("`{}`: {error}", path.display()),
                        "write {\"customer\": \"CustomerID\"}",
                    )
                })?;
            for (name, from) in fields {
                map.push((field(&name)?, from));
            }
        }
        for part in self.map.iter().flat_map(|typed| split(typed)) {
            let (name, from) = part.split_once('=').ok_or_else(|| {
                usage(format!("`--map {part}` has no `=`"), "write `--map customer=CustomerID`")
            })?;
            let field = field(name.trim())?;
            map.retain(|(known, _)| *known != field);
            map.push((field, from.trim().to_owned()));
        }
        Ok(map)
    }
}

/// Cuts at the commas that stand outside quotes.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut quote) = (0, None);
    for (position, c) in text.char_indices() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (',', None) => {
                parts.push(&text[start..position]);
                start = position + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.retain(|part| !part.trim().is_empty());
    parts
}

fn field(name: &str) -> anyhow::Result<Field> {
    Field::ALL.into_iter().find(|field| field.name() == name).ok_or_else(|| {
        let names: Vec<&str> = Field::ALL.iter().map(|field| field.name()).collect();
        usage(format!("`{name}` is no field of an event"), format!("one of: {}", names.join(", ")))
    })
}

fn date_format(text: &str) -> DateFormat {
    match text {
        "auto" => DateFormat::Auto,
        "unix_seconds" => DateFormat::UnixSeconds,
        "unix_millis" => DateFormat::UnixMillis,
        "unix_micros" => DateFormat::UnixMicros,
        pattern => DateFormat::Explicit(pattern.to_owned()),
    }
}

fn delimiter(text: &str) -> anyhow::Result<u8> {
    match text.as_bytes() {
        [byte] => Ok(*byte),
        b"tab" | b"\\t" => Ok(b'\t'),
        b"comma" => Ok(b','),
        b"semicolon" => Ok(b';'),
        b"pipe" => Ok(b'|'),
        _ => Err(usage(format!("`--delimiter {text}` is not one character"), "try `tab` or `;`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_in_quotes_do_not_cut() {
        assert_eq!(split("a=b, c='x,y',d=\"e,f\"*2,"), ["a=b", " c='x,y'", "d=\"e,f\"*2"]);
    }
}
