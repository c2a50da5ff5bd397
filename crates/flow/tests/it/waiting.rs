use crate::toy::{Answer, Script, all_done, script};
use crate::{LIMIT, Scene, long_lease, run};
use db::{Statement, args};
use flow::{Direction, Engine};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;

const AN_HOUR: Duration = Duration::from_secs(3_600);

/// Each look at step `b` is told to the test, which then says how it ends.
fn asked() -> (Script, mpsc::UnboundedReceiver<flow::Context>, mpsc::UnboundedSender<Answer>) {
    let (ask, asked) = mpsc::unbounded_channel();
    let (answer, answers) = mpsc::unbounded_channel();
    let answers = Arc::new(Mutex::new(answers));
    let script = script(move |call| {
        let (ask, answers) = (ask.clone(), answers.clone());
        async move {
            if !call.is("b", Direction::Forward) {
                return Answer::Done;
            }
            ask.send(call.context).expect("the test listens");
            answers.lock().await.recv().await.expect("the test answers")
        }
    });
    (script, asked, answer)
}

async fn next(asked: &mut mpsc::UnboundedReceiver<flow::Context>) -> flow::Context {
    timeout(LIMIT, asked.recv()).await.expect("the step is looked at again").expect("the script lives")
}

async fn stop(engine: &Engine, running: tokio::task::JoinHandle<()>) {
    engine.stop().await;
    timeout(LIMIT, running).await.expect("the engine ends").expect("no panic");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_flow_looks_again_when_woken_and_a_wake_during_the_look_is_not_lost() {
    for scene in Scene::both().await {
        let (script, mut asked, answer) = asked();
        let engine = scene.engine(long_lease(), &script);
        let running = run(&engine);
        let id = scene.start(&engine).await;
        next(&mut asked).await;
        answer.send(Answer::Pending(AN_HOUR)).expect("answer");
        let put_off =
            async || scene.row(&id).await.filter(|row| row.wake_at.millis() > row.updated_at.millis() + 1_000_000).map(drop);
        testkit::await_until(LIMIT, "the flow being put off", put_off).await;
        scene.wake(&engine).await;
        next(&mut asked).await;
        // The step is being looked at: it has already seen that there is nothing, and says so only after the wake.
        scene.wake(&engine).await;
        answer.send(Answer::Pending(AN_HOUR)).expect("answer");
        next(&mut asked).await;
        answer.send(Answer::Pending(Duration::from_millis(30))).expect("answer");
        next(&mut asked).await;
        answer.send(Answer::Done).expect("answer");
        scene.until(&id, "done").await;
        assert_eq!(scene.told().await, ["a+", "b+", "c+"], "looking is no event");
        stop(&engine, running).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_sees_that_its_flow_was_cancelled() {
    for scene in Scene::both().await {
        let (script, mut asked, answer) = asked();
        let engine = scene.engine(long_lease(), &script);
        let running = run(&engine);
        let id = scene.start(&engine).await;
        assert!(!next(&mut asked).await.cancel);
        let mut tx = scene.db.begin().await.expect("begin");
        assert_eq!(engine.cancel(&mut tx, scene.run.as_str()).await.expect("cancel"), 1);
        tx.commit().await.expect("commit");
        answer.send(Answer::Pending(AN_HOUR)).expect("answer");
        assert!(next(&mut asked).await.cancel);
        answer.send(Answer::Final).expect("answer");
        scene.until(&id, "undone").await;
        assert_eq!(scene.world.files(&id), Vec::<String>::new());
        stop(&engine, running).await;
    }
}

const HELD_BY_NOBODY: Statement = Statement { name: "generation", sql: "UPDATE flow SET wake_at = 1, lease_until = 1" };

/// What is due, but not for this gateway, must not keep it busy.
#[tokio::test(flavor = "multi_thread")]
async fn an_idle_gateway_writes_nothing() {
    let scene = Scene::sqlite().await;
    let engine = scene.engine(long_lease(), &all_done());
    let mut tx = scene.db.begin().await.expect("begin");
    let elsewhere = flow::NewFlow { runs_on: Some("elsewhere".to_owned()), ..scene.new_flow() };
    engine.start(&mut tx, elsewhere).await.expect("start");
    tx.execute(&HELD_BY_NOBODY, args![]).await.expect("update");
    tx.commit().await.expect("commit");
    let running = run(&engine);
    let id = scene.start(&engine).await;
    scene.until(&id, "done").await;
    // Whoever was told of the end looks once more; then there is silence.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let before = scene.db.generation().expect("no commit is under way");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(scene.db.generation(), Some(before));
    stop(&engine, running).await;
}
