//! One issuer.

use std::sync::Arc;

use model::{Secret, Timestamp};

use crate::{Begun, Callback, Claims, Device, Error, Pending, Polled, Settings, SignedIn, Subject, Tokens};

/// Cheap to clone.
#[derive(Clone)]
pub struct Issuer {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) settings: Settings,
}

/// How an issuer is doing, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// When it last answered as it should.
    pub answered_at: Option<Timestamp>,
    /// What went wrong since then, and when.
    pub trouble: Option<(Timestamp, Error)>,
}

impl Issuer {
    pub fn name(&self) -> &str {
        &self.inner.settings.name
    }

    pub fn title(&self) -> &str {
        &self.inner.settings.title
    }

    pub fn url(&self) -> &str {
        &self.inner.settings.url
    }

    /// Whether the settings say that it exchanges tokens.
    pub fn exchanges(&self) -> bool {
        self.inner.settings.exchange
    }

    pub fn standing(&self) -> Standing {
        todo!()
    }

    /// Where to send the browser. Fails when the issuer does not answer now: better told here than by the browser.
    /// `extra` are more parameters of the request, such as `login_hint` or `prompt`.
    pub async fn begin_browser(&self, redirect_uri: &str, extra: &[(&str, &str)]) -> Result<Begun, Error> {
        todo!()
    }

    /// What came back. `pending` is gone afterwards; whoever keeps it must forget it *before* calling this, so that no
    /// answer is used twice.
    pub async fn finish_browser(&self, pending: Pending, callback: Callback) -> Result<SignedIn, Error> {
        todo!()
    }

    pub async fn begin_device(&self) -> Result<Device, Error> {
        todo!()
    }

    /// Asks once whether it was approved; `device.interval` says how long to wait before, and grows when the issuer says so.
    pub async fn poll_device(&self, device: &mut Device) -> Result<Polled, Error> {
        todo!()
    }

    /// New tokens for `of`. When [`Tokens::refresh`] is there it takes the place of the one used, which is dead now.
    pub async fn refresh(&self, refresh: &Secret, of: &Subject) -> Result<Tokens, Error> {
        todo!()
    }

    /// A token for another audience, made from `access` (RFC 8693).
    pub async fn exchange(&self, access: &Secret, audience: &str, scopes: &[&str]) -> Result<Tokens, Error> {
        todo!()
    }

    /// Ends a refresh or access token at the issuer (RFC 7009). That it was dead already is no error.
    pub async fn revoke(&self, token: &Secret) -> Result<(), Error> {
        todo!()
    }

    /// What the issuer says about `of` now.
    pub async fn userinfo(&self, access: &Secret, of: &Subject) -> Result<Claims, Error> {
        todo!()
    }
}
