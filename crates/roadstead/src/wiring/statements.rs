//! Every statement of the program is accepted by both engines.

use db::{Db, Statement};

fn all() -> Vec<Statement> {
    let mut all = [super::housekeeping::STATEMENTS.to_vec(), db::all_statements(), flow::all_statements()].concat();
    all.extend(delegation::all_statements());
    all.extend(identity::all_statements());
    all.extend(runs::all_statements());
    all
}

async fn refused(db: &Db) -> Vec<String> {
    let mut refused = Vec::new();
    for statement in all() {
        if let Err(error) = db.check(&statement).await {
            refused.push(format!("{}: {error}", statement.name));
        }
    }
    refused
}

#[tokio::test]
async fn every_statement_is_prepared_by_both_engines() {
    assert!(all().len() > 100, "only {} statements were found", all().len());
    let directory = tempfile::tempdir().expect("a directory");
    let sqlite = Db::open_sqlite(directory.path()).await.expect("SQLite");
    let server = testkit::Postgres::start_without_fsync();
    let postgres = Db::open_postgres(&server.database()).await.expect("PostgreSQL");
    for (engine, db) in [("SQLite", &sqlite), ("PostgreSQL", &postgres)] {
        assert_eq!(refused(db).await, Vec::<String>::new(), "{engine}");
        db.close().await;
    }
}

/// A statement that is declared and in no list would escape the test above.
#[test]
fn every_module_with_statements_is_listed() {
    let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut declaring = 0;
    let mut folders = vec![crates];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() && !path.ends_with("tests") && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs") {
                let text = std::fs::read_to_string(&path).expect("a source file");
                let macros = text.lines().filter(|line| {
                    line.trim_start().starts_with("db::statements! {")
                        || line.starts_with("crate::statements! {")
                        || line.starts_with("statements! {")
                });
                declaring += macros.count();
            }
        }
    }
    let modules: std::collections::HashSet<&str> =
        all().iter().filter_map(|statement| statement.name.rsplit_once("::")).map(|(module, _)| module).collect();
    assert_eq!(declaring, modules.len(), "modules whose statements are listed: {modules:?}");
}
