use crate::world::{World, body, problem, text_of};
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn uploads_arrive_in_parts_resume_and_are_what_was_announced() {
    let world = World::new().await;
    let content: Vec<u8> = (0..3_000_000u32).map(|i| (i % 251) as u8).collect();
    let sha256: String = db::sha256(&content).iter().map(|byte| format!("{byte:02x}")).collect();
    let new = json!({"name": "cube.fits", "bytes": content.len(), "sha256": sha256});
    let answer = world.post("/api/v1/uploads").json(&new).send().await.expect("sent");
    let location = answer.headers()["location"].to_str().expect("ascii").to_owned();
    let id = text_of(&body(answer).await, "id");
    assert_eq!(location, format!("/api/v1/uploads/{id}"));

    let put = async |range: Option<&str>, bytes: &[u8]| {
        let mut request = world.request(Method::PUT, &format!("{location}/content")).bearer_auth(&world.owner);
        if let Some(range) = range {
            request = request.header("content-range", range);
        }
        request.body(bytes.to_vec()).send().await.expect("sent")
    };
    let answer = put(Some("bytes 0-999999/3000000"), &content[..1_000_000]).await;
    assert_eq!(body(answer).await["received"], 1_000_000);
    let answer = put(Some("bytes 2000000-2999999/3000000"), &content[2_000_000..]).await;
    assert_eq!(problem(answer).await, "RS-4009");
    let answer = put(Some("bytes 1000000-1999999/4000000"), &content[1_000_000..2_000_000]).await;
    assert_eq!(problem(answer).await, "RS-1003", "another total");
    let answer = put(Some("bytes 1000000-1999999/3000000"), &content[1_000_000..1_500_000]).await;
    assert_eq!(problem(answer).await, "RS-1003", "fewer bytes than named");
    let early = world.post(&format!("{location}/complete")).send().await.expect("sent");
    assert_eq!(problem(early).await, "RS-4006");
    // The whole file again: what is there is passed over.
    assert_eq!(body(put(None, &content).await).await["received"], 3_000_000);
    let done = body(world.post(&format!("{location}/complete")).send().await.expect("sent")).await;
    assert_eq!(done["sha256"], sha256.as_str());
    assert_eq!(problem(put(None, &content).await).await, "RS-1013", "complete is complete");

    let too_much = put(None, &[0; 3_000_001]).await;
    assert!(matches!(problem(too_much).await.as_str(), "RS-4007" | "RS-1013"));
    let huge = world.post("/api/v1/uploads").json(&json!({"name": "h", "bytes": 1u64 << 40})).send().await.expect("sent");
    assert_eq!(problem(huge).await, "RS-4007");

    let gone = world.request(Method::DELETE, &location).bearer_auth(&world.owner).send().await.expect("sent");
    assert_eq!(gone.status(), 204);
    assert_eq!(problem(world.get(&location).send().await.expect("sent")).await, "RS-1008");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_announces_one_upload() {
    let world = World::new().await;
    let new = json!({"name": "cube.fits", "bytes": 10});
    let ask = |new: &serde_json::Value| world.post("/api/v1/uploads").header("idempotency-key", "key-1").json(new).send();
    let first = ask(&new).await.expect("sent");
    assert_eq!(first.status(), 201);
    let again = ask(&new).await.expect("sent");
    assert_eq!(again.status(), 200);
    assert_eq!(text_of(&body(first).await, "id"), text_of(&body(again).await, "id"));
    let other = ask(&json!({"name": "cube.fits", "bytes": 11})).await.expect("sent");
    assert_eq!(problem(other).await, "RS-1006");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_interrupted_deletion_left_is_removed_later() {
    let world = World::new().await;
    let run = world.cancelled_run().await;
    let deleted = world.by(&world.owner, Method::DELETE, &format!("/api/v1/runs/{run}")).send().await.expect("sent");
    assert!(deleted.status().is_success(), "{}", deleted.status());
    // As if the gateway had died before it removed the files.
    let left = world.directory.path().join("blobs").join(&run).join("e0/t1");
    std::fs::create_dir_all(&left).expect("a directory");
    std::fs::write(left.join("report"), "x").expect("a file");
    testkit::await_until(std::time::Duration::from_secs(5), "the files to be removed", async || {
        world.runs.forget_expired_blobs().await.expect("removed");
        (!world.directory.path().join("blobs").join(&run).exists()).then_some(())
    })
    .await;
}
