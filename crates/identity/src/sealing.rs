//! Secrets that must be read back, kept encrypted in the database: whoever copies the database alone learns nothing.
//!
//! Each row is sealed with AES-256-GCM under a nonce of its own. Its id and its purpose are authenticated with it, so
//! that a row which was moved, swapped or given another purpose by someone who can write to the database does not
//! open. The key lives in a file beside the configuration, never in the database; each row names the key it needs, so that
//! [the key can be changed](Vault::rekey) while old rows still open.

mod error;
mod key;
mod rekey;
mod ring;

pub use error::{KeyError, SealingError};
pub(crate) use rekey::STATEMENTS as REKEY_STATEMENTS;
pub use rekey::{RekeyError, Rekeyed};

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use data_encoding::BASE32_DNSSEC as BASE32;
use db::{Db, DbError, Row, Tx, args};
use model::Secret;
use model::time::Clock;
use ring::Ring;
use std::path::Path;
use std::sync::Arc;
use zeroize::Zeroizing;

db::statements! {
    CURRENT_KEY = "SELECT value FROM setting WHERE name = 'sealing_key'";
    NAME_KEY = "INSERT INTO setting (name, value) VALUES ('sealing_key', $1) ON CONFLICT (name) DO NOTHING";
    /// Holds the row until the transaction ends: see [`rekey`].
    HOLD_KEY = "UPDATE setting SET value = value WHERE name = 'sealing_key' RETURNING value";
    INSERT = "INSERT INTO sealed (id, purpose, key_id, bytes, created_at) VALUES ($1, $2, $3, $4, $5)";
    SELECT = "SELECT key_id, bytes FROM sealed WHERE id = $1 AND purpose = $2";
    DELETE = "DELETE FROM sealed WHERE id = $1";
}

/// Names one sealed secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SealedId(String);

/// The sealed secrets of one database. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    db: Db,
    clock: Arc<dyn Clock>,
    ring: Ring,
}

impl Vault {
    /// Opens with the key in this file, which is made when the database has never had one. A database that knows a key
    /// takes no other: its secrets would be lost without a word, or split between gateways.
    pub async fn open(db: Db, clock: Arc<dyn Clock>, key_file: &Path) -> Result<Self, KeyError> {
        let known: Option<String> = match db.row(&CURRENT_KEY, args![]).await? {
            Some(row) => Some(row.get("value")?),
            None => None,
        };
        let keys = match known {
            None => key::load_or_create(key_file)?,
            Some(_) => key::load(key_file)?.ok_or_else(|| KeyError::Lost { path: key_file.to_owned() })?,
        };
        let found: Vec<String> = keys.iter().map(|key| key.id.clone()).collect();
        let newest = found.last().map(String::as_str).unwrap_or_default();
        let mut tx = db.begin().await?;
        tx.execute(&NAME_KEY, args![newest]).await?;
        let row = tx.row(&CURRENT_KEY, args![]).await?.ok_or(db::DbError::NoRow)?;
        let current: String = row.get("value")?;
        tx.commit().await?;
        if !found.contains(&current) {
            return Err(KeyError::OtherKey { path: key_file.to_owned(), found: found.join(", "), needed: current });
        }
        Ok(Self { db, clock, ring: Ring::new(key_file, keys) })
    }

    /// Keeps a secret, as part of a transaction that remembers its id.
    pub async fn seal(&self, tx: &mut Tx, purpose: &'static str, secret: &Secret) -> Result<SealedId, SealingError> {
        let id = SealedId(format!("sld-{}", BASE32.encode(&db::random_bytes::<16>()?)));
        let current: String = tx.row(&HOLD_KEY, args![]).await?.ok_or(DbError::NoRow)?.get("value")?;
        let key = self.ring.find(&current).ok_or_else(|| SealingError::OtherKey { id: id.clone(), needed: current.clone() })?;
        let stored = sealed_bytes(&key, secret, Aad::from(context(&id, purpose)))?;
        tx.execute(&INSERT, args![id.as_str(), purpose, current, stored, self.clock.now()]).await?;
        Ok(id)
    }

    /// Forgets it, as part of a transaction that forgets its id.
    pub async fn forget(&self, tx: &mut Tx, id: &SealedId) -> Result<(), DbError> {
        tx.execute(&DELETE, args![id.as_str()]).await.map(|_| ())
    }

    /// The secret that was sealed under this id for this purpose.
    pub async fn unseal(&self, id: &SealedId, purpose: &'static str) -> Result<Secret, SealingError> {
        self.unseal_any(id, purpose).await
    }

    /// Reads it and forgets it, as part of a transaction: a second connection, taken while one is held, could be the one
    /// that everybody waits for. What cannot be opened is forgotten all the same.
    pub async fn take(&self, tx: &mut Tx, id: &SealedId, purpose: &'static str) -> Result<Result<Secret, SealingError>, DbError> {
        let row = tx.row(&SELECT, args![id.as_str(), purpose]).await?;
        self.forget(tx, id).await?;
        Ok(row.ok_or_else(|| SealingError::Missing { id: id.clone() }).and_then(|row| self.open_row(&row, id, purpose)))
    }

    async fn unseal_any(&self, id: &SealedId, purpose: &str) -> Result<Secret, SealingError> {
        let row = self.db.row(&SELECT, args![id.as_str(), purpose]).await?;
        self.open_row(&row.ok_or_else(|| SealingError::Missing { id: id.clone() })?, id, purpose)
    }

    fn open_row(&self, row: &Row, id: &SealedId, purpose: &str) -> Result<Secret, SealingError> {
        let needed: String = row.get("key_id")?;
        let key = self.ring.find(&needed).ok_or_else(|| SealingError::OtherKey { id: id.clone(), needed })?;
        let broken = || SealingError::Broken { id: id.clone() };
        // Decrypted in place: these bytes become the secret.
        let mut bytes = Zeroizing::new(row.get::<Vec<u8>>("bytes")?);
        let (nonce, sealed) = bytes.split_at_mut_checked(NONCE_LEN).ok_or_else(broken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| broken())?;
        let plain = key.open_in_place(nonce, Aad::from(context(id, purpose)), sealed).map_err(|_| broken())?;
        let text = std::str::from_utf8(plain).map_err(|_| broken())?;
        Ok(Secret::new(text.to_owned()))
    }
}

fn sealed_bytes(key: &RandomizedNonceKey, secret: &Secret, aad: Aad<Vec<u8>>) -> Result<Vec<u8>, SealingError> {
    // Encrypted in place, in a buffer that need not grow: of a moved one the plain text would stay behind.
    let text = secret.expose().as_bytes();
    let mut bytes = Vec::with_capacity(text.len() + AES_256_GCM.tag_len());
    bytes.extend_from_slice(text);
    let nonce = key.seal_in_place_append_tag(aad, &mut bytes).map_err(|_| SealingError::NotSealed)?;
    Ok([nonce.as_ref().as_slice(), &bytes].concat())
}

/// What is authenticated besides the secret. The id has a fixed length, so no two pairs give the same bytes.
fn context(id: &SealedId, purpose: &str) -> Vec<u8> {
    format!("{id} {purpose}").into_bytes()
}

impl SealedId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for SealedId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for SealedId {
    type Err = SealingError;
    fn from_str(text: &str) -> Result<Self, SealingError> {
        let rest = text.strip_prefix("sld-").filter(|rest| rest.len() == 26);
        let is_id = rest.is_some_and(|rest| rest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'v')));
        if is_id { Ok(Self(text.to_owned())) } else { Err(SealingError::NotAnId) }
    }
}
