//! Back-channel logout: an issuer says that somebody's session there has ended.

use std::sync::Arc;

use crate::Subject;

/// Whose sessions here have to end. At least one of `subject` and `session` is there; with a session, only that one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logout {
    /// The issuer's address, as in [`crate::Issuer::url`].
    pub issuer: Arc<str>,
    pub subject: Option<Subject>,
    pub session: Option<String>,
}
