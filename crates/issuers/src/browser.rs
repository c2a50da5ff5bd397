//! Signing in by browser: authorization code with PKCE, state, nonce and `iss` (RFC 9207).

use std::sync::Arc;

use model::{Secret, Timestamp};

use crate::{BadSignIn, Claims, Subject, Tokens};

/// A sign-in that has begun.
pub struct Begun {
    /// Where the browser goes.
    pub url: String,
    /// What has to be kept until it comes back, for this browser alone.
    pub pending: Pending,
}

/// No `Debug`: whoever has the verifier can use the code.
#[derive(Clone)]
pub struct Pending {
    /// The name of the issuer that it was begun at.
    pub issuer: String,
    pub state: Secret,
    pub nonce: Secret,
    pub verifier: Secret,
    pub redirect_uri: String,
    pub begun_at: Timestamp,
}

/// The answer as the browser brought it: [`Callback::of_query`]. No `Debug`: it holds the code.
pub struct Callback {
    pub(crate) state: Secret,
    pub(crate) issuer: Option<String>,
    pub(crate) outcome: Outcome,
}

pub(crate) enum Outcome {
    Code(Secret),
    Error { name: String, description: Option<String> },
}

impl Callback {
    /// Reads the query (what follows `?`) of the address that the browser was sent back to.
    pub fn of_query(query: &str) -> Result<Self, BadSignIn> {
        todo!()
    }

    /// By which the sign-in it belongs to is found.
    pub fn state(&self) -> &Secret {
        &self.state
    }
}

/// Somebody who signed in a moment ago. No `Debug`: it holds tokens.
#[derive(Clone)]
pub struct SignedIn {
    /// The issuer's address, as in [`crate::Issuer::url`].
    pub issuer: Arc<str>,
    pub subject: Subject,
    /// Of the id_token, completed by userinfo when that was thin.
    pub claims: Claims,
    pub tokens: Tokens,
    /// The session at the issuer, by which a back-channel logout may name it.
    pub session: Option<String>,
}
