//! The table `customer_day`: what was said of each customer on a day, added and never changed.
//!
//! A scoring is the values of one name on one civil day by one version of one model. It is one
//! file, sorted by customer, that a single commit makes part of the lake together with the others
//! it came with. The same version scores the same name and day once: doing it again adds nothing.
//! Another version adds its own beside it, and the later of the two is in force.
//!
//! ```text
//! customer  day         name        value  text  model    sequence
//!        7  2024-01-31  churn_risk  0.83         churn@2      9041
//! ```
//!
//! Files of scorings are not compacted: a day is one file per name, which a reader prunes by.

mod examine;
mod read;
mod table;
mod write;

use std::collections::BTreeSet;

use jiff::civil::Date;
use perennial_engine::sql::Table;
use perennial_store::{NewScoring, ScoreCommit, Scores};
use serde_json::Value;
use tokio::task::spawn_blocking;

pub(crate) use examine::examine;
use read::place_of;
use write::score_schema;

use crate::durable::Placed;
use crate::error::{LakeError, Result};
use crate::lake::{Lake, is_certain, now};

/// The values of one name on one day.
#[derive(Clone, Debug, PartialEq)]
pub struct DayValues {
    /// What they are called.
    pub name: String,
    /// Whose they are; each customer once, in any order.
    pub customers: Vec<i64>,
    /// One per customer; none where it could not be computed. Never NaN, never infinite.
    pub values: Vec<Option<f64>>,
    /// One per customer, where the values have words.
    pub texts: Option<Vec<Option<String>>>,
    /// What is worth showing of them: distribution and drift.
    pub detail: Value,
}

/// What became of a scoring.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scored {
    /// Names that were added.
    pub added: Vec<String>,
    /// Names that this version had scored for that day before.
    pub known: Vec<String>,
    /// Names nobody has a value of.
    pub empty: Vec<String>,
    /// Rows that were added.
    pub n_rows: u64,
    /// The sequence of the rows added.
    pub sequence: Option<i64>,
}

impl Lake {
    /// Adds the values of a day by a version of a model, `name@version`, in one commit.
    ///
    /// # Errors
    /// [`LakeError::BadScore`] names the row of a value that is none, or a customer that stands
    /// twice. Nothing was added then.
    pub async fn put_scores(&self, day: Date, model: &str, days: Vec<DayValues>) -> Result<Scored> {
        let writer = self.writer()?;
        days.iter().try_for_each(DayValues::check)?;
        let _scoring = writer.scoring.lock().await;
        let known = self.scored(day, model).await?;
        let mut scored = Scored::default();
        let mut wanted = Vec::new();
        for one in days {
            match (known.contains(&one.name), one.customers.is_empty()) {
                (true, _) => scored.known.push(one.name),
                (false, true) => scored.empty.push(one.name),
                (false, false) => {
                    scored.added.push(one.name.clone());
                    scored.n_rows += one.customers.len() as u64;
                    wanted.push(one);
                }
            }
        }
        if wanted.is_empty() {
            return Ok(scored);
        }
        let sequence = self.inner.store.reserve_sequence(1).await?;
        scored.sequence = Some(sequence);
        let (folder, drafts) = (self.inner.folder.scores(), writer.drafts.clone());
        let model = model.to_owned();
        let made = spawn_blocking(move || {
            let file = |one| write::file(&drafts, &folder, day, &model, sequence, one);
            wanted.into_iter().map(file).collect::<Result<Vec<_>>>()
        });
        let (scorings, placed): (Vec<NewScoring>, Vec<Placed>) = made.await??.into_iter().unzip();
        self.commit_scores(ScoreCommit { at: now(), sequence, scorings }, placed).await?;
        Ok(scored)
    }

    /// Names that a version has scored for a day.
    async fn scored(&self, day: Date, model: &str) -> Result<BTreeSet<String>> {
        let day = day.to_string();
        let scores = self.inner.store.scores().await?;
        let of = scores.scorings.into_iter().map(|one| one.scoring);
        let of = of.filter(|one| one.day == day && one.model == model);
        Ok(of.map(|one| one.name).collect())
    }

    async fn commit_scores(&self, commit: ScoreCommit, mut placed: Vec<Placed>) -> Result<()> {
        self.inner.failures.hit("before_commit")?;
        // From here on the files may be part of the lake, whatever becomes of this task.
        placed.iter_mut().for_each(Placed::keep);
        let committed = self.inner.store.put_scorings(commit).await;
        if committed.as_ref().is_err_and(is_certain) {
            placed.iter_mut().for_each(Placed::discard);
        }
        committed?;
        self.inner.failures.hit("after_commit")
    }

    /// Every scoring that was made.
    pub async fn scores(&self) -> Result<Scores> {
        Ok(self.inner.store.scores().await?)
    }

    /// `customer_day` for SQL: the scorings in force.
    pub async fn score_table(&self) -> Result<Table> {
        let scores = self.inner.store.scores().await?;
        let pin = self.inner.pins.pin(scores.snapshot_id);
        let folder = self.inner.folder.scores();
        let mut files = Vec::new();
        for scoring in scores.in_force() {
            files.push(place_of(&folder, scoring, &self.inner.score_footers)?);
        }
        Ok(Table::new(perennial_store::DAY_TABLE, table::ScoreTable::new(files, pin)))
    }
}

impl DayValues {
    fn check(&self) -> Result<()> {
        let bad = |row: usize, reason: String| {
            Err(LakeError::BadScore { name: self.name.clone(), row, reason })
        };
        let n_customers = self.customers.len();
        let n_texts = self.texts.as_ref().map_or(n_customers, Vec::len);
        if self.values.len() != n_customers || n_texts != n_customers {
            let n_values = self.values.len();
            let reason = format!("{n_customers} customers, {n_values} values, {n_texts} texts");
            return bad(n_customers.min(n_values).min(n_texts), reason);
        }
        let is_number = |value: &Option<f64>| value.is_none_or(f64::is_finite);
        if let Some(row) = self.values.iter().position(|value| !is_number(value)) {
            let value = self.values.get(row).copied().flatten().unwrap_or(f64::NAN);
            return bad(row, format!("`{value}` is no value"));
        }
        let mut seen = std::collections::HashSet::with_capacity(n_customers);
        match self.customers.iter().position(|customer| *customer < 1 || !seen.insert(*customer)) {
            Some(row) => bad(row, "its customer stands twice, or has no key".to_owned()),
            None => Ok(()),
        }
    }
}
