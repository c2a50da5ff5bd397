//! Who gets to a handler at all: hosts, origins, slow and oversized requests, proxies; and what panics say.

use crate::world::{World, body, problem};
use reqwest::Method;
use serde_json::json;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends raw bytes and returns all that comes back until the connection ends.
async fn raw(world: &World, text: &str) -> String {
    let mut stream = TcpStream::connect(world.address).await.expect("connected");
    stream.write_all(text.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
    read.expect("in time").expect("read");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_our_own_names_are_answered_to() {
    let world = World::with(|settings| gateway::Settings {
        allowed_hosts: vec!["portal.example.org:8443".into(), "any-port.example.org".into()],
        ..settings
    })
    .await;
    let port = world.address.port();
    let ask = async |host: &str| {
        let request = world.get("/api/v1/me").header("host", host);
        request.send().await.expect("sent")
    };
    for ours in ["localhost", "LOCALHOST", "127.0.0.1", "[::1]", "localhost."] {
        assert_eq!(ask(&format!("{ours}:{port}")).await.status(), 200, "{ours}");
    }
    assert_eq!(ask("portal.example.org:8443").await.status(), 200);
    assert_eq!(ask("any-port.example.org:1").await.status(), 200);
    // A name that is ours at any port is that of others' pages at other ports as well.
    let change = async |origin: &str| {
        let request = world.post("/api/v1/runs").header("host", "any-port.example.org:8000").header("origin", origin);
        request.json(&json!({"command": ["true"]})).send().await.expect("sent").status()
    };
    for foreign in ["http://any-port.example.org:8001", "http://any-port.example.org", "http://portal.example.org:8000"] {
        assert_eq!(change(foreign).await, 403, "{foreign}");
    }
    for ours in ["http://any-port.example.org:8000", "http://ANY-PORT.example.org.:8000", "https://portal.example.org:8443"] {
        assert_eq!(change(ours).await, 201, "{ours}");
    }
    let other_port = format!("localhost:{}", port.wrapping_add(1));
    for foreign in ["evil.example.org", "localhost", &other_port, "portal.example.org", "127.0.0.1.evil.org", "user@localhost"] {
        let answer = ask(&if foreign.contains(':') { foreign.to_owned() } else { format!("{foreign}:{}", port - 1) }).await;
        assert_eq!(answer.status(), 421, "{foreign}");
        assert_eq!(problem(answer).await, "RS-1010", "{foreign}");
    }
    let rebound = ask(&format!("rebound.example.org:{port}")).await;
    assert_eq!(problem(rebound).await, "RS-1010", "a name that resolves to loopback");
    let token = &world.owner;
    let none = raw(&world, &format!("GET /api/v1/me HTTP/1.0\r\nAuthorization: Bearer {token}\r\n\r\n")).await;
    assert!(none.starts_with("HTTP/1.0 421") || none.starts_with("HTTP/1.1 421"), "{none}");
    let two = raw(&world, &format!("GET http://evil.example.org/api/v1/me HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n")).await;
    assert!(two.starts_with("HTTP/1.1 421"), "{two}");
    // Probes ask by address.
    let probe = world.request(Method::GET, "/healthz").header("host", "10.0.0.7:8080").send().await.expect("sent");
    assert_eq!(probe.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_pages_change_nothing_and_read_nothing() {
    let world =
        World::with(|settings| gateway::Settings { allowed_origins: vec!["https://portal.example.org".into()], ..settings })
            .await;
    let run = json!({"command": ["true"]});
    let post = async |origin: &str| world.post("/api/v1/runs").header("origin", origin).json(&run).send().await.expect("sent");
    for foreign in ["http://evil.example.org", "null", "http://localhost:1", "https://portal.example.org.evil.org", "file://", ""]
    {
        let answer = post(foreign).await;
        assert_eq!(answer.status(), 403, "{foreign}");
        assert_eq!(problem(answer).await, "RS-1011", "{foreign}");
    }
    let listed = body(world.get("/api/v1/runs").send().await.expect("sent")).await;
    assert_eq!(listed["items"], json!([]));
    assert_eq!(post(&world.url).await.status(), 201);
    assert_eq!(post("https://portal.example.org").await.status(), 201);

    // Reading is not refused, and no page of another origin is given the answer.
    let read = world.get("/api/v1/me").header("origin", "http://evil.example.org").send().await.expect("sent");
    assert_eq!(read.status(), 200);
    let preflight = world.request(Method::OPTIONS, "/api/v1/runs").header("origin", "http://evil.example.org");
    let preflight = preflight.header("access-control-request-method", "POST").send().await.expect("sent");
    assert!(!preflight.status().is_success());
    for answer in [&read, &preflight] {
        assert!(!answer.headers().keys().any(|name| name.as_str().starts_with("access-control-")));
    }
    let upgrade = world.request(Method::GET, "/pilot/v1/connect").header("origin", "http://evil.example.org");
    let upgrade = upgrade.header("upgrade", "websocket").header("connection", "upgrade").send().await.expect("sent");
    assert_eq!(problem(upgrade).await, "RS-1011");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_dawdles_is_cut_and_who_sends_too_much_is_refused() {
    let world = World::with(|settings| gateway::Settings {
        header_timeout: Duration::from_millis(400),
        body_timeout: Duration::from_millis(400),
        ..settings
    })
    .await;
    let port = world.address.port();
    let began = Instant::now();
    let mut slow = TcpStream::connect(world.address).await.expect("connected");
    slow.write_all(b"GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\nX-A: ").await.expect("sent");
    // A byte from time to time does not help.
    let mut closed = [0; 256];
    loop {
        let reading = tokio::time::timeout(Duration::from_millis(100), slow.read(&mut closed)).await;
        match reading {
            Ok(Ok(0)) | Ok(Err(_)) => break,
            Ok(Ok(_)) => continue,
            Err(_) => {
                let _ = slow.write_all(b"x").await;
            }
        }
        assert!(began.elapsed() < Duration::from_secs(15), "a slow head is not cut");
    }
    let token = &world.owner;
    let head = format!(
        "POST /api/v1/runs HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    );
    let answer = raw(&world, &format!("{head}Connection: close\r\nContent-Length: 100\r\n\r\n{{\"comm")).await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("RS-1014"), "{answer}");

    let announced = raw(&world, &format!("{head}Connection: close\r\nContent-Length: 99999999\r\n\r\n")).await;
    assert!(announced.starts_with("HTTP/1.1 413") && announced.contains("RS-1005"), "{announced}");
    let chunk = "x".repeat(0x8000);
    let chunks: String = (0..40).map(|_| format!("8000\r\n{chunk}\r\n")).collect();
    let mut stream = TcpStream::connect(world.address).await.expect("connected");
    let sent = stream.write_all(format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n").as_bytes()).await;
    let mut first = [0; 12];
    let read = stream.read_exact(&mut first).await;
    assert!(sent.is_err() || read.is_err() || &first == b"HTTP/1.1 413", "{:?}", String::from_utf8_lossy(&first));

    let long = "a".repeat(200_000);
    let answer = raw(&world, &format!("GET / HTTP/1.1\r\nHost: localhost:{port}\r\nX-Long: {long}\r\n\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 431") || answer.is_empty(), "{answer}");
    let listed = body(world.get("/api/v1/runs").send().await.expect("sent")).await;
    assert_eq!(listed["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_below_the_public_prefix() {
    let world = World::with(|settings| gateway::Settings {
        public_url: Some("https://gate.example.org/roadstead/".parse().expect("a URL")),
        ..settings
    })
    .await;
    assert!(world.url.ends_with("/roadstead"));
    let created = world.post("/api/v1/runs").json(&json!({"command": ["true"]})).send().await.expect("sent");
    assert!(created.headers()["location"].to_str().expect("ascii").starts_with("/roadstead/api/v1/runs/run-"));
    let ours = world.get("/api/v1/me").header("host", "gate.example.org").send().await.expect("sent");
    assert_eq!(ours.status(), 200);
    let page = world.post("/api/v1/runs").header("origin", "https://gate.example.org").json(&json!({"command": ["true"]}));
    assert_eq!(page.send().await.expect("sent").status(), 201);
    let outside = world.client.get(format!("http://{}/api/v1/me", world.address)).bearer_auth(&world.owner);
    assert_eq!(problem(outside.send().await.expect("sent")).await, "RS-1008");
    let described = body(world.get("/api/v1/openapi.json").send().await.expect("sent")).await;
    assert_eq!(described["servers"][0]["url"], "/roadstead");
    let refused = body(world.get("/api/v1/nothing").send().await.expect("sent")).await;
    let docs = refused["docs"].as_str().expect("a link");
    let page = world.client.get(format!("http://{}{docs}", world.address)).send().await.expect("sent");
    assert!(page.text().await.expect("text").starts_with("# RS-1008"), "the link in a problem leads to its page");
    let id = crate::world::text_of(&body(created).await, "id");
    let pilot = crate::pilot::Pilot::aboard(&world, &id).await;
    assert_eq!(pilot.put(&world, "x", "bytes 0-0/1", b"x").await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_count_by_route_and_never_by_what_was_asked() {
    let listen = std::net::SocketAddr::from(([127, 0, 0, 1], testkit::free_port()));
    let world = World::with(|settings| gateway::Settings { metrics_listen: Some(listen), ..settings }).await;
    let id = world.run("counted").await;
    for _ in 0..3 {
        world.get(&format!("/api/v1/runs/{id}")).send().await.expect("sent");
        world.get("/api/v1/secret-of-somebody").send().await.expect("sent");
    }
    let by_token = world.by(&world.admin, Method::GET, "/metrics").send().await.expect("sent").text().await.expect("text");
    let alone = world.client.get(format!("http://{listen}/metrics")).send().await.expect("sent").text().await.expect("text");
    for text in [by_token, alone] {
        assert!(
            text.contains(r#"roadstead_http_request_seconds_count{method="GET",route="/api/v1/runs/{id}",status="200"} 3"#),
            "{text}"
        );
        assert!(text.contains("roadstead_runs{state="), "{text}");
        assert!(text.contains("roadstead_flows_due "), "{text}");
        assert!(text.contains("roadstead_pilots_connected 0"), "{text}");
        assert!(!text.contains("secret-of-somebody") && !text.contains(&id), "{text}");
    }
    let other = world.client.get(format!("http://{listen}/api/v1/me")).bearer_auth(&world.owner).send().await.expect("sent");
    assert_eq!(other.status(), 404, "nothing else is there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_defect_is_answered_without_details_and_harms_nobody_else() {
    let world = World::new().await;
    world.bench.is_broken.store(true, Ordering::SeqCst);
    let answer = world.get("/api/v1/services").send().await.expect("an answer");
    assert_eq!(answer.status(), 500);
    let text = answer.text().await.expect("text");
    assert!(text.contains("RS-7005") && !text.contains("secret details"), "{text}");
    let answer = world.get("/api/v1/services").send().await.expect("an answer");
    assert_eq!(problem(answer).await, "RS-7005");
    assert_eq!(world.get("/api/v1/me").send().await.expect("sent").status(), 200);
    world.bench.is_broken.store(false, Ordering::SeqCst);
    assert_eq!(world.get("/api/v1/services").send().await.expect("sent").status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_arrives_although_the_client_is_still_sending() {
    let world = World::new().await;
    for _ in 0..5 {
        let sent =
            world.request(Method::POST, "/api/v1/runs").header("content-type", "application/json").body(vec![b'x'; 6 << 20]);
        assert_eq!(problem(sent.send().await.expect("an answer")).await, "RS-2001");
        let sent = world.post("/api/v1/runs").header("content-type", "application/json").body(vec![b'x'; 6 << 20]);
        assert_eq!(problem(sent.send().await.expect("an answer")).await, "RS-1005");
    }
}
