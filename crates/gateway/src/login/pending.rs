//! A sign-in under way, as a text to be sealed.

use issuers::Pending;
use model::{Problem, Secret, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Kept<'a> {
    state: &'a str,
    nonce: &'a str,
    verifier: &'a str,
    redirect_uri: &'a str,
    begun_at: i64,
}

pub(super) fn write(pending: &Pending) -> Result<Secret, Problem> {
    let kept = Kept {
        state: pending.state.expose(),
        nonce: pending.nonce.expose(),
        verifier: pending.verifier.expose(),
        redirect_uri: &pending.redirect_uri,
        begun_at: pending.begun_at.millis(),
    };
    serde_json::to_string(&kept).map(Secret::new).map_err(|_| Problem::internal())
}

pub(super) fn read(issuer: String, text: &Secret) -> Result<Pending, Problem> {
    // None of its texts needs an escape, so all are borrowed.
    let kept: Kept<'_> = serde_json::from_str(text.expose()).map_err(|_| Problem::internal())?;
    let secret = |text: &str| Secret::new(text.to_owned());
    Ok(Pending {
        issuer,
        state: secret(kept.state),
        nonce: secret(kept.nonce),
        verifier: secret(kept.verifier),
        redirect_uri: kept.redirect_uri.to_owned(),
        begun_at: Timestamp::from_millis(kept.begun_at),
    })
}
