//! The rows of runs, attempts and what they own.

use crate::quotas;
use db::{DbError, Row, Tx, args};
use model::id::{AttemptId, PersonId, PilotId, RunId};
use model::mark::Slot;
use model::offer::Offer;
use model::request::RunRequest;
use model::run::Run;
use model::{Problem, Timestamp};
use sites::{Memory, Thing, ThingKind};
use std::time::Duration;

db::statements! {
    /// Changing `changed` first takes the row's lock on PostgreSQL, so that two gateways edit one after the other.
    LOCK_RUN = "UPDATE run SET changed = changed + 1 WHERE id = $1 RETURNING doc";
    SAVE_RUN = "UPDATE run SET state = $2, outcome = $3, doc = $4, ended_at = $5 WHERE id = $1";
    RUN_REQUEST = "SELECT request, person FROM run WHERE id = $1";
    INSERT_ATTEMPT = "INSERT INTO attempt (id, run, number, service, offer, cores, memory, width, share, started_at, takes_cores, takes_accelerators)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'none', $9, $10, $11)";
    ATTEMPT = "SELECT id, run, number, service, offer, width, share, stop_at, started_at, ended_at, cause FROM attempt WHERE id = $1";
    LAST_ATTEMPT = "SELECT id FROM attempt WHERE run = $1 ORDER BY number DESC LIMIT 1";
    END_ATTEMPT = "UPDATE attempt SET ended_at = $2, cause = $3 WHERE id = $1 AND ended_at IS NULL";
    STOP_ATTEMPT = "UPDATE attempt SET stop_at = coalesce(stop_at, $2) WHERE run = $1 AND ended_at IS NULL";
    INTEND = "INSERT INTO owned (attempt, name, service, kind, intent_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (attempt, name) DO NOTHING";
    CREATED = "UPDATE owned SET remote_id = $3, created_at = coalesce(created_at, $4) WHERE attempt = $1 AND name = $2";
    /// Before the request: whoever comes after a crash knows that there may be something.
    ASKED = "UPDATE owned SET asked_at = $3 WHERE attempt = $1 AND name = $2";
    RELEASED = "UPDATE owned SET released_at = $3, evidence = $4 WHERE attempt = $1 AND name = $2 AND released_at IS NULL";
    /// A pilot is written down with the intents: whoever dismisses the pilots of an attempt finds them all, also those
    /// that a gateway was about to start when it stopped.
    INTEND_PILOT = "INSERT INTO pilot (id, attempt, slot, enrolment_expires_at, expires_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (attempt, slot) DO NOTHING";
    EXPECT_PILOT = "UPDATE pilot SET enrolment = $3, enrolment_expires_at = $4
        WHERE attempt = $1 AND slot = $2 AND credential IS NULL AND gone_at IS NULL RETURNING id";
    /// `unheard`: for how many milliseconds the gateway that it is connected to has given no sign of life, by the
    /// database's clock.
    PILOTS = "SELECT id, slot, credential, gateway, seen_at, enrolment_expires_at,
            (SELECT clock.now_ms - gateway.seen_at FROM gateway, clock WHERE gateway.id = pilot.gateway) AS unheard
        FROM pilot WHERE attempt = $1 ORDER BY slot";
    DISMISS_PILOTS = "UPDATE pilot SET gone_at = $2, enrolment = NULL WHERE attempt = $1 AND gone_at IS NULL";
    SUCCESSORS = "SELECT run FROM waits_for WHERE predecessor = $1";
}

pub(crate) async fn edit_run(tx: &mut Tx, id: &RunId) -> Result<Run, DbError> {
    tx.row(&LOCK_RUN, args![id.as_str()]).await?.ok_or(DbError::NoRow)?.json("doc")
}

pub(crate) async fn save_run(tx: &mut Tx, run: &Run) -> Result<(), DbError> {
    let doc =
        serde_json::to_string(run).map_err(|error| DbError::Unreadable { column: "doc".into(), detail: error.to_string() })?;
    let outcome = run.outcome.map(|outcome| outcome.as_str());
    tx.execute(&SAVE_RUN, args![run.id.as_str(), run.state.as_str(), outcome, doc, run.ended_at]).await.map(|_| ())
}

/// What a flow needs to know of its attempt.
#[derive(Clone, Debug)]
pub(crate) struct AttemptRow {
    pub id: AttemptId,
    pub run: RunId,
    pub number: u32,
    pub service: String,
    pub offer: Offer,
    pub width: u32,
    pub share: String,
    pub stop_at: Option<Timestamp>,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub cause: Option<Problem>,
}

impl AttemptRow {
    pub fn of_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            id: row.parse("id")?,
            run: row.parse("run")?,
            number: row.get("number")?,
            service: row.get("service")?,
            offer: row.json("offer")?,
            width: row.get("width")?,
            share: row.get("share")?,
            stop_at: row.get("stop_at")?,
            started_at: row.get("started_at")?,
            ended_at: row.get("ended_at")?,
            cause: row.json_or_null("cause")?,
        })
    }

    /// At a service of the federation, and not at one of this gateway's own.
    pub fn is_machine(&self) -> bool {
        self.offer.attachment.is_some()
    }
}

pub(crate) struct NewAttempt<'a> {
    pub id: &'a AttemptId,
    pub run: &'a RunId,
    pub number: u32,
    pub offer: &'a Offer,
    pub request: &'a RunRequest,
    pub width: u32,
    pub now: Timestamp,
}

pub(crate) async fn insert_attempt(tx: &mut Tx, new: &NewAttempt<'_>) -> Result<(), DbError> {
    let offer = serde_json::to_string(new.offer).unwrap_or_default();
    let memory = i64::try_from(new.request.resources.memory.get()).unwrap_or(i64::MAX);
    // A machine counts already, with all that runs on it.
    let (takes_cores, takes_accelerators) = match crate::kept::machine_of(&new.offer.service) {
        Some(_) => (0, 0),
        None => quotas::taken_by(new.request, new.width),
    };
    let values = args![
        new.id.as_str(),
        new.run.as_str(),
        new.number,
        new.offer.service.as_str(),
        offer,
        new.request.resources.cores,
        memory,
        new.width,
        new.now,
        takes_cores,
        takes_accelerators
    ];
    tx.execute(&INSERT_ATTEMPT, values).await.map(|_| ())
}

pub(crate) async fn end_attempt(tx: &mut Tx, id: &AttemptId, now: Timestamp, cause: Option<&Problem>) -> Result<(), DbError> {
    let cause = cause.map(|cause| serde_json::to_string(cause).unwrap_or_default());
    tx.execute(&END_ATTEMPT, args![id.as_str(), now, cause]).await.map(|_| ())
}

pub(crate) fn thing_of(kind: &str, name: &str) -> Option<Thing> {
    let kind = ThingKind::of_text(kind)?;
    // `rs-<26 characters>-<kind>-<number>`: the slot is what a mark's name ends with.
    let (word, number) = name.get(30..)?.rsplit_once('-')?;
    Some(Thing { kind, slot: Slot::new(word, number.parse().ok()?) })
}

/// What an attempt owns: intended, and perhaps there.
#[derive(Clone, Debug)]
pub(crate) struct Owned {
    pub thing: Thing,
    pub name: String,
    pub remote_id: Option<String>,
    /// When it was last asked for, at somebody else's.
    pub asked_at: Option<Timestamp>,
}

impl Owned {
    /// None, and said aloud, when it is of a kind that this version does not know.
    pub fn of_row(row: &Row) -> Result<Option<Self>, DbError> {
        let (kind, name): (String, String) = (row.get("kind")?, row.get("name")?);
        let Some(thing) = thing_of(&kind, &name) else {
            tracing::error!(kind, name, "something owned is of a kind that this version does not know");
            return Ok(None);
        };
        Ok(Some(Self { thing, name, remote_id: row.get("remote_id")?, asked_at: row.get("asked_at")? }))
    }

    /// `is_recent`: it proves nothing yet that what was asked for is not seen.
    pub fn memory(&self, is_recent: bool) -> Memory {
        Memory { remote_id: self.remote_id.clone(), is_asked: self.asked_at.is_some(), is_recent }
    }
}

/// A pilot that is expected or has come.
#[derive(Clone, Debug)]
pub(crate) struct PilotRow {
    pub id: PilotId,
    pub slot: String,
    pub enrolled: bool,
    /// The gateway that its connection ends at.
    pub gateway: Option<String>,
    /// For how long that gateway has given no sign of life; none when there is no such gateway.
    pub gateway_unheard: Option<Duration>,
    pub seen_at: Option<Timestamp>,
    pub enrolment_expires_at: Timestamp,
}

impl PilotRow {
    pub fn of_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            id: row.parse("id")?,
            slot: row.get("slot")?,
            enrolled: row.get::<Option<Vec<u8>>>("credential")?.is_some(),
            gateway: row.get("gateway")?,
            gateway_unheard: row
                .get::<Option<i64>>("unheard")?
                .map(|millis| Duration::from_millis(u64::try_from(millis).unwrap_or(0))),
            seen_at: row.get("seen_at")?,
            enrolment_expires_at: row.get("enrolment_expires_at")?,
        })
    }
}

/// A run's request and whose it is.
pub(crate) fn request_of(row: &Row) -> Result<(RunRequest, PersonId), DbError> {
    Ok((row.json("request")?, row.parse("person")?))
}
