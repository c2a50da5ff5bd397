//! What the API does not show, read where it is kept.

use crate::world::World;
use db::{Db, Row, Statement, args};

db::statements! {
    FLOWS = "SELECT id || ' ' || subject || ' at ' || step || ': ' || status AS text FROM flow WHERE status NOT IN ('done', 'undone')";
    OWNED = "SELECT attempt || ' ' || name AS text FROM owned WHERE released_at IS NULL OR coalesce(evidence, '') = ''";
    PILOTS = "SELECT id || ' of ' || attempt AS text FROM pilot WHERE gone_at IS NULL";
    SHARES = "SELECT id || ' of ' || run || ': ' || share || ', leased ' || CAST(leased AS TEXT) AS text FROM attempt
        WHERE share <> 'over' OR leased <> 0 OR ended_at IS NULL";
    QUOTAS = "SELECT holder || ': ' || CAST(runs AS TEXT) || ' runs, ' || CAST(cores AS TEXT) || ' thousandths of cores, '
            || CAST(accelerators AS TEXT) || ' accelerators' AS text FROM quota WHERE runs <> 0 OR cores <> 0 OR accelerators <> 0";
    HELD = "SELECT id || ' of ' || run AS text FROM attempt WHERE counted <> 0 OR held_by IS NOT NULL";
    ELEMENTS = "SELECT run || '/' || CAST(idx AS TEXT) || ': ' || state AS text FROM element WHERE state <> 'ended' OR outcome IS NULL";
    ATTEMPTS = "SELECT id, run, coalesce(cause, '') AS cause FROM attempt ORDER BY id";
    RUNS = "SELECT id AS text FROM run";
}

pub struct Attempt {
    pub id: String,
    pub run: String,
    /// Why it ended early, as JSON.
    pub cause: String,
}

pub struct Found {
    /// What should not be there.
    pub left: Vec<String>,
    pub attempts: Vec<Attempt>,
    pub runs: Vec<String>,
}

/// All gateways are stopped: nobody else has the database.
pub fn read(world: &World) -> Found {
    world.api.runtime().block_on(async {
        let db = match &world.database {
            Some(url) => Db::open_postgres(url).await,
            None => Db::open_sqlite(&world.data).await,
        };
        let db = db.expect("open the database");
        let mut left = Vec::new();
        for (what, statement) in [
            ("a flow that has not ended", &FLOWS),
            ("something owned that is not released with evidence", &OWNED),
            ("a pilot that could still use its code or credential", &PILOTS),
            ("an attempt that still has its share", &SHARES),
            ("a quota that still counts something", &QUOTAS),
            ("an attempt that still counts, or waits to", &HELD),
            ("an element that has not ended", &ELEMENTS),
        ] {
            left.extend(texts(&db, statement).await.into_iter().map(|text| format!("{what}: {text}")));
        }
        let rows = db.rows(&ATTEMPTS, args![]).await.expect("the attempts");
        let text = |row: &Row, column| row.get::<String>(column).expect("a text");
        let attempts =
            rows.iter().map(|row| Attempt { id: text(row, "id"), run: text(row, "run"), cause: text(row, "cause") }).collect();
        let runs = texts(&db, &RUNS).await;
        db.close().await;
        Found { left, attempts, runs }
    })
}

async fn texts(db: &Db, statement: &Statement) -> Vec<String> {
    let rows = db.rows(statement, args![]).await.unwrap_or_else(|error| panic!("{}: {error}", statement.name));
    rows.iter().map(|row| row.get("text").expect("a text")).collect()
}
