//! Requests that cannot be right: each is answered by a precise problem, and nothing comes of any of them.

use crate::world::{World, body, problem};
use reqwest::Method;
use serde_json::json;

/// Method, path, content type, body, status, code.
type Wrong = (&'static str, &'static str, &'static str, &'static [u8], u16, &'static str);

const JSON: &str = "application/json";
const RUN: &str = "/api/v1/runs";
const NOBODY: &str = "/api/v1/runs/run-00000000000000000000000000";

const WRONG: &[Wrong] = &[
    ("POST", RUN, JSON, b"", 400, "RS-1001"),
    ("POST", RUN, JSON, b"{", 400, "RS-1001"),
    ("POST", RUN, JSON, b"{\"command\":[\"true\"]", 400, "RS-1001"),
    ("POST", RUN, JSON, b"\xff\xfe", 400, "RS-1001"),
    ("POST", RUN, JSON, b"{\"comand\":[\"true\"]}", 422, "RS-1002"),
    ("POST", RUN, JSON, b"{\"command\":[\"true\"],\"resources\":{\"gpus\":1}}", 422, "RS-1002"),
    ("POST", RUN, JSON, b"{\"command\":[\"true\"],\"where\":{\"cloud\":\"x\"}}", 422, "RS-1002"),
    ("POST", RUN, JSON, b"{}", 422, "RS-1003"),
    ("POST", RUN, JSON, b"{\"command\":[]}", 422, "RS-1003"),
    ("POST", RUN, JSON, b"{\"command\":\"true\"}", 422, "RS-1003"),
    ("POST", RUN, JSON, b"{\"command\":[\"true\"],\"resources\":{\"memory\":512}}", 422, "RS-1003"),
    ("POST", RUN, JSON, b"{\"command\":[\"true\"],\"resources\":{\"memory\":\"8GB\"}}", 422, "RS-1003"),
    ("POST", RUN, JSON, b"{\"command\":[\"true\"],\"resources\":{\"walltime\":600}}", 422, "RS-1003"),
    ("POST", RUN, JSON, b"{\"command\":[\"true\"],\"resources\":{\"cores\":-1}}", 422, "RS-1003"),
    ("POST", RUN, JSON, b"{\"command\":[\"true\"],\"resources\":{\"cores\":1e999}}", 400, "RS-1001"),
    ("POST", RUN, JSON, b"{\"command\":[\"true\"],\"array\":{\"count\":0}}", 422, "RS-1003"),
    ("POST", RUN, JSON, b"{\"command\":[\"true\"],\"array\":{\"count\":4294967296}}", 422, "RS-1003"),
    ("POST", RUN, JSON, b"{\"command\":[\"true\"],\"outputs\":[{\"path\":\"../x\"}]}", 422, "RS-1003"),
    ("POST", RUN, JSON, b"{\"command\":[\"true\"],\"outputs\":[{\"path\":\"/etc/passwd\"}]}", 422, "RS-1003"),
    ("POST", RUN, JSON, b"{\"command\":[\"true\"],\"inputs\":[{\"from\":\"ftp://x/y\",\"to\":\"a\"}]}", 422, "RS-1003"),
    ("POST", RUN, JSON, b"{\"command\":[\"true\"],\"inputs\":[{\"from\":\"https://127.0.0.1/x\",\"to\":\"a\"}]}", 422, "RS-4003"),
    ("POST", RUN, JSON, b"{\"command\":[\"true\"],\"inputs\":[{\"from\":\"file:/etc/passwd\",\"to\":\"a\"}]}", 403, "RS-4008"),
    (
        "POST",
        RUN,
        JSON,
        b"{\"command\":[\"true\"],\"inputs\":[{\"from\":\"upload:upl-00000000000000000000000000\",\"to\":\"a\"}]}",
        404,
        "RS-1008",
    ),
    ("POST", RUN, JSON, b"{\"command\":[\"true\"],\"after\":[\"nobody\"]}", 422, "RS-1003"),
    ("POST", RUN, JSON, b"{\"command\":[\"true\"],\"resources\":{\"cores\":5000}}", 422, "RS-3001"),
    ("POST", RUN, JSON, b"{\"container\":{\"image\":\"debian\"}}", 422, "RS-3001"),
    ("POST", RUN, JSON, b"{\"kind\":\"machine\",\"machine\":{\"os\":\"ubuntu\"}}", 422, "RS-3001"),
    ("POST", RUN, JSON, b"{\"kind\":\"machine\",\"command\":[\"true\"]}", 422, "RS-1003"),
    ("POST", RUN, JSON, b"{\"command\":[\"true\"],\"machine\":{}}", 422, "RS-1003"),
    ("POST", RUN, "application/toml", b"command = \xff", 400, "RS-1001"),
    ("POST", RUN, "application/toml", b"comand = [\"true\"]", 422, "RS-1002"),
    ("POST", RUN, "application/yaml", b"comand: [x]", 422, "RS-1002"),
    ("POST", RUN, "text/plain", b"{}", 415, "RS-1004"),
    ("POST", RUN, "", b"{}", 415, "RS-1004"),
    ("POST", RUN, "application/x-www-form-urlencoded", b"command=true", 415, "RS-1004"),
    ("GET", "/api/v1/runs?limit=0", "", b"", 400, "RS-1007"),
    ("GET", "/api/v1/runs?limit=1001", "", b"", 400, "RS-1007"),
    ("GET", "/api/v1/runs?limit=many", "", b"", 400, "RS-1007"),
    ("GET", "/api/v1/runs?limit=-1", "", b"", 400, "RS-1007"),
    ("GET", "/api/v1/runs?limit=1&limit=2", "", b"", 400, "RS-1007"),
    ("GET", "/api/v1/runs?cursor=x", "", b"", 400, "RS-1007"),
    ("GET", "/api/v1/runs?state=lost", "", b"", 400, "RS-1007"),
    ("GET", "/api/v1/runs?stat=ended", "", b"", 400, "RS-1007"),
    ("GET", "/api/v1/runs?active=perhaps", "", b"", 400, "RS-1007"),
    ("GET", "/api/v1/uploads?cursor=../..", "", b"", 400, "RS-1007"),
    ("GET", "/api/v1/offers?memory=512", "", b"", 400, "RS-1007"),
    ("GET", "/api/v1/offers?cores=-1", "", b"", 422, "RS-1003"),
    ("GET", "/api/v1/offers?kind=ship", "", b"", 400, "RS-1007"),
    ("GET", "/api/v1/offers?limit=0", "", b"", 400, "RS-1007"),
    ("GET", "/api/v1/offers?os=a:b:c", "", b"", 422, "RS-1003"),
    ("GET", "/api/v1/offers?accelerator=a100", "", b"", 422, "RS-1003"),
    ("GET", "/api/v1/offers?os=ubuntu&container=x", "", b"", 422, "RS-1003"),
    ("GET", "/api/v1/offers?community=of-others", "", b"", 403, "RS-2012"),
    ("GET", "/api/v1/runs/not-a-run", "", b"", 404, "RS-1008"),
    ("GET", "/api/v1/runs/%ff", "", b"", 404, "RS-1008"),
    ("GET", "/api/v1/runs/..%2f..%2fetc", "", b"", 404, "RS-1008"),
    ("GET", NOBODY, "", b"", 404, "RS-1008"),
    ("GET", "/api/v1/runs/run-00000000000000000000000000/elements/x", "", b"", 404, "RS-1008"),
    ("GET", "/api/v1/runs/run-00000000000000000000000000/logs?stream=stdin", "", b"", 400, "RS-1007"),
    ("GET", "/api/v1/nothing", "", b"", 404, "RS-1008"),
    ("GET", "/nowhere", "", b"", 404, "RS-1008"),
    ("GET", "/api/v1//runs", "", b"", 404, "RS-1008"),
    ("GET", "/docs/errors/RS-0000", "", b"", 404, "RS-1008"),
    ("DELETE", RUN, "", b"", 405, "RS-1009"),
    ("PATCH", NOBODY, JSON, b"{}", 405, "RS-1009"),
    ("PUT", "/healthz", "", b"", 405, "RS-1009"),
    ("BREW", RUN, "", b"", 405, "RS-1009"),
    ("POST", "/api/v1/tokens", JSON, b"{\"name\":\"t\",\"scopes\":[\"root\"]}", 422, "RS-1003"),
    ("POST", "/api/v1/tokens", JSON, b"{\"name\":\"t\",\"scopes\":[]}", 422, "RS-1003"),
    ("POST", "/api/v1/tokens", JSON, b"{\"name\":\"\",\"scopes\":[\"read\"]}", 422, "RS-1003"),
    ("POST", "/api/v1/tokens", JSON, b"{\"name\":\"t\"}", 422, "RS-1003"),
    ("POST", "/api/v1/tokens", JSON, b"{\"name\":\"t\",\"scopes\":[\"read\"],\"for\":1}", 422, "RS-1002"),
    ("POST", "/api/v1/tokens", JSON, b"[]", 422, "RS-1003"),
    ("POST", "/api/v1/uploads", JSON, b"{\"name\":\"u\",\"bytes\":-1}", 422, "RS-1003"),
    ("POST", "/api/v1/uploads", JSON, b"{\"name\":\"u\",\"bytes\":\"1\"}", 422, "RS-1003"),
    ("POST", "/api/v1/uploads", JSON, b"{\"name\":\"a\\nb\",\"bytes\":1}", 422, "RS-1003"),
    ("POST", "/api/v1/uploads", JSON, b"{\"name\":\"u\",\"bytes\":1,\"sha256\":\"abc\"}", 422, "RS-1003"),
    ("POST", "/api/v1/uploads", JSON, b"{\"name\":\"u\"}", 422, "RS-1003"),
    ("POST", "/api/v1/uploads", "application/toml", b"name = \"u\"", 415, "RS-1004"),
    ("POST", "/api/v1/plans", JSON, b"null", 422, "RS-1003"),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_is_answered_precisely_and_nothing_is_created() {
    let world = World::new().await;
    let mut wrong = Vec::new();
    for (method, path, media_type, bytes, status, code) in WRONG {
        let mut request = world.request(method.parse::<Method>().expect("a method"), path).bearer_auth(&world.owner);
        if !media_type.is_empty() {
            request = request.header("content-type", *media_type);
        }
        let answer = request.body(*bytes).send().await.expect("sent");
        let answered = answer.status().as_u16();
        if answered == 405 {
            assert!(answer.headers().contains_key("allow"), "{method} {path}");
        }
        let said = if answered >= 400 { problem(answer).await } else { String::new() };
        if (answered, said.as_str()) != (*status, *code) {
            let text = String::from_utf8_lossy(bytes);
            wrong.push(format!("{method} {path} {text}: {answered} {said}, not {status} {code}"));
        }
    }
    // Depth is limited too, and so is a key.
    let deep = format!("{{\"command\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let answer = world.post(RUN).header("content-type", JSON).body(deep).send().await.expect("sent");
    assert_eq!(answer.status().as_u16() / 100, 4);
    for key in ["", &"k".repeat(256)] {
        let answer =
            world.post(RUN).header("idempotency-key", key).json(&json!({"command": ["true"]})).send().await.expect("sent");
        assert_eq!(problem(answer).await, "RS-1003", "a key of {} bytes", key.len());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(WRONG.len() >= 40);

    for list in ["/api/v1/runs", "/api/v1/uploads"] {
        let listed = body(world.get(list).send().await.expect("sent")).await;
        assert_eq!(listed["items"], json!([]), "{list}");
    }
    let tokens = body(world.get("/api/v1/tokens").send().await.expect("sent")).await;
    assert!(tokens["items"].as_array().is_some_and(|items| items.iter().all(|token| token["name"] == "test")));
}
