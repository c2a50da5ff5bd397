//! Creating once, listing without gaps, answering from memory without ever being stale.

use crate::world::{World, body, problem, text_of};
use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn one_key_creates_one_run_however_often_and_however_fast() {
    let world = World::new().await;
    let request = json!({"name": "once", "command": ["true"]});
    let ask = |key: &'static str, request: &Value| world.post("/api/v1/runs").header("idempotency-key", key).json(request).send();
    let answers = join_all((0..12).map(|_| ask("key-1", &request))).await;
    let (mut created, mut ids) = (0, BTreeSet::new());
    for answer in answers {
        let answer = answer.expect("sent");
        created += usize::from(answer.status() == StatusCode::CREATED);
        assert!(answer.status().is_success(), "{}", answer.status());
        let location = answer.headers()["location"].to_str().expect("ascii").to_owned();
        let id = text_of(&body(answer).await, "id");
        assert_eq!(location, format!("/api/v1/runs/{id}"));
        ids.insert(id);
    }
    assert_eq!((created, ids.len()), (1, 1));

    let other = ask("key-1", &json!({"name": "another", "command": ["true"]})).await.expect("sent");
    assert_eq!(other.status(), 409);
    assert_eq!(problem(other).await, "RS-1006");
    // Somebody else's key of the same name is another key.
    let theirs = world.by(&world.other, Method::POST, "/api/v1/runs").header("idempotency-key", "key-1").json(&request);
    assert_eq!(theirs.send().await.expect("sent").status(), 201);
    assert_eq!(ask("key-2", &request).await.expect("sent").status(), 201);
    let listed = body(world.get("/api/v1/runs").send().await.expect("sent")).await;
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_three_languages_create_the_same_run() {
    let world = World::new().await;
    let bodies = [
        ("application/json", r#"{"name":"n","command":["true"],"resources":{"memory":"2GiB"}}"#),
        ("application/toml", "name = \"n\"\ncommand = [\"true\"]\n[resources]\nmemory = \"2GiB\"\n"),
        ("application/yaml; charset=utf-8", "name: n\ncommand: [\"true\"]\nresources: {memory: 2GiB}\n"),
    ];
    for (media_type, text) in bodies {
        let answer = world.post("/api/v1/runs").header("content-type", media_type).body(text).send().await.expect("sent");
        assert_eq!(answer.status(), 201, "{media_type}");
        let id = text_of(&body(answer).await, "id");
        let run = body(world.get(&format!("/api/v1/runs/{id}")).send().await.expect("sent")).await;
        assert_eq!(run["request"]["resources"]["memory"], "2GiB", "{media_type}");
        assert_eq!(run["name"], "n");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_have_neither_gaps_nor_repetitions_while_runs_are_added() {
    let world = World::new().await;
    let mut expected = BTreeSet::new();
    for number in 0..23 {
        expected.insert(world.run(&format!("run {number}")).await);
    }
    let (mut seen, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut path = "/api/v1/runs?limit=5".to_owned();
        if let Some(cursor) = &cursor {
            path += &format!("&cursor={cursor}");
        }
        let page = body(world.get(&path).send().await.expect("sent")).await;
        seen.extend(page["items"].as_array().expect("items").iter().map(|run| text_of(run, "id")));
        world.run("added meanwhile").await;
        match page["next"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!(seen.len(), 23, "{seen:?}");
    assert_eq!(seen.iter().cloned().collect::<BTreeSet<_>>(), expected);
    assert!(seen.is_sorted_by(|newer, older| newer > older));

    let named = body(world.get("/api/v1/runs?name=run%207").send().await.expect("sent")).await;
    assert_eq!(named["items"].as_array().map(Vec::len), Some(1));
    let none = body(world.get("/api/v1/runs?outcome=done").send().await.expect("sent")).await;
    assert_eq!(none, json!({"items": [], "next": null}));
    let active = body(world.get("/api/v1/runs?active=true&limit=1000").send().await.expect("sent")).await;
    assert!(active["items"].as_array().is_some_and(|items| items.len() > 23));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_a_name_finds_it_and_stands_for_nothing_else() {
    let world = World::new().await;
    for name in ["M31 halo_100%", "m31-halo 1000", "M33", "what!"] {
        world.run(name).await;
    }
    let found = async |part: &str| -> Vec<String> {
        let part = part.replace('%', "%25").replace(' ', "%20");
        let answer = world.get(&format!("/api/v1/runs?name_contains={part}")).send().await.expect("sent");
        let answer = body(answer).await;
        let items = answer["items"].as_array().expect("a list");
        items.iter().map(|run| run["name"].as_str().expect("a name").to_owned()).collect()
    };
    assert_eq!(found("m31").await, ["m31-halo 1000", "M31 halo_100%"], "newest first, upper or lower case");
    assert_eq!(found("100%").await, ["M31 halo_100%"]);
    assert_eq!(found("o_1").await, ["M31 halo_100%"]);
    assert_eq!(found("!").await, ["what!"]);
    assert_eq!(found("").await.len(), 4);
    assert!(found("halo 100%").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_did_not_succeed_is_executed_again() {
    let world = World::new().await;
    let path = format!("/api/v1/runs/{}/retry", world.cancelled_run().await);
    let ask = async |elements: &[u32]| {
        let request = world.post(&path).json(&serde_json::json!({ "elements": elements }));
        request.send().await.expect("sent").status().as_u16()
    };
    assert_eq!(ask(&[]).await, 409);
    assert_eq!(ask(&[0, 1]).await, 409, "there is no second element; the first is left as it was");
    assert_eq!(ask(&[0, 0]).await, 202);
    assert_eq!(ask(&[0]).await, 409, "it has not ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_in_memory_is_never_stale_and_never_somebody_elses() {
    let world = World::new().await;
    let list = async |token: &str| {
        let answer = world.client.get(format!("{}/api/v1/runs", world.url)).bearer_auth(token).send().await.expect("sent");
        body(answer).await["items"].as_array().map(Vec::len)
    };
    for number in 0..40 {
        assert_eq!(list(&world.owner).await, Some(number));
        assert_eq!(list(&world.owner).await, Some(number), "again");
        world.run("one more").await;
        assert_eq!(list(&world.owner).await, Some(number + 1), "after a commit");
        assert_eq!(list(&world.other).await, Some(0));
    }
    // Revoked between two requests for the same page.
    let caller = world.caller(&world.reader).await;
    assert_eq!(list(&world.reader).await, Some(40));
    assert!(world.identity.revoke_token(&caller, crate::world::token_of(&caller)).await.expect("revoked"));
    let refused = world.client.get(format!("{}/api/v1/runs", world.url)).bearer_auth(&world.reader).send().await.expect("sent");
    assert_eq!(refused.status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_again_while_it_has_not_changed() {
    let world = World::new().await;
    let id = world.cancelled_run().await;
    let path = format!("/api/v1/runs/{id}");
    let first = world.get(&path).send().await.expect("sent");
    let etag = first.headers()["etag"].to_str().expect("ascii").to_owned();
    assert_eq!(first.headers()["vary"], "Authorization, Cookie");
    let again = world.get(&path).header("if-none-match", &etag).send().await.expect("sent");
    assert_eq!(again.status(), 304);
    assert!(again.text().await.expect("a body").is_empty());
    assert_eq!(world.post(&format!("{path}/retry")).send().await.expect("sent").status(), 202);
    let changed = world.get(&path).header("if-none-match", &etag).send().await.expect("sent");
    assert_eq!(changed.status(), 200);
}
