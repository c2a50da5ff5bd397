//! One connection of one pilot.

use super::enrol::Aboard;
use super::streams::Streams;
use super::{Desk, Line};
use crate::store::{self, edit_run, save_run};
use crate::{Runs, kept};
use data::guard::HostPort;
use db::{DbError, args};
use model::request::RunRequest;
use model::{Code, Problem};
use pilot::protocol::{self, Assignment, Frame, FromGateway, FromPilot, Hello, Kind, Welcome};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;

/// Applies what the pilot sends, and has what is to be sent to it. Whoever owns the connection moves the frames.
pub struct Session {
    runs: Runs,
    aboard: Aboard,
    connection: u64,
    applied: u64,
    streams: Streams,
    say: mpsc::UnboundedReceiver<FromGateway>,
}

static CONNECTIONS: AtomicU64 = AtomicU64::new(1);

db::statements! {
    MEET = "UPDATE pilot SET gateway = $2, seen_at = $3 WHERE id = $1 AND gone_at IS NULL RETURNING applied";
    PART = "UPDATE pilot SET gateway = NULL, seen_at = $3 WHERE id = $1 AND gateway = $2";
    SEEN = "UPDATE pilot SET seen_at = $2, usage = $3 WHERE id = $1";
}

impl Runs {
    /// The pilot's first frame was `hello`: what to answer, and the session.
    pub async fn meet(&self, aboard: Aboard, hello: &Hello) -> Result<(Frame, Session), Problem> {
        if hello.newest < protocol::OLDEST || hello.oldest > protocol::VERSION {
            return Err(Problem::new(
                Code::ProtocolMismatch,
                format!(
                    "The pilot speaks protocol {} to {}; this gateway {} to {}.",
                    hello.oldest,
                    hello.newest,
                    protocol::OLDEST,
                    protocol::VERSION
                ),
                "Gateway and pilot must be of the same or adjacent releases.",
            ));
        }
        let inner = &self.0;
        let gateway = inner.settings.gateway.as_str();
        let mut tx = inner.db.begin().await?;
        let row = tx.row(&MEET, args![aboard.pilot.as_str(), gateway, inner.now()]).await?;
        let Some(row) = row else {
            return Err(Problem::new(Code::EnrolmentRefused, "The attempt is over.", "Nothing needs to be done."));
        };
        let applied = u64::try_from(row.get::<i64>("applied")?).unwrap_or(0);
        let mut run = edit_run(&mut tx, &aboard.run).await?;
        if run.waiting_for.as_ref().is_some_and(|waiting| waiting.reason == model::run::WaitingReason::Pilot) {
            inner.wait_for(&mut tx, &mut run, None).await?;
        }
        save_run(&mut tx, &run).await?;
        if aboard.is_keeper() {
            inner.keeper_came(&mut tx, &aboard, &hello.version).await?;
        }
        tx.commit().await?;

        let request = inner.db.row(&store::RUN_REQUEST, args![aboard.run.as_str()]).await?.ok_or(DbError::NoRow)?;
        let (request, _) = store::request_of(&request)?;
        let welcome = Welcome { version: protocol::VERSION, applied, assignment: self.assignment(&aboard, request) };
        let (to_pilot, say) = mpsc::unbounded_channel();
        let connection = CONNECTIONS.fetch_add(1, Ordering::Relaxed);
        let line = Line {
            run: aboard.run.clone(),
            attempt: aboard.attempt.clone(),
            service: aboard.service.clone(),
            say: to_pilot,
            wanted: 0,
            using: Vec::new(),
            connection,
        };
        inner.desk.lines().insert(aboard.pilot.clone(), line);
        let streams = Streams::new(inner.blobs.clone(), inner.settings.stream_cap_bytes);
        let session = Session { runs: self.clone(), aboard, connection, applied, streams, say };
        session.settle_differences(hello).await?;
        Ok((Frame::json(Kind::Welcome, 0, 0, &welcome), session))
    }

    /// Written down for other gateways to see, also while something that this pilot said is being worked on.
    pub async fn pilot_is_there(&self, aboard: &Aboard) {
        // Nobody else reads it on SQLite.
        let using = if self.0.db.is_shared() { self.0.desk.using_text(&aboard.pilot) } else { None };
        let seen = async {
            let mut tx = self.0.db.begin().await?;
            tx.execute(&SEEN, args![aboard.pilot.as_str(), self.0.now(), using]).await?;
            tx.commit().await
        };
        if let Err(error) = seen.await {
            tracing::debug!(%error, "a pilot's presence could not be written down");
        }
    }

    fn assignment(&self, aboard: &Aboard, mut request: RunRequest) -> Assignment {
        let settings = &self.0.settings;
        // What only the gateway needs stays here.
        request.after.clear();
        let is_local = settings.local_person.as_ref() == Some(&aboard.person);
        // What is said of this gateway's own computer means nothing on a machine, which hides its keeper's credential instead.
        let (file_roots, hide) = match kept::machine_of(&aboard.service) {
            Some(_) => (Vec::new(), vec![sites::cloud_init::PILOT_DIRECTORY.to_owned()]),
            None if is_local => (vec!["/".to_owned()], texts(&settings.hide)),
            None => (texts(&settings.file_roots), texts(&settings.hide)),
        };
        Assignment {
            run: aboard.run.clone(),
            attempt: aboard.attempt.clone(),
            request,
            allowed_hosts: settings.allowed_hosts.iter().map(HostPort::to_string).collect(),
            token_hosts: settings.token_hosts.iter().map(|wants| wants.host.to_string()).collect(),
            file_roots,
            hide,
            isolation_required: settings.isolation_required,
            stream_cap_bytes: settings.stream_cap_bytes,
            input_cap_bytes: settings.input_cap_bytes,
            output_cap_bytes: settings.output_cap_bytes,
        }
    }
}

fn texts(paths: &[std::path::PathBuf]) -> Vec<String> {
    paths.iter().map(|path| path.display().to_string()).collect()
}

impl Session {
    pub fn aboard(&self) -> &Aboard {
        &self.aboard
    }

    /// What is to be sent next; none when another connection took this one's place.
    pub async fn next_words(&mut self) -> Option<Frame> {
        let mut words = vec![self.say.recv().await?];
        while let Ok(more) = self.say.try_recv() {
            words.push(more);
        }
        Some(Frame::json(Kind::Message, 0, 0, &words))
    }

    /// Applies one frame. Its answers are to be sent in order.
    pub async fn receive(&mut self, frame: Frame) -> Result<Vec<Frame>, Problem> {
        match frame.kind {
            Kind::Message => {
                let messages: Vec<FromPilot> = frame.read().map_err(|error| unreadable(&error.to_string()))?;
                // The frame's number is that of its first message. What was applied before the last cut is passed over.
                let known = usize::try_from((self.applied + 1).saturating_sub(frame.seq)).unwrap_or(usize::MAX);
                let last = frame.seq.saturating_add(messages.len() as u64).saturating_sub(1);
                let news: Vec<FromPilot> = messages.into_iter().skip(known).collect();
                if !news.is_empty() {
                    self.runs.apply(&self.aboard, last, news).await?;
                    self.applied = last;
                }
                Ok(vec![Frame::new(Kind::Ack, 0, self.applied, bytes::Bytes::new())])
            }
            Kind::Open | Kind::Data | Kind::Close => {
                let (answers, grew) = self.streams.receive(&self.aboard.run, frame).await?;
                if let Some(element) = grew {
                    self.runs.0.desk.log_grew(&self.aboard.run, element);
                }
                Ok(answers)
            }
            // Said by gateways only, or already said.
            Kind::Hello | Kind::Welcome | Kind::Ack | Kind::Credit => Ok(Vec::new()),
        }
    }

    /// The connection is alive: written down from time to time, for other gateways to see.
    pub async fn still_there(&self) {
        self.runs.pilot_is_there(&self.aboard).await;
        // Room may have come from where nobody deals (an attempt that was released): no pilot waits longer than this.
        if let Err(error) = self.runs.deal(&self.aboard.service).await {
            tracing::debug!(%error, "elements could not be dealt; it is tried again");
        }
    }

    /// The connection ended.
    pub async fn part(self) {
        let desk: &Desk = &self.runs.0.desk;
        {
            let mut lines = desk.lines();
            if lines.get(&self.aboard.pilot).is_none_or(|line| line.connection != self.connection) {
                return;
            }
            lines.remove(&self.aboard.pilot);
        }
        let parted = async {
            let inner = &self.runs.0;
            let mut tx = inner.db.begin().await?;
            tx.execute(&PART, args![self.aboard.pilot.as_str(), inner.settings.gateway.as_str(), inner.now()]).await?;
            if self.aboard.is_keeper() {
                edit_run(&mut tx, &self.aboard.run).await?;
                inner.keeper_parted(&mut tx, &self.aboard).await?;
            }
            inner.engine()?.wake(&mut tx, self.aboard.run.as_str()).await?;
            tx.commit().await
        };
        if let Err(error) = parted.await {
            tracing::debug!(%error, "a pilot's parting could not be written down");
        }
    }

    pub(super) fn runs(&self) -> &Runs {
        &self.runs
    }
}

fn unreadable(detail: &str) -> Problem {
    Problem::new(
        Code::ProtocolMismatch,
        format!("A message of the pilot cannot be read: {detail}"),
        "The connection is closed; the pilot tries again.",
    )
}
