//! Flows on both engines against a world of files: what crashes, wakes, fences and undoes must not break.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a failing test is a panic")]

mod backward;
mod crash;
mod events;
mod forward;
mod gateways;
mod toy;
mod waiting;

use db::{Db, Statement, args};
use flow::{Engine, NewFlow, Options, Timeline};
use model::id::{FlowId, GatewayId, RunId};
use model::time::{Clock, SystemClock};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use testkit::{Postgres, await_until};
use toy::{Script, Toy, World};

/// How long anything may take before the test calls it a stall.
const LIMIT: Duration = Duration::from_secs(20);

const TABLES: [Statement; 4] = [
    Statement { name: "made", sql: "CREATE TABLE made (flow TEXT, step TEXT, host TEXT)" },
    Statement { name: "touched", sql: "CREATE TABLE touched (subject TEXT PRIMARY KEY, times BIGINT)" },
    Statement { name: "turned", sql: "CREATE TABLE turned (flow TEXT PRIMARY KEY, cause TEXT)" },
    Statement { name: "ended", sql: "CREATE TABLE ended (flow TEXT, ending TEXT, PRIMARY KEY (flow, ending))" },
];
const MADE: Statement =
    Statement { name: "made", sql: "SELECT step || ' ' || host AS text FROM made WHERE flow = $1 ORDER BY step, host" };
const TURNED: Statement = Statement { name: "turned", sql: "SELECT cause AS text FROM turned WHERE flow = $1" };
const ENDED: Statement = Statement { name: "ended", sql: "SELECT ending AS text FROM ended WHERE flow = $1 ORDER BY ending" };

/// A database with the toy's tables, a world, and one run that flows are about.
struct Scene {
    db: Db,
    world: World,
    run: RunId,
    timeline: Timeline,
    _directory: TempDir,
}

impl Scene {
    async fn sqlite() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let db = Db::open_sqlite(&directory.path().join("database")).await.expect("open SQLite");
        Self::of(db, directory).await
    }

    async fn postgres() -> Self {
        let db = Db::open_postgres(&Postgres::shared().database()).await.expect("open PostgreSQL");
        Self::of(db, tempfile::tempdir().expect("a directory")).await
    }

    async fn both() -> [Self; 2] {
        [Self::sqlite().await, Self::postgres().await]
    }

    async fn of(db: Db, directory: TempDir) -> Self {
        let world = World::at(directory.path().join("world"));
        make_tables(&db).await;
        let (run, timeline) = (RunId::new(seed()), Timeline::new(db.clone()));
        Self { db, world, run, timeline, _directory: directory }
    }

    fn engine(&self, options: Options, script: &Script) -> Engine {
        let toy = Toy { world: self.world.clone(), host: options.host.clone(), version: 1, script: script.clone() };
        self.engine_of(options, toy)
    }

    fn engine_of(&self, options: Options, toy: Toy) -> Engine {
        Engine::new(self.db.clone(), self.timeline.clone(), options, vec![Arc::new(toy)])
    }

    /// A flow that is not started yet.
    fn new_flow(&self) -> NewFlow {
        new_flow(&self.run)
    }

    async fn start(&self, engine: &Engine) -> FlowId {
        let (new, mut tx) = (self.new_flow(), self.db.begin().await.expect("begin"));
        let id = new.id.clone();
        engine.start(&mut tx, new).await.expect("start");
        tx.commit().await.expect("commit");
        id
    }

    async fn wake(&self, engine: &Engine) {
        let mut tx = self.db.begin().await.expect("begin");
        engine.wake(&mut tx, self.run.as_str()).await.expect("wake");
        tx.commit().await.expect("commit");
    }

    async fn row(&self, id: &FlowId) -> Option<flow::FlowRow> {
        let rows = flow::list(&self.db, "", "", 1_000).await.expect("list");
        rows.into_iter().find(|row| row.id == *id)
    }

    async fn until(&self, id: &FlowId, status: &str) {
        let look = async || self.row(id).await.filter(|row| row.status == status).map(drop);
        await_until(LIMIT, &format!("the flow being {status}"), look).await;
    }

    async fn texts(&self, statement: &Statement, id: &FlowId) -> Vec<String> {
        let rows = self.db.rows(statement, args![id.as_str()]).await.expect("read");
        rows.iter().map(|row| row.get("text").expect("text")).collect()
    }

    /// The timeline as text: `a+`, `b+!` (failed), `b-`.
    async fn told(&self) -> Vec<String> {
        let events = self.timeline.of_subject(self.run.as_str(), 0, 10_000).await.expect("events");
        let numbers: Vec<i64> = events.iter().map(|numbered| numbered.event.seq).collect();
        assert_eq!(numbers, (1..=events.len() as i64).collect::<Vec<_>>(), "numbered without gaps");
        events.iter().map(|numbered| toy::text_of(&numbered.event.what)).collect()
    }
}

async fn make_tables(db: &Db) {
    let mut tx = db.begin().await.expect("begin");
    for table in &TABLES {
        tx.execute(table, args![]).await.expect("make a table");
    }
    tx.commit().await.expect("commit");
}

fn new_flow(run: &RunId) -> NewFlow {
    NewFlow {
        id: FlowId::new(seed()),
        kind: "toy",
        subject: run.to_string(),
        audience: "everyone".to_owned(),
        input: serde_json::json!({ "given": 1 }),
        runs_on: None,
    }
}

fn options(host: &str, lease: Duration) -> Options {
    Options { gateway: GatewayId::new(seed()), host: host.to_owned(), lease, concurrency: 8 }
}

/// A lease that no test outlives: whatever is taken over before it ran out was given back.
fn long_lease() -> Options {
    options("here", Duration::from_secs(600))
}

fn seed() -> model::id::Seed {
    db::seed(SystemClock.now()).expect("randomness")
}

/// Runs an engine beside the test.
fn run(engine: &Engine) -> tokio::task::JoinHandle<()> {
    let engine = engine.clone();
    tokio::spawn(async move { engine.run().await })
}

#[tokio::test]
async fn every_statement_is_understood_by_both_engines() {
    for scene in Scene::both().await {
        for statement in flow::all_statements() {
            scene.db.check(&statement).await.unwrap_or_else(|error| panic!("{}: {error}", statement.name));
        }
    }
}
