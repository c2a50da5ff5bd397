//! One connection, from the gateway's welcome to its break.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::{Incoming, Link, Next, Piece};
use crate::protocol::{BadFrame, Frame, FromGateway, Kind};

/// After so much silence the gateway is asked for a sign of life ...
const QUIET: Duration = Duration::from_secs(15);
/// ... and after so much it is given up.
const DEAD: Duration = Duration::from_secs(45);

pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Why a connection ended. Another one is tried, whatever it was.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error("the gateway closed the connection{0}")]
    Closed(String),
    #[error("the gateway was silent for {} s", DEAD.as_secs())]
    Silent,
    #[error("{0}")]
    Socket(#[from] tungstenite::Error),
    #[error("{0}")]
    Frame(#[from] BadFrame),
    #[error("a payload that cannot be read: {0}")]
    Payload(#[from] serde_json::Error),
    #[error("the pilot is ending")]
    Ending,
}

/// The next frame; none for one of an unknown kind and for what only shows that the gateway lives.
pub(super) async fn receive(
    socket: &mut (impl StreamExt<Item = tungstenite::Result<Message>> + Unpin),
) -> Result<Option<Frame>, Broken> {
    match socket.next().await {
        Some(Ok(Message::Binary(bytes))) => Ok(Frame::decode(bytes)?),
        Some(Ok(Message::Close(reason))) => {
            Err(Broken::Closed(reason.map_or_else(String::new, |reason| format!(": {}", reason.reason.as_str()))))
        }
        Some(Ok(_)) => Ok(None),
        Some(Err(error)) => Err(error.into()),
        None => Err(Broken::Closed(String::new())),
    }
}

/// Sends and receives until the connection breaks.
pub(super) async fn serve(link: &Arc<Link>, socket: Socket, incoming: &mpsc::Sender<Incoming>) -> Broken {
    let (sink, stream) = socket.split();
    tokio::select! {
        broken = read(link, stream, incoming) => broken,
        // A peer that reads nothing holds up the writing, never the noticing that it is dead.
        broken = write(link, sink) => broken,
    }
}

async fn read(link: &Link, mut stream: SplitStream<Socket>, incoming: &mpsc::Sender<Incoming>) -> Broken {
    let mut heard = Instant::now();
    let mut asked = false;
    loop {
        let deadline = heard + if asked { DEAD } else { QUIET };
        let received = match timeout_at(deadline, receive(&mut stream)).await {
            Ok(received) => received,
            Err(_) if asked => return Broken::Silent,
            Err(_) => {
                asked = true;
                link.state().ping = true;
                link.news.notify_one();
                continue;
            }
        };
        heard = Instant::now();
        asked = false;
        let taken = match received {
            Ok(Some(frame)) => take(link, &frame, incoming).await,
            Ok(None) => Ok(()),
            Err(broken) => Err(broken),
        };
        if let Err(broken) = taken {
            return broken;
        }
    }
}

async fn take(link: &Link, frame: &Frame, incoming: &mpsc::Sender<Incoming>) -> Result<(), Broken> {
    match (frame.kind, frame.channel) {
        (Kind::Ack, 0) => link.acknowledge(frame.seq),
        (Kind::Ack, channel) => link.state().streams.acknowledge(channel, frame.seq),
        (Kind::Credit, channel) => link.state().streams.credit(channel, frame.read()?),
        (Kind::Message, 0) => {
            for message in frame.read::<Vec<FromGateway>>()? {
                incoming.send(Incoming::Said(message)).await.map_err(|_| Broken::Ending)?;
            }
        }
        // Nothing that a gateway of this version says.
        _ => return Ok(()),
    }
    link.news.notify_one();
    Ok(())
}

/// Feeds as long as there is something, so that many small frames leave in one piece, and flushes before it waits.
async fn write(link: &Link, mut sink: SplitSink<Socket, Message>) -> Broken {
    loop {
        let written = match link.next() {
            Next::Ping => sink.feed(Message::Ping(bytes::Bytes::new())).await,
            Next::Batch(frame) | Next::Piece(Piece::Frame(frame)) => sink.feed(Message::Binary(frame.encode())).await,
            Next::Piece(Piece::Read(part)) => {
                let channel = part.channel;
                match part.read().await {
                    Ok(frame) => sink.feed(Message::Binary(frame.encode())).await,
                    Err(error) => {
                        tracing::warn!(channel, %error, "a log cannot be read; the rest of it is lost");
                        link.state().streams.cut(channel);
                        Ok(())
                    }
                }
            }
            Next::Nothing { until } => {
                let flushed = sink.flush().await;
                tokio::select! {
                    () = link.news.notified() => {}
                    () = sleep_until(until.unwrap_or_else(Instant::now)), if until.is_some() => {}
                }
                flushed
            }
        };
        if let Err(error) = written {
            return error.into();
        }
    }
}
