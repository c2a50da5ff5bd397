//! Downloads: a [`GuardedUrl`] to a file, however badly the server behaves.
//!
//! One [`Fetcher::fetch`] is a series of attempts. Each asks for what is still missing (`Range`, held to one
//! version of the file by `If-Range`), follows redirects by itself so that each is guarded, and appends what
//! arrives to `NAME.part`, hashing. Trouble that may pass leads to another attempt, a bounded number of times
//! without progress; anything else ends it. When the process dies, the next fetch into the same place goes on
//! where this one was.
//!
//! One lie cannot be seen: a body without a length that ends when the connection does (HTTP/1.0) looks the same
//! whole and cut. Only a declared size or checksum tells.
//!
//! Bytes are stored as they are sent: nothing is decompressed, since checksums are of what archives store.

mod answer;
mod body;
mod download;
mod error;

use std::time::{Duration, SystemTime};

use model::Secret;
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Client, Response};

use crate::guard::{GuardedUrl, UrlGuard};
use crate::place::Slot;
use crate::{Declared, Mismatch, Received};
pub use answer::retry_after;
use answer::{Version, continuation};
use download::Download;
use error::{Failure, describe};
pub use error::{FetchError, Trouble};

/// How much is accepted and how long is waited.
#[derive(Debug, Clone)]
pub struct Limits {
    pub bytes: u64,
    /// For a connection to stand, name look-up and TLS included.
    pub connect: Duration,
    /// At least `idle_bytes` have to arrive in each such time of waiting. One byte now and then is not enough:
    /// a peer could hold on to us for ever with that.
    pub idle: Duration,
    pub idle_bytes: u64,
    /// For everything together, pauses between attempts included.
    pub total: Duration,
    /// Attempts in a row that bring nothing.
    pub attempts: u32,
    /// Before the second attempt; doubled each time, up to `pause_most`. A server that asks for a longer pause
    /// than that ends the download instead.
    pub pause: Duration,
    pub pause_most: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            bytes: 1 << 40,
            connect: Duration::from_secs(20),
            idle: Duration::from_secs(60),
            idle_bytes: 4096,
            total: Duration::from_secs(24 * 3600),
            attempts: 6,
            pause: Duration::from_secs(1),
            pause_most: Duration::from_secs(120),
        }
    }
}

pub const MOST_REDIRECTS: usize = 5;

/// An attempt that adds this much counts as progress and renews the number of attempts.
const PROGRESS: u64 = 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub bytes: u64,
    pub total: Option<u64>,
}

/// The outcome of a download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    pub received: Received,
    /// Where the bytes came from after redirects; `None` when all of them were here already.
    pub source: Option<GuardedUrl>,
    pub attempts: u32,
}

/// The HTTP client could not be set up, for want of trusted certificates for instance.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be set up: {why}")]
pub struct SetupError {
    why: String,
}

#[derive(Clone)]
pub struct Fetcher {
    guard: UrlGuard,
    limits: Limits,
    public: Client,
    /// For hosts and ports that the administrator listed; see [`crate::guard`] on why there are two.
    listed: Option<Client>,
}

impl Fetcher {
    pub fn new(guard: UrlGuard, limits: Limits) -> Result<Fetcher, SetupError> {
        let public = client(&guard, &limits, false)?;
        let listed = guard.has_exceptions().then(|| client(&guard, &limits, true)).transpose()?;
        Ok(Fetcher { guard, limits, public, listed })
    }

    /// Downloads `url` into `slot`. Dropping the future stops it and keeps what has arrived. `bearer` is shown to the
    /// server of `url`, and to none that it sends us on to.
    pub async fn fetch(
        &self,
        url: &GuardedUrl,
        bearer: Option<&Secret>,
        slot: Slot,
        declared: &Declared,
        mut progress: impl FnMut(Progress),
    ) -> Result<Fetched, FetchError> {
        let mut bytes = 0;
        let noted = |now: Progress| {
            bytes = now.bytes;
            progress(now);
        };
        match tokio::time::timeout(self.limits.total, self.fetch_patiently(url, bearer, slot, declared, noted)).await {
            Ok(ended) => ended,
            Err(_) => Err(FetchError::Deadline { limit: self.limits.total, bytes }),
        }
    }

    async fn fetch_patiently(
        &self,
        url: &GuardedUrl,
        bearer: Option<&Secret>,
        slot: Slot,
        declared: &Declared,
        mut progress: impl FnMut(Progress),
    ) -> Result<Fetched, FetchError> {
        if let Some(bytes) = declared.bytes.filter(|bytes| *bytes > self.limits.bytes) {
            return Err(FetchError::TooLarge { limit: self.limits.bytes, announced: Some(bytes) });
        }
        // It may have been admitted by a guard with other exceptions, a gateway's for instance.
        let url = self.guard.admit(url.as_str())?;
        let mut download = Download::open(slot, &url, *declared, self.limits.bytes).await?;
        progress(Progress { bytes: download.bytes(), total: download.total() });
        if download.is_complete().await? {
            let received = download.finish().await?;
            return Ok(Fetched { received, source: None, attempts: 0 });
        }
        let mut attempts = 0;
        let mut fruitless = 0;
        loop {
            attempts += 1;
            match self.attempt(&url, bearer, &mut download, declared, &mut progress).await {
                Ok(source) => {
                    let received = download.finish().await?;
                    return Ok(Fetched { received, source: Some(source), attempts });
                }
                Err(Failure::Final(error)) => {
                    if matches!(error, FetchError::Mismatch(_) | FetchError::TooLarge { .. }) {
                        // Nothing could continue from these bytes. If they cannot be removed, the next attempt
                        // empties them; the first error is the one to tell.
                        let _ = download.discard().await;
                    }
                    return Err(error);
                }
                Err(Failure::Again(last)) => {
                    fruitless = if download.bytes() >= download.furthest + PROGRESS { 1 } else { fruitless + 1 };
                    download.furthest = download.furthest.max(download.bytes());
                    let pause = self.pause(fruitless, &last);
                    tracing::debug!(%url, attempts, bytes = download.bytes(), trouble = %last, "download interrupted");
                    match pause {
                        Some(pause) if fruitless < self.limits.attempts => tokio::time::sleep(pause).await,
                        _ => return Err(FetchError::GaveUp { attempts, last }),
                    }
                }
            }
        }
    }

    /// `None` when the server wants more patience than there is.
    fn pause(&self, fruitless: u32, trouble: &Trouble) -> Option<Duration> {
        let doubled = 2u32.saturating_pow(fruitless.saturating_sub(1));
        let pause = self.limits.pause.saturating_mul(doubled).min(self.limits.pause_most);
        match trouble {
            Trouble::Status { retry_after: Some(wanted), .. } => (*wanted <= self.limits.pause_most).then(|| pause.max(*wanted)),
            _ => Some(pause),
        }
    }

    /// One exchange. Returns where the bytes came from when the file is whole and as declared.
    async fn attempt(
        &self,
        url: &GuardedUrl,
        bearer: Option<&Secret>,
        download: &mut Download,
        declared: &Declared,
        progress: &mut impl FnMut(Progress),
    ) -> Result<GuardedUrl, Failure> {
        if download.bytes() > 0 && !download.can_resume() {
            download.restart().await?;
        }
        let (source, response) = self.send(url, bearer, &headers(download)).await?;
        self.judge(&response, download, declared).await?;
        self.receive(response, download, progress).await?;
        let received = download.received().await?;
        match declared.verify(&received) {
            Ok(()) => Ok(source),
            // What came first may have been of another version: once more, in one piece.
            Err(_) if download.is_resumed() => {
                download.forbid_ranges();
                download.restart().await?;
                Err(Failure::Again(Trouble::Range { why: "the parts do not add up to the declared file" }))
            }
            Err(mismatch) => Err(Failure::Final(FetchError::Mismatch(mismatch))),
        }
    }

    /// Sends the request, through at most [`MOST_REDIRECTS`] redirects, each of them guarded.
    async fn send(
        &self,
        url: &GuardedUrl,
        bearer: Option<&Secret>,
        headers: &HeaderMap,
    ) -> Result<(GuardedUrl, Response), Failure> {
        let mut at = url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let client = match &self.listed {
                Some(listed) if self.guard.is_exempt(&at) => listed,
                _ => &self.public,
            };
            let mut request = client.get(at.url().clone()).headers(headers.clone());
            if let Some(bearer) = bearer.filter(|_| at.url().origin() == url.url().origin()) {
                request = request.bearer_auth(bearer.expose());
            }
            let sent = request.send();
            let waited = self.limits.connect + self.limits.idle;
            let response = match tokio::time::timeout(waited, sent).await {
                Ok(Ok(response)) => response,
                Ok(Err(error)) => return Err(Failure::of_request(&error)),
                Err(_) => return Err(Failure::Again(Trouble::Stalled { waited })),
            };
            if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Ok((at, response));
            }
            let nonsense = FetchError::Nonsense { why: "a redirect without a readable Location" };
            let location = response.headers().get(header::LOCATION);
            match location.map(|location| str::from_utf8(location.as_bytes())) {
                Some(Ok(location)) => at = self.guard.follow(&at, location)?,
                _ => return Err(Failure::Final(nonsense)),
            }
        }
        Err(Failure::Final(FetchError::TooManyRedirects { limit: MOST_REDIRECTS }))
    }

    /// Looks at the head of the answer and prepares the part for the body, before a byte of it is read.
    async fn judge(&self, response: &Response, download: &mut Download, declared: &Declared) -> Result<(), Failure> {
        let offset = download.bytes();
        let version = match response.status().as_u16() {
            200 => {
                if offset > 0 {
                    download.restart().await?;
                }
                Version::of(response.headers(), response.content_length())
            }
            206 if offset > 0 => match continuation(response.headers(), offset, download.version()) {
                Ok(version) => version,
                Err(lie) => {
                    download.forbid_ranges();
                    return Err(Failure::Again(lie));
                }
            },
            416 if offset > 0 => {
                download.forbid_ranges();
                return Err(Failure::Again(Trouble::Range { why: "it says there is nothing more" }));
            }
            206 => return Err(Failure::Final(FetchError::Nonsense { why: "a part was sent, the whole was asked for" })),
            status @ (408 | 429 | 500..) => {
                let retry_after = retry_after(response.headers(), SystemTime::now());
                return Err(Failure::Again(Trouble::Status { status, retry_after }));
            }
            status => return Err(Failure::Final(FetchError::Status { status })),
        };
        match (version.total, declared.bytes) {
            (Some(total), _) if total > self.limits.bytes => {
                return Err(Failure::Final(FetchError::TooLarge { limit: self.limits.bytes, announced: Some(total) }));
            }
            (Some(actual), Some(declared)) if actual != declared => {
                return Err(Failure::Final(FetchError::Mismatch(Mismatch::Bytes { declared, actual })));
            }
            _ => {}
        }
        Ok(download.begin(version).await?)
    }
}

fn headers(download: &Download) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    if download.bytes() > 0
        && let Ok(range) = HeaderValue::try_from(format!("bytes={}-", download.bytes()))
    {
        headers.insert(header::RANGE, range);
        if let Some(Ok(validator)) = download.version().validator().map(HeaderValue::from_str) {
            headers.insert(header::IF_RANGE, validator);
        }
    }
    headers
}

fn client(guard: &UrlGuard, limits: &Limits, listed: bool) -> Result<Client, SetupError> {
    Client::builder()
        .user_agent(concat!("roadstead/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(guard.resolver(listed))
        // A proxy would resolve names by itself, behind the guard's back; redirects are followed here.
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(limits.connect)
        .pool_idle_timeout(Duration::from_secs(15))
        .build()
        .map_err(|error| SetupError { why: describe(&error) })
}
