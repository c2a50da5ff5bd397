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
    /// Of a browser that is on its way to an issuer. It comes back by a link from there, with which cookies that are
    /// strict are not sent.
    login: (String, String),
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
        let attributes = |same_site| format!("Path={path}; HttpOnly; SameSite={same_site}{secure}");
        Self {
            name: format!("roadstead-{deployment}"),
            login: (format!("roadstead-login-{deployment}"), attributes("Lax")),
            attributes: attributes("Strict"),
        }
    }

    pub fn read(&self, headers: &HeaderMap) -> Option<Secret> {
        read(&self.name, headers)
    }

    pub fn read_login(&self, headers: &HeaderMap) -> Option<Secret> {
        read(&self.login.0, headers)
    }

    pub fn give(&self, secret: &Secret, life: Duration) -> Option<HeaderValue> {
        give(&self.name, &self.attributes, secret, life)
    }

    pub fn give_login(&self, secret: &Secret, life: Duration) -> Option<HeaderValue> {
        give(&self.login.0, &self.login.1, secret, life)
    }

    pub fn take_back(&self) -> Option<HeaderValue> {
        take_back(&self.name, &self.attributes)
    }

    pub fn take_back_login(&self) -> Option<HeaderValue> {
        take_back(&self.login.0, &self.login.1)
    }
}

/// The secret that the browser sent; none when it sent two, of which one is somebody else's doing.
fn read(name: &str, headers: &HeaderMap) -> Option<Secret> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut ours = values
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(found, _)| *found == name)
        .map(|(_, value)| value);
    let first = ours.next()?;
    ours.all(|other| other == first).then(|| Secret::new(first.to_owned()))
}

fn give(name: &str, attributes: &str, secret: &Secret, life: Duration) -> Option<HeaderValue> {
    let text = format!("{name}={}; {attributes}; Max-Age={}", secret.expose(), life.as_secs());
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn take_back(name: &str, attributes: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("{name}=; {attributes}; Max-Age=0")).ok()
}
