//! Finding the gateway, and presenting oneself.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use model::Secret;
use model::id::{AttemptId, PilotId, RunId};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::connect_async_with_config;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};

use futures_util::SinkExt;

use super::connection::{Socket, receive, serve};
use super::{Incoming, Link, LinkError, address};
use crate::credential::Credential;
use crate::protocol::{Frame, HEADER, Hello, Kind, LARGEST_FRAME, OLDEST, VERSION, Welcome, paths};
use crate::random;
use crate::recipe::Gateway;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Looking for a gateway on this computer costs next to nothing, and a run that just lost its own is watched by somebody.
const LONGEST_LOCAL_PAUSE: Duration = Duration::from_secs(1);
/// For the connection, and again for the welcome.
const ANSWER: Duration = Duration::from_secs(15);

pub(crate) struct Dialer {
    pub link: Arc<Link>,
    pub incoming: mpsc::Sender<Incoming>,
    pub gateway: Gateway,
    /// The attempt's. A service that removed it has ended the attempt, though no gateway is there to say so.
    pub directory: PathBuf,
    pub patience: Duration,
    pub credential: Credential,
    pub enrolment: Secret,
    /// The gateway answered once: the code is used up.
    pub is_enrolled: bool,
    pub pilot: PilotId,
    pub run: RunId,
    pub attempt: AttemptId,
    pub host: String,
}

/// Why one address did not do.
enum Refusal {
    /// Another may, or this one later.
    Passing(String),
    /// Final, unless another gateway takes us.
    Over(String),
    Final(LinkError),
}

impl Dialer {
    /// Returns only when there is no point in going on.
    pub async fn keep(mut self) -> LinkError {
        let mut reached = Instant::now();
        let mut pause = FIRST_PAUSE;
        let longest = match &self.gateway {
            Gateway::Url(_) => LONGEST_PAUSE,
            Gateway::Directory(_) => LONGEST_LOCAL_PAUSE,
        };
        loop {
            if !self.directory.is_dir() {
                return LinkError::Over("its directory was removed".to_owned());
            }
            let trouble = match self.connect().await {
                Ok((address, socket)) => {
                    let broken = serve(&self.link, socket, &self.incoming).await;
                    tracing::info!(address, %broken, "connection lost");
                    reached = Instant::now();
                    pause = FIRST_PAUSE;
                    broken.to_string()
                }
                Err(Refusal::Passing(trouble)) => trouble,
                Err(Refusal::Over(detail)) => return LinkError::Over(detail),
                Err(Refusal::Final(error)) => return error,
            };
            let left = self.patience.saturating_sub(reached.elapsed());
            if left.is_zero() {
                return LinkError::Lost { seconds: self.patience.as_secs(), trouble };
            }
            tracing::debug!(trouble, ?pause, "no gateway");
            sleep(jittered(pause).min(left)).await;
            pause = (pause * 2).min(longest);
        }
    }

    /// Tries every address there is. Several gateways may live on one computer, and not each of them knows us, so that a
    /// refusal counts only when nobody takes us.
    async fn connect(&mut self) -> Result<(String, Socket), Refusal> {
        let mut refusal = Refusal::Passing("no gateway runs on this computer".to_owned());
        for address in address::candidates(&self.gateway) {
            match self.greet(&address).await {
                Ok(socket) => return Ok((address, socket)),
                Err(next) => {
                    if !matches!((&refusal, &next), (Refusal::Over(_) | Refusal::Final(_), Refusal::Passing(_))) {
                        refusal = next;
                    }
                }
            }
        }
        Err(refusal)
    }

    async fn greet(&mut self, address: &str) -> Result<Socket, Refusal> {
        let mut socket = match timeout(ANSWER, self.dial(address)).await {
            Ok(dialled) => dialled?,
            Err(_) => return Err(Refusal::Passing(format!("{address} does not answer"))),
        };
        match timeout(ANSWER, self.present(address, &mut socket)).await {
            Ok(presented) => presented.map(|()| socket),
            Err(_) => Err(Refusal::Passing(format!("{address} does not welcome pilots"))),
        }
    }

    async fn dial(&self, address: &str) -> Result<Socket, Refusal> {
        let bad = || Refusal::Final(LinkError::BadAddress(address.to_owned()));
        let (scheme, rest) = match address.split_once("://") {
            Some(("http" | "ws", rest)) => ("ws", rest),
            Some(("https" | "wss", rest)) => ("wss", rest),
            _ => return Err(bad()),
        };
        let mut request = format!("{scheme}://{rest}{}", paths::CONNECT).into_client_request().map_err(|_| bad())?;
        let enrolment = (!self.is_enrolled).then_some(&self.enrolment);
        let headers = self.credential.headers(enrolment).map_err(|_| Refusal::Final(LinkError::BadEnrolment))?;
        request.headers_mut().extend(headers);
        let largest = Some(LARGEST_FRAME + HEADER);
        let config = WebSocketConfig::default().max_message_size(largest).max_frame_size(largest);
        match connect_async_with_config(request, Some(config), true).await {
            Ok((socket, _)) => Ok(socket),
            Err(tungstenite::Error::Http(answer)) => {
                let status = answer.status().as_u16();
                let problem: Option<model::Problem> = answer.body().as_ref().and_then(|body| serde_json::from_slice(body).ok());
                let detail = problem.map_or_else(|| format!("{address} answered {status}"), |problem| problem.detail);
                Err(if matches!(status, 401 | 410) { Refusal::Over(detail) } else { Refusal::Passing(detail) })
            }
            Err(error) => Err(Refusal::Passing(format!("{address}: {error}"))),
        }
    }

    async fn present(&mut self, address: &str, socket: &mut Socket) -> Result<(), Refusal> {
        let passing = |error: &dyn std::fmt::Display| Refusal::Passing(format!("{address}: {error}"));
        let hello = Hello {
            oldest: OLDEST,
            newest: VERSION,
            pilot: self.pilot.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            host: self.host.clone(),
            holding: self.link.holding(),
        };
        let frame = Frame::json(Kind::Hello, 0, 0, &hello);
        socket.send(Message::Binary(frame.encode())).await.map_err(|error| passing(&error))?;
        let welcome = loop {
            match receive(socket).await.map_err(|broken| passing(&broken))? {
                Some(frame) if frame.kind == Kind::Welcome => break frame,
                _ => {}
            }
        };
        // A gateway that speaks no version of ours may shape the rest of its welcome as it likes.
        let version = welcome.read::<Versioned>().map_err(|error| passing(&error))?.version;
        if !(OLDEST..=VERSION).contains(&version) {
            let program = env!("CARGO_PKG_VERSION");
            return Err(Refusal::Final(LinkError::Version { gateway: version, oldest: OLDEST, newest: VERSION, program }));
        }
        let read = welcome.read::<Welcome>();
        let Welcome { applied, assignment, .. } = read.map_err(|error| {
            Refusal::Final(LinkError::Beyond {
                address: address.to_owned(),
                program: env!("CARGO_PKG_VERSION"),
                reason: error.to_string(),
            })
        })?;
        if (&assignment.run, &assignment.attempt) != (&self.run, &self.attempt) {
            return Err(Refusal::Final(LinkError::Foreign {
                address: address.to_owned(),
                given: format!("{} of {}", assignment.attempt, assignment.run),
                expected: format!("{} of {}", self.attempt, self.run),
            }));
        }
        self.is_enrolled = true;
        self.link.reconnect(applied);
        self.link.address.send_replace(Some(address.into()));
        tracing::info!(address, applied, "connected");
        self.incoming.send(Incoming::Connected(Arc::new(assignment))).await.map_err(|_| passing(&"the pilot is ending"))
    }
}

#[derive(serde::Deserialize)]
struct Versioned {
    version: u16,
}

/// Between half and all of it: a hundred pilots that lost one gateway do not come back in the same moment.
fn jittered(pause: Duration) -> Duration {
    let mut dice = [0];
    // Without randomness they do, which is no reason to end.
    let _ = random::fill(&mut dice);
    pause.mul_f64(0.5 + f64::from(dice[0]) / 512.0)
}
