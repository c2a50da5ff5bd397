//! A run's events as they happen, over broken connections and restarted gateways.

use super::Client;
use super::answer::{not_understood, read};
use model::event::{Event, Happening};
use model::id::RunId;
use model::run::State;
use model::{Code, Problem};
use reqwest::Response;
use serde::Deserialize;
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// The gateway says something at least every 15 seconds; what is silent for so long is gone.
const SILENCE: Duration = Duration::from_secs(50);
const PAUSE: Duration = Duration::from_millis(300);

/// Follows one run from its first event to its last.
struct RunEvents {
    client: Client,
    run: RunId,
    last: Option<String>,
    connection: Option<(Response, Parser)>,
    ready: VecDeque<Event>,
    ended: bool,
    lost_since: Option<Instant>,
}

impl Client {
    /// What happens to a run, from its first event to the one that says it has ended. An error that says that the
    /// gateway is away is not the last word: whoever goes on receiving gets what follows when it is back.
    pub fn follow_run(&self, run: &RunId) -> mpsc::Receiver<Result<Event, Problem>> {
        let mut events = RunEvents {
            client: self.clone(),
            run: run.clone(),
            last: None,
            connection: None,
            ready: VecDeque::new(),
            ended: false,
            lost_since: None,
        };
        let (sender, receiver) = mpsc::channel(64);
        // A task of its own: waiting for events together with something else must not begin a connection anew each
        // time that the other comes first.
        tokio::spawn(async move {
            while let Some(event) = events.next().await.transpose() {
                if sender.send(event).await.is_err() {
                    return;
                }
            }
        });
        receiver
    }

    /// What happened to a run so far.
    pub async fn past_events(&self, run: &RunId) -> Result<Vec<Event>, Problem> {
        #[derive(Deserialize)]
        struct Page {
            items: Vec<Event>,
            next: Option<String>,
        }
        let mut events = Vec::new();
        let mut after = "0".to_owned();
        loop {
            let path = ["runs", run.as_str(), "events"];
            let response = self.open(&path, &[("after", &after), ("limit", "1000")], &[("accept", "application/json")]).await?;
            let page: Page = read(response).await?;
            events.extend(page.items);
            match page.next {
                Some(next) => after = next,
                None => return Ok(events),
            }
        }
    }
}

impl RunEvents {
    /// The next event; none after the one that says the run has ended.
    async fn next(&mut self) -> Result<Option<Event>, Problem> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                self.ended = matches!(event.what, Happening::State { state: State::Ended });
                return Ok(Some(event));
            }
            if self.ended {
                return Ok(None);
            }
            match self.receive().await {
                Ok(()) => {}
                Err(problem) if problem.code == Code::GatewayUnreachable || problem.code == Code::ShuttingDown => {
                    self.connection = None;
                    let since = *self.lost_since.get_or_insert_with(Instant::now);
                    if since.elapsed() > self.client.patience() {
                        self.lost_since = None;
                        return Err(problem);
                    }
                    tokio::time::sleep(PAUSE).await;
                }
                Err(problem) => return Err(problem),
            }
        }
    }

    /// One more piece of the stream, connecting first when there is no connection.
    async fn receive(&mut self) -> Result<(), Problem> {
        let (response, parser) = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert((open(&self.client, &self.run, self.last.as_deref()).await?, Parser::default())),
        };
        let piece = match tokio::time::timeout(SILENCE, response.chunk()).await {
            Ok(Ok(Some(piece))) => piece,
            Ok(Ok(None)) => return Err(lost(&self.client, "the stream of events ended")),
            Ok(Err(error)) => return Err(super::of_transport(&self.client.address(), &error)),
            Err(_) => return Err(lost(&self.client, "the stream of events is silent")),
        };
        self.lost_since = None;
        for message in parser.push(&piece)? {
            if let Some(id) = message.id {
                self.last = Some(id);
            }
            // A newer gateway may tell of things that are not known here; they are not needed to follow a run.
            if let Ok(event) = serde_json::from_str(&message.data) {
                self.ready.push_back(event);
            }
        }
        Ok(())
    }
}

async fn open(client: &Client, run: &RunId, last: Option<&str>) -> Result<Response, Problem> {
    let mut headers = vec![("accept", "text/event-stream")];
    headers.extend(last.map(|last| ("last-event-id", last)));
    client.open(&["runs", run.as_str(), "events"], &[], &headers).await
}

fn lost(client: &Client, why: &str) -> Problem {
    Problem::new(
        Code::GatewayUnreachable,
        format!("The connection to the gateway at {} was lost: {why}.", client.address()),
        "The run goes on. Follow it again when the gateway is back.",
    )
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Message {
    id: Option<String>,
    data: String,
}

/// The event-stream format, as far as it is needed: `id:`, `data:`, an empty line at the end of each message.
#[derive(Default)]
struct Parser {
    line: Vec<u8>,
    message: Message,
}

const LONGEST_LINE: usize = 4 << 20;

impl Parser {
    fn push(&mut self, piece: &[u8]) -> Result<Vec<Message>, Problem> {
        let mut complete = Vec::new();
        for byte in piece {
            if *byte != b'\n' {
                if self.line.len() >= LONGEST_LINE {
                    return Err(not_understood("an event is too long"));
                }
                self.line.push(*byte);
                continue;
            }
            let line = std::mem::take(&mut self.line);
            let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(&line)).into_owned();
            if !line.is_empty() {
                self.field(&line);
                continue;
            }
            let message = std::mem::take(&mut self.message);
            if !message.data.is_empty() {
                complete.push(message);
            }
        }
        Ok(complete)
    }

    fn field(&mut self, line: &str) {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "id" => self.message.id = Some(value.to_owned()),
            "data" => {
                if !self.message.data.is_empty() {
                    self.message.data.push('\n');
                }
                self.message.data.push_str(value);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_put_together_from_any_pieces() {
        let stream =
            ": heartbeat\n\nid: 7\r\nevent: state\r\ndata: {\"a\":\r\ndata: 1}\r\n\r\nretry: 5\n\nid:8\ndata:x λ\n\ndata: cut";
        let wanted =
            [Message { id: Some("7".into()), data: "{\"a\":\n1}".into() }, Message { id: Some("8".into()), data: "x λ".into() }];
        for size in 1..stream.len() {
            let mut parser = Parser::default();
            let found: Vec<Message> =
                stream.as_bytes().chunks(size).flat_map(|piece| parser.push(piece).expect("a stream")).collect();
            assert_eq!(found, wanted, "pieces of {size}");
        }
    }
}
