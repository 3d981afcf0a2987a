//! Dashboards: questions that are asked together, saved as data.
//!
//! *How is the shop doing?* is not one question. A dashboard is a list of tiles, each a question of
//! some kind with a title, and of filters that all of them share: the range of dates, the zone, the
//! customers it is about. Asked, it is a list of questions for [`crate::ask`], which reads the lake
//! once for all of them; what one tile is refused takes no other with it.
//!
//! ```json
//! {"title": {"en": "The shop", "zh": "店铺"}, "filters": {"population": "buyers"},
//!  "tiles": [{"title": "Who comes back", "kind": "retention", "question": {"period": "month"}},
//!            {"title": "How often", "kind": "stickiness", "width": 6, "show": "table"}]}
//! ```
//!
//! Limits: [`MAX_TILES`] tiles; a filter reaches the kinds whose questions have a field of its name,
//! and the tile says which did not reach it. A field a tile's own question has is never changed.

mod asked;
mod starter;

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_types::calendar::{Weekday, Zone};
use perennial_types::question::{Population, Text};
use perennial_types::text::nearest_names;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use thiserror::Error;
use utoipa::ToSchema;

use crate::insight::{AskError, typed};

pub use asked::{AskedTile, FILTER_NAMES};
pub use starter::{OVERVIEW, overview};

/// Most tiles of a dashboard.
pub const MAX_TILES: usize = 64;
/// Columns that tiles are laid out in.
pub const COLUMNS: u8 = 12;
/// Longest title, in characters.
const MAX_TITLE: usize = 200;

const SHAPE: &str = "`perennial dashboard export overview` shows a whole dashboard";

/// Questions that are asked together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dashboard {
    /// The name it is kept under; where it is given otherwise, it may be left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What stands above it.
    pub title: Title,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What its tiles share.
    #[serde(default, skip_serializing_if = "Filters::is_empty")]
    pub filters: Filters,
    /// Its tiles, from above.
    pub tiles: Vec<Tile>,
}

/// One question of a dashboard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = DashboardTile)]
#[serde(deny_unknown_fields)]
pub struct Tile {
    /// What stands above it.
    pub title: Title,
    /// Kind of its question.
    pub kind: String,
    /// Its question; what it leaves out is a shared filter, or the default.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub question: Map<String, Value>,
    /// Whether a picture or a table is shown.
    #[serde(default, skip_serializing_if = "is_default")]
    pub show: Show,
    /// Which of the answer's pictures or tables, from 0.
    #[serde(default, skip_serializing_if = "is_default")]
    pub place: usize,
    /// How many of the 12 columns it takes.
    #[serde(default = "half", skip_serializing_if = "is_half")]
    pub width: u8,
}

/// A title: a text for both languages, or one for each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DashboardTitle)]
#[serde(untagged, expecting = "a title is a text, or `en` and `zh` with a text each")]
pub enum Title {
    /// The same in both.
    Same(String),
    /// One for each.
    Each(EachTitle),
}

/// A title in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DashboardEachTitle)]
#[serde(deny_unknown_fields)]
pub struct EachTitle {
    /// In English.
    pub en: String,
    /// 用中文。
    pub zh: String,
}

/// What a tile shows of its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DashboardShow)]
#[serde(rename_all = "snake_case")]
pub enum Show {
    /// A picture; its first table where the answer has no picture.
    #[default]
    Picture,
    /// A table.
    Table,
}

/// Fields that the questions of all tiles share.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = DashboardFilters)]
#[serde(deny_unknown_fields, default)]
pub struct Filters {
    /// First civil date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Last civil date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
    /// End of the known world.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
    /// IANA zone of every civil date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// First day of a week.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub week_start: Option<Weekday>,
    /// First month of a fiscal year, 1 to 12.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fiscal_year_start: Option<u8>,
    /// Length of a period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<Value>,
    /// Whose customers count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub population: Option<Population>,
    /// Only the customers of a condition, as text or as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<Value>,
    /// Fields to tell customers apart by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breakdown: Option<Vec<Value>>,
    /// Groups shown by themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top: Option<usize>,
}

/// Why something is not a dashboard.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DashboardError {
    /// What is wrong is no tile's.
    #[error("{message}")]
    Whole {
        /// What is wrong, naming the field and the value.
        message: String,
        /// How to mend it.
        hint: String,
    },
    /// What is wrong with one tile.
    #[error("tile {place}{}: {message}", named(title.as_ref()))]
    Tile {
        /// Its place, from 1.
        place: usize,
        /// Its title, where it has one.
        title: Option<String>,
        /// What is wrong, naming the field and the value.
        message: String,
        /// How to mend it.
        hint: String,
    },
}

fn named(title: Option<&String>) -> String {
    title.map(|title| format!(" (`{}`)", title.escape_debug())).unwrap_or_default()
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn half() -> u8 {
    COLUMNS / 2
}

fn is_half(width: &u8) -> bool {
    *width == half()
}

impl DashboardError {
    /// What mends it.
    pub fn hint(&self) -> &str {
        match self {
            DashboardError::Whole { hint, .. } | DashboardError::Tile { hint, .. } => hint,
        }
    }

    fn whole(message: impl Into<String>, hint: impl Into<String>) -> DashboardError {
        DashboardError::Whole { message: message.into(), hint: hint.into() }
    }
}

impl Title {
    /// In both languages.
    pub fn text(&self) -> Text {
        match self {
            Title::Same(text) => Text::new(text, text),
            Title::Each(each) => Text::new(&each.en, &each.zh),
        }
    }

    /// One text for each language.
    pub fn each(en: &str, zh: &str) -> Title {
        Title::Each(EachTitle { en: en.to_owned(), zh: zh.to_owned() })
    }

    /// What is wrong with it.
    fn trouble(&self) -> Option<&'static str> {
        let text = self.text();
        let is_title = |text: &String| {
            !text.trim().is_empty()
                && text.chars().count() <= MAX_TITLE
                && !text.contains(char::is_control)
        };
        (!is_title(&text.en) || !is_title(&text.zh))
            .then_some("give a title of 1 to 200 characters in each language")
    }
}

impl Filters {
    /// Whether nothing is shared.
    pub fn is_empty(&self) -> bool {
        *self == Filters::default()
    }

    /// Reads filters.
    ///
    /// # Errors
    /// When a field is unknown or its value is none of its kind.
    pub fn read(value: &Value) -> Result<Filters, DashboardError> {
        let hint = format!("filters are {}", FILTER_NAMES.join(", "));
        let filters: Filters = typed(value, &hint)
            .map_err(|error| DashboardError::whole(format!("`filters`: {error}"), &hint))?;
        match filters.fiscal_year_start {
            Some(month) if !(1..=12).contains(&month) => Err(DashboardError::whole(
                format!("`filters`: `fiscal_year_start` is `{month}`"),
                "give a month, 1 to 12",
            )),
            _ => Ok(filters),
        }
    }
}

impl Dashboard {
    /// Reads a dashboard.
    ///
    /// # Errors
    /// When it is none; the message names the tile and the field at fault. What the questions
    /// themselves say is looked at by [`Dashboard::check`].
    pub fn read(value: &Value) -> Result<Dashboard, DashboardError> {
        let Some(fields) = value.as_object() else {
            let message = format!("a dashboard is an object, not `{value}`");
            return Err(DashboardError::whole(message, SHAPE));
        };
        if let Some(filters) = fields.get("filters") {
            Filters::read(filters)?;
        }
        let tiles = fields.get("tiles").and_then(Value::as_array);
        for (place, tile) in (1..).zip(tiles.into_iter().flatten()) {
            let found = read_title(tile).and_then(|()| typed::<Tile>(tile, SHAPE));
            found.map_err(|error| at_tile(place, title_of(tile), error))?.look(place)?;
        }
        let dashboard = read_title(value).and_then(|()| typed::<Dashboard>(value, SHAPE));
        let dashboard = dashboard.map_err(|error| whole(&error))?;
        match dashboard.tiles.len() {
            _ if dashboard.title.trouble().is_some() => Err(DashboardError::whole(
                format!("`title` is `{}`", json!(dashboard.title)),
                dashboard.title.trouble().unwrap_or_default(),
            )),
            1..=MAX_TILES => Ok(dashboard),
            n_tiles => Err(DashboardError::whole(
                format!("`tiles` has `{n_tiles}` of them"),
                format!("give 1 to {MAX_TILES} tiles"),
            )),
        }
    }
}

impl Tile {
    /// What can be seen to be wrong without asking the question.
    fn look(&self, place: usize) -> Result<(), DashboardError> {
        let wrong = |message: String, hint: String| DashboardError::Tile {
            place,
            title: Some(self.title.text().en),
            message,
            hint,
        };
        if let Some(hint) = self.title.trouble() {
            return Err(wrong(format!("`title` is `{}`", json!(self.title)), hint.to_owned()));
        }
        if !(1..=COLUMNS).contains(&self.width) {
            let hint = format!("give 1 to {COLUMNS} columns");
            return Err(wrong(format!("`width` is `{}`", self.width), hint));
        }
        if crate::named(&self.kind).is_none() {
            let kinds: Vec<&str> = crate::all().iter().map(|insight| insight.kind()).collect();
            let near = nearest_names(&self.kind, kinds.iter().copied(), 1);
            let hint = match near.first() {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("one of: {}", kinds.join(", ")),
            };
            return Err(wrong(format!("`kind`: no insight is called `{}`", self.kind), hint));
        }
        Ok(())
    }
}

/// Refuses a title that is none; left to the whole, which cannot be read without one, nothing would
/// say where it is wrong.
fn read_title(of: &Value) -> Result<(), AskError> {
    let Some(title) = of.get("title") else { return Ok(()) };
    let wrong = |error| AskError::bad(format!("`title` is `{title}`: {error}"), SHAPE);
    serde_json::from_value::<Title>(title.clone()).map(drop).map_err(wrong)
}

fn title_of(tile: &Value) -> Option<String> {
    let title: Title = serde_json::from_value(tile.get("title")?.clone()).ok()?;
    Some(title.text().en)
}

fn at_tile(place: usize, title: Option<String>, error: AskError) -> DashboardError {
    let (message, hint) = match error {
        AskError::BadQuestion { message, hint } => (message, hint),
        other => (other.to_string(), String::new()),
    };
    DashboardError::Tile { place, title, message, hint }
}

fn whole(error: &AskError) -> DashboardError {
    DashboardError::whole(error.to_string(), SHAPE)
}

#[cfg(test)]
mod tests;
