//! Command lines that wait for somebody to type a code at an issuer.
//!
//! The command line has a secret; the row is found by its hash, and the issuer's device code in it is sealed. Any gateway may be
//! asked whether somebody approved it; when the issuer may be asked is written in the row, so that all gateways and clients together
//! ask no faster than it said. Who may ask has taken the turn of everybody else.

use super::Logins;
use crate::Scopes;
use crate::sealing::{SealedId, SealingError};
use crate::secret_text::{self, Kind};
use db::{DbError, args};
use model::{Secret, Timestamp};
use std::time::Duration;

const PURPOSE: &str = "device login";
/// More than an issuer may take to answer all it is asked for one sign-in. A gateway that dies meanwhile keeps the others waiting for
/// so long.
const TURN: Duration = Duration::from_secs(60);
/// For so long after its end who asks is told what became of it.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);

db::statements! {
    ADD = "INSERT INTO device_login (hash, issuer, device, scopes, name, interval_ms, next_poll_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    OLD = "DELETE FROM device_login WHERE expires_at <= $1 RETURNING device";
    FIND = "SELECT issuer, device, scopes, name, state, interval_ms, next_poll_at, expires_at FROM device_login WHERE hash = $1";
    TAKE_TURN = "UPDATE device_login SET next_poll_at = $3 WHERE hash = $1 AND state = 'pending' AND next_poll_at <= $2";
    GIVE_BACK = "UPDATE device_login SET next_poll_at = $2, interval_ms = $3 WHERE hash = $1 AND state = 'pending'";
    END = "UPDATE device_login SET state = $2 WHERE hash = $1 AND state = 'pending'";
}

/// What an issuer gave to begin with, and what is wanted in the end.
pub struct NewDeviceLogin<'a> {
    /// The issuer's name.
    pub issuer: &'a str,
    pub device_code: &'a Secret,
    pub interval: Duration,
    pub expires_at: Timestamp,
    /// Of the token.
    pub scopes: Scopes,
    pub name: &'a str,
}

/// Now is the time to ask the issuer, and nobody else does.
pub struct Turn {
    hash: [u8; 32],
    sealed: SealedId,
    pub issuer: String,
    pub device_code: Secret,
    pub interval: Duration,
    pub expires_at: Timestamp,
    pub scopes: Scopes,
    pub name: String,
}

pub enum DeviceLogin {
    /// There is none, or its end is long ago.
    Unknown,
    /// Not yet: to be asked again after so long.
    Wait(Duration),
    Turn(Box<Turn>),
    Ended(DeviceEnd),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceEnd {
    SignedIn,
    Denied,
    Expired,
}

impl DeviceEnd {
    fn as_str(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::Denied => "denied",
            Self::Expired => "expired",
        }
    }

    fn of(state: &str) -> Option<Self> {
        [Self::SignedIn, Self::Denied, Self::Expired].into_iter().find(|end| end.as_str() == state)
    }
}

impl Logins {
    /// The secret for the command line.
    pub async fn begin_device(&self, new: &NewDeviceLogin<'_>) -> Result<Secret, SealingError> {
        let now = self.clock.now();
        let secret = secret_text::fresh(Kind::Device)?;
        let hash = secret_text::hash_of(Kind::Device, secret.expose()).ok_or(DbError::NoRandomness)?;
        let mut tx = self.db.begin().await?;
        for row in tx.rows(&OLD, args![now.minus(REMEMBERED)]).await? {
            self.vault.forget(&mut tx, &row.get::<String>("device")?.parse()?).await?;
        }
        let sealed = self.vault.seal(&mut tx, PURPOSE, new.device_code).await?;
        let (device, scopes) = (sealed.as_str(), new.scopes.to_string());
        let (interval, first) = (millis(new.interval), now.plus(new.interval));
        let values = args![hash.as_slice(), new.issuer, device, scopes, new.name, interval, first, new.expires_at];
        tx.execute(&ADD, values).await?;
        tx.commit().await?;
        Ok(secret)
    }

    /// Whether the issuer is to be asked now. Then the turn has to be given back, or the login ended.
    pub async fn find_device(&self, secret: &Secret) -> Result<DeviceLogin, SealingError> {
        let Some(hash) = secret_text::hash_of(Kind::Device, secret.expose()) else { return Ok(DeviceLogin::Unknown) };
        let Some(row) = self.db.row(&FIND, args![hash.as_slice()]).await? else { return Ok(DeviceLogin::Unknown) };
        if let Some(end) = DeviceEnd::of(&row.get::<String>("state")?) {
            return Ok(DeviceLogin::Ended(end));
        }
        let now = self.clock.now();
        let (next, expires_at): (Timestamp, Timestamp) = (row.get("next_poll_at")?, row.get("expires_at")?);
        if expires_at <= now {
            return Ok(DeviceLogin::Ended(DeviceEnd::Expired));
        }
        let interval = Duration::from_millis(row.get::<i64>("interval_ms")?.try_into().unwrap_or(0));
        if next > now {
            // Of another's turn nobody knows how long it lasts.
            return Ok(DeviceLogin::Wait(next.since(now).min(interval)));
        }
        let mut tx = self.db.begin().await?;
        let taken = tx.execute(&TAKE_TURN, args![hash.as_slice(), now, now.plus(TURN)]).await?;
        tx.commit().await?;
        if taken == 0 {
            return Ok(DeviceLogin::Wait(interval));
        }
        let sealed: SealedId = row.get::<String>("device")?.parse()?;
        let device_code = self.vault.unseal(&sealed, PURPOSE).await?;
        let (issuer, name, scopes) = (row.get("issuer")?, row.get("name")?, row.parse("scopes")?);
        Ok(DeviceLogin::Turn(Box::new(Turn { hash, sealed, issuer, device_code, interval, expires_at, scopes, name })))
    }

    /// Nobody has approved it yet. The time to the next question counts from now, since the issuer counts from its answer.
    pub async fn give_back(&self, turn: &Turn, interval: Duration) -> Result<(), DbError> {
        let next = self.clock.now().plus(interval);
        self.db.write(&GIVE_BACK, args![turn.hash.as_slice(), next, millis(interval)]).await.map(|_| ())
    }

    /// Says whether it was this that ended it: what follows from an end follows once.
    pub async fn end_device(&self, turn: &Turn, end: DeviceEnd) -> Result<bool, DbError> {
        let mut tx = self.db.begin().await?;
        let ended = tx.execute(&END, args![turn.hash.as_slice(), end.as_str()]).await?;
        self.vault.forget(&mut tx, &turn.sealed).await?;
        tx.commit().await?;
        Ok(ended == 1)
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
