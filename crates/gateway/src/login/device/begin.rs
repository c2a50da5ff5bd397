use crate::app::App;
use crate::extract::{JsonBody, Stranger};
use crate::login::{of_issuer, spend};
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use identity::{NewDeviceLogin, Scope, Scopes};
use model::request::valid_name;
use model::{Code, Problem, Timestamp};
use serde::{Deserialize, Serialize};

const UNNAMED: &str = "command line";

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLogin {
    /// The name of a login service, from `/api/v1/issuers`.
    issuer: String,
    /// What the token is to be good for; `read` and `run` when left out. Only administrators get `admin`.
    #[serde(default = "usual_scopes")]
    #[schema(value_type = Vec<Scope>)]
    scopes: Scopes,
    /// What the token is called in a list: where it is kept.
    #[serde(default)]
    name: Option<String>,
}

fn usual_scopes() -> Scopes {
    [Scope::Read, Scope::Run].into()
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct BegunLogin {
    /// To ask with what became of it. Whoever has it gets the token: it is a secret.
    login: String,
    /// What the person types at the login service.
    user_code: String,
    verification_uri: String,
    /// With the code in it already.
    #[serde(skip_serializing_if = "Option::is_none")]
    verification_uri_complete: Option<String>,
    expires_at: Timestamp,
    /// Seconds to wait before asking.
    interval: u64,
}

/// Begin to sign in from a command line
///
/// At the login service somebody types the code, in any browser on any computer; meanwhile `POST /api/v1/logins/token` is asked.
#[utoipa::path(post, path = "/api/v1/logins", operation_id = "create_login", tag = "sessions", request_body = NewLogin,
    security(()),
    responses((status = 201, description = "What to show to the person, and what to keep", body = BegunLogin),
        (status = 404, description = "RS-1008: there is no such login service here", content_type = "application/problem+json"),
        (status = 429, description = "RS-1012: too many sign-ins from one network", content_type = "application/problem+json"),
        (status = 503, description = "RS-2006: the login service does not answer", content_type = "application/problem+json")))]
pub(crate) async fn begin(
    State(app): State<App>,
    Stranger { address }: Stranger,
    JsonBody(asked): JsonBody<NewLogin>,
) -> Result<(StatusCode, Json<BegunLogin>), Refusal> {
    let Some(issuer) = app.gateway.issuers.by_name(&asked.issuer) else {
        return Err(Problem::not_found("login service", &asked.issuer).into());
    };
    let name = asked.name.as_deref().unwrap_or(UNNAMED);
    if !valid_name(name) {
        let detail = "must be 1 to 120 printable characters on one line";
        return Err(Refusal::of_field(Code::InvalidField, "name", detail, "Give another name, or none."));
    }
    if asked.scopes.is_empty() {
        let detail = "must name at least one of read, run and admin";
        return Err(Refusal::of_field(Code::InvalidField, "scopes", detail, "Name one, or leave it out."));
    }
    spend(&app, address)?;
    let device = issuer.begin_device().await.map_err(|error| of_issuer(&error, issuer.title()))?;
    let begun = NewDeviceLogin {
        issuer: issuer.name(),
        device_code: &device.waiting.device_code,
        interval: device.waiting.interval,
        expires_at: device.waiting.expires_at,
        scopes: asked.scopes,
        name,
    };
    let secret = app.gateway.logins.begin_device(&begun).await.map_err(Problem::from)?;
    let view = BegunLogin {
        login: secret.expose().to_owned(),
        user_code: device.user_code,
        verification_uri: device.verification_uri,
        verification_uri_complete: device.verification_uri_complete,
        expires_at: device.waiting.expires_at,
        interval: device.waiting.interval.as_secs(),
    };
    Ok((StatusCode::CREATED, Json(view)))
}
