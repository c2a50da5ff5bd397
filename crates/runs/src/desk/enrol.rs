//! Who is calling as a pilot.

use crate::Runs;
use db::{args, sha256};
use model::id::{AttemptId, PersonId, PilotId, RunId};
use model::{Code, Problem, Secret};

/// A pilot that proved who it is. Only this module makes one.
#[derive(Clone, Debug)]
pub struct Aboard {
    pub(super) pilot: PilotId,
    pub(super) attempt: AttemptId,
    pub(super) run: RunId,
    pub(super) person: PersonId,
    pub(super) service: String,
    pub(super) slot: String,
}

impl Aboard {
    pub fn pilot(&self) -> &PilotId {
        &self.pilot
    }

    pub fn run(&self) -> &RunId {
        &self.run
    }
}

db::statements! {
    BY_CREDENTIAL = "SELECT pilot.id AS id, pilot.attempt AS attempt, attempt.run AS run, attempt.service AS service, pilot.slot AS slot, run.person AS person
        FROM pilot JOIN attempt ON attempt.id = pilot.attempt JOIN run ON run.id = attempt.run JOIN person ON person.id = run.person
        WHERE pilot.credential = $1 AND pilot.gone_at IS NULL AND pilot.expires_at > $2 AND person.suspended_at IS NULL";
    /// Good once: the first contact takes the code away and puts the credential in its place.
    ENROL = "UPDATE pilot SET credential = $2, enrolment = NULL, seen_at = $3
        WHERE enrolment = $1 AND credential IS NULL AND gone_at IS NULL AND enrolment_expires_at > $3
        RETURNING id";
}

impl Runs {
    /// The pilot with this credential; on its first contact, the one that its enrolment code was made for.
    pub async fn pilot(&self, credential: &Secret, enrolment: Option<&Secret>) -> Result<Aboard, Problem> {
        let hash = sha256(credential.expose().as_bytes());
        if let Some(aboard) = self.pilot_with(&hash).await? {
            return Ok(aboard);
        }
        let Some(enrolment) = enrolment else { return Err(refused()) };
        // Credentials are made by pilots; a short one could be guessed.
        if credential.expose().len() < 40 {
            return Err(refused());
        }
        let code = sha256(enrolment.expose().as_bytes());
        let enrolled = self.0.db.write(&ENROL, args![code.as_slice(), hash.as_slice(), self.0.now()]).await?;
        flow::fault::point("runs.after_enrolment");
        if enrolled.is_empty() {
            return Err(refused());
        }
        self.pilot_with(&hash).await?.ok_or_else(refused)
    }

    async fn pilot_with(&self, credential: &[u8; 32]) -> Result<Option<Aboard>, Problem> {
        let row = self.0.db.row(&BY_CREDENTIAL, args![credential.as_slice(), self.0.now()]).await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Aboard {
            pilot: row.parse("id")?,
            attempt: row.parse("attempt")?,
            run: row.parse("run")?,
            person: row.parse("person")?,
            service: row.get("service")?,
            slot: row.get("slot")?,
        }))
    }
}

fn refused() -> Problem {
    Problem::new(
        Code::EnrolmentRefused,
        "This pilot is not expected: its code was used, has expired, or its run was released.",
        "Nothing needs to be done: the pilot ends by itself.",
    )
}
