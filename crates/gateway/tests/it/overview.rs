//! All elements of an array at a glance.

use crate::pilot::Pilot;
use crate::world::{World, body, text_of};
use model::run::{ElementState, Outcome, Report};
use model::{Code, Problem};
use serde_json::{Value, json};

async fn array(world: &World, count: u32) -> String {
    let request = json!({"name": "array", "command": ["true"], "array": {"count": count}});
    let answer = world.post("/api/v1/runs").json(&request).send().await.expect("sent");
    assert_eq!(answer.status(), 201);
    text_of(&body(answer).await, "id")
}

async fn overview(world: &World, id: &str) -> Value {
    body(world.get(&format!("/api/v1/runs/{id}/elements/overview")).send().await.expect("sent")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn elements_are_told_in_rows_and_their_causes_once() {
    let world = World::new().await;
    let id = array(&world, 40).await;
    assert_eq!(overview(&world, &id).await, json!({"total": 40, "states": [["queued", 40]], "causes": [], "other_causes": 0}));

    let mut pilot = Pilot::aboard(&world, &id).await;
    let failed = |code, detail: String| Some(Problem::new(code, detail, "Look at it."));
    for index in 0..30 {
        assert_eq!(pilot.held.index, index);
        match index {
            3 => {
                pilot
                    .end_because(Outcome::Failed, failed(Code::CommandFailed, "It ended with 3.".into()), Report::default())
                    .await
            }
            5.. => {
                let cause = failed(Code::OutputMissing, format!("There is no `tile-{index}.fits`."));
                pilot.end_because(Outcome::Failed, cause, Report::default()).await;
            }
            _ => pilot.end(Outcome::Done, Report::default()).await,
        }
        pilot.lease_another().await;
    }
    pilot.progress(ElementState::Running).await;
    world.until(&id, |run| run["elements"]["failed"] == 26).await;
    let running = async || (overview(&world, &id).await["states"][4][0] == "running").then_some(());
    testkit::await_until(std::time::Duration::from_secs(20), "the last report", running).await;
    let seen = overview(&world, &id).await;
    let states = json!([["done", 3], ["failed", 1], ["done", 1], ["failed", 25], ["running", 1], ["queued", 9]]);
    assert_eq!((&seen["total"], &seen["states"]), (&json!(40), &states));
    let [missing, ended] = &seen["causes"].as_array().expect("causes")[..] else { panic!("two causes: {seen}") };
    assert_eq!((&missing["code"], &missing["count"]), (&json!("RS-6001"), &json!(25)), "but for a number they are the same");
    assert_eq!((&missing["cause"], &missing["remedy"]), (&json!("There is no `tile-5.fits`."), &json!("Look at it.")));
    assert_eq!(missing["first"], json!((5..25).collect::<Vec<_>>()));
    assert_eq!((&ended["code"], &ended["count"], &ended["first"]), (&json!("RS-5002"), &json!(1), &json!([3])));
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_elements_are_a_few_bytes() {
    let world = World::new().await;
    let id = array(&world, 10_000).await;
    assert_eq!(world.post(&format!("/api/v1/runs/{id}/cancel")).send().await.expect("sent").status(), 202);
    world.until(&id, |run| run["state"] == "ended").await;
    let began = std::time::Instant::now();
    let seen = overview(&world, &id).await;
    println!("10,000 elements in {:?}", began.elapsed());
    assert_eq!(seen["states"], json!([["cancelled", 10_000]]));
    assert_eq!((&seen["causes"][0]["code"], &seen["causes"][0]["count"]), (&json!("RS-5006"), &json!(10_000)));
    assert!(seen.to_string().len() < 1_000, "{seen}");
}
