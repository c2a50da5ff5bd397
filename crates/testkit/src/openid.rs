//! A real OpenID provider: `testbed/oidc`, one instance for one test.
//!
//! It speaks plain HTTP on loopback. TLS would need an authority that every client under test is told to trust, which
//! is a setting of the operating system for the program and of nobody for the browser; and what is tested is OpenID,
//! whose rules do not change. `testbed/oidc/up` starts the same with TLS, for peers that insist.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::Value;

use self::browser::{Browser, exchange};
use crate::short_dir;
use crate::watchdog::Watchdog;

mod browser;

const START_LIMIT: Duration = Duration::from_secs(60);

// The server is the only one left that can write to standard output, so that the reader sees it end.
const RUN: &str = r#"
directory=$1 root=$2
shift 2
"$root/tools/with-node" node "$root/testbed/oidc/server/main.js" --state "$directory" "$@" 2>"$directory/log" &
server=$!
exec >/dev/null
read -r _
kill -TERM $server
wait $server
rm -rf "$directory"
"#;

/// Which of the real ones it is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// EGI Check-in, a Keycloak.
    Egi,
    /// INDIGO IAM, as ESCAPE runs it.
    Iam,
}

/// An instance on a port of its own, gone when dropped or when its owner ends in any way. It knows the clients and people
/// of `testbed/oidc/people.json`; `gateway` with the secret `gateway-secret` is the one to be.
pub struct OpenIdProvider {
    issuer: String,
    audience: String,
    port: u16,
    _watchdog: Watchdog,
}

impl OpenIdProvider {
    pub fn start(flavour: Flavour) -> Self {
        Self::start_with(flavour, &[])
    }

    /// `options` are those of the server, such as `--opaque` or `--thin`.
    pub fn start_with(flavour: Flavour, options: &[&str]) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository");
        let prepared = Command::new(root.join("testbed/oidc/prepare")).output().expect("run testbed/oidc/prepare");
        assert!(prepared.status.success(), "testbed/oidc/prepare: {}", String::from_utf8_lossy(&prepared.stderr));
        let directory = short_dir().keep();
        let flavour = match flavour {
            Flavour::Egi => "egi",
            Flavour::Iam => "iam",
        };
        let paths = [&directory, &root].map(|path| path.to_str().expect("a path in UTF-8"));
        let arguments = [&paths, ["--flavour", flavour].as_slice(), options].concat();
        let mut watchdog = Watchdog::start(RUN, &arguments, |command| {
            command.stdout(Stdio::piped());
            // To find Node with.
            for variable in ["PATH", "HOME", "XDG_CACHE_HOME"] {
                if let Some(value) = std::env::var_os(variable) {
                    command.env(variable, value);
                }
            }
        });
        let output = watchdog.child().stdout.take().expect("the server's output");
        let (sender, first) = channel();
        std::thread::spawn(move || {
            let mut lines = BufReader::new(output).lines().map_while(Result::ok);
            let _ = sender.send(lines.next());
            lines.for_each(drop);
        });
        let line = first.recv_timeout(START_LIMIT).ok().flatten();
        let line = line.unwrap_or_else(|| panic!("the provider did not start:\n{}", log(&directory)));
        let told: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("the provider said {line}"));
        let text = |name: &str| told[name].as_str().unwrap_or_else(|| panic!("no {name} in {line}")).to_owned();
        let port = told["port"].as_u64().and_then(|port| port.try_into().ok()).expect("a port");
        Self { issuer: text("issuer"), audience: text("audience"), port, _watchdog: watchdog }
    }

    /// Its address, as it writes it into its tokens.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What its access tokens are meant for.
    pub fn audience(&self) -> &str {
        &self.audience
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Opens one of the doors that no real issuer has; the README of `testbed/oidc` lists them.
    #[track_caller]
    pub fn open(&self, door: &str, fields: &[(&str, &str)]) -> Value {
        open_door(self.port, door, fields)
    }

    /// A token of the kind and shape that the fields say; a good access token of alice when they say nothing.
    #[track_caller]
    pub fn token(&self, fields: &[(&str, &str)]) -> String {
        self.open("token", fields)["access_token"].as_str().expect("a token").to_owned()
    }

    /// What a token says, whoever signed it.
    #[track_caller]
    pub fn claims(&self, token: &str) -> Value {
        let payload = token.split('.').nth(1).expect("a JWT");
        let bytes = data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes()).expect("base64");
        serde_json::from_slice(&bytes).expect("JSON")
    }

    /// Goes where a browser would be sent, as this person, until it is sent elsewhere: returns that address. A person
    /// who does not exist refuses.
    #[track_caller]
    pub fn sign_in(&self, url: &str, person: &str) -> String {
        let divider = if url.contains('?') { '&' } else { '?' };
        Browser::default().follow(self.port, &format!("{url}{divider}login_hint={person}"))
    }

    /// Approves (or refuses) a device code as this person.
    #[track_caller]
    pub fn approve(&self, user_code: &str, person: &str) {
        self.open("approve", &[("user_code", user_code), ("user", person)]);
    }
}

#[track_caller]
pub(crate) fn open_door(port: u16, door: &str, fields: &[(&str, &str)]) -> Value {
    let object: serde_json::Map<String, Value> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
    let answer = exchange(port, "POST", &format!("/test/{door}"), &[], &Value::from(object).to_string());
    assert_eq!(answer.status, 200, "/test/{door}: {}", answer.body);
    serde_json::from_str(&answer.body).expect("JSON")
}

fn log(directory: &Path) -> String {
    std::fs::read_to_string(directory.join("log")).unwrap_or_default()
}
