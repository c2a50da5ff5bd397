//! Who the gateway takes the caller for.

use crate::app::App;
use crate::page::Page;
use crate::refusal::Refusal;
use ::runs::QuotaView;
use axum::Json;
use axum::extract::State;
use delegation::Consent;
use identity::{Action, Caller, Credential, IdentityView, Membership, Resource, Scope, Scopes, authorize};
use model::Timestamp;
use model::id::{PersonId, SessionId, TokenId};
use serde::Serialize;
use std::time::Duration;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Me {
    id: PersonId,
    name: String,
    administrator: bool,
    /// The token that was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<TokenId>,
    /// Or the session, in a browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<SessionId>,
    #[schema(value_type = Vec<Scope>)]
    scopes: Scopes,
    /// When that token or session stops to work.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_expires_at: Option<Timestamp>,
    /// Login services at which you have to sign in (again), or soon will have to: what runs in your name may wait for it.
    sign_in_again: Vec<SignInAgain>,
    /// The terms of use wait for you to accept them: until then you can start nothing.
    owes_terms: bool,
    /// The version of the gateway.
    gateway_version: &'static str,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SignInAgain {
    issuer: String,
    title: String,
    /// Until then what you permitted lasts; absent when it has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Timestamp>,
    because: String,
}

/// Early enough for somebody who looks in once a week.
const SOON: Duration = Duration::from_secs(8 * 86_400);

async fn sign_in_again(app: &App, caller: &Caller) -> Result<Vec<SignInAgain>, Refusal> {
    let now = app.gateway.clock.now();
    let needed = |consent: Consent| {
        let before = consent.expires_at.filter(|_| consent.ended_because.is_none());
        let because = match (consent.ended_because, before) {
            (Some(why), _) => format!("Your consent there ended: {why}."),
            (None, Some(end)) if end <= now => "Your consent there has ended, if it was not used since.".to_owned(),
            (None, Some(end)) if end < now.plus(SOON) => "Your consent there ends soon.".to_owned(),
            (None, _) => return None,
        };
        Some(SignInAgain { issuer: consent.issuer, title: consent.title, before, because })
    };
    let consents = app.gateway.delegation.consents(caller.person()).await?;
    Ok(consents.into_iter().filter_map(needed).collect())
}

/// Who you are
///
/// The person to whom the token or the session belongs, and what it allows.
#[utoipa::path(get, path = "/api/v1/me", operation_id = "get_me", tag = "me", responses((status = 200, description = "You", body = Me)))]
pub(crate) async fn show(State(app): State<App>, caller: Caller) -> Result<Json<Me>, Refusal> {
    authorize(&caller, Action::MeRead, Resource::Of(caller.person()))?;
    let (token, session) = match caller.credential() {
        Credential::Token(id) => (Some(id.clone()), None),
        Credential::Session(id) => (None, Some(id.clone())),
        Credential::Bearer => (None, None),
    };
    Ok(Json(Me {
        id: caller.person().clone(),
        name: caller.name().to_owned(),
        administrator: caller.is_administrator(),
        token,
        session,
        scopes: caller.scopes(),
        token_expires_at: caller.expires_at(),
        sign_in_again: sign_in_again(&app, &caller).await?,
        owes_terms: caller.owes_terms(),
        gateway_version: app.settings().version,
    }))
}

/// Your communities
///
/// What your login services say about your groups, by the mapping of this gateway; each with by whose word.
#[utoipa::path(get, path = "/api/v1/communities", operation_id = "list_communities", tag = "me",
    responses((status = 200, description = "All of them", body = Page<Membership>)))]
pub(crate) async fn communities(State(app): State<App>, caller: Caller) -> Result<Json<Page<Membership>>, Refusal> {
    authorize(&caller, Action::MeRead, Resource::Of(caller.person()))?;
    Ok(Json(Page { items: app.gateway.identity.memberships(&caller).await?, next: None }))
}

/// Your identities
///
/// How login services know you, what they said of your groups gives here and by which rules, what was nearly given, and what was
/// not understood.
#[utoipa::path(get, path = "/api/v1/identities", operation_id = "list_identities", tag = "me",
    responses((status = 200, description = "All of them", body = Page<IdentityView>)))]
pub(crate) async fn identities(State(app): State<App>, caller: Caller) -> Result<Json<Page<IdentityView>>, Refusal> {
    authorize(&caller, Action::MeRead, Resource::Of(caller.person()))?;
    Ok(Json(Page { items: app.gateway.identity.identities(&caller).await?, next: None }))
}

/// What you have in flight
///
/// Of what you may have at once: runs, cores, accelerators, and how many of your runs wait for that. In short it is in the header
/// `Roadstead-Quota` of new runs and of lists of runs.
#[utoipa::path(get, path = "/api/v1/me/quotas", operation_id = "get_quotas", tag = "me",
    responses((status = 200, description = "Your quota", body = QuotaView)))]
pub(crate) async fn quotas(State(app): State<App>, caller: Caller) -> Result<Json<QuotaView>, Refusal> {
    Ok(Json(app.gateway.runs.my_quota(&caller).await?))
}
