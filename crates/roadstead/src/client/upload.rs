//! Sending a file: in parts, from where an earlier attempt stopped, and not at all when it is there already.

use super::Client;
use data::Sha256;
use model::time::{Clock, SystemClock};
use model::{Code, Problem};
use reqwest::Method;
use runs::uploads::{NewUpload, Upload};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Small enough to be repeated when the connection breaks, large enough to keep a fast one busy.
const PART: u64 = 4 << 20;
/// An upload that is forgotten sooner than this is not worth finding.
const LEAST_LIFE: Duration = Duration::from_secs(3_600);

/// A file and what is in it.
#[derive(Clone, Debug)]
pub struct Hashed {
    pub path: PathBuf,
    pub bytes: u64,
    pub sha256: Sha256,
}

pub async fn hash_file(path: &Path) -> Result<Hashed, Problem> {
    let path = path.to_owned();
    let hashing = tokio::task::spawn_blocking(move || {
        let file = open_regular(&path)?;
        let (sha256, bytes) = data::hash_reader(file).map_err(|error| unreadable(&path, &error))?;
        Ok(Hashed { path, bytes, sha256 })
    });
    hashing.await.map_err(|_| Problem::internal())?
}

/// Sends the file and returns its upload. `progress` is told how much is there.
pub async fn send_file(client: &Client, file: &Hashed, progress: impl Fn(u64)) -> Result<Upload, Problem> {
    let known: Vec<Upload> = client.all(&["uploads"], &[("limit", "200".to_owned())]).await?;
    let upload = match known.into_iter().find(|upload| is_of(upload, file)) {
        Some(upload) => upload,
        None => client.post_json(&["uploads"], &new_upload(file)).await?,
    };
    if upload.completed_at.is_some() {
        progress(file.bytes);
        return Ok(upload);
    }
    let id = upload.id.as_str();
    let mut source = open_regular(&file.path)?;
    let mut received = upload.received;
    let mut breaks = 0;
    while received < file.bytes {
        progress(received);
        let (read, part) = read_part(source, received).await.map_err(|error| unreadable(&file.path, &error))?;
        source = read;
        if part.is_empty() {
            return Err(changed(&file.path));
        }
        match send_part(client, id, received, part, file.bytes).await {
            Ok(upload) => (received, breaks) = (upload.received, 0),
            // Somebody else sends the same file, or an answer was lost: go on where the gateway is.
            Err(problem) if problem.code == Code::WrongOffset && breaks < 5 => {
                breaks += 1;
                received = client.get::<Upload>(&["uploads", id], &[]).await?.received;
            }
            Err(problem) if problem.code == Code::GatewayUnreachable && breaks < 5 => {
                breaks += 1;
                tokio::time::sleep(Duration::from_millis(400 << breaks)).await;
            }
            Err(problem) => return Err(problem),
        }
    }
    progress(file.bytes);
    client.post(&["uploads", id, "complete"]).await
}

async fn send_part(client: &Client, id: &str, offset: u64, part: Vec<u8>, total: u64) -> Result<Upload, Problem> {
    let last = offset + part.len() as u64 - 1;
    let request = client
        .request(Method::PUT, &["uploads", id, "content"], &[])
        .header("content-type", "application/octet-stream")
        .header("content-range", format!("bytes {offset}-{last}/{total}"))
        .body(part);
    client.read(request).await
}

async fn read_part(mut file: File, offset: u64) -> std::io::Result<(File, Vec<u8>)> {
    let reading = tokio::task::spawn_blocking(move || {
        file.seek(SeekFrom::Start(offset))?;
        let mut part = Vec::new();
        file.by_ref().take(PART).read_to_end(&mut part)?;
        Ok((file, part))
    });
    reading.await.map_err(std::io::Error::other)?
}

fn is_of(upload: &Upload, file: &Hashed) -> bool {
    let lives = upload.expires_at > SystemClock.now().plus(LEAST_LIFE);
    let same = upload.sha256.as_deref().and_then(|text| text.parse::<Sha256>().ok()) == Some(file.sha256);
    lives && same && upload.bytes == file.bytes
}

fn new_upload(file: &Hashed) -> NewUpload {
    let name = file.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // The name is only for lists; a file may have any.
    let name = if model::request::valid_name(&name) { name } else { "file".to_owned() };
    NewUpload { name, bytes: file.bytes, sha256: Some(file.sha256.to_string()) }
}

/// A pipe or a device has no length and cannot be sent again from the middle.
fn open_regular(path: &Path) -> Result<File, Problem> {
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if !metadata.is_file() {
        let detail = format!("{} is not a regular file.", path.display());
        return Err(Problem::new(Code::FileUnreadable, detail, "Name a file; pack a directory into one first (tar)."));
    }
    File::open(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    let detail = format!("{} cannot be read: {error}.", path.display());
    Problem::new(Code::FileUnreadable, detail, "Check the path, and that you may read the file.")
}

fn changed(path: &Path) -> Problem {
    let detail = format!("{} became shorter while it was sent.", path.display());
    Problem::new(Code::FileUnreadable, detail, "Wait until nobody writes to the file, then send it again.")
}
