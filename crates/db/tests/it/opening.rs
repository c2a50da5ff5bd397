use crate::{postgres, sqlite};
use db::{Db, DbError, Statement, args};
use std::os::unix::fs::PermissionsExt;
use testkit::Postgres;

const FROM_THE_FUTURE: Statement = Statement { name: "future", sql: "INSERT INTO migration (version) VALUES (999)" };
const DEPLOYMENTS: Statement = Statement { name: "deployments", sql: "SELECT value FROM setting WHERE name = 'deployment'" };

#[tokio::test]
async fn one_gateway_a_directory_and_the_deployment_keeps_its_name() {
    let (db, directory) = sqlite().await;
    let name = db.deployment().clone();
    assert!(matches!(Db::open_sqlite(directory.path()).await, Err(DbError::InUse { .. })));
    db.close().await;
    drop(db);
    let again = Db::open_sqlite(directory.path()).await.expect("it is free now");
    assert_eq!(*again.deployment(), name);
    assert!(!again.is_shared());
    for file in ["roadstead.db", "roadstead.db-wal", "roadstead.db-shm", "gateway.lock"] {
        let mode = std::fs::metadata(directory.path().join(file)).expect(file).permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file} can be read by others ({mode:o})");
    }
}

async fn add_a_future_migration(db: &Db) {
    let mut tx = db.begin().await.expect("begin");
    tx.execute(&FROM_THE_FUTURE, args![]).await.expect("insert");
    tx.commit().await.expect("commit");
    db.close().await;
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let (db, directory) = sqlite().await;
    add_a_future_migration(&db).await;
    drop(db);
    let url = Postgres::shared().database();
    let db = Db::open_postgres(&url).await.expect("open");
    add_a_future_migration(&db).await;
    let refused = [Db::open_sqlite(directory.path()).await, Db::open_postgres(&url).await];
    for opened in refused {
        assert!(matches!(opened, Err(DbError::SchemaNewer { found: 999, known: 1..999 })));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gateways_that_start_together_on_an_empty_database_agree() {
    let url = Postgres::shared().database();
    let opening: Vec<_> = (0..3)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { Db::open_postgres(&url).await })
        })
        .collect();
    let mut names = Vec::new();
    for opened in opening {
        let db = opened.await.expect("no panic").expect("open");
        assert!(db.is_shared() && db.generation().is_none(), "others may write: nothing can be kept by generation");
        let kept = db.row(&DEPLOYMENTS, args![]).await.expect("read").expect("a row");
        assert_eq!(kept.get::<String>("value").expect("text"), db.deployment().to_string());
        names.push(db.deployment().clone());
    }
    names.dedup();
    assert_eq!(names.len(), 1);
}

#[tokio::test]
async fn every_statement_is_understood_by_both_engines_and_their_clocks_agree() {
    let (sqlite, _directory) = sqlite().await;
    let postgres = postgres().await;
    for statement in db::all_statements() {
        for db in [&sqlite, &postgres] {
            db.check(&statement).await.unwrap_or_else(|error| panic!("{}: {error}", statement.name));
        }
    }
    let nonsense = Statement { name: "nonsense", sql: "SELECT nothing FROM nowhere" };
    assert!(sqlite.check(&nonsense).await.is_err() && postgres.check(&nonsense).await.is_err());
    let (here, there) = (sqlite.now_ms().await.expect("a clock"), postgres.now_ms().await.expect("a clock"));
    assert!(here.abs_diff(there) < 5_000, "{here} and {there}");
}
