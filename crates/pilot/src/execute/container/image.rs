//! From the name of an image to the image itself, by its digest.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use model::request::Image;
use rustix::process::getuid;
use serde::Deserialize;
use tokio::process::Command;

use super::store::{APART, PATIENCE, Store, succeeded};
use super::{ImageUsed, Podman};
use crate::execute::Error;
use crate::execute::host::attempt;

/// Unpacking an archive of many gibibytes.
const UNPACKING: Duration = Duration::from_secs(3_600);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inspected {
    id: String,
    digest: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    #[serde(default)]
    config: Option<Config>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    #[serde(default)]
    entrypoint: Option<Vec<String>>,
    #[serde(default)]
    cmd: Option<Vec<String>>,
}

/// With the image's own command, as long as nobody has decided otherwise.
pub(super) async fn find(store: &Store, image: &Image, work_dir: &Path) -> Result<ImageUsed, Error> {
    match image {
        Image::Local(name) => inspect(store, name).await.map_err(|reason| unusable(name, reason)),
        Image::Archive { kind, path } => {
            let shown = format!("{}:{path}", kind.transport());
            if !work_dir.join(path).is_file() {
                return Err(unusable(&shown, "there is no such file in the work directory".into()));
            }
            let id = unpack(store, &shown, work_dir).await.map_err(|reason| unusable(&shown, reason))?;
            inspect(store, &id).await.map_err(|reason| unusable(&shown, reason))
        }
    }
}

fn unusable(image: &str, reason: String) -> Error {
    let reason = reason.trim_start_matches("Error: ").trim().to_owned();
    Error::Image { image: image.to_owned(), reason }
}

/// Into the attempt's own storage, where the names that an archive brings along mislead nobody. Relative to the work
/// directory, since engines read a colon in a path in their own way.
async fn unpack(store: &Store, archive: &str, work_dir: &Path) -> Result<String, String> {
    let mut command = store.offline_command(&["pull", "--quiet", archive]);
    command.current_dir(work_dir);
    let said = succeeded(attempt(command, UNPACKING).await?)?;
    let id = said.lines().last().unwrap_or_default().trim().trim_start_matches("sha256:").to_owned();
    let right = id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if right { Ok(id) } else { Err(format!("it holds no image: {said}")) }
}

async fn inspect(store: &Store, name: &str) -> Result<ImageUsed, String> {
    let said = store.ask(&["image", "inspect", "--", name], PATIENCE).await?;
    let all: Vec<Inspected> =
        serde_json::from_str(&said).map_err(|error| format!("its description is not understood: {error}"))?;
    let image = all.into_iter().next().ok_or("it has no description")?;
    let config = image.config.unwrap_or(Config { entrypoint: None, cmd: None });
    let command = [config.entrypoint, config.cmd].into_iter().flatten().flatten().collect();
    let sha256 = |id: String| if id.starts_with("sha256:") { id } else { format!("sha256:{id}") };
    Ok(ImageUsed {
        engine: String::new(),
        name: image.repo_tags.and_then(|tags| tags.into_iter().next()),
        digest: sha256(image.digest),
        id: sha256(image.id),
        command,
    })
}

/// A podman before it is proven: what it says of itself and of the person's storage.
#[derive(Deserialize)]
struct Info {
    host: InfoHost,
    store: InfoStore,
    version: InfoVersion,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InfoHost {
    oci_runtime: InfoRuntime,
}

#[derive(Deserialize)]
struct InfoRuntime {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InfoStore {
    graph_driver_name: String,
    graph_root: std::path::PathBuf,
    #[serde(default)]
    graph_options: serde_json::Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InfoVersion {
    version: String,
}

pub(super) async fn describe(program: &Path, patience: Duration) -> Result<Podman, String> {
    let variable = |name: &str| Some((name.to_owned(), std::env::var(name).ok()?));
    let mut environment: BTreeMap<String, String> = ["HOME", "XDG_RUNTIME_DIR"].into_iter().filter_map(variable).collect();
    // Runtimes are in places that ordinary people's paths leave out.
    let path = std::env::var("PATH").unwrap_or_default();
    environment.insert("PATH".to_owned(), format!("{path}:/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"));
    // Asking is enough for it to mount the person's storage.
    let apart = getuid().is_root() && can_be_apart(patience).await;
    let mut command = if apart { Command::new("unshare") } else { Command::new(program) };
    if apart {
        command.args(APART).arg("--").arg(program);
    }
    command.args(["info", "--format", "json"]).current_dir("/");
    let said = succeeded(attempt(command, patience).await?)?;
    let info: Info = serde_json::from_str(&said).map_err(|error| format!("what it says of itself is not understood: {error}"))?;
    let mount_program = info.store.graph_options.get("overlay.mount_program").and_then(|program| program.get("Executable"));
    Ok(Podman {
        program: program.to_owned(),
        version: info.version.version,
        runtime: info.host.oci_runtime.name,
        images: info.store.graph_root,
        driver: info.store.graph_driver_name,
        mount_program: mount_program.and_then(|program| program.as_str()).map(Into::into),
        environment,
        apart,
    })
}

/// Not where root itself is confined.
async fn can_be_apart(patience: Duration) -> bool {
    let mut command = Command::new("unshare");
    command.args(APART).args(["--", "true"]).current_dir("/");
    attempt(command, patience).await.is_ok_and(|answer| answer.code == Some(0))
}
