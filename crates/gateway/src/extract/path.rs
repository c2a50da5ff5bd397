//! What is named in the path. Something that cannot be a name of it does not exist.

use crate::app::App;
use crate::refusal::{self, Refusal};
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use identity::groups::CommunityName;
use model::Problem;
use model::id::{FlowId, KeyId, PersonId, RunId, SessionId, TeamId, TokenId, UploadId};
use runs::HeldCredential;
use std::net::IpAddr;
use std::str::FromStr;

/// What kind of thing an identifier names, as people are told.
pub(crate) trait Named: FromStr {
    const NOUN: &str;
}

impl Named for RunId {
    const NOUN: &str = "run";
}

impl Named for UploadId {
    const NOUN: &str = "upload";
}

impl Named for TokenId {
    const NOUN: &str = "token";
}

impl Named for KeyId {
    const NOUN: &str = "key";
}

impl Named for SessionId {
    const NOUN: &str = "session";
}

impl Named for HeldCredential {
    const NOUN: &str = "credential";
}

impl Named for PersonId {
    const NOUN: &str = "person";
}

impl Named for FlowId {
    const NOUN: &str = "flow";
}

impl Named for IpAddr {
    const NOUN: &str = "address";
}

impl Named for TeamId {
    const NOUN: &str = "team";
}

/// The path's `{id}`.
pub(crate) struct At<T>(pub T);

impl<T: Named + Send> FromRequestParts<App> for At<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        find(parts, app, "id", T::NOUN).await.map(At)
    }
}

/// The path's `{index}`.
pub(crate) struct Element(pub u32);

impl FromRequestParts<App> for Element {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        find(parts, app, "index", "element").await.map(Element)
    }
}

/// The path's `{name}`.
pub(crate) struct Community(pub CommunityName);

impl FromRequestParts<App> for Community {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        find(parts, app, "name", "community").await.map(Community)
    }
}

/// The path's `{person}`.
pub(crate) struct Somebody(pub PersonId);

impl FromRequestParts<App> for Somebody {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        find(parts, app, "person", PersonId::NOUN).await.map(Somebody)
    }
}

/// The path's `{name}`, of a site.
pub(crate) struct SiteName(pub String);

impl FromRequestParts<App> for SiteName {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        find(parts, app, "name", "site").await.map(SiteName)
    }
}

/// The path's `{name}`, of a service.
pub(crate) struct ServiceName(pub String);

impl FromRequestParts<App> for ServiceName {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        find(parts, app, "name", "service").await.map(ServiceName)
    }
}

async fn find<T: FromStr>(parts: &mut Parts, app: &App, name: &str, noun: &str) -> Result<T, Refusal> {
    let params = RawPathParams::from_request_parts(parts, app).await.map_err(|_| refusal::nothing_here())?;
    let text = params.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value);
    text.parse().map_err(|_| {
        let shown: String = text.chars().filter(|c| !c.is_control()).collect();
        Problem::not_found(noun, &shown).into()
    })
}
