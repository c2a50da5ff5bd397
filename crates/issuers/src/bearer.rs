//! Bearers: tokens that programs send along.

use std::sync::Arc;

use model::Timestamp;

use crate::{Claims, Subject};

/// A bearer that is what it says.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The issuer's address, as in [`crate::Issuer::url`].
    pub issuer: Arc<str>,
    pub subject: Subject,
    pub claims: Claims,
    pub scopes: Vec<String>,
    pub expires_at: Timestamp,
    /// The one of our audiences that it is meant for.
    pub audience: String,
    /// The client that it was given to (`client_id`, `azp`), when it says so.
    pub client: Option<String>,
}
