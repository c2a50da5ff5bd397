//! Recipes are shown to those whose communities may use them.

use crate::together::Together;
use crate::world::{World, body};
use model::recipe::{File, Recipe, Recipes};
use reqwest::Method;
use serde_json::json;

/// One for everybody, and one for a community, with more in it than is shown.
pub fn two() -> Recipes {
    let plain = Recipe { name: "plain".into(), packages: vec!["git".into()], ..Recipe::default() };
    let file = File { path: "/etc/sky".into(), content: "inside".into(), mode: "0600".into() };
    let sky = Recipe {
        name: "sky".into(),
        title: Some("For the sky".into()),
        communities: vec!["astro".into()],
        systems: vec!["ubuntu:24.04".into()],
        files: vec![file],
        run: vec![vec!["touch".into(), "/inside".into()]],
        ..Recipe::default()
    };
    vec![plain, sky].try_into().expect("sound recipes")
}

#[tokio::test]
async fn recipes_are_for_their_communities_and_what_is_inside_them_is_not_shown() {
    let world = World::new().await;
    let together = Together::new(&world).await;
    let names = async |token: &str| {
        let page = body(world.by(token, Method::GET, "/api/v1/recipes").send().await.expect("sent")).await;
        assert_eq!(page["next"], json!(null));
        let names: Vec<String> =
            page["items"].as_array().expect("items").iter().map(|one| one["name"].as_str().expect("a name").to_owned()).collect();
        (names, page)
    };
    for (token, expected) in [
        (&together.member, vec!["plain", "sky"]),
        (&together.manager, vec!["plain", "sky"]),
        (&world.reader, vec!["plain", "sky"]),
        (&together.elsewhere, vec!["plain"]),
        (&world.other, vec!["plain"]),
        // Looking after the gateway is not being in a community.
        (&world.admin, vec!["plain"]),
    ] {
        assert_eq!(names(token).await.0, expected);
    }
    let (_, page) = names(&together.member).await;
    let sky = &page["items"][1];
    assert_eq!(
        (&sky["files"], &sky["runs"], &sky["systems"]),
        (&json!(["/etc/sky"]), &json!(["touch"]), &json!(["ubuntu:24.04"]))
    );
    assert!(!page.to_string().contains("inside"), "{page}");
}

#[tokio::test]
async fn the_program_is_for_everybody_and_machines_that_could_not_call_are_not_made() {
    let world = World::new().await;
    let path = "/pilot/v1/program";
    let sent = world.client.get(format!("http://{}{path}", world.address)).send().await.expect("sent");
    assert_eq!(sent.status(), 200);
    let digest = sent.headers()["etag"].to_str().expect("a digest").trim_matches('"').to_owned();
    let bytes = sent.bytes().await.expect("the program");
    let mut hasher = data::Hasher::new();
    hasher.update(&bytes);
    assert_eq!(
        (hasher.finish().to_string(), bytes.len() as u64),
        (digest.clone(), std::fs::metadata("/proc/self/exe").expect("it").len())
    );
    let ask = async |digest: &str| {
        world.client.get(format!("http://{}{path}?sha256={digest}", world.address)).send().await.expect("sent")
    };
    assert_eq!(ask(&digest).await.status(), 200);
    // Another gateway may have it.
    assert_eq!(ask(&digest.replace(['0', '1', '2'], "3")).await.status(), 503);

    let machine = json!({"kind": "machine", "machine": {"pilot": true}});
    let refused = world.post("/api/v1/runs").json(&machine).send().await.expect("sent");
    assert_eq!(refused.status(), 422);
    let refused = body(refused).await;
    assert_eq!((&refused["code"], &refused["fields"][0]["field"]), (&json!("RS-1003"), &json!("machine.pilot")), "{refused}");
    assert!(refused["remedy"].as_str().expect("a remedy").contains("gateway_url"), "{refused}");
}
