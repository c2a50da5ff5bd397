//! Whether machines are started from an image, as far as the image alone says. Which is the newest of several, it cannot.

use model::offer::Standing;

use super::properties::Properties;
use crate::openstack::inventory::Image;

pub(super) fn of(image: &Image, properties: &Properties<'_>, project: &str) -> Standing {
    if let Some(why) = unusable(image) {
        return Standing::Unusable { why: why.to_owned() };
    }
    let public = image.visibility == "public";
    if !public && let Some(owner) = image.owner.as_deref().filter(|owner| *owner != project && !owner.is_empty()) {
        return Standing::Foreign { owner: owner.to_owned() };
    }
    // Operators publish images that they made of machines; those are as good as others.
    if !public && is_snapshot(properties) {
        return Standing::Snapshot;
    }
    if image.os_hidden {
        return Standing::Hidden;
    }
    Standing::Offered
}

fn is_snapshot(properties: &Properties<'_>) -> bool {
    match properties.value(&["image_type"]) {
        Some(kind) => kind.eq_ignore_ascii_case("snapshot"),
        // Older releases of Nova left only the trace of the machine.
        None => properties.value(&["base_image_ref"]).is_some() && properties.value(&["instance_uuid"]).is_some(),
    }
}

fn unusable(image: &Image) -> Option<&'static str> {
    match image.status.to_ascii_lowercase().as_str() {
        "" | "active" => {}
        "queued" => return Some("its content has not arrived yet"),
        "saving" | "uploading" | "importing" => return Some("its content is still being saved"),
        "deactivated" => return Some("the service's administrators deactivated it"),
        "killed" => return Some("its content is damaged"),
        "deleted" | "pending_delete" => return Some("it is deleted"),
        _ => return Some("it is in a state that is not known"),
    }
    match image.disk_format.as_deref().unwrap_or_default() {
        "aki" | "ari" => return Some("it is a kernel or a first file system, a part of another image"),
        "iso" => return Some("it is an installation medium"),
        _ => {}
    }
    match image.container_format.as_deref().unwrap_or_default() {
        "aki" | "ari" => Some("it is a kernel or a first file system, a part of another image"),
        "docker" => Some("it is an image of a container, not of a machine"),
        "compressed" => Some("it is compressed, and nothing starts from it as it is"),
        _ => None,
    }
}
