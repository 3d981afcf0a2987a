//! Segments: every version is kept, the newest is in force.

use super::{Store, check_name, json};
use crate::db::{Row, Tx, values};
use crate::{Conflict, NewSegment, Result, Segment, StoreError};

const COLUMNS: &str = "name, version, \"condition\", owner, description, created_at, updated_at";

impl Store {
    /// Every segment in its newest version, by name.
    pub async fn segments(&self) -> Result<Vec<Segment>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM segment AS own WHERE version = \
             (SELECT MAX(version) FROM segment AS other WHERE other.name = own.name)"
        );
        let read = self.db.read("reading segments", move |tx| {
            Box::pin(async move { tx.rows(&sql, []).await?.iter().map(segment).collect() })
        });
        let mut segments: Vec<Segment> = read.await?;
        // Databases sort names each in their own way.
        segments.sort_unstable_by(|left, right| left.name.cmp(&right.name));
        Ok(segments)
    }

    /// Every version of a segment, newest first; none where there is no such segment.
    pub async fn segment_versions(&self, name: &str) -> Result<Vec<Segment>> {
        let sql = format!("SELECT {COLUMNS} FROM segment WHERE name = $1 ORDER BY version DESC");
        let name = name.to_owned();
        self.db
            .read("reading a segment", move |tx| {
                Box::pin(async move {
                    tx.rows(&sql, values![name]).await?.iter().map(segment).collect()
                })
            })
            .await
    }

    /// Writes a new version of a segment; `expected` is the version the caller has seen, 0 for a
    /// segment that must not exist yet.
    ///
    /// # Errors
    /// [`Conflict::SegmentVersion`] where another version is in force, [`StoreError::Invalid`] where
    /// the name cannot be one.
    pub async fn put_segment(&self, new: &NewSegment, expected: i64) -> Result<Segment> {
        check_name("segment", &new.name)?;
        let new = new.clone();
        self.db
            .write("writing a segment", move |tx| {
                Box::pin(async move { put(tx, &new, expected).await })
            })
            .await
    }

    /// Forgets a segment with all its versions; returns how many there were.
    pub async fn delete_segment(&self, name: &str) -> Result<u64> {
        let name = name.to_owned();
        self.db
            .write("deleting a segment", move |tx| {
                Box::pin(async move {
                    tx.execute("DELETE FROM segment WHERE name = $1", values![name]).await
                })
            })
            .await
    }
}

async fn put(tx: &Tx, new: &NewSegment, expected: i64) -> Result<Segment> {
    let sql = "SELECT COALESCE(MAX(version), 0), MIN(created_at) FROM segment WHERE name = $1";
    let row = tx.one(sql, values![new.name.as_str()]).await?;
    let (found, created_at): (i64, Option<i64>) = (row.get(0)?, row.get(1)?);
    if found != expected {
        let name = new.name.clone();
        return Err(StoreError::Conflict(Conflict::SegmentVersion { name, expected, found }));
    }
    let written = Segment {
        name: new.name.clone(),
        version: found + 1,
        condition: new.condition.clone(),
        owner: new.owner.clone(),
        description: new.description.clone(),
        created_at: created_at.unwrap_or(new.at),
        updated_at: new.at,
    };
    let row = values![
        written.name.as_str(),
        written.version,
        written.condition.to_string(),
        written.owner.as_deref().map(super::import::without_zero),
        written.description.as_deref().map(super::import::without_zero),
        written.created_at,
        written.updated_at,
    ];
    let sql = format!("INSERT INTO segment ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)");
    tx.execute(&sql, row).await?;
    Ok(written)
}

fn segment(row: &Row) -> Result<Segment> {
    let name: String = row.get(0)?;
    let condition: String = row.get(2)?;
    Ok(Segment {
        version: row.get(1)?,
        condition: json(&format!("segment `{name}`"), &condition)?,
        owner: row.get(3)?,
        description: row.get(4)?,
        created_at: row.get(5)?,
        updated_at: row.get(6)?,
        name,
    })
}
