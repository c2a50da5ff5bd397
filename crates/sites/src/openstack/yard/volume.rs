//! Volumes of Cinder: what machines start from, and what they keep data on.

use model::mark::Mark;
use reqwest::Method;
use serde_json::{Value, json};

use super::shelf::Found;
use super::{Denial, Denied, Errand, Fault, Yard};
use crate::driver::ThingKind;
use crate::openstack::Component;
use crate::openstack::component::place;

/// As far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VolumeState {
    /// It is being made, or read for somebody.
    Busy,
    /// It is whole, and nobody has it.
    Free,
    /// A machine has it, or is about to.
    Taken,
    Going,
    /// Cinder says that something went wrong with it.
    Broken,
}

impl VolumeState {
    pub fn of(found: &Found) -> Self {
        match found.told["status"].as_str().unwrap_or_default() {
            "available" => Self::Free,
            "in-use" | "reserved" | "attaching" | "detaching" => Self::Taken,
            "deleting" => Self::Going,
            status if status.starts_with("error") => Self::Broken,
            _ => Self::Busy,
        }
    }
}

/// The first version in which Cinder tells of attachments by themselves, also of those that came to nothing.
const ATTACHMENTS: &str = "volume 3.27";

impl Yard {
    /// Whether the site has any.
    pub fn has_volumes(&self) -> bool {
        let session = self.session();
        !matches!(place(Component::Volume, self.keystone.account(), &session), Ok(None))
    }

    /// Of this image, or empty.
    pub async fn make_volume(&self, mark: &Mark, gibibytes: u64, image: Option<&str>) -> Result<Found, Fault> {
        let mut inside = json!({"name": mark.name(), "size": gibibytes, "metadata": {super::shelf::MARK: mark.text()}});
        if let Some(image) = image {
            inside["imageRef"] = json!(image);
        }
        self.make(ThingKind::Volume, inside).await
    }

    pub async fn attach_volume(&self, server: &str, volume: &str) -> Result<(), Fault> {
        let (path, about) = (format!("/servers/{server}/os-volume_attachments"), "a volume to the machine");
        let body = json!({"volumeAttachment": {"volumeId": volume}});
        let answer = self.ask(Component::Compute, Method::POST, about, &path, Some(&body)).await?;
        match answer.status {
            404 => Err(Fault::Denied(Denied::of_answer(self.service(), about, &answer))),
            _ => Ok(()),
        }
    }

    /// The volume is free some time later. What the machine does not have it need not let go.
    pub async fn detach_volume(&self, server: &str, volume: &str) -> Result<(), Fault> {
        let path = format!("/servers/{server}/os-volume_attachments/{volume}");
        self.ask(Component::Compute, Method::DELETE, "the volume's end at the machine", &path, None).await.map(|_| ())
    }

    /// Nobody deletes what a machine has. Where the machine went while Cinder did not answer, Nova has forgotten the volume
    /// and Cinder has not: it is told.
    pub(super) async fn remove_volume(&self, found: &Found) -> Result<(), Fault> {
        match VolumeState::of(found) {
            VolumeState::Going => Ok(()),
            VolumeState::Free | VolumeState::Broken => self.delete(ThingKind::Volume, &found.id).await,
            VolumeState::Taken => self.take_from_those_that_are_gone(found).await,
            VolumeState::Busy => Err(self.in_use("it is still being made")),
        }
    }

    async fn take_from_those_that_are_gone(&self, volume: &Found) -> Result<(), Fault> {
        let about = "the machines that have a volume";
        let path = format!("/attachments?volume_id={}", volume.id);
        let ask = async |method, path: &str| {
            let version = Some(ATTACHMENTS);
            self.send(&Errand { component: Component::Volume, method, about, path, body: None, version }).await
        };
        let told: Value = serde_json::from_slice(&ask(Method::GET, &path).await?.body).unwrap_or_default();
        let mut is_freed = false;
        for attachment in told["attachments"].as_array().into_iter().flatten().filter(|one| one["volume_id"] == volume.id) {
            let (Some(id), Some(server)) = (attachment["id"].as_str(), attachment["instance"].as_str()) else { continue };
            if self.show(ThingKind::Server, server).await?.is_some() {
                return Err(self.in_use(&format!("the machine {server} has it")));
            }
            ask(Method::DELETE, &format!("/attachments/{id}")).await?;
            is_freed = true;
        }
        if is_freed { Ok(()) } else { Err(self.in_use("somebody has it")) }
    }

    /// As sites say it of everything else.
    fn in_use(&self, said: &str) -> Fault {
        let service = self.service().to_owned();
        Fault::Denied(Denied { service, about: "the end of a volume", why: Denial::InUse, said: said.to_owned(), status: 409 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_of_cinder_says_what_may_be_done() {
        let of = |status: &str| VolumeState::of(&Found { id: String::new(), told: json!({"status": status}) });
        for (status, state) in [
            ("available", VolumeState::Free),
            ("creating", VolumeState::Busy),
            ("downloading", VolumeState::Busy),
            ("uploading", VolumeState::Busy),
            ("in-use", VolumeState::Taken),
            ("reserved", VolumeState::Taken),
            ("attaching", VolumeState::Taken),
            ("detaching", VolumeState::Taken),
            ("deleting", VolumeState::Going),
            ("error", VolumeState::Broken),
            ("error_deleting", VolumeState::Broken),
            ("", VolumeState::Busy),
        ] {
            assert_eq!(of(status), state, "{status}");
        }
    }
}
