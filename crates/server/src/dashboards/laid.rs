//! A tile laid out: what became of its question, and what of the answer is shown.

use perennial_insights::dashboard::{AskedTile, Show};
use perennial_insights::present::Presentation;
use perennial_insights::{Answer, AskError};
use perennial_types::filter::Language;
use perennial_types::question::{Refusal, Text};
use serde_json::Value;

use crate::error::{ApiError, ErrorWords};
use crate::export::board::{BoardTile, Body};
use crate::models::ModelError;

/// What became of a tile's question.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Its answer.
    Answered(Answer),
    /// It has no honest answer on these data.
    Refused(Refusal),
    /// It is no question, or reading failed.
    Failed(ErrorWords),
}

/// What stands above a tile, and where.
#[derive(Clone, Debug)]
pub(super) struct TileHead {
    pub(super) title: Text,
    pub(super) width: u8,
    pub(super) show: Show,
    pub(super) place: usize,
}

/// An answer for people, what the tile is to show in the first place.
#[derive(Clone, Debug)]
pub struct Found {
    /// Tables, pictures and sentences.
    pub presentation: Presentation,
    /// Whether it is a picture that is shown.
    pub is_picture: bool,
}

/// A tile laid out, for whoever writes it down.
#[derive(Clone, Debug)]
pub struct Laid {
    /// Its title, in the language asked for.
    pub title: String,
    /// Its answer for people, or why there is none.
    pub found: Result<Found, Outcome>,
    /// Shared filters that its kind has no field for.
    pub left_out: Vec<&'static str>,
}

impl From<AskError> for Outcome {
    fn from(error: AskError) -> Outcome {
        match error {
            AskError::Refused(refusal) => Outcome::Refused(refusal),
            AskError::BadQuestion { message, hint } => {
                Outcome::failed("bad_question", message, hint)
            }
            AskError::Engine(error) => {
                Outcome::failed("internal", error.to_string(), "run `perennial doctor`")
            }
        }
    }
}

impl From<ModelError> for Outcome {
    fn from(error: ModelError) -> Outcome {
        ApiError::from(error).outcome()
    }
}

impl From<ApiError> for Outcome {
    fn from(error: ApiError) -> Outcome {
        error.outcome()
    }
}

impl Outcome {
    fn failed(code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Outcome {
        Outcome::Failed(ErrorWords::new(code, message, hint))
    }

    /// In words: what stands in the way and what mends it.
    pub fn in_words(&self, language: Language) -> (String, String) {
        match (self, language) {
            (Outcome::Refused(refusal), Language::English) => {
                (refusal.reason.clone(), refusal.hint.clone())
            }
            (Outcome::Refused(refusal), Language::Chinese) => {
                let refusal = refusal.clone().for_chinese();
                (refusal.reason, refusal.hint)
            }
            (Outcome::Failed(words), _) => (words.message.clone(), words.hint.clone()),
            (Outcome::Answered(_), _) => (String::new(), String::new()),
        }
    }
}

impl Laid {
    /// As it is written down, so wide.
    pub(super) fn tile(self, width: u8, language: Language) -> BoardTile {
        let (body, tables, words) = match self.found {
            Ok(Found { presentation, is_picture }) => {
                let Presentation { tables, pictures, definition, .. } = presentation;
                let picture = pictures.into_iter().next().filter(|_| is_picture);
                let body = match (picture, tables.first()) {
                    (Some(picture), _) => Body::Picture(Box::new(picture)),
                    (None, Some(table)) => Body::Table(table.clone()),
                    (None, None) => Body::Words,
                };
                (body, tables, definition.0)
            }
            Err(outcome) => {
                let (reason, hint) = outcome.in_words(language);
                (Body::Words, Vec::new(), format!("{reason} – {hint}"))
            }
        };
        BoardTile { title: self.title, width, body, tables, words }
    }
}

/// Lays a tile out, in a language.
pub(super) fn lay_out(
    head: &TileHead,
    asked: &AskedTile,
    outcome: &Outcome,
    language: Language,
) -> Laid {
    let found = match outcome {
        Outcome::Answered(answer) => presented(head, asked, &answer.tree(), language),
        other => Err(other.clone()),
    };
    let title = match language {
        Language::English => head.title.en.clone(),
        Language::Chinese => head.title.zh.clone(),
    };
    Laid { title, left_out: asked.left_out.clone(), found }
}

fn presented(
    head: &TileHead,
    asked: &AskedTile,
    answer: &Value,
    language: Language,
) -> Result<Found, Outcome> {
    let insight = perennial_insights::named(&asked.kind).ok_or_else(|| {
        Outcome::failed("bad_question", format!("no insight is called `{}`", asked.kind), "")
    })?;
    let mut presentation = insight.present(answer)?;
    let (n_known, what) = match head.show {
        // A kind that has no picture at all shows its table.
        Show::Picture if presentation.pictures.is_empty() && head.place == 0 => (1, "pictures"),
        Show::Picture => (presentation.pictures.len(), "pictures"),
        Show::Table => (presentation.tables.len(), "tables"),
    };
    if head.place >= n_known {
        let message = format!("`place` is `{}`: the answer has {n_known} {what}", head.place);
        return Err(Outcome::failed("bad_question", message, "places are counted from 0"));
    }
    let is_picture = head.show == Show::Picture && !presentation.pictures.is_empty();
    match head.show {
        Show::Picture if is_picture => presentation.pictures.swap(0, head.place),
        Show::Picture => {}
        Show::Table => presentation.tables.swap(0, head.place),
    }
    if language == Language::Chinese {
        presentation = presentation.in_chinese();
    }
    Ok(Found { presentation, is_picture })
}
