//! Sign-ins of this person, a private file for each gateway.

use super::{Found, Source};
use crate::wiring::{embedded, places};
use model::id::{PersonId, TokenId};
use model::{Code, Problem, Secret, Timestamp};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// No `Debug`: it holds the token.
#[derive(Serialize, Deserialize)]
pub struct SignIn {
    pub gateway: String,
    token: String,
    /// None: a token of a login service's, which the gateway cannot revoke.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_id: Option<TokenId>,
    pub person: PersonId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// Named so that people recognise it, and differently for any two addresses.
pub fn sign_in_file(gateway: &str) -> PathBuf {
    let hash: String = db::sha256(gateway.as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let host = gateway.split("://").last().unwrap_or_default().split('/').next().unwrap_or_default();
    let host: String = host.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).take(80).collect();
    places::config_dir().join("sign-ins").join(format!("{host}-{hash}.json"))
}

impl SignIn {
    pub fn new(
        gateway: &str,
        token: &Secret,
        token_id: Option<TokenId>,
        person: PersonId,
        expires_at: Option<Timestamp>,
    ) -> Self {
        Self { gateway: gateway.to_owned(), token: token.expose().to_owned(), token_id, person, expires_at }
    }

    /// None: not signed in there.
    pub fn read(gateway: &str) -> Result<Option<Self>, Problem> {
        let path = sign_in_file(gateway);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(trouble(&path, &error.to_string())),
        };
        let about = file.metadata().map_err(|error| trouble(&path, &error.to_string()))?;
        if about.mode() & 0o077 != 0 || about.uid() != rustix::process::getuid().as_raw() {
            let detail = format!(
                "{} is not private (mode {:03o}): others may have read your token.",
                path.display(),
                about.mode() & 0o777
            );
            let remedy = format!(
                "Remove this file and sign in again with `roadstead login --gateway {gateway}`; then revoke the old token \
                 (`roadstead tokens list`, `roadstead tokens revoke`)."
            );
            return Err(Problem::new(Code::FileUnreadable, detail, remedy));
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(|error| trouble(&path, &error.to_string()))?;
        let kept: Self = serde_json::from_str(&text).map_err(|_| {
            let detail = format!("{} does not hold a sign-in.", path.display());
            Problem::new(Code::FileUnreadable, detail, "Remove this file and sign in again with `roadstead login`.")
        })?;
        // Two addresses with one name would be a wonder; a file that was copied is not.
        Ok(Some(kept).filter(|kept| kept.gateway == gateway))
    }

    /// Whole or not at all, readable by its owner alone.
    pub fn write(&self) -> Result<PathBuf, Problem> {
        let path = sign_in_file(&self.gateway);
        let text = serde_json::to_string(self).map_err(|_| Problem::internal())?;
        embedded::write_private(&path, &text).map_err(|error| trouble(&path, &error.to_string()))?;
        Ok(path)
    }

    pub fn forget(&self) -> Result<(), Problem> {
        let path = sign_in_file(&self.gateway);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(trouble(&path, &error.to_string())),
            _ => Ok(()),
        }
    }

    pub fn token(&self) -> Secret {
        Secret::new(self.token.clone())
    }

    pub(super) fn found(&self, gateway: &str) -> Found {
        Found { token: self.token(), source: Source::SignIn(gateway.to_owned()) }
    }
}

fn trouble(path: &Path, why: &str) -> Problem {
    let remedy =
        "Check that it belongs to you and that there is room on its disk; without it, sign in again with `roadstead login`.";
    Problem::new(Code::FileUnreadable, format!("{}: {why}.", path.display()), remedy)
}
