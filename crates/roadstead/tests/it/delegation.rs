//! Inputs fetched in the owner's name, through the whole program: and the secrets that makes it work, which are nowhere else.

use reqwest::header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{Client, StatusCode, redirect};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::{Flavour, Home, OpenIdProvider, Program, await_until};

const LIMIT: Duration = Duration::from_secs(60);
const SITE: &str = "https://keystone.site-a.example";

/// A server that gives `/cube` to whoever shows a token it has not refused, and sends `/moved` on to another place. It
/// remembers what it was shown.
#[derive(Clone)]
struct Storage {
    address: SocketAddr,
    shown: Arc<Mutex<Vec<Option<String>>>>,
    refuses: Arc<Mutex<Vec<String>>>,
}

impl Storage {
    fn start(on: Option<SocketAddr>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let storage = Self { address, shown: Arc::default(), refuses: Arc::default() };
        let served = storage.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                served.answer(stream, on);
            }
        });
        storage
    }

    fn answer(&self, mut stream: TcpStream, on: Option<SocketAddr>) {
        let mut lines = BufReader::new(&mut stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
        let first = lines.next().unwrap_or_default();
        let token = lines.filter_map(|line| line.strip_prefix("authorization: Bearer ").map(str::to_owned)).last();
        self.shown.lock().expect("whole").push(token.clone());
        let welcome = token.is_some_and(|token| !self.refuses.lock().expect("whole").contains(&token));
        let answer = match on {
            Some(on) if first.contains("/moved") => {
                format!("HTTP/1.1 307 On\r\nlocation: http://{on}/cube\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            }
            // The other place is open to everybody.
            _ if welcome || on.is_none() => "HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nCUBE".to_owned(),
            _ => "HTTP/1.1 401 Who\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned(),
        };
        let _ = stream.write_all(answer.as_bytes());
    }

    fn shown(&self) -> Vec<Option<String>> {
        self.shown.lock().expect("whole").clone()
    }
}

struct World {
    home: Home,
    provider: OpenIdProvider,
    storage: Storage,
    elsewhere: Storage,
    gateway: Program,
    url: String,
    client: Client,
    /// Of alice's session.
    cookie: String,
    token_file: PathBuf,
}

impl World {
    async fn start(lifetime: &str) -> Self {
        let home = Home::new();
        let provider = OpenIdProvider::start_with(Flavour::Egi, &["--lifetime", lifetime]);
        let elsewhere = Storage::start(None);
        let storage = Storage::start(Some(elsewhere.address));
        let secret = home.path().join("client-secret");
        std::fs::write(&secret, "gateway-secret").expect("the client's secret");
        let (issuer, audience, place, other) = (provider.issuer(), provider.audience(), storage.address, elsewhere.address);
        let configuration = format!(
            "[[issuers]]\nname = 'checkin'\nurl = '{issuer}'\nclient_id = 'gateway'\nclient_secret_file = '{}'\n\
             scopes = ['profile', 'offline_access']\naudiences = ['{audience}']\nexchange = true\nplain_http_on_loopback = true\n\
             [inputs]\nallowed_hosts = ['{place}', '{other}']\n\
             token_hosts = [{{ host = '{place}', issuer = 'checkin', audience = '{SITE}', scopes = ['openid'] }}]\n",
            secret.display()
        );
        std::fs::write(home.path().join("gateway.toml"), configuration).expect("the configuration");
        let mut serve = home.command(env!("CARGO_BIN_EXE_roadstead"));
        serve.args(["serve", "--listen", "127.0.0.1:0", "--config", "gateway.toml"]).env("ROADSTEAD_LOG", "trace");
        let mut gateway = home.start(serve);
        let line = gateway.wait_for_line(LIMIT, "a gateway", |line| line.starts_with("Roadstead serves at "));
        let url = line.split(' ').nth(3).expect("an address").to_owned();
        let client = Client::builder().redirect(redirect::Policy::none()).build().expect("a client");
        let token_file = home.path().join("alice.token");
        let mut world = Self { home, provider, storage, elsewhere, gateway, url, client, cookie: String::new(), token_file };
        world.sign_in().await;
        let asked = json!({"name": "canary", "scopes": ["run"]});
        let made = world.client.post(format!("{}/api/v1/tokens", world.url)).header(COOKIE, &world.cookie);
        let made: Value = made.header(ORIGIN, &world.url).json(&asked).send().await.expect("sent").json().await.expect("a token");
        std::fs::write(&world.token_file, made["secret"].as_str().expect("a token")).expect("written");
        let private = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o600);
        std::fs::set_permissions(&world.token_file, private).expect("private");
        world
    }

    async fn sign_in(&mut self) {
        let away = self.client.get(format!("{}/login/checkin", self.url)).send().await.expect("sent");
        let cookie = pair(away.headers()[SET_COOKIE].to_str().expect("ascii"));
        let to = away.headers()[LOCATION].to_str().expect("ascii").to_owned();
        let back = tokio::task::block_in_place(|| self.provider.sign_in(&to, "alice"));
        let answer = self.client.get(back).header(COOKIE, cookie).send().await.expect("sent");
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let cookies = answer.headers().get_all(SET_COOKIE).iter().map(|value| value.to_str().expect("ascii"));
        self.cookie = cookies.filter(|cookie| !cookie.starts_with("roadstead-login")).map(pair).next().expect("a session");
    }

    fn roadstead(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.command(env!("CARGO_BIN_EXE_roadstead"));
        command.args(arguments).args(["--gateway", &self.url, "--token-file"]).arg(&self.token_file);
        command
    }

    /// Begins a run that fetches one input, and says its identifier.
    fn begin(&self, name: &str, path: &str, command: &str) -> String {
        let from = format!("http://{}{path}", self.storage.address);
        let request = json!({"name": name, "command": ["sh", "-c", command], "inputs": [{"from": from, "to": "cube"}],
            "outputs": [{"path": "copy"}]});
        let file = self.home.path().join(format!("{name}.json"));
        std::fs::write(&file, request.to_string()).expect("a request");
        let run = printed(self.roadstead(&["run", "--detach", "--json", file.to_str().expect("UTF-8")]));
        run["id"].as_str().unwrap_or_else(|| panic!("{run}")).to_owned()
    }

    async fn until(&self, run: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let look = async || Some(printed(self.roadstead(&["show", "--json", run]))).filter(|shown| is(shown));
        await_until(LIMIT, what, look).await
    }

    async fn ended(&self, run: &str) -> Value {
        self.until(run, "the end of the run", |shown| shown["state"] == "ended").await
    }
}

fn pair(cookie: &str) -> String {
    cookie.split(';').next().expect("a pair").to_owned()
}

fn printed(mut command: Command) -> Value {
    let output = command.output().expect("the program starts");
    let told = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{told}"))
}

/// Every file below a directory with what is in it.
fn files(directory: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => files(&path, found),
            Ok(kind) if kind.is_file() => found.extend(std::fs::read(&path).ok().map(|bytes| (path, bytes))),
            _ => {}
        }
    }
}

fn holds(bytes: &[u8], secret: &str) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secrets_that_a_run_is_carried_out_with_are_nowhere_but_where_they_are_used() {
    let world = World::start("600").await;
    let run = world.begin("fetches", "/cube", "cp cube copy; env; while [ ! -e go ]; do sleep 0.05; done");
    world.until(&run, "the run to execute", |shown| shown["state"] == "running").await;
    let access = world.storage.shown().pop().flatten().expect("the server was shown a token");
    assert_eq!(world.provider.claims(&access)["aud"], SITE);

    let refresh = world.provider.open("issued", &[])["refresh"].clone();
    let mut secrets: Vec<(&str, String)> = refresh
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| ("a refresh token", one.as_str().expect("text").to_owned()))
        .collect();
    assert!(!secrets.is_empty(), "alice's, and those that it took the place of");
    secrets.push(("an access token", access.clone()));
    secrets.push(("a signature", access.rsplit('.').next().expect("a part").to_owned()));
    secrets.push(("the client's secret", "gateway-secret".to_owned()));
    secrets.push(("a session", world.cookie.split('=').nth(1).expect("a secret").to_owned()));
    secrets.push(("a personal token", std::fs::read_to_string(&world.token_file).expect("a token")));

    let mut seen: Vec<(String, Vec<u8>)> = Vec::new();
    // Of the whole computer: pilots and commands have another environment than whoever started them.
    for process in std::fs::read_dir("/proc").expect("/proc").flatten().map(|entry| entry.path()) {
        for part in ["cmdline", "environ"] {
            seen.push((format!("{part} of {}", process.display()), std::fs::read(process.join(part)).unwrap_or_default()));
        }
    }
    assert!(seen.iter().any(|(part, bytes)| part.starts_with("cmdline") && holds(bytes, "! -e go")), "the command among them");

    // Refusals, with secrets in what is refused.
    let ask =
        async |request: reqwest::RequestBuilder| request.send().await.expect("sent").bytes().await.expect("a body").to_vec();
    let path = |path: &str| format!("{}{path}", world.url);
    for (_, secret) in &secrets {
        seen.push(("a refusal".into(), ask(world.client.get(path("/api/v1/me")).bearer_auth(secret)).await));
        seen.push((
            "a refusal".into(),
            ask(world.client.get(path("/pilot/v1/token?element=0&input=0")).bearer_auth(secret)).await,
        ));
    }
    let admin = std::fs::read_to_string(world.home.path().join("data/roadstead/token")).expect("the administrator's token");
    for read in ["/metrics", "/api/v1/admin/audit", "/api/v1/admin/health"] {
        seen.push((read.into(), ask(world.client.get(path(read)).bearer_auth(admin.trim())).await));
    }
    for read in ["me", "consents", "credentials", "identities", &format!("runs/{run}")] {
        let read = path(&format!("/api/v1/{read}"));
        seen.push((read.clone(), ask(world.client.get(read).header(COOKIE, &world.cookie)).await));
    }

    // The command ends by a file in its work directory.
    let mut all = Vec::new();
    files(&world.home.path().join("data"), &mut all);
    let copy = all.iter().find(|(path, _)| path.ends_with("copy")).expect("the command works there").0.clone();
    std::fs::write(copy.with_file_name("go"), "").expect("written");
    assert_eq!(world.ended(&run).await["outcome"], "done");
    let object = world.home.path().join("object.zip");
    let made = world.roadstead(&["outputs", &run, "--crate", object.to_str().expect("UTF-8")]).output().expect("started");
    assert!(made.status.success());
    let opened = world.home.path().join("object");
    let unzipped = Command::new("python3").args(["-m", "zipfile", "-e"]).args([&object, &opened]).status().expect("python3");
    assert!(unzipped.success());

    let mut everything = Vec::new();
    files(world.home.path(), &mut everything);
    let log = std::fs::read_dir(world.home.path().join("output")).expect("logs").count();
    assert!(log > 0 && everything.iter().any(|(_, bytes)| holds(bytes, "TRACE")), "the logs are there, at their most talkative");
    assert!(everything.iter().any(|(path, _)| path.ends_with("ro-crate-metadata.json")));
    let own = [world.token_file.clone(), world.home.path().join("client-secret")];
    everything.retain(|(path, _)| !own.contains(path));
    seen.extend(everything.into_iter().map(|(path, bytes)| (path.display().to_string(), bytes)));

    let found: Vec<String> = seen
        .iter()
        .flat_map(|(place, bytes)| {
            let here = secrets.iter().filter(|(_, secret)| holds(bytes, secret));
            here.map(move |(name, _)| format!("{name} in {place}"))
        })
        .collect();
    assert_eq!(found, Vec::<String>::new());
    drop(world);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_is_fetched_in_its_owners_name_until_they_take_that_back_and_again_when_they_return() {
    let mut world = World::start("6").await;
    let first = world.begin("first", "/cube", "cp cube copy");
    assert_eq!(world.ended(&first).await["outcome"], "done");
    let token = world.storage.shown().pop().flatten().expect("a token");

    // It ends after seconds; a server that has had enough of it is shown another one, and the run notices nothing.
    world.storage.refuses.lock().expect("whole").push(token.clone());
    let second = world.begin("second", "/cube", "cp cube copy");
    assert_eq!(world.ended(&second).await["outcome"], "done", "a token that expired is replaced");
    assert_ne!(world.storage.shown().pop().flatten().expect("a token"), token);

    let moved = world.begin("moved", "/moved", "cp cube copy");
    assert_eq!(world.ended(&moved).await["outcome"], "done");
    assert_eq!(world.elsewhere.shown(), [None], "whom the server sends us on to is shown nothing");

    let withdrawn = world.roadstead(&["consents", "withdraw", "checkin"]).output().expect("started");
    assert!(withdrawn.status.success(), "{}", String::from_utf8_lossy(&withdrawn.stderr));
    let waits = world.begin("waits", "/cube", "cp cube copy");
    let shown = world.until(&waits, "the run to wait", |shown| shown["waiting_for"]["reason"] == "sign_in").await;
    assert!(shown["waiting_for"]["remedy"].as_str().is_some_and(|remedy| remedy.contains("Sign in again")), "{shown}");
    world.sign_in().await;
    assert_eq!(world.ended(&waits).await["outcome"], "done", "it goes on by itself");

    // The issuer is down: who is signed in stays so, work goes on, and whoever comes now is told.
    world.provider.open("outage", &[("mode", "503")]);
    let me = world.client.get(format!("{}/api/v1/me", world.url)).header(COOKIE, &world.cookie).send().await.expect("sent");
    assert_eq!(me.status(), StatusCode::OK);
    assert!(world.gateway.try_wait().is_none());
}
