//! Asking an issuer: one exchange, with a limit to its size, its time and its reach.
//!
//! Redirects are not followed: whatever is sent here (a code, a refresh token, the client's secret) was meant for that
//! address and no other. Nothing is decompressed: a few kilobytes could become gigabytes. Names resolve through the
//! guard that all fetching goes through, so an issuer cannot make the gateway ask the gateway's neighbours.

use std::error::Error as StdError;
use std::sync::Arc;

use data::guard::{Refused, UrlGuard};
use model::Secret;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
use reqwest::{Certificate, Client, RequestBuilder, Response};
use serde_json::{Map, Value};
use tokio::sync::Semaphore;
use url::{Url, form_urlencoded};

use crate::{Error, Lie, Limits, SetupError, Unreachable, json};

/// What all issuers share.
pub(crate) struct Http {
    guard: UrlGuard,
    public: Client,
    /// For the hosts and ports that the administrator named: the guard says why there are two.
    listed: Client,
    limits: Limits,
}

/// The way to one issuer.
pub(crate) struct Channel {
    issuer: String,
    http: Arc<Http>,
    places: Semaphore,
}

/// How the request says who asks.
#[derive(Clone, Copy)]
pub(crate) enum Credentials<'a> {
    None,
    Client { id: &'a str, secret: &'a Secret },
    Bearer(&'a Secret),
}

pub(crate) enum Question<'a> {
    Get,
    Post(&'a [(&'a str, &'a str)]),
}

/// A whole answer below 500.
pub(crate) struct Answer {
    pub(crate) status: u16,
    body: Vec<u8>,
    about: &'static str,
}

impl Http {
    /// `authority`: certificates in PEM, believed besides the system's.
    pub(crate) fn new(guard: UrlGuard, limits: Limits, authority: Option<&[u8]>) -> Result<Self, SetupError> {
        let unreadable = |error: reqwest::Error| SetupError::Authority { why: innermost(&error) };
        let extra = authority.map(Certificate::from_pem_bundle).transpose().map_err(unreadable)?.unwrap_or_default();
        if authority.is_some() && extra.is_empty() {
            return Err(SetupError::Authority { why: "there is no certificate in it".to_owned() });
        }
        let (public, listed) = (client(&guard, &limits, &extra, false)?, client(&guard, &limits, &extra, true)?);
        Ok(Self { guard, public, listed, limits })
    }
}

fn client(guard: &UrlGuard, limits: &Limits, extra: &[Certificate], listed: bool) -> Result<Client, SetupError> {
    let mut builder = Client::builder()
        .user_agent(concat!("roadstead/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(guard.resolver(listed))
        // A proxy would resolve names by itself, and see everything.
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        // A code or a refresh token that is sent twice may end the whole grant.
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(limits.deadline);
    for certificate in extra {
        builder = builder.add_root_certificate(certificate.clone());
    }
    builder.build().map_err(|error| SetupError::Http { why: innermost(&error) })
}

impl Channel {
    pub(crate) fn new(issuer: String, http: Arc<Http>) -> Self {
        let places = Semaphore::new(http.limits.at_once);
        Self { issuer, http, places }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.http.limits
    }

    /// `about` says in messages what was asked for.
    pub(crate) async fn ask(
        &self,
        about: &'static str,
        url: &Url,
        question: Question<'_>,
        credentials: Credentials<'_>,
    ) -> Result<Answer, Error> {
        let limit = self.http.limits.deadline;
        let asked = self.ask_patiently(about, url, question, credentials);
        match tokio::time::timeout(limit, asked).await {
            Ok(answered) => answered,
            Err(_) => Err(self.unreachable(Unreachable::Deadline { limit })),
        }
    }

    async fn ask_patiently(
        &self,
        about: &'static str,
        url: &Url,
        question: Question<'_>,
        credentials: Credentials<'_>,
    ) -> Result<Answer, Error> {
        // Never closed, so there is always a place in the end.
        let _place = self.places.acquire().await;
        let admitted = self.http.guard.admit(url.as_str()).map_err(|refused| self.refused(refused))?;
        let client = if self.http.guard.is_exempt(&admitted) { &self.http.listed } else { &self.http.public };
        let request = match question {
            Question::Get => client.get(admitted.url().clone()),
            Question::Post(fields) => client
                .post(admitted.url().clone())
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()),
        };
        let request = identify(request, credentials).header(ACCEPT, "application/json").header(ACCEPT_ENCODING, "identity");
        let response = request.send().await.map_err(|error| self.not_sent(&error))?;
        self.read(about, response).await
    }

    async fn read(&self, about: &'static str, mut response: Response) -> Result<Answer, Error> {
        let status = response.status().as_u16();
        match status {
            300..400 => return Err(self.lie(Lie::Redirect { about })),
            408 | 429 | 500.. => return Err(self.unreachable(Unreachable::Status { status })),
            _ => {}
        }
        if response.headers().get(CONTENT_ENCODING).is_some_and(|coding| coding.as_bytes() != b"identity") {
            return Err(self.lie(Lie::Compressed { about }));
        }
        let limit = self.http.limits.body_bytes;
        let mut body = Vec::new();
        while let Some(chunk) =
            response.chunk().await.map_err(|error| self.unreachable(Unreachable::Cut { why: innermost(&error) }))?
        {
            if body.len() + chunk.len() > limit {
                return Err(self.lie(Lie::TooLarge { about, limit }));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, body, about })
    }

    /// The JSON object of a good answer.
    pub(crate) fn object(&self, answer: &Answer) -> Result<Map<String, Value>, Error> {
        let about = answer.about;
        if answer.status != 200 {
            return Err(self.lie(Lie::Status { about, status: answer.status }));
        }
        json::object(&answer.body).map_err(|why| self.lie(Lie::Json { about, why }))
    }

    /// The JSON object of an answer that is not good, for the error in it.
    pub(crate) fn error_object(answer: &Answer) -> Option<Map<String, Value>> {
        json::object(&answer.body).ok()
    }

    pub(crate) fn lie(&self, lie: Lie) -> Error {
        Error::Lie { issuer: self.issuer.clone(), lie }
    }

    pub(crate) fn unreachable(&self, why: Unreachable) -> Error {
        Error::Unreachable { issuer: self.issuer.clone(), why }
    }

    fn refused(&self, refused: Refused) -> Error {
        self.unreachable(Unreachable::Guarded(refused))
    }

    fn not_sent(&self, error: &reqwest::Error) -> Error {
        match causes(error).find_map(|cause| cause.downcast_ref::<Refused>()) {
            Some(refused) => self.refused(refused.clone()),
            None => self.unreachable(Unreachable::Connect { why: innermost(error) }),
        }
    }
}

fn identify(request: RequestBuilder, credentials: Credentials<'_>) -> RequestBuilder {
    // RFC 6749, section 2.3.1: both are encoded like the fields of a form first.
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    match credentials {
        Credentials::None => request,
        Credentials::Client { id, secret } => request.basic_auth(encoded(id), Some(encoded(secret.expose()))),
        Credentials::Bearer(token) => request.bearer_auth(token.expose()),
    }
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(error.source(), |cause: &&'a (dyn StdError + 'static)| (*cause).source())
}

/// The outer ones repeat the address.
fn innermost(error: &reqwest::Error) -> String {
    causes(error).last().map_or_else(|| "unknown cause".to_owned(), ToString::to_string)
}
