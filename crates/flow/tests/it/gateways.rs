use crate::toy::{Answer, Script, Toy, all_done, script};
use crate::{ENDED, LIMIT, MADE, Scene, long_lease, new_flow, options, run, seed};
use db::{Statement, args};
use flow::{Direction, NewFlow, Options};
use model::event::Happening;
use model::id::RunId;
use model::time::{Clock, SystemClock};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;
use testkit::await_until;
use tokio::sync::mpsc::unbounded_channel;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

/// Holds the whole step still, as a stopped process is: not even its time-out passes.
fn paused_in_b() -> (Script, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let (inside, is_inside) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel();
    let channels = Arc::new(Mutex::new((inside, may_go_on)));
    let script = script(move |call| {
        let channels = channels.clone();
        async move {
            if call.is("b", Direction::Forward) {
                tokio::task::block_in_place(|| {
                    let (inside, may_go_on) = &*channels.lock().unwrap();
                    inside.send(()).expect("the test listens");
                    may_go_on.recv_timeout(LIMIT).expect("the test lets it go on");
                });
            }
            Answer::Done
        }
    });
    (script, is_inside, go_on)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_gateway_that_slept_through_its_lease_changes_nothing_when_it_wakes() {
    let scene = Scene::postgres().await;
    let (script, is_inside, go_on) = paused_in_b();
    let sleepy = scene.engine(options("sleepy", Duration::from_millis(300)), &script);
    let awake = scene.engine(options("awake", Duration::from_millis(300)), &all_done());
    let id = scene.start(&sleepy).await;
    tokio::task::block_in_place(|| is_inside.recv_timeout(LIMIT)).expect("it is inside the step");
    let running = run(&awake);
    scene.until(&id, "done").await;
    go_on.send(()).expect("go on");
    tokio::time::timeout(LIMIT, sleepy.stop()).await.expect("it ends");
    assert_eq!(scene.world.history(&id), ["a+", "b+", "c+"]);
    assert_eq!(scene.texts(&MADE, &id).await, ["a sleepy", "b awake", "c awake"]);
    assert_eq!(scene.texts(&ENDED, &id).await, ["Done"]);
    assert_eq!(scene.told().await, ["a+", "b+", "c+"]);
    assert_eq!(scene.row(&id).await.expect("a row").status, "done");
    awake.stop().await;
    running.await.expect("the engine ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_that_is_bound_to_a_host_waits_for_it() {
    let scene = Scene::postgres().await;
    let here = scene.engine(long_lease(), &all_done());
    let running = run(&here);
    let bound = NewFlow { runs_on: Some("there".to_owned()), ..scene.new_flow() };
    let (bound_id, mut tx) = (bound.id.clone(), scene.db.begin().await.expect("begin"));
    here.start(&mut tx, bound).await.expect("start");
    tx.commit().await.expect("commit");
    // Without a place of its own: what it starts has to be claimed, and the claim finds the bound flow first.
    let starter = scene.engine(Options { concurrency: 0, ..long_lease() }, &all_done());
    for _ in 0..3 {
        let free = scene.start(&starter).await;
        scene.until(&free, "done").await;
    }
    assert_eq!(scene.world.history(&bound_id), Vec::<String>::new());
    let there = scene.engine(options("there", Duration::from_secs(600)), &all_done());
    let running_there = run(&there);
    scene.until(&bound_id, "done").await;
    assert_eq!(scene.texts(&MADE, &bound_id).await, ["a there", "b there", "c there"]);
    for (engine, running) in [(here, running), (there, running_there)] {
        engine.stop().await;
        running.await.expect("the engine ends");
    }
}

const TOUCHED: Statement = Statement { name: "touched", sql: "INSERT INTO touched (subject, times) VALUES ($1, 0)" };
const TOUCH: Statement = Statement { name: "touch", sql: "UPDATE touched SET times = times + 1 WHERE subject = $1" };

/// As runs do: steps change their run, the end of one wakes the next, and meanwhile somebody else changes each run, tells
/// of it and wakes its flow. PostgreSQL ends a transaction that met another crosswise.
#[tokio::test(flavor = "multi_thread")]
async fn steps_and_those_who_change_and_wake_the_same_things_do_not_meet_crosswise() {
    let scene = Scene::postgres().await;
    let engines = ["one", "two", "three"].map(|host| scene.engine(options(host, Duration::from_secs(600)), &all_done()));
    let runs: Vec<RunId> = (0..24).map(|_| RunId::new(seed())).collect();
    let mut starting = JoinSet::new();
    let mut asking = JoinSet::new();
    for (number, run) in runs.iter().enumerate() {
        let wakes = serde_json::json!({ "wakes": runs.get(number + 1) });
        let new = NewFlow { input: wakes, ..new_flow(run) };
        let (engine, db, timeline, run) =
            (engines[number % engines.len()].clone(), scene.db.clone(), scene.timeline.clone(), run.clone());
        let (other_engine, other_db) = (engine.clone(), db.clone());
        starting.spawn(async move {
            let (id, mut tx) = (new.id.clone(), db.begin().await.expect("begin"));
            tx.execute(&TOUCHED, args![run.as_str()]).await.expect("insert");
            engine.start(&mut tx, new).await.expect("start");
            tx.commit().await.expect("commit");
            id
        });
        let run = runs[number].clone();
        asking.spawn(async move {
            for _ in 0..5 {
                let mut tx = other_db.begin().await.expect("begin");
                tx.execute(&TOUCH, args![run.as_str()]).await.expect("change the run");
                let what = Happening::Resumed {};
                timeline.append(&mut tx, run.as_str(), "everyone", SystemClock.now(), &what).await.expect("tell");
                other_engine.wake(&mut tx, run.as_str()).await.expect("wake");
                tx.commit().await.expect("commit");
            }
        });
    }
    tokio::time::timeout(LIMIT, asking.join_all()).await.expect("all were answered");
    for id in starting.join_all().await {
        scene.until(&id, "done").await;
        assert_eq!(scene.row(&id).await.expect("a row").epoch, 1, "no commit failed and had to be tried again");
    }
}

const LONG_AGO: Statement = Statement { name: "long_ago", sql: "UPDATE flow SET wake_at = 1, lease_until = 1" };

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_nobody_knows_is_parked_until_somebody_does() {
    for scene in Scene::both().await {
        let cancelled = Arc::new(Mutex::new(Vec::new()));
        let seen = cancelled.clone();
        let script = script(move |call| {
            seen.lock().unwrap().push(call.context.cancel);
            async { Answer::Done }
        });
        let newer = Toy { world: scene.world.clone(), host: "here".to_owned(), version: 2, script };
        let newer = scene.engine_of(Options { concurrency: 0, ..long_lease() }, newer);
        let id = scene.start(&newer).await;
        let mut tx = scene.db.begin().await.expect("begin");
        tx.execute(&LONG_AGO, args![]).await.expect("update");
        tx.commit().await.expect("commit");

        let older = scene.engine(long_lease(), &all_done());
        let running = run(&older);
        scene.until(&id, "parked").await;
        let mut tx = scene.db.begin().await.expect("begin");
        assert_eq!(older.cancel(&mut tx, scene.run.as_str()).await.expect("cancel"), 1, "a parked flow hears of it too");
        tx.commit().await.expect("commit");
        older.stop().await;
        running.await.expect("the engine ends");
        assert_eq!(scene.world.history(&id), Vec::<String>::new());

        let script = {
            let seen = cancelled.clone();
            crate::toy::script(move |call| {
                seen.lock().unwrap().push(call.context.cancel);
                async { Answer::Done }
            })
        };
        let newer = Toy { world: scene.world.clone(), host: "here".to_owned(), version: 2, script };
        let newer = scene.engine_of(long_lease(), newer);
        let running = run(&newer);
        scene.until(&id, "done").await;
        assert_eq!(*cancelled.lock().unwrap(), [true, true, true]);
        newer.stop().await;
        running.await.expect("the engine ends");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_stops_ends_its_step_and_gives_the_rest_back() {
    let scene = Scene::postgres().await;
    let (inside, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let script = {
        let (inside, go_on) = (inside.clone(), go_on.clone());
        script(move |call| {
            let (inside, go_on) = (inside.clone(), go_on.clone());
            async move {
                if call.step == "b" {
                    inside.notify_one();
                    go_on.notified().await;
                }
                Answer::Done
            }
        })
    };
    let first = scene.engine(long_lease(), &script);
    let running = run(&first);
    let id = scene.start(&first).await;
    inside.notified().await;
    // Started while the gateway still worked, committed when it had stopped.
    let (late, mut tx) = (scene.new_flow(), scene.db.begin().await.expect("begin"));
    let late_id = late.id.clone();
    first.start(&mut tx, late).await.expect("start");
    let stopping = tokio::spawn({
        let first = first.clone();
        async move { first.stop().await }
    });
    tokio::time::timeout(LIMIT, running).await.expect("claiming ends at once").expect("no panic");
    go_on.notify_one();
    tokio::time::timeout(LIMIT, stopping).await.expect("it stops").expect("no panic");
    assert_eq!(scene.row(&id).await.expect("a row").step, "c", "the step under way was ended, the next not begun");
    tx.commit().await.expect("commit");

    let second = scene.engine(options("second", Duration::from_secs(600)), &all_done());
    let running = run(&second);
    for id in [&id, &late_id] {
        scene.until(id, "done").await;
        assert_eq!(scene.world.history(id), ["a+", "b+", "c+"]);
    }
    assert_eq!(scene.texts(&MADE, &id).await, ["a here", "b here", "c second"]);
    assert_eq!(scene.texts(&MADE, &late_id).await, ["a second", "b second", "c second"]);
    second.stop().await;
    running.await.expect("the engine ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_takes_over_what_a_dead_one_held_leaves_its_own_flows_alone() {
    let scene = Scene::sqlite().await;
    let (inside, mut is_inside) = unbounded_channel();
    let go_on = Arc::new(Semaphore::new(0));
    let script = {
        let go_on = go_on.clone();
        script(move |call| {
            let (inside, go_on) = (inside.clone(), go_on.clone());
            async move {
                if call.step == "b" {
                    inside.send(call.context.id).expect("the test listens");
                    go_on.acquire().await.expect("it stays open").forget();
                }
                Answer::Done
            }
        })
    };
    // Stands for an earlier gateway that was killed while it held a flow.
    let dead = scene.engine(long_lease(), &script);
    let left = scene.start(&dead).await;
    let mut looks = vec![is_inside.recv().await.expect("a look")];
    let engine = scene.engine(long_lease(), &script);
    let own = scene.start(&engine).await;
    looks.push(is_inside.recv().await.expect("a look"));
    let running = run(&engine);
    looks.push(is_inside.recv().await.expect("a look"));
    go_on.add_permits(100);
    for id in [&left, &own] {
        scene.until(id, "done").await;
        assert_eq!(scene.world.history(id), ["a+", "b+", "c+"]);
    }
    engine.stop().await;
    running.await.expect("the engine ends");
    looks.extend(std::iter::from_fn(|| is_inside.try_recv().ok()));
    assert_eq!(looks, [left.clone(), own, left], "the dead one's was taken over, its own was not begun a second time");
}

const WRONG_CLOCK: [Statement; 2] = [
    Statement { name: "sequence", sql: "CREATE SEQUENCE look" },
    Statement {
        name: "clock",
        sql: "CREATE OR REPLACE VIEW clock AS
            SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT) + 3600000 + 0 * nextval('look') AS now_ms",
    },
];
const LOOKS: Statement = Statement { name: "looks", sql: "SELECT last_value AS looks FROM look" };

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_whose_clock_is_wrong_claims_nothing_and_does_not_ask_without_end() {
    let scene = Scene::postgres().await;
    let mut tx = scene.db.begin().await.expect("begin");
    for statement in &WRONG_CLOCK {
        tx.execute(statement, args![]).await.expect("change the clock");
    }
    tx.commit().await.expect("commit");
    let starter = scene.engine(Options { concurrency: 0, ..long_lease() }, &all_done());
    let id = scene.start(&starter).await;
    let engine = scene.engine(options("here", Duration::from_secs(60)), &all_done());
    let running = run(&engine);
    let looks =
        async || scene.db.row(&LOOKS, args![]).await.expect("read").expect("a row").get::<i64>("looks").expect("a number");
    let before = looks().await;
    await_until(LIMIT, "a few looks", async || (looks().await > before + 8).then_some(())).await;
    let before = looks().await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(looks().await - before < 20, "it asks again and again");
    let row = scene.row(&id).await.expect("a row");
    assert_eq!((row.status.as_str(), row.epoch), ("running", 1));
    engine.stop().await;
    running.await.expect("the engine ends");
}
