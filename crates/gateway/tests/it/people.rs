//! What administrators do about people, and what is written down of everybody.

use crate::browser::{Browser, swap};
use crate::pilot::{Pilot, dial, finished_run};
use crate::world::{World, body, problem, text_of};
use db::args;
use reqwest::Method;
use serde_json::{Value, json};

db::statements! {
    CHANGE = "UPDATE audit SET status = 200";
    SHORTEN = "DELETE FROM audit";
}

async fn person_of(world: &World, token: &str) -> String {
    text_of(&body(world.by(token, Method::GET, "/api/v1/me").send().await.expect("sent")).await, "id")
}

async fn audit(world: &World, query: &str) -> Vec<Value> {
    let answer = world.by(&world.admin, Method::GET, &format!("/api/v1/admin/audit{query}")).send().await.expect("sent");
    assert_eq!(answer.status(), 200, "{query}");
    body(answer).await["items"].as_array().expect("items").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_suspended_is_out_at_once_with_everything_of_theirs() {
    let world = World::new().await;
    let ada = person_of(&world, &world.owner).await;
    let browser = Browser::signed_in(&world, &world.owner).await;
    let unused_code = crate::browser::code(&world, &world.owner).await;
    let working = world.run("working").await;
    let pilot = Pilot::aboard(&world, &working).await;
    let waiting = world.run("waiting").await;
    let bobs = body(
        world.by(&world.other, Method::POST, "/api/v1/runs").json(&json!({"command": ["true"]})).send().await.expect("sent"),
    );
    let bobs = text_of(&bobs.await, "id");

    let act = async |what: &str, body_: Value| {
        let request = world.by(&world.admin, Method::POST, &format!("/api/v1/admin/people/{ada}/{what}"));
        request.json(&body_).send().await.expect("sent")
    };
    let answer = act("suspend", json!({"because": "a laptop was stolen\u{202e}"})).await;
    assert_eq!(problem(answer).await, "RS-1003", "reasons must not lie either");
    let suspended = body(act("suspend", json!({"because": "a laptop was stolen"})).await).await;
    assert_eq!(
        (text_of(&suspended, "suspended_because").as_str(), text_of(&suspended, "name").as_str()),
        ("a laptop was stolen", "Ada")
    );

    for token in [&world.owner, &world.reader] {
        let refused = body(world.by(token, Method::GET, "/api/v1/me").send().await.expect("sent")).await;
        assert_eq!(refused["code"], "RS-2002");
        assert!(!refused.to_string().contains("laptop"), "{refused}");
    }
    assert_eq!(browser.status(&world, Method::GET, "/api/v1/me").await, 401);
    assert_eq!(problem(swap(&world, &unused_code).await).await, "RS-2005");
    assert!(dial(&world, &pilot.credential, None).await.is_err(), "the run's credential is refused");
    for run in [&working, &waiting] {
        let shown =
            async || body(world.by(&world.admin, Method::GET, &format!("/api/v1/runs/{run}")).send().await.expect("sent")).await;
        let ended = testkit::await_until(std::time::Duration::from_secs(30), "the end of the work", async || {
            let run = shown().await;
            (run["state"] == "ended").then_some(run)
        });
        assert_eq!(ended.await["outcome"], "cancelled");
    }
    let bobs = body(world.by(&world.other, Method::GET, &format!("/api/v1/runs/{bobs}")).send().await.expect("sent")).await;
    assert!(bobs["outcome"].is_null(), "others work on: {bobs}");

    let list = body(world.by(&world.admin, Method::GET, "/api/v1/admin/people?suspended=true").send().await.expect("sent")).await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    let found =
        body(world.by(&world.admin, Method::GET, "/api/v1/admin/people?name_contains=DA").send().await.expect("sent")).await;
    assert_eq!(found["items"][0]["id"], ada.as_str());

    // Restored, nothing of before lets anybody in.
    let restored = body(act("restore", json!({})).await).await;
    assert!(restored["suspended_at"].is_null(), "{restored}");
    assert_eq!(problem(world.get("/api/v1/me").send().await.expect("sent")).await, "RS-2002");
    assert_eq!(browser.status(&world, Method::GET, "/api/v1/me").await, 401);

    let root = person_of(&world, &world.admin).await;
    let oneself = world.by(&world.admin, Method::POST, &format!("/api/v1/admin/people/{root}/suspend"));
    assert_eq!(problem(oneself.json(&json!({"because": "a try"})).send().await.expect("sent")).await, "RS-1013");
    let nobody = world.by(&world.admin, Method::POST, "/api/v1/admin/people/per-00000000000000000000000000/suspend");
    assert_eq!(problem(nobody.json(&json!({"because": "a try"})).send().await.expect("sent")).await, "RS-1008");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_and_tried_is_written_down_for_good() {
    let world = World::new().await;
    let (ada, root) = (person_of(&world, &world.owner).await, person_of(&world, &world.admin).await);
    let run = finished_run(&world).await;
    let path = format!("/api/v1/runs/{run}");
    assert_eq!(world.get(&path).send().await.expect("sent").status(), 200);
    assert_eq!(world.by(&world.other, Method::DELETE, &path).send().await.expect("sent").status(), 404);
    assert_eq!(world.by(&world.admin, Method::GET, &format!("{path}/logs")).send().await.expect("sent").status(), 200);
    let made = world.post("/api/v1/tokens").json(&json!({"name": "t", "scopes": ["read"]})).send().await.expect("sent");
    let request = made.headers()["request-id"].to_str().expect("ascii").to_owned();
    let made = body(made).await;

    let created = &audit(&world, "?operation=create_run").await[0];
    assert_eq!((created["person"].as_str(), created["about"].as_str()), (Some(ada.as_str()), Some(run.as_str())));
    assert!(created["allowed"] == true && created["address"] == "127.0.0.1" && created["owner"].is_null(), "{created}");
    let of_run = audit(&world, &format!("?about={run}")).await;
    let told: Vec<_> =
        of_run.iter().map(|entry| (text_of(entry, "operation"), entry["allowed"] == true, entry["owner"].as_str())).collect();
    let expected = [("read_log", true, Some(ada.as_str())), ("delete_run", false, None), ("create_run", true, None)];
    assert_eq!(
        told,
        expected.map(|(operation, allowed, owner)| (operation.to_owned(), allowed, owner)),
        "reading one's own is not told"
    );
    assert_eq!(of_run[0]["person"], root.as_str());
    let token = &audit(&world, &format!("?person={ada}&operation=create_token")).await[0];
    assert_eq!(token["request"], request.as_str());
    assert!(text_of(token, "credential").starts_with("tok-"));

    // Strangers cannot fill it.
    for _ in 0..30 {
        let _ = world.request(Method::POST, "/api/v1/runs").json(&json!({"command": ["true"]})).send().await.expect("sent");
    }
    let strangers: Vec<_> = audit(&world, "?refused=true&operation=create_run").await;
    assert!((1..=20).contains(&strangers.len()), "{}", strangers.len());
    assert!(strangers.iter().all(|entry| entry["person"].is_null() && entry["code"] == "RS-2001"));

    let everything = Value::Array(audit(&world, "?limit=1000").await).to_string();
    for secret in [&world.owner, &world.admin, &text_of(&made, "secret")] {
        assert!(!everything.contains(secret.as_str()), "no secrets");
    }
    assert!(audit(&world, "?until=2020-01-01T00:00:00Z").await.is_empty());
    for statement in [&CHANGE, &SHORTEN] {
        let refused = world.db.write(statement, args![]).await.err().expect("refused").to_string();
        assert!(refused.contains("only added to"), "{refused}");
    }
}
