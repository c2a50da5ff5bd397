//! Signing in by device code (RFC 8628).

use std::time::Duration;

use model::{Secret, Timestamp};

use crate::SignedIn;

/// A sign-in that waits for somebody to type a code. No `Debug`: it holds the device code.
#[derive(Clone)]
pub struct Device {
    pub user_code: String,
    pub verification_uri: String,
    /// With the code in it, for a picture or a link.
    pub verification_uri_complete: Option<String>,
    pub expires_at: Timestamp,
    /// To wait between two polls.
    pub interval: Duration,
    pub device_code: Secret,
}

pub enum Polled {
    Pending,
    /// Too soon; [`Device::interval`] is longer now.
    SlowDown,
    SignedIn(Box<SignedIn>),
    /// The person said no.
    Denied,
    /// Nobody approved it in time.
    Expired,
}
