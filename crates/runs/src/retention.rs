//! How long what runs leave is kept: a time for each class, from the end of the run. Deleting a run forgets all of it.

use crate::{Inner, Runs};
use db::blobs::Key;
use db::{DbError, Tx, args};
use model::id::RunId;
use std::time::Duration;

/// None is for ever: until the run is deleted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Retention {
    pub logs: Option<Duration>,
    pub outputs: Option<Duration>,
}

/// A class of blobs, and what its members are called below each try of an element.
struct Class {
    name: &'static str,
    parts: &'static [&'static str],
    lifetime: fn(&Retention) -> Option<Duration>,
}

const CLASSES: [Class; 2] = [
    Class { name: "logs", parts: &["stdout", "stderr"], lifetime: |retention| retention.logs },
    Class { name: "outputs", parts: &["outputs"], lifetime: |retention| retention.outputs },
];

/// The class of a deleted run: all that is left of it.
const WHOLE: &str = "whole";

db::statements! {
    KEEP = "INSERT INTO blob (key, class, owner, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at";
    EXPIRED = "SELECT key, class, owner FROM blob WHERE expires_at < $1 LIMIT 100";
    FORGET = "DELETE FROM blob WHERE key = $1";
    FORGET_OF = "DELETE FROM blob WHERE owner = $1";
}

impl Inner {
    /// Writes down until when the blobs of an ended run are kept.
    pub(crate) async fn keep_blobs(&self, tx: &mut Tx, run: &RunId) -> Result<(), DbError> {
        let now = self.now();
        for class in &CLASSES {
            let expires = (class.lifetime)(&self.settings.retention).map(|lifetime| now.plus(lifetime));
            tx.execute(&KEEP, args![format!("{run}/{}", class.name), class.name, run.as_str(), now, expires]).await?;
        }
        Ok(())
    }

    /// Writes down that everything of a run is to be removed: if the removal is interrupted, it is done later.
    pub(crate) async fn doom_blobs_of(&self, tx: &mut Tx, run: &RunId) -> Result<(), DbError> {
        self.forget_blobs_of(tx, run).await?;
        let now = self.now();
        tx.execute(&KEEP, args![run.as_str(), WHOLE, run.as_str(), now, now]).await.map(|_| ())
    }

    pub(crate) async fn forget_blobs_of(&self, tx: &mut Tx, run: &RunId) -> Result<(), DbError> {
        tx.execute(&FORGET_OF, args![run.as_str()]).await.map(|_| ())
    }
}

impl Runs {
    /// Removes the blobs whose time is over. The runs, their reports and their timelines stay.
    pub async fn forget_expired_blobs(&self) -> Result<(), DbError> {
        for row in self.0.db.rows(&EXPIRED, args![self.0.now()]).await? {
            let (key, class, owner): (String, String, String) = (row.get("key")?, row.get("class")?, row.get("owner")?);
            let (blobs, whole) = (self.0.blobs.clone(), class == WHOLE);
            let parts = CLASSES.iter().find(|known| known.name == class).map_or(&[][..], |class| class.parts);
            let removed = tokio::task::spawn_blocking(move || match whole {
                true => blobs.remove(&Key::of(&owner)),
                false => blobs.remove_parts(&Key::of(&owner), parts),
            });
            removed.await.unwrap_or(Err(DbError::NoRow))?;
            // After the files: an interruption removes them again, and forgets nothing that is still there.
            let mut tx = self.0.db.begin().await?;
            tx.execute(&FORGET, args![key]).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
