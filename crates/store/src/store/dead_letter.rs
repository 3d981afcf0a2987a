//! Dead letters: the rows that could not be taken, as they were read, and why.

use super::Store;
use super::import::without_zero;
use crate::db::{Row, Tx, Value, values};
use crate::{DeadLetter, MAX_RAW_BYTES, NewDeadLetter, Result};

impl Store {
    /// Keeps rows that could not be taken, outside of a commit.
    pub async fn put_dead_letters(&self, letters: Vec<NewDeadLetter>) -> Result<()> {
        self.db
            .write("writing dead letters", move |tx| {
                Box::pin(async move { insert_letters(tx, &letters).await })
            })
            .await
    }

    /// Forgets the dead letters of an import that is read again; returns how many.
    pub async fn discard_dead_letters(&self, import_id: &str) -> Result<u64> {
        let import_id = import_id.to_owned();
        let sql = "DELETE FROM dead_letter WHERE import_id = $1";
        self.db
            .write("discarding dead letters", move |tx| {
                Box::pin(async move { tx.execute(sql, values![import_id]).await })
            })
            .await
    }

    /// Up to `limit` dead letters with an id above `after` (0 for the first ones), by id; those of
    /// one import, or all.
    pub async fn dead_letters(
        &self,
        import_id: Option<&str>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<DeadLetter>> {
        let (condition, parameter) = of_import(import_id);
        let sql = format!(
            "SELECT id, import_id, file, row_number, column_name, value_text, reason, raw, \
             is_capped FROM dead_letter WHERE {condition} AND id > {after} \
             ORDER BY id LIMIT {limit}"
        );
        self.db
            .read("reading dead letters", move |tx| {
                Box::pin(
                    async move { tx.rows(&sql, parameter).await?.iter().map(letter).collect() },
                )
            })
            .await
    }

    /// How many dead letters there are; those of one import, or all.
    pub async fn count_dead_letters(&self, import_id: Option<&str>) -> Result<u64> {
        let (condition, parameter) = of_import(import_id);
        let sql = format!("SELECT COUNT(*) FROM dead_letter WHERE {condition}");
        self.db
            .read("counting dead letters", move |tx| {
                Box::pin(async move {
                    let n_letters: i64 = tx.one(&sql, parameter).await?.get(0)?;
                    Ok(n_letters.unsigned_abs())
                })
            })
            .await
    }
}

fn of_import(import_id: Option<&str>) -> (&'static str, Vec<Value>) {
    match import_id {
        Some(id) => ("import_id = $1", values![id].into()),
        None => ("1 = 1", Vec::new()),
    }
}

pub(super) async fn insert_letters(tx: &Tx, letters: &[NewDeadLetter]) -> Result<()> {
    let columns = [
        "import_id",
        "file",
        "row_number",
        "column_name",
        "value_text",
        "reason",
        "raw",
        "is_capped",
    ];
    // A few at a time: their raw bytes are copied for the driver.
    for some in letters.chunks(50) {
        tx.insert("dead_letter", columns, some.iter().map(row_of), "").await?;
    }
    Ok(())
}

fn row_of(letter: &NewDeadLetter) -> [Value; 8] {
    let raw = letter.raw.get(..MAX_RAW_BYTES).unwrap_or(&letter.raw);
    let value = letter.value.as_deref();
    let is_capped = raw.len() < letter.raw.len()
        || value.is_some_and(|value| capped(value).len() < value.len());
    values![
        letter.import_id.clone(),
        without_zero(&letter.file),
        letter.row,
        letter.column.as_deref().map(without_zero),
        value.map(|value| without_zero(capped(value))),
        letter.reason.as_str(),
        raw.to_vec(),
        i64::from(is_capped),
    ]
}

/// The beginning of a text, no character cut.
fn capped(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_RAW_BYTES)]
}

fn letter(row: &Row) -> Result<DeadLetter> {
    Ok(DeadLetter {
        id: row.get(0)?,
        letter: NewDeadLetter {
            import_id: row.get(1)?,
            file: row.get(2)?,
            row: row.get(3)?,
            column: row.get(4)?,
            value: row.get(5)?,
            reason: row.get(6)?,
            raw: row.get(7)?,
        },
        is_capped: row.get::<i64>(8)? != 0,
    })
}
