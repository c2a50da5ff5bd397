//! What a site has of ours and nobody looks after any more: found by its mark, and removed only with proof.
//!
//! Three things have to agree before anything is deleted: the mark names this deployment, a row says that the thing was
//! intended and is believed to be gone, and that was some time ago. What only carries our mark is reported: whoever
//! restored an old database, or copied a description, should look at it first.

use crate::{Inner, Runs};
use db::{DbError, Row, args};
use flow::StepError;
use identity::{Action, Caller, Resource, authorize};
use model::id::PersonId;
use model::machine::{Orphan, OrphanVerdict};
use model::offer::Offer;
use model::{Problem, Timestamp};
use sites::ThingKind;
use sites::openstack::yard::Found;
use sites::openstack::{Purpose, Yard};
use std::collections::BTreeMap;
use std::time::Duration;

db::statements! {
    PLACES = "SELECT attempt.service AS service, attempt.offer AS offer, run.person AS person FROM attempt JOIN run ON run.id = attempt.run
        WHERE attempt.started_at > $1 AND EXISTS (SELECT 1 FROM owned WHERE owned.attempt = attempt.id AND owned.asked_at IS NOT NULL)
        ORDER BY attempt.id DESC LIMIT 5000";
    KNOWN = "SELECT remote_id, created_at, released_at FROM owned WHERE attempt = $1 AND name = $2";
}

/// Where nothing was made for so long, nothing of ours is looked for.
const LOOKED_BACK: Duration = Duration::from_secs(90 * 86_400);
/// Whatever removed it may still be at it.
const MINIMUM_AGE: Duration = Duration::from_secs(600);

/// A project where things of ours were made, and the people in whose name.
type Places = BTreeMap<(String, String), Vec<PersonId>>;

impl Runs {
    /// What is there of ours and no run has it; and of places that could not be asked: why.
    pub async fn orphans(&self, caller: &Caller) -> Result<(Vec<Orphan>, Vec<Problem>), Problem> {
        authorize(caller, Action::AdminFlows, Resource::Deployment).map_err(Problem::from)?;
        Ok(self.0.look_for_orphans(false).await?)
    }

    /// Removes what may be removed.
    pub async fn sweep(&self) -> Result<(), DbError> {
        if self.0.sites.survey().is_some() {
            self.0.look_for_orphans(true).await?;
        }
        Ok(())
    }
}

/// None: a run has it, or may have it in a moment. A site may have carried out a request that nobody waited for any more after it was
/// asked again: then there are two, and the run has the one that it knows.
fn needless_since(row: &Row, found: &Found) -> Result<Option<Timestamp>, DbError> {
    let known: Option<String> = row.get("remote_id")?;
    let is_known = known.is_none_or(|id| id == found.id);
    let (created, released): (Option<Timestamp>, Option<Timestamp>) = (row.get("created_at")?, row.get("released_at")?);
    Ok(released.or(created.filter(|_| !is_known)))
}

/// Links are ports, and volumes for data are volumes: those are found as such.
fn is_looked_for(kind: ThingKind, yard: &Yard) -> bool {
    match kind {
        ThingKind::Directory | ThingKind::Pilot | ThingKind::Link | ThingKind::Data => false,
        ThingKind::Volume => yard.has_volumes(),
        _ => true,
    }
}

impl Inner {
    async fn look_for_orphans(&self, remove: bool) -> Result<(Vec<Orphan>, Vec<Problem>), DbError> {
        let (mut orphans, mut problems) = (Vec::new(), Vec::new());
        for ((service, project), people) in self.places_of_ours().await? {
            match self.enter_for_anybody(&service, &project, people).await {
                Ok(yard) => {
                    let (found, met) = self.orphans_in(&yard, &project, remove).await?;
                    orphans.extend(found);
                    problems.extend(met);
                }
                Err(problem) => problems.push(problem),
            }
        }
        Ok((orphans, problems))
    }

    async fn places_of_ours(&self) -> Result<Places, DbError> {
        let mut places = Places::new();
        for row in self.db.rows(&PLACES, args![self.now().minus(LOOKED_BACK)]).await? {
            let (service, offer, person): (String, Offer, PersonId) =
                (row.get("service")?, row.json("offer")?, row.parse("person")?);
            let people = places.entry((service, offer.project.unwrap_or_default())).or_default();
            if !people.contains(&person) {
                people.push(person);
            }
        }
        Ok(places)
    }

    /// Whoever made something there may remove it.
    async fn enter_for_anybody(&self, service: &str, project: &str, people: Vec<PersonId>) -> Result<Yard, Problem> {
        let mut refused = Problem::internal();
        for person in people {
            match self.yard(person, Purpose::Release, service, project).await {
                Ok(Ok(yard)) => return Ok(yard),
                Ok(Err(error)) => refused = crate::machines::told(error),
                Err(StepError::Passing(problem) | StepError::Final(problem)) => refused = problem,
            }
        }
        Err(refused)
    }

    /// And what kept us from looking for all of them; where volumes do not answer, ports are looked for all the same.
    async fn orphans_in(&self, yard: &Yard, project: &str, remove: bool) -> Result<(Vec<Orphan>, Vec<Problem>), DbError> {
        let (mut orphans, mut problems) = (Vec::new(), Vec::new());
        // What hangs on something goes before it.
        for kind in ThingKind::ALL.into_iter().rev().filter(|kind| is_looked_for(*kind, yard)) {
            let marked = match yard.marked(kind).await {
                Ok(marked) => marked,
                Err(fault) => {
                    problems.push(sites::openstack::trouble::at_action(&fault));
                    match kind {
                        ThingKind::Volume => continue,
                        _ => break,
                    }
                }
            };
            for (mark, found) in marked.into_iter().filter(|(mark, _)| mark.deployment == *self.db.deployment()) {
                let row = self.db.row(&KNOWN, args![mark.attempt.as_str(), mark.name()]).await?;
                let needless = row.map(|row| needless_since(&row, &found)).transpose()?;
                let verdict = match needless {
                    Some(None) => continue,
                    Some(Some(at)) if self.now().since(at) < MINIMUM_AGE => OrphanVerdict::TooYoung,
                    Some(Some(_)) => OrphanVerdict::Removed,
                    None => OrphanVerdict::Unknown,
                };
                if remove && verdict == OrphanVerdict::Removed {
                    self.remove_orphan(yard, kind, &found).await;
                }
                orphans.push(Orphan {
                    service: yard.service().to_owned(),
                    project: project.to_owned(),
                    kind: kind.as_str().to_owned(),
                    id: found.id,
                    run: mark.run,
                    verdict,
                });
            }
        }
        Ok((orphans, problems))
    }

    async fn remove_orphan(&self, yard: &Yard, kind: ThingKind, found: &Found) {
        let (service, kind_name, id) = (yard.service(), kind.as_str(), &found.id);
        match yard.take_away(kind, found).await {
            Ok(()) => tracing::warn!(service, kind = kind_name, id, "removed what nobody looked after any more"),
            Err(fault) => tracing::warn!(service, kind = kind_name, id, %fault, "what nobody looks after could not be removed"),
        }
    }
}
