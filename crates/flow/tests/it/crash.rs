//! `kill -9` at every point of a flow, then a restart: it converges, nothing is done twice, nothing is left.

use crate::toy::{Answer, Script, Toy, World, script};
use crate::{ENDED, LIMIT, Scene, TURNED, long_lease, make_tables, new_flow, options};
use db::{Db, args};
use flow::{Direction, Engine, Options, Timeline};
use model::id::{FlowId, RunId};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use testkit::{Home, Postgres, await_until};

const POINTS: [&str; 5] =
    ["flow.before_step", "flow.before_commit", "flow.after_commit", "flow.before_undo", "flow.before_undo_commit"];
const DATABASE: &str = "CRASH_TEST_DATABASE";
const WORLD: &str = "CRASH_TEST_WORLD";
const RUN: &str = "CRASH_TEST_RUN";
/// A flow per host, so that many cases can share a database and yet touch only what is theirs.
const HOST: &str = "CRASH_TEST_HOST";
const FAILS: &str = "CRASH_TEST_FAILS";

fn failing_if(fails: bool) -> Script {
    script(
        move |call| async move { if fails && call.is("c", Direction::Forward) { Answer::FinalAfterEffect } else { Answer::Done } },
    )
}

async fn until_ended(db: &Db, id: &FlowId) {
    let ended = async || {
        let rows = flow::list(db, "", "", 1_000).await.expect("list");
        rows.iter().any(|row| row.id == *id && row.status != "running").then_some(())
    };
    await_until(LIMIT, "the flow's end", ended).await;
}

/// The process that is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started by the tests below"]
async fn carries_one_flow_out() {
    let Ok(database) = std::env::var(DATABASE) else { return };
    let variable = |name: &str| std::env::var(name).expect(name);
    let db = if database.starts_with("postgres:") {
        Db::open_postgres(&database).await.expect("open PostgreSQL")
    } else {
        let db = Db::open_sqlite(&PathBuf::from(database)).await.expect("open SQLite");
        make_tables(&db).await;
        db
    };
    let host = variable(HOST);
    let run: RunId = variable(RUN).parse().expect("a run");
    let script = failing_if(variable(FAILS) == "true");
    let toy = Toy { world: World::at(PathBuf::from(variable(WORLD))), host: host.clone(), version: 1, script };
    let options = options(&host, LEASE);
    let engine = Engine::new(db.clone(), Timeline::new(db.clone()), options, vec![Arc::new(toy)]);
    let running = crate::run(&engine);
    let new = flow::NewFlow { runs_on: Some(host), ..new_flow(&run) };
    let (id, mut tx) = (new.id.clone(), db.begin().await.expect("begin"));
    engine.start(&mut tx, new).await.expect("start");
    tx.commit().await.expect("commit");
    until_ended(&db, &id).await;
    engine.stop().await;
    running.await.expect("the engine ends");
}

const LEASE: Duration = Duration::from_millis(800);

/// Returns whether the child came so far that it was killed.
async fn case(home: &Home, database: Option<&str>, shared: Option<&Scene>, fails: bool, point: &str, nth: u32) -> bool {
    let host = format!("{point}-{nth}-{fails}");
    let place = home.path().join(&host);
    let (world, run) = (World::at(place.join("world")), RunId::new(crate::seed()));
    let directory = place.join("database");
    let mut command = home.command(std::env::current_exe().expect("this program"));
    command.args(["--ignored", "--exact", "crash::carries_one_flow_out", "--nocapture"]);
    command.env(DATABASE, database.map_or_else(|| directory.clone().into_os_string(), Into::into));
    command.env(WORLD, place.join("world")).env(RUN, run.as_str()).env(HOST, &host).env(FAILS, fails.to_string());
    command.env("ROADSTEAD_FAULT", format!("{point}:{nth}"));
    let mut child = home.start(command);
    let status = await_until(LIMIT, "the child's end", async || child.try_wait()).await;
    assert!(status.success() || status.code().is_none(), "{host}: {}\n{}", child.stdout(), child.stderr());

    let db = match shared {
        Some(scene) => scene.db.clone(),
        None => Db::open_sqlite(&directory).await.expect("open after the crash"),
    };
    let timeline = Timeline::new(db.clone());
    let restarted = Options { lease: LEASE, host: host.clone(), ..long_lease() };
    let toy = Toy { world: world.clone(), host, version: 1, script: failing_if(fails) };
    let engine = Engine::new(db.clone(), timeline.clone(), restarted, vec![Arc::new(toy)]);
    let running = crate::run(&engine);
    let rows = flow::list(&db, "", "", 1_000).await.expect("list");
    let row = rows.iter().find(|row| row.subject == run.as_str()).expect("the flow was started before any point");
    until_ended(&db, &row.id).await;
    engine.stop().await;
    running.await.expect("the engine ends");
    assert_converged(&db, &timeline, &world, &run, &row.id, fails).await;
    if shared.is_none() {
        db.close().await;
    }
    !status.success()
}

async fn assert_converged(db: &Db, timeline: &Timeline, world: &World, run: &RunId, id: &FlowId, fails: bool) {
    let texts = async |statement| {
        let rows = db.rows(statement, args![id.as_str()]).await.expect("read");
        rows.iter().map(|row| row.get::<String>("text").expect("text")).collect::<Vec<_>>()
    };
    let events = timeline.of_subject(run.as_str(), 0, 100).await.expect("events");
    let numbers: Vec<i64> = events.iter().map(|numbered| numbered.event.seq).collect();
    assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());
    let told: Vec<String> = events.iter().map(|numbered| crate::toy::text_of(&numbered.event.what)).collect();
    if fails {
        assert_eq!(world.history(id), ["a+", "b+", "c+", "c-", "b-", "a-"]);
        assert_eq!(told, ["a+", "b+", "c+!", "c-", "b-", "a-"]);
        assert_eq!(texts(&ENDED).await, ["Undone"]);
        assert_eq!(texts(&TURNED).await.len(), 1);
        assert_eq!(texts(&crate::MADE).await.len() + world.files(id).len(), 0, "nothing is left");
    } else {
        assert_eq!(world.history(id), ["a+", "b+", "c+"]);
        assert_eq!(told, ["a+", "b+", "c+"]);
        assert_eq!(texts(&ENDED).await, ["Done"]);
        assert_eq!(texts(&crate::MADE).await.len(), 3);
    }
}

/// Each point at its first, second, … passing, until the flow ends without passing it so often.
async fn every_point(database: Option<&str>, shared: Option<&Scene>) {
    let home = Home::new();
    let schedules = POINTS.iter().flat_map(|point| [false, true].map(|fails| (*point, fails)));
    let home = &home;
    let kills = futures_util::future::join_all(schedules.map(|(point, fails)| async move {
        let mut nth = 1;
        while case(home, database, shared, fails, point, nth).await {
            nth += 1;
        }
        nth - 1
    }))
    .await;
    // Forward: three steps. Failing: three forward and three back.
    assert_eq!(kills, [3, 6, 3, 3, 3, 3, 0, 3, 0, 3], "how often each point was passed: {POINTS:?}, without and with a failure");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_converges_after_a_kill_at_any_point_on_sqlite() {
    every_point(None, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_converges_after_a_kill_at_any_point_on_postgres() {
    let url = Postgres::shared().database();
    let db = Db::open_postgres(&url).await.expect("open PostgreSQL");
    let scene = Scene::of(db, tempfile::tempdir().expect("a directory")).await;
    every_point(Some(&url), Some(&scene)).await;
}
