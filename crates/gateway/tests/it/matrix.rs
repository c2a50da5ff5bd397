//! Who may do what: every operation there is, asked by every kind of caller.

use crate::browser::Browser;
use crate::pilot::{OUTPUT_PATH, Pilot, finished_run};
use crate::world::{BAD_TOKEN, World, body, problem, text_of};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What the path's `{id}` stands for: something of the owner's, made anew for each caller unless it is only read.
#[derive(Clone, Copy)]
enum Of {
    Nothing,
    NewRun,
    CancelledRun,
    FinishedRun,
    NewUpload,
    SentUpload,
    NewToken,
    NewSession,
    NoFlow,
    /// The credential of a run's pilot.
    PilotAboard,
    AnyPerson,
}

struct Row {
    operation: &'static str,
    of: Of,
    body: Option<&'static str>,
    /// Anonymous, bad token, revoked token, read-only token, another person, the owner, an administrator, the owner in a
    /// browser.
    expected: [u16; 8],
}

const RUN: &str = r#"{"command":["true"]}"#;

const fn row(operation: &'static str, of: Of, body: Option<&'static str>, rest: [u16; 4]) -> Row {
    // In a browser the owner may do what the owner may do.
    Row { operation, of, body, expected: [401, 401, 401, rest[0], rest[1], rest[2], rest[3], rest[2]] }
}

const ROWS: &[Row] = &[
    row("GET /api/v1/me", Of::Nothing, None, [200, 200, 200, 200]),
    row("GET /api/v1/tokens", Of::Nothing, None, [200, 200, 200, 200]),
    row("POST /api/v1/tokens", Of::Nothing, Some(r#"{"name":"t","scopes":["read"]}"#), [403, 201, 201, 201]),
    row("DELETE /api/v1/tokens/{id}", Of::NewToken, None, [403, 404, 204, 404]),
    row("GET /api/v1/sessions", Of::Nothing, None, [200, 200, 200, 200]),
    Row { operation: "POST /api/v1/sessions", of: Of::Nothing, body: Some(r#"{"code":"wrong"}"#), expected: [401; 8] },
    row("POST /api/v1/sessions/codes", Of::Nothing, None, [403, 201, 201, 201]),
    row("DELETE /api/v1/sessions/{id}", Of::NewSession, None, [403, 404, 204, 404]),
    Row {
        operation: "DELETE /api/v1/sessions/current",
        of: Of::Nothing,
        body: None,
        expected: [401, 401, 401, 404, 404, 404, 404, 204],
    },
    row("GET /api/v1/uploads", Of::Nothing, None, [200, 200, 200, 200]),
    row("POST /api/v1/uploads", Of::Nothing, Some(r#"{"name":"u","bytes":1}"#), [403, 201, 201, 201]),
    row("GET /api/v1/uploads/{id}", Of::NewUpload, None, [200, 404, 200, 404]),
    row("DELETE /api/v1/uploads/{id}", Of::NewUpload, None, [403, 404, 204, 404]),
    row("PUT /api/v1/uploads/{id}/content", Of::NewUpload, Some("x"), [403, 404, 200, 404]),
    row("POST /api/v1/uploads/{id}/complete", Of::SentUpload, None, [403, 404, 200, 404]),
    row("POST /api/v1/runs", Of::Nothing, Some(RUN), [403, 201, 201, 201]),
    row("GET /api/v1/runs", Of::Nothing, None, [200, 200, 200, 200]),
    row("GET /api/v1/runs/{id}", Of::FinishedRun, None, [200, 404, 200, 200]),
    row("DELETE /api/v1/runs/{id}", Of::CancelledRun, None, [403, 404, 204, 204]),
    row("POST /api/v1/runs/{id}/cancel", Of::NewRun, None, [403, 404, 202, 202]),
    row("POST /api/v1/runs/{id}/retry", Of::CancelledRun, None, [403, 404, 202, 403]),
    row("GET /api/v1/runs/{id}/plan", Of::FinishedRun, None, [200, 404, 200, 200]),
    row("GET /api/v1/runs/{id}/elements", Of::FinishedRun, None, [200, 404, 200, 200]),
    row("GET /api/v1/runs/{id}/elements/{index}", Of::FinishedRun, None, [200, 404, 200, 200]),
    row("POST /api/v1/runs/{id}/elements/{index}/cancel", Of::NewRun, None, [403, 404, 202, 202]),
    row("POST /api/v1/runs/{id}/elements/{index}/retry", Of::CancelledRun, None, [403, 404, 202, 403]),
    row("GET /api/v1/runs/{id}/events", Of::FinishedRun, None, [200, 404, 200, 200]),
    row("GET /api/v1/runs/{id}/logs", Of::FinishedRun, None, [200, 404, 200, 200]),
    row("GET /api/v1/runs/{id}/logs/matches", Of::FinishedRun, None, [200, 404, 200, 200]),
    row("GET /api/v1/runs/{id}/elements/overview", Of::FinishedRun, None, [200, 404, 200, 200]),
    row("GET /api/v1/runs/{id}/outputs", Of::FinishedRun, None, [200, 404, 200, 200]),
    row("GET /api/v1/runs/{id}/outputs/{element}/{path}", Of::FinishedRun, None, [200, 404, 200, 200]),
    row("GET /api/v1/runs/{id}/crate", Of::FinishedRun, None, [200, 404, 200, 200]),
    row("GET /api/v1/runs/{id}/receipt", Of::FinishedRun, None, [200, 404, 200, 200]),
    row("GET /api/v1/events", Of::Nothing, None, [200, 200, 200, 200]),
    row("GET /api/v1/sites", Of::Nothing, None, [200, 200, 200, 200]),
    row("GET /api/v1/services", Of::Nothing, None, [200, 200, 200, 200]),
    row("GET /api/v1/offers", Of::Nothing, None, [200, 200, 200, 200]),
    row("POST /api/v1/plans", Of::Nothing, Some(RUN), [200, 200, 200, 200]),
    row("GET /api/v1/admin/flows", Of::Nothing, None, [403, 403, 403, 200]),
    row("POST /api/v1/admin/flows/{id}/retry", Of::NoFlow, None, [403, 403, 403, 404]),
    row("GET /api/v1/admin/health", Of::Nothing, None, [403, 403, 403, 200]),
    row("GET /api/v1/admin/people", Of::Nothing, None, [403, 403, 403, 200]),
    row("GET /api/v1/admin/people/{id}", Of::AnyPerson, None, [403, 403, 403, 200]),
    row("POST /api/v1/admin/people/{id}/suspend", Of::AnyPerson, Some(r#"{"because":"a test"}"#), [403, 403, 403, 200]),
    row("POST /api/v1/admin/people/{id}/restore", Of::AnyPerson, None, [403, 403, 403, 200]),
    row("GET /api/v1/admin/audit", Of::Nothing, None, [403, 403, 403, 200]),
    row("GET /api/v1/admin/mapping", Of::Nothing, None, [403, 403, 403, 200]),
    row("PUT /api/v1/admin/mapping", Of::Nothing, Some(r#"{"version":0,"table":{"rules":[]}}"#), [403, 403, 403, 200]),
    row(
        "POST /api/v1/admin/mapping/preview",
        Of::Nothing,
        Some(r#"{"issuer":"https://a.example","claims":{}}"#),
        [403, 403, 403, 200],
    ),
    // No issuer is set up here, and nothing waits.
    Row { operation: "POST /api/v1/logins", of: Of::Nothing, body: Some(r#"{"issuer":"nowhere"}"#), expected: [404; 8] },
    Row { operation: "POST /api/v1/logins/token", of: Of::Nothing, body: Some(r#"{"login":"wrong"}"#), expected: [403; 8] },
    Row { operation: "GET /api/v1/issuers", of: Of::Nothing, body: None, expected: [200; 8] },
    row("GET /api/v1/identities", Of::Nothing, None, [200, 200, 200, 200]),
    row("GET /api/v1/communities", Of::Nothing, None, [200, 200, 200, 200]),
    row("GET /api/v1/consents", Of::Nothing, None, [200, 200, 200, 200]),
    // Nobody here signed in at an issuer.
    row("DELETE /api/v1/consents/{issuer}", Of::Nothing, None, [403, 404, 404, 404]),
    row("GET /api/v1/credentials", Of::Nothing, None, [200, 200, 200, 200]),
    row("DELETE /api/v1/credentials/{id}", Of::PilotAboard, None, [403, 404, 204, 404]),
    row("POST /api/v1/admin/rekey", Of::Nothing, None, [403, 403, 403, 200]),
];

/// The routes beside the API. Those of pilots refuse everyone who is a person.
const OTHERS: &[Row] = &[
    Row { operation: "GET /healthz", of: Of::Nothing, body: None, expected: [200; 8] },
    Row { operation: "GET /readyz", of: Of::Nothing, body: None, expected: [200; 8] },
    row("GET /metrics", Of::Nothing, None, [403, 403, 403, 200]),
    Row { operation: "GET /api/v1/openapi.json", of: Of::Nothing, body: None, expected: [200; 8] },
    Row { operation: "GET /docs/errors/{code}", of: Of::Nothing, body: None, expected: [200; 8] },
    // No issuer is set up here, and nobody was sent to one.
    Row { operation: "GET /login/{issuer}", of: Of::Nothing, body: None, expected: [404; 8] },
    Row { operation: "GET /login/{issuer}/callback", of: Of::Nothing, body: None, expected: [403; 8] },
    Row { operation: "POST /login/logout", of: Of::Nothing, body: Some("{}"), expected: [415; 8] },
    Row { operation: "GET /pilot/v1/connect", of: Of::Nothing, body: None, expected: [401; 8] },
    Row { operation: "GET /pilot/v1/input", of: Of::Nothing, body: None, expected: [401; 8] },
    Row { operation: "GET /pilot/v1/output", of: Of::Nothing, body: None, expected: [401; 8] },
    Row { operation: "GET /pilot/v1/token", of: Of::Nothing, body: None, expected: [401; 8] },
    Row { operation: "PUT /pilot/v1/output", of: Of::Nothing, body: Some("x"), expected: [401; 8] },
];

/// `METHOD /path` of every operation of the description.
pub fn described() -> BTreeSet<String> {
    let document: Value = serde_json::from_str(&gateway::openapi()).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    let methods = |(path, item): (&String, &Value)| {
        let methods: Vec<String> = item.as_object().expect("an item").keys().cloned().collect();
        let path = path.clone();
        methods.into_iter().map(move |method| format!("{} {path}", method.to_uppercase()))
    };
    paths.iter().flat_map(methods).collect()
}

#[test]
fn every_route_has_a_row_and_is_described_or_listed() {
    let described = described();
    let listed: BTreeSet<String> = gateway::OTHERS.iter().map(|(method, path)| format!("{method} {path}")).collect();
    let names = |rows: &[Row]| rows.iter().map(|row| row.operation.to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(names(ROWS), described, "rows and described operations");
    assert_eq!(names(OTHERS), listed, "rows and listed routes");

    // What the router itself says it has: its paths, and as many methods as are known.
    let table = gateway::table();
    let known: BTreeSet<String> = described.union(&listed).cloned().collect();
    let registered = registered(&table);
    assert_eq!(registered, known, "registered, and described or listed");
}

/// Reads the routes out of the router's own words: by their ids, the methods of each and the path of each.
fn registered(table: &str) -> BTreeSet<String> {
    let (mut methods, mut paths) = (BTreeMap::new(), BTreeMap::new());
    let (table, _) = table.split_once(", fallback_router:").expect("routes, then what answers when none fits");
    for part in table.split("RouteId(").skip(1) {
        let (id, rest) = part.split_once(')').expect("an id");
        // Otherwise an id that something else leads to: a path is mentioned both ways.
        let Some(about) = rest.strip_prefix(": ") else { continue };
        let quoted = |mark: &str| about.split_once(mark).and_then(|(_, rest)| rest.split('"').next()).map(str::to_owned);
        match about.strip_prefix('"') {
            Some(path) => paths.insert(id, path.split('"').next().unwrap_or_default().to_owned()),
            None => methods.insert(id, quoted("allow_header: Bytes(b\"").expect("a route whose methods are known")),
        };
    }
    assert_eq!(methods.keys().collect::<Vec<_>>(), paths.keys().collect::<Vec<_>>());
    let of_path = |(id, path): (&&str, &String)| {
        let path = path.replace("{*", "{");
        let methods: Vec<String> = methods[*id].split(',').filter(|method| *method != "HEAD").map(str::to_owned).collect();
        methods.into_iter().map(move |method| format!("{method} {path}"))
    };
    paths.iter().flat_map(of_path).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_answers_every_kind_of_caller_as_it_should() {
    let world = World::new().await;
    let finished = finished_run(&world).await;
    let callers = [
        ("anonymous", None),
        ("bad token", Some(BAD_TOKEN.to_owned())),
        ("revoked token", Some(world.revoked.clone())),
        ("read-only", Some(world.reader.clone())),
        ("other person", Some(world.other.clone())),
        ("owner", Some(world.owner.clone())),
        ("administrator", Some(world.admin.clone())),
        // Made anew for each request: signing out is one of the operations.
        ("session", None),
    ];
    let mut wrong = Vec::new();
    for row in ROWS.iter().chain(OTHERS) {
        let mut shared = None;
        for ((who, token), expected) in callers.iter().zip(row.expected) {
            let changes = expected < 300;
            let id = match shared.take() {
                Some(id) => id,
                None => make(&world, row.of, &finished).await,
            };
            let (method, path) = row.operation.split_once(' ').expect("a method and a path");
            let path = path
                .replace("{id}", &id)
                .replace("{index}", "0")
                .replace("{element}", "0")
                .replace("{path}", &OUTPUT_PATH.replace(' ', "%20"))
                .replace("{code}", "RS-1001")
                .replace("/logs/matches", "/logs/matches?errors=true");
            let mut request = world.request(method.parse::<Method>().expect("a method"), &path);
            if *who == "session" {
                let browser = Browser::signed_in(&world, &world.owner).await;
                request = request.header("cookie", browser.cookie).header("origin", &world.origin());
            }
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            if let Some(body) = row.body {
                request = request.header("content-type", "application/json").body(body);
            }
            let answer = request.send().await.expect("sent");
            let status = answer.status().as_u16();
            if status != expected {
                wrong.push(format!("{} by {who}: {status}, not {expected}", row.operation));
            } else if row.operation.ends_with("/callback") {
                // People in a browser are told in a page.
                assert!(answer.text().await.expect("a page").contains("RS-2007"), "{}", row.operation);
            } else if status >= 400 {
                problem(answer).await;
            }
            if !changes {
                shared = Some(id);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn make(world: &World, of: Of, finished: &str) -> String {
    let created = async |path: &str, body_: Value| {
        let answer = world.post(path).json(&body_).send().await.expect("sent");
        assert_eq!(answer.status(), 201);
        text_of(&body(answer).await, "id")
    };
    match of {
        Of::Nothing => String::new(),
        Of::NewRun => world.run("matrix").await,
        Of::CancelledRun => world.cancelled_run().await,
        Of::FinishedRun => finished.to_owned(),
        Of::NewUpload => created("/api/v1/uploads", json!({"name": "u", "bytes": 1})).await,
        Of::SentUpload => {
            let id = created("/api/v1/uploads", json!({"name": "u", "bytes": 1})).await;
            let sent = world.request(Method::PUT, &format!("/api/v1/uploads/{id}/content")).bearer_auth(&world.owner).body("x");
            assert_eq!(sent.send().await.expect("sent").status(), 200);
            id
        }
        Of::NewSession => Browser::signed_in(world, &world.owner).await.id,
        Of::NewToken => created("/api/v1/tokens", json!({"name": "t", "scopes": ["read"]})).await,
        Of::NoFlow => "flw-00000000000000000000000000".to_owned(),
        Of::PilotAboard => {
            let run = world.run("matrix").await;
            Pilot::aboard(world, &run).await;
            let ledger = world.get(&format!("/api/v1/credentials?run={run}")).send().await.expect("sent");
            text_of(&body(ledger).await["items"][0], "id")
        }
        Of::AnyPerson => world.identity.add_person("Someone", false).await.expect("added").id.to_string(),
    }
}
