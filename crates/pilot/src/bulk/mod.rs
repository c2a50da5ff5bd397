//! Large files between gateway and pilot: ranged HTTP beside the WebSocket, with the same credential.
//!
//! A gateway that is away is waited for without end (how long in all is the link's business); one that is there and
//! says no is believed; one that is there and in trouble is asked a bounded number of times.

mod download;
mod token;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Response, StatusCode, Url};
use tokio::sync::{OnceCell, watch};
use tokio::time::sleep;

use crate::credential::Credential;

const CONNECT: Duration = Duration::from_secs(10);
/// Of silence.
const STALL: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Answers in a row that say "not now".
const MOST_TROUBLES: u32 = 20;

#[derive(Debug, thiserror::Error)]
pub(crate) enum BulkError {
    #[error("the gateway does not have it: {0}")]
    Missing(String),
    #[error("it has more bytes than the {0} that are allowed")]
    TooLarge(u64),
    #[error("the gateway says that it is too large: {0}")]
    Refused(String),
    #[error("the gateway answered {0}")]
    Answered(String),
    /// The server of an input wants a token, and there is none: why, as the gateway says it.
    #[error("{}", .0.detail)]
    NoToken(model::Problem),
    #[error("{0}")]
    Trouble(String),
    #[error("{0}")]
    Disk(#[from] std::io::Error),
}

/// The end of one exchange that did not bring everything.
enum Failure {
    Final(BulkError),
    /// The gateway answered, and something was wrong with it.
    Troubled(String),
    /// There is no gateway.
    Away(String),
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Final(BulkError::Disk(error))
    }
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        // The URL that it would tell has nothing secret, but nothing for a person either.
        let causes = std::iter::successors(std::error::Error::source(&error), |cause| (*cause).source());
        let innermost = causes.last().map_or_else(|| "the connection broke".to_owned(), ToString::to_string);
        Self::Away(innermost)
    }
}

pub(crate) struct Bulk {
    address: watch::Receiver<Option<Arc<str>>>,
    credential: Credential,
    /// Most elements bring and take nothing, and making a client takes longer than connecting.
    client: OnceCell<Client>,
}

impl Bulk {
    pub fn new(address: watch::Receiver<Option<Arc<str>>>, credential: Credential) -> Self {
        Self { address, credential, client: OnceCell::new() }
    }

    async fn client(&self) -> Result<&Client, Failure> {
        let build = async || {
            let headers = self.credential.headers(None).map_err(|error| BulkError::Trouble(error.to_string()))?;
            let client = Client::builder()
                .default_headers(headers)
                // The environment is somebody else's, and the gateway's address is exact.
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(CONNECT)
                .read_timeout(STALL)
                .tcp_nodelay(true)
                .build();
            client.map_err(|error| BulkError::Trouble(error.to_string()))
        };
        self.client.get_or_try_init(build).await.map_err(Failure::Final)
    }

    /// At the gateway's present address, which may change between two exchanges.
    fn url(&self, path: &str, query: &[(&str, &str)]) -> Result<Url, Failure> {
        let address = self.address.borrow().clone().ok_or_else(|| Failure::Away("not connected".to_owned()))?;
        let address = match address.strip_prefix("ws://") {
            Some(rest) => format!("http://{rest}{path}"),
            None => format!("{address}{path}"),
        };
        Url::parse_with_params(&address, query).map_err(|error| Failure::Final(BulkError::Trouble(error.to_string())))
    }
}

/// What a refusal means, whatever was asked.
async fn refusal(answer: Response, limit: u64) -> Failure {
    let status = answer.status();
    let problem: Option<model::Problem> = match answer.bytes().await {
        Ok(body) => serde_json::from_slice(&body).ok(),
        Err(_) => None,
    };
    let detail = problem.map_or_else(|| status.to_string(), |problem| problem.detail);
    match status {
        StatusCode::NOT_FOUND => Failure::Final(BulkError::Missing(detail)),
        StatusCode::PAYLOAD_TOO_LARGE if limit > 0 => Failure::Final(BulkError::TooLarge(limit)),
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::INSUFFICIENT_STORAGE => Failure::Final(BulkError::Refused(detail)),
        // The link will hear it too and end everything; until then nothing is gained by failing the element.
        StatusCode::UNAUTHORIZED | StatusCode::GONE => Failure::Away(detail),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => Failure::Troubled(detail),
        status if status.is_server_error() => Failure::Troubled(detail),
        _ => Failure::Final(BulkError::Answered(detail)),
    }
}

/// How long to go on after failures in a row.
struct Patience {
    troubles: u32,
    pause: Duration,
}

impl Patience {
    fn new() -> Self {
        Self { troubles: 0, pause: FIRST_PAUSE }
    }

    /// Returns when it is time for another exchange.
    async fn wait(&mut self, failure: Failure) -> Result<(), BulkError> {
        match failure {
            Failure::Final(error) => return Err(error),
            Failure::Troubled(what) if self.troubles >= MOST_TROUBLES => return Err(BulkError::Trouble(what)),
            Failure::Troubled(_) => self.troubles += 1,
            Failure::Away(why) => tracing::debug!(why, "a file waits for the gateway"),
        }
        sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        Ok(())
    }
}
