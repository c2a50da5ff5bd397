//! What a machine is told at its first boot. Of one that becomes a service the code that its pilot enrols with is part of it:
//! made when the machine is asked for, known to nobody else, and good once.

use super::row::Parts;
use crate::Inner;
use crate::store::AttemptRow;
use async_trait::async_trait;
use data_encoding::BASE64;
use db::{DbError, seed};
use model::id::{AttemptId, PilotId, RunId};
use model::mark::{Mark, Slot};
use model::problem::FieldProblem;
use model::{Code, Problem, Secret};
use pilot::protocol::paths;
use sites::Start;
use sites::cloud_init::PilotStart;
use sites::openstack::FirstWords;
use std::sync::Arc;
use std::time::Duration;

/// For what is installed before the pilot starts.
const FIRST_BOOT: Duration = Duration::from_secs(3_600);

pub(super) struct Words {
    inner: Arc<Inner>,
    run: RunId,
    attempt: AttemptId,
    login: Option<String>,
    parts: Parts,
}

/// Of the pilot that makes a machine a service.
pub(crate) fn keeper() -> Slot {
    Slot::new("keep", 0)
}

impl Words {
    pub(super) async fn of(inner: &Arc<Inner>, attempt: &AttemptRow) -> Result<Self, DbError> {
        Ok(Self {
            inner: Arc::clone(inner),
            run: attempt.run.clone(),
            attempt: attempt.id.clone(),
            login: attempt.offer.image.as_ref().and_then(|image| image.login_user.clone()),
            parts: inner.parts_of(&attempt.run).await?,
        })
    }
}

#[async_trait]
impl FirstWords for Words {
    async fn write(&self) -> Result<String, Problem> {
        let (login, inner) = (self.login.as_deref(), &self.inner);
        let text = if self.parts.pilot {
            let good_for = inner.settings.machines.boot_within + FIRST_BOOT;
            let expected = inner.expect_pilot(&self.attempt, &keeper(), good_for).await?;
            let Some((pilot, enrolment)) = expected else { return Err(came_before()) };
            let mark = Mark {
                deployment: inner.db.deployment().clone(),
                run: self.run.clone(),
                attempt: self.attempt.clone(),
                slot: keeper(),
            };
            inner.words_with(&self.parts, login, &mark, pilot, enrolment).await?
        } else {
            self.parts.render(login, None)?
        };
        Ok(BASE64.encode(text.expose().as_bytes()))
    }
}

impl Inner {
    async fn words_with(
        &self,
        parts: &Parts,
        login: Option<&str>,
        mark: &Mark,
        pilot: PilotId,
        enrolment: Secret,
    ) -> Result<Secret, Problem> {
        let settings = &self.settings.pilots;
        let Some(gateway) = settings.address.as_deref() else { return Err(out_of_reach()) };
        let sha256 = self.program.sha256().await?.to_string();
        let program = format!("{gateway}{}?sha256={sha256}", paths::PROGRAM);
        let start = Start { pilot, enrolment, width: 1, containers: false };
        let (authority, patience) = (settings.authority.as_deref(), settings.patience);
        let pilot = PilotStart { mark, start: &start, gateway, authority, patience, program: &program, sha256: &sha256 };
        parts.render(login, Some(pilot))
    }

    /// Before anything is written down: what is to be said can be said.
    pub(super) async fn check_words(&self, parts: &Parts) -> Result<(), Problem> {
        if !parts.pilot {
            return parts.render(None, None).map(|_| ());
        }
        let seed = || seed(self.now());
        let mark = Mark {
            deployment: self.db.deployment().clone(),
            run: RunId::new(seed()?),
            attempt: AttemptId::new(seed()?),
            slot: keeper(),
        };
        // As long as a code is.
        let enrolment = Secret::new("0".repeat(68));
        self.words_with(parts, None, &mark, PilotId::new(seed()?), enrolment).await.map(|_| ())
    }
}

fn out_of_reach() -> Problem {
    let detail = "asks for a pilot, which could not call this gateway: it can be reached from its own computer only".to_owned();
    let problem = Problem::new(
        Code::InvalidField,
        format!("machine.pilot: {detail}."),
        "Ask its administrator to set `public_url`, or `gateway_url` of `[machines]`: the address at which machines reach it.",
    );
    problem.with_fields(vec![FieldProblem { field: "machine.pilot".to_owned(), detail }])
}

/// Its machine is there, though nobody sees it yet.
fn came_before() -> Problem {
    let detail = "The pilot of this machine came before its site shows the machine.";
    Problem::new(Code::ProvisionFailed, detail, "Nothing needs to be done: it is looked for again.")
}
