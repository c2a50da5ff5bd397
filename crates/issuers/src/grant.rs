//! The token endpoint.

use model::{Secret, Timestamp};

/// What the issuer gave. No `Debug`: these are secrets.
#[derive(Clone)]
pub struct Tokens {
    pub access: Secret,
    pub refresh: Option<Secret>,
    pub expires_at: Timestamp,
    /// What was granted, which may be less than was asked for.
    pub scopes: Vec<String>,
}
