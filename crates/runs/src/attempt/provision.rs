//! Making what an attempt needs at its service. Each thing is found by its mark or made, so this may happen again.

use super::{AttemptFlow, Subject, at_step};
use crate::Inner;
use crate::store::{self, Owned};
use db::{DbError, args, random_bytes, sha256};
use flow::{Advance, Commit, StepError, fault};
use futures_util::FutureExt;
use model::Secret;
use model::event::Happening;
use model::id::{AttemptId, PilotId};
use model::mark::Slot;
use sites::openstack::Purpose;
use sites::{Memory, Start, ThingKind};
use std::time::Duration;

impl AttemptFlow {
    pub(super) async fn provision(&self, subject: Subject) -> Result<Advance, StepError> {
        let owned = self.owned_things(&subject).await?;
        let ground = self.ground(&subject, Purpose::Work, &owned).await?;
        let pilots = owned.iter().filter(|owned| owned.thing.kind == ThingKind::Pilot).count();
        let width_each = subject.attempt.width.div_ceil(u32::try_from(pilots).unwrap_or(1).max(1));
        let run = self.0.db.row(&store::RUN_REQUEST, args![subject.attempt.run.as_str()]).await?.ok_or(DbError::NoRow)?;
        let containers = store::request_of(&run)?.0.container.is_some();
        let mut made = Vec::new();
        for Owned { thing, name, .. } in owned {
            let mark = subject.mark(&self.0, &thing);
            let start = match thing.kind {
                // One that came already needs no recipe; it is found by its lock.
                ThingKind::Pilot => {
                    match self.0.expect_pilot(&subject.attempt.id, &thing.slot, self.0.settings.enrolment_lifetime).await? {
                        Some((pilot, enrolment)) => Some(Start { pilot, enrolment, width: width_each, containers }),
                        None => continue,
                    }
                }
                _ => None,
            };
            fault::point("runs.before_effect");
            let created = ground.create(&mark, &thing, start, &Memory::default()).await.map_err(at_step)?;
            fault::point("runs.after_effect");
            made.push((name, created.remote_id));
        }
        let inner = self.0.clone();
        let commit = Commit::new(move |tx| {
            async move {
                let run = store::edit_run(tx, &subject.attempt.run).await?;
                for (name, remote_id) in made {
                    tx.execute(&store::CREATED, args![subject.attempt.id.as_str(), name.as_str(), remote_id, inner.now()])
                        .await?;
                    inner.tell(tx, &run, Happening::Owned { name, created: true }).await?;
                }
                Ok(())
            }
            .boxed()
        });
        Ok(Advance::Done { output: serde_json::Value::Null, commit })
    }

    /// What was intended and is not confirmed gone, in the order of creation.
    pub(crate) async fn owned_things(&self, subject: &Subject) -> Result<Vec<Owned>, DbError> {
        let rows = self.0.db.rows(&OWNED, args![subject.attempt.id.as_str()]).await?;
        let mut owned = rows.iter().filter_map(|row| Owned::of_row(row).transpose()).collect::<Result<Vec<_>, _>>()?;
        owned.sort_by(|one, other| (one.thing.kind, &one.name).cmp(&(other.thing.kind, &other.name)));
        Ok(owned)
    }
}

impl Inner {
    /// A new enrolment code for a pilot that has not come yet. The code is known to this gateway's memory and to the
    /// pilot's recipe; the database has its hash. After a crash a new code takes the place of the lost one.
    pub(crate) async fn expect_pilot(
        &self,
        attempt: &AttemptId,
        slot: &Slot,
        good_for: Duration,
    ) -> Result<Option<(PilotId, Secret)>, DbError> {
        let code: String = random_bytes::<32>()?.iter().map(|byte| format!("{byte:02x}")).collect();
        let code = format!("rse_{code}");
        let values = args![attempt.as_str(), slot.as_str(), sha256(code.as_bytes()).as_slice(), self.now().plus(good_for)];
        // By itself: a gateway that is stopped here must not keep others from expecting the pilot instead.
        let rows = self.db.write(&store::EXPECT_PILOT, values).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some((row.parse("id")?, Secret::new(code))))
    }
}

db::statements! {
    OWNED = "SELECT kind, name, remote_id, asked_at FROM owned WHERE attempt = $1 AND released_at IS NULL";
}
