//! Finding the gateway of this computer for a command: one that runs, or one that is started now and ends by itself when
//! nobody needs it any more.

use super::places;
use crate::client::Address;
use crate::credentials::{SECRET_VARIABLES, Source};
use model::id::GatewayId;
use model::{Code, Problem, Secret};
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// How long a gateway that a command started waits for the next one.
pub const IDLE: Duration = Duration::from_secs(60);
const STARTS_WITHIN: Duration = Duration::from_secs(20);

/// What a command was told about the gateway of this computer.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub config: Option<PathBuf>,
    pub data_dir: Option<PathBuf>,
}

/// What a running gateway writes for those on this computer. The directory and the file are private.
#[derive(Debug, Serialize, Deserialize)]
struct Announcement {
    url: String,
    token_file: PathBuf,
    data_dir: PathBuf,
    /// For people who look for it.
    process: u32,
}

pub async fn reach(wanted: &Wanted) -> Result<Address, Problem> {
    let data_dir = wanted.data_dir.clone().unwrap_or_else(places::data_dir);
    let data_dir = std::path::absolute(&data_dir).unwrap_or(data_dir);
    if let Some(address) = find(&data_dir).await {
        return Ok(address);
    }
    start(wanted, &data_dir).await
}

/// A file that says where a gateway is. The gateway holds its lock for as long as it lives: a file without one is of a
/// gateway that was killed, whose port may be somebody else's by now, and nobody sends a secret there.
#[derive(Debug)]
pub struct Announced {
    path: PathBuf,
    lock: File,
}

impl Announced {
    fn write(path: PathBuf, text: &str) -> std::io::Result<Self> {
        // Locked before it has its name: nobody ever finds it without its lock.
        let (partial, lock) = begin_private(&path)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
        (&lock).write_all(text.as_bytes())?;
        std::fs::rename(&partial, &path)?;
        Ok(Self { path, lock })
    }

    /// Removes the file, unless another gateway wrote its own in its place.
    pub fn withdraw(self) {
        let same = std::fs::metadata(&self.path).and_then(|there| Ok(there.ino() == self.lock.metadata()?.ino()));
        if same.unwrap_or(false) {
            // Gone already is as good.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Whether the gateway that wrote this file lives.
fn is_held(file: &File) -> bool {
    flock(file, FlockOperation::NonBlockingLockShared).is_err()
}

/// Says where a gateway is: to pilots on this computer, and to commands.
pub fn announce(
    gateways: &Path,
    id: &GatewayId,
    url: &str,
    token_file: &Path,
    data_dir: &Path,
) -> std::io::Result<Vec<Announced>> {
    let announcement = Announcement {
        url: url.to_owned(),
        token_file: token_file.to_owned(),
        data_dir: data_dir.to_owned(),
        process: std::process::id(),
    };
    let text = serde_json::to_string(&announcement)?;
    remove_stale(gateways);
    let for_pilots = gateways.join(format!("{id}.json"));
    let for_commands = announcement_file(data_dir);
    Ok(vec![Announced::write(for_pilots, &text)?, Announced::write(for_commands, &text)?])
}

/// Gateways that were killed left their files.
fn remove_stale(gateways: &Path) {
    let Ok(entries) = std::fs::read_dir(gateways) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let json = path.extension().is_some_and(|ending| ending == "json");
        if json && File::open(&path).is_ok_and(|file| !is_held(&file)) {
            // Another gateway that starts now may be faster.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// One for each data directory, so that gateways of different directories do not hide each other.
fn announcement_file(data_dir: &Path) -> PathBuf {
    let directory = places::runtime_dir().unwrap_or_else(|| data_dir.to_owned());
    let name: String =
        db::sha256(data_dir.as_os_str().as_encoded_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    directory.join(format!("gateway-{name}.json"))
}

/// Written whole or not at all, readable by its owner only.
pub fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let (partial, mut file) = begin_private(path)?;
    file.write_all(text.as_bytes())?;
    std::fs::rename(&partial, path)
}

/// Waits until nobody else holds the file; it is held until the answer is dropped. It blocks.
pub fn take_turn(path: &Path) -> std::io::Result<File> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)?;
    file.lock()?;
    Ok(file)
}

/// A file under another name, to be renamed when it is whole.
fn begin_private(path: &Path) -> std::io::Result<(PathBuf, File)> {
    let parent = path.parent().unwrap_or(Path::new("/"));
    DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
    let partial = path.with_extension(format!("{}.new", std::process::id()));
    let file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&partial)?;
    Ok((partial, file))
}

async fn find(data_dir: &Path) -> Option<Address> {
    let file = File::open(announcement_file(data_dir)).ok()?;
    if !is_held(&file) {
        return None;
    }
    let text = std::io::read_to_string(file).ok()?;
    let announcement: Announcement = serde_json::from_str(&text).ok()?;
    if announcement.data_dir != data_dir {
        return None;
    }
    let token = Secret::new(std::fs::read_to_string(&announcement.token_file).ok()?.trim().to_owned());
    let address = Address { url: announcement.url, token, source: Source::ThisComputer, on_this_computer: true };
    crate::client::answers(&address).await.then_some(address)
}

/// Starts a gateway in the background; commands that come at the same time wait for the one that is started first.
async fn start(wanted: &Wanted, data_dir: &Path) -> Result<Address, Problem> {
    let trouble = |error: std::io::Error| {
        let detail = format!("A gateway cannot be started for {}: {error}.", data_dir.display());
        Problem::new(
            Code::GatewayUnreachable,
            detail,
            "Check that the directory belongs to you, or name a gateway with --gateway.",
        )
    };
    DirBuilder::new().recursive(true).mode(0o700).create(data_dir).map_err(trouble)?;
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(data_dir.join("start.lock"))
        .map_err(trouble)?;
    let begun = Instant::now();
    while flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
        if begun.elapsed() > STARTS_WITHIN {
            return Err(not_started("Another command has been starting it for too long.", &data_dir.join("gateway.log")));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    if let Some(address) = find(data_dir).await {
        return Ok(address);
    }
    let log_path = data_dir.join("gateway.log");
    let log = OpenOptions::new().create(true).append(true).mode(0o600).open(&log_path).map_err(trouble)?;
    let mut command = tokio::process::Command::new(std::env::current_exe().map_err(trouble)?);
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--idle-exit", &format!("{}s", IDLE.as_secs())])
        .arg("--data-dir")
        .arg(data_dir);
    if let Some(config) = &wanted.config {
        command.arg("--config").arg(config);
    }
    // It outlives this command, and what was given to the command is not for it.
    for name in SECRET_VARIABLES {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).process_group(0);
    let mut child = command.spawn().map_err(trouble)?;
    let begun = Instant::now();
    while begun.elapsed() < STARTS_WITHIN {
        if let Some(address) = find(data_dir).await {
            return Ok(address);
        }
        if let Ok(Some(status)) = child.try_wait() {
            return Err(not_started(&format!("It ended with {status}."), &log_path));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Err(not_started("It did not answer in time.", &log_path))
}

fn not_started(what: &str, log: &Path) -> Problem {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let last: String = last.chars().filter(|c| !c.is_control()).take(400).collect();
    let detail = format!("A gateway was started on this computer and does not work. {what} Its last words: {last}");
    Problem::new(
        Code::GatewayUnreachable,
        detail,
        format!("Read {}, or start one by hand with `roadstead serve`.", log.display()),
    )
}
