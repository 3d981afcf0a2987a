//! A dashboard asked: its questions, then the answers in their tiles, for every way of showing them.
//!
//! A tile that is refused or whose question is none says so in its own place; the others stand.

use jiff::Timestamp;
use perennial_insights::Answer;
use perennial_insights::dashboard::{AskedTile, Dashboard, Filters};
use perennial_insights::present::Table;
use perennial_types::filter::Language;
use perennial_types::question::{Definition, Refusal, Text, Warning};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Kept;
use super::laid::{Found, Laid, Outcome, TileHead, lay_out};
use crate::error::ErrorWords;
use crate::export::board::BoardTile;
use crate::export::{self, ExportError, Format};
use crate::openapi::{AnyQuestion, AnyReply};

/// A dashboard whose questions are about to be asked.
#[derive(Clone, Debug)]
pub struct Run {
    name: String,
    version: i64,
    title: Text,
    filters: Filters,
    as_of: Timestamp,
    tiles: Vec<(TileHead, AskedTile)>,
}

/// A dashboard with its answers.
#[derive(Clone, Debug)]
pub struct Ran {
    run: Run,
    outcomes: Vec<Outcome>,
}

/// A dashboard with its answers, as JSON.
#[derive(Debug, Serialize, ToSchema)]
pub struct RanDashboard {
    /// Its name.
    name: String,
    /// Its version, 0 where it is built in.
    version: i64,
    /// What stands above it.
    title: Text,
    /// What its tiles shared this time.
    filters: Filters,
    /// End of the known world, for every tile that has none of its own.
    as_of: String,
    /// Its tiles, in their order.
    tiles: Vec<RanTile>,
}

/// A tile with its answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct RanTile {
    /// What stands above it.
    title: Text,
    /// Kind of its question.
    kind: String,
    /// How many of the 12 columns it takes.
    width: u8,
    /// Its question, the shared filters written in.
    #[schema(value_type = AnyQuestion)]
    question: Value,
    /// Shared filters that its kind has no field for.
    left_out: Vec<&'static str>,
    /// Its answer, a refusal or an error; only where answers were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<AnyReply>)]
    answer: Option<Answer>,
    /// Its answer laid out; only where that was asked for, and there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    shown: Option<ShownTile>,
    /// Why it has no honest answer, where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<Refusal>,
    /// What went wrong, where something did.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorWords>,
}

/// An answer laid out in a tile: a picture or a table.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownTile {
    /// The picture, as SVG.
    #[schema(required)]
    picture: Option<String>,
    /// The table.
    #[schema(required)]
    table: Option<Table>,
    /// What exactly was computed.
    #[schema(value_type = Definition)]
    definition: Value,
    /// What the reader should know.
    #[schema(value_type = Vec<Warning>)]
    warnings: Value,
}

impl Run {
    /// The dashboard under these filters. `as_of` is the clock's.
    pub fn new(kept: &Kept, dashboard: &Dashboard, given: &Filters, as_of: Timestamp) -> Run {
        let heads = dashboard.tiles.iter().map(|tile| TileHead {
            title: tile.title.text(),
            width: tile.width,
            show: tile.show,
            place: tile.place,
        });
        let filters = given.clone().over(&dashboard.filters);
        Run {
            name: kept.name.clone(),
            version: kept.version,
            title: dashboard.title.text(),
            as_of: filters.as_of.unwrap_or(as_of),
            tiles: heads.zip(dashboard.asked(given, as_of)).collect(),
            filters,
        }
    }

    /// What is to be asked, tile by tile, of one snapshot.
    pub fn questions(&self) -> Vec<(String, Value)> {
        self.tiles.iter().map(|(_, asked)| (asked.kind.clone(), asked.question.clone())).collect()
    }

    /// With the outcomes of those questions, in their order.
    pub fn ran(self, outcomes: Vec<Outcome>) -> Ran {
        Ran { run: self, outcomes }
    }
}

impl Ran {
    /// The whole answers.
    pub fn answers(&self) -> RanDashboard {
        self.as_json(|_, outcome| match outcome {
            Outcome::Answered(answer) => Filling::Answer(answer.clone()),
            other => Filling::Trouble(other.clone()),
        })
    }

    /// What the tiles show, in a language.
    pub fn shown(&self, language: Language) -> RanDashboard {
        let laid = self.laid(language);
        self.as_json(|place, outcome| match (outcome, laid.get(place).map(|laid| &laid.found)) {
            (Outcome::Answered(answer), Some(Ok(found))) => {
                Filling::Shown(shown(found, &answer.tree()))
            }
            // An answer that has no such picture has nothing to show.
            (_, Some(Err(trouble))) => Filling::Trouble(trouble.clone()),
            (other, _) => Filling::Trouble(other.clone()),
        })
    }

    /// The tiles laid out, in a language.
    pub fn laid(&self, language: Language) -> Vec<Laid> {
        let tiles = self.run.tiles.iter().zip(&self.outcomes);
        tiles.map(|((head, asked), outcome)| lay_out(head, asked, outcome, language)).collect()
    }

    /// The whole as a file.
    ///
    /// # Errors
    /// When a dashboard is not written in that format, or the writer fails.
    pub fn write(&self, format: Format, language: Language) -> Result<Vec<u8>, ExportError> {
        let title = match language {
            Language::English => &self.run.title.en,
            Language::Chinese => &self.run.title.zh,
        };
        let tiles = || -> Vec<BoardTile> {
            let widths = self.run.tiles.iter().map(|(head, _)| head.width);
            self.laid(language)
                .into_iter()
                .zip(widths)
                .map(|(laid, width)| laid.tile(width, language))
                .collect()
        };
        match format {
            Format::Json => serde_json::to_vec_pretty(&self.answers())
                .map_err(|error| ExportError::Failed { format: "json", reason: error.to_string() }),
            Format::Xlsx => export::board::xlsx(title, &tiles()),
            Format::Svg => Ok(export::board::svg(title, &tiles()).into_bytes()),
            Format::Png => export::board::png(title, &tiles()),
            Format::Csv | Format::Parquet => Err(ExportError::Nothing("single table")),
        }
    }

    fn as_json(&self, fill: impl Fn(usize, &Outcome) -> Filling) -> RanDashboard {
        let tiles = self.run.tiles.iter().zip(&self.outcomes).enumerate();
        let tiles = tiles.map(|(place, ((head, asked), outcome))| {
            let mut tile = RanTile {
                title: head.title.clone(),
                kind: asked.kind.clone(),
                width: head.width,
                question: asked.question.clone(),
                left_out: asked.left_out.clone(),
                answer: None,
                shown: None,
                refused: None,
                error: None,
            };
            match fill(place, outcome) {
                Filling::Answer(answer) => tile.answer = Some(answer),
                Filling::Shown(shown) => tile.shown = Some(shown),
                Filling::Trouble(Outcome::Refused(refusal)) => tile.refused = Some(refusal),
                Filling::Trouble(Outcome::Failed(words)) => tile.error = Some(words),
                Filling::Trouble(Outcome::Answered(_)) => {}
            }
            tile
        });
        RanDashboard {
            name: self.run.name.clone(),
            version: self.run.version,
            title: self.run.title.clone(),
            filters: self.run.filters.clone(),
            as_of: self.run.as_of.to_string(),
            tiles: tiles.collect(),
        }
    }
}

/// What stands in a tile of the JSON.
enum Filling {
    Answer(Answer),
    Shown(ShownTile),
    Trouble(Outcome),
}

fn shown(found: &Found, answer: &Value) -> ShownTile {
    let Found { presentation, is_picture } = found;
    let picture = presentation.pictures.first().filter(|_| *is_picture);
    let part = |name: &str| answer.get(name).cloned().unwrap_or_default();
    ShownTile {
        picture: picture.map(|picture| export::drawn(picture, "")),
        table: presentation.tables.first().filter(|_| picture.is_none()).cloned(),
        definition: part("definition"),
        warnings: part("warnings"),
    }
}
