use crate::toy::{Answer, script};
use crate::{ENDED, MADE, Scene, TURNED, long_lease, run};
use flow::Direction::{Forward, Undo};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_for_good_undoes_the_failed_step_and_those_before() {
    for scene in Scene::both().await {
        let script = script(|call| async move {
            assert_eq!(call.context.error.is_some(), call.direction == Undo, "an undo is told why");
            if call.is("b", Forward) { Answer::FinalAfterEffect } else { Answer::Done }
        });
        let engine = scene.engine(long_lease(), &script);
        let id = scene.start(&engine).await;
        scene.until(&id, "undone").await;
        assert_eq!(scene.world.history(&id), ["a+", "b+", "b-", "a-"]);
        assert_eq!(scene.texts(&MADE, &id).await, Vec::<String>::new());
        assert_eq!(scene.texts(&TURNED, &id).await, ["The script says so."]);
        assert_eq!(scene.texts(&ENDED, &id).await, ["Undone"]);
        assert_eq!(scene.told().await, ["a+", "b+!", "b-", "a-"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_in_passing_are_for_good_when_there_are_too_many() {
    let scene = Scene::sqlite().await;
    let script = script(|call| async move { if call.is("a", Forward) { Answer::Passing } else { Answer::Done } });
    let engine = scene.engine(long_lease(), &script);
    let running = run(&engine);
    let id = scene.start(&engine).await;
    scene.until(&id, "undone").await;
    assert_eq!(scene.told().await, ["a+!", "a-"]);
    assert_eq!(scene.row(&id).await.expect("a row").epoch, 3, "three tries");
    engine.stop().await;
    running.await.expect("the engine ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_that_fails_stays_visible_until_somebody_orders_another_try() {
    for scene in Scene::both().await {
        let repaired = Arc::new(AtomicBool::new(false));
        let is_repaired = repaired.clone();
        let script = script(move |call| {
            let repaired = is_repaired.load(Ordering::SeqCst);
            async move {
                match () {
                    () if call.is("c", Forward) => Answer::FinalAfterEffect,
                    () if call.is("b", Undo) && !repaired => Answer::Final,
                    () => Answer::Done,
                }
            }
        });
        let engine = scene.engine(long_lease(), &script);
        let running = run(&engine);
        let id = scene.start(&engine).await;
        scene.until(&id, "undo_failed").await;
        let listed = flow::list(&scene.db, "undo_failed", "", 10).await.expect("list");
        assert_eq!((listed.len(), listed[0].step.as_str(), listed[0].direction), (1, "b", -1));
        assert!(listed[0].error.is_some());
        assert_eq!(scene.world.files(&id), ["a", "b"], "what could not be undone is still there");
        assert_eq!(scene.texts(&ENDED, &id).await, ["UndoFailed"]);
        assert_eq!(scene.told().await, ["a+", "b+", "c+!", "c-", "b-!"]);

        repaired.store(true, Ordering::SeqCst);
        let mut tx = scene.db.begin().await.expect("begin");
        assert!(engine.retry_undo(&mut tx, &id).await.expect("retry"));
        tx.commit().await.expect("commit");
        scene.until(&id, "undone").await;
        assert_eq!(scene.world.files(&id), Vec::<String>::new());
        assert_eq!(scene.texts(&ENDED, &id).await, ["UndoFailed", "Undone"]);
        let mut tx = scene.db.begin().await.expect("begin");
        assert!(!engine.retry_undo(&mut tx, &id).await.expect("retry"), "only a failed undo");
        drop(tx);
        engine.stop().await;
        running.await.expect("the engine ends");
    }
}
