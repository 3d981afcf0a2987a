//! A transaction: statements in, rows out, no driver types beyond [`Value`].

use futures::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Statement, TryGetable, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Dialect;
use super::failure::{self, Phase};
use crate::{Result, StoreError};

/// SQLite takes 32,766 parameters in a statement, PostgreSQL 65,535.
const MAX_PARAMETERS: usize = 30_000;
/// Rows in one statement; more gains nothing and makes the text long.
const MAX_ROWS: usize = 500;

/// A list of parameters.
macro_rules! values {
    ($($value:expr),* $(,)?) => { [$($crate::db::Value::from($value)),*] };
}
pub(crate) use values;

/// What a list of keys can hold.
pub(crate) trait Key: Serialize + Sync {
    /// Its type in SQL.
    const KIND: &'static str;
}

impl Key for i64 {
    const KIND: &'static str = "BIGINT";
}

impl Key for String {
    const KIND: &'static str = "TEXT";
}

/// An open transaction.
pub(crate) struct Tx {
    inner: DatabaseTransaction,
    dialect: Dialect,
    doing: &'static str,
}

/// A row of a result.
pub(crate) struct Row {
    inner: QueryResult,
    doing: &'static str,
}

impl Tx {
    pub(crate) fn new(inner: DatabaseTransaction, dialect: Dialect, doing: &'static str) -> Tx {
        Tx { inner, dialect, doing }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(crate) fn into_inner(self) -> DatabaseTransaction {
        self.inner
    }

    /// Runs a statement; returns how many rows it changed. Parameters are `$1`, `$2` …
    pub(crate) async fn execute(
        &self,
        sql: &str,
        parameters: impl Into<Vec<Value>>,
    ) -> Result<u64> {
        let ended = self.inner.execute_raw(self.statement(sql, parameters)).await;
        Ok(ended.map_err(|error| self.failed(error))?.rows_affected())
    }

    /// Runs several statements without parameters.
    pub(crate) async fn script(&self, sql: &str) -> Result<()> {
        let ended = self.inner.execute_unprepared(sql).await;
        ended.map_err(|error| self.failed(error))?;
        Ok(())
    }

    pub(crate) async fn rows(
        &self,
        sql: &str,
        parameters: impl Into<Vec<Value>>,
    ) -> Result<Vec<Row>> {
        let found = self.inner.query_all_raw(self.statement(sql, parameters)).await;
        let found = found.map_err(|error| self.failed(error))?;
        Ok(found.into_iter().map(|inner| Row { inner, doing: self.doing }).collect())
    }

    pub(crate) async fn row(
        &self,
        sql: &str,
        parameters: impl Into<Vec<Value>>,
    ) -> Result<Option<Row>> {
        let found = self.inner.query_one_raw(self.statement(sql, parameters)).await;
        let found = found.map_err(|error| self.failed(error))?;
        Ok(found.map(|inner| Row { inner, doing: self.doing }))
    }

    /// The only row of a result that always has one.
    pub(crate) async fn one(&self, sql: &str, parameters: impl Into<Vec<Value>>) -> Result<Row> {
        let missing = || StoreError::corrupt("the catalog", format!("`{sql}` finds no row"));
        self.row(sql, parameters).await?.ok_or_else(missing)
    }

    /// Inserts rows, many per statement; returns how many went in. `ending` may say what happens
    /// to rows that exist.
    ///
    /// The rows are taken before the first statement runs, so pass large lists in parts.
    pub(crate) fn insert<'a, const N: usize>(
        &'a self,
        table: &str,
        columns: [&str; N],
        rows: impl Iterator<Item = [Value; N]>,
        ending: &str,
    ) -> BoxFuture<'a, Result<u64>> {
        let n_at_once = (MAX_PARAMETERS / N).clamp(1, MAX_ROWS);
        let columns = columns.join(", ");
        let (mut rows, mut statements) = (rows.peekable(), Vec::new());
        while rows.peek().is_some() {
            let parameters: Vec<Value> = rows.by_ref().take(n_at_once).flatten().collect();
            let places = tuples(parameters.len() / N, N);
            let sql = format!("INSERT INTO {table} ({columns}) VALUES {places} {ending}");
            statements.push((sql, parameters));
        }
        Box::pin(async move {
            let mut n_inserted = 0;
            for (sql, parameters) in statements {
                n_inserted += self.execute(&sql, parameters).await?;
            }
            Ok(n_inserted)
        })
    }

    /// Every row of `SELECT {columns} {from}`, packed by the database into one JSON text: for many
    /// small rows, many times faster than one by one. In no particular order; no byte columns.
    pub(crate) async fn packed<T: DeserializeOwned>(
        &self,
        columns: &str,
        from: &str,
        parameters: impl Into<Vec<Value>>,
    ) -> Result<Vec<T>> {
        let sql = match self.dialect {
            Dialect::Sqlite => format!("SELECT json_group_array(json_array({columns})) {from}"),
            Dialect::Postgres => format!(
                "SELECT CAST(COALESCE(json_agg(json_build_array({columns})), '[]') AS TEXT) {from}"
            ),
        };
        let text: String = self.one(&sql, parameters).await?.get(0)?;
        serde_json::from_str(&text)
            .map_err(|source| StoreError::Database { doing: self.doing, source: Box::new(source) })
    }

    /// Inserts rows given as tuples, packed into one JSON text like [`Tx::packed`]; returns how
    /// many went in. `columns` are names with their types, all `BIGINT` or `TEXT`.
    pub(crate) async fn insert_packed<T: Serialize>(
        &self,
        table: &str,
        columns: &[(&str, &str)],
        rows: &[T],
        ending: &str,
    ) -> Result<u64> {
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let field = |(place, (_, kind)): (usize, &(&str, &str))| match self.dialect {
            Dialect::Sqlite => format!("value ->> {place}"),
            Dialect::Postgres => format!("CAST(value ->> {place} AS {kind})"),
        };
        let fields: Vec<String> = columns.iter().enumerate().map(field).collect();
        let each = match self.dialect {
            Dialect::Sqlite => "jsonb_each($1)",
            Dialect::Postgres => "json_array_elements(CAST($1 AS json)) AS packed(value)",
        };
        let sql = format!(
            // SQLite reads `ON CONFLICT` after a bare `FROM` as part of a join.
            "INSERT INTO {table} ({}) SELECT {} FROM {each} WHERE 1 = 1 {ending}",
            names.join(", "),
            fields.join(", ")
        );
        self.execute(&sql, [self.json(rows)?]).await
    }

    /// A list of keys as one parameter; `{keys}` in the SQL stands for it, to be used as
    /// `id IN {keys}`, with the list as `$1`.
    pub(crate) fn keys<K: Key>(&self, sql: &str, keys: &[K]) -> Result<(String, Value)> {
        let list = match self.dialect {
            Dialect::Sqlite => "(SELECT value FROM json_each($1))".to_owned(),
            Dialect::Postgres => format!(
                "(SELECT CAST(value AS {}) FROM json_array_elements_text(CAST($1 AS json)) \
                 AS packed(value))",
                K::KIND
            ),
        };
        Ok((sql.replace("{keys}", &list), self.json(keys)?))
    }

    /// The rows of a statement with one list of keys.
    pub(crate) async fn rows_for<K: Key>(&self, sql: &str, keys: &[K]) -> Result<Vec<Row>> {
        let (sql, list) = self.keys(sql, keys)?;
        self.rows(&sql, [list]).await
    }

    /// Runs a statement with one list of keys; returns how many rows it changed.
    pub(crate) async fn execute_for<K: Key>(&self, sql: &str, keys: &[K]) -> Result<u64> {
        let (sql, list) = self.keys(sql, keys)?;
        self.execute(&sql, [list]).await
    }

    fn json<T: Serialize + ?Sized>(&self, value: &T) -> Result<Value> {
        let text = serde_json::to_string(value)
            .map_err(|source| StoreError::Database { doing: self.doing, source: Box::new(source) });
        Ok(Value::from(text?))
    }

    /// PostgreSQL lets several transactions write; ours come one after the other, so that
    /// sequences and snapshots become visible in their order.
    pub(crate) async fn lock_out_other_writers(&self) -> Result<()> {
        if self.dialect == Dialect::Postgres {
            // The number is arbitrary but must never change: it is the name of the lock.
            self.script("SELECT pg_advisory_xact_lock(7306372810983)").await?;
        }
        Ok(())
    }

    fn statement(&self, sql: &str, parameters: impl Into<Vec<Value>>) -> Statement {
        Statement::from_sql_and_values(self.dialect.backend(), sql, parameters.into())
    }

    fn failed(&self, error: sea_orm::DbErr) -> StoreError {
        failure::classify(self.dialect, self.doing, Phase::Work, error)
    }
}

impl Row {
    /// The value of the column at that place, from 0.
    pub(crate) fn get<T: TryGetable>(&self, index: usize) -> Result<T> {
        self.inner
            .try_get_by_index(index)
            .map_err(|source| StoreError::Database { doing: self.doing, source: Box::new(source) })
    }
}

/// `($1, $2), ($3, $4)` for two rows of two columns.
fn tuples(n_rows: usize, n_columns: usize) -> String {
    use std::fmt::Write;
    let mut places = String::with_capacity(n_rows * n_columns * 7);
    for row in 0..n_rows {
        places.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..n_columns {
            let comma = if column == 0 { "" } else { ", " };
            // Writing to a `String` cannot fail.
            let _ = write!(places, "{comma}${}", row * n_columns + column + 1);
        }
        places.push(')');
    }
    places
}

#[cfg(test)]
mod tests {
    use super::tuples;

    #[test]
    fn places_are_numbered_row_by_row() {
        assert_eq!(tuples(1, 3), "($1, $2, $3)");
        assert_eq!(tuples(2, 2), "($1, $2), ($3, $4)");
    }
}
