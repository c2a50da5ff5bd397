//! Bulk bytes between a pilot and the gateway: inputs that the gateway holds, outputs that are brought back.

use super::enrol::Aboard;
use crate::Runs;
use crate::files::output_key;
use crate::store;
use db::blobs::BlobError;
use db::{DbError, args};
use model::id::RunId;
use model::request::{Source, with_index};
use model::run::CollectedFile;
use model::{Code, Problem};
use pilot::protocol::Held;
use std::path::PathBuf;

/// A file to be sent to the pilot.
#[derive(Debug)]
pub struct InputFile {
    pub path: PathBuf,
    pub bytes: u64,
}

db::statements! {
    LEASED = "SELECT 1 AS one FROM element WHERE run = $1 AND idx = $2 AND pilot = $3 AND tries = $4 AND state <> 'ended'";
    HOLDS = "SELECT 1 AS one FROM element WHERE run = $1 AND idx = $2 AND pilot = $3 AND state <> 'ended'";
}

impl Runs {
    /// Input number `input` of an element that this pilot holds.
    pub async fn pilot_input(&self, aboard: &Aboard, element: u32, input: usize) -> Result<InputFile, Problem> {
        let inner = &self.0;
        let holds = inner.db.row(&HOLDS, args![aboard.run.as_str(), element, aboard.pilot.as_str()]).await?;
        if holds.is_none() {
            return Err(not_leased());
        }
        let row = inner.db.row(&store::RUN_REQUEST, args![aboard.run.as_str()]).await?.ok_or(DbError::NoRow)?;
        let (request, person) = store::request_of(&row)?;
        let from = request.inputs.get(input).map(|input| with_index(&input.from, element));
        let source: Option<Source> = from.and_then(|from| from.parse().ok());
        match source {
            Some(Source::Upload(upload)) => {
                let (path, bytes) = self.uploads().stored(&person, &upload).await?;
                Ok(InputFile { path, bytes })
            }
            Some(Source::Run { run, element, path }) => {
                self.owned_by(&run, &person).await?;
                let (path, file) = self.find_output(&run, element.unwrap_or(0), &path).await?;
                Ok(InputFile { path, bytes: file.bytes })
            }
            _ => Err(Problem::not_found("input of the gateway", &input.to_string())),
        }
    }

    /// How much of an output is here.
    pub async fn output_stored(&self, aboard: &Aboard, held: Held, path: &str) -> Result<u64, Problem> {
        self.check_lease(aboard, held).await?;
        let key = output_key(&aboard.run, held.index, held.attempt, path);
        Ok(self.0.blobs.len(&key)?.unwrap_or(0))
    }

    /// One part of an output. Returns how much is here now.
    pub async fn store_output(
        &self,
        aboard: &Aboard,
        held: Held,
        path: &str,
        offset: u64,
        bytes: bytes::Bytes,
    ) -> Result<u64, Problem> {
        let end = offset.saturating_add(bytes.len() as u64);
        if end > self.0.settings.output_cap_bytes {
            return Err(Problem::new(
                Code::OutputTooLarge,
                format!("An output has more than {} bytes.", self.0.settings.output_cap_bytes),
                "Write less, or ask the administrator to raise the limit.",
            ));
        }
        let key = output_key(&aboard.run, held.index, held.attempt, path);
        let (blobs, hashes) = (self.0.blobs.clone(), self.0.desk.hashes.clone());
        let stored = tokio::task::spawn_blocking(move || hashes.append(&blobs, &key, offset, &bytes)).await;
        match stored {
            Ok(Ok(stored)) => Ok(stored),
            Ok(Err(BlobError::WrongOffset { present, .. })) => {
                Err(Problem::new(Code::WrongOffset, format!("{present} bytes are here."), "Continue at that offset."))
            }
            Ok(Err(BlobError::Io(error))) => Err(error.into()),
            Err(_) => Err(Problem::internal()),
        }
    }

    /// Whether the pilot holds this try of this element: what it sends is wanted.
    pub async fn check_lease(&self, aboard: &Aboard, held: Held) -> Result<(), Problem> {
        let values = args![aboard.run.as_str(), held.index, aboard.pilot.as_str(), held.attempt];
        self.0.db.row(&LEASED, values).await?.map(|_| ()).ok_or_else(not_leased)
    }

    /// Compares what arrived with what the pilot says it sent. It was hashed on its way; only what another gateway took
    /// is read, which may last.
    pub(super) async fn verify_outputs(&self, run: &RunId, held: Held, outputs: &[CollectedFile]) -> Result<(), Problem> {
        for file in outputs {
            let key = output_key(run, held.index, held.attempt, &file.path);
            let (blobs, hashes) = (self.0.blobs.clone(), self.0.desk.hashes.clone());
            let (expected, name) = (file.clone(), file.path.clone());
            let verified = tokio::task::spawn_blocking(move || {
                if expected.bytes == 0 && blobs.len(&key)?.is_none() {
                    blobs.append(&key, 0, &[]).map(|_| ()).map_err(to_db)?;
                }
                let (sha256, bytes) = hashes.finish(&blobs, &key)?;
                Ok::<bool, DbError>(bytes == expected.bytes && sha256.to_string() == expected.sha256)
            })
            .await;
            let whole = matches!(verified, Ok(Ok(true)));
            if !whole {
                return Err(Problem::new(
                    Code::CollectionFailed,
                    format!("Output `{name}` did not arrive as it was sent."),
                    "Run it again; if it happens again, the disk of the gateway may be at fault.",
                ));
            }
        }
        Ok(())
    }
}

fn to_db(error: BlobError) -> DbError {
    match error {
        BlobError::Io(error) => error,
        BlobError::WrongOffset { .. } => DbError::NoRow,
    }
}

fn not_leased() -> Problem {
    Problem::new(
        Code::StateConflict,
        "This element is not leased to this pilot.",
        "Nothing needs to be done: somebody else works on it.",
    )
}
