//! Bringing a database to the schema of this program, under a lock, in one transaction for each step.
//!
//! Migrations only expand (new tables, new columns with defaults); what an older program still reads is removed one
//! version later. So gateways of two adjacent versions run on one database during an upgrade, but a program never
//! starts on a schema that is newer than itself.

use crate::{Db, DbError, Engine, args, random_bytes};
use model::id::{DeploymentId, Seed};
use sqlx::{Executor, SqlSafeStr};
use std::time::{SystemTime, UNIX_EPOCH};

struct Migration {
    version: i64,
    sqlite: &'static str,
    postgres: &'static str,
}

const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        sqlite: include_str!("../migrations/sqlite/0001_first.sql"),
        postgres: include_str!("../migrations/postgres/0001_first.sql"),
    },
    Migration {
        version: 2,
        sqlite: include_str!("../migrations/sqlite/0002_sessions.sql"),
        postgres: include_str!("../migrations/postgres/0002_sessions.sql"),
    },
    Migration {
        version: 3,
        sqlite: include_str!("../migrations/sqlite/0003_using.sql"),
        postgres: include_str!("../migrations/postgres/0003_using.sql"),
    },
    Migration {
        version: 4,
        sqlite: include_str!("../migrations/sqlite/0004_people.sql"),
        postgres: include_str!("../migrations/postgres/0004_people.sql"),
    },
    Migration {
        version: 5,
        sqlite: include_str!("../migrations/sqlite/0005_login.sql"),
        postgres: include_str!("../migrations/postgres/0005_login.sql"),
    },
    Migration {
        version: 6,
        sqlite: include_str!("../migrations/sqlite/0006_delegation.sql"),
        postgres: include_str!("../migrations/postgres/0006_delegation.sql"),
    },
    Migration {
        version: 7,
        sqlite: include_str!("../migrations/sqlite/0007_communities.sql"),
        postgres: include_str!("../migrations/postgres/0007_communities.sql"),
    },
    Migration {
        version: 8,
        sqlite: include_str!("../migrations/sqlite/0008_device_login.sql"),
        postgres: include_str!("../migrations/postgres/0008_device_login.sql"),
    },
    Migration {
        version: 9,
        sqlite: include_str!("../migrations/sqlite/0009_keys.sql"),
        postgres: include_str!("../migrations/postgres/0009_keys.sql"),
    },
    Migration {
        version: 10,
        sqlite: include_str!("../migrations/sqlite/0010_machines.sql"),
        postgres: include_str!("../migrations/postgres/0010_machines.sql"),
    },
    Migration {
        version: 11,
        sqlite: include_str!("../migrations/sqlite/0011_pools.sql"),
        postgres: include_str!("../migrations/postgres/0011_pools.sql"),
    },
];

const TABLE: &str = "CREATE TABLE IF NOT EXISTS migration (version BIGINT PRIMARY KEY)";
/// Any number, as long as every gateway takes the same.
const PG_LOCK: &str = "SELECT pg_advisory_xact_lock(7214019871)";

crate::statements! {
    SCHEMA = "SELECT coalesce(max(version), 0) AS version FROM migration";
    RECORD = "INSERT INTO migration (version) VALUES ($1)";
    DEPLOYMENT = "SELECT value FROM setting WHERE name = 'deployment'";
    NAME_DEPLOYMENT = "INSERT INTO setting (name, value) VALUES ('deployment', $1) ON CONFLICT (name) DO NOTHING";
}

pub(crate) async fn run(engine: &Engine) -> Result<(), DbError> {
    let known = MIGRATIONS.last().map_or(0, |migration| migration.version);
    loop {
        let mut tx = begin(engine).await?;
        let row = tx.row(&SCHEMA, args![]).await?.ok_or(DbError::NoRow)?;
        let found: i64 = row.get("version")?;
        if found > known {
            return Err(DbError::SchemaNewer { found, known });
        }
        let Some(next) = MIGRATIONS.iter().find(|migration| migration.version > found) else { return tx.commit().await };
        tx.script(match engine {
            Engine::Sqlite(_) => next.sqlite,
            Engine::Pg(_) => next.postgres,
        })
        .await?;
        tx.execute(&RECORD, args![next.version]).await?;
        tx.commit().await?;
        tracing::info!(version = next.version, "database migrated");
    }
}

/// A transaction in which no other gateway migrates.
async fn begin(engine: &Engine) -> Result<crate::Tx, DbError> {
    let mut tx = match engine {
        Engine::Sqlite(sqlite) => crate::Tx::sqlite(sqlite.begin().await?),
        Engine::Pg(pool) => {
            let mut tx = pool.begin().await?;
            tx.execute(sqlx::raw_sql(PG_LOCK.into_sql_str())).await?;
            crate::Tx::postgres(tx)
        }
    };
    tx.script(TABLE).await?;
    Ok(tx)
}

pub(crate) async fn deployment(engine: &Engine) -> Result<DeploymentId, DbError> {
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let fresh = DeploymentId::new(Seed { millis: u64::try_from(millis).unwrap_or(0), random: random_bytes()? });
    let db = Db { engine: engine.clone(), deployment: fresh.clone() };
    let known = db.row(&DEPLOYMENT, args![]).await?;
    if let Some(row) = known {
        return row.parse("value");
    }
    let mut tx = db.begin().await?;
    tx.execute(&NAME_DEPLOYMENT, args![fresh.as_str()]).await?;
    tx.commit().await?;
    let row = db.row(&DEPLOYMENT, args![]).await?.ok_or(DbError::NoRow)?;
    row.parse("value")
}
