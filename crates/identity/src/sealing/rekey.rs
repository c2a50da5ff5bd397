//! Changing the key: a new one is added to the file, everything is sealed anew, the old ones leave the file.
//!
//! It may be interrupted anywhere, and begun again. The file has every key that a row may need before the database is told of
//! the new one, and loses the old ones when no row names them. That none will come later is the work of the row that
//! names the current key: whoever seals holds it until their row is there.

use super::{KeyError, SealedId, SealingError, Vault, context, key};
use aws_lc_rs::aead::Aad;
use db::args;
use model::{Code, Problem};
use serde::Serialize;

db::statements! {
    RENAME_KEY = "UPDATE setting SET value = $1 WHERE name = 'sealing_key'";
    OTHERS = "SELECT id, purpose FROM sealed WHERE key_id <> $1 ORDER BY id LIMIT 100";
    SEAL_ANEW = "UPDATE sealed SET key_id = $2, bytes = $3 WHERE id = $1 AND key_id <> $2";
}

/// What was done.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Rekeyed {
    /// The name of the new key.
    pub key: String,
    /// How many secrets are sealed with it now that were not.
    pub sealed_anew: u64,
}

impl Vault {
    /// Other gateways go on: they share the file, and read it again when a row names a key that they do not know.
    pub async fn rekey(&self) -> Result<Rekeyed, RekeyError> {
        let _turn = key::take_turn(self.ring.file())?.ok_or(RekeyError::UnderWay)?;
        let new = key::add(self.ring.file())?;
        self.ring.read_again()?;
        let mut tx = self.db.begin().await?;
        tx.execute(&RENAME_KEY, args![new.as_str()]).await?;
        tx.commit().await?;
        let mut sealed_anew = 0;
        loop {
            let rows = self.db.rows(&OTHERS, args![new.as_str()]).await?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                let (id, purpose): (SealedId, String) = (row.get::<String>("id")?.parse()?, row.get("purpose")?);
                match self.seal_anew(&id, &purpose, &new).await {
                    // Forgotten in the meantime.
                    Err(SealingError::Missing { .. }) => {}
                    done => sealed_anew += u64::from(done?),
                }
            }
        }
        key::keep_only(self.ring.file(), &new)?;
        Ok(Rekeyed { key: new, sealed_anew })
    }

    async fn seal_anew(&self, id: &SealedId, purpose: &str, new: &str) -> Result<bool, SealingError> {
        let secret = self.unseal_any(id, purpose).await?;
        let key = self.ring.find(new).ok_or_else(|| SealingError::OtherKey { id: id.clone(), needed: new.to_owned() })?;
        let bytes = super::sealed_bytes(&key, &secret, Aad::from(context(id, purpose)))?;
        let mut tx = self.db.begin().await?;
        let changed = tx.execute(&SEAL_ANEW, args![id.as_str(), new, bytes]).await?;
        tx.commit().await?;
        Ok(changed == 1)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum RekeyError {
    /// Two at once would each throw the other's key away.
    #[error("the key is just being changed")]
    UnderWay,
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Of a row that does not open: it is left as it is, with the key that it names.
    #[error(transparent)]
    Sealing(#[from] SealingError),
    #[error(transparent)]
    Db(#[from] db::DbError),
}

impl From<RekeyError> for Problem {
    fn from(error: RekeyError) -> Self {
        match error {
            RekeyError::UnderWay => Self::new(
                Code::StateConflict,
                "The key is just being changed, by this gateway or another one of its data directory.",
                "Wait until that is done; once is enough.",
            ),
            RekeyError::Key(error) => error.into(),
            RekeyError::Sealing(error) => error.into(),
            RekeyError::Db(error) => error.into(),
        }
    }
}
