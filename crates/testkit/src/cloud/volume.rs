//! One volume, as Cinder keeps it.

use std::time::Instant;

use serde_json::{Map, Value, json};

use super::world::{World, now, uuid};

#[derive(Clone, Debug)]
pub(super) struct Volume {
    pub(super) id: String,
    /// Later ones are listed first.
    pub(super) number: usize,
    pub(super) name: Value,
    pub(super) project: String,
    pub(super) user: String,
    /// Gibibytes.
    pub(super) size: u64,
    pub(super) metadata: Map<String, Value>,
    pub(super) image: Option<String>,
    pub(super) created: String,
    pub(super) updated: String,
    pub(super) status: &'static str,
    /// What it will be, and when.
    pub(super) next: Option<(Instant, &'static str)>,
    pub(super) gone: Option<Instant>,
    /// It has been made.
    pub(super) is_whole: bool,
    /// It will not be made.
    pub(super) fails: bool,
    /// Who has it, or is about to.
    pub(super) attachment: Option<Attachment>,
}

#[derive(Clone, Debug)]
pub(super) struct Attachment {
    pub(super) id: String,
    pub(super) server: String,
    pub(super) device: String,
    /// The machine has it, and does not only wait for it.
    pub(super) is_there: bool,
}

impl Volume {
    pub(super) fn settle(&mut self, now: Instant) {
        let Some((_, status)) = self.next.filter(|(at, _)| *at <= now && self.gone.is_none()) else { return };
        self.next = None;
        self.status = if self.fails && !self.is_whole { "error" } else { status };
        if self.status == "available" {
            (self.is_whole, self.attachment) = (true, None);
        }
    }

    pub(super) fn is_bootable(&self) -> bool {
        self.is_whole && self.image.is_some()
    }

    pub(super) fn shown(&self, base: &str) -> Value {
        let attached = self.attachment.iter().filter(|one| one.is_there);
        let attachments: Vec<Value> = attached
            .map(|one| {
                json!({"id": self.id, "attachment_id": one.id, "volume_id": self.id, "server_id": one.server, "host_name": null,
                    "device": one.device, "attached_at": self.updated})
            })
            .collect();
        let mut told = json!({
            "id": self.id, "status": self.status, "size": self.size, "availability_zone": "nova", "created_at": self.created,
            "updated_at": self.updated, "name": self.name, "description": null, "volume_type": "__DEFAULT__", "snapshot_id": null,
            "source_volid": null, "metadata": self.metadata, "links": [{"rel": "self", "href": format!("{base}/volumes/{}", self.id)}],
            "user_id": self.user, "bootable": self.is_bootable().to_string(), "encrypted": false, "replication_status": null,
            "consistencygroup_id": null, "multiattach": false, "attachments": attachments,
            "os-vol-tenant-attr:tenant_id": self.project,
        });
        if let (true, Some(image)) = (self.is_bootable(), &self.image) {
            told["volume_image_metadata"] = json!({"image_id": image});
        }
        told
    }
}

impl World {
    pub(super) fn volume(&self, project: &str, id: &str) -> Option<&Volume> {
        self.volumes.get(id).filter(|one| one.project == project && !self.is_hidden(id))
    }

    /// For this machine from now on; it is there when the machine is.
    pub(super) fn reserve(&mut self, volume: &str, server: &str, device: &str) {
        if let Some(volume) = self.volumes.get_mut(volume) {
            volume.status = "reserved";
            volume.updated = now();
            volume.attachment =
                Some(Attachment { id: uuid(), server: server.to_owned(), device: device.to_owned(), is_there: false });
        }
    }

    pub(super) fn take(&mut self, volume: &str) {
        if let Some(volume) = self.volumes.get_mut(volume)
            && let Some(attachment) = &mut volume.attachment
        {
            attachment.is_there = true;
            (volume.status, volume.updated) = ("in-use", now());
        }
    }

    pub(super) fn let_go(&mut self, volume: &str) {
        if let Some(volume) = self.volumes.get_mut(volume) {
            (volume.status, volume.attachment, volume.next, volume.updated) = ("available", None, None, now());
        }
    }
}
