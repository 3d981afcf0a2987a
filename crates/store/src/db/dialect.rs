//! Where SQLite and PostgreSQL say the same thing differently.

use crate::DatabaseUrl;

/// Which of the two databases it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    pub(crate) fn of(url: &DatabaseUrl) -> Dialect {
        match url {
            DatabaseUrl::Sqlite(_) => Dialect::Sqlite,
            DatabaseUrl::Postgres(_) => Dialect::Postgres,
        }
    }

    pub(crate) fn backend(self) -> sea_orm::DbBackend {
        match self {
            Dialect::Sqlite => sea_orm::DbBackend::Sqlite,
            Dialect::Postgres => sea_orm::DbBackend::Postgres,
        }
    }

    /// A text parameter written into a column of instants.
    pub(crate) fn instant(self, parameter: &str) -> String {
        self.cast(parameter, "timestamptz")
    }

    /// A text parameter written into a column of uuids.
    pub(crate) fn uuid(self, parameter: &str) -> String {
        self.cast(parameter, "uuid")
    }

    /// A column of instants read as text, as `2024-01-01 00:00:00.5+00`.
    pub(crate) fn instant_text(self, column: &str) -> String {
        match self {
            Dialect::Sqlite => column.to_owned(),
            Dialect::Postgres => {
                format!("to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'")
            }
        }
    }

    /// The words of a migration that differ.
    pub(crate) fn ddl(self, template: &str) -> String {
        let words: [(&str, &str, &str); 6] = [
            ("{bool}", "BIGINT", "BOOLEAN"),
            ("{instant}", "VARCHAR", "TIMESTAMPTZ"),
            ("{uuid}", "VARCHAR", "UUID"),
            ("{bytes}", "BLOB", "BYTEA"),
            // An alias of SQLite's own row number: no second index to keep.
            ("{key}", "INTEGER PRIMARY KEY", "BIGINT PRIMARY KEY"),
            (
                "{serial}",
                "INTEGER PRIMARY KEY AUTOINCREMENT",
                "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
            ),
        ];
        words.iter().fold(template.to_owned(), |sql, (word, sqlite, postgres)| {
            let meaning = match self {
                Dialect::Sqlite => sqlite,
                Dialect::Postgres => postgres,
            };
            sql.replace(word, meaning)
        })
    }

    fn cast(self, parameter: &str, kind: &str) -> String {
        match self {
            Dialect::Sqlite => parameter.to_owned(),
            Dialect::Postgres => format!("CAST({parameter} AS {kind})"),
        }
    }
}
