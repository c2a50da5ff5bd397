//! Who may do what: every operation there is, asked by every kind of caller.

use crate::browser::Browser;
use crate::keys;
use crate::login;
use crate::pilot::{OUTPUT_PATH, Pilot, credential_of, finished_run};
use crate::together::Together;
use crate::world::{BAD_TOKEN, World, body, problem, text_of};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use testkit::{Flavour, OpenIdProvider};

/// What the path's `{id}` stands for: something of the owner's, made anew for each caller unless it is only read.
#[derive(Clone, Copy)]
enum Of {
    Nothing,
    NewRun,
    CancelledRun,
    NewMachine,
    FinishedRun,
    NewUpload,
    SentUpload,
    NewToken,
    NewKey,
    NewSession,
    NoFlow,
    Address,
    /// The credential of a run's pilot.
    PilotAboard,
    AnyPerson,
    NewTeam,
}

struct Row {
    operation: &'static str,
    of: Of,
    body: Option<&'static str>,
    expected: Expected,
}

/// What each kind of caller is answered. Runs and teams are the owner's, of the community `astro`, shared with a team.
#[derive(Clone, Copy)]
struct Expected {
    /// Nobody; tokens that are wrong, revoked, or of a run; bearers that are expired, of another audience or issuer, or of
    /// somebody who is suspended.
    refused: u16,
    /// The credential of a run that goes on: a person's door knows it as little as those.
    pilot: u16,
    /// The owner, with a token that only reads; with one that runs; in a browser.
    reader: u16,
    owner: u16,
    session: u16,
    /// Somebody else, by a token and by a good bearer; also a manager of another community.
    other: u16,
    /// The right community, and no role that matters.
    member: u16,
    manager: u16,
    /// In the team.
    mate: u16,
    admin: u16,
}

const RUN: &str = r#"{"command":["true"]}"#;
/// Each caller adds another one: the same key twice would be a conflict.
const KEY: &str = r#"{"public_key":"{key}"}"#;
const TEAM: &str = r#"{"name":"{fresh}","community":"astro"}"#;

impl Expected {
    const fn all(status: u16) -> Self {
        let s = status;
        let (refused, pilot, reader, owner, session) = (s, s, s, s, s);
        Self { refused, pilot, reader, owner, session, other: s, member: s, manager: s, mate: s, admin: s }
    }

    /// The owner with a token that reads, somebody else, the owner, an administrator. In communities nobody is more.
    const fn of([reader, other, owner, admin]: [u16; 4]) -> Self {
        // In a browser the owner may do what the owner may do.
        let (session, member, manager, mate) = (owner, other, other, other);
        Self { refused: 401, pilot: 401, reader, owner, session, other, member, manager, mate, admin }
    }

    const fn and(self, [member, manager, mate]: [u16; 3]) -> Self {
        Self { member, manager, mate, ..self }
    }
}

const fn row(operation: &'static str, of: Of, body: Option<&'static str>, rest: [u16; 4]) -> Row {
    Row { operation, of, body, expected: Expected::of(rest) }
}

/// The last three: a member of the community, its manager, a member of the team.
const fn shared(operation: &'static str, of: Of, body: Option<&'static str>, rest: [u16; 4], together: [u16; 3]) -> Row {
    Row { operation, of, body, expected: Expected::of(rest).and(together) }
}

const fn open(operation: &'static str, body: Option<&'static str>, status: u16) -> Row {
    Row { operation, of: Of::Nothing, body, expected: Expected::all(status) }
}

const fn pilots(operation: &'static str, body: Option<&'static str>, pilot: u16) -> Row {
    Row { operation, of: Of::Nothing, body, expected: Expected { pilot, ..Expected::all(401) } }
}

const ROWS: &[Row] = &[
    row("GET /api/v1/me", Of::Nothing, None, [200, 200, 200, 200]),
    row("GET /api/v1/tokens", Of::Nothing, None, [200, 200, 200, 200]),
    row("POST /api/v1/tokens", Of::Nothing, Some(r#"{"name":"t","scopes":["read"]}"#), [403, 201, 201, 201]),
    row("DELETE /api/v1/tokens/{id}", Of::NewToken, None, [403, 404, 204, 404]),
    row("GET /api/v1/keys", Of::Nothing, None, [200, 200, 200, 200]),
    row("POST /api/v1/keys", Of::Nothing, Some(KEY), [403, 201, 201, 201]),
    row("DELETE /api/v1/keys/{id}", Of::NewKey, None, [403, 404, 204, 404]),
    row("GET /api/v1/sessions", Of::Nothing, None, [200, 200, 200, 200]),
    open("POST /api/v1/sessions", Some(r#"{"code":"wrong"}"#), 401),
    row("POST /api/v1/sessions/codes", Of::Nothing, None, [403, 201, 201, 201]),
    row("DELETE /api/v1/sessions/{id}", Of::NewSession, None, [403, 404, 204, 404]),
    Row {
        operation: "DELETE /api/v1/sessions/current",
        of: Of::Nothing,
        body: None,
        expected: Expected { session: 204, ..Expected::of([404; 4]) },
    },
    row("GET /api/v1/uploads", Of::Nothing, None, [200, 200, 200, 200]),
    row("POST /api/v1/uploads", Of::Nothing, Some(r#"{"name":"u","bytes":1}"#), [403, 201, 201, 201]),
    row("GET /api/v1/uploads/{id}", Of::NewUpload, None, [200, 404, 200, 404]),
    row("DELETE /api/v1/uploads/{id}", Of::NewUpload, None, [403, 404, 204, 404]),
    row("PUT /api/v1/uploads/{id}/content", Of::NewUpload, Some("x"), [403, 404, 200, 404]),
    row("POST /api/v1/uploads/{id}/complete", Of::SentUpload, None, [403, 404, 200, 404]),
    row("POST /api/v1/runs", Of::Nothing, Some(RUN), [403, 201, 201, 201]),
    row("GET /api/v1/runs", Of::Nothing, None, [200, 200, 200, 200]),
    shared("GET /api/v1/runs/{id}", Of::FinishedRun, None, [200, 404, 200, 200], [404, 200, 200]),
    shared("DELETE /api/v1/runs/{id}", Of::CancelledRun, None, [403, 404, 204, 204], [404, 403, 403]),
    shared("POST /api/v1/runs/{id}/cancel", Of::NewRun, None, [403, 404, 202, 202], [404, 202, 403]),
    shared("POST /api/v1/runs/{id}/retry", Of::CancelledRun, None, [403, 404, 202, 403], [404, 403, 403]),
    shared("GET /api/v1/runs/{id}/plan", Of::FinishedRun, None, [200, 404, 200, 200], [404, 200, 200]),
    shared("GET /api/v1/runs/{id}/elements", Of::FinishedRun, None, [200, 404, 200, 200], [404, 200, 200]),
    shared("GET /api/v1/runs/{id}/elements/{index}", Of::FinishedRun, None, [200, 404, 200, 200], [404, 200, 200]),
    shared("POST /api/v1/runs/{id}/elements/{index}/cancel", Of::NewRun, None, [403, 404, 202, 202], [404, 202, 403]),
    shared("POST /api/v1/runs/{id}/elements/{index}/retry", Of::CancelledRun, None, [403, 404, 202, 403], [404, 403, 403]),
    shared("GET /api/v1/runs/{id}/events", Of::FinishedRun, None, [200, 404, 200, 200], [404, 200, 200]),
    shared("GET /api/v1/runs/{id}/logs", Of::FinishedRun, None, [200, 404, 200, 200], [404, 403, 200]),
    shared("GET /api/v1/runs/{id}/logs/matches", Of::FinishedRun, None, [200, 404, 200, 200], [404, 403, 200]),
    shared("GET /api/v1/runs/{id}/elements/overview", Of::FinishedRun, None, [200, 404, 200, 200], [404, 200, 200]),
    shared("GET /api/v1/runs/{id}/outputs", Of::FinishedRun, None, [200, 404, 200, 200], [404, 403, 200]),
    shared("GET /api/v1/runs/{id}/outputs/{element}/{path}", Of::FinishedRun, None, [200, 404, 200, 200], [404, 403, 200]),
    shared("GET /api/v1/runs/{id}/crate", Of::FinishedRun, None, [200, 404, 200, 200], [404, 403, 200]),
    shared("GET /api/v1/runs/{id}/receipt", Of::FinishedRun, None, [200, 404, 200, 200], [404, 200, 200]),
    row("GET /api/v1/machines", Of::Nothing, None, [200, 200, 200, 200]),
    // One that waits for an offer: what counts is who gets as far as being told that it is not there yet.
    shared("GET /api/v1/machines/{id}", Of::NewMachine, None, [200, 404, 200, 200], [404, 200, 200]),
    shared("GET /api/v1/machines/{id}/sizes", Of::NewMachine, None, [403, 404, 409, 409], [404, 403, 403]),
    shared("GET /api/v1/machines/{id}/console", Of::NewMachine, None, [409, 404, 409, 409], [404, 403, 409]),
    shared("POST /api/v1/machines/{id}/screen", Of::NewMachine, None, [403, 404, 409, 409], [404, 403, 403]),
    shared("POST /api/v1/machines/{id}/deeds", Of::NewMachine, Some(r#"{"do":"start"}"#), [403, 404, 409, 409], [404, 403, 403]),
    shared(
        "PUT /api/v1/machines/{id}/lifetime",
        Of::NewMachine,
        Some(r#"{"lifetime":"1h"}"#),
        [403, 404, 409, 409],
        [404, 403, 403],
    ),
    row("GET /api/v1/neighbours", Of::Nothing, None, [200, 200, 200, 200]),
    row("GET /api/v1/weather", Of::Nothing, None, [200, 200, 200, 200]),
    row("GET /api/v1/events", Of::Nothing, None, [200, 200, 200, 200]),
    row("GET /api/v1/sites", Of::Nothing, None, [200, 200, 200, 200]),
    row("GET /api/v1/federation", Of::Nothing, None, [200, 200, 200, 200]),
    row("GET /api/v1/federation/files", Of::Nothing, None, [200, 200, 200, 200]),
    row("GET /api/v1/sites/{name}", Of::Nothing, None, [404, 404, 404, 404]),
    row("GET /api/v1/services", Of::Nothing, None, [200, 200, 200, 200]),
    row("GET /api/v1/services/{name}/snapshots", Of::Nothing, None, [404, 404, 404, 404]),
    // Of a service that there is not: what counts is who gets as far as being told.
    row("POST /api/v1/services/{name}/tokens", Of::Nothing, Some("{}"), [403, 404, 404, 404]),
    row("GET /api/v1/sizes", Of::Nothing, None, [200, 200, 200, 200]),
    row("GET /api/v1/images", Of::Nothing, None, [200, 200, 200, 200]),
    row("GET /api/v1/networks", Of::Nothing, None, [200, 200, 200, 200]),
    row("GET /api/v1/offers", Of::Nothing, None, [200, 200, 200, 200]),
    row("GET /api/v1/recipes", Of::Nothing, None, [200, 200, 200, 200]),
    row("POST /api/v1/plans", Of::Nothing, Some(RUN), [200, 200, 200, 200]),
    row("GET /api/v1/admin/flows", Of::Nothing, None, [403, 403, 403, 200]),
    row("GET /api/v1/admin/orphans", Of::Nothing, None, [403, 403, 403, 200]),
    row("GET /api/v1/admin/addresses/{id}", Of::Address, None, [403, 403, 403, 200]),
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
    open("GET /api/v1/issuers", None, 200),
    row("GET /api/v1/identities", Of::Nothing, None, [200, 200, 200, 200]),
    row("GET /api/v1/communities", Of::Nothing, None, [200, 200, 200, 200]),
    row("GET /api/v1/me/quotas", Of::Nothing, None, [200, 200, 200, 200]),
    shared("GET /api/v1/communities/{name}", Of::Nothing, None, [403, 404, 403, 200], [403, 200, 403]),
    shared("GET /api/v1/communities/{name}/members", Of::Nothing, None, [403, 404, 403, 200], [403, 200, 403]),
    row("GET /api/v1/teams", Of::Nothing, None, [200, 200, 200, 200]),
    shared("POST /api/v1/teams", Of::Nothing, Some(TEAM), [403, 404, 403, 201], [403, 201, 403]),
    shared("GET /api/v1/teams/{id}", Of::NewTeam, None, [200, 404, 200, 200], [404, 200, 200]),
    shared("DELETE /api/v1/teams/{id}", Of::NewTeam, None, [403, 404, 403, 204], [404, 204, 403]),
    shared("PUT /api/v1/teams/{id}/members/{person}", Of::NewTeam, None, [403, 404, 403, 204], [404, 204, 403]),
    // Everybody may leave.
    shared("DELETE /api/v1/teams/{id}/members/{person}", Of::NewTeam, None, [403, 404, 403, 204], [404, 204, 204]),
    // None are asked for here.
    row("GET /api/v1/terms", Of::Nothing, None, [404, 404, 404, 404]),
    row("POST /api/v1/terms/{version}/accept", Of::Nothing, None, [403, 404, 404, 404]),
    row("GET /api/v1/admin/quotas", Of::Nothing, None, [403, 403, 403, 200]),
    row("PUT /api/v1/admin/quotas/people/{id}", Of::AnyPerson, Some(r#"{"runs":7}"#), [403, 403, 403, 200]),
    row("PUT /api/v1/admin/quotas/communities/{name}", Of::Nothing, Some(r#"{"runs":7}"#), [403, 403, 403, 200]),
    // No such issuer is set up here, and nothing waits.
    open("POST /api/v1/logins", Some(r#"{"issuer":"nowhere"}"#), 404),
    open("POST /api/v1/logins/token", Some(r#"{"login":"wrong"}"#), 403),
    row("GET /api/v1/consents", Of::Nothing, None, [200, 200, 200, 200]),
    // Nobody here let the gateway act for them.
    row("DELETE /api/v1/consents/{issuer}", Of::Nothing, None, [403, 404, 404, 404]),
    row("GET /api/v1/credentials", Of::Nothing, None, [200, 200, 200, 200]),
    row("DELETE /api/v1/credentials/{id}", Of::PilotAboard, None, [403, 404, 204, 404]),
    row("POST /api/v1/admin/rekey", Of::Nothing, None, [403, 403, 403, 200]),
];

/// The routes beside the API. Those of pilots refuse everyone who is a person.
const OTHERS: &[Row] = &[
    open("GET /healthz", None, 200),
    open("GET /readyz", None, 200),
    row("GET /metrics", Of::Nothing, None, [403, 403, 403, 200]),
    open("GET /api/v1/openapi.json", None, 200),
    open("GET /docs/errors/{code}", None, 200),
    // There is no issuer of that name, and nobody was sent to one.
    open("GET /login/{issuer}", None, 404),
    open("GET /login/{issuer}/callback", None, 403),
    open("POST /login/logout", Some("{}"), 415),
    pilots("GET /pilot/v1/connect", None, 400),
    pilots("GET /pilot/v1/input", None, 400),
    pilots("GET /pilot/v1/token", None, 400),
    pilots("GET /pilot/v1/output", None, 400),
    pilots("PUT /pilot/v1/output", Some("x"), 400),
    open("GET /pilot/v1/program", None, 200),
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
    let provider = OpenIdProvider::start(Flavour::Egi);
    let world = login::world(&[("checkin", &provider)]).await;
    let together = Together::new(&world).await;
    let finished = finished_run(&world).await;
    together.take_in(&world, &finished).await;
    // Of a run that goes on, and of one that is over.
    let working = world.run("working").await;
    let pilot = Pilot::aboard(&world, &working).await;
    let mint = |fields: &[(&str, &str)]| Some(tokio::task::block_in_place(|| provider.token(fields)));
    let suspended = mint(&[("user", "bob")]);
    let bob = world.by(suspended.as_deref().expect("a bearer"), Method::GET, "/api/v1/me").send().await.expect("sent");
    let bob = format!("/api/v1/admin/people/{}/suspend", text_of(&body(bob).await, "id"));
    let sent = world.by(&world.admin, Method::POST, &bob).json(&json!({"because": "a test"})).send().await.expect("sent");
    assert_eq!(sent.status(), 200);
    type Column = fn(&Expected) -> u16;
    let refused: Column = |expected| expected.refused;
    let other: Column = |expected| expected.other;
    let callers: [(&str, Option<String>, Column); 20] = [
        ("anonymous", None, refused),
        ("bad token", Some(BAD_TOKEN.to_owned()), refused),
        ("revoked token", Some(world.revoked.clone()), refused),
        ("suspended", suspended, refused),
        ("expired bearer", mint(&[("bad", "exp")]), refused),
        ("bearer of another audience", mint(&[("aud", "https://elsewhere.example")]), refused),
        ("bearer of another issuer", mint(&[("bad", "iss")]), refused),
        ("credential of an ended run", Some(credential_of(&finished)), refused),
        ("credential of a run", Some(pilot.credential.clone()), |expected| expected.pilot),
        ("read-only", Some(world.reader.clone()), |expected| expected.reader),
        ("other person", Some(world.other.clone()), other),
        ("good bearer", mint(&[("user", "alice")]), other),
        ("manager of another community", Some(together.elsewhere.clone()), other),
        ("member of the community", Some(together.member.clone()), |expected| expected.member),
        ("manager by a bearer", Some(together.bearer(&world, &provider).await), |expected| expected.manager),
        ("manager of the community", Some(together.manager.clone()), |expected| expected.manager),
        ("member of the team", Some(together.mate.clone()), |expected| expected.mate),
        ("owner", Some(world.owner.clone()), |expected| expected.owner),
        ("administrator", Some(world.admin.clone()), |expected| expected.admin),
        // Made anew for each request: signing out is one of the operations.
        ("session", None, |expected| expected.session),
    ];
    let (mut wrong, mut made) = (Vec::new(), 0..);
    for row in ROWS.iter().chain(OTHERS) {
        let mut shared = None;
        // Wrong codes are slowed down by address, whoever sends them along with what token.
        let every = if row.operation == "POST /api/v1/sessions" { 3 } else { 1 };
        for (who, token, column) in callers.iter().step_by(every) {
            let expected = column(&row.expected);
            let changes = expected < 300;
            let id = match shared.take() {
                Some(id) => id,
                None => make(&world, &together, row.of, &finished).await,
            };
            let (method, path) = row.operation.split_once(' ').expect("a method and a path");
            let path = path
                .replace("{id}", &id)
                .replace("{index}", "0")
                .replace("{element}", "0")
                .replace("{path}", &OUTPUT_PATH.replace(' ', "%20"))
                .replace("{code}", "RS-1001")
                .replace("{name}", "astro")
                .replace("{person}", &together.mate_id)
                .replace("{version}", "1")
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
                request = request.header("content-type", "application/json").body(
                    body.replace("{key}", &keys::fresh()).replace("{fresh}", &format!("team {}", made.next().expect("endless"))),
                );
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

async fn make(world: &World, together: &Together, of: Of, finished: &str) -> String {
    let created = async |path: &str, body_: Value| {
        let answer = world.post(path).json(&body_).send().await.expect("sent");
        assert_eq!(answer.status(), 201);
        text_of(&body(answer).await, "id")
    };
    match of {
        Of::Nothing => String::new(),
        Of::NewRun => together.take_in(world, &world.run("matrix").await).await,
        Of::NewMachine => {
            let asked = json!({"kind": "machine", "machine": {"wait_for_offer": "1h"}, "where": {"community": "astro"}});
            together.take_in(world, &created("/api/v1/runs", asked).await).await
        }
        Of::CancelledRun => together.take_in(world, &world.cancelled_run().await).await,
        Of::NewTeam => together.team(world).await,
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
        Of::NewKey => created("/api/v1/keys", json!({"public_key": keys::fresh()})).await,
        Of::Address => "192.0.2.7".to_owned(),
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
