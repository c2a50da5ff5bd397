//! Where bearers come from: not from here.

use async_trait::async_trait;
use model::id::PersonId;
use model::{Secret, Timestamp};

/// Obtains access tokens of people: kept, refreshed or exchanged, as the issuer has it. Asked at every use, so whoever
/// implements it keeps them.
#[async_trait]
pub trait Bearers: Send + Sync {
    async fn bearer(&self, need: &BearerNeed<'_>) -> Result<Bearer, BearerError>;
}

#[derive(Clone, Copy, Debug)]
pub struct BearerNeed<'a> {
    pub person: &'a PersonId,
    /// For the ledger and for messages.
    pub service: &'a str,
    /// Those that the service trusts; any of the person's, when nobody knows.
    pub issuers: &'a [String],
    /// What the token has to be meant for; as the issuer gives it, when the service is not that strict.
    pub audience: Option<&'a str>,
    pub purpose: Purpose,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Work,
    /// Removing what was made for the person. Who may not work any more must not leave things behind for that reason.
    Release,
}

#[derive(Clone)]
pub struct Bearer {
    pub token: Secret,
    pub expires: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BearerError {
    /// The person has to sign in again.
    #[error("you have to sign in again: {why}")]
    SignIn { why: String },
    /// The person has no identity at an issuer that the service trusts.
    #[error("the service trusts {}, where you have not signed in", issuers.join(", "))]
    NoIdentity { issuers: Vec<String> },
    /// The person may not act here: suspended, revoked.
    #[error("this may not be done on your behalf: {why}")]
    Forbidden { why: String },
    /// May pass.
    #[error("the issuer gives no token now: {why}")]
    Unavailable { why: String },
}

impl BearerError {
    /// Whether what was obtained before may still be used: an issuer that is out of order takes nothing away.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}
