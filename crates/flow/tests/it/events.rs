use crate::toy::{Answer, script};
use crate::{LIMIT, Scene, new_flow, options, run, seed};
use model::id::RunId;
use std::time::Duration;
use tokio::task::JoinSet;

/// A reader that resumes at the last number it saw, as one does who lost the connection.
async fn read_all(scene: &Scene, count: i64) -> Vec<i64> {
    let mut seen = Vec::new();
    while (seen.len() as i64) < count {
        let after = seen.last().copied().unwrap_or(0);
        let events = scene.timeline.of_audience("everyone", after, 7).await.expect("events");
        seen.extend(events.iter().map(|numbered| numbered.audience_seq));
        assert_eq!(seen, (1..=seen.len() as i64).collect::<Vec<_>>(), "a reader must never pass over what commits later");
        tokio::task::yield_now().await;
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_numbered_without_gaps_whoever_commits_at_once() {
    for scene in Scene::both().await {
        let script = script(|call| async move {
            tokio::task::yield_now().await;
            let fails = call.context.input["given"] == 2 && call.step == "c" && call.direction == flow::Direction::Forward;
            if fails { Answer::Final } else { Answer::Done }
        });
        // Several gateways where several may be.
        let hosts = if scene.db.is_shared() { vec!["one", "two", "three"] } else { vec!["one"] };
        let engines: Vec<_> = hosts.iter().map(|host| scene.engine(options(host, Duration::from_secs(60)), &script)).collect();
        let running: Vec<_> = engines.iter().map(run).collect();
        let mut starting = JoinSet::new();
        let runs: Vec<RunId> = (0..10).map(|_| RunId::new(seed())).collect();
        for number in 0..40 {
            let mut new = new_flow(&runs[number % runs.len()]);
            if number % 4 == 0 {
                new.input = serde_json::json!({ "given": 2 });
            }
            let (engine, db) = (engines[number % engines.len()].clone(), scene.db.clone());
            starting.spawn(async move {
                let id = new.id.clone();
                let mut tx = db.begin().await.expect("begin");
                engine.start(&mut tx, new).await.expect("start");
                tx.commit().await.expect("commit");
                id
            });
        }
        let count = 30 * 3 + 10 * 6;
        tokio::time::timeout(LIMIT, read_all(&scene, count)).await.expect("all events");
        for id in starting.join_all().await {
            let row = scene.row(&id).await.expect("a row");
            let history = scene.world.history(&id);
            match row.status.as_str() {
                "done" => assert_eq!(history, ["a+", "b+", "c+"]),
                status => assert_eq!((status, history.join(" ").as_str()), ("undone", "a+ b+ b- a-")),
            }
        }
        for run in &runs {
            let events = scene.timeline.of_subject(run.as_str(), 0, 1_000).await.expect("events");
            let numbers: Vec<i64> = events.iter().map(|numbered| numbered.event.seq).collect();
            assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());
            assert_eq!(scene.timeline.last(run.as_str()).await.expect("last"), numbers.len() as i64);
        }
        for engine in &engines {
            engine.stop().await;
        }
        for running in running {
            running.await.expect("the engine ends");
        }
    }
}
