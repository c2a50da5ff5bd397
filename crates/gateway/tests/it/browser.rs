//! What a browser does: it keeps the cookie and says which page it asks from.

use crate::world::{World, body, text_of};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::json;

pub struct Browser {
    /// `name=value`.
    pub cookie: String,
    pub id: String,
}

impl Browser {
    /// Signed in with a code that this token makes.
    pub async fn signed_in(world: &World, token: &str) -> Self {
        let answer = swap(world, &code(world, token).await).await;
        assert_eq!(answer.status(), 201);
        let header = answer.headers()["set-cookie"].to_str().expect("ascii").to_owned();
        let (cookie, _) = header.split_once("; ").expect("attributes");
        let id = text_of(&body(answer).await, "id");
        Self { cookie: cookie.to_owned(), id }
    }

    /// As a page of the gateway asks.
    pub fn ask(&self, world: &World, method: Method, path: &str) -> RequestBuilder {
        self.ask_from(world, &world.origin(), method, path)
    }

    /// As a page of somebody's asks; browsers send no `Origin` with what only reads.
    pub fn ask_from(&self, world: &World, origin: &str, method: Method, path: &str) -> RequestBuilder {
        let request = world.request(method.clone(), path).header("cookie", format!("theme=dark; {}; x=y", self.cookie));
        if method == Method::GET { request } else { request.header("origin", origin) }
    }

    pub async fn status(&self, world: &World, method: Method, path: &str) -> u16 {
        self.ask(world, method, path).send().await.expect("sent").status().as_u16()
    }
}

pub async fn code(world: &World, token: &str) -> String {
    let made = world.by(token, Method::POST, "/api/v1/sessions/codes").send().await.expect("sent");
    assert_eq!(made.status(), 201);
    text_of(&body(made).await, "code")
}

/// Swaps a code for a session, as the portal does.
pub async fn swap(world: &World, code: &str) -> Response {
    let request = world.request(Method::POST, "/api/v1/sessions").header("origin", world.origin());
    request.header("user-agent", "Mozilla/5.0 (test)").json(&json!({ "code": code })).send().await.expect("sent")
}
