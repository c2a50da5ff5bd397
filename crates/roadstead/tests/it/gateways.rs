//! Several gateways, one after the other or at the same time, on one PostgreSQL database and one data directory.

use rustix::process::{Pid, Signal, kill_process};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use testkit::{Flavour, Home, OpenIdProvider, Postgres, Program, wait_until};

const LIMIT: Duration = Duration::from_secs(60);

struct Place {
    home: Home,
    data: PathBuf,
    database: String,
}

impl Place {
    fn new() -> Self {
        let home = Home::new();
        let database = Postgres::shared().database();
        std::fs::write(home.path().join("database"), &database).expect("the database's address");
        Self { data: home.path().join("data"), home, database }
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = self.home.command(env!("CARGO_BIN_EXE_roadstead"));
        command.args(arguments).env("ROADSTEAD_DATA_DIR", &self.data);
        command.env("ROADSTEAD_DATABASE_URL_FILE", self.home.path().join("database"));
        command.env("ROADSTEAD_FLOW_LEASE_MS", "1000").env("ROADSTEAD_LOCAL_PATIENCE", "60s");
        command
    }

    fn serve(&self) -> Program {
        self.home.start(self.command(&["serve", "--listen", "127.0.0.1:0"]))
    }

    fn ask(&self, statement: &str) -> String {
        Postgres::shared().query(&self.database, statement).trim().to_owned()
    }

    /// The only attempt's pilot.
    fn pilot(&self) -> Option<Pid> {
        let attempt = std::fs::read_dir(self.data.join("local")).ok()?.flatten().next()?;
        let text = std::fs::read(attempt.path().join("pilot-0.json")).ok()?;
        let slot: serde_json::Value = serde_json::from_slice(&text).ok()?;
        Pid::from_raw(i32::try_from(slot["pid"].as_i64()?).ok()?)
    }
}

/// What a gateway answers to a question of somebody who is not signed in.
fn post(address: &str, path: &str, body: &serde_json::Value) -> serde_json::Value {
    let (host, body) = (address.strip_prefix("http://").expect("an http address"), body.to_string());
    let mut stream = TcpStream::connect(host).expect("connect");
    let head = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nConnection: close\r\n");
    write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).expect("send");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    serde_json::from_str(answer.split_once("\r\n\r\n").expect("a body").1).unwrap_or_else(|_| panic!("{answer}"))
}

/// Its address.
fn serves(gateway: &mut Program) -> String {
    let line = gateway.wait_for_line(LIMIT, "a gateway", |line| line.starts_with("Roadstead serves at "));
    line.split(' ').nth(3).expect("an address").to_owned()
}

fn printed(mut command: std::process::Command) -> serde_json::Value {
    let output = command.output().expect("the program starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{errors}"))
}

#[test]
fn what_dies_together_is_missed_soon_and_what_is_used_is_shown_by_all() {
    let place = Place::new();
    // At the same time: both make the schema and the token, once.
    let (mut one, mut other) = (place.serve(), place.serve());
    let addresses = [serves(&mut one), serves(&mut other)];
    assert_eq!(place.ask("SELECT count(*) FROM token WHERE revoked_at IS NULL"), "1", "one token for all gateways");

    let run = printed(place.command(&["run", "--detach", "--json", "--", "sh", "-c", "while :; do :; done"]));
    let id = run["id"].as_str().expect("an identifier");
    let element = format!("SELECT state || ' ' || tries FROM element WHERE run = '{id}'");
    wait_until(LIMIT, "the run to run", || (place.ask(&element) == "running 1").then_some(()));
    // The gateway that hears the pilot knows at once, the other one when it was written down.
    for address in &addresses {
        let using = wait_until(LIMIT, "what it uses", || {
            let mut show = place.command(&["show", "--json", id]);
            show.env("ROADSTEAD_GATEWAY", address).env("ROADSTEAD_TOKEN_FILE", place.data.join("token"));
            printed(show).get("using").cloned()
        });
        let cpu = using["cpu_millis"].as_u64().unwrap_or(0);
        assert!(using["cores"].as_f64().is_some_and(|cores| cores > 0.01) && cpu > 10 && using["at"].is_string(), "{using}");
    }

    let pilot = wait_until(LIMIT, "the pilot", || place.pilot());
    // Just written down as seen: the worst moment.
    let seen = place.ask("SELECT max(seen_at) FROM pilot");
    wait_until(LIMIT, "a sign of life", || (place.ask("SELECT max(seen_at) FROM pilot") != seen).then_some(()));
    one.kill(Signal::KILL);
    other.kill(Signal::KILL);
    kill_process(pilot, Signal::KILL).expect("killed");
    let dead = Instant::now();
    let mut next = place.serve();
    serves(&mut next);
    wait_until(LIMIT, "another try", || (place.ask(&element).ends_with(" 2")).then_some(()));
    let missed = dead.elapsed();
    assert!(missed < Duration::from_secs(15), "begun again only after {missed:?}");
    let cancelled = place.command(&["cancel", id]).output().expect("the program starts");
    assert!(cancelled.status.success());
    wait_until(LIMIT, "the end", || (place.ask(&format!("SELECT state FROM run WHERE id = '{id}'")) == "ended").then_some(()));
}

#[test]
fn a_sign_in_that_one_gateway_began_is_finished_by_another() {
    let provider = OpenIdProvider::start(Flavour::Egi);
    let place = Place::new();
    std::fs::write(place.home.path().join("secret"), "gateway-secret").expect("written");
    let issuer = format!(
        "[{{ name = \"checkin\", url = \"{}\", client_id = \"gateway\", client_secret_file = \"{}\", audiences = [\"{}\"], \
         plain_http_on_loopback = true }}]",
        provider.issuer(),
        place.home.path().join("secret").display(),
        provider.audience()
    );
    let serve = || {
        let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.env("ROADSTEAD_ISSUERS", &issuer);
        place.home.start(command)
    };
    let (mut one, mut other) = (serve(), serve());
    let addresses = [serves(&mut one), serves(&mut other)];
    let begun = post(&addresses[0], "/api/v1/logins", &serde_json::json!({"issuer": "checkin"}));
    let question = serde_json::json!({ "login": begun["login"] });
    let ask = |address: &str| post(address, "/api/v1/logins/token", &question);
    assert_eq!(ask(&addresses[1])["state"], "pending");
    provider.approve(begun["user_code"].as_str().unwrap_or_else(|| panic!("{begun}")), "bob");
    one.kill(Signal::KILL);
    let done = wait_until(LIMIT, "the token", || Some(ask(&addresses[1])).filter(|answer| answer["state"] != "pending"));
    assert!(done["token"]["secret"].as_str().is_some_and(|secret| secret.starts_with("rst_")), "{done}");
    let mut third = serve();
    assert_eq!(ask(&serves(&mut third)), serde_json::json!({"state": "signed_in"}), "and given once by all");
    assert_eq!(place.ask("SELECT count(*) FROM sealed WHERE purpose = 'device login'"), "0");
    assert_eq!(place.ask("SELECT count(*) FROM token WHERE name = 'command line'"), "1");
}
