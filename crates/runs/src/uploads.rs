//! Files that people send ahead of their runs: resumable, hashed, forgotten after a while.

use crate::{Inner, Runs};
use db::blobs::{BlobError, Key};
use db::{DbError, Row, args, seed};
use identity::{Action, Caller, Idempotency, Resource, authorize};
use model::id::{PersonId, UploadId};
use model::request::valid_name;
use model::{ByteCount, Code, Problem, Timestamp};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Upload {
    pub id: UploadId,
    pub name: String,
    /// How long the file is.
    pub bytes: u64,
    /// How much of it is here: the next part begins there.
    pub received: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUpload {
    pub name: String,
    pub bytes: u64,
    /// Compared with what arrives, when given: `sha256:` and 64 hexadecimal digits, or the digits alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// Handle on the uploads of all people.
pub struct Uploads {
    inner: Arc<Inner>,
}

db::statements! {
    INSERT = "INSERT INTO upload (id, person, name, bytes, sha256, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    ONE = "SELECT id, person, name, bytes, sha256, completed_at, created_at, expires_at FROM upload WHERE id = $1";
    OF_PERSON = "SELECT id, person, name, bytes, sha256, completed_at, created_at, expires_at FROM upload
        WHERE person = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3";
    COMPLETE = "UPDATE upload SET completed_at = $2, sha256 = $3 WHERE id = $1";
    DELETE = "DELETE FROM upload WHERE id = $1";
    /// What a run that has not ended refers to is kept for it.
    EXPIRED = "SELECT id FROM upload WHERE expires_at < $1 AND NOT EXISTS (SELECT 1 FROM run
            WHERE run.person = upload.person AND run.state <> 'ended' AND run.request LIKE '%upload:' || upload.id || '%') LIMIT 100";
}

impl Runs {
    pub fn uploads(&self) -> Uploads {
        Uploads { inner: self.0.clone() }
    }
}

impl Uploads {
    /// The upload, and whether it is new: with the same key it is made once.
    pub async fn create(&self, caller: &Caller, new: NewUpload, once: Option<Idempotency>) -> Result<(Upload, bool), Problem> {
        authorize(caller, Action::UploadsCreate, Resource::Of(caller.person())).map_err(Problem::from)?;
        let inner = &self.inner;
        if new.bytes > inner.settings.upload_cap_bytes {
            return Err(too_large(inner.settings.upload_cap_bytes));
        }
        if !valid_name(&new.name) {
            return Err(Problem::new(
                Code::InvalidField,
                "name: must be 1 to 120 printable characters on one line",
                "Take a plain name.",
            ));
        }
        let sha256 = new.sha256.map(|text| text.parse::<data::Sha256>()).transpose().map_err(|_| {
            Problem::new(
                Code::InvalidField,
                "sha256: must be 64 hexadecimal digits",
                "Leave it out, or give the output of `sha256sum`.",
            )
        })?;
        let now = inner.now();
        let upload = Upload {
            id: UploadId::new(seed(now)?),
            name: new.name,
            bytes: new.bytes,
            received: 0,
            sha256: sha256.map(|sha256| sha256.to_string()),
            completed_at: None,
            created_at: now,
            expires_at: now.plus(inner.settings.upload_lifetime),
        };
        let bytes = i64::try_from(upload.bytes).unwrap_or(i64::MAX);
        let mut tx = inner.db.begin().await?;
        if let Some(once) = &once
            && let Some(earlier) = once.claim(&mut tx, caller.person(), upload.id.as_str(), now).await?
        {
            let row = tx.row(&ONE, args![earlier.as_str()]).await?.ok_or_else(|| Problem::not_found("upload", &earlier))?;
            let upload = self.of_row(&row)?;
            tx.commit().await?;
            return Ok((upload, false));
        }
        let values = args![
            upload.id.as_str(),
            caller.person().as_str(),
            upload.name.as_str(),
            bytes,
            upload.sha256.as_deref(),
            now,
            upload.expires_at
        ];
        tx.execute(&INSERT, values).await?;
        tx.commit().await?;
        Ok((upload, true))
    }

    pub async fn list(&self, caller: &Caller, before: Option<&UploadId>, limit: u32) -> Result<Vec<Upload>, Problem> {
        authorize(caller, Action::UploadsRead, Resource::Of(caller.person())).map_err(Problem::from)?;
        let before = before.map_or("", UploadId::as_str);
        let rows = self.inner.db.rows(&OF_PERSON, args![caller.person().as_str(), before, limit]).await?;
        Ok(rows.iter().map(|row| self.of_row(row)).collect::<Result<_, DbError>>()?)
    }

    pub async fn get(&self, caller: &Caller, id: &UploadId) -> Result<Upload, Problem> {
        self.authorized(caller, Action::UploadsRead, id).await
    }

    /// Adds a part that begins at `offset`; what is there already is passed over.
    pub async fn append(&self, caller: &Caller, id: &UploadId, offset: u64, bytes: bytes::Bytes) -> Result<Upload, Problem> {
        let upload = self.authorized(caller, Action::UploadsWrite, id).await?;
        if upload.completed_at.is_some() {
            return Err(Problem::new(
                Code::StateConflict,
                "The upload is complete.",
                "Start another upload to send another file.",
            ));
        }
        if offset.saturating_add(bytes.len() as u64) > upload.bytes {
            return Err(too_large(upload.bytes));
        }
        let (blobs, key) = (self.inner.blobs.clone(), key_of(id));
        match tokio::task::spawn_blocking(move || blobs.append(&key, offset, &bytes)).await {
            Ok(Ok(appended)) => Ok(Upload { received: appended.now, ..upload }),
            Ok(Err(BlobError::WrongOffset { present, .. })) => {
                let detail = format!("{present} bytes are here, and a part was sent that begins at {offset}.");
                Err(Problem::new(Code::WrongOffset, detail, "Continue at the offset that the upload's `received` says."))
            }
            Ok(Err(BlobError::Io(error))) => Err(error.into()),
            Err(_) => Err(Problem::internal()),
        }
    }

    /// All of it was sent: checks that it is what was announced.
    pub async fn complete(&self, caller: &Caller, id: &UploadId) -> Result<Upload, Problem> {
        let upload = self.authorized(caller, Action::UploadsWrite, id).await?;
        if upload.completed_at.is_some() {
            return Ok(upload);
        }
        if upload.received != upload.bytes {
            return Err(incomplete(&upload));
        }
        let (blobs, key) = (self.inner.blobs.clone(), key_of(id));
        let hashed = tokio::task::spawn_blocking(move || {
            blobs.append(&key, 0, &[]).map_err(|_| DbError::NoRow)?;
            let path = blobs.path(&key);
            let file = std::fs::File::open(&path).map_err(DbError::io(&path))?;
            let (sha256, _) = data::hash_reader(file).map_err(DbError::io(&path))?;
            blobs.sync(&key)?;
            Ok::<String, DbError>(sha256.to_string())
        });
        let Ok(sha256) = hashed.await else { return Err(Problem::internal()) };
        let sha256 = sha256?;
        if let Some(announced) = &upload.sha256
            && *announced != sha256
        {
            let detail = format!("The file was announced as sha256:{announced} and arrived as sha256:{sha256}.");
            return Err(Problem::new(Code::ChecksumMismatch, detail, "Delete this upload and send the file again."));
        }
        let now = self.inner.now();
        let mut tx = self.inner.db.begin().await?;
        tx.execute(&COMPLETE, args![id.as_str(), now, sha256.as_str()]).await?;
        tx.commit().await?;
        Ok(Upload { sha256: Some(sha256), completed_at: Some(now), ..upload })
    }

    pub async fn delete(&self, caller: &Caller, id: &UploadId) -> Result<(), Problem> {
        self.authorized(caller, Action::UploadsDelete, id).await?;
        Ok(self.forget(id).await?)
    }

    /// The file of a complete upload of this person.
    pub(crate) async fn stored(&self, person: &PersonId, id: &UploadId) -> Result<(PathBuf, u64), Problem> {
        let row = self.inner.db.row(&ONE, args![id.as_str()]).await?;
        let row = row.ok_or_else(|| Problem::not_found("upload", id.as_str()))?;
        if row.get::<String>("person")? != person.as_str() {
            return Err(Problem::not_found("upload", id.as_str()));
        }
        let upload = self.of_row(&row)?;
        if upload.completed_at.is_none() {
            return Err(incomplete(&upload));
        }
        Ok((self.inner.blobs.path(&key_of(id)), upload.bytes))
    }

    /// Removes what nobody used in time.
    pub async fn forget_expired(&self) -> Result<(), DbError> {
        for row in self.inner.db.rows(&EXPIRED, args![self.inner.now()]).await? {
            self.forget(&row.parse("id")?).await?;
        }
        Ok(())
    }

    async fn forget(&self, id: &UploadId) -> Result<(), DbError> {
        let mut tx = self.inner.db.begin().await?;
        tx.execute(&DELETE, args![id.as_str()]).await?;
        tx.commit().await?;
        self.inner.blobs.remove(&key_of(id))
    }

    async fn authorized(&self, caller: &Caller, action: Action, id: &UploadId) -> Result<Upload, Problem> {
        let row = self.inner.db.row(&ONE, args![id.as_str()]).await?;
        let row = row.ok_or_else(|| Problem::not_found("upload", id.as_str()))?;
        let owner: PersonId = row.parse("person")?;
        authorize(caller, action, Resource::Of(&owner)).map_err(|refused| refused.about("upload", id.as_str()))?;
        Ok(self.of_row(&row)?)
    }

    fn of_row(&self, row: &Row) -> Result<Upload, DbError> {
        let id: UploadId = row.parse("id")?;
        let received = self.inner.blobs.len(&key_of(&id))?.unwrap_or(0);
        Ok(Upload {
            name: row.get("name")?,
            bytes: u64::try_from(row.get::<i64>("bytes")?).unwrap_or(0),
            received,
            sha256: row.get("sha256")?,
            completed_at: row.get("completed_at")?,
            created_at: row.get("created_at")?,
            expires_at: row.get("expires_at")?,
            id,
        })
    }
}

fn key_of(id: &UploadId) -> Key {
    Key::of(id.as_str())
}

fn too_large(most: u64) -> Problem {
    Problem::new(
        Code::UploadTooLarge,
        format!("At most {} are allowed.", ByteCount::new(most)),
        "Send less, or let the run fetch the file from an https address.",
    )
}

fn incomplete(upload: &Upload) -> Problem {
    Problem::new(
        Code::UploadIncomplete,
        format!("{} of {} bytes of upload {} are here, or it was not completed.", upload.received, upload.bytes, upload.id),
        "Send the rest, then complete it; `roadstead uploads` continues where it stopped.",
    )
}
