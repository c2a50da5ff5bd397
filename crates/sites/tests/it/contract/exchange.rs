//! Steps, and how they are carried out and told: as one line each, without whatever is different every time.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use regex::Regex;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use crate::world::AGES;

/// With whose token a step is done.
#[derive(Clone, Copy)]
pub enum Who {
    /// In the project.
    Member,
    /// In no project.
    Entered,
    Nobody,
}

/// One exchange. In paths and bodies, `{name}` is the identifier of what was kept under that name before.
pub struct Step {
    what: &'static str,
    method: Method,
    path: String,
    body: Option<Value>,
    keep: Option<&'static str>,
    show: Vec<&'static str>,
    who: Who,
    version: &'static str,
    until: &'static [&'static str],
    /// Only the one of this name is kept, of a list.
    named: Option<&'static str>,
    /// Page after page; how many there are is told.
    is_paged: bool,
}

/// `request`: `GET compute/servers`; the components are identity, compute, image, network, volume.
pub fn ask(what: &'static str, request: &str) -> Step {
    let (method, path) = request.split_once(' ').expect("a method and a path");
    Step {
        what,
        method: method.parse().expect("a method"),
        path: path.to_owned(),
        body: None,
        keep: None,
        show: Vec::new(),
        who: Who::Member,
        version: "2.61",
        until: &[],
        named: None,
        is_paged: false,
    }
}

/// Keeps the identifier of the one in a list that has this name, and tells nothing.
pub fn find(keep: &'static str, request: &str, named: &'static str) -> Step {
    Step { keep: Some(keep), named: Some(named), ..ask("", request) }
}

impl Step {
    pub fn body(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    pub fn keep(self, name: &'static str) -> Self {
        Self { keep: Some(name), ..self }
    }

    /// Fields of a good answer.
    pub fn show(self, fields: &'static str) -> Self {
        Self { show: fields.split(' ').collect(), ..self }
    }

    pub fn by(self, who: Who) -> Self {
        Self { who, ..self }
    }

    pub fn version(self, version: &'static str) -> Self {
        Self { version, ..self }
    }

    /// With all that comes after it.
    pub fn paged(self) -> Self {
        Self { is_paged: true, ..self }
    }

    /// Again and again, until the status is one of these; `gone`: until it is not there.
    pub fn until(self, states: &'static [&'static str]) -> Self {
        Self { until: states, ..self }
    }
}

pub struct Entrance {
    auth_url: String,
    protocol: &'static str,
    project: &'static str,
    bearer: String,
    client: Client,
}

impl Entrance {
    pub fn new(
        auth_url: String,
        protocol: &'static str,
        project: &'static str,
        bearer: String,
        authority: Option<&[u8]>,
    ) -> Self {
        let authority = authority.map(|pem| reqwest::Certificate::from_pem(pem).expect("a certificate"));
        let builder = Client::builder().no_proxy().timeout(AGES);
        let client = authority.into_iter().fold(builder, reqwest::ClientBuilder::add_root_certificate);
        Self { auth_url, protocol, project, bearer, client: client.build().expect("a client") }
    }
}

struct Place {
    entrance: Entrance,
    login: String,
    session: String,
    /// Of components.
    bases: Vec<(&'static str, String)>,
    /// What names stand for.
    kept: Vec<(&'static str, String)>,
    /// Paths of what was made, in this order.
    made: Vec<String>,
    run: String,
    told: String,
}

/// What was told. Everything that was made is removed, whatever happens.
pub async fn carry_out(entrance: Entrance, steps: Vec<Step>) -> String {
    let mut place = Place::enter(entrance).await;
    let done = AssertUnwindSafe(async {
        for step in &steps {
            place.take(step).await;
        }
    });
    let done = done.catch_unwind().await;
    place.clean().await;
    if let Err(panic) = done {
        std::panic::resume_unwind(panic);
    }
    place.told
}

impl Place {
    async fn enter(entrance: Entrance) -> Self {
        let (url, protocol) = (&entrance.auth_url, entrance.protocol);
        let door = format!("{url}/OS-FEDERATION/identity_providers/egi.eu/protocols/{protocol}/auth");
        let entered = entrance.client.post(door).bearer_auth(&entrance.bearer).send().await.expect("an answer");
        let login = token(&entered);
        let projects = entrance.client.get(format!("{url}/auth/projects")).header("X-Auth-Token", &login);
        let projects: Value = projects.send().await.expect("an answer").json().await.expect("JSON");
        let named = |one: &&Value| one["name"] == entrance.project;
        let id = projects["projects"].as_array().expect("projects").iter().find(named).expect("the project")["id"].clone();
        let auth = json!({"identity": {"methods": ["token"], "token": {"id": login}}, "scope": {"project": {"id": id}}});
        let session = entrance.client.post(format!("{url}/auth/tokens")).json(&json!({"auth": auth}));
        let answer = session.send().await.expect("an answer");
        let session = token(&answer);
        let told: Value = answer.json().await.expect("JSON");
        let entries = told["token"]["catalog"].as_array().expect("a catalogue");
        let of = |kind: &str| {
            let entry = entries.iter().find(|one| one["type"] == kind).expect("a component");
            let mut endpoints = entry["endpoints"].as_array().expect("endpoints").iter();
            let public = endpoints.find(|one| one["interface"] == "public").expect("a public one");
            public["url"].as_str().expect("an address").trim_end_matches('/').to_owned()
        };
        let mut bases = vec![
            ("identity", url.clone()),
            ("compute", of("compute")),
            ("image", format!("{}/v2", of("image"))),
            ("network", format!("{}/v2.0", of("network"))),
        ];
        if entries.iter().any(|one| one["type"] == "volumev3") {
            bases.push(("volume", of("volumev3")));
        }
        let kept = vec![("project", id.as_str().expect("an identifier").to_owned())];
        let run = format!("contract-{}", std::process::id());
        Self { entrance, login, session, bases, kept, made: Vec::new(), run, told: String::new() }
    }

    fn filled(&self, text: &str) -> String {
        let with_run = text.replace("{run}", &self.run);
        let with_tokens = with_run.replace("{login}", &self.login).replace("{session}", &self.session);
        self.kept.iter().fold(with_tokens, |text, (name, id)| text.replace(&format!("{{{name}}}"), id))
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let path = self.filled(path);
        let (component, rest) = path.split_once('/').unwrap_or((&path, ""));
        let base = &self.bases.iter().find(|(name, _)| *name == component).expect("a component").1;
        self.entrance.client.request(method, format!("{base}/{rest}"))
    }

    async fn take(&mut self, step: &Step) {
        let begun = Instant::now();
        loop {
            let mut request = self.request(step.method.clone(), &step.path);
            request = match step.who {
                Who::Member => request.header("X-Auth-Token", &self.session),
                Who::Entered => request.header("X-Auth-Token", &self.login),
                Who::Nobody => request,
            };
            if step.path.starts_with("compute") && !step.version.is_empty() {
                request = request.header("OpenStack-API-Version", format!("compute {}", step.version));
            }
            if step.path.starts_with("volume") && step.version.starts_with("3.") {
                request = request.header("OpenStack-API-Version", format!("volume {}", step.version));
            }
            if let Some(body) = &step.body {
                let body = self.filled(&body.to_string());
                request = request.header("Content-Type", "application/json").body(body);
            }
            let answer = request.send().await.expect("an answer");
            let (status, body) = (answer.status().as_u16(), answer.text().await.expect("text"));
            let body: Value = serde_json::from_str(&body).unwrap_or(Value::String(body));
            let found = inner(&body);
            let state = found["status"].as_str().unwrap_or("gone");
            // A machine that is saved says that it is active all the while.
            let is_changing = found["OS-EXT-STS:task_state"].is_string();
            if !step.until.is_empty() && (is_changing || !step.until.contains(&state)) {
                assert!(begun.elapsed() < AGES, "{}: still {state}", step.what);
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
            if step.is_paged {
                let names = self.pages(&body).await;
                self.told.push_str(&self.without_chance(&format!("{}: {names}\n", step.what)));
                return;
            }
            self.keep(step, status, &body);
            if step.named.is_none() {
                let line = format!("{}: {status}{}", step.what, told(step, status, &body));
                self.told.push_str(&self.without_chance(&line));
                self.told.push('\n');
            }
            return;
        }
    }

    /// Names on each page, and whether it says where the next one is.
    async fn pages(&self, first: &Value) -> String {
        let (mut page, mut told) = (first.clone(), Vec::new());
        loop {
            let all = inner(&page).as_array().expect("a list").iter();
            let mut names: Vec<&str> = all.filter_map(|one| one["name"].as_str()).collect();
            names.sort_unstable();
            told.push(format!("{names:?}"));
            let links = page.as_object().and_then(|page| page.iter().find(|(name, _)| name.ends_with("_links")));
            let next = links.and_then(|(_, links)| links.as_array()?.iter().find(|link| link["rel"] == "next"));
            let Some(next) = next.and_then(|next| next["href"].as_str()) else { return told.join(" then ") };
            let request = self.entrance.client.get(next).header("X-Auth-Token", &self.session);
            page = request.send().await.expect("a page").json().await.expect("JSON");
        }
    }

    fn keep(&mut self, step: &Step, status: u16, body: &Value) {
        let found = inner(body);
        let found = match (step.named, found) {
            (Some(name), Value::Array(all)) => all.iter().find(|one| one["name"] == name).expect(name),
            (None, Value::Array(all)) => all.first().unwrap_or(&Value::Null),
            (_, found) => found,
        };
        let id = found["id"].as_str().or_else(|| body["image_id"].as_str());
        if let (Some(name), Some(id)) = (step.keep, id) {
            self.kept.retain(|(other, _)| *other != name);
            self.kept.push((name, id.to_owned()));
        }
        if step.method == Method::POST && (200..300).contains(&status) {
            match (step.path.split('/').count(), body["image_id"].as_str(), id) {
                (_, Some(image), _) => self.made.push(format!("image/images/{image}")),
                (2, _, Some(id)) => self.made.push(format!("{}/{id}", step.path)),
                _ => {}
            }
        }
        if step.path.ends_with("/add_router_interface") && status == 200 {
            let removal = step.path.replace("add_router", "remove_router");
            let subnet = body["subnet_id"].as_str().unwrap_or_default();
            self.made.push(self.filled(&format!("{removal} {subnet}")));
        }
    }

    /// Names for what has a new identifier, address or time whenever it is made.
    fn without_chance(&self, line: &str) -> String {
        let mut line =
            self.kept.iter().rev().fold(line.to_owned(), |line, (name, id)| line.replace(id.as_str(), &format!("<{name}>")));
        line = line.replace(&self.run, "<run>");
        for (pattern, word) in [
            (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<id>"),
            (r"Value: \{.*\}\. ", ""),
            (r"https?://[^ ,\x22]*", "<url>"),
            (r"(?-u:\b)[0-9a-f]{32,64}(?-u:\b)", "<id>"),
            (r"(?-u:\b)[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+(?-u:\b)", "<address>"),
            (r"(?-u:\b)[0-9a-f]{1,4}:[0-9a-f:]{6,}", "<address>"),
        ] {
            line = Regex::new(pattern).expect("an expression").replace_all(&line, word).into_owned();
        }
        line
    }

    /// Machines first, which hold the others; what was made last, first. What is gone already does not matter.
    async fn clean(&self) {
        let (machines, others): (Vec<&String>, Vec<&String>) =
            self.made.iter().rev().partition(|path| path.contains("/servers/"));
        for path in machines.into_iter().chain(others) {
            let begun = Instant::now();
            loop {
                let request = match path.split_once(' ') {
                    Some((path, subnet)) => self.request(Method::PUT, path).json(&json!({"subnet_id": subnet})),
                    None => self.request(Method::DELETE, path),
                };
                let status = request.header("X-Auth-Token", &self.session).send().await.map(|answer| answer.status().as_u16());
                let is_gone = matches!(status, Ok(404)) || path.contains(' ');
                if is_gone || begun.elapsed() > AGES {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn token(answer: &reqwest::Response) -> String {
    let token = answer.headers().get("X-Subject-Token").unwrap_or_else(|| panic!("no token: {}", answer.status()));
    token.to_str().expect("text").to_owned()
}

/// OpenStack wraps one thing, or a list, into an object with one field.
fn inner(body: &Value) -> &Value {
    match body.as_object() {
        Some(object) => {
            let wrapped = object.iter().find(|(name, value)| (value.is_object() || value.is_array()) && !name.ends_with("links"));
            match wrapped {
                Some((_, wrapped)) if !object.contains_key("id") => wrapped,
                _ => body,
            }
        }
        None => body,
    }
}

fn told(step: &Step, status: u16, body: &Value) -> String {
    if status >= 400 {
        return match (inner(body), body) {
            (_, Value::String(page)) => format!(" (a page) {}", words(page)),
            (error, _) if error.is_object() => {
                let kind = error["type"].as_str().map(str::to_owned);
                let kind = kind.or_else(|| body.as_object()?.keys().next().cloned()).unwrap_or_default();
                format!(" {kind}: {}", error["message"].as_str().unwrap_or_default())
            }
            (other, _) => format!(" {other}"),
        };
    }
    let one = |found: &Value| {
        let each = step.show.iter().map(|field| format!("{field}={}", in_order(&at(found, field))));
        each.collect::<Vec<_>>().join(" ")
    };
    if step.show.is_empty() {
        return String::new();
    }
    match inner(body) {
        Value::Array(all) => format!(" [{}]", all.iter().map(one).collect::<Vec<_>>().join(", ")),
        found => format!(" {}", one(found)),
    }
}

/// What is at a path of names and places, with `*` for every place of a list.
fn at(found: &Value, path: &str) -> Value {
    if let Some((list, rest)) = path.split_once("/*/") {
        let list = at(found, list);
        return list.as_array().into_iter().flatten().map(|one| at(one, rest)).collect();
    }
    path.split('/')
        .fold(found, |found, name| match name.parse::<usize>() {
            Ok(place) => &found[place],
            Err(_) => &found[name],
        })
        .clone()
}

/// Names and numbers in a list come in any order.
fn in_order(value: &Value) -> Value {
    match value.as_array() {
        Some(all) if !all.iter().any(|one| one.is_object() || one.is_array()) => {
            let mut all = all.clone();
            all.sort_by_key(Value::to_string);
            all.into()
        }
        _ => value.clone(),
    }
}

/// Of a page for people.
fn words(page: &str) -> String {
    let text = Regex::new("(?s)<title>.*</title>|<[^>]*>").expect("an expression").replace_all(page, " ").into_owned();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
