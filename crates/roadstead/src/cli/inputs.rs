//! Files of this computer for a gateway that may not be on it.

use super::session::Session;
use crate::client::{Client, hash_file, send_file};
use crate::output::Unit;
use db::seed;
use model::id::RequestId;
use model::request::{Input, RunRequest};
use model::run::Run;
use model::time::{Clock, SystemClock};
use model::{Code, Problem};
use runs::uploads::Upload;
use std::collections::BTreeMap;
use std::path::Path;

/// Submits the request. Files are named when the gateway can read them, and sent ahead otherwise.
pub async fn submit(session: &Session, client: &Client, mut request: RunRequest) -> Result<Run, Problem> {
    if client.is_on_this_computer() {
        match create(client, &request).await {
            // It runs as another user, or may not read there: then it gets the bytes.
            Err(problem) if problem.code == Code::FileNotAllowed => {}
            answer => return answer,
        }
    }
    send_ahead(session, client, &mut request.inputs).await?;
    create(client, &request).await
}

async fn create(client: &Client, request: &RunRequest) -> Result<Run, Problem> {
    client.create(&["runs"], request, &fresh_key()?).await
}

/// A key that was never used.
pub fn fresh_key() -> Result<String, Problem> {
    Ok(RequestId::new(seed(SystemClock.now())?).to_string())
}

/// Sends every file of this computer and names its upload instead.
pub async fn send_ahead(session: &Session, client: &Client, inputs: &mut [Input]) -> Result<(), Problem> {
    let mut sent: BTreeMap<String, String> = BTreeMap::new();
    for input in inputs.iter_mut() {
        let Some(path) = input.from.strip_prefix("file:").map(str::to_owned) else { continue };
        if path.contains("{index}") {
            return Err(Problem::new(
                Code::UsageWrong,
                format!("`{path}` is another file for each element, and this gateway cannot read files of this computer."),
                "Put the files into one archive that every element gets, or run an array over outputs of another run.",
            ));
        }
        if !sent.contains_key(&path) {
            let upload = send_one(session, client, Path::new(&path)).await?;
            sent.insert(path.clone(), format!("upload:{}", upload.id));
        }
        input.from = sent.get(&path).cloned().unwrap_or_default();
    }
    Ok(())
}

/// Sends a file, with a bar where somebody watches.
pub async fn send_one(session: &Session, client: &Client, path: &Path) -> Result<Upload, Problem> {
    let file = hash_file(path).await?;
    let title = path.file_name().unwrap_or_default().to_string_lossy();
    let progress = session.output.progress(&title, file.bytes, Unit::Bytes);
    send_file(client, &file, |bytes| progress.set(bytes)).await
}
