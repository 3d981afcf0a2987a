//! What a dashboard asks: every tile's question under the filters they share.
//!
//! A field that a tile's own question sets is the tile's; then come the filters given for this run,
//! then those of the dashboard, then the defaults of the kind.

use jiff::Timestamp;
use perennial_engine::source::SourceFacts;
use perennial_types::condition::Segments;
use serde_json::{Map, Value, json};

use super::{Dashboard, DashboardError, Filters, Tile, at_tile};
use crate::insight::AskError;
use crate::segment::who::{Who, segment_names};

/// The filters by name; a test keeps the list to the fields there are.
pub const FILTER_NAMES: [&str; 11] = [
    "from",
    "to",
    "as_of",
    "zone",
    "week_start",
    "fiscal_year_start",
    "period",
    "population",
    "who",
    "breakdown",
    "top",
];

/// The question of a tile.
#[derive(Clone, Debug, PartialEq)]
pub struct AskedTile {
    /// Its kind.
    pub kind: String,
    /// The question, filters written in.
    pub question: Value,
    /// Filters that its kind has no field for.
    pub left_out: Vec<&'static str>,
}

impl Filters {
    /// These filters, and where they say nothing, those.
    #[must_use]
    pub fn over(self, under: &Filters) -> Filters {
        let under = under.clone();
        Filters {
            from: self.from.or(under.from),
            to: self.to.or(under.to),
            as_of: self.as_of.or(under.as_of),
            zone: self.zone.or(under.zone),
            week_start: self.week_start.or(under.week_start),
            fiscal_year_start: self.fiscal_year_start.or(under.fiscal_year_start),
            period: self.period.or(under.period),
            population: self.population.or(under.population),
            who: self.who.or(under.who),
            breakdown: self.breakdown.or(under.breakdown),
            top: self.top.or(under.top),
        }
    }
}

impl Dashboard {
    /// The questions of its tiles, in their order. `given` are the filters of this run, `as_of` is
    /// the clock's: all tiles speak of the same instant.
    pub fn asked(&self, given: &Filters, as_of: Timestamp) -> Vec<AskedTile> {
        let clock = Filters { as_of: Some(as_of), ..Filters::default() };
        let filters = given.clone().over(&self.filters).over(&clock);
        let fields = match json!(filters) {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        self.tiles.iter().map(|tile| tile.asked(&fields)).collect()
    }

    /// Reads every tile's question as its kind would, without asking it.
    ///
    /// # Errors
    /// When one is no question, or names a segment that is not among these.
    pub fn check(&self, segments: &Segments, as_of: Timestamp) -> Result<(), DashboardError> {
        // What is in the lake may refuse a question, never make it none.
        let facts = SourceFacts::default();
        let asked = self.asked(&Filters::default(), as_of);
        for ((place, tile), asked) in (1..).zip(&self.tiles).zip(asked) {
            let begun = begin(asked, segments, &facts);
            if let Err(error @ AskError::BadQuestion { .. }) = begun {
                let error = within("question", error);
                return Err(at_tile(place, Some(tile.title.text().en), error));
            }
        }
        Ok(())
    }

    /// Names of the segments its filters and questions name, each once, sorted.
    pub fn segment_names(&self) -> Vec<String> {
        let own = self.tiles.iter().map(|tile| Value::Object(tile.question.clone()));
        let shared = json!(self.filters);
        let mut names: Vec<String> =
            own.chain([shared]).flat_map(|question| segment_names(&question)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl Tile {
    fn asked(&self, filters: &Map<String, Value>) -> AskedTile {
        let known = crate::named(&self.kind).map(|insight| insight.shapes().question_fields());
        let known = known.unwrap_or_default();
        let mut question = self.question.clone();
        let mut left_out = Vec::new();
        for name in FILTER_NAMES {
            let Some(value) = filters.get(name) else { continue };
            let is_own = question.get(name).is_some_and(|own| !own.is_null());
            // `who` is a field of every question, and of no kind's own.
            if name == "who" || known.iter().any(|field| field == name) {
                if !is_own {
                    question.insert(name.to_owned(), value.clone());
                }
            } else {
                left_out.push(name);
            }
        }
        AskedTile { kind: self.kind.clone(), question: Value::Object(question), left_out }
    }
}

fn begin(asked: AskedTile, segments: &Segments, facts: &SourceFacts) -> Result<(), AskError> {
    let AskedTile { kind, mut question, .. } = asked;
    // A kind that does not exist is found where the dashboard is read.
    let Some(insight) = crate::named(&kind) else { return Ok(()) };
    Who::take(&mut question, segments)?;
    // The name of a model means something only where models are kept; the rest can be read here.
    if insight.trainer().is_some() && question.get("model").is_some_and(Value::is_string) {
        question.as_object_mut().and_then(|fields| fields.shift_remove("model"));
    }
    insight.begin(&question, facts)?;
    Ok(())
}

fn within(field: &str, error: AskError) -> AskError {
    match error {
        AskError::BadQuestion { message, hint } => {
            AskError::BadQuestion { message: format!("`{field}`: {message}"), hint }
        }
        other => other,
    }
}
