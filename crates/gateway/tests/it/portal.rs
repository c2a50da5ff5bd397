//! The portal's page and files, made by the test.

use crate::world::{World, problem};
use bytes::Bytes;
use gateway::{Portal, Settings};
use reqwest::header::HeaderMap;
use reqwest::{Method, Response};

const PAGE: &str = concat!(
    r#"<!doctype html><base href="__BASE__"><meta name="csp-nonce" content="__NONCE__">"#,
    r#"<script type="module" nonce="__NONCE__" src="./assets/main-1a2b.js"></script>"#
);

fn built() -> Portal {
    let files = [
        ("index.html", PAGE),
        ("assets/main-1a2b.js", "plain script"),
        ("assets/main-1a2b.js.br", "brotli"),
        ("assets/main-1a2b.js.gz", "gzip"),
        ("assets/style-3c4d.css", "plain style"),
        ("mark.svg", "<svg/>"),
        (".vite/manifest.json", "{}"),
    ];
    Portal::of(files.into_iter().map(|(name, text)| (name.to_owned(), Bytes::from_static(text.as_bytes()))))
}

async fn world() -> World {
    World::with_portal(|settings| settings, built()).await
}

async fn ask(world: &World, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
    let request = world.request(method, path);
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send().await.expect("sent")
}

fn text(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).unwrap_or_else(|| panic!("no {name} in {headers:?}")).to_str().expect("ascii").to_owned()
}

const HTML: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

#[tokio::test(flavor = "multi_thread")]
async fn the_page_answers_every_address_of_its_own_with_a_fresh_nonce() {
    let world = world().await;
    let mut nonces = Vec::new();
    for path in ["/", "/runs", "/runs/run-1?x=y", "/index.html", "/apis", "/docs"] {
        let answer = ask(&world, Method::GET, path, &[HTML]).await;
        assert_eq!(answer.status(), 200, "{path}");
        let headers = answer.headers().clone();
        assert_eq!(text(&headers, "content-type"), "text/html; charset=utf-8");
        assert_eq!(text(&headers, "cache-control"), "no-store");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(text(&headers, name), value);
        }
        assert!(text(&headers, "permissions-policy").contains("camera=()"));
        let policy = text(&headers, "content-security-policy");
        for part in [
            "default-src 'none'",
            "'strict-dynamic'",
            "connect-src 'self'",
            "img-src 'self' blob: data:",
            "frame-ancestors 'none'",
            "base-uri 'self'",
            "object-src 'none'",
        ] {
            assert!(policy.contains(part), "{part} in {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        let nonce =
            policy.split("script-src 'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce").to_owned();
        assert!(nonce.len() >= 22 && policy.contains(&format!("style-src 'self' 'nonce-{nonce}'")), "{policy}");
        assert_eq!(answer.text().await.expect("text"), PAGE.replace("__BASE__", "/").replace("__NONCE__", &nonce));
        nonces.push(nonce);
    }
    let different: std::collections::HashSet<_> = nonces.iter().collect();
    assert_eq!(different.len(), nonces.len(), "{nonces:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_the_portals_stays_as_it_was() {
    let world = world().await;
    for path in ["/api/v1/nothing", "/api", "/api/", "/pilot/v2", "/healthz/x", "/metrics/x", "/assets/", "/assets/gone.js"] {
        let answer = ask(&world, Method::GET, path, &[HTML]).await;
        assert_eq!(answer.status(), 404, "{path}");
        assert_eq!(problem(answer).await, "RS-1008", "{path}");
    }
    for (method, path, accept) in [
        (Method::GET, "/runs", "application/json"),
        (Method::GET, "/runs", "*/*"),
        (Method::GET, "/runs", "text/html;q=0"),
        (Method::POST, "/runs", "text/html"),
        (Method::POST, "/", "text/html"),
        (Method::GET, "/.vite/manifest.json", "*/*"),
        (Method::GET, "/index.html.br", "*/*"),
        (Method::GET, "/assets/main-1a2b.js.br", "text/html"),
    ] {
        let answer = ask(&world, method.clone(), path, &[("accept", accept)]).await;
        assert_eq!(problem(answer).await, "RS-1008", "{method} {path} {accept}");
    }
    assert_eq!(ask(&world, Method::GET, "/healthz", &[HTML]).await.text().await.expect("text"), "alive\n");
    let refused = ask(&world, Method::GET, "/api/v1/me", &[HTML]).await;
    assert_eq!(problem(refused).await, "RS-2001");
    let rebound = ask(&world, Method::GET, "/", &[HTML, ("host", "evil.example.org")]).await;
    assert_eq!(problem(rebound).await, "RS-1010", "the portal too");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_compressed_and_are_kept_for_ever() {
    let world = world().await;
    let script = "/assets/main-1a2b.js";
    let mut tags = Vec::new();
    for (accepted, coding, expected) in [
        ("gzip, deflate, br, zstd", Some("br"), "brotli"),
        ("gzip, br;q=0", Some("gzip"), "gzip"),
        ("zstd", None, "plain script"),
    ] {
        let answer = ask(&world, Method::GET, script, &[("accept-encoding", accepted)]).await;
        let headers = answer.headers().clone();
        assert_eq!(headers.get("content-encoding").map(|value| value.to_str().expect("ascii")), coding, "{accepted}");
        assert_eq!(text(&headers, "cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(text(&headers, "vary"), "Accept-Encoding");
        assert_eq!(text(&headers, "content-type"), "text/javascript; charset=utf-8");
        assert_eq!(answer.text().await.expect("text"), expected);
        let etag = text(&headers, "etag");
        let known = ask(&world, Method::GET, script, &[("accept-encoding", accepted), ("if-none-match", &etag)]).await;
        assert_eq!((known.status().as_u16(), text(known.headers(), "etag")), (304, etag.clone()));
        tags.push(etag);
    }
    assert!(tags[0] != tags[1] && tags[1] != tags[2] && tags[0] != tags[2], "{tags:?}");
    let other = ask(&world, Method::GET, script, &[("accept-encoding", "br"), ("if-none-match", &tags[2])]).await;
    assert_eq!(other.status(), 200, "other bytes than those that are known");
    let uncompressed = ask(&world, Method::GET, "/assets/style-3c4d.css", &[("accept-encoding", "br, gzip")]).await;
    assert!(uncompressed.headers().get("content-encoding").is_none());
    assert_eq!(uncompressed.text().await.expect("text"), "plain style");
    let mark = ask(&world, Method::GET, "/mark.svg", &[]).await;
    assert_eq!(text(mark.headers(), "cache-control"), "public, no-cache", "its name does not change with its content");

    for (path, length) in [(script, 12), ("/", PAGE.replace("__BASE__", "/").replace("__NONCE__", &"n".repeat(22)).len())] {
        let head = ask(&world, Method::HEAD, path, &[HTML]).await;
        assert_eq!(head.status(), 200, "{path}");
        assert_eq!(text(head.headers(), "content-length"), length.to_string(), "{path}");
        assert!(head.text().await.expect("text").is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_path_leads_out_of_the_portal() {
    let world = world().await;
    let secret = world.directory.path().join("roadstead.db");
    assert!(secret.is_file());
    let climb = format!("{}{}", "../".repeat(30), secret.to_str().expect("UTF-8").trim_start_matches('/'));
    let encoded = climb.replace("..", "%2e%2e");
    let more = climb.replace('/', "%2f");
    for rest in [
        format!("/assets/{climb}"),
        format!("/assets/{encoded}"),
        format!("/assets/{more}"),
        format!("/assets/..%5c..%5c{more}"),
        "/assets/../index.html".to_owned(),
        "/assets/%2e%2e/.vite/manifest.json".to_owned(),
        "/assets/main-1a2b.js%00.css".to_owned(),
        "/assets//main-1a2b.js".to_owned(),
    ] {
        let answer = world.raw_get(&rest).await;
        assert!(answer.starts_with("HTTP/1.1 404") && answer.contains("RS-1008"), "{rest}: {answer}");
    }
    for rest in [format!("//{climb}"), format!("/{climb}"), format!("/{encoded}")] {
        let answer = world.raw_get(&rest).await;
        assert!(answer.contains("<!doctype html>") && !answer.contains("SQLite format"), "{rest}: the page and nothing else");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_portal_the_gateway_says_how_to_build_it() {
    let world = World::new().await;
    let answer = ask(&world, Method::GET, "/", &[HTML]).await;
    assert_eq!(answer.status(), 200);
    assert!(text(answer.headers(), "content-security-policy").contains("default-src 'none'"));
    let page = answer.text().await.expect("text");
    assert!(page.contains("make build") && !page.contains("__") && !page.contains("<script"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn below_a_prefix_the_page_knows_its_place() {
    let with_prefix =
        |settings| Settings { public_url: Some("https://gate.example.org/a/b&c/".parse().expect("a URL")), ..settings };
    let world = World::with_portal(with_prefix, built()).await;
    assert!(world.url.ends_with("/a/b&c"));
    let host = ("host", "gate.example.org");
    for path in ["", "/", "/runs/x"] {
        let answer = ask(&world, Method::GET, path, &[HTML, host]).await;
        assert_eq!(answer.status(), 200, "{path}");
        let page = answer.text().await.expect("text");
        assert!(page.contains(r#"<base href="/a/b&amp;c/">"#), "{path}: {page}");
    }
    let script = ask(&world, Method::GET, "/assets/main-1a2b.js", &[host]).await;
    assert_eq!(script.text().await.expect("text"), "plain script");
    assert_eq!(problem(ask(&world, Method::GET, "/api/v1/nothing", &[HTML, host]).await).await, "RS-1008");
    for outside in ["/", "/assets/main-1a2b.js", "/a/b&cd/", "/runs"] {
        let answer = world.client.get(format!("http://{}{outside}", world.address)).header("accept", "text/html");
        assert_eq!(problem(answer.send().await.expect("sent")).await, "RS-1008", "{outside}");
    }
}
