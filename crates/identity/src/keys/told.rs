//! Keys that a login service says are somebody's: the claim `ssh_public_key`, as EGI Check-in has it.
//!
//! The login service has the last word on these: what it does not say any more at a sign-in is gone from then on.

use super::{ADD, Key, MOST, OF_PERSON, PublicKey, REMOVE, free_name, read};
use crate::{Admitted, Identity};
use db::{DbError, args};
use model::id::KeyId;
use serde_json::{Map, Value};

const CLAIM: &str = "ssh_public_key";
/// Of which most may be no keys.
const MOST_LINES: usize = 200;

impl Identity {
    /// What an issuer says at a sign-in becomes what is known here by its word. A key that the person added themselves stays theirs.
    /// `called` is a name for a key that has no comment.
    pub async fn follow_keys(&self, admitted: &Admitted, claims: &Map<String, Value>, called: &str) -> Result<(), DbError> {
        let told = told(claims);
        let (person, issuer, now) = (&admitted.person, admitted.issuer(), self.clock.now());
        let mut tx = self.db.begin().await?;
        let mut held = read(&tx.rows(&OF_PERSON, args![person.as_str()]).await?)?;
        let is_said = |key: &Key| told.iter().any(|public| public.fingerprint() == key.fingerprint);
        for gone in held.extract_if(.., |key| key.issuer.as_deref() == Some(issuer) && !is_said(key)) {
            tx.execute(&REMOVE, args![gone.id.as_str(), person.as_str()]).await?;
        }
        for public in &told {
            if held.iter().any(|key| key.fingerprint == public.fingerprint()) {
                continue;
            }
            if held.len() >= MOST {
                tracing::info!(%person, issuer, "a login service says more keys of somebody than are taken");
                break;
            }
            let name = free_name(public.comment().unwrap_or(called), &held);
            let key = Key::new(KeyId::new(db::seed(now)?), name, public, Some(issuer), now);
            // Of two sign-ins at once one adds it.
            if tx.execute(&ADD, key.values(person)).await? == 1 {
                held.push(key);
            }
        }
        tx.commit().await
    }
}

/// One text with a line for each, or a list of such texts.
fn told(claims: &Map<String, Value>) -> Vec<PublicKey> {
    let texts: Vec<&str> = match claims.get(CLAIM) {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(texts)) => texts.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let lines = texts.into_iter().flat_map(str::lines).map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#')).take(MOST_LINES);
    let read =
        |line| PublicKey::read(line).inspect_err(|why| tracing::info!(%why, "a key that a login service says is not taken"));
    lines.filter_map(|line| read(line).ok()).collect()
}
