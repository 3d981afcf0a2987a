//! Which column, calculation or constant every field of an event comes from.
//!
//! What was asked for comes first, then the preset's guesses among the columns left over. A value
//! that is exactly a column's name is that column; in single quotes it is a constant; for numbers
//! it may be a calculation over columns.

use std::fmt;

use perennial_types::text::nearest_names;
use serde::Serialize;

use super::expr::{Expr, parse_calculation, parse_condition};
use super::preset::{Field, Preset};
use super::said::Said;
use super::{SourceError, SourceOptions};

/// How a field came to its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It was asked for.
    Asked,
    /// The preset knows the column's name.
    Guessed,
    /// It follows from the preset: `order` or `refund`, price × quantity.
    Derived,
}

impl Why {
    /// In both languages.
    pub fn said(self) -> Said {
        match self {
            Why::Asked => ("asked for", "指定"),
            Why::Guessed => ("guessed by its name", "按列名推断"),
            Why::Derived => ("derived", "推算"),
        }
        .into()
    }
}

impl fmt::Display for Why {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.said().fmt(formatter)
    }
}

/// A field and where it comes from, for showing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MappedField {
    /// The field.
    pub field: Field,
    /// A column, a calculation or a constant, as it would be written in a mapping.
    pub from: String,
    /// How it came about.
    pub why: Why,
}

/// Where a field comes from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Origin {
    Column(usize),
    Constant(String),
    Calculation(Expr),
}

/// Every field's origin, as places in the file.
#[derive(Debug, Default)]
pub(super) struct Mapping {
    /// By field, as numbered: looked up for every field of every row.
    origins: [Option<Origin>; Field::ALL.len()],
    pub(super) condition: Option<Expr>,
    /// Columns that become properties, by place.
    pub(super) properties: Vec<usize>,
    pub(super) shown: Vec<MappedField>,
    /// `order` or `refund`, told by sign and order id.
    pub(super) derives_order_event: bool,
    /// Amount is price × quantity.
    pub(super) derives_amount: bool,
}

impl Mapping {
    pub(super) fn origin(&self, field: Field) -> Option<&Origin> {
        self.origins.get(field as usize)?.as_ref()
    }

    /// The column a field comes from whole.
    pub(super) fn column(&self, field: Field) -> Option<usize> {
        match self.origin(field)? {
            Origin::Column(place) => Some(*place),
            _ => None,
        }
    }

    /// By column: whether any field, property or condition reads it.
    pub(super) fn reads(&self, n_columns: usize) -> Vec<bool> {
        let mut reads = vec![false; n_columns];
        let mut mark = |place: usize| {
            if let Some(slot) = reads.get_mut(place) {
                *slot = true;
            }
        };
        for origin in self.origins.iter().flatten() {
            match origin {
                Origin::Column(place) => mark(*place),
                Origin::Calculation(expr) => expr.columns(&mut mark),
                Origin::Constant(_) => {}
            }
        }
        if let Some(condition) = &self.condition {
            condition.columns(&mut mark);
        }
        self.properties.iter().copied().for_each(&mut mark);
        reads
    }

    /// Columns that numbers are read from, by place.
    pub(super) fn numeric(&self) -> Vec<usize> {
        let mut places = Vec::new();
        for field in Field::ALL {
            match self.origin(field) {
                Some(Origin::Column(place)) if field.is_number() => places.push(*place),
                Some(Origin::Calculation(expr)) => expr.columns(&mut |place| places.push(place)),
                _ => {}
            }
        }
        if let Some(condition) = &self.condition {
            condition.columns(&mut |place| places.push(place));
        }
        places.sort_unstable();
        places.dedup();
        places
    }

    /// Whether a column that turned up later becomes a property.
    pub(super) fn is_property(&self, place: usize, name: &str, drop: &[String]) -> bool {
        let is_field = Field::ALL
            .into_iter()
            .any(|field| self.column(field) == Some(place) && !self.keeps_as_property(field));
        !is_field && !drop.iter().any(|dropped| dropped == name)
    }

    /// A price that no amount is made of would be lost: the event table has no column for it.
    fn keeps_as_property(&self, field: Field) -> bool {
        field == Field::Price && !self.derives_amount
    }

    fn add(&mut self, field: Field, origin: Origin, from: &str, why: Why) {
        self.shown.push(MappedField { field, from: from.to_owned(), why });
        if let Some(slot) = self.origins.get_mut(field as usize) {
            *slot = Some(origin);
        }
    }
}

/// Resolves what was asked for against the columns of a file.
///
/// # Errors
/// When a name is unknown, a calculation cannot be read, or a field that every event needs has no
/// origin.
pub(super) fn resolve(
    file: &str,
    columns: &[String],
    options: &SourceOptions,
) -> Result<Mapping, SourceError> {
    let mut mapping = Mapping::default();
    for (field, from) in &options.map {
        if mapping.origin(*field).is_some() {
            return Err(mapping_error(
                (format!("`{field}` is mapped twice"), format!("字段“{field}”映射了两次")),
                ("map each field once", "请让每个字段只映射一次"),
            ));
        }
        let origin = origin(columns, *field, from)?;
        mapping.add(*field, origin, from, Why::Asked);
    }
    for field in Field::ALL {
        let is_free = |place: &usize| {
            !Field::ALL.into_iter().any(|field| mapping.column(field) == Some(*place))
        };
        let guess = options.preset.guess(field, columns).filter(is_free);
        if let Some(place) = guess.filter(|_| mapping.origin(field).is_none()) {
            let name = columns.get(place).map(String::as_str).unwrap_or_default();
            mapping.add(field, Origin::Column(place), name, Why::Guessed);
        }
    }
    derive(&mut mapping, options);
    require(file, columns, &mapping, options.preset)?;
    if let Some(text) = &options.where_ {
        mapping.condition = Some(parse_condition(text, &|name| place_of(columns, name))?);
    }
    for dropped in &options.drop {
        if place_of(columns, dropped).is_none() {
            return Err(unknown_column(columns, dropped));
        }
    }
    let is_property = |place: &usize| {
        columns.get(*place).is_some_and(|name| mapping.is_property(*place, name, &options.drop))
    };
    mapping.properties = (0..columns.len()).filter(is_property).collect();
    mapping.properties.sort_by(|left, right| columns.get(*left).cmp(&columns.get(*right)));
    Ok(mapping)
}

/// What follows from the preset.
fn derive(mapping: &mut Mapping, options: &SourceOptions) {
    if mapping.origin(Field::Currency).is_none()
        && let Some(currency) = &options.currency
    {
        let constant = Origin::Constant(currency.trim().to_ascii_uppercase());
        mapping.add(Field::Currency, constant, &format!("'{currency}'"), Why::Asked);
    }
    if options.preset != Preset::Orders {
        return;
    }
    if mapping.origin(Field::Event).is_none() {
        mapping.derives_order_event = true;
        mapping.shown.push(MappedField {
            field: Field::Event,
            from: "order, or refund when negative or cancelled".to_owned(),
            why: Why::Derived,
        });
    }
    if mapping.origin(Field::Amount).is_none() && mapping.origin(Field::Price).is_some() {
        mapping.derives_amount = true;
        let has_quantity = mapping.origin(Field::Quantity).is_some();
        mapping.shown.push(MappedField {
            field: Field::Amount,
            from: if has_quantity { "price * quantity" } else { "price" }.to_owned(),
            why: Why::Derived,
        });
    }
}

/// Refuses a mapping without the fields every event needs.
fn require(
    file: &str,
    columns: &[String],
    mapping: &Mapping,
    preset: Preset,
) -> Result<(), SourceError> {
    let mut missing = Vec::new();
    for field in [Field::Customer, Field::Ts] {
        if mapping.origin(field).is_none() {
            missing.push(field.name());
        }
    }
    if mapping.origin(Field::Event).is_none() && !mapping.derives_order_event {
        missing.push("event");
    }
    if preset == Preset::Orders
        && mapping.origin(Field::Amount).is_none()
        && !mapping.derives_amount
    {
        missing.push("amount");
    }
    if missing.is_empty() {
        return Ok(());
    }
    let shown: Vec<&str> = columns.iter().take(50).map(String::as_str).collect();
    let (more, more_zh) = match columns.len().saturating_sub(50) {
        0 => Default::default(),
        n_more => (format!(" and {n_more} more"), format!("，另有 {n_more} 列")),
    };
    let example =
        missing.iter().map(|field| format!("{field}=COLUMN")).collect::<Vec<_>>().join(",");
    let (no_preset, no_preset_zh) = match preset {
        Preset::None => (
            ", or let --preset orders or events guess",
            "，或用预设 orders、events（--preset）来推断",
        ),
        _ => ("", ""),
    };
    Err(mapping_error(
        (
            format!(
                "`{file}` has no column for {}; its columns are {}{more}",
                missing.join(", "),
                shown.join(", ")
            ),
            format!(
                "“{file}”缺少这些字段的列：{}；现有的列：{}{more_zh}",
                missing.join("、"),
                shown.join("、")
            ),
        ),
        (
            format!("say which with --map {example}{no_preset}"),
            format!("请在映射中指定（--map {example}）{no_preset_zh}"),
        ),
    ))
}

fn origin(columns: &[String], field: Field, from: &str) -> Result<Origin, SourceError> {
    let from = from.trim();
    if let Some(place) = place_of(columns, from) {
        return Ok(Origin::Column(place));
    }
    if let Some(inner) = from.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        if field.is_number() {
            return Err(mapping_error(
                (
                    format!("`{field}` is a number, not the text {from}"),
                    format!("字段“{field}”是数字，不是文本 {from}"),
                ),
                ("write the number without quotes", "数字请不要加引号"),
            ));
        }
        if inner.trim().is_empty() {
            return Err(mapping_error(
                (
                    format!("`{field}` cannot be the empty text"),
                    format!("字段“{field}”不能是空文本"),
                ),
                ("give a text, or leave the field out", "请给出文本，或去掉该字段"),
            ));
        }
        return Ok(Origin::Constant(inner.replace("''", "'")));
    }
    if field.is_number() {
        // A calculation of one bare word is a name that is not there.
        let is_name = from.chars().all(|character| character.is_alphanumeric() || character == '_');
        if !is_name || from.chars().all(|character| character.is_ascii_digit()) {
            let expr = parse_calculation(from, &|name| place_of(columns, name))?;
            return Ok(match expr {
                Expr::Column(place) => Origin::Column(place),
                expr => Origin::Calculation(expr),
            });
        }
    }
    if let Some(name) = quoted_name(from).and_then(|name| place_of(columns, name)) {
        return Ok(Origin::Column(name));
    }
    Err(unknown_column(columns, from))
}

fn quoted_name(from: &str) -> Option<&str> {
    ['"', '`'].into_iter().find_map(|quote| from.strip_prefix(quote)?.strip_suffix(quote))
}

/// The column of that name; without regard to case when that leaves one.
fn place_of(columns: &[String], name: &str) -> Option<usize> {
    if let Some(place) = columns.iter().position(|column| column == name) {
        return Some(place);
    }
    let mut alike = columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.to_lowercase() == name.to_lowercase());
    match (alike.next(), alike.next()) {
        (Some((place, _)), None) => Some(place),
        _ => None,
    }
}

fn unknown_column(columns: &[String], name: &str) -> SourceError {
    let near = nearest_names(name, columns.iter().map(String::as_str), 3);
    let hint = if near.is_empty() {
        let shown: Vec<&str> = columns.iter().take(50).map(String::as_str).collect();
        (format!("the columns are {}", shown.join(", ")), format!("现有的列：{}", shown.join("、")))
    } else {
        (format!("did you mean {}?", near.join(", ")), format!("是不是 {}？", near.join("、")))
    };
    let reason = (format!("no column is called `{name}`"), format!("没有名为“{name}”的列"));
    mapping_error(reason, hint)
}

fn mapping_error(reason: impl Into<Said>, hint: impl Into<Said>) -> SourceError {
    SourceError::Mapping { reason: reason.into(), hint: hint.into() }
}
