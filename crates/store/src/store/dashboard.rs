//! Dashboards: every version is kept, the newest is in force.

use super::{Store, check_name, import::without_zero, json};
use crate::db::{Row, Tx, values};
use crate::{Conflict, Dashboard, NewDashboard, Result, StoreError};

const COLUMNS: &str = "name, version, definition, owner, created_at, updated_at";

impl Store {
    /// Every dashboard in its newest version, by name.
    pub async fn dashboards(&self) -> Result<Vec<Dashboard>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM dashboard AS own WHERE version = \
             (SELECT MAX(version) FROM dashboard AS other WHERE other.name = own.name)"
        );
        let read = self.db.read("reading dashboards", move |tx| {
            Box::pin(async move { tx.rows(&sql, []).await?.iter().map(dashboard).collect() })
        });
        let mut dashboards: Vec<Dashboard> = read.await?;
        // Databases sort names each in their own way.
        dashboards.sort_unstable_by(|left, right| left.name.cmp(&right.name));
        Ok(dashboards)
    }

    /// Every version of a dashboard, newest first; none where there is no such dashboard.
    pub async fn dashboard_versions(&self, name: &str) -> Result<Vec<Dashboard>> {
        let sql = format!("SELECT {COLUMNS} FROM dashboard WHERE name = $1 ORDER BY version DESC");
        let name = name.to_owned();
        self.db
            .read("reading a dashboard", move |tx| {
                Box::pin(async move {
                    tx.rows(&sql, values![name]).await?.iter().map(dashboard).collect()
                })
            })
            .await
    }

    /// Writes new versions of dashboards, all or none; beside each the version the caller has seen,
    /// 0 for one that must not exist yet.
    ///
    /// # Errors
    /// [`Conflict::DashboardVersion`] where another version is in force, [`StoreError::Invalid`]
    /// where a name cannot be one.
    pub async fn put_dashboards(&self, new: &[(NewDashboard, i64)]) -> Result<Vec<Dashboard>> {
        for (new, _) in new {
            check_name("dashboard", &new.name)?;
        }
        let new = new.to_vec();
        self.db
            .write("writing dashboards", move |tx| {
                Box::pin(async move {
                    let mut written = Vec::with_capacity(new.len());
                    for (new, expected) in &new {
                        written.push(put(tx, new, *expected).await?);
                    }
                    Ok(written)
                })
            })
            .await
    }

    /// Forgets a dashboard with all its versions; returns how many there were.
    pub async fn delete_dashboard(&self, name: &str) -> Result<u64> {
        let name = name.to_owned();
        self.db
            .write("deleting a dashboard", move |tx| {
                Box::pin(async move {
                    tx.execute("DELETE FROM dashboard WHERE name = $1", values![name]).await
                })
            })
            .await
    }
}

async fn put(tx: &Tx, new: &NewDashboard, expected: i64) -> Result<Dashboard> {
    let sql = "SELECT COALESCE(MAX(version), 0), MIN(created_at) FROM dashboard WHERE name = $1";
    let row = tx.one(sql, values![new.name.as_str()]).await?;
    let (found, created_at): (i64, Option<i64>) = (row.get(0)?, row.get(1)?);
    if found != expected {
        let name = new.name.clone();
        return Err(StoreError::Conflict(Conflict::DashboardVersion { name, expected, found }));
    }
    let written = Dashboard {
        name: new.name.clone(),
        version: found + 1,
        definition: new.definition.clone(),
        owner: new.owner.clone(),
        created_at: created_at.unwrap_or(new.at),
        updated_at: new.at,
    };
    let row = values![
        written.name.as_str(),
        written.version,
        written.definition.to_string(),
        written.owner.as_deref().map(without_zero),
        written.created_at,
        written.updated_at,
    ];
    let sql = format!("INSERT INTO dashboard ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)");
    tx.execute(&sql, row).await?;
    Ok(written)
}

fn dashboard(row: &Row) -> Result<Dashboard> {
    let name: String = row.get(0)?;
    let definition: String = row.get(2)?;
    Ok(Dashboard {
        version: row.get(1)?,
        definition: json(&format!("dashboard `{name}`"), &definition)?,
        owner: row.get(3)?,
        created_at: row.get(4)?,
        updated_at: row.get(5)?,
        name,
    })
}
