//! Volumes: made, started from, plugged in, and gone.

use serde_json::{Value, json};

use super::GONE;
use crate::contract::exchange::{Step, ask};

const WHOLE: &[&str] = &["available", "error"];
const TAKEN: &[&str] = &["in-use", "error"];
const SETTLED: &[&str] = &["ACTIVE", "ERROR"];
/// In which Cinder tells of attachments by themselves.
const LATER: &str = "3.27";

fn volume(name: &str, size: u64, image: Option<&str>) -> Value {
    let mut volume = json!({"name": format!("{{run}}-{name}"), "size": size, "metadata": {"roadstead_run": name}});
    if let Some(image) = image {
        volume["imageRef"] = image.into();
    }
    json!({"volume": volume})
}

fn machine_from(volume: &str) -> Value {
    let mapping = json!([{"boot_index": 0, "source_type": "volume", "destination_type": "volume", "uuid": volume,
        "delete_on_termination": false}]);
    json!({"server": {"name": "{run}-m", "flavorRef": "{tiny}", "networks": "none", "block_device_mapping_v2": mapping}})
}

pub fn volumes() -> Vec<Step> {
    let limits =
        "absolute/maxTotalVolumes absolute/totalVolumesUsed absolute/maxTotalVolumeGigabytes absolute/totalGigabytesUsed";
    let plugs = "POST compute/servers/{machine}/os-volume_attachments";
    let plug = |volume: &str| json!({"volumeAttachment": {"volumeId": volume}});
    vec![
        ask("limits of volumes", "GET volume/limits").show(limits),
        ask("a volume of no size", "POST volume/volumes").body(json!({"volume": {"name": "x"}})),
        ask("a volume of nothing", "POST volume/volumes").body(volume("x", 0, None)),
        ask("a volume of no image", "POST volume/volumes").body(volume("x", 1, Some("{own}"))),
        ask("a volume too small for its image", "POST volume/volumes").body(volume("x", 1, Some("{docker}"))),
        ask("a volume too large for the quota", "POST volume/volumes").body(volume("x", 30, None)),
        ask("a volume of an image", "POST volume/volumes")
            .body(volume("v", 1, Some("{ubuntu}")))
            .keep("volume")
            .show("status name size metadata bootable attachments"),
        ask("the volume", "GET volume/volumes/{volume}")
            .until(WHOLE)
            .show("status size bootable metadata volume_image_metadata/image_id attachments"),
        // A name proves nothing here, either.
        ask("another of the same name", "POST volume/volumes").body(volume("v", 1, None)).keep("twin").show("name"),
        ask("the other", "GET volume/volumes/{twin}").until(WHOLE).show("status bootable"),
        ask("an empty one", "POST volume/volumes").body(volume("d", 2, None)).keep("data").show("status bootable"),
        ask("it then", "GET volume/volumes/{data}").until(WHOLE).show("status bootable"),
        ask("a volume too many", "POST volume/volumes").body(volume("x", 1, None)),
        ask("limits with them", "GET volume/limits").show(limits),
        ask("a machine on no volume", "POST compute/servers").body(machine_from("{own}")),
        ask("a machine on an empty volume", "POST compute/servers").body(machine_from("{data}")),
        ask("a machine from the volume", "POST compute/servers").body(machine_from("{volume}")).keep("machine"),
        ask("the machine", "GET compute/servers/{machine}")
            .until(SETTLED)
            .show("status image os-extended-volumes:volumes_attached"),
        ask("the volume that it has", "GET volume/volumes/{volume}")
            .until(TAKEN)
            .show("status attachments/0/server_id attachments/0/device"),
        ask("another machine from it", "POST compute/servers").body(machine_from("{volume}")),
        ask("deleting what a machine has", "DELETE volume/volumes/{volume}"),
        ask("plugging in nothing", plugs).body(plug("{own}")),
        ask("plugging in the empty one", plugs).body(plug("{data}")).show("device volumeId serverId"),
        ask("the one that was plugged in", "GET volume/volumes/{data}").until(TAKEN).show("status attachments/0/server_id"),
        ask("plugging it in twice", plugs).body(plug("{data}")),
        ask("what is plugged in", "GET compute/servers/{machine}/os-volume_attachments").show("device volumeId"),
        ask("attachments as of old", "GET volume/attachments?volume_id={data}").version("3.0"),
        ask("attachments", "GET volume/attachments?volume_id={data}").version(LATER).keep("attachment").show("status instance"),
        // Only of machines that are not there any more.
        ask("taking it from the machine that has it", "DELETE volume/attachments/{attachment}").version(LATER),
        ask("unplugging the first disk", "DELETE compute/servers/{machine}/os-volume_attachments/{volume}"),
        ask("unplugging", "DELETE compute/servers/{machine}/os-volume_attachments/{data}"),
        ask("the one that was unplugged", "GET volume/volumes/{data}").until(WHOLE).show("status attachments"),
        ask("unplugging it twice", "DELETE compute/servers/{machine}/os-volume_attachments/{data}"),
        ask("plugging it in again", plugs).body(plug("{data}")).show("device"),
        ask("it again", "GET volume/volumes/{data}").until(TAKEN).show("status"),
        ask("deleting the machine", "DELETE compute/servers/{machine}"),
        ask("at last", "GET compute/servers/{machine}").until(GONE),
        // They outlive their machine, and are as they were.
        ask("the volume of the deleted machine", "GET volume/volumes/{volume}").until(WHOLE).show("status metadata attachments"),
        ask("the other of the deleted machine", "GET volume/volumes/{data}").until(WHOLE).show("status attachments"),
        ask("attachments then", "GET volume/attachments?volume_id={data}").version(LATER).show("status"),
        ask("deleting the volume", "DELETE volume/volumes/{volume}"),
        ask("it at last", "GET volume/volumes/{volume}").until(GONE),
        ask("deleting it twice", "DELETE volume/volumes/{volume}"),
        ask("deleting the others", "DELETE volume/volumes/{twin}"),
        ask("and", "DELETE volume/volumes/{data}"),
        ask("gone", "GET volume/volumes/{twin}").until(GONE),
        ask("gone", "GET volume/volumes/{data}").until(GONE),
        ask("a machine from what is gone", "POST compute/servers").body(machine_from("{volume}")),
        ask("limits without them", "GET volume/limits").show(limits),
    ]
}
