//! One element is cancelled while a pilot has it: whoever hears of it, it is not executed any more.

use crate::pilot::{Pilot, next_frame};
use crate::world::{World, body, text_of};
use model::run::{Outcome, Report};
use pilot::protocol::{FromGateway, FromPilot, Kind};
use serde_json::json;

/// An array of two, of which a pilot has the first.
async fn array(world: &World) -> (String, Pilot) {
    let request = json!({"name": "two", "command": ["true"], "array": {"count": 2}});
    let answer = world.post("/api/v1/runs").json(&request).send().await.expect("sent");
    let id = text_of(&body(answer).await, "id");
    let pilot = Pilot::aboard(world, &id).await;
    assert_eq!(pilot.held.index, 0);
    (id, pilot)
}

#[tokio::test]
async fn what_a_pilot_gives_back_after_it_was_cancelled_is_not_given_to_another() {
    let world = World::new().await;
    let (id, mut pilot) = array(&world).await;
    let cancelled = world.post(&format!("/api/v1/runs/{id}/elements/0/cancel")).send().await.expect("sent");
    assert_eq!(cancelled.status(), 202);
    // It ended before it heard of that, and had not begun.
    pilot.say(vec![FromPilot::Returned { held: pilot.held }]).await;
    let run = world.until(&id, |run| run["elements"]["active"] == 0).await;
    assert_eq!((&run["elements"]["cancelled"], &run["elements"]["queued"]), (&1.into(), &1.into()), "{run}");
    pilot.lease_another().await;
    assert_eq!(pilot.held.index, 1);
    pilot.end(Outcome::Done, Report { exit_code: Some(0), ..Report::default() }).await;
    let run = world.until(&id, |run| run["state"] == "ended").await;
    assert_eq!((&run["outcome"], &run["elements"]["done"]), (&"cancelled".into(), &1.into()), "{run}");
}

#[tokio::test]
async fn a_pilot_hears_what_was_cancelled_at_another_gateway() {
    let world = World::new().await;
    let (id, mut pilot) = array(&world).await;
    let other = world.another_gateway();
    let (caller, run) = (world.caller(&world.owner).await, id.parse().expect("an id"));
    other.cancel_element(&caller, &run, 0).await.expect("accepted");
    let patrol = tokio::spawn({
        let runs = world.runs.clone();
        async move { runs.patrol().await }
    });
    let words: Vec<FromGateway> = next_frame(&mut pilot.socket, Kind::Message).await.read().expect("words");
    let stop = FromGateway::Stop { elements: vec![pilot.held] };
    assert!(words.first() == Some(&stop), "{words:?}");
    pilot.end(Outcome::Cancelled, Report::default()).await;
    world.until(&id, |run| run["elements"]["cancelled"] == 1).await;
    patrol.abort();
}
