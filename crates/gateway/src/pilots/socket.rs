//! One connection of one pilot, from its first frame to its end.

use crate::app::App;
use ::runs::desk::{Aboard, Session};
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use bytes::Bytes;
use futures_util::SinkExt;
use model::{Code, Problem};
use pilot::protocol::{Frame, Hello, Kind, VERSION};
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

/// For the first frame.
const GREETING: Duration = Duration::from_secs(10);
/// How often a pilot that is there is written down as being there.
const PRESENCE: Duration = Duration::from_secs(10);
/// After so much silence the pilot is asked for a sign of life with the next tick, and after `DEAD` it is given up.
const QUIET: Duration = Duration::from_secs(10);
const DEAD: Duration = Duration::from_secs(45);
/// For a frame to leave: a pilot that reads nothing must not be waited for.
const SENDING: Duration = Duration::from_secs(30);

/// Why a connection ends.
enum End {
    /// The pilot closed it, or it broke.
    Gone,
    /// We close it, for this reason.
    Close { code: u16, reason: String },
}

impl From<Problem> for End {
    fn from(problem: Problem) -> Self {
        let code = match problem.code {
            Code::ProtocolMismatch => close_code::PROTOCOL,
            Code::EnrolmentRefused => close_code::POLICY,
            _ => close_code::ERROR,
        };
        Self::Close { code, reason: format!("{}: {}", problem.code, problem.detail) }
    }
}

impl From<axum::Error> for End {
    fn from(error: axum::Error) -> Self {
        tracing::debug!(%error, "a pilot's connection broke");
        Self::Gone
    }
}

pub(super) async fn serve(app: App, aboard: Aboard, mut socket: WebSocket) {
    let _counted = app.metrics.pilot_connected();
    let pilot = aboard.pilot().clone();
    let end = match meet(&app, aboard, &mut socket).await {
        Err(end) => end,
        Ok(mut session) => {
            let end = converse(&app, &mut session, &mut socket).await;
            // Always, so that the run learns that its pilot is out of reach.
            session.part().await;
            end
        }
    };
    if let End::Close { code, reason } = end {
        tracing::debug!(%pilot, code, reason, "closing a pilot's connection");
        let frame = CloseFrame { code, reason: short(&reason).into() };
        // The pilot may be gone already.
        let _ = timeout(SENDING, socket.send(Message::Close(Some(frame)))).await;
    }
}

async fn meet(app: &App, aboard: Aboard, socket: &mut WebSocket) -> Result<Session, End> {
    let greeting = async {
        loop {
            match socket.recv().await {
                Some(Ok(Message::Binary(bytes))) => return decode(bytes),
                Some(Ok(Message::Close(_))) | None => return Err(End::Gone),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
            }
        }
    };
    let hello = match timeout(GREETING, greeting).await {
        Ok(frame) => frame?,
        Err(_) => return Err(mismatch("no greeting came in time")),
    };
    let Some(frame) = hello.filter(|frame| frame.kind == Kind::Hello) else {
        return Err(mismatch("the first frame was no greeting"));
    };
    let hello: Hello = frame.read().map_err(|error| mismatch(&format!("the greeting cannot be read: {error}")))?;
    let (welcome, session) = match app.gateway.runs.meet(aboard, &hello).await {
        Ok(met) => met,
        Err(problem) => {
            if problem.code == Code::ProtocolMismatch {
                // So that the pilot can say which versions did not fit, and does not try again for hours.
                let ours = Frame::json(Kind::Welcome, 0, 0, &serde_json::json!({ "version": VERSION }));
                send(socket, vec![ours]).await?;
            }
            return Err(problem.into());
        }
    };
    match send(socket, vec![welcome]).await {
        Ok(()) => Ok(session),
        Err(end) => {
            session.part().await;
            Err(end)
        }
    }
}

async fn converse(app: &App, session: &mut Session, socket: &mut WebSocket) -> End {
    let mut heard = Instant::now();
    let mut presence = interval(PRESENCE);
    presence.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let done = tokio::select! {
            () = app.shutdown.cancelled() => Err(End::Close { code: close_code::AWAY, reason: "the gateway is stopping".into() }),
            message = socket.recv() => {
                let received = receive(app, session, socket, message).await;
                // Now, and not when it came: while it was worked on, nobody listened.
                heard = Instant::now();
                received
            }
            words = session.next_words() => match words {
                Some(frame) => send(socket, vec![frame]).await,
                None => Err(End::Close { code: close_code::NORMAL, reason: "another connection of this pilot took over".into() }),
            },
            _ = presence.tick() => {
                if heard.elapsed() > DEAD {
                    return End::Gone;
                }
                session.still_there().await;
                if heard.elapsed() >= QUIET { ping(socket).await } else { Ok(()) }
            }
        };
        if let Err(end) = done {
            return end;
        }
    }
}

async fn receive(
    app: &App,
    session: &mut Session,
    socket: &mut WebSocket,
    message: Option<Result<Message, axum::Error>>,
) -> Result<(), End> {
    match message {
        Some(Ok(Message::Binary(bytes))) => {
            let Some(frame) = decode(bytes)? else { return Ok(()) };
            // A large output that has to be read before it counts may take minutes: the pilot must not think that
            // nobody is here.
            let (runs, aboard) = (app.gateway.runs.clone(), session.aboard().clone());
            let mut working = pin!(session.receive(frame));
            let answers = loop {
                match timeout(QUIET, working.as_mut()).await {
                    Ok(answers) => break answers?,
                    Err(_) => {
                        ping(socket).await?;
                        // By itself: it may have to wait until what is worked on has had its turn at the database.
                        let (runs, aboard) = (runs.clone(), aboard.clone());
                        tokio::spawn(async move { runs.pilot_is_there(&aboard).await });
                    }
                }
            };
            send(socket, answers).await
        }
        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Text(_))) => Ok(()),
        Some(Ok(Message::Close(_))) | None => Err(End::Gone),
        Some(Err(error)) => Err(error.into()),
    }
}

/// None for a frame of a kind that is not known here.
fn decode(bytes: Bytes) -> Result<Option<Frame>, End> {
    Frame::decode(bytes).map_err(|error| mismatch(&error.to_string()))
}

async fn send(socket: &mut WebSocket, frames: Vec<Frame>) -> Result<(), End> {
    if frames.is_empty() {
        return Ok(());
    }
    let sending = async {
        for frame in frames {
            socket.feed(Message::Binary(frame.encode())).await?;
        }
        socket.flush().await
    };
    timeout(SENDING, sending).await.map_err(|_| End::Gone)?.map_err(End::from)
}

async fn ping(socket: &mut WebSocket) -> Result<(), End> {
    timeout(SENDING, socket.send(Message::Ping(Bytes::new()))).await.map_err(|_| End::Gone)?.map_err(End::from)
}

fn mismatch(detail: &str) -> End {
    End::Close { code: close_code::PROTOCOL, reason: format!("{}: {detail}", Code::ProtocolMismatch) }
}

/// The reason in a closing frame has at most 123 bytes.
fn short(reason: &str) -> String {
    let mut end = reason.len().min(120);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    reason[..end].to_owned()
}
