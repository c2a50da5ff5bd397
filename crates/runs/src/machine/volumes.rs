//! Volumes of a machine: the one that it starts from, and those for data that it gets later. All of them go with it.

use super::carry::{LATER, SOON, Turn, reverted_because};
use crate::attempt::{AttemptFlow, Subject};
use crate::store::Owned;
use flow::{StepError, fault};
use model::machine::{Change, Machine, Volume};
use model::offer::{Offer, Snapshot};
use model::{ByteCount, Code, Problem};
use sites::ThingKind;
use sites::openstack::trouble::at_action;
use sites::openstack::yard::{Denial, Fault, Found, VolumeState};
use sites::openstack::{Berth, Purpose};
use std::time::Duration;

/// The one that it starts from, if this is it.
pub(super) fn root(owned: &Owned, offer: &Offer) -> Option<Volume> {
    let volume = owned.remote_id.clone().filter(|_| owned.thing.kind == ThingKind::Volume)?;
    let name = owned.thing.slot.as_str().to_owned();
    Some(Volume { name, volume, size: gibibytes(offer.size.disk), boots: true, device: None })
}

/// As long as it is at its site, which counts in whole ones.
fn gibibytes(asked: ByteCount) -> ByteCount {
    ByteCount::gibi(asked.get().div_ceil(1 << 30).max(1))
}

fn refused(why: &str, remedy: &str) -> Problem {
    Problem::new(Code::NoSuchVolume, format!("{why}."), remedy)
}

pub(super) fn check_site(snapshot: &Snapshot) -> Result<(), Problem> {
    let quotas = &snapshot.quotas;
    if quotas.volumes.is_some() || quotas.volume_bytes.is_some() {
        return Ok(());
    }
    let why = format!("{} has no volumes, as far as it lets itself be seen", snapshot.site);
    Err(refused(&why, "`roadstead sites show` tells what a site has; ask for a machine with a larger disk."))
}

/// The name of the volume that is meant.
pub(super) fn named(machine: &Machine, wanted: &str) -> Result<String, Problem> {
    let remedy = "`roadstead machines show` tells which volumes it has.";
    let found = machine.volumes.iter().find(|one| one.name == wanted || one.volume == wanted);
    let found = found.ok_or_else(|| refused(&format!("The machine has no volume {wanted}"), remedy))?;
    if found.boots {
        return Err(refused("The machine starts from that volume: it goes with the machine", remedy));
    }
    Ok(found.name.clone())
}

/// The machine that has it, as Cinder says.
fn holder(volume: &Found) -> Option<&str> {
    volume.told["attachments"][0]["server_id"].as_str()
}

impl AttemptFlow {
    pub(super) async fn add_volume(
        &self,
        subject: &Subject,
        change: &Change,
        name: &str,
        size: ByteCount,
    ) -> Result<Turn, StepError> {
        let owned = self.owned_things(subject).await?;
        let Some(data) = data_of(&owned, name) else { return Ok(Turn::over(None)) };
        let size = gibibytes(size);
        let berth = match self.enter(subject, Purpose::Work, &owned).await {
            Ok(berth) => berth.with_data(size.get() >> 30),
            Err(turn) => return Ok(turn),
        };
        let Some(id) = &data.remote_id else { return self.make_late(subject, change, &berth, data).await };
        let is_late = self.has_had_its_time(change);
        let in_vain = |why: &str| {
            let why = format!("{} {why}", subject.attempt.service);
            Turn::back(refused(&why, "Try it again, or look at the machine with `roadstead machines show`."))
        };
        let shown = match berth.yard().show(ThingKind::Data, id).await {
            Ok(Some(shown)) => shown,
            Ok(None) if self.was_just_asked(data) => return Ok(Turn::wait(SOON)),
            Ok(None) => return Ok(in_vain("does not know the volume any more")),
            Err(fault) => return Ok(Turn::wait_because(at_action(&fault))),
        };
        let server = server_of(&owned);
        let has_it = holder(&shown).is_some() && holder(&shown) == server;
        Ok(match VolumeState::of(&shown) {
            VolumeState::Taken if has_it && shown.told["status"] == "in-use" => {
                let device = shown.told["attachments"][0]["device"].as_str().map(str::to_owned);
                let volume = Volume { name: name.to_owned(), volume: id.clone(), size, boots: false, device };
                Turn { volume: Some(volume), ..Turn::over(None) }
            }
            VolumeState::Broken | VolumeState::Going => in_vain("could not make the volume"),
            _ if is_late => in_vain("did not attach the volume to the machine in time"),
            VolumeState::Busy | VolumeState::Taken => Turn::wait(SOON),
            VolumeState::Free => attach(&berth, server.unwrap_or_default(), id).await,
        })
    }

    /// It is taken from the machine, and then deleted. One that came to nothing may be there all the same.
    pub(super) async fn remove_volume(&self, subject: &Subject, change: &Change, name: &str) -> Result<Turn, StepError> {
        let because = reverted_because(change);
        let owned = self.owned_things(subject).await?;
        let Some(data) = data_of(&owned, name) else { return Ok(Turn::over(because)) };
        let berth = match self.enter(subject, Purpose::Release, &owned).await {
            Ok(berth) => berth,
            Err(turn) => return Ok(turn.or_the_cause(&because)),
        };
        let shown = match &data.remote_id {
            None => None,
            Some(id) => match berth.yard().show(ThingKind::Data, id).await {
                Ok(shown) => shown,
                Err(fault) => return Ok(Turn::wait_because(at_action(&fault)).or_the_cause(&because)),
            },
        };
        if let Some(volume) = shown.filter(|volume| VolumeState::of(volume) == VolumeState::Taken) {
            let server = server_of(&owned).unwrap_or_default();
            return Ok(match (holder(&volume), detach(&berth, server, &volume).await) {
                (Some(other), _) if other != server => {
                    let why = format!("The machine {other} has this volume: somebody attached it there");
                    Turn::over(Some(refused(&why, "Take it from that machine at its site, and try it again.")))
                }
                (_, Ok(_)) if self.has_had_its_time(change) => {
                    let why = format!("{} does not take the volume from the machine", subject.attempt.service);
                    Turn::over(
                        because.or(Some(refused(&why, "It goes with the machine; or take it from the machine at its site."))),
                    )
                }
                (_, Ok(after)) => Turn::wait(after),
                (_, Err(problem)) => Turn::wait_because(problem).or_the_cause(&because),
            });
        }
        self.remove_late(subject, because, &berth, data).await
    }
}

fn data_of<'a>(owned: &'a [Owned], name: &str) -> Option<&'a Owned> {
    owned.iter().find(|one| one.thing.kind == ThingKind::Data && one.thing.slot.as_str() == name)
}

fn server_of(owned: &[Owned]) -> Option<&str> {
    owned.iter().find(|one| one.thing.kind == ThingKind::Server).and_then(|one| one.remote_id.as_deref())
}

async fn attach(berth: &Berth, server: &str, volume: &str) -> Turn {
    fault::point("runs.before_effect");
    let attached = berth.yard().attach_volume(server, volume).await;
    fault::point("runs.after_effect");
    match attached {
        // It was asked for before, and nobody heard of it.
        Ok(()) | Err(Fault::Denied(sites::openstack::yard::Denied { why: Denial::InUse, .. })) => Turn::wait(SOON),
        Err(Fault::Denied(denied)) if matches!(denied.why, Denial::State) => {
            Turn::wait_because(at_action(&Fault::Denied(denied)))
        }
        Err(Fault::Denied(denied)) => Turn::back(at_action(&Fault::Denied(denied))),
        Err(fault) => Turn::wait_because(at_action(&fault)),
    }
}

/// Whoever is asked twice says that it is at it.
async fn detach(berth: &Berth, server: &str, volume: &Found) -> Result<Duration, Problem> {
    if holder(volume) != Some(server) || volume.told["status"] != "in-use" {
        return Ok(SOON);
    }
    match berth.yard().detach_volume(server, &volume.id).await {
        Ok(()) => Ok(SOON),
        Err(Fault::Denied(denied)) if matches!(denied.why, Denial::InUse) => Ok(LATER),
        Err(fault) => Err(at_action(&fault)),
    }
}
