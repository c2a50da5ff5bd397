//! Sign-ins under way. Browsers that were sent to an issuer: what has to be remembered until they come back, for each browser
//! alone. Command lines that wait for an issuer are in [`device`].
//!
//! The browser has a secret in a cookie; the row is found by its hash and deleted before anything else is done with what
//! came back, so that no answer is used twice. What the row remembers (state, nonce, verifier) is sealed.

mod device;

pub(crate) use device::STATEMENTS as DEVICE_STATEMENTS;
pub use device::{DeviceEnd, DeviceLogin, NewDeviceLogin, Turn};

use crate::sealing::{SealedId, SealingError, Vault};
use crate::secret_text::{self, Kind};
use db::{Db, DbError, args};
use model::time::Clock;
use model::{Secret, Timestamp};
use std::sync::Arc;
use std::time::Duration;

const PURPOSE: &str = "login";
/// A little longer than the issuers' own patience, so that it is they who say that it is too late.
pub const LIFE: Duration = Duration::from_secs(20 * 60);

db::statements! {
    ADD = "INSERT INTO login (hash, issuer, pending, place, expires_at) VALUES ($1, $2, $3, $4, $5)";
    TAKE = "DELETE FROM login WHERE hash = $1 RETURNING issuer, pending, place, expires_at";
    OLD = "DELETE FROM login WHERE expires_at <= $1 RETURNING pending";
}

/// Sign-ins under way. Cheap to clone.
#[derive(Clone)]
pub struct Logins {
    db: Db,
    clock: Arc<dyn Clock>,
    vault: Vault,
}

/// What was remembered of a browser that came back.
pub struct Returned {
    /// The issuer's name.
    pub issuer: String,
    pub pending: Secret,
    /// Where in the portal it wanted to go.
    pub place: String,
}

impl Logins {
    pub fn new(db: Db, clock: Arc<dyn Clock>, vault: Vault) -> Self {
        Self { db, clock, vault }
    }

    /// The secret for the browser's cookie.
    pub async fn begin(&self, issuer: &str, pending: &Secret, place: &str) -> Result<Secret, SealingError> {
        let now = self.clock.now();
        let secret = secret_text::fresh(Kind::Login)?;
        let hash = secret_text::hash_of(Kind::Login, secret.expose()).ok_or(DbError::NoRandomness)?;
        let mut tx = self.db.begin().await?;
        for row in tx.rows(&OLD, args![now]).await? {
            self.vault.forget(&mut tx, &row.get::<String>("pending")?.parse()?).await?;
        }
        let sealed = self.vault.seal(&mut tx, PURPOSE, pending).await?;
        tx.execute(&ADD, args![hash.as_slice(), issuer, sealed.as_str(), place, now.plus(LIFE)]).await?;
        tx.commit().await?;
        Ok(secret)
    }

    /// None: this browser was not sent away, came back already, or took too long.
    pub async fn take(&self, secret: &Secret) -> Result<Option<Returned>, SealingError> {
        let Some(hash) = secret_text::hash_of(Kind::Login, secret.expose()) else { return Ok(None) };
        let mut tx = self.db.begin().await?;
        let Some(row) = tx.row(&TAKE, args![hash.as_slice()]).await? else { return Ok(None) };
        let sealed: SealedId = row.get::<String>("pending")?.parse()?;
        let pending = self.vault.take(&mut tx, &sealed, PURPOSE).await?;
        tx.commit().await?;
        let in_time = row.get::<Timestamp>("expires_at")? > self.clock.now();
        let returned = Returned { issuer: row.get("issuer")?, pending: pending?, place: row.get("place")? };
        Ok(in_time.then_some(returned))
    }
}
