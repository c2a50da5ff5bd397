//! Asking a site: one exchange, with a limit to its size, its time and its reach.
//!
//! Redirects are not followed and nothing is sent twice: a bearer was meant for that address, and what a request made may
//! be there although its answer got lost. Names resolve through the guard that all fetching goes through. Whoever only
//! reads may ask again ([`super::reader`]).

use std::error::Error as StdError;
use std::time::{Duration, SystemTime};

use data::guard::{Refused, UrlGuard};
use model::Secret;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Certificate, Client, Method, RequestBuilder, Response};
use serde::de::DeserializeOwned;

use super::{Error, Lie, SetupError, Unreachable};

/// Idle connections that are kept for each host. A look at a project has seven exchanges with Neutron at once; what
/// many sites together keep has to stay far below the number of files that a process may open.
const IDLE_PER_HOST: usize = 8;
const IDLE_FOR: Duration = Duration::from_secs(30);

/// What the first chunk of an answer is given room for, whatever length it claims.
const ROOM: u64 = 64 * 1024;

#[derive(Clone, Debug)]
pub struct Limits {
    /// For one exchange, from connecting to the last byte.
    pub deadline: Duration,
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { deadline: Duration::from_secs(10), body_bytes: 16 << 20 }
    }
}

/// What all sites share, except those with an authority of their own: what is believed there is not believed elsewhere.
#[derive(Clone)]
pub struct Http {
    guard: UrlGuard,
    public: Client,
    /// For the hosts and ports that the administrator named: the guard says why there are two.
    listed: Client,
    limits: Limits,
}

/// How a request says who asks.
#[derive(Clone, Copy)]
pub(crate) enum Proof<'a> {
    None,
    Bearer(&'a Secret),
    Token(&'a Secret),
    /// In this version of a component's language.
    Speaking(&'a Secret, &'static str),
}

/// A whole answer below 500.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Http {
    /// `authority`: certificates in PEM, believed besides the system's.
    pub fn new(guard: UrlGuard, limits: Limits, authority: Option<&[u8]>) -> Result<Self, SetupError> {
        let unreadable = |error: reqwest::Error| SetupError::Authority { why: innermost(&error) };
        let extra = authority.map(Certificate::from_pem_bundle).transpose().map_err(unreadable)?.unwrap_or_default();
        if authority.is_some() && extra.is_empty() {
            return Err(SetupError::Authority { why: "there is no certificate in it".to_owned() });
        }
        let (public, listed) = (client(&guard, &limits, &extra, false)?, client(&guard, &limits, &extra, true)?);
        Ok(Self { guard, public, listed, limits })
    }

    /// The same, for a site that has an authority of its own.
    pub fn believing(&self, authority: &[u8]) -> Result<Self, SetupError> {
        Self::new(self.guard.clone(), self.limits.clone(), Some(authority))
    }

    /// The same, for what takes another time than looking.
    pub fn with_deadline(&self, deadline: Duration) -> Self {
        Self { limits: Limits { deadline, ..self.limits.clone() }, ..self.clone() }
    }

    /// `about` says in messages what was asked for.
    pub(crate) async fn ask(
        &self,
        service: &str,
        about: &'static str,
        method: Method,
        url: &str,
        proof: Proof<'_>,
        body: Option<&serde_json::Value>,
    ) -> Result<Answer, Error> {
        let limit = self.limits.deadline;
        let asked = self.ask_patiently(about, method, url, proof, body);
        let answered = tokio::time::timeout(limit, asked).await;
        let answered = answered.unwrap_or(Err(Trouble::Unreachable(Unreachable::Deadline { limit })));
        answered.map_err(|trouble| match trouble {
            Trouble::Unreachable(why) => Error::Unreachable { service: service.to_owned(), why },
            Trouble::Lie(lie) => Error::Lie { service: service.to_owned(), lie },
        })
    }

    async fn ask_patiently(
        &self,
        about: &'static str,
        method: Method,
        url: &str,
        proof: Proof<'_>,
        body: Option<&serde_json::Value>,
    ) -> Result<Answer, Trouble> {
        let request = self.request(method, url)?;
        let mut request = match proof {
            Proof::None => request,
            Proof::Bearer(bearer) => request.bearer_auth(bearer.expose()),
            Proof::Token(token) => request.header(TOKEN, secret(token)?),
            Proof::Speaking(token, version) => request.header(TOKEN, secret(token)?).header(VERSION, version),
        };
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        self.exchange(about, request).await
    }

    /// One attempt to read something, without a limit to its time: that is its caller's.
    pub(crate) async fn get(&self, about: &'static str, url: &str, token: &Secret, more: HeaderMap) -> Result<Answer, Trouble> {
        let request = self.request(Method::GET, url)?.headers(more).header(TOKEN, secret(token)?);
        self.exchange(about, request).await
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    fn request(&self, method: Method, url: &str) -> Result<RequestBuilder, Trouble> {
        let refused = |refused: Refused| Trouble::Unreachable(Unreachable::Guarded(refused));
        let admitted = self.guard.admit(url).map_err(refused)?;
        let client = if self.guard.is_exempt(&admitted) { &self.listed } else { &self.public };
        Ok(client.request(method, admitted.url().clone()))
    }

    async fn exchange(&self, about: &'static str, request: RequestBuilder) -> Result<Answer, Trouble> {
        // Documents of a federation are of any type; services that speak JSON prefer it.
        let json = HeaderValue::from_static("application/json, */*;q=0.5");
        let request = request.header(ACCEPT, json).header(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let response = request.send().await.map_err(|error| not_sent(&error))?;
        self.read(about, response).await
    }

    async fn read(&self, about: &'static str, mut response: Response) -> Result<Answer, Trouble> {
        let status = response.status().as_u16();
        match status {
            // "Multiple choices" is how some say which versions there are.
            301..=303 | 307 | 308 => return Err(Trouble::Lie(Lie::Redirect { about })),
            // Cinder says by 413 that a quota is used up, and that there is nothing to wait for.
            413 if retry_after(&response) == Some(Duration::ZERO) => {}
            408 | 413 | 429 | 500.. => {
                let retry_after = retry_after(&response);
                return Err(Trouble::Unreachable(Unreachable::Status { status, retry_after }));
            }
            _ => {}
        }
        if response.headers().get(CONTENT_ENCODING).is_some_and(|coding| coding.as_bytes() != b"identity") {
            return Err(Trouble::Lie(Lie::Compressed { about }));
        }
        let limit = self.limits.body_bytes;
        let claimed = response.content_length().unwrap_or_default();
        if claimed > limit as u64 {
            return Err(Trouble::Lie(Lie::TooLarge { about, limit }));
        }
        let mut body = Vec::with_capacity(usize::try_from(claimed.min(ROOM)).unwrap_or_default());
        let cut = |error: reqwest::Error| Trouble::Unreachable(Unreachable::Cut { why: innermost(&error) });
        while let Some(chunk) = response.chunk().await.map_err(cut)? {
            if body.len() + chunk.len() > limit {
                return Err(Trouble::Lie(Lie::TooLarge { about, limit }));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers: std::mem::take(response.headers_mut()), body })
    }
}

/// What happened, before it is known at which service.
#[derive(Debug)]
pub(crate) enum Trouble {
    Unreachable(Unreachable),
    Lie(Lie),
}

impl Answer {
    pub(crate) fn json<T: DeserializeOwned>(&self, about: &'static str) -> Result<T, Lie> {
        serde_json::from_slice(&self.body).map_err(|error| Lie::Json { about, why: error.to_string() })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

const TOKEN: &str = "X-Auth-Token";
const VERSION: &str = "OpenStack-API-Version";

fn retry_after(response: &Response) -> Option<Duration> {
    data::fetch::retry_after(response.headers(), SystemTime::now())
}

fn secret(token: &Secret) -> Result<HeaderValue, Trouble> {
    let unfit = |_| Trouble::Unreachable(Unreachable::Connect { why: "the token cannot be in a header".to_owned() });
    let mut value = HeaderValue::from_str(token.expose()).map_err(unfit)?;
    value.set_sensitive(true);
    Ok(value)
}

fn client(guard: &UrlGuard, limits: &Limits, extra: &[Certificate], listed: bool) -> Result<Client, SetupError> {
    let mut builder = Client::builder()
        .user_agent(concat!("roadstead/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(guard.resolver(listed))
        // A proxy would resolve names by itself, and see everything.
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .pool_max_idle_per_host(IDLE_PER_HOST)
        .pool_idle_timeout(IDLE_FOR)
        .connect_timeout(limits.deadline);
    for certificate in extra {
        builder = builder.add_root_certificate(certificate.clone());
    }
    // What is in a certificate is read here only.
    builder.build().map_err(|error| match extra {
        [] => SetupError::Http { why: innermost(&error) },
        _ => SetupError::Authority { why: innermost(&error) },
    })
}

fn not_sent(error: &reqwest::Error) -> Trouble {
    Trouble::Unreachable(match causes(error).find_map(|cause| cause.downcast_ref::<Refused>()) {
        Some(refused) => Unreachable::Guarded(refused.clone()),
        None => Unreachable::Connect { why: innermost(error) },
    })
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(error.source(), |cause: &&'a (dyn StdError + 'static)| (*cause).source())
}

/// The outer ones repeat the address.
fn innermost(error: &reqwest::Error) -> String {
    causes(error).last().map_or_else(|| "unknown cause".to_owned(), ToString::to_string)
}
