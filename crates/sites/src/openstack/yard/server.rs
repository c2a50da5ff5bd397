//! Machines of Nova.

use model::Timestamp;
use model::machine::MachineStatus;
use model::mark::Mark;
use reqwest::Method;
use serde_json::{Value, json};

use super::shelf::{Found, MARK, shelf};
use super::{Denied, Fault, Yard};
use crate::driver::ThingKind;
use crate::openstack::Component;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct NewServer {
    pub size: String,
    pub root: Root,
    pub port: String,
    /// For cloud-init, in base64.
    pub user_data: Option<String>,
}

/// What a machine starts from.
#[derive(Clone, Debug)]
pub enum Root {
    /// This image, on a disk of its size's own.
    Image(String),
    /// This volume, which outlives it.
    Volume(String),
    /// A volume of so many GiB that Nova makes of the image and deletes with the machine. It bears no mark, so that nobody
    /// finds it when Nova does not: only for attempts of older versions, which wrote down no volume.
    Unmarked { image: String, gibibytes: u64 },
}

/// As Nova shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    pub id: String,
    pub name: String,
    pub status: MachineStatus,
    /// Its flavor's identifier, which is the new one while it is resized.
    pub size: Option<String>,
    /// It has another size, and Nova waits to be told whether that is to stay (VERIFY_RESIZE).
    pub waits_for_word: bool,
    pub addresses: Vec<String>,
    /// Why it is in the state ERROR.
    pub fault: Option<String>,
    pub made_by: Option<String>,
    pub created_at: Option<Timestamp>,
}

/// What is done with a machine that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    Start,
    Stop,
    /// Switched off and on again where it does not listen.
    Reboot {
        hard: bool,
    },
    /// With this image; it keeps its addresses and its identifier.
    Rebuild {
        image: String,
    },
    /// Its disk becomes an image of this name.
    SaveAs {
        name: String,
    },
    /// To this size; it is not over before somebody says that it may stay so.
    Resize {
        size: String,
    },
    ConfirmResize,
    RevertResize,
}

/// Lines of a console that are asked for.
const CONSOLE_LINES: u32 = 1_000;

impl Yard {
    pub async fn make_server(&self, mark: &Mark, new: &NewServer) -> Result<Found, Fault> {
        let mut inside = json!({
            "name": mark.name(),
            "flavorRef": new.size,
            "networks": [{"port": new.port}],
            "metadata": {MARK: mark.text()},
        });
        match &new.root {
            Root::Image(image) => inside["imageRef"] = json!(image),
            Root::Volume(volume) => {
                inside["block_device_mapping_v2"] = json!([{"boot_index": 0, "source_type": "volume", "destination_type": "volume",
                    "uuid": volume, "delete_on_termination": false}]);
            }
            Root::Unmarked { image, gibibytes } => {
                inside["block_device_mapping_v2"] = json!([{"boot_index": 0, "source_type": "image", "destination_type": "volume",
                    "uuid": image, "volume_size": gibibytes, "delete_on_termination": true}]);
            }
        }
        if let Some(user_data) = &new.user_data {
            inside["user_data"] = json!(user_data);
        }
        self.make(ThingKind::Server, inside).await
    }

    pub async fn server(&self, id: &str) -> Result<Option<Server>, Fault> {
        Ok(self.show(ThingKind::Server, id).await?.map(|found| read(&found)))
    }

    /// All in the project, whoever made them.
    pub async fn servers(&self) -> Result<Vec<(Server, Option<Mark>)>, Fault> {
        let Some(servers) = shelf(ThingKind::Server) else { return Ok(Vec::new()) };
        let found = self.on(&servers, "limit=1000").await?;
        Ok(found.iter().map(|one| (read(one), servers.mark(&one.told))).collect())
    }

    pub async fn act(&self, server: &str, action: &Action) -> Result<(), Fault> {
        let body = match action {
            Action::Start => json!({"os-start": null}),
            Action::Stop => json!({"os-stop": null}),
            Action::Reboot { hard } => json!({"reboot": {"type": if *hard { "HARD" } else { "SOFT" }}}),
            // User data of the first boot stays: only newer Novas take another one.
            Action::Rebuild { image } => json!({"rebuild": {"imageRef": image}}),
            Action::SaveAs { name } => json!({"createImage": {"name": name}}),
            Action::Resize { size } => json!({"resize": {"flavorRef": size}}),
            Action::ConfirmResize => json!({"confirmResize": null}),
            Action::RevertResize => json!({"revertResize": null}),
        };
        self.action(server, "this change of the machine", body).await.map(|_| ())
    }

    /// The last lines that it wrote to its console.
    pub async fn console(&self, server: &str) -> Result<String, Fault> {
        let about = "the console's log";
        let told = self.action(server, about, json!({"os-getConsoleOutput": {"length": CONSOLE_LINES}})).await?;
        Ok(told["output"].as_str().unwrap_or_default().to_owned())
    }

    /// A link to the screen of the machine, good for some minutes and for whoever has it.
    pub async fn screen(&self, server: &str) -> Result<String, Fault> {
        let about = "a link to its screen";
        let told = self.action(server, about, json!({"os-getVNCConsole": {"type": "novnc"}})).await?;
        Ok(told["console"]["url"].as_str().unwrap_or_default().to_owned())
    }

    async fn action(&self, server: &str, about: &'static str, body: Value) -> Result<Value, Fault> {
        let path = format!("/servers/{server}/action");
        let answer = self.ask(Component::Compute, Method::POST, about, &path, Some(&body)).await?;
        if answer.status == 404 {
            return Err(Fault::Denied(Denied::of_answer(self.service(), about, &answer)));
        }
        Ok(serde_json::from_slice(&answer.body).unwrap_or_default())
    }
}

fn read(found: &Found) -> Server {
    let told = &found.told;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let networks = told["addresses"].as_object().into_iter().flat_map(|networks| networks.values());
    let addresses = networks.filter_map(Value::as_array).flatten().filter_map(|one| text(&one["addr"]));
    Server {
        id: found.id.clone(),
        name: text(&told["name"]).unwrap_or_default(),
        status: status(told),
        size: text(&told["flavor"]["id"]),
        waits_for_word: told["status"] == "VERIFY_RESIZE" && told["OS-EXT-STS:task_state"].is_null(),
        addresses: addresses.collect(),
        fault: text(&told["fault"]["message"]),
        made_by: text(&told["user_id"]),
        created_at: super::made_at(found),
    }
}

fn status(told: &Value) -> MachineStatus {
    let task = told["OS-EXT-STS:task_state"].as_str();
    match (told["status"].as_str().unwrap_or_default(), task) {
        ("ERROR", _) => MachineStatus::Error,
        (_, Some("deleting")) | ("DELETED" | "SOFT_DELETED", _) => MachineStatus::Deleting,
        ("BUILD", _) => MachineStatus::Building,
        ("ACTIVE" | "VERIFY_RESIZE", None) | ("PASSWORD", _) => MachineStatus::Active,
        // Its image is copied while it works on.
        ("ACTIVE", Some(task)) if task.starts_with("image_") => MachineStatus::Active,
        ("SHUTOFF" | "PAUSED" | "SUSPENDED" | "SHELVED" | "SHELVED_OFFLOADED" | "RESCUE", None) => MachineStatus::Stopped,
        ("RESIZE" | "VERIFY_RESIZE" | "REVERT_RESIZE", _) => MachineStatus::Resizing,
        ("ACTIVE" | "SHUTOFF" | "REBOOT" | "HARD_REBOOT" | "REBUILD" | "MIGRATING", _) => MachineStatus::Changing,
        _ => MachineStatus::Unknown,
    }
}
