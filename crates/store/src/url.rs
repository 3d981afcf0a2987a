//! Where the operational database is: a file for SQLite, a URL for PostgreSQL.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::StoreError;

/// Where the operational database is.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// Path of an SQLite file; its folder must exist.
    Sqlite(PathBuf),
    /// `postgres://…` or `postgresql://…`.
    Postgres(String),
}

impl FromStr for DatabaseUrl {
    type Err = StoreError;

    /// Reads `postgres://…`, `postgresql://…`, `sqlite:PATH` or a plain path.
    fn from_str(text: &str) -> Result<DatabaseUrl, StoreError> {
        let refuse = |reason: &str| {
            Err(StoreError::Url { url: without_password(text), reason: reason.to_owned() })
        };
        let Some((scheme, _)) = text.split_once("://") else {
            let path = text.strip_prefix("sqlite:").unwrap_or(text);
            return match path {
                "" => refuse("the path is empty"),
                ":memory:" => refuse("a workspace must outlive the process"),
                path => Ok(DatabaseUrl::Sqlite(PathBuf::from(path))),
            };
        };
        match scheme {
            "postgres" | "postgresql" => Ok(DatabaseUrl::Postgres(text.to_owned())),
            "sqlite" => Ok(DatabaseUrl::Sqlite(PathBuf::from(&text["sqlite://".len()..]))),
            _ => refuse("only SQLite and PostgreSQL are known"),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DatabaseUrl::Sqlite(path) => write!(formatter, "{}", path.display()),
            DatabaseUrl::Postgres(url) => formatter.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    /// Like `Display`: a password never reaches a log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The URL with the password and every parameter left out: either may hold a secret.
fn without_password(url: &str) -> String {
    let plain = url.split_once('?').map_or(url, |(before, _)| before);
    let Some((scheme, rest)) = plain.split_once("://") else { return plain.to_owned() };
    let Some((credentials, host)) = rest.rsplit_once('@') else { return plain.to_owned() };
    let name = credentials.split_once(':').map_or(credentials, |(name, _)| name);
    format!("{scheme}://{name}@{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_urls_are_told_apart() {
        let sqlite = |path: &str| DatabaseUrl::Sqlite(PathBuf::from(path));
        for (text, expected) in [
            ("data/perennial.db", sqlite("data/perennial.db")),
            ("sqlite:data/perennial.db", sqlite("data/perennial.db")),
            ("sqlite:///srv/perennial.db", sqlite("/srv/perennial.db")),
            ("a?b.db", sqlite("a?b.db")),
            ("postgres://h/d", DatabaseUrl::Postgres("postgres://h/d".to_owned())),
            ("postgresql://h/d", DatabaseUrl::Postgres("postgresql://h/d".to_owned())),
        ] {
            assert_eq!(text.parse::<DatabaseUrl>().unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_database_is_refused_without_its_password() {
        for text in ["", "sqlite:", ":memory:", "mysql://a:secret@h/d"] {
            let error = text.parse::<DatabaseUrl>().unwrap_err();
            assert!(matches!(error, StoreError::Url { .. }), "{text}");
            assert!(!error.to_string().contains("secret"));
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        for text in ["postgres://ann:secret@h:5432/d", "postgres://h/d?user=a&password=secret"] {
            let url: DatabaseUrl = text.parse().unwrap();
            assert!(!format!("{url} {url:?}").contains("secret"));
        }
    }
}
