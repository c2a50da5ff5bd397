//! The cookie of a session.
//!
//! Its name carries the deployment, since cookies ignore ports: two gateways on one computer must not sign each other's
//! people out.

use crate::Settings;
use axum::http::{HeaderMap, HeaderValue, header};
use model::Secret;
use model::id::DeploymentId;
use std::time::Duration;

pub(crate) struct Cookie {
    name: String,
    /// All that follows the value but the lifetime.
    attributes: String,
}

impl Cookie {
    pub fn new(deployment: &DeploymentId, settings: &Settings) -> Self {
        let path = match settings.prefix() {
            prefix if prefix.is_empty() => "/".to_owned(),
            prefix => prefix,
        };
        let is_encrypted = settings.public_url.as_ref().is_some_and(|url| url.scheme() == "https");
        let secure = if is_encrypted { "; Secure" } else { "" };
        Self { name: format!("roadstead-{deployment}"), attributes: format!("Path={path}; HttpOnly; SameSite=Strict{secure}") }
    }

    /// The secret that the browser sent; none when it sent two, of which one is somebody else's doing.
    pub fn read(&self, headers: &HeaderMap) -> Option<Secret> {
        let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut ours = values
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, _)| *name == self.name)
            .map(|(_, value)| value);
        let first = ours.next()?;
        ours.all(|other| other == first).then(|| Secret::new(first.to_owned()))
    }

    pub fn give(&self, secret: &Secret, life: Duration) -> Option<HeaderValue> {
        let text = format!("{}={}; {}; Max-Age={}", self.name, secret.expose(), self.attributes, life.as_secs());
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    pub fn take_back(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&format!("{}=; {}; Max-Age=0", self.name, self.attributes)).ok()
    }
}
