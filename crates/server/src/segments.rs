//! Segments as both edges use them: kept by the store, folded by the insights.
//!
//! A [`Library`] is every segment there is, read once; it writes conditions out, says who names
//! whom, and refuses what would leave a name without meaning or make a circle.

use std::collections::BTreeMap;

use perennial_engine::session::Session;
use perennial_engine::source::RunSource;
use perennial_insights::AskError;
use perennial_insights::segment::{Asked, members, unknown_names};
use perennial_store::{NewSegment, Segment, Store, StoreError};
use perennial_types::calendar::{Micros, Zone};
use perennial_types::condition::{CustomerCondition, Segments};
use perennial_types::filter::Language;
use perennial_types::key::CustomerKey;
use perennial_types::question::Warning;
use perennial_types::text::nearest_names;
use serde::Serialize;
use serde_json::{Value, json};
use thiserror::Error;

use crate::dashboards::{Dashboards, Kept};

/// Why something about a segment did not happen.
#[derive(Debug, Error)]
pub enum SegmentError {
    /// The condition is none, or cannot be folded.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody made it.
    #[error("no segment is called `{name}`")]
    Unknown {
        /// The name.
        name: String,
        /// Known names nearest to it.
        nearest: Vec<String>,
    },
    /// It exists already.
    #[error("a segment `{0}` exists already")]
    Taken(String),
    /// Other segments, or dashboards, name it.
    #[error("segment `{name}` is named by {}", said(users, dashboards))]
    InUse {
        /// The name.
        name: String,
        /// Which segments name it.
        users: Vec<String>,
        /// Which dashboards do.
        dashboards: Vec<String>,
    },
    /// What was kept cannot be read.
    #[error("segment `{name}` cannot be read: {reason}")]
    Unreadable {
        /// The name.
        name: String,
        /// What is wrong.
        reason: String,
    },
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn said(segments: &[String], dashboards: &[String]) -> String {
    let segments = segments.iter().map(|name| format!("`{name}`"));
    let dashboards = dashboards.iter().map(|name| format!("dashboard `{name}`"));
    segments.chain(dashboards).collect::<Vec<_>>().join(", ")
}

impl SegmentError {
    /// What mends it.
    pub fn hint(&self) -> String {
        match self {
            SegmentError::Ask(AskError::BadQuestion { hint, .. }) => hint.clone(),
            SegmentError::Ask(AskError::Refused(refusal)) => refusal.hint.clone(),
            SegmentError::Ask(AskError::Engine(_)) => String::new(),
            SegmentError::Store(error) => error.hint().unwrap_or_default().to_owned(),
            SegmentError::Unknown { nearest, .. } if nearest.is_empty() => {
                "`perennial segment list` names them".to_owned()
            }
            SegmentError::Unknown { nearest, .. } => format!("did you mean {}?", quoted(nearest)),
            SegmentError::Taken(_) => {
                "change it with `--replace`, or choose another name".to_owned()
            }
            SegmentError::InUse { .. } => "change or delete those first".to_owned(),
            SegmentError::Unreadable { .. } => "write it anew, or delete it".to_owned(),
        }
    }
}

impl From<perennial_types::condition::ConditionError> for SegmentError {
    fn from(error: perennial_types::condition::ConditionError) -> SegmentError {
        SegmentError::Ask(error.into())
    }
}

/// Every segment there is.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// In the newest version each, by name.
    pub segments: Vec<Segment>,
    /// Their conditions.
    pub conditions: Segments,
    /// Every saved dashboard with the segments it names.
    dashboards: Vec<(String, Vec<String>)>,
}

impl Library {
    /// Reads them.
    ///
    /// # Errors
    /// When the database fails, or a kept condition is none.
    pub async fn load(store: &Store) -> Result<Library, SegmentError> {
        let segments = store.segments().await?;
        let mut conditions = BTreeMap::new();
        for segment in &segments {
            let read = CustomerCondition::from_json(&segment.condition);
            let condition = read.map_err(|error| SegmentError::Unreadable {
                name: segment.name.clone(),
                reason: error.to_string(),
            })?;
            conditions.insert(segment.name.clone(), condition);
        }
        let boards = Dashboards::of(&store.dashboards().await?).all;
        let names = |kept: Kept| Some((kept.name, kept.dashboard.ok()?.segment_names()));
        let dashboards = boards.into_iter().filter_map(names).collect();
        Ok(Library { segments, conditions, dashboards })
    }

    /// A segment with its condition.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn get(&self, name: &str) -> Result<(&Segment, &CustomerCondition), SegmentError> {
        let segment = self.segments.iter().find(|segment| segment.name == name);
        segment.zip(self.conditions.get(name)).ok_or_else(|| SegmentError::Unknown {
            name: name.to_owned(),
            nearest: nearest_names(name, self.conditions.keys().map(String::as_str), 3),
        })
    }

    /// Names of the segments whose own conditions name it.
    pub fn users_of(&self, name: &str) -> Vec<String> {
        let names_it =
            |condition: &CustomerCondition| condition.segment_names().iter().any(|one| one == name);
        let users = self.conditions.iter().filter(|(_, condition)| names_it(condition));
        users.map(|(user, _)| user.clone()).collect()
    }

    /// Names of the dashboards that name it.
    pub fn dashboards_of(&self, name: &str) -> Vec<String> {
        let names_it = |(_, names): &&(String, Vec<String>)| names.iter().any(|one| one == name);
        self.dashboards.iter().filter(names_it).map(|(dashboard, _)| dashboard.clone()).collect()
    }

    /// What a condition asks, every segment written out.
    ///
    /// # Errors
    /// When it names an unknown segment, or itself through others.
    pub fn asked(
        &self,
        condition: &CustomerCondition,
        as_of: Micros,
        zone: &Zone,
    ) -> Result<Asked, SegmentError> {
        Ok(Asked { condition: condition.inlined(&self.conditions)?, as_of, zone: zone.clone() })
    }

    /// Writes a segment, new or, with `replaces`, in a new version.
    ///
    /// # Errors
    /// When its condition names an unknown segment or makes a circle, or the name is taken.
    pub async fn put(
        &mut self,
        store: &Store,
        new: &NewSegment,
        condition: &CustomerCondition,
        replaces: bool,
    ) -> Result<Segment, SegmentError> {
        let version =
            self.segments.iter().find(|known| known.name == new.name).map(|known| known.version);
        if version.is_some() && !replaces {
            return Err(SegmentError::Taken(new.name.clone()));
        }
        let mut conditions = self.conditions.clone();
        conditions.insert(new.name.clone(), condition.clone());
        CustomerCondition::Segment(new.name.clone()).inlined(&conditions)?;
        let written = store.put_segment(new, version.unwrap_or(0)).await?;
        self.conditions = conditions;
        self.segments.retain(|known| known.name != new.name);
        self.segments.push(written.clone());
        Ok(written)
    }

    /// Forgets a segment nobody names.
    ///
    /// # Errors
    /// When there is none of that name, or other segments or dashboards name it.
    pub async fn delete(&self, store: &Store, name: &str) -> Result<(), SegmentError> {
        self.get(name)?;
        let (users, dashboards) = (self.users_of(name), self.dashboards_of(name));
        if !users.is_empty() || !dashboards.is_empty() {
            return Err(SegmentError::InUse { name: name.to_owned(), users, dashboards });
        }
        store.delete_segment(name).await?;
        Ok(())
    }
}

/// A segment as it is shown.
pub fn described(segment: &Segment, condition: &CustomerCondition, library: &Library) -> Value {
    let instant = |at: Micros| jiff::Timestamp::from_microsecond(at).map(|ts| ts.to_string()).ok();
    json!({
        "name": segment.name,
        "version": segment.version,
        "condition": segment.condition,
        "text": condition.to_string(),
        "en": condition.in_words(Language::English),
        "zh": condition.in_words(Language::Chinese),
        "owner": segment.owner,
        "description": segment.description,
        "created_at": instant(segment.created_at),
        "updated_at": instant(segment.updated_at),
        "used_by": library.users_of(&segment.name),
        "dashboards": library.dashboards_of(&segment.name),
    })
}

/// How many satisfy a condition.
#[derive(Clone, Debug, Serialize)]
pub struct Size {
    /// Who satisfies it.
    pub n_customers: usize,
    /// Who is known at all by then.
    pub of: usize,
    /// Names that no event has.
    pub warnings: Vec<Warning>,
}

/// Counts who satisfies a condition.
///
/// # Errors
/// When it cannot be folded.
pub async fn size(
    session: &Session,
    source: &dyn RunSource,
    asked: &Asked,
) -> Result<Size, AskError> {
    let everyone = Asked { condition: CustomerCondition::everyone(), ..asked.clone() };
    let found = members(session, source, &[asked.clone(), everyone]).await?;
    let warnings = unknown_names(session, source, &asked.condition).await?;
    let n = |place: usize| found.get(place).map_or(0, perennial_engine::restrict::CustomerSet::len);
    Ok(Size { n_customers: n(0), of: n(1), warnings })
}

/// The customers who satisfy a condition, by key.
///
/// # Errors
/// When it cannot be folded.
pub async fn keys(
    session: &Session,
    source: &dyn RunSource,
    asked: &Asked,
) -> Result<Vec<CustomerKey>, AskError> {
    let found = members(session, source, std::slice::from_ref(asked)).await?;
    Ok(found
        .first()
        .map(|found| found.keys())
        .unwrap_or_default()
        .into_iter()
        .map(CustomerKey)
        .collect())
}

/// Who came and who went between two instants.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// In it then, not before.
    pub entered: Vec<CustomerKey>,
    /// In it before, no more then.
    pub left: Vec<CustomerKey>,
    /// In it both times.
    pub n_stayed: usize,
}

/// Compares a condition at two instants, in one scan.
///
/// # Errors
/// When it cannot be folded.
pub async fn difference(
    session: &Session,
    source: &dyn RunSource,
    before: Asked,
    after: Asked,
) -> Result<Difference, AskError> {
    let found = members(session, source, &[before, after]).await?;
    let [before, after] = found.as_slice() else { return Ok(Difference::default()) };
    let only = |these: &perennial_engine::restrict::CustomerSet,
                others: &perennial_engine::restrict::CustomerSet| {
        these
            .keys()
            .into_iter()
            .filter(|key| !others.contains(*key))
            .map(CustomerKey)
            .collect::<Vec<_>>()
    };
    let entered = only(after, before);
    Ok(Difference { n_stayed: after.len() - entered.len(), left: only(before, after), entered })
}
