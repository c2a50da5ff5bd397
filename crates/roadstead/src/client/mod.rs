//! The gateway's API as the command line uses it: addresses, requests, answers, streams, files that come and go.
//!
//! Every function ends in a value of the model or in a [`Problem`]: what the gateway said, or what kept it from being
//! asked. Nothing here prints, and nothing here knows of commands.

mod address;
mod answer;
mod detail;
mod download;
mod events;
mod list;
mod log;
mod research;
mod upload;

pub use address::{Address, answers};
pub use detail::RunDetail;
pub use download::{Download, Target};
pub use log::LogReader;
pub use runs::Stream;
pub use upload::{hash_file, send_file};

use crate::credentials::Source;
use answer::{of_transport, read};
use model::{Code, Problem};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Method, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use url::Url;

/// Handle on one gateway. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    place: Arc<RwLock<Place>>,
    on_this_computer: bool,
}

/// Shared by all clones: a gateway of this computer that was started again is at another address.
#[derive(Clone)]
struct Place {
    base: Url,
    by: Option<(HeaderValue, Source)>,
}

/// A path below `/api/v1`, part by part: a part is encoded, so that no identifier can reach another address.
pub type Path<'a> = &'a [&'a str];

impl Client {
    pub fn new(address: &Address) -> Result<Self, Problem> {
        Self::at(Place::of(address)?, address.on_this_computer)
    }

    /// Of somebody who is not signed in.
    pub fn stranger(url: &str) -> Result<Self, Problem> {
        Self::at(Place { base: base(url)?, by: None }, false)
    }

    fn at(place: Place, on_this_computer: bool) -> Result<Self, Problem> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("roadstead/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            // Hashing a large upload is the longest that the gateway may be silent for.
            .read_timeout(Duration::from_secs(600))
            // A gateway does not redirect; following one would hand the token to somebody else.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| bad_address(place.base.as_str(), &error.to_string()))?;
        let place = Arc::new(RwLock::new(place));
        Ok(Self { http, place, on_this_computer })
    }

    /// Whether the gateway runs here, as this user: then it can read the same files.
    pub fn is_on_this_computer(&self) -> bool {
        self.on_this_computer
    }

    pub fn address(&self) -> String {
        self.place().base.as_str().trim_end_matches('/').to_owned()
    }

    /// The same gateway, somewhere else.
    pub fn move_to(&self, address: &Address) -> Result<(), Problem> {
        let place = Place::of(address)?;
        *self.place.write().unwrap_or_else(PoisonError::into_inner) = place;
        Ok(())
    }

    fn place(&self) -> Place {
        self.place.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How long a gateway may be away before following it is given up. One of this computer does not come back by
    /// itself: it has to be started again.
    fn patience(&self) -> Duration {
        if self.on_this_computer { Duration::from_secs(2) } else { Duration::from_secs(120) }
    }

    pub async fn get<T: DeserializeOwned>(&self, path: Path<'_>, query: &[(&str, &str)]) -> Result<T, Problem> {
        self.read(self.request(Method::GET, path, query)).await
    }

    /// Asks for something to be done that has no body.
    pub async fn post<T: DeserializeOwned>(&self, path: Path<'_>) -> Result<T, Problem> {
        self.read(self.request(Method::POST, path, &[])).await
    }

    pub async fn post_json<T: DeserializeOwned>(&self, path: Path<'_>, body: &impl Serialize) -> Result<T, Problem> {
        self.read(self.request(Method::POST, path, &[]).json(body)).await
    }

    pub async fn put_json<T: DeserializeOwned>(&self, path: Path<'_>, body: &impl Serialize) -> Result<T, Problem> {
        self.read(self.request(Method::PUT, path, &[]).json(body)).await
    }

    /// Creates something once, however often the connection breaks: the key makes repeating harmless.
    pub async fn create<T: DeserializeOwned>(&self, path: Path<'_>, body: &impl Serialize, key: &str) -> Result<T, Problem> {
        let mut pauses = [200, 1_000].into_iter();
        loop {
            let request = self.request(Method::POST, path, &[]).header("Idempotency-Key", key).json(body);
            match (self.read(request).await, pauses.next()) {
                (Err(problem), Some(pause)) if problem.code == Code::GatewayUnreachable => {
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
                (answer, _) => return answer,
            }
        }
    }

    /// Asks for something whose answer has nothing to read.
    pub async fn ask(&self, path: Path<'_>) -> Result<(), Problem> {
        self.send(self.request(Method::POST, path, &[])).await.map(|_| ())
    }

    /// Makes it so, without a body and without an answer.
    pub async fn put(&self, path: Path<'_>) -> Result<(), Problem> {
        self.send(self.request(Method::PUT, path, &[])).await.map(|_| ())
    }

    pub async fn delete(&self, path: Path<'_>) -> Result<(), Problem> {
        self.send(self.request(Method::DELETE, path, &[])).await.map(|_| ())
    }

    /// An answer to be read piece by piece.
    async fn open(&self, path: Path<'_>, query: &[(&str, &str)], headers: &[(&'static str, &str)]) -> Result<Response, Problem> {
        let request = self.request(Method::GET, path, query);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.send(request).await
    }

    fn request(&self, method: Method, path: Path<'_>, query: &[(&str, &str)]) -> RequestBuilder {
        let Place { base: mut url, by } = self.place();
        // The base was checked to have a path, which is the only way for this to fail.
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.pop_if_empty().extend(["api", "v1"]).extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let request = self.http.request(method, url);
        match by {
            Some((authorization, _)) => request.header(AUTHORIZATION, authorization),
            None => request,
        }
    }

    async fn read<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Problem> {
        read(self.send(request).await?).await
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, Problem> {
        let response = request.send().await.map_err(|error| of_transport(&self.address(), &error))?;
        answer::check(response).await.map_err(|problem| match self.place().by {
            Some((_, source)) => source.explain(problem),
            None => problem,
        })
    }
}

impl Place {
    fn of(address: &Address) -> Result<Self, Problem> {
        let base = base(&address.url)?;
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", address.token.expose())).map_err(|_| {
            Problem::new(
                Code::BadCredential,
                "The token has characters that no token has.",
                "Put the token alone, on one line, into its file.",
            )
        })?;
        authorization.set_sensitive(true);
        Ok(Self { base, by: Some((authorization, address.source.clone())) })
    }
}

fn base(url: &str) -> Result<Url, Problem> {
    let base: Url = url.parse().map_err(|error| bad_address(url, &format!("{error}")))?;
    match matches!(base.scheme(), "http" | "https") && !base.cannot_be_a_base() {
        true => Ok(base),
        false => Err(bad_address(url, "it is no http or https address")),
    }
}

fn bad_address(url: &str, why: &str) -> Problem {
    let url: String = url.chars().take(200).collect();
    Problem::new(
        Code::UsageWrong,
        format!("`{url}` is not the address of a gateway: {why}."),
        "Give an address like https://gateway.example.org with --gateway or ROADSTEAD_GATEWAY.",
    )
}
