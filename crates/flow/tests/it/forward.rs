use crate::toy::{Answer, all_done, script};
use crate::{ENDED, MADE, Scene, TURNED, long_lease, options, run};
use flow::{Direction, Options};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn steps_are_done_in_order_once_and_each_sees_what_came_before() {
    for scene in Scene::both().await {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let see = seen.clone();
        let script = script(move |call| {
            let context = call.context;
            assert_eq!((&context.input["given"], context.tries, context.cancel), (&serde_json::json!(1), 0, false));
            see.lock().unwrap().push(context.outputs.keys().cloned().collect::<Vec<_>>());
            async { Answer::Done }
        });
        let engine = scene.engine(long_lease(), &script);
        let id = scene.start(&engine).await;
        scene.until(&id, "done").await;
        assert_eq!(*seen.lock().unwrap(), [vec![], vec!["a".to_owned()], vec!["a".to_owned(), "b".to_owned()]]);
        assert_eq!(scene.world.history(&id), ["a+", "b+", "c+"]);
        assert_eq!(scene.texts(&MADE, &id).await, ["a here", "b here", "c here"]);
        assert_eq!(scene.texts(&ENDED, &id).await, ["Done"]);
        assert_eq!(scene.texts(&TURNED, &id).await, Vec::<String>::new());
        assert_eq!(scene.told().await, ["a+", "b+", "c+"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_flows_than_places_all_get_their_turn_and_a_rolled_back_start_starts_nothing() {
    for scene in Scene::both().await {
        let engine = scene.engine(Options { concurrency: 1, ..long_lease() }, &all_done());
        let (never, mut tx) = (scene.new_flow(), scene.db.begin().await.expect("begin"));
        let never_id = never.id.clone();
        engine.start(&mut tx, never).await.expect("start");
        drop(tx);
        let running = run(&engine);
        let mut tx = scene.db.begin().await.expect("begin");
        let flows: Vec<_> = (0..5).map(|_| scene.new_flow()).collect();
        let ids: Vec<_> = flows.iter().map(|new| new.id.clone()).collect();
        for new in flows {
            engine.start(&mut tx, new).await.expect("start");
        }
        tx.commit().await.expect("commit");
        for id in &ids {
            scene.until(id, "done").await;
            assert_eq!(scene.world.history(id), ["a+", "b+", "c+"]);
        }
        assert!(scene.row(&never_id).await.is_none());
        assert_eq!(scene.world.history(&never_id), Vec::<String>::new());
        engine.stop().await;
        running.await.expect("the engine ends");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_in_passing_is_tried_again_after_a_while() {
    let scene = Scene::sqlite().await;
    let tries = Arc::new(Mutex::new(Vec::new()));
    let seen = tries.clone();
    let script = script(move |call| {
        let fails = call.is("b", Direction::Forward) && call.context.tries < 2;
        if call.step == "b" {
            seen.lock().unwrap().push((call.context.tries, Instant::now()));
        }
        async move { if fails { Answer::Passing } else { Answer::Done } }
    });
    let engine = scene.engine(long_lease(), &script);
    let running = run(&engine);
    let id = scene.start(&engine).await;
    scene.until(&id, "done").await;
    {
        let tries = tries.lock().unwrap();
        assert_eq!(tries.iter().map(|(tries, _)| *tries).collect::<Vec<_>>(), [0, 1, 2]);
        let pauses: Vec<Duration> = tries.windows(2).map(|two| two[1].1 - two[0].1).collect();
        assert!(pauses[0] >= Duration::from_millis(150) && pauses[1] >= Duration::from_millis(350), "{pauses:?}");
    }
    assert_eq!(scene.told().await, ["a+", "b+", "c+"]);
    engine.stop().await;
    running.await.expect("the engine ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_hangs_is_given_up_before_its_lease_ends_and_tried_again() {
    let scene = Scene::postgres().await;
    let script = script(|call| async move {
        if call.is("b", Direction::Forward) && call.context.tries == 0 {
            std::future::pending::<()>().await;
        }
        Answer::Done
    });
    let engine = scene.engine(options("here", Duration::from_millis(600)), &script);
    let running = run(&engine);
    let id = scene.start(&engine).await;
    scene.until(&id, "done").await;
    assert_eq!(scene.row(&id).await.expect("a row").epoch, 2, "claimed once after it was put off, never by lease");
    assert_eq!(scene.texts(&MADE, &id).await, ["a here", "b here", "c here"]);
    engine.stop().await;
    running.await.expect("the engine ends");
}
