//! Dashboards as both edges use them: kept by the store, checked and asked by the insights.
//!
//! [`Dashboards`] is every dashboard there is, read once: those that were saved, and the built-in
//! overview where none of its name was saved. [`text`] reads and writes them as YAML and JSON,
//! [`run`] puts answers into their tiles, [`laid`] lays those out.

mod error;
pub mod laid;
pub mod run;
pub mod text;

use jiff::Timestamp;
use perennial_insights::dashboard::{self, Dashboard, DashboardError, OVERVIEW};
use perennial_store::{self as store, NewDashboard, Store};
use perennial_types::calendar::Micros;
use perennial_types::question::Text;
use perennial_types::text::nearest_names;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::segments::Library;

pub use error::BoardError;

/// Every dashboard there is.
#[derive(Clone, Debug, Default)]
pub struct Dashboards {
    /// In the newest version each, by name.
    pub all: Vec<Kept>,
}

/// A dashboard as it is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its name.
    pub name: String,
    /// Its version, from 1; 0 is built in.
    pub version: i64,
    /// When its first version was made; never, where it is built in.
    pub created_at: Option<Micros>,
    /// When this version was made.
    pub updated_at: Option<Micros>,
    /// What it is, or why what was kept cannot be read.
    pub dashboard: Result<Dashboard, DashboardError>,
}

/// A dashboard as it is listed.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeptDashboard {
    /// Its name.
    pub name: String,
    /// Its version, from 1; 0 where it is built in.
    pub version: i64,
    /// What stands above it.
    pub title: Text,
    /// Who answers for it.
    #[schema(required)]
    pub owner: Option<String>,
    /// Kinds of its tiles, in their order.
    pub kinds: Vec<String>,
    /// When its first version was made.
    #[schema(required)]
    pub created_at: Option<String>,
    /// When this version was made.
    #[schema(required)]
    pub updated_at: Option<String>,
    /// Why what was kept cannot be read, where it cannot.
    #[schema(required)]
    pub trouble: Option<String>,
    /// The whole of it, where it can.
    #[schema(required)]
    pub dashboard: Option<Dashboard>,
}

/// Whether a dashboard that exists may be written anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writes {
    /// It must not exist.
    New,
    /// In a new version, whatever is in force.
    Over,
    /// In a new version, where this one is in force; 0 is none.
    Version(i64),
}

/// A dashboard that was to be written.
#[derive(Clone, Debug)]
pub struct Written {
    /// As it is kept now.
    pub kept: Kept,
    /// Whether anything had to be written: the same again is no new version.
    pub is_new: bool,
}

impl Kept {
    fn of(record: &store::Dashboard) -> Kept {
        let mut whole = record.definition.clone();
        if let Some(fields) = whole.as_object_mut() {
            fields.insert("name".to_owned(), json!(record.name));
            fields.insert("owner".to_owned(), json!(record.owner));
        }
        Kept {
            name: record.name.clone(),
            version: record.version,
            created_at: Some(record.created_at),
            updated_at: Some(record.updated_at),
            dashboard: Dashboard::read(&whole),
        }
    }

    fn built_in() -> Kept {
        Kept {
            name: OVERVIEW.to_owned(),
            version: 0,
            created_at: None,
            updated_at: None,
            dashboard: Ok(dashboard::overview()),
        }
    }

    /// The dashboard itself.
    ///
    /// # Errors
    /// When what was kept cannot be read.
    pub fn readable(&self) -> Result<&Dashboard, BoardError> {
        self.dashboard.as_ref().map_err(|error| BoardError::Unreadable {
            name: self.name.clone(),
            reason: error.to_string(),
        })
    }

    /// As it is listed.
    pub fn described(&self) -> KeptDashboard {
        let instant = |at: Micros| Timestamp::from_microsecond(at).map(|ts| ts.to_string()).ok();
        let dashboard = self.dashboard.as_ref().ok();
        let kinds = dashboard.into_iter().flat_map(|dashboard| &dashboard.tiles);
        KeptDashboard {
            name: self.name.clone(),
            version: self.version,
            title: dashboard.map_or_else(
                || Text::new(&self.name, &self.name),
                |dashboard| dashboard.title.text(),
            ),
            owner: dashboard.and_then(|dashboard| dashboard.owner.clone()),
            kinds: kinds.map(|tile| tile.kind.clone()).collect(),
            created_at: self.created_at.and_then(instant),
            updated_at: self.updated_at.and_then(instant),
            trouble: self.dashboard.as_ref().err().map(ToString::to_string),
            dashboard: dashboard.cloned(),
        }
    }
}

impl Dashboards {
    /// Reads them.
    ///
    /// # Errors
    /// When the database fails. One that cannot be read stands in the list with the reason.
    pub async fn load(store: &Store) -> Result<Dashboards, BoardError> {
        Ok(Dashboards::of(&store.dashboards().await?))
    }

    /// Those the store keeps, and what is built in.
    pub(crate) fn of(records: &[store::Dashboard]) -> Dashboards {
        let mut all: Vec<Kept> = records.iter().map(Kept::of).collect();
        if !all.iter().any(|kept| kept.name == OVERVIEW) {
            all.push(Kept::built_in());
            all.sort_unstable_by(|left, right| left.name.cmp(&right.name));
        }
        Dashboards { all }
    }

    /// The one of that name.
    ///
    /// # Errors
    /// When there is none.
    pub fn get(&self, name: &str) -> Result<&Kept, BoardError> {
        self.all.iter().find(|kept| kept.name == name).ok_or_else(|| BoardError::Unknown {
            name: name.to_owned(),
            nearest: nearest_names(name, self.all.iter().map(|kept| kept.name.as_str()), 3),
        })
    }

    /// Every version of one, newest first.
    ///
    /// # Errors
    /// When there is none of that name, or the database fails.
    pub async fn versions(&self, store: &Store, name: &str) -> Result<Vec<Kept>, BoardError> {
        let kept = self.get(name)?;
        let versions: Vec<Kept> =
            store.dashboard_versions(name).await?.iter().map(Kept::of).collect();
        Ok(if versions.is_empty() { vec![kept.clone()] } else { versions })
    }

    /// Writes dashboards under their names, all or none; every question in them is read first.
    ///
    /// # Errors
    /// When one is none or has no name, names an unknown segment, exists, or has changed meanwhile.
    pub async fn put(
        &self,
        store: &Store,
        new: &[Dashboard],
        writes: Writes,
        now: Timestamp,
    ) -> Result<Vec<Written>, BoardError> {
        let library = Library::load(store).await?;
        let mut changed = Vec::new();
        for dashboard in new {
            let name = dashboard.name.as_ref().ok_or(BoardError::Nameless)?;
            dashboard.check(&library.conditions, now)?;
            let kept = self.all.iter().find(|kept| kept.name == *name);
            let found = kept.map_or(0, |kept| kept.version);
            let expected = match writes {
                Writes::New if found > 0 => return Err(BoardError::Taken(name.clone())),
                Writes::New | Writes::Over => found,
                Writes::Version(expected) => expected,
            };
            let is_same = found > 0
                && expected == found
                && kept.is_some_and(|kept| kept.dashboard.as_ref() == Ok(dashboard));
            if !is_same {
                changed.push((record(dashboard, name, now), expected));
            }
        }
        let mut written = store.put_dashboards(&changed).await?;
        let written = new.iter().map(|dashboard| {
            let name = dashboard.name.as_deref().unwrap_or_default();
            match written.iter().position(|record| record.name == name) {
                Some(place) => {
                    Ok(Written { kept: Kept::of(&written.swap_remove(place)), is_new: true })
                }
                None => Ok(Written { kept: self.get(name)?.clone(), is_new: false }),
            }
        });
        written.collect()
    }

    /// Forgets one that was saved.
    ///
    /// # Errors
    /// When there is none of that name, or it is built in.
    pub async fn delete(&self, store: &Store, name: &str) -> Result<(), BoardError> {
        if self.get(name)?.version == 0 {
            return Err(BoardError::BuiltIn(name.to_owned()));
        }
        store.delete_dashboard(name).await?;
        Ok(())
    }
}

/// As the store keeps it: name and owner stand beside the rest.
fn record(dashboard: &Dashboard, name: &str, now: Timestamp) -> NewDashboard {
    let mut definition = json!(dashboard);
    if let Value::Object(fields) = &mut definition {
        fields.shift_remove("name");
        fields.shift_remove("owner");
    }
    NewDashboard {
        name: name.to_owned(),
        definition,
        owner: dashboard.owner.clone(),
        at: now.as_microsecond(),
    }
}
