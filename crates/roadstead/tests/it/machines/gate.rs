//! The program with somebody who signed in, which may be killed at any moment and is started again.

use crate::cli::helpers::{Desk, LIMIT, text_of};
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use std::time::Duration;
use testkit::{Program, wait_until};

db::statements! {
    FLOWS = "SELECT id || ' ' || subject || ' at ' || step || ': ' || status AS text FROM flow WHERE status NOT IN ('done', 'undone')";
    OWNED = "SELECT attempt || ' ' || name AS text FROM owned WHERE released_at IS NULL OR coalesce(evidence, '') = ''";
}

pub struct Gate {
    pub desk: Desk,
    pub(super) port: u16,
    pub(super) program: Program,
    pub token: String,
    /// How many runs were asked for.
    pub(super) begun: u32,
    deaths: usize,
    /// How many of them when it was last started on purpose.
    deaths_before: usize,
    pub(super) client: Client,
    pub(super) runtime: tokio::runtime::Runtime,
}

impl Gate {
    /// Of the configuration `gateway.toml` on the desk.
    pub fn open(desk: Desk, port: u16) -> Self {
        let program = serve(&desk, port, None);
        let client = Client::builder().pool_max_idle_per_host(0).timeout(LIMIT).build().expect("a client");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { desk, port, program, token: String::new(), begun: 0, deaths: 0, deaths_before: 0, client, runtime }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    #[track_caller]
    pub fn administrate(&self, arguments: &[&str]) -> String {
        let (url, token) = (self.url(), self.desk.path("data/roadstead/token"));
        let before = ["--gateway", &url, "--token-file", token.to_str().expect("UTF-8"), "admin"];
        self.desk.ok(&[&before[..], arguments].concat())
    }

    /// Nothing, when the program does not answer.
    pub(super) fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Option<(StatusCode, Value)> {
        let request = self.client.request(method, format!("{}/api/v1/{path}", self.url())).bearer_auth(&self.token);
        let request = match &body {
            Some(body) => request.json(body).header("idempotency-key", format!("the {}th", self.begun)),
            None => request,
        };
        self.runtime.block_on(async {
            let answer = request.send().await.ok()?;
            let status = answer.status();
            let text = answer.text().await.ok()?;
            Some((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
        })
    }

    #[track_caller]
    pub fn get(&mut self, path: &str) -> Value {
        let what = format!("an answer to {path}");
        wait_until(LIMIT, &what, || {
            self.revive();
            let (status, told) = self.ask(Method::GET, path, None)?;
            assert!(status.is_success() || status.is_server_error(), "{path}: {status} {told}");
            status.is_success().then_some(told)
        })
    }

    /// Asks for a machine as often as it takes, and says which run it is.
    #[track_caller]
    pub fn begin(&mut self, request: Value) -> String {
        self.begun += 1;
        wait_until(LIMIT, "a run", || {
            self.revive();
            let (status, told) = self.ask(Method::POST, "runs", Some(request.clone()))?;
            // Whoever was killed has looked at nothing yet, and a busy site takes longer to look at than anybody waits.
            let is_blind = status == StatusCode::UNPROCESSABLE_ENTITY && told.to_string().contains("not looked into yet");
            assert!(status.is_success() || status.is_server_error() || is_blind, "{status} {told}");
            told["id"].as_str().map(str::to_owned)
        })
    }

    #[track_caller]
    pub fn cancel(&mut self, run: &str) {
        let path = format!("runs/{run}/cancel");
        wait_until(LIMIT, "to be heard", || {
            self.revive();
            let (status, told) = self.ask(Method::POST, &path, None)?;
            assert!(status.is_success() || status.is_server_error(), "{status} {told}");
            status.is_success().then_some(())
        });
    }

    /// The run, once it is so.
    #[track_caller]
    pub fn until(&mut self, run: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let path = format!("runs/{run}");
        let mut last = Value::Null;
        let begun = std::time::Instant::now();
        while begun.elapsed() < LIMIT {
            last = self.get(&path);
            if is_so(&last) {
                return last;
            }
            std::thread::sleep(Duration::from_millis(30));
        }
        panic!("{what}: {last:#}\n{}", self.program.stderr());
    }

    /// It can be used.
    #[track_caller]
    pub fn until_ready(&mut self, run: &str) -> Value {
        let told = self.until(run, "a machine that can be used", |run| run["started_at"].is_string() || run["state"] == "ended");
        assert!(told["state"] != "ended", "{told:#}");
        told
    }

    /// Once it has ended: that is it, with a receipt that says of everything how its absence is known.
    #[track_caller]
    pub fn until_ended(&mut self, run: &str) -> Value {
        let ended = self.until(run, "the end", |run| run["state"] == "ended");
        let receipt = self.get(&format!("runs/{run}/receipt"));
        assert_eq!(receipt["released"], true, "{receipt:#}");
        let items = receipt["items"].as_array().expect("items");
        assert!(items.iter().all(|item| item["evidence"].as_str().is_some_and(|text| !text.is_empty())), "{receipt:#}");
        assert!(ended["attention"].is_null(), "{ended:#}");
        ended
    }

    /// Who starts again has looked at nothing yet.
    #[track_caller]
    pub fn until_offered(&mut self, request: &Value) {
        let mut last = Value::Null;
        let begun = std::time::Instant::now();
        while begun.elapsed() < 3 * LIMIT {
            self.revive();
            if let Some((status, plan)) = self.ask(Method::POST, "plans", Some(request.clone())) {
                assert!(!status.is_client_error(), "{status} {plan:#}");
                if plan["offers"].as_array().is_some_and(|offers| !offers.is_empty()) {
                    return;
                }
                last = plan;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("no offer: {last:#}\n{}", self.program.stderr());
    }

    /// Again, and this time it kills itself there (`ROADSTEAD_FAULT`).
    pub fn restart(&mut self, fault: Option<&str>) {
        let _ = self.program.stop();
        self.deaths_before = self.deaths;
        self.program = serve(&self.desk, self.port, fault);
    }

    /// Whether it had died.
    pub fn revive(&mut self) -> bool {
        let has_died = self.program.try_wait().is_some();
        if has_died {
            self.deaths += 1;
            self.program = serve(&self.desk, self.port, None);
        }
        has_died
    }

    /// Until it has killed itself, which may have been before it said what it had begun; then it lives again.
    #[track_caller]
    pub fn until_killed(&mut self) {
        wait_until(LIMIT, "its death", || (self.revive() || self.deaths > self.deaths_before).then_some(()));
    }

    /// How often.
    pub fn has_died(&self) -> usize {
        self.deaths
    }

    /// Stops for good: no flow goes on, and nothing is owned that is not released.
    #[track_caller]
    pub fn assert_settled(&mut self) {
        assert!(self.program.stop().success(), "{}", self.program.stderr());
        let left = [&FLOWS, &OWNED].into_iter().flat_map(|statement| self.in_database(statement, Vec::new()));
        let left: Vec<String> = left.map(|row| row.get("text").expect("a text")).collect();
        assert!(left.is_empty(), "{left:#?}");
    }

    /// While the program is stopped.
    pub(super) fn in_database(&self, statement: &'static db::Statement, values: Vec<db::Value>) -> Vec<db::Row> {
        self.runtime.block_on(async {
            let url = self.desk.path("database");
            let database = match url.exists() {
                true => db::Db::open_postgres(&text_of(&url)).await,
                false => db::Db::open_sqlite(&self.desk.path("data/roadstead")).await,
            };
            let database = database.expect("open the database");
            let rows = database.write(statement, values).await.expect("rows");
            database.close().await;
            rows
        })
    }
}

pub(super) fn serve(desk: &Desk, port: u16, fault: Option<&str>) -> Program {
    let mut command = desk.command(&["serve", "--config", "gateway.toml", "--listen", &format!("127.0.0.1:{port}")]);
    if let Some(fault) = fault {
        command.env("ROADSTEAD_FAULT", fault);
    }
    // What a killed one held is taken over that long after, where others could have it.
    if desk.path("database").exists() {
        command.env("ROADSTEAD_FLOW_LEASE_MS", "8000");
    }
    let mut program = desk.home.start(command);
    program.wait_for_line(LIMIT, "its address", |line| line.starts_with("Roadstead serves at "));
    program
}
