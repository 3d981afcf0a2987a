//! PostgreSQL: one connection that writes, a few that only read.

use std::str::FromStr;

use sea_orm::sqlx::ConnectOptions;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sea_orm::{ConnectionTrait, DatabaseConnection, SqlxPostgresConnector, Statement};

use super::Dialect;
use super::failure::{Phase, classify};
use crate::{DatabaseUrl, Result, StoreError};

const N_READERS: u32 = 8;
const OPENING: &str = "opening the database";

pub(super) async fn writer(url: &str) -> Result<DatabaseConnection> {
    // A server set to acknowledge early would break the promise that accepted means durable.
    let options = options(url)?.options([("synchronous_commit", "on")]);
    let connection = connect(options, 1).await?;
    refuse_other_encodings(&connection).await?;
    Ok(connection)
}

pub(super) async fn readers(url: &str) -> Result<DatabaseConnection> {
    let options = options(url)?.options([("default_transaction_read_only", "on")]);
    connect(options, N_READERS).await
}

fn options(url: &str) -> Result<PgConnectOptions> {
    let options = PgConnectOptions::from_str(url).map_err(|source| StoreError::Url {
        url: DatabaseUrl::Postgres(url.to_owned()).to_string(),
        reason: source.to_string(),
    })?;
    Ok(options.application_name("perennial").disable_statement_logging())
}

async fn connect(options: PgConnectOptions, n_connections: u32) -> Result<DatabaseConnection> {
    let pool =
        PgPoolOptions::new().max_connections(n_connections).connect_with(options).await.map_err(
            |error| {
                let error = sea_orm::DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into()));
                classify(Dialect::Postgres, OPENING, Phase::Work, error)
            },
        )?;
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
}

async fn refuse_other_encodings(connection: &DatabaseConnection) -> Result<()> {
    let ask = Statement::from_string(sea_orm::DbBackend::Postgres, "SHOW server_encoding");
    let failed = |error| classify(Dialect::Postgres, OPENING, Phase::Work, error);
    let row = connection.query_one_raw(ask).await.map_err(failed)?;
    let encoding: String = match row {
        Some(row) => row.try_get_by_index(0).map_err(failed)?,
        None => String::new(),
    };
    match encoding.as_str() {
        "UTF8" => Ok(()),
        _ => Err(StoreError::Encoding { encoding }),
    }
}
