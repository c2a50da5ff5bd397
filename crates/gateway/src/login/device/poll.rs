use crate::app::App;
use crate::edge::{Trace, Uneventful};
use crate::extract::{JsonBody, Stranger};
use crate::login::complete::complete;
use crate::login::of_issuer;
use crate::refusal::{Refusal, Shown};
use crate::tokens::create::MadeToken;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use identity::{DeviceEnd, DeviceLogin, Turn};
use issuers::{Polled, Waiting};
use model::{Code, Problem, Secret};
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// From the answer that began it.
    #[schema(value_type = String)]
    login: Secret,
}

#[derive(Clone, Copy, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LoginState {
    /// Nobody has typed the code yet.
    Pending,
    SignedIn,
    /// The person declined, or the login service did not let them in.
    Denied,
    /// Nobody typed the code in time.
    Expired,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct LoginView {
    state: LoginState,
    /// While it is pending: seconds to wait before asking again. Who asks sooner is told the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<u64>,
    /// The token with its text: in one answer, and in no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<MadeToken>,
}

/// Ask what became of a sign-in
///
/// The answer in which it is signed in brings a token of this gateway's, good for thirty days, once. The login service is never asked
/// more often than it permits, however often this is asked and by how many.
#[utoipa::path(post, path = "/api/v1/logins/token", operation_id = "finish_login", tag = "sessions", request_body = Asked,
    security(()),
    responses((status = 200, description = "How it stands", body = LoginView),
        (status = 403, description = "RS-2007: there is no such sign-in, or the login service's answer is refused", content_type = "application/problem+json"),
        (status = 429, description = "RS-1012: asked too often from one network", content_type = "application/problem+json"),
        (status = 503, description = "RS-2006: the login service does not answer now; it can be asked again", content_type = "application/problem+json")))]
pub(crate) async fn poll(
    State(app): State<App>,
    Stranger { address }: Stranger,
    Extension(trace): Extension<Trace>,
    JsonBody(asked): JsonBody<Asked>,
) -> Result<Response, Refusal> {
    if app.polls.take(address, app.gateway.clock.now()).is_none() {
        let detail = "Your network asks too often what became of sign-ins.";
        return Err(Refusal::new(Code::TooManyRequests, detail, "Wait a minute, then ask again; the sign-in is still there.")
            .with_header(header::RETRY_AFTER, HeaderValue::from_static("60")));
    }
    let view = match app.gateway.logins.find_device(&asked.login).await.map_err(Problem::from)? {
        DeviceLogin::Unknown => {
            let detail = "No sign-in waits under this text: it was never begun here, or ended long ago.";
            return Err(Refusal::new(Code::SignInRefused, detail, "Begin again: `roadstead login`."));
        }
        DeviceLogin::Wait(pause) => pending(pause),
        DeviceLogin::Ended(end) => ended(end),
        // On its own: an answer of the issuer's that somebody did not wait for must not be lost half way.
        DeviceLogin::Turn(turn) => {
            tokio::spawn(async move { ask(&app, &trace, *turn).await }).await.map_err(|_| Problem::internal())??
        }
    };
    let (is_pending, is_let_in) = (matches!(view.state, LoginState::Pending), view.token.is_some());
    let mut response = Json(view).into_response();
    // For the audit.
    if is_pending {
        response.extensions_mut().insert(Uneventful);
    } else if !is_let_in {
        response.extensions_mut().insert(Shown(Code::SignInRefused));
    }
    Ok(response)
}

/// Asks the issuer, whose turn it is.
async fn ask(app: &App, trace: &Trace, turn: Turn) -> Result<LoginView, Problem> {
    let logins = &app.gateway.logins;
    let Some(issuer) = app.gateway.issuers.by_name(&turn.issuer) else {
        logins.end_device(&turn, DeviceEnd::Denied).await?;
        let detail = "The login service at which this sign-in was begun is not trusted here any more.";
        return Err(Problem::new(Code::SignInRefused, detail, "Sign in at another one."));
    };
    let (device_code, expires_at, interval) = (turn.device_code.clone(), turn.expires_at, turn.interval);
    let mut waiting = Waiting { device_code, expires_at, interval };
    let signed_in = match issuer.poll_device(&mut waiting).await {
        Ok(Polled::SignedIn(signed_in)) => *signed_in,
        Ok(Polled::Pending | Polled::SlowDown) => {
            logins.give_back(&turn, waiting.interval).await?;
            return Ok(pending(waiting.interval));
        }
        Ok(Polled::Denied) => return end(app, &turn, DeviceEnd::Denied).await,
        Ok(Polled::Expired) => return end(app, &turn, DeviceEnd::Expired).await,
        Err(error) => {
            match error.may_pass() {
                true => logins.give_back(&turn, waiting.interval).await?,
                false => logins.end_device(&turn, DeviceEnd::Denied).await.map(|_| ())?,
            }
            return Err(of_issuer(&error, issuer.title()));
        }
    };
    // Used up before anything follows from it.
    if !logins.end_device(&turn, DeviceEnd::SignedIn).await? {
        return Ok(ended(DeviceEnd::SignedIn));
    }
    let identity = &app.gateway.identity;
    let made = complete(app, signed_in, async |admitted| {
        let made = identity.begin_token(admitted, &turn.name, turn.scopes).await?;
        trace.is_of(&admitted.person);
        Ok::<_, identity::TokenError>(made)
    });
    let (token, secret) = made.await?;
    let token = MadeToken { token, secret: secret.expose().to_owned() };
    Ok(LoginView { state: LoginState::SignedIn, interval: None, token: Some(token) })
}

async fn end(app: &App, turn: &Turn, end: DeviceEnd) -> Result<LoginView, Problem> {
    app.gateway.logins.end_device(turn, end).await?;
    Ok(ended(end))
}

fn pending(pause: Duration) -> LoginView {
    let seconds = pause.as_secs() + u64::from(pause.subsec_nanos() > 0);
    LoginView { state: LoginState::Pending, interval: Some(seconds.max(1)), token: None }
}

fn ended(end: DeviceEnd) -> LoginView {
    let state = match end {
        DeviceEnd::SignedIn => LoginState::SignedIn,
        DeviceEnd::Denied => LoginState::Denied,
        DeviceEnd::Expired => LoginState::Expired,
    };
    LoginView { state, interval: None, token: None }
}
