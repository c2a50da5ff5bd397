//! Tokens that are asked for again.

use crate::world::{World, body, text_of};
use futures_util::future::join_all;
use reqwest::{Method, Response};
use serde_json::{Value, json};

async fn make(world: &World, token: &str, key: &str, asked: &Value) -> Response {
    let request = world.by(token, Method::POST, "/api/v1/tokens").header("idempotency-key", key).json(asked);
    request.send().await.expect("an answer")
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_makes_one_token_and_says_which_when_it_is_asked_for_again() {
    let world = World::new().await;
    let asked = json!({"name": "laptop", "scopes": ["read"]});
    let (mut made, mut refused) = (Vec::new(), Vec::new());
    for answer in join_all((0..12).map(|_| make(&world, &world.owner, "key-1", &asked))).await {
        match answer.status().as_u16() {
            201 => made.push(body(answer).await),
            409 => refused.push(body(answer).await),
            status => panic!("{status}"),
        }
    }
    assert_eq!((made.len(), refused.len()), (1, 11));
    let (id, secret) = (text_of(&made[0], "id"), text_of(&made[0], "secret"));
    for problem in &refused {
        assert_eq!(problem["code"], "RS-1013");
        assert!(text_of(problem, "detail").contains(&id), "which token: {problem}");
        assert!(text_of(problem, "remedy").contains(&format!("DELETE /api/v1/tokens/{id}")), "how to be rid of it: {problem}");
        assert!(!problem.to_string().contains(&secret), "its text is shown once");
    }
    let listed = body(world.get("/api/v1/tokens").send().await.expect("sent")).await;
    let named = listed["items"].as_array().expect("items").iter().filter(|token| token["name"] == "laptop").count();
    assert_eq!(named, 1);

    let other = make(&world, &world.owner, "key-1", &json!({"name": "laptop", "scopes": ["run"]})).await;
    assert_eq!(crate::world::problem(other).await, "RS-1006");
    assert_eq!(make(&world, &world.other, "key-1", &asked).await.status(), 201, "somebody else's key is another key");
    let invalid = make(&world, &world.owner, "key-2", &json!({"name": "laptop", "scopes": []})).await;
    assert_eq!(crate::world::problem(invalid).await, "RS-1003");
    assert_eq!(make(&world, &world.owner, "key-2", &asked).await.status(), 201, "nothing was made with it before");

    // The way out that the remedy names.
    let gone = world.by(&world.owner, Method::DELETE, &format!("/api/v1/tokens/{id}")).send().await.expect("sent");
    assert_eq!(gone.status(), 204);
    assert_eq!(world.by(&secret, Method::GET, "/api/v1/me").send().await.expect("sent").status(), 401);
    assert_eq!(make(&world, &world.owner, "key-3", &asked).await.status(), 201);
}
